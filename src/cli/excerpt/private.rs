//! Which values of a description are not shown. Hides too much rather than too little. No client.

/// Words in names whose values are secrets, without case and signs.
const SECRET_WORDS: [&str; 12] = [
    "secret",
    "password",
    "passwd",
    "token",
    "apikey",
    "accesskey",
    "privatekey",
    "credential",
    "authorization",
    "cookie",
    "signature",
    "session",
];

/// Ends of names that hold such a word and no secret.
const HARMLESS_ENDS: [&str; 5] = ["url", "uri", "type", "name", "location"];

/// Names of a Postman collection's fields whose values are words of the format.
const COLLECTION_WORDS: [&str; 9] = [
    "name", "method", "mode", "type", "key", "protocol", "schema", "version", "language",
];

/// Names of fields whose values are names themselves.
const NAMES: [&str; 4] = ["operationId", "$ref", "pattern", "format"];

/// The shortest word that is taken for something random, in bytes.
const SHORTEST: usize = 16;

/// Whether `value`, which stands under `key`, could be a secret.
pub(super) fn is_private(key: &str, value: &str, is_collection: bool) -> bool {
    if value.is_empty() || matches!(value, "true" | "false" | "null" | "~") {
        return false;
    }
    let plain: String = key
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|character| character.to_ascii_lowercase())
        .collect();
    let is_secret_name = SECRET_WORDS.iter().any(|word| plain.contains(word))
        && !HARMLESS_ENDS.iter().any(|end| plain.ends_with(end));
    let is_unknown_in_collection = is_collection && !COLLECTION_WORDS.contains(&key);
    is_secret_name || is_unknown_in_collection || is_credential(value) || {
        !NAMES.contains(&key)
            && value
                .split(|c: char| c.is_whitespace() || "\"'=&?,;".contains(c))
                .any(is_random)
    }
}

/// Forms in which credentials travel.
fn is_credential(value: &str) -> bool {
    let has_scheme = |scheme: &str| {
        value
            .get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
            && value.len() > scheme.len() + 4
            && !value.get(scheme.len()..).unwrap_or_default().contains(' ')
    };
    let authority = value
        .split_once("://")
        .map(|(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default());
    let has_query_value = value.contains("://") && value.contains('?') && value.contains('=');
    has_scheme("bearer ")
        || has_scheme("basic ")
        || value.contains("-----BEGIN")
        || has_query_value
        || authority.is_some_and(|authority| authority.contains('@'))
}

/// Whether a word looks made by a generator: long, and letters and digits in no order that people write.
fn is_random(word: &str) -> bool {
    let count = |test: fn(&u8) -> bool| word.bytes().filter(test).count();
    let (digits, upper, lower) = (
        count(u8::is_ascii_digit),
        count(u8::is_ascii_uppercase),
        count(u8::is_ascii_lowercase),
    );
    let is_of_one_piece = word
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"+/=_-.~".contains(&byte));
    word.len() >= SHORTEST
        && is_of_one_piece
        && !word.starts_with(['/', '#'])
        && upper + lower > 0
        && (digits >= 4 || (digits >= 2 && upper > 0 && lower > 0))
}

#[cfg(test)]
mod tests {
    use super::is_private;

    #[test]
    fn what_stands_under_a_secret_name_or_looks_random_is_private() {
        for (key, value) in [
            ("clientSecret", "hunter2"),
            ("X-Api-Key", "abc"),
            ("default", "0d1f7b2c9a4e4c55"),
            ("description", "Use a8F3kq9ZpL0wQe7r to sign in."),
            ("example", "Bearer abcdefgh"),
            ("host", "https://user:word@example.com/"),
            ("url", "https://example.com/a?code=abc"),
        ] {
            assert!(is_private(key, value, false), "{key}: {value}");
        }
    }

    #[test]
    fn what_descriptions_are_made_of_is_shown() {
        for (key, value) in [
            ("tokenUrl", "https://login.example.com/oauth2/v2.0/token"),
            ("host", "https://invoices.example.com"),
            ("operationId", "ListInvoices2024V2ForCustomer"),
            ("$ref", "#/definitions/Invoice"),
            ("in", "header"),
            ("description", "Finds the invoices of one customer."),
            ("required", "true"),
        ] {
            assert!(!is_private(key, value, false), "{key}: {value}");
        }
    }

    #[test]
    fn of_a_collection_only_words_of_the_format_are_shown() {
        assert!(is_private("value", "ordinary", true));
        assert!(!is_private("method", "GET", true));
    }
}
