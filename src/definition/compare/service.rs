//! What concerns the whole connector, address, authentication, texts; and what anything may carry. No client.

use std::collections::HashSet;

use super::super::document::Node;
use super::super::finding::quote;
use super::super::security::{self, OAuthFlow, SecurityKind, SecurityScheme};
use super::parameter::capitalised;
use super::place::Spot;
use super::{ChangeKind, Comparison, Side, same};

/// Extensions that only people see.
const PRESENTATION: [&str; 8] = [
    "x-ms-summary",
    "x-ms-enum-values",
    "x-ms-connector-metadata",
    "x-ms-keywords",
    "x-ms-trigger-hint",
    "x-ms-editor",
    "x-ms-editor-options",
    "x-ms-docs",
];

/// Extensions by which a designer looks up choices and schemas.
const DYNAMIC: &str = "x-ms-dynamic-";

/// Extensions that are compared by what they mean.
const MEANT: [&str; 4] = [
    "x-ms-trigger",
    "x-ms-notification-content",
    "x-ms-url-encoding",
    "x-nullable",
];

/// The most extensions of one object that are looked at: an object of many is no description.
const MOST_EXTENSIONS: usize = 256;

impl<'d> Comparison<'_, 'd> {
    pub(super) fn service(&mut self) {
        let (old, new) = (Spot::root(self.old.root), Spot::root(self.new.root));
        for key in ["host", "basePath", "schemes"] {
            let (was, is) = (old.get(key), new.get(key));
            if !same(was.as_ref().map(|it| it.node), is.as_ref().map(|it| it.node)) {
                let message = format!("The {key} of the API changed.");
                let places = (was.as_ref().or(Some(&old)), is.as_ref().or(Some(&new)));
                self.add(ChangeKind::AddressChanged, places, message);
            }
        }
        if !same(old.node.get("info"), new.node.get("info")) {
            let (was, is) = (old.get("info"), new.get("info"));
            let message = "The texts that present the API changed.";
            self.add(ChangeKind::InfoChanged, (was.as_ref(), is.as_ref()), message);
        }
        for key in ["tags", "externalDocs"] {
            if !same(old.node.get(key), new.node.get(key)) {
                let message = format!("The {key} of the API changed.");
                self.add(ChangeKind::TagsChanged, (Some(&old), Some(&new)), message);
            }
        }
        self.extensions((&old, &new), "the connector");
        self.authentication();
    }

    fn authentication(&mut self) {
        let scheme = |side: &Side<'d>| {
            let spot = Spot::root(side.root).get("securityDefinitions");
            let first = spot.iter().flat_map(Spot::members).next();
            first.and_then(|(name, spot)| Some((security::read(name, spot.node)?, spot)))
        };
        let (old, new) = (scheme(self.old), scheme(self.new));
        let root = (Spot::root(self.old.root), Spot::root(self.new.root));
        match (old, new) {
            (None, None) => {}
            (None, Some((_, spot))) => {
                let message = "Calls must authenticate now.";
                self.add(
                    ChangeKind::AuthenticationAdded,
                    (Some(&root.0), Some(&spot)),
                    message,
                );
            }
            (Some((_, spot)), None) => {
                let message = "Calls need not authenticate any more.";
                self.add(
                    ChangeKind::AuthenticationRemoved,
                    (Some(&spot), Some(&root.1)),
                    message,
                );
            }
            (Some((old, was)), Some((new, is))) => self.scheme((&old, &was), (&new, &is)),
        }
    }

    fn scheme(&mut self, (old, was): (&SecurityScheme, &Spot<'d>), (new, is): (&SecurityScheme, &Spot<'d>)) {
        let both = (Some(was), Some(is));
        let (before, after) = (kind_of(&old.kind), kind_of(&new.kind));
        if before != after {
            let message = format!("Calls authenticate by {after} instead of {before}.");
            return self.add(ChangeKind::AuthenticationChanged, both, message);
        }
        if settings(&old.kind) != settings(&new.kind) {
            let message = format!("Calls authenticate by {after} as before, with other settings.");
            self.add(ChangeKind::AuthenticationSettingsChanged, both, message);
        }
        let (had, asks) = (scopes(self.old.root, &old.name), scopes(self.new.root, &new.name));
        for scope in sorted(asks.difference(&had)) {
            let message = format!("The scope {} is required now.", quote(scope));
            self.add(ChangeKind::ScopeRequired, both, message);
        }
        for scope in sorted(had.difference(&asks)) {
            let message = format!("The scope {} is no longer required.", quote(scope));
            self.add(ChangeKind::ScopeNotRequired, both, message);
        }
    }

    /// Fields that only people read.
    pub(super) fn texts(&mut self, (old, new): (&Spot<'d>, &Spot<'d>), keys: &[&str], called: &str) {
        let changed: Vec<&str> = keys
            .iter()
            .copied()
            .filter(|key| !same(old.node.get(key), new.node.get(key)))
            .collect();
        if !changed.is_empty() {
            let message = format!("Of {called}, {} changed.", changed.join(", "));
            self.add(ChangeKind::TextChanged, (Some(old), Some(new)), message);
        }
    }

    /// What a parameter or a schema says besides the values it stands for.
    pub(super) fn annotations(&mut self, both: (&Spot<'d>, &Spot<'d>), called: &str) {
        let (old, new) = both;
        self.texts(
            both,
            &["title", "description", "example", "externalDocs", "x-ms-summary"],
            called,
        );
        if !same(old.node.get("default"), new.node.get("default")) {
            let message = format!("{} has another default.", capitalised(called));
            self.add(ChangeKind::DefaultChanged, (Some(old), Some(new)), message);
        }
        self.extensions(both, called);
    }

    /// Extensions that are not compared by what they mean.
    pub(super) fn extensions(&mut self, (old, new): (&Spot<'d>, &Spot<'d>), called: &str) {
        let keys = |spot: &Spot<'d>| -> Vec<&'d str> {
            let keys = spot.node.members().map(|member| member.key);
            keys.filter(|key| key.starts_with("x-"))
                .take(MOST_EXTENSIONS)
                .collect()
        };
        let mut all = keys(old);
        all.extend(keys(new));
        let mut seen = HashSet::new();
        all.retain(|key| seen.insert(*key) && !MEANT.contains(key) && *key != "x-ms-summary");
        for key in all {
            if same(old.node.get(key), new.node.get(key)) {
                continue;
            }
            let kind = match key {
                "x-ms-visibility" => ChangeKind::VisibilityChanged,
                _ if PRESENTATION.contains(&key) => ChangeKind::TextChanged,
                _ if key.starts_with(DYNAMIC) => ChangeKind::DynamicChanged,
                _ => ChangeKind::ExtensionChanged,
            };
            let message = format!("Of {called}, {} changed.", quote(key));
            let (was, is) = (old.get(key), new.get(key));
            let places = (was.as_ref().or(Some(old)), is.as_ref().or(Some(new)));
            self.add(kind, places, message);
        }
    }
}

