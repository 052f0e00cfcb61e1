//! OpenAPI 3.0 and 3.1 to OpenAPI 2.0. No client.
//!
//! What can be reached from the operations is converted first, then what is left of the components, so that a
//! reference out of the document stands in the way only where something needs it. Every value of the result stands
//! where that stands which it was made of; entries of the report get their pointers from that as well.

mod address;
mod body;
mod callback;
mod choice;
mod component;
mod form;
mod left_out;
mod media;
mod object;
mod operation;
mod parameter;
mod path;
mod reference;
mod response;
mod schema;
mod security;
mod server;
mod simple;
mod style;
mod text;

use std::collections::HashSet;

use self::component::Components;
pub(super) use self::left_out::left_out;
use self::reference::References;
use self::security::Schemes;
use self::server::Servers;
use super::Settings;
use super::conversion::{Conversion, Origin};
use super::document::{Document, Draft, Fields, Member, Node, NodeId, Value};
use super::finding::{Findings, quote};
use super::format::Format;
use super::note::Note;
use super::path::Path;
use super::report::Report;
use super::rule::Rule;

/// Makes the OpenAPI 2.0 document that says the same.
pub(super) fn convert<'d>(document: &'d Document, format: Format, settings: &Settings) -> Conversion<'d> {
    let root = document.root();
    let mut converter = Converter::new(document, format, settings);
    let made = if converter.has_operations() {
        Some(converter.document())
    } else {
        None
    };
    let Converter {
        draft,
        report,
        mut found,
        origins,
        ..
    } = converter;
    let converted = made.map(|made| draft.finish(made));
    if matches!(converted, Some(None)) {
        let message = format!(
            "As OpenAPI 2.0 the description would have more than {} values.",
            settings.limits.values
        );
        found.add(Rule::TooManyValues, root.offset(), &Path::ROOT, message);
    }
    Conversion {
        document: converted.flatten(),
        report,
        found,
        origins,
    }
}

/// A conversion: the document that is read, and what has been made of it so far.
struct Converter<'d, 's> {
    root: Node<'d>,
    settings: &'s Settings,
    /// Fields beside a `$ref` count, as they do from 3.1 on.
    siblings_count: bool,
    draft: Draft,
    report: Report,
    /// What has been told, by place.
    told: HashSet<(Note, u32)>,
    found: Findings,
    origins: Vec<Origin<'d>>,
    references: References<'d>,
    components: Components<'d>,
    servers: Servers<'d>,
    schemes: Schemes<'d>,
    /// How many more members of schemas may be looked at in order to merge them.
    merging: usize,
    /// How many choices are being converted, each within the one before.
    choosing: usize,
    /// What is converted now is not needed by any operation.
    is_spare: bool,
    /// What is converted now is a part of a schema, of which other parts may say more.
    is_part: bool,
}

impl<'d, 's> Converter<'d, 's> {
    fn new(document: &'d Document, format: Format, settings: &'s Settings) -> Self {
        let root = document.root();
        Self {
            root,
            settings,
            siblings_count: format == Format::OpenApi31,
            draft: Draft::of(document, settings.limits.values),
            report: Report::default(),
            told: HashSet::new(),
            found: Findings::default(),
            origins: Vec::new(),
            references: References::new(root),
            components: Components::new(root),
            servers: Servers::new(root, settings),
            schemes: Schemes::default(),
            merging: 100_000 + 16 * document.node_count(),
            choosing: 0,
            is_spare: false,
            is_part: false,
        }
    }

    /// Whether there is anything that a connector could call; if not, a finding says so.
    fn has_operations(&mut self) -> bool {
        let count = |key: &str| self.root.get(key).map_or(0, |node| node.members().len());
        let webhooks = count("webhooks");
        let operations = count("paths");
        if operations == 0 && webhooks > 0 {
            let node = self.root.get("webhooks").unwrap_or(self.root);
            let message = format!(
                "The description has {webhooks} webhooks and no path: it says what the API sends, and nothing that a \
                 connector could call."
            );
            self.found
                .add(Rule::WebhooksOnly, node.offset(), &Path::ROOT, message);
        }
        operations > 0 || webhooks == 0
    }

