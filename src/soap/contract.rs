//! The contract: a WSDL, read once at start, as a structure to validate by.
//!
//! It reads the one shape of WSDL that is published here: document/literal wrapped, one schema, sequences only. It
//! refuses any other, so the guard can check every type. Types are resolved while reading: validation only compares
//! child names within one sequence.

mod error;
mod sample;
mod tree;

use std::{collections::HashMap, sync::Arc};

use rust_decimal::Decimal;

use self::{
    error::{missing, unsupported},
    tree::{Node, expanded},
};

pub use self::error::ContractError;

pub use self::sample::{Fullness, Side};

const XS: &str = "{http://www.w3.org/2001/XMLSchema}";

/// One service's contract.
#[derive(Debug, Clone)]
pub struct Contract {
    service: String,
    namespace: String,
    documentation: String,
    operations: Vec<Operation>,
    complex_types: Vec<Arc<ComplexType>>,
    simple_types: Vec<Arc<SimpleType>>,
}

/// One operation.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Its name in the port type.
    pub name: String,
    /// The soapAction of its first binding.
    pub soap_action: String,
    /// What the WSDL says to people about it; may be empty.
    pub documentation: String,
    /// The body's child in a request.
    pub request: Wrapper,
    /// The body's child in a reply.
    pub response: Wrapper,
}

/// A global element with its own anonymous type: the parameters, or the result.
#[derive(Debug, Clone)]
pub struct Wrapper {
    /// The element's name.
    pub name: String,
    /// Its children.
    pub content: Arc<ComplexType>,
}

/// A sequence of elements.
#[derive(Debug, Clone)]
pub struct ComplexType {
    /// Its name; for a wrapper's anonymous type the wrapper's.
    pub name: String,
    /// What the WSDL says about it; may be empty.
    pub documentation: String,
    /// The children, in order.
    pub elements: Vec<Element>,
}

/// An element of a sequence.
#[derive(Debug, Clone)]
pub struct Element {
    /// Its name.
    pub name: String,
    /// What the WSDL says about it; may be empty.
    pub documentation: String,
    /// Its type.
    pub kind: ElementType,
    /// How often it must come.
    pub min: u32,
    /// How often it may come; `None` without a bound.
    pub max: Option<u32>,
}

/// An element's type, resolved.
#[derive(Debug, Clone)]
pub enum ElementType {
    /// A value.
    Simple(Arc<SimpleType>),
    /// A structure.
    Complex(Arc<ComplexType>),
}

/// A value's type: a built-in one, or a restriction of it by facets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimpleType {
    /// Its name; for a built-in type the built-in name.
    pub name: String,
    /// What the WSDL says about it; may be empty.
    pub documentation: String,
    /// The built-in type.
    pub base: Base,
    /// Least length, in characters.
    pub min_length: Option<usize>,
    /// Greatest length, in characters.
    pub max_length: Option<usize>,
    /// Least value.
    pub min_inclusive: Option<Decimal>,
    /// Greatest value.
    pub max_inclusive: Option<Decimal>,
    /// Most digits after the point.
    pub fraction_digits: Option<usize>,
    /// The only values allowed, when there are any.
    pub enumeration: Vec<String>,
}

/// The built-in types that are published here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// `xs:string`
    String,
    /// `xs:boolean`
    Boolean,
    /// `xs:decimal`
    Decimal,
    /// `xs:integer`
    Integer,
    /// `xs:int`
    Int,
    /// `xs:date`
    Date,
    /// `xs:dateTime`
    DateTime,
}

impl Base {
    const ALL: [Self; 7] =
        [Self::String, Self::Boolean, Self::Decimal, Self::Integer, Self::Int, Self::Date, Self::DateTime];

    /// The name in XML Schema, without a prefix.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Boolean => "boolean",
            Self::Decimal => "decimal",
            Self::Integer => "integer",
            Self::Int => "int",
            Self::Date => "date",
            Self::DateTime => "dateTime",
        }
    }

    fn of(expanded: &str) -> Option<Self> {
        let local = expanded.strip_prefix(XS)?;
        Self::ALL.into_iter().find(|base| base.name() == local)
    }
}

impl SimpleType {
    /// A built-in type as it is.
    #[must_use]
    pub fn plain(base: Base) -> Self {
        Self {
            name: base.name().to_owned(),
            documentation: String::new(),
            base,
            min_length: None,
            max_length: None,
            min_inclusive: None,
            max_inclusive: None,
            fraction_digits: None,
            enumeration: Vec::new(),
        }
    }
}

