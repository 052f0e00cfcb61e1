//! Lists, page by page. Client required.

use std::{collections::HashSet, marker::PhantomData};

use serde::{Deserialize, de::DeserializeOwned};
use url::Url;

use super::{
    Client,
    request::{Answer, Request},
};
use crate::arm::{error::ArmError, id::ResourceId, operation::Operation};

/// More pages than any list has.
const PAGE_LIMIT: usize = 10_000;

/// A list that is read page by page, so that it is never in memory as a whole.
///
/// A list counts only once [`Pages::next`] has answered `None`: until then an item that was not seen may
/// still come. After an error the same page can be asked for again.
#[derive(Debug)]
pub struct Pages<T> {
    client: Client,
    operation: Operation,
    resource: ResourceId,
    next: Option<Result<Url, ArmError>>,
    seen: HashSet<Url>,
    items: PhantomData<fn() -> T>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page<T> {
    /// Required: an answer without it is not an empty list but none at all.
    value: Vec<T>,
    #[serde(default)]
    next_link: Option<String>,
}

impl<T: DeserializeOwned> Pages<T> {
    /// The list at `resource`. Nothing is sent yet, so what is wrong with the id is told by the first page.
    pub(super) fn new(client: &Client, operation: Operation, resource: ResourceId, query: &str) -> Self {
        let first = client.url(operation, &resource, query);
        Self {
            client: client.clone(),
            operation,
            resource,
            next: Some(first),
            seen: HashSet::new(),
            items: PhantomData,
        }
    }

    /// The items of the next page, perhaps none; `None` after the last.
    pub async fn next(&mut self) -> Result<Option<Vec<T>>, ArmError> {
        let url = match self.next.take() {
            None => return Ok(None),
            Some(Err(error)) => return Err(error),
            Some(Ok(url)) => url,
        };
        let request = Request::new(self.operation, &self.resource, url.clone());
        let read = self.client.send(&request).await;
        let read = read.and_then(|answer| self.client.page::<T>(&request, &answer, &self.seen));
        match read {
            Ok((items, next)) => {
                self.seen.insert(url);
                self.next = next.map(Ok);
                Ok(Some(items))
            }
            Err(error) => {
                self.next = Some(Ok(url));
                Err(error)
            }
        }
    }
}

impl Client {
    fn page<T: DeserializeOwned>(
        &self,
        request: &Request<'_>,
        answer: &Answer,
        seen: &HashSet<Url>,
    ) -> Result<(Vec<T>, Option<Url>), ArmError> {
        let page: Page<T> = answer.read(request)?;
        let link = page.next_link.filter(|link| !link.is_empty());
        let Some(link) = link else {
            return Ok((page.value, None));
        };
        let next = self
            .own_link(&link)
            .ok_or_else(|| answer.not_understood(request, "the link to the next page leads elsewhere"))?;
        if next == request.url || seen.contains(&next) {
            return Err(answer.not_understood(request, "the link to the next page leads back"));
        }
        if seen.len() + 1 >= PAGE_LIMIT {
            return Err(answer.not_understood(request, format!("more than {PAGE_LIMIT} pages")));
        }
        Ok((page.value, Some(next)))
    }

    /// `link` where it leads to this backend: same scheme, host and port, and no user in it. The token
    /// goes nowhere else.
    pub(super) fn own_link(&self, link: &str) -> Option<Url> {
        let url = self.0.base.join(link).ok()?;
        let own =
            url.origin() == self.0.base.origin() && url.username().is_empty() && url.password().is_none();
        own.then_some(url)
    }
}
