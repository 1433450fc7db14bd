//! The direct codec of canonical text. The guard has put the elements in the contract's order, without attributes,
//! prefixes or white space between them. So a message is read field by field.

use std::{borrow::Cow, fmt::Write as _};

use yaserde::{YaDeserialize, YaSerialize};

use crate::{
    secret::Secret,
    soap::{
        codec::{CodecError, Message},
        messages::values::{Date, DateTime, Hundredths, Thousandths},
        xml::characters::{push_escaped, resolve_reference},
    },
};

pub use crate::soap::codec::error::Misfit;

/// Text yet to be read.
pub struct Reader<'a>(&'a str);

/// Text being written.
pub struct Writer {
    out: String,
    /// What a start tag begins with: `<m:`.
    open: String,
    /// What an end tag begins with: `</m:`.
    close: String,
}

/// A value that an element can hold.
pub trait Value: Sized {
    /// Reads the next element, which must have this name.
    ///
    /// # Errors
    /// The next element has another name, or its text is not in the value's notation.
    fn read(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, Misfit>;

    /// Appends the value as an element of this name.
    fn write(&self, writer: &mut Writer, name: &str);
}

/// A structure of elements. Every type that is generated from the tills' WSDL implements it.
pub trait Fields: Sized {
    /// The type's name.
    const NAME: &'static str;

    /// Reads them in turn.
    ///
    /// # Errors
    /// One is missing or of another notation.
    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Misfit>;

    /// Writes them in turn.
    fn write_fields(&self, writer: &mut Writer);
}

impl<'a> Reader<'a> {
    fn is_at(&self, name: &str) -> bool {
        let after = self.0.strip_prefix('<').and_then(|rest| rest.strip_prefix(name));
        after.is_some_and(|rest| rest.starts_with(['>', '/']))
    }

    /// Enters an element; returns whether it has any content.
    fn enter(&mut self, name: &'static str) -> Result<bool, Misfit> {
        let after = self.0.strip_prefix('<').and_then(|rest| rest.strip_prefix(name)).ok_or(Misfit(name))?;
        let (has_content, rest) = match (after.strip_prefix('>'), after.strip_prefix("/>")) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => return Err(Misfit(name)),
        };
        self.0 = rest;
        Ok(has_content)
    }

    fn leave(&mut self, name: &'static str) -> Result<(), Misfit> {
        let after = self.0.strip_prefix("</").and_then(|rest| rest.strip_prefix(name));
        self.0 = after.and_then(|rest| rest.strip_prefix('>')).ok_or(Misfit(name))?;
        Ok(())
    }

