//! The worker of standing requests: spawns the next lead request of each that is due, or writes down what it waits for.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use futures::StreamExt;

use super::{DAY_MICROS, SELECT, Standing, StandingReason, StandingState, Today};
use crate::{
    accounts::{Right, WorkspaceId, notices, role_of},
    campaigns::{
        LeadCount,
        ids::StandingId,
        requests::{
            quote,
            request_leads::{Placing, place},
            waterfall, worker,
        },
    },
    credits::{self, CampaignId, Credits, Deed, HoldFor, Ledger, Movement, RequestId},
    directory::Directory,
    on,
    server::{app::App, clock::Instant, db::Tx, error::AppError, jobs::Round},
    topics,
    ui::Tone,
};

/// Standing requests looked at in one round.
const ROUND_MAX: i64 = 100;
/// Workspaces looked at side by side, whose holds share transactions.
const WORKSPACES_AT_ONCE: usize = 4;
/// When one that waits for a cap looks again.
const CAP_PAUSE: Duration = Duration::from_secs(60);
/// When one whose people are used up looks again: the directory may have grown.
const NOBODY_PAUSE: Duration = Duration::from_secs(60 * 60);
/// The notice of a run-out: one for the workspace, however many wait.
const NO_CREDITS: &str = credits::alerts::OUT;
/// The notice that somebody has to take over what nobody answers for.
const MAKER_GONE: &str = "standing-maker-gone";

/// Starts the worker of this process.
pub fn start(app: &App) {
    let worker = app.clone();
    app.jobs.repeat("standing requests", Duration::from_secs(1), Arc::default(), move || {
        let app = worker.clone();
        async move {
            go_on(&app).await?;
            Ok(Round::Idle)
        }
    });
}

/// Looks once at everything that is due, a few workspaces at a time, in each the oldest first. One workspace in which
/// something fails does not hold up the others.
///
/// # Errors
/// The database's, when it cannot say what is due; what was committed before stays.
pub(crate) async fn go_on(app: &App) -> anyhow::Result<()> {
    let due = due(&mut app.db.read().await?, None, app.clock.now()).await?;
    let workspaces: BTreeSet<WorkspaceId> = due.iter().map(|standing| standing.workspace_id).collect();
    let due = &due;
    let looks = workspaces.into_iter().map(|workspace| async move {
        let here: Vec<&Standing> = due.iter().filter(|standing| standing.workspace_id == workspace).collect();
        if let Err(error) = go_on_with(app, workspace, &here).await {
            tracing::error!(%workspace, error = format!("{error:#}"), "standing requests could not go on; they are tried again");
        }
    });
    futures::stream::iter(looks).buffer_unordered(WORKSPACES_AT_ONCE).collect::<()>().await;
    Ok(())
}

/// The same at once, after somebody changed something: what fails now is tried again by the worker.
pub(crate) async fn go_on_now(app: &App) {
    if let Err(error) = go_on(app).await {
        tracing::warn!(error = format!("{error:#}"), "standing requests are looked at later");
    }
}

async fn go_on_with(app: &App, workspace: WorkspaceId, due: &[&Standing]) -> anyhow::Result<()> {
    let asking = app.of::<Directory>().asked_by_work();
    let mut ahead = Vec::new();
    for standing in due {
        // Counted outside the transaction; delivery looks at everybody again anyway.
        let reach = quote::reach(app, &asking, workspace, &standing.criteria).await?;
        ahead.push((standing.id, reach.matching - reach.owned));
    }
    go_on_in(app, workspace, &ahead).await
}

async fn go_on_in(app: &App, workspace: WorkspaceId, ahead: &[(StandingId, i64)]) -> anyhow::Result<()> {
    for (standing, people) in ahead {
        let spawn = Spawn { workspace, standing: *standing, people: *people, at: app.clock.now() };
        if let Some((request, campaign)) = app.of::<Ledger>().post(spawn).await? {
            app.wake.notify_one();
            worker::tell_of(app, workspace, request, campaign).await;
        }
    }
    app.live.changed(&app.db, workspace.0, &[topics::CAMPAIGNS, topics::NOTICES, topics::STANDING]).await;
    Ok(())
}

