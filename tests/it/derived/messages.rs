//! The Rust messages of a service: a struct for each complexType and request wrapper, in the WSDL's order, with what the codec
//! and the table of operations ask of it. Written as rustfmt would write it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use kopilka::soap::{
    call_log::is_secret,
    contract::{Base, ComplexType, Contract, Element, ElementType, SimpleType},
};

/// The service whose messages are read and written directly; the others' go through yaserde (src/soap/codec.rs).
const DIRECT: &str = "pos_1";

/// The type of passwords and codes, as src/soap/call_log/keeping.rs declares them.
const SECRET: &str = "Secret";

/// The greatest width of a line, as rustfmt.toml has it.
const WIDTH_MAX: usize = 120;

/// A field whose name in Rust is not its element's in snake case: `fn` is a keyword.
const RENAMED: [(&str, &str); 1] = [("fn", "drive")];

/// A struct to be.
struct Message<'c> {
    name: &'c str,
    /// Its first line of documentation.
    about: String,
    fields: Vec<Field<'c>>,
    /// Whether it is an operation's request or answer as a whole.
    is_whole: bool,
}

#[derive(PartialEq, Eq)]
struct Field<'c> {
    wire: &'c str,
    name: String,
    /// The Rust type.
    kind: String,
}

/// The files of all services. What a service has in common with the tills' is theirs, so that one handler serves both.
pub fn derived(contracts: &[(&str, Contract)]) -> Vec<(String, String)> {
    let (_, tills) = contracts.iter().find(|(service, _)| *service == DIRECT).expect("the tills' service");
    let known = messages(tills);
    let files = contracts.iter().map(|(service, contract)| {
        let own = messages(contract);
        let shared = if *service == DIRECT { BTreeSet::new() } else { shared(&own, &known) };
        (format!("src/soap/messages/{service}.rs"), file(service, contract, &own, &shared))
    });
    files.collect()
}

fn messages(contract: &Contract) -> Vec<Message<'_>> {
    let results: BTreeSet<&str> = contract
        .operations()
        .iter()
        .filter_map(|operation| operation.response.content.elements.first())
        .map(type_name)
        .collect();
    let types = contract.complex_types().iter().map(|complex| Message {
        name: &complex.name,
        about: format!("`{}` of the WSDL.", complex.name),
        fields: fields(complex),
        is_whole: results.contains(complex.name.as_str()),
    });
    let requests = contract.operations().iter().map(|operation| Message {
        name: &operation.name,
        about: format!("Arguments of `{}`.", operation.name),
        fields: fields(&operation.request.content),
        is_whole: true,
    });
    types.chain(requests).collect()
}

fn type_name(element: &Element) -> &str {
    match &element.kind {
        ElementType::Simple(simple) => &simple.name,
        ElementType::Complex(complex) => &complex.name,
    }
}

fn fields(complex: &ComplexType) -> Vec<Field<'_>> {
    let field =
        |element| Field { wire: name_of(element), name: snake_case(name_of(element)), kind: rust_type(element) };
    complex.elements.iter().map(field).collect()
}

fn name_of(element: &Element) -> &str {
    &element.name
}

