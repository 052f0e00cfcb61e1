//! Inputs made to cost much.

use std::time::{Duration, Instant};

use connector_operator::definition::{Settings, check};

use crate::files;
use crate::table::Table;

const MEGABYTE: usize = 1_000_000;

pub fn measure(table: &mut Table) {
    let before = files::peak_mebibytes();
    let mut slowest = Duration::ZERO;
    let mut accepted = Vec::new();
    for (name, bytes) in inputs() {
        let started = Instant::now();
        let checked = check(&bytes, &Settings::default());
        slowest = slowest.max(started.elapsed());
        if checked.errors == 0 {
            accepted.push(name);
        }
    }
    let grown = before
        .zip(files::peak_mebibytes())
        .map(|(before, after)| after - before);
    let grown = grown.map_or_else(String::new, |grown| format!(", peak memory + {grown:.0} MiB"));
    table.add(
        "hostile input: alias bomb, 1 MB of nesting, duplicate keys, other encodings",
        "refused in < 1 s",
        "serde_yaml_ng 24–43 s",
        format!("slowest {:.0} ms{grown}", slowest.as_secs_f64() * 1e3),
        slowest < Duration::from_secs(1) && accepted.is_empty(),
    );
}

fn inputs() -> Vec<(&'static str, Vec<u8>)> {
    let bomb: String = (1..40)
        .map(|level| {
            format!(
                "a{level}: &a{level} [{}]\n",
                vec![format!("*a{}", level - 1); 9].join(",")
            )
        })
        .collect();
    let mut keys = String::from("{\"swagger\":\"2.0\"");
    while keys.len() < MEGABYTE {
        keys.push_str(",\"a\":1");
    }
    let utf16: Vec<u8> = "{\"swagger\":\"2.0\"}"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    vec![
        ("alias bomb", format!("a0: &a0 [1,2]\n{bomb}").into_bytes()),
        ("brackets", "[".repeat(MEGABYTE).into_bytes()),
        ("objects", "{\"a\":".repeat(MEGABYTE / 5).into_bytes()),
        (
            "YAML brackets",
            format!("a: {}", "[".repeat(MEGABYTE)).into_bytes(),
        ),
        (
            "YAML mappings",
            format!("a: {}", "{a: ".repeat(MEGABYTE / 4)).into_bytes(),
        ),
        (
            "YAML indentation",
            (0..1_400)
                .map(|depth| format!("{}a:\n", " ".repeat(depth)))
                .collect::<String>()
                .into_bytes(),
        ),
        ("duplicate keys", format!("{keys}}}").into_bytes()),
        ("UTF-16", utf16),
        (
            "Windows-1252",
            b"{\"swagger\":\"2.0\",\"info\":{\"title\":\"caf\xE9\"}}".to_vec(),
        ),
        ("NUL", vec![0; MEGABYTE]),
    ]
}