/// A standing request that is due makes its next request, or writes down what it waits for. Its output is what was made.
///
/// One after the other in a workspace: the oldest gets the credits first, and none is looked at twice.
#[derive(Debug, Clone)]
struct Spawn {
    workspace: WorkspaceId,
    standing: StandingId,
    /// People whom the workspace does not own yet, as counted before: delivery looks at everybody again anyway.
    people: i64,
    at: Instant,
}

impl Deed for Spawn {
    const READS_BALANCE: bool = true;
    type Prepared = Option<(RequestId, CampaignId)>;
    type Output = Option<(RequestId, CampaignId)>;
    type Error = AppError;

    fn workspace(&self) -> WorkspaceId {
        self.workspace
    }

    fn at(&self) -> Instant {
        self.at
    }

    async fn prepare(&self, tx: &mut Tx) -> Result<(Self::Prepared, Vec<Movement>), AppError> {
        credits::expire(tx, self.workspace, self.at).await?;
        let due = due(tx, Some(self.workspace), self.at).await?;
        let Some(standing) = due.iter().find(|standing| standing.id == self.standing) else {
            return Ok((None, Vec::new()));
        };
        let spawned = look_at(tx, standing, self.people, self.at).await?;
        Ok(match spawned {
            Some((request, hold)) => (Some((request, standing.campaign_id)), vec![hold]),
            None => (None, Vec::new()),
        })
    }

    async fn conclude(&self, tx: &mut Tx, spawned: Self::Prepared, _: &[Credits]) -> Result<Self::Prepared, AppError> {
        tell_what_waits(tx, self.workspace, self.at).await?;
        Ok(spawned)
    }
}

/// What a look at a standing request led to: the request that was made, and the hold to be placed for it.
pub(crate) type Spawned = Option<(RequestId, Movement)>;

/// Those that could do something now: active and due, or waiting for what may be there. One that a clock set back has
/// left far in the future is looked at too. Oldest first.
async fn due(tx: &mut Tx, workspace: Option<WorkspaceId>, at: Instant) -> sqlx::Result<Vec<Standing>> {
    let sql = format!(
        "{SELECT} where ($1 is null or s.workspace_id = $1)
           and (s.run_at <= $2 or s.run_at > $3)
           and (s.state = 'active'
                or (s.state = 'paused' and s.reason in ('cap', 'nobody_left'))
                or (s.state = 'paused' and s.reason = 'no_credits' and (s.until <= $2 or exists (
                    select 1 from credit_accounts a where a.workspace_id = s.workspace_id and a.available > 0))))
           and not exists (select 1 from lead_requests r where r.workspace_id = s.workspace_id and r.standing_id = s.id
               and r.state in ('queued', 'running'))
         order by s.created_at, s.id limit $4"
    );
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(workspace).bind(at).bind(Instant(at.micros() + 2 * DAY_MICROS)).bind(ROUND_MAX).fetch_all(c).await)
}

