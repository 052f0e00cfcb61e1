//! `tree`: what hangs together with a connector: its source, its backends, registrations and grants. Client required.

#[cfg(test)]
mod tests;

use std::{fmt::Write as _, io::Write, process::ExitCode};

use serde::Serialize;

use super::{
    Failure,
    cluster::{self, Cluster, Within, backends::Backends, block_on},
    status::{print, readiness, tone_of},
    terminal::{Palette, Tone, counted},
};
use crate::{
    crd::{
        definition::Source,
        sharing::Principal,
        status::{BackendStatus, GrantState, GrantStatus, Registration, RegistrationState},
    },
    reconcile::{
        conditions::{self, Kind},
        parsed::Parsed,
        target::BackendKey,
    },
    source::Location,
};

/// Show a connector as a tree: source, backends, registrations and grants, each with how it stands
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// How the tree is printed
    #[arg(short, long, value_enum, value_name = "FORM", default_value_t = Output::Text)]
    output: Output,
    #[command(flatten)]
    cluster: cluster::Arguments,
    /// The connector
    #[arg(value_name = "NAME")]
    name: String,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
enum Output {
    /// Drawn with lines
    Text,
    /// Objects within objects
    Json,
}

/// Something that hangs together with others.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
struct Node {
    /// What it is.
    kind: &'static str,
    /// Which one.
    name: String,
    /// A word for how it stands; empty where there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    state: String,
    /// More about it.
    #[serde(skip_serializing_if = "String::is_empty")]
    detail: String,
    #[serde(skip)]
    tone: Tone,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    children: Vec<Self>,
}

impl Node {
    fn new(kind: &'static str, name: impl Into<String>) -> Self {
        Self {
            kind,
            name: name.into(),
            state: String::new(),
            detail: String::new(),
            tone: Tone::Plain,
            children: Vec::new(),
        }
    }

    fn state(mut self, state: impl Into<String>, tone: Tone) -> Self {
        self.state = state.into();
        self.tone = tone;
        self
    }

    fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    fn draw(&self, palette: &Palette) -> String {
        let mut text = String::new();
        self.draw_into(&mut text, "", "", palette);
        text
    }

    /// `first` stands before the node itself, `rest` before what hangs on it.
    fn draw_into(&self, text: &mut String, first: &str, rest: &str, palette: &Palette) {
        let (faint, strong, tone) = (
            palette.of_tone(Tone::Faint),
            palette.of_tone(Tone::Strong),
            palette.of_tone(self.tone),
        );
        // Writing into a string cannot fail.
        let _written = write!(
            text,
            "{faint}{first}{faint:#}{} {strong}{}{strong:#}",
            self.kind,
            one_line(&self.name)
        );
        if !self.state.is_empty() {
            let _written = write!(text, "  {tone}{}{tone:#}", one_line(&self.state));
        }
        if !self.detail.is_empty() {
            let _written = write!(text, "  {}", one_line(&self.detail));
        }
        text.push('\n');
        let last = self.children.len().saturating_sub(1);
        for (place, child) in self.children.iter().enumerate() {
            let (branch, below) = if place == last {
                ("└── ", "    ")
            } else {
                ("├── ", "│   ")
            };
            child.draw_into(
                text,
                &format!("{rest}{branch}"),
                &format!("{rest}{below}"),
                palette,
            );
        }
    }
}

/// What others wrote steers no terminal.
pub(super) fn one_line(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect()
}

/// Prints the tree to `output`.
pub(super) fn run(
    arguments: &Arguments,
    palette: &Palette,
    output: &mut impl Write,
) -> Result<ExitCode, Failure> {
    let Arguments {
        output: form,
        cluster: wanted,
        name,
    } = arguments;
    let (connector, backends) = block_on(async {
        let cluster = Cluster::connect(wanted).await?;
        let backends = Backends::read(&cluster, Within::Namespace(&cluster.namespace));
        tokio::try_join!(cluster.connector(name), backends)
    })?;
    let tree = tree(&connector, &backends);
    let text = match form {
        Output::Text => tree.draw(palette),
        Output::Json => serde_json::to_string_pretty(&tree).map_err(Failure::of("cannot write JSON"))? + "\n",
    };
    print(output, &text)?;
    Ok(ExitCode::SUCCESS)
}

fn tree(connector: &Parsed, backends: &Backends) -> Node {
    let (ready, reason, message) = readiness(connector);
    let key = connector.entry.key();
    let detail = if ready == "True" { String::new() } else { message };
    let mut root = Node::new("CustomConnector", key.to_string())
        .state(reason, tone_of(&ready))
        .detail(detail);
    root.children.extend(source(connector));
    let registrations = &connector.status.registrations;
    for registration in registrations {
        root.children.push(backend(connector, registration, backends));
    }
    // What was not told of yet.
    match backends.of(connector) {
        Ok(references) => {
            let untold = references.iter().filter(|reference| {
                !registrations
                    .iter()
                    .any(|it| it.backend_kind == reference.kind && it.backend_name == reference.name)
            });
            for reference in untold {
                let key = BackendKey::of(reference, &key.namespace);
                root.children.push(backend_itself(&key, backends));
            }
        }
        Err(stop) => root.children.push(
            Node::new("Backend", "none")
                .state(stop.reason.as_str(), Tone::Bad)
                .detail(stop.message),
        ),
    }
    root
}

