//! The contract as its readers meet it: the table of operations, the messages' types and the published WSDLs say the
//! same, in the one shape that 1C and old client stacks read.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what is not there fails the test")]

use std::collections::{BTreeMap, BTreeSet};

use quick_xml::{Reader, XmlVersion, events::Event};

use crate::{derived::described, support::soap::envelope};
use kopilka::{
    config::XmlLimits,
    domain::refusal::Refusal,
    soap::{
        contract::{Base, ComplexType, Contract, Element, ElementType, Fullness, Side},
        endpoint::{Service, services},
        guard,
        operations::Access,
    },
};

const XML_SCHEMA: &str = "http://www.w3.org/2001/XMLSchema";
const SOAP_OVER_HTTP: &str = "http://schemas.xmlsoap.org/soap/http";
/// The prefixes that the documents declare; elements of a WSDL itself have none.
const NAMESPACES: [(&str, &str); 4] = [
    ("xmlns", "http://schemas.xmlsoap.org/wsdl/"),
    ("xmlns:soapbind", "http://schemas.xmlsoap.org/wsdl/soap/"),
    ("xmlns:soap12bind", "http://schemas.xmlsoap.org/wsdl/soap12/"),
    ("xmlns:xs", XML_SCHEMA),
];
/// What a schema may consist of: everything else is what some client stack cannot read.
const SCHEMA_PARTS: [&str; 14] = [
    "xs:schema",
    "xs:annotation",
    "xs:documentation",
    "xs:simpleType",
    "xs:restriction",
    "xs:minLength",
    "xs:maxLength",
    "xs:minInclusive",
    "xs:maxInclusive",
    "xs:fractionDigits",
    "xs:enumeration",
    "xs:complexType",
    "xs:sequence",
    "xs:element",
];
/// The built-in types that 1C maps to its own without a wrapper.
const SCALARS: [&str; 8] = ["string", "boolean", "decimal", "int", "integer", "date", "dateTime", "base64Binary"];

fn published() -> Vec<Service> {
    services().unwrap()
}

#[test]
fn the_table_and_the_wsdl_have_the_same_operations_in_the_same_order() {
    let names: Vec<&str> = published().iter().map(|service| service.path).collect();
    assert_eq!(names, ["pos_1", "office_1", "marketing_1", "node_1"]);
    for service in published() {
        let table: Vec<&str> = service.table.iter().map(|row| row.name).collect();
        let wsdl: Vec<&str> = service.contract.operations().iter().map(|operation| operation.name.as_str()).collect();
        assert_eq!(table, wsdl, "{}", service.path);
    }
}

#[test]
fn every_message_with_everything_and_with_the_least_is_decoded_and_encoded_unchanged() {
    for service in published() {
        for row in service.table {
            for fullness in [Fullness::Everything, Fullness::OnlyRequired] {
                let sample = |side| service.contract.sample(row.name, side, fullness).unwrap();
                let place = format!("{}, {}, {fullness:?}", service.path, row.name);
                let request = sample(Side::Request);
                assert_eq!((row.reencode_request)(&request).unwrap(), request, "request of {place}");
                let answer = sample(Side::Response);
                assert_eq!((row.reencode_answer)(&answer).unwrap(), on_the_wire(&answer), "answer of {place}");
            }
        }
    }
}

/// An answer's elements bear the prefix that hand-written clients look for.
fn on_the_wire(answer: &str) -> String {
    answer.replace('<', "<m:").replace("<m:/", "</m:")
}

/// The samples above are what handlers really get: the guard hands on the very same bytes.
#[test]
fn every_sample_passes_the_guard_unchanged() {
    for service in published() {
        for operation in service.contract.operations() {
            for fullness in [Fullness::Everything, Fullness::OnlyRequired] {
                let sample = service.contract.sample(&operation.name, Side::Request, fullness).unwrap();
                let root = format!("<{}>", operation.name);
                let inside = sample.strip_prefix(&root).map(|rest| rest.rsplit_once("</").unwrap().0);
                let body = envelope(service.contract.namespace(), &operation.name, inside.unwrap_or_default());
                let admitted = guard::admit(body.as_bytes(), None, &service.contract, &XmlLimits::default());
                let admitted = admitted.unwrap_or_else(|rejected| panic!("{}: {rejected}", operation.name));
                assert_eq!((admitted.operation, admitted.canonical), (operation.name.clone(), sample));
            }
        }
    }
}

