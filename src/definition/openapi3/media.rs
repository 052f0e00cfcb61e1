//! Media types: which of several describes a body. No client.
//!
//! JSON goes first, because workflows work with JSON; then forms, then what comes first. What is described by the same
//! schema is offered as well; the rest is left out, and told. A form cannot be described by anything else.

use super::super::document::{Member, Node};
use super::super::finding::quote;
use super::super::note::Note;
use super::Converter;

/// The description of a body that was chosen.
#[derive(Clone, Debug)]
pub(super) struct Chosen<'d> {
    /// What was chosen: the media type and its description.
    pub(super) member: Member<'d>,
    /// All media types that are described the same, in the order written.
    pub(super) media: Vec<Member<'d>>,
}

/// What a media type is to a connector; what stands first is preferred.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Class {
    Json,
    /// JSON under a name of its own.
    OtherJson,
    /// Whatever the other side likes.
    Any,
    Multipart,
    UrlEncoded,
    Other,
}

impl Class {
    pub(super) fn of(media: &str) -> Self {
        let essence = media
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        match essence.as_str() {
            "application/json" => Self::Json,
            "text/json" => Self::OtherJson,
            essence if essence.ends_with("+json") => Self::OtherJson,
            "*/*" | "application/*" => Self::Any,
            essence if essence.starts_with("multipart/") => Self::Multipart,
            "application/x-www-form-urlencoded" => Self::UrlEncoded,
            _ => Self::Other,
        }
    }

    pub(super) fn is_form(self) -> bool {
        matches!(self, Self::Multipart | Self::UrlEncoded)
    }
}

/// The media types that OpenAPI 2.0 names: one that stands for any goes without saying.
pub(super) fn named_media<'m>(media: &'m [&'m str]) -> &'m [&'m str] {
    if media == ["*/*"] { &[] } else { media }
}

impl<'d> Converter<'d, '_> {
    /// Chooses among the media types of `content`; nothing if there is none.
    pub(super) fn choose(&mut self, content: Node<'d>) -> Option<Chosen<'d>> {
        let described = || content.members().filter(|member| !member.key.starts_with("x-"));
        let member = described().min_by_key(|member| Class::of(member.key))?;
        let is_form = Class::of(member.key).is_form();
        let schema = member.value.get("schema");
        let mut media = Vec::new();
        for other in described() {
            let same_schema = match (schema, other.value.get("schema")) {
                (None, None) => true,
                (Some(one), Some(other)) => one.is_same(other),
                _ => false,
            };
            let says_no_more = || {
                let mut said = other.value.members();
                said.all(|member| matches!(member.key, "schema" | "example" | "examples"))
            };
            let is_other_form = Class::of(other.key).is_form();
            if same_schema && (is_other_form == is_form || (is_other_form && says_no_more())) {
                media.push(other);
            } else {
                let message = format!(
                    "{} describes the body, and {} describes it otherwise.",
                    quote(member.key),
                    quote(other.key)
                );
                self.note(Note::MediaTypeLost, other.value, message);
            }
        }
        Some(Chosen { member, media })
    }

    /// The value of the first example of a media type; tells of the others.
    pub(super) fn example(&mut self, media: Node<'d>) -> Option<Node<'d>> {
        let mut chosen = media.get("example");
        for member in media.get("examples").into_iter().flat_map(Node::members) {
            let Some(example) = self.resolve(member.value) else {
                continue;
            };
            self.components.used.insert(example.id());
            match example.get("value") {
                Some(value) if chosen.is_none() => chosen = Some(value),
                Some(_) | None => self.lost_example(member.value),
            }
        }
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::Class;

    #[test]
    fn json_goes_first_then_forms() {
        for (media, class) in [
            ("application/json; charset=utf-8", Class::Json),
            ("Application/JSON", Class::Json),
            ("application/vnd.api+json", Class::OtherJson),
            ("*/*", Class::Any),
            ("multipart/mixed", Class::Multipart),
            ("application/x-www-form-urlencoded", Class::UrlEncoded),
            ("text/plain", Class::Other),
        ] {
            assert_eq!(Class::of(media), class, "{media}");
        }
        assert!(
            Class::Json < Class::OtherJson
                && Class::Any < Class::Multipart
                && Class::UrlEncoded < Class::Other
        );
    }
}
