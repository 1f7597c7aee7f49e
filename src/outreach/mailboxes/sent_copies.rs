//! Whether a copy of each sent mail is saved in the mailbox: as its provider does unless a member says otherwise.

use serde::{Deserialize, Serialize};

use super::preset::Preset;
use crate::{accounts::WorkspaceId, on, outreach::ids::MailboxId, server::db::Tx};

/// What a member chose.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum SentCopies {
    /// Saved where the provider saves none.
    #[default]
    Provider,
    /// Saved wherever none is found a minute later.
    Always,
    Never,
}

impl SentCopies {
    pub const ALL: [Self; 3] = [Self::Provider, Self::Always, Self::Never];

    /// The word in forms and in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Always => "always",
            Self::Never => "never",
        }
    }

    /// The choice of a [word](Self::word).
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }

    /// A choice for people, and what it does.
    pub fn label(self) -> (&'static str, &'static str) {
        match self {
            Self::Provider => {
                ("As the provider does", "A copy is saved where the provider is not known to save one itself.")
            }
            Self::Always => (
                "Always",
                "A minute after a mail left, its folder is searched; a copy is saved where none is there. Never at Google, which saves each mail itself.",
            ),
            Self::Never => ("Never", "What Fairlead sends is seen here alone."),
        }
    }

    /// Whether Fairlead looks for a copy of a mail that left over this provider, and saves one that is missing.
    pub fn saves_at(self, provider: &Preset) -> bool {
        match self {
            Self::Provider => provider.saves_sent != Some(true),
            // An appended copy may be delivered once more there.
            Self::Always => provider.word != "google",
            Self::Never => false,
        }
    }
}

/// Keeps a choice. Returns whether there is such a mailbox that can have copies.
///
/// # Errors
/// The database's.
pub async fn choose(tx: &mut Tx, workspace: WorkspaceId, mailbox: MailboxId, copies: SentCopies) -> sqlx::Result<bool> {
    on!(tx, c => sqlx::query(
        "update mailboxes set sent_copies = $3 where workspace_id = $1 and id = $2 and kind = 'smtp' and imap_host is not null
             and state <> 'removed'")
        .bind(workspace).bind(mailbox).bind(copies).execute(c).await.map(|done| done.rows_affected() == 1))
}

/// What was chosen for a mailbox.
///
/// # Errors
/// The database's.
pub async fn chosen(tx: &mut Tx, workspace: WorkspaceId, mailbox: MailboxId) -> sqlx::Result<SentCopies> {
    let chosen = on!(tx, c => sqlx::query_scalar("select sent_copies from mailboxes where workspace_id = $1 and id = $2")
        .bind(workspace).bind(mailbox).fetch_optional(c).await)?;
    Ok(chosen.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_saved_as_chosen_and_never_at_google() {
        let google = Preset::of_host("smtp.gmail.com");
        let own = Preset::of_host("mail.acme.example");
        let zoho = Preset::of_host("smtp.zoho.com");
        assert_eq!(SentCopies::ALL.map(|one| one.saves_at(google)), [false, false, false]);
        assert_eq!(SentCopies::ALL.map(|one| one.saves_at(own)), [true, true, false]);
        assert_eq!(zoho.saves_sent, Some(true), "the test needs a provider that saves copies");
        assert_eq!(SentCopies::ALL.map(|one| one.saves_at(zoho)), [false, true, false]);
        assert!(SentCopies::ALL.into_iter().all(|one| SentCopies::of_word(one.word()) == Some(one)));
    }
}
