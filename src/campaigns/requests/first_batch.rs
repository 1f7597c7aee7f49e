//! A small batch first: the first leads are delivered and somebody looks at them. The rest waits, still held, until it is
//! let go, stopped, or its time is over (C9).

use super::{
    claim,
    lead_request::{self, LeadRequest, Waiting},
};
use crate::{
    accounts::{UserId, WorkspaceId, notices},
    campaigns::LeadCount,
    credits::RequestId,
    fields::FieldErrors,
    on,
    server::{clock::Instant, db::Tx, error::AppError, form::Form},
    ui::{Tone, count_text},
};

/// So many in the first batch, unless something else is typed.
pub const FIRST_DEFAULT: i64 = 25;

/// The wish to look at a first batch before the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstBatchReview {
    /// Leads in the first batch.
    pub first: LeadCount,
    /// It goes on by itself once as many as the first batch were reviewed and fewer percent of them than this are bad.
    pub bad_percent: Option<i64>,
}

impl FirstBatchReview {
    /// Reads the fields `look`, `first` and `bad_percent` of the review; nothing when no first batch is wanted.
    ///
    /// # Errors
    /// What to change, beside its field.
    pub fn parse(form: &Form, quantity: LeadCount) -> Result<Option<Self>, FieldErrors> {
        if form.text("look") != "first" {
            return Ok(None);
        }
        let mut errors = FieldErrors::default();
        let first = match LeadCount::parse(form.text("first")) {
            Ok(first) if first < quantity => Some(first),
            Ok(_) => {
                let most = count_text(quantity.get());
                errors.add("first", format!("Write a number below {most}, which is all you ask for."));
                None
            }
            Err(fault) => {
                errors.add("first", fault);
                None
            }
        };
        let typed = form.text("bad_percent").trim_end_matches('%').trim();
        let bad_percent = match typed.parse::<i64>() {
            _ if typed.is_empty() => None,
            Ok(percent) if (1..=100).contains(&percent) => Some(percent),
            _ => {
                errors.add("bad_percent", "Write a whole number from 1 to 100, or leave it empty to decide yourself.");
                None
            }
        };
        match first.filter(|_| errors.is_empty()) {
            Some(first) => Ok(Some(Self { first, bad_percent })),
            None => Err(errors),
        }
    }
}

/// Stops a claimed request for the look, and says so on every page of the workspace.
pub(crate) async fn stop(tx: &mut Tx, request: &LeadRequest, at: Instant) -> sqlx::Result<()> {
    claim::wait_for_look(tx, request, at).await?;
    tell(tx, request, request.limit(), at).await
}

async fn tell(tx: &mut Tx, request: &LeadRequest, leads: i64, at: Instant) -> sqlx::Result<()> {
    let title = format!("Review the first {}", count_text(leads));
    let text = format!(
        "They are in “{}”. The rest stays set aside until you say “Go on” or “Stop”, or until its 24 hours are over.",
        request.campaign_name
    );
    let link = format!("/requests/{}", request.id);
    let key = key(request.id);
    let notice =
        notices::Notice { key: &key, tone: Tone::Info, title: &title, text: &text, link: Some(&link), cause: None };
    notices::post_until(tx, request.workspace_id, &notice, Some(request.idle_until()), at).await.map(drop)
}

/// Takes the message away: nobody has to look any more.
pub(crate) async fn forget(tx: &mut Tx, workspace: WorkspaceId, id: RequestId) -> sqlx::Result<()> {
    notices::withdraw(tx, workspace, &key(id)).await.map(drop)
}

fn key(id: RequestId) -> String {
    format!("look:{id}")
}

/// Lets the rest go: by somebody, or by the rule. Answers whether it waited for that.
pub(crate) async fn let_go(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: RequestId,
    by: Option<UserId>,
    at: Instant,
) -> sqlx::Result<bool> {
    let gone = on!(tx, c => sqlx::query(
        "update lead_requests set waiting = null, reason_since = null, gone_on_at = $3, gone_on_by = $4, run_at = $3,
             progress_at = $3, attempt = 0
         where workspace_id = $1 and id = $2 and state in ('queued', 'running') and waiting = 'look'")
        .bind(workspace).bind(id).bind(at).bind(by).execute(c).await.map(|done| done.rows_affected()))?;
    if gone == 1 {
        forget(tx, workspace, id).await?;
    }
    Ok(gone == 1)
}

/// What the rule did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruled {
    Nothing,
    WentOn,
    Stopped,
}

