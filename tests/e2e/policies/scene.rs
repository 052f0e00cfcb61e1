//! A namespace where the policies are at work, and people with rights of their own in it. Client required.

use connector_operator::crd::{ConnectorBackend, CustomConnector};
use kube::{
    Api, Client, Resource,
    api::{ApiResource, DeleteParams, DynamicObject, Patch, PatchParams, PostParams},
};
use serde_json::{Value, json};

use crate::{
    admitted::Policies,
    harness::{control_plane::ControlPlane, poll::eventually},
    shared,
    site::LIMIT,
};

/// A namespace with the policies.
pub(super) struct Scene {
    pub(super) control_plane: &'static ControlPlane,
    pub(super) namespace: String,
    pub(super) policies: Policies,
    /// May write connectors and backends, and nothing more.
    pub(super) editor: Person,
    /// May use every backend besides.
    pub(super) user: Person,
}

/// Somebody with rights of their own.
pub(super) struct Person {
    pub(super) name: String,
    client: Client,
    namespace: String,
}

/// The right to the made-up verb.
pub(super) fn may(verb: &str, resource: &str, names: &[&str]) -> Value {
    json!({ "apiGroups": ["connectors.dev"], "resources": [resource], "resourceNames": names, "verbs": [verb] })
}

/// The right to read these Secrets.
pub(super) fn reads(names: &[&str]) -> Value {
    json!({ "apiGroups": [""], "resources": ["secrets"], "resourceNames": names, "verbs": ["get"] })
}

/// `spec.backendRefs` of backends of the namespace.
pub(super) fn on(names: &[&str]) -> Value {
    let reference = |name: &&str| json!({ "kind": "ConnectorBackend", "name": name });
    json!(names.iter().map(reference).collect::<Vec<_>>())
}

impl Scene {
    /// A new namespace; returns once each of the policies refuses what it should.
    pub(super) async fn new(purpose: &str) -> Self {
        let control_plane = shared::with_definitions().await;
        let client = control_plane.client().await.unwrap();
        let namespace = shared::namespace(&client, purpose).await;
        let policies = Policies::in_namespace(control_plane, "deploy/policies", &namespace);
        let uses = [
            may("use", "connectorbackends", &[]),
            may("use", "clusterconnectorbackends", &[]),
        ];
        let scene = Self {
            editor: Person::with(control_plane, &namespace, "editor", &[]).await,
            user: Person::with(control_plane, &namespace, "user", &uses).await,
            control_plane,
            namespace,
            policies,
        };
        scene.at_work().await;
        scene
    }

    async fn at_work(&self) {
        let open = json!({ "backendRefs": null });
        let shared = json!({ "sharing": { "principals": [{
            "kind": "User", "id": "ce2ce14e-85d7-4629-bdbc-454d0519d981", "role": "Use",
        }] } });
        let read = json!({ "definition": { "secretKeyRef": { "name": "any", "key": "any" } } });
        let token = json!({ "name": "any", "key": "any" });
        let backend = json!({ "registry": { "url": "https://example.com", "tokenSecretRef": token } });
        let backend = Self::object::<ConnectorBackend>("tried", &backend);
        for (person, object) in [
            (&self.editor, Self::connector("tried", &open)),
            (&self.user, Self::connector("tried", &shared)),
            (&self.user, Self::connector("tried", &read)),
            (&self.user, backend),
        ] {
            eventually("the policies are at work", LIMIT, async || {
                let outcome = person.would_create(&object).await;
                match outcome {
                    Err(message) if message.contains("ValidatingAdmissionPolicy") => Ok(()),
                    other => Err(format!("{other:?}")),
                }
            })
            .await;
        }
    }

    /// Somebody who may write connectors and backends here, and has these rights besides.
    pub(super) async fn person(&self, name: &str, rules: &[Value]) -> Person {
        Person::with(self.control_plane, &self.namespace, name, rules).await
    }

    /// An object of the kind.
    pub(super) fn object<K: Resource<DynamicType = ()>>(name: &str, spec: &Value) -> Value {
        json!({
            "apiVersion": K::api_version(&()), "kind": K::kind(&()), "metadata": { "name": name }, "spec": spec,
        })
    }

    /// A connector on the backend `main`, with more in its spec, or less. No operator touches it.
    pub(super) fn connector(name: &str, further: &Value) -> Value {
        let mut spec = json!({
            "suspend": true,
            "backendRefs": on(&["main"]),
            "definition": { "inline": "swagger: '2.0'" },
        });
        for (field, value) in further.as_object().unwrap() {
            spec[field] = value.clone();
        }
        Self::object::<CustomConnector>(name, &spec)
    }

