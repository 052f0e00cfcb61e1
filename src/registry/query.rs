//! What a request's query string says: api-version, paging, filters. No client.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::Method;
use url::form_urlencoded;

use super::{
    refusal::{Refusal, shortened},
    target::{Kind, Roles, Target},
};
use crate::arm::id::{AUTHORIZATION_API_VERSION, WEB_API_VERSION};

/// The items of a page where the caller asks for none, and the most it may ask for.
pub(super) const PAGE_SIZE: u32 = 1_000;

/// The parameters of a query, decoded; names are compared without case and without a leading `$`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Query(Vec<(String, String)>);

/// Which role assignments a list shows, beside those at the scope itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct RoleFilter {
    /// Also those below the scope (always also those above).
    pub(super) below: bool,
    /// Only those of this principal, in lower case.
    pub(super) principal: Option<String>,
}

impl Query {
    /// Reads the raw query, percent-encoded or not.
    pub(super) fn parse(raw: Option<&str>) -> Self {
        let pairs = form_urlencoded::parse(raw.unwrap_or_default().as_bytes());
        Self(
            pairs
                .map(|(name, value)| (bare(&name), value.into_owned()))
                .collect(),
        )
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Nothing, or why the `api-version` does not fit the target.
    pub(super) fn check_api_version(&self, target: &Target) -> Result<(), Refusal> {
        let version = self
            .get("api-version")
            .filter(|version| !version.is_empty())
            .ok_or_else(|| {
                Refusal::bad_request(
                    "MissingApiVersionParameter",
                    "Every request needs the query parameter `api-version`.",
                )
            })?;
        let (known, supported) = match target {
            Target::Resources { .. } | Target::Resource(_) => {
                let versions = [WEB_API_VERSION, "2018-07-01-preview"];
                (versions.contains(&version), versions.join(", "))
            }
            Target::RoleList { .. } | Target::Role { .. } => (
                version == AUTHORIZATION_API_VERSION,
                AUTHORIZATION_API_VERSION.to_owned(),
            ),
            Target::Groups { .. } | Target::Group { .. } => {
                (is_dated(version), "any date such as 2021-04-01".to_owned())
            }
        };
        if known {
            return Ok(());
        }
        Err(Refusal::bad_request(
            "NoRegisteredProviderFound",
            format!(
                "The api-version `{}` is not supported for `{}`; supported: {supported}.",
                shortened(version),
                target.label()
            ),
        ))
    }

    /// The items wanted on a page: `$top`, at most [`PAGE_SIZE`].
    pub(super) fn page_size(&self) -> Result<u32, Refusal> {
        let Some(text) = self.get("top") else {
            return Ok(PAGE_SIZE);
        };
        match text.parse::<u32>() {
            Ok(top) if top > 0 => Ok(top.min(PAGE_SIZE)),
            Ok(_) | Err(_) => Err(Refusal::bad_request(
                "InvalidQueryParameterValue",
                format!(
                    "`$top` is `{}`; it must be a whole number above zero.",
                    shortened(text)
                ),
            )),
        }
    }

    /// The place after which the page begins, as two keys; nothing for the first page.
    pub(super) fn after(&self) -> Result<Option<(String, String)>, Refusal> {
        let Some(token) = self.get("skiptoken") else {
            return Ok(None);
        };
        let place = URL_SAFE_NO_PAD
            .decode(token)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok());
        place.map(Some).ok_or_else(|| {
            Refusal::bad_request(
                "InvalidSkipToken",
                "The skip token is none that this server gave; follow `nextLink` as it is.",
            )
        })
    }

    /// The query that leads to the page after `place`.
    pub(super) fn continued(&self, place: &(String, String)) -> String {
        let token = URL_SAFE_NO_PAD.encode(serde_json::json!(place).to_string());
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.0.iter().filter(|(name, _)| name != "skiptoken") {
            let prefix = if matches!(name.as_str(), "top" | "filter") {
                "$"
            } else {
                ""
            };
            query.append_pair(&format!("{prefix}{name}"), value);
        }
        query.append_pair("skiptoken", &token);
        query.finish()
    }

