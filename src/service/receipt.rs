//! The calculation of a receipt, which the quote, the hold and the sale share (E1, E5, D2).

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::{
    domain::{
        account::{AccountState, POINTS_MAX},
        card::{Use, phone_may_spend},
        moment::Moment,
        money::Points,
        phone::Identifier,
        programme::Rules,
        receipt::{self, Calculation, Claim, Line, SpendRule, Spending},
        reference::{Actor, Place, Reference},
        refusal::{Decided, Decision, Refusal},
        sale::Holder,
        till_document::TillDocument,
    },
    service::context,
    working_set::{Touches, WorkingSet, command::Command},
};

/// The most coupons and accepted offers of one receipt, together.
const CLAIMS_MAX: usize = 100;

/// A receipt as a till sent it.
#[derive(Debug, Clone)]
pub struct ReceiptDraft {
    /// The till document: till, time and number.
    pub document: TillDocument,
    /// The customer's identifier; `None` for an anonymous sale.
    pub identifier: Option<Identifier>,
    /// `till`, `online` or `phone`.
    pub channel: String,
    /// The lines.
    pub lines: Vec<Line>,
    /// The numbers of the coupons that the customer showed.
    pub coupons: Vec<String>,
    /// The ids of the offers that the customer accepted.
    pub accepted_offers: Vec<String>,
    /// The quote that the customer accepted.
    pub quote_id: Option<String>,
}

/// A receipt with its till, time, holder, rules and calculation.
#[derive(Debug, Clone)]
pub struct Priced {
    /// The till and its store.
    pub place: Place,
    /// The time that rules and points go by, never after now; the till's own is the document's.
    pub at: Moment,
    /// The holder; `None` for an anonymous sale.
    pub holder: Option<Holder>,
    /// The rules in force; `None` for an anonymous sale.
    pub rules: Option<Rules>,
    /// The number of their version.
    pub rules_version: Option<i64>,
    /// When the points that it earns become available and when they expire.
    pub dates: Option<(Moment, Option<Moment>)>,
    /// The calculation.
    pub calculation: Calculation,
    /// The outcomes of the coupons and the accepted offers.
    pub claims: Vec<Claim>,
    /// Why points cannot be spent; `None` when they can.
    pub no_spending: Option<Refusal>,
    /// Whether the receipt is so old that its points would have lapsed already: it earns none.
    pub has_lapsed: bool,
    /// The points available on the account.
    pub available: Points,
    /// A digest of the result: equal for equal results.
    pub quote_id: String,
}

/// The points that the calculation may use.
#[derive(Debug, Clone, Copy)]
pub enum Means {
    /// The account's available points.
    Available {
        /// How many the customer wants to spend.
        wanted: Points,
    },
    /// The points of a hold, beside those that are available still.
    Held {
        /// How many it holds.
        held: Points,
        /// How many to spend.
        wanted: Points,
        /// By which rule, if the hold says.
        spend: Option<SpendRule>,
        /// Whether it was made by a phone alone. What the programme allowed then stays allowed.
        by_phone: bool,
    },
}

impl ReceiptDraft {
    /// Names the data that the calculation needs.
    pub fn touches(&self, touches: &mut Touches) {
        if let Some(identifier) = &self.identifier {
            touches.account(identifier);
        }
    }

    /// Names the receipts that a sale of this one could repeat.
    pub fn touches_for_sale(&self, actor: &Actor, reference: &Reference, touches: &mut Touches) {
        self.touches(touches);
        if let Ok(place) = self.document.place(reference, actor) {
            touches.receipt_key(self.document.key(&place));
        }
        if let Some(fiscal) = &self.document.fiscal {
            touches.fiscal(fiscal.key());
        }
    }

    /// Calculates the receipt.
    ///
    /// # Errors
    /// The till, the time, the lines or the holder cannot be accepted, or no rules were in force.
    pub fn price(&self, set: &mut WorkingSet, actor: &Actor, means: Means) -> Result<Priced, Refusal> {
        let place = self.document.place(&set.reference, actor)?;
        let at = context::document_time(set, actor, self.document.at(&place))?;
        self.document.names_store_of(&place)?;
        sound(&self.lines, set)?;
        let holder = match &self.identifier {
            Some(identifier) => Some(context::holder(set, actor, identifier, Use::Earn)?),
            None => None,
        };
        let (rules_version, mut rules) = match holder {
            Some(_) => rules(set, actor, at).map(|(version, rules)| (Some(version), Some(rules.clone())))?,
            None => (None, None),
        };
        let is_card_only = match means {
            Means::Held { by_phone: true, .. } => false,
            Means::Held { .. } | Means::Available { .. } => rules.as_ref().is_some_and(|rules| rules.card_only),
        };
        let no_spending = holder.and_then(|holder| spending_refusal(set, &holder, is_card_only));
        let available = holder.and_then(|holder| set.accounts.get(&holder.account)).map(|a| a.balances.available);
        let available = available.unwrap_or_default();
        let spending = match means {
            Means::Available { wanted } => Spending { available, wanted },
            Means::Held { held, wanted, spend, by_phone: _ } => {
                // What the customer confirmed stays spendable, whatever was saved since.
                if let (Some(rules), Some(spend)) = (&mut rules, spend) {
                    rules.spend = spend;
                }
                // What the quote had to count with: what is held now was available then.
                Spending { available: available.plus(held), wanted }
            }
        };
        let spend = rules.as_ref().filter(|_| no_spending.is_none()).map(|rules| &rules.spend);
        let (tolerance, offset) = (set.settings.clock_ahead_tolerance, place.store.utc_offset_minutes);
        let dates = rules.as_ref().map(|rules| rules.dates(at, set.now, tolerance, offset));
        // What would have lapsed by now, or before it becomes available, is not promised.
        let is_promised = dates.is_some_and(|dates| Rules::are_promised(dates, set.now));
        let earn = rules.as_ref().filter(|_| is_promised).map(|rules| &rules.earn);
        let mut calculation = receipt::calculate(&self.lines, &[], earn, spend, spending);
        let has_lapsed = dates.is_some() && !is_promised;
        if has_lapsed {
            calculation.say_lapsed();
        }
        if calculation.points_to_earn > POINTS_MAX {
            return Err(Refusal::PointsTooMany);
        }
        let quote_id = name_of(&self.lines, &calculation);
        if self.coupons.len().saturating_add(self.accepted_offers.len()) > CLAIMS_MAX {
            let what = format!("купонов и предложений больше {CLAIMS_MAX}");
            return Err(Refusal::ReceiptInvalid { what });
        }
        let claims = receipt::claims(&self.coupons, &self.accepted_offers);
        Ok(Priced {
            place,
            at,
            holder,
            rules,
            rules_version,
            dates,
            calculation,
            claims,
            no_spending,
            has_lapsed,
            available,
            quote_id,
        })
    }
}

