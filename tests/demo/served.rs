//! A plain web server for `examples/served`, on loopback. No client.

use std::{net::Ipv4Addr, path::Path};

use axum::{
    Router,
    extract::Request,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use connector_operator::connector::digest::sha256;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::harness::{Failure, credentials::write_private};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/served");

/// Serves on a free port from now on, and writes the address into the file, without a slash at the end.
pub(crate) async fn serve(url_file: &Path) -> Result<JoinHandle<()>, Failure> {
    const ATTEMPT: &str = "serve examples/served";
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
    let listener = listener.map_err(Failure::io(ATTEMPT))?;
    let address = listener.local_addr().map_err(Failure::io(ATTEMPT))?;
    write_private(url_file, &format!("http://{address}\n"))?;
    Ok(tokio::spawn(async move {
        // It ends with the process, or says nothing more: the keeper notices.
        drop(axum::serve(listener, Router::new().fallback(answer)).await);
    }))
}

/// The file, or that it is still the one the caller knows.
async fn answer(request: Request) -> Response {
    let name = request.uri().path().trim_start_matches('/');
    if name.is_empty() || name.contains('/') || name.starts_with('.') {
        return StatusCode::NOT_FOUND.into_response();
    }
    let Ok(text) = tokio::fs::read(Path::new(FOLDER).join(name)).await else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let digest = sha256(&text);
    let tag = format!("\"{}\"", digest.get(7..23).unwrap_or(&digest));
    let known = request
        .headers()
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == tag.as_bytes());
    if known {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response();
    }
    let headers = [
        (header::ETAG, tag),
        (header::CONTENT_TYPE, "application/json".to_owned()),
    ];
    (headers, text).into_response()
}
