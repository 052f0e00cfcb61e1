use serde_json::{Value, json};

use super::*;
use crate::cli::testing::{ApiServer, ready};

async fn asked(spec: Value, status: Value) -> Answer {
    let server = ApiServer::default();
    server.connector("pets", &spec, &status);
    answer(&server.cluster().connector("pets").await.unwrap(), "now")
}

fn arguments(names: &[&str], all: bool) -> Arguments {
    use clap::Parser as _;
    #[derive(clap::Parser)]
    struct Command {
        #[command(flatten)]
        arguments: Arguments,
    }
    let words = ["reconcile"].into_iter().chain(names.iter().copied());
    Command::parse_from(words.chain(all.then_some("--all"))).arguments
}

#[tokio::test]
async fn a_request_is_answered_when_its_own_pass_came_to_an_end() {
    let told =
        |request: &str, conditions: Value| json!({ "lastHandledRequest": request, "conditions": conditions });
    let well = ready("True", "Ready", "");
    let ill = ready("False", "DefinitionInvalid", "1 error");
    let busy = json!({ "type": "Reconciling", "status": "True", "reason": "Throttled", "message": "",
                       "lastTransitionTime": "2026-11-02T09:00:05Z" });
    for (status, expected) in [
        (told("now", json!([well])), Answer::Ready),
        (told("now", json!([ill])), Answer::Stalled),
        (told("now", json!([ill, busy])), Answer::Pending),
        (told("before", json!([well])), Answer::Pending),
        (json!({}), Answer::Pending),
    ] {
        assert_eq!(asked(json!({}), status.clone()).await, expected, "{status}");
    }
    let suspended = asked(json!({ "suspend": true }), json!({})).await;
    assert_eq!(suspended, Answer::Suspended);
}

#[tokio::test]
async fn all_connectors_of_the_namespace_are_asked_for_with_one_request_each() {
    let server = ApiServer::default();
    for name in ["cats", "dogs"] {
        server.connector(name, &json!({}), &json!({}));
    }
    let mut output = Vec::new();
    let palette = Palette::default();
    let code = carry_out(&server.cluster(), &arguments(&[], true), &palette, &mut output)
        .await
        .unwrap();
    assert_eq!(code, ExitCode::SUCCESS);
    assert_eq!(
        String::from_utf8(output).unwrap(),
        "CustomConnector shop/cats: asked for a pass\nCustomConnector shop/dogs: asked for a pass\n"
    );
    let request = |name: &str| {
        let object = server.get(&format!("namespaces/shop/customconnectors/{name}"));
        object.unwrap()["metadata"]["annotations"][REQUESTED_AT].clone()
    };
    assert!(request("cats").is_string());
    assert_eq!(request("cats"), request("dogs"));
}

#[tokio::test]
async fn asking_for_a_connector_that_is_not_there_says_so() {
    let server = ApiServer::default();
    let (arguments, palette) = (arguments(&["pets"], false), Palette::default());
    let failure = carry_out(&server.cluster(), &arguments, &palette, &mut Vec::new())
        .await
        .unwrap_err();
    assert_eq!(failure.to_string(), "cannot change CustomConnector shop/pets");
}
