use serde_json::json;

use super::*;
use crate::cli::testing::{ApiServer, ready};

const PATH: &str = "namespaces/shop/customconnectors/pets";

fn arguments(words: &[&str]) -> Arguments {
    use clap::Parser as _;
    #[derive(clap::Parser)]
    struct Command {
        #[command(flatten)]
        arguments: Arguments,
    }
    Command::parse_from(["forget", "pets"].into_iter().chain(words.iter().copied())).arguments
}

fn stuck(server: &ApiServer, finalizers: &[&str], deleted: bool) {
    let id = "/subscriptions/s/resourceGroups/shop/providers/Microsoft.Web/customApis/pets";
    let status = json!({
        "conditions": [ready("False", "BackendGone", "ConnectorBackend shop/team is gone")],
        "registrations": [{ "backendKind": "ConnectorBackend", "backendName": "team", "state": "Removing", "id": id }],
    });
    server.connector("pets", &json!({}), &status);
    server.edit(PATH, &json!({ "metadata": { "finalizers": finalizers } }));
    if deleted {
        server.edit(
            PATH,
            &json!({ "metadata": { "deletionTimestamp": "2026-11-02T10:00:00Z" } }),
        );
    }
}

async fn forget(server: &ApiServer, words: &[&str]) -> (ExitCode, String) {
    let (cluster, arguments, mut output) = (server.cluster(), arguments(words), Vec::new());
    let reach = Reach::new(&cluster, &arguments.backends).unwrap();
    let code = carry_out(&cluster, &reach, &arguments, &mut output)
        .await
        .unwrap();
    (code, String::from_utf8(output).unwrap())
}

#[tokio::test]
async fn what_stays_behind_is_shown_before_anything_is_done() {
    let server = ApiServer::default();
    stuck(&server, &[CONNECTOR_FINALIZER], true);
    let (code, text) = forget(&server, &[]).await;
    assert_eq!(code, ExitCode::from(1));
    insta::assert_snapshot!(text, @r"
    CustomConnector shop/pets is being deleted since 2026-11-02T10:00:00Z: BackendGone: ConnectorBackend shop/team is gone
    What stays behind:
    - ConnectorBackend team: /subscriptions/s/resourceGroups/shop/providers/Microsoft.Web/customApis/pets, by its status alone; not looked at: ConnectorBackend shop/team does not exist
    A connector of this namespace and name that is created later finds what its tags name, and takes it over.
    Nothing was changed. Say so with --yes.
    ");
    assert!(server.get(PATH).is_some());
}

#[tokio::test]
async fn a_connector_is_let_go_when_a_person_says_so() {
    let server = ApiServer::default();
    stuck(&server, &[CONNECTOR_FINALIZER], true);
    let (code, text) = forget(&server, &["--yes"]).await;
    assert_eq!(code, ExitCode::SUCCESS);
    assert!(text.ends_with("CustomConnector shop/pets is let go.\n"), "{text}");
    assert_eq!(server.get(PATH), None);
}

#[tokio::test]
async fn what_others_hold_stays_and_is_named() {
    let server = ApiServer::default();
    stuck(&server, &["example.com/keep", CONNECTOR_FINALIZER], true);
    let (_, text) = forget(&server, &["--yes"]).await;
    assert!(
        text.ends_with("others still hold it: example.com/keep\n"),
        "{text}"
    );
    assert_eq!(
        server.get(PATH).unwrap()["metadata"]["finalizers"],
        json!(["example.com/keep"])
    );
}

#[tokio::test]
async fn a_connector_that_nobody_deletes_is_left_alone_unless_that_is_asked_for_too() {
    let server = ApiServer::default();
    stuck(&server, &[CONNECTOR_FINALIZER], false);
    let (code, text) = forget(&server, &["--yes"]).await;
    assert_eq!(code, ExitCode::from(1));
    assert!(
        text.contains("is not being deleted, so nothing was changed"),
        "{text}"
    );
    assert_eq!(
        server.get(PATH).unwrap()["metadata"]["finalizers"],
        json!([CONNECTOR_FINALIZER])
    );
    let (code, _) = forget(&server, &["--yes", "--delete"]).await;
    assert_eq!((code, server.get(PATH)), (ExitCode::SUCCESS, None));
    // The operator must not see a deletion while it still holds the object: it would remove what is to stay.
    let writes: Vec<String> = server
        .requests()
        .into_iter()
        .filter(|request| !request.starts_with("GET"))
        .map(|request| request.split(' ').next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(writes, ["PATCH", "DELETE"]);
}

#[tokio::test]
async fn an_operator_that_writes_meanwhile_does_not_keep_it() {
    let server = ApiServer::default();
    stuck(&server, &[], false);
    let held = json!({ "metadata": { "finalizers": [CONNECTOR_FINALIZER], "resourceVersion": "99" } });
    server.overtake(PATH, held);
    let (code, _) = forget(&server, &["--yes", "--delete"]).await;
    assert_eq!((code, server.get(PATH)), (ExitCode::SUCCESS, None));
}
