//! A connector parsed for one decision: what it asks of the operator, defaults applied, also where its spec cannot be
//! read. No client.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};

use super::{
    conditions::{self, Kind, Truth},
    entry::{Entry, Unreadable},
    grants::{Made, Wish},
    status::is_done,
};
use crate::crd::{
    BackendReference, CustomConnectorSpec,
    approval::Approval,
    authentication::Authentication,
    connector::{Adoption, ChangePolicy, DeletionPolicy, DriftPolicy},
    definition::{Icon, Source},
    sharing::Sharing,
    status::CustomConnectorStatus,
};

/// How often a connector is checked where it says nothing else.
const INTERVAL: Duration = Duration::from_mins(30);
/// How long a pass may take where the connector says nothing else.
const TIMEOUT: Duration = Duration::from_mins(1);

/// Within this time of its creation a connector may well be deleted without a pass over it.
const FIRST_PASS: SignedDuration = SignedDuration::from_secs(30);

/// A connector's entry, spec and status parsed.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The entry.
    pub entry: Arc<Entry>,
    /// Its spec, inline texts cut.
    pub spec: Result<CustomConnectorSpec, Unreadable>,
    /// Its status.
    pub status: CustomConnectorStatus,
}

impl Parsed {
    /// Parses an entry.
    pub fn of(entry: &Arc<Entry>) -> Self {
        Self {
            entry: Arc::clone(entry),
            spec: entry.spec(),
            status: entry.status(),
        }
    }

    /// The name it is registered under.
    pub fn registered_name(&self) -> &str {
        let chosen = self.wish(|spec| spec.external_name.as_deref());
        chosen.unwrap_or_else(|| self.entry.name())
    }

    /// The backends it names; `None`: the default.
    pub fn backend_refs(&self) -> Option<&[BackendReference]> {
        self.wish(|spec| spec.backend_refs.as_deref())
    }

    /// Whether nothing is to be sent and nothing to be written.
    pub fn is_suspended(&self) -> bool {
        self.wish(|spec| spec.suspend).unwrap_or_default()
    }

    /// How often it is checked.
    pub fn interval(&self) -> Duration {
        let chosen = self.wish(|spec| spec.interval);
        chosen
            .map_or(INTERVAL, Duration::from)
            .max(Duration::from_secs(10))
    }

    /// How long a pass may take.
    pub fn timeout(&self) -> Duration {
        let chosen = self.wish(|spec| spec.timeout);
        chosen
            .map_or(TIMEOUT, Duration::from)
            .clamp(Duration::from_secs(1), Duration::from_mins(10))
    }

    /// Who may use it.
    pub fn sharing(&self) -> Option<&Sharing> {
        self.wish(|spec| spec.sharing.as_ref())
    }

    /// What a breaking change of the description does.
    pub fn change_policy(&self) -> ChangePolicy {
        self.wish(|spec| spec.change_policy).unwrap_or_default()
    }

    /// What is done about changes made by others.
    pub fn drift_policy(&self) -> DriftPolicy {
        self.wish(|spec| spec.drift_policy).unwrap_or_default()
    }

    /// Whether what is to be done waits until it is approved.
    pub fn approval(&self) -> Approval {
        self.wish(|spec| spec.approval).unwrap_or_default()
    }

    /// The plan that may be carried out.
    pub fn approved_plan(&self) -> Option<&str> {
        self.wish(|spec| spec.approved_plan.as_deref())
    }