#[test]
fn every_write_begins_with_a_context_that_holds_the_operation_key_and_no_read_has_one() {
    for service in published() {
        for (row, operation) in service.table.iter().zip(service.contract.operations()) {
            let first = operation.request.content.elements.first();
            let context = first.filter(|element| element.name == "context");
            let keyed = context.is_some_and(|context| {
                let key = structure(context).and_then(|complex| complex.elements.first());
                key.is_some_and(|key| (key.name.as_str(), key.min) == ("operationKey", 1)) && context.min == 1
            });
            assert_eq!(keyed, row.access == Access::Write, "{}, {}", service.path, row.name);
            assert_eq!(operation.request.content.element("context").is_some(), keyed, "{}", row.name);
        }
    }
}

/// 1C calls by position: a call is read at a glance only when it has few scalars and one structure beside the context.
#[test]
fn no_request_has_more_than_the_context_and_one_structure() {
    for service in published() {
        for operation in service.contract.operations() {
            let elements = operation.request.content.elements.iter();
            let structures: Vec<_> = elements
                .filter(|element| element.name != "context" && structure(element).is_some())
                .map(|element| element.name.as_str())
                .collect();
            assert!(structures.len() <= 1, "{} takes {structures:?}", operation.name);
        }
    }
}

#[test]
fn every_answer_is_one_return_that_begins_with_code_and_message() {
    for service in published() {
        for operation in service.contract.operations() {
            let [result] = operation.response.content.elements.as_slice() else {
                panic!("{} does not answer with one element", operation.name);
            };
            assert_eq!((result.name.as_str(), result.min, result.max), ("return", 1, Some(1)), "{}", operation.name);
            let complex = structure(result).unwrap_or_else(|| panic!("{} answers a scalar", operation.name));
            let head: Vec<_> = complex.elements.iter().take(2).map(|one| (one.name.as_str(), one.min)).collect();
            assert_eq!(head, [("code", 1), ("message", 1)], "{}", operation.name);
        }
    }
}

/// 1C would take such a pair for one in-out parameter.
#[test]
fn no_child_of_an_answer_bears_the_name_of_a_request_s_child() {
    for service in published() {
        for operation in service.contract.operations() {
            let asked: BTreeSet<_> = operation.request.content.elements.iter().map(|element| &element.name).collect();
            let mut answered = operation.response.content.elements.iter().map(|element| &element.name);
            assert!(!answered.any(|name| asked.contains(name)), "{}", operation.name);
        }
    }
}

/// An absent list would be `Неопределено` in 1C, and the loop over it an exception.
#[test]
fn no_list_of_an_answer_may_be_left_out() {
    fn optional_lists(path: &str, complex: &ComplexType, found: &mut Vec<String>) {
        for element in &complex.elements {
            let Some(inner) = structure(element) else { continue };
            let path = format!("{path}/{}", element.name);
            let is_list = matches!(inner.elements.as_slice(), [only] if only.max != Some(1));
            if is_list && element.min == 0 {
                found.push(path.clone());
            }
            optional_lists(&path, inner, found);
        }
    }
    let mut found = Vec::new();
    for service in published() {
        for operation in service.contract.operations() {
            optional_lists(&operation.name, &operation.response.content, &mut found);
        }
    }
    assert_eq!(found, Vec::<String>::new());
}

fn structure(element: &Element) -> Option<&ComplexType> {
    match &element.kind {
        ElementType::Complex(complex) => Some(complex),
        ElementType::Simple(_) => None,
    }
}

