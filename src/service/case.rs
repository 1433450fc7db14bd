//! Cases: opened by operations that meet something odd, closed by an office.

use crate::{
    domain::{
        case::{Case, CaseKind, CaseSubject, Closing},
        ids::{CaseId, CustomerId, StoreId},
        reference::{Actor, Reference, Roles},
        refusal::{Decided, Decision, Refusal},
    },
    service::{context::OfficeContext, programme::governs},
    working_set::{Touches, WorkingSet, command::Command},
};

/// Closes a case.
#[derive(Debug)]
pub struct CloseCase {
    /// The caller and the time.
    pub context: OfficeContext,
    /// The case.
    pub case: CaseId,
    /// What was found and done.
    pub resolution: String,
}

/// A closed case.
#[derive(Debug, Clone, Copy)]
pub struct CaseClosed {
    /// Which.
    pub id: CaseId,
}

impl Command for CloseCase {
    type Outcome = CaseClosed;

    fn touches(&self, _: &Reference, touches: &mut Touches) {
        touches.case(self.case);
    }

    fn decide(&self, set: &mut WorkingSet) -> Decision<CaseClosed> {
        let at = self.context.at(set)?;
        let actor = &self.context.actor;
        let known = set.cases.get(&self.case).filter(|case| is_seen(set, actor, case)).cloned();
        let mut case = known.ok_or(Refusal::CaseUnknown)?;
        set.concerned = case.customer;
        case.close(Closing {
            at,
            by: actor.credential,
            employee: self.context.employee.clone(),
            resolution: Some(self.resolution.clone()),
        })?;
        set.cases.put(case.id, case);
        Ok(Decided::Done(CaseClosed { id: self.case }))
    }
}

/// Whether a case is the caller's: his own partner's, or any of the programme that his head office runs.
fn is_seen(set: &WorkingSet, actor: &Actor, case: &Case) -> bool {
    let runs_it = || actor.roles.meets(Roles::HEAD_OFFICE) && governs(set, actor).is_ok();
    case.partner == actor.partner || (case.programme == actor.programme && runs_it())
}

/// What an operation met.
pub struct Odd {
    /// The kind.
    pub kind: CaseKind,
    /// The store where it happened.
    pub store: StoreId,
    /// The customer whom it concerns.
    pub customer: Option<CustomerId>,
    /// What it is about.
    pub subject: CaseSubject,
    /// What happened, in Russian.
    pub text: String,
}

/// Opens a case of the caller's partner.
pub fn open(set: &mut WorkingSet, actor: &Actor, odd: Odd) {
    let id = CaseId(set.new_id());
    let case = Case {
        id,
        kind: odd.kind.word().to_owned(),
        programme: actor.programme,
        partner: actor.partner,
        store: Some(odd.store),
        customer: odd.customer,
        subject: Some(odd.subject),
        text: Some(odd.text),
        opened_at: set.now,
        closing: None,
    };
    set.cases.put(id, case);
}
