//! What people may do by Kubernetes' own roles, which the roles of `deploy/base` for people join. Client required.

use k8s_openapi::api::{
    authorization::v1::{ResourceAttributes, SubjectAccessReview, SubjectAccessReviewSpec},
    rbac::v1::{ClusterRole, ClusterRoleBinding, RoleBinding, RoleRef, Subject},
};
use kube::{Api, Client, api::PostParams, core::ObjectMeta};

use crate::{harness::poll::eventually, shared, site::LIMIT, stage};

const READ: [&str; 3] = ["get", "list", "watch"];
const WRITE: [&str; 5] = ["create", "update", "patch", "delete", "deletecollection"];
/// The verbs by which admission policies tell who may refer to what; no role that ships gives them.
const MADE_UP: [&str; 3] = ["use", "share", "approve"];
const KINDS: [&str; 3] = [
    "customconnectors",
    "connectorbackends",
    "clusterconnectorbackends",
];

fn role(name: &str) -> RoleRef {
    RoleRef {
        api_group: "rbac.authorization.k8s.io".to_owned(),
        kind: "ClusterRole".to_owned(),
        name: name.to_owned(),
    }
}

fn user(name: &str) -> Subject {
    Subject {
        api_group: Some("rbac.authorization.k8s.io".to_owned()),
        kind: "User".to_owned(),
        name: name.to_owned(),
        namespace: None,
    }
}

fn named(name: &str) -> ObjectMeta {
    ObjectMeta {
        name: Some(name.to_owned()),
        ..ObjectMeta::default()
    }
}

/// Whether the user may do it: in that namespace, or in the whole cluster.
async fn may(client: &Client, who: &str, verb: &str, resource: &str, namespace: Option<&str>) -> bool {
    let (resource, subresource) = resource
        .split_once('/')
        .map_or((resource, None), |(resource, part)| {
            (resource, Some(part.to_owned()))
        });
    let review = SubjectAccessReview {
        spec: SubjectAccessReviewSpec {
            user: Some(who.to_owned()),
            resource_attributes: Some(ResourceAttributes {
                group: Some("connectors.dev".to_owned()),
                namespace: namespace.map(str::to_owned),
                resource: Some(resource.to_owned()),
                subresource,
                verb: Some(verb.to_owned()),
                ..ResourceAttributes::default()
            }),
            ..SubjectAccessReviewSpec::default()
        },
        ..SubjectAccessReview::default()
    };
    let reviews = Api::<SubjectAccessReview>::all(client.clone());
    let reviewed = reviews.create(&PostParams::default(), &review).await.unwrap();
    reviewed.status.unwrap().allowed
}

/// Everything that the user may do, as `verb resource`.
async fn rights(client: &Client, who: &str, namespace: Option<&str>) -> Vec<String> {
    let mut rights = Vec::new();
    for kind in KINDS {
        let status = format!("{kind}/status");
        for verb in READ.into_iter().chain(WRITE).chain(MADE_UP) {
            for resource in [kind, &status] {
                if may(client, who, verb, resource, namespace).await {
                    rights.push(format!("{verb} {resource}"));
                }
            }
        }
    }
    rights
}

fn all(verbs: &[&str], kind: &str) -> Vec<String> {
    verbs.iter().map(|verb| format!("{verb} {kind}")).collect()
}

/// Waits until the roles have joined those of Kubernetes.
async fn joined(client: &Client) {
    let roles = Api::<ClusterRole>::all(client.clone());
    for name in ["view", "edit", "admin"] {
        eventually(&format!("{name} speaks of connectors"), LIMIT, async || {
            let role = roles.get(name).await.map_err(|error| error.to_string())?;
            let groups = role
                .rules
                .iter()
                .flatten()
                .filter_map(|rule| rule.api_groups.as_ref());
            if groups.flatten().any(|group| group == "connectors.dev") {
                Ok(())
            } else {
                Err(format!("{} rules", role.rules.unwrap_or_default().len()))
            }
        })
        .await;
    }
}

#[tokio::test]
async fn view_reads_edit_writes_connectors_and_admin_writes_backends() {
    let control_plane = stage::with_operator().await.control_plane();
    let client = control_plane.client().await.unwrap();
    joined(&client).await;
    let namespace = shared::namespace(&client, "roles").await;
    let bindings = Api::<RoleBinding>::namespaced(client.clone(), &namespace);
    let who = |name: &str| format!("{name}.{namespace}");
    for name in ["view", "edit", "admin"] {
        let binding = RoleBinding {
            metadata: named(name),
            role_ref: role(name),
            subjects: Some(vec![user(&who(name))]),
        };
        bindings.create(&PostParams::default(), &binding).await.unwrap();
    }

    let [connectors, backends, cluster_backends] = KINDS;
    let reads = KINDS.map(|kind| all(&READ, kind));
    let writes = |kind: &str| [all(&READ, kind), all(&WRITE, kind)].concat();
    let table = [
        ("view", reads.concat()),
        (
            "edit",
            [
                writes(connectors),
                all(&READ, backends),
                all(&READ, cluster_backends),
            ]
            .concat(),
        ),
        (
            "admin",
            [writes(connectors), writes(backends), all(&READ, cluster_backends)].concat(),
        ),
        ("nobody", Vec::new()),
    ];
    for (name, expected) in table {
        let found = rights(&client, &who(name), Some(&namespace)).await;
        assert_eq!(found, expected, "{name} in its namespace");
        let beyond = rights(&client, &who(name), None).await;
        assert_eq!(beyond, Vec::<String>::new(), "{name} beyond its namespace");
    }
}

#[tokio::test]
async fn only_administrators_of_the_cluster_write_its_backends() {
    let control_plane = stage::with_operator().await.control_plane();
    let client = control_plane.client().await.unwrap();
    joined(&client).await;
    let namespace = shared::namespace(&client, "wide-roles").await;
    let who = format!("admin.{namespace}");
    let binding = ClusterRoleBinding {
        metadata: named(&who),
        role_ref: role("admin"),
        subjects: Some(vec![user(&who)]),
    };
    let bindings = Api::<ClusterRoleBinding>::all(client.clone());
    bindings.create(&PostParams::default(), &binding).await.unwrap();

    let found = rights(&client, &who, None).await;
    let of_the_cluster: Vec<&String> = found
        .iter()
        .filter(|right| right.ends_with("clusterconnectorbackends"))
        .collect();
    assert_eq!(
        of_the_cluster,
        all(&READ, "clusterconnectorbackends").iter().collect::<Vec<_>>()
    );
}
