//! A cluster and its backends as far as the world sees them: what is done to them becomes events, and what the world
//! wants done is carried out at once.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::super::*;
use crate::{
    arm::{self, Client, StaticToken},
    connector::tags::{Marks, Owner},
    controller::{inventory::Inventory, sweep::Seen},
    crd::{BACKEND_FINALIZER, CONNECTOR_FINALIZER, ClusterConnectorBackend, ConnectorBackend, REQUESTED_AT},
    reconcile::{
        Verdict,
        grants::ObservedGrant,
        reason::Reason,
        status::Stop,
        target::{Backend, Credential, Listed},
    },
    registry,
};

/// The digest that every pass of the scene sends.
const DIGEST: &str = "sha256:sent";

pub(super) struct Scene {
    pub(super) world: World,
    now: Now,
    version: u64,
    objects: BTreeMap<Key, Value>,
    backends: BTreeMap<BackendKey, BackendObject>,
    /// What the backends hold, whatever the world believes.
    pub(super) held: BTreeMap<BackendKey, Inventory>,
    /// Backends that fail to be looked at, and why.
    pub(super) failing: BTreeMap<BackendKey, Stop>,
    /// Looks and counts that were carried out.
    pub(super) looks: usize,
    pub(super) counts: usize,
}

pub(super) fn key(name: &str) -> Key {
    Key::new("shop", name)
}

pub(super) fn backend(name: &str) -> BackendKey {
    BackendKey::namespaced(&key(name))
}

/// A spec that refers to a ConfigMap and to these backends of its namespace.
pub(super) fn spec(backends: &[&str]) -> Value {
    let references: Vec<Value> = backends
        .iter()
        .map(|name| json!({ "kind": "ConnectorBackend", "name": name }))
        .collect();
    let mut spec = json!({ "definition": { "configMapKeyRef": { "name": "api", "key": "openapi.json" } } });
    if !references.is_empty() {
        spec["backendRefs"] = references.into();
    }
    spec
}

impl Scene {
    /// A cluster with one namespace, in which nothing is yet.
    pub(super) fn before_the_first_lists() -> Self {
        let now = Now {
            instant: Instant::now(),
            wall: "2026-11-02T10:00:00Z".parse().unwrap(),
        };
        let cluster = Cluster {
            id: "cluster".to_owned(),
            former_ids: Vec::new(),
        };
        let mut scene = Self {
            world: World::new(cluster),
            now,
            version: 100,
            objects: BTreeMap::new(),
            backends: BTreeMap::new(),
            held: BTreeMap::new(),
            failing: BTreeMap::new(),
            looks: 0,
            counts: 0,
        };
        scene.label_namespace(&[]);
        scene.config_map("api", "1");
        scene
    }

    pub(super) fn empty() -> Self {
        let mut scene = Self::before_the_first_lists();
        scene.observe(Event::Synced);
        scene
    }

    /// A cluster with the backend `registry` in its namespace.
    pub(super) fn with_backend() -> Self {
        let mut scene = Self::empty();
        scene.backend("registry", json!({ "registry": {} }));
        scene
    }

    pub(super) fn observe(&mut self, event: Event) {
        self.world.observe(event, self.now);
    }

    pub(super) fn now(&self) -> Now {
        self.now
    }

    pub(super) fn later(&mut self, time: Duration) {
        self.now.instant += time;
        self.now.wall += time;
    }

    pub(super) fn config_map(&mut self, name: &str, version: &str) {
        self.observe(Event::ConfigMap(key(name), version.to_owned()));
    }

    pub(super) fn label_namespace(&mut self, labels: &[(&str, &str)]) {
        let labels = labels
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        self.observe(Event::Namespace("shop".to_owned(), labels.collect()));
    }

    // Connectors.

    fn next_version(&mut self) -> String {
        self.version += 1;
        self.version.to_string()
    }

