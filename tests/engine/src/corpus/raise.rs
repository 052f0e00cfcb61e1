//! OpenAPI 2.0 to OpenAPI 3.0, by the two specifications and by other means than the engine's.
//!
//! The engine converts downwards; what it makes of a description that was raised here is compared with the original.

mod body;
mod names;
mod parameter;
mod response;
mod schema;
mod security;

use serde_json::{Map, Value, json};

pub use self::names::with_plain_names;
use crate::requests::METHODS;

/// What holds for the whole description.
struct Whole<'d> {
    root: &'d Value,
}

/// A description in OpenAPI 2.0, whose components have [plain names](with_plain_names), as OpenAPI 3.0.
pub fn raised(root: &Value) -> Value {
    let whole = Whole { root };
    let mut made = Map::new();
    made.insert("openapi".to_owned(), json!("3.0.3"));
    for (key, value) in members(Some(root)) {
        match key.as_str() {
            "swagger" | "host" | "basePath" | "schemes" | "consumes" | "produces" => {}
            "definitions" | "parameters" | "responses" | "securityDefinitions" => {}
            "paths" => {
                made.insert(key.clone(), whole.paths(value));
            }
            _ => {
                made.insert(key.clone(), value.clone());
            }
        }
    }
    if let Some(servers) = whole.servers(&texts(root.get("schemes"))) {
        made.insert("servers".to_owned(), servers);
    }
    let components = whole.components();
    if !components.is_empty() {
        made.insert("components".to_owned(), Value::Object(components));
    }
    Value::Object(made)
}

impl<'d> Whole<'d> {
    /// The servers of what is reached by `schemes`; nothing if neither host nor base path is said.
    fn servers(&self, schemes: &[&str]) -> Option<Value> {
        let text = |key: &str| self.root.get(key).and_then(Value::as_str);
        let base = text("basePath").unwrap_or_default();
        let Some(host) = text("host") else {
            return (!base.is_empty()).then(|| json!([{"url": base}]));
        };
        let urls: Vec<Value> = if schemes.is_empty() {
            vec![json!({"url": format!("//{host}{base}")})]
        } else {
            let url = |scheme: &&str| json!({"url": format!("{scheme}://{host}{base}")});
            schemes.iter().map(url).collect()
        };
        Some(Value::Array(urls))
    }

