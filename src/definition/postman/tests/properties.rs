//! What must hold of collections as people make them, in both of their forms.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::super::super::tests::converted;
use super::{collection, requests};
use crate::definition::{Entry, Operations, Settings, check};

/// A request, before it is written in one version or the other.
#[derive(Clone, Debug)]
struct Sketch {
    name: &'static str,
    method: &'static str,
    url: &'static str,
    header: Option<(&'static str, &'static str)>,
    body: Option<&'static str>,
    answer: Option<(u16, &'static str)>,
    description: Option<&'static str>,
    /// In which folder, if in one.
    folder: Option<usize>,
}

fn sketch() -> impl Strategy<Value = Sketch> {
    let name = select(vec![
        "List things",
        "Make",
        "𝌆",
        "éa x",
        "https://api.example.com/a",
        "List things ",
    ]);
    let method = select(vec!["GET", "POST", "PUT", "PROPFIND", "delete"]);
    let url = select(vec![
        "https://api.example.com/a?x=1&x=2",
        "https://api.example.com/a/:id",
        "https://api.example.com/a/:other?y=true",
        "https://api.example.com:8443/b",
        "http://api.example.com/{{version}}/c",
        "{{base}}/d",
        "https://u:p@api.example.com/e",
        "api.example.com/f/",
        "/g",
        "",
    ]);
    let header = select(vec![
        None,
        Some(("X-A", "1")),
        Some(("Authorization", "Bearer x")),
        Some(("Accept", "text/csv")),
    ]);
    let body = select(vec![
        None,
        Some("{\"a\": 1, \"b\": [null]}"),
        Some("{\"a\": \"{{a}}\"} // c"),
        Some("<a/>"),
        Some("a=b"),
    ]);
    let answer = select(vec![
        None,
        Some((200, "[{\"a\": 1}]")),
        Some((201, "")),
        Some((404, "<html>")),
        Some((200, "{\"a\": \"b\"}")),
    ]);
    let description = prop::option::of(Just("What it is for."));
    (
        name,
        method,
        url,
        header,
        body,
        (answer, description, prop::option::of(0_usize..2)),
    )
        .prop_map(
            |(name, method, url, header, body, (answer, description, folder))| Sketch {
                name,
                method,
                url,
                header,
                body,
                answer,
                description,
                folder,
            },
        )
}

impl Sketch {
    fn version_1(&self, index: usize) -> Value {
        let mut request =
            json!({"id": format!("r{index}"), "name": self.name, "method": self.method, "url": self.url});
        if let Some((key, value)) = self.header {
            request["headers"] = format!("{key}: {value}\n").into();
        }
        if let Some(body) = self.body {
            request["dataMode"] = "raw".into();
            request["rawModeData"] = body.into();
        }
        if let Some((code, text)) = self.answer {
            request["responses"] = json!([{"name": "Answer", "responseCode": {"code": code}, "text": text}]);
        }
        if let Some(description) = self.description {
            request["description"] = description.into();
        }
        request
    }

    fn version_2(&self) -> Value {
        let mut item = json!({"name": self.name, "request": {"method": self.method, "url": self.url}});
        if let Some((key, value)) = self.header {
            item["request"]["header"] = json!([{"key": key, "value": value}]);
        }
        if let Some(body) = self.body {
            item["request"]["body"] = json!({"mode": "raw", "raw": body});
        }
        if let Some((code, text)) = self.answer {
            item["response"] = json!([{"name": "Answer", "code": code, "body": text}]);
        }
        if let Some(description) = self.description {
            item["request"]["description"] = description.into();
        }
        item
    }
}

/// Folders first, then what is in none, as version 1 orders it.
fn version_2(sketches: &[Sketch]) -> Value {
    let of = |folder: Option<usize>| -> Vec<Value> {
        let own = sketches.iter().filter(|sketch| sketch.folder == folder);
        own.map(Sketch::version_2).collect()
    };
    let folders = (0..2).map(|index| json!({"name": format!("Folder {index}"), "item": of(Some(index))}));
    collection(&folders.chain(of(None)).collect())
}

fn version_1(sketches: &[Sketch]) -> Value {
    let of = |folder: Option<usize>| -> Vec<String> {
        let own = sketches
            .iter()
            .enumerate()
            .filter(|(_, sketch)| sketch.folder == folder);
        own.map(|(index, _)| format!("r{index}")).collect()
    };
    let folder = |index: usize| json!({"id": format!("f{index}"), "name": format!("Folder {index}"), "order": of(Some(index))});
    let requests: Vec<Value> = sketches
        .iter()
        .enumerate()
        .map(|(index, one)| one.version_1(index))
        .collect();
    json!({"id": "c", "name": "Probe", "order": of(None), "folders_order": ["f0", "f1"],
        "folders": [folder(0), folder(1)], "requests": requests})
}

fn sketches() -> impl Strategy<Value = Vec<Sketch>> {
    prop::collection::vec(sketch(), 1..7)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_comes_out_is_valid_and_does_not_change_again(sketches in sketches()) {
        converted::is_sound_or_refused(&version_2(&sketches))?;
        converted::is_sound_or_refused(&version_1(&sketches))?;
    }

    #[test]
    fn yaml_is_converted_to_the_same(sketches in sketches()) {
        converted::is_the_same_in_yaml(&version_2(&sketches))?;
    }

    #[test]
    fn version_1_is_converted_to_the_same_as_version_2(sketches in sketches()) {
        let converted = |collection: Value| {
            let checked = check(collection.to_string().as_bytes(), &Settings::default());
            let codes: BTreeSet<&str> = checked.report.iter().map(Entry::code).collect();
            let codes = codes.into_iter().collect::<Vec<_>>().join(" ");
            (checked.connector.map(|connector| connector.to_json()), codes)
        };
        prop_assert_eq!(converted(version_1(&sketches)), converted(version_2(&sketches)));
    }

    #[test]
    fn every_request_is_in_the_result_or_in_the_report(sketches in sketches()) {
        let description = version_2(&sketches);
        let mut all = Vec::new();
        requests(&description["item"], "/item", &mut all);
        converted::accounts_for(&description, &all.into_iter().collect())?;
    }

    #[test]
    fn what_is_trimmed_is_whole(
        sketches in sketches(),
        include in prop::collection::vec("(ListThings|Make|Folder 0|/a|/a/\\*|/\\*\\*)", 0..3),
        exclude in prop::collection::vec("(ListThings|Folder 1|/a)", 0..2),
    ) {
        converted::can_be_trimmed(&version_2(&sketches), Operations { include, exclude })?;
    }

    #[test]
    fn names_stay_when_something_else_is_added(sketches in sketches()) {
        let mut more = sketches.clone();
        more.push(Sketch {
            name: "Something else",
            method: "PATCH",
            url: "https://api.example.com/something/else",
            header: None,
            body: None,
            answer: None,
            description: None,
            folder: None,
        });
        converted::keeps_its_names(&version_2(&sketches), &version_2(&more))?;
    }
}