    /// What it asks of its grants.
    pub fn grants(&self) -> Wish<'_> {
        let report = self.drift_policy() == DriftPolicy::Report;
        Wish {
            sharing: self.sharing(),
            report: report.then(|| Made::of(&self.status, self.entry.generation())),
        }
    }

    /// Whether what no list shows is part of what was told: drift that was left so, or a plan that waits. It is looked
    /// at in each pass, or what was told would come and go.
    pub fn has_told_of_more(&self) -> bool {
        self.has_drifted() || self.status.plan.is_some()
    }

    /// Whether something that others changed was left so.
    pub fn has_drifted(&self) -> bool {
        conditions::holds(&self.status.conditions, Kind::Drifted)
    }

    /// How far an existing connector may be taken over.
    pub fn adoption(&self) -> Adoption {
        self.wish(|spec| spec.adoption).unwrap_or_default()
    }

    /// What becomes of what is registered; `None`: it depends on whether it was taken over.
    pub fn deletion_policy(&self) -> Option<DeletionPolicy> {
        self.wish(|spec| spec.deletion_policy)
    }

    /// Whether connections hold the deletion.
    pub fn is_protected(&self) -> bool {
        self.wish(|spec| spec.deletion_protection).unwrap_or(true)
    }

    /// Since when something holds what it wants: its deletion, else whatever keeps it from being ready.
    pub fn held_since(&self) -> Option<Timestamp> {
        let ready = conditions::find(&self.status.conditions, Kind::Ready);
        let unready = ready.filter(|ready| ready.status != Truth::True.as_str());
        self.entry
            .deleted()
            .or_else(|| unready.map(|ready| ready.last_transition_time.0))
    }

    /// Whether a pass came to tell of its last spec; its deletion counts as a change of it.
    pub fn is_told_of(&self) -> bool {
        let ready = conditions::find(&self.status.conditions, Kind::Ready);
        ready.is_some_and(|ready| {
            ready.observed_generation.unwrap_or_default() + i64::from(self.entry.is_deleting())
                >= self.entry.generation()
        })
    }

    /// Whether it is being deleted and no pass has told anything of it, although it was there for long enough: what was
    /// told is lost, and where it may be registered with it.
    pub fn lost_its_status(&self) -> bool {
        let told = conditions::find(&self.status.conditions, Kind::SourceReady).is_some();
        let lived = self
            .entry
            .created()
            .zip(self.entry.deleted())
            .map(|(created, deleted)| deleted.duration_since(created));
        !told && self.status.registrations.is_empty() && lived.is_some_and(|lived| lived >= FIRST_PASS)
    }

    /// Whether it refers to something whose changes are not watched, or cannot be told after a restart: a URL, a
    /// Secret, an icon in a ConfigMap. Such a connector is passed over each interval.
    pub fn looks_outside(&self) -> bool {
        let Ok(spec) = &self.spec else { return false };
        let definition = match &spec.definition.source {
            Source::SecretKeyRef(_) | Source::Url(_) => true,
            Source::Inline(_) | Source::ConfigMapKeyRef(_) => false,
        };
        let credential = match &spec.authentication {
            Some(Authentication::Oauth2(settings)) => settings.client_secret_ref.is_some(),
            Some(Authentication::EntraId(settings)) => settings.client_secret_ref.is_some(),
            None | Some(Authentication::None(_) | Authentication::ApiKey(_) | Authentication::Basic(_)) => {
                false
            }
        };
        let parameters = spec
            .connection_parameters
            .iter()
            .flat_map(|parameters| parameters.values());
        let mut settings = parameters.filter_map(|parameter| parameter.o_auth_settings.as_ref());
        let icon = matches!(&spec.icon, Some(Icon::Url(_) | Icon::ConfigMapKeyRef(_)));
        definition || credential || icon || settings.any(|settings| settings.client_secret_ref.is_some())
    }

    /// Whether somebody asked for a pass that none has answered yet.
    pub fn has_new_request(&self) -> bool {
        let answered = self.status.last_handled_request.as_deref();
        self.entry
            .requested_at()
            .is_some_and(|request| answered != Some(request))
    }

    /// Whether the present generation was brought to its end.
    pub fn is_done(&self) -> bool {
        is_done(&self.status, self.entry.generation())
    }

    /// A field of the spec, where the spec can be read and says something.
    fn wish<'a, T>(&'a self, field: impl FnOnce(&'a CustomConnectorSpec) -> Option<T>) -> Option<T> {
        self.spec.as_ref().ok().and_then(field)
    }
}