/// The description, and what was found about it.
fn source(connector: &Parsed) -> Option<Node> {
    let spec = connector.spec.as_ref().ok()?;
    let (kind, name) = match &spec.definition.source {
        Source::Inline(_) => ("Description", "inline".to_owned()),
        Source::ConfigMapKeyRef(reference) => {
            ("ConfigMap", format!("{} key {}", reference.name, reference.key))
        }
        Source::SecretKeyRef(reference) => ("Secret", format!("{} key {}", reference.name, reference.key)),
        source @ Source::Url(_) => ("URL", Location::of(source, None).to_string().replace('`', "")),
    };
    let status = &connector.status;
    let ready = conditions::find(&status.conditions, Kind::SourceReady);
    let mut node = Node::new(kind, name);
    if let Some(ready) = ready {
        node = node.state(ready.reason.clone(), tone_of(&ready.status));
    }
    if let Some(definition) = &status.definition {
        let mut said = Vec::new();
        said.extend(definition.format.clone());
        said.extend(definition.title.as_ref().map(|title| format!("\"{title}\"")));
        said.extend(definition.version.clone());
        said.extend(
            definition
                .operations
                .and_then(|number| usize::try_from(number).ok())
                .map(|number| counted(number, "operation")),
        );
        node = node.detail(said.join(", "));
    }
    if let Some(validation) = &status.validation {
        let valid = conditions::find(&status.conditions, Kind::Valid);
        let counted = |number: i64, what| counted(usize::try_from(number).unwrap_or_default(), what);
        let mut said = format!(
            "{}, {}",
            counted(validation.errors, "error"),
            counted(validation.warnings, "warning")
        );
        if let Some(waived) = validation.waived {
            let _written = write!(said, ", {waived} waived");
        }
        let mut found = Node::new("Findings", said);
        if let Some(valid) = valid {
            found = found.state(valid.reason.clone(), tone_of(&valid.status));
        }
        node.children.push(found);
    }
    Some(node)
}

fn backend_itself(key: &BackendKey, backends: &Backends) -> Node {
    let name = if key.namespace.is_empty() {
        key.name.clone()
    } else {
        format!("{}/{}", key.namespace, key.name)
    };
    let node = Node::new(key.kind.as_str(), name);
    match backends.get(key) {
        Ok(object) => {
            let BackendStatus { conditions, .. } = &object.status;
            match conditions::find(conditions, Kind::Ready) {
                Some(ready) if ready.status == "True" => node.state(ready.reason.clone(), Tone::Good),
                Some(ready) => node
                    .state(ready.reason.clone(), tone_of(&ready.status))
                    .detail(ready.message.clone()),
                None => node.state("NotJudgedYet", Tone::Doubtful),
            }
        }
        Err(stop) => node.state(stop.reason.as_str(), Tone::Bad).detail(stop.message),
    }
}

fn backend(connector: &Parsed, registration: &Registration, backends: &Backends) -> Node {
    let key = BackendKey {
        kind: registration.backend_kind,
        ..BackendKey::of(
            &crate::crd::BackendReference {
                kind: registration.backend_kind,
                name: registration.backend_name.clone(),
            },
            &connector.entry.key().namespace,
        )
    };
    let mut node = backend_itself(&key, backends);
    let (state, tone) = match registration.state {
        RegistrationState::Registered => ("Registered", Tone::Good),
        RegistrationState::Pending => ("Pending", Tone::Doubtful),
        RegistrationState::Failed => ("Failed", Tone::Bad),
        RegistrationState::Missing => ("Missing", Tone::Bad),
        RegistrationState::Removing => ("Removing", Tone::Doubtful),
    };
    let name = registration.id.clone().unwrap_or_else(|| "none yet".to_owned());
    let mut registered = Node::new("Registration", name).state(state, tone);
    if let Some(error) = &registration.error {
        registered = registered.detail(format!("{}: {}", error.code, error.message));
    } else if let Some(url) = &registration.redirect_url {
        registered = registered.detail(format!("redirect URL {url}"));
    }
    let called = format!(
        "{}/{}",
        registration.backend_kind.as_str(),
        registration.backend_name
    );
    let sharing = connector.status.sharing.iter();
    let grants = sharing.flat_map(|sharing| &sharing.principals);
    let grants = grants.filter(|grant| grant.registration == called);
    registered
        .children
        .extend(grants.map(|status| grant(status, connector)));
    node.children.push(registered);
    node
}

fn grant(status: &GrantStatus, connector: &Parsed) -> Node {
    let GrantStatus {
        kind,
        id,
        role,
        registration: _,
        state,
        reason,
    } = status;
    let (word, tone) = match state {
        GrantState::Granted => ("Granted", Tone::Good),
        GrantState::Pending => ("Pending", Tone::Doubtful),
        GrantState::Expired => ("Expired", Tone::Faint),
        GrantState::Denied => ("Denied", Tone::Bad),
        GrantState::Failed => ("Failed", Tone::Bad),
    };
    let declared = connector.sharing().and_then(|sharing| {
        let is_it = |it: &&Principal| it.kind == *kind && it.id == *id && it.role == *role;
        sharing.principals.iter().find(is_it)
    });
    let mut said: Vec<String> = reason.iter().cloned().collect();
    if let Some(declared) = declared {
        said.extend(declared.expires_at.as_ref().map(|end| format!("until {}", end.0)));
        said.extend(declared.comment.as_ref().map(|comment| format!("({comment})")));
    }
    Node::new("Grant", format!("{role} to {} {id}", kind.as_str()))
        .state(word, tone)
        .detail(said.join(" "))
}
