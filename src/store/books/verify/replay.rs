//! Replays one account's journal and compares it with the account's other rows.

use std::collections::{BTreeMap, HashMap};

use crate::{
    domain::{
        account::{Account, Balances, Bucket, ChainHead, Movement, MovementKind, PointsClass},
        ids::LotNo,
    },
    store::{
        books::{seal::day_text, walk::empty},
        tables::{
            account::{
                AccountRow,
                lot::{LotRow, is_live, lot},
                movement::JournalRow,
            },
            seal::HeadRow,
        },
    },
};

/// What an account's receipts say that was spent and earned, by receipt.
pub(super) type Sales = HashMap<i64, (i64, i64)>;

/// A hold as its own rows have it.
#[derive(Debug, Default)]
pub(super) struct HoldRow {
    pub(super) account: i64,
    pub(super) captured: i64,
    pub(super) given_back: i64,
    pub(super) shares: BTreeMap<LotNo, i64>,
}

/// What the journal says of a hold.
#[derive(Debug, Default)]
pub(super) struct Held {
    shares: BTreeMap<LotNo, i64>,
    captured: i64,
    given_back: i64,
}

/// One account's journal, replayed.
pub(super) struct Replay {
    account: Account,
    head: Option<ChainHead>,
    /// The account's seals in order, and how many of them the replay has passed.
    pub(super) seals: Vec<HeadRow>,
    seals_passed: usize,
    /// Holds that began here.
    pub(super) holds: BTreeMap<i64, Held>,
    /// Points spent and earned, by receipt.
    sales: BTreeMap<i64, (i64, i64)>,
    /// Whether an entry could not be read: then nothing computed from entries can be compared.
    is_broken: bool,
    /// The findings.
    pub(super) findings: Vec<String>,
    /// The findings about sales and holds; not reported for merged accounts.
    pub(super) by_cause: Vec<String>,
}

impl Replay {
    pub(super) fn of(account: i64) -> Self {
        Self {
            account: empty(account),
            head: None,
            seals: Vec::new(),
            seals_passed: 0,
            holds: BTreeMap::new(),
            sales: BTreeMap::new(),
            is_broken: false,
            findings: Vec::new(),
            by_cause: Vec::new(),
        }
    }

    /// Takes the next entry.
    pub(super) fn take(&mut self, row: &JournalRow) {
        self.take_link(row);
        match row.movement() {
            Ok(entry) if !self.is_broken => self.take_movement(&entry),
            Ok(_) => {}
            Err(error) => {
                self.findings.push(format!("entry {} says what no entry of this program says: {error}", row.seq));
                self.is_broken = true;
            }
        }
        self.account.next_seq = row.seq.saturating_add(1);
    }

    /// Checks the entry's place in the chain and in the seals.
    fn take_link(&mut self, row: &JournalRow) {
        let seq = row.seq;
        if seq != self.account.next_seq {
            self.findings.push(format!("entry {seq} stands where entry {} should", self.account.next_seq));
        }
        if row.hash != row.chained_to(self.head.as_ref()) {
            self.findings
                .push(format!("entry {seq} is not what it was when it was written, or the one before it is not"));
        }
        // The chain continues from the stored digest, so one changed entry is one finding.
        self.head = row.hash.as_slice().try_into().ok();
        while let Some(sealed) = self.seals.get(self.seals_passed).filter(|sealed| sealed.seq <= seq) {
            let day = day_text(sealed.day);
            if sealed.seq < seq {
                self.findings.push(format!("entry {}, with which the seal of {day} ends, is missing", sealed.seq));
            } else if sealed.head != row.hash {
                self.findings.push(format!(
                    "entry {seq} is not the one that was sealed on {day}: it or one before it was rewritten, or the sealed head was"
                ));
            }
            self.seals_passed = self.seals_passed.saturating_add(1);
        }
    }

    fn take_movement(&mut self, entry: &Movement) {
        let seq = entry.seq;
        if self.account.recorded_at.is_some_and(|before| entry.recorded_at < before) {
            self.findings.push(format!("entry {seq} was recorded before the one that it follows"));
        }
        if entry.lot.is_some_and(|no| entry.terms.is_none() && !self.account.lots.contains_key(&no)) {
            self.findings.push(format!("entry {seq} moves points of a lot that no entry before it began"));
        }
        self.account.replay(entry);
        let balances = self.account.balances;
        if balances.available != entry.available_after {
            self.findings.push(format!(
                "entry {seq} says that {} were available after it; the journal gives {}",
                entry.available_after, balances.available
            ));
        }
        let sums = [balances.available, balances.pending, balances.reserved, balances.debt];
        if sums.iter().any(|sum| sum.0 < 0) {
            self.findings.push(format!("after entry {seq} a balance is negative"));
        }
        let lot = entry.lot.and_then(|no| self.account.lots.get(&no));
        if let Some(lot) = lot.filter(|lot| !lot.is_balanced()) {
            self.findings.push(format!("after entry {seq} the parts of lot {} do not add up", lot.no));
        }
        self.take_cause(entry);
    }

