use super::*;

const LIMITS: XmlLimits = XmlLimits {
    depth_max: 8,
    attributes_max: 8,
    namespace_bindings_max: 8,
    elements_max: 100,
    text_bytes_max: 64,
    attribute_bytes_max: 64,
};

/// The document as the reader sees it: `(name`, `)`, and text.
fn seen(source: &str) -> Result<String, Failure> {
    let mut reader = XmlReader::new(source, "urn:c", &LIMITS);
    let mut out = String::new();
    loop {
        match reader.next()? {
            Token::Open(open) => {
                out.push_str(&format!("({}:{:?}", open.local, open.space));
                for attribute in reader.attributes() {
                    out.push_str(&format!(" {}={}", attribute.local, attribute.value));
                }
                out.push('|');
            }
            Token::Text(text) => out.push_str(&text),
            Token::Char(c) => out.push(c),
            Token::Close => out.push(')'),
            Token::End => return Ok(out),
        }
    }
}

fn refused(source: &str) -> FaultKind {
    match seen(source) {
        Ok(out) => panic!("{source} was read as {out}"),
        Err(failure) => failure.fault,
    }
}

#[test]
fn well_formed_documents_are_read_as_xml_says() {
    for (source, expected) in [
        ("<?xml version=\"1.0\" encoding='UTF-8' standalone=\"yes\" ?>\n<!-- a - b --><a/>\n", "(a:None|)"),
        ("<a>1&lt;<!--x-->2<![CDATA[<&]]>&#x41F;</a >", "(a:None|1<2<&П)"),
        ("<a>x\r\ny\rz&#13;</a>", "(a:None|x\ny\nz\r)"),
        ("<a b = 'x\r\ny\tz&#10;&quot;>' c=\"'\"/>", "(a:None b=x y z\n\"> c='|)"),
        ("<p:a xmlns:p='urn:c'><b xmlns='urn:&#99;'/><b/></p:a>", "(a:Contract|(b:Contract|)(b:None|))"),
        ("<a xmlns='urn:c' xml:lang='ru' lang='x'><b xmlns=''/></a>", "(a:Contract lang=ru lang=x|(b:None|))"),
        ("<a>]] ></a>", "(a:None|]] >)"),
        ("<Ёж-1.2/>", "(Ёж-1.2:None|)"),
    ] {
        assert_eq!(seen(source).unwrap(), expected, "{source}");
    }
}

#[test]
fn what_is_not_well_formed_is_refused() {
    for source in [
        "",
        " ",
        "a",
        "<",
        "<a",
        "<a>",
        "</a>",
        "<a></b>",
        "<a><b></a></b>",
        "<a/><b/>",
        "<a/>x",
        "x<a/>",
        "\u{FEFF}<a/>",
        "<a/>&#32;",
        "&amp;<a/>",
        "<![CDATA[]]><a/>",
        " <?xml version='1.0'?><a/>",
        "<a><?xml version='1.0'?></a>",
        "<?xml?><a/>",
        "<?xml version='2.0'?><a/>",
        "<?xml version='1.'?><a/>",
        "<?xml version=1.0?><a/>",
        "<?xml encoding='UTF-8'?><a/>",
        "<?xml version='1.0' standalone='maybe'?><a/>",
        "<?xml version='1.0' standalone='yes' encoding='UTF-8'?><a/>",
        "<?xml version='1.0'encoding='UTF-8'?><a/>",
        "<?xml version='1.0' encoding='?8'?><a/>",
        "<?XML version='1.0'?><a/>",
        "<a><? x?></a>",
        "<a>&nbsp;</a>",
        "<a>&amp</a>",
        "<a>& </a>",
        "<a>&;</a>",
        "<a>&#0;</a>",
        "<a>&#xFFFE;</a>",
        "<a>&#x1G;</a>",
        "<a>]]></a>",
        "<a>\u{1}</a>",
        "<a>\u{FFFF}</a>",
        "<a><![CDATA[\u{8}]]></a>",
        "<a><![cdata[x]]></a>",
        "<a><![CDATA[x]]</a>",
        "<a><!-- -- --></a>",
        "<a><!-- ---></a>",
        "<a><!--></a>",
        "<a><!---></a>",
        "<a><!-- \u{B} --></a>",
        "<a><!ELEMENT b></a>",
        "<a b></a>",
        "<a b=1></a>",
        "<a b=\"1></a>",
        "<a b='1' b='2'/>",
        "<a b='1'c='2'/>",
        "<a b='<'/>",
        "<a b='&'/>",
        "<a b='&x;'/>",
        "<a b='\u{1}'/>",
        "<a 1='1'/>",
        "<a :b='1'/>",
        "<a / >",
        "<a/ >",
        "< a/>",
        "<1a/>",
        "<a:b:c/>",
        "<:a/>",
        "<a></a b='1'>",
        "<a></ a>",
    ] {
        assert_eq!(refused(source), FaultKind::MalformedXml, "{source}");
    }
}

