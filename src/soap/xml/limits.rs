//! Limits of a message.

/// Limits of a message. HTTP limits the body's length before the guard reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Elements open at once.
    pub depth_max: usize,
    /// Attributes of one element, namespace declarations included.
    pub attributes_max: usize,
    /// Namespace declarations in scope at once.
    pub namespace_bindings_max: usize,
    /// Elements of the whole message.
    pub elements_max: usize,
    /// Bytes of UTF-8 between two tags.
    pub text_bytes_max: usize,
    /// Bytes of UTF-8 of one attribute's name and value together.
    pub attribute_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth_max: 32,
            attributes_max: 64,
            namespace_bindings_max: 128,
            elements_max: 100_000,
            text_bytes_max: 65_536,
            attribute_bytes_max: 8_192,
        }
    }
}
