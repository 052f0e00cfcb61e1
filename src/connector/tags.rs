//! Tags on what is registered: who owns it, what was sent, and whatever others put there. No client.
//!
//! The backend compares names of tags without case and keeps their case, so does everything here.

use std::collections::BTreeMap;

/// What every name of ours begins with; nobody else may use it.
pub const PREFIX: &str = "connectors.dev.";

const CLUSTER: &str = "connectors.dev.cluster";
const NAMESPACE: &str = "connectors.dev.namespace";
const NAME: &str = "connectors.dev.name";
const UID: &str = "connectors.dev.uid";
const DIGEST: &str = "connectors.dev.digest";
const SHOWN: &str = "connectors.dev.shown";
const ADOPTED: &str = "connectors.dev.adopted";
const PLAN: &str = "connectors.dev.plan";

/// The most tags on one resource (Azure documentation, tag limitations).
const TAGS_LIMIT: usize = 50;
/// The longest name, in characters.
const NAME_LIMIT: usize = 512;
/// The longest value, in characters.
const VALUE_LIMIT: usize = 256;
/// Characters that a name may not hold.
const NAME_REFUSED: [char; 7] = ['<', '>', '%', '&', '\\', '?', '/'];

/// The resource that a registered connector belongs to.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Owner {
    /// Id of the cluster.
    pub cluster: String,
    /// Namespace of the CustomConnector.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
}

impl Owner {
    /// The owner that the tags name, or `None` where one of the four is missing: a part names nobody.
    pub fn from_tags(tags: &BTreeMap<String, String>) -> Option<Self> {
        let owned = |name| value(tags, name).map(str::to_owned);
        Some(Self {
            cluster: owned(CLUSTER)?,
            namespace: owned(NAMESPACE)?,
            name: owned(NAME)?,
            uid: owned(UID)?,
        })
    }
}

/// What our tags say about a registration beside its owner.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Marks {
    /// The digest of what was sent.
    pub digest: String,
    /// The hash of what a list shows of it.
    pub shown: String,
    /// Whether the connector was there before and was taken over. Kept with the connector, as a status can be lost
    /// between the call and its writing, and an adopted connector must not be deleted by mistake.
    pub adopted: bool,
    /// The approved plan that was begun here last. A plan's digest covers it, so that each approval is good once.
    pub plan: Option<String>,
}

impl Marks {
    /// What the tags say; `None` where nothing was sent, or tags were taken away.
    pub fn from_tags(tags: &BTreeMap<String, String>) -> Option<Self> {
        Some(Self {
            digest: value(tags, DIGEST)?.to_owned(),
            shown: value(tags, SHOWN)?.to_owned(),
            adopted: value(tags, ADOPTED).is_some(),
            plan: value(tags, PLAN).map(str::to_owned),
        })
    }
}

/// Why tags cannot be sent.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum TagError {
    /// Too many, those of others included.
    #[error(
        "the connector would carry {count} tags, and the backend takes {TAGS_LIMIT}: take some off the connector, or out \
         of the backend's spec.tags"
    )]
    TooMany {
        /// How many there would be.
        count: usize,
    },
    /// A name that the backend does not take.
    #[error("the tag `{name}` of the backend's spec.tags cannot be set: {problem}")]
    Name {
        /// The name, cut after 80 characters.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A value that the backend does not take.
    #[error("the tag `{name}` has a value of {length} characters, and the backend takes {VALUE_LIMIT}")]
    Value {
        /// The name.
        name: String,
        /// Length of the value, in characters.
        length: usize,
    },
}

