//! Published connectors, raised to OpenAPI 3.0 and converted back: what they say has to be the same.

use std::collections::{BTreeMap, BTreeSet};

use connector_operator::definition::{Settings, check};
use serde_json::Value;

use crate::Corpus;
use crate::connectors;
use crate::facts;
use crate::files;
use crate::raise;
use crate::table::{Table, reaches};

pub fn measure(corpus: &Corpus, table: &mut Table) {
    let Some(folder) = corpus.part("connectors") else {
        return;
    };
    let (mut made, mut identical) = (0, 0);
    // By kind of fact: how many descriptions differ in it.
    let mut differing: BTreeMap<&'static str, usize> = BTreeMap::new();
    for path in connectors::published(&folder) {
        let bytes = files::read(&path);
        let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
        let is_sound = check(&bytes, &Settings::default()).errors == 0;
        let Some(original) = serde_json::from_slice::<Value>(text).ok().filter(|_| is_sound) else {
            continue;
        };
        let original = raise::with_plain_names(&original);
        let Some(direct) = registered(&original) else {
            continue;
        };
        made += 1;
        let name = || path.strip_prefix(&folder).unwrap_or(&path).display().to_string();
        let Some(result) = registered(&raise::raised(&original)) else {
            *differing.entry("refused").or_default() += 1;
            corpus.list(|| format!("{}: refused", name()));
            continue;
        };
        let different = different(&facts::of(&direct), &facts::of(&result));
        let kinds: BTreeSet<&'static str> = different.iter().map(|(kind, _)| *kind).collect();
        identical += usize::from(kinds.is_empty());
        for kind in kinds {
            *differing.entry(kind).or_default() += 1;
        }
        for (kind, said) in different {
            corpus.list(|| format!("{}: {kind}: {said}", name()));
        }
    }
    println!(
        "raised to OpenAPI 3.0 and converted back, descriptions that differ, by what differs: {differing:?}"
    );
    table.add(
        "OpenAPI 2.0 → 3.0 → 2.0: identical in all facts compared",
        "≥ 200 of 222, in proportion",
        "api-spec-converter 49 of 222",
        format!("{identical} of {made}"),
        reaches(identical, made, 200, 222) && made > 0,
    );
}

/// What is registered of a description; nothing if it has an error.
fn registered(description: &Value) -> Option<Value> {
    let checked = check(description.to_string().as_bytes(), &Settings::default());
    let text = checked.connector?.to_json();
    Some(serde_json::from_str(&text).expect("what is written is JSON"))
}

/// The facts that are not the same: their kinds, and both sides.
fn different(one: &facts::Facts, other: &facts::Facts) -> Vec<(&'static str, String)> {
    let places: BTreeSet<_> = one.keys().chain(other.keys()).collect();
    let said = |value: Option<&Value>| value.map_or_else(|| "–".to_owned(), Value::to_string);
    places
        .into_iter()
        .filter(|place| one.get(*place) != other.get(*place))
        .map(|place| {
            let (kind, of) = place;
            let both = format!("{of}: {} → {}", said(one.get(place)), said(other.get(place)));
            (*kind, both)
        })
        .collect()
}
