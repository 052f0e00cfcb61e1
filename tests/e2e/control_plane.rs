//! The control plane itself: what every other test relies on.

use std::{
    env, fs,
    io::{self, BufRead as _, Read as _, Write as _},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use k8s_openapi::{
    api::{
        admissionregistration::v1::ValidatingAdmissionPolicy,
        core::v1::{ConfigMap, Namespace, ServiceAccount},
        rbac::v1::{PolicyRule, Role, RoleBinding, RoleRef, Subject},
    },
    apimachinery::pkg::apis::meta::v1::OwnerReference,
};
use kube::{
    Api, Client, Error, ResourceExt as _,
    api::{DeleteParams, ListParams, PostParams},
    core::ObjectMeta,
};

use crate::{
    harness::{
        control_plane::{ControlPlane, Options, client_of},
        poll::eventually,
    },
    shared,
};

const LIMIT: Duration = Duration::from_mins(1);

fn named(name: &str) -> ObjectMeta {
    ObjectMeta {
        name: Some(name.to_owned()),
        ..ObjectMeta::default()
    }
}

fn config_map(name: &str) -> ConfigMap {
    ConfigMap {
        metadata: named(name),
        ..ConfigMap::default()
    }
}

async fn create_config_map(client: &Client, namespace: &str, config_map: &ConfigMap) -> ConfigMap {
    let api = Api::<ConfigMap>::namespaced(client.clone(), namespace);
    api.create(&PostParams::default(), config_map).await.unwrap()
}

#[tokio::test]
async fn it_answers_with_the_version_it_was_built_from_and_serves_mutating_admission_policies() {
    let client = shared::control_plane().await.client().await.unwrap();

    let version = client.apiserver_version().await.unwrap();
    let admission = client
        .list_api_group_resources("admissionregistration.k8s.io/v1")
        .await
        .unwrap();

    assert!(
        !version.git_version.contains("master"),
        "the linker was told the version: {version:?}"
    );
    let kinds: Vec<_> = admission
        .resources
        .iter()
        .map(|resource| resource.kind.as_str())
        .collect();
    assert!(kinds.contains(&"MutatingAdmissionPolicy"), "{kinds:?}");
    Api::<ValidatingAdmissionPolicy>::all(client)
        .list(&ListParams::default())
        .await
        .unwrap();
}

#[tokio::test]
async fn kubectl_talks_to_it_as_the_administrator() {
    let control_plane = shared::control_plane().await;

    let output = control_plane
        .kubectl()
        .args(["auth", "whoami", "--output=name"])
        .output()
        .unwrap();
    let rights = control_plane
        .kubectl()
        .args(["auth", "can-i", "*", "*"])
        .output()
        .unwrap();

    assert!(output.status.success(), "{output:?}");
    assert_eq!(
        String::from_utf8_lossy(&rights.stdout).trim(),
        "yes",
        "{rights:?}"
    );
}

#[tokio::test]
async fn a_deleted_namespace_goes_with_all_that_is_in_it() {
    let client = shared::control_plane().await.client().await.unwrap();
    let namespace = shared::namespace(&client, "ends").await;
    create_config_map(&client, &namespace, &config_map("content")).await;
    let namespaces = Api::<Namespace>::all(client.clone());

    namespaces
        .delete(&namespace, &DeleteParams::default())
        .await
        .unwrap();

    eventually("the namespace is gone", LIMIT, async || {
        match namespaces.get_opt(&namespace).await {
            Ok(None) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
}

#[tokio::test]
async fn what_a_deleted_owner_owned_is_collected() {
    let client = shared::control_plane().await.client().await.unwrap();
    let namespace = shared::namespace(&client, "owns").await;
    let owner = create_config_map(&client, &namespace, &config_map("owner")).await;
    let reference = OwnerReference {
        api_version: "v1".to_owned(),
        kind: "ConfigMap".to_owned(),
        name: owner.name_any(),
        uid: owner.uid().unwrap(),
        ..OwnerReference::default()
    };
    let mut owned = config_map("owned");
    owned.owner_references_mut().push(reference);
    create_config_map(&client, &namespace, &owned).await;
    let config_maps = Api::<ConfigMap>::namespaced(client, &namespace);

    config_maps
        .delete("owner", &DeleteParams::default())
        .await
        .unwrap();

    eventually("the owned object is gone", LIMIT, async || {
        match config_maps.get_opt("owned").await {
            Ok(None) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
}

#[tokio::test]
async fn a_service_account_may_do_what_it_was_granted_and_nothing_else() {
    let control_plane = shared::control_plane().await;
    let client = control_plane.client().await.unwrap();
    let namespace = shared::namespace(&client, "account").await;
    let account = ServiceAccount {
        metadata: named("reader"),
        ..ServiceAccount::default()
    };
    Api::namespaced(client.clone(), &namespace)
        .create(&PostParams::default(), &account)
        .await
        .unwrap();
    let kubeconfig = control_plane
        .service_account_kubeconfig(&namespace, "reader")
        .await
        .unwrap();
    let reader = client_of(&kubeconfig).await.unwrap();
    let config_maps = Api::<ConfigMap>::namespaced(reader, &namespace);

    let refused = config_maps.list(&ListParams::default()).await.unwrap_err();
    grant_reading(&client, &namespace, "reader").await;
    eventually("the grant works", LIMIT, async || {
        config_maps.list(&ListParams::default()).await
    })
    .await;
    let still_refused = config_maps
        .create(&PostParams::default(), &config_map("x"))
        .await
        .unwrap_err();

    for error in [refused, still_refused] {
        let Error::Api(status) = &error else {
            panic!("{error:?}")
        };
        assert_eq!(status.code, 403, "signed in, and refused: {status:?}");
        assert!(
            status
                .message
                .contains(&format!("system:serviceaccount:{namespace}:reader")),
            "{status:?}"
        );
    }
}

async fn grant_reading(client: &Client, namespace: &str, account: &str) {
    let rule = PolicyRule {
        api_groups: Some(vec![String::new()]),
        resources: Some(vec!["configmaps".to_owned()]),
        verbs: vec!["list".to_owned()],
        ..PolicyRule::default()
    };
    let role = Role {
        metadata: named("reads"),
        rules: Some(vec![rule]),
    };
    let subject = Subject {
        kind: "ServiceAccount".to_owned(),
        name: account.to_owned(),
        namespace: Some(namespace.to_owned()),
        ..Subject::default()
    };
    let role_ref = RoleRef {
        api_group: "rbac.authorization.k8s.io".to_owned(),
        kind: "Role".to_owned(),
        name: "reads".to_owned(),
    };
    let binding = RoleBinding {
        metadata: named("reads"),
        role_ref,
        subjects: Some(vec![subject]),
    };
    Api::namespaced(client.clone(), namespace)
        .create(&PostParams::default(), &role)
        .await
        .unwrap();
    Api::namespaced(client.clone(), namespace)
        .create(&PostParams::default(), &binding)
        .await
        .unwrap();
}

#[tokio::test]
async fn one_create_is_counted_as_one_write_and_reading_and_trying_as_none() {
    let control_plane = shared::control_plane().await;
    let client = control_plane.client().await.unwrap();
    let namespace = shared::namespace(&client, "audit").await;
    let audit = control_plane.audit();
    let mark = audit.mark().unwrap();
    let config_maps = Api::<ConfigMap>::namespaced(client.clone(), &namespace);
    let trial = PostParams {
        dry_run: true,
        ..PostParams::default()
    };

    config_maps.list(&ListParams::default()).await.unwrap();
    config_maps.create(&trial, &config_map("tried")).await.unwrap();
    create_config_map(&client, &namespace, &config_map("counted")).await;
    config_maps
        .delete("counted", &DeleteParams::default())
        .await
        .unwrap();

    // The deletion came last, so once it is in the log all the others would be.
    let writes = eventually("the deletion is in the audit log", LIMIT, async || {
        let mut writes = audit.writes_since(mark).unwrap();
        writes.retain(|write| write.namespace == namespace && write.user == "admin");
        if writes.iter().any(|write| write.verb == "delete") {
            Ok(writes)
        } else {
            Err(format!("{writes:?}"))
        }
    })
    .await;
    let told: Vec<_> = writes
        .iter()
        .map(|write| (write.verb.as_str(), write.name.as_str(), write.status))
        .collect();
    assert_eq!(told, [("create", "counted", 201), ("delete", "counted", 200)]);
}

#[tokio::test]
async fn a_killed_parent_leaves_nothing_running_and_its_data_can_be_taken_up_again() {
    let folder = shared::run_folder().unwrap();
    let mut parent = Command::new(env::current_exe().unwrap())
        .args([
            "--ignored",
            "--exact",
            "control_plane::holds_a_control_plane_until_it_is_killed",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = parent.stdin.take().unwrap();
    writeln!(input, "{}", folder.path().display()).unwrap();
    eventually("the parent has a control plane", LIMIT * 2, async || {
        assert_eq!(parent.try_wait().unwrap(), None, "it waits to be killed");
        fs::metadata(folder.path().join("ready")).map(drop)
    })
    .await;
    let running = running_in(folder.path());
    for name in ["etcd", "kube-apiserver", "kube-controller-manager"] {
        let is = |line: &String| {
            line.split(' ')
                .next()
                .is_some_and(|path| path.ends_with(&format!("/{name}")))
        };
        assert_eq!(
            running.iter().filter(|line| is(line)).count(),
            1,
            "{name} runs: {running:?}"
        );
    }

    parent.kill().unwrap();
    parent.wait().unwrap();

    eventually("nothing of it runs", LIMIT, async || {
        match running_in(folder.path()) {
            none if none.is_empty() => Ok(()),
            some => Err(format!("{some:?}")),
        }
    })
    .await;
    let again = ControlPlane::start(Options {
        folder: folder.path().to_owned(),
    })
    .await
    .unwrap();
    let config_maps = Api::<ConfigMap>::namespaced(again.client().await.unwrap(), "default");
    config_maps.get("kept").await.unwrap();
    drop(again);
    assert_eq!(
        running_in(folder.path()),
        Vec::<String>::new(),
        "dropping it waits for its processes"
    );
}

#[tokio::test]
#[ignore = "is the parent that another test starts and kills"]
async fn holds_a_control_plane_until_it_is_killed() {
    let mut folder = String::new();
    io::stdin().lock().read_line(&mut folder).unwrap();
    let Some(folder) = folder.strip_suffix('\n').map(Path::new) else {
        println!("skipped: nobody has told a folder on standard input");
        return;
    };
    let control_plane = ControlPlane::start(Options {
        folder: folder.to_owned(),
    })
    .await
    .unwrap();
    create_config_map(
        &control_plane.client().await.unwrap(),
        "default",
        &config_map("kept"),
    )
    .await;
    fs::write(folder.join("ready"), "").unwrap();
    // Ends when whoever holds the other end is gone, so that this test is no leak either.
    io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

/// The command lines of all processes that name the folder.
fn running_in(folder: &Path) -> Vec<String> {
    let folder = folder.to_str().unwrap();
    fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| fs::read(entry.ok()?.path().join("cmdline")).ok())
        .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
        .filter(|line| line.contains(folder))
        .collect()
}
