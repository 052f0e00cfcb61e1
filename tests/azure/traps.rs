//! What goes wrong at Azure, and what our client makes of it. Client required.

use std::{collections::BTreeMap, time::Duration};

use connector_operator::arm::{
    ArmError, CustomApiObserved, Deletion, ErrorKind, Pages, Precondition, RoleAssignmentFilter,
};
use http::Method;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::{
    azure::{self, Course, Trap},
    clouds::{Fixture, SUBSCRIPTION, connector, contacts, grant, scope},
};

impl Fixture {
    async fn put(&self) -> Result<CustomApiObserved, ArmError> {
        self.client
            .put_custom_api(&contacts(), &connector(), Precondition::Absent)
            .await
    }

    async fn is_there(&self) -> bool {
        self.client.get_custom_api(&contacts()).await.unwrap().is_some()
    }
}

fn limited() -> azure::Options {
    azure::Options {
        limits_rate: true,
        ..azure::Options::default()
    }
}

fn changing(method: Method, path_contains: &'static str) -> Course {
    Course {
        method,
        path_contains,
        count: usize::MAX,
        by_location: false,
        polls: 2,
        retry_after: Some(0),
        fails_with: None,
    }
}

async fn all<T: DeserializeOwned>(mut pages: Pages<T>) -> (usize, Vec<T>) {
    let (mut count, mut items) = (0, Vec::new());
    while let Some(page) = pages.next().await.unwrap() {
        count += 1;
        items.extend(page);
    }
    (count, items)
}

#[tokio::test]
async fn a_connector_lives_and_dies_as_it_does_at_the_registry() {
    let fixture = Fixture::new().await;
    let made = fixture.put().await.unwrap();
    assert_eq!(made.id, contacts());
    assert_eq!(made.provisioning_state, None);
    assert!(!format!("{made:?}").contains("canary"), "{made:?}");
    let document = fixture
        .client
        .export_custom_api(&contacts())
        .await
        .unwrap()
        .unwrap();
    assert!(document.get().contains("Contacts"));
    assert_eq!(fixture.client.instance(), None, "only a registry has an instance");
    let tags = BTreeMap::from([("team".to_owned(), "b".to_owned())]);
    assert_eq!(
        fixture
            .client
            .tag_custom_api(&contacts(), &tags)
            .await
            .unwrap()
            .tags,
        tags
    );
    assert_eq!(
        fixture.client.delete_custom_api(&contacts()).await.unwrap(),
        Deletion::Deleted
    );
    assert_eq!(
        fixture.client.delete_custom_api(&contacts()).await.unwrap(),
        Deletion::Absent
    );
}

#[tokio::test]
async fn a_precondition_may_be_passed_over_and_may_be_held_to() {
    let fixture = Fixture::new().await;
    fixture.put().await.unwrap();
    fixture.put().await.unwrap();
    fixture.azure.manager.honour_preconditions(true);
    assert_eq!(
        fixture.put().await.unwrap_err().kind(),
        ErrorKind::PreconditionFailed
    );
}

#[tokio::test]
async fn each_refusal_is_understood_as_what_it_is() {
    let fixture = Fixture::new().await;
    let write = "Microsoft.Web/customApis/write";
    for (trap, kind, told) in [
        (
            Trap::AuthorizationFailed {
                method: "PUT",
                action: write,
            },
            ErrorKind::Forbidden,
            write,
        ),
        (
            Trap::DisallowedByPolicy {
                policy: "Allowed regions",
            },
            ErrorKind::Rejected,
            "policy \"Allowed regions\"",
        ),
        (
            Trap::Quota {
                of_grants: false,
                status: 403,
                code: "RegionalCustomApisQuotaExceeded",
            },
            ErrorKind::QuotaExceeded,
            "RegionalCustomApisQuotaExceeded",
        ),
        (
            Trap::WebError {
                extended: "14012",
                message: "Invalid Api definition object",
            },
            ErrorKind::Rejected,
            "Invalid Api definition object",
        ),
        (
            Trap::InConflictState { times: 1 },
            ErrorKind::Conflict,
            "CustomApiIsInConflictState",
        ),
    ] {
        fixture.azure.manager.set_traps(&[trap]);
        let error = fixture.put().await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(told), "{error}");
        assert!(error.request_id().is_some(), "{error}");
    }
    fixture.azure.manager.set_traps(&[]);
    assert!(!fixture.is_there().await);
}

