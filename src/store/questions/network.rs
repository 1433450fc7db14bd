//! The answer to `ListNetworks`.

use crate::{
    domain::{reference::Network, registry::Registrar},
    store::{questions::Reader, tables::reference::load_registry},
    working_set::questions::{
        Answers, Unanswered,
        network::{ListNetworks, NetworkRow},
        page::Page,
    },
};

impl Answers<ListNetworks> for Reader<'_> {
    /// A page of a partner's networks.
    fn answer(&mut self, question: &ListNetworks) -> Result<Page<NetworkRow>, Unanswered> {
        let known = load_registry(self.db)?;
        let networks = known.networks_of(Registrar::of(&question.actor), question.partner.as_deref())?;
        let row = |network: &Network| NetworkRow {
            code: network.code.clone(),
            name: network.name.clone(),
            programme: known.programmes.get(&network.programme).map(|it| it.code.clone()).unwrap_or_default(),
            disabled: network.disabled,
        };
        let rows = networks.into_iter().map(row).collect();
        Ok(question.paging.page_of(rows, |row| row.code.clone()))
    }
}
