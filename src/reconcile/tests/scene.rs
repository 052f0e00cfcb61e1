//! One connector, its backends and the process that looks after it: what happens to them, and what came of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    super::{
        Leaving, Pass, Report, Verdict,
        entry::{Entry, Key},
        foretell::{Foretold, foretell},
        grants::ObservedGrant,
        ownership::{Identity, Relation, relation},
        parsed::Parsed,
        run,
        target::{
            AzureCredential, Backend, BackendKey, Credential, Endpoint, Listed, Observed, Policy, Site,
            Target,
        },
    },
    api_server::ApiServer,
    calls::Fate,
    cloud::Cloud,
    manifests::{API, CLUSTER, PETSTORE, description, policy},
    process::Process,
    record::hold_against_calls,
};
use crate::{
    arm::id::{ResourceId, Scope},
    crd::{
        BackendKind, BackendReference,
        status::{Registration, RegistrationState},
    },
    record::Line,
    registry,
};

/// Passes after which a connector that still changes something never comes to rest.
const PASSES: usize = 6;

/// A connector of some backends, and the process that passes over it.
pub(super) struct Scene<'a> {
    pub(super) cloud: &'a Cloud,
    pub(super) api: ApiServer,
    pub(super) now: Timestamp,
    /// Its namespace, and its subscription with the backends.
    pub(super) namespace: String,
    policies: BTreeMap<String, Policy>,
    /// Where all of its backends are.
    endpoint: Endpoint,
    process: Process,
    /// The calls of the last pass.
    made: Vec<String>,
    /// What the record of changes tells of the last pass.
    pub(super) told: Vec<Line>,
}

/// What is there for all to see, apart from what differs from scene to scene.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct State {
    /// Finalizers and status; `None` where the object is gone.
    pub(super) object: Option<Value>,
    /// What each backend has of that name: display name and tags.
    pub(super) connectors: BTreeMap<String, (Option<String>, BTreeMap<String, String>)>,
    /// `<backend>: <role> to <principal>, ours` or `… of others`.
    pub(super) grants: BTreeSet<String>,
}

impl<'a> Scene<'a> {
    /// A description, and backends of these names that hold nothing.
    pub(super) async fn new(cloud: &'a Cloud, backends: &[&str]) -> Self {
        let namespace = Uuid::new_v4().to_string();
        let api = ApiServer::of(&namespace);
        api.create(API, description("Pets"));
        let policies = backends.iter().map(|name| ((*name).to_owned(), policy()));
        Self {
            cloud,
            now: "2026-11-02T10:00:00Z".parse().unwrap(),
            namespace,
            policies: policies.collect(),
            endpoint: Endpoint::Embedded,
            process: Process::start(cloud, &api).await,
            made: Vec::new(),
            told: Vec::new(),
            api,
        }
    }

    /// The same, with all backends in Azure as far as the operator knows.
    pub(super) fn in_azure(mut self) -> Self {
        self.endpoint = Endpoint::Azure {
            resource_manager: "https://management.example".to_owned(),
            authority: "https://login.example".to_owned(),
            audience: "https://management.example".to_owned(),
            credential: AzureCredential::Machine(None),
        };
        self
    }

    // What users do.

    /// The connector's spec is this from now on.
    pub(super) fn wants(&self, spec: Value) {
        if self.api.get(PETSTORE).is_some() {
            self.api.edit(PETSTORE, |object| object["spec"] = spec);
        } else {
            let head = json!({
                "apiVersion": "connectors.dev/v1alpha1", "kind": "CustomConnector",
                "status": { "observedGeneration": -1 },
            });
            let mut object = head;
            object["spec"] = spec;
            self.api.create(PETSTORE, object);
        }
    }

    /// The connector is deleted, if it is there.
    pub(super) fn delete(&self) {
        if self.api.get(PETSTORE).is_some() {
            self.api.delete(PETSTORE);
        }
    }

    /// The backend's owner changes what it allows.
    pub(super) fn allow(&mut self, backend: &str, change: impl FnOnce(&mut Policy)) {
        change(self.policies.get_mut(backend).unwrap());
    }

    // What the operator does.

    /// It looks at every backend.
    pub(super) async fn look(&mut self) {
        for (name, policy) in &self.policies {
            let id = self.id(name);
            let connector = self.cloud.connector(&id).await;
            let observed = Observed {
                connector: connector.map(|observed| Listed::of(&observed, &policy.tags)),
                grants: self
                    .cloud
                    .grants(&id)
                    .await
                    .iter()
                    .map(ObservedGrant::of)
                    .collect(),
            };
            self.process.seen.insert(name.clone(), observed);
        }
    }

