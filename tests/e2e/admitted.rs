//! What ships for admission, at work in one namespace only: the control plane is shared. Client required.

use std::{
    fmt::Write as _,
    io::Write as _,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::{harness::control_plane::ControlPlane, shared};

/// Admission policies as they ship, under names and with bindings of one namespace. Dropping takes them away.
///
/// Kubernetes has no such limit for objects outside namespaces: policies about those bind everybody.
pub(crate) struct Policies {
    control_plane: &'static ControlPlane,
    manifest: Vec<u8>,
    names: Vec<String>,
}

impl Policies {
    /// Those that a folder of this project ships.
    pub(crate) fn in_namespace(control_plane: &'static ControlPlane, folder: &str, namespace: &str) -> Self {
        let mut names = Vec::new();
        let mut manifest = String::new();
        for mut object in shared::rendered(control_plane, folder) {
            let kind = object["kind"].as_str().unwrap().to_owned();
            let name = |name: &Value| json!(format!("{}.{namespace}", name.as_str().unwrap()));
            if kind.ends_with("AdmissionPolicyBinding") {
                object["spec"]["policyName"] = name(&object["spec"]["policyName"]);
                object["spec"]["matchResources"] = json!({
                    "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": namespace } },
                });
            } else if !kind.ends_with("AdmissionPolicy") {
                continue;
            }
            object["metadata"]["name"] = name(&object["metadata"]["name"]);
            names.push(object["metadata"]["name"].as_str().unwrap().to_owned());
            writeln!(manifest, "{object}").unwrap();
        }
        let installed = Self {
            control_plane,
            manifest: manifest.into_bytes(),
            names,
        };
        installed.kubectl(&["apply", "--server-side", "--filename=-"]);
        installed
    }

    /// What the policies and their bindings are called here.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    fn kubectl(&self, arguments: &[&str]) {
        let mut command: Command = self.control_plane.kubectl();
        let mut child = command.args(arguments).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(&self.manifest).unwrap();
        assert!(child.wait().unwrap().success(), "kubectl {arguments:?}");
    }
}

impl Drop for Policies {
    fn drop(&mut self) {
        self.kubectl(&["delete", "--filename=-"]);
    }
}
