//! What tools that wait for objects make of a connector's status, and what they rely on. No client.

use connector_operator::{
    crd::CustomConnector,
    reconcile::{
        conditions::{Kind, find, holds},
        reason::{Class, Reason},
    },
};

/// How `kubectl wait`'s bigger siblings (Flux, Argo CD's health checks, `kstatus`) read an object.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Judgement {
    /// It is on its way.
    InProgress,
    /// It will not get there by itself.
    Failed,
    /// It is what its spec asks for.
    Current,
    /// It is being deleted.
    Terminating,
}

/// The rules of kstatus for kinds that it does not know: deletion, generation, then the abnormal conditions, then Ready.
/// An object without Ready counts as current, which is why a new one must tell an old generation.
pub(super) fn judge(connector: &CustomConnector) -> Judgement {
    let Some(status) = &connector.status else {
        return Judgement::Current;
    };
    let ready = find(&status.conditions, Kind::Ready);
    if connector.metadata.deletion_timestamp.is_some() {
        Judgement::Terminating
    } else if status.observed_generation != connector.metadata.generation
        || holds(&status.conditions, Kind::Reconciling)
    {
        Judgement::InProgress
    } else if holds(&status.conditions, Kind::Stalled) {
        Judgement::Failed
    } else if ready.is_some_and(|ready| ready.status != "True") {
        Judgement::InProgress
    } else {
        Judgement::Current
    }
}

/// What holds of every status at any time, whatever the connector goes through.
pub(super) fn assert_coherent(connector: &CustomConnector) {
    let told = || serde_json::to_string_pretty(&connector.status).unwrap();
    let status = connector.status.as_ref().unwrap();
    let generation = connector.metadata.generation.unwrap();
    let Some(ready) = find(&status.conditions, Kind::Ready) else {
        assert_eq!(status.observed_generation, Some(-1), "not judged yet: {}", told());
        assert!(status.conditions.is_empty(), "{}", told());
        return;
    };
    for condition in &status.conditions {
        assert!(condition.observed_generation <= Some(generation), "{}", told());
        assert!(
            !condition.reason.is_empty() && condition.message.len() <= 1024,
            "{}",
            told()
        );
    }
    for abnormal in [Kind::Reconciling, Kind::Stalled, Kind::Drifted] {
        let there = find(&status.conditions, abnormal);
        assert!(
            there.is_none_or(|it| it.status == "True"),
            "{} is there only while it holds: {}",
            abnormal.as_str(),
            told()
        );
    }
    let (reconciling, stalled) = (
        holds(&status.conditions, Kind::Reconciling),
        holds(&status.conditions, Kind::Stalled),
    );
    if ready.status == "True" {
        assert!(!reconciling && !stalled, "{}", told());
        assert_eq!(
            status.observed_generation,
            ready.observed_generation,
            "{}",
            told()
        );
    } else {
        let reason = Reason::ALL.iter().find(|reason| reason.as_str() == ready.reason);
        let class = reason
            .unwrap_or_else(|| panic!("no reason of the closed set: {}", told()))
            .class();
        assert_eq!(ready.status, "False", "{}", told());
        assert_eq!(
            (reconciling, stalled),
            (class == Class::Waiting, class == Class::Stalled),
            "{}",
            told()
        );
        assert!(
            class == Class::Waiting || status.observed_generation == ready.observed_generation,
            "{}",
            told()
        );
    }
    if let Some(sharing) = &status.sharing {
        assert_eq!(
            sharing.summary,
            format!("{}/{}", sharing.granted, sharing.desired)
        );
    }
}
