//! Any moment can be the last: the operator and the registry are killed at random moments under load. Client required.
//!
//! Moments and load follow from one number, which is printed; the environment variable SEED repeats it. Processes
//! run as they please, so the same number gives the same load and the same delays, not the same interleaving.

use std::{collections::BTreeMap, fmt::Debug, time::Duration};

use connector_operator::crd::{ConnectorBackend, CustomConnector, definition::Source};
use k8s_openapi::api::core::v1::Secret;
use kube::{
    ResourceExt as _,
    api::{DeleteParams, Patch, PatchParams, PostParams},
};
use serde_json::{Value, json};
use tokio::time::sleep;
use uuid::Uuid;

use crate::{
    site::{ANN, BACKEND, BOB, EVE, LIMIT, Site, description, shared_with},
    stage,
};

/// Kills of the operator, in all.
const KILLS: usize = 25;
/// Connectors that come, change and go.
const NAMES: usize = 36;
/// Connectors touched before each kill.
const TOUCHED: usize = 12;
/// The operator is killed this long after the load at the latest.
const LATEST: Duration = Duration::from_millis(800);
/// Each answer of the registry takes so long, so that many a kill meets a call under way.
const LATENCY: Duration = Duration::from_millis(50);

/// A small generator of numbers (SplitMix64): the same from the same seed.
#[derive(Debug)]
struct Numbers(u64);

impl Numbers {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test is told by its environment what to repeat"
    )]
    fn seeded() -> Self {
        let told = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok());
        Self(told.unwrap_or_else(|| Uuid::new_v4().as_u64_pair().0))
    }

    /// Below `limit`.
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % limit as u64).unwrap()
    }

    fn up_to(&mut self, longest: Duration) -> Duration {
        let milliseconds = self.below(usize::try_from(longest.as_millis()).unwrap() + 1);
        Duration::from_millis(milliseconds as u64)
    }

    /// Some of the three principals.
    fn principals(&mut self) -> Vec<&'static str> {
        let mut some = vec![ANN, BOB, EVE];
        some.retain(|_| self.below(2) == 0);
        some
    }
}

/// What a connector is to be.
fn spec(numbers: &mut Numbers, name: &str) -> Value {
    let version = numbers.below(1_000_000);
    json!({
        "backendRefs": [{ "kind": "ConnectorBackend", "name": BACKEND }],
        "definition": { "inline": description(&format!("{name} {version}")) },
        "sharing": shared_with(&numbers.principals()),
        "interval": "10s",
    })
}

/// Creates, changes or deletes one connector; what is not there, or there already, is left to the next time.
async fn touch(site: &Site, numbers: &mut Numbers) {
    let name = format!("c{}", numbers.below(NAMES));
    let (action, spec) = (numbers.below(10), spec(numbers, &name));
    let api = site.api::<CustomConnector>();
    let object = json!({ "metadata": { "name": name }, "spec": spec });
    let done = match action {
        0..=3 => {
            let object: CustomConnector = serde_json::from_value(object).unwrap();
            api.create(&PostParams::default(), &object).await.map(drop)
        }
        4..=6 => {
            let change = Patch::Merge(json!({ "spec": spec }));
            api.patch(&name, &PatchParams::default(), &change).await.map(drop)
        }
        _ => api.delete(&name, &DeleteParams::default()).await.map(drop),
    };
    match done {
        Err(kube::Error::Api(status)) if status.is_not_found() || status.is_already_exists() => {}
        done => done.unwrap(),
    }
}

/// What the cluster wants: title, owner and users, by name.
fn wanted(connectors: &[CustomConnector]) -> BTreeMap<String, (String, String, Vec<String>)> {
    let one = |it: &CustomConnector| {
        let Source::Inline(text) = &it.spec.definition.source else {
            panic!("{it:?}")
        };
        let text: Value = serde_json::from_str(text).unwrap();
        let title = text["info"]["title"].as_str().unwrap().to_owned();
        let principals = it.spec.sharing.iter().flat_map(|sharing| &sharing.principals);
        let mut users: Vec<String> = principals.map(|principal| principal.id.clone()).collect();
        users.sort_unstable();
        (it.name_any(), (title, it.uid().unwrap(), users))
    };
    connectors.iter().map(one).collect()
}

