//! The bars, what others reach, and what was measured.

use std::fmt;

/// Rows of the table.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    what: &'static str,
    bar: &'static str,
    others: &'static str,
    measured: String,
    is_met: bool,
}

impl Table {
    /// Adds what was measured of one thing.
    pub fn add(
        &mut self,
        what: &'static str,
        bar: &'static str,
        others: &'static str,
        measured: String,
        is_met: bool,
    ) {
        self.rows.push(Row {
            what,
            bar,
            others,
            measured,
            is_met,
        });
    }

    /// Whether no bar was missed.
    pub fn is_met(&self) -> bool {
        self.rows.iter().all(|row| row.is_met)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            formatter,
            "| what | bar | best of others | measured | met |\n|---|---|---|---|---|"
        )?;
        for Row {
            what,
            bar,
            others,
            measured,
            is_met,
        } in &self.rows
        {
            let met = if *is_met { "yes" } else { "**no**" };
            writeln!(formatter, "| {what} | {bar} | {others} | {measured} | {met} |")?;
        }
        Ok(())
    }
}

/// Whether `part` of `whole` is at least as much as `bar` of `of`.
pub fn reaches(part: usize, whole: usize, bar: usize, of: usize) -> bool {
    part * of >= bar * whole
}
