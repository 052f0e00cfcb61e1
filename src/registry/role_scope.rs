//! Where role assignments apply, and which scopes contain which. No client.

/// Where a role assignment applies: any ARM id, or nothing for the root.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct RoleScope(String);

impl RoleScope {
    pub(super) fn of(segments: &[String]) -> Self {
        Self(
            segments
                .iter()
                .fold(String::new(), |path, segment| path + "/" + segment),
        )
    }

    /// The scope as the caller spelt it; `/` for the root.
    pub(super) fn as_str(&self) -> &str {
        if self.0.is_empty() { "/" } else { &self.0 }
    }

    /// What goes before `/providers/Microsoft.Authorization/…` in an id.
    pub(super) fn prefix(&self) -> &str {
        &self.0
    }

    /// The part of the scope that names its subscription, as the caller spelt it; empty where it lies in none.
    pub(super) fn subscription_prefix(&self) -> &str {
        let in_one = !self.subscription().is_empty();
        let end = self
            .0
            .match_indices('/')
            .nth(2)
            .map_or(self.0.len(), |(at, _)| at);
        self.0.get(..end).filter(|_| in_one).unwrap_or_default()
    }

    /// The scope in lower case, the root being empty: equal exactly for equal scopes.
    pub(super) fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// The keys of the scopes that contain this one, from the root downwards, itself left out.
    pub(super) fn above(&self) -> Vec<String> {
        let key = self.key();
        let ends = key.match_indices('/').map(|(at, _)| at);
        // Scopes are made of pairs (`subscriptions/x`, `resourceGroups/y`, …); a half of one is no scope.
        ends.step_by(2)
            .filter_map(|end| key.get(..end))
            .map(str::to_owned)
            .collect()
    }

    /// The key of the subscription the scope lies in, empty where it lies in none.
    pub(super) fn subscription(&self) -> String {
        let key = self.key();
        let mut segments = key.split('/').skip(1);
        match (segments.next(), segments.next()) {
            (Some("subscriptions"), Some(subscription)) => subscription.to_owned(),
            _ => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scopes_above_are_the_pairs_before() {
        let segments = [
            "subscriptions",
            "S",
            "resourceGroups",
            "G",
            "providers",
            "Microsoft.Web",
            "customApis",
            "A",
        ];
        let scope = RoleScope::of(&segments.map(str::to_owned));
        assert_eq!(
            scope.above(),
            [
                "",
                "/subscriptions/s",
                "/subscriptions/s/resourcegroups/g",
                "/subscriptions/s/resourcegroups/g/providers/microsoft.web"
            ]
        );
        assert_eq!(scope.subscription(), "s");
        assert_eq!(scope.subscription_prefix(), "/subscriptions/S");
        let root = RoleScope::of(&[]);
        assert!(root.above().is_empty());
        assert_eq!(root.subscription_prefix(), "");
    }
}
