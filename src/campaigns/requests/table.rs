//! The table of a campaign's requests, and how a request's state looks.

use leptos::prelude::*;

use super::lead_request::LeadRequest;
use crate::{
    credits::CampaignId,
    topics,
    ui::{ButtonKind, EmptyState, LinkButton, Panel, ProgressBar, Table, Tag, TimeStamp, Tone, count_text},
};

/// Every request of a campaign, newest first.
#[component]
pub(crate) fn Requests(requests: Vec<LeadRequest>, campaign: CampaignId) -> impl IntoView {
    if requests.is_empty() {
        return view! {
            <EmptyState title="No leads requested yet">
                <p>"Request a small batch first, review the people, then ask for more."</p>
                <LinkButton href=format!("/campaigns/new/{campaign}/leads") kind=ButtonKind::Primary>"Request leads"</LinkButton>
            </EmptyState>
        }
        .into_any();
    }
    let rows: Vec<_> = requests.iter().map(row).collect();
    view! {
        <Panel title="Lead requests" flush=true>
            <Table caption="Lead requests" id="campaign-requests" live=topics::campaign(campaign)>
                <thead>
                    <tr>
                        <th scope="col">"Requested"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"Delivered"</th>
                        <th scope="col" class="wide-only">"By"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Panel>
    }
    .into_any()
}

fn row(request: &LeadRequest) -> impl IntoView + use<> {
    let (tone, label) = state_tag(request);
    view! {
        <tr>
            <th scope="row"><a href=format!("/requests/{}", request.id)><TimeStamp micros=request.created_at.micros() /></a></th>
            <td><Tag tone=tone>{label}</Tag></td>
            <td>
                <ProgressBar label="Delivered" compact=true value=request.delivered max=request.quantity.get()
                    detail=format!("{} of {}", count_text(request.delivered), count_text(request.quantity.get())) />
            </td>
            <td class="wide-only">{request.requester.clone()}</td>
        </tr>
    }
}

/// How a request's state looks.
pub(crate) fn state_tag(request: &LeadRequest) -> (Tone, &'static str) {
    use crate::campaigns::{RequestState as State, Waiting};
    match request.waiting {
        Some(Waiting::Look) => return (Tone::Warning, "Waiting for you"),
        Some(Waiting::ByUser) => return (Tone::Neutral, "Paused"),
        None => {}
    }
    let tone = match request.state {
        State::Queued | State::Running => Tone::Info,
        State::Completed => Tone::Good,
        State::Cancelled => Tone::Neutral,
        State::Failed => Tone::Bad,
    };
    (tone, request.state.label())
}
