//! The log: one line an event on standard error, as text for people or JSON for machines. No client.

use std::{error::Error, io};

use tracing_subscriber::{
    EnvFilter,
    filter::{Directive, LevelFilter, ParseError},
};

use crate::record;

/// How the log looks, and how much of it there is.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub struct Arguments {
    /// How lines look: text for people, or one JSON object each
    #[arg(long, env = "CONNECTOR_OPERATOR_LOG_FORMAT", value_name = "FORM", value_enum, default_value_t = Format::Text)]
    log_format: Format,
    /// What is logged: error, warn, info, debug or trace, also by module, as in info,connector_operator::arm=debug
    #[arg(
        long = "log",
        env = "CONNECTOR_OPERATOR_LOG",
        value_name = "FILTER",
        default_value = "info"
    )]
    filter: String,
}

/// How a line looks.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
#[error("cannot log as `{filter}` says")]
pub struct LogError {
    filter: String,
    source: Box<dyn Error + Send + Sync>,
}

impl Arguments {
    /// From now on the process logs as these arguments say. Fails where the filter cannot be read, or where a log was
    /// set up before.
    pub fn init(self) -> Result<(), LogError> {
        let Self { log_format, filter } = self;
        let failed = |filter: &str| {
            let filter = filter.to_owned();
            move |source| LogError { filter, source }
        };
        let directives = EnvFilter::builder()
            .with_default_directive(LevelFilter::INFO.into())
            .parse(&filter)
            .map_err(|error| failed(&filter)(error.into()))?
            .add_directive(of_record(&filter)?);
        let log = tracing_subscriber::fmt()
            .with_env_filter(directives)
            .with_writer(io::stderr);
        match log_format {
            Format::Text => log.with_ansi(false).try_init(),
            Format::Json => log
                .json()
                .flatten_event(true)
                .with_current_span(true)
                .with_span_list(false)
                .try_init(),
        }
        .map_err(failed(&filter))
    }
}

/// The record of changes is whole, whatever else is left out: a filter would make gaps.
fn of_record(filter: &str) -> Result<Directive, LogError> {
    format!("{}=info", record::TARGET)
        .parse()
        .map_err(|error: ParseError| LogError {
            filter: filter.to_owned(),
            source: error.into(),
        })
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(Debug, clap::Parser)]
    struct Command {
        #[command(flatten)]
        log: Arguments,
    }

    #[test]
    fn a_filter_that_cannot_be_read_is_named_with_the_cause() {
        let command =
            Command::try_parse_from(["x", "--log", "info,=,=debug=", "--log-format", "json"]).unwrap();
        let error = command.log.init().unwrap_err();
        assert_eq!(error.to_string(), "cannot log as `info,=,=debug=` says");
        assert!(error.source().is_some());
    }

    #[test]
    fn the_log_is_text_at_info_unless_told_otherwise() {
        let log = Command::try_parse_from(["x"]).unwrap().log;
        assert_eq!((log.log_format, log.filter.as_str()), (Format::Text, "info"));
    }
}
