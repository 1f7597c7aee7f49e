//! Days on which a mailbox sends nothing, such as a holiday: its conversations wait, and new leads start from other mailboxes.

use std::collections::HashMap;

use serde::Deserialize;
use sqlx::FromRow;

use super::secrets::MailboxKey;
use crate::{
    accounts::WorkspaceId,
    on,
    outreach::{ids::MailboxId, schedule::rules::Day},
    server::{clock::Instant, db::Tx, select::Select},
};

/// Longest note, and longest freeze.
pub const NOTE_MAX: usize = 200;
const DAYS_MAX: i64 = 366;

/// Some days in a row, both ends included, on the mailbox's own calendar.
#[derive(Debug, Clone, PartialEq, Eq, FromRow, Deserialize)]
pub struct Freeze {
    pub from_day: Day,
    pub to_day: Day,
    pub note: String,
}

/// Why days cannot be frozen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FreezeFault {
    EndsBeforeItBegins,
    Past,
    TooLong,
}

impl Freeze {
    /// # Errors
    /// Days in the wrong order, in the past, or more than a year of them.
    pub fn new(from: Day, to: Day, note: &str, today: Day) -> Result<Self, FreezeFault> {
        if to < from {
            return Err(FreezeFault::EndsBeforeItBegins);
        }
        if to < today {
            return Err(FreezeFault::Past);
        }
        if to.0 - from.0 >= DAYS_MAX || from.0 - today.0 > DAYS_MAX {
            return Err(FreezeFault::TooLong);
        }
        Ok(Self { from_day: from, to_day: to, note: note.to_owned() })
    }

    pub fn holds_on(&self, day: Day) -> bool {
        (self.from_day..=self.to_day).contains(&day)
    }

    fn touches(&self, other: &Self) -> bool {
        self.from_day <= other.to_day.plus(1) && other.from_day <= self.to_day.plus(1)
    }

    /// Both as one; their notes one after the other.
    fn with(self, other: &Self) -> Self {
        let notes = [other.note.as_str(), self.note.as_str()];
        let mut kept: Vec<&str> = notes.into_iter().filter(|note| !note.is_empty()).collect();
        kept.dedup();
        Self {
            from_day: self.from_day.min(other.from_day),
            to_day: self.to_day.max(other.to_day),
            note: kept.join("; ").chars().take(NOTE_MAX).collect(),
        }
    }
}

/// The last day of those without a break that begin at or before `day`; `None`: the mailbox is not frozen then.
pub fn frozen_until(freezes: &[Freeze], day: Day) -> Option<Day> {
    freezes.iter().find(|freeze| freeze.holds_on(day)).map(|freeze| freeze.to_day)
}

/// The freezes of the mailboxes of a workspace, or of one alone, that are not over on `today`, by day.
pub fn freezes(workspace: WorkspaceId, one: Option<MailboxId>, today: Day) -> Select<HashMap<MailboxId, Vec<Freeze>>> {
    #[derive(Deserialize)]
    struct Row {
        mailbox_id: MailboxId,
        #[serde(flatten)]
        freeze: Freeze,
    }
    Select::<Vec<Row>>::rows(
        "mailbox_id, from_day, to_day, note",
        "select mailbox_id, from_day, to_day, note from mailbox_freezes
         where workspace_id = $1 and ($2 is null or mailbox_id = $2) and to_day >= $3 order by mailbox_id, from_day",
    )
    .bind(workspace.0)
    .bind(one.map(|id| id.0))
    .bind(today.0)
    .map(|rows| {
        let mut freezes: HashMap<MailboxId, Vec<Freeze>> = HashMap::new();
        for Row { mailbox_id, freeze } in rows {
            freezes.entry(mailbox_id).or_default().push(freeze);
        }
        freezes
    })
}

