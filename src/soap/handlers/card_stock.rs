//! `ListCardStock`: cards that were handed to stores.

use crate::{
    domain::refusal::Refusal,
    soap::{
        call::{Call, Reply},
        handlers::wire::given,
        messages::office_1,
    },
    working_set::questions::{
        card_stock::{CardStockRow, ListCardStock},
        page::Page,
    },
};

/// `ListCardStock`.
pub fn list(message: office_1::ListCardStock, call: &Call) -> Result<ListCardStock, Refusal> {
    let (actor, rows_max) = (call.actor.clone(), call.settings.list_page_rows_max);
    ListCardStock::new(actor, given(message.partner), &message.cursor, message.rows_max, rows_max)
}

impl Reply for Page<CardStockRow> {
    type Message = office_1::CardStockResult;

    fn reply(&self, _: &Call) -> (String, office_1::CardStockResult) {
        let message = office_1::CardStockResult {
            stocks: office_1::CardStockRows { stock: self.rows.iter().map(stock).collect() },
            next_cursor: self.next.clone(),
            ..Default::default()
        };
        ("Выполнено.".into(), message)
    }
}

fn stock(row: &CardStockRow) -> office_1::CardStockRow {
    office_1::CardStockRow {
        network: row.network.clone(),
        store: row.store.clone(),
        store_name: row.store_name.clone(),
        kind: row.kind.clone(),
        state: row.state.word().into(),
        cards: i32::try_from(row.cards).unwrap_or(i32::MAX),
    }
}