/// Leads of a request that somebody looked at, and how many of them are bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Reviewed {
    pub reviewed: i64,
    pub bad: i64,
}

/// How far the review of a request is.
pub async fn reviewed(tx: &mut Tx, workspace: WorkspaceId, id: RequestId) -> sqlx::Result<Reviewed> {
    on!(tx, c => sqlx::query_as(
        "select count(*) as reviewed, cast(coalesce(sum(case when m.verdict = 'bad' then 1 else 0 end), 0) as bigint) as bad
         from lead_marks m join leads l on l.workspace_id = m.workspace_id and l.id = m.lead_id
         where l.workspace_id = $1 and l.request_id = $2")
        .bind(workspace).bind(id).fetch_one(c).await)
}

/// The rule, after each mark: once as many leads as the first batch were reviewed, the request goes on while fewer than
/// `bad_percent` of all reviewed ones are bad, and waits for somebody otherwise. The word of a person ends the rule.
///
/// # Errors
/// [`AppError::NotFound`] for a request of another workspace.
pub(crate) async fn apply_rule(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: RequestId,
    at: Instant,
) -> Result<Ruled, AppError> {
    let request = lead_request::request(tx, workspace, id).await?;
    let (Some(first), Some(percent)) = (request.first_batch, request.bad_percent) else { return Ok(Ruled::Nothing) };
    if !request.state.is_open() || request.gone_on_by.is_some() {
        return Ok(Ruled::Nothing);
    }
    let Reviewed { reviewed, bad } = reviewed(tx, workspace, id).await?;
    let fits = bad * 100 < percent * reviewed;
    match request.waiting {
        Some(Waiting::Look) if reviewed >= first.get() && fits => {
            let_go(tx, workspace, id, None, at).await?;
            Ok(Ruled::WentOn)
        }
        None if request.gone_on_at.is_some() && !fits => {
            stop_again(tx, &request, at).await?;
            Ok(Ruled::Stopped)
        }
        _ => Ok(Ruled::Nothing),
    }
}

/// Takes a request that went on by the rule out of the queue; a worker in the middle of it loses its claim.
async fn stop_again(tx: &mut Tx, request: &LeadRequest, at: Instant) -> sqlx::Result<()> {
    let stopped = on!(tx, c => sqlx::query(
        "update lead_requests set state = 'queued', waiting = 'look', reason_since = $3, gone_on_at = null, went_at = null,
             asking = null, lease_until = null, fence = fence + 1
         where workspace_id = $1 and id = $2 and state in ('queued', 'running') and waiting is null")
        .bind(request.workspace_id).bind(request.id).bind(at).execute(c).await.map(|done| done.rows_affected()))?;
    if stopped == 1 { tell(tx, request, request.delivered, at).await } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Option<FirstBatchReview>, FieldErrors> {
        FirstBatchReview::parse(&Form::parse(text.as_bytes()), LeadCount::of(500).unwrap())
    }

    #[test]
    fn a_first_batch_is_smaller_than_the_whole_and_its_rule_a_percentage() {
        let first = LeadCount::of(25).unwrap();
        assert_eq!(parsed("first=25"), Ok(None));
        assert_eq!(parsed("look=first&first=25").unwrap(), Some(FirstBatchReview { first, bad_percent: None }));
        assert_eq!(
            parsed("look=first&first=25&bad_percent=10%25").unwrap(),
            Some(FirstBatchReview { first, bad_percent: Some(10) })
        );
        for (wrong, field) in [
            ("look=first&first=500", "first"),
            ("look=first&first=", "first"),
            ("look=first&first=ten", "first"),
            ("look=first&first=25&bad_percent=0", "bad_percent"),
            ("look=first&first=25&bad_percent=101", "bad_percent"),
            ("look=first&first=25&bad_percent=few", "bad_percent"),
        ] {
            assert!(parsed(wrong).unwrap_err().of(field).is_some(), "{wrong}");
        }
    }
}
