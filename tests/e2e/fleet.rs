//! Many connectors, one operator after the other: what a converged fleet costs, what a restart finds again, who takes
//! over. Client required.

use std::{collections::BTreeMap, time::Duration};

use connector_operator::crd::{ConnectorBackend, CustomConnector};
use futures::{StreamExt as _, stream};
use k8s_openapi::api::coordination::v1::Lease;
use kube::{Api, ResourceExt as _};
use serde_json::json;

use crate::{
    harness::{control_plane::ControlPlane, operator::Operator, poll::eventually},
    shared::kubectl,
    site::{ANN, BACKEND, BOB, EVE, LIMIT, Site, shared_with},
    stage::{self, OPERATOR},
};

/// Lists that a converged fleet is watched for.
const ROUNDS: u64 = 3;

/// Waits for that many lists of the scope, and returns everything that was asked meanwhile.
async fn rounds(site: &Site) -> BTreeMap<String, u64> {
    site.reset_counters().await;
    eventually("the scope is listed again and again", LIMIT * 2, async || {
        let counters = site.counters().await;
        match counters.get("roleAssignments.list") {
            Some(lists) if *lists >= ROUNDS => Ok(counters),
            _ => Err(format!("{counters:?}")),
        }
    })
    .await
}

/// Waits until the backend has told of so many connectors, none of them failed: nothing is left to be written.
async fn counted(site: &Site, connectors: usize) {
    eventually("the backend counts its connectors", LIMIT, async || {
        let backend = site.api::<ConnectorBackend>().get(BACKEND).await;
        let status = backend
            .map_err(|error| error.to_string())?
            .status
            .unwrap_or_default();
        let counts = (status.connectors, status.failed);
        if counts == (i64::try_from(connectors).ok(), Some(0)) {
            Ok(())
        } else {
            Err(format!("{counts:?}"))
        }
    })
    .await;
}

#[tokio::test]
async fn a_converged_fleet_is_silent_and_stays_so_over_a_restart() {
    const FLEET: usize = 200;
    let stage = stage::alone().await;
    // Documents are compared in turn, at a rate that a test of some intervals cannot count on.
    let no_documents = json!({ "limits": { "deepChecksPerHour": 0 } });
    let site = Site::with(stage.control_plane(), "silent", Duration::ZERO, no_documents).await;
    let operator = stage.operator("silent").await;
    for map in 0..FLEET / 10 {
        site.create_config_map(&format!("map-{map}")).await;
    }
    stream::iter(0..FLEET)
        .for_each_concurrent(16, async |index| {
            let reference = json!({ "name": format!("map-{}", index / 10), "key": "openapi.json" });
            let further = json!({
                "definition": { "configMapKeyRef": reference },
                "sharing": shared_with(&[ANN, BOB, EVE]),
                "interval": "10s",
            });
            site.create_connector(&format!("c{index}"), further).await;
        })
        .await;
    site.converged(LIMIT * 3).await;
    counted(&site, FLEET).await;
    assert_eq!(site.grants().await, FLEET * 3);

    let audit = stage.control_plane().audit();
    let written = |mark| {
        let mut writes = audit.writes_since(mark).unwrap();
        writes.retain(|write| write.user == OPERATOR);
        writes
    };
    let mark = audit.mark().unwrap();
    let asked = rounds(&site).await;
    println!("{FLEET} converged connectors, {ROUNDS} intervals: {asked:?}");
    assert_eq!(written(mark), [], "a converged fleet is silent");
    let lists = ["customApis.list", "roleAssignments.list"];
    assert_eq!(asked.keys().collect::<Vec<_>>(), lists);

    operator.kill().await.unwrap();
    let mark = audit.mark().unwrap();
    site.reset_counters().await;
    let operator = stage.operator("silent").await;
    let asked = rounds(&site).await;
    println!("after a restart: {asked:?}");
    assert_eq!(written(mark), [], "a restart is silent");
    assert_eq!(asked.keys().collect::<Vec<_>>(), lists);
    stage::stop(operator).await;
    end(stage.control_plane(), &site).await;
}

