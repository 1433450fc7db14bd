//! The answer to `ListExchanges`: a bounded look into the journal of exchanges.

use std::{collections::HashMap, time::Instant};

use diesel::prelude::*;

use crate::{
    domain::moment::Moment,
    store::{
        db::backend::on,
        questions::{Reader, SearchBounds, history::sight::Sight},
        schema::partners,
        tables::call_log::{self, Bounds, ExchangeRow, Search, Whose},
    },
    working_set::questions::{
        Answers, Unanswered,
        exchange::{ExchangeShown, Exchanges, ListExchanges, Spot},
    },
};

impl Answers<ListExchanges> for Reader<'_> {
    /// A page of them. The search stops at its bounds, or when half of the time is over, and the next page goes on.
    fn answer(&mut self, question: &ListExchanges) -> Result<Exchanges, Unanswered> {
        let sight = Sight::of_exchanges(self.db, &question.actor)?;
        let whose = match sight.partners() {
            None => Whose::Everybody,
            Some(partners) => Whose::Partners { ids: partners.clone(), and_nobody: sight.sees_common() },
        };
        let asked = &question.search;
        let search = Search {
            request_id: asked.request_id.clone(),
            operation_key: asked.operation_key.clone(),
            card: asked.card.clone(),
            till: asked.till.clone(),
            from: Some(question.from),
            to: Some(question.to),
            whose,
        };
        let begun = Instant::now();
        let until = begun.checked_add(self.deadline.saturating_duration_since(begun) / 2);
        let SearchBounds { filters_max, bytes_max, .. } = self.bounds;
        let bounds = Bounds { filters_max, bytes_max, until };
        let paging = &question.paging;
        let wanted = paging.rows_max.saturating_add(1);
        let looked = call_log::look(self.db, self.vault, &search, paging.after.as_ref(), wanted, &bounds)?;
        let codes: Vec<(i64, String)> =
            on!(self.db, c => partners::table.select((partners::id, partners::code)).load(&mut **c))?;
        let codes: HashMap<i64, String> = codes.into_iter().collect();
        let is_full = looked.rows.len() > paging.rows_max;
        let rows: Vec<ExchangeShown> = looked.rows.into_iter().map(|row| shown(row, &codes)).collect();
        Ok(match looked.stopped {
            Some(at) if !is_full => {
                Exchanges { page: paging.cut(rows, &Spot { at: at.0, request_id: None }), looked_back_to: Some(at) }
            }
            Some(_) | None => Exchanges {
                page: paging.page(rows, |row| Spot { at: row.at.0, request_id: Some(row.request_id.clone()) }),
                looked_back_to: None,
            },
        })
    }
}

fn shown(row: ExchangeRow, codes: &HashMap<i64, String>) -> ExchangeShown {
    ExchangeShown {
        at: Moment(row.at),
        request_id: row.request_id,
        service: row.service,
        operation: row.operation,
        code: row.code,
        http_status: row.http_status,
        duration_ms: row.duration_ms,
        partner: row.partner_id.and_then(|id| codes.get(&id).cloned()),
        login: row.login,
        operation_key: row.operation_key,
        card: row.card,
        till: row.till,
        request: row.request,
        answer: row.answer,
    }
}
