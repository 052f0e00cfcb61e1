//! What definitions make together: circles, and what nobody uses. No client.

use std::collections::HashSet;

use super::super::document::{Member, Node};
use super::super::finding::quote;
use super::super::path::Path;
use super::super::rule::Rule;
use super::Check;
use super::reference::Section;

impl<'d> Check<'d, '_> {
    /// Judges the links between definitions. To be called when everything has been walked.
    pub(super) fn definition_graph(&mut self) {
        let members: Vec<Member<'d>> = self
            .root
            .get("definitions")
            .into_iter()
            .flat_map(Node::members)
            .collect();
        let path = Path::ROOT.key("definitions");
        let unused = std::mem::take(&mut self.references.used);
        for (member, _) in members.iter().zip(&unused).filter(|(_, used)| !**used) {
            let message = format!("Nothing refers to the definition {}.", quote(member.key));
            self.report_key(Rule::DefinitionUnused, member, &path, message);
        }
        let links = std::mem::take(&mut self.references.links);
        let mut inherited = vec![Vec::new(); members.len()];
        let mut linked = vec![Vec::new(); members.len()];
        for link in &links {
            let targets = if link.inherits {
                &mut inherited
            } else {
                &mut linked
            };
            if let Some(targets) = targets.get_mut(link.from) {
                targets.push(link.to);
            }
        }
        self.required_circles(&members, &path);
        let circular = entries_of_circles(&inherited);
        for member in circular.iter().filter_map(|index| members.get(*index)) {
            let message = format!(
                "The definition {} contains itself through allOf.",
                quote(member.key)
            );
            self.report_key(Rule::InheritanceCycle, member, &path, message);
        }
        for (all, more) in linked.iter_mut().zip(&inherited) {
            all.extend(more);
        }
        let told: HashSet<usize> = circular.into_iter().collect();
        for index in entries_of_circles(&linked)
            .into_iter()
            .filter(|index| !told.contains(index))
        {
            if let Some(member) = members.get(index) {
                let message = format!("The definition {} refers back to itself.", quote(member.key));
                self.report_key(Rule::DefinitionCycle, member, &path, message);
            }
        }
    }
}

impl<'d> Check<'d, '_> {
    /// Reports definitions whose required properties lead back to them.
    fn required_circles(&mut self, members: &[Member<'d>], path: &Path<'_>) {
        let needed = |member: &Member<'d>| -> Vec<usize> {
            let required = member.value.get("required").into_iter().flat_map(Node::items);
            let required: HashSet<&str> = required.filter_map(Node::as_str).collect();
            let properties = member.value.get("properties").into_iter().flat_map(Node::members);
            let references = properties
                .filter(|property| required.contains(property.key))
                .filter_map(|property| property.value.get("$ref").and_then(Node::as_str));
            references
                .filter_map(|text| Some(self.references.find(text, Section::Definitions)?.0))
                .collect()
        };
        let links: Vec<Vec<usize>> = members.iter().map(needed).collect();
        for member in entries_of_circles(&links)
            .iter()
            .filter_map(|index| members.get(*index))
        {
            let message = format!("Required properties lead from {} back to it.", quote(member.key));
            self.report_key(Rule::RequiredCycle, member, path, message);
        }
    }
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum State {
    New,
    Open,
    Done,
}

/// The nodes at which a walk in order closes a circle: one or more of each circle. Without recursion, in linear time.
fn entries_of_circles(links: &[Vec<usize>]) -> Vec<usize> {
    let mut states = vec![State::New; links.len()];
    let mut entries = Vec::new();
    for start in 0..links.len() {
        // Each open node with how many of its links have been followed.
        let mut stack = vec![(start, 0)];
        while let Some((node, followed)) = stack.pop() {
            let Some(state) = states.get_mut(node) else {
                continue;
            };
            if followed == 0 {
                match *state {
                    State::New => *state = State::Open,
                    State::Open => {
                        entries.push(node);
                        continue;
                    }
                    State::Done => continue,
                }
            }
            match links.get(node).and_then(|targets| targets.get(followed)) {
                Some(target) => {
                    stack.push((node, followed + 1));
                    stack.push((*target, 0));
                }
                None => *state = State::Done,
            }
        }
    }
    entries.sort_unstable();
    entries.dedup();
    entries
}

#[cfg(test)]
mod tests {
    use super::entries_of_circles;

    #[test]
    fn every_circle_is_found_once_and_a_diamond_is_none() {
        assert!(entries_of_circles(&[vec![1, 2], vec![3], vec![3], vec![]]).is_empty());
        assert_eq!(entries_of_circles(&[vec![0]]), [0]);
        assert_eq!(
            entries_of_circles(&[vec![1], vec![2], vec![0], vec![4], vec![3]]),
            [0, 3]
        );
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let links: Vec<Vec<usize>> = (1..=100_000).map(|next| vec![next % 100_000]).collect();
        assert_eq!(entries_of_circles(&links), [0]);
    }
}
