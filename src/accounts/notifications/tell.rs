//! Tells members of an event, in the transaction that causes it.

use std::time::Duration;

use super::{
    choice::{By, Event, Listener, listeners},
    digest,
};
use crate::{
    accounts::{UserId, WorkspaceId, notices, outbox},
    on,
    server::{clock::Instant, db::Tx},
    ui::Tone,
};

/// How long an event stays on the pages that needs nothing to be done.
const SHOWN: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Something that happened.
#[derive(Debug, Clone)]
pub struct News<'a> {
    pub event: Event,
    /// Names its cause within the workspace: told once, until it is [withdrawn](withdraw).
    pub key: String,
    /// One short line; the subject of the mail.
    pub title: String,
    pub text: String,
    /// A path of this instance.
    pub link: &'a str,
}

/// Tells each member as they chose; viewers are told nothing. What was told before with the same key is not told again. Open pages follow
/// [`topics::NOTICES`](crate::topics::NOTICES): name it after the commit.
///
/// # Errors
/// The database's.
pub async fn tell(tx: &mut Tx, workspace: WorkspaceId, news: &News<'_>, at: Instant) -> sqlx::Result<()> {
    let listeners = listeners(tx, workspace, news.event).await?;
    if !post(tx, workspace, news, &listeners, at).await? {
        return Ok(());
    }
    mail(tx, workspace, std::slice::from_ref(news), &listeners, at).await
}

/// Tells one member of what concerns them alone, as they chose.
///
/// # Errors
/// The database's.
pub async fn tell_one(
    tx: &mut Tx,
    workspace: WorkspaceId,
    user: UserId,
    news: &News<'_>,
    at: Instant,
) -> sqlx::Result<()> {
    let listeners: Vec<Listener> =
        listeners(tx, workspace, news.event).await?.into_iter().filter(|listener| listener.user == user).collect();
    if listeners.iter().any(|listener| listener.choice.on_page) {
        notices::post_to(tx, workspace, user, &notice_of(news), Some(at.plus(SHOWN)), at).await?;
    }
    mail(tx, workspace, std::slice::from_ref(news), &listeners, at).await
}

/// Tells of several events of one kind that come once anyway, such as answers. On the pages they are one message, with the `headline` that
/// says how many; a later one takes its place.
///
/// # Errors
/// The database's.
pub async fn tell_together(
    tx: &mut Tx,
    workspace: WorkspaceId,
    headline: &News<'_>,
    each: &[News<'_>],
    at: Instant,
) -> sqlx::Result<()> {
    let listeners = listeners(tx, workspace, headline.event).await?;
    if listeners.iter().any(|listener| listener.choice.on_page) {
        notices::withdraw(tx, workspace, &headline.key).await?;
        post(tx, workspace, headline, &listeners, at).await?;
    }
    mail(tx, workspace, each, &listeners, at).await
}

async fn mail(
    tx: &mut Tx,
    workspace: WorkspaceId,
    news: &[News<'_>],
    listeners: &[Listener],
    at: Instant,
) -> sqlx::Result<()> {
    for listener in listeners.iter().filter(|listener| listener.choice.mail == By::AtOnce) {
        for one in news {
            let body = format!("{}\n\nThis concerns the workspace {}.", one.text, listener.workspace);
            outbox::post_with_link(tx, Some(workspace), &listener.email, &one.title, &body, Some(one.link), at).await?;
        }
    }
    let mut lines = Vec::new();
    for listener in listeners.iter().filter(|listener| listener.choice.mail == By::Daily) {
        lines.extend(news.iter().map(|one| (listener.user, one.title.as_str(), one.link)));
    }
    digest::add(tx, workspace, &lines, at).await
}

/// Puts it on the pages of those who want it there. Returns whether it is news.
async fn post(
    tx: &mut Tx,
    workspace: WorkspaceId,
    news: &News<'_>,
    listeners: &[Listener],
    at: Instant,
) -> sqlx::Result<bool> {
    let notice = notice_of(news);
    let ends_at = (notice.tone == Tone::Info).then(|| at.plus(SHOWN));
    if !notices::post_on_pages(tx, workspace, &notice, ends_at, at).await? {
        return Ok(false);
    }
    for listener in listeners.iter().filter(|listener| !listener.choice.on_page) {
        on!(&mut *tx, c => sqlx::query(
            "insert into notice_dismissals (workspace_id, notice_id, user_id, dismissed_at)
             select n.workspace_id, n.id, $3, $4 from notices n where n.workspace_id = $1 and n.key = $2
             on conflict (workspace_id, notice_id, user_id) do nothing")
            .bind(workspace).bind(&news.key).bind(listener.user).bind(at).execute(c).await.map(drop))?;
    }
    Ok(true)
}

fn notice_of<'a>(news: &'a News<'_>) -> notices::Notice<'a> {
    let tone = match news.event {
        Event::Answer | Event::Assigned | Event::CampaignFinished => Tone::Info,
        Event::MailboxFailing | Event::CampaignPaused => Tone::Warning,
    };
    notices::Notice { key: &news.key, tone, title: &news.title, text: &news.text, link: Some(news.link), cause: None }
}

/// Takes back what was told with this key, because its cause is gone: on the pages, and what waits for the mail of the day.
///
/// # Errors
/// The database's.
pub async fn withdraw(tx: &mut Tx, workspace: WorkspaceId, key: &str) -> sqlx::Result<bool> {
    notices::withdraw(tx, workspace, key).await
}
