//! What a conversation is called, and what a name does. A member's word counts more than a rule's, and can be undone.

mod meaning;
#[cfg(test)]
mod tests;

use sqlx::{FromRow, types::Json};

use super::{
    reading::{Kind, Label},
    receive::Stopped,
};
use crate::{
    accounts::{Member, UserId, WorkspaceId},
    campaigns::ids::LeadId,
    ids::CampaignId,
    on,
    outreach::{
        ids::{SendId, ThreadId},
        progress::event::{self, Event, EventKind},
    },
    server::{clock::Instant, db::Tx, error::AppError},
};
use meaning::Meaning;

/// What a conversation amounts to by the workspace's own labels alone, for a row `t`: positive before negative before neutral.
pub const TONE_OF_OWN: &str = "(select l.tone from thread_labels x
     join inbox_labels l on l.workspace_id = x.workspace_id and l.id = x.label_id
     where x.workspace_id = t.workspace_id and x.thread_id = t.id
     order by case l.tone when 'positive' then 1 when 'negative' then 2 else 3 end limit 1)";

/// A conversation, as far as labels are concerned.
#[derive(Debug, FromRow)]
struct Thread {
    id: ThreadId,
    campaign_id: Option<CampaignId>,
    lead_id: Option<LeadId>,
    label: Option<String>,
    /// A member chose or confirmed it.
    is_confirmed: bool,
    automatic: bool,
    /// What the newest message is that is no report.
    kind: Option<String>,
    /// The mail that it answers.
    send_id: Option<SendId>,
}

impl Thread {
    fn label(&self) -> Option<Label> {
        Label::parse(self.label.as_deref()?)
    }

    /// What the conversation means without a label: what was read in its newest message.
    fn unlabelled(&self) -> Meaning {
        match self.kind.as_deref().and_then(Kind::parse) {
            Some(Kind::Human | Kind::Calendar) => Meaning::Answer("answered"),
            _ => Meaning::Nothing,
        }
    }
}