#[test]
fn namespaces_are_held_to_their_own_rules() {
    for source in [
        "<p:a/>",
        "<a p:b='1'/>",
        "<a xmlns:p=''/>",
        "<a xmlns:p='u' xmlns:p='v'/>",
        "<a xmlns='u' xmlns='v'/>",
        "<a xmlns:xmlns='u'/>",
        "<a xmlns:xml='u'/>",
        "<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>",
        "<a xmlns='http://www.w3.org/2000/xmlns/'/>",
        "<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>",
        "<xmlns:a/>",
        "<a><b xmlns:p='u'/><p:c/></a>",
    ] {
        assert_eq!(refused(source), FaultKind::MalformedXml, "{source}");
    }
    // A default namespace does not apply to attributes, and an inner declaration may override an outer one.
    assert!(seen("<a xmlns='u' xmlns:p='u' b='1' p:b='2'/>").is_ok());
    assert!(seen("<a xmlns:p='u'><p:b xmlns:p='v'/><p:b/></a>").is_ok());
    assert!(seen("<a xmlns:xml='http://www.w3.org/XML/1998/namespace'/>").is_ok());
}

#[test]
fn a_dtd_and_an_instruction_are_refused_but_not_their_look_alikes() {
    assert_eq!(refused("<!DOCTYPE a [<!ENTITY x 'y'>]><a/>"), FaultKind::DtdForbidden);
    assert_eq!(refused("<!DOCTYPE a"), FaultKind::DtdForbidden);
    assert_eq!(refused("<?xml-stylesheet href='x'?><a/>"), FaultKind::InstructionForbidden);
    assert_eq!(refused("<a/><?x?>"), FaultKind::InstructionForbidden);
    assert!(seen("<a><!-- <!DOCTYPE a> <?x?> --><![CDATA[<!DOCTYPE a><?x?>]]></a>").is_ok());
}

#[test]
fn every_limit_lets_its_own_value_through_and_no_more() {
    let nested = |n: usize| format!("{}{}", "<a>".repeat(n), "</a>".repeat(n));
    let attributes = |n: usize| format!("<a{}/>", (0..n).map(|i| format!(" b{i}=''")).collect::<String>());
    let namespaces = |n: usize| {
        let open: String = (0..n / 2).map(|i| format!("<a xmlns:p{i}='u' xmlns:q{i}='u'>")).collect();
        format!("{open}{}", "</a>".repeat(n / 2))
    };
    let elements = |n: usize| format!("<r>{}</r>", "<a/>".repeat(n - 1));
    let text = |n: usize| format!("<a>{}<!-- -->&amp;</a>", "x".repeat(n - 1));
    let value = |n: usize| format!("<a b='{}'/>", "x".repeat(n - 1));
    type Document<'f> = &'f dyn Fn(usize) -> String;
    let cases: [(Document<'_>, usize, usize); 6] = [
        (&nested, 8, 1),
        (&attributes, 8, 1),
        (&namespaces, 8, 2),
        (&elements, 100, 1),
        (&text, 64, 1),
        (&value, 64, 1),
    ];
    for (document, limit, step) in cases {
        assert!(seen(&document(limit)).is_ok(), "{}", document(limit));
        assert_eq!(refused(&document(limit + step)), FaultKind::LimitExceeded, "{}", document(limit + step));
    }
}

#[test]
fn a_fault_names_its_line_and_character() {
    let source = "<а>\n  Ё&x;</а>";
    assert_eq!(seen(source).unwrap_err().place(source), (2, 4));
    let source = "<a\n b='1'\n b='<'/>";
    assert_eq!(seen(source).unwrap_err().place(source), (2, 7));
}

#[test]
fn one_expanded_name_is_one_name_however_it_is_prefixed() {
    assert_eq!(refused("<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>"), FaultKind::MalformedXml);
    assert_eq!(refused("<a xmlns:p='u'><b xmlns:q='u' p:c='1' q:c='2'/></a>"), FaultKind::MalformedXml);
    assert_eq!(refused("<a xml:lang='1' xml:lang='2'/>"), FaultKind::MalformedXml);
    assert!(seen("<a xmlns:p='u'><b xmlns:p='v' xmlns:q='u' p:c='1' q:c='2'/></a>").is_ok());
    assert!(seen("<a xmlns='u' xmlns:p='u' b='1' p:b='2' xml:b='3'/>").is_ok());
}
