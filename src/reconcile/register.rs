//! Brings one registration to what is wanted. Client required.

use std::collections::BTreeMap;

use secrecy::SecretString;

use super::{
    decide::{Action, Wish, decide},
    ownership::{Identity, Relation, may_adopt, relation},
    reason::Reason,
    review::review,
    status::Stop,
    target::{Listed, Site},
};
use crate::{
    arm::{ArmError, CustomApiObserved, ErrorKind, Precondition},
    connector::{
        Registration, Shown, differences,
        tags::{self, Marks, Owner},
    },
    crd::connector::{Adoption, ChangePolicy, DriftPolicy},
};

/// A connector ready to be sent to any backend.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    pub(super) registration: &'a Registration,
    /// Values of client secrets, by parameter.
    pub(super) secrets: &'a BTreeMap<String, SecretString>,
    pub(super) digest: &'a str,
    /// Hash of what a list will show of it.
    pub(super) shown: &'a Shown,
    pub(super) owner: &'a Owner,
    pub(super) me: &'a Identity<'a>,
    pub(super) adoption: Adoption,
    pub(super) drift: DriftPolicy,
    /// What a breaking change of the document does.
    pub(super) change: ChangePolicy,
    /// Whether nothing of the document may be quoted.
    pub(super) secret: bool,
    /// Compare the document too, which no list shows.
    pub(super) deep: bool,
    /// Whether there is an address for the identity provider, and nobody noted it down.
    pub(super) seeks_redirect: bool,
}

/// How a registration stands after a pass.
#[derive(Debug, Default)]
pub(super) struct Registered {
    /// What the backend shows now; `None`: others removed it, and it stays so.
    pub(super) listed: Option<Listed>,
    /// Whether it was there before us and was taken over.
    pub(super) adopted: bool,
    /// The address that the identity provider must allow, where it was read.
    pub(super) redirect_url: Option<String>,
    /// Paths that others changed and that stay so.
    pub(super) drift: Vec<String>,
    /// Paths that others changed and that were put right.
    pub(super) corrected: Vec<String>,
    /// Whether it was taken over in this pass.
    pub(super) taken_over: bool,
    /// What of the document that was sent breaks workflows that the one before served: sentences.
    pub(super) breaking: Vec<String>,
}

/// Why a registration was not brought to what is wanted.
#[derive(Debug)]
pub(super) enum Obstacle {
    /// The backend, or a rule, says no.
    Stop(Stop),
    /// A call failed.
    Call(ArmError),
}

impl From<ArmError> for Obstacle {
    fn from(error: ArmError) -> Self {
        Self::Call(error)
    }
}

impl From<Stop> for Obstacle {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

/// What was sent to a place before, as status tells.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Sent {
    /// Nothing.
    Never,
    /// Something else.
    Other,
    /// Exactly what is wanted.
    Same,
}

/// Who asks whether another resource of this cluster lives.
pub(super) trait Siblings {
    /// Whether the resource that an owner's tags name exists.
    async fn lives(&self, owner: &Owner) -> Result<bool, Stop>;
}

/// Carries out what [`decide`] says. A registration that was not sent before costs one call, one as wanted none.
pub(super) async fn register(
    site: &Site,
    wanted: &Wanted<'_>,
    sent: Sent,
    siblings: &impl Siblings,
) -> Result<Registered, Obstacle> {
    let mut done = as_decided(site, wanted, sent, siblings).await?;
    // A pass that was cut short after sending took the address with it, and nothing of it is kept of lists.
    if wanted.seeks_redirect && done.redirect_url.is_none() {
        let observed = site.backend.client.get_custom_api(&site.id).await?;
        done.redirect_url = observed.and_then(|observed| observed.redirect_url().map(str::to_owned));
    }
    Ok(done)
}