    /// Makes the whole document.
    fn document(&mut self) -> NodeId {
        let root = self.root;
        let mut fields = Fields::default();
        let version = self.draft.string(root.offset(), "2.0");
        fields.put("swagger", version);
        if let Some(info) = root.member("info") {
            let made = self.info(info.value);
            fields.add("info", info.key_offset, made);
        }
        self.address(&mut fields);
        // Which schemes there are decides what can be required.
        let definitions = self.security_schemes();
        let paths = self.paths();
        self.webhooks();
        self.rest_of_components(paths, &mut fields);
        if let Some(definitions) = definitions {
            fields.put("securityDefinitions", definitions);
        }
        if let Some(security) = root.get("security")
            && let Some(made) = self.requirements(security)
        {
            fields.put("security", made);
        }
        self.rest_of_root(&mut fields);
        self.draft.object(root.offset(), fields)
    }

    fn rest_of_root(&mut self, fields: &mut Fields<'d>) {
        for member in self.root.members() {
            match member.key {
                "tags" => {
                    let made = self.tags(member.value);
                    fields.add("tags", member.key_offset, made);
                }
                "externalDocs" => self.external_docs(&member, fields),
                "openapi" | "info" | "servers" | "paths" | "components" | "webhooks" | "security" => {}
                _ => self.extension_or_lost(&member, fields),
            }
        }
    }

    fn info(&mut self, info: Node<'d>) -> NodeId {
        if !info.is_object() {
            return self.draft.copy(info);
        }
        let mut fields = Fields::default();
        for member in info.members() {
            match member.key {
                "title" | "version" | "description" | "termsOfService" => {
                    self.carry(&member, &mut fields);
                }
                "contact" => {
                    let made = self.with_addresses(member.value, &["url", "email"]);
                    fields.add("contact", member.key_offset, made);
                }
                "license" => {
                    let made = self.license(member.value);
                    fields.add("license", member.key_offset, made);
                }
                "summary" if info.get("description").is_none() => {
                    let text = self.draft.copy(member.value);
                    fields.add("description", member.key_offset, text);
                }
                _ => self.extension_or_lost(&member, &mut fields),
            }
        }
        self.draft.object(info.offset(), fields)
    }

    fn license(&mut self, license: Node<'d>) -> NodeId {
        if !license.is_object() {
            return self.draft.copy(license);
        }
        let mut fields = Fields::default();
        for member in license.members() {
            match member.key {
                "url" => self.address_member(&member, &mut fields),
                "name" => self.carry(&member, &mut fields),
                _ => self.extension_or_lost(&member, &mut fields),
            }
        }
        self.draft.object(license.offset(), fields)
    }

    fn tags(&mut self, tags: Node<'d>) -> NodeId {
        let mut made = Vec::new();
        for tag in tags.items() {
            let mut fields = Fields::default();
            for member in tag.members() {
                match member.key {
                    "name" | "description" => self.carry(&member, &mut fields),
                    "externalDocs" => self.external_docs(&member, &mut fields),
                    _ => self.extension_or_lost(&member, &mut fields),
                }
            }
            made.push(if tag.is_object() {
                self.draft.object(tag.offset(), fields)
            } else {
                self.draft.copy(tag)
            });
        }
        if matches!(tags.value(), Value::Array(_)) {
            self.draft.list(tags.offset(), made)
        } else {
            self.draft.copy(tags)
        }
    }

    /// Copies a member as it is.
    fn carry(&mut self, member: &Member<'d>, fields: &mut Fields<'d>) {
        let value = self.draft.copy(member.value);
        fields.add(member.key, member.key_offset, value);
    }

    /// Copies an extension; tells of any other field that OpenAPI 2.0 does not have.
    fn extension_or_lost(&mut self, member: &Member<'d>, fields: &mut Fields<'d>) {
        if member.key.starts_with("x-") {
            self.carry(member, fields);
        } else {
            self.lost_field(member);
        }
    }

    fn lost_field(&mut self, member: &Member<'d>) {
        let message = format!("{} has no place in OpenAPI 2.0.", quote(member.key));
        self.note(Note::FieldLost, member.value, message);
    }

    /// Puts an entry about `node` into the report, once.
    fn note(&mut self, note: Note, node: Node<'d>, message: impl Into<String>) {
        if self.told.insert((note, node.offset())) {
            self.report.note(note, node.offset(), message);
        }
    }

    /// Reports an error about `node`, once.
    fn refuse(&mut self, rule: Rule, node: Node<'d>, message: impl Into<String>) {
        if self.references.is_new(node) {
            self.found.add(rule, node.offset(), &Path::ROOT, message);
        }
    }
}

#[cfg(test)]
mod tests;
