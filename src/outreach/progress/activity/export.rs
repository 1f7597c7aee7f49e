//! The activity of a campaign as CSV (RFC 4180), streamed in pages.

use axum::body::{Body, Bytes};
use futures::Stream;

use super::list::{self, EventLine};
use crate::{
    accounts::WorkspaceId,
    ids::CampaignId,
    outreach::progress::event::{EventId, EventKind},
    server::{
        csv::{first_line, line, plain},
        db::Db,
    },
};

/// Rows read at once.
const PAGE: i64 = 1_000;

/// Every event of the campaign, newest first; of one kind, if one is asked for.
pub fn export(db: Db, workspace: WorkspaceId, campaign: CampaignId, kind: Option<EventKind>) -> Body {
    Body::from_stream(pages(db, workspace, campaign, kind))
}

fn pages(
    db: Db,
    workspace: WorkspaceId,
    campaign: CampaignId,
    kind: Option<EventKind>,
) -> impl Stream<Item = sqlx::Result<Bytes>> {
    let headings = first_line(["At", "Kind", "What", "Lead", "Mailbox", "By"].map(str::to_owned));
    let first: Option<Option<EventId>> = Some(None);
    futures::stream::try_unfold((first, Some(headings)), move |(before, headings)| {
        let db = db.clone();
        async move {
            let Some(before) = before else { return Ok(None) };
            let mut tx = db.read().await?;
            let events = list::of_campaign(&mut tx, (workspace, campaign), kind, before, PAGE).await?;
            let mut text = headings.unwrap_or_default();
            events.iter().for_each(|event| text.push_str(&row(event)));
            let next = events.last().filter(|_| events.len() as i64 == PAGE).map(|last| Some(last.id));
            Ok(Some((Bytes::from(text), (next, None))))
        }
    })
}

fn row(event: &EventLine) -> String {
    let text = |text: &Option<String>| plain(text.as_deref().unwrap_or_default());
    line([
        event.at.rfc3339(),
        event.kind.word().to_owned(),
        plain(&event.kind.sentence(&event.params)),
        text(&event.lead),
        text(&event.mailbox),
        plain(event.actor.as_deref().unwrap_or("Fairlead")),
    ])
}
