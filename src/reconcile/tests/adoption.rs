//! What is not ours is taken over as far as the spec and the backend allow, or stays as it is.

use serde_json::json;

use super::{
    super::Verdict,
    cloud::Cloud,
    manifests::{CARL, CLUSTER, PETSTORE, spec},
    scene::Scene,
};
use crate::{crd::connector::Adoption, registry::USE_ROLE};

const ADOPTIONS: [Adoption; 4] = [
    Adoption::Never,
    Adoption::IfIdentical,
    Adoption::IfUnowned,
    Adoption::Force,
];

/// A connector that has the name already.
struct Found {
    whose: &'static str,
    /// The cluster and the name that its tags tell.
    owner: Option<[&'static str; 2]>,
    /// What it takes to have it.
    needed: Option<Adoption>,
}

const FOUND: [Found; 4] = [
    Found {
        whose: "nobody's",
        owner: None,
        needed: Some(Adoption::IfUnowned),
    },
    Found {
        whose: "another cluster's",
        owner: Some(["another", "petstore"]),
        needed: Some(Adoption::Force),
    },
    Found {
        whose: "one's that is no more",
        owner: Some([CLUSTER, "dead"]),
        needed: Some(Adoption::IfUnowned),
    },
    Found {
        whose: "a living one's",
        owner: Some([CLUSTER, "living"]),
        needed: None,
    },
];

#[tokio::test]
async fn what_is_not_ours_is_taken_over_as_far_as_all_allow_or_stays_as_it_is() {
    let cloud = Cloud::open().await;
    for Found { whose, owner, needed } in FOUND {
        for (asked, maximum) in ADOPTIONS
            .into_iter()
            .flat_map(|asked| ADOPTIONS.map(|maximum| (asked, maximum)))
        {
            let case = format!("{whose}, spec.adoption {asked:?}, the backend allows {maximum:?}");
            let mut scene = Scene::new(&cloud, &["east"]).await;
            scene.allow("east", |policy| policy.adoption = maximum);
            let mut tags = json!({ "costCenter": "7" });
            if let Some([cluster, name]) = owner {
                tags["connectors.dev.cluster"] = cluster.into();
                tags["connectors.dev.namespace"] = scene.namespace.clone().into();
                tags["connectors.dev.name"] = name.into();
                tags["connectors.dev.uid"] = "u".into();
            }
            let east = scene.id("east");
            cloud.put_connector(&east, "Made by others", tags).await;
            cloud.grant(&east, USE_ROLE, CARL).await;
            let living = json!({ "apiVersion": "connectors.dev/v1alpha1", "kind": "CustomConnector" });
            scene.api.create("customconnectors/living", living);
            let before = scene.state().await;

            scene.wants(spec(&["east"], json!({ "adoption": asked })));
            let allowed = needed.is_some_and(|needed| asked.min(maximum) >= needed);
            assert_eq!(scene.settle().await == Verdict::Settled, allowed, "{case}");
            let after = scene.state().await;
            assert_eq!(after.connectors == before.connectors, !allowed, "{case}");
            assert_eq!(after.grants, before.grants, "{case}");

            scene.delete();
            assert_eq!(scene.settle().await, Verdict::Gone, "{case}");
            let left = scene.state().await;
            assert_eq!(left.grants, before.grants, "{case}");
            assert!(allowed || left.connectors == before.connectors, "{case}");
            assert!(left.connectors["east"].1.contains_key("costCenter"), "{case}");
        }
    }
}

#[tokio::test]
async fn what_is_as_wanted_already_needs_no_more_than_if_identical() {
    let cloud = Cloud::open().await;
    for (name, taken) in [("Pets", true), ("Cats", false)] {
        let mut scene = Scene::new(&cloud, &["east"]).await;
        scene.wants(spec(&["east"], json!({})));
        scene.settle().await;
        // As somebody would leave it who registers the same, and whom nobody remembers.
        cloud.tag(&scene.id("east"), json!({})).await;
        scene.api.edit(PETSTORE, |object| {
            object["status"] = json!({ "observedGeneration": -1 });
        });
        scene.wants(spec(
            &["east"],
            json!({ "displayName": name, "adoption": "IfIdentical" }),
        ));
        assert_eq!(scene.settle().await == Verdict::Settled, taken, "{name}");
        let adopted = &scene.status()["registrations"][0]["adopted"];
        assert_eq!(adopted == &json!(true), taken, "{name}");
    }
}
