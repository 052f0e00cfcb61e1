//! Whose parameters an extension takes values from: the operation that it is written in, or, where several share it,
//! any of them. No client.

use std::collections::HashMap;

use super::super::super::document::Node;
use super::super::Check;
use super::super::called::{Called, Lookup};

/// Who makes the calls of what is walked.
#[derive(Debug, Default)]
pub(in super::super) enum Caller<'d> {
    /// Any operation that refers to what is walked.
    #[default]
    Any,
    /// The operations of one path.
    Path(Node<'d>),
    /// One operation.
    Operation(Called<'d>),
}

/// What every operation takes, looked up once; and for names, whether any takes such a thing.
#[derive(Debug, Default)]
pub(in super::super) struct Inputs<'d> {
    all: Option<Vec<(Called<'d>, Vec<Node<'d>>)>>,
    known: HashMap<&'d str, bool>,
}

impl<'d> Check<'d, '_> {
    /// What `name` means to the caller. Where several share an extension, it is missing if none of them has it, and
    /// open otherwise.
    pub(super) fn source_named(&mut self, name: &'d str) -> Lookup<'d> {
        if let Caller::Operation(caller) = &self.caller {
            return self.input(*caller, &caller.inputs(&self.references), name).0;
        }
        let mut inputs = std::mem::take(&mut self.inputs);
        let all = inputs.all.get_or_insert_with(|| {
            let operations = self.operations_by_id.values();
            operations
                .map(|called| (*called, called.inputs(&self.references)))
                .collect()
        });
        let has = |(called, inputs): &(Called<'d>, Vec<Node<'d>>)| {
            !matches!(self.input(*called, inputs, name).0, Lookup::Missing)
        };
        let is_there = match &self.caller {
            // An operation without an operationId is not among them.
            Caller::Path(item) => {
                let mut own = all
                    .iter()
                    .filter(|(called, _)| called.item.id() == item.id())
                    .peekable();
                own.peek().is_none() || own.any(has)
            }
            Caller::Any | Caller::Operation(_) => {
                let known = &mut inputs.known;
                *known
                    .entry(name)
                    .or_insert_with(|| all.is_empty() || all.iter().any(has))
            }
        };
        self.inputs = inputs;
        if is_there { Lookup::Open } else { Lookup::Missing }
    }
}
