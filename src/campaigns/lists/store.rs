//! The SQL of lists: each is its own queue entry, with a lease and a fence like a lead request.

use std::time::Duration;

use sqlx::types::Json;

use super::{Duplicates, ListState, OwnList, RowOutcome};
use crate::{
    accounts::{UserId, WorkspaceId},
    campaigns::{ids::ListId, refusal::CampaignRefusal},
    credits::CampaignId,
    directory::{
        Rejection,
        imports::{FileFault, Mapping, Survey},
    },
    on,
    server::{
        batches::batches,
        clock::Instant,
        db::Tx,
        error::AppError,
        inconsistency::not_found,
        queue::{CLAIM, DUE, Lease, Queue},
    },
};

pub(crate) const QUEUE: Queue = Queue {
    table: "own_lists",
    key: "workspace_id, id",
    waiting: "state in ('queued', 'running', 'taking_back')",
    sets: ", started_at = coalesce(started_at, $1), state = case when state = 'queued' then 'running' else state end",
    // A worker that writes nothing for so long has lost its list.
    lease: Duration::from_secs(60),
    per_workspace: true,
};
/// Workspaces whose lists a worker looks at: another copy of the server may have their files.
const WORKSPACES: usize = 50;
/// Lists of a workspace that are not over, at most: each keeps a file.
pub const OPEN_MAX: i64 = 20;
/// What their files may take together, in bytes; the last one may exceed it.
const WAITING_BYTES_MAX: i64 = 256 << 20;
/// Lists on one page.
const SHOWN: i64 = 100;

const LIST: &str =
    "select o.workspace_id, o.id, o.campaign_id, p.name as campaign_name, o.file_name, o.bytes, o.stored_as, o.state,
         o.duplicates, o.format, o.mapping, o.rows, o.bytes_read, o.taken_back, o.fault, o.lease_until, o.fence, o.attempt, u.name as maker,
         o.created_at, o.started_at, o.finished_at
     from own_lists o
     join campaigns p on p.workspace_id = o.workspace_id and p.id = o.campaign_id
     join users u on u.id = o.created_by";

/// An uploaded file that is to become a list.
#[derive(Debug)]
pub struct Draft<'a> {
    pub campaign: CampaignId,
    pub file_name: &'a str,
    pub stored_as: &'a str,
    pub survey: &'a Survey,
    pub maker: UserId,
}

/// Keeps an uploaded file as a draft.
///
/// # Errors
/// [`AppError::Conflict`] when too many lists of the workspace are open.
pub async fn draft(tx: &mut Tx, workspace: WorkspaceId, draft: &Draft<'_>, at: Instant) -> Result<ListId, AppError> {
    let (open, waiting): (i64, i64) = on!(&mut *tx, c => sqlx::query_as(
        "select count(*), cast(coalesce(sum(bytes), 0) as bigint) from own_lists
         where workspace_id = $1 and state in ('draft', 'queued', 'running')")
        .bind(workspace).fetch_one(c).await)?;
    if open >= OPEN_MAX {
        return Err(CampaignRefusal::TooManyLists { open: OPEN_MAX }.into());
    }
    if waiting > WAITING_BYTES_MAX {
        return Err(CampaignRefusal::ListsTooLarge { megabytes: WAITING_BYTES_MAX >> 20 }.into());
    }
    let id = ListId::new();
    let Survey { bytes, format, mapping, .. } = draft.survey;
    on!(tx, c => sqlx::query(
        "insert into own_lists (workspace_id, id, campaign_id, file_name, bytes, stored_as, state, duplicates, format, mapping,
             created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, 'draft', $7, $8, $9, $10, $11)")
        .bind(workspace).bind(id).bind(draft.campaign).bind(draft.file_name)
        .bind(i64::try_from(*bytes).unwrap_or(i64::MAX)).bind(draft.stored_as)
        .bind(Duplicates::default()).bind(Json(format)).bind(Json(mapping)).bind(draft.maker).bind(at)
        .execute(c).await.map(drop))?;
    Ok(id)
}

/// One list of this workspace.
///
/// # Errors
/// [`AppError::NotFound`] when it does not exist or belongs to another workspace.
pub async fn list(tx: &mut Tx, workspace: WorkspaceId, id: ListId) -> Result<OwnList, AppError> {
    let sql = format!("{LIST} where o.workspace_id = $1 and o.id = $2");
    let list =
        on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(workspace).bind(id).fetch_optional(c).await)?;
    match list {
        Some(list) => Ok(list),
        None => Err(not_found(tx, "own_lists", "campaign_id or created_by", Some(workspace.0), id.0).await),
    }
}

