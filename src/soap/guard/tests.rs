use proptest::prelude::*;

use super::*;

const NS: &str = "urn:kopilka:ws:pos:1";
const S11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const S12: &str = "http://www.w3.org/2003/05/soap-envelope";

fn pos() -> Contract {
    Contract::parse(include_str!("../../../wsdl/pos_1.wsdl")).unwrap()
}

fn enveloped(body: &str) -> String {
    format!("<s:Envelope xmlns:s=\"{S11}\"><s:Body>{body}</s:Body></s:Envelope>")
}

fn read(text: &str) -> Result<Admitted, Rejected> {
    admit(text.as_bytes(), None, &pos(), &XmlLimits::default())
}

/// The canonical form of a request whose wrapper and children have no prefix.
fn canonical(operation: &str, inside: &str) -> Result<String, Rejected> {
    read(&enveloped(&format!("<{operation} xmlns=\"{NS}\">{inside}</{operation}>"))).map(|admitted| admitted.canonical)
}

fn refused(operation: &str, inside: &str) -> String {
    let rejected = canonical(operation, inside).unwrap_err();
    assert_eq!(rejected.fault, FaultKind::InvalidRequest, "{rejected}");
    rejected.what
}

const CONTEXT: &str = "<context><operationKey>k</operationKey><till>1</till>\
                       <occurredAt>2026-11-21T14:05:00</occurredAt></context>";

const LINES: &str = "<lines><line><number>1</number><goodsCode>a</goodsCode><quantity>1</quantity>\
                     <price>1</price><sum>1</sum></line></lines>";

#[test]
fn one_request_has_one_canonical_form_from_any_client() {
    let expected = "<GetBalance><identifier>7&amp;0</identifier></GetBalance>";
    let xsi = "http://www.w3.org/2001/XMLSchema-instance";
    for body in [
        format!("<m:GetBalance xmlns:m='{NS}'><m:identifier>7&amp;0</m:identifier></m:GetBalance>"),
        format!("<GetBalance xmlns='{NS}'>\n\t<identifier>7&#38;0</identifier>\r\n</GetBalance>"),
        format!(
            "<a:GetBalance xmlns:a='{NS}'><b:identifier xmlns:b='{NS}'>7<![CDATA[&]]>0</b:identifier></a:GetBalance>"
        ),
        format!("<m:GetBalance xmlns:m='{NS}'><identifier>7<!-- x -->&amp;<!-- y -->0</identifier></m:GetBalance>"),
        format!(
            "<GetBalance xmlns='{NS}' xmlns:i='{xsi}'><identifier i:type='x' id='1'>7&amp;0</identifier></GetBalance>"
        ),
    ] {
        assert_eq!(read(&enveloped(&body)).unwrap().canonical, expected, "{body}");
    }
}

#[test]
fn the_version_is_the_envelopes_and_the_operation_is_the_bodys_child() {
    let body = format!("<m:Ping xmlns:m='{NS}'/>");
    let admitted = read(&enveloped(&body)).unwrap();
    assert_eq!((admitted.version, admitted.operation.as_str()), (SoapVersion::V11, "Ping"));
    assert_eq!(pos().operations().get(admitted.operation_index).map(|found| found.name.clone()), Some("Ping".into()));
    let admitted = read(&enveloped(&body).replace(S11, S12)).unwrap();
    assert_eq!((admitted.version, admitted.canonical.as_str()), (SoapVersion::V12, "<Ping/>"));
}

#[test]
fn nil_absent_and_empty_mean_the_same() {
    let receipt = |extra: &str| {
        canonical(
            "ReservePoints",
            &format!(
                "{CONTEXT}<receipt xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'>{extra}<till>1</till>\
                 <number>5</number><at>2026-11-21T14:05:00</at>{LINES}</receipt><points>+010.50</points>"
            ),
        )
        .unwrap()
    };
    let absent = receipt("");
    assert!(absent.ends_with("</line></lines></receipt><points>10.5</points></ReservePoints>"), "{absent}");
    for same in ["<store/>", "<store></store>", "<store xsi:nil='true'/>", "<store xsi:nil='1'><!-- --></store>"] {
        assert_eq!(receipt(same), absent, "{same}");
    }
    let customer = |extra: &str| {
        let inside = format!("{CONTEXT}<identifier>7</identifier><questionnaire>{extra}</questionnaire>");
        canonical("SaveQuestionnaire", &inside).unwrap()
    };
    assert!(customer("").ends_with("<questionnaire/></SaveQuestionnaire>"));
    assert_eq!(customer("<surname/><birthDate>0001-01-01</birthDate><sex></sex>"), customer(""));
}

