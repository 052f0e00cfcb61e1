//! Why a source could not be had, in words for people. What comes of it is placed by whoever asked. No client.

use std::{fmt, io, sync::Arc};

use super::icon::IconError;

/// A kind of object that a connector can refer to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// A ConfigMap of the connector's namespace.
    ConfigMap,
    /// A Secret of the connector's namespace.
    Secret,
}

/// The object that a reference leads to; printed with its kind, name and namespace.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Object {
    /// Which kind.
    pub kind: Kind,
    /// The namespace it was looked for in.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl fmt::Display for Object {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::ConfigMap => "ConfigMap",
            Kind::Secret => "Secret",
        };
        write!(
            formatter,
            "{kind} `{}` in namespace `{}`",
            self.name, self.namespace
        )
    }
}

/// Why a source could not be had.
///
/// `Display` is steady from one attempt to the next and holds no header value, no URL query, no user
/// information of a URL and nothing out of a Secret but names of keys the user wrote; what varies
/// (addresses, the words of a library) is in `source()` only.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The object does not exist.
    #[error("{object} does not exist")]
    NotFound {
        /// What was looked for.
        object: Object,
    },
    /// The object has no such key.
    #[error("{object} has no key `{key}`{}", Listed(available))]
    KeyNotFound {
        /// Where the key was looked for.
        object: Object,
        /// The key.
        key: String,
        /// The keys there are; always empty for a Secret.
        available: Vec<String>,
    },
    /// The operator may not read the object.
    #[error(
        "the operator may not read {object}: give its service account the verb `get`{}",
        Because(reason)
    )]
    NotPermitted {
        /// What was to be read.
        object: Object,
        /// The API server's words; empty where it gave none.
        reason: String,
    },
    /// The API server could not be asked, or failed.
    #[error("{object} could not be read from the API server")]
    ApiServer {
        /// What was to be read.
        object: Object,
        /// What went wrong; absent where its words could quote a Secret.
        #[source]
        source: Option<Arc<kube::Error>>,
    },
    /// The API server did not answer in time.
    #[error("{object} could not be read: the API server did not answer within {seconds} s")]
    ApiServerTimedOut {
        /// What was to be read.
        object: Object,
        /// The limit, in seconds.
        seconds: u64,
    },
    /// The value is to be text and is not.
    #[error("key `{key}` of {object} is not UTF-8 text")]
    NotText {
        /// Where it was found.
        object: Object,
        /// The key.
        key: String,
    },
    /// More bytes than are accepted, as they came or after unpacking.
    #[error("{what} is larger than the {limit} bytes that are accepted")]
    TooLarge {
        /// Which source.
        what: String,
        /// The limit, in bytes.
        limit: usize,
    },
    /// It begins as gzip does and does not unpack.
    #[error("{what} begins as gzip does, but does not unpack")]
    Gzip {
        /// Which source.
        what: String,
        /// What the decoder says.
        #[source]
        source: io::Error,
    },
    /// The URL itself is not acceptable.
    #[error("the URL `{url}` is not accepted: {problem}")]
    UrlRefused {
        /// The URL without query, fragment and user information.
        url: String,
        /// What is wrong with it and what to do.
        problem: &'static str,
    },
    /// The host is, or resolves to nothing but, addresses that are not allowed.
    #[error(
        "the host `{host}` has no address that may be reached: private, loopback, link-local and reserved \
         addresses are refused unless the administrator allows them with --allow-source-cidr"
    )]
    AddressNotAllowed {
        /// The host of the URL.
        host: String,
    },
    /// The Secret may not be sent to that host.
    #[error(
        "{secret} may not be sent to `{host}`: its annotation `{}` {}",
        crate::crd::ALLOWED_HOSTS,
        Named(names)
    )]
    HostNotAllowed {
        /// The Secret.
        secret: Object,
        /// Host, and port where it is not the scheme's own.
        host: String,
        /// Whether the annotation is there at all.
        names: bool,
    },
    /// A key of the Secret with headers cannot be a header.
    #[error("key `{header}` of {secret} cannot be sent as a header: {problem}")]
    HeaderRefused {
        /// The Secret.
        secret: Object,
        /// The key, which is to be the header's name.
        header: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The server says that there is nothing under the URL.
    #[error("there is nothing at `{url}`: the server answered {status}")]
    UrlNotFound {
        /// The URL without query, fragment and user information.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// The server wants other credentials.
    #[error("the server did not let us read `{url}`: it answered {status}; see headersSecretRef")]
    UrlUnauthorized {
        /// The URL without query, fragment and user information.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// The server could not be reached, or did not answer as it should.
    #[error("`{url}` could not be read: {problem}")]
    UrlUnavailable {
        /// The URL without query, fragment and user information.
        url: String,
        /// What went wrong.
        problem: String,
        /// What the HTTP client says.
        #[source]
        source: Option<reqwest::Error>,
    },
    /// The pinned digest is not written as a digest.
    #[error("the digest `{text}` is not `sha256:` followed by 64 hexadecimal digits")]
    DigestInvalid {
        /// What was written, cut after 80 characters.
        text: String,
    },
    /// What was fetched is not what was pinned.
    #[error("what `{url}` holds has the digest {found}, not the pinned {wanted}")]
    DigestMismatch {
        /// The URL without query, fragment and user information.
        url: String,
        /// The digest in the spec.
        wanted: String,
        /// The digest of what came.
        found: String,
    },
    /// The icon is none.
    #[error("the icon from {what} is not accepted")]
    Icon {
        /// Which source.
        what: String,
        /// What is wrong with it.
        #[source]
        source: IconError,
    },
    /// The HTTP client could not be set up; the operator's own environment is at fault.
    #[error("the client for URLs could not be set up")]
    Client(#[source] reqwest::Error),
}

/// The keys there are, as the end of a sentence.
struct Listed<'a>(&'a [String]);

/// More keys than this are not spelled out.
const KEYS_LISTED: usize = 10;

impl fmt::Display for Listed<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, key) in self.0.iter().take(KEYS_LISTED).enumerate() {
            write!(
                formatter,
                "{}`{key}`",
                if index == 0 { "; it has " } else { ", " }
            )?;
        }
        match self.0.len().checked_sub(KEYS_LISTED) {
            Some(more) if more > 0 => write!(formatter, " and {more} more"),
            _ => Ok(()),
        }
    }
}

