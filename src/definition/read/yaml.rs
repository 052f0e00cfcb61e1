//! YAML 1.2 to a document, from parser events. No client.
//!
//! Aliases share the value of their anchor, so that a bomb costs nothing to hold; what it would expand to is counted
//! and bounded. Nothing recurses: open collections are a stack of frames.

mod frame;
mod scalar;

use std::collections::{HashMap, HashSet};

use granit_parser::{ErrorKind, Event, Marker, Options, Parser, ScalarStyle, ScanError, Span, Tag};

use self::frame::{Content, Cost, Done, Frame, Key};
use self::scalar::resolve;
use super::super::document::{Document, Kind, NodeId, StoredMember, Text};
use super::super::finding::{Findings, quote};
use super::super::path::Path;
use super::super::rule::Rule;
use super::{Limits, Stop};

/// Reads the one document of a YAML text; its root, or a stop whose reason is among the findings.
pub(super) fn read(
    document: &mut Document,
    source: &str,
    limits: &Limits,
    findings: &mut Findings,
) -> Result<NodeId, Stop> {
    let mut options = Options::default();
    options.set_emit_comments(false);
    options.flow_nesting_limit = limits.depth;
    options.block_nesting_limit = limits.depth;
    let mut reader = Reader::new(document, source, limits, findings);
    for event in Parser::new_from_str_with_options(source, options) {
        match event {
            Ok((event, span)) => reader.event(event, &span)?,
            Err(error) => return Err(reader.syntax_error(&error)),
        }
    }
    match reader.root {
        Some(root) => Ok(root.id),
        None => Err(reader.fail(Rule::EmptyDocument, 0, Rule::EmptyDocument.statement())),
    }
}

struct Reader<'r> {
    source: &'r str,
    document: &'r mut Document,
    limits: &'r Limits,
    findings: &'r mut Findings,
    frames: Vec<Frame>,
    items: Vec<NodeId>,
    members: Vec<StoredMember>,
    anchors: HashMap<usize, Done>,
    total: Cost,
    root: Option<Done>,
}

impl<'r> Reader<'r> {
    fn new(
        document: &'r mut Document,
        source: &'r str,
        limits: &'r Limits,
        findings: &'r mut Findings,
    ) -> Self {
        Self {
            source,
            document,
            limits,
            findings,
            frames: Vec::new(),
            items: Vec::new(),
            members: Vec::new(),
            anchors: HashMap::new(),
            total: Cost::default(),
            root: None,
        }
    }

    fn fail(&mut self, rule: Rule, offset: usize, message: impl Into<String>) -> Stop {
        let Self {
            document, findings, ..
        } = self;
        let offset = u32::try_from(offset).unwrap_or(u32::MAX);
        let message = message.into();
        frame::with_path(
            &self.frames,
            self.items.len(),
            document,
            &Path::ROOT,
            &mut |path| {
                findings.add(rule, offset, path, message.as_str());
            },
        );
        Stop
    }

    fn offset(&self, marker: &Marker) -> usize {
        marker.byte_offset().unwrap_or(self.source.len())
    }

    fn syntax_error(&mut self, error: &ScanError) -> Stop {
        let offset = self.offset(error.marker());
        if *error.kind() == ErrorKind::RecursionLimitExceeded {
            return self.too_deep(offset);
        }
        if *error.kind() == ErrorKind::UnknownAnchor {
            return self.fail(Rule::YamlAlias, offset, "This alias has no anchor before it.");
        }
        let message = format!("The text is not valid YAML here: {}.", error.kind());
        self.fail(Rule::YamlSyntax, offset, message)
    }

