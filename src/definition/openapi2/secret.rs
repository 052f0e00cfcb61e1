//! Whether a text in a description looks like a secret that somebody left there. No client.
//!
//! A simple check: it looks for the names and the forms that real leaks have, and lets everything pass that reads
//! like a placeholder. It never says what it saw.

use super::super::document::{Node, Value};
use super::super::path::Path;
use super::super::rule::Rule;
use super::Check;

/// Ends of names under which secrets are kept, without case and signs.
const SECRET_NAMES: [&str; 12] = [
    "clientsecret",
    "secretkey",
    "apisecret",
    "appsecret",
    "privatekey",
    "accesskey",
    "accesstoken",
    "password",
    "refreshtoken",
    "apikey",
    "subscriptionkey",
    "bearertoken",
];

/// Words that placeholders hold.
const PLACEHOLDER_WORDS: [&str; 20] = [
    "your",
    "xxx",
    "secret",
    "password",
    "example",
    "sample",
    "changeme",
    "placeholder",
    "replace",
    "insert",
    "dummy",
    "test",
    "token",
    "key",
    "todo",
    "enter",
    "1234",
    "abcd",
    "redacted",
    "...",
];

/// Beginnings of tokens that their issuers give a form of their own, with the least number of bytes behind them.
const TOKEN_BEGINNINGS: [(&str, usize); 12] = [
    ("ghp_", 36),
    ("gho_", 36),
    ("github_pat_", 40),
    ("glpat-", 20),
    ("xoxb-", 24),
    ("xoxp-", 24),
    ("sk_live_", 24),
    ("rk_live_", 24),
    ("SG.", 60),
    ("AKIA", 16),
    ("AIza", 35),
    ("npm_", 36),
];

/// Parameters of a URL that carry a credential.
const SECRET_QUERIES: [&str; 5] = ["sig", "api_key", "apikey", "access_token", "subscription-key"];

/// The shortest text that is taken for a secret, in bytes.
const SHORTEST: usize = 12;

/// The shortest token with a form of its own, in bytes.
const SHORTEST_TOKEN: usize = 20;

/// Fields that show what a value may be.
const SAMPLES: [&str; 3] = ["example", "x-example", "x-ms-test-value"];

/// Whether `value`, given for something called `name`, is likely to be a real secret.
pub(super) fn is_likely(name: &str, value: &str) -> bool {
    let value = value.trim();
    let is_word = value.len() >= SHORTEST && !value.contains(' ');
    in_text(value) || (is_word && is_secret_name(name) && looks_random(value))
}

/// Whether a text holds something that has the form of a secret, whatever it is called.
pub(super) fn in_text(text: &str) -> bool {
    if text.len() < SHORTEST_TOKEN {
        return false;
    }
    // Nearly all texts are sentences, whose words are too short.
    let mut chunks = text
        .split_ascii_whitespace()
        .filter(|chunk| chunk.len() >= SHORTEST_TOKEN);
    chunks.any(|chunk| {
        let words = chunk.split(|one: char| "\"'`<>()[],;".contains(one));
        words
            .filter(|word| word.len() >= SHORTEST_TOKEN)
            .any(|word| in_url(word) || word.split(['=', ':', '&', '?']).any(is_token))
    }) || is_private_key(text)
}

/// Characters that a private key in PEM has at least.
const SHORTEST_KEY: usize = 200;

fn is_private_key(text: &str) -> bool {
    let key_in = |text: &str| -> Option<bool> {
        let (_, rest) = text.split_once("-----BEGIN ")?;
        let (kind, key) = rest.split_once("PRIVATE KEY-----")?;
        Some(kind.len() < 16 && key.len() > SHORTEST_KEY)
    };
    // Most texts are too short to be searched.
    text.len() > SHORTEST_KEY && key_in(text).unwrap_or_default()
}

/// Whether a word begins as its issuer's tokens do, and goes on like one.
fn is_token(word: &str) -> bool {
    let begins = |(beginning, least): &(&str, usize)| {
        word.strip_prefix(beginning).is_some_and(|rest| {
            let sign = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            rest.len() >= *least
                && rest.bytes().all(sign)
                && is_mixed(rest)
                && !reads_like_a_placeholder(rest)
        })
    };
    TOKEN_BEGINNINGS.iter().any(begins)
}

