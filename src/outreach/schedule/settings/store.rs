//! Reading and keeping the settings.

use sqlx::FromRow;

use crate::{accounts::WorkspaceId, on, server::db::Tx};

/// Mails a day to one company's domain, unless a workspace or a campaign says otherwise.
const RECIPIENT_DOMAIN_CAP: i64 = 20;

/// What holds for all campaigns of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct SendingSettings {
    /// Below every mail; empty: not known yet.
    pub postal_address: String,
    /// Mails a day of all mailboxes together.
    pub daily_cap: Option<i64>,
    /// Mails a day to one company's domain.
    pub recipient_domain_cap: i64,
    /// Mails a day that the operator allows.
    pub ceiling: Option<i64>,
}

/// The settings of a workspace, or what counts without any.
///
/// # Errors
/// The database's.
pub async fn load(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<SendingSettings> {
    let found = on!(tx, c => sqlx::query_as(
        "select postal_address, daily_cap, recipient_domain_cap, ceiling from outreach_settings where workspace_id = $1")
        .bind(workspace).fetch_optional(c).await)?;
    Ok(found.unwrap_or(SendingSettings {
        postal_address: String::new(),
        daily_cap: None,
        recipient_domain_cap: RECIPIENT_DOMAIN_CAP,
        ceiling: None,
    }))
}

/// Keeps the settings of a workspace; what the operator allows stays as it is. Mailboxes that waited for the limit of the day
/// are looked at again.
///
/// # Errors
/// The database's.
pub async fn save(tx: &mut Tx, workspace: WorkspaceId, settings: &SendingSettings) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "insert into outreach_settings (workspace_id, postal_address, daily_cap, recipient_domain_cap) values ($1, $2, $3, $4)
         on conflict (workspace_id) do update set postal_address = excluded.postal_address, daily_cap = excluded.daily_cap,
             recipient_domain_cap = excluded.recipient_domain_cap")
        .bind(workspace).bind(&settings.postal_address).bind(settings.daily_cap).bind(settings.recipient_domain_cap)
        .execute(c).await.map(drop))
}
