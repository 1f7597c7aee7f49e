//! The daily look at every sending domain.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;

use super::{
    domain::{self, CLAIMED, Claimed},
    subject::subject,
};
use crate::{
    mail::domain::{Report, examine},
    on,
    server::{app::App, clock::Instant, db::Tx, jobs::Round, queue::Queue},
    topics,
};

const PAUSE: Duration = Duration::from_secs(3);
/// Domains that are looked at together.
const TOGETHER_MAX: i64 = 10;
/// For everything about one domain: some forty questions at most.
const LOOK_TIME_MAX: Duration = Duration::from_secs(60);

pub const QUEUE: Queue = Queue {
    table: "sending_domains",
    key: "workspace_id, domain",
    waiting: "run_at is not null",
    sets: "",
    lease: Duration::from_secs(180),
    per_workspace: true,
};

/// Starts it, where a name server may be asked.
pub fn start(app: &App) {
    if app.dns.is_on() {
        let state = app.clone();
        app.jobs.repeat("sending domains", PAUSE, Arc::default(), move || {
            let app = state.clone();
            async move { turn(&app).await }
        });
    }
}

/// Looks at the domains that are due.
///
/// # Errors
/// The database's.
pub async fn turn(app: &App) -> anyhow::Result<Round> {
    let mut tx = app.db.write().await?;
    domain::find_new(&mut tx, app.clock.now()).await?;
    let claimed: Vec<Claimed> = QUEUE.claim(&mut tx, CLAIMED, TOGETHER_MAX, app.clock.now()).await?;
    tx.commit().await?;
    if claimed.is_empty() {
        return Ok(Round::Idle);
    }
    let mut looks = Vec::new();
    let mut tx = app.db.read().await?;
    for one in claimed {
        let subject = subject(&mut tx, one.workspace, &one.domain).await?;
        looks.push((one, subject));
    }
    drop(tx);
    let reports = join_all(looks.into_iter().map(|(one, subject)| async move {
        let report = match subject {
            // What takes too long is unknown.
            Some(subject) => Some(
                tokio::time::timeout(LOOK_TIME_MAX, examine(&app.dns, &subject))
                    .await
                    .unwrap_or_else(|_| Report::unknown()),
            ),
            None => None,
        };
        (one, report)
    }))
    .await;
    let at = app.clock.now();
    let mut tx = app.db.write().await?;
    for (one, report) in &reports {
        match report {
            Some(report) => note(&mut tx, one, report, at).await?,
            None => domain::forget(&mut tx, one).await?,
        }
    }
    tx.commit().await?;
    for (one, _) in &reports {
        app.live.changed(&app.db, one.workspace.0, &[topics::MAILBOXES, topics::CAMPAIGNS]).await;
    }
    Ok(Round::Worked)
}

/// Writes a report down. Mailboxes that may begin conversations again are looked at by the scheduler.
async fn note(tx: &mut Tx, one: &Claimed, report: &Report, at: Instant) -> sqlx::Result<()> {
    let noted = domain::note(tx, one, report, at).await?;
    if noted && one.standing.holds && !one.standing.after(report, at).holds {
        on!(tx, c => sqlx::query(
            "update mailboxes set look_at = case when free_at > $3 then free_at else $3 end
             where workspace_id = $1 and domain = $2 and state = 'active' and (look_at is null or look_at > $3)")
            .bind(one.workspace).bind(&one.domain).bind(at).execute(c).await.map(drop))?;
    }
    Ok(())
}
