//! `audit`: who can use which API, and whether that is as declared. Client required.

mod holding;
mod matrix;
mod row;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, HashMap},
    io::Write,
    process::ExitCode,
};

use futures::{StreamExt as _, stream};

use self::{
    holding::Holding,
    matrix::{Audit, Place},
    row::{Access, State},
};
use super::{
    Failure,
    cluster::{
        self, Cluster, Everywhere, Within,
        backends::{self, Backends, Reach},
        block_on, now,
    },
    status::print,
    table::{Form, render},
    terminal::{Palette, counted},
};
use crate::{
    controller::backend_object::BackendObject,
    crd::BackendKind,
    reconcile::{parsed::Parsed, reason::Reason, status::Stop, target::BackendKey},
};

/// Backends that are asked at once.
const AT_ONCE: usize = 8;

/// Show who can use which API: declared and actual, since when, until when, and what nobody declares
///
/// What is actual comes from the backends. Where one cannot be asked, the connectors' status tells instead, and the
/// column SOURCE says so. Ends with 0 if all is as declared, with 1 if something is not or cannot be said, and with 2
/// if the cluster could not be asked.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// How the matrix is printed; its columns are explained in docs/commands.md
    #[arg(short, long, value_enum, value_name = "FORM", default_value_t = Form::Table)]
    output: Form,
    /// Show only what is not as declared
    #[arg(long)]
    deviations: bool,
    /// Ask no backend; tell everything by the connectors' status
    #[arg(long)]
    from_status: bool,
    #[command(flatten)]
    cluster: cluster::Arguments,
    #[command(flatten)]
    everywhere: Everywhere,
    #[command(flatten)]
    backends: backends::Arguments,
}

/// What was found out.
struct Findings {
    rows: Vec<Access>,
    /// Backends that could not be asked, and why.
    unasked: Vec<String>,
}

/// Prints the matrix to `output`, and in a few words what it comes to to `remarks`.
pub(super) fn run(
    arguments: &Arguments,
    palette: &Palette,
    output: &mut impl Write,
    remarks: &mut impl Write,
) -> Result<ExitCode, Failure> {
    let Findings { rows, unasked } = block_on(async {
        let cluster = Cluster::connect(&arguments.cluster).await?;
        let reach = Reach::new(&cluster, &arguments.backends)?;
        let within = cluster.within(&arguments.everywhere);
        find(&cluster, &reach, within, arguments.from_status).await
    })?;
    let deviates = rows.iter().any(|row| row.state.deviates());
    let summary = summary(&rows);
    let shown: Vec<Access> = rows
        .into_iter()
        .filter(|row| !arguments.deviations || row.state.deviates())
        .collect();
    let hidden: &[&str] = if arguments.everywhere.is_all() {
        &[]
    } else {
        &["namespace"]
    };
    print(output, &render(&shown, arguments.output, hidden, palette)?)?;
    let mut remark =
        |text: String| writeln!(remarks, "{text}").map_err(Failure::of("cannot write to standard error"));
    for why in unasked {
        remark(format!("not asked: {why}"))?;
    }
    if matches!(arguments.output, Form::Table | Form::Wide) {
        remark(summary)?;
    }
    Ok(if deviates {
        ExitCode::from(1)
    } else {
        ExitCode::SUCCESS
    })
}

/// How many lines there are of each state.
fn summary(rows: &[Access]) -> String {
    let mut states: BTreeMap<State, usize> = BTreeMap::new();
    for row in rows {
        *states.entry(row.state).or_default() += 1;
    }
    let states: Vec<String> = states
        .iter()
        .map(|(state, number)| format!("{number} {}", state.as_str()))
        .collect();
    let lines = counted(rows.len(), "line");
    if states.is_empty() {
        lines
    } else {
        format!("{lines}: {}", states.join(", "))
    }
}

/// Reads cluster and backends, and compares.
async fn find(
    cluster: &Cluster,
    reach: &Reach,
    within: Within<'_>,
    from_status: bool,
) -> Result<Findings, Failure> {
    let (connectors, backends) =
        tokio::try_join!(cluster.connectors(within), Backends::read(cluster, within))?;
    let wanted = wanted(&connectors, &backends, within);
    let asked = stream::iter(wanted).map(|(place, object)| async move {
        let holding = if from_status {
            Err(Stop::new(
                Reason::BackendNotReady,
                "not asked, as --from-status wants it",
            ))
        } else {
            holding::read(reach, object).await
        };
        (place, &object.key, holding)
    });
    let mut asked = asked.buffer_unordered(AT_ONCE);
    let mut holdings: HashMap<Place, Result<Holding, Stop>> = HashMap::new();
    let mut unasked = Vec::new();
    while let Some((place, key, holding)) = asked.next().await {
        if let Err(stop) = &holding {
            unasked.push(format!("{key}: {}: {}", stop.reason.as_str(), stop.message));
        }
        holdings.insert(place, holding);
    }
    unasked.sort_unstable();
    let audit = Audit {
        connectors: &connectors,
        namespace: match within {
            Within::All => None,
            Within::Namespace(namespace) => Some(namespace),
        },
        backends: &backends,
        holdings: &holdings,
        now: now(),
    };
    Ok(Findings {
        rows: audit.rows(),
        unasked,
    })
}

/// The places to look at, each with a backend that leads there: all of an audit of all namespaces; for one namespace
/// its own, and those of the cluster that it uses.
fn wanted<'a>(
    connectors: &[Parsed],
    backends: &'a Backends,
    within: Within<'_>,
) -> BTreeMap<Place, &'a BackendObject> {
    let used: Vec<BackendKey> = connectors
        .iter()
        .flat_map(|connector| {
            let namespace = connector.entry.key().namespace;
            let references = backends.of(connector).unwrap_or_default();
            references
                .into_iter()
                .map(move |reference| BackendKey::of(&reference, &namespace))
        })
        .collect();
    let mut places = BTreeMap::new();
    for object in backends.all() {
        let own = object.key.kind == BackendKind::ConnectorBackend;
        if own || within == Within::All || used.contains(&object.key) {
            places.entry(Place::of(object)).or_insert(object);
        }
    }
    places
}
