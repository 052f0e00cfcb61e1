//! What is asked: by our client, by the official examples, by other clients. Client required.

use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

use connector_operator::{
    arm::{
        Client, CustomApi, Endpoint, Options, Pages, Precondition, PrincipalType, RoleAssignmentFilter,
        RoleAssignmentWanted, StaticToken,
        id::{ResourceId, Scope},
    },
    registry::USE_ROLE,
};
use http::Method;
use secrecy::ExposeSecret as _;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    deviations::{ASSIGNMENTS, WEB},
    recorder::{Exchange, Recorder},
    samples::{connectors, plain},
};

const SUBSCRIPTION: &str = "34adfa4f-cedf-4dc0-ba29-b6d1a69ab345";
const WHOLE: &str = "/subscriptions/34adfa4f-cedf-4dc0-ba29-b6d1a69ab345";
const ROLES: &str = "providers/Microsoft.Authorization/roleDefinitions";
const GROUP: &str = "/subscriptions/34adfa4f-cedf-4dc0-ba29-b6d1a69ab345/resourceGroups/team";

/// Every exchange there is to look at.
pub(crate) async fn all(root: &Path) -> Vec<Exchange> {
    let recorder = Recorder::start(|options| options.connector_limit = 6).await;
    of_our_client(&recorder).await;
    of_other_clients(&recorder).await;
    let of_examples = Recorder::start(|_| {}).await;
    official_examples(&of_examples, root).await;
    [recorder.exchanges(), of_examples.exchanges()].concat()
}

async fn of_our_client(recorder: &Recorder) {
    let endpoint = Endpoint::new(&recorder.url, None).unwrap();
    let tokens = Arc::new(StaticToken::new(&recorder.token).unwrap());
    let client = Client::new(endpoint, tokens, Arc::new(()), Options::default()).unwrap();
    let scope = Scope::new(SUBSCRIPTION, "team");
    let id = scope.custom_api("contacts");
    for wanted in connectors() {
        for precondition in [Precondition::Absent, Precondition::Absent, Precondition::None] {
            let _refused_the_second_time = client.put_custom_api(&id, &wanted, precondition).await.ok();
        }
        client.get_custom_api(&id).await.unwrap().unwrap();
        client.export_custom_api(&id).await.unwrap().unwrap();
        all_pages(client.list_custom_apis(&scope)).await;
        client
            .tag_custom_api(&id, &BTreeMap::from([("team".to_owned(), "b".to_owned())]))
            .await
            .unwrap();
        client.delete_custom_api(&id).await.unwrap();
        client.delete_custom_api(&id).await.unwrap();
    }
    assert_eq!(client.get_custom_api(&id).await.unwrap(), None);
    assert!(client.export_custom_api(&id).await.unwrap().is_none());
    client.tag_custom_api(&id, &BTreeMap::new()).await.unwrap_err();

    client
        .put_custom_api(&id, &plain(), Precondition::Absent)
        .await
        .unwrap();
    let astray = CustomApi {
        service_url: "https://api.example.com/other".to_owned(),
        ..plain()
    };
    client
        .put_custom_api(&id, &astray, Precondition::None)
        .await
        .unwrap_err();
    grants(&client, &id, &scope).await;

    make_connection(recorder, &id, "first").await;
    all_pages(client.list_connections(&scope)).await;
    client
        .get_connection(&scope.connection("first"))
        .await
        .unwrap()
        .unwrap();
    client
        .delete_connection(&scope.connection("first"))
        .await
        .unwrap();
    client
        .delete_connection(&scope.connection("first"))
        .await
        .unwrap();
    assert_eq!(
        client.get_connection(&scope.connection("first")).await.unwrap(),
        None
    );
    all_pages(client.list_resource_groups(SUBSCRIPTION)).await;

    for number in 0..6 {
        let id = scope.custom_api(&format!("c{number}"));
        let _the_last_is_over_the_limit = client
            .put_custom_api(&id, &plain(), Precondition::None)
            .await
            .ok();
    }
}

