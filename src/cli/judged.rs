//! What descriptions are judged by, on the command line as in a resource. No client.

use std::io;
use std::path::Path;

use super::Failure;
use super::excerpt::Excerpts;
use super::input::Input;
use super::terminal::{Palette, Remark, counted};
use crate::definition::{self, Checked, Operations, Settings, Severity};

/// The flags that say what a CustomConnector's spec says.
#[derive(Clone, Debug, Default, clap::Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// Where the API answers, as spec.serviceUrl says it
    #[arg(long, value_name = "URL")]
    pub(super) service_url: Option<String>,
    /// What to judge for: Import is what the backend needs, Certification what Microsoft's review needs as well
    #[arg(long, value_enum, value_name = "PROFILE", ignore_case = true, default_value_t)]
    pub(super) profile: Profile,
    /// Keep only these operations, as spec.definition.operations does: by operationId, tag or path, with *; several times
    #[arg(long, value_name = "PATTERN")]
    pub(super) include: Vec<String>,
    /// Leave these operations out, as spec.definition.operations does; several times
    #[arg(long, value_name = "PATTERN")]
    pub(super) exclude: Vec<String>,
}

/// The profiles as the resource spells them.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
#[value(rename_all = "PascalCase")]
pub(super) enum Profile {
    #[default]
    Import,
    Certification,
}

impl Arguments {
    /// The same for the engine.
    pub(super) fn settings(&self) -> Settings {
        let Self {
            service_url,
            profile,
            include,
            exclude,
        } = self;
        Settings {
            service_url: service_url.clone(),
            profile: match profile {
                Profile::Import => definition::Profile::Import,
                Profile::Certification => definition::Profile::Certification,
            },
            operations: Operations {
                include: include.clone(),
                exclude: exclude.clone(),
            },
            ..Settings::default()
        }
    }
}

/// Reads a description into `bytes` and checks it. The size is the whole one, also of what is too large to be read.
pub(super) fn check(input: &Input, settings: &Settings, bytes: &mut Vec<u8>) -> io::Result<Checked> {
    let size_bytes = input.read(settings.limits.bytes, bytes)?;
    Ok(Checked {
        size_bytes,
        ..definition::check(bytes, settings)
    })
}

/// A description that the user named, read and checked.
pub(super) struct Description {
    /// As it is called in output.
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
    pub(super) checked: Checked,
}

impl Description {
    /// Reads and checks what lies at `path`. Where that cannot be read, the failure says what was `attempted`.
    pub(super) fn read(path: &Path, settings: &Settings, attempted: &'static str) -> Result<Self, Failure> {
        let input = Input {
            path: path.to_owned(),
            is_named: true,
        };
        let name = input.name();
        let mut bytes = Vec::new();
        let checked = check(&input, settings, &mut bytes)
            .map_err(|error| Failure::of(attempted)(format!("{name}: {error}")))?;
        Ok(Self { name, bytes, checked })
    }

    /// Why it is refused: its errors with the lines they are about, then a sentence that ends with `therefore`.
    pub(super) fn refusal(&self, palette: &Palette, therefore: &str) -> String {
        let Self { name, bytes, checked } = self;
        let mut excerpts = Excerpts::new(bytes, checked.format, &checked.findings);
        let mut text = String::new();
        for finding in &checked.findings {
            if finding.severity() != Severity::Error {
                continue;
            }
            let remark = Remark {
                file: name,
                line: finding.line,
                column: finding.column,
                kind: Severity::Error.as_str(),
                severity: Severity::Error,
                code: finding.code(),
                message: &finding.message,
                help: finding.help(),
            };
            remark.print(excerpts.of(finding).as_ref(), palette, &mut text);
        }
        text + name + ": refused: " + &counted(checked.errors, "error") + "; " + therefore + "\n"
    }
}