impl ComplexType {
    /// The child of that name.
    #[must_use]
    pub fn element(&self, name: &str) -> Option<&Element> {
        self.elements.iter().find(|element| element.name == name)
    }
}

impl Contract {
    /// Reads a WSDL.
    ///
    /// # Errors
    /// The text is not a WSDL of the shape that is published here.
    pub fn parse(wsdl: &str) -> Result<Self, ContractError> {
        let root = tree::read(wsdl)?;
        let schema = root.child("types")?.child("schema")?;
        let namespace = root.attribute("targetNamespace")?.to_owned();
        if schema.attribute("targetNamespace")? != namespace {
            return Err(unsupported("a schema of another namespace", "definitions"));
        }
        let mut types = Types::of(schema, &namespace)?;
        let operations = operations(&root, &namespace, &mut types)?;
        // Types that no operation uses are read as well: everything published must be valid.
        let complex_types =
            schema.named("complexType").map(|(name, _)| types.complex(&name)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            service: root.child("service")?.attribute("name")?.to_owned(),
            documentation: root.documentation(),
            operations,
            complex_types,
            simple_types: types.simple_in_order,
            namespace,
        })
    }

    /// The service's name, `Pos_1`.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.service
    }

    /// The target namespace of messages and types.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// What the WSDL says about the service; may be empty.
    #[must_use]
    pub fn documentation(&self) -> &str {
        &self.documentation
    }

    /// All operations, in the order of the port type.
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The operation of that name.
    #[must_use]
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.name == name)
    }

    /// All named structures, in the order of the schema.
    #[must_use]
    pub fn complex_types(&self) -> &[Arc<ComplexType>] {
        &self.complex_types
    }

    /// All named value types, in the order of the schema.
    #[must_use]
    pub fn simple_types(&self) -> &[Arc<SimpleType>] {
        &self.simple_types
    }
}

/// The schema's types while they are being resolved.
struct Types<'n> {
    namespace: &'n str,
    simple: HashMap<String, Arc<SimpleType>>,
    simple_in_order: Vec<Arc<SimpleType>>,
    complex_nodes: HashMap<String, &'n Node>,
    element_nodes: HashMap<String, &'n Node>,
    complex: HashMap<String, Arc<ComplexType>>,
    in_progress: Vec<String>,
}

impl<'n> Types<'n> {
    fn of(schema: &'n Node, namespace: &'n str) -> Result<Self, ContractError> {
        if let Some(other) = schema.children.iter().find(|node| !is_global(&node.name)) {
            return Err(unsupported(&other.name, "schema"));
        }
        let mut simple: HashMap<_, _> = Base::ALL
            .into_iter()
            .map(|base| (format!("{XS}{}", base.name()), Arc::new(SimpleType::plain(base))))
            .collect();
        let mut simple_in_order = Vec::new();
        for (name, node) in schema.named("simpleType") {
            let read = Arc::new(simple_type(&name, node)?);
            simple_in_order.push(Arc::clone(&read));
            simple.insert(expanded(namespace, &name), read);
        }
        let nodes = |kind| schema.named(kind).map(|(name, node)| (expanded(namespace, &name), node)).collect();
        Ok(Self {
            namespace,
            simple,
            simple_in_order,
            complex_nodes: nodes("complexType"),
            element_nodes: nodes("element"),
            complex: HashMap::new(),
            in_progress: Vec::new(),
        })
    }

    /// The named structure; `name` is local.
    fn complex(&mut self, name: &str) -> Result<Arc<ComplexType>, ContractError> {
        let key = expanded(self.namespace, name);
        if let Some(known) = self.complex.get(&key) {
            return Ok(Arc::clone(known));
        }
        if self.in_progress.contains(&key) {
            return Err(ContractError::Recursive { name: key });
        }
        let Some(node) = self.complex_nodes.get(&key).copied() else {
            return Err(ContractError::Undefined { name: key });
        };
        self.in_progress.push(key.clone());
        let read = Arc::new(self.sequence(name, node)?);
        self.in_progress.pop();
        self.complex.insert(key, Arc::clone(&read));
        Ok(read)
    }

    /// The global element of that expanded name.
    fn wrapper(&mut self, expanded_name: &str) -> Result<Wrapper, ContractError> {
        let undefined = || ContractError::Undefined { name: expanded_name.to_owned() };
        let node = self.element_nodes.get(expanded_name).copied().ok_or_else(undefined)?;
        let name = node.attribute("name")?;
        let content = Arc::new(self.sequence(name, node.child("complexType")?)?);
        Ok(Wrapper { name: name.to_owned(), content })
    }

