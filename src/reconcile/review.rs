//! What a new document would break for workflows that use the one that is registered. Client required.

use super::{
    cause::chain, judge::counted, look::Wanted, reason::Reason, register::Obstacle, status::Stop,
    target::Site,
};
use crate::{
    crd::connector::ChangePolicy,
    definition::{Change, ConnectorDocument, Impact, compare},
};

/// Breaking changes that a message names.
const NAMED: usize = 3;

/// Compares what is wanted with what the backend serves. Where something breaks and that is not allowed, it stops;
/// else it is told in sentences. To be asked only where what is sent differs from what was sent: it costs a call.
pub(super) async fn review(site: &Site, wanted: &Wanted<'_>) -> Result<Vec<String>, Obstacle> {
    let blocks = wanted.change == ChangePolicy::Block;
    let served = match site.backend.client.export_custom_api(&site.id).await {
        Ok(served) => served,
        Err(error) if blocks => return Err(error.into()),
        Err(error) => {
            tracing::info!(connector = %site.id, error = chain(&error), "changes not judged");
            None
        }
    };
    let Some(served) = served else {
        return Ok(Vec::new());
    };
    let (old, new) = (
        served.get().to_owned(),
        wanted.registration.swagger.get().to_owned(),
    );
    let secret = wanted.secret;
    let judged = tokio::task::spawn_blocking(move || breaking(&old, &new, secret)).await;
    // The thread can only be lost with the runtime, which then drops this future as well.
    let breaking = judged.unwrap_or_default();
    if blocks && !breaking.is_empty() {
        let message = format!(
            "not registered, and what is registered goes on serving: {}",
            summary(&breaking)
        );
        return Err(Stop::new(Reason::BreakingChange, message).into());
    }
    Ok(breaking)
}

/// What breaks, in a sentence each. A document that cannot be read has no workflows that could be judged.
fn breaking(old: &str, new: &str, secret: bool) -> Vec<String> {
    let documents =
        ConnectorDocument::unjudged(old.as_bytes()).zip(ConnectorDocument::unjudged(new.as_bytes()));
    let Some((old, new)) = documents else {
        return Vec::new();
    };
    let changes = compare(&old, &new).into_iter();
    let breaking = changes.filter(|change| change.impact() == Impact::Breaking);
    let quoted = |change: Change| if secret { change.without_quotes() } else { change };
    breaking
        .map(quoted)
        .map(|change| format!("{} [{}]", change.message, change.code()))
        .collect()
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
    use super::{breaking, summary};

    const OLD: &str = r#"{"paths": {"/a": {"get": {"operationId": "A"}, "put": {"operationId": "B"}}}}"#;

    #[test]
    fn what_breaks_is_counted_and_the_first_are_named() {
        let told = breaking(
            OLD,
            r#"{"paths": {"/a": {"get": {"operationId": "A", "summary": "x"}}}}"#,
            false,
        );
        assert_eq!(
            summary(&told),
            "1 change would break workflows that use the connector: \
             The operation \"B\" (PUT /a) is gone. [OperationRemoved]"
        );
        let many: Vec<String> = (1..=5).map(|number| format!("{number}.")).collect();
        assert!(summary(&many).ends_with(": 1. 2. 3. And 2 more."));
    }

    #[test]
    fn of_a_secret_nothing_is_quoted_and_what_cannot_be_read_breaks_nothing() {
        let told = breaking(OLD, "{}", true).join(" ");
        assert!(
            told.contains("[OperationRemoved]") && !told.contains("/a"),
            "{told}"
        );
        assert!(breaking("null and void", OLD, false).is_empty());
    }
}