/// Somebody else's words in brackets, or nothing.
struct Because<'a>(&'a str);

impl fmt::Display for Because<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        let words: String = self
            .0
            .chars()
            .filter(|character| !character.is_control())
            .take(300)
            .collect();
        write!(formatter, " ({words})")
    }
}

/// What is wrong with the annotation that names hosts.
struct Named<'a>(&'a bool);

impl fmt::Display for Named<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if *self.0 {
            "names other hosts"
        } else {
            "is not set; add it and name the host there"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config_map() -> Object {
        Object {
            kind: Kind::ConfigMap,
            namespace: "shop".into(),
            name: "petstore".into(),
        }
    }

    #[test]
    fn a_missing_key_is_reported_with_the_keys_there_are() {
        let error = SourceError::KeyNotFound {
            object: config_map(),
            key: "openapi.json".into(),
            available: vec!["a.json".into(), "b.json".into()],
        };
        assert_eq!(
            error.to_string(),
            "ConfigMap `petstore` in namespace `shop` has no key `openapi.json`; it has `a.json`, `b.json`"
        );
    }

    #[test]
    fn a_long_list_of_keys_is_cut() {
        let error = SourceError::KeyNotFound {
            object: config_map(),
            key: "x".into(),
            available: (0..12).map(|index| format!("k{index}")).collect(),
        };
        assert!(error.to_string().ends_with("`k9` and 2 more"), "{error}");
    }

    #[test]
    fn a_host_that_is_not_named_says_where_to_name_it() {
        let secret = Object {
            kind: Kind::Secret,
            namespace: "shop".into(),
            name: "token".into(),
        };
        let error = SourceError::HostNotAllowed {
            secret,
            host: "api.example.com:8443".into(),
            names: false,
        };
        assert_eq!(
            error.to_string(),
            "Secret `token` in namespace `shop` may not be sent to `api.example.com:8443`: its annotation \
             `connectors.dev/allowed-hosts` is not set; add it and name the host there"
        );
    }
}
