//! Changes of the registry, and editions of rules that came into force as planned.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;

use super::{
    names::{Authors, Places, columns_of},
    position::{Position, Positions},
    sight::Sight,
};
use crate::{
    domain::{
        history::{ACCEPTANCE, Columns, FieldChange, Place, fields, in_force, references, sentence, subject},
        moment::Moment,
    },
    store::{
        db::backend::{Db, on},
        error::StoreError,
        questions::Reader,
        schema::{programme_rules, programmes, registry_changes},
        sealing::Keys,
        sql::any_of::AnyOfValues as _,
        tables::registry::{ChangeRow, employee_place},
    },
    vault::Vault,
    working_set::questions::history::{Author, AuthorKind, HistoryRow, ListHistory},
};

/// Entries looked at in one statement.
const ENTRIES_PER_STEP: i64 = 1_000;
/// What stands second in the position of an entry, and of an edition that came into force.
const ENTRY: i64 = 0;
const EDITION: i64 = 1;
const RULES: &str = "rules";

/// An edition of rules.
#[derive(Debug, Clone)]
struct Edition {
    programme: i64,
    version: i64,
    valid_from: i64,
    recorded_at: i64,
}

/// What is read for every page.
#[derive(Debug)]
pub(super) struct Registry {
    editions: Vec<Edition>,
    /// The code and the owner of each programme.
    programmes: HashMap<i64, (String, Option<i64>)>,
}

impl Registry {
    /// The editions that a viewer may see.
    ///
    /// # Errors
    /// A statement fails.
    pub(super) fn load(db: &mut Db, sight: &Sight) -> Result<Self, StoreError> {
        let programmes: Vec<(i64, String, Option<i64>)> = on!(db, c => programmes::table
            .select((programmes::id, programmes::code, programmes::owner_id))
            .load(&mut **c))?;
        let seen = programmes.into_iter().filter(|(_, _, owner)| sight.takes(*owner));
        let programmes: HashMap<_, _> = seen.map(|(id, code, owner)| (id, (code, owner))).collect();
        let rows: Vec<(i64, i64, i64, i64)> = on!(db, c => programme_rules::table
            .order((programme_rules::programme_id, programme_rules::version))
            .select((
                programme_rules::programme_id,
                programme_rules::version,
                programme_rules::valid_from,
                programme_rules::recorded_at,
            ))
            .load(&mut **c))?;
        let editions = rows.into_iter().filter(|(programme, ..)| programmes.contains_key(programme)).map(
            |(programme, version, valid_from, recorded_at)| Edition { programme, version, valid_from, recorded_at },
        );
        Ok(Self { editions: editions.collect(), programmes })
    }

    /// The positions of what is looked for, at least as many as a page has.
    ///
    /// # Errors
    /// A statement fails, or the time is over.
    pub(super) fn positions(
        &self,
        reader: &mut Reader<'_>,
        sight: &Sight,
        question: &ListHistory,
    ) -> Result<Positions, StoreError> {
        type Row = (i64, i64, String, String, String, Option<i64>);
        let search = &question.search;
        let mut positions = Positions { found: self.begun(question, reader.now), stopped: None };
        let mut looked_at: usize = 0;
        let after = question.paging.after.unwrap_or([i64::MAX; 4]);
        // An edition at the very time of an entry comes before it.
        let mut before = if after[1] == ENTRY { (after[0], after[2]) } else { (after[0], i64::MAX) };
        before = before.min((question.to.0, i64::MIN));
        let mut count: usize = 0;
        let step = i64::try_from(reader.bounds.entries_max).unwrap_or(i64::MAX).min(ENTRIES_PER_STEP);
        loop {
            reader.in_time()?;
            let rows: Vec<Row> = on!(reader.db, c => registry_changes::table
                .filter(registry_changes::recorded_at.ge(question.from.0))
                .filter(registry_changes::recorded_at.le(before.0))
                .filter(registry_changes::recorded_at.lt(before.0).or(registry_changes::seq.lt(before.1)))
                .order((registry_changes::recorded_at.desc(), registry_changes::seq.desc()))
                .limit(step)
                .select((
                    registry_changes::recorded_at,
                    registry_changes::seq,
                    registry_changes::kind,
                    registry_changes::subject,
                    registry_changes::actor,
                    registry_changes::partner_id,
                ))
                .load(&mut **c))?;
            let Some((at, seq, ..)) = rows.last() else { return Ok(positions) };
            before = (*at, *seq);
            looked_at = looked_at.saturating_add(rows.len());
            for (at, seq, kind, name, actor, partner) in &rows {
                if sight.takes(*partner) && search.takes(kind, name, actor) {
                    positions.found.push([*at, ENTRY, *seq, 0]);
                    count = count.saturating_add(1);
                }
            }
            if count > question.paging.rows_max {
                return Ok(positions);
            }
            if looked_at >= reader.bounds.entries_max {
                positions.stopped = Some([before.0, ENTRY, before.1, 0]);
                return Ok(positions);
            }
        }
    }