async fn as_decided(
    site: &Site,
    wanted: &Wanted<'_>,
    sent: Sent,
    siblings: &impl Siblings,
) -> Result<Registered, Obstacle> {
    let wish = Wish {
        digest: wanted.digest,
        was_sent: sent == Sent::Same,
        uid: &wanted.owner.uid,
        drift: wanted.drift,
    };
    site.backend.same_registry()?;
    let observed = site.observed.connector.as_ref();
    match decide(wish, observed, wanted.me) {
        Action::Keep if wanted.deep => compare_document(site, wanted).await,
        Action::Keep => Ok(kept(observed)),
        Action::Report => report(site, wanted).await,
        // Where nobody sees to it that a creation replaces nothing, it is looked for first.
        Action::Create if !site.backend.keeps_its_word() => inspect(site, wanted, sent, siblings).await,
        Action::Create => match create(site, wanted).await {
            Err(Obstacle::Call(error)) if error.kind() == ErrorKind::PreconditionFailed => {
                inspect(site, wanted, sent, siblings).await
            }
            done => done,
        },
        Action::Change | Action::Inspect => inspect(site, wanted, sent, siblings).await,
    }
}

fn kept(observed: Option<&Listed>) -> Registered {
    let adopted = observed
        .and_then(|listed| listed.marks.as_ref())
        .is_some_and(|marks| marks.adopted);
    Registered {
        listed: observed.cloned(),
        adopted,
        ..Registered::default()
    }
}

async fn create(site: &Site, wanted: &Wanted<'_>) -> Result<Registered, Obstacle> {
    let registered = send(site, wanted, None, false, Precondition::Absent).await?;
    if !site.backend.keeps_its_word() && site.backend.client.get_custom_api(&site.id).await?.is_none() {
        let message = format!(
            "register connector {}: it was answered as made, and is not there",
            site.id
        );
        return Err(Stop::new(Reason::CreationUnconfirmed, message).into());
    }
    Ok(registered)
}

/// Reads what is there, judges whose it is, and sends what is wanted if that is allowed.
async fn inspect(
    site: &Site,
    wanted: &Wanted<'_>,
    sent: Sent,
    siblings: &impl Siblings,
) -> Result<Registered, Obstacle> {
    let was_sent = sent == Sent::Same;
    let Some(observed) = site.backend.client.get_custom_api(&site.id).await? else {
        return create(site, wanted).await;
    };
    let listed = Listed::of(&observed, &site.backend.policy.tags);
    let relation = relation(listed.owner.as_ref(), wanted.me);
    let paths = wanted.shown.differences(&Shown::from(&observed));
    if relation == Relation::Ours {
        let adopted = listed.marks.as_ref().is_some_and(|marks| marks.adopted);
        let wish = Wish {
            digest: wanted.digest,
            was_sent,
            uid: &wanted.owner.uid,
            drift: wanted.drift,
        };
        if decide(wish, Some(&listed), wanted.me) == Action::Keep {
            let redirect_url = observed.redirect_url().map(str::to_owned);
            return Ok(Registered {
                redirect_url,
                ..kept(Some(&listed))
            });
        }
        let is_new = listed
            .marks
            .as_ref()
            .is_none_or(|marks| marks.digest != wanted.digest);
        let breaking = if is_new {
            review(site, wanted).await?
        } else {
            Vec::new()
        };
        let registered = send(site, wanted, Some(&observed), adopted, Precondition::None).await?;
        let corrected = if was_sent { named(paths) } else { Vec::new() };
        return Ok(Registered {
            adopted,
            corrected,
            breaking,
            ..registered
        });
    }
    // Ours once, with the tags taken off: as wanted it is ours again; otherwise nobody knows who made it.
    let asked = if was_sent {
        wanted.adoption.max(Adoption::IfIdentical)
    } else {
        wanted.adoption
    };
    let maximum = if was_sent {
        site.backend.policy.adoption.max(Adoption::IfIdentical)
    } else {
        site.backend.policy.adoption
    };
    let identical = paths.is_empty()
        && asked >= Adoption::IfIdentical
        && document_differs(site, wanted).await?.is_empty();
    let sibling_lives = match &relation {
        Relation::Sibling(owner) => siblings.lives(owner).await?,
        Relation::Ours | Relation::Foreign(_) | Relation::Unowned => false,
    };
    may_adopt(
        &relation,
        (asked, maximum),
        identical,
        sibling_lives,
        sent != Sent::Never,
    )?;
    let breaking = if identical {
        Vec::new()
    } else {
        review(site, wanted).await?
    };
    let adopted = !was_sent;
    let registered = send(site, wanted, Some(&observed), adopted, Precondition::None).await?;
    Ok(Registered {
        adopted,
        taken_over: adopted,
        breaking,
        corrected: if was_sent { named(paths) } else { Vec::new() },
        ..registered
    })
}

