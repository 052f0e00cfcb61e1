//! The forms of bodies: what an operation consumes and produces. No client.

use super::super::document::Node;
use super::super::finding::quote;
use super::operation::Operation;
use super::place::Spot;
use super::{ChangeKind, Comparison, Side};

impl<'d> Side<'d> {
    /// The media types under `key` that hold for an operation, and where they stand.
    fn media(&self, operation: &Operation<'d>, key: &str) -> (Spot<'d>, Vec<String>) {
        let list = operation
            .spot
            .get(key)
            .or_else(|| Spot::root(self.root).get(key))
            .unwrap_or_else(|| operation.spot.clone());
        let mut media: Vec<String> = list.node.items().filter_map(Node::as_str).map(essence).collect();
        media.sort_unstable();
        media.dedup();
        (list, media)
    }
}

impl<'d> Comparison<'_, 'd> {
    pub(super) fn media_types(&mut self, old: &Operation<'d>, new: &Operation<'d>) {
        let id = quote(old.id);
        let has_body = |side: &Side<'d>, one: &Operation<'d>| {
            let own = [one.spot.get("parameters"), one.item.get("parameters")];
            let own: Vec<Spot<'d>> = own.iter().flatten().flat_map(Spot::items).collect();
            own.iter()
                .any(|parameter| matches!(side.resolved(parameter).text("in"), Some("body" | "formData")))
        };
        let sends = has_body(self.old, old) && has_body(self.new, new);
        for (key, narrowed, verb) in [
            ("consumes", ChangeKind::ConsumesNarrowed, "takes"),
            ("produces", ChangeKind::ProducesChanged, "returns"),
        ] {
            let (was, before) = self.old.media(old, key);
            let (is, after) = self.new.media(new, key);
            if before == after || (key == "consumes" && !sends) {
                continue;
            }
            let stays = before.is_empty() || after.is_empty() || before.iter().any(|one| after.contains(one));
            let kind = if stays {
                ChangeKind::MediaTypesChanged
            } else {
                narrowed
            };
            let message = format!("{id} {verb} {} instead of {}.", listed(&after), listed(&before));
            self.add(kind, (Some(&was), Some(&is)), message);
        }
    }
}

/// A media type without parameters such as a charset.
fn essence(text: &str) -> String {
    let essence = text.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

fn listed(media: &[String]) -> String {
    if media.is_empty() {
        return "no media type in particular".to_owned();
    }
    quote(&media.join(", "))
}
