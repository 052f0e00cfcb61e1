//! From a connector's spec to the registration that is wanted: accept, fetch, parse, validate. Client required.

use std::{borrow::Cow, collections::BTreeMap};

use bytes::Bytes;
use kube::api::Api;
use secrecy::SecretString;

use super::{
    Context, Halt, Pass, Progress, WriteError,
    cause::chain,
    entry::Entry,
    reason::Reason,
    status::{Outcome, Stage, Stop},
};
use crate::{
    connector::{self, Registration, Remark},
    crd::{
        CustomConnector, CustomConnectorSpec,
        definition::{Definition, Icon},
        status::{DefinitionStatus, FindingStatus, ValidationStatus},
    },
    definition::{Checked, Finding, Format, Limits, Rule, Settings, Severity, check},
    source::{Answer, Fetched, Location},
};

/// Findings that status lists.
const LISTED: usize = 20;
/// From this size on a description is judged on a thread of its own: smaller ones take less than the hand-over.
const LARGE: usize = 16 << 10;

/// Everything that is sent, the same for every backend.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) registration: Registration,
    /// Values of client secrets, by parameter.
    pub(super) secrets: BTreeMap<String, SecretString>,
    pub(super) digest: String,
}

/// The description's bytes and the icon.
#[derive(Debug)]
pub(super) struct Described {
    fetched: Fetched,
    icon: Option<String>,
}

/// The spec, inline texts included, which the cache does not hold.
pub(super) async fn accept<'a>(
    pass: &'a Pass,
    context: &Context,
    progress: &mut Progress,
) -> Result<Cow<'a, CustomConnectorSpec>, Halt> {
    let entry = &pass.connector.entry;
    let spec = match &pass.connector.spec {
        Ok(spec) => spec,
        Err(unreadable) => {
            let stop = Stop::new(Reason::InvalidSpec, unreadable.to_string());
            return Err(stop_source(&mut progress.outcome, stop));
        }
    };
    if entry.inline_definition().is_none() && entry.inline_icon().is_none() {
        return Ok(Cow::Borrowed(spec));
    }
    let key = entry.key();
    let api = Api::<CustomConnector>::namespaced(context.client.clone(), &key.namespace);
    match api.get_opt(&key.name).await {
        Ok(Some(object)) if is_same(entry, &object) => Ok(Cow::Owned(object.spec)),
        Ok(Some(_)) => Err(Halt::Write(WriteError::Conflict)),
        Ok(None) => Err(Halt::Write(WriteError::Gone)),
        Err(error) => {
            tracing::warn!(connector = %key, error = chain(&error), "inline description not read");
            let message = "the object with the inline description could not be read from the API server";
            Err(stop_source(
                &mut progress.outcome,
                Stop::new(Reason::ApiServerUnavailable, message),
            ))
        }
    }
}

fn is_same(entry: &Entry, object: &CustomConnector) -> bool {
    object.metadata.uid.as_deref() == Some(entry.uid())
        && object.metadata.generation == Some(entry.generation())
}

/// Fetches description and icon. A periodic pass that finds the description unchanged ends here.
pub(super) async fn fetch(
    pass: &Pass,
    spec: &CustomConnectorSpec,
    context: &Context,
    progress: &mut Progress,
) -> Result<Described, Halt> {
    let key = pass.connector.entry.key();
    let [definition_version, icon_version] = &pass.config_maps;
    let location = Location::of(&spec.definition, definition_version.as_deref());
    let known = pass
        .connector
        .status
        .definition
        .as_ref()
        .and_then(|definition| definition.revision.as_deref());
    let known = known.filter(|_| pass.periodic && !pass.deep && can_skip(spec));
    let limit = Limits::default().bytes;
    let answer = context
        .sources
        .fetch(&key.namespace, location, known, limit)
        .await;
    let fetched = match answer {
        Ok(Answer::Fetched(fetched)) => fetched,
        Ok(Answer::Unchanged) => return Err(Halt::Unchanged),
        Err(error) => return Err(unfetched(pass, progress, &error)),
    };
    let icon = match &spec.icon {
        None => None,
        Some(icon) => {
            let icon = context
                .sources
                .icon(&key.namespace, icon, icon_version.as_deref(), None)
                .await;
            icon.map_err(|error| unfetched(pass, progress, &error))?
                .map(|icon| icon.data_uri)
        }
    };
    progress.outcome.source = Stage::Done(format!("fetched from {}", fetched.origin));
    Ok(Described { fetched, icon })
}

