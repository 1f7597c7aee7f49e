//! The receipt of a request: what each source gave, how its leads were marked, and all of it as CSV (RFC 4180).

use crate::{
    accounts::WorkspaceId,
    campaigns::{
        quality::review::{self, Scope, Tally},
        requests::lead_request::{self, LeadRequest, Receipt},
    },
    credits::RequestId,
    on,
    server::{
        csv::{first_line, line, plain},
        db::Tx,
        error::AppError,
    },
};

/// Leads that one source gave.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct FromSource {
    pub name: String,
    pub leads: i64,
}

/// A receipt with where its leads came from and what somebody thought of them.
#[derive(Debug, Clone)]
pub struct FullReceipt {
    pub receipt: Receipt,
    pub sources: Vec<FromSource>,
    pub tally: Tally,
}

impl FullReceipt {
    /// How long it took, in microseconds, once it has ended.
    pub fn took_micros(&self) -> Option<i64> {
        let LeadRequest { started_at, finished_at, .. } = &self.receipt.request;
        Some((finished_at.as_ref()?.micros() - started_at.as_ref()?.micros()).max(0))
    }

    /// Credits that are still held.
    pub fn left(&self) -> i64 {
        self.receipt.held.get() - self.receipt.captured.get() - self.receipt.released.get()
    }

    /// Credits that came back for returned and bad leads.
    pub fn paid_back(&self) -> i64 {
        self.receipt.paid_back
    }
}

/// Loads it.
///
/// # Errors
/// [`AppError::NotFound`] for a request of another workspace.
pub async fn full_receipt(tx: &mut Tx, workspace: WorkspaceId, id: RequestId) -> Result<FullReceipt, AppError> {
    let receipt = lead_request::receipt(tx, workspace, id).await?;
    let sources = on!(tx, c => sqlx::query_as(
        "select s.name, count(*) as leads from leads l join sources s on s.id = l.source_id
         where l.workspace_id = $1 and l.request_id = $2 group by s.id, s.name order by count(*) desc, s.name")
        .bind(workspace).bind(id).fetch_all(c).await)?;
    let tally = review::tally(tx, workspace, Scope::Request(id)).await?;
    Ok(FullReceipt { receipt, sources, tally })
}

/// One line for each fact: its part of the receipt, its name, its value.
pub fn csv(full: &FullReceipt) -> String {
    let receipt = &full.receipt;
    let request = &receipt.request;
    let mut rows: Vec<(&str, String, String)> = vec![
        ("Request", "Number".into(), request.id.to_string()),
        ("Request", "Campaign".into(), plain(&request.campaign_name)),
        ("Request", "Requested by".into(), plain(&request.requester)),
        ("Request", "State".into(), request.state.label().into()),
        ("Request", "Reason".into(), plain(&request.reason_text())),
        ("Request", "Leads asked for".into(), request.quantity.get().to_string()),
    ];
    let times =
        [("Requested", Some(request.created_at)), ("Started", request.started_at), ("Ended", request.finished_at)];
    let times = times.into_iter().filter_map(|(name, at)| Some(("Time", name.to_owned(), at?.rfc3339())));
    rows.extend(times);
    rows.extend(full.took_micros().map(|micros| ("Time", "Seconds".into(), (micros / 1_000_000).to_string())));
    rows.extend(request.criteria.parts().into_iter().map(|(name, value)| ("Criteria", name.to_owned(), plain(&value))));
    rows.push(("People", "Matched".into(), request.matched.to_string()));
    rows.push(("People", "Delivered".into(), request.delivered.to_string()));
    let skips = receipt.skips.iter();
    rows.extend(skips.map(|skip| ("People", format!("Skipped: {}", skip.reason.label()), skip.people.to_string())));
    rows.push(("People", "Not reached".into(), receipt.not_reached().to_string()));
    let credits = [
        ("Held", receipt.held.get()),
        ("Captured", receipt.captured.get()),
        ("Released", receipt.released.get()),
        ("Still held", full.left()),
        ("Paid back", full.paid_back()),
    ];
    rows.extend(credits.map(|(name, credits)| ("Credits", name.to_owned(), credits.to_string())));
    rows.extend(full.sources.iter().map(|source| ("Sources", plain(&source.name), source.leads.to_string())));
    rows.push(("Review", "Good".into(), full.tally.good.to_string()));
    rows.push(("Review", "Bad".into(), full.tally.bad.to_string()));
    let mut text = first_line(["Part", "Name", "Value"].map(str::to_owned));
    for (part, name, value) in rows {
        text.push_str(&line([part.to_owned(), name, value]));
    }
    text
}
