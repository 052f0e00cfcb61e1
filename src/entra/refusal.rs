//! What is answered instead of a token, and what to do about it. No client.

use std::fmt::Write as _;

use serde::Deserialize;

use crate::arm::{Confidential, MESSAGE_LIMIT};

/// An error of OAuth 2.0 (RFC 6749, 5.2) with what Entra adds to it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Refusal {
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    error_description: Option<String>,
    #[serde(default)]
    error_codes: Vec<u64>,
    #[serde(default)]
    trace_id: Option<String>,
    #[serde(default)]
    correlation_id: Option<String>,
}

/// Where Entra's sentence ends and what differs each time begins.
const ENDS: [&str; 5] = ["\r", "\n", " Trace ID:", " Current time:", " Timestamp:"];

impl Refusal {
    /// Reads the body of an answer; one that is no such error says nothing.
    pub(super) fn read(body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_default()
    }

    /// The number behind `AADSTS`.
    pub(super) fn code(&self) -> Option<u64> {
        let written = || {
            let text = self.error_description.as_deref()?;
            let (_, behind) = text.split_once("AADSTS")?;
            let end = behind.find(|character: char| !character.is_ascii_digit());
            behind.get(..end.unwrap_or(behind.len()))?.parse().ok()
        };
        self.error_codes.first().copied().or_else(written)
    }

    /// What support asks for.
    pub(super) fn trace(&self) -> (Option<&str>, Option<&str>) {
        (self.trace_id.as_deref(), self.correlation_id.as_deref())
    }

    /// Whether it passes by itself, as far as its own words tell.
    pub(super) fn is_passing(&self) -> bool {
        let busy = matches!(
            self.error.as_deref(),
            Some("temporarily_unavailable" | "server_error")
        );
        busy || self.code().is_some_and(|code| PASSING.contains(&code))
    }

    /// Its own words, the same for the same refusal: code and first sentence, nothing that is confidential.
    pub(super) fn words(&self, confidential: Confidential<'_>) -> Option<String> {
        let description = self.error_description.as_deref();
        let first = description.map(|text| {
            let end = ENDS.iter().filter_map(|end| text.find(end)).min();
            text.get(..end.unwrap_or(text.len())).unwrap_or_default()
        });
        let mut words = String::new();
        if let (Some(code), false) = (self.code(), first.is_some_and(|text| text.contains("AADSTS"))) {
            write!(words, "AADSTS{code}: ").ok()?;
        }
        words.push_str(first.filter(|text| !text.is_empty()).or(self.error.as_deref())?);
        Some(confidential.clean(&words, MESSAGE_LIMIT))
    }

    /// What to do about it, where its number is known.
    pub(super) fn help(&self) -> Option<&'static str> {
        let code = self.code()?;
        HELP.iter()
            .find(|(codes, _)| codes.contains(&code))
            .map(|(_, help)| *help)
    }
}

/// Entra is busy, or asked too often: <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>
const PASSING: [u64; 4] = [50_196, 90_024, 90_033, 90_055];

/// What to do, by the numbers of <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>.
const HELP: &[(&[u64], &str)] = &[
    (
        &[7_000_215],
        "Put the secret's value into the Secret, not the secret's id",
    ),
    (
        &[7_000_222],
        "The client secret has expired: make a new one and put it into the Secret",
    ),
    (
        &[700_016],
        "Check clientId and tenantId: that tenant has no such application",
    ),
    (
        &[90_002, 900_023, 900_382],
        "Check tenantId and cloud: there is no such tenant",
    ),
    (
        &[700_024, 500_133],
        "The proof is not valid at this time: compare the clock of the operator's machine with Entra's, and see that \
         the token is kept up to date",
    ),
    (
        &[700_027, 700_030],
        "Upload the certificate to the application, or put the one that is registered there into the Secret; see that \
         it has not expired",
    ),
    (
        &[70_021, 70_025, 700_211, 700_212, 700_213, 7_002_137, 7_002_138],
        "Give the application a federated credential of exactly this issuer, subject (system:serviceaccount:\
         <namespace>:<name>, in the same case) and audience (api://AzureADTokenExchange); a new one works after some \
         minutes",
    ),
    (
        &[50_027, 50_013],
        "Entra cannot verify the token: its issuer's keys must be readable from the internet",
    ),
    (
        &[7_000_112],
        "The application is disabled: enable it, or use another one",
    ),
    (
        &[53_003, 530_035, 530_031],
        "A Conditional Access policy for workload identities blocks it: allow the address that the operator comes from",
    ),
    (
        &[500_011, 70_011, 1_002_012],
        "Check cloud, or endpoints.audience: the tenant gives no tokens for this resource manager",
    ),
    (&[50_034], "Check tenantId: the account is not in that tenant"),
    (
        &[7_000_218],
        "The application wants another kind of proof: check the kind of credential",
    ),
];

