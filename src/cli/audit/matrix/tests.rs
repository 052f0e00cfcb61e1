use std::fmt::Write as _;

use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::{
    arm::role_assignment_name,
    cli::{
        audit::row::{State, Told},
        cluster::Within,
        table::Row as _,
        testing::{ApiServer, ready},
    },
};

const ROLES: BuiltInRoles = &[("Use", Uuid::from_u128(1)), ("Edit", Uuid::from_u128(2))];
const ZERO: &str = "00000000-0000-0000-0000-000000000000";

fn person(number: u8) -> String {
    format!("3f2504e0-4f89-41d3-9a0c-0305e82c33{number:02}")
}

fn principal(number: u8) -> Value {
    json!({ "kind": "User", "id": person(number), "role": "Use" })
}

fn id(name: &str) -> ResourceId {
    Scope::new(ZERO, "shop").custom_api(name)
}

#[expect(clippy::needless_pass_by_value, reason = "the callers write it in place")]
fn listed(name: &str, tags: Value) -> Value {
    json!({ "id": id(name).as_str(), "tags": tags })
}

fn tags(cluster: &str, name: &str, uid: &str) -> Value {
    json!({ "connectors.dev.cluster": cluster, "connectors.dev.namespace": "shop",
            "connectors.dev.name": name, "connectors.dev.uid": uid })
}

/// A grant of the role to the person, at the scope; ours if the name is.
fn given(scope: &ResourceId, role: u128, number: u8, ours: bool) -> Value {
    let role = Uuid::from_u128(role).to_string();
    let name = if ours {
        role_assignment_name(scope, &role, &person(number))
    } else {
        Uuid::from_u128(u128::from(number) + 100)
    };
    json!({ "name": name, "properties": {
        "scope": scope.as_str(), "roleDefinitionId": format!("/providers/x/roleDefinitions/{role}"),
        "principalId": person(number), "principalType": "User", "createdOn": "2026-10-01T08:00:00.1234567Z",
    } })
}

/// A cluster and a backend, `team`, to be compared.
struct Scene {
    server: ApiServer,
    connectors: Vec<Value>,
    grants: Vec<Value>,
    unreachable: Option<Stop>,
    namespace: Option<&'static str>,
}

impl Scene {
    fn new() -> Self {
        let server = ApiServer::default();
        server.create(
            "connectorbackends",
            json!({ "metadata": { "namespace": "shop", "name": "team" },
                    "spec": { "registry": {}, "default": true, "sharing": { "allowedKinds": ["User"] } } }),
        );
        Self {
            server,
            connectors: Vec::new(),
            grants: Vec::new(),
            unreachable: None,
            namespace: None,
        }
    }

    /// A connector that is there and in the backend.
    fn registered(&mut self, name: &str, principals: &[Value]) {
        self.server.connector(
            name,
            &json!({ "sharing": { "principals": principals } }),
            &json!({ "conditions": [ready("True", "Ready", "all is well")] }),
        );
        let object = self
            .server
            .get(&format!("namespaces/shop/customconnectors/{name}"));
        let uid = object.unwrap()["metadata"]["uid"].as_str().unwrap().to_owned();
        self.connectors.push(listed(name, tags("c1", name, &uid)));
    }

    async fn rows(&self) -> Vec<Access> {
        let cluster = self.server.cluster();
        let backends = Backends::read(&cluster, Within::All).await.unwrap();
        let connectors = cluster.connectors(Within::All).await.unwrap();
        let read = |items: &[Value]| Value::Array(items.to_vec());
        let mut holding = Holding::new(ROLES);
        holding.add_connectors(&serde_json::from_value::<Vec<_>>(read(&self.connectors)).unwrap());
        let grants: Vec<_> = serde_json::from_value(read(&self.grants)).unwrap();
        holding.add_grants(&grants, &Scope::new(ZERO, "shop"));
        let place = Place::of(backends.all().next().unwrap());
        let held = self.unreachable.clone().map_or(Ok(holding), Err);
        Audit {
            connectors: &connectors,
            namespace: self.namespace,
            backends: &backends,
            holdings: &HashMap::from([(place, held)]),
            now: "2026-11-02T10:00:00Z".parse().unwrap(),
        }
        .rows()
    }

    /// `connector principal role actual state` of each line, the principal by its number.
    async fn told(&self) -> String {
        let mut text = String::new();
        for row in self.rows().await {
            let Access {
                api,
                principal,
                role,
                actual,
                state,
                reason,
                ..
            } = row;
            let number = principal.get(34..).unwrap_or_default();
            let state = state.as_str();
            let _written = writeln!(text, "{api} {number} {role} {actual:?} {state} {reason}");
        }
        text
    }
}

