//! From a request's path to what it names. No client.

use http::StatusCode;
use percent_encoding::percent_decode_str;

use super::refusal::{Refusal, shortened};
pub(super) use super::role_scope::RoleScope;

/// The two tracked resource types of `Microsoft.Web` that the registry keeps.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    CustomApis,
    Connections,
}

impl Kind {
    /// The type's name within `Microsoft.Web`, in its canonical case.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::CustomApis => "customApis",
            Self::Connections => "connections",
        }
    }

    fn named(text: &str) -> Option<Self> {
        [Self::CustomApis, Self::Connections]
            .into_iter()
            .find(|kind| kind.as_str().eq_ignore_ascii_case(text))
    }
}

/// What `Microsoft.Authorization` is asked about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Roles {
    Assignments,
    Definitions,
}

/// A tracked resource as the caller spelt it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Address {
    pub(super) kind: Kind,
    pub(super) subscription: String,
    pub(super) group: String,
    pub(super) name: String,
}

impl Address {
    /// The resource's id in the caller's case.
    pub(super) fn id(&self) -> String {
        format!(
            "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Web/{}/{}",
            self.subscription,
            self.group,
            self.kind.as_str(),
            self.name
        )
    }

    /// The address that an id names, or `None` where the id names something else.
    pub(super) fn of_id(id: &str) -> Option<Self> {
        match Target::parse(id).ok()? {
            Target::Resource(address) => Some(address),
            Target::Resources { .. }
            | Target::Role { .. }
            | Target::RoleList { .. }
            | Target::Group { .. }
            | Target::Groups { .. } => None,
        }
    }
}

/// What a path names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Target {
    /// All resources of a kind in a subscription, or in one group of it.
    Resources {
        kind: Kind,
        subscription: String,
        group: Option<String>,
    },
    /// One resource.
    Resource(Address),
    /// The role assignments or definitions at a scope.
    RoleList { roles: Roles, scope: RoleScope },
    /// One role assignment or definition.
    Role {
        roles: Roles,
        scope: RoleScope,
        name: String,
    },
    /// The groups of a subscription.
    Groups { subscription: String },
    /// One group.
    Group { subscription: String, group: String },
}

impl Target {
    /// Reads a path. Segments are compared without case; empty ones are passed over, as clients that join an
    /// id to a base send them.
    pub(super) fn parse(path: &str) -> Result<Self, Refusal> {
        let segments: Vec<String> = path
            .split('/')
            .filter(|segment| !segment.is_empty())
            .map(|segment| decoded(segment).ok_or_else(|| Refusal::no_such_route(path)))
            .collect::<Result<_, _>>()?;
        if let Some(target) = roles(&segments) {
            return Ok(target);
        }
        let target = match segments.as_slice() {
            [subscriptions, subscription, rest @ ..] if is(subscriptions, "subscriptions") => {
                in_subscription(subscription, rest)?
            }
            _ => None,
        };
        target.ok_or_else(|| Refusal::no_such_route(path))
    }

    /// The name under which requests for it are counted and logged.
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::Resources { kind, .. } => kind.as_str(),
            Self::Resource(address) => address.kind.as_str(),
            Self::RoleList { roles, .. } | Self::Role { roles, .. } => match roles {
                Roles::Assignments => "roleAssignments",
                Roles::Definitions => "roleDefinitions",
            },
            Self::Groups { .. } | Self::Group { .. } => "resourceGroups",
        }
    }

    /// The subscription whose request budget the call is taken from; empty outside of any.
    pub(super) fn subscription(&self) -> String {
        match self {
            Self::Resources { subscription, .. }
            | Self::Groups { subscription }
            | Self::Group { subscription, .. } => subscription.to_ascii_lowercase(),
            Self::Resource(address) => address.subscription.to_ascii_lowercase(),
            Self::RoleList { scope, .. } | Self::Role { scope, .. } => scope.subscription(),
        }
    }

    /// Whether it is a list rather than one thing.
    pub(super) fn is_list(&self) -> bool {
        match self {
            Self::Resources { .. } | Self::RoleList { .. } | Self::Groups { .. } => true,
            Self::Resource(_) | Self::Role { .. } | Self::Group { .. } => false,
        }
    }
}

fn is(segment: &str, word: &str) -> bool {
    segment.eq_ignore_ascii_case(word)
}

/// A segment without its percent-encoding; `None` for one that could not stand in an id.
fn decoded(segment: &str) -> Option<String> {
    let text = percent_decode_str(segment).decode_utf8().ok()?;
    let harmless =
        text != "." && text != ".." && !text.contains(['/', '\\']) && !text.contains(char::is_control);
    harmless.then(|| text.into_owned())
}