#[test]
fn an_empty_structure_that_may_be_left_out_is_left_out() {
    let receipt = |extra: &str| {
        let inside = format!(
            "<receipt><till>1</till><number>5</number><at>2026-11-21T14:05:00</at>{LINES}{extra}</receipt>\
             <pointsWanted>0</pointsWanted>"
        );
        canonical("QuoteReceipt", &inside)
    };
    assert_eq!(receipt("<coupons/><fiscal> </fiscal><quoteId/>").unwrap(), receipt("").unwrap());
    assert_eq!(receipt("<coupons><coupon/></coupons>").unwrap(), receipt("").unwrap());
    assert!(receipt("<fiscal><fn>1</fn></fiscal>").is_err());
}

#[test]
fn a_required_string_that_may_be_empty_stays() {
    let inside = "<identifier>7</identifier><from>2026-11-01</from><to>2026-11-21</to><cursor></cursor>";
    assert!(canonical("GetStatement", inside).unwrap().ends_with("<to>2026-11-21</to><cursor/></GetStatement>"));
    let rule = refused("GetStatement", &inside.replace("<cursor></cursor>", ""));
    assert_eq!(rule, "Элемент GetStatement/cursor: обязательный элемент не передан.");
}

#[test]
fn a_contradiction_to_the_contract_is_named_with_its_path() {
    let without_till = CONTEXT.replace("<till>1</till>", "");
    for (operation, inside, rule) in [
        ("GetBalance", "", "Элемент GetBalance/identifier: обязательный элемент не передан."),
        ("GetBalance", "x", "Элемент GetBalance: здесь допустимы только вложенные элементы, а стоит текст."),
        (
            "GetBalance",
            "<identifier/>",
            "Элемент GetBalance/identifier: значение короче, чем нужно. Наименьшая длина в символах — 1.",
        ),
        ("GetBalance", "<id>1</id>", "Элемент GetBalance/id: такого элемента здесь нет в WSDL. Допустимы: identifier."),
        (
            "GetBalance",
            "<identifier>1<b/></identifier>",
            "Элемент GetBalance/identifier: это простое значение, вложенных элементов в нём быть не должно.",
        ),
        (
            "GetBalance",
            "<identifier>1</identifier><identifier>1</identifier>",
            "Элемент GetBalance/identifier: повторён больше раз, чем допускает WSDL.",
        ),
        (
            "SendPhoneCode",
            &format!("<phone>12345</phone>{CONTEXT}"),
            "Элемент SendPhoneCode/context: стоит не на своём месте, он должен идти перед phone. Порядок элементов — как в WSDL.",
        ),
        ("SendPhoneCode", "<phone>12345</phone>", "Элемент SendPhoneCode/context: обязательный элемент не передан."),
        (
            "SendPhoneCode",
            &format!("{without_till}<phone>12345</phone>"),
            "Элемент SendPhoneCode/context/till: обязательный элемент не передан.",
        ),
        (
            "SendPhoneCode",
            &format!("{CONTEXT}<phone>12345</phone>{CONTEXT}"),
            "Элемент SendPhoneCode/context: стоит не на своём месте или повторён. Порядок элементов — как в WSDL.",
        ),
        (
            "GetBalance",
            "<identifier xmlns='urn:other'>1</identifier>",
            "Элемент GetBalance/identifier: не то пространство имён (xmlns). Нужно то же, что в WSDL.",
        ),
        (
            "GetBalance",
            "<identifier xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:nil='true'>1</identifier>",
            "Элемент GetBalance/identifier: отмечен как пустой (xsi:nil), но содержит значение. Уберите одно из двух.",
        ),
        ("WhoAmI", "<x/>", "Элемент WhoAmI/x: такого элемента нет в WSDL, вложенных элементов здесь не бывает."),
    ] {
        assert_eq!(refused(operation, inside), rule, "{inside}");
    }
}

