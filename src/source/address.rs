//! Which network addresses a URL of a namespace user may lead to. No client.
//!
//! The invariant: what is not plainly on the public internet is refused, whichever way the address is
//! written, unless the administrator named its network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// The addresses that may be connected to.
#[derive(Clone, Debug, Default)]
pub struct AddressPolicy {
    allowed: Vec<IpNet>,
}

/// IPv4 that is not on the public internet: the IANA special-purpose registry (RFC 6890 and its updates),
/// multicast, the reserved top, and the address under which Azure's hosts answer their guests.
const REFUSED_V4: [Ipv4Net; 16] = [
    Ipv4Net::new_assert(Ipv4Addr::UNSPECIFIED, 8),
    Ipv4Net::new_assert(Ipv4Addr::new(10, 0, 0, 0), 8),
    Ipv4Net::new_assert(Ipv4Addr::new(100, 64, 0, 0), 10),
    Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8),
    Ipv4Net::new_assert(Ipv4Addr::new(168, 63, 129, 16), 32),
    Ipv4Net::new_assert(Ipv4Addr::new(169, 254, 0, 0), 16),
    Ipv4Net::new_assert(Ipv4Addr::new(172, 16, 0, 0), 12),
    Ipv4Net::new_assert(Ipv4Addr::new(192, 0, 0, 0), 24),
    Ipv4Net::new_assert(Ipv4Addr::new(192, 0, 2, 0), 24),
    Ipv4Net::new_assert(Ipv4Addr::new(192, 88, 99, 0), 24),
    Ipv4Net::new_assert(Ipv4Addr::new(192, 168, 0, 0), 16),
    Ipv4Net::new_assert(Ipv4Addr::new(198, 18, 0, 0), 15),
    Ipv4Net::new_assert(Ipv4Addr::new(198, 51, 100, 0), 24),
    Ipv4Net::new_assert(Ipv4Addr::new(203, 0, 113, 0), 24),
    Ipv4Net::new_assert(Ipv4Addr::new(224, 0, 0, 0), 4),
    Ipv4Net::new_assert(Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// The only block that global IPv6 addresses are given out from (RFC 4291, IANA).
const GLOBAL_V6: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Within [`GLOBAL_V6`], what is no host on the internet: protocol assignments (Teredo, ORCHID,
/// benchmarking among them) and documentation.
const REFUSED_V6: [Ipv6Net; 3] = [
    Ipv6Net::new_assert(Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    Ipv6Net::new_assert(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    Ipv6Net::new_assert(Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Addresses that a NAT64 gateway turns into the IPv4 address of their last 32 bits (RFC 6052).
const NAT64: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);
/// Addresses that lead to the IPv4 address of their bits 16 to 47 (RFC 3056).
const SIX_TO_FOUR: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16);

impl AddressPolicy {
    /// Public addresses, and those within the networks that the administrator allowed.
    pub fn new(allowed: Vec<IpNet>) -> Self {
        Self { allowed }
    }

    /// Whether `address` may be connected to with TLS.
    pub fn permits(&self, address: IpAddr) -> bool {
        self.names(address) || is_public(address)
    }

    /// Whether the administrator named `address`: the only ones that may be reached without TLS.
    pub fn names(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.allowed.iter().any(|network| network.contains(&address))
    }

    /// Whether the administrator named no network at all.
    pub fn names_none(&self) -> bool {
        self.allowed.is_empty()
    }
}

/// Whether `address` is an ordinary host on the public internet.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) if NAT64.contains(&address) => is_public_v4(low_bits(address.to_bits())),
        IpAddr::V6(address) if SIX_TO_FOUR.contains(&address) => {
            is_public_v4(low_bits(address.to_bits() >> 80))
        }
        IpAddr::V6(address) => {
            GLOBAL_V6.contains(&address) && !REFUSED_V6.iter().any(|network| network.contains(&address))
        }
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    !REFUSED_V4.iter().any(|network| network.contains(&address))
}

/// The IPv4 address in the lowest 32 bits.
fn low_bits(bits: u128) -> Ipv4Addr {
    let [.., a, b, c, d] = bits.to_be_bytes();
    Ipv4Addr::new(a, b, c, d)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every way to write `address` as IPv6.
    fn disguises(address: Ipv4Addr) -> [Ipv6Addr; 5] {
        let low = u128::from(address.to_bits());
        [
            address.to_ipv6_mapped(),
            Ipv6Addr::from_bits(low),
            Ipv6Addr::from_bits((0x0064_ff9b_u128 << 96) | low),
            Ipv6Addr::from_bits((0x0064_ff9b_0001_u128 << 80) | low),
            Ipv6Addr::from_bits((0x2002_u128 << 112) | (low << 80) | 1),
        ]
    }

    fn inside_v4() -> impl Strategy<Value = Ipv4Addr> {
        let networks = prop::sample::select(vec![
            "10.0.0.0/8",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "100.64.0.0/10",
            "224.0.0.0/4",
            "0.0.0.0/8",
            "255.255.255.255/32",
            "192.0.2.0/24",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "169.254.169.254/32",
            "168.63.129.16/32",
            "198.18.0.0/15",
        ]);
        (networks, any::<u32>()).prop_map(|(network, bits)| {
            let network: Ipv4Net = network.parse().unwrap();
            let host = if network.prefix_len() == 32 {
                0
            } else {
                bits >> network.prefix_len()
            };
            Ipv4Addr::from_bits(network.addr().to_bits() | host)
        })
    }

    proptest! {
        #[test]
        fn no_inside_address_is_permitted_however_it_is_written(address in inside_v4()) {
            let policy = AddressPolicy::default();
            prop_assert!(!policy.permits(address.into()), "{address}");
            for disguise in disguises(address) {
                prop_assert!(!policy.permits(disguise.into()), "{address} as {disguise}");
            }
        }

        #[test]
        fn what_the_standard_library_calls_special_is_never_permitted(bits in any::<u32>()) {
            let address = Ipv4Addr::from_bits(bits);
            let special = address.is_private() || address.is_loopback() || address.is_link_local()
                || address.is_broadcast() || address.is_documentation() || address.is_unspecified()
                || address.is_multicast();
            prop_assert!(!special || !AddressPolicy::default().permits(address.into()));
        }

        #[test]
        fn ipv6_outside_the_global_block_is_never_permitted(bits in any::<u128>()) {
            let address = Ipv6Addr::from_bits(bits);
            let embeds = NAT64.contains(&address) || address.to_ipv4_mapped().is_some();
            prop_assume!(!GLOBAL_V6.contains(&address) && !embeds);
            prop_assert!(!AddressPolicy::default().permits(address.into()));
        }

        #[test]
        fn a_named_network_is_permitted_whole_and_nothing_beside_it(address in inside_v4(), bits in any::<u32>()) {
            let network = Ipv4Net::new(address, 24).unwrap().trunc();
            let policy = AddressPolicy::new(vec![network.into()]);
            prop_assert!(policy.permits(address.into()) && policy.names(address.into()));
            prop_assert!(policy.permits(address.to_ipv6_mapped().into()));
            let other = Ipv4Addr::from_bits(bits);
            prop_assert_eq!(policy.permits(other.into()), is_public_v4(other) || network.contains(&other));
        }
    }

    #[test]
    fn special_ipv6_addresses_are_refused() {
        for text in [
            "::",
            "::1",
            "fe80::1",
            "fec0::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "2001:db8::1",
            "3fff::1",
            "2001::1",
            "100::1",
            "5f00::1",
            "64:ff9b::a00:1",
            "64:ff9b:1::808:808",
            "2002:a00:1::1",
        ] {
            assert!(!AddressPolicy::default().permits(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn public_addresses_are_permitted_also_through_a_translator() {
        for text in [
            "8.8.8.8",
            "20.50.2.1",
            "2606:4700::1111",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
        ] {
            assert!(AddressPolicy::default().permits(text.parse().unwrap()), "{text}");
        }
    }
}
