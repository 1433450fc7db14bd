//! What can be asked about who takes part.

use clap::{Args, Subcommand};

use crate::cli::arguments::{code, name};

/// What a store's clock shows against UTC where nothing else is said: Moscow.
pub(super) const MOSCOW_MINUTES: i32 = 180;

/// Changes of partners that are there.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum OfPartner {
    /// List the partners.
    List,
    /// Show a partner with its networks, stores, tills and logins.
    Show {
        /// Its code.
        #[arg(value_parser = code)]
        code: String,
    },
    /// Give a partner another name.
    Rename {
        /// Its code.
        #[arg(value_parser = code)]
        code: String,
        /// The new name.
        #[arg(long, value_parser = name)]
        name: String,
    },
    /// Close a partner: its tills, shops and offices are refused; goods of its receipts are taken back by nobody else.
    Disable {
        /// Its code.
        #[arg(value_parser = code)]
        code: String,
    },
    /// Open a closed partner again.
    Enable {
        /// Its code.
        #[arg(value_parser = code)]
        code: String,
    },
}

/// Where a network, a store or a till is.
#[derive(Debug, Args)]
pub(in crate::cli) struct Of {
    /// The partner's code.
    #[arg(long, value_parser = code)]
    pub(super) partner: String,
    /// The network's code; may be left out where the partner has one.
    #[arg(long, value_parser = code)]
    pub(super) network: Option<String>,
}

/// Trade networks.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum NetworkCommand {
    /// Add a network to a partner.
    Add {
        /// The partner's code.
        #[arg(long, value_parser = code)]
        partner: String,
        /// The network's code.
        #[arg(long, value_parser = code)]
        code: String,
        /// The network's name.
        #[arg(long, value_parser = name)]
        name: String,
        /// The programme's code [default: that of the partner's first network].
        #[arg(long, value_parser = code)]
        programme: Option<String>,
    },
    /// List the networks of a partner.
    List {
        /// The partner's code.
        #[arg(long, value_parser = code)]
        partner: String,
    },
    /// Show a network with its stores and tills.
    Show {
        /// The partner's code.
        #[arg(long, value_parser = code)]
        partner: String,
        /// The network's code.
        #[arg(value_parser = code)]
        code: String,
    },
    /// Give a network another name.
    Rename {
        /// The partner's code.
        #[arg(long, value_parser = code)]
        partner: String,
        /// The network's code.
        #[arg(value_parser = code)]
        code: String,
        /// The new name.
        #[arg(long, value_parser = name)]
        name: String,
    },
    /// Close a network: its tills are refused.
    Disable {
        /// The partner's code.
        #[arg(long, value_parser = code)]
        partner: String,
        /// The network's code.
        #[arg(value_parser = code)]
        code: String,
    },
    /// Open a closed network again.
    Enable {
        /// The partner's code.
        #[arg(long, value_parser = code)]
        partner: String,
        /// The network's code.
        #[arg(value_parser = code)]
        code: String,
    },
}

/// Stores.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum StoreCommand {
    /// Add a store to a network.
    Add {
        #[command(flatten)]
        of: Of,
        /// The store's code.
        #[arg(long, value_parser = code)]
        code: String,
        /// The store's name.
        #[arg(long, value_parser = name)]
        name: String,
        /// What the store's clocks show against UTC, in minutes (Moscow: 180).
        #[arg(long, default_value_t = MOSCOW_MINUTES, allow_negative_numbers = true)]
        utc_offset_minutes: i32,
    },
    /// List the stores of a partner.
    List {
        #[command(flatten)]
        of: Of,
    },
    /// Show a store with its tills and logins.
    Show {
        #[command(flatten)]
        of: Of,
        /// The store's code.
        #[arg(value_parser = code)]
        code: String,
    },
    /// Give a store another name, or another offset from UTC.
    Rename {
        #[command(flatten)]
        of: Of,
        /// The store's code.
        #[arg(value_parser = code)]
        code: String,
        /// The new name.
        #[arg(long, value_parser = name, required_unless_present = "utc_offset_minutes")]
        name: Option<String>,
        /// The new offset from UTC, in minutes.
        #[arg(long, allow_negative_numbers = true)]
        utc_offset_minutes: Option<i32>,
    },
    /// Close a store: its tills are refused; goods of its receipts are taken back by the network's other stores.
    Disable {
        #[command(flatten)]
        of: Of,
        /// The store's code.
        #[arg(value_parser = code)]
        code: String,
    },
    /// Open a closed store again.
    Enable {
        #[command(flatten)]
        of: Of,
        /// The store's code.
        #[arg(value_parser = code)]
        code: String,
    },
}

/// Changes of tills that are there.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum OfTill {
    /// List the tills of a partner.
    List {
        #[command(flatten)]
        of: Of,
    },
    /// Show a till with its logins.
    Show {
        #[command(flatten)]
        of: Of,
        /// The till's code.
        #[arg(value_parser = code)]
        code: String,
    },
    /// Give a till another name, or move it to another store of its network.
    Rename {
        #[command(flatten)]
        of: Of,
        /// The till's code.
        #[arg(value_parser = code)]
        code: String,
        /// The new name.
        #[arg(long, value_parser = name, required_unless_present = "store")]
        name: Option<String>,
        /// The code of the store that it moves to.
        #[arg(long, value_parser = code)]
        store: Option<String>,
    },
    /// Close a till: it is refused.
    Disable {
        #[command(flatten)]
        of: Of,
        /// The till's code.
        #[arg(value_parser = code)]
        code: String,
    },
    /// Open a closed till again.
    Enable {
        #[command(flatten)]
        of: Of,
        /// The till's code.
        #[arg(value_parser = code)]
        code: String,
    },
    /// Give a till's login another password. It is read from KOPILKA_PASSWORD or from standard input.
    Password {
        #[command(flatten)]
        of: Of,
        /// The till's code.
        #[arg(value_parser = code)]
        code: String,
        /// Which login, where the till has several.
        #[arg(long)]
        login: Option<String>,
    },
}

/// Logins.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum OfLogin {
    /// List the logins of a partner.
    List {
        /// The partner's code.
        #[arg(long, value_parser = code)]
        partner: String,
    },
    /// Show a login: its place, its roles, whether it is open.
    Show {
        /// The login.
        login: String,
    },
    /// Close a login, a stolen one for example: every gateway refuses it within seconds.
    Disable {
        /// The login.
        login: String,
    },
    /// Open a closed login again, as it was, with a new password. It is read from KOPILKA_PASSWORD or standard input.
    Enable {
        /// The login.
        login: String,
    },
    /// Give a login another password. It is read from KOPILKA_PASSWORD or from standard input.
    Password {
        /// The login.
        login: String,
    },
}
