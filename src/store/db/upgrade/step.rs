//! A step of an upgrade: its progress, what can go wrong, and how it goes on after it was interrupted.

use std::fmt;

use diesel::prelude::*;

use crate::store::{
    db::backend::{BackendError, Db, Purpose, on},
    error::StoreError,
    schema::unfinished_upgrades,
    tables::key::KeyError,
};

/// The step after the migration of the chained journal.
pub(super) const CHAIN_JOURNAL: &str = "chain_journal";
/// The step after the migration to pages of exchanges.
pub(super) const PACK_EXCHANGES: &str = "pack_exchanges";
/// The step that writes rows down in the chronicle, before it has begun.
pub(super) const COVER: &str = "cover";

/// The progress of an upgrade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// The number of accounts chained so far.
    AccountsChained(usize),
    /// The number of exchanges put into pages so far.
    ExchangesPacked(usize),
    /// So many customers have got a key of their own.
    CustomersSealed(usize),
    /// So many reasons, proofs and names of employees have been sealed.
    WordsSealed(usize),
    /// So many stored answers have been sealed.
    AnswersSealed(usize),
    /// So many pages of exchanges have been sealed.
    PagesSealed(usize),
    /// So many rows have been recorded in the chronicle.
    RowsCovered(usize),
    /// The file is being written anew, without what was deleted from it.
    Rewriting,
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AccountsChained(count) => write!(f, "the journal of {count} older accounts is chained"),
            Self::ExchangesPacked(count) => write!(f, "{count} older exchanges are put into pages"),
            Self::CustomersSealed(count) => write!(f, "{count} older customers are sealed by keys of their own"),
            Self::WordsSealed(count) => write!(f, "{count} older reasons, proofs and names of employees are sealed"),
            Self::AnswersSealed(count) => write!(f, "{count} older answers are sealed"),
            Self::PagesSealed(count) => write!(f, "{count} older pages of exchanges are sealed"),
            Self::RowsCovered(count) => write!(f, "{count} rows are recorded in the chronicle"),
            Self::Rewriting => f.write_str("the tables are written anew, so that nothing unsealed is left in them"),
        }
    }
}

/// Why the database was not brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum UpgradeError {
    /// The database, or a migration.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// The database's keys.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// A step after the migrations.
    #[error("cannot bring the data up to date: {0}")]
    Step(#[from] StoreError),
    /// Steps that no program of this database left to be done.
    #[error(
        "в таблице unfinished_upgrades стоит шаг обновления, которого эта база не начинала: {steps}. Его выполнение приняло бы и \
         заверило ключом все строки базы такими, какие они есть, поэтому программа не запущена. Проверьте базу командой «kopilka \
         verify» и прочитайте, что найдено. Если всё найденное верно, примите его командой «kopilka migrate --cover»: приёмка \
         записывается в реестр изменений. Если нет, удалите эту строку или восстановите базу из копии"
    )]
    Planted {
        /// Which, with commas.
        steps: String,
    },
    /// Migrations that were run before are to be run again.
    #[error(
        "обновления {migrations} в этой базе уже выполнялись, но теперь отменены мимо программы: так говорит реестр изменений или \
         более позднее обновление, которое выполнено. Повторное обновление приняло бы и заверило ключом все строки базы такими, какие \
         они есть, поэтому программа не запущена. Восстановите базу из копии, сделанной до отмены, и проверьте её командой «kopilka \
         verify». Если обновления отменили вы сами и отвечаете за каждую строку базы, выполните «kopilka migrate --cover»: приёмка \
         записывается в реестр изменений"
    )]
    Undone {
        /// Which, with commas.
        migrations: String,
    },
    /// An acceptance that was begun stands in a chain that was changed, or the chains were taken away.
    #[error(
        "обновление этой базы приняло бы и заверило ключом её строки, но записям о том, что начато, нельзя верить: реестр изменений \
         или летопись изменены мимо программы. Программа не запущена. Проверьте базу командой «kopilka verify». Если всё найденное \
         верно, примите его командой «kopilka migrate --cover»; если нет, восстановите базу из копии"
    )]
    Unvouched,
}

impl From<diesel::result::Error> for UpgradeError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Backend(error.into())
    }
}

/// Where a piece of a step ended, and how many it did; nothing when nothing is left.
pub(super) type Piece<P> = Result<Option<(P, usize)>, StoreError>;

/// Does what is left of a step, in transactions of their own: each is told where the one before it ended, and answers
/// where it ended itself and how many it did.
pub(super) fn finish<P>(
    db: &mut Db,
    step: &str,
    first: P,
    some: impl Fn(&mut Db, P) -> Piece<P>,
    mut progress: impl FnMut(usize),
) -> Result<(), UpgradeError> {
    if !is_left(db, step)? {
        return Ok(());
    }
    let mut from = first;
    let mut count: usize = 0;
    while let Some((last, more)) = db.transaction(Purpose::Write, |db| some(db, from))? {
        from = last;
        count = count.saturating_add(more);
        progress(count);
    }
    done(db, step)
}

/// Whether a step is unfinished.
pub(super) fn is_left(db: &mut Db, step: &str) -> Result<bool, UpgradeError> {
    let count: i64 = on!(db, c => unfinished_upgrades::table.find(step).count().get_result(&mut **c))?;
    Ok(count > 0)
}

/// Marks a step as finished.
pub(super) fn done(db: &mut Db, step: &str) -> Result<(), UpgradeError> {
    on!(db, c => diesel::delete(unfinished_upgrades::table.find(step)).execute(&mut **c))?;
    Ok(())
}

/// The steps that are left to be done, in order.
pub(in crate::store) fn left(db: &mut Db) -> Result<Vec<String>, StoreError> {
    Ok(on!(db, c => unfinished_upgrades::table
        .order(unfinished_upgrades::step)
        .select(unfinished_upgrades::step)
        .load(&mut **c))?)
}
