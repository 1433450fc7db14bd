//! `AttachFiscal`.

use crate::{
    domain::{fiscal::Fiscal, refusal::Refusal},
    service::fiscal::{AttachFiscal, FiscalAttached},
    soap::{
        call::{Call, Reply},
        handlers::wire,
        messages::pos_1,
    },
};

/// `AttachFiscal`.
pub fn attach(message: pos_1::AttachFiscal, call: &Call) -> Result<AttachFiscal, Refusal> {
    let fiscal = message.fiscal;
    Ok(AttachFiscal {
        context: wire::context(message.context, call),
        document: message.document_id.trim().parse().map_err(|_| Refusal::ReceiptUnknown)?,
        fiscal: Fiscal::parse(&fiscal.drive, &fiscal.fd, &fiscal.fp)?,
    })
}

impl Reply for FiscalAttached {
    type Message = pos_1::FiscalResult;

    fn reply(&self, _: &Call) -> (String, pos_1::FiscalResult) {
        let message = pos_1::FiscalResult {
            document_id: self.attached.as_ref().map(|(document, _)| document.to_string()),
            fiscal: self.attached.as_ref().map(|(_, fiscal)| pos_1::Fiscal {
                drive: fiscal.fn_.clone(),
                fd: fiscal.fd.clone(),
                fp: fiscal.fp.clone(),
            }),
            ..Default::default()
        };
        let sentence = if self.is_repeated {
            "Этот фискальный документ уже добавлен к чеку."
        } else {
            "Фискальный документ добавлен к чеку."
        };
        (sentence.into(), message)
    }
}
