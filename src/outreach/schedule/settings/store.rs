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
    /// Counts mails whose outcome is unknown as sent, instead of asking a member about each.
    pub counts_unknown: bool,
    /// Mails a day that the operator allows.
    pub ceiling: Option<i64>,
}

/// The settings of a workspace, or what counts without any.
///
/// # Errors
/// The database's.
pub async fn load(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<SendingSettings> {
    let found = on!(tx, c => sqlx::query_as(
        "select postal_address, daily_cap, recipient_domain_cap, unknown_policy = 'count_as_sent' as counts_unknown, ceiling
         from outreach_settings where workspace_id = $1")
        .bind(workspace).fetch_optional(c).await)?;
    Ok(found.unwrap_or(SendingSettings {
        postal_address: String::new(),
        daily_cap: None,
        recipient_domain_cap: RECIPIENT_DOMAIN_CAP,
        counts_unknown: false,
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
        "insert into outreach_settings (workspace_id, postal_address, daily_cap, recipient_domain_cap, unknown_policy)
         values ($1, $2, $3, $4, $5)
         on conflict (workspace_id) do update set postal_address = excluded.postal_address, daily_cap = excluded.daily_cap,
             recipient_domain_cap = excluded.recipient_domain_cap, unknown_policy = excluded.unknown_policy")
        .bind(workspace).bind(&settings.postal_address).bind(settings.daily_cap).bind(settings.recipient_domain_cap)
        .bind(if settings.counts_unknown { "count_as_sent" } else { "ask" })
        .execute(c).await.map(drop))
}