    /// The whole element as text.
    fn text(&mut self, name: &'static str) -> Result<Cow<'a, str>, Misfit> {
        if !self.enter(name)? {
            return Ok(Cow::Borrowed(""));
        }
        let (text, rest) = self.0.split_at(self.0.find('<').ok_or(Misfit(name))?);
        self.0 = rest;
        self.leave(name)?;
        if text.contains('&') { unescaped(text).map(Cow::Owned).ok_or(Misfit(name)) } else { Ok(Cow::Borrowed(text)) }
    }
}

fn unescaped(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        let (reference, after) = after.split_once(';')?;
        out.push_str(before);
        out.push(resolve_reference(reference)?);
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

impl Writer {
    /// A writer of elements that bear a prefix.
    fn new(prefix: &str) -> Self {
        Self {
            out: String::with_capacity(ANSWER_BYTES_USUAL),
            open: format!("<{prefix}"),
            close: format!("</{prefix}"),
        }
    }

    /// Writes an element around what `content` writes.
    fn element(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.out.push_str(&self.open);
        self.out.push_str(name);
        self.out.push('>');
        let inside = self.out.len();
        content(self);
        if self.out.len() > inside {
            self.out.push_str(&self.close);
            self.out.push_str(name);
        } else {
            self.out.pop();
            self.out.push('/');
        }
        self.out.push('>');
    }
}

impl Value for String {
    fn read(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, Misfit> {
        reader.text(name).map(Cow::into_owned)
    }

    fn write(&self, writer: &mut Writer, name: &str) {
        writer.element(name, |writer| push_escaped(&mut writer.out, self));
    }
}

/// A secret is read into a text that is wiped, at once. It is written out only by those who ask: no answer has one.
impl Value for Secret {
    fn read(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, Misfit> {
        String::read(reader, name).map(Self::new)
    }

    fn write(&self, writer: &mut Writer, name: &str) {
        writer.element(name, |writer| push_escaped(&mut writer.out, self.reveal()));
    }
}

/// Values whose text is what `Display` writes and `FromStr` reads, and needs no escaping.
macro_rules! plain_values {
    ($($name:ty),+) => {$(
        impl Value for $name {
            fn read(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, Misfit> {
                reader.text(name)?.parse().map_err(|_| Misfit(name))
            }

            fn write(&self, writer: &mut Writer, name: &str) {
                writer.element(name, |writer| {
                    // Writing into a string does not fail.
                    let _ = write!(writer.out, "{self}");
                });
            }
        }
    )+};
}

plain_values!(bool, i32, Thousandths, Date, DateTime);

/// Most of an answer's values are sums and points, so they are written without the formatting machinery.
impl Value for Hundredths {
    fn read(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, Misfit> {
        reader.text(name)?.parse().map_err(|_| Misfit(name))
    }

    fn write(&self, writer: &mut Writer, name: &str) {
        writer.element(name, |writer| self.push_to(&mut writer.out));
    }
}

impl<T: Value> Value for Option<T> {
    fn read(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, Misfit> {
        if reader.is_at(name) { T::read(reader, name).map(Some) } else { Ok(None) }
    }

    fn write(&self, writer: &mut Writer, name: &str) {
        if let Some(value) = self {
            value.write(writer, name);
        }
    }
}

impl<T: Value> Value for Vec<T> {
    fn read(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, Misfit> {
        let mut values = Self::new();
        while reader.is_at(name) {
            values.push(T::read(reader, name)?);
        }
        Ok(values)
    }

    fn write(&self, writer: &mut Writer, name: &str) {
        for value in self {
            value.write(writer, name);
        }
    }
}

impl<T: Fields> Value for T {
    fn read(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, Misfit> {
        if !reader.enter(name)? {
            return Self::read_fields(&mut Reader(""));
        }
        let fields = Self::read_fields(reader)?;
        reader.leave(name)?;
        Ok(fields)
    }

    fn write(&self, writer: &mut Writer, name: &str) {
        writer.element(name, |writer| self.write_fields(writer));
    }
}

/// How many bytes a typical answer has; only saves a few reallocations.
const ANSWER_BYTES_USUAL: usize = 2_048;

impl<T: Fields + YaSerialize + YaDeserialize> Message for T {
    fn from_canonical(text: &str) -> Result<Self, CodecError> {
        let misfit = CodecError::Decode(Misfit(T::NAME));
        let Some((root, rest)) = text.strip_prefix('<').and_then(|text| text.split_once('>')) else {
            return Err(misfit);
        };
        let content = match (root.strip_suffix('/'), rest.rsplit_once("</")) {
            (Some(_), None) if rest.is_empty() => "",
            (None, Some((content, end))) if end.strip_suffix('>') == Some(root) => content,
            (Some(_) | None, _) => return Err(misfit),
        };
        let mut reader = Reader(content);
        let message = T::read_fields(&mut reader).map_err(CodecError::Decode)?;
        if reader.0.is_empty() { Ok(message) } else { Err(misfit) }
    }

    fn to_text(&self, prefix: &'static str, root: Option<&str>) -> Result<String, CodecError> {
        let mut writer = Writer::new(prefix);
        self.write(&mut writer, root.unwrap_or(T::NAME));
        Ok(writer.out)
    }
}
