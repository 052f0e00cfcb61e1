//! How long an answer asks to wait. No client.

use std::time::Duration;

use http::{
    HeaderMap,
    header::{DATE, RETRY_AFTER},
};
use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};

/// What is obeyed at least and at most: zero would make a busy loop, a year would be an outage.
const BOUNDS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(10));

/// The wait that `headers` ask for, in seconds or as a date. A date counts from the answer's own `Date`,
/// so that the clocks of two machines need not agree.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = if let Ok(seconds) = text.parse() {
        Duration::from_secs(seconds)
    } else {
        let until = date(text)?.duration_since(sent(headers)?);
        Duration::try_from(until).unwrap_or(Duration::ZERO)
    };
    Some(wait.clamp(BOUNDS.0, BOUNDS.1))
}

fn sent(headers: &HeaderMap) -> Option<Timestamp> {
    date(headers.get(DATE)?.to_str().ok()?)
}

fn date(text: &str) -> Option<Timestamp> {
    // A wrong weekday leaves no doubt about the date.
    const PARSER: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);
    PARSER.parse_timestamp(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, text.parse().unwrap());
        headers.insert(DATE, "Sun, 06 Nov 1994 08:49:37 GMT".parse().unwrap());
        retry_after(&headers).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds_and_dates_are_understood_and_bounded() {
        for (text, expected) in [
            ("17", Some(17)),
            (" 17 ", Some(17)),
            ("0", Some(1)),
            ("99999999999", Some(600)),
            ("Sun, 06 Nov 1994 08:50:07 GMT", Some(30)),
            ("Sun, 06 Nov 1994 07:00:00 GMT", Some(1)),
            ("Mon, 06 Nov 2094 08:49:37 GMT", Some(600)),
            ("-1", None),
            ("soon", None),
            ("99999999999999999999999", None),
        ] {
            assert_eq!(asked(text), expected, "{text}");
        }
    }

    #[test]
    fn a_date_without_anything_to_count_from_is_not_understood() {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, "Sun, 06 Nov 1994 08:50:07 GMT".parse().unwrap());
        assert_eq!(retry_after(&headers), None);
    }
}