    pub(super) fn create(&mut self, name: &str, spec: Value) {
        let version = self.next_version();
        let created = format!("2026-11-02T09:{:02}:00Z", self.version % 60);
        self.objects.insert(
            key(name),
            json!({
                "metadata": {
                    "namespace": "shop", "name": name, "uid": format!("uid-{version}"), "generation": 1,
                    "resourceVersion": version, "creationTimestamp": created,
                },
                "status": { "observedGeneration": -1 },
            }),
        );
        if let Some(object) = self.objects.get_mut(&key(name)) {
            object["spec"] = spec;
        }
        self.emit(name);
    }

    /// Changes an object without telling the world.
    pub(super) fn change(&mut self, name: &str, change: impl FnOnce(&mut Value)) -> Arc<Entry> {
        let version = self.next_version();
        let object = self.objects.get_mut(&key(name)).unwrap();
        change(object);
        object["metadata"]["resourceVersion"] = version.into();
        self.entry(name)
    }

    pub(super) fn edit(&mut self, name: &str, change: impl FnOnce(&mut Value)) {
        self.change(name, |object| {
            change(&mut object["spec"]);
            let generation = object["metadata"]["generation"].as_i64().unwrap();
            object["metadata"]["generation"] = (generation + 1).into();
        });
        self.emit(name);
    }

    pub(super) fn request(&mut self, name: &str, request: &str) {
        self.change(name, |object| {
            object["metadata"]["annotations"] = json!({ REQUESTED_AT: request });
        });
        self.emit(name);
    }

    pub(super) fn delete(&mut self, name: &str) {
        self.change(name, |object| {
            object["metadata"]["deletionTimestamp"] = "2026-11-02T10:00:00Z".into();
            object["metadata"]["generation"] = 99.into();
        });
        self.emit(name);
    }

    pub(super) fn gone(&mut self, name: &str) {
        self.objects.remove(&key(name));
        self.observe(Event::ConnectorGone(key(name)));
    }

    pub(super) fn entry(&self, name: &str) -> Arc<Entry> {
        Arc::new(serde_json::from_str(&self.objects[&key(name)].to_string()).unwrap())
    }

    /// The watch shows the object as it is.
    pub(super) fn emit(&mut self, name: &str) {
        let entry = self.entry(name);
        self.observe(Event::Connector(entry));
    }

    // Backends.

    pub(super) fn backend(&mut self, name: &str, spec: Value) {
        let version = self.next_version();
        let mut object = json!({
            "apiVersion": "connectors.dev/v1alpha1", "kind": "ConnectorBackend",
            "metadata": { "namespace": "shop", "name": name, "uid": format!("uid-{version}"), "generation": 1,
                          "resourceVersion": version },
        });
        object["spec"] = spec;
        let object: ConnectorBackend = serde_json::from_value(object).unwrap();
        self.is(BackendObject::of_namespace(&object));
    }

    pub(super) fn cluster_backend(&mut self, name: &str, spec: Value) {
        let version = self.next_version();
        let mut object = json!({
            "apiVersion": "connectors.dev/v1alpha1", "kind": "ClusterConnectorBackend",
            "metadata": { "name": name, "uid": format!("uid-{version}"), "generation": 1,
                          "resourceVersion": version },
        });
        object["spec"] = spec;
        let object: ClusterConnectorBackend = serde_json::from_value(object).unwrap();
        self.is(BackendObject::of_cluster(&object));
    }

    pub(super) fn change_backend(&mut self, key: &BackendKey, change: impl FnOnce(&mut BackendObject)) {
        let mut object = self.backends[key].clone();
        change(&mut object);
        object.generation += 1;
        self.is(object);
    }

    pub(super) fn backend_object(&self, key: &BackendKey) -> &BackendObject {
        &self.backends[key]
    }

    fn is(&mut self, object: BackendObject) {
        self.held.entry(object.key.clone()).or_default();
        self.backends.insert(object.key.clone(), object.clone());
        self.observe(Event::Backend(Box::new(object)));
    }

