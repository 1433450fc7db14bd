//! Whether an answer is what the WSDL promises: which elements, in which order, how often, and every value within its facets.

use std::{collections::HashMap, sync::OnceLock};

use kopilka::soap::contract::{Base, ComplexType, Contract, Element, ElementType, SimpleType};

/// The contracts by the last part of their path.
fn contracts() -> &'static HashMap<&'static str, Contract> {
    static CONTRACTS: OnceLock<HashMap<&'static str, Contract>> = OnceLock::new();
    CONTRACTS.get_or_init(|| {
        let files = [
            ("pos_1", include_str!("../../../wsdl/pos_1.wsdl")),
            ("office_1", include_str!("../../../wsdl/office_1.wsdl")),
            ("marketing_1", include_str!("../../../wsdl/marketing_1.wsdl")),
            ("node_1", include_str!("../../../wsdl/node_1.wsdl")),
        ];
        files.into_iter().map(|(name, wsdl)| (name, Contract::parse(wsdl).unwrap())).collect()
    })
}

/// What an answer breaks of its contract; nothing for a fault, whose shape the guard's own tests hold.
pub fn broken(service: &str, body: &str) -> Option<String> {
    let contract = contracts().get(service)?;
    let (_, content) = body.split_once("Body>")?;
    let mut tags = Tags { rest: content };
    let (name, _) = tags.open()?;
    let operation = contract.operations().iter().find(|operation| operation.response.name == name)?;
    complex(&mut tags, &operation.response.content, &name).err()
}

/// Start tags, texts and end tags, one after another; the gateway writes neither comments nor attributes within.
struct Tags<'a> {
    rest: &'a str,
}

impl<'a> Tags<'a> {
    /// A start tag, if one comes next: its local name, and whether it is empty.
    fn open(&mut self) -> Option<(String, bool)> {
        let tag = self.rest.strip_prefix('<').filter(|tag| !tag.starts_with('/'))?;
        let (tag, rest) = tag.split_once('>')?;
        self.rest = rest;
        let is_empty = tag.ends_with('/');
        let name = tag.trim_end_matches('/').split_whitespace().next()?;
        Some((name.rsplit(':').next()?.to_owned(), is_empty))
    }

    fn text(&mut self) -> &'a str {
        let end = self.rest.find('<').unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        text
    }

    fn close(&mut self) {
        self.rest = self.rest.split_once('>').map_or("", |(_, rest)| rest);
    }
}

fn complex(tags: &mut Tags<'_>, of: &ComplexType, path: &str) -> Result<(), String> {
    let mut found: Vec<(usize, u32)> = Vec::new();
    while let Some((name, is_empty)) = tags.open() {
        let path = format!("{path}/{name}");
        let position = of.elements.iter().position(|element| element.name == name);
        let position = position.ok_or_else(|| format!("{path}: no such element"))?;
        match found.last_mut() {
            Some((last, count)) if *last == position => *count += 1,
            Some((last, _)) if *last > position => return Err(format!("{path}: out of its place")),
            _ => found.push((position, 1)),
        }
        let element = &of.elements[position];
        match (&element.kind, is_empty) {
            (ElementType::Complex(inner), true) => complex(&mut Tags { rest: "" }, inner, &path)?,
            (ElementType::Complex(inner), false) => {
                complex(tags, inner, &path)?;
                tags.close();
            }
            (ElementType::Simple(inner), true) => simple("", inner, &path)?,
            (ElementType::Simple(inner), false) => {
                simple(tags.text(), inner, &path)?;
                tags.close();
            }
        }
    }
    for (position, element) in of.elements.iter().enumerate() {
        let count = found.iter().find(|(at, _)| *at == position).map_or(0, |(_, count)| *count);
        often_enough(element, count, path)?;
    }
    Ok(())
}

fn often_enough(element: &Element, count: u32, path: &str) -> Result<(), String> {
    let is_right = count >= element.min && element.max.is_none_or(|max| count <= max);
    if is_right { Ok(()) } else { Err(format!("{path}/{}: {count} times", element.name)) }
}

fn simple(text: &str, of: &SimpleType, path: &str) -> Result<(), String> {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
    let length = text.chars().count();
    let is_number = matches!(of.base, Base::Decimal | Base::Integer | Base::Int);
    let number = text.parse::<rust_decimal::Decimal>().ok();
    let is_in_range = |number: rust_decimal::Decimal| {
        of.min_inclusive.is_none_or(|least| number >= least) && of.max_inclusive.is_none_or(|most| number <= most)
    };
    let digits = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let is_right = of.min_length.is_none_or(|least| length >= least)
        && of.max_length.is_none_or(|most| length <= most)
        && (of.enumeration.is_empty() || of.enumeration.contains(&text))
        && of.fraction_digits.is_none_or(|most| digits <= most)
        && (of.base != Base::Boolean || ["true", "false"].contains(&text.as_str()))
        && (!is_number || number.is_some_and(is_in_range))
        && (!matches!(of.base, Base::Date | Base::DateTime) || !text.is_empty());
    if is_right { Ok(()) } else { Err(format!("{path}: {text:?} is no {}", of.name)) }
}