/// 1C programmers read the WSDL: every type is explained, and every value whose unit or form its type does not give.
#[test]
fn every_type_and_every_value_without_a_type_of_its_own_has_a_sentence() {
    for service in published() {
        assert_eq!(unexplained(&service.contract), Vec::<String>::new(), "{}", service.path);
    }
    let wsdl = published().first().unwrap().wsdl;
    for (sentence, place) in [
        ("Баланс счёта, в баллах.", "Balance"),
        ("Рубли, два знака после запятой: 1234.50.", "Money"),
        ("Номер счёта в программе.", "Account/accountId"),
        ("Количество в единицах, за которые указана цена.", "ReceiptLine/quantity"),
    ] {
        let wsdl = if wsdl.contains(sentence) { wsdl } else { published().get(1).unwrap().wsdl };
        let planted = Contract::parse(&wsdl.replacen(sentence, "", 1)).unwrap();
        assert_eq!(unexplained(&planted), [place]);
    }
}

/// The types without a sentence; and the elements of a built-in type, of money, points or a quantity without one. The head of
/// an answer is explained by its type of code, the one element of a list by the list.
fn unexplained(contract: &Contract) -> Vec<String> {
    let is_sentence = |text: &str| text.trim().ends_with('.');
    let simples = contract.simple_types().iter().map(|simple| (&simple.name, &simple.documentation));
    let structures = contract.complex_types().iter().map(|complex| (&complex.name, &complex.documentation));
    let types = simples.chain(structures).filter(|(_, text)| !is_sentence(text)).map(|(name, _)| name.clone());
    let records = contract
        .complex_types()
        .iter()
        .filter(|complex| !matches!(complex.elements.as_slice(), [only] if only.max.is_none()));
    let values = records.flat_map(|complex| {
        let values = complex.elements.iter().filter(|element| match &element.kind {
            ElementType::Simple(simple) => simple.documentation.is_empty() || simple.base == Base::Decimal,
            ElementType::Complex(_) => false,
        });
        let bare = values.filter(|element| element.name != "message" && !is_sentence(&element.documentation));
        bare.map(|element| format!("{}/{}", complex.name, element.name))
    });
    types.chain(values).collect()
}

#[test]
fn the_wsdl_of_the_tills_lists_every_refusal_and_no_other() {
    let listed: Vec<(String, String)> = listed_codes(&result_code_text("pos_1"));
    let known: Vec<_> = Refusal::ALL.iter().map(|(code, text)| ((*code).to_owned(), described(text))).collect();
    assert_eq!(listed, known);
}

#[test]
fn the_other_wsdls_refer_to_that_list_and_have_none_of_their_own() {
    for path in ["office_1", "marketing_1", "node_1"] {
        let text = result_code_text(path);
        assert!(text.contains("Pos_1"), "{text}");
        assert_eq!(listed_codes(&text), []);
    }
}

#[test]
fn a_template_is_described_with_an_ellipsis_for_what_it_will_say() {
    assert_eq!(described("Касса «{till}» не найдена."), "Касса «…» не найдена.");
    assert_eq!(described("Доступно {available}. Уменьшите."), "Доступно … Уменьшите.");
    assert_eq!(
        listed_codes("Код.\n  A_B — Одно.\n\tC — Другое: …\n"),
        [("A_B".to_owned(), "Одно.".to_owned()), ("C".to_owned(), "Другое: …".to_owned())]
    );
}

fn result_code_text(path: &str) -> String {
    let service = published().into_iter().find(|service| service.path == path).unwrap();
    let code = service.contract.simple_types().iter().find(|simple| simple.name == "ResultCode").cloned().unwrap();
    assert!(code.enumeration.is_empty(), "a new code would break clients that read strictly");
    code.documentation.clone()
}

/// The lines «CODE — sentence» of a description.
fn listed_codes(text: &str) -> Vec<(String, String)> {
    let is_code = |code: &str| !code.is_empty() && code.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    let pairs = text.lines().filter_map(|line| line.trim().split_once(" — "));
    pairs.filter(|(code, _)| is_code(code)).map(|(code, text)| (code.to_owned(), text.to_owned())).collect()
}

#[test]
fn the_published_wsdls_have_the_shape_that_1c_reads() {
    for service in published() {
        assert_eq!(problems(service.wsdl), Vec::<String>::new(), "{}", service.path);
    }
}