#[tokio::test]
async fn a_fleet_that_is_made_anew_finds_its_registrations_again() {
    const FLEET: usize = 20;
    let stage = stage::alone().await;
    let site = Site::new(stage.control_plane(), "anew").await;
    let operator = stage.operator("anew").await;
    let create = async || {
        for index in 0..FLEET {
            let further = json!({ "sharing": shared_with(&[ANN, BOB]) });
            site.create_connector(&format!("c{index}"), further).await;
        }
    };
    create().await;
    let before = site.converged(LIMIT).await;
    let grants = site.grant_ids().await;
    operator.kill().await.unwrap();
    for connector in &before {
        let name = connector.name_any();
        site.delete::<CustomConnector>(&name).await;
        let none = json!({ "metadata": { "finalizers": null } });
        site.patch::<CustomConnector>(&name, none).await;
        site.gone::<CustomConnector>(&name).await;
    }
    create().await;

    let operator = stage.operator("anew").await;

    let after = site.converged(LIMIT).await;
    assert_eq!(after.len(), FLEET);
    let registered = site.registered().await;
    assert_eq!(registered.len(), FLEET, "no second registration");
    for (old, new) in before.iter().zip(&after) {
        assert_ne!(old.uid(), new.uid());
        let uid = &registered[&new.name_any()]["tags"]["connectors.dev.uid"];
        assert_eq!(uid.as_str().map(str::to_owned), new.uid());
    }
    assert_eq!(site.grant_ids().await, grants, "every grant is the one it was");
    stage::stop(operator).await;
    end(stage.control_plane(), &site).await;
}

/// Who holds the lease.
async fn leader(site: &Site) -> Option<String> {
    let leases = Api::<Lease>::namespaced(site.client.clone(), "connector-operator");
    let lease = leases.get_opt("connector-operator").await.unwrap();
    lease?.spec?.holder_identity.filter(|holder| !holder.is_empty())
}

#[tokio::test]
async fn one_that_is_asked_to_stop_ends_soon_and_the_one_that_waits_takes_over() {
    let stage = stage::alone().await;
    let site = Site::new(stage.control_plane(), "leaders").await;
    let mut first = stage.operator("first").await;
    site.connector("before", json!({})).await;
    assert_eq!(leader(&site).await.as_deref(), Some("first"));
    let mut second = stage.operator("second").await;
    assert_eq!(
        leader(&site).await.as_deref(),
        Some("first"),
        "one that waits is ready as well"
    );

    let status = first.stop(Duration::from_secs(10)).await.unwrap();

    assert!(status.success(), "{status}");
    let holder = leader(&site).await;
    assert_ne!(holder.as_deref(), Some("first"), "the lease is given back");
    site.connector("after", json!({})).await;
    assert_eq!(leader(&site).await.as_deref(), Some("second"));
    let mut third = stage.operator("third").await;
    let status = third.stop(Duration::from_secs(10)).await.unwrap();
    assert!(status.success(), "one that waits ends as well: {status}");
    let status = second.stop(Duration::from_secs(10)).await.unwrap();
    assert!(status.success(), "{status}");
    assert_eq!(leader(&site).await, None);
    end(stage.control_plane(), &site).await;
}

/// What `/readyz` says.
async fn readiness(operator: &Operator) -> (u16, String) {
    let client = reqwest::Client::builder().timeout(LIMIT).build().unwrap();
    let answer = client
        .get(format!("{}/readyz", operator.url()))
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn with_older_definitions_it_is_not_ready_and_says_what_to_apply() {
    let stage = stage::alone().await;
    let older = [
        "patch",
        "crd/customconnectors.connectors.dev",
        "--type=json",
        "--patch",
        r#"[{"op": "remove", "path": "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/driftPolicy"}]"#,
    ];
    kubectl(stage.control_plane(), &older);
    let mut operator = stage.unready_operator("older").await;

    let told = eventually("the difference is told", LIMIT, async || {
        match readiness(&operator).await {
            (503, told) if told.contains("driftPolicy") => Ok(told),
            other => Err(format!("{other:?}")),
        }
    })
    .await;

    assert!(told.contains("customconnectors.connectors.dev"), "{told}");
    assert!(
        told.contains("connector-operator crds | kubectl apply --server-side"),
        "{told}"
    );
    stage.install();
    operator.ready(LIMIT).await.unwrap();
    stage::stop(operator).await;
}

/// Takes what a test made off the stage, as the next operator would go on with it.
async fn end(control_plane: &ControlPlane, site: &Site) {
    for connector in site.connectors().await {
        let none = json!({ "metadata": { "finalizers": null } });
        site.patch::<CustomConnector>(&connector.name_any(), none).await;
    }
    let none = json!({ "metadata": { "finalizers": null } });
    site.patch::<ConnectorBackend>(BACKEND, none).await;
    kubectl(
        control_plane,
        &["delete", "namespace", &site.namespace, "--timeout=60s"],
    );
}
