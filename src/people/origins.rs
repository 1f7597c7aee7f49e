//! Where this server has a person from, and who wrote to them: what they may ask before they object.

use crate::{email::Email, on, server::db::Tx, suppression::SuppressionKeys};

/// Names shown.
const SENDERS_MAX: i64 = 20;

/// Where data of a person came from, and where it went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins {
    /// Who told the directory.
    pub source: Option<String>,
    /// Workspaces that wrote to them.
    pub senders: Vec<String>,
}

/// The origins of what is known of this address.
///
/// # Errors
/// The database's.
pub async fn origins(tx: &mut Tx, keys: &SuppressionKeys, email: &Email) -> sqlx::Result<Origins> {
    let source = on!(&mut *tx, c => sqlx::query_scalar(
        "select s.name from contacts c join sources s on s.id = c.source_id where c.email = $1")
        .bind(email.as_str()).fetch_optional(c).await)?;
    let senders = on!(&mut *tx, c => sqlx::query_scalar(
        "select distinct w.name from workspaces w join sends d on d.workspace_id = w.id
         where d.recipient_key = $1 and d.kind <> 'test' and d.sent_at is not null order by w.name limit $2")
        .bind(keys.recipient(email)).bind(SENDERS_MAX).fetch_all(c).await)?;
    Ok(Origins { source, senders })
}