/// The kind of credential that a connection holds.
fn kind_of(kind: &SecurityKind) -> &'static str {
    match kind {
        SecurityKind::Basic => "user name and password",
        SecurityKind::ApiKey { .. } => "an API key",
        SecurityKind::OAuth2 { flow, .. } => match flow {
            OAuthFlow::AccessCode => "OAuth 2.0 (authorization code)",
            OAuthFlow::Implicit => "OAuth 2.0 (implicit)",
            OAuthFlow::Password => "OAuth 2.0 (password)",
            OAuthFlow::Application => "OAuth 2.0 (client credentials)",
        },
    }
}

/// How a credential of one kind is asked for and sent.
fn settings(kind: &SecurityKind) -> Vec<&str> {
    match kind {
        SecurityKind::Basic => Vec::new(),
        SecurityKind::ApiKey { name, location } => vec![name, location.as_str()],
        SecurityKind::OAuth2 {
            authorization_url,
            token_url,
            ..
        } => [authorization_url, token_url]
            .into_iter()
            .map(|url| url.as_deref().unwrap_or_default())
            .collect(),
    }
}

/// Scopes of a scheme that the whole API requires.
fn scopes<'d>(root: Node<'d>, scheme: &str) -> HashSet<&'d str> {
    let requirements = root.get("security").into_iter().flat_map(Node::items);
    let scopes = requirements
        .filter_map(|one| one.get(scheme))
        .flat_map(Node::items);
    scopes.filter_map(Node::as_str).collect()
}

fn sorted<'s>(scopes: impl Iterator<Item = &'s &'s str>) -> Vec<&'s str> {
    let mut scopes: Vec<&str> = scopes.copied().collect();
    scopes.sort_unstable();
    scopes
}