    /// It looks where it has not yet: with a backend that it never looked at it does nothing.
    async fn look_once(&mut self) {
        if self.process.seen.is_empty() {
            self.look().await;
        }
    }

    /// It is killed and started again.
    pub(super) async fn restart(&mut self) {
        self.process.calls.landed().await;
        self.process = Process::start(self.cloud, &self.api).await;
    }

    /// It passes over the connector, knowing of backends what it saw last.
    pub(super) async fn pass(&mut self) -> Report {
        self.look_once().await;
        self.process.calls.fate(None);
        let pass = self.next().expect("the connector is there");
        self.run(pass).await
    }

    /// It looks, then passes.
    pub(super) async fn look_and_pass(&mut self) -> Report {
        self.look().await;
        self.pass().await
    }

    /// It passes, and fate strikes at the call of that number; `None` where it died of it and was started again.
    pub(super) async fn pass_struck(&mut self, number: usize, fate: Fate) -> Option<Report> {
        self.look_once().await;
        self.made.clear();
        let pass = self.next()?;
        self.process.calls.fate(Some((number, fate)));
        let struck = self.process.calls.clone();
        let mut running = Box::pin(self.run(pass));
        tokio::select! {
            report = &mut running => return Some(report),
            () = struck.struck() => {}
        }
        if fate == Fate::Silence {
            // Nothing else moves: the clock runs on to the next limit by itself.
            tokio::time::pause();
            let report = running.await;
            tokio::time::resume();
            return Some(report);
        }
        drop(running);
        self.made = self.process.calls.made();
        self.hold_record_against_calls();
        self.restart().await;
        None
    }

    /// It goes on until a pass changes nothing. Returns how that one ended.
    pub(super) async fn settle(&mut self) -> Verdict {
        for _ in 0..PASSES {
            if self.next().is_none() {
                return Verdict::Gone;
            }
            let report = self.look_and_pass().await;
            if self.writes().is_empty() {
                return report.verdict;
            }
        }
        panic!("after {PASSES} passes it still does {:?}", self.writes());
    }

    /// The pass that would come next; `None` where the object is gone.
    pub(super) fn next(&self) -> Option<Pass> {
        let object = self.api.get(PETSTORE)?;
        let entry: Entry = serde_json::from_str(&object.to_string()).unwrap();
        let connector = Parsed::of(&Arc::new(entry));
        let references = connector.backend_refs().unwrap_or_default().to_vec();
        let deleting = connector.entry.is_deleting();
        let targets = references.iter().filter(|_| !deleting).map(|reference| Target {
            reference: reference.clone(),
            site: Ok(self.site(&reference.name)),
        });
        let version = self
            .api
            .get(API)
            .map(|map| map["metadata"]["resourceVersion"].as_str().unwrap().to_owned());
        Some(Pass {
            targets: targets.collect(),
            leaving: self.leaving(&connector, &references),
            unresolved: None,
            config_maps: [version, None],
            deep: connector.has_new_request() || connector.has_told_of_more(),
            periodic: false,
            started: self.now,
            connector,
        })
    }

    /// What the next pass would do. The calls are counted.
    pub(super) async fn foretell(&mut self) -> Foretold {
        self.look().await;
        self.process.calls.fate(None);
        let pass = self.next().expect("the connector is there");
        let told = foretell(&pass.to_read(), &self.process.context).await;
        self.made = self.process.calls.made();
        told
    }

    /// It carries out a pass, and remembers what came of it.
    pub(super) async fn run(&mut self, pass: Pass) -> Report {
        let now = self.now;
        drop(self.process.told());
        let report = run(pass, &self.process.context, &self.process.journal, || now).await;
        self.made = self.process.calls.made();
        self.hold_record_against_calls();
        for (backend, _, effect) in &report.effects {
            self.process.apply(&backend.name, effect.clone());
        }
        report
    }

    /// Whatever a pass changed, and however it ended, is told once.
    fn hold_record_against_calls(&mut self) {
        self.told = self.process.told();
        hold_against_calls(&self.told, &self.writes());
    }

    // What came of it.

    /// The calls of the last pass.
    pub(super) fn calls(&self) -> Vec<String> {
        self.made.clone()
    }

    /// What they carried to backends.
    pub(super) fn sent(&self) -> String {
        self.process.calls.sent()
    }

    /// Those that change something.
    pub(super) fn writes(&self) -> Vec<String> {
        let mut made = self.made.clone();
        made.retain(|call| !call.starts_with("GET "));
        made
    }

    /// The id of the connector at a backend.
    pub(super) fn id(&self, backend: &str) -> ResourceId {
        Scope::new(&self.namespace, backend).custom_api("petstore")
    }

    /// The connector's status.
    pub(super) fn status(&self) -> Value {
        self.api.get(PETSTORE).expect("the connector is there")["status"].clone()
    }

