//! The guard: every request is read and validated here.
//!
//! It makes one streaming pass: decodes the text, checks XML's rules and the limits, and unwraps the SOAP envelope.
//! Then it finds the operation and validates its payload against the contract. The result is the payload's canonical
//! form: no namespaces, prefixes, attributes, comments or insignificant white space, each value in one notation. So the
//! same request has the same bytes from any client, and the codec meets nothing unexpected.
//!
//! Explanations are Russian, for the till's programmer. They name elements and rules, never values: a value may be
//! personal.

mod lexical;
mod payload;

use crate::{
    config::XmlLimits,
    soap::{
        contract::{Contract, Operation},
        envelope::SoapVersion,
        fault::{BlockName, FaultKind},
        xml::{
            characters::{is_blank, is_space},
            charset,
            failure::{Failure, Rejected},
            reader::{Open, Space, Token, XmlReader},
        },
    },
};

/// The most header blocks that a MustUnderstand fault names.
const NOT_UNDERSTOOD_MAX: usize = 8;

/// The longest block name that such a fault repeats, in bytes of UTF-8, namespace included.
const NOT_UNDERSTOOD_NAME_BYTES_MAX: usize = 512;

/// A validated request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// The version to answer in.
    pub version: SoapVersion,
    /// Index in [`Contract::operations`].
    pub operation_index: usize,
    /// The operation's name in the contract.
    pub operation: String,
    /// The payload in canonical form; its root is the operation's request wrapper.
    pub canonical: String,
}

/// Reads one request. `charset_hint` is the `charset` parameter of Content-Type.
///
/// # Errors
/// The first thing in the message that is malformed, forbidden, over a limit or against the contract.
pub fn admit(
    body: &[u8],
    charset_hint: Option<&str>,
    contract: &Contract,
    limits: &XmlLimits,
) -> Result<Admitted, Rejected> {
    let mut version = SoapVersion::V11;
    let mut not_understood = Vec::new();
    let text = charset::decode(body, charset_hint).map_err(|failure| failure.rejected("", version))?;
    let reader = XmlReader::new(&text, contract.namespace(), limits);
    let message = Message { reader, contract, version: &mut version, not_understood: &mut not_understood };
    message.read().map_err(|failure| Rejected { not_understood, ..failure.rejected(&text, version) })
}

/// Reads a document to its end by the rules and limits of [`admit`], without envelope and contract. For benchmarks and
/// for comparison with other readers.
///
/// # Errors
/// The first thing in the document that is malformed, forbidden or over a limit.
pub fn read_document(document: &[u8], charset_hint: Option<&str>, limits: &XmlLimits) -> Result<(), Rejected> {
    let version = SoapVersion::V11;
    let text = charset::decode(document, charset_hint).map_err(|failure| failure.rejected("", version))?;
    let mut reader = XmlReader::new(&text, "", limits);
    loop {
        match reader.next().map_err(|failure| failure.rejected(&text, version))? {
            Token::Open(_) | Token::Text(_) | Token::Char(_) | Token::Close => {}
            Token::End => return Ok(()),
        }
    }
}

/// The envelope around one request, read from top to bottom.
struct Message<'a, 'l, 'v> {
    reader: XmlReader<'a, 'l>,
    contract: &'l Contract,
    version: &'v mut SoapVersion,
    not_understood: &'v mut Vec<BlockName>,
}