/// Whether a URL carries a password before its host, or a credential in its query.
fn in_url(word: &str) -> bool {
    let Some((_, rest)) = word.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let password = authority
        .rsplit_once('@')
        .and_then(|(user, _)| user.split_once(':'));
    let queries = rest.split_once('?').map_or("", |(_, query)| query).split('&');
    let mut pairs = queries.filter_map(|pair| pair.split_once('='));
    password.is_some_and(|(_, password)| looks_random(password))
        || pairs.any(|(name, value)| {
            let is_secret = SECRET_QUERIES
                .iter()
                .any(|known| name.eq_ignore_ascii_case(known));
            is_secret && value.len() >= 24 && looks_random(value)
        })
}

fn is_secret_name(name: &str) -> bool {
    let plain: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|character| character.to_ascii_lowercase())
        .collect();
    SECRET_NAMES.iter().any(|end| plain.ends_with(end))
}

fn looks_random(value: &str) -> bool {
    value.len() >= SHORTEST
        && is_mixed(value)
        && !value.contains(|character: char| character.is_whitespace() || "<>{}[]*$".contains(character))
        && !reads_like_a_placeholder(value)
}

/// Letters and digits, and not the same few again and again.
fn is_mixed(value: &str) -> bool {
    let distinct: std::collections::BTreeSet<u8> = value.bytes().collect();
    value.bytes().any(|byte| byte.is_ascii_digit())
        && value.bytes().any(|byte| byte.is_ascii_alphabetic())
        && distinct.len() >= 8
}

fn reads_like_a_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    PLACEHOLDER_WORDS.iter().any(|word| lower.contains(word))
}

impl<'d> Check<'d, '_> {
    /// Looks at every text of the document, but for defaults, which are judged where they stand.
    pub(super) fn secrets(&mut self, node: Node<'d>, path: &Path<'_>, owner: &str) {
        let name = node.get("name").and_then(Node::as_str).unwrap_or(owner);
        for member in node.members().filter(|member| member.key != "default") {
            let path = path.key(member.key);
            match member.value.value() {
                Value::String(text) => {
                    let named = if SAMPLES.contains(&member.key) {
                        name
                    } else {
                        member.key
                    };
                    if is_likely(named, text) {
                        let message = Rule::SecretInText.statement();
                        self.report(Rule::SecretInText, member.value, &path, message);
                    }
                }
                Value::Object(_) | Value::Array(_) => self.secrets(member.value, &path, member.key),
                Value::Null | Value::Boolean(_) | Value::Number(_) => {}
            }
        }
        for (index, item) in node.items().enumerate() {
            let path = path.index(index);
            match item.as_str() {
                Some(text) if in_text(text) => {
                    self.report(Rule::SecretInText, item, &path, Rule::SecretInText.statement());
                }
                Some(_) => {}
                None => self.secrets(item, &path, owner),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{in_text, is_likely};

    #[test]
    fn a_random_text_under_a_secret_name_and_a_token_anywhere_are_likely() {
        assert!(is_likely("client_secret", "a8F3kq9ZpL0wQe7r"));
        assert!(is_likely("X-Client-Secret", "0d1f7b2c9a4e4c55"));
        let issued = format!("ghp_{}", "q7Rt9zLm2".repeat(4));
        assert!(is_likely("Authorization", &issued));
        assert!(in_text(&format!("Call it with Authorization: Bearer {issued}.")));
        assert!(in_text(
            "See https://joe:q7Rt9zLm2Xw4@api.example.net/a for more."
        ));
        assert!(in_text(
            "https://a.example/x?sv=2020&sig=q7Rt9zLm2Xw4Pb8Ks5Dv3Ny6Hc%3D"
        ));
        assert!(in_text(&format!(
            "-----BEGIN RSA PRIVATE KEY-----\n{}",
            "q7Rt9zLm2\n".repeat(30)
        )));
    }

    #[test]
    fn placeholders_and_ordinary_texts_are_not() {
        for value in [
            "",
            "YOUR_CLIENT_SECRET_1",
            "<client secret>",
            "********12345",
            "{{clientSecret1}}",
            "changeme1234",
            "xxxxxxxxxxxxxxxx",
        ] {
            assert!(!is_likely("clientSecret", value), "{value}");
        }
        assert!(!is_likely("api-version", "2024-01-01-preview"));
        assert!(!is_likely("pageToken", "a8F3kq9ZpL0wQe7r"));
        for text in [
            "Paste the private key, beginning with -----BEGIN PRIVATE KEY-----.",
            "https://user:password@api.example.com/",
            "https://a.example/?sig=<signature of the request>",
            "AIzaSy is how such a key begins.",
            "https://docs.example.com/guide?id=q7Rt9zLm2Xw4Pb8Ks5Dv3Ny6Hc",
        ] {
            assert!(!in_text(text), "{text}");
        }
    }
}