/// Each mistake that the rules are for, made in the published WSDL of the tills, is found.
#[test]
fn a_wsdl_of_another_shape_is_found_out() {
    let wsdl = published().first().unwrap().wsdl;
    for (from, to, complaint) in PLANTED {
        let planted = wsdl.replacen(from, to, 1);
        assert_ne!(planted, wsdl, "there is nothing to replace: {from}");
        let found = problems(&planted);
        assert!(found.iter().any(|problem| problem.contains(complaint)), "{from} → {to} gave {found:?}");
    }
}

/// Mistakes: the original text, its replacement, and the complaint.
const PLANTED: [(&str, &str, &str); 31] = [
    ("<portType name=\"Pos_1PortType\"", "<portType name=\"PosPortType\"", "port type"),
    ("<binding name=\"Pos_1Soap12Binding\"", "<binding name=\"Pos_1Binding12\"", "bindings"),
    ("<port name=\"Pos_1Soap\"", "<port name=\"Pos_1Http\"", "ports"),
    ("binding=\"tns:Pos_1SoapBinding\"", "binding=\"tns:Pos_1Soap12Binding\"", "ports"),
    ("<service name=\"Pos_1\"", "<service name=\"Pos\"", "service"),
    ("soapAction=\"urn:kopilka:ws:pos:1#Pos_1:WhoAmI\"", "soapAction=\"\"", "soapAction of WhoAmI"),
    ("<fault name=\"error\" message=\"tns:ErrorMessage\"/>", "", "declares no fault"),
    ("<fault name=\"error\">\n\t\t\t\t<soapbind:fault name=\"error\" use=\"literal\"/>\n\t\t\t</fault>", "", "fault"),
    (
        "<soap12bind:body use=\"literal\"/>\n\t\t\t</output>",
        "<soap12bind:body use=\"literal\"/>\n\t\t\t</output><fault name=\"error\"/>",
        "SOAP 1.2",
    ),
    ("use=\"literal\"", "use=\"encoded\"", "literal"),
    ("style=\"document\"", "style=\"rpc\"", "document"),
    ("<part name=\"parameters\"", "<part name=\"body\"", "part"),
    ("message=\"tns:WhoAmIRequestMessage\"", "message=\"tns:PingRequestMessage\"", "message of WhoAmI"),
    ("element=\"tns:WhoAmI\"", "element=\"tns:Ping\"", "part"),
    ("elementFormDefault=\"qualified\"", "elementFormDefault=\"unqualified\"", "elementFormDefault"),
    ("<xs:simpleType", "<xs:import namespace=\"urn:x\"/><xs:simpleType", "xs:import"),
    ("<xs:simpleType", "<xs:include schemaLocation=\"x.xsd\"/><xs:simpleType", "xs:include"),
    ("<xs:sequence>", "<xs:sequence><xs:any/>", "xs:any"),
    ("<xs:sequence>", "<xs:sequence><xs:choice/>", "xs:choice"),
    ("</xs:sequence>", "</xs:sequence><xs:attribute name=\"a\" type=\"xs:string\"/>", "xs:attribute"),
    (
        "<xs:sequence>",
        "<xs:complexContent><xs:extension base=\"tns:Card\"/></xs:complexContent><xs:sequence>",
        "xs:extension",
    ),
    ("<xs:complexType>\n\t\t\t\t\t<xs:sequence/>", "<xs:complexType>", "has no sequence"),
    ("type=\"xs:dateTime\"", "type=\"xs:anyType\"", "xs:anyType"),
    ("type=\"xs:dateTime\"", "type=\"xs:float\"", "xs:float"),
    ("<xs:element name=\"cashier\"", "<xs:element maxOccurs=\"unbounded\" name=\"cashier\"", "Context repeats cashier"),
    ("minOccurs=\"0\" maxOccurs=\"unbounded\"", "minOccurs=\"0\" maxOccurs=\"5\"", "only «unbounded»"),
    ("complexType name=\"Coupons\"", "complexType name=\"Coupon\"", "plural"),
    ("targetNamespace=\"urn:kopilka:ws:pos:1\"", "targetNamespace=\"urn:копилка:ws:pos:1\"", "ASCII"),
    ("Проверка связи.", "Путь C:\\users.", "\\u"),
    ("encoding=\"UTF-8\"", "encoding=\"windows-1251\"", "UTF-8"),
    ("</definitions>", "<import namespace=\"urn:x\" location=\"x.wsdl\"/></definitions>", "one document"),
];

