//! Tells a member what another one has assigned to them.

use crate::{
    accounts::{
        Member, UserId,
        notifications::{self, Event, News},
    },
    on,
    outreach::ids::ThreadId,
    server::{clock::Instant, db::Tx},
    ui::plural,
};

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
