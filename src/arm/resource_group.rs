//! Resource groups, as far as the operator looks at them: where connections may lie. No client.

use serde::Deserialize;

use super::id::ResourceId;

/// A resource group as the backend lists it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct ResourceGroup {
    /// Its id, in the backend's spelling.
    pub id: ResourceId,
}

impl ResourceGroup {
    /// The name, in the backend's spelling.
    pub fn name(&self) -> &str {
        self.id.name()
    }
}