/// Spawns the next request of `standing`, or writes down why not.
pub(crate) async fn look_at(tx: &mut Tx, standing: &Standing, people: i64, at: Instant) -> Result<Spawned, AppError> {
    let left = standing.total.get() - standing.delivered;
    if left <= 0 {
        return wait(tx, standing, StandingState::Ended, Some(StandingReason::TotalReached), at, at).await;
    }
    if standing.until.is_some_and(|until| until <= at) {
        return wait(tx, standing, StandingState::Ended, Some(StandingReason::TimeOver), at, at).await;
    }
    let role = role_of(tx, standing.workspace_id, standing.made_by).await?;
    if !role.is_some_and(|role| role.may(Right::Spend)) {
        return wait(tx, standing, StandingState::Paused, Some(StandingReason::MakerGone), at, at).await;
    }
    if !standing.is_inside_hours(at) {
        return wait(tx, standing, StandingState::Active, None, standing.next_window(at), at).await;
    }
    let today = Today::of(at, &standing.zone());
    let of_day = match standing.per_day {
        Some(per_day) => per_day.get() - requested(tx, standing, today.begins, today.ends).await?,
        None => i64::MAX,
    };
    let of_month = match standing.per_month {
        Some(per_month) => per_month.get() - requested(tx, standing, today.month_begins, today.month_ends).await?,
        None => i64::MAX,
    };
    if of_month <= 0 {
        // Its own cap: looked at again at midnight, when a new month may have begun.
        return wait(tx, standing, StandingState::Paused, Some(StandingReason::Cap), today.ends, at).await;
    }
    if of_day <= 0 {
        let next = if standing.from_hour.is_some() {
            standing.next_window(today.ends.minus(Duration::from_micros(1)))
        } else {
            today.ends
        };
        return wait(tx, standing, StandingState::Active, None, next, at).await;
    }
    let plan = waterfall::plan(tx, standing.workspace_id, standing.campaign_id).await?;
    let others = waterfall::asks_others(&plan) && !ran_dry(tx, standing, at).await?;
    let people = if people <= 0 && others { i64::MAX } else { people };
    if people <= 0 {
        return wait(tx, standing, StandingState::Paused, Some(StandingReason::NobodyLeft), at.plus(NOBODY_PAUSE), at)
            .await;
    }
    let request = RequestId::new();
    let purpose = HoldFor { request, campaign: standing.campaign_id, member: standing.made_by };
    let capped = credits::left_under_caps(tx, standing.workspace_id, purpose, at).await?.map_or(i64::MAX, Credits::get);
    let available = credits::balance(tx, standing.workspace_id).await?.available.get();
    let price = waterfall::price_max(&plan).get();
    if available < price {
        return wait(tx, standing, StandingState::Paused, Some(StandingReason::NoCredits), at, at).await;
    }
    if capped < price {
        return wait(tx, standing, StandingState::Paused, Some(StandingReason::Cap), at.plus(CAP_PAUSE), at).await;
    }
    let most = (available / price).min(capped / price);
    let quantity = [left, of_day, of_month, people, most, LeadCount::MAX].into_iter().min().unwrap_or(0);
    spawn(tx, standing, request, quantity, at).await
}

