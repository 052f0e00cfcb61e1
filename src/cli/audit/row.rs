//! A line of the access matrix: an API, a principal, and whether that is as declared. No client.

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::cli::{
    table::{Column, Row},
    terminal::Tone,
};

/// How access that is, or is to be, compares with what is declared.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub(super) enum State {
    /// Declared, and there. Also a connector that is declared and there and that nobody has access to.
    AsDeclared,
    /// Declared, and there, made by somebody else.
    PreExisting,
    /// Declared and not there.
    Missing,
    /// Declared, and refused by the backend's limits.
    Denied,
    /// Declared until a time that is over, and still there.
    Overdue,
    /// Declared until a time that is over, and gone.
    Expired,
    /// There, and declared by nobody.
    Unmanaged,
    /// The connector is declared and not registered.
    NotRegistered,
    /// The connector is in the backend, and no resource declares it.
    Undeclared,
    /// The connector is in the backend, and its tags name another cluster.
    OtherCluster,
    /// Access to everything in a group or subscription, given there.
    Inherited,
    /// Nobody can say: neither backend nor status tell.
    Unknown,
}

impl State {
    /// Whether it is not as declared, or cannot be said to be.
    pub(super) const fn deviates(self) -> bool {
        match self {
            Self::AsDeclared | Self::PreExisting | Self::Expired | Self::OtherCluster | Self::Inherited => {
                false
            }
            Self::Missing
            | Self::Denied
            | Self::Overdue
            | Self::Unmanaged
            | Self::NotRegistered
            | Self::Undeclared
            | Self::Unknown => true,
        }
    }

    /// The word for it.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::AsDeclared => "AsDeclared",
            Self::PreExisting => "PreExisting",
            Self::Missing => "Missing",
            Self::Denied => "Denied",
            Self::Overdue => "Overdue",
            Self::Expired => "Expired",
            Self::Unmanaged => "Unmanaged",
            Self::NotRegistered => "NotRegistered",
            Self::Undeclared => "Undeclared",
            Self::OtherCluster => "OtherCluster",
            Self::Inherited => "Inherited",
            Self::Unknown => "Unknown",
        }
    }
}

/// Who tells what is actual.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Told {
    /// The backend, now.
    Backend,
    /// The resource's status, as of the last pass.
    Status,
}

/// A line of the access matrix. Where nobody has access to a connector there is one line without a principal.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Access {
    /// Of the resource; empty where no resource of this cluster is known to declare it.
    pub(super) namespace: String,
    /// The resource.
    pub(super) connector: String,
    /// `Kind/namespace/name` of the backend, `Kind/name` of one of the cluster.
    pub(super) backend: String,
    /// Name of the connector in the backend; `*` for all of them.
    pub(super) api: String,
    pub(super) kind: String,
    pub(super) principal: String,
    /// As the resource spells it, else as the backend names it.
    pub(super) role: String,
    pub(super) wanted: bool,
    /// `None`: nobody can say.
    pub(super) actual: Option<bool>,
    pub(super) state: State,
    #[serde(serialize_with = "time")]
    pub(super) since: Option<Timestamp>,
    #[serde(serialize_with = "time")]
    pub(super) until: Option<Timestamp>,
    /// The field that declares it, as `namespace/name spec.sharing.principals[0]`.
    pub(super) declared: String,
    /// Why the principal has access, as the declaration or the grant says.
    pub(super) comment: String,
    /// Findings about the connector's description.
    pub(super) errors: Option<i64>,
    pub(super) warnings: Option<i64>,
    pub(super) waived: Option<i64>,
    pub(super) source: Told,
    pub(super) reason: String,
}

/// To the second, as `kubectl` shows times.
fn shown(time: Option<Timestamp>) -> String {
    time.and_then(|time| Timestamp::from_second(time.as_second()).ok())
        .map(|time| time.to_string())
        .unwrap_or_default()
}

#[expect(clippy::ref_option, reason = "serde passes a reference to the field")]
fn time<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(_) => serializer.serialize_str(&shown(*time)),
        None => serializer.serialize_none(),
    }
}

impl Row for Access {
    const COLUMNS: &'static [Column] = &[
        Column::new("namespace", "NAMESPACE"),
        Column::new("connector", "CONNECTOR"),
        Column::new("backend", "BACKEND"),
        Column::new("api", "API"),
        Column::new("kind", "KIND"),
        Column::new("principal", "PRINCIPAL"),
        Column::new("role", "ROLE"),
        Column::new("wanted", "WANTED"),
        Column::new("actual", "ACTUAL"),
        Column::new("state", "STATE"),
        Column::new("since", "SINCE"),
        Column::new("until", "UNTIL"),
        Column::wide("declared", "DECLARED"),
        Column::wide("comment", "COMMENT"),
        Column::wide("errors", "ERRORS"),
        Column::wide("warnings", "WARNINGS"),
        Column::wide("waived", "WAIVED"),
        Column::new("source", "SOURCE"),
        Column::new("reason", "REASON"),
    ];

    fn cells(&self) -> Vec<String> {
        let Self {
            namespace,
            connector,
            backend,
            api,
            kind,
            principal,
            role,
            wanted,
            actual,
            state,
            since,
            until,
            declared,
            comment,
            errors,
            warnings,
            waived,
            source,
            reason,
        } = self.clone();
        let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
        let said = |truth: Option<bool>| match truth {
            Some(true) => "yes".to_owned(),
            Some(false) => "no".to_owned(),
            None => "unknown".to_owned(),
        };
        vec![
            namespace,
            connector,
            backend,
            api,
            kind,
            principal,
            role,
            said(Some(wanted)),
            said(actual),
            state.as_str().to_owned(),
            shown(since),
            shown(until),
            declared,
            comment,
            number(errors),
            number(warnings),
            number(waived),
            match source {
                Told::Backend => "backend".to_owned(),
                Told::Status => "status".to_owned(),
            },
            reason,
        ]
    }

    fn tone(&self, column: &str) -> Tone {
        match column {
            "state" if self.state == State::Unknown => Tone::Doubtful,
            "state" if self.state.deviates() => Tone::Bad,
            "state" => Tone::Good,
            "source" if self.source == Told::Status => Tone::Doubtful,
            _ => Tone::Plain,
        }
    }
}
