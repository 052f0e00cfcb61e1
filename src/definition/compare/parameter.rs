//! Parameters: what a workflow must and may give to an operation. No client.

use std::collections::{HashMap, HashSet};

use super::super::finding::quote;
use super::operation::Operation;
use super::place::Spot;
use super::schema::{Direction, Pair, Subject};
use super::{ChangeKind, Comparison, Side};

/// A parameter that holds for an operation.
#[derive(Clone, Debug)]
struct Parameter<'d> {
    name: &'d str,
    location: &'d str,
    /// The parameter itself, its reference followed.
    spot: Spot<'d>,
}

/// What tells parameters apart: place and name. There is one body, whatever its name; headers have no case.
type Identity<'d> = (&'d str, String);

impl<'d> Parameter<'d> {
    fn of(side: &Side<'d>, written: &Spot<'d>) -> Option<Self> {
        let spot = side.resolved(written);
        Some(Self {
            name: spot.text("name")?,
            location: spot.text("in")?,
            spot,
        })
    }

    fn identity(&self) -> Identity<'d> {
        let name = match self.location {
            "body" => String::new(),
            "header" => self.name.to_ascii_lowercase(),
            _ => self.name.to_owned(),
        };
        (self.location, name)
    }

    fn is_required(&self) -> bool {
        self.spot.flag("required") || self.location == "path"
    }

    fn is_hidden(&self) -> bool {
        self.spot.text("x-ms-visibility") == Some("internal")
    }

    fn subject(&self) -> Subject<'d> {
        if self.location == "body" {
            Subject::Body
        } else {
            Subject::Parameter(self.name)
        }
    }

    /// As messages call it.
    fn called(&self, operation: &str) -> String {
        self.subject().called(Direction::Request, operation)
    }
}

impl<'d> Side<'d> {
    /// The parameters of an operation: its own, and those of its path that it does not replace.
    fn parameters(&self, operation: &Operation<'d>) -> Vec<Parameter<'d>> {
        let mut known: HashSet<Identity<'d>> = HashSet::new();
        let lists = [operation.spot.get("parameters"), operation.item.get("parameters")];
        let written: Vec<Spot<'d>> = lists.iter().flatten().flat_map(Spot::items).collect();
        let read = written.iter().filter_map(|one| Parameter::of(self, one));
        read.filter(|one| known.insert(one.identity())).collect()
    }
}

impl<'d> Comparison<'_, 'd> {
    pub(super) fn parameters(&mut self, old: &Operation<'d>, new: &Operation<'d>) {
        let (before, after) = (self.old.parameters(old), self.new.parameters(new));
        let mut by_identity: HashMap<Identity<'d>, &Parameter<'d>> =
            after.iter().map(|one| (one.identity(), one)).collect();
        let mut gone = Vec::new();
        for one in &before {
            match by_identity.remove(&one.identity()) {
                Some(other) => self.parameter(one, other),
                None => gone.push(one),
            }
        }
        let added: Vec<&Parameter<'d>> = after
            .iter()
            .filter(|one| by_identity.contains_key(&one.identity()))
            .collect();
        let elsewhere = added.iter().filter(|one| one.location != "body");
        let mut elsewhere: HashMap<&str, &Parameter<'d>> = elsewhere.map(|one| (one.name, *one)).collect();
        let mut moved = HashSet::new();
        for one in gone {
            match elsewhere.remove(one.name).filter(|_| one.location != "body") {
                Some(other) => {
                    moved.insert(other.identity());
                    self.moved(one, other);
                }
                None => self.removed(one, new),
            }
        }
        for one in added.into_iter().filter(|one| !moved.contains(&one.identity())) {
            let (kind, must) = if one.is_required() {
                (ChangeKind::RequiredParameterAdded, "must be given")
            } else {
                (ChangeKind::OptionalParameterAdded, "may be given")
            };
            let message = format!("{} is new and {must}.", capitalised(&one.called(old.id)));
            self.add(kind, (Some(&old.spot), Some(&one.spot)), message);
        }
    }

    fn moved(&mut self, one: &Parameter<'d>, other: &Parameter<'d>) {
        let message = format!(
            "{} goes into {} instead of {}.",
            capitalised(&one.called(self.operation.unwrap_or_default())),
            other.location,
            one.location,
        );
        self.add(
            ChangeKind::ParameterMoved,
            (Some(&one.spot), Some(&other.spot)),
            message,
        );
    }

    fn removed(&mut self, one: &Parameter<'d>, new: &Operation<'d>) {
        let kind = if one.is_hidden() {
            ChangeKind::HiddenParameterRemoved
        } else {
            ChangeKind::ParameterRemoved
        };
        let message = format!("{} is gone.", capitalised(&one.called(new.id)));
        self.add(kind, (Some(&one.spot), Some(&new.spot)), message);
    }

    fn parameter(&mut self, old: &Parameter<'d>, new: &Parameter<'d>) {
        let both = (Some(&old.spot), Some(&new.spot));
        let called = old.called(self.operation.unwrap_or_default());
        let subject = capitalised(&called);
        match (old.is_required(), new.is_required()) {
            (false, true) => {
                let message = format!("{subject} must be given now.");
                self.add(ChangeKind::ParameterBecameRequired, both, message);
            }
            (true, false) => {
                let message = format!("{subject} may be left out now.");
                self.add(ChangeKind::ParameterBecameOptional, both, message);
            }
            (true, true) | (false, false) => {}
        }
        if old.location == "body" {
            if old.name != new.name {
                let message = format!("{subject} was {} and is {}.", quote(old.name), quote(new.name));
                self.add(ChangeKind::BodyRenamed, both, message);
            }
            self.annotations((&old.spot, &new.spot), &called);
            if let (Some(old), Some(new)) = (old.spot.get("schema"), new.spot.get("schema")) {
                self.pending.push(Pair {
                    old,
                    new,
                    direction: Direction::Request,
                    subject: Subject::Body,
                });
            }
            return;
        }
        let form = |one: &Parameter<'d>| one.spot.text("collectionFormat").unwrap_or("csv");
        if old.spot.text("type") == Some("array") && form(old) != form(new) {
            let message = format!("{subject} is written as {} instead of {}.", form(new), form(old));
            self.add(ChangeKind::CollectionFormatChanged, both, message);
        }
        let encoding = |one: &Parameter<'d>| one.spot.text("x-ms-url-encoding").unwrap_or("single");
        if encoding(old) != encoding(new) {
            let message = format!("{subject} is encoded {} times.", quote(encoding(new)));
            self.add(ChangeKind::UrlEncodingChanged, both, message);
        }
        self.pending.push(Pair {
            old: old.spot.clone(),
            new: new.spot.clone(),
            direction: Direction::Request,
            subject: old.subject(),
        });
    }
}

/// A sentence's beginning.
pub(super) fn capitalised(text: &str) -> String {
    let mut rest = text.chars();
    rest.next()
        .map(|first| first.to_uppercase().collect::<String>() + rest.as_str())
        .unwrap_or_default()
}