    fn sequence(&mut self, name: &str, complex_type: &Node) -> Result<ComplexType, ContractError> {
        let only = |node: &&Node| !matches!(node.name.as_str(), "sequence" | "annotation");
        if let Some(other) = complex_type.children.iter().find(only) {
            return Err(unsupported(&other.name, name));
        }
        let mut elements: Vec<Element> = Vec::new();
        for node in &complex_type.child("sequence")?.children {
            if node.name != "element" {
                return Err(unsupported(&node.name, name));
            }
            let element = self.element(name, node)?;
            if elements.iter().any(|other| other.name == element.name) {
                return Err(unsupported("an element twice", name));
            }
            elements.push(element);
        }
        Ok(ComplexType { name: name.to_owned(), documentation: complex_type.documentation(), elements })
    }

    fn element(&mut self, within: &str, node: &Node) -> Result<Element, ContractError> {
        let kind = node.attribute("type")?;
        let kind = match self.simple.get(kind) {
            Some(simple) => ElementType::Simple(Arc::clone(simple)),
            None => match kind.strip_prefix(&expanded(self.namespace, "")) {
                Some(local) => ElementType::Complex(self.complex(local)?),
                None => return Err(unsupported(kind, within)),
            },
        };
        let max = match node.optional("maxOccurs") {
            Some("unbounded") => None,
            Some(value) => Some(number("maxOccurs", value, within)?),
            None => Some(1),
        };
        let min = node.optional("minOccurs").map_or(Ok(1), |value| number("minOccurs", value, within))?;
        let name = node.attribute("name")?.to_owned();
        Ok(Element { name, documentation: node.documentation(), kind, min, max })
    }
}

fn simple_type(name: &str, node: &Node) -> Result<SimpleType, ContractError> {
    let restriction = node.child("restriction")?;
    let base = restriction.attribute("base")?;
    let base = Base::of(base).ok_or_else(|| unsupported(base, name))?;
    let mut read = SimpleType { name: name.to_owned(), documentation: node.documentation(), ..SimpleType::plain(base) };
    for facet in &restriction.children {
        let value = facet.attribute("value")?;
        match facet.name.as_str() {
            "minLength" => read.min_length = Some(number("minLength", value, name)?),
            "maxLength" => read.max_length = Some(number("maxLength", value, name)?),
            "minInclusive" => read.min_inclusive = Some(number("minInclusive", value, name)?),
            "maxInclusive" => read.max_inclusive = Some(number("maxInclusive", value, name)?),
            "fractionDigits" => read.fraction_digits = Some(number("fractionDigits", value, name)?),
            "enumeration" => read.enumeration.push(value.to_owned()),
            other => return Err(unsupported(other, name)),
        }
    }
    Ok(read)
}

fn operations(root: &Node, namespace: &str, types: &mut Types<'_>) -> Result<Vec<Operation>, ContractError> {
    let messages: HashMap<_, _> =
        root.named("message").map(|(name, node)| (expanded(namespace, &name), node)).collect();
    let binding = root.child("binding")?;
    let mut read = Vec::new();
    for (name, node) in root.child("portType")?.named("operation") {
        let bound = binding.named("operation").find(|(other, _)| *other == name);
        let (_, bound) = bound.ok_or_else(|| missing(&format!("operation {name}"), "binding"))?;
        let mut wrapper = |direction: &str| {
            let message = node.child(direction)?.attribute("message")?;
            let undefined = || ContractError::Undefined { name: message.to_owned() };
            let message = messages.get(message).ok_or_else(undefined)?;
            types.wrapper(message.child("part")?.attribute("element")?)
        };
        read.push(Operation {
            request: wrapper("input")?,
            response: wrapper("output")?,
            soap_action: bound.child("operation")?.attribute("soapAction")?.to_owned(),
            documentation: node.documentation(),
            name,
        });
    }
    Ok(read)
}

fn is_global(name: &str) -> bool {
    matches!(name, "simpleType" | "complexType" | "element" | "annotation")
}

fn number<T: std::str::FromStr>(what: &str, value: &str, within: &str) -> Result<T, ContractError> {
    let bad = |_| ContractError::BadValue { what: what.into(), value: value.into(), within: within.into() };
    value.parse().map_err(bad)
}

#[cfg(test)]
mod tests;