#[test]
fn an_explanation_never_repeats_a_value() {
    let secret = "СЕКРЕТ".repeat(20);
    let what = refused("GetBalance", &format!("<identifier>{secret}</identifier>"));
    assert_eq!(
        what,
        "Элемент GetBalance/identifier: значение длиннее, чем допускает WSDL. Наибольшая длина в символах — 64."
    );
    let long = "e".repeat(5_000);
    assert!(refused("GetBalance", &format!("<{long}/>")).chars().count() < 200);
}

#[test]
fn a_rejection_knows_the_version_to_answer_in_and_the_place() {
    let text = enveloped("\n  <x/>").replace(S11, S12);
    let rejected = read(&text).unwrap_err();
    assert_eq!((rejected.fault, rejected.version), (FaultKind::UnknownOperation, SoapVersion::V12));
    assert_eq!((rejected.line, rejected.column), (2, 3));
    assert_eq!(rejected.what, "У сервиса Pos_1 нет операции x. Сверьте имя с WSDL.");
}

#[test]
fn header_blocks_for_others_or_that_may_be_ignored_are_skipped() {
    let with = |attributes: &str| {
        let header = format!("<s:Header><t:a xmlns:t='urn:t' {attributes}><t:b>x</t:b></t:a></s:Header><s:Body>");
        let body = format!("<m:Ping xmlns:m='{NS}'/>");
        read(&enveloped(&body).replace("<s:Body>", &header)).map_err(|rejected| rejected.fault)
    };
    for ignored in ["", "s:mustUnderstand='0'", "mustUnderstand='1'", "s:mustUnderstand='1' s:actor='urn:other'"] {
        assert!(with(ignored).is_ok(), "{ignored}");
    }
    let next = "s:mustUnderstand='true' s:actor='http://schemas.xmlsoap.org/soap/actor/next'";
    for meant in ["s:mustUnderstand='1'", "s:mustUnderstand='1' s:actor=''", next] {
        assert_eq!(with(meant), Err(FaultKind::MustUnderstand), "{meant}");
    }
    assert_eq!(with("s:mustUnderstand='yes'"), Err(FaultKind::InvalidEnvelope));
}

/// The expected answer to each file of `fixtures/hostile`.
fn expected(name: &str) -> Option<FaultKind> {
    use FaultKind as F;
    Some(match name {
        "admitted_look_alikes" | "admitted_windows_1251" => return None,
        "dtd_billion_laughs" | "dtd_external_entity" | "dtd_external_subset" | "dtd_parameter_entity" => {
            F::DtdForbidden
        }
        "instruction_in_body" | "instruction_stylesheet" => F::InstructionForbidden,
        "envelope_of_unknown_version" | "envelope_without_namespace" => F::VersionMismatch,
        "header_must_be_understood" | "header_must_be_understood_1_2" => F::MustUnderstand,
        "encoding_unknown" => F::UnsupportedMediaType,
        "root_not_an_envelope"
        | "header_after_body"
        | "body_missing"
        | "body_empty"
        | "body_with_two_requests"
        | "body_with_text"
        | "body_twice" => F::InvalidEnvelope,
        "operation_unknown" | "operation_of_another_namespace" | "operation_is_a_response" => F::UnknownOperation,
        "element_unknown"
        | "element_missing"
        | "element_twice"
        | "element_out_of_order"
        | "element_of_another_namespace"
        | "element_in_a_value"
        | "text_between_elements"
        | "value_too_long"
        | "value_of_another_type"
        | "nil_required" => F::InvalidRequest,
        "entity_unknown"
        | "declaration_not_first"
        | "attribute_twice"
        | "attribute_twice_by_expanded_name"
        | "prefix_undeclared"
        | "cdata_end_in_text"
        | "comment_with_two_hyphens"
        | "character_forbidden"
        | "character_reference_forbidden"
        | "tags_crossed"
        | "root_second"
        | "text_after_root"
        | "document_cut_off"
        | "encoding_windows_1251_said_to_be_utf_8" => F::MalformedXml,
        other => panic!("{other} is not in the table"),
    })
}

