//! One round of the scheduler, and its loop.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use sqlx::FromRow;

use super::{
    enrol,
    hand_over::{self, Claim},
    leases, pick, release, turn,
};
use crate::{
    accounts::WorkspaceId,
    credits::CampaignId,
    on,
    server::{app::App, clock::Instant, db::Tx, jobs::Round},
    suppression::SuppressionKeys,
};

/// Between two looks when there is nothing to do.
const PAUSE: Duration = Duration::from_secs(1);
/// How often a round of picks is tried again that met another server.
const TRIES: usize = 5;

/// Where the look at running campaigns goes on; the same for all rounds of a process.
#[derive(Debug, Default)]
pub struct Scheduler {
    cursor: Mutex<enrol::Cursor>,
}

/// Starts the loop.
pub fn start(app: &App) {
    let worker = app.clone();
    app.jobs.repeat("sending", PAUSE, std::sync::Arc::default(), move || {
        let app = worker.clone();
        async move { round(&app).await }
    });
}

/// What there is to do, in one statement: a round without work is one of these and a look at running campaigns.
#[derive(Debug, FromRow)]
struct Waiting {
    turns: bool,
    releases: bool,
    departures: bool,
    lost: bool,
    slots: bool,
    due: bool,
}

async fn waiting(tx: &mut Tx, at: Instant) -> sqlx::Result<Waiting> {
    on!(tx, c => sqlx::query_as(
        "select exists (select 1 from campaign_zones where closes_at <= $1) as turns,
             exists (select 1 from enrolments where state = 'held' and held_until <= $1) as releases,
             exists (select 1 from campaign_departures) as departures,
             exists (select 1 from sends where state in ('claimed', 'sending') and lease_until < $1) as lost,
             exists (select 1 from sends where state = 'cancelled' and slot_day is not null) as slots,
             exists (select 1 from mailboxes where state = 'active' and look_at is not null and look_at <= $1 and free_at <= $1
                 and (lease_until is null or lease_until <= $1)) and not exists (select 1 from sending_stop) as due")
        .bind(at).fetch_one(c).await)
}

/// One round: each phase that has something to do, in its own transaction.
///
/// # Errors
/// The database's. Every phase can be repeated.
pub async fn round(app: &App) -> anyhow::Result<Round> {
    let at = app.clock.now();
    let mut tx = app.db.read().await?;
    let waiting = waiting(&mut tx, at).await?;
    let scheduler = app.of::<Scheduler>();
    let cursor = *scheduler.cursor.lock().unwrap_or_else(PoisonError::into_inner);
    let (joining, next) = enrol::with_new_leads(&mut tx, cursor).await?;
    *scheduler.cursor.lock().unwrap_or_else(PoisonError::into_inner) = next;
    let turns = if waiting.turns { turn::passed(&mut tx, at).await? } else { Vec::new() };
    drop(tx);
    let mut worked = false;
    for campaign in turns {
        let mut tx = app.db.write().await?;
        turn::turn(&mut tx, campaign, at).await?;
        tx.commit().await?;
        worked = true;
    }
    worked |= upkeep(app, &waiting, at).await?;
    let changed: HashSet<(WorkspaceId, CampaignId)> = joining.iter().copied().collect();
    for campaign in joining {
        let mut tx = app.db.write().await?;
        worked |= enrol::enrol(&mut tx, app.of::<SuppressionKeys>(), campaign, at).await? > 0;
        tx.commit().await?;
    }
    hand_over::tell(app, &changed).await;
    if waiting.due {
        let claims = slots(app, at).await?;
        worked = true;
        if !claims.is_empty() {
            hand_over::hand_over(app, claims).await?;
        }
    }
    Ok(if worked { Round::Worked } else { Round::Idle })
}

/// Holds that are over, leads that left, lost claims, slots to give back.
async fn upkeep(app: &App, waiting: &Waiting, at: Instant) -> anyhow::Result<bool> {
    if !(waiting.releases || waiting.departures || waiting.lost || waiting.slots) {
        return Ok(false);
    }
    let mut tx = app.db.write().await?;
    let mut worked = waiting.releases && release::release(&mut tx, at).await?;
    worked |= waiting.departures && enrol::departed(&mut tx, at).await?;
    tx.commit().await?;
    let mut tx = app.db.write().await?;
    worked |= waiting.lost && leases::take_back(&mut tx, at).await?;
    tx.commit().await?;
    // Counters are locked before sends, so this is a transaction of its own.
    let mut tx = app.db.write().await?;
    worked |= waiting.slots && leases::give_slots_back(&mut tx).await?;
    tx.commit().await?;
    Ok(worked)
}

/// Takes a slot for each due mailbox that has something to send.
///
/// # Errors
/// The database's.
pub async fn slots(app: &App, at: Instant) -> anyhow::Result<Vec<Claim>> {
    let due = pick::due(&mut app.db.read().await?, at).await?;
    for _ in 0..TRIES {
        let mut tx = app.db.write().await?;
        if let Some(claims) = pick::pick(&mut tx, &due, at).await? {
            tx.commit().await?;
            return Ok(claims);
        }
    }
    Ok(Vec::new())
}
