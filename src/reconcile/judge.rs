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
    told::{described_as, found, lost, refusal},
};
use crate::{
    connector::{self, Registration},
    crd::{
        self, CustomConnector, CustomConnectorSpec,
        definition::{Icon, Source},
    },
    definition::{Checked, Format, Limits, Operations, Profile, Settings, Waiver, check},
    source::{Answer, Fetched, Location},
};

/// From this size on a description is judged on a thread of its own: smaller ones take less than the hand-over.
const LARGE: usize = 16 << 10;

/// Everything that is sent, the same for every backend.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) registration: Registration,
    /// Values of client secrets, by parameter.
    pub(super) secrets: BTreeMap<String, SecretString>,
    pub(super) digest: String,
    /// Whether the description comes from a Secret: then nothing of it is quoted.
    pub(super) secret: bool,
}

/// The description's bytes and the icon.
#[derive(Debug)]
pub(super) struct Described {
    fetched: Fetched,
    icon: Option<String>,
}

/// The spec, inline texts included, which the cache does not hold.
pub(super) async fn accept<'a, C>(
    pass: &'a Pass<C>,
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
pub(super) async fn fetch<C>(
    pass: &Pass<C>,
    spec: &CustomConnectorSpec,
    context: &Context,
    progress: &mut Progress,
) -> Result<Described, Halt> {
    let key = pass.connector.entry.key();
    let [definition_version, icon_version] = &pass.config_maps;
    let location = Location::of(&spec.definition.source, definition_version.as_deref());
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
    let outside = matches!(&spec.definition.source, Source::Url(_) | Source::SecretKeyRef(_));
    let secrets = spec.authentication.is_some() || spec.connection_parameters.is_some();
    outside && !secrets && !matches!(&spec.icon, Some(Icon::Url(_) | Icon::ConfigMapKeyRef(_)))
}

fn unfetched<C>(pass: &Pass<C>, progress: &mut Progress, error: &crate::source::SourceError) -> Halt {
    tracing::info!(connector = %pass.connector.entry.key(), error = chain(error), "not fetched");
    stop_source(&mut progress.outcome, Stop::from(error))
}

fn stop_source(outcome: &mut Outcome, stop: Stop) -> Halt {
    outcome.source = Stage::Stopped(stop);
    Halt::Stopped
}

/// Judges the description and assembles what is sent.
pub(super) async fn validate<C>(
    pass: &Pass<C>,
    spec: &CustomConnectorSpec,
    described: Described,
    context: &Context,
    progress: &mut Progress,
) -> Result<Judged, Halt> {
    let Described { fetched, icon } = described;
    let settings = settings(spec);
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
    outcome.conversion = Some(lost(&checked, fetched.secret));
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
        secret: fetched.secret,
    })
}

/// How the spec wants its description judged.
pub fn settings(spec: &CustomConnectorSpec) -> Settings {
    Settings {
        service_url: spec.service_url.clone(),
        authentication: spec.authentication.is_some(),
        operations: operations(spec),
        profile: profile(spec),
        waivers: waivers(spec),
        ..Settings::default()
    }
}

/// The filter that the spec asks for.
fn operations(spec: &CustomConnectorSpec) -> Operations {
    let wanted = spec.definition.operations.clone().unwrap_or_default();
    let crd::definition::Operations { include, exclude } = wanted;
    Operations { include, exclude }
}

/// What the description is judged for.
fn profile(spec: &CustomConnectorSpec) -> Profile {
    let chosen = spec.validation.as_ref().and_then(|validation| validation.profile);
    match chosen.unwrap_or_default() {
        crd::validation::Profile::Import => Profile::Import,
        crd::validation::Profile::Certification => Profile::Certification,
    }
}

/// The findings that are accepted.
fn waivers(spec: &CustomConnectorSpec) -> Vec<Waiver> {
    let waived = spec.validation.iter().flat_map(|validation| &validation.waive);
    let waiver = |one: &crd::validation::Waiver| Waiver {
        code: one.code.clone(),
        pointer: one.pointer.clone(),
        reason: one.reason.clone(),
    };
    waived.map(waiver).collect()
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
async fn read_secrets<C>(
    pass: &Pass<C>,
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

/// `1 error`, `2 errors`.
pub(super) fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
