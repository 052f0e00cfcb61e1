//! What in an exchange is not as the official files say. No client.

use std::collections::BTreeSet;

use jsonschema::Validator;
use serde_json::Value;

use super::{
    official::{Official, Operation},
    recorder::Exchange,
};

impl Official {
    /// What is wrong with an exchange. `links` are the links to further pages that were answered before:
    /// whoever follows one sends it as it is.
    pub(crate) fn violations(&self, exchange: &Exchange, links: &BTreeSet<String>) -> Vec<String> {
        let Some(operation) = self.find(exchange) else {
            if self.is_not_at_hand(exchange) {
                return Vec::new();
            }
            return vec![format!(
                "{} {}: no such operation",
                exchange.method, exchange.target
            )];
        };
        let mut found = operation.path_violations(exchange);
        if !links.contains(&exchange.target) {
            found.extend(self.query_violations(operation, exchange));
        }
        found.extend(operation.body_violations(exchange));
        found.extend(self.answer_violations(operation, exchange));
        let told = found
            .into_iter()
            .map(|found| format!("{}: {found}", operation.id));
        told.collect()
    }

    fn query_violations(&self, operation: &Operation, exchange: &Exchange) -> Vec<String> {
        let mut found = Vec::new();
        let query = exchange.query();
        let declared: Vec<_> = operation
            .parameters
            .iter()
            .filter(|it| it.place == "query")
            .collect();
        for (name, value) in &query {
            if self.exports && operation.id == "CustomApis_Get" && name == "export" {
                continue;
            }
            match declared.iter().find(|it| it.name == *name) {
                None => found.push(format!("the query parameter `{name}` is not declared")),
                Some(parameter) => {
                    let number = parameter.is_number.then(|| value.parse::<i64>().ok()).flatten();
                    let value = number.map_or_else(|| Value::from(value.as_str()), Value::from);
                    found.extend(misfits(&parameter.schema, &value, &format!("query {name}")));
                }
            }
        }
        let missing = declared
            .iter()
            .filter(|it| it.required && !query.iter().any(|(name, _)| *name == it.name));
        found.extend(missing.map(|it| format!("the query parameter `{}` is missing", it.name)));
        let version = query.iter().find(|(name, _)| name == "api-version");
        if let Some((_, version)) = version.filter(|(_, version)| *version != operation.version) {
            found.push(format!(
                "api-version {version} is not that of the file, {}",
                operation.version
            ));
        }
        found
    }

    fn answer_violations(&self, operation: &Operation, exchange: &Exchange) -> Vec<String> {
        let place = format!("answer {}", exchange.status);
        let declared = operation.answers.get(&exchange.status.to_string());
        let is_error = exchange.status >= 400;
        let declared = declared.or_else(|| operation.answers.get("default").filter(|_| is_error));
        let Some(schema) = declared else {
            return vec![format!("{place} is not declared")];
        };
        match (schema, &exchange.answer) {
            (_, Some(document)) if self.exports && exchange.is_export() && !is_error => {
                let is_document = document["swagger"] == "2.0";
                Vec::from_iter((!is_document).then(|| format!("{place}: no OpenAPI 2.0 document")))
            }
            (Some(schema), Some(body)) => {
                let mut found = misfits(schema, body, &place);
                if !exchange.is_json {
                    found.push(format!("{place}: the content type is not JSON's"));
                }
                found
            }
            (None, None) => Vec::new(),
            (Some(_), None) => vec![format!("{place} has no body")],
            (None, Some(_)) => vec![format!("{place} has a body")],
        }
    }
}

impl Operation {
    fn path_violations(&self, exchange: &Exchange) -> Vec<String> {
        let said = self
            .path_parameters(exchange)
            .into_iter()
            .flat_map(|(name, value)| {
                let parameter = self
                    .parameters
                    .iter()
                    .find(|it| it.place == "path" && it.name == name);
                let parameter = parameter.unwrap_or_else(|| panic!("{}: {name} is not declared", self.id));
                misfits(&parameter.schema, &value.into(), &format!("path {name}"))
            });
        said.collect()
    }

    /// Nothing is expected of a request that was refused: it may have been wrong on purpose.
    fn body_violations(&self, exchange: &Exchange) -> Vec<String> {
        if exchange.status >= 400 {
            return Vec::new();
        }
        match (&self.body, &exchange.body) {
            (Some(schema), Some(body)) => misfits(schema, body, "request"),
            (None, None) => Vec::new(),
            (Some(_), None) => vec!["the request has no body".to_owned()],
            (None, Some(_)) => vec!["the request has a body".to_owned()],
        }
    }
}

/// Where `value` does not fit `schema`, without its words: they may be long.
pub(super) fn misfits(schema: &Validator, value: &Value, place: &str) -> Vec<String> {
    let errors = schema.iter_errors(value).map(|error| {
        let told: String = error.masked().to_string().chars().take(300).collect();
        format!("{place} at {:?}: {told}", error.instance_path().to_string())
    });
    errors.collect()
}