    fn components(&self) -> Map<String, Value> {
        let mut made = Map::new();
        let mut put = |section: &str, members: Map<String, Value>| {
            if !members.is_empty() {
                made.insert(section.to_owned(), Value::Object(members));
            }
        };
        let section = |key: &str| members(self.root.get(key));
        put(
            "schemas",
            section("definitions")
                .map(|(name, schema)| (name.clone(), schema::raised(schema)))
                .collect(),
        );
        let place = |parameter: &Value| {
            parameter
                .get("in")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        put(
            "parameters",
            section("parameters")
                .filter(|(_, one)| !matches!(place(one).as_str(), "body" | "formData"))
                .map(|(name, one)| (name.clone(), parameter::raised(one)))
                .collect(),
        );
        let consumes = texts(self.root.get("consumes"));
        put(
            "requestBodies",
            section("parameters")
                .filter(|(_, one)| place(one) == "body")
                .map(|(name, one)| (name.clone(), body::raised(one, &consumes)))
                .collect(),
        );
        let produces = texts(self.root.get("produces"));
        put(
            "responses",
            section("responses")
                .map(|(name, one)| (name.clone(), response::raised(one, &produces)))
                .collect(),
        );
        put(
            "securitySchemes",
            section("securityDefinitions")
                .map(|(name, one)| (name.clone(), security::raised(one)))
                .collect(),
        );
        made
    }

    fn paths(&self, paths: &Value) -> Value {
        let item = |(path, item): (&String, &Value)| {
            let made = if path.starts_with("x-") {
                item.clone()
            } else {
                self.path_item(item)
            };
            (path.clone(), made)
        };
        Value::Object(members(Some(paths)).map(item).collect())
    }

    fn path_item(&self, item: &Value) -> Value {
        let shared = self.inputs(item);
        let mut made = Map::new();
        for (key, value) in members(Some(item)) {
            let value = match key.as_str() {
                "parameters" => {
                    let outside = shared.iter().filter(|one| !one.is_sent());
                    Value::Array(outside.map(Input::raised).collect())
                }
                "x-ms-notification-content" => schema::raised_inside(value),
                method if METHODS.contains(&method) => self.operation(value, &shared),
                _ => value.clone(),
            };
            made.insert(key.clone(), value);
        }
        Value::Object(made)
    }

    /// An operation; what its path says of the body goes into it, as there is no other place.
    fn operation(&self, operation: &Value, shared: &[Input<'d>]) -> Value {
        let own = self.inputs(operation);
        let media = |key: &str| texts(operation.get(key).or_else(|| self.root.get(key)));
        let mut made = Map::new();
        for (key, value) in members(Some(operation)) {
            let value = match key.as_str() {
                "consumes" | "produces" => continue,
                "parameters" => {
                    let outside = own.iter().filter(|one| !one.is_sent());
                    Value::Array(outside.map(Input::raised).collect())
                }
                "responses" => self.responses(value, &media("produces")),
                "schemes" => match self.servers(&texts(Some(value))) {
                    Some(servers) => {
                        made.insert("servers".to_owned(), servers);
                        continue;
                    }
                    None => continue,
                },
                _ => value.clone(),
            };
            made.insert(key.clone(), value);
        }
        let replaced = |one: &&Input<'_>| own.iter().any(|own| own.identity() == one.identity());
        let inherited = shared.iter().filter(|one| !replaced(one));
        let sent: Vec<&Input<'_>> = own.iter().chain(inherited).filter(|one| one.is_sent()).collect();
        if let Some(body) = self.request_body(&sent, &media("consumes"), operation.get("consumes").is_some())
        {
            made.insert("requestBody".to_owned(), body);
        }
        Value::Object(made)
    }

    fn request_body(&self, sent: &[&Input<'_>], consumes: &[&str], says_so_itself: bool) -> Option<Value> {
        let first = sent.first()?;
        if first.place() == "formData" {
            let fields: Vec<&Value> = sent.iter().map(|one| one.itself).collect();
            return Some(body::of_form(&fields, consumes));
        }
        Some(match first.name.filter(|_| !says_so_itself) {
            Some(name) => json!({"$ref": format!("#/components/requestBodies/{name}")}),
            None => body::raised(first.itself, consumes),
        })
    }

    fn responses(&self, responses: &Value, produces: &[&str]) -> Value {
        let usual = texts(self.root.get("produces"));
        let one = |(code, response): (&String, &Value)| {
            let referred = named(response, "#/responses/");
            let made = match referred {
                _ if code.starts_with("x-") => response.clone(),
                Some(name) if *produces == *usual => {
                    json!({"$ref": format!("#/components/responses/{name}")})
                }
                Some(name) => response::raised(&self.root["responses"][name], produces),
                None => response::raised(response, produces),
            };
            (code.clone(), made)
        };
        Value::Object(members(Some(responses)).map(one).collect())
    }

    /// The parameters of a path or of an operation.
    fn inputs(&self, owner: &'d Value) -> Vec<Input<'d>> {
        let list = owner.get("parameters").and_then(Value::as_array);
        list.into_iter()
            .flatten()
            .map(|written| {
                let name = named(written, "#/parameters/");
                let itself = name.map_or(written, |name| &self.root["parameters"][name]);
                Input { name, itself }
            })
            .collect()
    }
}

/// A parameter, shared under a name or written in place.
struct Input<'d> {
    name: Option<&'d str>,
    itself: &'d Value,
}

impl Input<'_> {
    fn place(&self) -> &str {
        self.itself.get("in").and_then(Value::as_str).unwrap_or_default()
    }

    fn identity(&self) -> (&str, Option<&Value>) {
        (self.place(), self.itself.get("name"))
    }

    /// Whether it is the body, or a part of it.
    fn is_sent(&self) -> bool {
        matches!(self.place(), "body" | "formData")
    }

    fn raised(&self) -> Value {
        match self.name {
            Some(name) => json!({"$ref": format!("#/components/parameters/{name}")}),
            None => parameter::raised(self.itself),
        }
    }
}

/// The members of an object; of anything else, none.
fn members(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

/// The texts of a list.
fn texts(list: Option<&Value>) -> Vec<&str> {
    let list = list.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).collect()
}

/// What a reference names behind `before`.
fn named<'v>(value: &'v Value, before: &str) -> Option<&'v str> {
    value.get("$ref")?.as_str()?.strip_prefix(before)
}
