//! Rows for people and for programs: as a table, as CSV, as Markdown, as JSON. No client.

#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use serde::Serialize;

use super::{
    Failure,
    terminal::{Palette, Tone},
};

/// How rows are printed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub(super) enum Form {
    /// Columns for people
    Table,
    /// More of them
    Wide,
    /// An array of objects
    Json,
    /// All columns, for spreadsheets
    Csv,
    /// All columns, for documents
    Markdown,
}

/// A column: the name that JSON and CSV have, and whether only wide tables show it. Tables spell the name in capitals.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) heading: &'static str,
    pub(super) wide: bool,
}

impl Column {
    /// A column of every table.
    pub(super) const fn new(name: &'static str, heading: &'static str) -> Self {
        Self {
            name,
            heading,
            wide: false,
        }
    }

    /// A column of wide tables.
    pub(super) const fn wide(name: &'static str, heading: &'static str) -> Self {
        Self {
            name,
            heading,
            wide: true,
        }
    }
}

/// What a row is: its cells, in the order of the columns, and which of them is how good.
pub(super) trait Row: Serialize {
    /// The columns; their names are those of the JSON form, in its order.
    const COLUMNS: &'static [Column];

    /// A text for each column; what is not known, or does not apply, is empty.
    fn cells(&self) -> Vec<String>;

    /// How the cell of that column is to be seen.
    fn tone(&self, column: &str) -> Tone;
}

/// The rows as text. `hidden` are columns that a table does not show.
pub(super) fn render<R: Row>(
    rows: &[R],
    form: Form,
    hidden: &[&str],
    palette: &Palette,
) -> Result<String, Failure> {
    match form {
        Form::Table | Form::Wide => Ok(table(rows, form == Form::Wide, hidden, palette)),
        Form::Json => serde_json::to_string_pretty(rows)
            .map(|text| text + "\n")
            .map_err(Failure::of("cannot write JSON")),
        Form::Csv => Ok(csv(rows)),
        Form::Markdown => Ok(markdown(rows)),
    }
}

fn table<R: Row>(rows: &[R], wide: bool, hidden: &[&str], palette: &Palette) -> String {
    let shown: Vec<(usize, &Column)> = R::COLUMNS
        .iter()
        .enumerate()
        .filter(|(_, column)| (wide || !column.wide) && !hidden.contains(&column.name))
        .collect();
    let lines: Vec<(&R, Vec<String>)> = rows
        .iter()
        .map(|row| {
            let mut cells = row.cells().into_iter().map(|cell| plain(&cell)).enumerate();
            let kept = shown
                .iter()
                .filter_map(|(index, _)| cells.find(|(at, _)| at == index).map(|(_, cell)| cell));
            (row, kept.collect())
        })
        .collect();
    let widths: Vec<usize> = shown
        .iter()
        .enumerate()
        .map(|(place, (_, column))| {
            let cells = lines.iter().filter_map(|(_, cells)| cells.get(place));
            cells
                .map(|cell| cell.chars().count())
                .chain([column.heading.len()])
                .max()
                .unwrap_or_default()
        })
        .collect();
    let mut text = String::new();
    let headings: Vec<String> = shown
        .iter()
        .map(|(_, column)| column.heading.to_owned())
        .collect();
    line(&mut text, &headings, &widths, |_| Tone::Strong, palette);
    for (row, cells) in &lines {
        let tone = |place: usize| {
            shown
                .get(place)
                .map_or(Tone::Plain, |(_, column)| row.tone(column.name))
        };
        line(&mut text, cells, &widths, tone, palette);
    }
    text
}

/// The last cell of a line is not filled up.
fn line(
    text: &mut String,
    cells: &[String],
    widths: &[usize],
    tone: impl Fn(usize) -> Tone,
    palette: &Palette,
) {
    let mut gap = 0;
    for (place, (cell, width)) in cells.iter().zip(widths).enumerate() {
        let style = palette.of_tone(tone(place));
        // Writing into a string cannot fail.
        let _written = write!(text, "{:gap$}{style}{cell}{style:#}", "");
        gap = width.saturating_sub(cell.chars().count()) + 3;
    }
    text.push('\n');
}

/// The text on one line, without what would steer a terminal.
fn plain(cell: &str) -> String {
    if cell.is_empty() {
        return "-".to_owned();
    }
    cell.chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect()
}

/// Records as RFC 4180 has them, but for line ends: those are of this system.
fn csv<R: Row>(rows: &[R]) -> String {
    let mut text = String::new();
    let names = R::COLUMNS.iter().map(|column| column.name.to_owned());
    let records = rows
        .iter()
        .map(|row| row.cells().iter().map(|cell| harmless(cell)).collect());
    for record in [names.collect::<Vec<_>>()].into_iter().chain(records) {
        let quoted: Vec<String> = record.iter().map(|cell| quoted(cell)).collect();
        text.push_str(&quoted.join(","));
        text.push('\n');
    }
    text
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

/// A cell that no spreadsheet takes for a formula: names and messages come from other people.
fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

fn markdown<R: Row>(rows: &[R]) -> String {
    let mut text = String::from("|");
    for column in R::COLUMNS {
        let _written = write!(text, " {} |", column.name);
    }
    text.push_str("\n|");
    text.push_str(&" --- |".repeat(R::COLUMNS.len()));
    text.push('\n');
    for row in rows {
        text.push('|');
        for cell in row.cells() {
            let _written = write!(text, " {} |", escaped(&cell));
        }
        text.push('\n');
    }
    text
}

/// The text as Markdown shows it, character by character.
fn escaped(cell: &str) -> String {
    let mut text = String::with_capacity(cell.len());
    for letter in cell.chars() {
        match letter {
            '<' => text.push_str("&lt;"),
            '&' => text.push_str("&amp;"),
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '!' => {
                text.push('\\');
                text.push(letter);
            }
            letter if letter.is_control() => text.push(' '),
            letter => text.push(letter),
        }
    }
    text
}
