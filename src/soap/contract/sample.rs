//! Sample messages of each operation that the contract accepts, for tests and documentation.

use rust_decimal::Decimal;

use crate::soap::{
    contract::{Base, ComplexType, Contract, Element, ElementType, SimpleType},
    xml::characters::push_escaped,
};

/// How many items a list has when everything is present.
const LIST_ITEMS: u32 = 2;

/// Contains characters that XML must escape, characters of two bytes, and significant spaces.
const TEXT: &str = "Ёж & <1> \"2\"";

/// The request or the response of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The request wrapper, as the guard returns it.
    Request,
    /// The result alone, as an element `return`.
    Response,
}

/// Which optional elements a sample has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fullness {
    /// Every optional element, and two items in every list.
    Everything,
    /// No optional element, and the fewest items allowed.
    OnlyRequired,
}

impl Contract {
    /// A canonical sample of one message; `None` when the operation is unknown or has no result.
    #[must_use]
    pub fn sample(&self, operation: &str, side: Side, fullness: Fullness) -> Option<String> {
        let operation = self.operation(operation)?;
        let mut out = String::new();
        match side {
            Side::Request => {
                let wrapper = &operation.request;
                push_element(&mut out, &wrapper.name, |out| push_content(out, &wrapper.content, fullness));
            }
            Side::Response => {
                let result = operation.response.content.elements.first()?;
                push_one(&mut out, result, fullness);
            }
        }
        Some(out)
    }
}

fn push_content(out: &mut String, content: &ComplexType, fullness: Fullness) {
    for element in &content.elements {
        let count = match fullness {
            Fullness::OnlyRequired => element.min,
            Fullness::Everything => element.max.unwrap_or(LIST_ITEMS).min(LIST_ITEMS).max(element.min),
        };
        for _ in 0..count {
            push_one(out, element, fullness);
        }
    }
}

fn push_one(out: &mut String, element: &Element, fullness: Fullness) {
    push_element(out, &element.name, |out| match &element.kind {
        ElementType::Simple(simple) => push_escaped(out, &value(simple)),
        ElementType::Complex(complex) => push_content(out, complex, fullness),
    });
}

fn push_element(out: &mut String, name: &str, content: impl FnOnce(&mut String)) {
    let mut inside = String::new();
    content(&mut inside);
    if inside.is_empty() {
        out.push_str(&format!("<{name}/>"));
    } else {
        out.push_str(&format!("<{name}>{inside}</{name}>"));
    }
}

/// A value that the type allows, in the notation that is canonical for requests and answers.
fn value(simple: &SimpleType) -> String {
    match simple.base {
        Base::String => text(simple),
        Base::Boolean => "true".to_owned(),
        Base::Integer | Base::Int => number(simple, Decimal::from(7)),
        Base::Decimal => number(simple, decimal(simple.fraction_digits)),
        Base::Date => "2026-11-21".to_owned(),
        Base::DateTime => "2026-11-21T14:05:00".to_owned(),
    }
}

fn text(simple: &SimpleType) -> String {
    if let Some(first) = simple.enumeration.first() {
        return first.clone();
    }
    let length_chars = TEXT.chars().count();
    let length_chars = length_chars.max(simple.min_length.unwrap_or(0)).min(simple.max_length.unwrap_or(usize::MAX));
    TEXT.chars().chain(std::iter::repeat('я')).take(length_chars).collect()
}

fn decimal(fraction_digits: Option<usize>) -> Decimal {
    match fraction_digits {
        Some(0) => Decimal::from(12),
        Some(1) => Decimal::new(123, 1),
        Some(2) | None => Decimal::new(1_234, 2),
        Some(_) => Decimal::new(1_234, 3),
    }
}

fn number(simple: &SimpleType, usual: Decimal) -> String {
    let low = simple.min_inclusive.filter(|min| usual < *min);
    let high = simple.max_inclusive.filter(|max| usual > *max);
    low.or(high).unwrap_or(usual).to_string()
}
