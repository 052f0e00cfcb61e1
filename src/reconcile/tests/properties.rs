//! Whatever happens on the way, the end is what the spec asks for, and nothing of others was touched.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use proptest::test_runner::{Config, TestRunner};

use super::{
    super::{Verdict, reason::Reason},
    cloud::Cloud,
    manifests::CLUSTER,
    scene::{Scene, State},
    story::{BACKENDS, Happening, Story, Wish},
};
use crate::connector::tags::{Owner, foreign};

/// Stories that are told. Each takes some twenty calls to the registry.
const STORIES: u32 = 24;

#[test]
fn whatever_happens_on_the_way_the_end_is_what_the_spec_asks_for() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let cloud = runtime.block_on(Cloud::open());
    let config = Config {
        cases: STORIES,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    };
    let told = TestRunner::new(config).run(&Story::any(), |story| {
        runtime.block_on(tell(&cloud, story));
        Ok(())
    });
    if let Err(failure) = told {
        panic!("{failure}");
    }
}

/// Tells a story, lets it come to rest, and looks: at what is there, that it stays so, and that it goes.
async fn tell(cloud: &Cloud, story: Story) {
    let mut scene = Scene::new(cloud, &BACKENDS).await;
    let start = scene.now;
    let Story {
        first: mut wish,
        happenings,
    } = story;
    scene.wants(wish.spec(start));
    for happening in happenings {
        if let Happening::Edited(next) = &happening {
            wish = next.clone();
        }
        befall_without_harm(&mut scene, start, happening, &wish).await;
    }
    if scene.next().is_none_or(|pass| pass.connector.entry.is_deleting()) {
        assert_eq!(scene.settle().await, Verdict::Gone);
        let left = scene.state().await.connectors;
        let ours = left.values().any(|(_, tags)| Owner::from_tags(tags).is_some());
        assert!(!ours, "it went, and left {left:?} behind");
        scene.wants(wish.spec(start));
    }
    let denied = wish.due(start, scene.now).any(|grant| !grant.is_declared());
    let expected = if denied {
        Verdict::Stalled(Reason::PrincipalNotAllowed)
    } else {
        Verdict::Settled
    };
    assert_eq!(scene.settle_with_approval().await, expected, "{}", scene.status());
    let state = scene.state().await;
    is_as_wished(&state, &wish, start, scene.now);

    // Once more, by one who knows nothing: nothing is done, and the status is what it is.
    scene.restart().await;
    scene.now += SignedDuration::from_secs(7);
    scene.look_and_pass().await;
    assert_eq!(scene.writes(), Vec::<String>::new());
    assert_eq!(scene.state().await, state);

    scene.delete();
    assert_eq!(scene.settle().await, Verdict::Gone);
    let after = scene.state().await;
    for backend in &wish.backends {
        let left = after.connectors.get(*backend);
        assert_eq!(left.is_some(), wish.orphans, "{backend}");
        assert!(
            left.is_none_or(|(_, tags)| Owner::from_tags(tags).is_none()),
            "{backend}"
        );
    }
    if wish.orphans {
        assert_eq!(after.grants, state.grants);
    }
}

/// Something happens; where it is a pass, nothing of others goes with it.
async fn befall_without_harm(scene: &mut Scene<'_>, start: Timestamp, happening: Happening, wish: &Wish) {
    let passes = happening.is_a_pass();
    let waits = wish.approval == "Manual" && !scene.has_approval() && !scene.is_deleting();
    let before = scene.state().await;
    happening.befall(scene, start).await;
    if passes {
        let (after, writes) = (scene.state().await, scene.writes());
        let (grants, tags) = of_others(&before, &writes);
        let (grants_left, tags_left) = of_others(&after, &writes);
        assert!(
            tags.is_subset(&tags_left),
            "tags of others went: {tags:?}, {tags_left:?}"
        );
        let sent = writes.iter().filter(|call| !call.contains("customconnectors"));
        let sent: Vec<&String> = sent.filter(|call| !wish.may_do_unasked(call)).collect();
        assert!(!waits || sent.is_empty(), "nobody approved {sent:?}");
        assert!(
            wish.exact || grants.is_subset(&grants_left),
            "grants of others went: {grants:?}, {grants_left:?}"
        );
    }
}

/// Grants and tags of others, where the connector itself was not deleted.
fn of_others(state: &State, writes: &[String]) -> (BTreeSet<String>, BTreeSet<String>) {
    let stays = |backend: &str| !writes.contains(&format!("DELETE {backend}/customApis"));
    let grants = state.grants.iter().filter(|grant| grant.ends_with("of others"));
    let grants = grants.filter(|grant| stays(grant.split(':').next().unwrap()));
    let connectors = state.connectors.iter().filter(|(backend, _)| stays(backend));
    let tags = connectors.flat_map(|(backend, (_, tags))| {
        foreign(tags)
            .into_keys()
            .map(move |tag| format!("{backend}: {tag}"))
    });
    (grants.cloned().collect(), tags.collect())
}

/// What is there is what is wished for, and no more of ours.
fn is_as_wished(state: &State, wish: &Wish, start: Timestamp, now: Timestamp) {
    for backend in BACKENDS {
        let found = state.connectors.get(backend);
        let owner = found.and_then(|(_, tags)| Owner::from_tags(tags));
        let wanted = wish.backends.contains(&backend);
        assert_eq!(
            owner.map(|owner| owner.cluster),
            wanted.then(|| CLUSTER.to_owned()),
            "{backend}"
        );
        if !wanted {
            continue;
        }
        assert_eq!(found.unwrap().0.as_deref(), Some(wish.name), "{backend}");
        let due = wish.due(start, now).filter(|grant| grant.is_declared());
        let due: BTreeSet<String> = due.map(|grant| grant.told(backend)).collect();
        let (ours, others) = (
            granted(state, backend, "ours"),
            granted(state, backend, "of others"),
        );
        assert!(ours.is_subset(&due), "{ours:?} was granted, {due:?} is wanted");
        assert!(
            due.is_subset(&(&ours | &others)),
            "{due:?} is wanted, {ours:?} and {others:?} are there"
        );
        assert!(
            !wish.exact || others.is_subset(&due),
            "{others:?} should be taken away"
        );
    }
}

/// The grants at a backend that are `ours`, or `of others`.
fn granted(state: &State, backend: &str, whose: &str) -> BTreeSet<String> {
    let (at, whose) = (format!("{backend}: "), format!(", {whose}"));
    let there = state.grants.iter().filter(|grant| grant.starts_with(&at));
    there
        .filter_map(|grant| grant.strip_suffix(&whose).map(str::to_owned))
        .collect()
}
