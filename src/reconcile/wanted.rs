//! What a pass wants registered, at all places and at one. No client.

use std::collections::BTreeMap;

use secrecy::SecretString;

use super::{
    Context, Pass, approval,
    look::{self, Sent},
    ownership::Identity,
    plan::{Aim, Need},
    records::recorded,
    target::{Site, Target},
};
use crate::{
    connector::{self, Shown, tags::Owner},
    crd::BackendReference,
};

/// What is to be registered everywhere, owned by the pass.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    registration: &'a connector::Registration,
    secrets: &'a BTreeMap<String, SecretString>,
    pub(super) digest: &'a str,
    secret: bool,
    shown: Shown,
    owner: Owner,
}

impl<'a> Wanted<'a> {
    pub(super) fn new<C>(
        pass: &Pass<C>,
        context: &Context,
        registration: &'a connector::Registration,
        (secrets, digest): (&'a BTreeMap<String, SecretString>, &'a str),
        secret: bool,
    ) -> Self {
        let key = pass.connector.entry.key();
        let owner = Owner {
            cluster: context.cluster.0.clone(),
            namespace: key.namespace.to_string(),
            name: key.name.to_string(),
            uid: pass.connector.entry.uid().to_owned(),
        };
        Self {
            registration,
            secrets,
            digest,
            secret,
            shown: Shown::from(registration),
            owner,
        }
    }

    /// What is wanted at one of them.
    pub(super) fn at<'b, C>(
        &'b self,
        pass: &Pass<C>,
        me: &'b Identity<'b>,
        (target, site): (&Target<C>, &Site<C>),
        plan: Option<&'b str>,
    ) -> look::Wanted<'b> {
        let recorded = recorded(pass, target);
        look::Wanted {
            registration: self.registration,
            secrets: self.secrets,
            digest: self.digest,
            shown: &self.shown,
            owner: &self.owner,
            me,
            adoption: pass.connector.adoption(),
            drift: pass.connector.drift_policy(),
            change: pass.connector.change_policy(),
            secret: self.secret,
            deep: pass.deep,
            seeks_redirect: self.sent(pass, target, site) != Sent::Same
                && self.registration.signs_in()
                && recorded.is_none_or(|it| it.redirect_url.is_none()),
            plan,
        }
    }

    /// What was sent there before.
    pub(super) fn sent<C>(&self, pass: &Pass<C>, target: &Target<C>, site: &Site<C>) -> Sent {
        let here = recorded(pass, target).filter(|it| it.id.as_deref() == Some(site.id.as_str()));
        match here.and_then(|it| it.digest.as_deref()) {
            None => Sent::Never,
            Some(sent) if sent == self.digest => Sent::Same,
            Some(_) => Sent::Other,
        }
    }

    /// What of it has to be approved.
    pub(super) fn aim<'b, C>(&'b self, pass: &'b Pass<C>) -> Aim<'b> {
        let mut references: Vec<&BackendReference> =
            pass.targets.iter().map(|target| &target.reference).collect();
        references.sort_unstable_by_key(|reference| (reference.kind, &reference.name));
        let sites = pass.targets.iter().filter_map(|target| target.site.as_ref().ok());
        let everything = sites.map(|site| approval::need(pass, site)).max() == Some(Need::Everything);
        Aim {
            uid: &self.owner.uid,
            name: pass.connector.registered_name(),
            references,
            document: everything.then_some(self.digest),
            sharing: pass.connector.sharing(),
        }
    }
}