#[test]
fn every_hostile_file_gets_its_fault() {
    let contract = pos();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/hostile");
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let body = std::fs::read(&path).unwrap();
        let answer = admit(&body, None, &contract, &XmlLimits::default());
        match expected(name) {
            Some(fault) => assert_eq!(answer.map_err(|rejected| rejected.fault), Err(fault), "{name}"),
            None => {
                let canonical = answer.unwrap().canonical;
                assert!(canonical.starts_with("<GetBalance><identifier>"), "{name}: {canonical}");
                assert!(canonical.to_lowercase().contains("ёж"), "{name}: {canonical}");
            }
        }
        files += 1;
    }
    assert!(files > 40);
}

#[test]
fn an_attack_on_the_reader_is_refused_after_what_the_limit_lets_through() {
    let limits = XmlLimits::default();
    let at = |text: &str| {
        let rejected = admit(text.as_bytes(), None, &pos(), &limits).unwrap_err();
        assert_eq!(rejected.fault, FaultKind::LimitExceeded, "{rejected}");
        usize::try_from(rejected.column).unwrap()
    };
    let head = format!("<s:Envelope xmlns:s=\"{S11}\"><s:Header>");
    let nested = format!("{head}{}", "<a>".repeat(50_000));
    assert!(at(&nested) <= head.len() + limits.depth_max * 3);
    let attributes: String = (0..40_000).map(|i| format!(" a{i}=\"\"")).collect();
    assert!(at(&format!("{head}<a{attributes}/>")) <= head.len() + (limits.attributes_max + 1) * 8);
    let namespaces: String = (0..10_000).map(|i| format!("<a xmlns:n{i}=\"u\">")).collect();
    assert!(at(&format!("{head}{namespaces}")) <= head.len() + limits.depth_max * 20);
    let spread: String = (0..10_000).map(|i| format!(" xmlns:n{i}=\"u\"")).collect();
    assert!(at(&format!("{head}<a{spread}>")) <= head.len() + (limits.attributes_max + 1) * 15);
    let text = "x".repeat(limits.text_bytes_max + 1);
    assert!(at(&format!("{head}<a>{text}</a>")) <= head.len() + 4);
    let elements = "<a/>".repeat(limits.elements_max + 10);
    assert!(at(&format!("{head}{elements}")) <= head.len() + (limits.elements_max + 1) * 4);
}

/// A Ping in an envelope of the given version, as the pieces around the Body and the attributes make it.
fn ping(soap: &str, envelope: &str, before: &str, body: &str, after: &str) -> Result<Admitted, Rejected> {
    read(&format!(
        "<s:Envelope xmlns:s='{soap}' xmlns:b='urn:b'{envelope}>{before}<s:Body{body}><Ping xmlns='{NS}'/></s:Body>\
         {after}</s:Envelope>"
    ))
}

fn fault_of(answer: Result<Admitted, Rejected>) -> Option<FaultKind> {
    answer.err().map(|rejected| rejected.fault)
}

