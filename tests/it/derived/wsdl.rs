//! The mechanical half of a WSDL: response wrappers, messages, port type, bindings, service, and the list of refusals.

use std::fmt::Write as _;

use kopilka::{domain::refusal::Refusal, soap::contract::Contract};

/// The end of a request wrapper's sentence names the answer's type.
const ANSWER: &str = " Ответ: ";

/// The indent of what stands right under the schema.
const GLOBAL: &str = "\t\t\t";

/// An operation as its request wrapper declares it.
struct Operation<'a> {
    name: &'a str,
    sentence: &'a str,
    result: &'a str,
}

/// The WSDL, read.
pub fn contract(wsdl: &str) -> Contract {
    Contract::parse(wsdl).unwrap()
}

/// The whole document that follows from what of `wsdl` is written by hand.
pub fn derived(wsdl: &str) -> String {
    let first = wsdl.find(&format!("\n{GLOBAL}<xs:")).expect("a schema with types") + 1;
    let last = wsdl.find("\t\t</xs:schema>").expect("the end of the schema");
    let (head, schema) = (&wsdl[..first], &wsdl[first..last]);
    let service = attribute(head.lines().find(|line| line.trim().starts_with("name=")).unwrap_or_default(), "name");
    let namespace = attribute(head, "targetNamespace");

    let mut out = head.to_owned();
    let mut operations = Vec::new();
    for block in blocks(schema).into_iter().filter(|block| !is_response(block)) {
        out += &with_refusals(block, service);
        if let Some(operation) = operation(block) {
            out += &response(&operation);
            operations.push(operation);
        }
    }
    out += "\t\t</xs:schema>\n\t</types>\n";
    push_messages(&mut out, &operations);
    push_port_type(&mut out, service, &operations);
    push_binding(&mut out, service, namespace, "soapbind", &operations);
    push_binding(&mut out, service, namespace, "soap12bind", &operations);
    push_service(&mut out, service);
    out += "</definitions>\n";
    out
}

/// What stands right under the schema, one after the other.
fn blocks(schema: &str) -> Vec<&str> {
    let mut blocks = Vec::new();
    let mut rest = schema;
    while !rest.is_empty() {
        let end = rest.find(&format!("\n{GLOBAL}</xs:")).map(|at| at + 1).expect("a closing tag at the block's indent");
        let length = end + rest[end..].find('\n').expect("a line's end") + 1;
        let (block, after) = rest.split_at(length);
        blocks.push(block);
        rest = after;
    }
    blocks
}

/// The value of the attribute; the name may be the end of another's, so it is looked for with what stands before it.
fn attribute<'a>(text: &'a str, name: &str) -> &'a str {
    let at = [' ', '\t'].iter().find_map(|before| {
        let start = format!("{before}{name}=\"");
        text.find(&start).map(|at| at + start.len())
    });
    let value = &text[at.unwrap_or_else(|| panic!("no {name} in {text}"))..];
    value.split('"').next().unwrap_or_default()
}

fn first_line(block: &str) -> &str {
    block.lines().next().unwrap_or_default()
}

fn is_element(block: &str) -> bool {
    first_line(block).starts_with(&format!("{GLOBAL}<xs:element "))
}

fn is_response(block: &str) -> bool {
    is_element(block) && attribute(first_line(block), "name").ends_with("Response")
}

/// The operation whose request wrapper this is.
fn operation(block: &str) -> Option<Operation<'_>> {
    let name = is_element(block).then(|| attribute(first_line(block), "name")).filter(|name| *name != "error")?;
    let start = "<xs:documentation>";
    let own = block.split("<xs:complexType>").next().unwrap_or_default();
    let text = own.split_once(start).and_then(|(_, rest)| rest.split_once('<')).map(|(text, _)| text.trim());
    let parts = text.and_then(|text| text.strip_suffix('.')?.split_once(ANSWER));
    let (sentence, result) = parts.unwrap_or_else(|| {
        panic!(
            "the annotation of {name} must be one sentence and the answer's type: «Проверка связи.{ANSWER}PingResult.»"
        )
    });
    Some(Operation { name, sentence, result })
}

/// A refusal's template as people read it: «…» for each field; an ellipsis swallows the full stop after it.
pub fn described(template: &str) -> String {
    let mut pieces = template.split('{');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        text.push('…');
        text.push_str(piece.split_once('}').map_or("", |(_, rest)| rest));
    }
    text.replace("….", "…")
}

