//! Who buys, as receipts name them.

use serde::{Deserialize, Serialize};

use crate::{
    accounts::WorkspaceId,
    fields::FieldErrors,
    on,
    server::{clock::Instant, db::Tx, form::Form},
};

/// Longest name and tax id.
const LINE_CHARACTERS_MAX: usize = 120;
/// Longest address.
const ADDRESS_CHARACTERS_MAX: usize = 500;
/// Most lines of an address.
const ADDRESS_LINES_MAX: usize = 8;

/// Each part may be empty; without a name the workspace's is used.
#[derive(Debug, Clone, Default, PartialEq, Eq, sqlx::FromRow, Serialize, Deserialize)]
pub struct BillingDetails {
    pub name: String,
    /// Several lines.
    pub address: String,
    pub tax_id: String,
}

impl BillingDetails {
    /// What was typed, whether it can be taken or not.
    pub fn typed(form: &Form) -> Self {
        let text = |name: &str| form.text(name).to_owned();
        Self { name: text("name"), address: text("address"), tax_id: text("tax_id") }
    }

    /// What is wrong with what was typed.
    pub fn errors(&self, form: &Form) -> FieldErrors {
        let mut errors = FieldErrors::default();
        for name in ["name", "tax_id"] {
            if let Err(fault) = form.line(name, LINE_CHARACTERS_MAX) {
                errors.add(name, fault);
            }
        }
        let unreadable =
            |letter: char| (letter.is_control() && letter != '\n') || letter == char::REPLACEMENT_CHARACTER;
        if self.address.chars().any(unreadable) {
            errors.add("address", "This holds characters that cannot be read. Type it again.");
        } else if self.address.chars().count() > ADDRESS_CHARACTERS_MAX
            || self.address.lines().count() > ADDRESS_LINES_MAX
        {
            let fault =
                format!("This is too long: at most {ADDRESS_LINES_MAX} lines and {ADDRESS_CHARACTERS_MAX} characters.");
            errors.add("address", fault);
        }
        errors
    }

    /// The lines of the buyer on a receipt.
    pub fn lines(&self, workspace: &str) -> Vec<String> {
        let name = if self.name.is_empty() { workspace } else { &self.name };
        let mut lines = vec![name.to_owned()];
        lines.extend(self.address.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned));
        if !self.tax_id.is_empty() {
            lines.push(format!("Tax ID {}", self.tax_id));
        }
        lines
    }
}

/// The details of `workspace`; empty when nobody gave any.
///
/// # Errors
/// Only the database's.
pub async fn billing_details(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<BillingDetails> {
    let found = on!(tx, c => sqlx::query_as("select name, address, tax_id from billing_details where workspace_id = $1")
        .bind(workspace).fetch_optional(c).await)?;
    Ok(found.unwrap_or_default())
}

pub(super) async fn save(
    tx: &mut Tx,
    workspace: WorkspaceId,
    details: &BillingDetails,
    at: Instant,
) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "insert into billing_details (workspace_id, name, address, tax_id, changed_at) values ($1, $2, $3, $4, $5)
         on conflict (workspace_id) do update set name = excluded.name, address = excluded.address,
             tax_id = excluded.tax_id, changed_at = excluded.changed_at")
        .bind(workspace).bind(&details.name).bind(&details.address).bind(&details.tax_id).bind(at)
        .execute(c).await.map(drop))
}
