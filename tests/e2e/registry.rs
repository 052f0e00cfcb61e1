//! The registry as the harness runs it: what tests of the operator rely on.

use std::time::Duration;

use http::{Method, StatusCode};

use crate::{
    harness::{
        poll::eventually,
        registry::{Options, Registry},
    },
    shared,
};

const LIMIT: Duration = Duration::from_secs(30);
const GROUPS: &str =
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourcegroups?api-version=2021-04-01";

async fn status(registry: &Registry, path: &str) -> StatusCode {
    registry
        .request(Method::GET, path)
        .unwrap()
        .send()
        .await
        .unwrap()
        .status()
}

async fn asked_in_a_hurry(registry: &Registry) -> reqwest::Result<StatusCode> {
    let request = registry
        .request(Method::GET, GROUPS)
        .unwrap()
        .timeout(Duration::from_millis(500));
    request.send().await.map(|answer| answer.status())
}

#[tokio::test]
async fn a_registry_that_is_killed_comes_back_at_the_same_address_with_the_same_token() {
    let folder = shared::run_folder().unwrap();
    let options = Options {
        folder: folder.path().to_owned(),
        faults: false,
        latency: Duration::ZERO,
    };
    let registry = Registry::start(options).await.unwrap();
    assert_eq!(status(&registry, GROUPS).await, StatusCode::OK);
    let before = (registry.url().to_owned(), registry.process().process_id());

    let registry = registry.kill_and_start_again().await.unwrap();

    assert_eq!(
        status(&registry, GROUPS).await,
        StatusCode::OK,
        "the token is the one it had"
    );
    assert_eq!(registry.url(), before.0);
    assert_ne!(registry.process().process_id(), before.1);
    assert_eq!(
        status(&registry, "/counters").await,
        StatusCode::NOT_FOUND,
        "nobody has asked for faults"
    );
}

#[tokio::test]
async fn a_paused_registry_takes_calls_and_answers_none_until_it_goes_on() {
    let folder = shared::run_folder().unwrap();
    let latency = Duration::from_millis(20);
    let options = Options {
        folder: folder.path().to_owned(),
        faults: true,
        latency,
    };
    let mut registry = Registry::start(options).await.unwrap();
    assert_eq!(status(&registry, "/counters").await, StatusCode::OK);

    registry.pause().unwrap();
    eventually("an answer stays out", LIMIT, async || {
        match asked_in_a_hurry(&registry).await {
            Err(error) if error.is_timeout() => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    registry.resume().unwrap();

    eventually("answers come again", LIMIT, async || {
        match asked_in_a_hurry(&registry).await {
            Ok(StatusCode::OK) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
}
