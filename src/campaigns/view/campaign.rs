//! One campaign: its overview and its requests.

use leptos::prelude::*;

use super::standing::{SoManyADay, StandingForm, StandingPanel};
use crate::{
    campaigns::{Campaign, LeadRequest, standing::Standing},
    credits::CampaignId,
    ui::{
        ButtonKind, EmptyState, Figure, LinkButton, PageHeader, Panel, ProgressBar, Tab, Table, Tabs, Tag, TimeStamp,
        Tone, count_text,
    },
};

/// The header and tabs that all pages of a campaign share.
#[component]
pub fn CampaignFrame(
    campaign: Campaign,
    current: &'static str,
    leads: i64,
    may_spend: bool,
    children: Children,
) -> impl IntoView {
    let id = campaign.id;
    let tab = |label: &str, path: &str| Tab::new(label, format!("/campaigns/{id}{path}"), label == current);
    let tabs = vec![tab("Overview", ""), tab("Leads", "/leads").with_count(leads), tab("Requests", "/requests")];
    view! {
        <PageHeader title=campaign.name.clone() subtitle=campaign.criteria.summary() back_href="/campaigns" back_label="Campaigns">
            {may_spend.then(|| view! {
                <LinkButton href=format!("/campaigns/new/{id}/audience")>"Change the audience"</LinkButton>
                <LinkButton href=format!("/campaigns/new/{id}/leads") kind=ButtonKind::Primary>"Request leads"</LinkButton>
            })}
        </PageHeader>
        <Tabs label="Campaign" tabs=tabs id="campaign-tabs" live=format!("campaign:{id}") />
        {children()}
    }
}

/// What a campaign has, and what it waits for.
#[component]
pub fn CampaignPage(
    campaign: Campaign,
    leads: i64,
    requests: Vec<LeadRequest>,
    standings: Vec<Standing>,
    /// The key and the fields of the form that begins a standing request, for those who may spend.
    begin: Option<(String, StandingForm)>,
) -> impl IntoView {
    let id = campaign.id;
    let may_spend = begin.is_some();
    let topic = format!("campaign:{id}");
    let spent: i64 = requests.iter().map(|request| request.spent).sum();
    let open = requests.iter().filter(|request| request.state.is_open()).count();
    let open = i64::try_from(open).unwrap_or(0);
    view! {
        <CampaignFrame campaign=campaign current="Overview" leads=leads may_spend=may_spend>
            <div class="stack-loose">
            <div class="figures">
                <Figure label="Leads" value=count_text(leads) prominent=true id="campaign-leads" live=topic.clone() href=format!("/campaigns/{id}/leads") />
                <Figure label="Credits spent" value=count_text(spent) id="campaign-spent" live=topic.clone()
                    href=format!("/settings/cold-email-agent/statement?campaign={id}&kind=capture") />
                <Figure label="Requests under way" value=count_text(open) id="campaign-open" live=topic.clone() />
            </div>
            <StandingPanel standings=standings campaign=id />
            {begin.map(|(key, form)| view! {
                <SoManyADay campaign=id key form label="Request so many leads a day" from="campaign" />
            })}
            <Requests requests=requests campaign=id />
            <p><a href=format!("/settings/cold-email-agent/statement?campaign={id}")>"Every credit movement of this campaign"</a></p>
            </div>
        </CampaignFrame>
    }
}

/// Every request of a campaign.
#[component]
pub fn RequestsPage(campaign: Campaign, leads: i64, requests: Vec<LeadRequest>, may_spend: bool) -> impl IntoView {
    let id = campaign.id;
    view! {
        <CampaignFrame campaign=campaign current="Requests" leads=leads may_spend=may_spend>
            <Requests requests=requests campaign=id />
        </CampaignFrame>
    }
}

#[component]
pub(super) fn Requests(requests: Vec<LeadRequest>, campaign: CampaignId) -> impl IntoView {
    if requests.is_empty() {
        return view! {
            <EmptyState title="No leads requested yet">
                <p>"Request a small batch first, look at the people, then ask for more."</p>
                <LinkButton href=format!("/campaigns/new/{campaign}/leads") kind=ButtonKind::Primary>"Request leads"</LinkButton>
            </EmptyState>
        }
        .into_any();
    }
    let rows: Vec<_> = requests.iter().map(row).collect();
    view! {
        <Panel title="Lead requests" flush=true>
            <Table caption="Lead requests" id="campaign-requests" live=format!("campaign:{campaign}")>
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
pub(super) fn state_tag(request: &LeadRequest) -> (Tone, &'static str) {
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