#[test]
fn a_header_block_must_be_understood_only_by_whom_it_is_for() {
    use FaultKind::{InvalidEnvelope, MustUnderstand};
    const NEXT_11: &str = "http://schemas.xmlsoap.org/soap/actor/next";
    const ROLE_12: &str = "http://www.w3.org/2003/05/soap-envelope/role";
    let block = |soap: &str, attributes: &str| {
        fault_of(ping(soap, "", &format!("<s:Header><b:x{attributes}><s:y>1</s:y></b:x></s:Header>"), "", ""))
    };
    for (attributes, expected) in [
        (String::new(), None),
        (" s:mustUnderstand='0'".into(), None),
        (" s:mustUnderstand='1'".into(), Some(MustUnderstand)),
        (" s:mustUnderstand='1' s:actor=''".into(), Some(MustUnderstand)),
        (format!(" s:mustUnderstand='1' s:actor='{NEXT_11}'"), Some(MustUnderstand)),
        (" s:mustUnderstand='1' s:actor='urn:someone'".into(), None),
        // Not the attribute of this version: no namespace, another one, the other version's.
        (" mustUnderstand='1'".into(), None),
        (" b:mustUnderstand='1'".into(), None),
        (format!(" xmlns:t='{S12}' t:mustUnderstand='1'"), None),
        (format!(" xmlns:t='{S11}' t:mustUnderstand='1'"), Some(MustUnderstand)),
        (" s:mustUnderstand='1' s:role='urn:someone'".into(), Some(MustUnderstand)),
        (" s:mustUnderstand='yes'".into(), Some(InvalidEnvelope)),
    ] {
        assert_eq!(block(S11, &attributes), expected, "1.1 {attributes}");
    }
    for (attributes, expected) in [
        (String::new(), None),
        (" s:mustUnderstand='false'".into(), None),
        (" s:mustUnderstand=' 0 '".into(), None),
        (" s:mustUnderstand='true'".into(), Some(MustUnderstand)),
        (" s:mustUnderstand=' 1 '".into(), Some(MustUnderstand)),
        (" s:mustUnderstand='1' s:role=''".into(), Some(MustUnderstand)),
        (format!(" s:mustUnderstand='1' s:role='{ROLE_12}/next'"), Some(MustUnderstand)),
        (format!(" s:mustUnderstand='1' s:role='{ROLE_12}/ultimateReceiver'"), Some(MustUnderstand)),
        (format!(" s:mustUnderstand='1' s:role='{ROLE_12}/ultimateReceiver' s:relay='true'"), Some(MustUnderstand)),
        (format!(" s:mustUnderstand='1' s:role='{ROLE_12}/none'"), None),
        (" s:mustUnderstand='1' s:role='urn:someone' s:relay='true'".into(), None),
        (format!(" xmlns:t='{S11}' t:mustUnderstand='1'"), None),
        (" s:mustUnderstand='1' s:actor='urn:someone'".into(), Some(MustUnderstand)),
        (" s:mustUnderstand='TRUE'".into(), Some(InvalidEnvelope)),
        (" s:mustUnderstand='\u{A0}1'".into(), Some(InvalidEnvelope)),
    ] {
        assert_eq!(block(S12, &attributes), expected, "1.2 {attributes}");
    }
    // Below a block and in the body the attributes mean nothing.
    for soap in [S11, S12] {
        let deep = "<s:Header><b:x><b:y s:mustUnderstand='1'/></b:x></s:Header>";
        assert_eq!(fault_of(ping(soap, "", deep, " s:mustUnderstand='1'", "")), None);
    }
}

#[test]
fn all_blocks_that_were_not_understood_are_named_up_to_a_limit() {
    let named = |blocks: &str| {
        let header = format!("<s:Header>{blocks}</s:Header>");
        let rejected = ping(S12, "", &header, "", "").unwrap_err();
        assert_eq!(rejected.fault, FaultKind::MustUnderstand);
        rejected.not_understood.into_iter().map(|name| (name.namespace, name.local)).collect::<Vec<_>>()
    };
    let name = |namespace: &str, local: &str| (namespace.to_owned(), local.to_owned());
    let blocks = "<b:x s:mustUnderstand='1'/><b:y/><z xmlns='urn:z&amp;' s:mustUnderstand='true'>text<a/></z>";
    assert_eq!(named(blocks), [name("urn:b", "x"), name("urn:z&", "z")]);
    assert_eq!(named(&"<b:x s:mustUnderstand='1'/>".repeat(50)).len(), NOT_UNDERSTOOD_MAX);
    let long = "x".repeat(NOT_UNDERSTOOD_NAME_BYTES_MAX);
    assert_eq!(named(&format!("<b:{long} s:mustUnderstand='1'/>")), []);
    // A malformed rest of the document takes precedence: it is not known whether there is a message at all.
    let malformed = "<s:Header><b:x s:mustUnderstand='1'/><b:y></s:Header>";
    assert_eq!(fault_of(ping(S12, "", malformed, "", "")), Some(FaultKind::MalformedXml));
    // A fault of another kind names no block.
    let unqualified = "<s:Header><b:x s:mustUnderstand='1'/><y/></s:Header>";
    assert_eq!(fault_of(ping(S12, "", unqualified, "", "")), Some(FaultKind::InvalidEnvelope));
    assert_eq!(fault_of(ping(S11, "", "<s:Header><y/></s:Header>", "", "")), None);
}

