//! Operations on connectors. Client required.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::value::RawValue;

use super::{Client, Deletion, Pages, request::Request, web_query};
use crate::arm::{
    custom_api::{CustomApi, CustomApiObserved, tags_body},
    error::ArmError,
    id::{ResourceId, Scope},
    operation::Operation,
};

/// What a PUT asks for before it does anything.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Precondition {
    /// Nothing: creates or replaces.
    None,
    /// That the resource does not exist (`If-None-Match: *`); else
    /// [`PreconditionFailed`](crate::arm::ErrorKind::PreconditionFailed).
    ///
    /// Such a request is not sent again where it may have taken effect, so after `TimedOut` or
    /// `Unavailable` the connector may be there.
    Absent,
}

impl Client {
    /// The connectors of a group.
    pub fn list_custom_apis(&self, scope: &Scope) -> Pages<CustomApiObserved> {
        let list = scope.id().below("providers/Microsoft.Web/customApis");
        Pages::new(self, Operation::ListCustomApis, list, web_query()).leaving_out_odd_ones()
    }

    /// The connector, or `None` where the backend says that there is none.
    pub async fn get_custom_api(&self, id: &ResourceId) -> Result<Option<CustomApiObserved>, ArmError> {
        self.get(Operation::GetCustomApi, id, &web_query()).await
    }

    /// The connector is as `wanted`, whole; the answer is how the backend shows it.
    pub async fn put_custom_api(
        &self,
        id: &ResourceId,
        wanted: &CustomApi,
        precondition: Precondition,
    ) -> Result<CustomApiObserved, ArmError> {
        let operation = Operation::PutCustomApi;
        let mut request = Request::new(operation, id, self.url(operation, id, &web_query())?);
        request.carry(wanted.body())?;
        request.create_only = precondition == Precondition::Absent;
        let secrets: Vec<SecretString> = wanted.client_secrets.values().cloned().collect();
        request.secrets = &secrets;
        self.change(&request, Operation::GetCustomApi).await
    }

    /// The connector's tags are `tags` and no others; everything else stays.
    pub async fn tag_custom_api(
        &self,
        id: &ResourceId,
        tags: &BTreeMap<String, String>,
    ) -> Result<CustomApiObserved, ArmError> {
        let operation = Operation::TagCustomApi;
        let mut request = Request::new(operation, id, self.url(operation, id, &web_query())?);
        request.carry(tags_body(tags))?;
        self.change(&request, Operation::GetCustomApi).await
    }

    /// The connector is gone, and its connections with it.
    pub async fn delete_custom_api(&self, id: &ResourceId) -> Result<Deletion, ArmError> {
        let operation = Operation::DeleteCustomApi;
        let url = self.url(operation, id, &web_query())?;
        self.delete(&Request::new(operation, id, url)).await
    }

    /// The connector's OpenAPI 2.0 document as the backend holds it, or `None` where there is no
    /// connector.
    ///
    /// # Errors
    ///
    /// [`Garbage`](crate::arm::ErrorKind::Garbage) also where the answer is no such document: a backend that does not know
    /// `export=true` answers with the connector, which must not pass for a changed document.
    pub async fn export_custom_api(&self, id: &ResourceId) -> Result<Option<Box<RawValue>>, ArmError> {
        #[derive(Deserialize)]
        struct Document {
            #[serde(rename = "swagger")]
            _version: IgnoredAny,
        }
        let operation = Operation::ExportCustomApi;
        let query = format!("{}&export=true", web_query());
        let request = Request::new(operation, id, self.url(operation, id, &query)?);
        let Some(answer) = self.found(&request).await? else {
            return Ok(None);
        };
        let _: Document = answer.read(&request)?;
        answer.read(&request).map(Some)
    }
}
