//! A look at one registration: what is to be done about it. Reads, and sends nothing. Client required.

use std::collections::BTreeMap;

use secrecy::SecretString;

use super::{
    decide::{Action, Wish, decide},
    ownership::{Identity, Relation, may_adopt, relation},
    reason::Reason,
    register::{Obstacle, Registered},
    review::{Reviewed, review},
    status::Stop,
    target::{Listed, Site},
};
use crate::{
    arm::{CustomApiObserved, Reads},
    connector::{
        Registration, Shown, differences,
        digest::sha256,
        tags::{Marks, Owner},
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
    /// The approved plan that is being carried out here.
    pub(super) plan: Option<&'a str>,
}

/// What is to be done about a registration.
#[derive(Debug)]
pub(super) enum Intent {
    /// Nothing: it is as wanted, or what others changed is only told.
    Keep(Box<Registered>),
    /// Register it; it must not exist.
    Create,
    /// Send it anew, over what is there.
    Change(Box<Change>),
}

/// How a registration that exists is to be changed.
#[derive(Debug)]
pub(super) struct Change {
    /// What is there.
    pub(super) observed: CustomApiObserved,
    /// Whether it was there before us and was, or is to be, taken over.
    pub(super) adopted: bool,
    /// Whether it is to be taken over now.
    pub(super) taken_over: bool,
    /// Paths in which what is there differs, as far as they were looked at: never values.
    pub(super) paths: Vec<String>,
    /// Whether others made that difference, which is put right.
    pub(super) corrects: bool,
    /// How the document differs, where it is another than was sent before.
    pub(super) reviewed: Reviewed,
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

impl Intent {
    fn keep(registered: Registered) -> Self {
        Self::Keep(Box::new(registered))
    }

    /// Whether nothing is to be done.
    pub(super) fn is_nothing(&self) -> bool {
        matches!(self, Self::Keep(_))
    }

    /// The approved plan that was begun there last, as far as was looked.
    pub(super) fn plan(&self) -> Option<String> {
        match self {
            Self::Keep(registered) => {
                let marks = registered
                    .listed
                    .as_ref()
                    .and_then(|listed| listed.marks.as_ref());
                marks.and_then(|marks| marks.plan.clone())
            }
            Self::Create => None,
            Self::Change(change) => Marks::from_tags(&change.observed.tags).and_then(|marks| marks.plan),
        }
    }
}

impl Wanted<'_> {
    fn wish(&self, sent: Sent) -> Wish<'_> {
        Wish {
            digest: self.digest,
            was_sent: sent == Sent::Same,
            uid: &self.owner.uid,
            drift: self.drift,
        }
    }
}

