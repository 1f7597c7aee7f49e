//! Messages to the members of a workspace: on every page until each of them dismisses it, and once by mail to those who
//! answer for the workspace.

use serde::Deserialize;

use super::{UserId, WorkspaceId, outbox};
use crate::{
    email::Email,
    on,
    server::{clock::Instant, db::Tx, select::Select},
    ui::Tone,
};

crate::id!(
    /// One message to a workspace.
    NoticeId
);

/// Most owners and admins that get one message by mail.
const MAILED_MAX: i64 = 200;

/// A message to a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notice<'a> {
    /// Names its cause within the workspace: the same key posts once (until it is withdrawn).
    pub key: &'a str,
    pub tone: Tone,
    /// One short line; the subject of the mail.
    pub title: &'a str,
    pub text: &'a str,
    /// A path of this instance where something can be done about it.
    pub link: Option<&'a str>,
    /// What several messages may be about.
    pub cause: Option<Cause>,
}

/// What several messages may be about: only the strongest of a cause is shown, and mailed when they come together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cause {
    pub name: &'static str,
    /// Which of them counts.
    pub strength: i64,
    /// The button that leads to the link of the message.
    pub action: &'static str,
}

/// A message as one member sees it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PostedNotice {
    pub id: NoticeId,
    pub key: String,
    pub cause: Option<String>,
    pub strength: i64,
    /// What the button to the link says; without it the title leads there.
    pub action: Option<String>,
    pub tone: String,
    pub title: String,
    pub text: String,
    pub link: Option<String>,
}

/// Posts `notice` on every page of `workspace` and mails it to its owners and admins. Joins the caller's transaction;
/// tell the open pages afterwards (`app.live.changed(…, &[topics::NOTICES])`). Answers whether it was new.
///
/// # Errors
/// Only the database's.
pub async fn post(tx: &mut Tx, workspace: WorkspaceId, notice: &Notice<'_>, at: Instant) -> sqlx::Result<bool> {
    post_until(tx, workspace, notice, None, at).await
}

/// Like [`post`], for one that goes away by itself at `ends_at`.
///
/// # Errors
/// Only the database's.
pub async fn post_until(
    tx: &mut Tx,
    workspace: WorkspaceId,
    notice: &Notice<'_>,
    ends_at: Option<Instant>,
    at: Instant,
) -> sqlx::Result<bool> {
    if !post_on_pages(tx, workspace, notice, ends_at, at).await? {
        return Ok(false);
    }
    if !is_told(tx, workspace, notice).await? {
        mail(tx, workspace, notice, at).await?;
    }
    Ok(true)
}

