//! Counts what is written to the API server, from its audit log. No client.

use std::{
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom},
    path::PathBuf,
};

use serde::Deserialize;

use super::Failure;

/// What the API server records: of the operator everything, of all others the requests that can change something,
/// once they are answered. Of others leases are left out, and so are the calls that are a POST but store nothing.
pub(crate) const POLICY: &str = "\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: Metadata
    users: ['system:serviceaccount:connector-operator:connector-operator']
  - level: None
    verbs: [get, list, watch]
  - level: None
    resources:
      - { group: coordination.k8s.io, resources: [leases] }
      - { group: authentication.k8s.io }
      - { group: authorization.k8s.io }
      - { group: '', resources: [serviceaccounts/token] }
  - level: Metadata
";

/// The audit log of a control plane.
#[derive(Clone, Debug)]
pub(crate) struct Audit {
    log: PathBuf,
}

/// A place in the audit log.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Mark(u64);

/// One request, whatever became of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Request {
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete` or `deletecollection`.
    pub(crate) verb: String,
    /// The API group, empty for the core.
    pub(crate) group: String,
    /// The plural name, as in `customconnectors`.
    pub(crate) resource: String,
    /// As in `status`; empty for the object itself.
    pub(crate) subresource: String,
    /// Empty for what has none.
    pub(crate) namespace: String,
    /// Empty where the server chose it, and for a collection.
    pub(crate) name: String,
    /// As in `system:serviceaccount:connectors:operator`.
    pub(crate) user: String,
    /// The HTTP status; from 400 on nothing was written.
    pub(crate) status: u16,
}

impl Request {
    fn writes(&self) -> bool {
        let verb = matches!(
            self.verb.as_str(),
            "create" | "update" | "patch" | "delete" | "deletecollection"
        );
        verb && self.group != "coordination.k8s.io"
    }
}

impl Audit {
    pub(super) fn of(log: PathBuf) -> Self {
        Self { log }
    }

    /// The present end of the log. What is written from now on lies behind it; so may a request that was answered a
    /// moment ago, because the server answers first and records then.
    pub(crate) fn mark(&self) -> Result<Mark, Failure> {
        match std::fs::metadata(&self.log) {
            Ok(metadata) => Ok(Mark(metadata.len())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Mark(0)),
            Err(error) => Err(self.failure(error)),
        }
    }

    /// Every request behind the mark that wrote or tried to, by anyone, in the order of the answers. Events are among
    /// them; dry runs are not, nor are leases, which a leader renews whatever happens.
    pub(crate) fn writes_since(&self, mark: Mark) -> Result<Vec<Request>, Failure> {
        let mut requests = self.requests_since(mark)?;
        requests.retain(Request::writes);
        Ok(requests)
    }

    /// Every request behind the mark that is recorded, in the order of the answers; a watch as it begins and ends.
    pub(crate) fn requests_since(&self, mark: Mark) -> Result<Vec<Request>, Failure> {
        let mut text = String::new();
        File::open(&self.log)
            .and_then(|mut file| {
                file.seek(SeekFrom::Start(mark.0))?;
                file.read_to_string(&mut text)
            })
            .map_err(|error| self.failure(error))?;
        // The last line may still be in the writing.
        let whole = text
            .rfind('\n')
            .map_or("", |end| text.get(..end).unwrap_or_default());
        whole
            .lines()
            .filter_map(|line| parse(line).transpose())
            .collect::<Result<_, _>>()
            .map_err(|error| self.failure(error.into()))
    }

    fn failure(&self, source: io::Error) -> Failure {
        Failure::Io {
            attempt: format!("read the audit log {}", self.log.display()),
            source,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    verb: String,
    #[serde(rename = "requestURI")]
    request_uri: String,
    user: User,
    #[serde(default)]
    object_ref: ObjectReference,
    #[serde(default)]
    response_status: ResponseStatus,
}

#[derive(Deserialize)]
struct User {
    username: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ObjectReference {
    api_group: String,
    resource: String,
    subresource: String,
    namespace: String,
    name: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ResponseStatus {
    code: u16,
}

fn parse(line: &str) -> serde_json::Result<Option<Request>> {
    let entry: Entry = serde_json::from_str(line)?;
    Ok((!entry.request_uri.contains("dryRun=")).then_some(Request {
        verb: entry.verb,
        group: entry.object_ref.api_group,
        resource: entry.object_ref.resource,
        subresource: entry.object_ref.subresource,
        namespace: entry.object_ref.namespace,
        name: entry.object_ref.name,
        user: entry.user.username,
        status: entry.response_status.code,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","stage":"ResponseComplete","requestURI":"/api/v1/namespaces/a/configmaps?fieldManager=x","verb":"create","user":{"username":"admin","groups":["system:masters"]},"objectRef":{"resource":"configmaps","namespace":"a","name":"c","apiVersion":"v1"},"responseStatus":{"metadata":{},"code":201}}"#;

    #[test]
    fn a_line_still_in_the_writing_is_left_for_the_next_reading() {
        let folder = tempfile::tempdir().unwrap();
        let audit = Audit::of(folder.path().join("audit.log"));
        assert_eq!(audit.mark().unwrap(), Mark(0), "no log yet");
        let (begun, _) = LINE.split_at(100);
        std::fs::write(
            folder.path().join("audit.log"),
            format!("{LINE}\n{LINE}\n{begun}"),
        )
        .unwrap();

        let writes = audit.writes_since(Mark(LINE.len() as u64 + 1)).unwrap();

        let [write] = writes.as_slice() else {
            panic!("one whole line lies behind the mark: {writes:?}")
        };
        assert_eq!(
            (write.verb.as_str(), write.resource.as_str(), write.status),
            ("create", "configmaps", 201)
        );
        assert_eq!(
            (write.namespace.as_str(), write.name.as_str(), write.user.as_str()),
            ("a", "c", "admin")
        );
    }

    #[test]
    fn a_dry_run_is_no_write() {
        assert_eq!(
            parse(&LINE.replace("fieldManager=x", "dryRun=All")).unwrap(),
            None
        );
    }
}