impl Priced {
    /// Checks that exactly the wanted points can pay for this receipt.
    ///
    /// # Errors
    /// They cannot; the refusal gives the reason.
    pub fn covers(&self, wanted: Points) -> Result<(), Refusal> {
        if wanted.is_zero() || self.calculation.points_applied == wanted {
            return Ok(());
        }
        if let Some(refusal) = &self.no_spending {
            return Err(refusal.clone());
        }
        self.in_units(wanted)?;
        Err(Refusal::PointsOverLimit { max: self.calculation.points_max })
    }

    /// Checks that the wanted points are a multiple of the programme's unit.
    ///
    /// # Errors
    /// They are not.
    pub fn in_units(&self, wanted: Points) -> Result<(), Refusal> {
        let unit = self.rules.as_ref().map_or(Points(1), |rules| rules.spend.unit);
        let is_broken = wanted.0.checked_rem(unit.0).is_some_and(|rest| rest != 0);
        if is_broken { Err(Refusal::PointsUnit { unit }) } else { Ok(()) }
    }
}

/// Checks a receipt's lines.
///
/// # Errors
/// There are too many, or one is inconsistent.
pub fn sound(lines: &[Line], set: &WorkingSet) -> Result<(), Refusal> {
    if lines.len() > set.settings.receipt_lines_max {
        let what = format!("строк больше {}", set.settings.receipt_lines_max);
        return Err(Refusal::ReceiptInvalid { what });
    }
    receipt::check(lines)
        .map_err(|problem| Refusal::ReceiptInvalid { what: problem.to_string().trim_end_matches('.').to_owned() })
}

/// The rules of a caller's programme for a receipt of a moment, and the number of their version.
///
/// # Errors
/// None were in force.
pub fn rules<'a>(set: &'a WorkingSet, actor: &Actor, at: Moment) -> Result<(i64, &'a Rules), Refusal> {
    let programme = set.reference.programmes.get(&actor.programme).ok_or(Refusal::ProgrammeUnknown)?;
    programme.rules_for(at, set.now).ok_or(Refusal::ProgrammeNotInForce)
}

fn spending_refusal(set: &WorkingSet, holder: &Holder, is_card_only: bool) -> Option<Refusal> {
    let card = match holder.card.and_then(|id| set.cards.get(&id)) {
        Some(card) => card.allows(Use::Spend),
        None => phone_may_spend(&set.cards_of(holder.account)).and(if is_card_only {
            Err(Refusal::CardRequired)
        } else {
            Ok(())
        }),
    };
    let account = set.accounts.get(&holder.account)?;
    let is_nameless = || set.customers.get(&holder.customer).is_some_and(|customer| customer.phone.is_none());
    let card = match card {
        // What helps is another thing than activating it.
        Err(Refusal::CardNotActive) if is_nameless() => Err(Refusal::CardWithoutPhone),
        card => card,
    };
    card.err().or_else(|| (account.state != AccountState::Open).then_some(Refusal::AccountFrozen))
}

/// The quote's id: a digest of the goods and sums that the customer sees, in whatever order and by whatever numbers the
/// till lists them.
fn name_of(lines: &[Line], calculation: &Calculation) -> String {
    let mut text =
        format!("{}|{}|{}", calculation.amount_due.0, calculation.discount_total.0, calculation.points_to_earn.0);
    let goods = lines.iter().zip(&calculation.lines);
    let mut seen: Vec<String> = goods
        .map(|(line, result)| {
            let (due, points) = (result.amount_due.0, result.points_as_money.0);
            format!(";{}*{}={due}-{points}", line.goods_code, line.quantity.0)
        })
        .collect();
    seen.sort_unstable();
    text.extend(seen);
    Sha256::digest(text.as_bytes()).iter().take(8).fold(String::with_capacity(16), |mut name, byte| {
        let _ = write!(name, "{byte:02x}");
        name
    })
}

/// Calculates a receipt; changes nothing.
#[derive(Debug)]
pub struct QuoteReceipt {
    /// The caller.
    pub actor: Actor,
    /// The receipt.
    pub receipt: ReceiptDraft,
    /// How many points the customer wants to spend.
    pub wanted: Points,
}

/// A calculated receipt.
#[derive(Debug, Clone)]
pub struct ReceiptQuoted {
    /// The calculation.
    pub priced: Priced,
}

impl Command for QuoteReceipt {
    type Outcome = ReceiptQuoted;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        self.receipt.touches(touches);
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<ReceiptQuoted> {
        let priced = self.receipt.price(set, &self.actor, Means::Available { wanted: self.wanted })?;
        Ok(Decided::Done(ReceiptQuoted { priced }))
    }
}
