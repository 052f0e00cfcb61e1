//! ARM resource ids: composed, parsed, compared without case. No client.

use std::{
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};

use serde::{Deserialize, Deserializer};

/// The api-version of `Microsoft.Web/customApis` and `connections`.
pub const WEB_API_VERSION: &str = "2016-06-01";
/// The api-version of `Microsoft.Authorization/roleAssignments`.
pub const AUTHORIZATION_API_VERSION: &str = "2022-04-01";
/// The api-version of `Microsoft.Resources`: resource groups.
pub const RESOURCES_API_VERSION: &str = "2021-04-01";

/// A subscription's resource group: where connectors are registered and listed.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Scope {
    subscription: String,
    resource_group: String,
}

impl Scope {
    /// The scope, in lower case, so that two spellings of one scope are equal.
    pub fn new(subscription: &str, resource_group: &str) -> Self {
        Self {
            subscription: subscription.to_ascii_lowercase(),
            resource_group: resource_group.to_ascii_lowercase(),
        }
    }

    /// The subscription's id, in lower case.
    pub fn subscription(&self) -> &str {
        &self.subscription
    }

    /// The resource group's name, in lower case.
    pub fn resource_group(&self) -> &str {
        &self.resource_group
    }

    /// The ARM id of the group itself.
    pub fn id(&self) -> ResourceId {
        ResourceId(format!(
            "/subscriptions/{}/resourceGroups/{}",
            self.subscription, self.resource_group
        ))
    }

    /// The ARM id of the connector `name` in this scope.
    pub fn custom_api(&self, name: &str) -> ResourceId {
        self.web("customApis", name)
    }

    /// The ARM id of the connection `name` in this scope.
    pub fn connection(&self, name: &str) -> ResourceId {
        self.web("connections", name)
    }

    fn web(&self, kind: &str, name: &str) -> ResourceId {
        ResourceId(format!("{}/providers/Microsoft.Web/{kind}/{name}", self.id()))
    }
}

/// A resource's id, printed as it was given and compared without case
/// (Azure resource provider contract: names and groups are case-insensitive, case-preserving).
#[derive(Clone, Debug)]
pub struct ResourceId(String);

/// Why a text is no resource id.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "`{0}` is not a resource id: expected `/subscriptions/<id>/…` with no empty segment, query or fragment"
)]
pub struct InvalidId(String);

impl ResourceId {
    /// The ARM id of a subscription, in the case it was given in.
    pub fn subscription(id: &str) -> Self {
        Self(format!("/subscriptions/{id}"))
    }

    /// The id below this one at `path`, given without a leading slash: a collection, for lists.
    pub(super) fn below(&self, path: &str) -> Self {
        Self(format!("{}/{path}", self.0))
    }

    /// Whether a URL made of this id asks for exactly this id. Composed ids are not checked when they are
    /// made, and a name like `..` would silently ask for something else.
    pub(super) fn is_addressable(&self) -> bool {
        self.0.parse::<Self>().is_ok()
    }

    /// The id as text, in the case it was given in.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id in lower case: equal exactly for equal ids, so a key for maps and for name-based UUIDs.
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// The last segment: the resource's own name.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The scope the resource lies in, or `None` for an id above resource groups.
    pub fn scope(&self) -> Option<Scope> {
        let mut segments = self.0.split('/').skip(1);
        let (_, subscription) = (segments.next()?, segments.next()?);
        let (groups, resource_group) = (segments.next()?, segments.next()?);
        groups
            .eq_ignore_ascii_case("resourceGroups")
            .then(|| Scope::new(subscription, resource_group))
    }

    /// The id of the role assignment `name` at exactly this resource.
    pub fn role_assignment(&self, name: uuid::Uuid) -> Self {
        Self(format!(
            "{}/providers/Microsoft.Authorization/roleAssignments/{name}",
            self.0
        ))
    }
}

impl FromStr for ResourceId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let invalid = || InvalidId(text.chars().take(200).collect());
        let rest = text.strip_prefix('/').ok_or_else(invalid)?;
        let mut segments = rest.split('/');
        let rooted = segments
            .next()
            .is_some_and(|first| first.eq_ignore_ascii_case("subscriptions"));
        let clean = rest.split('/').all(|segment| {
            !segment.is_empty()
                && segment != "."
                && segment != ".."
                && !segment.contains(['?', '#', '%', '\\'])
                && !segment.contains(char::is_control)
        });
        if rooted && clean && segments.next().is_some() {
            Ok(Self(text.to_owned()))
        } else {
            Err(invalid())
        }
    }
}

impl<'de> Deserialize<'de> for ResourceId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The message names no value: answers are not to be quoted.
        String::deserialize(deserializer)?
            .parse()
            .map_err(|InvalidId(_)| serde::de::Error::custom("not a resource id"))
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl PartialEq for ResourceId {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for ResourceId {}

impl Hash for ResourceId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for byte in self.0.bytes() {
            state.write_u8(byte.to_ascii_lowercase());
        }
        state.write_u8(0xff);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_differ_in_case_only_are_equal() {
        let lower: ResourceId = "/subscriptions/s/resourcegroups/g/providers/microsoft.web/customapis/a"
            .parse()
            .unwrap();
        assert_eq!(lower, Scope::new("S", "G").custom_api("A"));
        assert_eq!(lower.key(), Scope::new("S", "G").custom_api("A").key());
        assert_eq!(lower.scope(), Some(Scope::new("s", "g")));
    }

    #[test]
    fn a_text_that_could_leave_its_path_is_no_id() {
        for text in [
            "",
            "x",
            "/providers/x",
            "/subscriptions",
            "/subscriptions/",
            "/subscriptions/a//b",
            "/subscriptions/a?x",
            "/subscriptions/a/%2e%2e",
            "/subscriptions/a/..",
            "/subscriptions/a/.\t.",
        ] {
            assert!(text.parse::<ResourceId>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_composed_id_that_would_leave_its_path_is_not_addressable() {
        let scope = Scope::new("s", "g");
        assert!(scope.custom_api("a.(1)_b-2").is_addressable());
        for name in ["..", ".", "", "a/../b", "a?x"] {
            assert!(!scope.custom_api(name).is_addressable(), "{name}");
        }
    }
}
