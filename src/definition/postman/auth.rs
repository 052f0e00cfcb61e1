//! Ways to authenticate, and the security schemes they become. No client.

use std::collections::{HashMap, HashSet};

use super::super::document::{Draft, Fields, NodeId};
use super::super::note::Note;
use super::collection::{Auth, Collection, Field, Request};
use super::host;
use super::notes::Notes;

/// What a request asks of a caller.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Needed {
    /// Nothing.
    Nothing,
    /// The security scheme of this number.
    Scheme(usize),
}

/// A security scheme as it is written.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
enum Kind {
    Basic,
    Key {
        name: String,
        place: &'static str,
    },
    OAuth2 {
        flow: &'static str,
        authorization: Option<String>,
        token: Option<String>,
        scopes: Vec<String>,
    },
}

#[derive(Debug)]
struct Scheme {
    at: u32,
    /// That of its kind; further ones of a kind are numbered.
    name: String,
    kind: Kind,
    uses: usize,
}

/// The security schemes of a collection.
#[derive(Debug, Default)]
pub(super) struct Schemes {
    list: Vec<Scheme>,
    known: HashMap<Kind, usize>,
    of_a_kind: HashMap<&'static str, usize>,
    /// Blocks that have been told of.
    told: HashSet<u32>,
    /// What the collection asks for where a request says nothing.
    usual: Option<Needed>,
}

impl Schemes {
    /// What a request needs: what it says itself, or what the nearest folder says.
    pub(super) fn needed(
        &mut self,
        collection: &Collection<'_>,
        request: &Request<'_>,
        notes: &mut Notes,
    ) -> Needed {
        let mut folder = Some(request.folder);
        let mut auth = request.auth.as_ref();
        while let (None, Some(around)) = (auth, folder.and_then(|index| collection.folders.get(index))) {
            auth = around.auth.as_ref();
            folder = around.parent;
        }
        // Where no authentication is chosen, headers are often written by hand.
        if let Some(auth) = auth.filter(|auth| auth.kind != "noauth") {
            return self.of(auth, collection, request, notes);
        }
        let header = request
            .headers
            .iter()
            .find(|header| header.key.trim().eq_ignore_ascii_case("authorization"));
        if let Some(header) = header {
            let is_basic = header
                .value
                .trim_start()
                .get(..6)
                .is_some_and(|start| start.eq_ignore_ascii_case("basic "));
            return if is_basic {
                self.add(header.at, "basic", Kind::Basic)
            } else {
                self.token(header.at, "header", notes)
            };
        }
        if request.address.has_credentials {
            return self.add(request.address.at, "basic", Kind::Basic);
        }
        Needed::Nothing
    }

    fn of(
        &mut self,
        auth: &Auth<'_>,
        collection: &Collection<'_>,
        request: &Request<'_>,
        notes: &mut Notes,
    ) -> Needed {
        let at = auth.node.offset();
        match auth.kind {
            "noauth" => Needed::Nothing,
            "basic" => self.add(at, "basic", Kind::Basic),
            "bearer" => self.token(at, "header", notes),
            "apikey" => {
                let place = if auth.attribute("in") == Some("query") {
                    "query"
                } else {
                    "header"
                };
                match auth.attribute("key").filter(|key| !key.contains("{{")) {
                    Some(key) => self.add(
                        at,
                        "apiKey",
                        Kind::Key {
                            name: key.to_owned(),
                            place,
                        },
                    ),
                    None => self.unsupported(
                        auth,
                        "The name of the key is not written in the collection.",
                        notes,
                    ),
                }
            }
            "oauth2" => {
                if let Some(kind) = oauth2(auth, collection, request) {
                    return self.add(at, "oauth2", kind);
                }
                let in_query = auth.attribute("addTokenTo") == Some("queryParams");
                self.token(at, if in_query { "query" } else { "header" }, notes)
            }
            _ => self.unsupported(auth, Note::SecurityLost.statement(), notes),
        }
    }

    fn unsupported(&mut self, auth: &Auth<'_>, message: &str, notes: &mut Notes) -> Needed {
        let at = auth.node.offset();
        if self.told.insert(at) {
            notes.add(Note::SecurityLost, at, message);
        }
        Needed::Nothing
    }