/// What the registry holds, told the same way.
async fn held(site: &Site) -> BTreeMap<String, (String, String, Vec<String>)> {
    let mut held = BTreeMap::new();
    for (name, registered) in site.registered().await {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let title = text(&registered["properties"]["displayName"]);
        let uid = text(&registered["tags"]["connectors.dev.uid"]);
        let users = site.users(&name).await;
        held.insert(name, (title, uid, users));
    }
    held
}

/// The registry holds what the cluster wants, all of it and nothing else.
async fn assert_as_wanted(site: &Site) {
    let wanted = wanted(&site.converged(LIMIT * 3).await);
    let held = held(site).await;
    assert_eq!(held, wanted);
    let grants: usize = wanted.values().map(|(_, _, users)| users.len()).sum();
    assert_eq!(
        site.grants().await,
        grants,
        "no grant is left on what is not registered"
    );
}

#[tokio::test]
async fn kills_at_random_moments_leave_no_duplicate_no_orphan_and_no_lost_grant() {
    let mut numbers = Numbers::seeded();
    println!("SEED={}", numbers.0);
    let stage = stage::alone().await;
    let mut site = Site::with(stage.control_plane(), "kills", LATENCY, json!({})).await;
    let mut operator = stage.operator("killed").await;
    let mut met = 0;
    for kill in 1..=KILLS {
        // A random moment is what is tried here, so for once time itself is waited for.
        let (before, after) = (numbers.up_to(LATEST), numbers.up_to(LATEST / 4));
        let load = async {
            for _ in 0..TOUCHED {
                touch(&site, &mut numbers).await;
            }
        };
        tokio::join!(load, sleep(before));
        sleep(after).await;
        operator.kill().await.unwrap();
        met += usize::from(!site.unfinished().await.is_empty());
        if kill % 8 == 0 {
            site.kill_registry().await;
        }
        // What happens while nobody looks has to be found afterwards.
        for _ in 0..TOUCHED / 4 {
            touch(&site, &mut numbers).await;
        }
        operator = stage.operator("killed").await;
        if kill % 8 == 4 {
            sleep(numbers.up_to(LATEST)).await;
            site.kill_registry().await;
        }
        if kill % 5 == 0 {
            assert_as_wanted(&site).await;
        }
    }
    println!("{met} of {KILLS} kills met work under way");
    assert!(met > KILLS / 5, "too few to tell: {met}");
    for connector in site.connectors().await {
        site.delete::<CustomConnector>(&connector.name_any()).await;
    }
    assert_as_wanted(&site).await;
    site.delete::<ConnectorBackend>(BACKEND).await;
    site.gone::<ConnectorBackend>(BACKEND).await;
    stage::stop(operator).await;
}

#[tokio::test]
async fn a_credential_that_went_while_nobody_ran_holds_what_it_registered_until_it_is_back() {
    let stage = stage::alone().await;
    let site = Site::new(stage.control_plane(), "credential").await;
    let operator = stage.operator("credential").await;
    for name in ["held", "left"] {
        site.connector(name, json!({ "sharing": shared_with(&[ANN]) }))
            .await;
    }
    operator.kill().await.unwrap();
    site.delete::<ConnectorBackend>(BACKEND).await;
    site.delete::<Secret>("registry").await;
    for name in ["held", "left"] {
        site.delete::<CustomConnector>(name).await;
    }

    let operator = stage.operator("credential").await;

    for name in ["held", "left"] {
        let held = site.stopped(name, "CredentialGone").await;
        let told = crate::site::message(&held, "Ready");
        assert!(told.contains("spec.deletionPolicy: Orphan"), "{told}");
    }
    let orphan = json!({ "spec": { "deletionPolicy": "Orphan" } });
    site.patch::<CustomConnector>("left", orphan).await;
    site.gone::<CustomConnector>("left").await;
    site.create_secret().await;
    site.gone::<CustomConnector>("held").await;
    site.gone::<ConnectorBackend>(BACKEND).await;
    assert_eq!(site.registered().await.keys().collect::<Vec<_>>(), ["left"]);
    operator.kill().await.unwrap();
}
