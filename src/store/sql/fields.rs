//! What a row says, column by column. A column is known by its name.

/// What a column says.
#[derive(Debug, Clone, Copy)]
pub enum Value<'a> {
    /// A number.
    Number(i64),
    /// A flag.
    Flag(bool),
    /// A text.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
}

/// A type that columns have.
pub trait Field {
    /// What it says; nothing when it is absent.
    fn value(&self) -> Option<Value<'_>>;
}

impl Field for i64 {
    fn value(&self) -> Option<Value<'_>> {
        Some(Value::Number(*self))
    }
}

impl Field for bool {
    fn value(&self) -> Option<Value<'_>> {
        Some(Value::Flag(*self))
    }
}

impl Field for String {
    fn value(&self) -> Option<Value<'_>> {
        Some(Value::Text(self))
    }
}

impl Field for Vec<u8> {
    fn value(&self) -> Option<Value<'_>> {
        Some(Value::Bytes(self))
    }
}

impl<T: Field> Field for Option<T> {
    fn value(&self) -> Option<Value<'_>> {
        self.as_ref().and_then(Field::value)
    }
}

/// A column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What stands for its name in digests.
    pub tag: u32,
}

impl Column {
    /// The column of a name.
    #[must_use]
    pub const fn of(name: &'static str) -> Self {
        Self { name, tag: tag(name) }
    }
}

/// FNV-1a: four bytes for a name of any length.
#[must_use]
pub const fn tag(name: &str) -> u32 {
    let mut rest = name.as_bytes();
    let mut hash: u32 = 0x811c_9dc5;
    while let [byte, after @ ..] = rest {
        hash = (hash ^ u32_of(*byte)).wrapping_mul(0x0100_0193);
        rest = after;
    }
    hash
}

const fn u32_of(byte: u8) -> u32 {
    u32::from_le_bytes([byte, 0, 0, 0])
}
