//! The operator as a process outside the cluster, signed in as its service account. Client required.

use std::{ffi::OsString, path::PathBuf, process::ExitStatus, time::Duration};

use super::{
    Failure, binary, listening,
    poll::poll,
    supervised::{Program, Signal, Supervised},
};

/// What is left to it for ending in good order when the harness goes.
const GRACE: Duration = Duration::from_secs(5);
const ANSWER_LIMIT: Duration = Duration::from_secs(10);
const KILL_LIMIT: Duration = Duration::from_secs(30);

/// How an operator is started.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Who it signs in as, and where.
    pub(crate) kubeconfig: PathBuf,
    /// Where its log goes; and its data, if the arguments say so.
    pub(crate) folder: PathBuf,
    /// What follows `run`, beside the address of its own server.
    pub(crate) arguments: Vec<OsString>,
    /// Its environment, beside what it inherits.
    pub(crate) environment: Vec<(OsString, OsString)>,
}

/// A running operator. Dropping it, or ending this process in any way, stops it.
#[derive(Debug)]
pub(crate) struct Operator {
    process: Supervised,
    url: String,
}

impl Operator {
    /// Starts it, and returns once its own server listens; see [`Operator::ready`].
    pub(crate) async fn start(options: Options) -> Result<Self, Failure> {
        let Options {
            kubeconfig,
            folder,
            arguments: further,
            environment: mut variables,
        } = options;
        let url_file = folder.join("metrics.url");
        let mut arguments: Vec<OsString> = vec![
            "run".into(),
            "--metrics-addr".into(),
            "127.0.0.1:0".into(),
            "--metrics-url-file".into(),
            url_file.clone().into(),
        ];
        arguments.extend(further);
        variables.push(("KUBECONFIG".into(), kubeconfig.into()));
        let program = Program {
            name: "the operator".to_owned(),
            path: binary(),
            arguments,
            environment: variables,
            log: folder.join("logs/operator.log"),
            grace: GRACE,
        };
        let (process, url) = listening::start(program, &url_file).await?;
        // The file holds the address of /metrics or of the server itself; the other paths are beside it.
        let url = url.trim_end_matches("/metrics").to_owned();
        Ok(Self { process, url })
    }

    /// Returns once `/readyz` says so.
    pub(crate) async fn ready(&mut self, limit: Duration) -> Result<(), Failure> {
        let waited = poll("the operator's /readyz", limit, async || {
            self.process.check()?;
            let answer = match self.get("/readyz").await {
                Ok((status, _)) if status.is_success() => Ok(()),
                Ok((status, text)) => Err(format!("{status}: {text}")),
                Err(failure) => Err(format!("{failure:?}")),
            };
            Ok(answer)
        })
        .await;
        waited.map_err(|failure| failure.with_tails(&[&self.process]))
    }

    /// The text of `/metrics`.
    pub(crate) async fn metrics(&self) -> Result<String, Failure> {
        Ok(self.get("/metrics").await?.1)
    }

    /// Where its own server listens, without a slash at the end.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The process.
    pub(crate) fn process(&self) -> &Supervised {
        &self.process
    }

    /// [`Failure::Ended`] with the end of its log, if it is not running.
    pub(crate) fn check(&mut self) -> Result<(), Failure> {
        self.process.check()
    }

    /// Kills it without a word; returns once it is gone.
    pub(crate) async fn kill(mut self) -> Result<(), Failure> {
        self.process.signal(Signal::Kill)?;
        self.process.wait(KILL_LIMIT).await.map(drop)
    }

    /// Asks it to end in good order; returns how it did.
    pub(crate) async fn stop(&mut self, limit: Duration) -> Result<ExitStatus, Failure> {
        self.process.signal(Signal::Terminate)?;
        let waited = self.process.wait(limit).await;
        waited.map_err(|failure| failure.with_tails(&[&self.process]))
    }

    async fn get(&self, path: &str) -> Result<(http::StatusCode, String), Failure> {
        let attempt = format!("get {}{path}", self.url);
        let client = reqwest::Client::builder().timeout(ANSWER_LIMIT).build();
        let client = client.map_err(Failure::call(attempt.clone()))?;
        let answer = client.get(format!("{}{path}", self.url)).send().await;
        let answer = answer.map_err(Failure::call(attempt.clone()))?;
        let status = answer.status();
        Ok((status, answer.text().await.map_err(Failure::call(attempt))?))
    }
}
