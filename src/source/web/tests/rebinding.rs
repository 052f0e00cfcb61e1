//! A name whose address changes between one look and the next.

use std::sync::Mutex;

use super::*;

/// A resolver that gives another address each time, and then none.
struct Turning(Mutex<Vec<IpAddr>>);

impl Resolve for Turning {
    fn resolve(&self, _: Name) -> Resolving {
        let next = self.0.lock().unwrap().pop();
        Box::pin(async move {
            let address = next.ok_or("no more addresses")?;
            Ok(Box::new(std::iter::once(SocketAddr::new(address, 0))) as Addrs)
        })
    }
}

#[tokio::test]
async fn the_address_that_is_checked_is_the_one_that_is_connected_to() {
    let closing = || ([(header::CONNECTION, "close")], "allowed").into_response();
    let allowed = Server::start(("127.0.0.1", 0), move |_| closing()).await;
    let port = allowed.address.port();
    let inside = Server::start(("127.0.0.2", port), |_| "inside".into_response()).await;
    // Taken from the end: what is permitted, then what is not.
    let answers = ["127.0.0.2", "127.0.0.1"].map(|address| address.parse().unwrap());
    let turning = Arc::new(Turning(Mutex::new(answers.to_vec())));
    let resolver: Arc<dyn Resolve> = Arc::clone(&turning) as Arc<dyn Resolve>;
    let web = Web::with_resolver(loopback(), limits(), &resolver).unwrap();
    let url = parse(&format!("http://turning.test:{port}/")).unwrap();

    assert_eq!(content(&web, &url).await.unwrap(), "allowed");
    assert_eq!(
        turning.0.lock().unwrap().len(),
        1,
        "asked once for the check and the connection"
    );
    assert_eq!(reason(&web, url.as_str()).await, "UrlRefused");
    assert!(inside.asked.lock().unwrap().is_empty());
}
