//! The mail that a member gets once a day, with what happened since the last one.

use std::{sync::Arc, time::Duration};

use sqlx::types::Json;

use crate::{
    accounts::{UserId, WorkspaceId, outbox},
    email::Email,
    on,
    server::{app::App, batches::batches, clock::Instant, db::Tx, jobs::Round},
};

crate::id!(
    /// One line of a mail.
    LineId
);

const PAUSE: Duration = Duration::from_secs(60);
/// When mails leave, UTC.
const HOUR: i64 = 7;
/// Lines of one mail; of more, it says how many.
const LINES_MAX: i64 = 50;

/// Starts to send them.
pub fn start(app: &App) {
    let worker = app.clone();
    app.jobs.repeat("mails of the day", PAUSE, Arc::default(), move || {
        let app = worker.clone();
        async move { round(&app).await }
    });
}

/// The next moment at which mails leave. Days of UTC have the same length.
fn next_mail(at: Instant) -> Instant {
    const DAY: i64 = 24 * 60 * 60 * 1_000_000;
    let today = at.micros() - at.micros().rem_euclid(DAY) + HOUR * DAY / 24;
    Instant(if today > at.micros() { today } else { today + DAY })
}

/// Adds lines, each with the member and its link, to the next mails of members.
///
/// # Errors
/// The database's.
pub(super) async fn add(
    tx: &mut Tx,
    workspace: WorkspaceId,
    lines: &[(UserId, &str, &str)],
    at: Instant,
) -> sqlx::Result<()> {
    for lines in batches(lines.iter().map(|(user, title, link)| (user, LineId::new(), title, link)))? {
        on!(&mut *tx, c => sqlx::query(
            "insert into digest_lines (workspace_id, user_id, id, at, title, link, due_at)
             with rows as materialized (select value from json_each($4))
             select $1, unhex(value ->> 0, '-'), unhex(value ->> 1, '-'), $2, value ->> 2, value ->> 3, $3 from rows where true")
            .bind(workspace).bind(at).bind(next_mail(at)).bind(Json(lines)).execute(c).await.map(drop))?;
    }
    Ok(())
}

/// Writes the mail of one member, if one is due.
///
/// # Errors
/// The database's.
pub(super) async fn round(app: &App) -> anyhow::Result<Round> {
    let at = app.clock.now();
    let due: Option<(WorkspaceId, UserId)> = on!(&mut app.db.read().await?, c => sqlx::query_as(
        "select workspace_id, user_id from digest_lines where due_at <= $1 order by due_at, id limit 1")
        .bind(at).fetch_optional(c).await)?;
    let Some((workspace, user)) = due else { return Ok(Round::Idle) };
    let mut tx = app.db.write().await?;
    write(&mut tx, workspace, user, &app.config.public_url, at).await?;
    tx.commit().await?;
    Ok(Round::Worked)
}

async fn write(tx: &mut Tx, workspace: WorkspaceId, user: UserId, base: &url::Url, at: Instant) -> anyhow::Result<()> {
    let mut lines: Vec<(LineId, String, String)> = on!(&mut *tx, c => sqlx::query_as(
        "delete from digest_lines where workspace_id = $1 and user_id = $2 and due_at <= $3 returning id, title, link")
        .bind(workspace).bind(user).bind(at).fetch_all(c).await)?;
    lines.sort_unstable();
    // Who left the workspace is told nothing.
    let member: Option<(Email, String)> = on!(&mut *tx, c => sqlx::query_as(
        "select u.email, w.name from members m join users u on u.id = m.user_id join workspaces w on w.id = m.workspace_id
         where m.workspace_id = $1 and m.user_id = $2")
        .bind(workspace).bind(user).fetch_optional(c).await)?;
    let Some((email, name)) = member.filter(|_| !lines.is_empty()) else { return Ok(()) };
    let shown = usize::try_from(LINES_MAX)?;
    let mut body = format!("What happened in the workspace {name}:\n");
    for (_, title, link) in lines.iter().take(shown) {
        body.push_str(&format!("\n{title}\n{}\n", base.join(link)?));
    }
    if lines.len() > shown {
        body.push_str(&format!("\nand {} more\n", lines.len() - shown));
    }
    let subject = match lines.len() {
        1 => format!("{name}: {}", lines[0].1),
        many => format!("{name}: {many} events"),
    };
    let link = "/settings/notifications";
    outbox::post_with_link(tx, Some(workspace), &email, &subject, &body, Some(link), at).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mails_leave_at_seven() {
        let at = |text: &str| Instant(text.parse::<jiff::Timestamp>().unwrap().as_microsecond());
        assert_eq!(next_mail(at("2026-11-30T06:59:59Z")), at("2026-11-30T07:00:00Z"));
        assert_eq!(next_mail(at("2026-11-30T07:00:00Z")), at("2026-12-01T07:00:00Z"));
        assert_eq!(next_mail(at("2026-12-31T23:00:00Z")), at("2027-01-01T07:00:00Z"));
    }
}