    /// `<status> <reason>` of a condition.
    pub(super) fn condition(&self, kind: &str) -> String {
        let status = self.status();
        let mut conditions = status["conditions"].as_array().into_iter().flatten();
        let found = conditions.find(|condition| condition["type"] == kind);
        let word = |condition: &Value, field: &str| condition[field].as_str().unwrap().to_owned();
        found.map_or_else(String::new, |it| {
            format!("{} {}", word(it, "status"), word(it, "reason"))
        })
    }

    /// Everything that is there now.
    pub(super) async fn state(&self) -> State {
        let object = self.api.get(PETSTORE).map(|object| {
            let shown = json!({ "finalizers": object["metadata"]["finalizers"], "status": object["status"] });
            serde_json::from_str(&self.anywhere(&shown.to_string())).unwrap()
        });
        let (mut connectors, mut grants) = (BTreeMap::new(), BTreeSet::new());
        for name in self.policies.keys() {
            let id = self.id(name);
            if let Some(connector) = self.cloud.connector(&id).await {
                let tags = connector
                    .tags
                    .into_iter()
                    .map(|(name, value)| (name, self.anywhere(&value)));
                connectors.insert(name.clone(), (connector.display_name, tags.collect()));
            }
            for grant in self.cloud.grants(&id).await.iter().map(ObservedGrant::of) {
                let whose = if grant.is_ours(&id) { "ours" } else { "of others" };
                let mut known = registry::BUILT_IN_ROLES.iter();
                let known = known.find(|(_, role)| role.to_string() == grant.role);
                let role = known.map_or(grant.role.as_str(), |(name, _)| name);
                grants.insert(format!("{name}: {role} to {}, {whose}", grant.principal));
            }
        }
        State {
            object,
            connectors,
            grants,
        }
    }

    /// A text without what differs from scene to scene.
    fn anywhere(&self, text: &str) -> String {
        let object = self.api.get(PETSTORE).unwrap_or_default();
        let text = text.replace(&self.namespace, "0");
        match object["spec"]["approvedPlan"].as_str() {
            Some(digest) => text.replace(digest, "what was approved"),
            None => text,
        }
    }

    fn site(&self, name: &str) -> Site {
        let backend = Backend {
            key: BackendKey::namespaced(&Key::new(&self.namespace, name)),
            client: self.process.gateway.client.clone(),
            credential: Credential {
                revision: String::new(),
                endpoint: self.endpoint.clone(),
                generation: 1,
            },
            scope: Scope::new(&self.namespace, name),
            location: "local".to_owned(),
            policy: self.policies[name].clone(),
            built_in_roles: registry::BUILT_IN_ROLES,
            instance: None,
        };
        Site {
            backend: Arc::new(backend),
            id: self.id(name),
            observed: self.process.seen.get(name).cloned().unwrap_or_default(),
        }
    }

    /// What is on record and not wanted; and what may be registered without a record: where a connector that is
    /// deleted refers to, and where the connector shows as ours.
    fn leaving(&self, connector: &Parsed, references: &[BackendReference]) -> Vec<Leaving> {
        let deleting = connector.entry.is_deleting();
        let recorded = &connector.status.registrations;
        let wanted = |name: &str| !deleting && references.iter().any(|reference| reference.name == name);
        let records = recorded
            .iter()
            .filter(|it| !wanted(&it.backend_name))
            .map(|it| (it.clone(), it.id.is_some()));
        let unrecorded = self.policies.keys().filter(|name| {
            let referred = deleting && references.iter().any(|reference| reference.name == **name);
            let known = recorded.iter().any(|it| it.backend_name == **name);
            !known && !wanted(name) && (referred || self.shows_ours(name))
        });
        let unrecorded = unrecorded.map(|name| {
            let registration = Registration {
                backend_kind: BackendKind::ConnectorBackend,
                backend_name: name.clone(),
                id: Some(self.id(name).to_string()),
                state: RegistrationState::Removing,
                digest: None,
                adopted: None,
                redirect_url: None,
                error: None,
            };
            (registration, connector.lost_its_status())
        });
        let all = records.chain(unrecorded);
        all.map(|(registration, recorded)| Leaving {
            site: Ok(self.site(&registration.backend_name)),
            registration,
            kept: false,
            recorded,
        })
        .collect()
    }

    fn shows_ours(&self, name: &str) -> bool {
        let me = Identity {
            cluster: CLUSTER,
            former_clusters: &[],
            namespace: &self.namespace,
            name: "petstore",
        };
        let seen = self
            .process
            .seen
            .get(name)
            .and_then(|seen| seen.connector.as_ref());
        seen.is_some_and(|listed| relation(listed.owner.as_ref(), &me) == Relation::Ours)
    }
}
