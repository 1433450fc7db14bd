//! The client's address as a proxy reports it: the PROXY protocol's header before the first byte, and the forwarded
//! headers of each request. The caller decides whether the proxy is trusted.

use std::net::{IpAddr, SocketAddr};

use hyper::header::{HeaderMap, HeaderName};
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::config::Networks;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const V2_SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";
const V1_BEGINNING: &[u8] = b"PROXY ";
/// The protocol's own limit for a line of version 1.
const V1_BYTES_MAX: usize = 107;
/// The limit for addresses and skipped additions; the protocol would allow sixteen times as much.
const V2_BYTES_MAX: usize = 4_096;

/// Why a connection has no usable PROXY header.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProxyError {
    #[error("the connection ended within the PROXY line")]
    Io(#[from] std::io::Error),
    #[error("a trusted proxy did not begin with the PROXY protocol")]
    Missing,
    #[error("the PROXY line cannot be read")]
    Malformed,
}

/// Reads the PROXY header and not a byte more. `None`: the proxy connects for itself, or does not know the client.
pub(super) async fn client(stream: &mut (impl AsyncRead + Unpin)) -> Result<Option<SocketAddr>, ProxyError> {
    // The shortest header of version 1 is longer than that.
    let mut beginning = [0; V2_SIGNATURE.len()];
    stream.read_exact(&mut beginning).await?;
    if &beginning == V2_SIGNATURE {
        version_2(stream).await
    } else if beginning.starts_with(V1_BEGINNING) {
        version_1(&beginning, stream).await
    } else {
        Err(ProxyError::Missing)
    }
}

async fn version_1(beginning: &[u8], stream: &mut (impl AsyncRead + Unpin)) -> Result<Option<SocketAddr>, ProxyError> {
    let mut line = beginning.to_vec();
    while !line.ends_with(b"\r\n") {
        if line.len() >= V1_BYTES_MAX {
            return Err(ProxyError::Malformed);
        }
        line.push(stream.read_u8().await?);
    }
    let line = std::str::from_utf8(&line).map_err(|_| ProxyError::Malformed)?;
    let words: Vec<&str> = line.trim_end_matches("\r\n").split(' ').collect();
    match words.as_slice() {
        ["PROXY", "UNKNOWN", ..] => Ok(None),
        ["PROXY", family @ ("TCP4" | "TCP6"), source, destination, source_port, destination_port] => {
            let address = |text: &str| {
                let address: IpAddr = text.parse().map_err(|_| ProxyError::Malformed)?;
                if address.is_ipv4() == (*family == "TCP4") { Ok(address) } else { Err(ProxyError::Malformed) }
            };
            let port = |text: &str| text.parse::<u16>().map_err(|_| ProxyError::Malformed);
            // The destination is not used, but must be valid too.
            let (_, _) = (address(destination)?, port(destination_port)?);
            Ok(Some(SocketAddr::new(address(source)?, port(source_port)?)))
        }
        _ => Err(ProxyError::Malformed),
    }
}

async fn version_2(stream: &mut (impl AsyncRead + Unpin)) -> Result<Option<SocketAddr>, ProxyError> {
    let command = stream.read_u8().await?;
    let family = stream.read_u8().await?;
    let length = usize::from(stream.read_u16().await?);
    if length > V2_BYTES_MAX {
        return Err(ProxyError::Malformed);
    }
    let mut rest = vec![0; length];
    stream.read_exact(&mut rest).await?;
    match (command, family) {
        // LOCAL: the proxy's own health check.
        (0x20, _) => Ok(None),
        (0x21, 0x11) => source::<4>(&rest).map(Some),
        (0x21, 0x21) => source::<16>(&rest).map(Some),
        // Not TCP over IP: there is no address.
        (0x21, _) => Ok(None),
        _ => Err(ProxyError::Malformed),
    }
}

/// Source address, destination address, source port.
fn source<const BYTES: usize>(addresses: &[u8]) -> Result<SocketAddr, ProxyError>
where
    IpAddr: From<[u8; BYTES]>,
{
    let (source, rest) = addresses.split_first_chunk::<BYTES>().ok_or(ProxyError::Malformed)?;
    let (_, ports) = rest.split_first_chunk::<BYTES>().ok_or(ProxyError::Malformed)?;
    let (port, destination_port) = ports.split_first_chunk::<2>().ok_or(ProxyError::Malformed)?;
    if destination_port.len() < 2 {
        return Err(ProxyError::Malformed);
    }
    Ok(SocketAddr::new(IpAddr::from(*source), u16::from_be_bytes(*port)))
}

/// The client behind `peer`, a trusted proxy: the last address of `X-Forwarded-For` that is not a trusted proxy too.
/// Earlier addresses come from the client and may be forged.
pub(super) fn forwarded_for(headers: &HeaderMap, peer: IpAddr, trusted: &Networks) -> IpAddr {
    let lists: Vec<&str> = headers.get_all(FORWARDED_FOR).iter().map(|v| v.to_str().unwrap_or_default()).collect();
    let mut client = peer;
    for hop in lists.iter().rev().flat_map(|list| list.rsplit(',')) {
        let Some(address) = address(hop.trim()) else { break };
        client = address;
        if !trusted.contains(client) {
            break;
        }
    }
    client
}