#[test]
fn the_shell_of_1_2_has_qualified_attributes() {
    use FaultKind::InvalidEnvelope;
    let encoding = " s:encodingStyle='http://schemas.xmlsoap.org/soap/encoding/'";
    for (attributes, in_1_2) in [(" id='1'", Some(InvalidEnvelope)), (encoding, None)] {
        let header = format!("<s:Header{attributes}/>");
        for (soap, expected) in [(S11, None), (S12, in_1_2)] {
            assert_eq!(fault_of(ping(soap, attributes, "", "", "")), expected, "Envelope{attributes}");
            assert_eq!(fault_of(ping(soap, "", &header, "", "")), expected, "Header{attributes}");
            assert_eq!(fault_of(ping(soap, "", "", attributes, "")), expected, "Body{attributes}");
        }
    }
    for soap in [S11, S12] {
        let attributes = " b:id='1' xml:lang='ru'";
        let header = format!("<s:Header{attributes}/>");
        assert_eq!(fault_of(ping(soap, attributes, &header, attributes, "")), None);
    }
}

#[test]
fn only_1_1_lets_other_elements_follow_the_body() {
    use FaultKind::InvalidEnvelope;
    for (after, expected) in [
        ("<b:x><y>text</y></b:x><!-- --><b:x/>", None),
        ("<x/>", Some(InvalidEnvelope)),
        ("<s:x/>", Some(InvalidEnvelope)),
        ("<s:Body/>", Some(InvalidEnvelope)),
        ("<b:x/>text", Some(InvalidEnvelope)),
        ("<b:x></b:y>", Some(FaultKind::MalformedXml)),
    ] {
        assert_eq!(fault_of(ping(S11, "", "", "", after)), expected, "{after}");
    }
    assert_eq!(fault_of(ping(S12, "", "", "", "<b:x/>")), Some(InvalidEnvelope));
    assert_eq!(fault_of(ping(S12, "", "", "", "<!-- --> \n")), None);
}

#[test]
fn a_request_is_of_plain_values_in_their_place() {
    let body = |soap: &str, wrapper: &str, child: &str| {
        let request = format!("<GetBalance xmlns='{NS}'{wrapper}><identifier{child}>7</identifier></GetBalance>");
        fault_of(read(&enveloped(&request).replace(S11, soap)))
    };
    let encoded = " s:encodingStyle='http://www.w3.org/2003/05/soap-encoding'";
    assert_eq!(body(S12, encoded, ""), Some(FaultKind::DataEncodingUnknown));
    assert_eq!(body(S12, "", encoded), Some(FaultKind::DataEncodingUnknown));
    assert_eq!(body(S12, &format!(" s:encodingStyle='{S12}/encoding/none'"), " s:encodingStyle=''"), None);
    assert_eq!(body(S11, " s:encodingStyle='http://schemas.xmlsoap.org/soap/encoding/'", " id='a'"), None);
    assert_eq!(body(S11, "", " href='#a'"), Some(FaultKind::InvalidRequest));
    let optional = refused("QuoteReceipt", "<receipt><store href='#a'/></receipt>");
    assert_eq!(
        optional,
        "Элемент QuoteReceipt/receipt/store: вместо значения стоит ссылка href. Передайте само значение."
    );
}

#[test]
fn a_root_that_is_no_envelope_is_a_mismatch_by_1_2_alone() {
    let root = |name: &str, soap: &str| fault_of(read(&format!("<s:{name} xmlns:s='{soap}'/>")));
    assert_eq!(root("Envelope", "http://www.w3.org/2001/06/soap-envelope"), Some(FaultKind::VersionMismatch));
    assert_eq!(root("Envelop", S12), Some(FaultKind::VersionMismatch));
    assert_eq!(root("Envelop", S11), Some(FaultKind::InvalidEnvelope));
    assert_eq!(root("html", "http://www.w3.org/1999/xhtml"), Some(FaultKind::InvalidEnvelope));
}

