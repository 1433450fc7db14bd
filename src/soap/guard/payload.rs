//! The request's payload, validated against its type and rewritten in canonical form in one pass.
//!
//! Nil, absent and empty mean the same. So an empty optional element is left out, and a required one that may be empty
//! stays as an empty element.

use crate::soap::{
    contract::{ComplexType, Element, ElementType, SimpleType, Wrapper},
    envelope::SoapVersion,
    fault::{self, FaultKind},
    guard::lexical,
    xml::{
        characters::{is_blank, is_space},
        failure::Failure,
        reader::{Open, Space, Token, XmlReader},
    },
};

/// The size of a typical canonical request in bytes; saves a few reallocations.
const CANONICAL_BYTES_USUAL: usize = 1_024;

/// What is said of a required element that is not there.
const ABSENT: &str = "обязательный элемент не передан";

/// SOAP 1.2's name for «no encoding»: values are written as the schema says.
const NO_ENCODING: &str = "http://www.w3.org/2003/05/soap-envelope/encoding/none";

/// Reads the content of the wrapper that was just opened, its end tag included.
pub(super) fn read(reader: &mut XmlReader<'_, '_>, wrapper: &Wrapper, version: SoapVersion) -> Result<String, Failure> {
    let out = String::with_capacity(CANONICAL_BYTES_USUAL);
    let mut payload = Payload { reader, version, frames: Vec::new(), out };
    payload.check_encoding(&wrapper.name)?;
    payload.push_complex(&wrapper.name, &wrapper.content, false, false);
    while !payload.frames.is_empty() {
        payload.step()?;
    }
    Ok(payload.out)
}

/// An open element with children.
struct Frame<'c> {
    name: &'c str,
    content: &'c [Element],
    optional: bool,
    nil: bool,
    /// The child that was read last, or the first.
    position: usize,
    /// How often it was read.
    count: u32,
    touched: bool,
    /// Where the start tag begins in the output, and where the content does.
    start: usize,
    inside: usize,
}

struct Payload<'r, 'a, 'l, 'c> {
    reader: &'r mut XmlReader<'a, 'l>,
    version: SoapVersion,
    frames: Vec<Frame<'c>>,
    out: String,
}

impl<'a, 'c> Payload<'_, 'a, '_, 'c> {
    fn step(&mut self) -> Result<(), Failure> {
        match self.reader.next()? {
            Token::Open(open) => self.child(open),
            Token::Close => self.close(),
            Token::Text(text) if is_blank(&text) => Ok(()),
            Token::Char(c) if is_space(c) => Ok(()),
            Token::Text(_) | Token::Char(_) => {
                Err(self.invalid("", "здесь допустимы только вложенные элементы, а стоит текст"))
            }
            Token::End => Err(self.invalid("", "нет закрывающего тега")),
        }
    }

    fn child(&mut self, open: Open<'a>) -> Result<(), Failure> {
        let element = self.expected(open)?;
        self.check_encoding(&element.name)?;
        let nil = self.is_nil();
        let optional = element.min == 0;
        match &element.kind {
            ElementType::Complex(complex) => {
                self.push_complex(&element.name, complex, optional, nil);
                Ok(())
            }
            ElementType::Simple(simple) => self.simple(element, simple, nil),
        }
    }

