//! The only XML reader: streaming, and as strict as the XML and namespace recommendations.
//!
//! quick-xml finds where markup begins and ends, and matches end tags. All other rules of well-formedness are checked
//! here, on the slices that it found. What could cost more than linear time has a limit. A DTD and a processing
//! instruction are refused as events, so their text inside a comment is harmless.

use std::borrow::Cow;

use quick_xml::{
    errors::{Error, IllFormedError, SyntaxError},
    events::Event,
};

use crate::{
    config::XmlLimits,
    soap::{
        envelope::SoapVersion,
        fault::FaultKind,
        xml::{
            characters::{first_forbidden, is_blank, is_ncname, is_space, is_xml_char, resolve_reference, split_qname},
            failure::Failure,
        },
    },
};

const XML_NAMESPACE: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS_NAMESPACE: &str = "http://www.w3.org/2000/xmlns/";
const INSTANCE_NAMESPACE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// How many characters of a client's name an explanation repeats.
const NAME_SHOWN_CHARS_MAX: usize = 64;

const TEXT_OUTSIDE: &str = "Текст стоит вне корневого элемента. Уберите всё до <Envelope> и после </Envelope>.";
const DECLARATION_MALFORMED: &str =
    "Объявление XML записано неверно. Нужно <?xml version=\"1.0\" encoding=\"UTF-8\"?>.";
const COMMENT_MALFORMED: &str = "В комментарии стоит «--». Уберите комментарий.";

/// A token of a document. Comments are skipped.
#[derive(Debug)]
pub(crate) enum Token<'a> {
    /// A start tag; its attributes are [`XmlReader::attributes`] until the next token.
    Open(Open<'a>),
    /// A piece of text, line ends normalised. One text may come in several pieces.
    Text(Cow<'a, str>),
    /// The character of a reference: one more piece of text.
    Char(char),
    /// An end tag; also comes after an empty-element tag.
    Close,
    /// The end of the document, after its one root element.
    End,
}

/// A start tag.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Open<'a> {
    /// The prefix of its name, empty when there is none.
    pub(crate) prefix: &'a str,
    /// Name without the prefix.
    pub(crate) local: &'a str,
    /// The namespace that the prefix stands for here.
    pub(crate) space: Space,
}

impl Open<'_> {
    /// The local name, shortened for an explanation.
    pub(crate) fn shown(&self) -> String {
        shown(self.local)
    }
}

/// A namespace, in the classes that the guard distinguishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Space {
    /// No namespace.
    None,
    /// One of the two envelope namespaces.
    Soap(SoapVersion),
    /// The service's own.
    Contract,
    /// XML Schema instance (`xsi`).
    Instance,
    /// Any other.
    Other,
}

/// An attribute that is not a namespace declaration.
#[derive(Debug)]
pub(crate) struct Attribute<'a> {
    prefix: &'a str,
    /// Name without the prefix.
    pub(crate) local: &'a str,
    /// The namespace of its prefix.
    pub(crate) space: Space,
    /// The value, references resolved and white space normalised as XML says.
    pub(crate) value: Cow<'a, str>,
    origin: Origin,
}

/// The declaration that binds a prefix. It is found once for each name: a search for each pair of attributes would cost
/// the product of three limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// There is no prefix, or no default declaration: no namespace.
    Nobody,
    /// XML itself: the prefix `xml`.
    Xml,
    /// The declaration in scope that has this number.
    Binding(usize),
}

#[derive(Debug)]
struct Binding<'a> {
    prefix: &'a str,
    uri: Cow<'a, str>,
    space: Space,
}

/// The strict reader. It stops at the first error. The cost of a token is linear in its bytes.
#[derive(Debug)]
pub(crate) struct XmlReader<'a, 'l> {
    source: &'a str,
    inner: quick_xml::Reader<&'a [u8]>,
    limits: &'l XmlLimits,
    contract_namespace: &'l str,
    /// One stack of all declarations in scope, and its height before each open element. Nothing is cloned.
    bindings: Vec<Binding<'a>>,
    open: Vec<usize>,
    attributes: Vec<Attribute<'a>>,
    /// Where the current token begins, in bytes.
    at: usize,
    close_pending: bool,
    root_seen: bool,
    elements: usize,
    text_bytes: usize,
}

