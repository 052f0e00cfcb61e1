//! Paths that only a fragment tells apart: which of their operations can have the place. No client.

use std::collections::HashSet;

use super::super::super::document::Member;
use super::super::Converter;
use super::{Item, Planned, names};

impl Item<'_> {
    pub(super) fn has_fragment(&self) -> bool {
        self.path.len() < self.member.key.len()
    }
}

impl<'d> Converter<'d, '_> {
    fn is_wanted(&self, item: &Item<'d>, operation: &Member<'d>) -> bool {
        let wanted = &self.settings.operations;
        wanted.accepts(Some(item.path), names(operation.value))
    }

    /// Of the operations that a fragment tells apart one can have the place: one that the filter asks for, if there is
    /// one, and not just the first. Where none is asked for they stay, so that the filter leaves out what there is.
    pub(super) fn make_room_for_wanted(&mut self, items: &mut [Item<'d>]) {
        if self.settings.operations.is_empty() || !items.iter().any(Item::has_fragment) {
            return;
        }
        let mut wanted: HashSet<(String, &'d str)> = HashSet::new();
        for item in &*items {
            for planned in &item.operations {
                if self.is_wanted(item, &planned.member) {
                    wanted.insert((planned.path(item.path), planned.member.key));
                }
            }
        }
        for item in items.iter_mut().filter(|item| item.has_fragment()) {
            let planned = std::mem::take(&mut item.operations);
            let gives_way = |item: &Item<'d>, one: &Planned<'d>| {
                wanted.contains(&(one.path(item.path), one.member.key)) && !self.is_wanted(item, &one.member)
            };
            let (gone, left): (Vec<_>, Vec<_>) = planned.into_iter().partition(|one| gives_way(item, one));
            item.operations = left;
            for one in gone {
                item.refused += 1;
                self.refused(Some(item.path), one.member.value);
            }
        }
    }
}
