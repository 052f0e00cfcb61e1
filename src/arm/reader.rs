//! Reading alone: who holds no more than a [`Reader`] cannot change anything. Client required.

use serde_json::value::RawValue;

use super::{ArmError, Client, CustomApiObserved, id::ResourceId};

/// What a look at a connector needs. Nothing that it offers changes anything.
pub trait Reads: Send + Sync {
    /// A connector; `None` where there is none.
    fn custom_api(
        &self,
        id: &ResourceId,
    ) -> impl Future<Output = Result<Option<CustomApiObserved>, ArmError>> + Send;

    /// A connector's document; `None` where there is no such connector.
    fn document(
        &self,
        id: &ResourceId,
    ) -> impl Future<Output = Result<Option<Box<RawValue>>, ArmError>> + Send;

    /// Which registry answered last, where it is one that says so.
    fn answered_by(&self) -> Option<String>;
}

/// A client of which only the reading half is left.
#[derive(Clone, Debug)]
pub struct Reader(Client);

impl From<Client> for Reader {
    fn from(client: Client) -> Self {
        Self(client)
    }
}

impl Reads for Client {
    async fn custom_api(&self, id: &ResourceId) -> Result<Option<CustomApiObserved>, ArmError> {
        self.get_custom_api(id).await
    }

    async fn document(&self, id: &ResourceId) -> Result<Option<Box<RawValue>>, ArmError> {
        self.export_custom_api(id).await
    }

    fn answered_by(&self) -> Option<String> {
        self.instance()
    }
}

impl Reads for Reader {
    async fn custom_api(&self, id: &ResourceId) -> Result<Option<CustomApiObserved>, ArmError> {
        self.0.get_custom_api(id).await
    }

    async fn document(&self, id: &ResourceId) -> Result<Option<Box<RawValue>>, ArmError> {
        self.0.export_custom_api(id).await
    }

    fn answered_by(&self) -> Option<String> {
        self.0.instance()
    }
}