async fn grants(client: &Client, connector: &ResourceId, scope: &Scope) {
    let wanted = |principal: u128, kind| RoleAssignmentWanted {
        role_definition_id: format!("{WHOLE}/{ROLES}/{USE_ROLE}"),
        principal_id: Uuid::from_u128(principal).to_string(),
        principal_type: kind,
        description: Some("For the tests".to_owned()),
    };
    let kinds = [
        PrincipalType::User,
        PrincipalType::Group,
        PrincipalType::ServicePrincipal,
    ];
    for (principal, kind) in (1..).zip(kinds) {
        let id = connector.role_assignment(Uuid::from_u128(100 + principal));
        client
            .put_role_assignment(&id, &wanted(principal, kind))
            .await
            .unwrap();
        client
            .put_role_assignment(&id, &wanted(principal, kind))
            .await
            .unwrap();
        client.get_role_assignment(&id).await.unwrap().unwrap();
    }
    let other = connector.role_assignment(Uuid::from_u128(99));
    client
        .put_role_assignment(&other, &wanted(1, PrincipalType::User))
        .await
        .unwrap_err();
    let same = connector.role_assignment(Uuid::from_u128(101));
    client
        .put_role_assignment(&same, &wanted(2, PrincipalType::User))
        .await
        .unwrap_err();
    assert_eq!(client.get_role_assignment(&other).await.unwrap(), None);
    let filters = [
        RoleAssignmentFilter::Everything,
        RoleAssignmentFilter::AtScope,
        RoleAssignmentFilter::Principal(Uuid::from_u128(1)),
    ];
    for filter in filters {
        for at in [connector, &scope.id(), &ResourceId::subscription(SUBSCRIPTION)] {
            all_pages(client.list_role_assignments(at, filter)).await;
        }
    }
    client.delete_role_assignment(&same).await.unwrap();
    client.delete_role_assignment(&same).await.unwrap();
}

/// Pages, versions and spellings that our client does not ask for.
async fn of_other_clients(recorder: &Recorder) {
    let connector: ResourceId = format!("{GROUP}/providers/Microsoft.Web/customApis/contacts")
        .parse()
        .unwrap();
    for name in ["one", "two", "three"] {
        make_connection(recorder, &connector, name).await;
    }
    let lists = [
        format!("{GROUP}/providers/Microsoft.Web/customApis?api-version=2016-06-01&$top=2"),
        format!("{WHOLE}/providers/Microsoft.Web/customApis?$top=2&api-version=2016-06-01"),
        format!("{GROUP}/providers/Microsoft.Web/connections?api-version=2016-06-01&%24top=1"),
        "/providers/Microsoft.Management/managementGroups/m/providers/Microsoft.Authorization/roleAssignments\
         ?api-version=2022-04-01&$filter=atScope()"
            .to_owned(),
        format!("{GROUP}/{ROLES}?api-version=2022-04-01"),
        format!("{WHOLE}/{ROLES}/{USE_ROLE}?api-version=2022-04-01"),
    ];
    for list in lists {
        let mut next = Some(list);
        while let Some(target) = next {
            let page = send(recorder, Method::GET, &target, None).await;
            next = page["nextLink"]
                .as_str()
                .map(|link| link.strip_prefix(&recorder.url).unwrap().to_owned());
        }
    }
    let shouted =
        "/SUBSCRIPTIONS/34ADFA4F-CEDF-4DC0-BA29-B6D1A69AB345/resourcegroups/TEAM/providers/microsoft.web/";
    send(
        recorder,
        Method::GET,
        &format!("{shouted}customapis/CONTACTS?api-version=2016-06-01"),
        None,
    )
    .await;
    let tags = json!({ "tags": { "a": "b" } });
    for target in ["connections/one", "connections/absent"] {
        let target = format!("{GROUP}/providers/Microsoft.Web/{target}?api-version=2016-06-01");
        send(recorder, Method::PATCH, &target, Some(&tags)).await;
    }
    let target = format!("{GROUP}/providers/Microsoft.Web/customApis/contacts?api-version=2016-06-01");
    let kinds = json!({ "location": "local", "properties": {
        "swagger": { "swagger": "2.0", "host": "api.example.com", "paths": {} },
        "supportedConnectionKinds": ["V1", "V2"],
    } });
    send(recorder, Method::PUT, &target, Some(&kinds)).await;
    let more = json!({ "properties": { "description": "another" } });
    send(recorder, Method::PATCH, &target, Some(&more)).await;
    send(
        recorder,
        Method::PUT,
        &target,
        Some(&json!({ "location": "local", "properties": {} })),
    )
    .await;
}

