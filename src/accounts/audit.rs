//! The audit log: who did what in a workspace. One line per deed, written in the transaction of the deed, never changed.

use super::{
    UserId, WorkspaceId,
    security_log::{self, Event, Kind},
};
use crate::{
    on,
    server::{clock::Instant, db::Tx},
};

crate::id!(
    /// One line of the audit log; later ones sort after earlier ones.
    EventId
);

/// A file left the product. This line and the next two are also in the security log, and whatever an operator does.
pub const EXPORTED: &str = "Exported";
/// Addresses of leads were opened, one or many (C17).
pub const REVEALED: &str = "Revealed addresses";
pub const PASSWORD_CHANGED: &str = "Changed their password";

/// Longest subject and detail kept: the log names things, it does not copy them.
const CHARACTERS_MAX: usize = 300;

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    User(UserId),
    /// Fairlead itself, e.g. a worker.
    System,
    /// The operator, on a page (with the user) or on the command line.
    Operator(Option<UserId>),
}

impl Actor {
    /// The word in the database.
    pub fn kind(self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::System => "system",
            Self::Operator(_) => "operator",
        }
    }

    /// The user, where one is known.
    pub fn user(self) -> Option<UserId> {
        match self {
            Self::User(user) => Some(user),
            Self::System => None,
            Self::Operator(user) => user,
        }
    }
}

/// One line, with the name of who did it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct AuditEntry {
    pub id: EventId,
    pub at: Instant,
    pub actor_kind: String,
    pub actor_name: Option<String>,
    pub actor_email: Option<String>,
    pub action: String,
    pub subject: String,
    pub detail: String,
}

impl AuditEntry {
    /// Who did it, for people.
    pub fn actor(&self) -> String {
        match (self.actor_kind.as_str(), &self.actor_name) {
            ("operator", Some(name)) => format!("{name} (operator)"),
            ("operator", None) => "The operator".into(),
            (_, Some(name)) => name.clone(),
            _ => "Fairlead".into(),
        }
    }
}

/// Which lines to show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Only what this user did.
    pub member: Option<UserId>,
    /// Not before this moment.
    pub from: Option<Instant>,
    /// Before this moment.
    pub until: Option<Instant>,
}