    /// A token that callers bring along.
    fn token(&mut self, at: u32, place: &'static str, notes: &mut Notes) -> Needed {
        if self.told.insert(at) {
            notes.tell(Note::KeyInstead, at);
        }
        let name = if place == "query" {
            "access_token"
        } else {
            "Authorization"
        };
        self.add(
            at,
            "bearer",
            Kind::Key {
                name: name.to_owned(),
                place,
            },
        )
    }

    fn add(&mut self, at: u32, name: &'static str, kind: Kind) -> Needed {
        if let Some(index) = self.known.get(&kind) {
            return Needed::Scheme(*index);
        }
        let index = self.list.len();
        self.known.insert(kind.clone(), index);
        let count = self.of_a_kind.entry(name).or_default();
        *count += 1;
        let name = if *count == 1 {
            name.to_owned()
        } else {
            format!("{name}{count}")
        };
        self.list.push(Scheme {
            at,
            name,
            kind,
            uses: 0,
        });
        Needed::Scheme(index)
    }

    /// Says what the operations need, in the end. The usual is what the collection says for all, or what most need.
    pub(super) fn settle(
        &mut self,
        needed: impl Iterator<Item = Needed>,
        collection: &Collection<'_>,
        notes: &mut Notes,
    ) {
        let (mut nothing, mut count) = (0, 0);
        for needed in needed {
            count += 1;
            match needed {
                Needed::Nothing => nothing += 1,
                Needed::Scheme(index) => {
                    if let Some(scheme) = self.list.get_mut(index) {
                        scheme.uses += 1;
                    }
                }
            }
        }
        let of_all = collection.folders.first().and_then(|folder| folder.auth.as_ref());
        let of_all = of_all.zip(collection.requests.first());
        let of_all = of_all.map(|(auth, request)| self.of(auth, collection, request, notes));
        let alone = self
            .list
            .iter()
            .position(|scheme| nothing == 0 && scheme.uses == count && count > 0);
        self.usual = match of_all {
            Some(needed @ Needed::Scheme(index))
                if self.list.get(index).is_some_and(|scheme| scheme.uses > 0) =>
            {
                Some(needed)
            }
            Some(_) | None => alone.map(Needed::Scheme),
        };
    }

    /// Puts `securityDefinitions` and `security` into the root's fields.
    pub(super) fn write(&self, draft: &mut Draft, fields: &mut Fields<'_>, at: u32) {
        let mut used: Vec<(usize, &Scheme)> = self
            .list
            .iter()
            .enumerate()
            .filter(|(index, scheme)| scheme.uses > 0 || self.usual == Some(Needed::Scheme(*index)))
            .collect();
        // A connector has one kind of credential, the first: what the collection says, or what most requests need.
        used.sort_by_key(|(index, scheme)| {
            (
                self.usual != Some(Needed::Scheme(*index)),
                usize::MAX - scheme.uses,
            )
        });
        if used.is_empty() {
            return;
        }
        let mut definitions = Fields::default();
        for (_, scheme) in used {
            let written = scheme.kind.write(draft, scheme.at);
            definitions.add(scheme.name.clone(), scheme.at, written);
        }
        let definitions = draft.object(at, definitions);
        fields.put("securityDefinitions", definitions);
        if let Some(needed) = self.usual {
            let security = self.requirement(draft, needed, at);
            fields.put("security", security);
        }
    }

    /// The requirement of an operation; nothing, if it is the usual one.
    pub(super) fn own(&self, draft: &mut Draft, needed: Needed, at: u32) -> Option<NodeId> {
        let usual = self.usual.unwrap_or(Needed::Nothing);
        (needed != usual).then(|| self.requirement(draft, needed, at))
    }

