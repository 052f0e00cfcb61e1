//! The closed set of reasons: one word for condition, Event and metric alike. No client.

use std::time::Duration;

/// Who can do something about a pass that stopped, and when it is worth another look.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Class {
    /// Something outside is missing or slow; it is looked at again soon, waiting longer each time.
    Waiting,
    /// Only an edit, here or of what is referred to, helps; it is looked at again then, and each interval.
    Stalled,
}

macro_rules! reasons {
    ($( $(#[doc = $doc:literal])+ $name:ident: $class:ident, $remedy:literal; )+) => {
        /// Why a condition is as it is.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum Reason {
            $( $(#[doc = $doc])+ $name, )+
        }

        impl Reason {
            /// Every reason, in the order of the documentation.
            pub const ALL: &'static [Self] = &[ $( Self::$name, )+ ];

            /// The word that conditions, Events and metrics carry.
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$name => stringify!($name), )+ }
            }

            /// Who can do something about it.
            pub const fn class(self) -> Class {
                match self { $( Self::$name => Class::$class, )+ }
            }

            /// What it means, in a sentence.
            pub const fn meaning(self) -> &'static str {
                match self { $( Self::$name => concat!($($doc),+).trim_ascii(), )+ }
            }

            /// What to do about it, in a sentence.
            pub const fn remedy(self) -> &'static str {
                match self { $( Self::$name => $remedy, )+ }
            }
        }
    };
}