/// Whether an unchanged description means that nothing changed: no Secret may have, and no icon elsewhere.
fn can_skip(spec: &CustomConnectorSpec) -> bool {
    let outside = matches!(&spec.definition, Definition::Url(_) | Definition::SecretKeyRef(_));
    let secrets = spec.authentication.is_some() || spec.connection_parameters.is_some();
    outside && !secrets && !matches!(&spec.icon, Some(Icon::Url(_) | Icon::ConfigMapKeyRef(_)))
}

fn unfetched(pass: &Pass, progress: &mut Progress, error: &crate::source::SourceError) -> Halt {
    tracing::info!(connector = %pass.connector.entry.key(), error = chain(error), "not fetched");
    stop_source(&mut progress.outcome, Stop::from(error))
}

fn stop_source(outcome: &mut Outcome, stop: Stop) -> Halt {
    outcome.source = Stage::Stopped(stop);
    Halt::Stopped
}

/// Judges the description and assembles what is sent.
pub(super) async fn validate(
    pass: &Pass,
    spec: &CustomConnectorSpec,
    described: Described,
    context: &Context,
    progress: &mut Progress,
) -> Result<Judged, Halt> {
    let Described { fetched, icon } = described;
    let settings = Settings {
        service_url: spec.service_url.clone(),
        authentication: spec.authentication.is_some(),
        ..Settings::default()
    };
    let bytes = match fetched.unpacked(settings.limits.bytes) {
        Ok(bytes) => bytes,
        Err(error) => return Err(unfetched(pass, progress, &error)),
    };
    let mut checked = judge(bytes, settings, context).await;
    let document = checked.connector.take();
    let name = pass.connector.registered_name();
    let assembled = document.map(|document| connector::assemble(document, spec, name, icon));
    let (assembled, remarks, refusal) = match assembled {
        Some(Ok((registration, remarks))) => (Some(registration), remarks, None),
        Some(Err(error)) => (None, Vec::new(), Some(Stop::from(&error))),
        None => (None, Vec::new(), Some(refusal(&checked, fetched.secret))),
    };
    let outcome = &mut progress.outcome;
    outcome.definition = Some(described_as(&checked, &fetched));
    outcome.validation = Some(found(&checked, &remarks, fetched.secret));
    if let Some(stop) = refusal {
        outcome.valid = Stage::Stopped(stop);
        return Err(Halt::Stopped);
    }
    let format = checked.format.map_or("", Format::title);
    outcome.valid = Stage::Done(format!(
        "{format} with {}",
        counted(checked.operations, "operation")
    ));
    let Some(registration) = assembled else {
        return Err(Halt::Stopped);
    };
    let (secrets, revisions) = read_secrets(pass, &registration, context, progress).await?;
    let digest = registration.digest(&revisions);
    Ok(Judged {
        registration,
        secrets,
        digest,
    })
}

async fn judge(bytes: Bytes, settings: Settings, context: &Context) -> Checked {
    if bytes.len() < LARGE {
        return check(&bytes, &settings);
    }
    let permit = context.judging.acquire().await;
    let (copy, wished) = (bytes.clone(), settings.clone());
    let judged = tokio::task::spawn_blocking(move || check(&copy, &wished)).await;
    drop(permit);
    // The thread can only be lost with the runtime, which then drops this future as well.
    judged.unwrap_or_else(|_| check(&bytes, &settings))
}

/// Client secrets are read at the last moment; a Secret that is missing is waited for.
async fn read_secrets(
    pass: &Pass,
    registration: &Registration,
    context: &Context,
    progress: &mut Progress,
) -> Result<(BTreeMap<String, SecretString>, BTreeMap<String, String>), Halt> {
    let namespace = pass.connector.entry.key().namespace;
    let (mut values, mut revisions) = (BTreeMap::new(), BTreeMap::new());
    for (parameter, reference) in &registration.secrets {
        match context
            .sources
            .secret_value(&namespace, &reference.name, &reference.key)
            .await
        {
            Ok(secret) => {
                revisions.insert(parameter.clone(), secret.revision);
                values.insert(parameter.clone(), secret.value);
            }
            Err(error) => return Err(unfetched(pass, progress, &error)),
        }
    }
    Ok((values, revisions))
}

