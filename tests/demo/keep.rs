//! The keeper: starts everything and holds it until it is told to end. Client required.

use std::{
    fs,
    io::{self, BufRead as _},
    process,
    process::Stdio,
    time::{Duration, Instant},
};

use connector_operator::crd;
use kube::ResourceExt as _;
use serde_json::{Value, json};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::oneshot,
    time::interval,
};

use crate::{
    folder::{Folder, this_build},
    harness::{
        Failure,
        control_plane::{ControlPlane, Options},
        credentials::write_private,
        operator::{self, Operator},
    },
    keeper::{READY, STAY},
    say, served,
};

/// On two busy cores; two seconds are usual.
const OPERATOR_LIMIT: Duration = Duration::from_mins(1);
/// How often is looked whether all processes are still there.
const LOOK: Duration = Duration::from_secs(1);
/// The service account that `deploy/` gives the operator, and its namespace.
const ACCOUNT: &str = "connector-operator";

/// Starts everything, says so on standard output, and holds it until TERM comes or one of the processes ends. Before
/// it is told to stay, the end of standard input ends it as well: whoever asked for it has gone.
pub(crate) async fn keep(folder: &Folder) -> Result<(), Failure> {
    let Some(_held) = folder.try_hold()? else {
        return Err(Failure::io("keep a demo")(io::Error::other(
            "another keeper runs",
        )));
    };
    write_private(&folder.keeper_id(), &format!("{}\n", process::id()))?;
    let listen = |kind| signal(kind).map_err(Failure::io("listen for signals"));
    let mut terminate = listen(SignalKind::terminate())?;
    let mut interrupt = listen(SignalKind::interrupt())?;
    // The terminal it was started from may be closed.
    let _hangup = listen(SignalKind::hangup())?;
    let outcome = tokio::select! {
        outcome = hold(folder) => outcome,
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
        () = abandoned() => Ok(()),
    };
    // What was started is gone by now; down.sh waits for this process to be gone as well.
    fs::remove_file(folder.keeper_id()).unwrap_or_default();
    outcome
}

/// Everything that is started lives in here, so it ends where this is dropped: the operator first.
async fn hold(folder: &Folder) -> Result<(), Failure> {
    let step = Instant::now();
    let mut control_plane = ControlPlane::start(Options {
        folder: folder.path().to_owned(),
    })
    .await?;
    folder.link_commands(&control_plane.kubectl_path())?;
    done("control plane", step);

    let step = Instant::now();
    install(folder)?;
    done("definitions and rights of deploy/embedded-registry", step);

    let step = Instant::now();
    let served = served::serve(&folder.served_url()).await?;
    let mut operator = start_operator(folder, &control_plane).await?;
    done("operator with its embedded registry", step);

    write_private(&folder.build(), &this_build()?)?;
    say(format_args!("{READY}"));
    let mut ticks = interval(LOOK);
    loop {
        ticks.tick().await;
        control_plane.check()?;
        operator.check()?;
        if served.is_finished() {
            return Err(Failure::io("serve examples/served")(io::Error::other(
                "the server ended",
            )));
        }
    }
}

fn done(what: &str, since: Instant) {
    say(format_args!("  {what}: {:.1} s", since.elapsed().as_secs_f64()));
}

/// Applies what ships, but for what a node would have to run: there are no nodes.
fn install(folder: &Folder) -> Result<(), Failure> {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/embedded-registry");
    let rendered = output(folder, &["kustomize", source])?;
    let objects: Vec<Value> = serde_saphyr::from_multiple(&String::from_utf8_lossy(&rendered))
        .map_err(Failure::call(format!("read what {source} renders to")))?;
    let wanted = |object: &Value| {
        let of = |name| object.get(name).and_then(Value::as_str).unwrap_or_default();
        let group = of("apiVersion");
        group.starts_with("rbac.authorization.k8s.io/")
            || group.starts_with("apiextensions.k8s.io/")
            || matches!(of("kind"), "Namespace" | "ServiceAccount")
    };
    let items: Vec<Value> = objects.into_iter().filter(wanted).collect();
    let file = folder.path().join("deploy.json");
    let list = json!({ "apiVersion": "v1", "kind": "List", "items": items });
    write_private(&file, &list.to_string())?;
    let file = file.to_string_lossy();
    output(
        folder,
        &["apply", "--server-side", "--force-conflicts", "--filename", &file],
    )?;
    let names = crd::all().map(|definition| format!("crd/{}", definition.name_any()));
    let names = names.each_ref().map(String::as_str);
    let established = ["wait", "--for=condition=Established", "--timeout=60s"];
    output(folder, &[&established[..], &names[..]].concat()).map(drop)
}

/// What a `kubectl` of the administrator's prints; its complaints are part of the failure.
fn output(folder: &Folder, arguments: &[&str]) -> Result<Vec<u8>, Failure> {
    let attempt = || format!("run kubectl {}", arguments.join(" "));
    let output = folder
        .kubectl()
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(Failure::io(attempt()))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(Failure::io(attempt())(io::Error::other(told)))
}

async fn start_operator(folder: &Folder, control_plane: &ControlPlane) -> Result<Operator, Failure> {
    let kubeconfig = control_plane.service_account_kubeconfig(ACCOUNT, ACCOUNT).await?;
    let mut operator = Operator::start(operator::Options {
        kubeconfig,
        folder: folder.path().to_owned(),
        arguments: vec![
            "--embedded-registry".into(),
            "--data-dir".into(),
            folder.registry_data().into(),
            "--registry-url-file".into(),
            folder.registry_url().into(),
            "--lease-namespace".into(),
            ACCOUNT.into(),
            // The same after a restart, which need not wait for its own lease then.
            "--identity".into(),
            "demo".into(),
            // For the example whose description is served on this machine.
            "--allow-source-cidr".into(),
            "127.0.0.0/8".into(),
        ],
        environment: Vec::new(),
    })
    .await?;
    operator.ready(OPERATOR_LIMIT).await?;
    let token = folder.registry_data().join("token");
    let token = fs::read_to_string(&token).map_err(Failure::io(format!("read {}", token.display())))?;
    write_private(&folder.registry_token(), &token)?;
    Ok(operator)
}

/// Resolves when standard input ends before it says that the keeper is to stay.
async fn abandoned() {
    let (gone, told) = oneshot::channel();
    std::thread::spawn(move || {
        let stays = io::stdin()
            .lock()
            .lines()
            .map_while(Result::ok)
            .any(|line| line == STAY);
        if !stays {
            gone.send(()).unwrap_or_default();
        }
        // Dropping the sender unused says that it stays.
    });
    if told.await.is_err() {
        std::future::pending::<()>().await;
    }
}
