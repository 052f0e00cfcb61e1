//! Responses: what a workflow gets back. It builds on the first successful one. No client.

use std::collections::{HashMap, HashSet};

use super::super::finding::quote;
use super::operation::Operation;
use super::place::Spot;
use super::schema::{Direction, Pair, Subject};
use super::{ChangeKind, Comparison, Side};

/// A response of an operation, its reference followed.
#[derive(Clone, Debug)]
struct Response<'d> {
    code: &'d str,
    spot: Spot<'d>,
}

impl<'d> Side<'d> {
    fn responses(&self, operation: &Operation<'d>) -> Vec<Response<'d>> {
        let responses = operation.spot.get("responses");
        let members = responses.iter().flat_map(Spot::members);
        let described = members.filter(|(code, _)| !code.starts_with("x-"));
        described
            .map(|(code, written)| Response {
                code,
                spot: self.resolved(&written),
            })
            .collect()
    }
}

/// The response that authors see: the lowest 2xx that has a schema, else the lowest 2xx, else the default.
fn success<'r, 'd>(responses: &'r [Response<'d>]) -> Option<&'r Response<'d>> {
    let good = || responses.iter().filter(|one| one.code.starts_with('2'));
    let with_schema = good().filter(|one| one.spot.node.get("schema").is_some());
    with_schema
        .min_by_key(|one| one.code)
        .or_else(|| good().min_by_key(|one| one.code))
        .or_else(|| responses.iter().find(|one| one.code == "default"))
}

impl<'d> Comparison<'_, 'd> {
    pub(super) fn responses(&mut self, old: &Operation<'d>, new: &Operation<'d>) {
        let (before, after) = (self.old.responses(old), self.new.responses(new));
        let (main, next) = (success(&before), success(&after));
        let id = quote(old.id);
        match (main, next) {
            (Some(one), Some(other)) => {
                if one.code != other.code {
                    let message = format!(
                        "Success of {id} is described under {} instead of {}.",
                        quote(other.code),
                        quote(one.code)
                    );
                    let both = (Some(&one.spot), Some(&other.spot));
                    self.add(ChangeKind::ResponseCodeChanged, both, message);
                }
                self.response(one, other);
            }
            (Some(one), None) => {
                let message = format!("{id} no longer describes what comes back when it succeeds.");
                self.add(
                    ChangeKind::ResponseRemoved,
                    (Some(&one.spot), Some(&new.spot)),
                    message,
                );
            }
            (None, Some(other)) => {
                let message = format!("{id} now describes what comes back when it succeeds.");
                self.add(
                    ChangeKind::ResponseDescribed,
                    (Some(&old.spot), Some(&other.spot)),
                    message,
                );
            }
            (None, None) => {}
        }
        let (main, next) = (main.map(|one| one.code), next.map(|one| one.code));
        let among = |all: &[Response<'d>], code: &str| all.iter().find(|one| one.code == code).cloned();
        for one in before.iter().filter(|one| Some(one.code) != main) {
            match among(&after, one.code) {
                Some(other) if Some(other.code) != next => self.response(one, &other),
                Some(_) => {}
                None => {
                    let message = format!("{id} no longer describes the response {}.", quote(one.code));
                    let places = (Some(&one.spot), Some(&new.spot));
                    self.add(ChangeKind::FurtherResponseRemoved, places, message);
                }
            }
        }
        for one in after.iter().filter(|one| Some(one.code) != next) {
            if among(&before, one.code).is_none() {
                let message = format!("{id} now describes the response {}.", quote(one.code));
                self.add(
                    ChangeKind::ResponseAdded,
                    (Some(&old.spot), Some(&one.spot)),
                    message,
                );
            }
        }
    }

    fn response(&mut self, old: &Response<'d>, new: &Response<'d>) {
        let id = quote(self.operation.unwrap_or_default());
        let called = format!("the response {} of {id}", quote(new.code));
        let main = new.code.starts_with('2') || new.code == "default";
        match (old.spot.get("schema"), new.spot.get("schema")) {
            (Some(old), Some(new)) => self.pending.push(Pair {
                old,
                new,
                direction: Direction::Response,
                subject: Subject::Response,
            }),
            (Some(gone), None) => {
                let kind = if main {
                    ChangeKind::ResponseRemoved
                } else {
                    ChangeKind::FurtherResponseRemoved
                };
                let message = format!("Of {called} it is no longer described what it holds.");
                self.add(kind, (Some(&gone), Some(&new.spot)), message);
            }
            (None, Some(schema)) => {
                let message = format!("Of {called} it is now described what it holds.");
                self.add(
                    ChangeKind::ResponseDescribed,
                    (Some(&old.spot), Some(&schema)),
                    message,
                );
            }
            (None, None) => {}
        }
        self.headers(old, new, &called);
        self.texts(
            (&old.spot, &new.spot),
            &["description", "examples", "x-ms-summary"],
            &called,
        );
        self.extensions((&old.spot, &new.spot), &called);
    }

    fn headers(&mut self, old: &Response<'d>, new: &Response<'d>, called: &str) {
        let headers = |one: &Response<'d>| {
            let headers = one.spot.get("headers");
            let members: Vec<(&'d str, Spot<'d>)> = headers.iter().flat_map(Spot::members).collect();
            members
        };
        let (before, after) = (headers(old), headers(new));
        let key = |name: &str| name.to_ascii_lowercase();
        let known: HashMap<String, &Spot<'d>> = after.iter().map(|(name, spot)| (key(name), spot)).collect();
        for (name, spot) in &before {
            if let Some(other) = known.get(&key(name)) {
                self.pending.push(Pair {
                    old: spot.clone(),
                    new: (*other).clone(),
                    direction: Direction::Response,
                    subject: Subject::Header(name),
                });
            } else {
                let message = format!("The header {} of {called} is gone.", quote(name));
                let places = (Some(spot), Some(&new.spot));
                self.add(ChangeKind::ResponseHeaderRemoved, places, message);
            }
        }
        let known: HashSet<String> = before.iter().map(|(name, _)| key(name)).collect();
        for (name, spot) in after.iter().filter(|(name, _)| !known.contains(&key(name))) {
            let message = format!("The header {} of {called} is new.", quote(name));
            self.add(
                ChangeKind::ResponseHeaderAdded,
                (Some(&old.spot), Some(spot)),
                message,
            );
        }
    }
}
