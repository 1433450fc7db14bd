use super::*;
use crate::soap::{
    call_log::is_secret,
    contract::{Fullness, Side},
    endpoint::services,
    messages::{office_1, pos_1},
};

/// Full and minimal samples survive a round trip through the service's codec and through yaserde. So both codecs agree
/// on every message.
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

/// What the journal hides as a secret is a text that is wiped, in whichever service, and no answer has one.
#[test]
fn a_password_or_code_is_read_by_both_codecs_and_never_shown() {
    let confirm: pos_1::VerifyPhone = decode(
        "<VerifyPhone><context><operationKey>k</operationKey><till>t</till><occurredAt>2026-11-21T12:00:00</occurredAt></context>\
         <phone>1</phone><confirmationCode>4&amp;2</confirmationCode></VerifyPhone>",
    )
    .unwrap();
    let enable: office_1::EnableLogin = decode(
        "<EnableLogin><context><operationKey>k</operationKey><occurredAt>2026-11-21T12:00:00</occurredAt></context>\
         <login>l</login><password>4&amp;2</password></EnableLogin>",
    )
    .unwrap();
    for (secret, shown) in
        [(&confirm.confirmation_code, format!("{confirm:?}")), (&enable.password, format!("{enable:?}"))]
    {
        assert_eq!(secret.reveal(), "4&2");
        assert!(shown.contains("***") && !shown.contains("4&2"), "{shown}");
    }
    for service in services().unwrap() {
        for operation in service.contract.operations() {
            let answer = service.contract.sample(&operation.name, Side::Response, Fullness::Everything).unwrap();
            let elements = answer.split('<').filter_map(|tag| tag.split(['>', '/']).next());
            assert_eq!(elements.filter(|name| is_secret(name)).count(), 0, "the answer of {}", operation.name);
        }
    }
}
