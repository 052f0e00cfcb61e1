//! What a pass works on: backends ready for use, and what each was last seen to hold. No client but the backend's.

use std::{collections::BTreeMap, fmt, sync::Arc};

use uuid::Uuid;

use super::{
    entry::Key,
    grants::{BuiltInRoles, Limit, ObservedGrant},
    reason::Reason,
    status::Stop,
};
use crate::{
    arm::{
        Client, CustomApiObserved, Reader, Reads,
        id::{ResourceId, Scope},
    },
    connector::{
        Shown,
        tags::{Marks, Owner},
    },
    crd::{
        BackendKind, BackendReference,
        approval::RequireApproval,
        backend::{ConnectionScopes, Limits},
        connector::Adoption,
        sharing::SharingPolicy,
    },
    registry,
};

/// Logic App Contributor. No role of Azure's own lets its holder use a connector and no more.
const AZURE_ROLES: BuiltInRoles = &[("Edit", Uuid::from_u128(0x87a3_9d53_fc1b_424a_814c_f7e0_4687_dc9e))];

/// A backend object of the cluster. The namespace is empty for the cluster kind.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct BackendKey {
    /// Its kind.
    pub kind: BackendKind,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// Where a backend points.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Endpoint {
    /// The operator's own registry.
    Embedded,
    /// A registry elsewhere.
    Remote {
        /// Its address.
        url: String,
        /// The Secret's namespace, name and key that hold the token.
        token: SecretKey,
        /// Certificates to trust: PEM, in base64.
        ca_bundle: Option<String>,
    },
    /// Azure.
    Azure {
        /// Address of the resource manager.
        resource_manager: String,
        /// Address of the Entra ID that gives tokens.
        authority: String,
        /// Whom the tokens are for.
        audience: String,
        /// By what the operator signs in.
        credential: AzureCredential,
    },
}

/// By what the operator signs in to Azure.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum AzureCredential {
    /// A client secret.
    Secret(Application, SecretKey),
    /// A certificate and its key.
    Certificate(Application, SecretKey),
    /// A token of a service account: its namespace and name.
    ServiceAccount(Application, (String, String)),
    /// The token that the operator itself was given; what is absent, its environment says.
    OwnToken {
        /// Tenant of the application.
        tenant: Option<String>,
        /// Client id of the application.
        client: Option<String>,
    },
    /// The identity of the machine or service that the operator runs on, by client id if there are several.
    Machine(Option<String>),
}

/// A Secret's namespace, name and key.
pub type SecretKey = (String, String, String);

/// An application that is registered with Entra ID.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Application {
    /// Its tenant.
    pub tenant: String,
    /// Its client id.
    pub client: String,
}

impl Endpoint {
    /// What tells one registry from another.
    pub fn place(&self) -> &str {
        match self {
            Self::Embedded => "",
            Self::Remote { url, .. } => url.trim_end_matches('/'),
            Self::Azure { resource_manager, .. } => resource_manager.trim_end_matches('/'),
        }
    }

    /// Whether it can be relied on that a request to create fails where there is something already, and that what it
    /// said to have made is there. Azure leaves preconditions to each provider, and that of connectors is not known to
    /// heed them.
    pub fn keeps_its_word(&self) -> bool {
        match self {
            Self::Embedded | Self::Remote { .. } => true,
            Self::Azure { .. } => false,
        }
    }

    /// The roles that are known there by themselves.
    pub fn built_in_roles(&self) -> BuiltInRoles {
        match self {
            Self::Embedded | Self::Remote { .. } => registry::BUILT_IN_ROLES,
            Self::Azure { .. } => AZURE_ROLES,
        }
    }
}

impl BackendKey {
    /// The backend that a reference in `namespace` names.
    pub fn of(reference: &BackendReference, namespace: &str) -> Self {
        let namespace = match reference.kind {
            BackendKind::ConnectorBackend => namespace.to_owned(),
            BackendKind::ClusterConnectorBackend => String::new(),
        };
        Self {
            kind: reference.kind,
            namespace,
            name: reference.name.clone(),
        }
    }

    /// The backend of that namespace and name.
    pub fn namespaced(key: &Key) -> Self {
        let (namespace, name) = (key.namespace.to_string(), key.name.to_string());
        Self {
            kind: BackendKind::ConnectorBackend,
            namespace,
            name,
        }
    }

    /// The cluster's backend of that name.
    pub fn cluster(name: &str) -> Self {
        let kind = BackendKind::ClusterConnectorBackend;
        Self {
            kind,
            namespace: String::new(),
            name: name.to_owned(),
        }
    }

    /// How a connector refers to it.
    pub fn reference(&self) -> BackendReference {
        BackendReference {
            kind: self.kind,
            name: self.name.clone(),
        }
    }
}

impl fmt::Display for BackendKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slash = if self.namespace.is_empty() { "" } else { "/" };
        write!(
            formatter,
            "{} {}{slash}{}",
            self.kind.as_str(),
            self.namespace,
            self.name
        )
    }
}