/// What of a WSDL is not as clients need it, a sentence each.
fn problems(wsdl: &str) -> Vec<String> {
    let mut found = Vec::new();
    let shape = Shape { root: &Node::read(wsdl), found: &mut found };
    shape.check(wsdl);
    found
}

/// A WSDL while it is being checked.
struct Shape<'a> {
    root: &'a Node,
    found: &'a mut Vec<String>,
}

impl<'a> Shape<'a> {
    fn check(mut self, wsdl: &str) {
        self.text(wsdl);
        self.names();
        self.messages();
        self.bindings();
        self.schema();
        self.lists();
    }

    fn expect(&mut self, holds: bool, complaint: impl Into<String>) {
        if !holds {
            self.found.push(complaint.into());
        }
    }

    fn service(&self) -> &'a str {
        self.root.get("name")
    }

    fn operations(&self) -> Vec<&'a Node> {
        self.root.all("portType").flat_map(|port_type| port_type.all("operation")).collect()
    }

    /// Java generators turn `\u` in a description into code that does not compile; old stacks know UTF-8 only.
    fn text(&mut self, wsdl: &str) {
        self.expect(!wsdl.contains("\\u"), "\\u stands in a text");
        self.expect(wsdl.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"), "the document is not plain UTF-8");
        let namespace = self.root.get("targetNamespace");
        self.expect(namespace.is_ascii() && !namespace.is_empty(), "the namespace is not ASCII");
    }

    fn names(&mut self) {
        let (root, x) = (self.root, self.service());
        for (prefix, uri) in NAMESPACES {
            self.expect(root.get(prefix) == uri, format!("{prefix} is not {uri}"));
        }
        self.expect(root.get("xmlns:tns") == root.get("targetNamespace"), "tns is not the target namespace");
        let parts: BTreeMap<&str, usize> = root.children.iter().fold(BTreeMap::new(), |mut count, child| {
            *count.entry(child.name.as_str()).or_default() += 1;
            count
        });
        let single = ["types", "portType", "service"].map(|part| parts.get(part));
        self.expect(single == [Some(&1); 3], "there is not one schema, one port type, one service");
        let known = ["documentation", "types", "message", "portType", "binding", "service"];
        self.expect(parts.keys().all(|part| known.contains(part)), "it is not one document of the usual parts");
        let names = |part: &'static str| root.all(part).map(|node| node.get("name")).collect::<Vec<_>>();
        self.expect(names("portType") == [format!("{x}PortType")], "the port type has another name");
        let bindings = [format!("{x}SoapBinding"), format!("{x}Soap12Binding")];
        self.expect(names("binding") == bindings, "the bindings are not SOAP 1.1 and then 1.2 by their names");
        self.expect(names("service") == [x], "the service has another name");
        let ports: Vec<_> = root
            .all("service")
            .flat_map(|service| service.all("port"))
            .map(|port| {
                let address = port.children.first().map_or("", |address| address.name.as_str());
                (port.get("name").to_owned(), port.get("binding").to_owned(), address.to_owned())
            })
            .collect();
        let port = |suffix: &str, address: &str| {
            (format!("{x}{suffix}"), format!("tns:{x}{suffix}Binding"), address.to_owned())
        };
        let wanted = [port("Soap", "soapbind:address"), port("Soap12", "soap12bind:address")];
        self.expect(ports == wanted, format!("the ports are {ports:?}"));
    }

    fn messages(&mut self) {
        let messages: BTreeMap<_, _> = self.root.all("message").map(|node| (node.get("name"), node)).collect();
        let mut used = BTreeSet::from(["ErrorMessage".to_owned()]);
        for operation in self.operations() {
            let name = operation.get("name");
            for (direction, suffix, element) in
                [("input", "Request", name.to_owned()), ("output", "Response", format!("{name}Response"))]
            {
                let message = format!("{name}{suffix}Message");
                let named = operation.all(direction).map(|node| node.get("message")).collect::<Vec<_>>();
                self.expect(
                    named == [format!("tns:{message}")],
                    format!("the {direction} message of {name} is {named:?}"),
                );
                let parts = messages.get(message.as_str()).map_or(&[][..], |message| &message.children);
                let parts: Vec<_> = parts.iter().map(|part| (part.get("name"), part.get("element"))).collect();
                let own = format!("tns:{element}");
                let is_whole = parts == [("parameters", own.as_str())];
                self.expect(is_whole, format!("{message} has not the one part «parameters» of its own wrapper"));
                used.insert(message);
            }
            let faults: Vec<_> =
                operation.all("fault").map(|fault| (fault.get("name"), fault.get("message"))).collect();
            self.expect(faults == [("error", "tns:ErrorMessage")], format!("{name} declares no fault «error»"));
        }
        let unused: Vec<_> = messages.keys().filter(|name| !used.contains(**name)).collect();
        self.expect(unused.is_empty(), format!("no operation uses the messages {unused:?}"));
    }

    fn bindings(&mut self) {
        let operations: Vec<_> = self.operations().iter().map(|operation| operation.get("name")).collect();
        let bindings: Vec<_> = self.root.all("binding").collect();
        for (binding, prefix) in bindings.into_iter().zip(["soapbind", "soap12bind"]) {
            let own = binding.all(&format!("{prefix}:binding"));
            let own: Vec<_> = own.map(|own| (own.get("style"), own.get("transport"))).collect();
            let is_usual = own == [("document", SOAP_OVER_HTTP)];
            self.expect(is_usual, format!("{prefix}: the binding is not document over HTTP"));
            let of_port_type = format!("tns:{}PortType", self.service());
            self.expect(binding.get("type") == of_port_type, format!("{prefix}: the binding is of another port type"));
            let bound: Vec<_> = binding.all("operation").map(|operation| operation.get("name")).collect();
            self.expect(bound == operations, format!("{prefix}: the operations differ from the port type's"));
            for operation in binding.all("operation") {
                self.bound_operation(operation, prefix);
            }
        }
    }

    fn bound_operation(&mut self, operation: &Node, prefix: &str) {
        let name = operation.get("name");
        let action = format!("{}#{}:{name}", self.root.get("targetNamespace"), self.service());
        let own: Vec<_> = operation.all(&format!("{prefix}:operation")).collect();
        let actions: Vec<_> = own.iter().map(|own| own.get("soapAction")).collect();
        self.expect(actions == [action], format!("{prefix}: the soapAction of {name} is {actions:?}"));
        self.expect(actions.iter().all(|action| action.is_ascii()), format!("the soapAction of {name} is not ASCII"));
        let is_document = own.iter().all(|own| own.get("style") == "document");
        self.expect(is_document, format!("{prefix}: the style of {name} is not document"));
        for direction in ["input", "output"] {
            let bodies = operation.all(direction).flat_map(|node| node.all(&format!("{prefix}:body")));
            let uses: Vec<_> = bodies.map(|body| body.get("use")).collect();
            self.expect(uses == ["literal"], format!("{prefix}: the {direction} of {name} is not literal"));
        }
        let faults: Vec<_> = operation.all("fault").collect();
        if prefix == "soapbind" {
            let bound = matches!(faults.as_slice(), [fault] if fault.get("name") == "error"
                && fault.all("soapbind:fault").any(|own| (own.get("name"), own.get("use")) == ("error", "literal")));
            self.expect(bound, format!("the SOAP 1.1 binding of {name} has not the fault «error»"));
        } else {
            // Axis 1.4 refuses the whole file for it.
            self.expect(faults.is_empty(), format!("the SOAP 1.2 binding of {name} declares a fault"));
        }
    }

    fn schema(&mut self) {
        let Some(schema) = self.root.all("types").flat_map(|types| types.children.iter()).next() else {
            return self.expect(false, "there is no schema");
        };
        let forms = ["elementFormDefault", "attributeFormDefault"].map(|form| schema.get(form));
        self.expect(
            forms == ["qualified", "unqualified"],
            format!("elementFormDefault and attributeFormDefault are {forms:?}"),
        );
        self.expect(
            schema.get("targetNamespace") == self.root.get("targetNamespace"),
            "the schema has another namespace",
        );
        for node in schema.descendants() {
            self.expect(SCHEMA_PARTS.contains(&node.name.as_str()), format!("the schema has {}", node.name));
            for reference in ["type", "base"].map(|name| node.get(name)) {
                let scalar = reference.strip_prefix("xs:");
                self.expect(scalar.is_none_or(|name| SCALARS.contains(&name)), format!("a type is {reference}"));
            }
            if node.name == "xs:complexType" {
                // Without one 1C does not unwrap the call, even where it has no parameter.
                let sequences = node.all("xs:sequence").count();
                self.expect(
                    sequences == 1,
                    format!("a complexType «{}» has no sequence, or several", node.get("name")),
                );
            }
        }
        let wrappers: BTreeSet<_> = schema.all("xs:element").map(|element| element.get("name").to_owned()).collect();
        let operations = self.operations().into_iter().map(|operation| operation.get("name"));
        let wanted = operations.flat_map(|name| [name.to_owned(), format!("{name}Response")]);
        let wanted: BTreeSet<_> = wanted.chain(["error".to_owned()]).collect();
        self.expect(wrappers == wanted, "the global elements are not those of the operations and the error");
        let anonymous = schema.all("xs:element").all(|element| element.all("xs:complexType").count() == 1);
        self.expect(anonymous, "a global element has not an anonymous type of its own");
    }

    /// A list is a plural wrapper around one repeated element, and nothing else.
    fn lists(&mut self) {
        let schema = self.root.all("types").flat_map(|types| types.children.iter());
        let nodes: Vec<_> = schema.flat_map(Node::descendants).filter(|node| node.name == "xs:complexType").collect();
        for complex in nodes {
            let elements: Vec<_> = complex.all("xs:sequence").flat_map(|sequence| sequence.all("xs:element")).collect();
            let name = complex.get("name");
            for element in elements.iter().filter(|element| element.has("maxOccurs")) {
                let item = element.get("name");
                self.expect(
                    element.get("maxOccurs") == "unbounded",
                    format!("{name}/{item}: only «unbounded» is used"),
                );
                self.expect(elements.len() == 1, format!("{name} repeats {item} beside other elements"));
                self.expect(name.ends_with('s'), format!("the list «{name}» of {item} is not named by a plural"));
            }
        }
    }
}