/// Tells what is to be done. A registration that is not there, or is as wanted, costs no call.
pub(super) async fn look(
    site: &Site<impl Reads>,
    wanted: &Wanted<'_>,
    sent: Sent,
    siblings: &impl Siblings,
) -> Result<Intent, Obstacle> {
    site.backend.same_registry()?;
    let observed = site.observed.connector.as_ref();
    match decide(wanted.wish(sent), observed, wanted.me) {
        Action::Keep if wanted.deep => compare_document(site, wanted).await,
        Action::Keep => Ok(Intent::keep(kept(observed))),
        Action::Report => report(site, wanted).await.map(Intent::keep),
        // Where nobody sees to it that a creation replaces nothing, it is looked for first.
        Action::Create if !site.backend.keeps_its_word() => inspect(site, wanted, sent, siblings).await,
        Action::Create => Ok(Intent::Create),
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

/// Reads what is there, and judges whose it is and whether what is wanted may take its place.
pub(super) async fn inspect(
    site: &Site<impl Reads>,
    wanted: &Wanted<'_>,
    sent: Sent,
    siblings: &impl Siblings,
) -> Result<Intent, Obstacle> {
    let Some(observed) = site.backend.client.custom_api(&site.id).await? else {
        return Ok(Intent::Create);
    };
    let listed = Listed::of(&observed, &site.backend.policy.tags);
    match relation(listed.owner.as_ref(), wanted.me) {
        Relation::Ours => renewed(site, wanted, sent, (observed, &listed)).await,
        relation @ (Relation::Sibling(_) | Relation::Foreign(_) | Relation::Unowned) => {
            taken_over(site, wanted, sent, (observed, &relation), siblings).await
        }
    }
}

/// What is ours: kept where it is as wanted after all, else sent anew.
async fn renewed(
    site: &Site<impl Reads>,
    wanted: &Wanted<'_>,
    sent: Sent,
    (observed, listed): (CustomApiObserved, &Listed),
) -> Result<Intent, Obstacle> {
    if decide(wanted.wish(sent), Some(listed), wanted.me) == Action::Keep {
        return Ok(Intent::keep(Registered {
            redirect_url: observed.redirect_url().map(str::to_owned),
            ..kept(Some(listed))
        }));
    }
    let marks = listed.marks.as_ref();
    let reviewed = if marks.is_none_or(|marks| marks.digest != wanted.digest) {
        review(site, wanted).await?
    } else {
        Reviewed::default()
    };
    Ok(Intent::Change(Box::new(Change {
        adopted: marks.is_some_and(|marks| marks.adopted),
        taken_over: false,
        paths: named(sent, wanted.shown.differences(&Shown::from(&observed))),
        corrects: sent == Sent::Same,
        observed,
        reviewed,
    })))
}

/// What is not ours: taken over, if that is allowed.
async fn taken_over(
    site: &Site<impl Reads>,
    wanted: &Wanted<'_>,
    sent: Sent,
    (observed, relation): (CustomApiObserved, &Relation),
    siblings: &impl Siblings,
) -> Result<Intent, Obstacle> {
    // Ours once, with the tags taken off: as wanted it is ours again; otherwise nobody knows who made it.
    let was_sent = sent == Sent::Same;
    let least = if was_sent {
        Adoption::IfIdentical
    } else {
        Adoption::Never
    };
    let asked = wanted.adoption.max(least);
    let maximum = site.backend.policy.adoption.max(least);
    let paths = wanted.shown.differences(&Shown::from(&observed));
    let identical = paths.is_empty()
        && asked >= Adoption::IfIdentical
        && document_differs(site, wanted).await?.0.is_empty();
    let sibling_lives = match relation {
        Relation::Sibling(owner) => siblings.lives(owner).await?,
        Relation::Ours | Relation::Foreign(_) | Relation::Unowned => false,
    };
    may_adopt(
        relation,
        (asked, maximum),
        identical,
        sibling_lives,
        sent != Sent::Never,
    )?;
    let reviewed = if identical {
        Reviewed::default()
    } else {
        review(site, wanted).await?
    };
    Ok(Intent::Change(Box::new(Change {
        adopted: !was_sent,
        taken_over: !was_sent,
        paths: named(sent, paths),
        corrects: was_sent,
        observed,
        reviewed,
    })))
}

/// Names what others changed, without touching it.
async fn report(site: &Site<impl Reads>, wanted: &Wanted<'_>) -> Result<Registered, Obstacle> {
    let Some(observed) = site.backend.client.custom_api(&site.id).await? else {
        return Ok(Registered {
            drift: vec!["the connector itself, which is gone".to_owned()],
            ..Registered::default()
        });
    };
    let listed = Listed::of(&observed, &site.backend.policy.tags);
    let drift = named(Sent::Same, wanted.shown.differences(&Shown::from(&observed)));
    Ok(Registered {
        drift,
        ..kept(Some(&listed))
    })
}

/// Compares the document, which is to be sent anew where it is another.
async fn compare_document(site: &Site<impl Reads>, wanted: &Wanted<'_>) -> Result<Intent, Obstacle> {
    let as_it_is = kept(site.observed.connector.as_ref());
    let (paths, served) = document_differs(site, wanted).await?;
    if paths.is_empty() {
        return Ok(Intent::keep(as_it_is));
    }
    if wanted.drift == DriftPolicy::Report {
        return Ok(Intent::keep(Registered {
            drift: paths,
            ..as_it_is
        }));
    }
    let observed = site.backend.client.custom_api(&site.id).await?;
    let ours =
        |it: &CustomApiObserved| relation(Owner::from_tags(&it.tags).as_ref(), wanted.me) == Relation::Ours;
    match observed.filter(ours) {
        Some(observed) => Ok(Intent::Change(Box::new(Change {
            observed,
            adopted: as_it_is.adopted,
            taken_over: false,
            paths,
            corrects: true,
            reviewed: Reviewed {
                served,
                ..Reviewed::default()
            },
        }))),
        None => Err(Stop::new(
            Reason::BackendConflict,
            "the connector changed hands while it was compared",
        )
        .into()),
    }
}

/// Paths in which the backend's document is not the wanted one, the first few; and the digest of what it is.
async fn document_differs(
    site: &Site<impl Reads>,
    wanted: &Wanted<'_>,
) -> Result<(Vec<String>, Option<String>), Obstacle> {
    let Some(held) = site.backend.client.document(&site.id).await? else {
        return Ok((vec!["swagger".to_owned()], None));
    };
    let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap_or_default();
    let paths = differences(&parse(wanted.registration.swagger.get()), &parse(held.get()));
    let paths = paths.into_iter().take(10).map(|path| format!("swagger{path}"));
    Ok((paths.collect(), Some(sha256(held.get().as_bytes()))))
}

/// What others changed: where none of what is shown differs, it is the tags.
fn named(sent: Sent, paths: Vec<String>) -> Vec<String> {
    if paths.is_empty() && sent == Sent::Same {
        vec!["tags".to_owned()]
    } else {
        paths
    }
}
