//! How far a backend lets its connectors share, and grants that end. Client required.

use std::time::Duration;

use connector_operator::{
    crd::{ConnectorBackend, CustomConnector, status::GrantState},
    reconcile::{
        conditions::{Kind, holds},
        reason::Reason,
    },
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    manifest::{custom_api, inline, merged, principal, user},
    room::{Room, message, status},
};

fn shared_with(principals: &[Value]) -> Value {
    merged(
        inline("Clock"),
        json!({ "interval": "30m", "sharing": { "principals": principals } }),
    )
}

#[expect(
    clippy::disallowed_methods,
    reason = "what ends does so by the clock of the operator"
)]
fn ending(number: u8, ahead: Duration) -> Value {
    let end = (Timestamp::now() + ahead).round(jiff::Unit::Second).unwrap();
    merged(user(number), json!({ "expiresAt": end }))
}

fn state_of(connector: &CustomConnector, number: u8) -> Option<GrantState> {
    let sharing = status(connector).sharing.as_ref()?;
    let of_principal = sharing.principals.iter().find(|it| it.id == principal(number))?;
    Some(of_principal.state)
}

#[tokio::test]
async fn what_a_backend_does_not_allow_is_refused_with_its_reason() {
    const AUDIT: &str = "aaaaaaaa-0000-4000-8000-000000000001";
    let audit = || merged(user(1), json!({ "role": "Audit" }));
    let hour = Duration::from_hours(1);
    // The backend's limits, the principal, and a word of the refusal; none: it is granted.
    let table: [(Value, Value, Option<&str>); 12] = [
        (json!({}), user(1), None),
        (json!({ "allowedKinds": ["Group"] }), user(1), Some("kind User")),
        (json!({ "allowedKinds": [] }), user(1), Some("kind User")),
        (
            json!({ "allowedPrincipals": [principal(2)] }),
            user(1),
            Some("allowedPrincipals"),
        ),
        (
            json!({ "allowedPrincipals": [] }),
            user(1),
            Some("allowedPrincipals"),
        ),
        (json!({ "allowedPrincipals": [principal(1)] }), user(1), None),
        (json!({ "requireExpiry": true }), user(1), Some("expiresAt")),
        (json!({ "requireExpiry": true }), ending(1, hour), None),
        (
            json!({ "maxDuration": "30m" }),
            ending(1, hour),
            Some("maxDuration"),
        ),
        (json!({ "maxDuration": "30m" }), user(1), Some("expiresAt")),
        (json!({}), audit(), Some("Audit")),
        (
            json!({ "roles": [{ "name": "Audit", "roleDefinitionId": AUDIT }] }),
            audit(),
            None,
        ),
    ];
    let room = Room::bare("limits").await;
    let case = |index: usize| format!("case-{index}");
    for (index, (sharing, principal, _)) in table.iter().enumerate() {
        let group = json!({ "resourceGroup": room.unique(&case(index)) });
        room.backend(&case(index), json!({ "registry": group, "sharing": sharing }))
            .await;
        let reference = json!({ "kind": "ConnectorBackend", "name": case(index) });
        let spec = merged(
            shared_with(std::slice::from_ref(principal)),
            json!({ "backendRefs": [reference] }),
        );
        room.connector(&case(index), spec).await;
    }

    for (index, (sharing, _, refusal)) in table.iter().enumerate() {
        let name = case(index);
        let id = custom_api(&room.unique(&name), &name);
        if let Some(word) = refusal {
            let refused = room.stopped(&name, Reason::PrincipalNotAllowed).await;
            assert!(
                message(&refused).contains(word),
                "{sharing}: {}",
                message(&refused)
            );
            assert!(
                holds(&status(&refused).conditions, Kind::Registered),
                "{sharing}: that is done"
            );
            assert_eq!(state_of(&refused, 1), Some(GrantState::Denied), "{sharing}");
            assert_eq!(room.grants(&id).await, [], "{sharing}");
        } else {
            let ready = room.ready(&name).await;
            assert_eq!(state_of(&ready, 1), Some(GrantState::Granted), "{sharing}");
            assert_eq!(room.grantees(&id).await, [principal(1)], "{sharing}");
        }
    }
}

#[tokio::test]
async fn at_a_cluster_backend_nothing_is_shared_unless_it_says_so() {
    let room = Room::bare("limits-cluster").await;
    let name = room.unique("silent");
    room.cluster_backend(&name, json!({ "namespaces": { "names": [room.namespace] } }))
        .await;
    let reference = json!({ "kind": "ClusterConnectorBackend", "name": name });
    room.connector(
        "clock",
        merged(shared_with(&[user(1)]), json!({ "backendRefs": [reference] })),
    )
    .await;

    room.stopped("clock", Reason::PrincipalNotAllowed).await;

    room.edit("clock", json!({ "sharing": null })).await;
    room.ready("clock").await;
    room.delete("clock").await;
}

#[tokio::test]
async fn a_grant_ends_at_its_time_and_is_no_longer_counted() {
    let room = Room::open("expiry").await;
    let principals = [user(1), ending(2, Duration::from_secs(8))];
    room.connector("clock", shared_with(&principals)).await;
    let ready = room.ready("clock").await;
    assert_eq!(status(&ready).sharing.as_ref().unwrap().summary, "2/2");
    assert_eq!(
        room.grantees(&room.id("clock")).await,
        [principal(1), principal(2)]
    );

    let over = |it: &CustomConnector| state_of(it, 2) == Some(GrantState::Expired);
    let after = room.until("clock", "the grant is over", over).await;

    assert!(
        holds(&status(&after).conditions, Kind::Ready),
        "that was planned: {after:?}"
    );
    assert_eq!(status(&after).sharing.as_ref().unwrap().summary, "1/1");
    assert_eq!(room.grantees(&room.id("clock")).await, [principal(1)]);
}

#[tokio::test]
async fn a_tightened_limit_revokes_what_was_granted_unless_it_says_keep() {
    let room = Room::open("tightened").await;
    room.elsewhere_keeping("keeping").await;
    let reference = json!({ "backendRefs": [{ "kind": "ConnectorBackend", "name": "keeping" }] });
    room.connector("revoked", shared_with(&[user(1)])).await;
    room.connector("kept", merged(shared_with(&[user(1)]), reference))
        .await;
    for name in ["revoked", "kept"] {
        room.ready(name).await;
    }

    let tightened = json!({ "spec": { "sharing": { "allowedPrincipals": [] } } });
    for backend in ["registry", "keeping"] {
        room.patch::<ConnectorBackend>(backend, tightened.clone()).await;
    }

    for (name, left) in [("revoked", vec![]), ("kept", vec![principal(1)])] {
        let refused = room.stopped(name, Reason::PrincipalNotAllowed).await;
        assert_eq!(state_of(&refused, 1), Some(GrantState::Denied), "{name}");
        assert_eq!(room.grantees(&room.id(name)).await, left, "{name}");
    }
    room.edit("kept", json!({ "sharing": { "principals": [] } }))
        .await;
    room.ready("kept").await;
    assert_eq!(room.grants(&room.id("kept")).await, [], "it left the spec");
}

impl Room {
    /// A backend on the same resource group that keeps what it once allowed.
    async fn elsewhere_keeping(&self, name: &str) {
        self.backend(name, json!({ "sharing": { "onTighten": "Keep" } }))
            .await;
    }
}