#[cfg(test)]
mod tests {
    use secrecy::SecretString;
    use serde_json::{Value, json};

    use super::*;

    fn refusal(body: &Value) -> Refusal {
        Refusal::read(body.to_string().as_bytes())
    }

    fn words(body: &Value) -> Option<String> {
        let token = SecretString::from("canary");
        let confidential = Confidential {
            token: &token,
            secrets: &[],
        };
        refusal(body).words(confidential)
    }

    #[test]
    fn what_differs_each_time_is_left_out() {
        for (description, expected) in [
            (
                "AADSTS7000215: Invalid client secret provided.\r\nTrace ID: 1\r\nTimestamp: 2",
                "AADSTS7000215: Invalid client secret provided.",
            ),
            (
                "AADSTS700016: Not found in 'Contoso'. Trace ID: 1 Correlation ID: 2",
                "AADSTS700016: Not found in 'Contoso'.",
            ),
            (
                "AADSTS700024: Not within its time. Current time: 2026-01-01, expiry 2025-01-01.",
                "AADSTS700024: Not within its time.",
            ),
        ] {
            let body = json!({ "error": "invalid_client", "error_description": description });
            assert_eq!(words(&body).as_deref(), Some(expected));
        }
    }

    #[test]
    fn what_was_sent_is_not_repeated() {
        let body =
            json!({ "error": "invalid_client", "error_description": "AADSTS7000215: 'canary' is wrong" });
        assert_eq!(
            words(&body).as_deref(),
            Some("AADSTS7000215: '[withheld]' is wrong")
        );
    }

    #[test]
    fn the_code_is_read_from_the_list_or_from_the_text() {
        for (body, code) in [
            (
                json!({ "error_codes": [90_002, 1], "error_description": "AADSTS5: x" }),
                Some(90_002),
            ),
            (
                json!({ "error_description": "AADSTS53003: blocked" }),
                Some(53_003),
            ),
            (json!({ "error_description": "AADSTS: x" }), None),
            (json!({ "error": "invalid_request" }), None),
            (json!([]), None),
        ] {
            assert_eq!(refusal(&body).code(), code, "{body}");
        }
    }

    #[test]
    fn a_plain_error_of_oauth_is_told_too() {
        assert_eq!(
            words(&json!({ "error": "invalid_client" })).as_deref(),
            Some("invalid_client")
        );
        assert_eq!(words(&json!({ "message": "canary" })), None);
    }

    #[test]
    fn what_passes_by_itself_is_known_by_its_words() {
        assert!(refusal(&json!({ "error": "temporarily_unavailable" })).is_passing());
        assert!(refusal(&json!({ "error": "invalid_request", "error_codes": [90_033] })).is_passing());
        assert!(!refusal(&json!({ "error": "invalid_client", "error_codes": [7_000_215] })).is_passing());
    }

    #[test]
    fn no_number_is_explained_twice() {
        let mut numbers: Vec<u64> = HELP.iter().flat_map(|(codes, _)| codes.iter().copied()).collect();
        numbers.extend(PASSING);
        let all = numbers.len();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), all);
    }
}
