//! The clouds, by the names of their hosts. No client.

/// One of Microsoft's clouds.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Cloud {
    Public,
    UsGovernment,
    China,
}

/// What a host is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Role {
    Manager(Cloud),
    Login(Cloud),
    /// A machine's own address.
    Machine,
}

impl Cloud {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Public, Self::UsGovernment, Self::China];

    /// The host of the resource manager.
    pub(crate) fn manager(self) -> &'static str {
        match self {
            Self::Public => "management.azure.com",
            Self::UsGovernment => "management.usgovcloudapi.net",
            Self::China => "management.chinacloudapi.cn",
        }
    }

    /// The host of Entra.
    pub(crate) fn login(self) -> &'static str {
        match self {
            Self::Public => "login.microsoftonline.com",
            Self::UsGovernment => "login.microsoftonline.us",
            Self::China => "login.chinacloudapi.cn",
        }
    }

    /// The resource that tokens for the resource manager are for.
    pub(crate) fn audience(self) -> String {
        format!("https://{}/", self.manager())
    }

    /// The audience that a text names, with or without its slash.
    pub(super) fn of_audience(text: &str) -> Option<Self> {
        let fits = |cloud: &Self| cloud.audience().trim_end_matches('/') == text.trim_end_matches('/');
        Self::ALL.into_iter().find(fits)
    }
}

/// The address where a machine asks for its identity.
pub(super) const MACHINE: &str = "169.254.169.254";

impl Role {
    /// What a host is; nothing for one that is not Azure's.
    pub(super) fn of(host: &str) -> Option<Self> {
        let host = host.split(':').next().unwrap_or_default().to_ascii_lowercase();
        let managers = Cloud::ALL.map(|cloud| (cloud.manager(), Self::Manager(cloud)));
        let logins = Cloud::ALL.map(|cloud| (cloud.login(), Self::Login(cloud)));
        let all = managers
            .into_iter()
            .chain(logins)
            .chain([(MACHINE, Self::Machine)]);
        all.into_iter()
            .find(|(name, _)| *name == host)
            .map(|(_, role)| role)
    }
}
