//! Manifests in files, and the cluster as it would be with them applied: the API server judges them in a dry run, and
//! stores nothing. Client required.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use http::{Method, Request, Response};
use kube::{
    Api, Client,
    api::{ApiResource, DynamicObject, PostParams},
    client::Body,
};
use serde_json::{Value, json};
use tower::service_fn;

use crate::{
    cli::{
        Failure,
        cluster::{Cluster, FIELD_MANAGER, unanswered},
    },
    crd::CustomConnector,
    reconcile::{
        entry::{Entry, Key},
        parsed::Parsed,
    },
};

/// What commands write into a spec beside its manifest; applying the manifest leaves it alone.
const KEPT: [&str; 2] = ["approvedPlan", "suspend"];

/// Objects that are taken as if they were applied.
#[derive(Debug, Default)]
pub(super) struct Manifests {
    connectors: BTreeMap<Key, Value>,
    config_maps: BTreeMap<Key, Value>,
}

/// A cluster with manifests applied.
pub(super) struct Applied {
    /// The cluster, which shows them where it is asked for one of them.
    pub(super) cluster: Cluster,
    /// Their connectors.
    pub(super) connectors: Vec<Parsed>,
    /// Those of them that do not exist yet.
    pub(super) new: Vec<Key>,
}

impl Manifests {
    /// Reads files; `-` is standard input. Objects that name no namespace are in `namespace`; those of other kinds are
    /// passed over.
    pub(super) fn read(files: &[PathBuf], namespace: &str) -> Result<Self, Failure> {
        let mut manifests = Self::default();
        for file in files {
            let attempt = format!("cannot read manifests from {}", file.display());
            let text = text_of(file).map_err(Failure::of(attempt.clone()))?;
            let documents: Vec<Value> =
                serde_saphyr::from_multiple(&text).map_err(Failure::of(attempt.clone()))?;
            for document in documents {
                manifests
                    .take(document, namespace)
                    .map_err(Failure::of(attempt.clone()))?;
            }
        }
        if !files.is_empty() && manifests.connectors.is_empty() {
            let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
            return Err(Failure::of(format!("cannot plan for {}", files.join(", ")))(
                "there is no CustomConnector of connectors.dev/v1alpha1 in it",
            ));
        }
        Ok(manifests)
    }

    fn take(&mut self, mut document: Value, namespace: &str) -> Result<(), String> {
        let word = |field: &str| {
            document
                .get(field)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let (version, kind) = (word("apiVersion"), word("kind"));
        if kind.ends_with("List") {
            let items = document.get_mut("items").and_then(Value::as_array_mut);
            return items
                .map(std::mem::take)
                .unwrap_or_default()
                .into_iter()
                .try_for_each(|item| self.take(item, namespace));
        }
        let objects = match (version.as_str(), kind.as_str()) {
            ("connectors.dev/v1alpha1", "CustomConnector") => &mut self.connectors,
            ("v1", "ConfigMap") => &mut self.config_maps,
            _ => return Ok(()),
        };
        let metadata = document.get_mut("metadata").and_then(Value::as_object_mut);
        let named =
            metadata.and_then(|metadata| Some((metadata.get("name")?.as_str()?.to_owned(), metadata)));
        let (name, metadata) = named.ok_or_else(|| format!("a {kind} has no metadata.name"))?;
        let own = metadata.get("namespace").and_then(Value::as_str);
        let key = Key::new(own.unwrap_or(namespace), &name);
        metadata.insert("namespace".to_owned(), json!(*key.namespace));
        if objects.insert(key.clone(), document).is_some() {
            return Err(format!("{kind} {key} is there twice"));
        }
        Ok(())
    }

    /// The cluster as it would be with them applied.
    pub(super) async fn applied_to(self, cluster: &Cluster) -> Result<Applied, Failure> {
        let (mut connectors, mut new, mut shown) = (Vec::new(), Vec::new(), BTreeMap::new());
        for (key, manifest) in self.connectors {
            let Tried { text, is_new } = tried(cluster, &key, manifest).await?;
            let attempt = format!("cannot read what the API server makes of CustomConnector {key}");
            let entry: Entry = serde_json::from_str(&text).map_err(Failure::of(attempt))?;
            connectors.push(Parsed::of(&Arc::new(entry)));
            if is_new {
                new.push(key.clone());
            }
            let Key { namespace, name } = key;
            let path =
                format!("/apis/connectors.dev/v1alpha1/namespaces/{namespace}/customconnectors/{name}");
            shown.insert(path, text);
        }
        for (Key { namespace, name }, manifest) in self.config_maps {
            let path = format!("/api/v1/namespaces/{namespace}/configmaps/{name}");
            shown.insert(path, manifest.to_string());
        }
        let client = if shown.is_empty() {
            cluster.client.clone()
        } else {
            showing(cluster.client.clone(), shown)
        };
        let namespace = cluster.namespace.clone();
        Ok(Applied {
            cluster: Cluster { client, namespace },
            connectors,
            new,
        })
    }
}

fn text_of(file: &Path) -> io::Result<String> {
    if file == Path::new("-") {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text)?;
        Ok(text)
    } else {
        fs::read_to_string(file)
    }
}

/// A connector as it would be stored.
struct Tried {
    text: String,
    is_new: bool,
}

/// Has the API server judge a connector as if it were created or replaced.
async fn tried(cluster: &Cluster, key: &Key, mut manifest: Value) -> Result<Tried, Failure> {
    let kind = ApiResource::erase::<CustomConnector>(&());
    let api: Api<DynamicObject> = Api::namespaced_with(cluster.client.clone(), &key.namespace, &kind);
    let attempt = || format!("cannot try out CustomConnector {key}");
    let existing = api.get_opt(&key.name).await.map_err(unanswered(attempt()))?;
    let parameters = PostParams {
        dry_run: true,
        field_manager: Some(FIELD_MANAGER.to_owned()),
    };
    if let Some(existing) = &existing
        && let Some(spec) = manifest.get_mut("spec").and_then(Value::as_object_mut)
    {
        for field in KEPT {
            let kept = existing.data.get("spec").and_then(|spec| spec.get(field));
            if let Some(kept) = kept.filter(|_| !spec.contains_key(field)) {
                spec.insert(field.to_owned(), kept.clone());
            }
        }
    }
    let mut object: DynamicObject = serde_json::from_value(manifest).map_err(Failure::of(attempt()))?;
    let stored = if let Some(existing) = &existing {
        object
            .metadata
            .resource_version
            .clone_from(&existing.metadata.resource_version);
        object
            .metadata
            .finalizers
            .clone_from(&existing.metadata.finalizers);
        api.replace(&key.name, &parameters, &object).await
    } else {
        api.create(&parameters, &object).await
    };
    let stored = stored.map_err(unanswered(attempt()))?;
    Ok(Tried {
        text: serde_json::to_string(&stored).map_err(Failure::of(attempt()))?,
        is_new: existing.is_none(),
    })
}

/// A client to whom these objects, by path, are as they are here; everything else is as in the cluster.
fn showing(client: Client, objects: BTreeMap<String, String>) -> Client {
    let namespace = client.default_namespace().to_owned();
    let service = service_fn(move |request: Request<Body>| {
        let shown = (request.method() == Method::GET)
            .then(|| objects.get(request.uri().path()).cloned())
            .flatten();
        let client = client.clone();
        async move {
            match shown {
                Some(text) => Ok(Response::new(Body::from(text.into_bytes()))),
                None => client.send(request).await,
            }
        }
    });
    Client::new(service, namespace)
}