/// An element of a WSDL with its names as they are written.
#[derive(Default)]
struct Node {
    name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Node>,
}

impl Node {
    fn read(text: &str) -> Self {
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        let mut open = vec![Self::default()];
        loop {
            match reader.read_event().unwrap() {
                Event::Start(start) => open.push(Self {
                    name: start.name().0.to_owned(),
                    attributes: start
                        .attributes()
                        .map(|attribute| {
                            let attribute = attribute.unwrap();
                            let value = attribute.normalized_value(XmlVersion::Implicit1_0).unwrap();
                            (attribute.key.0.to_owned(), value.into_owned())
                        })
                        .collect(),
                    children: Vec::new(),
                }),
                Event::End(_) => {
                    let closed = open.pop().unwrap();
                    open.last_mut().unwrap().children.push(closed);
                }
                Event::Eof => break,
                Event::Empty(_)
                | Event::Text(_)
                | Event::CData(_)
                | Event::Comment(_)
                | Event::Decl(_)
                | Event::PI(_)
                | Event::DocType(_)
                | Event::GeneralRef(_) => {}
            }
        }
        open.pop().and_then(|document| document.children.into_iter().next()).unwrap()
    }

    /// An attribute; empty when there is none.
    fn get(&self, name: &str) -> &str {
        self.attributes.iter().find(|(other, _)| other == name).map_or("", |(_, value)| value)
    }

    fn has(&self, attribute: &str) -> bool {
        self.attributes.iter().any(|(name, _)| name == attribute)
    }

    /// The children of that name.
    fn all<'n>(&'n self, name: &str) -> impl Iterator<Item = &'n Self> + use<'n> {
        let name = name.to_owned();
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The node itself and everything inside.
    fn descendants(&self) -> Vec<&Self> {
        let inside = self.children.iter().flat_map(Self::descendants);
        std::iter::once(self).chain(inside).collect()
    }
}
