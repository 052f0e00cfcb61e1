//! What the bodies of tracked resources have in common: envelope, location, tags, names. No client.

use std::collections::BTreeMap;

use http::StatusCode;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::refusal::{Refusal, shortened};

/// Tags on one resource, at most (Azure Resource Manager's limit).
const TAG_LIMIT: usize = 50;
/// Characters of a tag's name, at most.
const TAG_NAME_LIMIT: usize = 512;
/// Characters of a tag's value, at most.
const TAG_VALUE_LIMIT: usize = 256;
/// Characters of a resource's name, at most.
const NAME_LIMIT: usize = 260;

/// The tags of a resource, sorted by name.
pub(super) type Tags = BTreeMap<String, String>;

/// A tracked resource as it is sent: `id`, `name` and `type` are read-only and passed over.
#[derive(Deserialize)]
pub(super) struct Envelope<P> {
    pub(super) location: Option<String>,
    pub(super) tags: Option<Tags>,
    pub(super) kind: Option<String>,
    pub(super) properties: Option<P>,
}

/// A PATCH of a tracked resource.
#[derive(Deserialize)]
struct Patch {
    location: Option<String>,
    tags: Option<Tags>,
    properties: Option<Map<String, Value>>,
}

/// What a PATCH may do: exchange the tags. The location may be repeated, not changed.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Retag {
    pub(super) tags: Option<Tags>,
    pub(super) location: Option<String>,
}

/// Reads a body. The refusal tells where the fault is and quotes nothing: a body may hold secrets.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| {
        let what = match error.classify() {
            serde_json::error::Category::Data => "has a member of the wrong type, or one twice, that ends",
            serde_json::error::Category::Syntax => "is not valid JSON",
            serde_json::error::Category::Eof | serde_json::error::Category::Io => "ends early",
        };
        Refusal::bad_request(
            "InvalidRequestContent",
            format!(
                "The request's body {what} at line {}, column {}.",
                error.line(),
                error.column()
            ),
        )
    })
}

/// The location, canonical: lower case, no spaces (`West Europe` is `westeurope`).
pub(super) fn location(given: Option<&str>) -> Result<String, Refusal> {
    let canonical: String = given
        .unwrap_or_default()
        .chars()
        .filter(|character| !character.is_whitespace())
        .collect();
    if canonical.is_empty() {
        return Err(Refusal::bad_request(
            "LocationRequired",
            "`location` is missing; every resource of this type has one.",
        ));
    }
    Ok(canonical.to_ascii_lowercase())
}

/// Refuses tags beyond the limits that hold for every resource.
pub(super) fn check_tags(tags: &Tags) -> Result<(), Refusal> {
    let invalid = |message: String| Err(Refusal::bad_request("InvalidTags", message));
    if tags.len() > TAG_LIMIT {
        return invalid(format!(
            "There are {} tags; at most {TAG_LIMIT} are allowed.",
            tags.len()
        ));
    }
    for (name, value) in tags {
        if name.is_empty()
            || name.chars().count() > TAG_NAME_LIMIT
            || name.contains(['<', '>', '%', '&', '\\', '?', '/'])
        {
            return invalid(format!(
                "The tag name `{}` is empty, longer than {TAG_NAME_LIMIT} characters, or holds one of `< > % & \\ ? /`.",
                shortened(name)
            ));
        }
        if value.chars().count() > TAG_VALUE_LIMIT {
            return invalid(format!(
                "The value of the tag `{}` is longer than {TAG_VALUE_LIMIT} characters.",
                shortened(name)
            ));
        }
    }
    Ok(())
}

/// Refuses a name that no resource may have.
pub(super) fn check_name(name: &str) -> Result<(), Refusal> {
    let length = name.chars().count();
    if length > NAME_LIMIT || name.contains(['<', '>', '%', '&', ':', '\\', '?', '/']) {
        return Err(Refusal::bad_request(
            "InvalidResourceName",
            format!(
                "The name `{}` is longer than {NAME_LIMIT} characters or holds one of `< > % & : \\ ? /`.",
                shortened(name)
            ),
        ));
    }
    Ok(())
}

/// Reads a PATCH. `code` is the error code for one that would change more than tags.
pub(super) fn retag(body: &[u8], code: &'static str) -> Result<Retag, Refusal> {
    let Patch {
        location,
        tags,
        properties,
    } = read(body)?;
    if properties.is_some_and(|properties| !properties.is_empty()) {
        return Err(Refusal::bad_request(
            code,
            "PATCH changes `tags` only; send the whole resource with PUT to change anything else.",
        ));
    }
    if let Some(tags) = &tags {
        check_tags(tags)?;
    }
    let location = location.map(|given| self::location(Some(&given))).transpose()?;
    Ok(Retag { tags, location })
}

/// 409 for a body whose location is not the one the resource was made with.
pub(super) fn wrong_location(id: &str, stands_in: &str) -> Refusal {
    Refusal::new(
        StatusCode::CONFLICT,
        "InvalidResourceLocation",
        format!(
            "`{}` exists in the location `{stands_in}`, which cannot be changed; delete it first or choose another name.",
            shortened(id)
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_in_a_body_is_located_and_not_quoted() {
        let refusal = read::<Envelope<Value>>(b"{\n \"location\": {\"secret\": \"hunter2\"}}")
            .err()
            .unwrap();
        let text = format!("{refusal:?}");
        assert!(text.contains("line 2"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
        let tags = read::<Envelope<Value>>(br#"{"tags": {"a": 1}}"#);
        assert!(tags.is_err());
    }

    #[test]
    fn a_location_is_canonical() {
        assert_eq!(location(Some("West Europe")).unwrap(), "westeurope");
        assert!(location(Some(" ")).is_err());
        assert!(location(None).is_err());
    }

    #[test]
    fn tags_have_limits() {
        let tags = |name: &str, value: &str| Tags::from([(name.to_owned(), value.to_owned())]);
        assert!(check_tags(&tags("connectors.dev.uid", "x")).is_ok());
        assert!(check_tags(&tags("a/b", "x")).is_err());
        assert!(check_tags(&tags("", "x")).is_err());
        assert!(check_tags(&tags(&"n".repeat(513), "x")).is_err());
        assert!(check_tags(&tags("n", &"v".repeat(257))).is_err());
        let many: Tags = (0..51).map(|index| (index.to_string(), String::new())).collect();
        assert!(check_tags(&many).is_err());
    }

    #[test]
    fn a_patch_of_more_than_tags_is_refused_with_the_code_of_its_type() {
        let refusal = retag(
            br#"{"properties": {"displayName": "x"}}"#,
            "InvalidPatchCustomApiRequest",
        );
        assert!(format!("{refusal:?}").contains("InvalidPatchCustomApiRequest"));
        let retag = retag(br#"{"tags": {"a": "b"}, "properties": {}}"#, "x").unwrap();
        assert_eq!(retag.tags, Some(Tags::from([("a".to_owned(), "b".to_owned())])));
    }
}
