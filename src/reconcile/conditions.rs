//! Conditions: their types, and how one is set without touching what did not change. No client.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

/// The longest message a condition carries, in bytes.
const LONGEST_MESSAGE: usize = 1024;

/// The types of conditions, of connectors and backends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// The description and all else that is referred to was fetched.
    SourceReady,
    /// The description was judged and has no errors.
    Valid,
    /// Every backend holds the connector as wanted.
    Registered,
    /// Every principal has what it is to have.
    Shared,
    /// All of it: the summary.
    Ready,
    /// A backend shows something else than was registered; present only while true.
    Drifted,
    /// Something is still to come; present only while true.
    Reconciling,
    /// Nothing more comes without an edit; present only while true.
    Stalled,
}

impl Kind {
    /// The type as conditions carry it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SourceReady => "SourceReady",
            Self::Valid => "Valid",
            Self::Registered => "Registered",
            Self::Shared => "Shared",
            Self::Ready => "Ready",
            Self::Drifted => "Drifted",
            Self::Reconciling => "Reconciling",
            Self::Stalled => "Stalled",
        }
    }
}

/// A condition's status.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// It was not judged yet.
    Unknown,
}

impl Truth {
    /// The status as conditions carry it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }
}

/// Sets a condition. Its transition time moves only if its status does; the list stays sorted by type, so that equal
/// lists are equal.
pub fn set(
    list: &mut Vec<Condition>,
    kind: Kind,
    (truth, reason, message): (Truth, &str, &str),
    generation: i64,
    now: Timestamp,
) {
    let old = find(list, kind);
    let since = old
        .filter(|old| old.status == truth.as_str())
        .map(|old| old.last_transition_time.clone());
    let condition = Condition {
        type_: kind.as_str().to_owned(),
        status: truth.as_str().to_owned(),
        reason: reason.to_owned(),
        message: cut(message, LONGEST_MESSAGE).to_owned(),
        observed_generation: Some(generation),
        last_transition_time: since.unwrap_or_else(|| Time(whole_seconds(now))),
    };
    remove(list, kind);
    let place = list.partition_point(|other| other.type_ < condition.type_);
    list.insert(place, condition);
}

/// Takes a condition off the list.
pub fn remove(list: &mut Vec<Condition>, kind: Kind) {
    list.retain(|condition| condition.type_ != kind.as_str());
}

/// The condition of that type.
pub fn find(list: &[Condition], kind: Kind) -> Option<&Condition> {
    list.iter().find(|condition| condition.type_ == kind.as_str())
}

/// Whether the condition of that type is there and true.
pub fn holds(list: &[Condition], kind: Kind) -> bool {
    find(list, kind).is_some_and(|condition| condition.status == Truth::True.as_str())
}

/// The API server keeps whole seconds: a finer value would never equal what is read back.
pub fn whole_seconds(now: Timestamp) -> Timestamp {
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

/// The longest beginning of `text` of at most `limit` bytes.
pub fn cut(text: &str, limit: usize) -> &str {
    text.get(..text.floor_char_boundary(limit)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_transition_time_stays_when_only_the_message_changes() {
        let mut list = Vec::new();
        set(&mut list, Kind::Ready, (Truth::False, "A", "one"), 1, at(1));
        set(&mut list, Kind::Ready, (Truth::False, "B", "two"), 2, at(2));
        assert_eq!(list[0].last_transition_time.0, at(1));
        assert_eq!(
            (list[0].message.as_str(), list[0].observed_generation),
            ("two", Some(2))
        );
        set(&mut list, Kind::Ready, (Truth::True, "B", "two"), 2, at(3));
        assert_eq!(list[0].last_transition_time.0, at(3));
    }

    #[test]
    fn the_list_is_sorted_whatever_the_order_of_setting() {
        let (mut forth, mut back) = (Vec::new(), Vec::new());
        for kind in [Kind::Ready, Kind::Shared, Kind::Drifted] {
            set(&mut forth, kind, (Truth::True, "A", ""), 1, at(1));
        }
        for kind in [Kind::Drifted, Kind::Shared, Kind::Ready] {
            set(&mut back, kind, (Truth::True, "A", ""), 1, at(1));
        }
        assert_eq!(forth, back);
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let mut list = Vec::new();
        set(
            &mut list,
            Kind::Ready,
            (Truth::True, "A", &"é".repeat(2000)),
            1,
            at(1),
        );
        assert_eq!(list[0].message.len(), 1024);
    }

    #[test]
    fn fractions_of_a_second_are_dropped() {
        let mut list = Vec::new();
        set(
            &mut list,
            Kind::Ready,
            (Truth::True, "A", ""),
            1,
            Timestamp::from_millisecond(1500).unwrap(),
        );
        assert_eq!(list[0].last_transition_time.0, at(1));
    }
}
