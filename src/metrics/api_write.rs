//! What a request asks the API server to change, as labels of a closed set. No client.

use http::Method;

/// Everything that this program writes, with its subresource.
const RESOURCES: [&str; 8] = [
    "customconnectors",
    "customconnectors/status",
    "connectorbackends",
    "connectorbackends/status",
    "clusterconnectorbackends",
    "clusterconnectorbackends/status",
    "events",
    "leases",
];

/// Resource and verb of a write; `None` for a read. A resource that is not known counts as `other`.
pub fn api_write(method: &Method, path: &str) -> Option<(&'static str, &'static str)> {
    let verb = match *method {
        Method::POST => "create",
        Method::PUT => "update",
        Method::PATCH => "patch",
        Method::DELETE => "delete",
        _ => return None,
    };
    // /apis/{group}/{version}[/namespaces/{namespace}]/{resource}[/{name}[/{subresource}]]
    let segments: Vec<&str> = path.split('/').skip(4).collect();
    let rest = match segments.as_slice() {
        ["namespaces", _, rest @ ..] => rest,
        rest => rest,
    };
    let wanted = match rest {
        [resource, _, subresource, ..] => format!("{resource}/{subresource}"),
        [resource, ..] => (*resource).to_owned(),
        [] => String::new(),
    };
    let known = RESOURCES.into_iter().find(|resource| *resource == wanted);
    Some((known.unwrap_or("other"), verb))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_are_told_by_resource_and_verb() {
        let ours = "/apis/connectors.dev/v1alpha1";
        for (method, path, expected) in [
            (
                Method::PATCH,
                format!("{ours}/namespaces/a/customconnectors/b/status"),
                Some(("customconnectors/status", "patch")),
            ),
            (
                Method::PATCH,
                format!("{ours}/namespaces/a/customconnectors/b"),
                Some(("customconnectors", "patch")),
            ),
            (
                Method::PATCH,
                format!("{ours}/clusterconnectorbackends/b/status"),
                Some(("clusterconnectorbackends/status", "patch")),
            ),
            (
                Method::POST,
                "/apis/events.k8s.io/v1/namespaces/a/events".to_owned(),
                Some(("events", "create")),
            ),
            (
                Method::PUT,
                "/apis/coordination.k8s.io/v1/namespaces/a/leases/b".to_owned(),
                Some(("leases", "update")),
            ),
            (
                Method::DELETE,
                "/api/v1/namespaces/a/pods/b".to_owned(),
                Some(("other", "delete")),
            ),
            (
                Method::GET,
                format!("{ours}/namespaces/a/customconnectors/b"),
                None,
            ),
        ] {
            assert_eq!(api_write(&method, &path), expected, "{method} {path}");
        }
    }
}