/// The lists of a campaign, the newest first, each with how many leads it brought.
pub async fn lists(tx: &mut Tx, workspace: WorkspaceId, campaign: CampaignId) -> sqlx::Result<Vec<(OwnList, i64)>> {
    let sql = format!(
        "{LIST} where o.workspace_id = $1 and o.campaign_id = $2 order by o.created_at desc, o.id desc limit {SHOWN}"
    );
    let found: Vec<OwnList> = on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(workspace).bind(campaign).fetch_all(c).await)?;
    let brought: Vec<(ListId, i64)> = on!(tx, c => sqlx::query_as(
        "select o.id, cast(coalesce(sum(x.people), 0) as bigint) from own_lists o
         join own_list_outcomes x on x.workspace_id = o.workspace_id and x.list_id = o.id
         where o.workspace_id = $1 and o.campaign_id = $2 and x.outcome in ('added', 'joined') group by o.id")
        .bind(workspace).bind(campaign).fetch_all(c).await)?;
    let of = |id: ListId| brought.iter().find(|(list, _)| *list == id).map_or(0, |(_, people)| *people);
    Ok(found.into_iter().map(|list| (of(list.id), list)).map(|(people, list)| (list, people)).collect())
}

/// Starts a draft as it was corrected; its campaign becomes active. False when it is no draft any more.
pub async fn start(
    tx: &mut Tx,
    list: &OwnList,
    mapping: &Mapping,
    duplicates: Duplicates,
    at: Instant,
) -> sqlx::Result<bool> {
    let started = on!(&mut *tx, c => sqlx::query(
        "update own_lists set state = 'queued', mapping = $3, duplicates = $4, run_at = $5, format = $6
         where workspace_id = $1 and id = $2 and state = 'draft'")
        .bind(list.workspace_id).bind(list.id).bind(Json(mapping)).bind(duplicates).bind(at).bind(Json(&list.format))
        .execute(c).await.map(|done| done.rows_affected()))?;
    if started == 1 {
        on!(tx, c => sqlx::query("update campaigns set state = 'active', updated_at = $3 where workspace_id = $1 and id = $2")
            .bind(list.workspace_id).bind(list.campaign_id).bind(at).execute(c).await.map(drop))?;
    }
    Ok(started == 1)
}

/// Removes a draft. False when it is none any more. Its file is the caller's.
pub async fn discard(tx: &mut Tx, workspace: WorkspaceId, id: ListId) -> sqlx::Result<bool> {
    on!(tx, c => sqlx::query("delete from own_lists where workspace_id = $1 and id = $2 and state = 'draft'")
        .bind(workspace).bind(id).execute(c).await.map(|done| done.rows_affected() == 1))
}

/// Removes the drafts of a campaign that is about to be deleted; answers their files.
pub async fn discard_of(tx: &mut Tx, workspace: WorkspaceId, campaign: CampaignId) -> sqlx::Result<Vec<String>> {
    on!(tx, c => sqlx::query_scalar(
        "delete from own_lists where workspace_id = $1 and campaign_id = $2 and state = 'draft' returning stored_as")
        .bind(workspace).bind(campaign).fetch_all(c).await)
}

/// The files that lists name.
///
/// # Errors
/// The database's.
pub async fn files(tx: &mut Tx) -> sqlx::Result<Vec<String>> {
    on!(tx, c => sqlx::query_scalar("select stored_as from own_lists where stored_as <> ''").fetch_all(c).await)
}

/// Removes drafts made before `moment`; answers their files.
pub async fn discard_before(tx: &mut Tx, moment: Instant) -> sqlx::Result<Vec<String>> {
    on!(tx, c => sqlx::query_scalar("delete from own_lists where state = 'draft' and created_at < $1 returning stored_as")
        .bind(moment).fetch_all(c).await)
}

/// Lists that a worker can claim: workspace by workspace in turn, of each those that are due longest first.
///
/// # Errors
/// The database's.
pub async fn due(tx: &mut Tx, at: Instant) -> sqlx::Result<Vec<OwnList>> {
    let sql = format!(
        "{LIST} where o.workspace_id = $2 and o.state in ('queued', 'running', 'taking_back') and {DUE}
         order by o.run_at, o.id limit {OPEN_MAX}"
    );
    let mut due = Vec::new();
    for workspace in QUEUE.workspaces_in_turn(tx, WORKSPACES, at).await? {
        let of_it: Vec<OwnList> = on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str()))
            .bind(at).bind(workspace).fetch_all(c).await)?;
        due.extend(of_it);
    }
    Ok(due)
}

