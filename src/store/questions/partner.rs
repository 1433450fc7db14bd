//! The answer to `ListPartners`.

use crate::{
    domain::{reference::Partner, registry::Registrar},
    store::{questions::Reader, tables::reference::load_registry},
    working_set::questions::{
        Answers, Unanswered,
        page::Page,
        partner::{ListPartners, PartnerRow},
    },
};

impl Answers<ListPartners> for Reader<'_> {
    /// A page of the partners that the caller sees to.
    fn answer(&mut self, question: &ListPartners) -> Result<Page<PartnerRow>, Unanswered> {
        let known = load_registry(self.db)?;
        let by = Registrar::of(&question.actor);
        let programme = question.actor.programme;
        let owner = known.programmes.get(&programme).and_then(|programme| programme.owner);
        let row = |partner: &Partner| PartnerRow {
            code: partner.code.clone(),
            name: partner.name.clone(),
            runs_programme: owner == Some(partner.id),
            disabled: partner.disabled,
        };
        let rows = known.partners.values().filter(|partner| known.oversees(by, partner.id)).map(row).collect();
        Ok(question.paging.page_of(rows, |row| row.code.clone()))
    }
}
