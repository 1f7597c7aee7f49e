//! All campaigns.

use std::collections::HashMap;

use leptos::prelude::*;

use super::{first_run::FirstRunPanel, sending_view::Sending};
use crate::{
    campaigns::{
        CampaignLine, CampaignState,
        standing::{Standing, view::StandingStatus},
    },
    credits::CampaignId,
    outreach::progress::{first_run::FirstRun, why::SendingState},
    topics,
    ui::{
        Button, ButtonKind, Confirm, EmptyState, HelpLink, LinkButton, PageHeader, Panel, Table, Tag, TimeStamp, Tone,
        count_text,
    },
};

/// The list with each campaign's state, or how to begin.
#[component]
pub fn CampaignsPage(
    campaigns: Vec<CampaignLine>,
    paused: Vec<Standing>,
    /// The sending of each campaign that has a schedule.
    sending: HashMap<CampaignId, Sending>,
    /// What is done on the way to the first mail, until it has left.
    first_run: Option<FirstRun>,
    may_spend: bool,
) -> impl IntoView {
    let newest = campaigns.first().map(|line| format!("/campaigns/{}", line.campaign.id));
    let body = if campaigns.is_empty() {
        view! {
            <EmptyState title="No campaign yet">
                <p>"A campaign collects the people you want to write to. Describe them, see how many there are, and request your first leads: a small batch of 25 is a good start."</p>
                {may_spend.then(|| view! { <LinkButton href="/campaigns/new" kind=ButtonKind::Primary>"Start a campaign"</LinkButton> })}
                <p><HelpLink topic="targeting">"How targeting works"</HelpLink></p>
            </EmptyState>
        }
        .into_any()
    } else {
        let rows: Vec<_> = campaigns.iter().map(|line| row(line, &paused, sending.get(&line.campaign.id))).collect();
        view! {
            <Panel flush=true>
                <Table caption="Campaigns" id="campaigns" live=topics::CAMPAIGNS>
                    <thead>
                        <tr>
                            <th scope="col">"Campaign"</th>
                            <th scope="col">"State"</th>
                            <th scope="col" class="number">"Leads"</th>
                            <th scope="col" class="number wide-only">"Sent"</th>
                            <th scope="col" class="wide-only">"Changed"</th>
                            <th scope="col">
                                <span class="visually-hidden">"Actions"</span>
                            </th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </Table>
            </Panel>
        }
        .into_any()
    };
    view! {
        <PageHeader title="Campaigns">
            {may_spend.then(|| view! { <LinkButton href="/campaigns/new" kind=ButtonKind::Primary>"New campaign"</LinkButton> })}
        </PageHeader>
        <div class="stack-loose">
            {first_run.map(|done| view! { <FirstRunPanel done campaign=newest /> })}
            {body}
        </div>
    }
}

fn row(line: &CampaignLine, paused: &[Standing], sending: Option<&Sending>) -> impl IntoView + use<> {
    let campaign = &line.campaign;
    let draft = campaign.state == CampaignState::Draft;
    let href = match (draft, campaign.quantity) {
        (false, _) => format!("/campaigns/{}", campaign.id),
        (true, None) => format!("/campaigns/new/{}/leads", campaign.id),
        (true, Some(_)) => format!("/campaigns/new/{}/review", campaign.id),
    };
    let (tone, state) = match (draft, line.open_requests) {
        (true, _) => (Tone::Neutral, "Draft"),
        (false, 0) if line.leads == 0 => (Tone::Warning, "No leads yet"),
        (false, 0) => (Tone::Good, "Ready"),
        (false, _) => (Tone::Info, "Sourcing leads"),
    };
    // What it waits for comes before what it has.
    let waits = paused
        .iter()
        .find(|standing| standing.campaign_id == campaign.id)
        .map(|standing| view! { <StandingStatus standing=standing.clone() /> }.into_any());
    let started = sending.filter(|sending| sending.facts.state != SendingState::Draft);
    let state = match started {
        Some(sending) => {
            let (tone, word) = sending.progress.tag();
            view! { <Tag tone=tone>{word}</Tag> <span class="table-detail">{sending.sentence()}</span> {waits} }
                .into_any()
        }
        None => waits.unwrap_or_else(|| view! { <Tag tone=tone>{state}</Tag> }.into_any()),
    };
    let sent = started.map_or_else(|| "–".to_owned(), |sending| count_text(sending.facts.sent));
    view! {
        <tr>
            <th scope="row">
                <a href=href>{campaign.name.clone()}</a>
                <span class="table-detail">{campaign.criteria.summary()}</span>
            </th>
            <td>{state}</td>
            <td class="number">{count_text(line.leads)}</td>
            <td class="number wide-only">{sent}</td>
            <td class="wide-only"><TimeStamp micros=campaign.updated_at.micros() /></td>
            <td class="row-actions">{draft.then(|| delete_dialog(line))}</td>
        </tr>
    }
}

fn delete_dialog(line: &CampaignLine) -> impl IntoView + use<> {
    let campaign = &line.campaign;
    let id = campaign.id;
    view! {
        <Confirm id=format!("delete-{id}") label=format!("Delete draft “{}”", campaign.name) title="Delete this draft?" kind=ButtonKind::Quiet icon="trash">
            <p>"Its targeting is lost. No leads or credits are involved."</p>
            <form method="post" action=format!("/campaigns/{id}/delete")>
                <Button kind=ButtonKind::Danger>"Delete the draft"</Button>
            </form>
        </Confirm>
    }
}
