//! Every call that leaves a process, in order, and the fate that meets one of them.

use std::{
    future::{Future, pending},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use axum::{
    Json,
    response::{IntoResponse as _, Response},
};
use http::{HeaderValue, StatusCode, header::RETRY_AFTER};
use serde_json::json;
use tokio::sync::Notify;

/// What becomes of a call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fate {
    /// It is carried out, and the process dies before it learns of it.
    Death,
    /// It is carried out, and answered as if it had failed.
    LostAnswer,
    /// It is not carried out, and answered so.
    Failure,
    /// It is carried out, and never answered.
    Silence,
    /// It is not carried out, and answered as if there were nothing.
    Nothing,
}

/// The calls of one process.
#[derive(Clone, Default)]
pub(super) struct Calls(Arc<Inner>);

#[derive(Default)]
struct Inner {
    made: Mutex<Vec<String>>,
    /// What calls to backends carried.
    sent: Mutex<String>,
    fate: Mutex<Option<(usize, Fate)>>,
    dead: AtomicBool,
    under_way: AtomicUsize,
    struck: Notify,
    landed: Notify,
}

/// A call that is being carried out.
struct UnderWay<'a>(&'a Inner);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::SeqCst);
        self.0.landed.notify_one();
    }
}

impl Calls {
    /// From now on calls are counted anew, and the one of that number, counted from 0, meets its fate.
    pub(super) fn fate(&self, fate: Option<(usize, Fate)>) {
        self.0.made.lock().unwrap().clear();
        self.0.sent.lock().unwrap().clear();
        *self.0.fate.lock().unwrap() = fate;
    }

    /// The calls made since.
    pub(super) fn made(&self) -> Vec<String> {
        self.0.made.lock().unwrap().clone()
    }

    /// What they carried to backends.
    pub(super) fn sent(&self) -> String {
        self.0.sent.lock().unwrap().clone()
    }

    /// A call to a backend carries this.
    pub(super) fn carry(&self, body: &[u8]) {
        self.0
            .sent
            .lock()
            .unwrap()
            .push_str(str::from_utf8(body).unwrap());
    }

    /// Fate has struck, with `Death` or `Silence`.
    pub(super) async fn struck(&self) {
        self.0.struck.notified().await;
    }

    /// A dead process makes no call any more, and what it had under way has landed.
    pub(super) async fn landed(&self) {
        self.0.dead.store(true, Ordering::SeqCst);
        while self.0.under_way.load(Ordering::SeqCst) > 0 {
            self.0.landed.notified().await;
        }
    }

    /// One call, which `answer` carries out.
    pub(super) async fn make(&self, call: String, answer: impl Future<Output = Response>) -> Response {
        if self.0.dead.load(Ordering::SeqCst) {
            return pending().await;
        }
        let number = {
            let mut made = self.0.made.lock().unwrap();
            made.push(call);
            made.len() - 1
        };
        let fate = self.0.fate.lock().unwrap().filter(|(at, _)| *at == number);
        match fate.map(|(_, fate)| fate) {
            None => self.carried_out(answer).await,
            Some(Fate::Failure) => failure(),
            Some(Fate::Nothing) => {
                let body = json!({ "error": { "code": "ResourceNotFound", "message": "nothing" } });
                (StatusCode::NOT_FOUND, Json(body)).into_response()
            }
            Some(Fate::LostAnswer) => {
                self.carried_out(answer).await;
                failure()
            }
            Some(fate @ (Fate::Death | Fate::Silence)) => {
                self.carried_out(answer).await;
                self.0.dead.fetch_or(fate == Fate::Death, Ordering::SeqCst);
                self.0.struck.notify_one();
                pending().await
            }
        }
    }

    async fn carried_out(&self, answer: impl Future<Output = Response>) -> Response {
        self.0.under_way.fetch_add(1, Ordering::SeqCst);
        let _under_way = UnderWay(&self.0);
        answer.await
    }
}

/// Told by API server and backend alike. With a pause, or the backend's client would try again by itself.
fn failure() -> Response {
    let body = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 503, "reason": "ServiceUnavailable",
        "message": "out of order", "error": { "code": "ServiceUnavailable", "message": "out of order" },
    });
    let mut response = (StatusCode::SERVICE_UNAVAILABLE, Json(body)).into_response();
    response
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}