/// Writes one line. Joins the transaction of what it records, so that neither exists without the other.
///
/// `action` is a short past-tense phrase for people ("Bought credits"), `subject` what it was done to ("Team package"),
/// `detail` the rest, or empty.
///
/// # Errors
/// Only the database's.
pub async fn record(
    tx: &mut Tx,
    workspace: WorkspaceId,
    actor: Actor,
    action: &str,
    subject: &str,
    detail: &str,
    at: Instant,
) -> sqlx::Result<()> {
    let (kind, user) = (actor.kind(), actor.user());
    if let Some(kind) = security_kind(actor, action) {
        let about = if subject.is_empty() { action.to_owned() } else { format!("{action}: {subject}") };
        let event = Event::new(kind, user).in_workspace(workspace).about(&shortened(&about), &shortened(detail));
        security_log::record(tx, &event, at).await?;
    }
    on!(tx, c => sqlx::query(
        "insert into audit_events (workspace_id, id, at, actor_kind, actor_id, action, subject, detail)
         values ($1, $2, $3, $4, $5, $6, $7, $8)")
        .bind(workspace).bind(EventId::new()).bind(at).bind(kind).bind(user).bind(action)
        .bind(shortened(subject)).bind(shortened(detail)).execute(c).await.map(drop))
}

/// Under what the line is in the security log, if it belongs there.
fn security_kind(actor: Actor, action: &str) -> Option<Kind> {
    match (actor, action) {
        (Actor::Operator(_), _) => Some(Kind::Operator),
        (_, EXPORTED) => Some(Kind::Exported),
        (_, REVEALED) => Some(Kind::Revealed),
        (_, PASSWORD_CHANGED) => Some(Kind::PasswordChanged),
        _ => None,
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The lines of `workspace` that fit `filter`, newest first, at most `limit`, all older than `before` (a page's last line).
///
/// # Errors
/// Only the database's.
pub async fn entries(
    tx: &mut Tx,
    workspace: WorkspaceId,
    filter: &AuditFilter,
    before: Option<EventId>,
    limit: i64,
) -> sqlx::Result<Vec<AuditEntry>> {
    let before = before.unwrap_or(EventId(uuid::Uuid::max()));
    let (from, until) = (filter.from.unwrap_or(Instant(0)), filter.until.unwrap_or(Instant(i64::MAX)));
    on!(tx, c => sqlx::query_as(
        "select e.id, e.at, e.actor_kind, u.name as actor_name, u.email as actor_email, e.action, e.subject,
             e.detail
         from audit_events e left join users u on u.id = e.actor_id
         where e.workspace_id = $1 and e.id < $2 and e.at >= $3 and e.at < $4 and ($5 is null or e.actor_id = $5)
         order by e.id desc limit $6")
        .bind(workspace).bind(before).bind(from).bind(until).bind(filter.member).bind(limit).fetch_all(c).await)
}

/// Everybody who stands in the log of `workspace`, members and those who left, by name.
///
/// # Errors
/// Only the database's.
pub async fn actors(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Vec<(UserId, String)>> {
    on!(tx, c => sqlx::query_as(
        "select u.id, u.name from users u
         where exists (select 1 from audit_events e where e.workspace_id = $1 and e.actor_id = u.id)
         order by u.name, u.id limit 1000")
        .bind(workspace).fetch_all(c).await)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::app::testing::{NOW, test_apps};

    #[tokio::test]
    async fn the_log_is_read_newest_first_by_member_and_time_and_never_from_another_workspace() {
        for test in test_apps(&[]).await {
            let (uma, stranger) = (test.sign_in().await, test.sign_in().await);
            let mut tx = test.app.db.write().await.unwrap();
            for number in 0..5_u64 {
                let actor = if number == 3 { Actor::System } else { Actor::User(uma.user) };
                let at = NOW.plus(Duration::from_secs(number));
                record(&mut tx, uma.workspace, actor, "Counted", &number.to_string(), "", at).await.unwrap();
            }
            record(&mut tx, stranger.workspace, Actor::Operator(None), "Counted", "other", "", NOW).await.unwrap();
            let subjects = |rows: &[AuditEntry]| rows.iter().map(|row| row.subject.clone()).collect::<Vec<_>>();
            let all = AuditFilter::default();
            let first = entries(&mut tx, uma.workspace, &all, None, 2).await.unwrap();
            assert_eq!(subjects(&first), ["4", "3"]);
            assert_eq!((first[0].actor(), first[1].actor()), ("Uma Rossi".into(), "Fairlead".into()));
            let rest = entries(&mut tx, uma.workspace, &all, Some(first[1].id), 10).await.unwrap();
            assert_eq!(subjects(&rest), ["2", "1", "0"]);
            let own = AuditFilter { member: Some(uma.user), from: Some(NOW.plus(Duration::from_secs(2))), until: None };
            assert_eq!(subjects(&entries(&mut tx, uma.workspace, &own, None, 10).await.unwrap()), ["4", "2"]);
            let early = AuditFilter { until: Some(NOW.plus(Duration::from_secs(1))), ..all };
            assert_eq!(subjects(&entries(&mut tx, uma.workspace, &early, None, 10).await.unwrap()), ["0"]);
            assert_eq!(actors(&mut tx, uma.workspace).await.unwrap(), [(uma.user, "Uma Rossi".to_owned())]);
        }
    }

    #[test]
    fn a_long_subject_is_cut_between_characters() {
        assert_eq!(shortened("Zoë"), "Zoë");
        assert_eq!(shortened(&"ö".repeat(5_000)).chars().count(), CHARACTERS_MAX + 1);
    }
}