    /// Adds the entry to the sums of its hold and its sale.
    fn take_cause(&mut self, entry: &Movement) {
        let points = entry.points.0;
        let add = |sum: &mut i64| *sum = sum.saturating_add(points);
        if let Some(id) = entry.cause.reservation {
            match (entry.from, entry.to, entry.lot) {
                (Bucket::Available, Bucket::Reserved, Some(lot)) => {
                    add(self.holds.entry(id.0).or_default().shares.entry(lot).or_default());
                }
                // Captures and releases of a hold that began in another account cannot be checked without it.
                (Bucket::Reserved, Bucket::Spent, _) => {
                    if let Some(held) = self.holds.get_mut(&id.0) {
                        add(&mut held.captured);
                    }
                }
                (Bucket::Reserved, Bucket::Available, _) => {
                    if let Some(held) = self.holds.get_mut(&id.0) {
                        add(&mut held.given_back);
                    }
                }
                _ => {}
            }
        }
        if let Some(id) = entry.cause.receipt {
            let is_bonus = entry.terms.is_some_and(|terms| terms.class == PointsClass::Bonus);
            match (entry.kind, entry.from, entry.to) {
                (MovementKind::Redemption, Bucket::Reserved, Bucket::Spent) => {
                    add(&mut self.sales.entry(id.0).or_default().0);
                }
                (MovementKind::Accrual, Bucket::Issuer, _) if is_bonus => {
                    add(&mut self.sales.entry(id.0).or_default().1);
                }
                _ => {}
            }
        }
    }

    /// Compares the account's own row.
    pub(super) fn compare_account(&mut self, row: &AccountRow, sealed_seq: Option<i64>, has_taken_over: bool) {
        self.compare_end(row, sealed_seq);
        if self.is_broken {
            return;
        }
        let numbers_set_aside = has_taken_over && row.next_lot > self.account.next_lot;
        let next_lot = if numbers_set_aside { row.next_lot } else { self.account.next_lot };
        let Balances { pending, available, reserved, debt } = self.account.balances;
        let pairs = [
            ("pending", row.pending, pending.0),
            ("available", row.available, available.0),
            ("reserved", row.reserved, reserved.0),
            ("debt", row.debt, debt.0),
            ("next lot", row.next_lot, next_lot),
        ];
        for (name, stored, replayed) in pairs {
            if stored != replayed {
                self.findings.push(format!("{name}: stored {stored}, the journal gives {replayed}"));
            }
        }
        let times = [
            ("recorded at", row.recorded_at, self.account.recorded_at),
            ("next due at", row.next_due_at, self.account.next_due_at()),
        ];
        for (name, stored, replayed) in times {
            let replayed = replayed.map(|at| at.0);
            if stored != replayed {
                self.findings.push(format!("{name}: stored {stored:?}, the journal gives {replayed:?}"));
            }
        }
        if row.available > 0 && row.debt > 0 {
            self.findings.push(format!("{} available beside a debt of {}", row.available, row.debt));
        }
    }

    /// Compares the journal's end with the account and with its last seal.
    fn compare_end(&mut self, row: &AccountRow, sealed_seq: Option<i64>) {
        let (stored, last) = (row.next_seq.saturating_sub(1), self.account.next_seq.saturating_sub(1));
        if stored > last {
            self.findings.push(format!(
                "entry {stored}, with which the account says that it ends, is missing; the last is {last}"
            ));
        } else if stored < last {
            self.findings
                .push(format!("entry {last} stands after entry {stored}, with which the account says that it ends"));
        } else if row.head.as_deref() != self.head.as_ref().map(<[u8; 32]>::as_slice) {
            self.findings.push(format!("entry {last} is not the one with which the account says that it ends"));
        }
        for sealed in self.seals.iter().skip(self.seals_passed) {
            let day = day_text(sealed.day);
            self.findings.push(format!("entry {}, with which the seal of {day} ends, is missing", sealed.seq));
        }
        let sealed = self.seals.last().map(|sealed| sealed.seq);
        if sealed_seq != sealed {
            self.findings.push(format!(
                "the account says that it is sealed up to entry {}, the seals say {}",
                sealed_seq.unwrap_or_default(),
                sealed.unwrap_or_default()
            ));
        }
    }