/// Names what others changed, without touching it.
async fn report(site: &Site, wanted: &Wanted<'_>) -> Result<Registered, Obstacle> {
    let Some(observed) = site.backend.client.get_custom_api(&site.id).await? else {
        return Ok(Registered {
            drift: vec!["the connector itself, which is gone".to_owned()],
            ..Registered::default()
        });
    };
    let listed = Listed::of(&observed, &site.backend.policy.tags);
    let drift = named(wanted.shown.differences(&Shown::from(&observed)));
    Ok(Registered {
        drift,
        ..kept(Some(&listed))
    })
}

/// Compares the document, and sends it anew where it is another.
async fn compare_document(site: &Site, wanted: &Wanted<'_>) -> Result<Registered, Obstacle> {
    let as_it_is = kept(site.observed.connector.as_ref());
    let paths = document_differs(site, wanted).await?;
    if paths.is_empty() {
        return Ok(as_it_is);
    }
    if wanted.drift == DriftPolicy::Report {
        return Ok(Registered {
            drift: paths,
            ..as_it_is
        });
    }
    let observed = site.backend.client.get_custom_api(&site.id).await?;
    let ours = observed
        .as_ref()
        .is_some_and(|it| relation(Owner::from_tags(&it.tags).as_ref(), wanted.me) == Relation::Ours);
    if !ours {
        return Err(Stop::new(
            Reason::BackendConflict,
            "the connector changed hands while it was compared",
        )
        .into());
    }
    let registered = send(
        site,
        wanted,
        observed.as_ref(),
        as_it_is.adopted,
        Precondition::None,
    )
    .await?;
    Ok(Registered {
        adopted: as_it_is.adopted,
        corrected: paths,
        ..registered
    })
}

/// Paths in which the backend's document is not the wanted one; the first few.
async fn document_differs(site: &Site, wanted: &Wanted<'_>) -> Result<Vec<String>, Obstacle> {
    let Some(held) = site.backend.client.export_custom_api(&site.id).await? else {
        return Ok(vec!["swagger".to_owned()]);
    };
    let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap_or_default();
    let paths = differences(&parse(wanted.registration.swagger.get()), &parse(held.get()));
    Ok(paths
        .into_iter()
        .take(10)
        .map(|path| format!("swagger{path}"))
        .collect())
}

/// Sends the whole of it, tags of others carried over.
async fn send(
    site: &Site,
    wanted: &Wanted<'_>,
    observed: Option<&CustomApiObserved>,
    adopted: bool,
    precondition: Precondition,
) -> Result<Registered, Obstacle> {
    let backend = &site.backend;
    let none = BTreeMap::new();
    let carried = observed.map_or(&none, |observed| &observed.tags);
    let mut marks = Marks {
        digest: wanted.digest.to_owned(),
        shown: wanted.shown.hash(),
        adopted,
    };
    let all = |marks: &Marks| {
        tags::wanted(wanted.owner, marks, &backend.policy.tags, carried).map_err(|error| Stop::from(&error))
    };
    let request = wanted
        .registration
        .request(&backend.location, all(&marks)?, wanted.secrets.clone());
    let mut answer = backend
        .client
        .put_custom_api(&site.id, &request, precondition)
        .await?;
    let shown = Shown::from(&answer).hash();
    if shown != marks.shown {
        // The backend shows it in its own way. That is what counts from now on, or each look would find drift.
        marks.shown = shown;
        answer = backend.client.tag_custom_api(&site.id, &all(&marks)?).await?;
    }
    Ok(Registered {
        listed: Some(Listed::of(&answer, &backend.policy.tags)),
        redirect_url: answer.redirect_url().map(str::to_owned),
        ..Registered::default()
    })
}

fn named(paths: Vec<String>) -> Vec<String> {
    if paths.is_empty() {
        vec!["tags".to_owned()]
    } else {
        paths
    }
}