/// An address as proxies write it: bare, in brackets, with a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().or_else(|_| text.parse().map(|with_port: SocketAddr| with_port.ip()));
    address.ok().map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    fn read(mut bytes: &[u8]) -> (Result<Option<String>, String>, usize) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let read = runtime.block_on(client(&mut bytes));
        (read.map(|found| found.map(|a| a.to_string())).map_err(|error| error.to_string()), bytes.len())
    }

    fn version_2(command: u8, family: u8, addresses: &[u8]) -> Vec<u8> {
        let length = u16::try_from(addresses.len()).unwrap().to_be_bytes();
        [V2_SIGNATURE, &[command, family][..], &length, addresses].concat()
    }

    #[test]
    fn both_versions_name_the_client_and_leave_the_request_alone() {
        let v4 = version_2(0x21, 0x11, &[203, 0, 113, 9, 10, 0, 0, 1, 0x30, 0x39, 0, 80]);
        let with_additions = version_2(0x21, 0x11, &[203, 0, 113, 9, 10, 0, 0, 1, 0x30, 0x39, 0, 80, 4, 0, 1, 0]);
        let v6 = [&[0x20, 1, 0x0d, 0xb8][..], &[0; 11], &[1], &[0; 16], &[0x30, 0x39, 0, 80]].concat();
        let v6 = version_2(0x21, 0x21, &v6);
        let known: [(&[u8], Option<&str>); 8] = [
            (b"PROXY TCP4 203.0.113.9 10.0.0.1 12345 80\r\n", Some("203.0.113.9:12345")),
            (b"PROXY TCP6 2001:db8::1 ::1 12345 80\r\n", Some("[2001:db8::1]:12345")),
            (b"PROXY UNKNOWN\r\n", None),
            (b"PROXY UNKNOWN ffff:: ffff:: 1 2\r\n", None),
            (&v4, Some("203.0.113.9:12345")),
            (&with_additions, Some("203.0.113.9:12345")),
            (&v6, Some("[2001:db8::1]:12345")),
            (&version_2(0x20, 0, &[]), None),
        ];
        for (line, expected) in known {
            let (found, left) = read(&[line, b"GET /"].concat());
            assert_eq!(found, Ok(expected.map(str::to_owned)));
            assert_eq!(left, 5, "the request is left alone");
            for cut in 0..line.len() {
                assert!(read(&line[..cut]).0.is_err(), "cut at {cut}");
            }
        }
    }

    #[test]
    fn what_is_no_proxy_line_is_refused() {
        let lines: [&[u8]; 12] = [
            b"GET / HTTP/1.1\r\n\r\n",
            b"PROXY TCP4 203.0.113.9 10.0.0.1 12345\r\n",
            b"PROXY TCP4 203.0.113.9 10.0.0.1 12345 80 90\r\n",
            b"PROXY TCP4 2001:db8::1 ::1 12345 80\r\n",
            b"PROXY TCP4 203.0.113.9 10.0.0.1 123456 80\r\n",
            b"PROXY TCP4  203.0.113.9 10.0.0.1 1 80\r\n",
            b"PROXY UDP4 203.0.113.9 10.0.0.1 1 80\r\n",
            &[b"PROXY UNKNOWN ".as_slice(), &[b'x'; 200], b"\r\n"].concat(),
            &version_2(0x11, 0x11, &[0; 12]),
            &version_2(0x22, 0x11, &[0; 12]),
            &version_2(0x21, 0x11, &[0; 11]),
            &version_2(0x21, 0x11, &[0; 5_000]),
        ];
        for line in lines {
            assert!(read(line).0.is_err(), "{}", String::from_utf8_lossy(line));
        }
    }

    #[test]
    fn the_client_is_the_last_hop_that_is_no_proxy_of_ours() {
        let trusted: Networks = "10.0.0.0/8".parse().unwrap();
        let client = |values: &[&'static str]| {
            let headers = values.iter().map(|value| (FORWARDED_FOR, HeaderValue::from_static(value))).collect();
            forwarded_for(&headers, "10.0.0.1".parse().unwrap(), &trusted).to_string()
        };
        assert_eq!(client(&[]), "10.0.0.1");
        assert_eq!(client(&["203.0.113.9"]), "203.0.113.9");
        assert_eq!(client(&["1.1.1.1, 203.0.113.9, 10.0.0.2"]), "203.0.113.9");
        assert_eq!(client(&["1.1.1.1", "203.0.113.9"]), "203.0.113.9");
        assert_eq!(client(&["203.0.113.9:4711"]), "203.0.113.9");
        assert_eq!(client(&["[2001:db8::1]:4711"]), "2001:db8::1");
        assert_eq!(client(&["[2001:db8::1]"]), "2001:db8::1");
        assert_eq!(client(&["::ffff:203.0.113.9"]), "203.0.113.9");
        assert_eq!(client(&["10.0.0.3, 10.0.0.2"]), "10.0.0.3");
        assert_eq!(client(&["203.0.113.9, unknown, 10.0.0.2"]), "10.0.0.2");
        assert_eq!(client(&[""]), "10.0.0.1");
    }
}
