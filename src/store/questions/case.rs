//! The answer to `ListCases`: cases in the order in which they were opened.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::{
    domain::case::Case,
    store::{
        db::backend::{Db, on},
        error::StoreError,
        questions::{Reader, history::sight::Sight},
        schema::{cases, credentials, partners, stores},
        sql::any_of::AnyOfValues as _,
        tables::case::{self, CaseRow as Row},
    },
    working_set::questions::{
        Answers, Unanswered,
        case::{CaseRow, ListCases},
        page::Page,
    },
};

impl Answers<ListCases> for Reader<'_> {
    /// A page of them.
    fn answer(&mut self, question: &ListCases) -> Result<Page<CaseRow>, Unanswered> {
        let sees_all = Sight::of_exchanges(self.db, &question.actor)?.sees_common();
        let rows = page(self.db, question, sees_all)?;
        let cases = case::read(self.db, rows, self.vault)?;
        let names = Names::of(self.db, &cases)?;
        let rows = cases.into_iter().map(|case| names.name(case, question.actor.utc_offset_minutes));
        Ok(question.paging.page(rows, CaseRow::position))
    }
}

/// The rows of a page, one more where there are more.
fn page(db: &mut Db, question: &ListCases, sees_all: bool) -> Result<Vec<Row>, StoreError> {
    let [opened_at, id] = question.paging.after.unwrap_or([i64::MIN, i64::MIN]);
    let is_after = cases::opened_at.gt(opened_at).or(cases::opened_at.eq(opened_at).and(cases::id.gt(id)));
    macro_rules! rows {
        ($owner:expr $(, $only:expr)?) => {
            on!(db, c => cases::table
                .filter($owner)
                $(.filter($only))?
                .filter(cases::opened_at.ge(opened_at))
                .filter(is_after)
                .order((cases::opened_at, cases::id))
                .limit(question.paging.rows_wanted())
                .select(Row::as_select())
                .load(&mut **c))?
        };
    }
    let (partner, programme) = (question.actor.partner.0, question.actor.programme.0);
    Ok(match (sees_all, question.only_open) {
        (true, true) => rows!(cases::programme_id.eq(programme), cases::closed_at.is_null()),
        (true, false) => rows!(cases::programme_id.eq(programme)),
        (false, true) => rows!(cases::partner_id.eq(partner), cases::closed_at.is_null()),
        (false, false) => rows!(cases::partner_id.eq(partner)),
    })
}

/// What the cases of a page refer to, by id. All three tables are small.
struct Names {
    partners: HashMap<i64, String>,
    stores: HashMap<i64, (String, i64)>,
    logins: HashMap<i64, String>,
}

impl Names {
    fn of(db: &mut Db, list: &[Case]) -> Result<Self, StoreError> {
        let partners_of: Vec<i64> = list.iter().map(|case| case.partner.0).collect();
        let stores_of: Vec<i64> = list.iter().filter_map(|case| case.store).map(|id| id.0).collect();
        let logins_of: Vec<i64> = list.iter().filter_map(|case| case.closing.as_ref()).map(|end| end.by.0).collect();
        let named: Vec<(i64, String)> = on!(db, c => partners::table
            .filter(partners::id.any_of(&partners_of))
            .select((partners::id, partners::code))
            .load(&mut **c))?;
        let placed: Vec<(i64, String, i64)> = on!(db, c => stores::table
            .filter(stores::id.any_of(&stores_of))
            .select((stores::id, stores::code, stores::utc_offset_minutes))
            .load(&mut **c))?;
        let logins: Vec<(i64, String)> = on!(db, c => credentials::table
            .filter(credentials::id.any_of(&logins_of))
            .select((credentials::id, credentials::login))
            .load(&mut **c))?;
        Ok(Self {
            partners: named.into_iter().collect(),
            stores: placed.into_iter().map(|(id, code, offset)| (id, (code, offset))).collect(),
            logins: logins.into_iter().collect(),
        })
    }

    fn name(&self, case: Case, utc_offset_minutes: i32) -> CaseRow {
        let store = case.store.and_then(|id| self.stores.get(&id.0));
        let offset = store.and_then(|(_, offset)| i32::try_from(*offset).ok());
        CaseRow {
            partner: self.partners.get(&case.partner.0).cloned().unwrap_or_else(|| case.partner.to_string()),
            store: store.map(|(code, _)| code.clone()),
            utc_offset_minutes: offset.unwrap_or(utc_offset_minutes),
            closed_by: case.closing.as_ref().and_then(|closing| self.logins.get(&closing.by.0)).cloned(),
            case,
        }
    }
}
