//! The SOAP envelope: the two versions, their constants, and the envelope around a reply.

/// The SOAP version of a request and of its answer. The envelope's namespace alone decides it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SoapVersion {
    /// SOAP 1.1, which 1C and nearly every cash register use.
    #[default]
    V11,
    /// SOAP 1.2.
    V12,
}

impl SoapVersion {
    /// The envelope's namespace.
    #[must_use]
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::V11 => "http://schemas.xmlsoap.org/soap/envelope/",
            Self::V12 => "http://www.w3.org/2003/05/soap-envelope",
        }
    }

    /// The Content-Type of an answer, faults included.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::V11 => "text/xml; charset=utf-8",
            Self::V12 => "application/soap+xml; charset=utf-8",
        }
    }
}

/// A successful reply's bytes. `return_xml` comes from [`encode_return`](super::codec::encode_return). Prefixes and
/// layout are fixed, because hand-written clients search for them.
#[must_use]
pub fn reply(version: SoapVersion, namespace: &str, operation: &str, return_xml: &str) -> Vec<u8> {
    let mut payload = String::with_capacity(return_xml.len().saturating_add(160));
    for piece in ["<m:", operation, "Response xmlns:m=\"", namespace, "\">", return_xml, "</m:", operation, "Response>"]
    {
        payload.push_str(piece);
    }
    enclosed(version, "", &payload)
}

/// An envelope's bytes around a rendered header (may be empty) and a rendered body.
pub(super) fn enclosed(version: SoapVersion, header: &str, body: &str) -> Vec<u8> {
    let pieces = [
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<soap:Envelope xmlns:soap=\"",
        version.namespace(),
        "\">",
        header,
        "<soap:Body>",
        body,
        "</soap:Body></soap:Envelope>",
    ];
    pieces.concat().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_has_the_bytes_that_clients_depend_on() {
        let bytes = reply(SoapVersion::V11, "urn:kopilka:ws:pos:1", "Ping", "<m:return><m:code>OK</m:code></m:return>");
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>\
             <m:PingResponse xmlns:m=\"urn:kopilka:ws:pos:1\"><m:return><m:code>OK</m:code></m:return></m:PingResponse>\
             </soap:Body></soap:Envelope>"
        );
    }

    #[test]
    fn each_version_has_its_own_namespace_and_content_type() {
        let bytes = reply(SoapVersion::V12, "urn:x", "Ping", "");
        assert!(String::from_utf8(bytes).unwrap().contains("xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\""));
        assert_eq!(SoapVersion::V12.content_type(), "application/soap+xml; charset=utf-8");
        assert_eq!(SoapVersion::V11.content_type(), "text/xml; charset=utf-8");
    }
}