    pub(super) fn backend_gone(&mut self, key: &BackendKey) {
        self.backends.remove(key);
        self.observe(Event::BackendGone(key.clone()));
    }

    // Work.

    /// What the world wants done now, apart.
    pub(super) fn work(&mut self) -> (Vec<Pass>, Vec<Sweep>) {
        let (mut passes, mut sweeps) = (Vec::new(), Vec::new());
        for work in self.world.work(self.now) {
            match work {
                Work::Pass(pass) => passes.push(*pass),
                Work::Sweep(sweep) => sweeps.push(*sweep),
                Work::Count(count) => {
                    let Count { mut object, tally } = *count;
                    tally.tell(&mut object.status);
                    self.counts += 1;
                    self.backends.insert(object.key.clone(), object.clone());
                    self.world.counted(object);
                }
            }
        }
        (passes, sweeps)
    }

    /// The passes that are wanted now, once every look is done.
    pub(super) fn passes(&mut self) -> Vec<Pass> {
        let mut all = Vec::new();
        for _ in 0..20 {
            let (passes, sweeps) = self.work();
            let quiet = sweeps.is_empty();
            all.extend(passes);
            for sweep in sweeps {
                self.look(sweep);
            }
            if quiet {
                return all;
            }
        }
        panic!("backends are looked at again and again");
    }

    /// Carries everything out until nothing is left to do now. Returns the names of those passed over.
    pub(super) fn run(&mut self) -> Vec<String> {
        let mut names = Vec::new();
        for _ in 0..20 {
            let passes = self.passes();
            if passes.is_empty() {
                return names;
            }
            for pass in passes {
                names.push(pass.connector.entry.name().to_owned());
                self.succeed(&pass);
            }
        }
        panic!("connectors are passed over again and again: {names:?}");
    }

    /// A look that finds what is held, or fails where it is to.
    pub(super) fn look(&mut self, sweep: Sweep) {
        let report = self.seen(sweep);
        self.looks += 1;
        let key = report.object.key.clone();
        if let Some(object) = self.backends.get_mut(&key)
            && object.uid == report.object.uid
        {
            object.finalizers.clone_from(&report.object.finalizers);
        }
        self.world.swept(&key, report, self.now);
    }

    pub(super) fn seen(&self, sweep: Sweep) -> SweepReport {
        let Sweep {
            mut object, tally, ..
        } = sweep;
        if tally.connectors > 0 && !object.deleting && !object.is_held() {
            object.finalizers.push(BACKEND_FINALIZER.to_owned());
        } else if tally.connectors == 0 {
            object.finalizers.clear();
        }
        let seen = match self.failing.get(&object.key) {
            Some(stop) => Err(stop.clone()),
            None => Ok(Seen {
                backend: Arc::new(usable(&object)),
                inventory: self.held.get(&object.key).cloned().unwrap_or_default(),
            }),
        };
        SweepReport { seen, object }
    }

    /// A pass that does all it is to do, and whose writes the watch shows afterwards.
    pub(super) fn succeed(&mut self, pass: &Pass) {
        let report = self.success(pass);
        let key = pass.connector.entry.key();
        self.world.passed(&key, report, self.now);
        if self.objects.contains_key(&key) {
            self.emit(&key.name);
        }
    }

