//! Queries as clients write them.

use super::*;

fn query(raw: &str) -> Query {
    Query::parse(Some(raw))
}

#[test]
fn a_dollar_may_be_literal_encoded_or_absent() {
    for raw in ["$top=7", "%24top=7", "top=7", "%24Top=7"] {
        assert_eq!(query(raw).page_size().unwrap(), 7, "{raw}");
    }
    assert_eq!(query("").page_size().unwrap(), PAGE_SIZE);
    assert_eq!(query("$top=999999").page_size().unwrap(), PAGE_SIZE);
    for raw in ["$top=0", "$top=x", "$top=-1"] {
        assert!(query(raw).page_size().is_err(), "{raw}");
    }
}

#[test]
fn filters_are_read_as_microsofts_clients_write_them() {
    let principal = Some("ce2ce14e-85d7-4629-bdbc-454d0519d987".to_owned());
    for (raw, below, wanted) in [
        ("", true, None),
        ("$filter=atScope()", false, None),
        (
            "$filter=principalId%20eq%20'CE2CE14E-85d7-4629-bdbc-454d0519d987'",
            true,
            principal.clone(),
        ),
        (
            "%24filter=principalId+eq+%27ce2ce14e-85d7-4629-bdbc-454d0519d987%27",
            true,
            principal.clone(),
        ),
        (
            "$filter=atScope()+and+assignedTo('ce2ce14e-85d7-4629-bdbc-454d0519d987')",
            false,
            principal,
        ),
    ] {
        let filter = query(raw).role_filter().unwrap();
        assert_eq!(
            filter,
            RoleFilter {
                below,
                principal: wanted
            },
            "{raw}"
        );
    }
    for raw in [
        "$filter=principalId",
        "$filter=principalId eq ''",
        "$filter=type eq 'x'",
        "$filter=assignedTo(",
    ] {
        assert!(query(raw).role_filter().is_err(), "{raw}");
    }
}

#[test]
fn role_definitions_are_asked_for_as_microsofts_clients_do() {
    for (raw, wanted) in [
        ("", None),
        ("$filter=roleName%20eq%20'Use'", Some("Use")),
        (
            "$filter=roleName+eq+'Logic App Operator' and type eq 'BuiltInRole'",
            Some("Logic App Operator"),
        ),
        ("$filter=atScopeAndBelow()", None),
    ] {
        assert_eq!(query(raw).role_name().unwrap(), wanted, "{raw}");
    }
    for raw in [
        "$filter=roleName",
        "$filter=roleName eq Use",
        "$filter=type eq 'CustomRole'",
    ] {
        assert!(query(raw).role_name().is_err(), "{raw}");
    }
}

#[test]
fn a_continued_query_leads_to_its_place_and_keeps_the_rest() {
    let place = ("g".to_owned(), "ä&b".to_owned());
    let next = query("api-version=2016-06-01&%24top=5&$filter=principalId eq 'x'").continued(&place);
    let next = query(&next);
    assert_eq!(next.after().unwrap(), Some(place));
    assert_eq!(next.page_size().unwrap(), 5);
    assert_eq!(next.role_filter().unwrap().principal.as_deref(), Some("x"));
    assert!(query("skiptoken=nonsense").after().is_err());
}

#[test]
fn each_provider_has_its_own_api_versions() {
    let web = Target::parse("/subscriptions/s/providers/Microsoft.Web/customApis").unwrap();
    let roles = Target::parse("/subscriptions/s/providers/Microsoft.Authorization/roleAssignments").unwrap();
    let groups = Target::parse("/subscriptions/s/resourcegroups").unwrap();
    for (target, version, fits) in [
        (&web, "2016-06-01", true),
        (&web, "2018-07-01-preview", true),
        (&web, "2022-04-01", false),
        (&roles, "2022-04-01", true),
        (&roles, "2016-06-01", false),
        (&groups, "2021-04-01", true),
        (&groups, "2025-03-01-preview", true),
        (&groups, "latest", false),
        (&groups, "2021-04-01x", false),
    ] {
        let checked = query(&format!("api-version={version}")).check_api_version(target);
        assert_eq!(checked.is_ok(), fits, "{version} for {}", target.label());
    }
    assert!(query("").check_api_version(&web).is_err());
}