    /// Whether the connector's document itself is asked for instead of its resource.
    pub(super) fn wants_export(&self) -> bool {
        self.get("export")
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// Which role assignments are wanted. Terms are joined by `and`.
    pub(super) fn role_filter(&self) -> Result<RoleFilter, Refusal> {
        let mut filter = RoleFilter {
            below: true,
            principal: None,
        };
        let text = self.get("filter").unwrap_or_default().trim();
        if text.is_empty() {
            return Ok(filter);
        }
        for term in text.split(" and ").map(str::trim) {
            if term.eq_ignore_ascii_case("atScope()") {
                filter.below = false;
            } else if let Some(principal) = principal_of(term) {
                filter.principal = Some(principal.to_ascii_lowercase());
            } else {
                return Err(Refusal::bad_request(
                    "UnsupportedFilter",
                    format!(
                        "`$filter` holds `{}`; supported are `atScope()`, `principalId eq '<id>'` and `assignedTo('<id>')`.",
                        shortened(term)
                    ),
                ));
            }
        }
        Ok(filter)
    }

    /// The name that role definitions must have to be listed; `None` where all are wanted.
    pub(super) fn role_name(&self) -> Result<Option<&str>, Refusal> {
        let mut wanted = None;
        let text = self.get("filter").unwrap_or_default().trim();
        for term in text.split(" and ").map(str::trim).filter(|term| !term.is_empty()) {
            if let Some(name) = role_name_of(term) {
                wanted = Some(name);
            } else if !ALL_DEFINITIONS.iter().any(|all| term.eq_ignore_ascii_case(all)) {
                return Err(Refusal::bad_request(
                    "UnsupportedFilter",
                    format!(
                        "`$filter` holds `{}`; supported are `roleName eq '<name>'`, `type eq 'BuiltInRole'`, \
                         `atScope()` and `atScopeAndBelow()`.",
                        shortened(term)
                    ),
                ));
            }
        }
        Ok(wanted)
    }
}

/// Filters of role definitions that every one of the registry's passes: all are built in and known at each scope.
const ALL_DEFINITIONS: [&str; 3] = ["atScope()", "atScopeAndBelow()", "type eq 'BuiltInRole'"];

/// What a request does, as it is counted, logged and taken from a budget.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Verb {
    List,
    Get,
    Export,
    Head,
    Put,
    Patch,
    Delete,
}

impl Verb {
    /// The verb of a request, or which methods its target understands.
    pub(super) fn of(method: &Method, target: &Target, query: &Query) -> Result<Self, Refusal> {
        let exports = matches!(target, Target::Resource(address) if address.kind == Kind::CustomApis);
        let (allowed, verbs): (&'static str, &[Self]) = match target {
            Target::Resources { .. } | Target::RoleList { .. } | Target::Groups { .. } => {
                ("GET", &[Self::List])
            }
            Target::Resource(_) => (
                "GET, HEAD, PUT, PATCH, DELETE",
                &[
                    Self::Get,
                    Self::Export,
                    Self::Head,
                    Self::Put,
                    Self::Patch,
                    Self::Delete,
                ],
            ),
            Target::Role {
                roles: Roles::Assignments,
                ..
            } => (
                "GET, HEAD, PUT, DELETE",
                &[Self::Get, Self::Head, Self::Put, Self::Delete],
            ),
            Target::Role {
                roles: Roles::Definitions,
                ..
            }
            | Target::Group { .. } => ("GET, HEAD", &[Self::Get, Self::Head]),
        };
        let verb = match method.as_str() {
            "GET" if target.is_list() => Some(Self::List),
            "GET" if exports && query.wants_export() => Some(Self::Export),
            "GET" => Some(Self::Get),
            "HEAD" => Some(Self::Head),
            "PUT" => Some(Self::Put),
            "PATCH" => Some(Self::Patch),
            "DELETE" => Some(Self::Delete),
            _ => None,
        };
        verb.filter(|verb| verbs.contains(verb))
            .ok_or_else(|| Refusal::method_not_allowed(allowed))
    }

    /// The verb's name in counters and logs.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Get => "get",
            Self::Export => "export",
            Self::Head => "head",
            Self::Put => "put",
            Self::Patch => "patch",
            Self::Delete => "delete",
        }
    }
}

fn bare(name: &str) -> String {
    name.strip_prefix('$').unwrap_or(name).to_ascii_lowercase()
}

/// `principalId eq 'x'` or `assignedTo('x')`: without groups known, the two mean the same here.
fn principal_of(term: &str) -> Option<&str> {
    let lower = term.to_ascii_lowercase();
    let quoted = if let Some(rest) = lower.strip_prefix("principalid") {
        let rest = rest.trim_start().strip_prefix("eq")?.trim();
        term.get(term.len().checked_sub(rest.len())?..)?
    } else {
        let rest = lower.strip_prefix("assignedto(")?;
        term.get(term.len().checked_sub(rest.len())?..)?
            .strip_suffix(')')?
    };
    let principal = quoted.trim().strip_prefix('\'')?.strip_suffix('\'')?;
    (!principal.is_empty() && !principal.contains('\'')).then_some(principal)
}

/// `roleName eq 'x'`.
fn role_name_of(term: &str) -> Option<&str> {
    let (field, rest) = term.split_once(' ')?;
    let (operator, quoted) = rest.trim_start().split_once(' ')?;
    let fits = field.eq_ignore_ascii_case("roleName") && operator.eq_ignore_ascii_case("eq");
    let name = quoted.trim().strip_prefix('\'')?.strip_suffix('\'')?;
    (fits && !name.contains('\'')).then_some(name)
}

/// `YYYY-MM-DD`, with or without a suffix such as `-preview`.
fn is_dated(version: &str) -> bool {
    let shape = |text: &str| {
        text.char_indices().all(|(at, character)| match at {
            4 | 7 => character == '-',
            _ => character.is_ascii_digit(),
        })
    };
    version.get(..10).is_some_and(shape)
        && version
            .get(10..)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

#[cfg(test)]
mod tests;
