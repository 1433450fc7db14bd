use super::*;

fn pos() -> Contract {
    Contract::parse(include_str!("../../../wsdl/pos_1.wsdl")).unwrap()
}

#[test]
fn the_published_contracts_are_read_whole() {
    let pos = pos();
    assert_eq!((pos.service(), pos.namespace()), ("Pos_1", "urn:kopilka:ws:pos:1"));
    assert_eq!(pos.operations().first().map(|operation| operation.name.as_str()), Some("Ping"));
    assert!(pos.documentation().contains("Кассы"));
    let office = Contract::parse(include_str!("../../../wsdl/office_1.wsdl")).unwrap();
    assert_eq!((office.service(), office.namespace()), ("Office_1", "urn:kopilka:ws:office:1"));
    for contract in [&pos, &office] {
        for operation in contract.operations() {
            let action = format!("{}#{}:{}", contract.namespace(), contract.service(), operation.name);
            assert_eq!(operation.soap_action, action);
            assert_eq!(operation.request.name, operation.name);
            assert_eq!(operation.response.name, format!("{}Response", operation.name));
        }
    }
}

#[test]
fn types_facets_and_counts_are_resolved() {
    let pos = pos();
    let request = &pos.operation("RegisterReceipt").unwrap().request.content;
    let ElementType::Complex(context) = &request.element("context").unwrap().kind else { panic!("a structure") };
    let ElementType::Simple(key) = &context.element("operationKey").unwrap().kind else { panic!("a value") };
    assert_eq!((key.base, key.min_length, key.max_length), (Base::String, Some(1), Some(64)));
    assert_eq!(context.element("cashier").map(|element| (element.min, element.max)), Some((0, Some(1))));
    let lines = pos.complex_types().iter().find(|complex| complex.name == "ReceiptLines").unwrap();
    assert_eq!(lines.element("line").map(|element| element.max), Some(None));
    let money = pos.simple_types().iter().find(|simple| simple.name == "Money").unwrap();
    assert_eq!((money.fraction_digits, money.min_inclusive), (Some(2), Some(Decimal::ZERO)));
    let channel = pos.simple_types().iter().find(|simple| simple.name == "Channel").unwrap();
    assert_eq!(channel.enumeration, ["till", "online", "phone"]);
}

/// 1C makes an in-out argument of a response child that has a request child's name.
#[test]
fn every_reply_is_one_return_that_begins_with_code_and_message() {
    let office = Contract::parse(include_str!("../../../wsdl/office_1.wsdl")).unwrap();
    for operation in pos().operations().iter().chain(office.operations()) {
        let [result] = operation.response.content.elements.as_slice() else { panic!("{}", operation.name) };
        assert_eq!((result.name.as_str(), result.min, result.max), ("return", 1, Some(1)));
        assert!(operation.request.content.element("return").is_none());
        let ElementType::Complex(result) = &result.kind else { panic!("{}", operation.name) };
        let first: Vec<_> = result.elements.iter().take(2).map(|element| element.name.as_str()).collect();
        assert_eq!(first, ["code", "message"], "{}", operation.name);
    }
}

/// 1C passes every argument by its place: one that is left out is an empty text there.
#[test]
fn an_argument_that_may_be_left_out_may_be_empty() {
    let office = Contract::parse(include_str!("../../../wsdl/office_1.wsdl")).unwrap();
    for operation in pos().operations().iter().chain(office.operations()) {
        for argument in &operation.request.content.elements {
            if let (0, ElementType::Simple(simple)) = (argument.min, &argument.kind) {
                assert_eq!(simple.min_length, None, "{}/{}: {}", operation.name, argument.name, simple.name);
            }
        }
    }
}

fn wsdl(schema: &str) -> String {
    format!(
        r#"<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:tns="urn:x" targetNamespace="urn:x"
            xmlns:xs="http://www.w3.org/2001/XMLSchema"><types><xs:schema targetNamespace="urn:x">{schema}</xs:schema>
            </types><portType name="P"/><binding name="B" type="tns:P"/><service name="S"/></definitions>"#
    )
}

fn refusal(schema: &str) -> ContractError {
    Contract::parse(&wsdl(schema)).unwrap_err()
}

#[test]
fn what_the_guard_could_not_check_is_not_a_contract() {
    assert!(Contract::parse(&wsdl("")).is_ok());
    let sequence =
        |inside: &str| format!("<xs:complexType name=\"T\"><xs:sequence>{inside}</xs:sequence></xs:complexType>");
    let recursive = refusal(&sequence("<xs:element name=\"t\" type=\"tns:T\"/>"));
    assert_eq!(recursive, ContractError::Recursive { name: "{urn:x}T".to_owned() });
    for schema in [
        sequence("<xs:any/>"),
        sequence("<xs:element name=\"t\" type=\"xs:anyType\"/>"),
        "<xs:complexType name=\"T\"><xs:choice/><xs:sequence/></xs:complexType>".to_owned(),
        "<xs:import/>".to_owned(),
        "<xs:simpleType name=\"T\"><xs:restriction base=\"xs:string\"><xs:pattern value=\"a\"/></xs:restriction>\
         </xs:simpleType>"
            .to_owned(),
    ] {
        assert!(matches!(refusal(&schema), ContractError::Unsupported { .. }), "{schema}");
    }
    let undefined = refusal(&sequence("<xs:element name=\"t\" type=\"tns:U\"/>"));
    assert!(matches!(undefined, ContractError::Undefined { .. }));
    assert!(matches!(Contract::parse("<a").unwrap_err(), ContractError::Xml { line: 1, .. }));
}

#[test]
fn a_sample_has_all_or_nothing_of_what_may_be_left_out() {
    let pos = pos();
    let full = pos.sample("GetStatement", Side::Request, Fullness::Everything).unwrap();
    assert_eq!(
        full,
        "<GetStatement><identifier>Ёж &amp; &lt;1&gt; \"2\"</identifier><from>2026-11-21</from><to>2026-11-21</to>\
         <cursor>Ёж &amp; &lt;1&gt; \"2\"</cursor></GetStatement>"
    );
    assert_eq!(pos.sample("Ping", Side::Request, Fullness::Everything).unwrap(), "<Ping/>");
    let least = pos.sample("GetBalance", Side::Response, Fullness::OnlyRequired).unwrap();
    assert!(least.starts_with("<return><code>") && least.ends_with("<expiries/><activations/></return>"), "{least}");
    assert!(pos.sample("Nothing", Side::Request, Fullness::Everything).is_none());
}
