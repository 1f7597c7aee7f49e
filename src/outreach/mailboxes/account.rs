//! Where a mailbox signs in: at its mail servers, with a name.

use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use crate::{
    accounts::WorkspaceId,
    mail::server::{Security, Server},
    on,
    outreach::ids::MailboxId,
    server::{db::Tx, inconsistency::Inconsistency},
};

/// The account of a mailbox at its provider. Its passwords and tokens are in `secrets.rs`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub smtp: Server,
    pub smtp_user: String,
    /// Where its answers are read; `None`: nowhere.
    pub imap: Option<Server>,
    /// Empty without a server to read from.
    pub imap_user: String,
}

impl Account {
    /// Whether a password for `other` may be given to this one: the same name at the same server, whatever the port.
    pub fn signs_in_as(&self, other: &Self) -> bool {
        self.smtp.host == other.smtp.host && self.smtp_user == other.smtp_user
    }

    /// The same of the account whose answers are read.
    pub fn reads_as(&self, other: &Self) -> bool {
        let host = |account: &Self| account.imap.as_ref().map(|server| server.host.clone());
        host(self) == host(other) && self.imap_user == other.imap_user
    }
}

/// The columns of an account, empty for the built-in outbox.
#[derive(Debug, Clone, Default, FromRow, Serialize, Deserialize)]
pub(super) struct AccountRow {
    pub smtp_host: Option<String>,
    pub smtp_port: Option<i64>,
    pub smtp_security: Option<String>,
    pub smtp_user: Option<String>,
    pub imap_host: Option<String>,
    pub imap_port: Option<i64>,
    pub imap_security: Option<String>,
    pub imap_user: Option<String>,
}

impl AccountRow {
    pub fn of(account: Option<&Account>) -> Self {
        let Some(account) = account else { return Self::default() };
        let imap = account.imap.as_ref();
        Self {
            smtp_host: Some(account.smtp.host.clone()),
            smtp_port: Some(account.smtp.port.into()),
            smtp_security: Some(word(account.smtp.security).to_owned()),
            smtp_user: Some(account.smtp_user.clone()),
            imap_host: imap.map(|server| server.host.clone()),
            imap_port: imap.map(|server| server.port.into()),
            imap_security: imap.map(|server| word(server.security).to_owned()),
            imap_user: imap.map(|_| account.imap_user.clone()),
        }
    }

    pub fn account(&self) -> Option<Account> {
        let smtp = server(self.smtp_host.as_deref(), self.smtp_port, self.smtp_security.as_deref())?;
        let imap = server(self.imap_host.as_deref(), self.imap_port, self.imap_security.as_deref());
        let imap_user = self.imap_user.clone().unwrap_or_default();
        Some(Account { smtp, smtp_user: self.smtp_user.clone()?, imap, imap_user })
    }
}

/// How the database and forms call it.
pub fn word(security: Security) -> &'static str {
    match security {
        Security::Tls => "tls",
        Security::StartTls => "starttls",
        Security::None => "none",
    }
}

/// What a word of the database or of a form means. Mailboxes never sign in without encryption.
pub fn security(word: &str) -> Option<Security> {
    match word {
        "tls" => Some(Security::Tls),
        "starttls" => Some(Security::StartTls),
        _ => None,
    }
}

fn server(host: Option<&str>, port: Option<i64>, word: Option<&str>) -> Option<Server> {
    Some(Server { host: host?.to_owned(), port: u16::try_from(port?).ok()?, security: security(word?)? })
}

/// The account of a mailbox of a provider.
///
/// # Errors
/// The database's; and an inconsistency when the mailbox is not there or is a built-in outbox, which has none.
pub async fn account(tx: &mut Tx, workspace: WorkspaceId, mailbox: MailboxId) -> sqlx::Result<Account> {
    let row: Option<AccountRow> = on!(tx, c => sqlx::query_as(
        "select smtp_host, smtp_port, smtp_security, smtp_user, imap_host, imap_port, imap_security, imap_user
         from mailboxes where workspace_id = $1 and id = $2")
        .bind(workspace).bind(mailbox).fetch_optional(c).await)?;
    row.and_then(|row| row.account()).ok_or_else(|| Inconsistency::new("mailboxes", "smtp_host", mailbox).into())
}