reasons! {
    /// A field of the spec says something that the schema cannot check and that cannot hold.
    InvalidSpec: Stalled, "Edit the field that the message names.";

    /// No backend is named and none is the default.
    NoDefaultBackend: Waiting, "Name one in spec.backendRefs, or mark a backend as default.";
    /// Several backends of one level are marked as default.
    AmbiguousDefault: Stalled, "Name one in spec.backendRefs, or leave one default.";
    /// A backend that is referred to does not exist.
    BackendNotFound: Waiting, "Create the backend, or edit spec.backendRefs.";
    /// A backend that is referred to is being deleted.
    BackendDeleting: Waiting, "Remove the reference, or create the backend anew once it is gone.";
    /// The cluster backend does not admit this namespace.
    NotAdmitted: Stalled, "Ask the administrator to add the namespace to spec.namespaces of the backend.";
    /// Two references lead to one registration.
    DuplicateBackend: Stalled, "Remove one of the references that the message names.";
    /// The backend has not answered yet, or not lately.
    BackendNotReady: Waiting, "Look at the backend's own status; the connector goes on by itself.";
    /// The backend points to the operator's own registry, and the operator runs without one.
    NoEmbeddedRegistry: Stalled, "Start the operator with --embedded-registry, or set spec.registry.url.";
    /// The backend's address or certificates cannot be used.
    EndpointInvalid: Stalled, "Mend spec.registry or spec.azure of the backend.";
    /// The backend holds as many connectors as its limits allow.
    LimitReached: Waiting, "Raise spec.limits.maxConnectors of the backend, or remove connectors.";

    /// A ConfigMap that is referred to does not exist.
    ConfigMapNotFound: Waiting, "Create the ConfigMap; the connector goes on by itself.";
    /// A Secret that is referred to does not exist.
    SecretNotFound: Waiting, "Create the Secret; the connector goes on after a while, or on request.";
    /// The object that is referred to has no such key.
    KeyNotFound: Waiting, "Add the key, or edit the reference.";
    /// The operator may not read, or not use, an object that is referred to.
    ReferenceNotPermitted: Waiting, "Give the operator's service account the right that the message names.";
    /// The cluster's API server did not answer as it should.
    ApiServerUnavailable: Waiting, "Nothing, as a rule: it is tried again.";
    /// A URL cannot be reached, or answered with a failure.
    UrlUnavailable: Waiting, "Check the URL and the server behind it; it is tried again.";
    /// A URL is not acceptable, or its server does not let the operator in.
    UrlRefused: Stalled, "Correct the URL, or the headers that are sent with it.";
    /// A URL leads to addresses that the operator may not fetch from.
    AddressNotAllowed: Stalled, "Use another address, or have the administrator allow it with --allow-source-cidr.";
    /// A Secret's annotation does not name the host that its value would be sent to.
    HostNotAllowed: Stalled, "Add the host to the Secret's annotation connectors.dev/allowed-hosts.";
    /// The content of a source cannot be used: too large, not text, damaged.
    SourceInvalid: Stalled, "Mend the content, or the reference to it.";
    /// What was fetched is not what was pinned.
    DigestMismatch: Stalled, "Check what is behind the URL; then set the digest that is expected, or leave it out.";
    /// The icon is no PNG or JPEG under 1 MB.
    IconInvalid: Stalled, "Mend the icon, or leave it out.";

    /// The description has errors.
    DefinitionInvalid: Stalled, "Mend what status.validation.findings names; `connector-operator validate` shows the same offline.";
    /// The description is in no format that is known.
    FormatNotSupported: Stalled, "Give it as OpenAPI 2.0, 3.0 or 3.1, or as a Postman collection.";

    /// Description and spec together do not say how calls authenticate.
    AuthenticationInvalid: Stalled, "Set spec.authentication as the message says.";
    /// Neither description nor spec say rightly where the API answers.
    ServiceUrlInvalid: Stalled, "Set spec.serviceUrl, or mend host, basePath and schemes of the description.";

    /// Another connector of this cluster has that name at the backend.
    NameTaken: Stalled, "Choose another spec.externalName, or remove the other connector.";
    /// A connector of that name exists at the backend and adoption does not allow to take it over.
    AlreadyExists: Stalled, "Set spec.adoption as far as it should go, or choose another spec.externalName.";
    /// Another cluster's operator keeps that connector.
    OwnershipConflict: Stalled, "Let one cluster keep it. spec.adoption: Force takes it over, but not back from who took it since. If the id was this cluster's own, name it in --former-cluster-ids.";
    /// The description changed in a way that breaks workflows, and changePolicy is Block.
    BreakingChange: Stalled, "Keep what the message names (`connector-operator diff` shows all of it), register the new version under another spec.externalName, or set spec.changePolicy: Allow.";
    /// The backend refuses the connector.
    Rejected: Stalled, "Mend what the backend's message names.";
    /// The backend refuses for want of quota.
    QuotaExceeded: Waiting, "Remove connectors or grants, or ask for more quota; it is tried again slowly.";
    /// The backend, or whoever gives the tokens for it, does not accept the credential.
    Unauthorized: Stalled, "Renew or correct the backend's credential as the message says.";
    /// Nobody who gives tokens for the backend answers as they should.
    SignInUnavailable: Waiting, "Check that the operator reaches the host that the message names; it is tried again.";
    /// The service account or the token file that the operator is to sign in by is not there.
    IdentityNotFound: Waiting, "Create the service account, or set the operator up for the identity that the message names.";
    /// The operator's credential may not do this.
    Forbidden: Stalled, "Give the operator's identity the right that the message names.";
    /// The backend cannot be reached, or failed.
    BackendUnavailable: Waiting, "Nothing, as a rule: it is tried again, waiting longer each time.";
    /// The backend answered that it made the connector, and does not have it.
    CreationUnconfirmed: Waiting, "Nothing, as a rule: it is looked for again, and made again. If it lasts, ask the backend's support.";
    /// The backend is at work on the same connector, or its state changed meanwhile.
    BackendConflict: Waiting, "Nothing, as a rule: it is looked at anew.";
    /// The backend asks to be left alone for a while.
    Throttled: Waiting, "Nothing: it goes on when the backend allows.";
    /// A call or the whole pass took longer than it may.
    TimedOut: Waiting, "Nothing, as a rule; raise spec.timeout where passes are long.";

    /// A principal, its kind, its role or its expiry is beyond what the backend lets connectors share.
    PrincipalNotAllowed: Stalled, "Edit spec.sharing, or ask the administrator for a wider spec.sharing of the backend.";
    /// The directory does not know a principal yet.
    PrincipalNotFound: Waiting, "Check the object id; a new principal is found after some minutes.";

    /// What is to be done waits for approval.
    PlanPending: Waiting, "Read status.plan, and set spec.approvedPlan to its digest; or edit the spec until the plan is what you want.";

    /// Others changed or removed what was registered or granted, and driftPolicy is Report.
    DriftDetected: Stalled, "Put it right by hand, or set spec.driftPolicy: Correct.";
    /// The embedded registry was replaced by an empty one.
    RegistryReplaced: Stalled, "Restore the registry's volume; or accept the new registry, in which all is registered anew, by taking registryInstance off the backend's status (kubectl patch --subresource=status); or delete its connectors, with spec.deletionPolicy: Orphan, and then the backend.";

    /// Deletion waits for connections that still use the connector.
    ConnectionsExist: Stalled, "Delete the connections that the message names, or set spec.deletionProtection: false, or spec.deletionPolicy: Orphan.";
    /// Deletion waits because it cannot be known whether connections use the connector.
    ConnectionsUnknown: Stalled, "Let the operator list connections, or set spec.deletionProtection: false, or spec.deletionPolicy: Orphan.";
    /// Deletion waits for a backend that is gone, or of which nobody knows any more whether it holds the connector.
    BackendGone: Stalled, "Create the backend anew, or set spec.deletionPolicy: Orphan to leave behind what is registered.";
    /// The credential of a backend that is being deleted is gone.
    CredentialGone: Stalled, "Create the Secret anew, or set spec.deletionPolicy: Orphan to leave behind what is registered.";

    /// The operator met a state that should not exist.
    InternalError: Waiting, "Report it, with the operator's log.";
}

impl Reason {
    /// Which of several is told: what needs an edit, then what needs approval, then what passes.
    pub const fn standing(self) -> u8 {
        match (self, self.class()) {
            (_, Class::Stalled) => 0,
            (Self::PlanPending, Class::Waiting) => 1,
            (_, Class::Waiting) => 2,
        }
    }

    /// Whether it speaks of the outside only: on a generation that is done it changes nothing.
    pub const fn passes(self) -> bool {
        self.standing() == 2
    }

    /// The longest pause between two tries of a connector that stopped for this reason.
    pub const fn longest_pause(self) -> Duration {
        if matches!(
            self,
            Self::QuotaExceeded | Self::LimitReached | Self::PrincipalNotFound
        ) {
            Duration::from_mins(10)
        } else {
            Duration::from_mins(5)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_says_what_to_do() {
        for reason in Reason::ALL {
            assert!(reason.meaning().ends_with('.'), "{reason:?}");
            assert!(reason.remedy().ends_with('.'), "{reason:?}");
            assert!(reason.as_str().chars().all(char::is_alphanumeric), "{reason:?}");
        }
    }
}