#[test]
fn a_value_is_joined_however_it_is_split() {
    for split in ["7<!--a--><!--b-->0", "<![CDATA[7]]><![CDATA[]]><![CDATA[0]]>", "&#55;&#x30;", "7<!--<b>-->&#48;"] {
        let read = canonical("GetBalance", &format!("<identifier>{split}</identifier>")).unwrap();
        assert_eq!(read, "<GetBalance><identifier>70</identifier></GetBalance>", "{split}");
    }
    let split = "<![CDATA[ ]]>&#13;<!-- -->]]<!-- -->&gt; ";
    let read = canonical("GetBalance", &format!("<identifier>{split}</identifier>")).unwrap();
    assert_eq!(read, "<GetBalance><identifier> &#13;]]&gt; </identifier></GetBalance>");
}

#[test]
fn utf_16_and_windows_1251_give_the_same_canonical_bytes() {
    let text = enveloped(&format!("<GetBalance xmlns='{NS}'><identifier>Ёж №1</identifier></GetBalance>"));
    let expected = read(&text).unwrap();
    let utf16: Vec<u8> = std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
    let (win, _, _) = encoding_rs::WINDOWS_1251.encode(&text);
    let contract = pos();
    assert_eq!(admit(&utf16, Some("utf-16"), &contract, &XmlLimits::default()).unwrap(), expected);
    assert_eq!(admit(&win, Some("windows-1251"), &contract, &XmlLimits::default()).unwrap(), expected);
    assert_eq!(admit(&win, None, &contract, &XmlLimits::default()).unwrap_err().fault, FaultKind::MalformedXml);
}

fn full_request(operation: usize) -> String {
    use crate::soap::contract::{Fullness, Side};
    let contract = pos();
    let operations = contract.operations();
    let name = &operations[operation % operations.len()].name;
    let sample = contract.sample(name, Side::Request, Fullness::Everything).unwrap();
    let qualified = sample.replacen(&format!("<{name}"), &format!("<{name} xmlns=\"{NS}\""), 1);
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{}", enveloped(&qualified))
}

#[test]
fn a_canonical_request_is_its_own_canonical_form() {
    for operation in 0..pos().operations().len() {
        let once = read(&full_request(operation)).unwrap();
        let name = &once.operation;
        let again = once.canonical.replacen(&format!("<{name}"), &format!("<{name} xmlns=\"{NS}\""), 1);
        assert_eq!(read(&enveloped(&again)).unwrap().canonical, once.canonical);
    }
}

proptest! {
    /// Requests with bytes cut, doubled, overwritten or inserted get a well-formed answer, never a panic.
    #[test]
    fn a_mutated_envelope_is_answered_and_never_panics(
        operation in 0_usize..100,
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0_usize..24), 1..6),
    ) {
        const PIECES: [&[u8]; 20] = [
            b"<", b">", b"/", b"&", b"]]>", b"<!--", b"-->", b"<![CDATA[", b"<?", b"?>", b"<!DOCTYPE x [", b"\"", b"'",
            b" xmlns=\"\"", b"<a:b>", b"\xFF\xFE", b"\xD0", b"\0", b"&#x1F600;", b"\xF0\x9F\x98\x80",
        ];
        let contract = pos();
        let mut bytes = full_request(operation).into_bytes();
        for (from, to, what) in edits {
            let (a, b) = (from.index(bytes.len() + 1), to.index(bytes.len() + 1));
            let (a, b) = (a.min(b), a.max(b));
            match PIECES.get(what) {
                Some(piece) => { bytes.splice(a..a, piece.iter().copied()); }
                None if what % 2 == 0 => { bytes.drain(a..b); }
                None => { let copy = bytes[a..b].to_vec(); bytes.splice(b..b, copy); }
            }
            if bytes.is_empty() { bytes.push(b'<'); }
        }
        if let Ok(admitted) = admit(&bytes, None, &contract, &XmlLimits::default()) {
            let root = format!("</{}>", admitted.operation);
            prop_assert!(admitted.canonical.ends_with(&root) || admitted.canonical.ends_with("/>"));
        }
    }

    #[test]
    fn arbitrary_bytes_are_answered_and_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(admit(&bytes, None, &pos(), &XmlLimits::default()).is_err());
    }
}
