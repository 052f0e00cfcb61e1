//! Whoever approves plans.

use super::{
    super::{Verdict, reason::Reason},
    manifests::PETSTORE,
    scene::Scene,
};

/// Plans after which a connector that still wants another never comes to rest.
const PLANS: usize = 6;

impl Scene<'_> {
    /// The plan that status shows is approved.
    pub(super) fn approve(&self) {
        let digest = self.status()["plan"]["digest"].clone();
        assert!(digest.is_string(), "no plan: {}", self.status());
        self.api
            .edit(PETSTORE, |object| object["spec"]["approvedPlan"] = digest);
    }

    /// The same, if it shows one and the connector stays.
    pub(super) fn approve_if_told(&self) {
        if self.tells_a_plan() && !self.is_deleting() {
            self.approve();
        }
    }

    /// Whether status shows a plan.
    fn tells_a_plan(&self) -> bool {
        let object = self.api.get(PETSTORE).unwrap_or_default();
        object["status"]["plan"].is_object()
    }

    /// Whether the plan that status shows is approved.
    pub(super) fn has_approval(&self) -> bool {
        let object = self.api.get(PETSTORE).unwrap_or_default();
        let approved = &object["spec"]["approvedPlan"];
        approved.is_string() && *approved == object["status"]["plan"]["digest"]
    }

    /// Whether the connector is being deleted.
    pub(super) fn is_deleting(&self) -> bool {
        let object = self.api.get(PETSTORE).unwrap_or_default();
        !object["metadata"]["deletionTimestamp"].is_null()
    }

    /// The operator goes on until a pass changes nothing, and every plan that it tells is approved.
    pub(super) async fn settle_with_approval(&mut self) -> Verdict {
        for _ in 0..PLANS {
            let verdict = self.settle().await;
            if !self.tells_a_plan() {
                let pending = matches!(
                    verdict,
                    Verdict::Waiting {
                        reason: Reason::PlanPending,
                        after: _
                    }
                );
                assert!(!pending, "it waits, and tells no plan");
                return verdict;
            }
            self.approve();
        }
        panic!("after {PLANS} approvals it still waits: {}", self.status());
    }
}
