use std::collections::BTreeSet;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// Metrics with a value in every family, as families without one are not shown.
fn used() -> Metrics {
    let metrics = Metrics::new();
    metrics.pass_ended("done", "Succeeded", SECOND);
    metrics.backend_answered("put", "success", SECOND);
    metrics.items_skipped("list", 1);
    metrics.budget_told(
        "00000000-0000-0000-0000-000000000000",
        "subscription-reads",
        11_999,
    );
    metrics.set_queue(&Depth {
        changes: 3,
        oldest_change: Some(2 * SECOND),
        ..Depth::default()
    });
    metrics.set_connectors(5, 1, 2);
    metrics.wrote("customconnectors/status", "patch");
    metrics.sweep_ended("success", SECOND);
    metrics.set_leading(true);
    metrics.set_definitions_differing(1);
    metrics
}

/// Name as users query it, and type, of every metric shown.
fn shown(text: &str) -> BTreeSet<(String, String)> {
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    types
        .map(|line| {
            let (name, kind) = line.split_once(' ').unwrap();
            let suffix = match kind {
                "counter" => "_total",
                "info" => "_info",
                _ => "",
            };
            (format!("{name}{suffix}"), kind.to_owned())
        })
        .collect()
}

/// The same, of every row of the table in the documentation.
fn documented(text: &str) -> BTreeSet<(String, String)> {
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| {
        let mut cells = row.split('|').map(str::trim);
        let name = cells.next().unwrap().trim_end_matches('`');
        (name.to_owned(), cells.next().unwrap().to_owned())
    })
    .collect()
}

#[test]
fn every_metric_is_documented_and_nothing_else_is() {
    let documentation = include_str!("../../docs/metrics.md");
    let (shown, documented) = (shown(&used().encode().unwrap()), documented(documentation));
    assert_eq!(documented, shown, "docs/metrics.md is not what /metrics shows");
}

#[test]
fn values_arrive_under_their_labels() {
    let text = used().encode().unwrap();
    for line in [
        r#"connector_operator_pass_total{outcome="done",reason="Succeeded"} 1"#,
        r#"connector_operator_backend_requests_total{operation="put",outcome="success"} 1"#,
        r#"connector_operator_queue_depth{state="change"} 3"#,
        r#"connector_operator_queue_oldest_seconds{urgency="change"} 2.0"#,
        r#"connector_operator_queue_oldest_seconds{urgency="recheck"} 0.0"#,
        r#"connector_operator_connectors{ready="Unknown"} 2"#,
        r#"connector_operator_api_writes_total{resource="customconnectors/status",verb="patch"} 1"#,
        "connector_operator_leader 1",
        "connector_operator_definitions_differing 1",
    ] {
        assert!(
            text.lines().any(|shown| shown == line),
            "{line} is not in\n{text}"
        );
    }
    assert!(text.ends_with("# EOF\n"));
}

#[test]
fn a_backend_that_invents_limits_cannot_make_series_without_end() {
    let metrics = Metrics::new();
    for number in 0..1000 {
        metrics.budget_told("s", &format!("limit-{number}"), 1);
    }
    metrics.budget_told("s", "limit-0", 7);
    let text = metrics.encode().unwrap();
    let series = text
        .lines()
        .filter(|line| line.starts_with("connector_operator_backend_remaining_requests{"));
    assert_eq!(series.count(), MAXIMUM_BUDGETS);
    assert!(
        text.contains("{subscription=\"s\",limit=\"limit-0\"} 7"),
        "{text}"
    );
}

#[test]
fn a_label_from_outside_is_short_and_plain() {
    assert_eq!(label("Subscription-\"Reads\"\n{}"), "subscription-reads");
    assert_eq!(label(&"x".repeat(500)).len(), 64);
}
