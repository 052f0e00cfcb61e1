//! The text that tells whether a URL still holds what it held. No client.
//!
//! A validator alone is not enough: after an edit of the spec another URL may answer with the same entity
//! tag. So the revision also holds a fingerprint of everything that was asked.

use url::Url;

use super::web::Validator;
use crate::connector::digest::sha256;

/// Digits of the fingerprint: enough to tell the few URLs that one connector ever had.
const FINGERPRINT_DIGITS: usize = 16;

/// Everything that decides what a URL answers, as a short digest.
pub(super) struct Fingerprint(String);

impl Fingerprint {
    pub(super) fn of(url: &Url, secret_revision: Option<&str>, pin: Option<&str>) -> Self {
        let asked = format!(
            "{url}\n{}\n{}",
            secret_revision.unwrap_or_default(),
            pin.unwrap_or_default()
        );
        let digits = sha256(asked.as_bytes())
            .chars()
            .skip("sha256:".len())
            .take(FINGERPRINT_DIGITS)
            .collect();
        Self(digits)
    }

    /// The revision of content that came with `validator`, or with none and this digest.
    pub(super) fn revision(&self, validator: Option<&Validator>, digest: &str) -> String {
        match validator {
            Some(Validator::Tag(tag)) => format!("etag:{tag} {}", self.0),
            Some(Validator::Modified(time)) => format!("modified:{time} {}", self.0),
            None => format!("{digest} {}", self.0),
        }
    }

    /// The validator in a revision of an earlier answer to the same question, if it had one.
    pub(super) fn validator(&self, revision: &str) -> Option<Validator> {
        let (told_by, fingerprint) = revision.rsplit_once(' ')?;
        let (kind, value) = told_by.split_once(':')?;
        match kind {
            "etag" if fingerprint == self.0 => Some(Validator::Tag(value.to_owned())),
            "modified" if fingerprint == self.0 => Some(Validator::Modified(value.to_owned())),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fingerprint(url: &str) -> Fingerprint {
        Fingerprint::of(&url.parse().unwrap(), Some("uid/7"), None)
    }

    #[test]
    fn a_validator_comes_back_out_of_its_revision() {
        let asked = fingerprint("https://a.test/x");
        for validator in [
            Validator::Tag("W/\"a:b c\"".into()),
            Validator::Modified("Tue, 01 Sep 2026 10:00:00 GMT".into()),
        ] {
            let revision = asked.revision(Some(&validator), "sha256:00");
            assert_eq!(asked.validator(&revision), Some(validator));
        }
    }

    #[test]
    fn another_url_another_secret_or_another_pin_is_another_question() {
        let url: Url = "https://a.test/x".parse().unwrap();
        let revision = fingerprint("https://a.test/x").revision(Some(&Validator::Tag("\"1\"".into())), "");
        for other in [
            fingerprint("https://a.test/y"),
            Fingerprint::of(&url, Some("uid/8"), None),
            Fingerprint::of(&url, None, None),
            Fingerprint::of(&url, Some("uid/7"), Some("sha256:00")),
        ] {
            assert_eq!(other.validator(&revision), None);
        }
    }

    #[test]
    fn without_a_validator_the_digest_tells() {
        let asked = fingerprint("https://a.test/x");
        assert_eq!(asked.validator(&asked.revision(None, "sha256:00")), None);
        assert_eq!(
            asked.revision(None, "sha256:00"),
            asked.revision(None, "sha256:00")
        );
    }
}