/// Claims a list: true when no other worker has it. Its lease is then this worker's.
///
/// # Errors
/// The database's.
pub async fn claim(tx: &mut Tx, list: &mut OwnList, at: Instant) -> sqlx::Result<bool> {
    let Queue { sets, waiting, .. } = QUEUE;
    let sql = format!(
        "update own_lists set {CLAIM}{sets}
         where workspace_id = $3 and id = $4 and fence = $5 and {waiting} and {DUE}
         returning lease_until, fence, attempt"
    );
    let claimed: Option<Lease> = on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(at).bind(QUEUE.lease_until(at)).bind(list.workspace_id).bind(list.id).bind(list.lease.fence)
        .fetch_optional(c).await)?;
    QUEUE.note_turn(tx, Some(list.workspace_id.0)).await?;
    list.lease = claimed.unwrap_or(list.lease);
    Ok(claimed.is_some())
}

/// How far a batch went.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Progress {
    pub rows: i64,
    pub bytes_read: i64,
    pub removed: i64,
}

/// Notes a batch and renews the lease. False when the lease is lost: write nothing.
///
/// # Errors
/// The database's.
pub(super) async fn advance(tx: &mut Tx, list: &OwnList, progress: Progress, at: Instant) -> sqlx::Result<bool> {
    on!(tx, c => sqlx::query(
        "update own_lists set rows = rows + $4, bytes_read = case when $5 > bytes_read then $5 else bytes_read end,
             taken_back = taken_back + $6, lease_until = $7, attempt = 0, changes = changes + 1
         where workspace_id = $1 and id = $2 and fence = $3 and state in ('running', 'taking_back')")
        .bind(list.workspace_id).bind(list.id).bind(list.lease.fence).bind(progress.rows).bind(progress.bytes_read)
        .bind(progress.removed).bind(QUEUE.lease_until(at))
        .execute(c).await.map(|done| done.rows_affected() == 1))
}

/// Ends what a worker did: with `state`, and what is wrong with the file.
pub async fn finish(
    tx: &mut Tx,
    list: &OwnList,
    state: ListState,
    fault: Option<&FileFault>,
    at: Instant,
) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "update own_lists set state = $4, fault = $5, lease_until = null, finished_at = $6
         where workspace_id = $1 and id = $2 and fence = $3")
        .bind(list.workspace_id).bind(list.id).bind(list.lease.fence).bind(state).bind(fault.map(Json)).bind(at)
        .execute(c).await.map(drop))
}