#[tokio::test]
async fn each_refusal_of_a_grant_is_understood_as_what_it_is() {
    let fixture = Fixture::new().await;
    fixture.put().await.unwrap();
    let (id, wanted) = grant(1);
    let write = "Microsoft.Authorization/roleAssignments/write";
    for (trap, kind) in [
        (
            Trap::AuthorizationFailed {
                method: "PUT",
                action: write,
            },
            ErrorKind::Forbidden,
        ),
        (
            Trap::Quota {
                of_grants: true,
                status: 400,
                code: "RoleAssignmentLimitExceeded",
            },
            ErrorKind::QuotaExceeded,
        ),
        (Trap::PrincipalNotFound { times: 1 }, ErrorKind::PrincipalNotFound),
    ] {
        fixture.azure.manager.set_traps(&[trap]);
        let error = fixture
            .client
            .put_role_assignment(&id, &wanted)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
    }
    fixture.client.put_role_assignment(&id, &wanted).await.unwrap();

    let same = contacts().role_assignment(Uuid::from_u128(99));
    let error = fixture
        .client
        .put_role_assignment(&same, &wanted)
        .await
        .unwrap_err();
    let existing = Uuid::try_parse(id.name()).unwrap();
    assert_eq!(
        error.kind(),
        ErrorKind::RoleAssignmentExists {
            existing: Some(existing)
        }
    );
    let error = fixture
        .client
        .put_role_assignment(&id, &grant(2).1)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UpdateNotPermitted);
}

#[tokio::test]
async fn a_create_that_is_answered_with_success_need_not_be_there() {
    let fixture = Fixture::new().await;
    fixture
        .azure
        .manager
        .set_traps(&[Trap::MadeAndNotThere { times: 1 }]);
    fixture.put().await.unwrap();
    assert!(!fixture.is_there().await, "the incident of 2025");
    fixture.put().await.unwrap();
    assert!(fixture.is_there().await);

    fixture.azure.manager.set_traps(&[Trap::NotSeenYet { times: 1 }]);
    assert!(!fixture.is_there().await);
    assert!(fixture.is_there().await);
}

#[tokio::test]
async fn a_provider_that_is_too_slow_may_have_done_it() {
    let fixture = Fixture::new().await;
    fixture.azure.manager.set_traps(&[Trap::ProviderTooSlow {
        method: "PUT",
        times: 1,
    }]);
    let error = fixture.put().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(fixture.is_there().await);
}

#[tokio::test]
async fn throttling_is_obeyed_and_what_is_left_is_known() {
    let fixture = Fixture::with(limited()).await;
    fixture.put().await.unwrap();
    let budget = fixture.client.quotas();
    assert_eq!(budget.get("subscription-writes"), Some(&199), "{budget:?}");
    assert_eq!(
        budget.get("subscription-global-writes"),
        Some(&(199 * 15)),
        "{budget:?}"
    );

    fixture.azure.manager.set_traps(&[Trap::Throttled {
        method: "GET",
        seconds: 60,
        times: 1,
    }]);
    let error = fixture.client.get_custom_api(&contacts()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.retry_after()),
        (ErrorKind::Throttled, Some(Duration::from_mins(1)))
    );
    fixture.azure.manager.take_asked();
    let error = fixture.client.get_custom_api(&contacts()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert!(fixture.azure.manager.take_asked().is_empty(), "nothing was sent");
    fixture.put().await.unwrap();
}