/// The type of result codes of the tills' service lists all of them under its first line; the others refer to it.
fn with_refusals(block: &str, service: &str) -> String {
    if service != "Pos_1" || !first_line(block).contains("\"ResultCode\"") {
        return block.to_owned();
    }
    let is_listed = |line: &str| line.trim().split_once(" — ").is_some_and(|(code, _)| is_code(code));
    let mut out = String::new();
    for line in block.lines().filter(|line| !is_listed(line)) {
        out += line;
        out.push('\n');
        if line.contains("<xs:documentation>") {
            for (code, template) in Refusal::ALL {
                let _ = writeln!(out, "\t\t\t\t\t\t{code} — {}", described(template));
            }
        }
    }
    out
}

fn is_code(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_uppercase() || c == '_')
}

fn response(operation: &Operation<'_>) -> String {
    let Operation { name, result, .. } = operation;
    format!(
        "\t\t\t<xs:element name=\"{name}Response\">\n\
         \t\t\t\t<xs:complexType>\n\
         \t\t\t\t\t<xs:sequence>\n\
         \t\t\t\t\t\t<xs:element name=\"return\" type=\"tns:{result}\"/>\n\
         \t\t\t\t\t</xs:sequence>\n\
         \t\t\t\t</xs:complexType>\n\
         \t\t\t</xs:element>\n"
    )
}

fn push_messages(out: &mut String, operations: &[Operation<'_>]) {
    for Operation { name, .. } in operations {
        for (message, element) in
            [(format!("{name}Request"), (*name).to_owned()), (format!("{name}Response"), format!("{name}Response"))]
        {
            let _ = write!(
                out,
                "\t<message name=\"{message}Message\">\n\
                 \t\t<part name=\"parameters\" element=\"tns:{element}\"/>\n\
                 \t</message>\n"
            );
        }
    }
    *out += "\t<message name=\"ErrorMessage\">\n\
             \t\t<part name=\"error\" element=\"tns:error\"/>\n\
             \t</message>\n";
}

fn push_port_type(out: &mut String, service: &str, operations: &[Operation<'_>]) {
    let _ = writeln!(out, "\t<portType name=\"{service}PortType\">");
    for Operation { name, sentence, .. } in operations {
        let _ = write!(
            out,
            "\t\t<operation name=\"{name}\">\n\
             \t\t\t<documentation>{sentence}</documentation>\n\
             \t\t\t<input message=\"tns:{name}RequestMessage\"/>\n\
             \t\t\t<output message=\"tns:{name}ResponseMessage\"/>\n\
             \t\t\t<fault name=\"error\" message=\"tns:ErrorMessage\"/>\n\
             \t\t</operation>\n"
        );
    }
    *out += "\t</portType>\n";
}

/// The infix of a binding's and a port's name.
fn version(prefix: &str) -> &str {
    if prefix == "soapbind" { "Soap" } else { "Soap12" }
}

fn push_binding(out: &mut String, service: &str, namespace: &str, prefix: &str, operations: &[Operation<'_>]) {
    let _ = write!(
        out,
        "\t<binding name=\"{service}{}Binding\" type=\"tns:{service}PortType\">\n\
         \t\t<{prefix}:binding style=\"document\" transport=\"http://schemas.xmlsoap.org/soap/http\"/>\n",
        version(prefix)
    );
    for Operation { name, .. } in operations {
        let _ = writeln!(
            out,
            "\t\t<operation name=\"{name}\">\n\
             \t\t\t<{prefix}:operation style=\"document\" soapAction=\"{namespace}#{service}:{name}\"/>"
        );
        for direction in ["input", "output"] {
            let _ = write!(
                out,
                "\t\t\t<{direction}>\n\
                 \t\t\t\t<{prefix}:body use=\"literal\"/>\n\
                 \t\t\t</{direction}>\n"
            );
        }
        // Axis 1.4 refuses the whole file when the binding of SOAP 1.2 declares a fault.
        if prefix == "soapbind" {
            *out += "\t\t\t<fault name=\"error\">\n\
                     \t\t\t\t<soapbind:fault name=\"error\" use=\"literal\"/>\n\
                     \t\t\t</fault>\n";
        }
        *out += "\t\t</operation>\n";
    }
    *out += "\t</binding>\n";
}

fn push_service(out: &mut String, service: &str) {
    let _ = writeln!(out, "\t<service name=\"{service}\">");
    for prefix in ["soapbind", "soap12bind"] {
        let (version, path) = (version(prefix), service.to_lowercase());
        let _ = write!(
            out,
            "\t\t<port name=\"{service}{version}\" binding=\"tns:{service}{version}Binding\">\n\
             \t\t\t<{prefix}:address location=\"http://127.0.0.1:8080/ws/{path}\"/>\n\
             \t\t</port>\n"
        );
    }
    *out += "\t</service>\n";
}
