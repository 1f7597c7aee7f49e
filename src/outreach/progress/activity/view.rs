//! The activity of a campaign as people see it.

use leptos::prelude::*;

use super::list::EventLine;
use crate::{
    campaigns::{Campaign, frame::CampaignFrame},
    outreach::progress::event::EventKind,
    server::{paging::PageOf, query::address},
    topics,
    ui::{Button, EmptyState, OlderPages, Panel, Select, Table, Tag, TimeStamp},
};

/// Events with a filter by kind, newest first.
#[component]
pub fn ActivityPage(
    campaign: Campaign,
    events: PageOf<EventLine>,
    kind: Option<EventKind>,
    is_first: bool,
    leads: i64,
    may_spend: bool,
    may_export: bool,
) -> impl IntoView {
    let page = format!("/campaigns/{}/activity", campaign.id);
    let topic = topics::campaign(campaign.id);
    let chosen = kind.map(|kind| kind.word().to_owned()).unwrap_or_default();
    let kinds = [(String::new(), "Everything".to_owned())]
        .into_iter()
        .chain(EventKind::ALL.iter().map(|kind| (kind.word().to_owned(), kind.label().to_owned())))
        .collect();
    let newest = (!is_first).then(|| address(&page, [("kind", chosen.clone())]));
    let older = events
        .last_before_more()
        .map(|last| address(&page, [("kind", chosen.clone()), ("before", last.id.to_string())]));
    let file = (may_export && !events.rows.is_empty()).then(|| {
        view! {
            <form method="post" action=format!("{page}.csv")>
                <input type="hidden" name="kind" value=chosen.clone() />
                <Button>"Export CSV"</Button>
            </form>
        }
    });
    let body = if events.rows.is_empty() {
        view! {
            <EmptyState title=if kind.is_some() { "Nothing of this kind" } else { "Nothing has happened yet" }>
                <p>"Every mail, hold and stop of this campaign appears here, with who or what caused it."</p>
            </EmptyState>
        }
        .into_any()
    } else {
        let rows: Vec<_> = events.rows.into_iter().map(row).collect();
        view! {
            <Panel flush=true>
                <Table caption="Activity" id="activity" live=topic>
                    <thead>
                        <tr>
                            <th scope="col">"When"</th>
                            <th scope="col">"What"</th>
                            <th scope="col">"Lead"</th>
                            <th scope="col" class="wide-only">"Mailbox"</th>
                            <th scope="col" class="wide-only">"By"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </Table>
                <OlderPages newest older />
            </Panel>
        }
        .into_any()
    };
    view! {
        <CampaignFrame campaign=campaign current="Activity" leads=leads may_spend=may_spend>
            <div class="stack">
                <div class="row row-between">
                    <form method="get" class="filters" action=page>
                        <Select label="Show" name="kind" options=kinds selected=chosen />
                        <Button>"Filter"</Button>
                    </form>
                    {file}
                </div>
                {body}
            </div>
        </CampaignFrame>
    }
}

fn row(event: EventLine) -> impl IntoView {
    let lead = event.lead_id.map(|lead| {
        let name = event.lead.filter(|name| !name.is_empty()).unwrap_or_else(|| "A lead".to_owned());
        view! { <a href=format!("/leads/{lead}")>{name}</a> }
    });
    view! {
        <tr>
            <td><TimeStamp micros=event.at.micros() /></td>
            <td><Tag tone=event.kind.tone()>{event.kind.label()}</Tag> <span class="table-detail">{event.kind.sentence(&event.params)}</span></td>
            <td>{lead}</td>
            <td class="wide-only">{event.mailbox}</td>
            <td class="wide-only">{event.actor.unwrap_or_else(|| "Fairlead".to_owned())}</td>
        </tr>
    }
}
