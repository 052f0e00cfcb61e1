use super::*;
use crate::arm::{Connection, CustomApiObserved, RoleAssignment};

const WEB: &str = "../shared/azure/azure-rest-api-specs/specification/web/resource-manager/Microsoft.Web/stable/2016-06-01/examples";
const AUTHORIZATION: &str = "../shared/azure/azure-rest-api-specs/specification/authorization/resource-manager/Microsoft.Authorization/stable/2022-04-01/examples";

/// The body of an official example's answer, or `None` where the examples are not at hand.
fn example(folder: &str, name: &str, status: &str) -> Option<Value> {
    let path = std::path::Path::new(folder).join(format!("{name}.json"));
    let Ok(text) = std::fs::read(&path) else {
        println!("skipped: no {}", path.display());
        return None;
    };
    let example: Value = serde_json::from_slice(&text).unwrap();
    Some(example["responses"][status]["body"].clone())
}

#[test]
fn official_connectors_are_read() {
    for name in ["customApisGet", "customApisCreateOrUpdate", "customApisUpdate"] {
        let Some(body) = example(WEB, name, "200") else {
            return;
        };
        let read: CustomApiObserved = serde_json::from_value(body).unwrap();
        assert_eq!(read.name(), "testCustomApi");
        assert_eq!(read.display_name.as_deref(), Some("testCustomApi"));
        assert_eq!(read.tags.contains_key("sampleTagKey"), name == "customApisUpdate");
    }
}

#[test]
fn official_connections_are_read() {
    let Some(body) = example(WEB, "connectionsGet", "200") else {
        return;
    };
    let read: Connection = serde_json::from_value(body).unwrap();
    assert_eq!(read.name(), "testManagedApi-1");
    assert_eq!(read.status.as_deref(), Some("Connected"));
    assert!(read.api_id.unwrap().ends_with("/managedApis/testManagedApi"));
}

#[tokio::test]
async fn official_lists_are_read() {
    let (Some(connectors), Some(connections), Some(assignments)) = (
        example(WEB, "customApisListByResourceGroup", "200"),
        example(WEB, "connectionsList", "200"),
        example(AUTHORIZATION, "RoleAssignments_ListForResource", "200"),
    ) else {
        return;
    };
    let replies = [&connectors, &connections, &assignments].map(|body| Reply::json(200, body));
    let (_backend, client) = answering(replies).await;
    let connectors = client.list_custom_apis(&scope()).next().await.unwrap().unwrap();
    assert_eq!(connectors.len(), 2);
    let connections = client.list_connections(&scope()).next().await.unwrap().unwrap();
    assert_eq!(connections.len(), 1);
    let filter = crate::arm::RoleAssignmentFilter::Everything;
    let mut pages = client.list_role_assignments(&contacts(), filter);
    let assignments = pages.next().await.unwrap().unwrap();
    assert_eq!(assignments.len(), 3);
    assert!(pages.next().await.unwrap().is_none());
    let database: ResourceId = assignments[2].scope.parse().unwrap();
    let here: Vec<bool> = assignments
        .iter()
        .map(|assignment| assignment.is_at(&database))
        .collect();
    assert_eq!(here, [false, false, true]);
}

#[test]
fn official_role_assignments_are_read() {
    for (name, status) in [
        ("RoleAssignments_Get", "200"),
        ("RoleAssignments_CreateForResource", "201"),
        ("RoleAssignments_Delete", "200"),
    ] {
        let Some(body) = example(AUTHORIZATION, name, status) else {
            return;
        };
        let read: RoleAssignment = serde_json::from_value(body).unwrap();
        assert_eq!(read.principal_type.as_deref(), Some("User"));
    }
}
