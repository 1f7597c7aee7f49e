//! The words of mails go after a while (`FAIRLEAD_MAIL_MONTHS`); that they came, and what they were, stays.

use std::{sync::Arc, time::Duration};

use crate::{
    on,
    server::{app::App, clock::Instant, db::Tx, jobs::Round},
};

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(60 * 60);
/// Mails of one transaction.
const MAILS: i64 = 500;
/// A month, on average.
const MONTH: Duration = Duration::from_secs(2_629_746);

/// Starts the loop.
pub fn start(app: &App) {
    let worker = app.clone();
    app.jobs.repeat("words of old mails", PAUSE, Arc::default(), move || {
        let app = worker.clone();
        async move { round(&app).await }
    });
}

/// Deletes the words of some mails, if there are any that are too old.
///
/// # Errors
/// The database's.
pub(super) async fn round(app: &App) -> anyhow::Result<Round> {
    let before = app.clock.now().minus(MONTH * app.config.mail_months);
    let mut tx = app.db.write().await?;
    let deleted = forget(&mut tx, before).await?;
    tx.commit().await?;
    Ok(if deleted == 0 { Round::Idle } else { Round::Worked })
}

/// Deletes the words and files of mails that came before that moment, and returns how many.
async fn forget(tx: &mut Tx, before: Instant) -> sqlx::Result<u64> {
    let deleted = on!(&mut *tx, c => sqlx::query(
        "delete from mail_bodies where (workspace_id, mail_id) in (
             select m.workspace_id, m.id from mails m
             join mail_bodies b on b.workspace_id = m.workspace_id and b.mail_id = m.id
             where m.received_at < $1 order by m.received_at limit $2)")
        .bind(before).bind(MAILS).execute(c).await.map(|done| done.rows_affected()))?;
    let parts = on!(&mut *tx, c => sqlx::query(
        "delete from mail_parts where (workspace_id, mail_id) in (
             select m.workspace_id, m.id from mails m
             join mail_parts p on p.workspace_id = m.workspace_id and p.mail_id = m.id
             where m.received_at < $1 order by m.received_at limit $2)")
        .bind(before).bind(MAILS).execute(c).await.map(|done| done.rows_affected()))?;
    // The list shows the first words of the newest answer.
    if deleted > 0 {
        on!(tx, c => sqlx::query("update threads set first_line = '' where last_in_at < $1 and first_line <> ''")
            .bind(before).execute(c).await.map(drop))?;
    }
    Ok(deleted + parts)
}
