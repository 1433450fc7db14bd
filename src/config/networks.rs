//! Lists of trusted networks.

use std::{fmt, net::IpAddr, str::FromStr};

use ipnet::IpNet;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, SeqAccess, Visitor},
};

/// A list of networks; an empty one contains nothing. In the file a list of texts, in an environment variable one text
/// with commas.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

/// Why a text is not a network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a network is an address, or an address with the length of its prefix: 10.0.0.5, 10.0.0.0/8, fd00::/8")]
pub struct NetworkError;

impl Networks {
    /// Whether one of the networks contains the address. An IPv4-mapped IPv6 address counts as the IPv4 address.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Whether nothing is listed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A network as an operator writes it: an address alone is a network of one.
fn network(text: &str) -> Result<IpNet, NetworkError> {
    let text = text.trim();
    let alone = || text.parse::<IpAddr>().map(IpNet::from);
    text.parse().or_else(|_| alone()).map_err(|_| NetworkError)
}

impl FromStr for Networks {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = text.split(',').filter(|part| !part.trim().is_empty());
        Ok(Self(named.map(network).collect::<Result<_, _>>()?))
    }
}

impl Serialize for Networks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(ToString::to_string))
    }
}

impl<'de> Deserialize<'de> for Networks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ListOrText;

        impl<'de> Visitor<'de> for ListOrText {
            type Value = Networks;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of networks")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Networks, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Networks, A::Error> {
                let mut networks = Vec::new();
                while let Some(text) = list.next_element::<String>()? {
                    networks.push(network(&text).map_err(A::Error::custom)?);
                }
                Ok(Networks(networks))
            }
        }

        deserializer.deserialize_any(ListOrText)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(networks: &str, address: &str) -> bool {
        networks.parse::<Networks>().unwrap().contains(address.parse().unwrap())
    }

    #[test]
    fn a_network_holds_the_addresses_with_its_prefix() {
        for (networks, address) in [
            ("127.0.0.1", "127.0.0.1"),
            ("127.0.0.1/32", "::ffff:127.0.0.1"),
            ("10.1.2.3/8", "10.255.0.1"),
            ("192.168.1.0/24, fd00::/8", "fd12::1"),
            ("0.0.0.0/0", "203.0.113.9"),
            ("::/0", "2001:db8::1"),
            ("::1", "::1"),
        ] {
            assert!(holds(networks, address), "{address} in {networks}");
        }
        for (networks, address) in [
            ("", "127.0.0.1"),
            ("127.0.0.1/32", "127.0.0.2"),
            ("10.0.0.0/9", "10.128.0.1"),
            ("0.0.0.0/0", "::1"),
            ("::/0", "10.0.0.1"),
        ] {
            assert!(!holds(networks, address), "{address} in {networks}");
        }
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in ["localhost", "10.0.0.0/33", "::/129", "10.0.0/8", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8"] {
            assert_eq!(text.parse::<Networks>(), Err(NetworkError), "{text}");
        }
    }
}