    /// Finds the contract's element for `open` and counts it; fails when it is not allowed here.
    fn expected(&mut self, open: Open<'a>) -> Result<&'c Element, Failure> {
        let Some(frame) = self.frames.last() else {
            return Err(self.invalid("", "здесь его быть не должно"));
        };
        let content = frame.content;
        let Some(index) = content.iter().position(|element| element.name == open.local) else {
            return Err(self.invalid(&open.shown(), unknown(content)));
        };
        self.check_namespace(open)?;
        if index < frame.position {
            return Err(
                self.invalid(open.local, "стоит не на своём месте или повторён. Порядок элементов — как в WSDL")
            );
        }
        if let Some(missing) = self.passed(index) {
            return Err(self.not_yet(missing, open.local));
        }
        let element = content.get(index);
        if let Some(frame) = self.frames.last_mut() {
            frame.touched = true;
            frame.count = if index > frame.position { 1 } else { frame.count.saturating_add(1) };
            frame.position = index;
            if element.is_some_and(|element| element.max.is_some_and(|max| frame.count > max)) {
                return Err(self.invalid(open.local, "повторён больше раз, чем допускает WSDL"));
            }
        }
        element.ok_or_else(|| self.invalid(open.local, "здесь его быть не должно"))
    }

    /// The contract's namespace, or no namespace: hand-written clients send elements without one.
    fn check_namespace(&self, open: Open<'_>) -> Result<(), Failure> {
        match open.space {
            Space::Contract | Space::None => Ok(()),
            Space::Soap(_) | Space::Instance | Space::Other => {
                Err(self.invalid(open.local, "не то пространство имён (xmlns). Нужно то же, что в WSDL"))
            }
        }
    }

    /// Refuses an encoded value. In SOAP 1.2 a declared encoding is enough. Stacks of 1.1 declare one by habit and then
    /// write plain values, so only a reference to another element counts: read as an empty element, its value would be
    /// lost silently.
    fn check_encoding(&self, name: &str) -> Result<(), Failure> {
        for attribute in self.reader.attributes() {
            let value = attribute.value.trim_matches(is_space);
            match (self.version, attribute.space, attribute.local) {
                (SoapVersion::V12, Space::Soap(SoapVersion::V12), "encodingStyle")
                    if !value.is_empty() && value != NO_ENCODING =>
                {
                    let what = "Запрос закодирован (encodingStyle). Передавайте значения как в WSDL, document/literal.";
                    return Err(self.reader.fail(FaultKind::DataEncodingUnknown, what));
                }
                (SoapVersion::V11, Space::None, "href") => {
                    return Err(self.invalid(name, "вместо значения стоит ссылка href. Передайте само значение"));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The first required element before number `next` that has not come.
    fn passed(&self, next: usize) -> Option<&'c str> {
        let frame = self.frames.last()?;
        let mut passed = frame.content.iter().enumerate().take(next).skip(frame.position);
        let missing = passed.find(|(index, element)| {
            let count = if *index == frame.position { frame.count } else { 0 };
            count < element.min
        });
        missing.map(|(_, element)| element.name.as_str())
    }

    /// The failure for a required element that should have come before `next`, which was just opened: it stands out of its place,
    /// or it is not there.
    fn not_yet(&mut self, missing: &str, next: &str) -> Failure {
        let rule = format!("стоит не на своём месте, он должен идти перед {next}. Порядок элементов — как в WSDL");
        let (misplaced, absent) = (self.invalid(missing, rule), self.invalid(missing, ABSENT));
        if self.comes_later(missing) { misplaced } else { absent }
    }

    /// Whether the parent has such a child after the one that was just opened. Reads on; the request is refused in any case.
    fn comes_later(&mut self, name: &str) -> bool {
        let mut depth = 1_usize;
        loop {
            match self.reader.next() {
                Ok(Token::Open(open)) if depth == 0 && open.local == name => return true,
                Ok(Token::Open(_)) => depth = depth.saturating_add(1),
                Ok(Token::Close) => match depth.checked_sub(1) {
                    Some(left) => depth = left,
                    None => return false,
                },
                Ok(Token::Text(_) | Token::Char(_)) => {}
                Ok(Token::End) | Err(_) => return false,
            }
        }
    }

    fn push_complex(&mut self, name: &'c str, complex: &'c ComplexType, optional: bool, nil: bool) {
        let start = self.out.len();
        self.push_tag("<", name, ">");
        let inside = self.out.len();
        let content = complex.elements.as_slice();
        let frame = Frame { name, content, optional, nil, position: 0, count: 0, touched: false, start, inside };
        self.frames.push(frame);
    }

    fn close(&mut self) -> Result<(), Failure> {
        let Some(frame) = self.frames.last() else { return Ok(()) };
        if frame.nil && frame.touched {
            return Err(self.invalid("", "отмечен как пустой (xsi:nil), но содержит значение. Уберите одно из двух"));
        }
        if (frame.touched || !frame.optional)
            && let Some(missing) = self.passed(frame.content.len())
        {
            return Err(self.invalid(missing, ABSENT));
        }
        let Some(frame) = self.frames.pop() else { return Ok(()) };
        if self.out.len() > frame.inside {
            self.push_tag("</", frame.name, ">");
        } else {
            self.out.truncate(frame.start);
            if !frame.optional {
                self.push_tag("<", frame.name, "/>");
            }
        }
        Ok(())
    }

    fn simple(&mut self, element: &'c Element, simple: &SimpleType, nil: bool) -> Result<(), Failure> {
        let text = self.simple_text(&element.name)?;
        if nil && !text.is_empty() {
            return Err(
                self.invalid(&element.name, "отмечен как пустой (xsi:nil), но содержит значение. Уберите одно из двух")
            );
        }
        let optional = element.min == 0;
        let start = self.out.len();
        self.push_tag("<", &element.name, ">");
        let inside = self.out.len();
        lexical::canonicalise(simple, &text, optional, &mut self.out)
            .map_err(|rule| self.invalid(&element.name, rule))?;
        if self.out.len() > inside {
            self.push_tag("</", &element.name, ">");
        } else {
            self.out.truncate(start);
            if !optional {
                self.push_tag("<", &element.name, "/>");
            }
        }
        Ok(())
    }

    /// All text up to the end tag, joined across comments, CDATA and references. The reader limits its length.
    fn simple_text(&mut self, name: &str) -> Result<std::borrow::Cow<'a, str>, Failure> {
        let mut text = std::borrow::Cow::Borrowed("");
        loop {
            match self.reader.next()? {
                Token::Text(piece) if text.is_empty() => text = piece,
                Token::Text(piece) => text.to_mut().push_str(&piece),
                Token::Char(c) => text.to_mut().push(c),
                Token::Close => return Ok(text),
                Token::Open(_) => {
                    return Err(self.invalid(name, "это простое значение, вложенных элементов в нём быть не должно"));
                }
                Token::End => return Err(self.invalid(name, "нет закрывающего тега")),
            }
        }
    }

    fn is_nil(&self) -> bool {
        let mut attributes = self.reader.attributes().iter();
        attributes.any(|attribute| {
            attribute.space == Space::Instance
                && attribute.local == "nil"
                && matches!(attribute.value.trim_matches(is_space), "1" | "true")
        })
    }

    fn push_tag(&mut self, before: &str, name: &str, after: &str) {
        self.out.push_str(before);
        self.out.push_str(name);
        self.out.push_str(after);
    }

    /// «Элемент Operation/parent/child: rule.»; `child` may be empty.
    fn invalid(&self, child: &str, rule: impl AsRef<str>) -> Failure {
        let mut path: Vec<&str> = self.frames.iter().map(|frame| frame.name).collect();
        path.extend((!child.is_empty()).then_some(child));
        self.reader.fail(FaultKind::InvalidRequest, format!("{}{}: {}.", fault::ELEMENT, path.join("/"), rule.as_ref()))
    }
}

/// The explanation for an element that the contract does not have there, with the elements that it has.
fn unknown(content: &[Element]) -> String {
    if content.is_empty() {
        return "такого элемента нет в WSDL, вложенных элементов здесь не бывает".to_owned();
    }
    let names: Vec<&str> = content.iter().map(|element| element.name.as_str()).collect();
    format!("такого элемента здесь нет в WSDL. Допустимы: {}", names.join(", "))
}
