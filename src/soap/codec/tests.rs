use super::*;
use crate::soap::{
    contract::{Fullness, Side},
    endpoint::services,
    messages::pos_1,
};

/// Full and minimal samples survive a round trip through the service's codec and through yaserde. So both codecs agree on
/// every message.
#[test]
fn every_message_survives_both_codecs() {
    for service in services().unwrap() {
        for row in service.table {
            for fullness in [Fullness::Everything, Fullness::OnlyRequired] {
                let sample = |side| service.contract.sample(row.name, side, fullness).expect(row.name);
                let place = format!("{}, {}, {fullness:?}", service.path, row.name);
                let request = sample(Side::Request);
                assert_eq!((row.reencode_request)(&request).unwrap(), request, "request of {place}");
                assert_eq!((row.remap_request)(&request).unwrap(), request, "request of {place}, by yaserde");
                let answer = sample(Side::Response);
                let written = (row.reencode_answer)(&answer).unwrap();
                assert_eq!(written.replace("m:", ""), answer, "answer of {place}");
                assert_eq!((row.remap_answer)(&answer).unwrap(), written, "answer of {place}, by yaserde");
            }
        }
    }
}

#[test]
fn a_reply_is_prefixed_and_its_empty_elements_have_one_form() {
    let result = pos_1::BalanceResult {
        code: "OK".to_owned(),
        message: String::new(),
        customer_class: Some("A<B & \"C\"".to_owned()),
        ..pos_1::BalanceResult::default()
    };
    assert_eq!(
        encode_return(&result).unwrap(),
        "<m:return><m:code>OK</m:code><m:message/><m:customerClass>A&lt;B &amp; \"C\"</m:customerClass>\
         <m:expiries/><m:activations/></m:return>"
    );
    assert_eq!(encode(&pos_1::Ping {}).unwrap(), "<Ping/>");
    assert_eq!(encode_return(&pos_1::Ping {}).unwrap(), "<m:return/>");
}

#[test]
fn characters_that_xml_forbids_are_dropped_and_the_rest_comes_back() {
    let simple =
        pos_1::SimpleResult { code: " a\u{0}\u{1F}b ".to_owned(), message: "\t1\r\n2 \u{FFFE}&]]> ".to_owned() };
    let written = encode(&simple).unwrap();
    assert_eq!(written, "<SimpleResult><code> ab </code><message>\t1&#13;\n2 &amp;]]&gt; </message></SimpleResult>");
    let read: pos_1::SimpleResult = decode(&written).unwrap();
    assert_eq!((read.code.as_str(), read.message.as_str()), (" ab ", "\t1\r\n2 &]]> "));
}

#[test]
fn white_space_in_a_string_is_the_clients() {
    let read: pos_1::GetBalance = decode("<GetBalance><identifier>  </identifier></GetBalance>").unwrap();
    assert_eq!(read.identifier, "  ");
    let read: pos_1::GetBalance = decode("<GetBalance><identifier/></GetBalance>").unwrap();
    assert_eq!(read.identifier, "");
}

#[test]
fn a_text_that_does_not_fit_is_an_error() {
    assert!(decode::<pos_1::GetBalance>("<GetBalance/>").is_err());
    assert!(
        decode::<pos_1::GetStatement>("<GetStatement><identifier>1</identifier><from>x</from></GetStatement>").is_err()
    );
}
