//! Makes a backend's words fit to be shown: no secret, no signed link, no control character, not long.
//! No client.

use secrecy::{ExposeSecret, SecretString};

/// How much of a backend's message is kept, in characters.
pub(crate) const MESSAGE_LIMIT: usize = 500;
/// How much of a code or a request id is kept, in characters.
pub(crate) const WORD_LIMIT: usize = 100;

/// What must not be repeated: the token and the secrets of the request that was answered.
#[derive(Clone, Copy)]
pub(crate) struct Confidential<'a> {
    pub(crate) token: &'a SecretString,
    pub(crate) secrets: &'a [SecretString],
}

impl Confidential<'_> {
    /// `text` without what is confidential, without queries of links, in one line of at most `limit`
    /// characters.
    pub(crate) fn clean(&self, text: &str, limit: usize) -> String {
        let mut clean = text.to_owned();
        for secret in self.secrets.iter().chain([self.token]) {
            let secret = secret.expose_secret();
            // As it stands in a request that is quoted whole.
            let escaped = serde_json::Value::from(secret).to_string();
            let escaped = escaped.get(1..escaped.len() - 1).unwrap_or_default();
            for form in [secret, escaped] {
                if !form.is_empty() && clean.contains(form) {
                    clean = clean.replace(form, "[withheld]");
                }
            }
        }
        // Secrets first: they may hold what the next steps change.
        shorten(&without_queries(&one_line(&clean)), limit)
    }
}

fn one_line(text: &str) -> String {
    let spaced: String = text
        .chars()
        .map(|character| if character.is_control() { ' ' } else { character })
        .collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn shorten(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    text.chars().take(limit.saturating_sub(1)).chain(['…']).collect()
}

/// Cuts what follows a `?` or `#` in a link, or in a word that looks like part of one, and what stands
/// before an `@` in its authority: signatures and passwords are there.
fn without_queries(text: &str) -> String {
    text.split_inclusive([' ', '"', '\'', '<', '>', '`'])
        .map(|piece| {
            let (word, delimiter) = match piece.char_indices().next_back() {
                Some((at, ' ' | '"' | '\'' | '<' | '>' | '`')) => piece.split_at(at),
                Some(_) | None => (piece, ""),
            };
            let word = without_userinfo(word);
            match word.split_once(['?', '#']) {
                Some((before, after)) if before.contains("://") || after.contains('=') => {
                    format!("{before}?…{delimiter}")
                }
                Some(_) | None => format!("{word}{delimiter}"),
            }
        })
        .collect()
}

fn without_userinfo(word: &str) -> String {
    let Some((scheme, rest)) = word.split_once("://") else {
        return word.to_owned();
    };
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    match authority.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://{host}{path}"),
        None => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn clean(text: &str) -> String {
        let token = SecretString::from("t0ken");
        let secrets = [SecretString::from("pass?w=1 x")];
        Confidential {
            token: &token,
            secrets: &secrets,
        }
        .clean(text, MESSAGE_LIMIT)
    }

    #[test]
    fn a_signed_link_loses_its_signature() {
        for (text, expected) in [
            (
                "see 'https://a.blob/x.json?sv=1&sig=SECRET' there",
                "see 'https://a.blob/x.json?…' there",
            ),
            ("get https://a/x?SECRET", "get https://a/x?…"),
            ("get /x.json?sig=SECRET.", "get /x.json?…"),
            ("https://u:SECRET@host/p", "https://host/p"),
            ("https://host/p#access_token=SECRET", "https://host/p?…"),
            ("Is that right? Yes", "Is that right? Yes"),
            ("issue #12", "issue #12"),
        ] {
            assert_eq!(clean(text), expected);
        }
    }

    #[test]
    fn what_was_sent_in_confidence_is_not_repeated() {
        assert_eq!(clean("bad token t0ken."), "bad token [withheld].");
        assert_eq!(
            clean("clientSecret 'pass?w=1 x' is bad"),
            "clientSecret '[withheld]' is bad"
        );
    }

    #[test]
    fn a_secret_is_found_in_a_quoted_request() {
        let token = SecretString::from("t0ken");
        let secrets = [SecretString::from("a\"b\\")];
        let confidential = Confidential {
            token: &token,
            secrets: &secrets,
        };
        let quoted = serde_json::json!({"clientSecret": "a\"b\\"}).to_string();
        assert_eq!(
            confidential.clean(&quoted, 99),
            r#"{"clientSecret":"[withheld]"}"#
        );
    }

    #[test]
    fn a_message_is_one_line() {
        assert_eq!(clean("a\r\n\tb\u{1b}[31m c\u{0}"), "a b [31m c");
    }

    proptest! {
        #[test]
        fn a_cleaned_text_is_short_and_holds_neither_token_nor_control_character(
            before in ".{0,600}", after in ".{0,600}"
        ) {
            let cleaned = clean(&format!("{before}t0ken{after}"));
            prop_assert!(cleaned.chars().count() <= MESSAGE_LIMIT);
            prop_assert!(!cleaned.contains("t0ken"));
            prop_assert!(!cleaned.chars().any(char::is_control));
        }

        #[test]
        fn no_signature_survives(path in "[a-z/.]{0,20}", key in "[a-z]{1,8}", after in "[ '\"<>`].{0,20}") {
            let cleaned = clean(&format!("x https://host/{path}?{key}=SIGNATURE{after}"));
            prop_assert!(!cleaned.contains("SIGNATURE"), "{}", cleaned);
        }
    }
}