impl<'a, 'l> XmlReader<'a, 'l> {
    /// A reader over text without a byte order mark. `contract_namespace` is what [`Space::Contract`] means.
    pub(crate) fn new(source: &'a str, contract_namespace: &'l str, limits: &'l XmlLimits) -> Self {
        let mut inner = quick_xml::Reader::from_str(source);
        let config = inner.config_mut();
        config.check_end_names = true;
        config.check_comments = true;
        Self {
            source,
            inner,
            limits,
            contract_namespace,
            bindings: Vec::new(),
            open: Vec::new(),
            attributes: Vec::new(),
            at: 0,
            close_pending: false,
            root_seen: false,
            elements: 0,
            text_bytes: 0,
        }
    }

    /// The next token.
    ///
    /// # Errors
    /// The document is not well-formed, is forbidden or exceeds a limit. After an error the reader must not be used.
    pub(crate) fn next(&mut self) -> Result<Token<'a>, Failure> {
        if self.close_pending {
            self.close_pending = false;
            return Ok(self.close());
        }
        loop {
            self.at = self.position();
            // quick-xml would pass over a second byte order mark without counting it.
            if self.at == 0 && self.source.starts_with('\u{FEFF}') {
                return Err(self.malformed("В начале стоит вторая метка порядка байтов (BOM). Оставьте одну.", 0));
            }
            let event = self.inner.read_event().map_err(|error| self.refused(&error))?;
            let source = self.source;
            let span = source.get(self.at..self.position()).unwrap_or_default();
            match event {
                Event::Start(_) => return self.open(span.get(1..span.len().saturating_sub(1)), false),
                Event::Empty(_) => return self.open(span.get(1..span.len().saturating_sub(2)), true),
                Event::End(_) => return Ok(self.close()),
                Event::Text(_) if span.is_empty() => {}
                Event::Text(_) if self.open.is_empty() => self.only_blank(span)?,
                Event::Text(_) => return self.text(span),
                Event::CData(_) => return self.cdata(span),
                Event::GeneralRef(_) => return self.reference(span),
                Event::Comment(_) => self.comment(span)?,
                Event::Decl(_) => self.declaration(span)?,
                Event::PI(_) => return Err(self.instruction(span)),
                Event::DocType(_) => return Err(self.doctype()),
                Event::Eof => return self.end(),
            }
        }
    }

    /// The attributes of the element that was opened last, without namespace declarations.
    pub(crate) fn attributes(&self) -> &[Attribute<'a>] {
        &self.attributes
    }

    /// The URI that `prefix` stands for at this place; empty for no namespace, `None` when it is undeclared.
    pub(crate) fn uri(&self, prefix: &str) -> Option<&str> {
        self.origin(prefix).map(|origin| self.uri_of(origin))
    }

    /// A failure at the current token.
    pub(crate) fn fail(&self, fault: FaultKind, what: impl Into<String>) -> Failure {
        Failure::new(fault, what, self.at)
    }

    fn malformed(&self, what: &str, offset: usize) -> Failure {
        Failure::new(FaultKind::MalformedXml, what, self.at.saturating_add(offset))
    }

    fn over_limit(&self, what: &str, limit: usize, offset: usize) -> Failure {
        let what = format!("{what} Предел — {limit}.");
        Failure::new(FaultKind::LimitExceeded, what, self.at.saturating_add(offset))
    }

    fn position(&self) -> usize {
        usize::try_from(self.inner.buffer_position()).unwrap_or(usize::MAX)
    }

    fn refused(&self, error: &Error) -> Failure {
        let unclosed_doctype = matches!(error, Error::Syntax(SyntaxError::UnclosedDoctype));
        if unclosed_doctype {
            return self.doctype();
        }
        let at = usize::try_from(self.inner.error_position()).unwrap_or(self.at).max(self.at);
        // The library's message may quote the document, so only its kind is passed on.
        let what = match error {
            Error::Syntax(_) => {
                "Здесь начинается разметка, у которой нет конца. Знак «<» в тексте записывайте как &lt; и проверьте, что \
                 документ передан целиком."
                    .to_owned()
            }
            Error::IllFormed(error) => ill_formed(error),
            Error::Io(_) | Error::InvalidAttr(_) | Error::Encoding(_) | Error::Escape(_) | Error::Namespace(_) => {
                "Документ не является правильным XML.".to_owned()
            }
        };
        Failure::new(FaultKind::MalformedXml, what, at)
    }

    fn open(&mut self, inside: Option<&'a str>, empty: bool) -> Result<Token<'a>, Failure> {
        let inside = inside.unwrap_or_default();
        if self.open.is_empty() && self.root_seen {
            return Err(
                self.malformed("После корневого элемента стоит второй. Отправляйте один Envelope в сообщении.", 0)
            );
        }
        if self.open.len() >= self.limits.depth_max {
            return Err(self.over_limit("Элементы вложены слишком глубоко.", self.limits.depth_max, 0));
        }
        self.elements = self.elements.saturating_add(1);
        if self.elements > self.limits.elements_max {
            return Err(self.over_limit(
                "В сообщении слишком много элементов, разделите его на несколько.",
                self.limits.elements_max,
                0,
            ));
        }
        self.root_seen = true;
        self.text_bytes = 0;
        self.open.push(self.bindings.len());
        let name_end = inside.find(is_space).unwrap_or(inside.len());
        let (name, raw_attributes) = inside.split_at(name_end);
        let (prefix, local) =
            split_qname(name).ok_or_else(|| self.malformed("Имя элемента в XML недопустимо. Исправьте имя.", 1))?;
        self.read_attributes(raw_attributes, name_end.saturating_add(1))?;
        self.resolve_attributes()?;
        let space = self.space_of(self.resolve(prefix)?);
        self.close_pending = empty;
        Ok(Token::Open(Open { prefix, local, space }))
    }

    fn close(&mut self) -> Token<'a> {
        // quick-xml refuses an end tag without its start tag, so there is always something to pop.
        let height = self.open.pop().unwrap_or_default();
        self.bindings.truncate(height);
        self.text_bytes = 0;
        Token::Close
    }

    /// Reads what follows an element's name; `offset` is where that begins in the tag.
    fn read_attributes(&mut self, raw: &'a str, offset: usize) -> Result<(), Failure> {
        self.attributes.clear();
        let mut count = 0_usize;
        let mut rest = raw;
        loop {
            let here = offset.saturating_add(raw.len().saturating_sub(rest.len()));
            let trimmed = rest.trim_start_matches(is_space);
            if trimmed.is_empty() {
                return Ok(());
            }
            if trimmed.len() == rest.len() {
                return Err(self.malformed("Перед атрибутом нет пробела. Поставьте пробел.", here));
            }
            count = count.saturating_add(1);
            if count > self.limits.attributes_max {
                return Err(self.over_limit("У элемента слишком много атрибутов.", self.limits.attributes_max, here));
            }
            let (name, raw_value, after) = split_attribute(trimmed).ok_or_else(|| {
                self.malformed("Атрибут записан неверно. Нужны имя, «=» и значение в кавычках.", here)
            })?;
            if name.len().saturating_add(raw_value.len()) > self.limits.attribute_bytes_max {
                let limit = self.limits.attribute_bytes_max;
                return Err(self.over_limit("Атрибут слишком длинный, в байтах UTF-8.", limit, here));
            }
            let value = attribute_value(raw_value).ok_or_else(|| {
                self.malformed(
                    "Значение атрибута записано неверно. Знак «<» записывайте как &lt;, знак «&» как &amp;.",
                    here,
                )
            })?;
            self.add_attribute(name, value, here)?;
            rest = after;
        }
    }

    fn add_attribute(&mut self, name: &'a str, value: Cow<'a, str>, here: usize) -> Result<(), Failure> {
        let (prefix, local) =
            split_qname(name).ok_or_else(|| self.malformed("Имя атрибута в XML недопустимо. Исправьте имя.", here))?;
        match (prefix, local) {
            ("", "xmlns") => self.bind("", value, here),
            ("xmlns", declared) => self.bind(declared, value, here),
            _ => {
                self.attributes.push(Attribute { prefix, local, space: Space::None, value, origin: Origin::Nobody });
                Ok(())
            }
        }
    }

    fn bind(&mut self, prefix: &'a str, uri: Cow<'a, str>, here: usize) -> Result<(), Failure> {
        let height = self.open.last().copied().unwrap_or_default();
        if self.bindings.iter().skip(height).any(|binding| binding.prefix == prefix) {
            return Err(self.malformed(
                "Префикс пространства имён объявлен в одном элементе дважды. Оставьте одно объявление xmlns.",
                here,
            ));
        }
        let reserved = prefix == "xmlns" || uri == XMLNS_NAMESPACE || (prefix == "xml") != (uri == XML_NAMESPACE);
        if reserved {
            return Err(self.malformed(
                "Объявлены префикс или пространство имён, занятые самим XML (xml, xmlns). Уберите объявление.",
                here,
            ));
        }
        if uri.is_empty() && !prefix.is_empty() {
            return Err(
                self.malformed("Префикс объявлен с пустым пространством имён. Укажите пространство имён.", here)
            );
        }
        if self.bindings.len() >= self.limits.namespace_bindings_max {
            let limit = self.limits.namespace_bindings_max;
            return Err(self.over_limit("Одновременно действует слишком много объявлений xmlns.", limit, here));
        }
        let space = self.space(&uri);
        self.bindings.push(Binding { prefix, uri, space });
        Ok(())
    }

    fn space(&self, uri: &str) -> Space {
        // Some documents, such as the WSDL, are read without a contract. Then no namespace is the contract's.
        if uri.is_empty() {
            Space::None
        } else if uri == self.contract_namespace {
            Space::Contract
        } else if uri == SoapVersion::V11.namespace() {
            Space::Soap(SoapVersion::V11)
        } else if uri == SoapVersion::V12.namespace() {
            Space::Soap(SoapVersion::V12)
        } else if uri == INSTANCE_NAMESPACE {
            Space::Instance
        } else {
            Space::Other
        }
    }

    fn origin(&self, prefix: &str) -> Option<Origin> {
        if prefix == "xml" {
            return Some(Origin::Xml);
        }
        let bound = self.bindings.iter().rposition(|binding| binding.prefix == prefix);
        bound.map(Origin::Binding).or(prefix.is_empty().then_some(Origin::Nobody))
    }

    fn binding(&self, origin: Origin) -> Option<&Binding<'a>> {
        match origin {
            Origin::Nobody | Origin::Xml => None,
            Origin::Binding(number) => self.bindings.get(number),
        }
    }

    fn uri_of(&self, origin: Origin) -> &str {
        let itself = if origin == Origin::Xml { XML_NAMESPACE } else { "" };
        self.binding(origin).map_or(itself, |binding| &binding.uri)
    }

    fn space_of(&self, origin: Origin) -> Space {
        let itself = if origin == Origin::Xml { Space::Other } else { Space::None };
        self.binding(origin).map_or(itself, |binding| binding.space)
    }

    fn resolve(&self, prefix: &str) -> Result<Origin, Failure> {
        self.origin(prefix).ok_or_else(|| {
            let prefix = shown(prefix);
            self.malformed(&format!("Префикс {prefix} не объявлен. Добавьте xmlns:{prefix}=\"…\"."), 0)
        })
    }

    /// Gives each attribute its namespace and refuses two of one expanded name. The limit on attributes bounds both.
    fn resolve_attributes(&mut self) -> Result<(), Failure> {
        let mut attributes = std::mem::take(&mut self.attributes);
        for attribute in &mut attributes {
            // A default namespace does not apply to attributes.
            if !attribute.prefix.is_empty() {
                attribute.origin = self.resolve(attribute.prefix)?;
                attribute.space = self.space_of(attribute.origin);
            }
        }
        for (index, attribute) in attributes.iter().enumerate() {
            let same = |other: &Attribute<'a>| {
                other.local == attribute.local
                    && (other.origin == attribute.origin || self.uri_of(other.origin) == self.uri_of(attribute.origin))
            };
            if attributes.iter().take(index).any(same) {
                return Err(self.malformed("У элемента дважды один и тот же атрибут. Оставьте один.", 0));
            }
        }
        self.attributes = attributes;
        Ok(())
    }

    fn text(&mut self, span: &'a str) -> Result<Token<'a>, Failure> {
        self.allowed(span)?;
        if let Some(offset) = span.find("]]>") {
            return Err(self.malformed("В тексте стоит «]]>». Запишите это как ]]&gt;.", offset));
        }
        self.count_text(span.len())?;
        Ok(Token::Text(line_ends_normalised(span)))
    }

    fn cdata(&mut self, span: &'a str) -> Result<Token<'a>, Failure> {
        if self.open.is_empty() {
            return Err(self.malformed(TEXT_OUTSIDE, 0));
        }
        self.allowed(span)?;
        let content = span.strip_prefix("<![CDATA[").and_then(|rest| rest.strip_suffix("]]>")).unwrap_or_default();
        self.count_text(content.len())?;
        Ok(Token::Text(line_ends_normalised(content)))
    }

    fn reference(&mut self, span: &'a str) -> Result<Token<'a>, Failure> {
        if self.open.is_empty() {
            return Err(self.malformed(TEXT_OUTSIDE, 0));
        }
        let body = span.strip_prefix('&').and_then(|rest| rest.strip_suffix(';')).unwrap_or_default();
        let c = resolve_reference(body).ok_or_else(|| {
            self.malformed(
                "Неизвестная ссылка. Допустимы &amp; &lt; &gt; &quot; &apos; и номера разрешённых в XML символов.",
                0,
            )
        })?;
        self.count_text(c.len_utf8())?;
        Ok(Token::Char(c))
    }

    fn comment(&self, span: &str) -> Result<(), Failure> {
        self.allowed(span)?;
        let inside = span.strip_prefix("<!--").and_then(|rest| rest.strip_suffix("-->")).unwrap_or("--");
        if inside.contains("--") || inside.ends_with('-') {
            return Err(self.malformed(COMMENT_MALFORMED, 0));
        }
        Ok(())
    }

    fn only_blank(&self, span: &str) -> Result<(), Failure> {
        if is_blank(span) { Ok(()) } else { Err(self.malformed(TEXT_OUTSIDE, 0)) }
    }

    fn allowed(&self, span: &str) -> Result<(), Failure> {
        match first_forbidden(span) {
            Some(offset) => Err(self.malformed(
                "Здесь символ, запрещённый в XML. Уберите управляющие символы из текста перед отправкой.",
                offset,
            )),
            None => Ok(()),
        }
    }

    fn count_text(&mut self, bytes: usize) -> Result<(), Failure> {
        self.text_bytes = self.text_bytes.saturating_add(bytes);
        if self.text_bytes > self.limits.text_bytes_max {
            return Err(self.over_limit(
                "Текст элемента слишком длинный, в байтах UTF-8.",
                self.limits.text_bytes_max,
                0,
            ));
        }
        Ok(())
    }

    fn declaration(&self, span: &str) -> Result<(), Failure> {
        if self.at != 0 {
            return Err(
                self.malformed("Объявление <?xml …?> стоит не в начале. Перед ним не должно быть даже пробела.", 0)
            );
        }
        let inside = span.strip_prefix("<?xml").and_then(|rest| rest.strip_suffix("?>")).unwrap_or_default();
        if is_declaration(inside) { Ok(()) } else { Err(self.malformed(DECLARATION_MALFORMED, 0)) }
    }

    fn instruction(&self, span: &str) -> Failure {
        let inside = span.strip_prefix("<?").and_then(|rest| rest.strip_suffix("?>")).unwrap_or_default();
        let target = inside.split(is_space).next().unwrap_or_default();
        if !is_ncname(target) || target.eq_ignore_ascii_case("xml") || first_forbidden(span).is_some() {
            return self.malformed("Инструкция обработки <?…?> записана неверно. Уберите её.", 0);
        }
        self.fail(FaultKind::InstructionForbidden, "Инструкции обработки <?…?> в запросе запрещены. Уберите её.")
    }

    fn doctype(&self) -> Failure {
        self.fail(FaultKind::DtdForbidden, "Объявление <!DOCTYPE …> в запросе запрещено. Уберите его.")
    }

    fn end(&self) -> Result<Token<'a>, Failure> {
        if !self.root_seen {
            return Err(self.malformed("В документе нет ни одного элемента. Отправьте конверт SOAP.", 0));
        }
        if !self.open.is_empty() {
            return Err(
                self.malformed("Документ обрывается, элементы не закрыты. Проверьте, что он передан целиком.", 0)
            );
        }
        Ok(Token::End)
    }
}

/// A client's name, shortened for an explanation.
fn shown(name: &str) -> String {
    name.chars().take(NAME_SHOWN_CHARS_MAX).collect()
}

/// The kind of the library's error. Its message may quote the document, so it is not used.
fn ill_formed(error: &IllFormedError) -> String {
    match error {
        IllFormedError::MismatchedEndTag { expected, .. } => {
            format!("Закрывающий тег не тот: здесь должен быть </{}>.", shown(expected))
        }
        IllFormedError::UnmatchedEndTag(_) => "Закрывающий тег стоит без открывающего. Уберите его.".to_owned(),
        IllFormedError::DoubleHyphenInComment => COMMENT_MALFORMED.to_owned(),
        IllFormedError::UnclosedReference => {
            "После «&» нет имени с «;». Знак «&» в тексте записывайте как &amp;.".to_owned()
        }
        IllFormedError::MissingDeclVersion(_) | IllFormedError::UnknownVersion => DECLARATION_MALFORMED.to_owned(),
        IllFormedError::MissingDoctypeName | IllFormedError::MissingEndTag(_) => {
            "Документ не является правильным XML.".to_owned()
        }
    }
}

/// Splits `name = "value" rest`.
fn split_attribute(text: &str) -> Option<(&str, &str, &str)> {
    let name_end = text.find(|c| c == '=' || is_space(c))?;
    let (name, rest) = text.split_at(name_end);
    let rest = rest.trim_start_matches(is_space).strip_prefix('=')?.trim_start_matches(is_space);
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (value, rest) = rest.strip_prefix(quote)?.split_once(quote)?;
    Some((name, value, rest))
}

/// An attribute's value as XML normalises it; `None` when it holds `<`, a bad reference or a forbidden character.
fn attribute_value(raw: &str) -> Option<Cow<'_, str>> {
    let plain = |c: char| is_xml_char(c) && !matches!(c, '<' | '&' | '\t' | '\n' | '\r');
    if raw.chars().all(plain) {
        return Some(Cow::Borrowed(raw));
    }
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..)?;
        rest = match c {
            '<' => return None,
            '&' => {
                let (body, after) = after.split_once(';')?;
                value.push(resolve_reference(body)?);
                after
            }
            '\r' => {
                value.push(' ');
                after.strip_prefix('\n').unwrap_or(after)
            }
            '\t' | '\n' => {
                value.push(' ');
                after
            }
            c if is_xml_char(c) => {
                value.push(c);
                after
            }
            _ => return None,
        };
    }
    Some(Cow::Owned(value))
}

