//! What values may be: null, format, enumeration, limits. No client.

use std::collections::HashSet;

use super::super::document::{Node, Value};
use super::parameter::capitalised;
use super::place::Spot;
use super::schema::{Direction, Whole};
use super::{ChangeKind, Comparison, json, same};

/// Limits from above: the smaller, the tighter.
const UPPER: [&str; 4] = ["maximum", "maxLength", "maxItems", "maxProperties"];
/// Limits from below.
const LOWER: [&str; 4] = ["minimum", "minLength", "minItems", "minProperties"];
/// Flags that keep values out.
const STRICT: [&str; 3] = ["exclusiveMaximum", "exclusiveMinimum", "uniqueItems"];

/// Formats that say how a value is written. All others are remarks that nobody checks.
const FORMATS: [&str; 8] = [
    "int32",
    "int64",
    "float",
    "double",
    "byte",
    "binary",
    "date",
    "date-time",
];
/// Formats of which the first is part of the second.
const PARTS: [(&str, &str); 2] = [("int32", "int64"), ("float", "double")];

/// Which way a limit moved.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Move {
    Tightened,
    Loosened,
}

impl<'d> Comparison<'_, 'd> {
    pub(super) fn limits(&mut self, old: &Whole<'d>, new: &Whole<'d>, direction: Direction, called: &str) {
        let both = (old.spot(), new.spot());
        let subject = capitalised(called);
        let sent = direction == Direction::Request;
        match (old.may_be_null(), new.may_be_null()) {
            (false, true) if sent => {
                self.add(
                    ChangeKind::RequestNullAllowed,
                    both,
                    format!("{subject} may be null now."),
                );
            }
            (false, true) => {
                self.add(
                    ChangeKind::ResponseMayBeNull,
                    both,
                    format!("{subject} may be null now."),
                );
            }
            (true, false) if sent => {
                let message = format!("{subject} may no longer be null.");
                self.add(ChangeKind::RequestNullForbidden, both, message);
            }
            (true, false) => {
                self.add(
                    ChangeKind::ResponseNeverNull,
                    both,
                    format!("{subject} is never null now."),
                );
            }
            (true, true) | (false, false) => {}
        }
        self.format(old, new, direction, &subject);
        self.enumeration(old, new, direction, &subject);
        for key in UPPER.into_iter().chain(LOWER).chain(STRICT) {
            let moved = bound(old, new, key);
            self.constraint((old, new), key, moved, direction, &subject);
        }
        for key in ["pattern", "multipleOf"] {
            let moved = match (old.get(key), new.get(key)) {
                (Some(_), None) => Some(Move::Loosened),
                (was, is) if same(was.as_ref().map(|it| it.node), is.as_ref().map(|it| it.node)) => None,
                _ => Some(Move::Tightened),
            };
            self.constraint((old, new), key, moved, direction, &subject);
        }
        let closed = |one: &Whole<'d>| {
            let further = one.get("additionalProperties");
            further.is_some_and(|it| it.node.as_bool() == Some(false))
        };
        let moved = match (closed(old), closed(new)) {
            (false, true) => Some(Move::Tightened),
            (true, false) => Some(Move::Loosened),
            (true, true) | (false, false) => None,
        };
        self.constraint((old, new), "additionalProperties", moved, direction, &subject);
    }

    fn constraint(
        &mut self,
        (old, new): (&Whole<'d>, &Whole<'d>),
        key: &str,
        moved: Option<Move>,
        direction: Direction,
        subject: &str,
    ) {
        let Some(moved) = moved else { return };
        let (kind, word) = match (direction, moved) {
            (Direction::Request, Move::Tightened) => (ChangeKind::RequestConstraintTightened, "takes less"),
            (Direction::Request, Move::Loosened) => (ChangeKind::RequestConstraintLoosened, "takes more"),
            (Direction::Response, Move::Tightened) => (ChangeKind::ResponseConstraintChanged, "holds less"),
            (Direction::Response, Move::Loosened) => (ChangeKind::ResponseConstraintChanged, "may hold more"),
        };
        let place = |one: &Whole<'d>| one.get(key).or_else(|| one.spot().cloned());
        let message = format!("{subject} {word}: {key} changed.");
        self.add(kind, (place(old).as_ref(), place(new).as_ref()), message);
    }

    fn format(&mut self, old: &Whole<'d>, new: &Whole<'d>, direction: Direction, subject: &str) {
        let format = |one: &Whole<'d>| one.text("format").filter(|text| FORMATS.contains(text));
        let (was, is) = (format(old), format(new));
        if was == is {
            return;
        }
        let within = |inner: Option<&str>, outer: Option<&str>| match (inner, outer) {
            (Some(_), None) => true,
            (Some(inner), Some(outer)) => PARTS.contains(&(inner, outer)),
            (None, _) => false,
        };
        let kind = match direction {
            Direction::Request if within(was, is) => ChangeKind::RequestFormatWidened,
            Direction::Request => ChangeKind::RequestFormatChanged,
            Direction::Response if within(is, was) => ChangeKind::ResponseFormatNarrowed,
            Direction::Response => ChangeKind::ResponseFormatChanged,
        };
        let word = |format: Option<&'d str>| format.unwrap_or("no particular format");
        let message = format!("{subject} was in {} and is in {}.", word(was), word(is));
        self.add(kind, (old.spot(), new.spot()), message);
    }

    fn enumeration(&mut self, old: &Whole<'d>, new: &Whole<'d>, direction: Direction, subject: &str) {
        let (was, is) = (old.get("enum"), new.get("enum"));
        let values = |list: &Option<Spot<'d>>| -> Option<HashSet<String>> {
            list.as_ref().map(|list| list.node.items().map(json).collect())
        };
        let (before, after) = (values(&was), values(&is));
        if before == after {
            return;
        }
        let lost = match (&before, &after) {
            (Some(before), Some(after)) => !before.is_subset(after),
            (None, _) => true,
            (_, None) => false,
        };
        let (kind, word) = match direction {
            Direction::Request if lost => (
                ChangeKind::RequestEnumNarrowed,
                "no longer takes every value it took",
            ),
            Direction::Request => (ChangeKind::RequestEnumWidened, "takes further values"),
            Direction::Response => (ChangeKind::ResponseEnumChanged, "holds other values"),
        };
        let place = |one: &Whole<'d>, list: Option<Spot<'d>>| list.or_else(|| one.spot().cloned());
        let (was, is) = (place(old, was), place(new, is));
        self.add(kind, (was.as_ref(), is.as_ref()), format!("{subject} {word}."));
    }
}

