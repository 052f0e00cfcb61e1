//! What the process costs, read from `/proc` at each scrape; absent where there is no `/proc`. No client.
//!
//! Names and meanings are those that Prometheus client libraries agree on.

use std::{fmt, fs};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{counter::ConstCounter, gauge::ConstGauge},
    registry::Unit,
};

/// Linux counts the time of a process in hundredths of a second, whatever the kernel's own tick is
/// (`USER_HZ`, proc_pid_stat(5)).
const TICKS_PER_SECOND: f64 = 100.0;

/// Reads what the process costs.
#[derive(Debug)]
pub(super) struct Process;

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        if let Some(bytes) = resident_bytes() {
            let gauge = ConstGauge::new(bytes);
            let (help, unit) = ("Memory that the process holds", Unit::Bytes);
            let metric = encoder.encode_descriptor(
                "process_resident_memory",
                help,
                Some(&unit),
                gauge.metric_type(),
            )?;
            gauge.encode(metric)?;
        }
        if let Some(seconds) = cpu_seconds() {
            let counter = ConstCounter::new(seconds);
            let (help, unit) = ("Processor time that the process has used", Unit::Seconds);
            let metric =
                encoder.encode_descriptor("process_cpu", help, Some(&unit), counter.metric_type())?;
            counter.encode(metric)?;
        }
        Ok(())
    }
}

fn resident_bytes() -> Option<i64> {
    resident_in(&fs::read_to_string("/proc/self/status").ok()?)
}

fn cpu_seconds() -> Option<f64> {
    cpu_in(&fs::read_to_string("/proc/self/stat").ok()?)
}

/// `VmRSS` of a status file, which is in units of 1024 bytes.
fn resident_in(status: &str) -> Option<i64> {
    let value = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: i64 = value.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// User and system time of a stat file: its fields 14 and 15. The second field, the program's name in parentheses,
/// may hold anything, so counting begins after the last parenthesis.
fn cpu_in(stat: &str) -> Option<f64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace().skip(11);
    let user: u32 = fields.next()?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    Some((f64::from(user) + f64::from(system)) / TICKS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_in_bytes() {
        let status = "Name:\tconnector-opera\nVmPeak:\t  999 kB\nVmRSS:\t   20480 kB\n";
        assert_eq!(resident_in(status), Some(20_971_520));
        assert_eq!(resident_in("Name:\tx\n"), None);
    }

    #[test]
    fn processor_time_is_read_past_any_program_name() {
        let stat = "42 (a) b (c) S 1 42 42 0 -1 4194560 900 0 0 0 250 50 0 0 20 0 9 0 100 0 0";
        assert_eq!(cpu_in(stat), Some(3.0));
        assert_eq!(cpu_in("42 (short) S 1"), None);
    }
}