    /// What such a pass reports; cluster and backends have changed then, and the world does not know yet.
    pub(super) fn success(&mut self, pass: &Pass) -> Report {
        let key = pass.connector.entry.key();
        if pass.connector.entry.is_deleting() {
            let entry = self.change(&key.name, |object| object["metadata"]["finalizers"] = json!([]));
            let effects = self.remove(pass);
            return Report {
                entry: Some(entry),
                effects,
                ..report(Verdict::Gone)
            };
        }
        let mut registrations = Vec::new();
        let mut effects = self.remove(pass);
        for target in &pass.targets {
            let Ok(site) = &target.site else { continue };
            registrations.push(json!({
                "backendKind": target.reference.kind, "backendName": target.reference.name,
                "id": site.id.to_string(), "state": "Registered", "digest": DIGEST,
            }));
            let shows = Effect::Shows(ours(&pass.connector.entry));
            effects.push((site.backend.key.clone(), site.id.name().to_owned(), shows));
        }
        for (backend, name, effect) in &effects {
            if let Some(held) = self.held.get_mut(backend) {
                held.apply(name, effect.clone());
            }
        }
        let generation = pass.connector.entry.generation();
        let request = pass.connector.entry.requested_at().map(str::to_owned);
        let entry = self.change(&key.name, |object| {
            object["metadata"]["finalizers"] = json!([CONNECTOR_FINALIZER]);
            object["status"] = json!({
                "observedGeneration": generation,
                "conditions": [{
                    "type": "Ready", "status": "True", "reason": "Ready", "message": "",
                    "observedGeneration": generation, "lastTransitionTime": "2026-11-02T10:00:00Z",
                }],
                "definition": { "revision": pass.config_maps[0] },
                "registrations": registrations,
            });
            if let Some(request) = request {
                object["status"]["lastHandledRequest"] = request.into();
            }
        });
        Report {
            entry: Some(entry),
            effects,
            ..report(Verdict::Settled)
        }
    }

    fn remove(&mut self, pass: &Pass) -> Vec<(BackendKey, String, Effect)> {
        let sites = pass
            .leaving
            .iter()
            .filter_map(|leaving| leaving.site.as_ref().ok());
        let effects: Vec<_> = sites
            .map(|site| (site.backend.key.clone(), site.id.name().to_owned(), Effect::Gone))
            .collect();
        for (backend, name, effect) in &effects {
            if let Some(held) = self.held.get_mut(backend) {
                held.apply(name, effect.clone());
            }
        }
        effects
    }

    /// A pass that has to wait, and writes nothing.
    pub(super) fn fail(&mut self, pass: &Pass, suspect: Option<&BackendKey>) {
        let verdict = Verdict::Waiting {
            reason: Reason::BackendUnavailable,
            after: None,
        };
        let suspects = suspect.cloned().into_iter().collect();
        let report = Report {
            suspects,
            ..report(verdict)
        };
        self.world.passed(&pass.connector.entry.key(), report, self.now);
    }
}

pub(super) fn report(verdict: Verdict) -> Report {
    Report {
        verdict,
        entry: None,
        effects: Vec::new(),
        throttled: Vec::new(),
        suspects: Vec::new(),
        notices: Vec::new(),
    }
}

/// What a backend shows of a connector that a pass of the scene registered.
pub(super) fn ours(entry: &Entry) -> Listed {
    let key = entry.key();
    Listed {
        owner: Some(Owner {
            cluster: "cluster".to_owned(),
            namespace: key.namespace.to_string(),
            name: key.name.to_string(),
            uid: entry.uid().to_owned(),
        }),
        marks: Some(Marks {
            digest: DIGEST.to_owned(),
            shown: String::new(),
            adopted: false,
            plan: None,
        }),
        as_sent: true,
    }
}

/// A grant that is not ours.
pub(super) fn a_grant() -> ObservedGrant {
    ObservedGrant {
        name: uuid::Uuid::from_u128(7),
        role: "role".to_owned(),
        principal: "principal".to_owned(),
    }
}

/// A backend whose client nobody asks.
fn usable(object: &BackendObject) -> Backend {
    let client = Client::new(
        arm::Endpoint::new("http://127.0.0.1:9", None).unwrap(),
        Arc::new(StaticToken::new(&"token".into()).unwrap()),
        Arc::new(()),
        arm::Options::default(),
    );
    Backend {
        key: object.key.clone(),
        client: client.unwrap(),
        credential: Credential {
            revision: String::new(),
            endpoint: object.endpoint.clone(),
            generation: object.generation,
        },
        scope: object.scope.clone(),
        location: object.location.clone(),
        policy: object.policy.clone(),
        built_in_roles: registry::BUILT_IN_ROLES,
        instance: None,
    }
}
