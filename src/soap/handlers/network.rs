//! Networks.

use crate::{
    domain::{name::Code, refusal::Refusal, registry::NetworkDraft},
    service::network::{NetworkSaved, SaveNetwork},
    soap::{
        call::{Call, Reply},
        handlers::wire::{self, given},
        messages::office_1,
    },
    working_set::questions::{
        network::{ListNetworks, NetworkRow},
        page::Page,
    },
};

/// `SaveNetwork`.
pub fn save(message: office_1::SaveNetwork, call: &Call) -> Result<SaveNetwork, Refusal> {
    let settings = message.network_settings;
    let draft = NetworkDraft {
        partner: given(settings.partner),
        code: Code::parse(&settings.network)?,
        name: given(settings.name),
        programme: None,
        disabled: settings.disabled,
    };
    Ok(SaveNetwork { context: wire::office_context(message.context, call), draft })
}

impl Reply for NetworkSaved {
    type Message = office_1::PlaceResult;

    fn reply(&self, _: &Call) -> (String, office_1::PlaceResult) {
        let message =
            office_1::PlaceResult { added: Some(self.added), closed: Some(self.closed), ..Default::default() };
        let sentence = if self.added {
            format!("Сеть «{}» добавлена.", self.code)
        } else if self.closed {
            format!("Сеть «{}» закрыта.", self.code)
        } else {
            format!("Сеть «{}» сохранена.", self.code)
        };
        (sentence, message)
    }
}

/// `ListNetworks`.
pub fn list(message: office_1::ListNetworks, call: &Call) -> Result<ListNetworks, Refusal> {
    let rows_max = call.settings.list_page_rows_max;
    ListNetworks::new(call.actor.clone(), given(message.partner), &message.cursor, message.rows_max, rows_max)
}

impl Reply for Page<NetworkRow> {
    type Message = office_1::NetworksResult;

    fn reply(&self, _: &Call) -> (String, office_1::NetworksResult) {
        let message = office_1::NetworksResult {
            networks: office_1::NetworkRows { network: self.rows.iter().map(row).collect() },
            next_cursor: self.next.clone(),
            ..Default::default()
        };
        ("Выполнено.".into(), message)
    }
}

fn row(row: &NetworkRow) -> office_1::NetworkRow {
    office_1::NetworkRow {
        network: row.code.clone(),
        name: row.name.clone(),
        programme_code: row.programme.clone(),
        disabled: row.disabled,
    }
}