    /// Editions that came into force as planned in the period.
    fn begun(&self, question: &ListHistory, now: Moment) -> Vec<Position> {
        // Nobody did it, so none is looked for by a login.
        if question.search.login.is_some() {
            return Vec::new();
        }
        let is_in_time = |edition: &&Edition| {
            let at = edition.valid_from;
            at > edition.recorded_at && at <= now.0 && at >= question.from.0 && at < question.to.0
        };
        let begun = self.editions.iter().filter(is_in_time).filter(|edition| {
            let code = self.programmes.get(&edition.programme).map_or("", |(code, _)| code);
            question.search.takes(RULES, code, "")
                && self.in_force_at(edition.programme, edition.valid_from) == Some(edition.version)
        });
        begun.map(|edition| [edition.valid_from, EDITION, edition.programme, edition.version]).collect()
    }

    /// The edition in force at a moment, by what was saved until then: of those that had begun, the one saved last.
    fn in_force_at(&self, programme: i64, at: i64) -> Option<i64> {
        let known = self.editions.iter().filter(|edition| edition.programme == programme && edition.recorded_at <= at);
        known.filter(|edition| edition.valid_from <= at).map(|edition| edition.version).max()
    }

    /// What stands at these positions.
    ///
    /// # Errors
    /// A statement fails, or a name cannot be opened.
    pub(super) fn rows(
        &self,
        db: &mut Db,
        vault: &Vault,
        sight: &Sight,
        question: &ListHistory,
        wanted: &[Position],
    ) -> Result<Vec<HistoryRow>, StoreError> {
        let entries: Vec<i64> =
            wanted.iter().filter(|[_, what, ..]| *what == ENTRY).map(|[_, _, seq, _]| *seq).collect();
        let begun: Vec<Position> = wanted.iter().copied().filter(|[_, what, ..]| *what == EDITION).collect();
        let mut rows: Vec<ChangeRow> = on!(db, c => registry_changes::table
            .filter(registry_changes::seq.any_of(&entries))
            .select(ChangeRow::as_select())
            .load(&mut **c))?;
        let programmes: BTreeSet<i64> = begun.iter().map(|[_, _, programme, _]| *programme).collect();
        let programmes: Vec<i64> = programmes.into_iter().collect();
        let rules: Vec<ChangeRow> = on!(db, c => registry_changes::table
            .filter(registry_changes::kind.eq(RULES))
            .filter(registry_changes::subject_id.any_of(&programmes))
            .order(registry_changes::seq)
            .select(ChangeRow::as_select())
            .load(&mut **c))?;
        for row in rows.iter_mut().filter(|row| sight.hides_people(row.partner_id)) {
            row.employee_sealed = None;
        }
        let told = Told::of(db, vault, &rows, &rules, question.utc_offset_minutes)?;
        let mut shown: Vec<HistoryRow> = Vec::with_capacity(wanted.len());
        for row in &rows {
            shown.push(told.entry(row)?);
        }
        shown.extend(begun.iter().filter_map(|position| self.edition(position, &rules, &told)));
        Ok(shown)
    }

