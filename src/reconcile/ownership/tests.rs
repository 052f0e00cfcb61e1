use super::*;

fn owner([cluster, namespace, name]: [&str; 3]) -> Owner {
    Owner {
        cluster: cluster.to_owned(),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        uid: "u".to_owned(),
    }
}

#[test]
fn the_tags_tell_whose_a_connector_is() {
    let former = ["before".to_owned()];
    let me = Identity {
        cluster: "now",
        former_clusters: &former,
        namespace: "n",
        name: "a",
    };
    let sibling = owner(["now", "n", "b"]);
    let foreign = owner(["elsewhere", "n", "a"]);
    for (tags, expected) in [
        (None, Relation::Unowned),
        (Some(owner(["now", "n", "a"])), Relation::Ours),
        (Some(owner(["before", "n", "a"])), Relation::Ours),
        (Some(sibling.clone()), Relation::Sibling(sibling)),
        (Some(foreign.clone()), Relation::Foreign(foreign)),
    ] {
        assert_eq!(relation(tags.as_ref(), &me), expected);
    }
}

/// The least adoption that takes it over, if any does.
fn least(relation: &Relation, identical: bool, sibling_lives: bool) -> Option<Adoption> {
    let all = [
        Adoption::Never,
        Adoption::IfIdentical,
        Adoption::IfUnowned,
        Adoption::Force,
    ];
    all.into_iter().find(|asked| {
        may_adopt(
            relation,
            (*asked, Adoption::Force),
            identical,
            sibling_lives,
            false,
        )
        .is_ok()
    })
}

#[test]
fn each_relation_asks_for_its_own_degree_of_adoption() {
    let sibling = Relation::Sibling(owner(["now", "n", "b"]));
    let foreign = Relation::Foreign(owner(["elsewhere", "n", "a"]));
    let table = [
        ("ours", &Relation::Ours, false, false, Some(Adoption::Never)),
        (
            "nobody's, as wanted",
            &Relation::Unowned,
            true,
            false,
            Some(Adoption::IfIdentical),
        ),
        (
            "nobody's, another",
            &Relation::Unowned,
            false,
            false,
            Some(Adoption::IfUnowned),
        ),
        (
            "a dead sibling's, as wanted",
            &sibling,
            true,
            false,
            Some(Adoption::IfIdentical),
        ),
        (
            "a dead sibling's, another",
            &sibling,
            false,
            false,
            Some(Adoption::IfUnowned),
        ),
        ("a living sibling's", &sibling, true, true, None),
        ("another cluster's", &foreign, true, false, Some(Adoption::Force)),
    ];
    for (case, relation, identical, lives, expected) in table {
        assert_eq!(least(relation, identical, lives), expected, "{case}");
    }
}

#[test]
fn nobody_goes_further_than_the_backend_allows() {
    let all = [
        Adoption::Never,
        Adoption::IfIdentical,
        Adoption::IfUnowned,
        Adoption::Force,
    ];
    for asked in all {
        for maximum in all {
            let allowed = may_adopt(&Relation::Unowned, (asked, maximum), false, false, false);
            assert_eq!(allowed.is_ok(), asked.min(maximum) >= Adoption::IfUnowned);
            if let Err(stop) = allowed {
                assert_eq!(stop.reason, Reason::AlreadyExists);
                assert_eq!(
                    stop.message.contains("the backend allows at most"),
                    asked > maximum
                );
            }
        }
    }
}

#[test]
fn a_refusal_names_the_other_owner() {
    let sibling = Relation::Sibling(owner(["now", "m", "b"]));
    let stop = may_adopt(&sibling, (Adoption::Force, Adoption::Force), true, true, false).unwrap_err();
    assert_eq!(stop.reason, Reason::NameTaken);
    assert!(stop.message.contains("m/b"), "{}", stop.message);
    let foreign = Relation::Foreign(owner(["elsewhere", "m", "b"]));
    let stop = may_adopt(
        &foreign,
        (Adoption::IfUnowned, Adoption::Force),
        true,
        false,
        false,
    )
    .unwrap_err();
    assert_eq!(stop.reason, Reason::OwnershipConflict);
    assert!(stop.message.contains("elsewhere"), "{}", stop.message);
}

#[test]
fn what_another_cluster_took_over_is_not_taken_back() {
    let foreign = Relation::Foreign(owner(["elsewhere", "m", "b"]));
    for identical in [true, false] {
        let asked = (Adoption::Force, Adoption::Force);
        let stop = may_adopt(&foreign, asked, identical, false, true).unwrap_err();
        assert_eq!(stop.reason, Reason::OwnershipConflict);
        assert!(
            stop.message.contains("elsewhere") && stop.message.contains("anew"),
            "{}",
            stop.message
        );
    }
}
