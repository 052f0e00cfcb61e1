//! Whether the cluster is reached through a proxy of the environment. No client.

use std::env;

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;

/// The proxy by which to reach `server`, where a kubeconfig was read as to be reached by `proxy`.
///
/// kube takes `HTTPS_PROXY` for every server that a kubeconfig names, whatever `NO_PROXY` says of it. One that the
/// kubeconfig itself names stays.
#[expect(
    clippy::disallowed_methods,
    reason = "not a setting of ours: what kube has read has to be told from what a kubeconfig says"
)]
pub(super) fn by_which(proxy: Option<Uri>, server: &Uri) -> Option<Uri> {
    let names = ["HTTPS_PROXY", "https_proxy"];
    let environment = names
        .iter()
        .find_map(|name| env::var(name).ok().filter(|it| !it.is_empty()));
    let environment = environment.and_then(|it| it.parse().ok());
    chosen(proxy, environment.as_ref(), &Matcher::from_env(), server)
}

fn chosen(proxy: Option<Uri>, environment: Option<&Uri>, rules: &Matcher, server: &Uri) -> Option<Uri> {
    proxy.filter(|proxy| environment != Some(proxy) || rules.intercept(server).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_of_no_proxy_is_reached_directly_and_others_are_not() {
        let rules = Matcher::builder()
            .https("http://proxy.example:3128")
            .no("127.0.0.1,10.0.0.0/8,cluster.example")
            .build();
        let of_environment: Uri = "http://proxy.example:3128".parse().unwrap();
        let of_kubeconfig: Uri = "http://jump.example:8080".parse().unwrap();
        for (server, proxy, expected) in [
            ("https://127.0.0.1:6443", &of_environment, None),
            ("https://10.1.2.3", &of_environment, None),
            ("https://api.cluster.example", &of_environment, None),
            (
                "https://api.other.example",
                &of_environment,
                Some(&of_environment),
            ),
            ("https://127.0.0.1:6443", &of_kubeconfig, Some(&of_kubeconfig)),
        ] {
            let server = server.parse().unwrap();
            let found = chosen(Some(proxy.clone()), Some(&of_environment), &rules, &server);
            assert_eq!(found.as_ref(), expected, "{server}");
        }
        assert_eq!(chosen(None, Some(&of_environment), &rules, &of_kubeconfig), None);
    }
}
