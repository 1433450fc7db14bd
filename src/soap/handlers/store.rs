//! Stores.

use crate::{
    domain::{name::Code, refusal::Refusal, registry::StoreDraft},
    service::store::{SaveStore, StoreSaved},
    soap::{
        call::{Call, Reply},
        handlers::wire::{self, given},
        messages::office_1,
    },
    working_set::questions::{
        page::Page,
        store::{ListStores, StoreRow},
    },
};

/// `SaveStore`.
pub fn save(message: office_1::SaveStore, call: &Call) -> Result<SaveStore, Refusal> {
    let settings = message.store_settings;
    let draft = StoreDraft {
        partner: given(settings.partner),
        network: given(settings.network),
        code: Code::parse(&settings.store)?,
        name: given(settings.name),
        utc_offset_minutes: settings.utc_offset_minutes,
        disabled: settings.disabled,
    };
    Ok(SaveStore { context: wire::office_context(message.context, call), draft })
}

impl Reply for StoreSaved {
    type Message = office_1::PlaceResult;

    fn reply(&self, _: &Call) -> (String, office_1::PlaceResult) {
        let message =
            office_1::PlaceResult { added: Some(self.added), closed: Some(self.closed), ..Default::default() };
        let sentence = if self.added {
            format!("Магазин «{}» добавлен.", self.code)
        } else if self.closed {
            format!("Магазин «{}» закрыт.", self.code)
        } else {
            format!("Магазин «{}» сохранён.", self.code)
        };
        (sentence, message)
    }
}

/// `ListStores`.
pub fn list(message: office_1::ListStores, call: &Call) -> Result<ListStores, Refusal> {
    let rows_max = call.settings.list_page_rows_max;
    ListStores::new(call.actor.clone(), given(message.partner), &message.cursor, message.rows_max, rows_max)
}

impl Reply for Page<StoreRow> {
    type Message = office_1::StoresResult;

    fn reply(&self, _: &Call) -> (String, office_1::StoresResult) {
        let message = office_1::StoresResult {
            stores: office_1::StoreRows { store: self.rows.iter().map(row).collect() },
            next_cursor: self.next.clone(),
            ..Default::default()
        };
        ("Выполнено.".into(), message)
    }
}

fn row(row: &StoreRow) -> office_1::StoreRow {
    office_1::StoreRow {
        network: row.network.clone(),
        store: row.code.clone(),
        name: row.name.clone(),
        utc_offset_minutes: row.utc_offset_minutes,
        disabled: row.disabled,
    }
}
