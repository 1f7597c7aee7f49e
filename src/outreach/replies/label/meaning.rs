//! What a label does to the sequence and to the numbers.

use std::time::Duration;

use sqlx::types::Json;

use super::Thread;
use crate::{
    accounts::WorkspaceId,
    on,
    outreach::{
        ids::ThreadId,
        replies::{
            reading::Label,
            receive::{Stopped, code_of, opt_out},
        },
        sending::{self, Hold, OUT_OF_OFFICE, Reopened, Stop, Until, not_answered},
    },
    server::{clock::Instant, db::Tx},
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What a conversation amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// A person answered: the sequence is over, with this code.
    Answer(&'static str),
    /// A person asked for no more mails.
    OptOut,
    /// A machine wrote that the person is away.
    Away,
    /// A machine wrote it.
    Machine,
    Nothing,
}

impl Meaning {
    pub fn of(label: Label) -> Self {
        match label {
            Label::Automatic => Self::Machine,
            Label::OutOfOffice => Self::Away,
            label => code_of(Some(label)).map_or(Self::OptOut, Self::Answer),
        }
    }

    /// Whether a person wrote it.
    pub fn is_human(self) -> bool {
        matches!(self, Self::Answer(_) | Self::OptOut)
    }
}

/// Does it, and returns what it stopped.
///
/// # Errors
/// The database's.
pub async fn apply(
    tx: &mut Tx,
    workspace: WorkspaceId,
    thread: &Thread,
    meaning: Meaning,
    at: Instant,
) -> sqlx::Result<Option<Stopped>> {
    match meaning {
        Meaning::Nothing => Ok(None),
        Meaning::Answer(code) => {
            count(tx, workspace, thread, true).await?;
            stop(tx, workspace, thread, code, at).await
        }
        Meaning::OptOut => {
            count(tx, workspace, thread, true).await?;
            if let Some(send) = thread.send_id {
                opt_out(tx, workspace, send, at).await?;
            }
            Ok(None)
        }
        Meaning::Machine => {
            count(tx, workspace, thread, false).await?;
            reopen(tx, workspace, thread, at.plus(DAY), at).await?;
            Ok(None)
        }
        Meaning::Away => {
            count(tx, workspace, thread, false).await?;
            reopen(tx, workspace, thread, Instant(0), at).await?;
            if let (Some(campaign), Some(lead)) = (thread.campaign_id, thread.lead_id) {
                let hold = Hold { campaign, lead, code: OUT_OF_OFFICE, until: Until::InAWeek };
                sending::hold(tx, workspace, &[hold], "", at).await?;
            }
            Ok(None)
        }
    }
}

async fn stop(
    tx: &mut Tx,
    workspace: WorkspaceId,
    thread: &Thread,
    code: &'static str,
    at: Instant,
) -> sqlx::Result<Option<Stopped>> {
    let (Some(campaign), Some(lead)) = (thread.campaign_id, thread.lead_id) else { return Ok(None) };
    let sequences = sending::open_sequences(tx, workspace, std::iter::once((campaign, lead))).await?;
    sending::stop(tx, workspace, &[(campaign, lead)], Stop { code, actor: None }, at).await?;
    Ok((!sequences.is_empty()).then(|| Stopped { at, code: code.to_owned(), sequences }))
}

/// Lets everything continue that answers of this conversation or its labels stopped, and that has not changed since.
async fn reopen(
    tx: &mut Tx,
    workspace: WorkspaceId,
    thread: &Thread,
    not_before: Instant,
    at: Instant,
) -> sqlx::Result<()> {
    super::undo_opt_out(tx, workspace, thread, at).await?;
    for stopped in stopped(tx, workspace, thread.id).await? {
        reopen_all(tx, workspace, &stopped, not_before, at).await?;
    }
    Ok(())
}

/// What the conversation stopped, the last first: only that can still be stopped for it.
async fn stopped(tx: &mut Tx, workspace: WorkspaceId, thread: ThreadId) -> sqlx::Result<Vec<Stopped>> {
    let mut all: Vec<Json<Stopped>> = on!(&mut *tx, c => sqlx::query_scalar(
        "select stopped from mails where workspace_id = $1 and thread_id = $2 and stopped is not null order by at")
        .bind(workspace).bind(thread).fetch_all(c).await)?;
    let of_labels: Vec<Json<Stopped>> = on!(tx, c => sqlx::query_scalar(
        "select stopped from label_events where workspace_id = $1 and thread_id = $2 and stopped is not null order by number")
        .bind(workspace).bind(thread).fetch_all(c).await)?;
    all.extend(of_labels);
    Ok(all.into_iter().rev().map(|stopped| stopped.0).collect())
}

/// Lets sequences continue that were stopped together.
///
/// # Errors
/// The database's.
pub async fn reopen_all(
    tx: &mut Tx,
    workspace: WorkspaceId,
    stopped: &Stopped,
    not_before: Instant,
    at: Instant,
) -> sqlx::Result<()> {
    use crate::outreach::progress::event::{self, Event, EventKind};
    let why = Reopened { code: &stopped.code, since: stopped.at, not_before };
    for sequence in &stopped.sequences {
        if sending::reopen(tx, workspace, sequence, why, at).await? {
            let event = Event::of(EventKind::Continued, sequence.campaign_id).about(sequence.lead_id);
            event::record(tx, workspace, &[event], at).await?;
        }
    }
    Ok(())
}

/// Counts the newest message of the conversation as an answer of a person, or none of its messages.
///
/// # Errors
/// The database's.
pub async fn count(tx: &mut Tx, workspace: WorkspaceId, thread: &Thread, human: bool) -> sqlx::Result<()> {
    if thread.automatic != human {
        return Ok(());
    }
    on!(&mut *tx, c => sqlx::query("update threads set automatic = $3 where workspace_id = $1 and id = $2")
        .bind(workspace).bind(thread.id).bind(!human).execute(c).await.map(drop))?;
    let newest = if human { " order by n.at desc, n.id desc limit 1" } else { "" };
    let sql = format!(
        "update reply_facts set human = $3 where workspace_id = $1 and human <> $3 and mail_id in (
             select n.id from mails n where n.workspace_id = $1 and n.thread_id = $2 and n.direction = 'in'{newest})
         returning send_id, at"
    );
    let changed: Vec<(Option<crate::outreach::ids::SendId>, Instant)> = on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(workspace).bind(thread.id).bind(human).fetch_all(c).await)?;
    let sends = changed.into_iter().filter_map(|(send, at)| Some((send?, at)));
    match human {
        true => sending::answered(tx, workspace, sends).await,
        false => not_answered(tx, workspace, sends.map(|(send, _)| send)).await,
    }
}
