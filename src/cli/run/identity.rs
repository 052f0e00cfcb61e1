//! Names of the process and of the cluster, as flags and from the surroundings. No client.

use std::fs;

use uuid::Uuid;

/// The longest identity: what a lease and an Event take without being cut.
const IDENTITY_LENGTH: usize = 128;
/// The longest cluster id; it becomes the value of a tag.
const CLUSTER_ID_LENGTH: usize = 64;

/// An identity as a flag gives it.
pub(super) fn identity(text: &str) -> Result<String, String> {
    named(text, IDENTITY_LENGTH)
}

/// A cluster id as a flag gives it.
pub(in crate::cli) fn cluster_id(text: &str) -> Result<String, String> {
    named(text, CLUSTER_ID_LENGTH)
}

fn named(text: &str, longest: usize) -> Result<String, String> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-');
    if (1..=longest).contains(&text.len()) && text.chars().all(plain) {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "it must be 1 to {longest} letters, digits, dots, hyphens and underscores"
        ))
    }
}

/// The namespace of the pod, where the deployment tells it.
pub(super) fn pod_namespace() -> Option<String> {
    variable("POD_NAMESPACE")
}

/// The pod's name, which no other running pod of its namespace has and which outlives the container; else the host's
/// name with a random end, as several processes may run on one host.
pub(super) fn default() -> String {
    variable("POD_NAME").unwrap_or_else(|| {
        let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let host = host.trim().chars().take(64).collect::<String>();
        let host = identity(&host).unwrap_or_else(|_| "connector-operator".to_owned());
        let random = Uuid::new_v4().simple().to_string();
        format!("{host}-{}", random.get(..8).unwrap_or_default())
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "set by the deployment for every program, so no flag of ours"
)]
pub(in crate::cli) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_would_break_a_tag_is_refused() {
        assert_eq!(cluster_id("prod-1.eu_west"), Ok("prod-1.eu_west".to_owned()));
        for bad in ["", "a b", "ä", "x/y", &"x".repeat(65)] {
            assert!(cluster_id(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn two_processes_on_one_host_have_different_names() {
        let (first, second) = (default(), default());
        assert_ne!(first, second);
        assert_eq!(identity(&first), Ok(first.clone()));
    }
}