/// Which way one of the limits moved.
fn bound(old: &Whole<'_>, new: &Whole<'_>, key: &str) -> Option<Move> {
    if STRICT.contains(&key) {
        let is_set = |one: &Whole<'_>| one.get(key).and_then(|it| it.node.as_bool()) == Some(true);
        return match (is_set(old), is_set(new)) {
            (false, true) => Some(Move::Tightened),
            (true, false) => Some(Move::Loosened),
            (true, true) | (false, false) => None,
        };
    }
    let limit = |one: &Whole<'_>| one.get(key).and_then(|it| number(it.node));
    match (limit(old), limit(new)) {
        (None, Some(_)) => Some(Move::Tightened),
        (Some(_), None) => Some(Move::Loosened),
        (Some(was), Some(is)) if was < is => Some(if UPPER.contains(&key) {
            Move::Loosened
        } else {
            Move::Tightened
        }),
        (Some(was), Some(is)) if was > is => Some(if UPPER.contains(&key) {
            Move::Tightened
        } else {
            Move::Loosened
        }),
        (None, None) | (Some(_), Some(_)) => None,
    }
}

fn number(node: Node<'_>) -> Option<f64> {
    match node.value() {
        Value::Number(text) => text.parse().ok(),
        Value::Null | Value::Boolean(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