fn described_as(checked: &Checked, fetched: &Fetched) -> DefinitionStatus {
    let quoted = |text: &Option<String>| text.clone().filter(|_| !fetched.secret);
    DefinitionStatus {
        format: checked.format.map(|format| format.as_str().to_owned()),
        title: quoted(&checked.title),
        version: quoted(&checked.version),
        digest: Some(fetched.digest.clone()),
        size_bytes: i64::try_from(checked.size_bytes).ok(),
        operations: i64::try_from(checked.operations).ok(),
        source: Some(fetched.origin.clone()),
        revision: Some(fetched.revision.clone()),
    }
}

/// What status says of the findings. Advice about the description stays with the command line: it would double the
/// size of a sound connector's status, which the API server decodes, compares and encodes several times a write.
fn found(checked: &Checked, remarks: &[Remark], secret: bool) -> ValidationStatus {
    let weighty = checked
        .findings
        .iter()
        .filter(|finding| finding.severity() < Severity::Info);
    let mut findings: Vec<(Severity, FindingStatus)> = weighty.map(|it| told(it, secret)).collect();
    findings.extend(remarks.iter().map(remarked));
    findings.sort_by_key(|(severity, _)| *severity);
    findings.truncate(LISTED);
    let remarked = remarks
        .iter()
        .filter(|remark| remark.severity == Severity::Warning)
        .count();
    ValidationStatus {
        errors: i64::try_from(checked.errors).unwrap_or(i64::MAX),
        warnings: i64::try_from(checked.warnings + remarked).unwrap_or(i64::MAX),
        findings: findings.into_iter().map(|(_, finding)| finding).collect(),
    }
}

fn told(finding: &Finding, secret: bool) -> (Severity, FindingStatus) {
    let finding = if secret {
        finding.clone().without_quotes()
    } else {
        finding.clone()
    };
    let status = FindingStatus {
        code: finding.code().to_owned(),
        severity: finding.severity().as_str().to_owned(),
        line: finding.line.into(),
        column: finding.column.into(),
        help: finding.help().to_owned(),
        pointer: finding.pointer.clone(),
        message: finding.message.clone(),
    };
    (finding.severity(), status)
}

fn remarked(remark: &Remark) -> (Severity, FindingStatus) {
    let status = FindingStatus {
        code: remark.code.to_owned(),
        severity: remark.severity.as_str().to_owned(),
        pointer: remark.pointer.to_owned(),
        line: 1,
        column: 1,
        message: remark.message.clone(),
        help: remark.help.to_owned(),
    };
    (remark.severity, status)
}

/// The first error, with its place.
fn refusal(checked: &Checked, secret: bool) -> Stop {
    let first = checked
        .findings
        .iter()
        .find(|finding| finding.severity() == Severity::Error);
    let Some(first) = first else {
        return Stop::new(
            Reason::InternalError,
            "the description was refused without a finding",
        );
    };
    let first = if secret {
        first.clone().without_quotes()
    } else {
        first.clone()
    };
    let unsupported = first.rule == Rule::FormatNotAccepted;
    let reason = if unsupported {
        Reason::FormatNotSupported
    } else {
        Reason::DefinitionInvalid
    };
    let message = format!(
        "{}; the first, at line {}, column {}: {} {} [{}]",
        counted(checked.errors, "error"),
        first.line,
        first.column,
        first.message,
        first.help(),
        first.code(),
    );
    Stop::new(reason, message)
}

/// `1 error`, `2 errors`.
pub(super) fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::{Settings, Severity, check, found};

    #[test]
    fn status_tells_what_is_wrong_and_leaves_advice_to_the_command_line() {
        let text = r#"{
            "swagger": "2.0", "info": { "title": "Clock", "version": "1" }, "host": "clock.example.com",
            "paths": { "/time": { "get": { "operationId": "GetTime", "responses": { "200": { "description": "ok" } } } } }
        }"#;
        let checked = check(text.as_bytes(), &Settings::default());
        let advice = Severity::Info.as_str();
        assert!(
            checked
                .findings
                .iter()
                .any(|finding| finding.severity().as_str() == advice)
        );
        let told = found(&checked, &[], false);
        assert_eq!(told.findings.len(), checked.warnings);
        assert!(!told.findings.iter().any(|finding| finding.severity == advice));
    }
}