#[tokio::test]
async fn buckets_run_empty() {
    let fixture = Fixture::with(limited()).await;
    let id = contacts();
    let deletions = (0..260).map(|_| fixture.client.delete_custom_api(&id));
    let outcomes = futures::future::join_all(deletions).await;
    let refused: Vec<_> = outcomes.iter().filter_map(|it| it.as_ref().err()).collect();
    assert!(
        !refused.is_empty() && refused.iter().all(|it| it.kind() == ErrorKind::Throttled),
        "{refused:?}"
    );
    assert_eq!(fixture.client.quotas().get("subscription-deletes"), Some(&0));
}

#[tokio::test]
async fn what_takes_its_time_is_followed_to_its_end() {
    let fixture = Fixture::new().await;
    let courses = |by_location| {
        let course = |method| Course {
            by_location,
            ..changing(method, "/customapis/")
        };
        vec![course(Method::PUT), course(Method::DELETE)]
    };
    for by_location in [false, true] {
        fixture.azure.manager.set_courses(courses(by_location));
        assert!(!fixture.is_there().await);
        let made = fixture.put().await.unwrap();
        assert_eq!(made.id, contacts(), "by location: {by_location}");
        assert!(fixture.is_there().await);
        fixture.client.delete_custom_api(&contacts()).await.unwrap();
    }
    let polls = fixture.azure.manager.take_asked();
    let polls = polls
        .iter()
        .filter(|it| it.target.contains("/operations/"))
        .count();
    assert_eq!(polls, 12, "each of four was asked about three times");
}

#[tokio::test]
async fn what_fails_after_it_was_accepted_has_failed() {
    let fixture = Fixture::new().await;
    for by_location in [false, true] {
        let fails_with = Some("RegionalCustomApisQuotaExceeded");
        let course = Course {
            by_location,
            fails_with,
            ..changing(Method::PUT, "/customapis/")
        };
        fixture.azure.manager.set_courses(vec![course]);
        let error = fixture.put().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::QuotaExceeded, "{error}");
        assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
        assert!(!fixture.is_there().await);
    }
}

#[tokio::test]
async fn small_pages_make_a_whole_list() {
    let fixture = Fixture::new().await;
    fixture.azure.manager.set_page_size(2);
    for number in 0..5 {
        let id = scope().custom_api(&format!("c{number}"));
        fixture
            .client
            .put_custom_api(&id, &connector(), Precondition::None)
            .await
            .unwrap();
    }
    fixture.put().await.unwrap();
    for principal in 1..=3 {
        let (id, wanted) = grant(principal);
        fixture.client.put_role_assignment(&id, &wanted).await.unwrap();
    }
    let (pages, items) = all(fixture.client.list_custom_apis(&scope())).await;
    assert!(
        pages >= 3 && items.len() == 6,
        "{pages} pages of {} items",
        items.len()
    );
    let grants = fixture
        .client
        .list_role_assignments(&scope().id(), RoleAssignmentFilter::Everything);
    let (pages, items) = all(grants).await;
    assert!(
        pages >= 2 && items.len() == 3,
        "{pages} pages of {} items",
        items.len()
    );
}

#[tokio::test]
async fn a_vanished_group_or_subscription_is_no_connector_that_is_absent() {
    let fixture = Fixture::new().await;
    fixture.put().await.unwrap();
    for scope in [scope().id().to_string(), format!("/subscriptions/{SUBSCRIPTION}")] {
        fixture.azure.manager.set_vanished(&scope, true);
        let error = fixture.put().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
        assert_eq!(
            fixture.client.delete_custom_api(&contacts()).await.unwrap(),
            Deletion::Absent
        );
        fixture.azure.manager.set_vanished(&scope, false);
        assert!(fixture.is_there().await);
    }
}

#[tokio::test]
async fn an_expired_token_is_a_credential_to_replace() {
    let fixture = Fixture::new().await;
    fixture.azure.entra.expire_tokens();
    let error = fixture.put().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::Unauthorized, Some("ExpiredAuthenticationToken"))
    );
}
