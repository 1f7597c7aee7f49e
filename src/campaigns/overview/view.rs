//! One campaign: its overview and its requests.

use leptos::prelude::*;

use crate::{
    campaigns::{
        Campaign, LeadRequest,
        campaign::CampaignTotals,
        frame::CampaignFrame,
        requests::table::Requests,
        standing::{
            Standing,
            view::{SoManyADay, StandingForm, StandingPanel},
        },
    },
    topics,
    ui::{Figure, count_text},
};

/// What a campaign has, and what it waits for.
#[component]
pub fn CampaignPage(
    campaign: Campaign,
    totals: CampaignTotals,
    requests: Vec<LeadRequest>,
    standings: Vec<Standing>,
    /// The key and the fields of the form that begins a standing request, for those who may spend.
    begin: Option<(String, StandingForm)>,
) -> impl IntoView {
    let id = campaign.id;
    let may_spend = begin.is_some();
    let topic = topics::campaign(id);
    let CampaignTotals { leads, spent, open_requests: open } = totals;
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
                <SoManyADay campaign=id key form label="Request a daily number of leads" from="campaign" />
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
