//! The figures as tables, aligned for a terminal and readable as Markdown. No client.

use crate::{
    phases::{Change, Figures, Further, Percentiles},
    tally::Tally,
};

const MEBIBYTE: f64 = 1_048_576.0;

/// All runs side by side, and what follows the first of them.
pub(crate) fn render(runs: &[Figures]) -> String {
    let mut text = String::new();
    let mut head = vec![String::new()];
    head.extend(runs.iter().map(|run| run.run.title().to_owned()));
    text.push_str(&aligned(&with_head(head, creation(runs))));
    for run in runs {
        if let Some(further) = &run.further {
            text.push('\n');
            text.push_str(&aligned(&afterwards(run, further)));
        }
    }
    text
}

fn with_head(head: Vec<String>, rows: Vec<Vec<String>>) -> Vec<Vec<String>> {
    std::iter::once(head).chain(rows).collect()
}

type Show = fn(&Figures) -> String;

fn creation(runs: &[Figures]) -> Vec<Vec<String>> {
    let rows: [(&str, Show); 16] = [
        ("connectors, backend latency", |run| {
            format!("{}, {} ms", run.connectors, run.latency_ms)
        }),
        ("first create to all Ready", |run| {
            format!("{:.1} s", run.creation.seconds)
        }),
        ("connectors/s", |run| format!("{:.0}", run.creation.per_second)),
        ("create to Ready", |run| percentiles(run.creation.ready)),
        ("API-server writes a connector", |run| {
            per(run, run.creation.tally.all_writes())
        }),
        ("… of which", |run| kinds(&run.creation.tally.writes)),
        ("… refused", |run| run.creation.tally.refused_writes.to_string()),
        ("backend calls a connector", |run| {
            per(run, run.creation.tally.all_backend_calls())
        }),
        ("… of which", |run| kinds(&run.creation.tally.backend_calls)),
        ("operator CPU", |run| {
            format!("{:.2} s", run.creation.tally.cpu_seconds.operator)
        }),
        ("… a connector", |run| each(run, &run.creation)),
        ("API server CPU", |run| {
            format!("{:.1} s", run.creation.tally.cpu_seconds.api_server)
        }),
        ("etcd, registry, load CPU", |run| {
            let cpu = run.creation.tally.cpu_seconds;
            format!("{:.1}, {:.1}, {:.1} s", cpu.etcd, cpu.registry, cpu.load)
        }),
        ("operator memory idle / peak / at rest", |run| {
            let (idle, peak) = (
                mebibytes(run.idle_resident),
                mebibytes(run.creation.tally.operator_peak),
            );
            format!("{idle} / {peak} / {} MiB", mebibytes(run.rest.operator_resident))
        }),
        ("at rest for 30 s: writes, backend calls", |run| quiet(&run.rest)),
        ("at rest: operator CPU", |run| share(&run.rest)),
    ];
    rows.into_iter()
        .map(|(name, show)| {
            std::iter::once(name.to_owned())
                .chain(runs.iter().map(show))
                .collect()
        })
        .collect()
}

fn afterwards(run: &Figures, further: &Further) -> Vec<Vec<String>> {
    let Further {
        edit,
        rechecks,
        newcomers,
        newcomers_tally,
        restart_seconds,
        restart,
    } = further;
    let rows = [
        ("", "afterwards".to_owned()),
        (
            "edit of all: first edit to all Ready",
            format!("{:.1} s ({:.0}/s)", edit.seconds, edit.per_second),
        ),
        ("edit: writes, backend calls a connector", {
            let writes = per(run, edit.tally.all_writes());
            format!("{writes}, {}", per(run, edit.tally.all_backend_calls()))
        }),
        (
            "edit: operator CPU",
            format!("{:.2} s", edit.tally.cpu_seconds.operator),
        ),
        (
            "re-checks, 3 intervals of 10 s: writes, backend calls",
            quiet(rechecks),
        ),
        ("re-checks: operator CPU", share(rechecks)),
        (
            "re-checks: operator memory",
            format!("{} MiB", mebibytes(rechecks.operator_resident)),
        ),
        (
            "new connectors meanwhile: apply to Ready",
            percentiles(*newcomers),
        ),
        ("… writes, backend calls", quiet(newcomers_tally)),
        ("restart: quiet after", format!("{restart_seconds:.1} s")),
        ("restart: writes, backend calls", quiet(restart)),
        (
            "restart: operator CPU",
            format!("{:.2} s", restart.cpu_seconds.operator),
        ),
        ("restart: operator memory peak / then", {
            let (peak, then) = (
                mebibytes(restart.operator_peak),
                mebibytes(restart.operator_resident),
            );
            format!("{peak} / {then} MiB")
        }),
    ];
    rows.into_iter()
        .map(|(name, value)| vec![name.to_owned(), value])
        .collect()
}

fn per(run: &Figures, count: u64) -> String {
    format!("{:.2}", float(count) / float(run.connectors as u64))
}

fn each(run: &Figures, change: &Change) -> String {
    format!(
        "{:.2} ms",
        change.tally.cpu_seconds.operator * 1000.0 / float(run.connectors as u64)
    )
}

fn quiet(tally: &Tally) -> String {
    format!(
        "{} ({}), {} ({})",
        tally.all_writes(),
        kinds(&tally.writes),
        tally.all_backend_calls(),
        kinds(&tally.backend_calls)
    )
}

fn share(tally: &Tally) -> String {
    format!(
        "{:.2} % of a core",
        tally.cpu_seconds.operator / tally.seconds * 100.0
    )
}

fn percentiles(
    Percentiles {
        p50,
        p90: _,
        p99,
        max,
    }: Percentiles,
) -> String {
    format!("p50 {p50:.0}, p99 {p99:.0}, max {max:.0} ms")
}

fn kinds(counts: &std::collections::BTreeMap<String, u64>) -> String {
    if counts.is_empty() {
        return "none".to_owned();
    }
    let each: Vec<String> = counts
        .iter()
        .map(|(kind, count)| format!("{count} {kind}"))
        .collect();
    each.join(", ")
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.0}", float(bytes) / MEBIBYTE)
}

#[expect(clippy::cast_precision_loss, reason = "shown with four digits at most")]
fn float(count: u64) -> f64 {
    count as f64
}

/// The first row is the head.
fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for (number, row) in rows.iter().enumerate() {
        for (cell, width) in row.iter().zip(&widths) {
            text.extend(["| ", cell, &" ".repeat(width - cell.chars().count()), " "]);
        }
        text.push_str("|\n");
        if number == 0 {
            text.extend(widths.iter().map(|width| format!("|{}", "-".repeat(width + 2))));
            text.push_str("|\n");
        }
    }
    text
}