/// Adds a freeze. Those that overlap or follow without a break become one with it.
///
/// # Errors
/// The database's.
pub async fn add(tx: &mut Tx, mailbox: MailboxKey, freeze: Freeze, at: Instant) -> sqlx::Result<Freeze> {
    let before: Vec<Freeze> = on!(&mut *tx, c => sqlx::query_as(
        "select from_day, to_day, note from mailbox_freezes where workspace_id = $1 and mailbox_id = $2 order by from_day")
        .bind(mailbox.0).bind(mailbox.1).fetch_all(c).await)?;
    let mut whole = freeze;
    for other in before.iter() {
        if whole.touches(other) {
            delete(tx, mailbox, other.from_day).await?;
            whole = whole.with(other);
        }
    }
    on!(&mut *tx, c => sqlx::query(
        "insert into mailbox_freezes (workspace_id, mailbox_id, from_day, to_day, note) values ($1, $2, $3, $4, $5)")
        .bind(mailbox.0).bind(mailbox.1).bind(whole.from_day).bind(whole.to_day).bind(&whole.note)
        .execute(c).await.map(drop))?;
    look_again(tx, mailbox, at).await?;
    Ok(whole)
}

/// Ends a freeze: the mailbox sends again on these days. Returns whether there was one.
///
/// # Errors
/// The database's.
pub async fn remove(tx: &mut Tx, mailbox: MailboxKey, from: Day, at: Instant) -> sqlx::Result<bool> {
    let removed = delete(tx, mailbox, from).await?;
    look_again(tx, mailbox, at).await?;
    Ok(removed)
}

async fn delete(tx: &mut Tx, mailbox: MailboxKey, from: Day) -> sqlx::Result<bool> {
    on!(tx, c => sqlx::query("delete from mailbox_freezes where workspace_id = $1 and mailbox_id = $2 and from_day = $3")
        .bind(mailbox.0).bind(mailbox.1).bind(from).execute(c).await.map(|done| done.rows_affected() == 1))
}

/// Lets the scheduler find out what that changes.
async fn look_again(tx: &mut Tx, mailbox: MailboxKey, at: Instant) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "update mailboxes set look_at = case when free_at > $3 then free_at else $3 end
         where workspace_id = $1 and id = $2 and state = 'active'")
        .bind(mailbox.0).bind(mailbox.1).bind(at).execute(c).await.map(drop))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn freeze(from: i64, to: i64, note: &str) -> Freeze {
        Freeze { from_day: Day(from), to_day: Day(to), note: note.into() }
    }

    #[test]
    fn days_in_the_wrong_order_in_the_past_or_far_ahead_are_refused() {
        let new = |from, to| Freeze::new(Day(from), Day(to), "", Day(100));
        assert_eq!(new(105, 104), Err(FreezeFault::EndsBeforeItBegins));
        assert_eq!(new(90, 99), Err(FreezeFault::Past));
        assert_eq!(new(100, 466), Err(FreezeFault::TooLong));
        assert_eq!(new(467, 468), Err(FreezeFault::TooLong));
        assert!(new(90, 100).is_ok(), "one that has begun can still be noted");
    }

    #[test]
    fn freezes_touch_when_no_day_lies_between_them() {
        assert!(freeze(1, 3, "").touches(&freeze(4, 5, "")));
        assert!(freeze(4, 5, "").touches(&freeze(1, 3, "")));
        assert!(!freeze(1, 3, "").touches(&freeze(5, 6, "")));
        assert_eq!(freeze(4, 9, "b").with(&freeze(1, 5, "a")), freeze(1, 9, "a; b"));
        assert_eq!(freeze(4, 9, "a").with(&freeze(1, 5, "a")), freeze(1, 9, "a"));
    }

    #[test]
    fn a_day_is_frozen_until_the_last_day_of_its_freeze() {
        let freezes = [freeze(1, 3, ""), freeze(5, 6, "")];
        assert_eq!(frozen_until(&freezes, Day(2)), Some(Day(3)));
        assert_eq!(frozen_until(&freezes, Day(4)), None);
    }
}
