//! Addresses of servers, taken apart. No client.

/// What the address of a server says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Address {
    pub(super) scheme: Option<String>,
    /// With its port. A relative address has none.
    pub(super) host: Option<String>,
    /// Begins with a slash and does not end in one; empty for the root.
    pub(super) base: String,
    /// Whether user names or a query were left out of it.
    pub(super) is_cut: bool,
}

/// Takes a URL apart.
pub(super) fn address(url: &str) -> Address {
    let url = url.trim();
    let (scheme, behind) = match url.split_once("://") {
        Some((scheme, behind)) if is_scheme(scheme) => (Some(scheme.to_ascii_lowercase()), Some(behind)),
        Some(_) | None => (None, url.strip_prefix("//")),
    };
    let (authority, path) = match behind {
        Some(behind) => {
            let end = behind.find(['/', '?', '#']).unwrap_or(behind.len());
            let (authority, path) = behind.split_at_checked(end).unwrap_or((behind, ""));
            (Some(authority), path)
        }
        None => (None, url.strip_prefix('.').unwrap_or(url)),
    };
    let host = authority.map(|authority| authority.rsplit_once('@').map_or(authority, |(_, host)| host));
    let kept = path.split(['?', '#']).next().unwrap_or_default();
    let trimmed = kept.trim_matches('/');
    Address {
        scheme,
        host: host.filter(|host| !host.is_empty()).map(str::to_owned),
        base: if trimmed.is_empty() {
            String::new()
        } else {
            format!("/{trimmed}")
        },
        is_cut: host != authority || kept.len() < path.len(),
    }
}

fn is_scheme(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::{Address, address};

    fn parts(url: &str) -> (Option<String>, Option<String>, String, bool) {
        let Address {
            scheme,
            host,
            base,
            is_cut,
        } = address(url);
        (scheme, host, base, is_cut)
    }

    #[test]
    fn an_address_is_taken_apart_and_credentials_stay_out() {
        let text = |text: &str| Some(text.to_owned());
        for (url, scheme, host, base, is_cut) in [
            (
                "https://a.example:8443/v1/",
                text("https"),
                text("a.example:8443"),
                "/v1",
                false,
            ),
            ("HTTPS://a.example", text("https"), text("a.example"), "", false),
            ("//a.example/x", None, text("a.example"), "/x", false),
            ("/v1", None, None, "/v1", false),
            ("./v1", None, None, "/v1", false),
            ("/", None, None, "", false),
            ("", None, None, "", false),
            (
                "https://u:p@a.example/v1?key=1",
                text("https"),
                text("a.example"),
                "/v1",
                true,
            ),
        ] {
            assert_eq!(parts(url), (scheme, host, base.to_owned(), is_cut), "{url}");
        }
    }
}