/// Like [`post_until`], without a mail; for ever if nothing ends it.
///
/// # Errors
/// Only the database's.
pub async fn post_on_pages(
    tx: &mut Tx,
    workspace: WorkspaceId,
    notice: &Notice<'_>,
    ends_at: Option<Instant>,
    at: Instant,
) -> sqlx::Result<bool> {
    let added = on!(tx, c => sqlx::query(
        "insert into notices (workspace_id, id, key, tone, title, text, link, created_at, ends_at, cause, strength, action)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict (workspace_id, key) do nothing")
        .bind(workspace).bind(NoticeId::new()).bind(notice.key).bind(notice.tone.word()).bind(notice.title)
        .bind(notice.text).bind(notice.link).bind(at).bind(ends_at).bind(notice.cause.map(|cause| cause.name))
        .bind(notice.cause.map_or(0, |cause| cause.strength)).bind(notice.cause.map(|cause| cause.action))
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(added > 0)
}

/// Posts a message that one member alone sees, without a mail.
///
/// # Errors
/// Only the database's.
pub(super) async fn post_to(
    tx: &mut Tx,
    workspace: WorkspaceId,
    user: UserId,
    notice: &Notice<'_>,
    ends_at: Option<Instant>,
    at: Instant,
) -> sqlx::Result<()> {
    post_on_pages(tx, workspace, notice, ends_at, at).await?;
    on!(tx, c => sqlx::query("update notices set user_id = $3 where workspace_id = $1 and key = $2")
        .bind(workspace).bind(notice.key).bind(user).execute(c).await.map(drop))
}

/// Whether another message about the same cause, which is as strong, was mailed before and is still there.
async fn is_told(tx: &mut Tx, workspace: WorkspaceId, notice: &Notice<'_>) -> sqlx::Result<bool> {
    let Some(cause) = notice.cause else { return Ok(false) };
    let others: i64 = on!(tx, c => sqlx::query_scalar(
        "select count(*) from notices where workspace_id = $1 and cause = $2 and strength >= $3 and key <> $4")
        .bind(workspace).bind(cause.name).bind(cause.strength).bind(notice.key).fetch_one(c).await)?;
    Ok(others > 0)
}

/// Mails owners and admins of `workspace` what needs no message on their pages. Joins the caller's transaction.
///
/// # Errors
/// Only the database's.
pub async fn mail_alone(
    tx: &mut Tx,
    workspace: WorkspaceId,
    title: &str,
    text: &str,
    link: &str,
    at: Instant,
) -> sqlx::Result<()> {
    let notice = Notice { key: "", tone: Tone::Info, title, text, link: Some(link), cause: None };
    mail(tx, workspace, &notice, at).await
}

/// One mail to each owner and admin.
async fn mail(tx: &mut Tx, workspace: WorkspaceId, notice: &Notice<'_>, at: Instant) -> sqlx::Result<()> {
    let recipients: Vec<(Email, String)> = on!(tx, c => sqlx::query_as(
        "select u.email, w.name from members m join users u on u.id = m.user_id join workspaces w on w.id = m.workspace_id
         where m.workspace_id = $1 and m.role in ('owner', 'admin') order by m.created_at, u.id limit $2")
        .bind(workspace).bind(MAILED_MAX).fetch_all(c).await)?;
    for (recipient, name) in recipients {
        let body = format!("{}\n\nThis concerns the workspace {name}.", notice.text);
        outbox::post_with_link(tx, Some(workspace), &recipient, notice.title, &body, notice.link, at).await?;
    }
    Ok(())
}

/// Takes the message with `key` back, because its cause is gone; the next one with this key is news again. Joins the
/// caller's transaction. Answers whether there was one.
///
/// # Errors
/// Only the database's.
pub async fn withdraw(tx: &mut Tx, workspace: WorkspaceId, key: &str) -> sqlx::Result<bool> {
    let gone = on!(tx, c => sqlx::query("delete from notices where workspace_id = $1 and key = $2")
        .bind(workspace).bind(key).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(gone > 0)
}

/// What `user` has not dismissed yet, the gravest first, then the newest, at most `limit`.
pub(crate) fn select_open_notices(
    workspace: WorkspaceId,
    user: UserId,
    limit: i64,
    now: Instant,
) -> Select<Vec<PostedNotice>> {
    Select::rows(
        "id, key, cause, strength, action, tone, title, text, link",
        "select n.id, n.key, n.cause, n.strength, n.action, n.tone, n.title, n.text, n.link from notices n
         where n.workspace_id = $1 and (n.ends_at is null or n.ends_at > $3) and (n.user_id is null or n.user_id = $2) and not exists (
             select 1 from notice_dismissals d
             where d.workspace_id = n.workspace_id and d.notice_id = n.id and d.user_id = $2)
         order by case n.tone when 'bad' then 1 when 'warning' then 2 else 3 end, n.strength desc, n.created_at desc, n.id desc limit $4",
    )
    .bind(workspace.0)
    .bind(user.0)
    .bind(now)
    .bind(limit)
}

/// Takes the message off the pages of `user` alone. Joins the caller's transaction; of another workspace, or twice, it
/// changes nothing.
pub(super) async fn dismiss(
    tx: &mut Tx,
    workspace: WorkspaceId,
    user: UserId,
    notice: NoticeId,
    now: Instant,
) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "insert into notice_dismissals (workspace_id, notice_id, user_id, dismissed_at)
         select n.workspace_id, n.id, $3, $4 from notices n where n.workspace_id = $1 and n.id = $2
         on conflict (workspace_id, notice_id, user_id) do nothing")
        .bind(workspace).bind(notice).bind(user).bind(now).execute(c).await.map(drop))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        accounts::Role,
        app::testing::{NOW, test_apps},
    };

    const OUT: Notice<'static> = Notice {
        key: "out-of-credits",
        tone: Tone::Warning,
        title: "Out of credits",
        text: "Requests wait <b>here</b>.",
        link: Some("/settings/cold-email-agent"),
        cause: None,
    };

    #[tokio::test]
    async fn the_same_key_posts_once_and_is_mailed_once_to_owners_and_admins() {
        for test in test_apps(&[]).await {
            let owner = test.sign_in().await;
            test.sign_in_as(owner.workspace, Role::Admin).await;
            test.sign_in_as(owner.workspace, Role::Viewer).await;
            let mut tx = test.app.db.write().await.unwrap();
            assert!(post(&mut tx, owner.workspace, &OUT, NOW).await.unwrap());
            assert!(!post(&mut tx, owner.workspace, &OUT, NOW).await.unwrap());
            assert_eq!(outbox::messages(&mut tx).await.unwrap().len(), 2);
            assert!(withdraw(&mut tx, owner.workspace, OUT.key).await.unwrap());
            assert!(!withdraw(&mut tx, owner.workspace, OUT.key).await.unwrap());
            assert!(post(&mut tx, owner.workspace, &OUT, NOW).await.unwrap(), "a new cause is news again");
        }
    }

    #[tokio::test]
    async fn a_notice_stands_on_every_page_until_this_member_dismisses_it() {
        for test in test_apps(&[]).await {
            let owner = test.sign_in().await;
            let viewer = test.sign_in_as(owner.workspace, Role::Viewer).await;
            let stranger = test.sign_in().await;
            let mut tx = test.app.db.write().await.unwrap();
            post(&mut tx, owner.workspace, &OUT, NOW).await.unwrap();
            for number in 0..4 {
                let (key, title) = (number.to_string(), format!("Number {number}"));
                let other = Notice { key: &key, title: &title, ..OUT };
                let soon = Some(NOW.plus(Duration::from_secs(60)));
                post_until(&mut tx, owner.workspace, &other, soon, NOW.minus(Duration::from_secs(1))).await.unwrap();
            }
            let id = select_open_notices(owner.workspace, owner.user, 1, NOW).read(&mut tx).await.unwrap()[0].id;
            tx.commit().await.unwrap();
            let page = viewer.get("/campaigns").await.body;
            assert!(page.contains("Out of credits") && page.contains("&lt;b&gt;here") && !page.contains("<b>here"));
            assert_eq!(page.matches("/dismissal").count(), 3);
            assert!(page.contains("2 more"), "{page}");
            assert!(!stranger.get("/campaigns").await.body.contains("Out of credits"));
            assert!(!stranger.get("/help").await.body.contains("/dismissal"));

            let address = format!("/notices/{id}/dismissal");
            stranger.post(&address, &[]).await;
            for _ in 0..2 {
                let answer = owner.post(&address, &[("next", "//evil.example")]).await;
                assert_eq!((answer.status.as_u16(), answer.location.as_str()), (303, "/campaigns"));
            }
            assert_eq!(owner.post("/notices/nonsense/dismissal", &[]).await.status.as_u16(), 404);
            assert!(!owner.get("/campaigns").await.body.contains("Out of credits"));
            assert!(viewer.get("/campaigns").await.body.contains("Out of credits"), "the others still see it");
            test.app.clock.advance(Duration::from_secs(60));
            assert!(!owner.get("/campaigns").await.body.contains("/dismissal"), "the others ended by themselves");
        }
    }
}