impl<'a, 'l> Message<'a, 'l, '_> {
    fn read(mut self) -> Result<Admitted, Failure> {
        self.envelope()?;
        self.headers_and_body_start()?;
        let request =
            self.child("Body")?.ok_or_else(|| self.invalid("Элемент Body пуст. Поместите в него один запрос."))?;
        let (operation_index, operation) = self.dispatch(request)?;
        let canonical = payload::read(&mut self.reader, &operation.request, *self.version)?;
        if self.child("Body")?.is_some() {
            return Err(self.invalid("В Body больше одного запроса. Отправляйте по одному."));
        }
        self.what_follows_the_body()?;
        // After the envelope the reader accepts only white space and comments.
        match self.reader.next()? {
            Token::End | Token::Open(_) | Token::Text(_) | Token::Char(_) | Token::Close => {}
        }
        Ok(Admitted { version: *self.version, operation_index, operation: operation.name.clone(), canonical })
    }

    fn envelope(&mut self) -> Result<(), Failure> {
        let Token::Open(root) = self.reader.next()? else {
            return Err(self.invalid("Корневой элемент не Envelope. Отправьте конверт SOAP."));
        };
        let version = match (root.local, root.space) {
            ("Envelope", Space::Soap(version)) => version,
            ("Envelope", Space::None | Space::Contract | Space::Instance | Space::Other) => {
                let what = "Пространство имён Envelope не от SOAP 1.1 и не от SOAP 1.2. Исправьте xmlns конверта.";
                return Err(self.reader.fail(FaultKind::VersionMismatch, what));
            }
            // SOAP 1.2 calls any other root element a version mismatch. A document without any SOAP gets a plainer
            // explanation.
            (_, Space::Soap(SoapVersion::V12)) => {
                return Err(self
                    .reader
                    .fail(FaultKind::VersionMismatch, "Корневой элемент не Envelope. Отправьте конверт SOAP."));
            }
            _ => return Err(self.invalid("Корневой элемент не Envelope. Отправьте конверт SOAP.")),
        };
        *self.version = version;
        self.shell_attributes("Envelope")
    }

    /// Attributes of Envelope, Header and Body have no effect. SOAP 1.2 requires them to be qualified; in 1.1 any is
    /// accepted. An encodingStyle, which 1.2 forbids, is ignored: SOAP::Lite sends it and then writes plain values.
    fn shell_attributes(&self, element: &str) -> Result<(), Failure> {
        if *self.version == SoapVersion::V11 {
            return Ok(());
        }
        if self.reader.attributes().iter().any(|attribute| attribute.space == Space::None) {
            return Err(self.invalid(format!(
                "У элемента {element} есть атрибут без пространства имён, в SOAP 1.2 это запрещено. Уберите его."
            )));
        }
        Ok(())
    }

    /// SOAP 1.1 allows elements of other namespaces after the Body; SOAP 1.2 allows none.
    fn what_follows_the_body(&mut self) -> Result<(), Failure> {
        while let Some(element) = self.child("Envelope")? {
            let foreign = !matches!(element.space, Space::Soap(_) | Space::None);
            if *self.version == SoapVersion::V12 || !foreign {
                return Err(self.invalid("После Body стоит ещё один элемент. Уберите его."));
            }
            self.skip_element()?;
        }
        Ok(())
    }

    fn headers_and_body_start(&mut self) -> Result<(), Failure> {
        let mut headers_seen = false;
        loop {
            let Some(child) = self.child("Envelope")? else {
                return Err(self.invalid("В Envelope нет Body. Добавьте Body с одним запросом."));
            };
            match child.local {
                "Body" if self.is_soap(child) => return self.shell_attributes("Body"),
                "Header" if self.is_soap(child) && !headers_seen => {
                    headers_seen = true;
                    self.shell_attributes("Header")?;
                    self.header_blocks()?;
                }
                _ => {
                    return Err(self.invalid("В Envelope допустимы один Header и за ним один Body. Уберите остальное."));
                }
            }
        }
    }

    fn is_soap(&self, open: Open<'_>) -> bool {
        open.space == Space::Soap(*self.version)
    }

    /// No header block is understood. All are read before a fault is reported, so that SOAP 1.2's fault can name them.
    fn header_blocks(&mut self) -> Result<(), Failure> {
        let mut refusal = None;
        while let Some(block) = self.child("Header")? {
            if *self.version == SoapVersion::V12 && block.space == Space::None {
                return Err(
                    self.invalid(format!("У заголовка {} нет пространства имён. Укажите xmlns.", block.shown()))
                );
            }
            if self.must_be_understood()? && self.is_for_us() {
                let what =
                    format!("Заголовок {} отмечен mustUnderstand, а сервис его не знает. Уберите его.", block.shown());
                refusal.get_or_insert_with(|| self.reader.fail(FaultKind::MustUnderstand, what));
                self.note_not_understood(block);
            }
            self.skip_element()?;
        }
        refusal.map_or(Ok(()), Err)
    }

    fn note_not_understood(&mut self, block: Open<'_>) {
        let namespace = self.reader.uri(block.prefix).unwrap_or_default();
        let bytes = namespace.len().saturating_add(block.local.len());
        if self.not_understood.len() < NOT_UNDERSTOOD_MAX && bytes <= NOT_UNDERSTOOD_NAME_BYTES_MAX {
            self.not_understood.push(BlockName { namespace: namespace.to_owned(), local: block.local.to_owned() });
        }
    }

    fn soap_attribute(&self, local: &str) -> Option<&str> {
        let ours = Space::Soap(*self.version);
        let found = self.reader.attributes().iter().find(|found| found.space == ours && found.local == local);
        found.map(|found| found.value.trim_matches(is_space))
    }

    fn must_be_understood(&self) -> Result<bool, Failure> {
        match self.soap_attribute("mustUnderstand") {
            None | Some("0" | "false") => Ok(false),
            Some("1" | "true") => Ok(true),
            Some(_) => Err(self.invalid("Значение mustUnderstand не логическое. Нужно 1 или 0.")),
        }
    }

    /// Whether a header block is addressed to the ultimate receiver or to the next node. Blocks for other roles are
    /// ignored. `relay` is ignored too: this is the ultimate receiver.
    fn is_for_us(&self) -> bool {
        match *self.version {
            SoapVersion::V11 => {
                matches!(self.soap_attribute("actor"), None | Some("" | "http://schemas.xmlsoap.org/soap/actor/next"))
            }
            SoapVersion::V12 => matches!(
                self.soap_attribute("role"),
                None | Some(
                    "" | "http://www.w3.org/2003/05/soap-envelope/role/next"
                        | "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver"
                )
            ),
        }
    }

    /// Skips the open element, its end tag included. The reader limits its depth and length.
    fn skip_element(&mut self) -> Result<(), Failure> {
        let mut depth = 1_usize;
        while depth > 0 {
            match self.reader.next()? {
                Token::Open(_) => depth = depth.saturating_add(1),
                Token::Close => depth = depth.saturating_sub(1),
                Token::Text(_) | Token::Char(_) => {}
                Token::End => return Ok(()),
            }
        }
        Ok(())
    }

    /// The next child of `parent`, `None` at its end.
    fn child(&mut self, parent: &str) -> Result<Option<Open<'a>>, Failure> {
        loop {
            let blank = match self.reader.next()? {
                Token::Open(open) => return Ok(Some(open)),
                Token::Close | Token::End => return Ok(None),
                Token::Text(text) => is_blank(&text),
                Token::Char(c) => is_space(c),
            };
            if !blank {
                return Err(
                    self.invalid(format!("В элементе {parent} стоит текст, допустимы только элементы. Уберите текст."))
                );
            }
        }
    }

    /// The operation by the qualified name of the body's child. SOAPAction is ignored.
    fn dispatch(&self, request: Open<'_>) -> Result<(usize, &'l Operation), Failure> {
        let contract = self.contract;
        let named = |operation: &&Operation| operation.request.name == request.local;
        let mut operations = contract.operations().iter().enumerate();
        match operations.find(|(_, operation)| named(operation)) {
            Some((index, operation)) if request.space == Space::Contract => Ok((index, operation)),
            Some(_) => {
                let namespace = contract.namespace();
                let what =
                    format!("Операция {} не в том пространстве имён. Нужно xmlns=\"{namespace}\".", request.shown());
                Err(self.reader.fail(FaultKind::UnknownOperation, what))
            }
            None => {
                let what =
                    format!("У сервиса {} нет операции {}. Сверьте имя с WSDL.", contract.service(), request.shown());
                Err(self.reader.fail(FaultKind::UnknownOperation, what))
            }
        }
    }

    fn invalid(&self, what: impl Into<String>) -> Failure {
        self.reader.fail(FaultKind::InvalidEnvelope, what)
    }
}

#[cfg(test)]
mod tests;
