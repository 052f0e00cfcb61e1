//! A story for each trap of Azure. Client required.

use connector_operator::crd::CustomConnector;
use http::Method;
use serde_json::json;

use super::Place;
use crate::{
    azure::{Course, Trap},
    site::{ANN, BOB, condition, shared_with},
    stage,
};

impl Place {
    fn set_traps(&self, traps: &[Trap]) {
        stage::azure().manager.set_traps_in(&self.group(), traps);
    }

    fn asked(&self, method: &Method, path_part: &str) -> usize {
        let asked = stage::azure().manager.asked_about(&self.group());
        let fits = |target: &str| target.to_ascii_lowercase().contains(path_part);
        asked
            .iter()
            .filter(|it| it.method == *method && fits(&it.target))
            .count()
    }
}

#[tokio::test]
async fn a_policy_that_forbids_it_stalls_and_is_named() {
    let place = Place::with_secret("policy").await;
    place.set_traps(&[Trap::DisallowedByPolicy {
        policy: "Allowed regions",
    }]);
    place.site.create_connector("contacts", json!({})).await;

    let judged = place.site.judged("contacts").await;

    assert_eq!(condition(&judged, "Stalled").0, "True");
    assert!(
        Place::told(&judged).contains("Allowed regions"),
        "{}",
        Place::told(&judged)
    );
}

#[tokio::test]
async fn a_create_that_is_answered_and_not_there_is_made_again() {
    let place = Place::with_secret("gone").await;
    place.set_traps(&[Trap::MadeAndNotThere { times: 1 }]);

    place.site.connector("contacts", json!({})).await;

    assert_eq!(place.asked(&Method::PUT, "/customapis/"), 2);
}

#[tokio::test]
async fn a_connector_of_others_is_not_overwritten_although_conditions_are_passed_over() {
    let place = Place::with_secret("others").await;
    place
        .site
        .connector("contacts", json!({ "deletionPolicy": "Orphan" }))
        .await;
    place.site.delete::<CustomConnector>("contacts").await;
    place.site.gone::<CustomConnector>("contacts").await;
    let before = place.asked(&Method::PUT, "/customapis/");

    place.site.create_connector("contacts", json!({})).await;

    let judged = place.site.judged("contacts").await;
    assert_eq!(
        condition(&judged, "Stalled").0,
        "True",
        "{}",
        Place::told(&judged)
    );
    assert_eq!(place.asked(&Method::PUT, "/customapis/"), before);
}

#[tokio::test]
async fn a_principal_that_is_new_is_waited_for() {
    let place = Place::with_secret("fresh").await;
    place.set_traps(&[Trap::PrincipalNotFound { times: 1 }]);

    let sharing = shared_with(&[ANN, BOB]);
    place
        .site
        .connector("contacts", json!({ "sharing": sharing }))
        .await;

    assert_eq!(place.asked(&Method::PUT, "/roleassignments/"), 3);
}

#[tokio::test]
async fn what_takes_its_time_is_followed_to_its_end() {
    let place = Place::with_secret("slow").await;
    let course = |method| Course {
        method,
        path_contains: place.group().to_ascii_lowercase().leak(),
        count: usize::MAX,
        by_location: false,
        polls: 2,
        retry_after: Some(1),
        fails_with: None,
    };
    stage::azure()
        .manager
        .add_courses(vec![course(Method::PUT), course(Method::DELETE)]);

    place.site.connector("contacts", json!({})).await;

    place.site.delete::<CustomConnector>("contacts").await;
    place.site.gone::<CustomConnector>("contacts").await;
}

#[tokio::test]
async fn a_group_that_is_gone_has_no_connections_to_protect() {
    let (gone, other) = (
        Place::with_secret("vanished").await,
        Place::with_secret("beside").await,
    );
    for place in [&gone, &other] {
        place.site.connector("contacts", json!({})).await;
    }
    // It is still listed, as one is that goes between two calls.
    stage::azure().manager.set_vanished(&gone.group(), true);

    for place in [&gone, &other] {
        place.site.delete::<CustomConnector>("contacts").await;
        place.site.gone::<CustomConnector>("contacts").await;
    }
}
