//! `status`: connectors, and how they stand. Client required.

#[cfg(test)]
mod tests;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use serde::Serialize;

use super::{
    Failure,
    cluster::{self, Cluster, Everywhere, block_on},
    table::{Column, Form, Row, render},
    terminal::{Palette, Tone},
};
use crate::reconcile::{
    conditions::{self, Kind, Truth},
    parsed::Parsed,
};

/// Show connectors: whether they are ready, why not, where they are registered and with how many they are shared
///
/// Ends with 0 if all are ready, with 1 if one is not, and with 2 if the cluster could not be asked.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// How connectors are printed
    #[arg(short, long, value_enum, value_name = "FORM", default_value_t = Form::Table)]
    output: Form,
    #[command(flatten)]
    cluster: cluster::Arguments,
    #[command(flatten)]
    everywhere: Everywhere,
    /// Connectors to show [default: all of the namespace]
    #[arg(value_name = "NAME", conflicts_with = "all_namespaces")]
    names: Vec<String>,
}

/// A connector as it stands.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Standing {
    namespace: String,
    name: String,
    ready: String,
    reason: String,
    suspended: bool,
    registered: String,
    shared: String,
    unmanaged: Option<i64>,
    format: String,
    operations: Option<i64>,
    errors: Option<i64>,
    warnings: Option<i64>,
    waived: Option<i64>,
    backends: String,
    revision: String,
    since: String,
    message: String,
}

impl Row for Standing {
    const COLUMNS: &'static [Column] = &[
        Column::new("namespace", "NAMESPACE"),
        Column::new("name", "NAME"),
        Column::new("ready", "READY"),
        Column::new("reason", "REASON"),
        Column::new("suspended", "SUSPENDED"),
        Column::new("registered", "REGISTERED"),
        Column::new("shared", "SHARED"),
        Column::wide("unmanaged", "UNMANAGED"),
        Column::wide("format", "FORMAT"),
        Column::wide("operations", "OPERATIONS"),
        Column::wide("errors", "ERRORS"),
        Column::wide("warnings", "WARNINGS"),
        Column::wide("waived", "WAIVED"),
        Column::wide("backends", "BACKENDS"),
        Column::wide("revision", "REVISION"),
        Column::wide("since", "SINCE"),
        Column::new("message", "MESSAGE"),
    ];

    fn cells(&self) -> Vec<String> {
        let Self {
            namespace,
            name,
            ready,
            reason,
            suspended,
            registered,
            shared,
            unmanaged,
            format,
            operations,
            errors,
            warnings,
            waived,
            backends,
            revision,
            since,
            message,
        } = self.clone();
        let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
        vec![
            namespace,
            name,
            ready,
            reason,
            suspended.to_string(),
            registered,
            shared,
            number(unmanaged),
            format,
            number(operations),
            number(errors),
            number(warnings),
            number(waived),
            backends,
            revision,
            since,
            message,
        ]
    }

    fn tone(&self, column: &str) -> Tone {
        match column {
            "ready" => tone_of(&self.ready),
            "suspended" if self.suspended => Tone::Doubtful,
            _ => Tone::Plain,
        }
    }
}

/// How the truth of `Ready` is to be seen.
pub(super) fn tone_of(truth: &str) -> Tone {
    match truth {
        "True" => Tone::Good,
        "False" => Tone::Bad,
        _ => Tone::Doubtful,
    }
}

/// Whether a connector is ready, in its present generation: `True`, `False` or `Unknown`, the reason, and a sentence.
pub(super) fn readiness(connector: &Parsed) -> (String, String, String) {
    let unknown = Truth::Unknown.as_str().to_owned();
    let Some(ready) = conditions::find(&connector.status.conditions, Kind::Ready) else {
        let message = "no pass has told of it yet".to_owned();
        return (unknown, "NotJudgedYet".to_owned(), message);
    };
    if connector.is_told_of() {
        return (ready.status.clone(), ready.reason.clone(), ready.message.clone());
    }
    let message = format!(
        "generation {} was not judged yet; of generation {}: {} {}",
        connector.entry.generation(),
        ready.observed_generation.unwrap_or_default(),
        ready.reason,
        ready.message
    );
    (unknown, "NotJudgedYet".to_owned(), message)
}

impl Standing {
    /// How a connector stands, by its status.
    pub(super) fn of(connector: &Parsed) -> Self {
        let Parsed { entry, spec, status } = connector;
        let (ready, reason, message) = readiness(connector);
        let message = match (entry.is_deleting(), spec) {
            (true, _) => format!("being deleted: {message}"),
            (false, Err(unreadable)) => unreadable.to_string(),
            (false, Ok(_)) => message,
        };
        let (definition, validation) = (status.definition.as_ref(), status.validation.as_ref());
        let backends = status
            .registrations
            .iter()
            .map(|it| format!("{}/{}", it.backend_kind.as_str(), it.backend_name));
        let since = conditions::find(&status.conditions, Kind::Ready);
        Self {
            namespace: entry.key().namespace.to_string(),
            name: entry.name().to_owned(),
            ready,
            reason,
            suspended: connector.is_suspended(),
            registered: status.registered.clone().unwrap_or_default(),
            shared: status
                .sharing
                .as_ref()
                .map(|sharing| sharing.summary.clone())
                .unwrap_or_default(),
            unmanaged: status.sharing.as_ref().map(|sharing| sharing.unmanaged),
            format: definition.and_then(|it| it.format.clone()).unwrap_or_default(),
            operations: definition.and_then(|it| it.operations),
            errors: validation.map(|it| it.errors),
            warnings: validation.map(|it| it.warnings),
            waived: validation.map(|it| it.waived.unwrap_or_default()),
            backends: backends.collect::<Vec<_>>().join(" "),
            revision: definition.and_then(|it| it.revision.clone()).unwrap_or_default(),
            since: since
                .map(|ready| ready.last_transition_time.0.to_string())
                .unwrap_or_default(),
            message,
        }
    }

    fn is_ready(&self) -> bool {
        self.ready == Truth::True.as_str()
    }
}

/// Prints how connectors stand to `output`; that there are none goes to `remarks`.
pub(super) fn run(
    arguments: &Arguments,
    palette: &Palette,
    output: &mut impl Write,
    remarks: &mut impl Write,
) -> Result<ExitCode, Failure> {
    let Arguments {
        output: form,
        cluster: wanted,
        everywhere,
        names,
    } = arguments;
    let (connectors, place) = block_on(async {
        let cluster = Cluster::connect(wanted).await?;
        let within = cluster.within(everywhere);
        let connectors = if names.is_empty() {
            cluster.connectors(within).await?
        } else {
            cluster.named(names).await?
        };
        Ok((connectors, within.to_string()))
    })?;
    let rows: Vec<Standing> = connectors.iter().map(Standing::of).collect();
    if rows.is_empty() {
        writeln!(remarks, "No CustomConnectors in {place}.")
            .map_err(Failure::of("cannot write to standard error"))?;
    }
    let hidden: &[&str] = if everywhere.is_all() { &[] } else { &["namespace"] };
    let empty = rows.is_empty() && matches!(form, Form::Table | Form::Wide);
    if !empty {
        print(output, &render(&rows, *form, hidden, palette)?)?;
    }
    Ok(if rows.iter().all(Standing::is_ready) {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

/// Writes a text to standard output.
pub(super) fn print(output: &mut impl Write, text: &str) -> Result<(), Failure> {
    output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush())
        .map_err(|error: io::Error| Failure::of("cannot write to standard output")(error))
}
