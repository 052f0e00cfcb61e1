//! What the embedded registry holds, asked as any client of the contract would. Client required.

use std::{fs, path::Path, time::Duration};

use connector_operator::registry::BUILT_IN_ROLES;
use serde_json::Value;

use crate::{folder::Folder, harness::Failure};

/// Every connector of every group, whoever registered it.
pub(crate) const CONNECTORS: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/providers/Microsoft.Web/customApis?api-version=2016-06-01";
const LIMIT: Duration = Duration::from_secs(10);

/// One line of the table: a connector, and somebody who may do something with it.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Line {
    pub(crate) group: String,
    pub(crate) connector: String,
    pub(crate) role: String,
    pub(crate) principal: String,
}

/// Everything, in order; a connector that nobody may use has one line, with dashes.
pub(crate) async fn held(folder: &Folder) -> Result<Vec<Line>, Failure> {
    let url = read(&folder.registry_url())?;
    let token = read(&folder.registry_token())?;
    let client = reqwest::Client::builder().timeout(LIMIT).build();
    let client = client.map_err(Failure::call("make a client for the registry"))?;
    let get = async |path: &str| -> Result<Vec<Value>, Failure> {
        let attempt = format!("get {path} of the registry");
        let answer = client.get(format!("{url}{path}")).bearer_auth(&token).send();
        let answer = answer.await.and_then(reqwest::Response::error_for_status);
        let answer = answer.map_err(Failure::call(attempt.clone()))?;
        let body: Value = answer.json().await.map_err(Failure::call(attempt))?;
        Ok(body
            .get("value")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default())
    };
    let mut lines = Vec::new();
    for connector in get(CONNECTORS).await? {
        let id = text(&connector, "/id");
        let assignments = get(&format!(
            "{id}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter=atScope()"
        ))
        .await?;
        let line = |role: String, principal: String| Line {
            group: id.split('/').nth(4).unwrap_or_default().to_owned(),
            connector: text(&connector, "/name").to_owned(),
            role,
            principal,
        };
        if assignments.is_empty() {
            lines.push(line("-".to_owned(), "-".to_owned()));
        }
        for assignment in assignments {
            let of = |name| text(&assignment, name);
            let principal = format!(
                "{} {}",
                of("/properties/principalType"),
                of("/properties/principalId")
            );
            let role = role(of("/properties/roleDefinitionId"));
            lines.push(line(role, principal));
        }
    }
    lines.sort();
    Ok(lines)
}

/// The role's name; its id where the registry has it from elsewhere.
fn role(id: &str) -> String {
    let last = id.rsplit('/').next().unwrap_or_default();
    let known = BUILT_IN_ROLES.iter().find(|(_, role)| role.to_string() == last);
    known.map_or_else(|| last.to_owned(), |(name, _)| (*name).to_owned())
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn read(path: &Path) -> Result<String, Failure> {
    let text = fs::read_to_string(path).map_err(Failure::io(format!("read {}", path.display())))?;
    Ok(text.trim().to_owned())
}
