//! What is to be done about one registration: what is wanted against what was seen. No client.

use super::{
    ownership::{Identity, Relation, relation},
    target::Listed,
};
use crate::crd::connector::DriftPolicy;

/// What is to be done about a registration.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Action {
    /// Nothing: it is as wanted.
    Keep,
    /// Register it; it must not exist.
    Create,
    /// Send it anew, after a look at what is there.
    Change,
    /// Look whose it is before anything else.
    Inspect,
    /// Others changed it, and it is to stay so.
    Report,
}

/// What is wanted, boiled down.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// Digest of what would be sent.
    pub digest: &'a str,
    /// Whether exactly that was sent before, and the status says so: what differs now, others did.
    pub was_sent: bool,
    /// The resource's uid.
    pub uid: &'a str,
    /// What is done about changes by others.
    pub drift: DriftPolicy,
}

/// Decides, from what a list showed.
///
/// ```text
/// not there ── sent before, and drift is only reported ──► Report
///           └─ else ─────────────────────────────────────► Create
/// there ── not ours ─────────────────────────────────────► Inspect
///       └─ ours ── same digest, tags and looks ──────────► Keep
///               ├─ sent before, and drift is only reported ► Report
///               └─ else ─────────────────────────────────► Change
/// ```
pub fn decide(wish: Wish<'_>, observed: Option<&Listed>, me: &Identity<'_>) -> Action {
    let only_report = wish.was_sent && wish.drift == DriftPolicy::Report;
    let Some(listed) = observed else {
        return if only_report {
            Action::Report
        } else {
            Action::Create
        };
    };
    match relation(listed.owner.as_ref(), me) {
        Relation::Ours if is_as_wanted(wish, listed, me) => Action::Keep,
        Relation::Ours | Relation::Unowned if only_report => Action::Report,
        Relation::Ours => Action::Change,
        Relation::Sibling(_) | Relation::Foreign(_) | Relation::Unowned => Action::Inspect,
    }
}

fn is_as_wanted(wish: Wish<'_>, listed: &Listed, me: &Identity<'_>) -> bool {
    let owner = listed.owner.as_ref();
    listed.as_sent
        && listed
            .marks
            .as_ref()
            .is_some_and(|marks| marks.digest == wish.digest)
        && owner.is_some_and(|owner| owner.uid == wish.uid && owner.cluster == me.cluster)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connector::tags::{Marks, Owner};

    const ME: Identity<'_> = Identity {
        cluster: "c",
        former_clusters: &[],
        namespace: "n",
        name: "a",
    };

    fn wish(was_sent: bool, drift: DriftPolicy) -> Wish<'static> {
        Wish {
            digest: "d",
            was_sent,
            uid: "u",
            drift,
        }
    }

    fn listed(owner: Option<[&str; 4]>, digest: &str, as_sent: bool) -> Listed {
        Listed {
            owner: owner.map(|[cluster, namespace, name, uid]| Owner {
                cluster: cluster.to_owned(),
                namespace: namespace.to_owned(),
                name: name.to_owned(),
                uid: uid.to_owned(),
            }),
            marks: Some(Marks {
                digest: digest.to_owned(),
                shown: String::new(),
                adopted: false,
                plan: None,
            }),
            as_sent,
        }
    }

    const OURS: Option<[&str; 4]> = Some(["c", "n", "a", "u"]);

    #[test]
    fn each_leaf_of_the_tree_is_reached() {
        use Action::{Change, Create, Inspect, Keep, Report};
        let table = [
            ("nothing is there", None, false, DriftPolicy::Correct, Create),
            ("it was taken away", None, true, DriftPolicy::Correct, Create),
            (
                "it was taken away, only reported",
                None,
                true,
                DriftPolicy::Report,
                Report,
            ),
            (
                "never sent, drift only reported",
                None,
                false,
                DriftPolicy::Report,
                Create,
            ),
            (
                "as wanted",
                Some(listed(OURS, "d", true)),
                true,
                DriftPolicy::Correct,
                Keep,
            ),
            (
                "as wanted, status lost",
                Some(listed(OURS, "d", true)),
                false,
                DriftPolicy::Report,
                Keep,
            ),
            (
                "an older one of ours",
                Some(listed(OURS, "e", true)),
                false,
                DriftPolicy::Report,
                Change,
            ),
            (
                "changed by others",
                Some(listed(OURS, "d", false)),
                true,
                DriftPolicy::Correct,
                Change,
            ),
            (
                "changed by others, only reported",
                Some(listed(OURS, "d", false)),
                true,
                DriftPolicy::Report,
                Report,
            ),
            (
                "of a former life of ours",
                Some(listed(Some(["c", "n", "a", "v"]), "d", true)),
                false,
                DriftPolicy::Correct,
                Change,
            ),
            (
                "of a sibling",
                Some(listed(Some(["c", "n", "b", "u"]), "d", true)),
                false,
                DriftPolicy::Correct,
                Inspect,
            ),
            (
                "of another cluster",
                Some(listed(Some(["x", "n", "a", "u"]), "d", true)),
                true,
                DriftPolicy::Report,
                Inspect,
            ),
            (
                "of nobody",
                Some(listed(None, "d", true)),
                false,
                DriftPolicy::Correct,
                Inspect,
            ),
            (
                "our tags were taken off",
                Some(listed(None, "d", true)),
                true,
                DriftPolicy::Correct,
                Inspect,
            ),
        ];
        for (case, observed, was_sent, drift, expected) in table {
            assert_eq!(
                decide(wish(was_sent, drift), observed.as_ref(), &ME),
                expected,
                "{case}"
            );
        }
    }
}
