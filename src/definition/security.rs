//! Security schemes of OpenAPI 2.0, typed: read from a document and written back into one. No client.

use super::document::{Document, Node, NodeId, Value};

/// One entry of `securityDefinitions`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SecurityScheme {
    /// Its key; may hold spaces (`API Key` is common).
    pub name: String,
    /// What it asks of a caller.
    pub kind: SecurityKind,
}

/// What a security scheme asks of a caller.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SecurityKind {
    /// User name and password (HTTP Basic).
    Basic,
    /// A key in a header or in the query.
    ApiKey {
        /// Name of the header or query parameter.
        name: String,
        /// Which of the two.
        location: KeyLocation,
    },
    /// OAuth 2.0.
    OAuth2 {
        /// The grant.
        flow: OAuthFlow,
        /// Where the user agrees; the implicit and the authorization code flow have it.
        authorization_url: Option<String>,
        /// Where tokens are issued; all but the implicit flow have it.
        token_url: Option<String>,
        /// Scopes with their descriptions, in the order written.
        scopes: Vec<(String, String)>,
    },
}

/// Where an API key goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KeyLocation {
    /// Into a header.
    Header,
    /// Into the query.
    Query,
}

impl KeyLocation {
    /// The word for it in OpenAPI 2.0.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Query => "query",
        }
    }
}

/// A flow of OAuth 2.0 under OpenAPI 2.0's names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OAuthFlow {
    /// The authorization code grant; the only one that connectors implement.
    AccessCode,
    /// The implicit grant.
    Implicit,
    /// The resource owner's password.
    Password,
    /// Client credentials.
    Application,
}

impl OAuthFlow {
    const ALL: [Self; 4] = [
        Self::AccessCode,
        Self::Implicit,
        Self::Password,
        Self::Application,
    ];

    /// The word for it in OpenAPI 2.0.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccessCode => "accessCode",
            Self::Implicit => "implicit",
            Self::Password => "password",
            Self::Application => "application",
        }
    }
}

/// The scheme under `name`, if `node` describes one.
pub(super) fn read(name: &str, node: Node<'_>) -> Option<SecurityScheme> {
    let text = |key: &str| node.get(key).and_then(Node::as_str).map(str::to_owned);
    let kind = match node.get("type")?.as_str()? {
        "basic" => SecurityKind::Basic,
        "apiKey" => {
            let location = match node.get("in")?.as_str()? {
                "header" => KeyLocation::Header,
                "query" => KeyLocation::Query,
                _ => return None,
            };
            SecurityKind::ApiKey {
                name: text("name")?,
                location,
            }
        }
        "oauth2" => {
            let flow = text("flow")?;
            let scopes = node.get("scopes").into_iter().flat_map(Node::members);
            SecurityKind::OAuth2 {
                flow: OAuthFlow::ALL.into_iter().find(|known| known.as_str() == flow)?,
                authorization_url: text("authorizationUrl"),
                token_url: text("tokenUrl"),
                scopes: scopes
                    .map(|scope| {
                        (
                            scope.key.to_owned(),
                            scope.value.as_str().unwrap_or_default().to_owned(),
                        )
                    })
                    .collect(),
            }
        }
        _ => return None,
    };
    Some(SecurityScheme {
        name: name.to_owned(),
        kind,
    })
}

/// Makes `scheme` the only one of the document, required by every operation; with `None`, nothing is required.
/// Requirements of single operations go: they would name schemes that are no longer there.
pub(super) fn replace(document: &mut Document, scheme: Option<&SecurityScheme>) {
    let root = document.root().id();
    for operation in operations(document.root()) {
        document.remove_member(operation, "security");
    }
    let Some(scheme) = scheme else {
        document.remove_member(root, "securityDefinitions");
        document.remove_member(root, "security");
        return;
    };
    let described = write(document, root, &scheme.kind);
    let definitions = document.new_object(root);
    document.set_member(definitions, &scheme.name, described);
    document.set_member(root, "securityDefinitions", definitions);

    let scopes: Vec<NodeId> = match &scheme.kind {
        SecurityKind::OAuth2 { scopes, .. } => scopes
            .iter()
            .map(|(scope, _)| document.new_string(root, scope))
            .collect(),
        SecurityKind::Basic | SecurityKind::ApiKey { .. } => Vec::new(),
    };
    let scopes = document.new_array(root, scopes);
    let requirement = document.new_object(root);
    document.set_member(requirement, &scheme.name, scopes);
    let requirements = document.new_array(root, vec![requirement]);
    document.set_member(root, "security", requirements);
}

fn operations(root: Node<'_>) -> Vec<NodeId> {
    let items = root.get("paths").into_iter().flat_map(Node::members);
    items
        .flat_map(|item| item.value.members())
        .filter(|member| matches!(member.value.value(), Value::Object(_)))
        .map(|member| member.value.id())
        .collect()
}

fn write(document: &mut Document, near: NodeId, kind: &SecurityKind) -> NodeId {
    let object = document.new_object(near);
    let put = |document: &mut Document, key: &str, text: &str| {
        let value = document.new_string(near, text);
        document.set_member(object, key, value);
    };
    match kind {
        SecurityKind::Basic => put(document, "type", "basic"),
        SecurityKind::ApiKey { name, location } => {
            put(document, "type", "apiKey");
            put(document, "name", name);
            put(document, "in", location.as_str());
        }
        SecurityKind::OAuth2 {
            flow,
            authorization_url,
            token_url,
            scopes,
        } => {
            put(document, "type", "oauth2");
            put(document, "flow", flow.as_str());
            for (key, url) in [("authorizationUrl", authorization_url), ("tokenUrl", token_url)] {
                if let Some(url) = url {
                    put(document, key, url);
                }
            }
            let described = document.new_object(near);
            for (scope, description) in scopes {
                let description = document.new_string(near, description);
                document.set_member(described, scope, description);
            }
            document.set_member(object, "scopes", described);
        }
    }
    object
}