/// Whether its sources had nobody else a moment ago: what others than the directory hold is known only when they are asked.
async fn ran_dry(tx: &mut Tx, standing: &Standing, at: Instant) -> sqlx::Result<bool> {
    let dry: i64 = on!(tx, c => sqlx::query_scalar(
        "select count(*) from lead_requests where workspace_id = $1 and standing_id = $2 and delivered < quantity
             and finished_at > $3")
        .bind(standing.workspace_id).bind(standing.id).bind(at.minus(NOBODY_PAUSE)).fetch_one(c).await)?;
    Ok(dry > 0)
}

async fn spawn(
    tx: &mut Tx,
    standing: &Standing,
    request: RequestId,
    quantity: i64,
    at: Instant,
) -> Result<Spawned, AppError> {
    let number: i64 = on!(tx, c => sqlx::query_scalar(
        "select count(*) from lead_requests where workspace_id = $1 and standing_id = $2")
        .bind(standing.workspace_id).bind(standing.id).fetch_one(c).await)?;
    let Some(quantity) = LeadCount::of(quantity) else { return Ok(None) };
    let placing = Placing {
        workspace: standing.workspace_id,
        member: standing.made_by,
        campaign: standing.campaign_id,
        criteria: &standing.criteria.0,
        quantity,
        look: None,
        most: None,
        standing: Some(standing.id),
        // With its number, so that the same one is never spawned twice, whoever tries.
        key: &format!("standing:{}:{number}", standing.id),
    };
    let Some(hold) = place(tx, request, &placing, at).await? else { return Ok(None) };
    wait(tx, standing, StandingState::Active, None, at, at).await?;
    Ok(Some((request, hold)))
}

/// Writes down the state; `since` moves only when the state or its reason does. What was changed since the look stays: the
/// next look sees it.
async fn wait(
    tx: &mut Tx,
    standing: &Standing,
    state: StandingState,
    reason: Option<StandingReason>,
    run_at: Instant,
    at: Instant,
) -> Result<Spawned, AppError> {
    let since = if (standing.state, standing.reason) == (state, reason) { standing.since } else { at };
    on!(tx, c => sqlx::query(
        "update standing_requests set state = $3, reason = $4, since = $5, run_at = $6
         where workspace_id = $1 and id = $2 and run_at = $7 and state <> 'ended' and coalesce(reason, '') <> 'by_user'")
        .bind(standing.workspace_id).bind(standing.id).bind(state).bind(reason).bind(since).bind(run_at).bind(standing.run_at)
        .execute(c).await.map(drop))?;
    Ok(None)
}

/// Leads that its requests from `start` until `end` asked for and did not give back.
async fn requested(tx: &mut Tx, standing: &Standing, start: Instant, end: Instant) -> sqlx::Result<i64> {
    on!(tx, c => sqlx::query_scalar(
        "select cast(coalesce(sum(case when state in ('queued', 'running') then quantity else delivered end), 0) as bigint)
         from lead_requests
         where workspace_id = $1 and standing_id = $2 and created_at >= $3 and created_at < $4")
        .bind(standing.workspace_id).bind(standing.id).bind(start).bind(end)
        .fetch_one(c).await)
}

/// One notice while anything waits for credits (C10), one while anything waits for somebody to take it over; none when
/// nothing does.
pub(crate) async fn tell_what_waits(tx: &mut Tx, workspace: WorkspaceId, at: Instant) -> sqlx::Result<()> {
    tell_of_credits(tx, workspace, at).await?;
    tell_of_makers(tx, workspace, at).await
}

/// The oldest that waits for this reason: its id, and the name of its campaign.
async fn oldest_waiting(
    tx: &mut Tx,
    workspace: WorkspaceId,
    reason: StandingReason,
) -> sqlx::Result<Option<(StandingId, String)>> {
    on!(tx, c => sqlx::query_as(
        "select s.id, p.name from standing_requests s
         join campaigns p on p.workspace_id = s.workspace_id and p.id = s.campaign_id
         where s.workspace_id = $1 and s.state = 'paused' and s.reason = $2 order by s.created_at, s.id limit 1")
        .bind(workspace).bind(reason).fetch_optional(c).await)
}

async fn tell_of_makers(tx: &mut Tx, workspace: WorkspaceId, at: Instant) -> sqlx::Result<()> {
    let Some((id, name)) = oldest_waiting(tx, workspace, StandingReason::MakerGone).await? else {
        return notices::withdraw(tx, workspace, MAKER_GONE).await.map(drop);
    };
    let text = format!(
        "Who began the standing request of “{name}” left the workspace or may not spend any more. Resume it to let it go \
         on in your name, or end it."
    );
    let link = format!("/standing/{id}");
    let notice = notices::Notice {
        key: MAKER_GONE,
        tone: Tone::Warning,
        title: "A standing request is paused",
        text: &text,
        link: Some(&link),
        cause: None,
    };
    notices::post(tx, workspace, &notice, at).await.map(drop)
}

async fn tell_of_credits(tx: &mut Tx, workspace: WorkspaceId, at: Instant) -> sqlx::Result<()> {
    let Some((_, name)) = oldest_waiting(tx, workspace, StandingReason::NoCredits).await? else {
        return notices::withdraw(tx, workspace, NO_CREDITS).await.map(drop);
    };
    let text = format!(
        "Sourcing for “{name}” and whatever waits behind it is paused. Leads, progress and sending stay as they are; it \
         continues automatically as soon as there are credits, the oldest first."
    );
    let notice = notices::Notice {
        key: NO_CREDITS,
        tone: Tone::Warning,
        title: "Out of credits",
        text: &text,
        link: Some("/settings/cold-email-agent#packages"),
        cause: Some(credits::alerts::cause(credits::alerts::OUT_STRENGTH)),
    };
    notices::post(tx, workspace, &notice, at).await.map(drop)
}