/// What a backend's spec allows, kinds' defaults applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How far connectors may share; `None`: nothing may be shared.
    pub sharing: Option<SharingPolicy>,
    /// The furthest adoption.
    pub adoption: Adoption,
    /// What is done only after approval.
    pub require_approval: RequireApproval,
    /// Tags put on everything registered.
    pub tags: BTreeMap<String, String>,
    /// Where connections are looked for.
    pub connection_scopes: ConnectionScopes,
    /// Limits on what is asked of it.
    pub limits: Limits,
}

/// What a client was made from; the same again needs no new one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Credential {
    /// Revision of the Secret that holds the token.
    pub revision: String,
    /// Where it leads.
    pub endpoint: Endpoint,
    /// The backend's generation.
    pub generation: i64,
}

/// A backend that can be asked.
#[derive(Debug)]
pub struct Backend<C = Client> {
    /// Which object it is.
    pub key: BackendKey,
    /// Its client.
    pub client: C,
    /// What the client was made from.
    pub credential: Credential,
    /// Where its connectors are registered.
    pub scope: Scope,
    /// The region they are registered in.
    pub location: String,
    /// What its spec allows.
    pub policy: Policy,
    /// The roles it knows by itself.
    pub built_in_roles: BuiltInRoles,
    /// Which registry answered the look that it comes from.
    pub instance: Option<String>,
}

impl<C: Reads> Backend<C> {
    /// Whether another registry answers by now than answered the last look: what this one does not hold, the other may.
    pub fn same_registry(&self) -> Result<(), Stop> {
        match (&self.instance, self.client.answered_by()) {
            (Some(known), Some(found)) if *known != found => Err(registry_replaced(known, &found)),
            _ => Ok(()),
        }
    }
}

impl<C> Backend<C> {
    /// Whether preconditions are heeded, and success is success.
    pub fn keeps_its_word(&self) -> bool {
        self.credential.endpoint.keeps_its_word()
    }

    /// How far its connectors may share.
    pub fn sharing_limit(&self) -> Limit<'_> {
        Limit {
            policy: self.policy.sharing.as_ref(),
            built_in: self.built_in_roles,
        }
    }

    /// The full id of a role definition, from its own name.
    pub fn role_definition(&self, role: &str) -> String {
        format!(
            "/subscriptions/{}/providers/Microsoft.Authorization/roleDefinitions/{role}",
            self.scope.subscription()
        )
    }
}

/// Why nothing is done at a registry that is not the one it was.
pub fn registry_replaced(known: &str, found: &str) -> Stop {
    Stop::new(
        Reason::RegistryReplaced,
        format!("registry {known} was replaced by {found}; nothing is registered anew by itself"),
    )
}

/// A registered connector as a list shows it, boiled down to what decisions need.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Listed {
    /// Whose tags are on it.
    pub owner: Option<Owner>,
    /// What our tags say was sent.
    pub marks: Option<Marks>,
    /// Whether it shows what was sent: display fields and parameters, and the backend's own tags.
    pub as_sent: bool,
}

impl Listed {
    /// What a list, or any other answer, shows of a connector; `tags` are those that the backend puts on everything.
    pub fn of(observed: &CustomApiObserved, tags: &BTreeMap<String, String>) -> Self {
        let marks = Marks::from_tags(&observed.tags);
        let shows = marks
            .as_ref()
            .is_some_and(|marks| Shown::from(observed).hash() == marks.shown);
        let tagged = tags
            .iter()
            .all(|(name, value)| observed.tags.get(name) == Some(value));
        Self {
            owner: Owner::from_tags(&observed.tags),
            marks,
            as_sent: shows && tagged,
        }
    }
}

/// What a pass did to a connector at a backend, or read of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Effect {
    /// It is there, and looks so.
    Shows(Listed),
    /// It is gone, and its grants with it.
    Gone,
    /// It is there, without our tags.
    LetGo,
    /// Its grants are these.
    Grants(Vec<ObservedGrant>),
}

/// What a backend was last seen to hold of one connector.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Observed {
    /// The connector, if there is one.
    pub connector: Option<Listed>,
    /// Role assignments at exactly its scope.
    pub grants: Vec<ObservedGrant>,
}

/// A place where the connector is to be registered.
#[derive(Clone, Debug)]
pub struct Site<C = Client> {
    /// The backend.
    pub backend: Arc<Backend<C>>,
    /// The connector's id there.
    pub id: ResourceId,
    /// What was last seen there.
    pub observed: Observed,
}

/// A backend that is wanted, or why it cannot be used.
#[derive(Clone, Debug)]
pub struct Target<C = Client> {
    /// How the connector refers to it.
    pub reference: BackendReference,
    /// The place, or what is in the way.
    pub site: Result<Site<C>, Stop>,
}

impl Site {
    /// The same place, where nothing can be changed.
    pub fn to_read(&self) -> Site<Reader> {
        let Backend {
            key,
            client,
            credential,
            scope,
            location,
            policy,
            built_in_roles,
            instance,
        } = &*self.backend;
        let backend = Backend {
            key: key.clone(),
            client: Reader::from(client.clone()),
            credential: credential.clone(),
            scope: scope.clone(),
            location: location.clone(),
            policy: policy.clone(),
            built_in_roles,
            instance: instance.clone(),
        };
        Site {
            backend: Arc::new(backend),
            id: self.id.clone(),
            observed: self.observed.clone(),
        }
    }
}