fn in_subscription(subscription: &str, rest: &[String]) -> Result<Option<Target>, Refusal> {
    let subscription = subscription.to_owned();
    Ok(match rest {
        [groups] if is(groups, "resourceGroups") => Some(Target::Groups { subscription }),
        [groups, group] if is(groups, "resourceGroups") => Some(Target::Group {
            subscription,
            group: group.clone(),
        }),
        [groups, group, providers, rest @ ..]
            if is(groups, "resourceGroups") && is(providers, "providers") =>
        {
            match web(rest)? {
                Some((kind, [])) => Some(Target::Resources {
                    kind,
                    subscription,
                    group: Some(group.clone()),
                }),
                Some((kind, [name])) => Some(Target::Resource(Address {
                    kind,
                    subscription,
                    group: group.clone(),
                    name: name.clone(),
                })),
                _ => None,
            }
        }
        [providers, rest @ ..] if is(providers, "providers") => match web(rest)? {
            // The contract lists connections by group only.
            Some((kind @ Kind::CustomApis, [])) => Some(Target::Resources {
                kind,
                subscription,
                group: None,
            }),
            _ => None,
        },
        _ => None,
    })
}

/// What follows `providers/`, up to the resource type.
fn web(rest: &[String]) -> Result<Option<(Kind, &[String])>, Refusal> {
    match rest {
        [namespace, kind, rest @ ..] if is(namespace, "Microsoft.Web") => match Kind::named(kind) {
            Some(kind) => Ok(Some((kind, rest))),
            None => Err(Refusal::new(
                StatusCode::NOT_FOUND,
                "InvalidResourceType",
                format!(
                    "The registry keeps no resource type `{}` in `Microsoft.Web`.",
                    shortened(kind)
                ),
            )),
        },
        [namespace, _, ..] => Err(Refusal::new(
            StatusCode::NOT_FOUND,
            "InvalidResourceNamespace",
            format!(
                "The registry keeps no resource namespace `{}`.",
                shortened(namespace)
            ),
        )),
        _ => Ok(None),
    }
}

/// `{scope}/providers/Microsoft.Authorization/{roleAssignments|roleDefinitions}[/{name}]`.
fn roles(segments: &[String]) -> Option<Target> {
    let [scope @ .., providers, namespace, word, name] = segments else {
        return role_list(segments);
    };
    match role_word(providers, namespace, word) {
        Some(roles) => Some(Target::Role {
            roles,
            scope: RoleScope::of(scope),
            name: name.clone(),
        }),
        None => role_list(segments),
    }
}

fn role_list(segments: &[String]) -> Option<Target> {
    let [scope @ .., providers, namespace, word] = segments else {
        return None;
    };
    let roles = role_word(providers, namespace, word)?;
    Some(Target::RoleList {
        roles,
        scope: RoleScope::of(scope),
    })
}

fn role_word(providers: &str, namespace: &str, word: &str) -> Option<Roles> {
    let authorization = is(providers, "providers") && is(namespace, "Microsoft.Authorization");
    match word {
        _ if !authorization => None,
        _ if is(word, "roleAssignments") => Some(Roles::Assignments),
        _ if is(word, "roleDefinitions") => Some(Roles::Definitions),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;

    use super::*;

    fn parsed(path: &str) -> Target {
        Target::parse(path).unwrap()
    }

    #[test]
    fn segments_are_found_in_any_case_and_kept_in_theirs() {
        let target =
            parsed("//SUBSCRIPTIONS/S/resourcegroups/G/Providers/microsoft.web/CUSTOMAPIS/My%20Api/");
        let Target::Resource(address) = target else {
            panic!("{target:?}")
        };
        assert_eq!(
            address.id(),
            "/subscriptions/S/resourceGroups/G/providers/Microsoft.Web/customApis/My Api"
        );
    }

    #[test]
    fn lists_are_told_from_resources() {
        assert_eq!(
            parsed("/subscriptions/s/providers/Microsoft.Web/customApis"),
            Target::Resources {
                kind: Kind::CustomApis,
                subscription: "s".into(),
                group: None
            }
        );
        assert!(parsed("/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/connections").is_list());
        assert!(parsed("/subscriptions/s/resourcegroups").is_list());
        assert!(!parsed("/subscriptions/s/resourcegroups/g").is_list());
    }

    #[test]
    fn role_assignments_hang_on_any_scope() {
        let resource = "/subscriptions/S/resourceGroups/g/providers/Microsoft.Web/customApis/a";
        for scope in [
            "",
            "/subscriptions/S",
            "/subscriptions/S/resourceGroups/g",
            resource,
        ] {
            let path = format!("{scope}/providers/microsoft.authorization/roleassignments/x");
            let Target::Role {
                scope: found, name, ..
            } = parsed(&path)
            else {
                panic!("{path}")
            };
            assert_eq!((found.prefix(), name.as_str()), (scope, "x"));
        }
    }

    #[test]
    fn what_is_not_kept_is_not_found() {
        for path in [
            "/",
            "/subscriptions",
            "/subscriptions/s",
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web",
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/x",
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Logic/workflows/x",
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/customApis/a/move",
            "/subscriptions/s/providers/Microsoft.Web/connections",
            "/subscriptions/s/resourceGroups/g%2f..%2fh/providers/Microsoft.Web/customApis/a",
            "/subscriptions/s/resourceGroups/%2e%2e/providers/Microsoft.Web/customApis/a",
        ] {
            let answer = Target::parse(path).unwrap_err().into_response();
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        }
    }
}
