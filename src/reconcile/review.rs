//! What a new document would break for workflows that use the one that is registered. Client required.

use super::{
    cause::chain, judge::counted, look::Wanted, reason::Reason, register::Obstacle, status::Stop,
    target::Site,
};
use crate::{
    arm::Reads,
    connector::digest::sha256,
    crd::connector::ChangePolicy,
    definition::{Change, ConnectorDocument, Impact, compare},
};

/// Breaking changes that a message names.
const NAMED: usize = 3;

/// How the document that is wanted differs from the one that the backend serves.
#[derive(Debug, Default)]
pub(super) struct Reviewed {
    /// What breaks workflows: sentences.
    pub(super) breaking: Vec<String>,
    /// How many changes do not.
    pub(super) harmless: usize,
    /// Digest of what the backend serves, where it could be read.
    pub(super) served: Option<String>,
}

/// Compares what is wanted with what the backend serves. Where something breaks and that is not allowed, it stops;
/// else it is told in sentences. To be asked only where what is sent differs from what was sent: it costs a call.
pub(super) async fn review(site: &Site<impl Reads>, wanted: &Wanted<'_>) -> Result<Reviewed, Obstacle> {
    let blocks = wanted.change == ChangePolicy::Block;
    let served = match site.backend.client.document(&site.id).await {
        Ok(served) => served,
        Err(error) if blocks => return Err(error.into()),
        Err(error) => {
            tracing::info!(connector = %site.id, error = chain(&error), "changes not judged");
            None
        }
    };
    let Some(served) = served else {
        return Ok(Reviewed::default());
    };
    let (old, new) = (
        served.get().to_owned(),
        wanted.registration.swagger.get().to_owned(),
    );
    let secret = wanted.secret;
    let judged = tokio::task::spawn_blocking(move || reviewed(&old, &new, secret)).await;
    // The thread can only be lost with the runtime, which then drops this future as well.
    let judged = judged.unwrap_or_default();
    if blocks && !judged.breaking.is_empty() {
        let message = format!(
            "not registered, and what is registered goes on serving: {}",
            summary(&judged.breaking)
        );
        return Err(Stop::new(Reason::BreakingChange, message).into());
    }
    Ok(judged)
}

/// What breaks, in a sentence each, and how much does not. A document that cannot be read has no workflows that could
/// be judged.
fn reviewed(old: &str, new: &str, secret: bool) -> Reviewed {
    let served = Some(sha256(old.as_bytes()));
    let documents =
        ConnectorDocument::unjudged(old.as_bytes()).zip(ConnectorDocument::unjudged(new.as_bytes()));
    let changes = documents.map_or_else(Vec::new, |(old, new)| compare(&old, &new));
    let (breaking, harmless): (Vec<Change>, Vec<Change>) = changes
        .into_iter()
        .partition(|change| change.impact() == Impact::Breaking);
    let quoted = |change: Change| if secret { change.without_quotes() } else { change };
    let sentence = |change: Change| format!("{} [{}]", change.message, change.code());
    Reviewed {
        breaking: breaking.into_iter().map(quoted).map(sentence).collect(),
        harmless: harmless.len(),
        served,
    }
}

/// How many changes break workflows, and the first of them.
pub(super) fn summary(breaking: &[String]) -> String {
    let named: Vec<&str> = breaking.iter().take(NAMED).map(String::as_str).collect();
    let more = match breaking.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" And {more} more."),
    };
    format!(
        "{} would break workflows that use the connector: {}{more}",
        counted(breaking.len(), "change"),
        named.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::{reviewed, summary};

    const OLD: &str = r#"{"paths": {"/a": {"get": {"operationId": "A"}, "put": {"operationId": "B"}}}}"#;

    #[test]
    fn what_breaks_is_counted_and_the_first_are_named() {
        let told = reviewed(
            OLD,
            r#"{"paths": {"/a": {"get": {"operationId": "A", "summary": "x"}}}}"#,
            false,
        );
        assert_eq!(told.harmless, 1);
        assert_eq!(
            summary(&told.breaking),
            "1 change would break workflows that use the connector: \
             The operation \"B\" (PUT /a) is gone. [OperationRemoved]"
        );
        let many: Vec<String> = (1..=5).map(|number| format!("{number}.")).collect();
        assert!(summary(&many).ends_with(": 1. 2. 3. And 2 more."));
    }

    #[test]
    fn of_a_secret_nothing_is_quoted_and_what_cannot_be_read_breaks_nothing() {
        let told = reviewed(OLD, "{}", true).breaking.join(" ");
        assert!(
            told.contains("[OperationRemoved]") && !told.contains("/a"),
            "{told}"
        );
        assert!(reviewed("null and void", OLD, false).breaking.is_empty());
    }
}