/// Puts a claimed list back, for the next worker to resume at once.
///
/// # Errors
/// The database's.
pub async fn retry(tx: &mut Tx, list: &OwnList) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query("update own_lists set lease_until = null where workspace_id = $1 and id = $2 and fence = $3")
        .bind(list.workspace_id).bind(list.id).bind(list.lease.fence).execute(c).await.map(drop))
}

/// Asks for a list to be removed. False when it is not over, or was removed before.
pub async fn ask_back(tx: &mut Tx, workspace: WorkspaceId, id: ListId) -> sqlx::Result<bool> {
    on!(tx, c => sqlx::query(
        "update own_lists set state = 'taking_back', lease_until = null, finished_at = null
         where workspace_id = $1 and id = $2 and state in ('done', 'failed')")
        .bind(workspace).bind(id).execute(c).await.map(|done| done.rows_affected() == 1))
}

/// How many rows had each outcome.
pub async fn outcomes(tx: &mut Tx, workspace: WorkspaceId, id: ListId) -> sqlx::Result<Vec<(RowOutcome, i64)>> {
    on!(tx, c => sqlx::query_as("select outcome, people from own_list_outcomes where workspace_id = $1 and list_id = $2")
        .bind(workspace).bind(id).fetch_all(c).await)
}

/// Adds to the outcomes. What is taken away from one was added by an earlier batch: the row to insert is checked before the conflict
/// is seen, so it is never below zero.
pub(super) async fn add_outcomes(
    tx: &mut Tx,
    list: &OwnList,
    outcomes: impl IntoIterator<Item = (RowOutcome, i64)>,
) -> sqlx::Result<()> {
    for (outcome, people) in outcomes {
        on!(&mut *tx, c => sqlx::query(
            "insert into own_list_outcomes (workspace_id, list_id, outcome, people) values ($1, $2, $3, $4)
             on conflict (workspace_id, list_id, outcome) do update set people = own_list_outcomes.people + $5")
            .bind(list.workspace_id).bind(list.id).bind(outcome).bind(people.max(0)).bind(people).execute(c).await.map(drop))?;
    }
    Ok(())
}

/// Stores rows that brought nobody.
pub(super) async fn insert_left_out(tx: &mut Tx, list: &OwnList, rows: &[Rejection]) -> sqlx::Result<()> {
    for rows in batches(rows.iter())? {
        on!(&mut *tx, c => sqlx::query(
            "insert into own_list_rows (workspace_id, list_id, row_number, reason, raw)
             with rows as materialized (select value from json_each($3))
             select $1, $2, cast(value ->> 'row_number' as bigint), value ->> 'reason', value ->> 'raw' from rows")
            .bind(list.workspace_id).bind(list.id).bind(Json(rows)).execute(c).await.map(drop))?;
    }
    Ok(())
}

/// Rows that brought nobody, after the row `after`.
pub async fn left_out(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ListId,
    after: i64,
    limit: i64,
) -> sqlx::Result<Vec<Rejection>> {
    on!(tx, c => sqlx::query_as(
        "select row_number, reason, raw from own_list_rows where workspace_id = $1 and list_id = $2 and row_number > $3
         order by row_number limit $4")
        .bind(workspace).bind(id).bind(after).bind(limit).fetch_all(c).await)
}

/// Leads that would leave the campaign if the list were removed: it put them there, and no mail went to them.
pub async fn count_to_remove(tx: &mut Tx, list: &OwnList) -> sqlx::Result<i64> {
    on!(tx, c => sqlx::query_scalar(
        "select count(*) from campaign_leads m join leads l on l.workspace_id = m.workspace_id and l.id = m.lead_id
         where m.workspace_id = $1 and m.list_id = $2 and l.mailed_at is null")
        .bind(list.workspace_id).bind(list.id).fetch_one(c).await)
}