/// The requests of the official examples, creating ones first, deleting ones last.
async fn official_examples(recorder: &Recorder, root: &Path) {
    for file in [WEB, ASSIGNMENTS] {
        let file = root.join(file);
        let read = |path: &Path| serde_json::from_slice::<Value>(&fs::read(path).unwrap()).unwrap();
        let paths = read(&file)["paths"].clone();
        for method in ["put", "patch", "get", "delete"] {
            for (path, item) in paths.as_object().unwrap() {
                let operation = &item[method];
                let is_served = ["customApis", "/connections", "roleAssignments"]
                    .iter()
                    .any(|it| path.contains(it));
                for example in operation["x-ms-examples"]
                    .as_object()
                    .into_iter()
                    .flatten()
                    .filter(|_| is_served)
                {
                    let example = read(&file.parent().unwrap().join(example.1["$ref"].as_str().unwrap()));
                    replay(recorder, method, path, &example["parameters"]).await;
                }
            }
        }
    }
}

async fn replay(recorder: &Recorder, method: &str, path: &str, parameters: &Value) {
    let (mut target, mut query, mut body) = (path.to_owned(), Vec::new(), None);
    for (name, value) in parameters.as_object().unwrap() {
        let place = format!("{{{name}}}");
        match value {
            Value::Object(_) if method == "put" || method == "patch" => body = Some(value.clone()),
            // The example of a deletion has a body that its operation does not.
            Value::Object(_) => {}
            Value::String(value) if target.contains(&place) => {
                target = target.replace(&place, value.trim_matches('/'));
            }
            Value::String(value) => query.push(format!("{name}={value}")),
            Value::Number(value) => query.push(format!("{name}={value}")),
            Value::Null | Value::Bool(_) | Value::Array(_) => panic!("{name}: {value}"),
        }
    }
    if let Some(body) = &mut body
        && method == "put"
        && !path.contains("roleAssignments")
    {
        // The examples leave out what the service needs, and send what it alone may say.
        body.as_object_mut().unwrap().remove("id");
        body["location"] = "northcentralus".into();
        if path.contains("customApis") {
            let document = json!({ "swagger": "2.0", "host": "tempuri.org", "paths": {} });
            body["properties"]["swagger"] = document;
            body["properties"]
                .as_object_mut()
                .unwrap()
                .remove("apiDefinitions");
        }
    }
    let target = format!("{target}?{}", query.join("&"));
    send(
        recorder,
        Method::from_bytes(method.to_uppercase().as_bytes()).unwrap(),
        &target,
        body.as_ref(),
    )
    .await;
}

async fn make_connection(recorder: &Recorder, connector: &ResourceId, name: &str) {
    let target = format!("{GROUP}/providers/Microsoft.Web/connections/{name}?api-version=2016-06-01");
    let mut body = json!({
        "location": "local",
        "kind": "V1",
        "properties": {
            "displayName": name,
            "api": { "id": connector.as_str() },
            "parameterValues": { "api_key": "key", "region": "eu" },
        },
    });
    send(recorder, Method::PUT, &target, Some(&body)).await;
    body["properties"]["displayName"] = "Again".into();
    send(recorder, Method::PUT, &target, Some(&body)).await;
}

async fn send(recorder: &Recorder, method: Method, target: &str, body: Option<&Value>) -> Value {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = http.request(method, format!("{}{target}", recorder.url));
    request = request.bearer_auth(recorder.token.expose_secret());
    if let Some(body) = body {
        request = request.json(body);
    }
    let answer = request.send().await.unwrap().bytes().await.unwrap();
    if answer.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(&answer).unwrap()
    }
}

async fn all_pages<T: DeserializeOwned>(mut pages: Pages<T>) {
    while pages.next().await.unwrap().is_some() {}
}