    /// Stores a connector, whoever may be allowed to.
    pub(super) async fn store(&self, name: &str, further: &Value) {
        let administrator = self.control_plane.client().await.unwrap();
        let object: DynamicObject = serde_json::from_value(Self::connector(name, further)).unwrap();
        let connectors = ApiResource::erase::<CustomConnector>(&());
        Api::<DynamicObject>::namespaced_with(administrator, &self.namespace, &connectors)
            .create(&PostParams::default(), &object)
            .await
            .unwrap();
    }
}

impl Person {
    async fn with(control_plane: &ControlPlane, namespace: &str, name: &str, rules: &[Value]) -> Self {
        let user = format!("{name}.{namespace}");
        let edits = json!({
            "apiGroups": ["connectors.dev"],
            "resources": ["customconnectors", "connectorbackends"],
            "verbs": ["get", "create", "update", "patch", "delete"],
        });
        let subject = json!({ "apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user });
        bind(
            control_plane,
            namespace,
            name,
            &subject,
            &[&[edits], rules].concat(),
        );
        let can_i = [
            "auth",
            "can-i",
            "create",
            "customconnectors",
            "--as",
            &user,
            "-n",
            namespace,
        ];
        eventually("the role is known", LIMIT, async || {
            let answer = control_plane.kubectl().args(can_i).output().unwrap();
            if answer.status.success() {
                Ok(())
            } else {
                Err(format!("{answer:?}"))
            }
        })
        .await;
        Self {
            client: control_plane.client_as(&user).await.unwrap(),
            name: user,
            namespace: namespace.to_owned(),
        }
    }

    /// Somebody whom others made, by what signs them in.
    pub(super) fn of(client: Client, name: &str, namespace: &str) -> Self {
        let (name, namespace) = (name.to_owned(), namespace.to_owned());
        Self {
            name,
            client,
            namespace,
        }
    }

    /// Tries to create an object, dry.
    pub(super) async fn would_create(&self, object: &Value) -> Result<(), String> {
        let object: DynamicObject = serde_json::from_value(object.clone()).unwrap();
        let kind = object.types.as_ref().unwrap().kind.clone();
        let dry = PostParams {
            dry_run: true,
            field_manager: None,
        };
        told(self.api(&kind).create(&dry, &object).await)
    }

    /// Tries to merge something into a connector's spec, dry.
    pub(super) async fn would_change(&self, name: &str, spec: &Value) -> Result<(), String> {
        self.would_patch(name, &json!({ "spec": spec })).await
    }

    /// Tries to merge something into a connector, dry.
    pub(super) async fn would_patch(&self, name: &str, change: &Value) -> Result<(), String> {
        let dry = PatchParams {
            dry_run: true,
            ..PatchParams::default()
        };
        told(
            self.api("CustomConnector")
                .patch(name, &dry, &Patch::Merge(change))
                .await,
        )
    }

    /// Merges something into a connector's spec.
    pub(super) async fn change(&self, name: &str, spec: &Value) -> Result<(), String> {
        let change = Patch::Merge(json!({ "spec": spec }));
        let connectors = self.api("CustomConnector");
        told(connectors.patch(name, &PatchParams::default(), &change).await)
    }

    /// Deletes a connector.
    pub(super) async fn delete(&self, name: &str) {
        let connectors = self.api("CustomConnector");
        connectors.delete(name, &DeleteParams::default()).await.unwrap();
    }

    fn api(&self, kind: &str) -> Api<DynamicObject> {
        let mut resource = ApiResource::erase::<CustomConnector>(&());
        resource.plural = format!("{}s", kind.to_lowercase());
        kind.clone_into(&mut resource.kind);
        if kind.starts_with("Cluster") {
            Api::all_with(self.client.clone(), &resource)
        } else {
            Api::namespaced_with(self.client.clone(), &self.namespace, &resource)
        }
    }
}

#[expect(
    clippy::panic_in_result_fn,
    reason = "a refusal is an outcome, silence fails the test"
)]
fn told(outcome: kube::Result<DynamicObject>) -> Result<(), String> {
    match outcome {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) => Err(status.message),
        Err(other) => panic!("the API server did not answer: {other}"),
    }
}

/// Gives the subject these rights in the namespace.
pub(super) fn bind(
    control_plane: &ControlPlane,
    namespace: &str,
    name: &str,
    subject: &Value,
    rules: &[Value],
) {
    let group = "rbac.authorization.k8s.io";
    let version = format!("{group}/v1");
    let metadata = json!({ "name": name, "namespace": namespace });
    let role = json!({ "apiVersion": version, "kind": "Role", "metadata": metadata, "rules": rules });
    let binding = json!({
        "apiVersion": version,
        "kind": "RoleBinding",
        "metadata": metadata,
        "roleRef": { "apiGroup": group, "kind": "Role", "name": name },
        "subjects": [subject],
    });
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), format!("{role}\n{binding}")).unwrap();
    let path = file.path().to_string_lossy();
    shared::kubectl(control_plane, &["apply", "--server-side", "--filename", &path]);
}
