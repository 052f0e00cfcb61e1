//! Whether a text in a description looks like a secret that somebody left there. No client.
//!
//! A simple check: it looks for the names and the forms that real leaks have, and lets everything pass that reads
//! like a placeholder. It never says what it saw.

/// Ends of names under which secrets are kept, without case and signs.
const SECRET_NAMES: [&str; 9] = [
    "clientsecret",
    "secretkey",
    "apisecret",
    "appsecret",
    "privatekey",
    "accesskey",
    "accesstoken",
    "password",
    "refreshtoken",
];

/// Words that placeholders hold.
const PLACEHOLDER_WORDS: [&str; 16] = [
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
];

/// Beginnings of tokens that their issuers give a form of their own.
const TOKEN_BEGINNINGS: [&str; 8] = [
    "-----BEGIN ",
    "ghp_",
    "github_pat_",
    "xoxb-",
    "xoxp-",
    "sk_live_",
    "glpat-",
    "eyJhbGciOi",
];

/// The shortest text that is taken for a secret, in bytes.
const SHORTEST: usize = 12;

/// Whether `value`, given for something called `name`, is likely to be a real secret.
pub(super) fn is_likely(name: &str, value: &str) -> bool {
    let value = value.trim();
    if TOKEN_BEGINNINGS
        .iter()
        .any(|beginning| value.starts_with(beginning))
        && value.len() > 24
    {
        return true;
    }
    let plain: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|character| character.to_ascii_lowercase())
        .collect();
    SECRET_NAMES.iter().any(|end| plain.ends_with(end)) && looks_random(value)
}

fn looks_random(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let has = |test: fn(&char) -> bool| value.chars().any(|character| test(&character));
    value.len() >= SHORTEST
        && has(char::is_ascii_digit)
        && has(char::is_ascii_alphabetic)
        && !value.contains(|character: char| character.is_whitespace() || "<>{}[]*$".contains(character))
        && !PLACEHOLDER_WORDS.iter().any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::is_likely;

    #[test]
    fn a_random_text_under_a_secret_name_and_a_token_anywhere_are_likely() {
        assert!(is_likely("client_secret", "a8F3kq9ZpL0wQe7r"));
        assert!(is_likely("X-Client-Secret", "0d1f7b2c9a4e4c55"));
        assert!(is_likely("Authorization", &format!("ghp_{}", "a1".repeat(18))));
    }

    #[test]
    fn placeholders_and_ordinary_defaults_are_not() {
        for value in [
            "",
            "YOUR_CLIENT_SECRET_1",
            "<client secret>",
            "********12345",
            "{{clientSecret1}}",
            "changeme1234",
        ] {
            assert!(!is_likely("clientSecret", value), "{value}");
        }
        assert!(!is_likely("api-version", "2024-01-01-preview"));
        assert!(!is_likely("pageToken", "a8F3kq9ZpL0wQe7r"));
    }
}
