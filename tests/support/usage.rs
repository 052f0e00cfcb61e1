//! What a process uses, from `/proc`. No client.

use std::{fs, time::Duration};

/// The kernel's unit of CPU time in `/proc/PID/stat`: a hundredth of a second on every Linux platform.
const TICK: Duration = Duration::from_millis(10);

/// Memory and CPU of one process, all of its threads together.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Usage {
    /// Bytes resident now.
    pub(crate) resident: u64,
    /// Bytes resident at most, since it was started.
    pub(crate) peak: u64,
    /// User and system time since it was started, in steps of 10 ms.
    pub(crate) cpu: Duration,
}

impl Usage {
    /// Of the process with that id; `None` if there is none.
    pub(crate) fn of(process_id: u32) -> Option<Self> {
        let status = fs::read_to_string(format!("/proc/{process_id}/status")).ok()?;
        let stat = fs::read_to_string(format!("/proc/{process_id}/stat")).ok()?;
        Self::parse(&status, &stat)
    }

    fn parse(status: &str, stat: &str) -> Option<Self> {
        let kibibytes = |name: &str| -> Option<u64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim_start_matches(':')
                .trim()
                .strip_suffix(" kB")?
                .parse()
                .ok()
        };
        // The second field is the command's name in parentheses, which may hold spaces and parentheses itself.
        let (_, fields) = stat.rsplit_once(") ")?;
        let ticks: Vec<u32> = fields
            .split(' ')
            .skip(11)
            .take(2)
            .map_while(|field| field.parse().ok())
            .collect();
        let [user, system] = *ticks.as_slice() else {
            return None;
        };
        Some(Self {
            resident: kibibytes("VmRSS")? * 1024,
            peak: kibibytes("VmHWM")? * 1024,
            cpu: TICK * user + TICK * system,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_with_parentheses_in_its_name_is_read_as_any_other() {
        let status = "Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n";
        let stat = "42 (a (b) c) S 1 42 42 0 -1 4194304 95 0 0 0 150 50 0 0 20 0 1 0 5 0 0";
        assert_eq!(
            Usage::parse(status, stat),
            Some(Usage {
                resident: 1 << 20,
                peak: 2 << 20,
                cpu: Duration::from_secs(2)
            })
        );
    }

    #[test]
    fn a_process_that_is_gone_uses_nothing() {
        assert_eq!(
            Usage::parse(
                "Name:\tx\nState:\tZ (zombie)\n",
                "42 (x) Z 1 42 42 0 -1 4 9 0 0 0 1 5 0 0"
            ),
            None
        );
    }
}