    fn too_deep(&mut self, offset: usize) -> Stop {
        let message = format!("Values are nested more than {} levels deep.", self.limits.depth);
        self.fail(Rule::TooDeep, offset, message)
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the other events are about the stream, and later versions may add such"
    )]
    fn event(&mut self, event: Event<'_>, span: &Span) -> Result<(), Stop> {
        let offset = self.offset(&span.start);
        match event {
            Event::DocumentStart(..) if self.root.is_some() => Err(self.fail(
                Rule::SeveralDocuments,
                offset,
                "A second YAML document begins here; one is read.",
            )),
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(&text, style, anchor, tag.as_deref(), span)
            }
            Event::Alias(anchor) => self.alias(anchor, offset),
            Event::SequenceStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), "seq", offset)?;
                let mark = self.items.len();
                self.open(offset, anchor, Content::Sequence { mark })
            }
            Event::MappingStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), "map", offset)?;
                let mark = self.members.len();
                self.open(
                    offset,
                    anchor,
                    Content::Mapping {
                        mark,
                        key: None,
                        merges: Vec::new(),
                    },
                )
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            _ => Ok(()),
        }
    }

    fn check_tag(&mut self, tag: Option<&Tag>, wanted: &str, offset: usize) -> Result<(), Stop> {
        match tag {
            Some(tag) if tag.original() != "!" && !tag.is_yaml_core_schema_tag(wanted) => {
                let message = format!("The tag {} has no meaning here.", quote(&tag.original()));
                Err(self.fail(Rule::YamlTag, offset, message))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Whether the next value is the key of a mapping.
    fn at_key(&self) -> bool {
        matches!(
            self.frames.last(),
            Some(Frame {
                content: Content::Mapping { key: None, .. },
                ..
            })
        )
    }

    fn open(&mut self, offset: usize, anchor: usize, content: Content) -> Result<(), Stop> {
        if self.at_key() {
            return Err(self.fail(Rule::YamlKey, offset, "A list or a mapping is used as a key."));
        }
        if self.frames.len() >= self.limits.depth {
            return Err(self.too_deep(offset));
        }
        self.frames.push(Frame {
            offset,
            anchor,
            cost: Cost::default(),
            height: 0,
            content,
        });
        Ok(())
    }

    fn close(&mut self) -> Result<(), Stop> {
        let Some(Frame {
            offset,
            anchor,
            cost,
            height,
            content,
        }) = self.frames.pop()
        else {
            return Ok(());
        };
        let id = match content {
            Content::Sequence { mark } => self.document.add_array(offset, &mut self.items, mark),
            Content::Mapping { mark, merges, key: _ } => {
                if !merges.is_empty() {
                    self.merge(mark, &merges);
                }
                self.document.add_object(offset, &mut self.members, mark)
            }
        };
        let done = Done {
            id,
            cost: cost.plus(Cost { values: 1, bytes: 0 }),
            height: height + 1,
        };
        self.charge(Cost { values: 1, bytes: 0 }, offset)?;
        self.finished(done, anchor, offset)
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        span: &Span,
    ) -> Result<(), Stop> {
        let offset = self.offset(&span.start);
        let cost = Cost {
            values: 1,
            bytes: text.len(),
        };
        self.charge(cost, offset)?;
        if self.at_key() {
            let is_merge = text == "<<" && style == ScalarStyle::Plain && tag.is_none();
            let kept = self.keep(text, span);
            if anchor != 0 {
                let id = self.document.add(offset, Kind::String(kept));
                self.anchors.insert(anchor, Done { id, cost, height: 0 });
            }
            return self.set_key(
                if is_merge {
                    Key::Merge
                } else {
                    Key::Named { key: kept, offset }
                },
                offset,
            );
        }
        let kind = match resolve(text, style, tag) {
            Ok(scalar::Resolved::Null) => Kind::Null,
            Ok(scalar::Resolved::Boolean(value)) => Kind::Boolean(value),
            Ok(scalar::Resolved::Number(number)) => Kind::Number(self.keep(&number, span)),
            Ok(scalar::Resolved::Text) => Kind::String(self.keep(text, span)),
            Err((rule, message)) => return Err(self.fail(rule, offset, message)),
        };
        let id = self.document.add(offset, kind);
        self.finished(Done { id, cost, height: 0 }, anchor, offset)
    }

    /// The text as a span of the source where it stands there as it is, else as a copy.
    fn keep(&mut self, text: &str, span: &Span) -> Text {
        if let Some(range) = span.byte_range() {
            for start in [range.start, range.start + 1] {
                let end = start + text.len();
                if end <= range.end && self.source.get(start..end) == Some(text) {
                    return Document::span(start, end);
                }
            }
        }
        self.document.keep(text)
    }

    fn alias(&mut self, anchor: usize, offset: usize) -> Result<(), Stop> {
        let Some(done) = self.anchors.get(&anchor).copied() else {
            return Err(self.fail(
                Rule::YamlAlias,
                offset,
                "This alias stands inside the value it names.",
            ));
        };
        if self.at_key() {
            let text = self.document.node(done.id).as_str().map(str::to_owned);
            let Some(text) = text else {
                return Err(self.fail(
                    Rule::YamlKey,
                    offset,
                    "This alias names no text that could be a key.",
                ));
            };
            let key = self.document.keep(&text);
            self.charge(done.cost, offset)?;
            return self.set_key(Key::Named { key, offset }, offset);
        }
        if self.frames.len() + done.height > self.limits.depth {
            return Err(self.too_deep(offset));
        }
        self.charge(done.cost, offset)?;
        self.finished(done, 0, offset)
    }

    /// Counts what has been read, with aliases expanded. Only they can make text longer than the input.
    fn charge(&mut self, cost: Cost, offset: usize) -> Result<(), Stop> {
        self.total = self.total.plus(cost);
        if self.total.bytes > self.limits.bytes {
            let message = format!(
                "The aliases up to here expand to more than {} bytes of text.",
                self.limits.bytes
            );
            return Err(self.fail(Rule::YamlAlias, offset, message));
        }
        if self.total.values > self.limits.values {
            let message = format!("The description holds more than {} values.", self.limits.values);
            return Err(self.fail(Rule::TooManyValues, offset, message));
        }
        Ok(())
    }

    fn set_key(&mut self, new: Key, offset: usize) -> Result<(), Stop> {
        let Some(Frame {
            content: Content::Mapping { key, merges, .. },
            ..
        }) = self.frames.last_mut()
        else {
            return Ok(());
        };
        let repeated = matches!(new, Key::Merge) && !merges.is_empty();
        *key = Some(new);
        if repeated {
            let message = "This mapping already has a merge key; give it a list of mappings instead.";
            return Err(self.fail(Rule::YamlMerge, offset, message));
        }
        Ok(())
    }

    /// Puts a value where it belongs: into the open collection, or at the root.
    fn finished(&mut self, done: Done, anchor: usize, offset: usize) -> Result<(), Stop> {
        if anchor != 0 {
            self.anchors.insert(anchor, done);
        }
        let Some(frame) = self.frames.last_mut() else {
            self.root = Some(done);
            return Ok(());
        };
        frame.cost = frame.cost.plus(done.cost);
        frame.height = frame.height.max(done.height);
        match &mut frame.content {
            Content::Sequence { .. } => self.items.push(done.id),
            Content::Mapping { mark, key, merges } => match key.take() {
                Some(Key::Named { key, offset }) => {
                    let key_offset = u32::try_from(offset).unwrap_or(u32::MAX);
                    self.members.push(StoredMember {
                        key,
                        key_offset,
                        value: done.id,
                    });
                }
                Some(Key::Merge) => {
                    let before = self.members.len() - *mark;
                    let value = self.document.node(done.id);
                    let mappings: Vec<_> = if value.is_object() {
                        vec![value]
                    } else {
                        value.items().collect()
                    };
                    if mappings.is_empty() || !mappings.iter().all(|mapping| mapping.is_object()) {
                        return Err(self.fail(Rule::YamlMerge, offset, Rule::YamlMerge.statement()));
                    }
                    merges.extend(mappings.iter().map(|mapping| (before, mapping.id())));
                }
                None => {}
            },
        }
        Ok(())
    }

    /// Puts the members of merged mappings where the merge key stood; what the mapping says itself wins, then what
    /// was merged first.
    fn merge(&mut self, mark: usize, merges: &[(usize, NodeId)]) {
        let own = self.members.split_off(mark);
        let document = &*self.document;
        let mut seen: HashSet<&str> = own.iter().map(|member| document.text(member.key)).collect();
        for place in 0..=own.len() {
            for (_, mapping) in merges.iter().filter(|(before, _)| *before == place) {
                let new = document.stored_members(*mapping).iter();
                self.members.extend(
                    new.filter(|member| seen.insert(document.text(member.key)))
                        .copied(),
                );
            }
            self.members.extend(own.get(place).copied());
        }
    }
}
