//! One campaign at a glance.

use leptos::prelude::*;

use super::sending_view::{LimitsPanel, MailboxesPanel, Sending, SendingCounts, SendingHead};
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
    credits::CampaignId,
    outreach::progress::why::SendingState,
    topics,
    ui::{Button, ButtonKind, Confirm, Figure, count_text},
};

/// What a campaign has, its sending, and what it waits for.
#[component]
pub fn CampaignPage(
    campaign: Campaign,
    totals: CampaignTotals,
    requests: Vec<LeadRequest>,
    standings: Vec<Standing>,
    sending: Sending,
    /// The key and the fields of the form that begins a standing request, for those who may spend.
    begin: Option<(String, StandingForm)>,
) -> impl IntoView {
    let id = campaign.id;
    let may_spend = begin.is_some();
    let topic = topics::campaign(id);
    let CampaignTotals { leads, spent, open_requests: open } = totals;
    let began = sending.facts.state != SendingState::Draft;
    let (counts, limits) = (sending.clone(), sending.clone());
    let mailboxes = sending.clone();
    view! {
        <CampaignFrame campaign=campaign current="Overview" leads=leads may_spend=may_spend>
            <div class="stack-loose">
            <SendingHead sending />
            {began.then(|| view! { <SendingCounts sending=counts /> })}
            <div class="figures">
                <Figure label="Leads" value=count_text(leads) prominent=true id="campaign-leads" live=topic.clone() href=format!("/campaigns/{id}/leads") />
                <Figure label="Credits spent" value=count_text(spent) id="campaign-spent" live=topic.clone()
                    href=format!("/settings/cold-email-agent/statement?campaign={id}&kind=capture") />
                <Figure label="Requests under way" value=count_text(open) id="campaign-open" live=topic.clone() />
            </div>
            {began.then(|| view! {
                <LimitsPanel sending=limits />
                <MailboxesPanel sending=mailboxes />
            })}
            <StandingPanel standings=standings campaign=id />
            {begin.map(|(key, form)| view! {
                <SoManyADay campaign=id key form label="Request a daily number of leads" from="campaign" />
            })}
            <Requests requests=requests campaign=id />
            <p><a href=format!("/settings/cold-email-agent/statement?campaign={id}")>"Every credit movement of this campaign"</a></p>
            {may_spend.then(|| view! { <CopyAndArchive campaign=id /> })}
            </div>
        </CampaignFrame>
    }
}

/// Makes a draft like this campaign, or puts it away.
#[component]
fn CopyAndArchive(campaign: CampaignId) -> impl IntoView {
    view! {
        <div class="row">
            <form method="post" action=format!("/campaigns/{campaign}/duplicate") data-submit-once="">
                <Button>"Duplicate"</Button>
            </form>
            <Confirm id="archive" label="Archive" title="Archive this campaign?" kind=ButtonKind::Quiet>
                <p>"Its sending ends for good, and it is in no list any more. Its leads stay yours."</p>
                <form method="post" action=format!("/campaigns/{campaign}/archive") data-submit-once="">
                    <Button kind=ButtonKind::Danger>"Archive it"</Button>
                </form>
            </Confirm>
        </div>
    }
}