    /// An edition that came into force: against the one that was in force until then.
    fn edition(&self, position: &Position, rules: &[ChangeRow], told: &Told) -> Option<HistoryRow> {
        let [at, _, programme, version] = *position;
        let (code, owner) = self.programmes.get(&programme)?;
        let written =
            |version: i64| rules.iter().rfind(|row| row.subject_id == programme && row.version == Some(version));
        let saved = written(version);
        let until = self.in_force_at(programme, at.saturating_sub(1)).and_then(written);
        let [before, after] = [until, saved].map(|row| row.map(|row| columns_of(&row.after)));
        let by = told.author(saved.map(|row| row.actor.as_str()).unwrap_or_default(), None, Moment(at));
        Some(HistoryRow {
            position: *position,
            at: Moment(at),
            kind: RULES.into(),
            name: code.clone(),
            partner: owner.and_then(|owner| told.places.get(Place::Partner, owner)).cloned(),
            version: Some(version),
            act: "in_force",
            text: in_force(code, version),
            reason: None,
            store: None,
            till: None,
            author: Author { kind: AuthorKind::Schedule, ..by },
            fields: told.fields(RULES, before.as_ref(), &after.unwrap_or_default()),
        })
    }
}

/// What entries are told with.
struct Told {
    places: Places,
    authors: Authors,
    keys: Keys,
    utc_offset_minutes: i32,
}

impl Told {
    fn of(
        db: &mut Db,
        vault: &Vault,
        rows: &[ChangeRow],
        rules: &[ChangeRow],
        utc_offset_minutes: i32,
    ) -> Result<Self, StoreError> {
        let mut wanted: BTreeSet<(Place, i64)> = BTreeSet::new();
        for row in rows {
            for said in row.before.iter().chain([&row.after]) {
                wanted.extend(references(&row.kind, &columns_of(said)));
            }
        }
        let actors: BTreeSet<&String> = rows.iter().chain(rules).map(|row| &row.actor).collect();
        let actors: Vec<String> = actors.into_iter().cloned().collect();
        let sealed: Vec<&[u8]> = rows.iter().filter_map(|row| row.employee_sealed.as_deref()).collect();
        Ok(Self {
            places: Places::load(db, &wanted)?,
            authors: Authors::load(db, &actors, &[])?,
            keys: Keys::for_values(db, vault, sealed)?,
            utc_offset_minutes,
        })
    }

    fn entry(&self, row: &ChangeRow) -> Result<HistoryRow, StoreError> {
        let at = Moment(row.recorded_at);
        let before = row.before.as_deref().map(columns_of);
        let after = columns_of(&row.after);
        let employee = self.keys.open_words(&employee_place(row.seq), row.employee_sealed.as_deref())?;
        let is_acceptance = row.kind == ACCEPTANCE;
        Ok(HistoryRow {
            position: [row.recorded_at, ENTRY, row.seq, 0],
            at,
            kind: row.kind.clone(),
            name: subject(&row.kind, &row.subject).to_owned(),
            partner: row.partner_id.and_then(|id| self.places.get(Place::Partner, id)).cloned(),
            version: row.version,
            act: match before {
                _ if is_acceptance => "accepted",
                Some(_) => "changed",
                None => "added",
            },
            text: sentence(&row.kind, &row.subject, row.version, before.as_ref(), &after),
            reason: None,
            store: None,
            till: None,
            author: self.author(&row.actor, employee, at),
            fields: if is_acceptance { Vec::new() } else { self.fields(&row.kind, before.as_ref(), &after) },
        })
    }

    fn author(&self, actor: &str, employee: Option<String>, at: Moment) -> Author {
        self.authors.author(actor, employee, at, &self.places)
    }

    fn fields(&self, kind: &str, before: Option<&Columns>, after: &Columns) -> Vec<FieldChange> {
        fields(kind, before, after, self.utc_offset_minutes, &|place, id| self.places.code(place, id))
    }
}