    fn requirement(&self, draft: &mut Draft, needed: Needed, at: u32) -> NodeId {
        let scheme = match needed {
            Needed::Nothing => None,
            Needed::Scheme(index) => self.list.get(index),
        };
        let Some(scheme) = scheme else {
            return draft.list(at, Vec::new());
        };
        let scopes: &[String] = match &scheme.kind {
            Kind::OAuth2 { scopes, .. } => scopes,
            Kind::Basic | Kind::Key { .. } => &[],
        };
        let scopes = scopes.iter().map(|scope| draft.string(at, scope)).collect();
        let scopes = draft.list(at, scopes);
        let mut requirement = Fields::default();
        requirement.put(scheme.name.clone(), scopes);
        let requirement = draft.object(at, requirement);
        draft.list(at, vec![requirement])
    }

    /// Whether a parameter is where a credential of this kind goes.
    pub(super) fn is_credential(&self, needed: Needed, field: &Field<'_>, place: &str) -> bool {
        let Needed::Scheme(index) = needed else {
            return false;
        };
        match self.list.get(index).map(|scheme| &scheme.kind) {
            Some(Kind::Key { name, place: own }) => {
                *own == place && name.eq_ignore_ascii_case(field.key.trim())
            }
            Some(Kind::Basic | Kind::OAuth2 { .. }) | None => false,
        }
    }
}

impl Kind {
    fn write(&self, draft: &mut Draft, at: u32) -> NodeId {
        let mut fields = Fields::default();
        let mut put = |draft: &mut Draft, key: &'static str, text: &str| {
            let value = draft.string(at, text);
            fields.put(key, value);
        };
        match self {
            Self::Basic => put(draft, "type", "basic"),
            Self::Key { name, place } => {
                put(draft, "type", "apiKey");
                put(draft, "name", name);
                put(draft, "in", place);
            }
            Self::OAuth2 {
                flow,
                authorization,
                token,
                scopes,
            } => {
                put(draft, "type", "oauth2");
                put(draft, "flow", flow);
                for (key, url) in [("authorizationUrl", authorization), ("tokenUrl", token)] {
                    if let Some(url) = url {
                        put(draft, key, url);
                    }
                }
                let mut described = Fields::default();
                for scope in scopes {
                    let text = draft.string(at, scope);
                    described.put(scope.clone(), text);
                }
                let described = draft.object(at, described);
                fields.put("scopes", described);
            }
        }
        draft.object(at, fields)
    }
}

/// OAuth 2.0 with addresses that are known; the flow is the one chosen, as far as its addresses are there.
fn oauth2(auth: &Auth<'_>, collection: &Collection<'_>, request: &Request<'_>) -> Option<Kind> {
    let url = |keys: [&str; 2]| {
        let written = keys.into_iter().find_map(|key| auth.attribute(key))?;
        address(written, collection, request)
    };
    let authorization = url(["authUrl", "authorizationUrl"]);
    let token = url(["accessTokenUrl", "tokenUrl"]);
    let grant = auth
        .attribute("grant_type")
        .or_else(|| auth.attribute("grantType"));
    let (flow, authorization, token) = match grant {
        Some("implicit") => ("implicit", Some(authorization?), None),
        Some("password_credentials" | "password") => ("password", None, Some(token?)),
        Some("client_credentials") => ("application", None, Some(token?)),
        Some(_) | None => ("accessCode", Some(authorization?), Some(token?)),
    };
    let mut scopes = Vec::new();
    let written = auth.attribute("scope").unwrap_or_default();
    for scope in written
        .split([' ', ','])
        .filter(|scope| !scope.is_empty() && !scope.contains("{{"))
    {
        if !scopes.iter().any(|known| known == scope) && scopes.len() < 100 {
            scopes.push(scope.to_owned());
        }
    }
    Some(Kind::OAuth2 {
        flow,
        authorization,
        token,
        scopes,
    })
}

/// A whole https address without query; variables count only where they stand for a server.
fn address(written: &str, collection: &Collection<'_>, request: &Request<'_>) -> Option<String> {
    let path = super::url::path_of(written);
    let front = written.trim().split(['?', '#']).next()?.strip_suffix(path)?;
    let front = host::resolve(collection, request, front)?;
    let url = ::url::Url::parse(&format!("{}{path}", front.trim_end_matches('/'))).ok()?;
    let is_plain = url.scheme() == "https" && url.username().is_empty() && url.password().is_none();
    (is_plain && !path.contains("{{") && url.query().is_none()).then(|| url.to_string())
}
