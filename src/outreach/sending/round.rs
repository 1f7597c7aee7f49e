//! One round of the scheduler, and its loop.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use sqlx::FromRow;

use super::{
    due, enrol, hand_over, leases,
    pick::{self, Slots},
    release,
    sessions::Sessions,
    turn,
};
use crate::{
    accounts::WorkspaceId,
    ids::CampaignId,
    mail::gate::Permit,
    on,
    outreach::{mailboxes::mailbox::MailboxKind, progress},
    server::{
        app::App,
        clock::Instant,
        db::{Tx, is_contention},
        jobs::Round,
    },
    suppression::SuppressionKeys,
    topics,
};

/// Between two looks when there is nothing to do.
const PAUSE: Duration = Duration::from_secs(1);
/// How often a round of picks is tried again that met another server.
const TRIES: usize = 5;

/// Where the look at running campaigns continues; the same for all rounds of a process.
#[derive(Debug, Default)]
pub struct Scheduler {
    cursor: Mutex<enrol::Cursor>,
}

/// Starts the loop.
pub fn start(app: &App) {
    let worker = app.clone();
    app.jobs.repeat("sending", PAUSE, app.of::<Sessions>().ended.clone(), move || {
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
    let sql = format!(
        "select exists (select 1 from campaign_zones where closes_at <= $1) as turns,
             exists (select 1 from enrolments where state = 'held' and held_until <= $1) as releases,
             exists (select 1 from campaign_departures) as departures,
             exists (select 1 from sends where state in ('claimed', 'sending') and lease_until < $1) as lost,
             exists (select 1 from sends where state = 'cancelled' and slot_day is not null) as slots,
             {} and not exists (select 1 from sending_stop) as due",
        due::is_due()
    );
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(at).fetch_one(c).await)
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
    let mut concerned: BTreeSet<(WorkspaceId, CampaignId)> = turns.into_iter().collect();
    for campaign in &concerned {
        let mut tx = app.db.write().await?;
        turn::turn(&mut tx, *campaign, at).await?;
        tx.commit().await?;
    }
    let mut worked = !concerned.is_empty() || waiting.lost || waiting.slots;
    concerned.extend(upkeep(app, &waiting, at).await?);
    for campaign in joining {
        let mut tx = app.db.write().await?;
        let rules = (app.of::<SuppressionKeys>(), app.config.consent_countries.as_slice());
        enrol::enrol(&mut tx, rules, campaign, at).await?;
        tx.commit().await?;
        concerned.insert(campaign);
    }
    let mut sending = BTreeSet::new();
    if waiting.due {
        let Slots { looked_at, batches, quiet } = slots(app, at).await?;
        // Mailboxes that wait for room are due, but nothing can be done about them now.
        worked |= looked_at > 0;
        concerned.extend(quiet);
        // A session tells of its mails itself, when they have left.
        let inside = batches.iter().filter(|batch| batch.lease.kind == MailboxKind::Outbox);
        let claims = inside.flat_map(|batch| &batch.claims);
        sending.extend(claims.map(|claim| (claim.workspace_id, claim.campaign_id)));
        concerned.extend(hand_over::hand_over(app, batches).await?);
    }
    settle(app, &concerned, at).await?;
    tell(app, concerned.union(&sending)).await;
    Ok(if worked || !concerned.is_empty() { Round::Worked } else { Round::Idle })
}

/// Holds that are over, leads that left, lost claims, slots to give back. Returns the campaigns that some of it concerns.
async fn upkeep(app: &App, waiting: &Waiting, at: Instant) -> anyhow::Result<BTreeSet<(WorkspaceId, CampaignId)>> {
    let mut concerned = BTreeSet::new();
    if waiting.releases || waiting.departures {
        let mut tx = app.db.write().await?;
        if waiting.releases {
            concerned.extend(release::release(&mut tx, at).await?);
        }
        if waiting.departures {
            concerned.extend(enrol::departed(&mut tx, at).await?);
        }
        tx.commit().await?;
    }
    if waiting.lost {
        let mut tx = app.db.write().await?;
        concerned.extend(leases::take_back(&mut tx, at).await?);
        tx.commit().await?;
    }
    if waiting.slots {
        // Counters are locked before sends, so this is a transaction of its own.
        let mut tx = app.db.write().await?;
        leases::give_slots_back(&mut tx, at).await?;
        tx.commit().await?;
    }
    Ok(concerned)
}

/// Finishes campaigns that have nothing left to send, and writes down why others send nothing. Not for each mail that leaves: it
/// counts the leads of the campaign.
///
/// # Errors
/// The database's.
pub async fn settle(app: &App, campaigns: &BTreeSet<(WorkspaceId, CampaignId)>, at: Instant) -> anyhow::Result<()> {
    for (workspace, campaign) in campaigns {
        let mut tx = app.db.write().await?;
        if !progress::finish_if_done(&mut tx, *workspace, *campaign, at).await? {
            progress::note(&mut tx, *workspace, *campaign, at).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

/// Tells the open pages of these campaigns.
pub async fn tell(app: &App, campaigns: impl Iterator<Item = &(WorkspaceId, CampaignId)>) {
    let mut of_workspaces: BTreeMap<WorkspaceId, Vec<String>> = BTreeMap::new();
    for (workspace, campaign) in campaigns {
        of_workspaces.entry(*workspace).or_default().push(topics::campaign(*campaign));
    }
    for (workspace, campaigns) in of_workspaces {
        let topics =
            campaigns.iter().map(String::as_str).chain([topics::CAMPAIGNS, topics::MAILBOXES, topics::NOTICES]);
        app.live.changed(&app.db, workspace.0, &topics.collect::<Vec<_>>()).await;
    }
}

/// Takes slots for the due mailboxes that have something to send, those for whose sessions there is room.
///
/// # Errors
/// The database's.
pub async fn slots(app: &App, at: Instant) -> anyhow::Result<Slots> {
    let sessions = app.of::<Sessions>();
    let due = due::due(&mut app.db.read().await?, at, &sessions.closed(at)).await?;
    let (due, mut permits) = sessions.admit(due, at);
    if due.is_empty() {
        return Ok(Slots::default());
    }
    let mut slots = Slots::default();
    for _ in 0..TRIES {
        let mut tx = app.db.write().await?;
        match pick::pick(&mut tx, &due, at).await {
            Ok(Some(picked)) => {
                tx.commit().await?;
                slots = picked;
                break;
            }
            Ok(None) => {}
            // Whoever reads or changes these mailboxes at the same moment was first.
            Err(error) if is_contention(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
    for batch in &mut slots.batches {
        batch.permit = permits.remove(&batch.lease.mailbox);
    }
    permits.into_values().for_each(Permit::unused);
    Ok(slots)
}
