//! What the built-in outbox answers instead of taking a mail, as a difficult mail server would: to see what a campaign makes of it.

use std::collections::HashMap;

use crate::{
    accounts::WorkspaceId,
    mail::smtp::{Cause, Fault, Reply, Stage, Status},
    on,
    outreach::ids::MailboxId,
    server::{batches::batches, db::Tx},
};
use sqlx::types::Json;

/// The answer to the next mails of a mailbox.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum OutboxAnswer {
    #[default]
    Takes,
    NoSuchAddress,
    Later,
    /// It closes the connection after the final dot: what became of the mail is unknown.
    HangsUp,
}

impl OutboxAnswer {
    pub const ALL: [Self; 4] = [Self::Takes, Self::NoSuchAddress, Self::Later, Self::HangsUp];

    /// The word in forms.
    pub fn word(self) -> &'static str {
        match self {
            Self::Takes => "takes",
            Self::NoSuchAddress => "no_such_address",
            Self::Later => "later",
            Self::HangsUp => "hangs_up",
        }
    }

    /// The answer of a [word](Self::word).
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }

    /// What it does, and what comes of it.
    pub fn label(self) -> (&'static str, &'static str) {
        match self {
            Self::Takes => ("Take all mails", "As a server does on a good day."),
            Self::NoSuchAddress => {
                ("Refuse the address (550 5.1.1)", "The sequence stops, and the address is suppressed.")
            }
            Self::Later => ("Say “later” (451 4.3.0)", "The mail waits and is tried again."),
            Self::HangsUp => ("Hang up at the final dot", "It is not known whether the mail was taken: you decide."),
        }
    }

    /// The refusal that comes before the message is sent, if there is one.
    pub fn refusal(self) -> Option<Fault> {
        let (code, class, subject, detail, words) = match self {
            Self::Takes | Self::HangsUp => return None,
            Self::NoSuchAddress => (550, 5, 1, 1, "The email account that you tried to reach does not exist"),
            Self::Later => (451, 4, 3, 0, "Temporary server error. Please try again later"),
        };
        let reply = Reply { code, status: Some(Status { class, subject, detail }), words: words.to_owned() };
        Some(Fault { stage: Stage::Recipient, cause: Cause::Refused(reply) })
    }
}

/// What a mail server reports about a mail that the outbox took, when its recipient asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutboxReport {
    NoSuchAddress,
    MailboxFull,
    Policy,
    Delayed,
}

impl OutboxReport {
    pub const ALL: [Self; 4] = [Self::NoSuchAddress, Self::MailboxFull, Self::Policy, Self::Delayed];

    /// The word in forms.
    pub fn word(self) -> &'static str {
        match self {
            Self::NoSuchAddress => "no_such_address",
            Self::MailboxFull => "mailbox_full",
            Self::Policy => "policy",
            Self::Delayed => "delayed",
        }
    }

    /// The report of a [word](Self::word).
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::NoSuchAddress => "There is no such address (5.1.1)",
            Self::MailboxFull => "The mailbox is full (5.2.2)",
            Self::Policy => "Refused as unwanted (5.7.1)",
            Self::Delayed => "Not delivered yet (4.4.1)",
        }
    }
}

/// The answers of these mailboxes.
///
/// # Errors
/// The database's.
pub async fn answers(
    tx: &mut Tx,
    mailboxes: impl Iterator<Item = (WorkspaceId, MailboxId)>,
) -> sqlx::Result<HashMap<MailboxId, OutboxAnswer>> {
    let mut found = HashMap::new();
    for batch in batches(mailboxes)? {
        let some: Vec<(MailboxId, OutboxAnswer)> = on!(&mut *tx, c => sqlx::query_as(
            "select m.id, m.outbox_answer from json_each($1) j
             join mailboxes m on m.workspace_id = unhex(j.value ->> 0, '-') and m.id = unhex(j.value ->> 1, '-')")
            .bind(Json(batch)).fetch_all(c).await)?;
        found.extend(some);
    }
    Ok(found)
}

/// Chooses what the built-in outbox of a mailbox answers from now on. Returns whether it is one.
///
/// # Errors
/// The database's.
pub async fn choose(tx: &mut Tx, workspace: WorkspaceId, id: MailboxId, answer: OutboxAnswer) -> sqlx::Result<bool> {
    on!(tx, c => sqlx::query(
        "update mailboxes set outbox_answer = $3 where workspace_id = $1 and id = $2 and kind = 'outbox' and state <> 'removed'")
        .bind(workspace).bind(id).bind(answer).execute(c).await.map(|done| done.rows_affected() == 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_answer_has_its_word_and_two_refuse_before_the_message() {
        for answer in OutboxAnswer::ALL {
            assert_eq!(OutboxAnswer::of_word(answer.word()), Some(answer));
        }
        let codes = OutboxAnswer::ALL.map(|answer| answer.refusal().and_then(|fault| Some(fault.reply()?.code)));
        assert_eq!(codes, [None, Some(550), Some(451), None]);
    }
}
