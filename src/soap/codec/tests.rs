use std::fmt::Debug;

use yaserde::{YaDeserialize, YaSerialize};

use super::*;
use crate::soap::{
    contract::{Contract, Fullness, Side},
    messages::{office, pos},
};

fn contract(wsdl: &str) -> Contract {
    Contract::parse(wsdl).unwrap()
}

/// Decodes and encodes the operation's samples; each must come back as it was.
fn survives<Q, A>(contract: &Contract, operation: &str)
where
    Q: Message + YaSerialize + YaDeserialize + PartialEq + Debug,
    A: Message + YaSerialize + YaDeserialize + PartialEq + Debug,
{
    for fullness in [Fullness::Everything, Fullness::OnlyRequired] {
        let request = contract.sample(operation, Side::Request, fullness).expect(operation);
        let decoded: Q = decode(&request).expect(operation);
        assert_eq!(encode(&decoded).unwrap(), request, "{operation} {fullness:?}");
        assert_eq!(mapper::decode::<Q>(&request).unwrap(), decoded, "{operation} {fullness:?}, by yaserde");
        let result = contract.sample(operation, Side::Response, fullness).expect(operation);
        let decoded: A = decode(&result).expect(operation);
        let written = encode_return(&decoded).unwrap();
        assert_eq!(written.replace("m:", ""), result, "{operation} {fullness:?}");
        assert_eq!(
            mapper::encode(&decoded, "m:", Some("return")).unwrap(),
            written,
            "{operation} {fullness:?}, by yaserde"
        );
    }
}

/// One row an operation: its request wrapper has the operation's name, its result the one given.
macro_rules! all_survive {
    ($wsdl:expr; $($messages:ident::$operation:ident => $result:path),+ $(,)?) => {{
        let contract = contract($wsdl);
        let table = [$(stringify!($operation)),+];
        let names: Vec<_> = contract.operations().iter().map(|operation| operation.name.as_str()).collect();
        assert_eq!(names, table, "the table has every operation, in the contract's order");
        $(survives::<$messages::$operation, $result>(&contract, stringify!($operation));)+
    }};
}

#[test]
fn every_message_of_the_till_survives_decoding_and_encoding() {
    all_survive! {
        include_str!("../../../wsdl/pos_1.wsdl");
        pos::Ping => pos::PingResult,
        pos::GetVersions => pos::VersionsResult,
        pos::WhoAmI => pos::WhoAmIResult,
        pos::FindCustomer => pos::FindCustomerResult,
        pos::RegisterCustomer => pos::RegisterCustomerResult,
        pos::IssueCard => pos::CardResult,
        pos::ActivateCard => pos::CardResult,
        pos::ReplaceCard => pos::CardResult,
        pos::BlockCard => pos::CardResult,
        pos::UnblockCard => pos::CardResult,
        pos::CloseCard => pos::CardResult,
        pos::GetBalance => pos::BalanceResult,
        pos::GetStatement => pos::StatementResult,
        pos::GetQuestionnaire => pos::QuestionnaireResult,
        pos::SaveQuestionnaire => pos::QuestionnaireResult,
        pos::GiveConsent => pos::SimpleResult,
        pos::WithdrawConsent => pos::SimpleResult,
        pos::SendPhoneCode => pos::PhoneCodeResult,
        pos::VerifyPhone => pos::PhoneCodeResult,
        pos::QuoteReceipt => pos::QuoteResult,
        pos::ReservePoints => pos::ReservationResult,
        pos::ConfirmReservation => pos::ReservationResult,
        pos::ResendCode => pos::ReservationResult,
        pos::ReleaseReservation => pos::ReservationResult,
        pos::GetReservation => pos::ReservationResult,
        pos::RegisterReceipt => pos::ReceiptResult,
        pos::CancelReceipt => pos::CancelResult,
        pos::QuoteReturn => pos::ReturnResult,
        pos::RegisterReturn => pos::ReturnResult,
        pos::GetOperation => pos::OperationResult,
        pos::CancelOperation => pos::CancelOperationResult,
        pos::RegisterReturnWithoutReceipt => pos::ReturnWithoutReceiptResult,
    }
}

#[test]
fn every_message_of_the_office_survives_decoding_and_encoding() {
    all_survive! {
        include_str!("../../../wsdl/office_1.wsdl");
        pos::Ping => pos::PingResult,
        pos::WhoAmI => pos::WhoAmIResult,
        office::RegisterCards => office::RegisterCardsResult,
        office::GetProgramme => office::ProgrammeResult,
        office::SaveProgramme => office::ProgrammeResult,
        office::SaveTill => office::TillResult,
        office::GetAccount => office::AccountResult,
        office::FreezeAccount => office::AccountResult,
        office::UnfreezeAccount => office::AccountResult,
        office::MergeCustomers => office::AccountResult,
        office::ChangePhone => office::AccountResult,
        office::GetPointsTerms => office::PointsTermsResult,
        office::SavePointsTerms => office::PointsTermsResult,
        office::AdjustPoints => office::AccountResult,
    }
}

#[test]
fn a_reply_is_prefixed_and_its_empty_elements_have_one_form() {
    let result = pos::BalanceResult {
        code: "OK".to_owned(),
        message: String::new(),
        customer_class: Some("A<B & \"C\"".to_owned()),
        ..pos::BalanceResult::default()
    };
    assert_eq!(
        encode_return(&result).unwrap(),
        "<m:return><m:code>OK</m:code><m:message/><m:customerClass>A&lt;B &amp; \"C\"</m:customerClass>\
         <m:expiries/><m:activations/></m:return>"
    );
    assert_eq!(encode(&pos::Ping {}).unwrap(), "<Ping/>");
    assert_eq!(encode_return(&pos::Ping {}).unwrap(), "<m:return/>");
}

#[test]
fn characters_that_xml_forbids_are_dropped_and_the_rest_comes_back() {
    let simple = pos::SimpleResult { code: " a\u{0}\u{1F}b ".to_owned(), message: "\t1\r\n2 \u{FFFE}&]]> ".to_owned() };
    let written = encode(&simple).unwrap();
    assert_eq!(written, "<SimpleResult><code> ab </code><message>\t1&#13;\n2 &amp;]]&gt; </message></SimpleResult>");
    let read: pos::SimpleResult = decode(&written).unwrap();
    assert_eq!((read.code.as_str(), read.message.as_str()), (" ab ", "\t1\r\n2 &]]> "));
}

#[test]
fn white_space_in_a_string_is_the_clients() {
    let read: pos::GetBalance = decode("<GetBalance><identifier>  </identifier></GetBalance>").unwrap();
    assert_eq!(read.identifier, "  ");
    let read: pos::GetBalance = decode("<GetBalance><identifier/></GetBalance>").unwrap();
    assert_eq!(read.identifier, "");
}

#[test]
fn a_text_that_does_not_fit_is_an_error() {
    assert!(decode::<pos::GetBalance>("<GetBalance/>").is_err());
    assert!(
        decode::<pos::GetStatement>("<GetStatement><identifier>1</identifier><from>x</from></GetStatement>").is_err()
    );
}
