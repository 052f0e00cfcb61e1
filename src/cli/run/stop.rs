//! Being told to stop: in good order at first, at once the second time. No client.

use std::{future::Future, io, sync::Arc, time::Duration};

use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc,
    time::sleep,
};
use tokio_util::sync::CancellationToken;

use crate::server::{Gate, Health};

/// How long ending in good order may take: less than the thirty seconds that Kubernetes leaves to a pod.
const LIMIT: Duration = Duration::from_secs(27);

/// Why the process ends before its work has.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum Cut {
    /// Told twice.
    #[error("a second signal came; the next start finds what was done")]
    Impatience,
    /// Told once, but the work did not end.
    #[error("work was still under way {} s after the signal; the next start finds what was done", LIMIT.as_secs())]
    Overdue,
}

/// Hears SIGTERM and SIGINT.
#[derive(Debug)]
pub(super) struct Stop {
    shutdown: CancellationToken,
    further: mpsc::Receiver<()>,
}

impl Stop {
    /// Hears signals from now on. Must be called within a Tokio runtime. At the first, readiness ends.
    pub(super) fn listen(health: Arc<Health>) -> io::Result<Self> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let (heard, signals) = mpsc::channel(2);
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                if heard.send(()).await.is_err() {
                    return;
                }
            }
        });
        Ok(Self::of(signals, health))
    }

    /// Takes each message as a signal.
    fn of(mut signals: mpsc::Receiver<()>, health: Arc<Health>) -> Self {
        let shutdown = CancellationToken::new();
        let (forward, further) = mpsc::channel(1);
        let token = shutdown.clone();
        tokio::spawn(async move {
            while signals.recv().await.is_some() {
                if token.is_cancelled() {
                    // Where one waits already, more say nothing new.
                    forward.try_send(()).unwrap_or_default();
                } else {
                    tracing::info!("stopping: passes under way end first, a second signal cuts them short");
                    health.close(Gate::Running, "told to stop");
                    token.cancel();
                }
            }
        });
        Self { shutdown, further }
    }

    /// Cancelled by the first signal.
    pub(super) fn shutdown(&self) -> CancellationToken {
        self.shutdown.clone()
    }

    /// Resolves when the work is to be dropped as it stands.
    pub(super) fn at_once(&mut self) -> impl Future<Output = Cut> {
        let overdue = async {
            self.shutdown.cancelled().await;
            sleep(LIMIT).await;
        };
        let further = &mut self.further;
        async move {
            tokio::select! {
                Some(()) = further.recv() => Cut::Impatience,
                () = overdue => Cut::Overdue,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    fn start() -> (mpsc::Sender<()>, Stop, Arc<Health>) {
        let (sender, signals) = mpsc::channel(2);
        let health = Arc::new(Health::new());
        health.open(Gate::Definitions);
        let stop = Stop::of(signals, Arc::clone(&health));
        (sender, stop, health)
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_signal_asks_for_good_order_and_ends_readiness() {
        let (signal, stop, health) = start();
        assert_eq!(health.readiness(), Ok(()));
        signal.send(()).await.unwrap();
        stop.shutdown().cancelled().await;
        assert_eq!(health.readiness().unwrap_err(), "running: told to stop\n");
    }

    #[tokio::test(start_paused = true)]
    async fn the_second_signal_cuts_short() {
        let (signal, mut stop, _health) = start();
        let begun = Instant::now();
        signal.send(()).await.unwrap();
        signal.send(()).await.unwrap();
        assert_eq!(stop.at_once().await, Cut::Impatience);
        assert!(begun.elapsed() < Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn work_that_does_not_end_is_cut_before_the_pod_is_killed() {
        let (signal, mut stop, _health) = start();
        let begun = Instant::now();
        signal.send(()).await.unwrap();
        assert_eq!(stop.at_once().await, Cut::Overdue);
        assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    }
}
