//! Where the API answers: scheme, host and base path. No client.

use url::Url;

use super::AssemblyError;
use crate::definition::ConnectorDocument;

/// Makes the API answer at `url`, which must be absolute, http or https, without a user, a query and a fragment.
pub fn set_service_url(document: &mut ConnectorDocument, url: &str) -> Result<(), AssemblyError> {
    let (scheme, host, base_path) = parts(url)?;
    document.set_service(&scheme, &host, &base_path);
    Ok(())
}

/// The address that is registered. With a wish, the document is changed to say the same; without one it is the
/// document's own. It always ends with the document's base path: the backend refuses anything else (its error
/// 14024).
pub(super) fn settle(document: &mut ConnectorDocument, wish: Option<&str>) -> Result<String, AssemblyError> {
    if let Some(wish) = wish {
        set_service_url(document, wish)?;
    }
    let host = document.host().ok_or(AssemblyError::ServiceUrlMissing)?;
    let schemes = document.schemes();
    // A description without schemes is served as it was fetched, which nobody knows here: the safe one.
    let plain_only = schemes.contains(&"http") && !schemes.contains(&"https");
    let scheme = if plain_only { "http" } else { "https" };
    Ok(format!(
        "{scheme}://{host}{}",
        document.base_path().unwrap_or_default()
    ))
}

fn parts(wish: &str) -> Result<(String, String, String), AssemblyError> {
    let invalid = |problem| AssemblyError::ServiceUrlInvalid { problem };
    let url = Url::parse(wish).map_err(|_| invalid("it is not an absolute URL"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(invalid("its scheme is neither https nor http"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid("it holds a user name or password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(invalid("it holds a query or a fragment"));
    }
    let host = url.host_str().ok_or_else(|| invalid("it has no host"))?;
    let host = url
        .port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    Ok((url.scheme().to_owned(), host, url.path().to_owned()))
}
