//! Who looks after conversations, and telling a member what another one has assigned to them.

use sqlx::types::Json;

use super::change::Seen;
use crate::{
    accounts::{
        Member, UserId, WorkspaceId,
        notifications::{self, Event, News},
    },
    on,
    outreach::ids::ThreadId,
    server::{batches::batches, clock::Instant, db::Tx},
    ui::plural,
};

/// What came of assigning conversations.
#[derive(Debug, Default)]
pub struct Assigned {
    /// Those that have another member now.
    pub newly: Vec<ThreadId>,
    /// Those that this member, or no one, had before.
    pub already: usize,
}

/// Assigns conversations, those that are still as the member saw them, to a member or to no one.
///
/// # Errors
/// The database's; one that names a user who is none.
pub async fn assign(
    tx: &mut Tx,
    workspace: WorkspaceId,
    seen: &[Seen],
    user: Option<UserId>,
) -> sqlx::Result<Assigned> {
    let mut assigned = Assigned::default();
    for batch in batches(seen.iter().map(|Seen(id, version)| (id, version)))? {
        let batch = Json(batch);
        let already: i64 = on!(&mut *tx, c => sqlx::query_scalar(
            "select count(*) from json_each($2) j
             join threads t on t.workspace_id = $1 and t.id = unhex(j.value ->> 0, '-')
             where (j.value ->> 1 is null or t.version = cast(j.value ->> 1 as bigint)) and t.assigned_to is not distinct from $3")
            .bind(workspace).bind(&batch).bind(user).fetch_one(c).await)?;
        assigned.already += usize::try_from(already).unwrap_or(0);
        let newly: Vec<ThreadId> = on!(&mut *tx, c => sqlx::query_scalar(
            "update threads as t set assigned_to = $3, version = t.version + 1 from json_each($2) j
             where t.workspace_id = $1 and t.id = unhex(j.value ->> 0, '-')
               and (j.value ->> 1 is null or t.version = cast(j.value ->> 1 as bigint)) and t.assigned_to is distinct from $3
             returning id")
            .bind(workspace).bind(&batch).bind(user).fetch_all(c).await)?;
        assigned.newly.extend(newly);
    }
    Ok(assigned)
}

/// Tells `user`, as they chose to be told, that `member` assigned these conversations to them. No one is told what they assign to
/// themselves.
///
/// # Errors
/// The database's.
pub async fn tell(
    tx: &mut Tx,
    member: &Member,
    user: Option<UserId>,
    threads: &[ThreadId],
    at: Instant,
) -> sqlx::Result<()> {
    let (Some(user), Some(first)) = (user.filter(|user| *user != member.user), threads.first()) else { return Ok(()) };
    let name = if member.name.trim().is_empty() { "Another member" } else { member.name.trim() };
    let (title, text, link) = match threads {
        [_] => {
            let with: Option<(String, String)> = on!(&mut *tx, c => sqlx::query_as(
                "select person, subject from threads where workspace_id = $1 and id = $2")
                .bind(member.workspace).bind(first).fetch_optional(c).await)?;
            let (person, subject) = with.unwrap_or_default();
            let text = format!("{name} assigned the conversation with {person} to you: “{subject}”.");
            (format!("A conversation with {person} is yours now"), text, format!("/inbox/{first}"))
        }
        _ => {
            let count = plural(i64::try_from(threads.len()).unwrap_or(i64::MAX), "conversation", "conversations");
            (format!("{count} are yours now"), format!("{name} assigned them to you."), "/inbox?view=mine".to_owned())
        }
    };
    let key = format!("assigned:{user}:{first}:{}", at.micros());
    let news = News { event: Event::Assigned, key, title, text, link: &link };
    notifications::tell_one(tx, member.workspace, user, &news, at).await
}