fn snake_case(wire: &str) -> String {
    if let Some((_, name)) = RENAMED.iter().find(|(renamed, _)| *renamed == wire) {
        return (*name).to_owned();
    }
    let mut name = String::new();
    for c in wire.chars() {
        if c.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

fn rust_type(element: &Element) -> String {
    let inner = match &element.kind {
        ElementType::Simple(_) if is_secret(&element.name) => SECRET,
        ElementType::Simple(simple) => value_type(simple),
        ElementType::Complex(complex) => &complex.name,
    };
    match (element.min, element.max) {
        (_, None) => format!("Vec<{inner}>"),
        (0, Some(_)) => format!("Option<{inner}>"),
        (_, Some(_)) => inner.to_owned(),
    }
}

fn value_type(simple: &SimpleType) -> &'static str {
    match (simple.base, simple.fraction_digits) {
        (Base::String, _) => "String",
        (Base::Boolean, _) => "bool",
        (Base::Int, _) => "i32",
        (Base::Date, _) => "Date",
        (Base::DateTime, _) => "DateTime",
        (Base::Decimal, Some(2)) => "Hundredths",
        (Base::Decimal, Some(3)) => "Thousandths",
        (Base::Decimal | Base::Integer, _) => panic!("{} has no type in Rust yet", simple.name),
    }
}

/// The names of the messages that are the same in both services, down to the last field.
fn shared<'c>(own: &[Message<'c>], known: &[Message<'_>]) -> BTreeSet<&'c str> {
    let mut shared: BTreeMap<&str, &[Field<'_>]> = own
        .iter()
        .filter(|message| known.iter().any(|other| other.name == message.name && other.fields == message.fields))
        .map(|message| (message.name, message.fields.as_slice()))
        .collect();
    let structures: BTreeSet<&str> = own.iter().map(|message| message.name).collect();
    loop {
        let is_shared = |field: &Field<'_>| {
            let inner = innermost(&field.kind);
            !structures.contains(inner) || shared.contains_key(inner)
        };
        let differs = shared.iter().find(|(_, fields)| !fields.iter().all(is_shared)).map(|(name, _)| *name);
        match differs {
            Some(name) => shared.remove(name),
            None => return shared.into_keys().collect(),
        };
    }
}

fn innermost(kind: &str) -> &str {
    kind.split(['<', '>']).rfind(|part| !part.is_empty()).unwrap_or_default()
}

fn file(service: &str, contract: &Contract, all: &[Message<'_>], shared: &BTreeSet<&str>) -> String {
    let own: Vec<&Message<'_>> = all.iter().filter(|message| !shared.contains(message.name)).collect();
    let mut out = format!(
        "//! Made from wsdl/{service}.wsdl by tests/it/derived.rs. Change the WSDL, and run that test with `KOPILKA_BLESS=1`.\n\
         //!\n\
         //! Messages of `{}`: a struct for each complexType and request wrapper, in the WSDL's order. The WSDL documents every\n\
         //! field, units included.\n",
        contract.service()
    );
    if !own.is_empty() {
        out += "#![allow(missing_docs, reason = \"the WSDL documents every field\")]\n";
    }
    out += &uses(service, &own, shared);
    for message in own {
        out += &declaration(message);
        out += &codec(service, message);
        out += &impls(message);
    }
    out
}

fn uses(service: &str, own: &[&Message<'_>], shared: &BTreeSet<&str>) -> String {
    let mut out = String::new();
    if !own.is_empty() {
        let values: BTreeSet<&str> = own
            .iter()
            .flat_map(|message| &message.fields)
            .map(|field| innermost(&field.kind))
            .filter(|kind| ["Date", "DateTime", "Hundredths", "Thousandths"].contains(kind))
            .collect();
        let values: Vec<&str> = values.into_iter().collect();
        let traits: Vec<&str> = [
            ("Headed", own.iter().any(|message| is_headed(message))),
            ("Keyed", own.iter().any(|message| is_keyed(message))),
        ]
        .into_iter()
        .filter_map(|(name, is_used)| is_used.then_some(name))
        .collect();
        let values = format!("values::{{{}}}", values.join(", "));
        let messages = format!("        {}, {values},\n", traits.join(", "));
        let codec = if service == DIRECT {
            "codec::canonical::{Fields, Misfit, Reader, Value, Writer}"
        } else {
            "codec::{CodecError, Message, mapper}"
        };
        let soap = format!(
            "soap::{{\n    {codec},\n    messages::{{\n{}    }},\n}}",
            messages.replace(", values", ",\n        values")
        );
        let has_secrets = own.iter().flat_map(|message| &message.fields).any(|field| innermost(&field.kind) == SECRET);
        let ours = if has_secrets {
            let soap = soap.replace('\n', "\n    ");
            format!("use crate::{{\n    secret::{SECRET},\n    {soap},\n}};\n")
        } else {
            format!("use crate::{soap};\n")
        };
        let _ = write!(out, "\nuse yaserde::{{YaDeserialize, YaSerialize}};\n\n{ours}");
    }
    if !shared.is_empty() {
        let names: Vec<&str> = shared.iter().copied().collect();
        let _ = write!(out, "\npub use crate::soap::messages::{DIRECT}::{{{}}};\n", names.join(", "));
    }
    out
}

fn declaration(message: &Message<'_>) -> String {
    let Message { name, about, fields, .. } = message;
    let head = format!(
        "\n/// {about}\n#[derive(Debug, Clone, Default, PartialEq, YaSerialize, YaDeserialize)]\npub struct {name} {{"
    );
    if fields.is_empty() {
        return head + "}\n";
    }
    let mut out = head + "\n";
    for Field { wire, name, kind } in fields {
        if wire != name {
            let _ = writeln!(out, "    #[yaserde(rename = \"{wire}\")]");
        }
        let _ = writeln!(out, "    pub {name}: {kind},");
    }
    out + "}\n"
}

fn codec(service: &str, message: &Message<'_>) -> String {
    if service == DIRECT {
        direct(message)
    } else if message.is_whole {
        mapped(message.name)
    } else {
        String::new()
    }
}

fn direct(message: &Message<'_>) -> String {
    let Message { name, fields, .. } = message;
    let (reader, writer) = if fields.is_empty() { ("_", "_") } else { ("reader", "writer") };
    let reads: Vec<String> =
        fields.iter().map(|field| format!("{}: Value::read(reader, \"{}\")?", field.name, field.wire)).collect();
    let writes: String = fields
        .iter()
        .map(|field| format!("        Value::write(&self.{}, writer, \"{}\");\n", field.name, field.wire))
        .collect();
    let writes = if writes.is_empty() { "{}".to_owned() } else { format!("{{\n{writes}    }}") };
    format!(
        "\nimpl Fields for {name} {{\n    const NAME: &'static str = \"{name}\";\n\n    \
         fn read_fields({reader}: &mut Reader<'_>) -> Result<Self, Misfit> {{\n{}    }}\n\n    \
         fn write_fields(&self, {writer}: &mut Writer) {writes}\n}}\n",
        literal(&reads)
    )
}

/// `Ok(Self { … })`, on one line if it fits.
fn literal(fields: &[String]) -> String {
    let one = format!("        Ok(Self {{ {} }})\n", fields.join(", "));
    if fields.is_empty() {
        return "        Ok(Self {})\n".to_owned();
    }
    if one.trim_end().len() <= WIDTH_MAX {
        return one;
    }
    let lines: String = fields.iter().map(|field| format!("            {field},\n")).collect();
    format!("        Ok(Self {{\n{lines}        }})\n")
}

fn mapped(name: &str) -> String {
    format!(
        "\nimpl Message for {name} {{\n    \
         fn from_canonical(text: &str) -> Result<Self, CodecError> {{\n        mapper::decode(text)\n    }}\n\n    \
         fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {{\n        \
         mapper::encode(self, prefix, root)\n    }}\n}}\n"
    )
}

/// Whether every answer of this type begins with a code and a sentence.
fn is_headed(message: &Message<'_>) -> bool {
    let head: Vec<(&str, &str)> =
        message.fields.iter().take(2).map(|field| (field.wire, field.kind.as_str())).collect();
    head == [("code", "String"), ("message", "String")]
}

/// Whether it begins with a context, which has the operation's key.
fn is_keyed(message: &Message<'_>) -> bool {
    message.fields.first().is_some_and(|field| field.wire == "context")
}

fn impls(message: &Message<'_>) -> String {
    let name = message.name;
    let mut out = String::new();
    if is_headed(message) {
        let _ = write!(
            out,
            "\nimpl Headed for {name} {{\n    fn set_head(&mut self, code: &str, message: String) {{\n        \
             code.clone_into(&mut self.code);\n        self.message = message;\n    }}\n}}\n"
        );
    }
    if is_keyed(message) {
        let _ = write!(
            out,
            "\nimpl Keyed for {name} {{\n    fn operation_key(&self) -> &str {{\n        \
             &self.context.operation_key\n    }}\n}}\n"
        );
    }
    out
}
