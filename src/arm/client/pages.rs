//! Lists, page by page. Client required.

use std::{collections::HashSet, marker::PhantomData};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;
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
/// still come. After an error, or when the wait for a page was given up, the same page is asked for again.
#[derive(Debug)]
pub struct Pages<T> {
    client: Client,
    operation: Operation,
    resource: ResourceId,
    next: Next,
    seen: HashSet<Url>,
    leaves_out: bool,
    items: PhantomData<fn() -> T>,
}

#[derive(Clone, Debug)]
enum Next {
    /// The first page, by its query.
    First(String),
    /// A page, as the one before it named it.
    Link(Url),
    End,
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
    pub(super) fn new(client: &Client, operation: Operation, resource: ResourceId, query: String) -> Self {
        Self {
            client: client.clone(),
            operation,
            resource,
            next: Next::First(query),
            seen: HashSet::new(),
            leaves_out: false,
            items: PhantomData,
        }
    }

    /// The list without those items that cannot be read, as long as others of their page can: one odd item is not to
    /// hide the rest. Only for lists in which an item that is overlooked does no harm.
    pub(super) fn leaving_out_odd_ones(mut self) -> Self {
        self.leaves_out = true;
        self
    }

    /// The items of the next page, perhaps none; `None` after the last.
    pub async fn next(&mut self) -> Result<Option<Vec<T>>, ArmError> {
        // Taken from its place only when the page is there: an end that was not reached would make
        // everything that was not listed look deleted.
        let url = match &self.next {
            Next::First(query) => self.client.url(self.operation, &self.resource, query)?,
            Next::Link(url) => url.clone(),
            Next::End => return Ok(None),
        };
        let request = Request::new(self.operation, &self.resource, url.clone());
        let answer = self.client.send(&request).await?;
        let page = match answer.read::<Page<T>>(&request) {
            Ok(page) => page,
            Err(error) if self.leaves_out => self.readable(&request, &answer).ok_or(error)?,
            Err(error) => return Err(error),
        };
        let (items, link) = self.client.page(&request, &answer, page, &self.seen)?;
        self.seen.insert(url);
        self.next = link.map_or(Next::End, Next::Link);
        Ok(Some(items))
    }

    /// The page with those items that can be read; `None` where none can, or where it is no page.
    fn readable(&self, request: &Request<'_>, answer: &Answer) -> Option<Page<T>> {
        let Page { value, next_link } = answer.read::<Page<Box<RawValue>>>(request).ok()?;
        let all = value.len();
        let value: Vec<T> = value
            .iter()
            .filter_map(|item| serde_json::from_str(item.get()).ok())
            .collect();
        let skipped = all - value.len();
        let operation = self.operation.as_str();
        tracing::warn!(operation, list = %self.resource, skipped, "items of a list were not understood and left out");
        self.client.0.observer.skipped(self.operation, skipped);
        (!value.is_empty()).then_some(Page { value, next_link })
    }
}

impl Client {
    fn page<T>(
        &self,
        request: &Request<'_>,
        answer: &Answer,
        page: Page<T>,
        seen: &HashSet<Url>,
    ) -> Result<(Vec<T>, Option<Url>), ArmError> {
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
