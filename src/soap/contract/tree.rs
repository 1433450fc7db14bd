//! A WSDL as a tree of nodes, with the parts that the contract needs.

use crate::{
    config::XmlLimits,
    soap::{
        contract::error::{ContractError, missing},
        xml::{
            characters::{is_space, split_qname},
            reader::{Token, XmlReader},
        },
    },
};

/// Attributes whose value is a qualified name.
const QUALIFIED: [&str; 5] = ["type", "base", "element", "message", "binding"];

/// Our own file may be longer than any request.
const LIMITS: XmlLimits = XmlLimits {
    depth_max: 32,
    attributes_max: 32,
    namespace_bindings_max: 64,
    elements_max: 1_000_000,
    text_bytes_max: 65_536,
    attribute_bytes_max: 8_192,
};

/// An element; names are local, qualified values expanded to `{namespace}local`.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) children: Vec<Node>,
    attributes: Vec<(String, String)>,
    text: String,
}

/// Reads the whole document.
pub(super) fn read(wsdl: &str) -> Result<Node, ContractError> {
    let mut reader = XmlReader::new(wsdl.trim_start_matches('\u{FEFF}'), "", &LIMITS);
    let mut open: Vec<Node> = Vec::new();
    let mut root = None;
    loop {
        let token = reader.next().map_err(|failure| {
            let (line, column) = failure.place(wsdl);
            ContractError::Xml { line, column, what: failure.what }
        })?;
        match token {
            Token::Open(element) => open.push(node(element.local, &reader)?),
            Token::Text(text) => open.iter_mut().last().into_iter().for_each(|node| node.text.push_str(&text)),
            Token::Char(c) => open.iter_mut().last().into_iter().for_each(|node| node.text.push(c)),
            Token::Close => {
                let closed = open.pop();
                match open.last_mut() {
                    Some(parent) => parent.children.extend(closed),
                    None => root = closed,
                }
            }
            Token::End => return root.ok_or_else(|| missing("root element", "the WSDL")),
        }
    }
}

fn node(name: &str, reader: &XmlReader<'_, '_>) -> Result<Node, ContractError> {
    let mut attributes = Vec::new();
    for attribute in reader.attributes() {
        let value = if QUALIFIED.contains(&attribute.local) {
            resolved(reader, &attribute.value)?
        } else {
            attribute.value.clone().into_owned()
        };
        attributes.push((attribute.local.to_owned(), value));
    }
    Ok(Node { name: name.to_owned(), children: Vec::new(), attributes, text: String::new() })
}

fn resolved(reader: &XmlReader<'_, '_>, qname: &str) -> Result<String, ContractError> {
    let undefined = || ContractError::Undefined { name: qname.to_owned() };
    let (prefix, local) = split_qname(qname).ok_or_else(undefined)?;
    Ok(expanded(reader.uri(prefix).ok_or_else(undefined)?, local))
}

impl Node {
    /// The first child of that name.
    pub(super) fn child(&self, name: &str) -> Result<&Self, ContractError> {
        self.children.iter().find(|child| child.name == name).ok_or_else(|| missing(name, &self.title()))
    }

    /// The children of that kind that have a name, with their names.
    pub(super) fn named<'n>(&'n self, kind: &str) -> impl Iterator<Item = (String, &'n Self)> {
        self.children
            .iter()
            .filter(move |child| child.name == kind)
            .filter_map(|child| Some((child.optional("name")?.to_owned(), child)))
    }

    pub(super) fn attribute(&self, name: &str) -> Result<&str, ContractError> {
        self.optional(name).ok_or_else(|| missing(name, &self.title()))
    }

    pub(super) fn optional(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The text of the WSDL's or the schema's own documentation element; empty when there is none.
    pub(super) fn documentation(&self) -> String {
        let holder = self.child("annotation").unwrap_or(self);
        holder.child("documentation").map(|node| node.text.trim_matches(is_space).to_owned()).unwrap_or_default()
    }

    fn title(&self) -> String {
        self.optional("name").map_or_else(|| self.name.clone(), |name| format!("{} {name}", self.name))
    }
}

pub(super) fn expanded(namespace: &str, local: &str) -> String {
    format!("{{{namespace}}}{local}")
}
