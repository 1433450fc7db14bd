//! Partners.

use crate::{
    domain::{name::Code, refusal::Refusal, registry::PartnerDraft},
    service::partner::{PartnerSaved, SavePartner},
    soap::{
        call::{Call, Reply},
        handlers::wire::{self, given},
        messages::office_1,
    },
    working_set::questions::{
        page::Page,
        partner::{ListPartners, PartnerRow},
    },
};

/// `SavePartner`.
pub fn save(message: office_1::SavePartner, call: &Call) -> Result<SavePartner, Refusal> {
    let settings = message.partner_settings;
    let draft =
        PartnerDraft { code: Code::parse(&settings.partner)?, name: given(settings.name), disabled: settings.disabled };
    Ok(SavePartner { context: wire::office_context(message.context, call), draft })
}

impl Reply for PartnerSaved {
    type Message = office_1::PlaceResult;

    fn reply(&self, _: &Call) -> (String, office_1::PlaceResult) {
        let message =
            office_1::PlaceResult { added: Some(self.added), closed: Some(self.closed), ..Default::default() };
        let sentence = if self.added {
            format!("Партнёр «{}» добавлен вместе с сетью «{}».", self.code, self.code)
        } else if self.closed {
            format!("Партнёр «{}» закрыт.", self.code)
        } else {
            format!("Партнёр «{}» сохранён.", self.code)
        };
        (sentence, message)
    }
}

/// `ListPartners`.
pub fn list(message: office_1::ListPartners, call: &Call) -> Result<ListPartners, Refusal> {
    let rows_max = call.settings.list_page_rows_max;
    ListPartners::new(call.actor.clone(), &message.cursor, message.rows_max, rows_max)
}

impl Reply for Page<PartnerRow> {
    type Message = office_1::PartnersResult;

    fn reply(&self, _: &Call) -> (String, office_1::PartnersResult) {
        let message = office_1::PartnersResult {
            partners: office_1::PartnerRows { partner: self.rows.iter().map(row).collect() },
            next_cursor: self.next.clone(),
            ..Default::default()
        };
        ("Выполнено.".into(), message)
    }
}

fn row(row: &PartnerRow) -> office_1::PartnerRow {
    office_1::PartnerRow {
        partner: row.code.clone(),
        name: row.name.clone(),
        runs_programme: row.runs_programme,
        disabled: row.disabled,
    }
}
