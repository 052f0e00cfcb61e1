//! Path items: what stands beside and above their operations. No client.

use super::super::super::document::{Fields, Member};
use super::super::super::openapi2::METHODS;
use super::super::Converter;
use super::super::callback::CONTENT;
use super::{Planned, Shared};

impl<'d> Converter<'d, '_> {
    /// The extensions of a path, for one that only gets operations of it.
    pub(super) fn item_extensions(&mut self, members: &[Member<'d>]) -> Fields<'d> {
        let mut fields = Fields::default();
        for member in members.iter().filter(|member| member.key.starts_with("x-")) {
            let made = if member.key == CONTENT {
                self.notification_extension(member.value)
            } else {
                self.draft.copy(member.value)
            };
            fields.add(member.key, member.key_offset, made);
        }
        fields
    }

    /// A path with those of its operations that are served at the connector's base path.
    pub(super) fn item_itself(
        &mut self,
        members: &[Member<'d>],
        here: &[&Planned<'d>],
        shared: &Shared<'d>,
    ) -> Fields<'d> {
        let mut fields = Fields::default();
        if let Some(list) = shared.list.filter(|_| !shared.parameters.is_empty()) {
            let made = self.draft.list(list.value.offset(), shared.parameters.clone());
            fields.add("parameters", list.key_offset, made);
        }
        if let Some(member) = members.iter().find(|member| member.key == CONTENT) {
            let made = self.notification_extension(member.value);
            fields.add(CONTENT, member.key_offset, made);
        }
        let bare = Shared {
            parameters: Vec::new(),
            ..shared.clone()
        };
        for member in members {
            match member.key {
                "parameters" | "summary" | "description" | "servers" | "trace" | CONTENT => {}
                key if METHODS.contains(&key) => {
                    let Some(planned) = here.iter().find(|one| one.member.key == key) else {
                        continue;
                    };
                    let has_content = fields.get(CONTENT).is_some();
                    let operation = self.placed_operation(planned, &bare, has_content);
                    if let Some(made) = operation.notification {
                        fields.put(CONTENT, made);
                    }
                    fields.add(key, member.key_offset, operation.made);
                }
                _ => self.extension_or_lost(member, &mut fields),
            }
        }
        fields
    }
}