fn line_ends_normalised(text: &str) -> Cow<'_, str> {
    if text.contains('\r') { Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")) } else { Cow::Borrowed(text) }
}

/// Whether `inside` is ` version="1.x"`, then perhaps ` encoding="…"`, then perhaps ` standalone="yes|no"`.
fn is_declaration(inside: &str) -> bool {
    let Some(after_version) = pseudo_attribute(inside, "version", is_version) else { return false };
    let after_encoding = pseudo_attribute(after_version, "encoding", is_encoding_name).unwrap_or(after_version);
    let rest = pseudo_attribute(after_encoding, "standalone", |v| matches!(v, "yes" | "no")).unwrap_or(after_encoding);
    is_blank(rest)
}

fn pseudo_attribute<'t>(text: &'t str, expected: &str, valid: impl Fn(&str) -> bool) -> Option<&'t str> {
    let trimmed = text.trim_start_matches(is_space);
    if trimmed.len() == text.len() {
        return None;
    }
    let (name, value, rest) = split_attribute(trimmed)?;
    (name == expected && valid(value)).then_some(rest)
}

fn is_version(value: &str) -> bool {
    value.strip_prefix("1.").is_some_and(|minor| !minor.is_empty() && minor.chars().all(|c| c.is_ascii_digit()))
}

fn is_encoding_name(value: &str) -> bool {
    value.starts_with(|c: char| c.is_ascii_alphabetic())
        && value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
}

#[cfg(test)]
mod tests;
