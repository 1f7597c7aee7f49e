//! Seals: whoever changes a protected row without the keys of this instance is noticed, whichever column it was.
//!
//! Triggers note which protected rows a transaction touches, with their text before and after. [`Tx::commit`](super::db::Tx::commit)
//! signs each, keeps the signature beside the table (`row_seals`), and changes one total for each table and workspace by the
//! difference (`seal_totals`, itself signed): how many rows there are, and the sum of their signatures. A change from outside
//! leaves the total as it was. So the check of a workspace is a sum over its rows, and only when that differs are rows compared
//! with their seals, to name them. What was changed outside stays noticed when Fairlead changes the row afterwards: the total
//! moves by the difference to what was found, and a seal is replaced only where it fits the row before.
//!
//! | part | what |
//! |---|---|
//! | `table.rs` | a protected table, and its rows as text |
//! | `watch.rs` | the triggers |
//! | `write.rs` | sealing what a transaction touched |
//! | `start.rs` | sealing what is there when a table becomes protected |
//! | `check.rs` | finding what was changed |

mod check;
mod start;
mod table;
mod watch;
mod write;

pub use check::{Fault, check, check_instance};
pub use table::{Dialect, Key, Table};

use super::secret_keys::Keys;

/// What an instance protects, and with which keys.
#[derive(Debug)]
pub struct Protection {
    pub keys: Keys,
    pub tables: &'static [Table],
}

/// The protection of an open database.
#[derive(Debug)]
pub struct Seals {
    keys: Keys,
    tables: &'static [Table],
    dialect: Dialect,
}

/// The signature of a row: half of an HMAC-SHA256, as a number that can be added up.
type Seal = u128;

impl Seals {
    pub fn new(protection: Protection, dialect: Dialect) -> Self {
        Self { keys: protection.keys, tables: protection.tables, dialect }
    }

    /// Another protection of the same database.
    #[cfg(test)]
    pub fn with(&self, protection: Protection) -> Self {
        Self::new(protection, self.dialect.clone())
    }

    /// The keys that the ledger is signed with too.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }
}