async fn thread(tx: &mut Tx, workspace: WorkspaceId, id: ThreadId) -> Result<Thread, AppError> {
    let thread = on!(tx, c => sqlx::query_as(
        "select t.id, t.campaign_id, t.lead_id, t.label, t.label_by = 'person' and t.label_by is not null as is_confirmed, t.automatic,
             m.kind, m.send_id
         from threads t
         left join mails m on m.workspace_id = t.workspace_id and m.id = (
             select n.id from mails n where n.workspace_id = t.workspace_id and n.thread_id = t.id and n.direction = 'in'
                 and n.kind not in ('bounce', 'delay', 'delivered', 'bounce_unclear', 'complaint') order by n.at desc, n.id desc limit 1)
         where t.workspace_id = $1 and t.id = $2")
        .bind(workspace).bind(id).fetch_optional(c).await)?;
    thread.ok_or(AppError::NotFound)
}

/// Calls a conversation something, or takes its label away, and does what follows from it: an answer stops the sequence, an absence holds
/// it, “automatic” lets it continue a day later, an opt-out suppresses the person. Taking a label away lets nothing continue. Returns
/// whether anything changed.
///
/// # Errors
/// [`AppError::NotFound`] for a conversation of another workspace.
pub async fn set(
    tx: &mut Tx,
    member: &Member,
    id: ThreadId,
    label: Option<Label>,
    at: Instant,
) -> Result<bool, AppError> {
    let thread = thread(tx, member.workspace, id).await?;
    if thread.label() == label && (thread.is_confirmed || label.is_none()) {
        return Ok(false);
    }
    let stopped = match label {
        Some(label) => meaning::apply(tx, member.workspace, &thread, Meaning::of(label), at).await?,
        None => None,
    };
    write(tx, member, &thread, label, stopped.as_ref(), at).await?;
    Ok(true)
}

/// The last line of a conversation's labels, and the one before it.
#[derive(FromRow)]
struct Line {
    label: Option<String>,
    by_kind: String,
    by_id: Option<UserId>,
    stopped: Option<Json<Stopped>>,
}

/// Takes back what this member called the conversation last: the label before it counts again, and what the name stopped continues. Once
/// more, and that is taken back.
/// Returns whether there was something to undo.
///
/// # Errors
/// [`AppError::NotFound`] for a conversation of another workspace.
pub async fn undo(tx: &mut Tx, member: &Member, id: ThreadId, at: Instant) -> Result<bool, AppError> {
    let workspace = member.workspace;
    let thread = thread(tx, workspace, id).await?;
    let lines: Vec<Line> = on!(&mut *tx, c => sqlx::query_as(
        "select label, by_kind, by_id, stopped from label_events where workspace_id = $1 and thread_id = $2
         order by number desc limit 2")
        .bind(workspace).bind(id).fetch_all(c).await)?;
    let Some(last) = lines.first().filter(|last| last.by_id == Some(member.user)) else { return Ok(false) };
    let before = lines.get(1);
    let label = before.and_then(|line| Label::parse(line.label.as_deref()?));
    if last.label.as_deref() == Some(Label::Unsubscribe.name()) {
        undo_opt_out(tx, workspace, &thread, at).await?;
    }
    let meaning = label.map_or_else(|| thread.unlabelled(), Meaning::of);
    let stopped = match &last.stopped {
        Some(Json(stopped)) => {
            meaning::reopen_all(tx, workspace, stopped, Instant(0), at).await?;
            meaning::count(tx, workspace, &thread, meaning.is_human()).await?;
            None
        }
        None => meaning::apply(tx, workspace, &thread, meaning, at).await?,
    };
    write(tx, member, &thread, label, stopped.as_ref(), at).await?;
    if before.is_some_and(|line| line.by_kind == "rule") {
        on!(tx, c => sqlx::query(
            "update threads set label_by = case when label is null then null else 'rule' end, label_confirmed = false
             where workspace_id = $1 and id = $2")
            .bind(workspace).bind(id).execute(c).await.map(drop))?;
    }
    Ok(true)
}

/// Lets a person be written to again who asked for no more mails in this conversation within the last day, as their own link does.
/// Returns whether there was something to undo.
///
/// # Errors
/// [`AppError::NotFound`] for a conversation of another workspace.
pub async fn take_back_opt_out(tx: &mut Tx, member: &Member, id: ThreadId, at: Instant) -> Result<bool, AppError> {
    let thread = thread(tx, member.workspace, id).await?;
    Ok(undo_opt_out(tx, member.workspace, &thread, at).await?)
}

async fn undo_opt_out(tx: &mut Tx, workspace: WorkspaceId, thread: &Thread, at: Instant) -> sqlx::Result<bool> {
    use crate::outreach::unsubscribe;
    let Some(send) = thread.send_id else { return Ok(false) };
    let Some(mail) = unsubscribe::mail(tx, workspace, send).await? else { return Ok(false) };
    Ok(unsubscribe::undo(tx, (workspace, send), &mail, at).await?.is_some())
}

async fn write(
    tx: &mut Tx,
    member: &Member,
    thread: &Thread,
    label: Option<Label>,
    stopped: Option<&Stopped>,
    at: Instant,
) -> sqlx::Result<()> {
    let (word, tone) = (label.map(Label::name), label.map(|label| label.tone().name()));
    let sql = format!(
        "update threads as t set label = $3, label_tone = coalesce($4, {TONE_OF_OWN}),
             label_by = case when $3 is null then null else 'person' end, label_confirmed = $5, version = t.version + 1
         where t.workspace_id = $1 and t.id = $2"
    );
    on!(&mut *tx, c => sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(member.workspace).bind(thread.id).bind(word).bind(tone).bind(label.is_some())
        .execute(c).await.map(drop))?;
    on!(&mut *tx, c => sqlx::query(
        "insert into label_events (workspace_id, thread_id, number, label, tone, by_kind, by_id, at, stopped)
         select $1, $2, coalesce(max(number), 0) + 1, $3, $4, 'person', $5, $6, $7
         from label_events
         where workspace_id = $1 and thread_id = $2")
        .bind(member.workspace).bind(thread.id).bind(word).bind(tone).bind(member.user).bind(at).bind(stopped.map(Json))
        .execute(c).await.map(drop))?;
    if let (Some(campaign), Some(lead)) = (thread.campaign_id, thread.lead_id) {
        let params = serde_json::json!({ "label": word, "thread": thread.id });
        let event = Event::of(EventKind::Labelled, campaign).about(lead).by(member.user).with(params);
        event::record(tx, member.workspace, &[event], at).await?;
    }
    Ok(())
}