#[tokio::test]
async fn each_declared_grant_is_compared_with_what_is_there() {
    let mut scene = Scene::new();
    let until = |number: u8, end: &str| json!({ "kind": "User", "id": person(number), "role": "Use", "expiresAt": end });
    let group = json!({ "kind": "Group", "id": person(6), "role": "Use" });
    scene.registered(
        "pets",
        &[
            principal(1),
            principal(2),
            principal(3),
            until(4, "2026-11-02T09:59:59Z"),
            until(5, "2026-11-02T09:59:59Z"),
            group,
            until(7, "2026-11-02T10:00:01Z"),
        ],
    );
    let scope = id("pets");
    for (number, ours) in [(1, true), (2, false), (5, true), (7, true)] {
        scene.grants.push(given(&scope, 1, number, ours));
    }
    insta::assert_snapshot!(scene.told().await, @"
    pets 01 Use Some(true) AsDeclared 
    pets 02 Use Some(true) PreExisting 
    pets 03 Use Some(false) Missing 
    pets 04 Use Some(false) Expired 
    pets 05 Use Some(true) Overdue its time is over, and it is still there
    pets 06 Use Some(false) Denied the backend allows no principal of kind Group
    pets 07 Use Some(true) AsDeclared 
    ");
    let rows = scene.rows().await;
    assert_eq!(rows[0].declared, "shop/pets spec.sharing.principals[0]");
    assert_eq!(rows[0].cells()[10], "2026-10-01T08:00:00Z");
    assert_eq!(rows[6].cells()[11], "2026-11-02T10:00:01Z");
    assert!(rows.iter().all(|row| row.source == Told::Backend));
}

#[tokio::test]
async fn what_nobody_declares_is_shown_with_who_made_it() {
    let mut scene = Scene::new();
    scene.registered("pets", &[principal(1)]);
    let scope = id("pets");
    scene.grants = vec![
        given(&scope, 9, 4, false),
        given(&scope, 2, 1, false),
        given(&scope, 1, 1, true),
        given(&scope, 1, 3, true),
    ];
    insta::assert_snapshot!(scene.told().await, @"
    pets 01 Use Some(true) AsDeclared 
    pets 01 Edit Some(true) Unmanaged 
    pets 03 Use Some(true) Unmanaged the operator made it for a declaration that is gone; its next pass removes it
    pets 04 00000000-0000-0000-0000-000000000009 Some(true) Unmanaged 
    ");
}

#[tokio::test]
async fn a_connector_that_is_not_in_the_backend_grants_nothing() {
    let mut scene = Scene::new();
    let status = json!({ "conditions": [ready("False", "DefinitionInvalid", "2 errors")] });
    let sharing = json!({ "sharing": { "principals": [principal(1)] } });
    scene.server.connector("broken", &sharing, &status);
    scene.server.connector("lonely", &json!({}), &status);
    // Registered by somebody else under the name that this one wants.
    scene.server.connector("taken", &sharing, &status);
    scene.connectors.push(listed("Taken", json!({})));
    scene.grants.push(given(&id("taken"), 1, 1, true));
    insta::assert_snapshot!(scene.told().await, @"
    broken 01 Use Some(false) NotRegistered DefinitionInvalid: 2 errors
    lonely   Some(false) NotRegistered DefinitionInvalid: 2 errors
    taken 01 Use Some(true) NotRegistered what is registered under this name is not this resource's
    ");
}

#[tokio::test]
async fn connectors_that_no_resource_declares_are_found() {
    let mut scene = Scene::new();
    scene.registered("pets", &[]);
    scene.connectors.extend([
        listed("by-hand", json!({ "team": "x" })),
        listed("gone", tags("c1", "gone", "uid-of-old")),
        listed("theirs", tags("c2", "theirs", "uid-of-theirs")),
    ]);
    scene.grants = vec![
        given(&id("BY-HAND"), 1, 1, false),
        given(&id("deleted"), 1, 2, false),
        given(&Scope::new(ZERO, "shop").id(), 2, 8, false),
        given(&Scope::new(ZERO, "other").id(), 2, 9, false),
    ];
    insta::assert_snapshot!(scene.told().await, @"
    pets   Some(true) AsDeclared 
    by-hand 01 Use Some(true) Undeclared it has no tags of an operator
    deleted 02 Use Some(true) Unmanaged left of a connector that is gone; one that takes its name takes it over
    gone   Some(true) Undeclared CustomConnector shop/gone, which its tags name, does not exist
    theirs   Some(true) OtherCluster cluster c2 keeps it for shop/theirs
    * 08 Edit Some(true) Inherited given at /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/shop
    ");
    let rows = scene.rows().await;
    let deviations: Vec<bool> = rows.iter().map(|row| row.state.deviates()).collect();
    assert_eq!(deviations, [false, true, true, true, false, false]);
}

#[tokio::test]
async fn connectors_of_namespaces_that_were_not_asked_for_are_not_taken_for_undeclared() {
    let mut scene = Scene::new();
    scene.registered("pets", &[]);
    let mut elsewhere = tags("c1", "toys", "uid-of-toys");
    elsewhere["connectors.dev.namespace"] = json!("play");
    scene.connectors.push(listed("toys", elsewhere));
    scene.namespace = Some("shop");
    assert_eq!(scene.rows().await.len(), 1);
    scene.namespace = None;
    assert_eq!(scene.rows().await.len(), 2);
}

#[tokio::test]
async fn a_backend_that_cannot_be_asked_is_stood_in_for_by_status_and_that_is_said() {
    let mut scene = Scene::new();
    scene.unreachable = Some(Stop::new(Reason::BackendUnavailable, "it does not answer"));
    let told = |number: u8, state: &str| {
        json!({ "kind": "User", "id": person(number), "role": "Use", "registration": "ConnectorBackend/team",
                "state": state })
    };
    let status = json!({
        "registrations": [{ "backendKind": "ConnectorBackend", "backendName": "team", "state": "Registered" }],
        "sharing": { "desired": 3, "granted": 1, "failed": 0, "unmanaged": 2, "summary": "1/3",
                     "principals": [told(2, "Pending"), told(1, "Granted")] },
        "validation": { "errors": 0, "warnings": 4, "waived": 1 },
    });
    let spec = json!({ "sharing": { "principals": [principal(1), principal(2), principal(3)] } });
    scene.server.connector("pets", &spec, &status);
    insta::assert_snapshot!(scene.told().await, @"
    pets 01 Use Some(true) AsDeclared BackendUnavailable: it does not answer
    pets 02 Use Some(false) Missing BackendUnavailable: it does not answer
    pets 03 Use None Unknown BackendUnavailable: it does not answer
    pets   Some(true) Unmanaged status counts grants that nothing declares: 2
    ");
    let rows = scene.rows().await;
    assert!(rows.iter().all(|row| row.source == Told::Status));
    assert_eq!(
        (rows[0].errors, rows[0].warnings, rows[0].waived),
        (Some(0), Some(4), Some(1))
    );
}

#[tokio::test]
async fn a_spec_that_cannot_be_read_declares_nothing_for_certain() {
    let mut scene = Scene::new();
    scene.registered("pets", &[]);
    scene.server.edit(
        "namespaces/shop/customconnectors/pets",
        &json!({ "spec": { "interval": 7 } }),
    );
    scene.grants.push(given(&id("pets"), 1, 1, true));
    let rows = scene.rows().await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].state, State::Unknown);
    assert!(
        rows[0].reason.starts_with("the spec cannot be read"),
        "{}",
        rows[0].reason
    );
}

#[tokio::test]
async fn a_connector_without_any_backend_says_so() {
    let scene = Scene::new();
    let spec = json!({ "backendRefs": [{ "kind": "ClusterConnectorBackend", "name": "company" }] });
    scene.server.connector("pets", &spec, &json!({}));
    assert_eq!(
        scene.told().await,
        "pets   Some(false) NotRegistered BackendNotFound: ClusterConnectorBackend company does not exist\n"
    );
}

#[tokio::test]
async fn the_order_of_the_backends_lists_changes_nothing() {
    let mut scene = Scene::new();
    scene.registered("pets", &[principal(1)]);
    scene.registered("toys", &[principal(2)]);
    scene.connectors.push(listed("by-hand", json!({})));
    let scope = id("by-hand");
    for (scope, number) in [
        (&scope, 3),
        (&scope, 4),
        (&id("pets"), 5),
        (&id("pets"), 6),
        (&id("toys"), 2),
    ] {
        scene.grants.push(given(scope, 1, number, false));
    }
    let before = scene.rows().await;
    scene.connectors.reverse();
    scene.grants.reverse();
    assert_eq!(scene.rows().await, before);
}

#[tokio::test]
async fn json_has_the_columns_of_csv() {
    let mut scene = Scene::new();
    scene.registered("pets", &[principal(1)]);
    let rows = scene.rows().await;
    let value = serde_json::to_value(&rows[0]).unwrap();
    let names: Vec<&String> = value.as_object().unwrap().keys().collect();
    let columns: Vec<&str> = Access::COLUMNS.iter().map(|column| column.name).collect();
    assert_eq!(names, columns);
    assert_eq!(rows[0].cells().len(), columns.len());
}
