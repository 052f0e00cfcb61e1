//! What a site's registry holds, and what others do to it. Client required.

use std::collections::BTreeMap;

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Site, description};

const SUBSCRIPTION: &str = "/subscriptions/00000000-0000-0000-0000-000000000000";
const WEB: &str = "api-version=2016-06-01";
const ROLES: &str = "api-version=2022-04-01";

impl Site {
    /// What the registry holds, by name.
    pub(crate) async fn registered(&self) -> BTreeMap<String, Value> {
        let path = format!("{}/providers/Microsoft.Web/customApis?{WEB}", self.group());
        let items = self.list(&path).await.into_iter();
        items
            .map(|item| (item["name"].as_str().unwrap().to_owned(), item))
            .collect()
    }

    /// The ids of those who may use a connector, in order.
    pub(crate) async fn users(&self, connector: &str) -> Vec<String> {
        let scope = self.id(connector);
        let path =
            format!("{scope}/providers/Microsoft.Authorization/roleAssignments?{ROLES}&$filter=atScope()");
        let grants = self.list(&path).await.into_iter();
        let own = grants.filter(|grant| grant["properties"]["scope"].as_str() == Some(&scope));
        let mut users: Vec<String> = own
            .map(|grant| grant["properties"]["principalId"].as_str().unwrap().to_owned())
            .collect();
        users.sort_unstable();
        users
    }

    /// How many grants there are in the whole group, on what is registered and on what is not.
    pub(crate) async fn grants(&self) -> usize {
        self.grant_ids().await.len()
    }

    /// The ids of all grants in the whole group, in order.
    pub(crate) async fn grant_ids(&self) -> Vec<String> {
        let path = format!(
            "{}/providers/Microsoft.Authorization/roleAssignments?{ROLES}",
            self.group()
        );
        let grants = self.list(&path).await.into_iter();
        let mut ids: Vec<String> = grants
            .map(|grant| grant["id"].as_str().unwrap().to_owned())
            .collect();
        ids.sort_unstable();
        ids
    }

    /// All pages of a list.
    async fn list(&self, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut next = Some(path.to_owned());
        while let Some(path) = next {
            let (status, page) = self.ask(Method::GET, &path, None).await;
            assert_eq!(status, StatusCode::OK, "{path}: {page}");
            items.extend(page["value"].as_array().unwrap().iter().cloned());
            let link = page["nextLink"].as_str();
            next = link.map(|link| link.trim_start_matches(self.registry().url()).to_owned());
        }
        items
    }

    /// A connection that uses the connector.
    pub(crate) async fn connect(&self, name: &str, connector: &str) {
        let body = json!({ "location": "local", "properties": {
            "displayName": name,
            "api": { "id": self.id(connector) },
            "parameterValues": { "api_key": "value" },
        } });
        let (status, answer) = self.ask(Method::PUT, &self.connection(name), Some(body)).await;
        assert_eq!(status, StatusCode::CREATED, "{answer}");
    }

    /// Removes a connection.
    pub(crate) async fn disconnect(&self, name: &str) {
        let (status, _) = self.ask(Method::DELETE, &self.connection(name), None).await;
        assert_eq!(status, StatusCode::OK);
    }

    /// Puts a connector into the registry behind the operator's back.
    pub(crate) async fn register_by_hand(&self, name: &str) {
        let swagger: Value = serde_json::from_str(&description(name)).unwrap();
        let body = json!({ "location": "local", "properties": {
            "displayName": name,
            "swagger": swagger,
            "backendService": { "serviceUrl": "https://api.example.com/v1" },
        } });
        let path = format!("{}?{WEB}", self.id(name));
        let (status, answer) = self.ask(Method::PUT, &path, Some(body)).await;
        assert!(status.is_success(), "{answer}");
    }

    /// Takes a connector out of the registry behind the operator's back.
    pub(crate) async fn unregister_by_hand(&self, name: &str) {
        let path = format!("{}?{WEB}", self.id(name));
        let (status, _) = self.ask(Method::DELETE, &path, None).await;
        assert!(status.is_success());
    }

    /// Puts these faults in place of all others.
    pub(crate) async fn faults(&self, rules: Value) {
        let (status, answer) = self.ask(Method::PUT, "/faults", Some(rules)).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    }

    /// Requests that the registry was asked since the counters were set back.
    pub(crate) async fn counters(&self) -> BTreeMap<String, u64> {
        let answer = self.ask(Method::GET, "/counters", None).await.1;
        serde_json::from_value(answer["requests"].clone()).unwrap()
    }

    /// Sets the counters back.
    pub(crate) async fn reset_counters(&self) {
        self.ask(Method::DELETE, "/counters", None).await;
    }

    /// The id of a connector of that name.
    pub(crate) fn id(&self, connector: &str) -> String {
        format!("{}/providers/Microsoft.Web/customApis/{connector}", self.group())
    }

    fn connection(&self, name: &str) -> String {
        format!(
            "{}/providers/Microsoft.Web/connections/{name}?{WEB}",
            self.group()
        )
    }

    fn group(&self) -> String {
        format!("{SUBSCRIPTION}/resourceGroups/{}", self.namespace)
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let request = self.registry().request(method, path).unwrap();
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }
}
