//! The registry as a process: what survives its death, where it listens, how it ends.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests; a failure here is a failed test"
)]

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};

const WEB: &str =
    "/subscriptions/34adfa4f-cedf-4dc0-ba29-b6d1a69ab345/resourceGroups/team/providers/Microsoft.Web";
const V: &str = "api-version=2016-06-01";

/// A registry that is killed when the test ends, however it ends.
struct Running {
    child: Child,
    url: String,
    token: String,
    log: PathBuf,
}

impl Running {
    /// Starts it on `root/data`, and returns once it has said where it listens.
    fn start(root: &Path, arguments: &[&str]) -> Self {
        let log = root.join("log");
        let mut command = command(root, arguments);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut url)
            .unwrap();
        let token = fs::read_to_string(root.join("data/token")).unwrap();
        Self {
            child,
            url: url.trim().to_owned(),
            token,
            log,
        }
    }

    fn client(&self) -> Client {
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(30))
            .build()
            .unwrap();
        Client {
            http,
            url: self.url.clone(),
            token: self.token.clone(),
        }
    }

    fn signal(&self, signal: &str) {
        let process = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &process])
                .status()
                .unwrap()
                .success()
        );
    }

    /// How it ended, and what it had logged.
    fn ended(mut self) -> (ExitStatus, String) {
        let status = self.child.wait().unwrap();
        (status, fs::read_to_string(&self.log).unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[derive(Clone)]
struct Client {
    http: reqwest::Client,
    url: String,
    token: String,
}

impl Client {
    async fn put(&self, path: &str, body: &Value) -> Result<reqwest::StatusCode, reqwest::Error> {
        let request = self
            .http
            .put(format!("{}{path}", self.url))
            .bearer_auth(&self.token);
        Ok(request.json(body).send().await?.status())
    }

    async fn get(&self, path: &str) -> reqwest::Response {
        let request = self
            .http
            .get(format!("{}{path}", self.url))
            .bearer_auth(&self.token);
        request.send().await.unwrap()
    }

    /// The names of all connectors.
    async fn names(&self) -> BTreeSet<String> {
        let (mut path, mut names) = (format!("{WEB}/customApis?{V}&$top=100"), BTreeSet::new());
        loop {
            let page: Value = self.get(&path).await.json().await.unwrap();
            for item in page["value"].as_array().unwrap() {
                assert!(
                    names.insert(item["name"].as_str().unwrap().to_owned()),
                    "twice: {item}"
                );
            }
            match page["nextLink"].as_str() {
                Some(next) => next.strip_prefix(&self.url).unwrap().clone_into(&mut path),
                None => return names,
            }
        }
    }
}

fn command(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_connector-operator"));
    command
        .arg("registry")
        .arg("--data-dir")
        .arg(root.join("data"))
        .args(arguments)
        .env("CONNECTOR_OPERATOR_LOG", "debug");
    command
}

fn connector(client_secret: &str) -> Value {
    json!({
        "location": "local",
        "properties": {
            "swagger": {"swagger": "2.0", "info": {"title": "t", "version": "1"}, "host": "h.example", "paths": {}},
            "connectionParameters": {"token": {"type": "oauthSetting", "oAuthSettings": {"clientSecret": client_secret}}},
        },
    })
}

/// Registers connectors from many tasks until the registry is gone, and kills it after `answers`.
/// Returns the names that were answered with success.
async fn killed_under_load(mut running: Running, round: usize, answers: usize) -> BTreeSet<String> {
    let (answered, enough) = (
        Arc::new(AtomicUsize::new(0)),
        Arc::new(tokio::sync::Notify::new()),
    );
    let writers: Vec<_> = (0..16)
        .map(|writer| {
            let (client, answered, enough) = (running.client(), Arc::clone(&answered), Arc::clone(&enough));
            tokio::spawn(async move {
                let mut names = Vec::new();
                for index in 0.. {
                    let name = format!("r{round}-w{writer}-{index}");
                    match client
                        .put(&format!("{WEB}/customApis/{name}?{V}"), &connector("x"))
                        .await
                    {
                        Ok(status) => assert_eq!(status, reqwest::StatusCode::OK),
                        Err(_) => break,
                    }
                    names.push(name);
                    if answered.fetch_add(1, Ordering::Relaxed) == answers {
                        enough.notify_one();
                    }
                }
                names
            })
        })
        .collect();
    enough.notified().await;
    running.child.kill().unwrap();
    let mut names = BTreeSet::new();
    for writer in writers {
        names.extend(writer.await.unwrap());
    }
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_survives_kill_9() {
    let data = tempfile::tempdir().unwrap();
    let mut kept = BTreeSet::new();
    for round in 0..5 {
        let running = Running::start(data.path(), &[]);
        kept.extend(killed_under_load(running, round, 40 * (round + 1)).await);
        let again = Running::start(data.path(), &[]);
        let client = again.client();
        let found = client.names().await;
        let lost: Vec<_> = kept.difference(&found).collect();
        assert!(lost.is_empty(), "answered and lost in round {round}: {lost:?}");
        // What was written without an answer is allowed, in whole.
        for name in found.difference(&kept) {
            let document = client
                .get(&format!("{WEB}/customApis/{name}?{V}&export=true"))
                .await;
            assert_eq!(document.json::<Value>().await.unwrap()["swagger"], "2.0");
        }
        kept = found;
    }
    assert!(kept.len() > 600, "{}", kept.len());
}

#[tokio::test]
async fn it_says_where_it_listens_and_ends_when_told() {
    let data = tempfile::tempdir().unwrap();
    let url_file = data.path().join("url");
    let running = Running::start(data.path(), &["--url-file", url_file.to_str().unwrap()]);
    let healthy = running.client().get("/healthz").await;
    assert!(healthy.status().is_success());
    assert_eq!(fs::read_to_string(&url_file).unwrap().trim(), running.url);
    running.signal("-TERM");
    let (status, _) = running.ended();
    assert!(status.success(), "{status}");
}

#[tokio::test]
async fn it_ends_when_told_even_while_a_request_hangs() {
    let data = tempfile::tempdir().unwrap();
    let running = Running::start(data.path(), &["--faults"]);
    let client = running.client();
    let rules = json!([{"method": "GET", "action": {"type": "hang", "afterEffect": true}}]);
    assert!(client.put("/faults", &rules).await.unwrap().is_success());
    let hanging = tokio::spawn(async move {
        client
            .http
            .get(format!("{}{WEB}/customApis?{V}", client.url))
            .bearer_auth(&client.token)
            .send()
            .await
    });
    let counted = running.client();
    while counted.get("/counters").await.json::<Value>().await.unwrap()["requests"] == json!({}) {}
    running.signal("-TERM");
    let (status, _) = tokio::task::spawn_blocking(|| running.ended()).await.unwrap();
    assert!(status.success(), "{status}");
    assert!(hanging.await.unwrap().is_err());
}

#[test]
fn it_refuses_to_listen_beyond_loopback_without_tls() {
    let data = tempfile::tempdir().unwrap();
    let output = command(data.path(), &["--listen", "0.0.0.0:0"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("without TLS"), "{told}");
    assert!(output.stdout.is_empty(), "nobody may be told to connect");
}

#[tokio::test]
async fn with_a_certificate_it_listens_everywhere_and_its_links_are_https() {
    let data = tempfile::tempdir().unwrap();
    let signed = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let (certificate, key) = (data.path().join("cert.pem"), data.path().join("key.pem"));
    fs::write(&certificate, signed.cert.pem()).unwrap();
    fs::write(&key, signed.signing_key.serialize_pem()).unwrap();
    let (certificate, key) = (certificate.to_str().unwrap(), key.to_str().unwrap());
    let arguments = [
        "--listen",
        "0.0.0.0:0",
        "--tls-cert",
        certificate,
        "--tls-key",
        key,
    ];
    let running = Running::start(data.path(), &arguments);
    let root = reqwest::Certificate::from_pem(signed.cert.pem().as_bytes()).unwrap();
    let http = reqwest::Client::builder()
        .tls_certs_only([root])
        .timeout(Duration::from_secs(30))
        .build()
        .unwrap();
    let url = running.url.replace("0.0.0.0", "127.0.0.1");
    let client = Client {
        http,
        url,
        token: running.token.clone(),
    };
    let at = format!("{WEB}/customApis/a?{V}");
    assert!(client.put(&at, &connector("x")).await.unwrap().is_success());
    let shown: Value = client.get(&at).await.json().await.unwrap();
    let link = shown["properties"]["runtimeUrls"][0].as_str().unwrap();
    assert!(link.starts_with(&client.url), "{link}");
}

#[tokio::test]
async fn its_log_has_a_line_for_each_request_and_no_secret() {
    let data = tempfile::tempdir().unwrap();
    let running = Running::start(data.path(), &[]);
    let client = running.client();
    client
        .put(&format!("{WEB}/customApis/a?{V}"), &connector("canary"))
        .await
        .unwrap();
    client
        .put(
            &format!("{WEB}/customApis/a?{V}"),
            &json!({"location": {"canary": 1}}),
        )
        .await
        .unwrap();
    running.signal("-INT");
    let token = running.token.clone();
    let (status, log) = running.ended();
    assert!(status.success(), "{status}");
    assert_eq!(log.matches("answered").count(), 2, "{log}");
    assert!(!log.contains("canary"), "{log}");
    assert!(!log.contains(&token), "the token is logged");
}