/// All tags to be sent: those of others that are there already, over them the backend's, and over those ours.
pub fn wanted(
    owner: &Owner,
    marks: &Marks,
    backend: &BTreeMap<String, String>,
    observed: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, TagError> {
    let mut tags = foreign(observed);
    for (name, value) in backend {
        check_name(name)?;
        put(&mut tags, name, value);
    }
    let Owner {
        cluster,
        namespace,
        name,
        uid,
    } = owner;
    let Marks {
        digest,
        shown,
        adopted,
        plan,
    } = marks;
    let ours = [
        (CLUSTER, cluster),
        (NAMESPACE, namespace),
        (NAME, name),
        (UID, uid),
        (DIGEST, digest),
        (SHOWN, shown),
    ];
    tags.extend(ours.map(|(name, value)| (name.to_owned(), value.clone())));
    if *adopted {
        tags.insert(ADOPTED.to_owned(), "true".to_owned());
    }
    if let Some(plan) = plan {
        tags.insert(PLAN.to_owned(), plan.clone());
    }
    if let Some((name, value)) = tags.iter().find(|(_, value)| value.chars().count() > VALUE_LIMIT) {
        return Err(TagError::Value {
            name: name.clone(),
            length: value.chars().count(),
        });
    }
    if tags.len() > TAGS_LIMIT {
        return Err(TagError::TooMany { count: tags.len() });
    }
    Ok(tags)
}

/// The tags that are not ours: what stays when the connector is let go.
pub fn foreign(observed: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    observed
        .iter()
        .filter(|(name, _)| !is_ours(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Whether sending `wanted` would change anything; names are compared without case, values with.
pub fn same(wanted: &BTreeMap<String, String>, observed: &BTreeMap<String, String>) -> bool {
    wanted.len() == observed.len()
        && wanted
            .iter()
            .all(|(name, value)| self::value(observed, name) == Some(value))
}

fn check_name(name: &str) -> Result<(), TagError> {
    let problem = if is_ours(name) {
        "names that begin with `connectors.dev.` are the operator's own"
    } else if name.is_empty() || name.chars().count() > NAME_LIMIT {
        "a name has 1 to 512 characters"
    } else if name.contains(NAME_REFUSED) || name.contains(char::is_control) {
        "a name holds none of < > % & \\ ? / and no control character"
    } else {
        return Ok(());
    };
    Err(TagError::Name {
        name: name
            .chars()
            .filter(|character| !character.is_control())
            .take(80)
            .collect(),
        problem,
    })
}

fn is_ours(name: &str) -> bool {
    name.get(..PREFIX.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

fn value<'a>(tags: &'a BTreeMap<String, String>, name: &str) -> Option<&'a str> {
    let exact = tags.get(name);
    let found = exact.or_else(|| {
        tags.iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    });
    found.map(String::as_str)
}

/// Sets a tag, under the spelling that is there already.
fn put(tags: &mut BTreeMap<String, String>, name: &str, value: &str) {
    let spelling = tags
        .keys()
        .find(|other| other.eq_ignore_ascii_case(name))
        .cloned();
    tags.insert(spelling.unwrap_or_else(|| name.to_owned()), value.to_owned());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn owner() -> Owner {
        Owner {
            cluster: "c1".into(),
            namespace: "shop".into(),
            name: "petstore".into(),
            uid: "u1".into(),
        }
    }

    fn marks() -> Marks {
        Marks {
            digest: "sha256:00".into(),
            shown: "abcd".into(),
            adopted: false,
            plan: None,
        }
    }

    fn tags<const N: usize>(tags: [(&str, &str); N]) -> BTreeMap<String, String> {
        tags.into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    #[test]
    fn an_owner_and_its_marks_come_back_out_of_the_tags() {
        for (adopted, plan) in [(false, None), (true, Some("sha256:01".to_owned()))] {
            let marks = Marks {
                adopted,
                plan,
                ..marks()
            };
            let sent = wanted(&owner(), &marks, &tags([]), &tags([])).unwrap();
            assert_eq!(Owner::from_tags(&sent), Some(owner()));
            assert_eq!(Marks::from_tags(&sent), Some(marks));
        }
    }

    #[test]
    fn names_are_read_in_any_case_and_a_part_of_an_owner_is_none() {
        let sent = wanted(&owner(), &marks(), &tags([]), &tags([])).unwrap();
        let upper: BTreeMap<_, _> = sent
            .iter()
            .map(|(name, value)| (name.to_uppercase(), value.clone()))
            .collect();
        assert_eq!(Owner::from_tags(&upper), Some(owner()));
        assert!(same(&sent, &upper));
        let mut part = sent;
        part.remove(UID);
        assert_eq!(Owner::from_tags(&part), None);
    }

    #[test]
    fn tags_of_others_are_carried_over_and_the_backends_are_laid_over_them() {
        let observed = tags([
            ("costCenter", "7"),
            ("Team", "old"),
            ("CONNECTORS.DEV.uid", "stale"),
            (ADOPTED, "true"),
        ]);
        let sent = wanted(&owner(), &marks(), &tags([("team", "api")]), &observed).unwrap();
        assert_eq!(sent.get("costCenter").map(String::as_str), Some("7"));
        assert_eq!(sent.get("Team").map(String::as_str), Some("api"));
        assert_eq!((sent.contains_key("team"), sent.len()), (false, 8));
        assert_eq!(Owner::from_tags(&sent), Some(owner()));
        assert_eq!(foreign(&sent), tags([("costCenter", "7"), ("Team", "api")]));
    }

    #[test]
    fn what_the_backend_would_refuse_is_refused_here() {
        for name in ["a/b", "a?b", "", "connectors.dev.uid", "Connectors.Dev.x", "a\nb"] {
            let error = wanted(&owner(), &marks(), &tags([(name, "x")]), &tags([])).unwrap_err();
            assert!(matches!(error, TagError::Name { .. }), "{name}");
        }
        let long = "x".repeat(257);
        let error = wanted(&owner(), &marks(), &tags([("a", &long)]), &tags([])).unwrap_err();
        assert_eq!(
            error,
            TagError::Value {
                name: "a".into(),
                length: 257
            }
        );
        let many = (0..45)
            .map(|index| (format!("t{index}"), String::new()))
            .collect();
        let error = wanted(&owner(), &marks(), &many, &tags([])).unwrap_err();
        assert_eq!(error, TagError::TooMany { count: 51 });
    }

    proptest! {
        #[test]
        fn sending_twice_changes_nothing_and_letting_go_leaves_what_was_there(
            observed in prop::collection::btree_map("[a-zA-Z.]{1,12}", "[a-z]{0,4}", 0..10),
            backend in prop::collection::btree_map("[a-zA-Z]{1,3}", "[a-z]{0,4}", 0..5),
        ) {
            let first = wanted(&owner(), &marks(), &backend, &observed).unwrap();
            let second = wanted(&owner(), &marks(), &backend, &first).unwrap();
            prop_assert_eq!(&first, &second);
            prop_assert!(same(&first, &second));
            for (name, value) in &observed {
                let overlaid = backend.keys().any(|other| other.eq_ignore_ascii_case(name));
                prop_assert!(overlaid || foreign(&first).get(name) == Some(value));
            }
        }
    }
}
