//! The lease that lets one process work while others wait. Client required.
//!
//! The lease is cooperative and time passes between losing it and noticing, so it is not what keeps two writers
//! apart: idempotent requests, ownership tags and resource versions are. It keeps the work from being done twice.

#[cfg(test)]
mod tests;

use std::{
    future::{Future, pending},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use k8s_controller::LeaderElection;
use kube::Client;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// The name of the lease; the deployment's rights name it too.
const LEASE: &str = "connector-operator";
/// How long a lease that is not renewed stays with its holder. Others lost leases of 15 s under load.
const DURATION: Duration = Duration::from_secs(30);
/// How long renewing is tried before the leader gives up.
const RENEW_DEADLINE: Duration = Duration::from_secs(20);
/// How often the leader renews and the others look.
const RETRY_PERIOD: Duration = Duration::from_secs(3);
/// How long giving back may take.
const RELEASE_LIMIT: Duration = Duration::from_secs(3);

/// Another process may be working already, so this one must end at once.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "lost the lease {LEASE}: it could not be renewed in time, or another process took it; \
     this process ends so that two do not work at once"
)]
pub struct LeadershipLost;

/// Waits for the lease, then does `work` while holding it, and gives it back when the work has ended. Nothing comes
/// back where `shutdown` came while waiting; a leader is not cut short by it: its work is to end by itself.
///
/// `identity` must not be empty, and no two processes may have the same at the same time. A process that is started
/// again under the identity it had before takes its lease up at once instead of waiting for it to run out.
///
/// Dropping the work stops what it awaits, not what it has spawned and let go of.
pub async fn lead<F: Future>(
    client: Client,
    namespace: &str,
    identity: &str,
    shutdown: &CancellationToken,
    work: F,
) -> Result<Option<F::Output>, LeadershipLost> {
    let election = LeaderElection::new(client, namespace, LEASE, identity)
        .with_lease_duration(DURATION)
        .with_renew_deadline(RENEW_DEADLINE)
        .with_retry_period(RETRY_PERIOD);
    let leading = AtomicBool::new(false);
    let work = async {
        leading.store(true, Ordering::Release);
        work.await
    };
    tokio::select! {
        held = election.with_lease(work) => held.map(Some).ok_or(LeadershipLost),
        () = stopped_while_waiting(shutdown, &leading) => {
            // The request that takes the lease may have been under way.
            if timeout(RELEASE_LIMIT, election.release()).await.is_err() {
                tracing::warn!("could not give the lease back in time; it runs out by itself");
            }
            Ok(None)
        }
    }
}

/// Resolves when told to stop while not leading.
async fn stopped_while_waiting(shutdown: &CancellationToken, leading: &AtomicBool) {
    shutdown.cancelled().await;
    if leading.load(Ordering::Acquire) {
        pending::<()>().await;
    }
}