    /// Compares the points that open holds hold, lot by lot.
    pub(super) fn compare_held(&mut self, held: Option<&BTreeMap<LotNo, i64>>) {
        if self.is_broken {
            return;
        }
        let none = BTreeMap::new();
        let held = held.unwrap_or(&none);
        let mut both: BTreeMap<LotNo, (i64, i64)> = BTreeMap::new();
        for (no, points) in held {
            both.entry(*no).or_default().0 = *points;
        }
        for lot in self.account.lots.values() {
            both.entry(lot.no).or_default().1 = lot.reserved.0;
        }
        for (no, (held, reserved)) in both {
            if held != reserved {
                self.findings.push(format!("lot {no}: held by open holds {held}, the journal gives {reserved}"));
            }
        }
    }

    /// Compares each hold that began here with its own rows.
    pub(super) fn compare_holds(&mut self, rows: &HashMap<i64, HoldRow>) {
        if self.is_broken {
            return;
        }
        for (id, held) in &self.holds {
            let Some(row) = rows.get(id) else {
                self.by_cause.push(format!("hold {id} is in the journal and not among the holds"));
                continue;
            };
            if row.account != self.account.id.0 {
                self.by_cause
                    .push(format!("hold {id} is in this journal and says that it is of account {}", row.account));
                continue;
            }
            if row.shares != held.shares {
                let [stored, replayed] = [&row.shares, &held.shares].map(shares_text);
                self.by_cause.push(format!("hold {id}: its lots are {stored}, the journal gives {replayed}"));
            }
            if (row.captured, row.given_back) != (held.captured, held.given_back) {
                self.by_cause.push(format!(
                    "hold {id}: spent {} and given back {}, the journal gives {} and {}",
                    row.captured, row.given_back, held.captured, held.given_back
                ));
            }
        }
    }

    /// Compares the points that receipts spent and earned.
    pub(super) fn compare_sales(&mut self, rows: Sales) {
        if self.is_broken {
            return;
        }
        let mut rows: BTreeMap<i64, (i64, i64)> = rows.into_iter().collect();
        for (id, (spent, earned)) in &self.sales {
            match rows.remove(id) {
                Some(stored) if stored == (*spent, *earned) => {}
                Some(stored) => self.by_cause.push(format!(
                    "receipt {id}: spent {} and earned {}, the journal gives {spent} and {earned}",
                    stored.0, stored.1
                )),
                None => {
                    self.by_cause.push(format!("receipt {id} is in the journal and not among the account's receipts"))
                }
            }
        }
        for (id, (spent, earned)) in rows.into_iter().filter(|(_, stored)| *stored != (0, 0)) {
            self.by_cause
                .push(format!("receipt {id}: spent {spent} and earned {earned}, and the journal knows nothing of it"));
        }
    }

    /// Compares the lots' own rows.
    pub(super) fn compare_lots(&mut self, rows: Vec<LotRow>) {
        if self.is_broken {
            return;
        }
        for row in rows {
            let (no, live) = (row.lot_no, row.live);
            let stored = match lot(row) {
                Ok((_, stored)) => stored,
                Err(error) => {
                    self.findings.push(format!("lot {no} says what no lot of this program says: {error}"));
                    self.account.lots.remove(&LotNo(no));
                    continue;
                }
            };
            let replayed = self.account.lots.remove(&stored.no);
            if replayed.as_ref() != Some(&stored) {
                self.findings.push(format!("lot {no}: stored {stored:?}, the journal gives {replayed:?}"));
            } else if live != is_live(&stored) {
                self.findings.push(format!(
                    "lot {no}: marked as {}",
                    if live { "live, and it is not" } else { "not live, and it is" }
                ));
            }
        }
        let missing = self.account.lots.keys().map(|no| format!("lot {no} is in the journal and not among the lots"));
        self.findings.extend(missing);
    }
}

fn shares_text(shares: &BTreeMap<LotNo, i64>) -> String {
    let shares: Vec<String> = shares.iter().map(|(no, points)| format!("{no}: {points}")).collect();
    format!("[{}]", shares.join(", "))
}
