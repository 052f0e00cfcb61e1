//! The registry as a process of its own. Client required.

use std::{ffi::OsString, fs, path::PathBuf, time::Duration};

use http::Method;
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    Failure, binary, listening,
    supervised::{Program, Signal, Supervised},
};

/// What is left to it for ending in good order when the harness goes.
const GRACE: Duration = Duration::from_secs(5);
const LIMIT: Duration = Duration::from_secs(30);

/// How a registry is started.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Where its data and its log go. One that was used before brings its connectors back.
    pub(crate) folder: PathBuf,
    /// Whether faults can be put in and calls counted, at `/faults` and `/counters`.
    pub(crate) faults: bool,
    /// What each answer takes at least, in whole milliseconds.
    pub(crate) latency: Duration,
}

/// A running registry. Dropping it, or ending this process in any way, stops it.
#[derive(Debug)]
pub(crate) struct Registry {
    options: Options,
    process: Supervised,
    url: String,
    token: SecretString,
}

impl Registry {
    /// Starts it on a free port, and returns once it listens.
    pub(crate) async fn start(options: Options) -> Result<Self, Failure> {
        Self::listen(options, "127.0.0.1:0").await
    }

    async fn listen(options: Options, address: &str) -> Result<Self, Failure> {
        let data = options.folder.join("registry");
        let url_file = options.folder.join("registry.url");
        let mut arguments: Vec<OsString> = vec![
            "registry".into(),
            "--data-dir".into(),
            data.clone().into(),
            "--listen".into(),
            address.into(),
            "--url-file".into(),
            url_file.clone().into(),
            "--latency-ms".into(),
            options.latency.as_millis().to_string().into(),
        ];
        arguments.extend(options.faults.then(|| "--faults".into()));
        let program = Program {
            name: "the registry".to_owned(),
            path: binary(),
            arguments,
            environment: Vec::new(),
            log: options.folder.join("logs/registry.log"),
            grace: GRACE,
        };
        let (process, url) = listening::start(program, &url_file).await?;
        let token = data.join("token");
        let token = fs::read_to_string(&token).map_err(Failure::io(format!("read {}", token.display())))?;
        Ok(Self {
            options,
            process,
            url,
            token: token.trim().into(),
        })
    }

    /// Where it listens, without a slash at the end.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// What it wants to be shown.
    pub(crate) fn token(&self) -> &SecretString {
        &self.token
    }

    /// The process.
    pub(crate) fn process(&self) -> &Supervised {
        &self.process
    }

    /// A request with its token, to be completed and sent.
    pub(crate) fn request(&self, method: Method, path: &str) -> Result<reqwest::RequestBuilder, Failure> {
        let client = reqwest::Client::builder().timeout(LIMIT).build();
        let client = client.map_err(Failure::call("make a client for the registry"))?;
        Ok(client
            .request(method, format!("{}{path}", self.url))
            .bearer_auth(self.token.expose_secret()))
    }

    /// Kills it without a word, and starts it again at the same address on the same data.
    pub(crate) async fn kill_and_start_again(mut self) -> Result<Self, Failure> {
        self.process.signal(Signal::Kill)?;
        self.process.wait(LIMIT).await?;
        let address = self.url.trim_start_matches("http://").to_owned();
        Self::listen(self.options, &address).await
    }

    /// Kills it, and starts another at the same address, with the same token and nothing else of what there was.
    pub(crate) async fn kill_and_lose(mut self) -> Result<Self, Failure> {
        self.process.signal(Signal::Kill)?;
        self.process.wait(LIMIT).await?;
        let data = self.options.folder.join("registry");
        let listing = fs::read_dir(&data).map_err(Failure::io(format!("list {}", data.display())))?;
        for file in listing.flatten().filter(|file| file.file_name() != "token") {
            let path = file.path();
            fs::remove_file(&path).map_err(Failure::io(format!("remove {}", path.display())))?;
        }
        let address = self.url.trim_start_matches("http://").to_owned();
        Self::listen(self.options, &address).await
    }

    /// Stops answering without closing anything, as a backend does that hangs.
    pub(crate) fn pause(&mut self) -> Result<(), Failure> {
        self.process.signal(Signal::Pause)
    }

    /// Goes on where it stopped.
    pub(crate) fn resume(&mut self) -> Result<(), Failure> {
        self.process.signal(Signal::Resume)
    }
}
