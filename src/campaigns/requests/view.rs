//! One lead request: its progress while it runs, its receipt when it is done.

use leptos::prelude::*;

use super::{
    progress_view::{Controls, Progress},
    returnable::Returnable,
    sourcing_view::SourceLines,
    waterfall::SourceLine,
};
use crate::{
    campaigns::{Receipt, RequestForecast},
    credits::RequestId,
    topics,
    ui::{Button, ButtonKind, Confirm, LinkButton, PageHeader, Panel, count_text, credits_text, plural},
};

/// The page; everything that moves follows `request:{id}`.
#[component]
pub fn RequestPage(
    receipt: Receipt,
    forecast: RequestForecast,
    lines: Vec<SourceLine>,
    may_end: bool,
    returnable: Returnable,
) -> impl IntoView {
    let request = &receipt.request;
    let (id, campaign) = (request.id, request.campaign_id);
    let topic = topics::request(id);
    let title = format!("Request for {} leads", count_text(request.quantity.get()));
    let (name, criteria) = (request.campaign_name.clone(), request.criteria.parts());
    view! {
        <PageHeader title=title subtitle=format!("Campaign “{name}”") back_href=format!("/campaigns/{campaign}") back_label=name.clone()>
            <LinkButton href=format!("/requests/{id}/review")>"Review the leads"</LinkButton>
            <LinkButton href=format!("/campaigns/{campaign}/leads?request={id}")>"See the leads"</LinkButton>
        </PageHeader>
        <div class="split">
            <div class="stack-loose">
                <div id="request-progress" data-live=topic.clone()><Progress receipt=receipt.clone() forecast=forecast /></div>
                <div id="request-cancel" data-live=topic.clone()>
                    {(request.state.is_open() && may_end).then(|| view! { <Controls receipt=receipt.clone() /> })}
                </div>
                <div id="request-return" data-live=format!("{topic} credits")>
                    {(returnable.leads > 0).then(|| view! { <ReturnAll id returnable /> })}
                </div>
                <Panel title="Your criteria" description="As they were when you made the request. Changing the campaign's audience does not change them.">
                    <dl class="facts">
                        {criteria.into_iter().map(|(label, values)| view! { <div><dt>{label}</dt><dd>{values}</dd></div> }).collect::<Vec<_>>()}
                    </dl>
                </Panel>
            </div>
            <div class="stack-loose" id="request-receipt" data-live=topic.clone()>
                <ReceiptPanels receipt=receipt.clone() />
            </div>
        </div>
        <div id="request-sources" data-live=topic><SourceLines lines=lines open=request.state.is_open() /></div>
    }
}

#[component]
fn ReceiptPanels(receipt: Receipt) -> impl IntoView {
    let not_reached = receipt.not_reached();
    let request = receipt.request;
    let open = request.state.is_open();
    let (delivered, matched) = (request.delivered, request.matched);
    let (held, captured, released) = (receipt.held.get(), receipt.captured.get(), receipt.released.get());
    let skips: Vec<_> = receipt
        .skips
        .iter()
        .map(|skip| {
            view! {
                <div><dt>{skip.reason.label()}</dt><dd>{count_text(skip.people)}</dd></div>
            }
        })
        .collect();
    let left = held - captured - released;
    let paid_back = receipt.paid_back;
    view! {
        <Panel title=if open { "So far" } else { "Receipt" } description="People who matched, and what became of them.">
            <dl class="facts facts-sum">
                <div><dt>"Delivered"</dt><dd>{count_text(delivered)}</dd></div>
                {skips}
                <div><dt>{if open { "Not checked yet" } else { "Not needed" }}</dt><dd>{count_text(not_reached)}</dd></div>
                <div class="facts-total"><dt>"Matched"</dt><dd>{count_text(matched)}</dd></div>
            </dl>
        </Panel>
        <Panel title="Credits">
            <dl class="facts facts-sum">
                <div><dt>"Set aside at the start"</dt><dd>{credits_text(held)}</dd></div>
                <div><dt>"Spent on delivered leads"</dt><dd>{credits_text(captured)}</dd></div>
                <div><dt>"Released"</dt><dd>{credits_text(released)}</dd></div>
                {(paid_back > 0).then(|| view! { <div><dt>"Paid back for returned or bad leads"</dt><dd>{credits_text(paid_back)}</dd></div> })}
                <div class="facts-total"><dt>"Still held"</dt><dd>{credits_text(left)}</dd></div>
            </dl>
            <p><a href=format!("/settings/cold-email-agent/statement?request={}", request.id)>"Every movement of this request"</a></p>
        </Panel>
        <Panel title="Next steps">
            <ul>
                <li><a href=format!("/requests/{}/receipt", request.id)>"The receipt, to keep or to print"</a></li>
                <li><a href=format!("/campaigns/new/{}/audience?from={}", request.campaign_id, request.id)>"Repeat it with other criteria"</a></li>
                <li><a href=format!("/requests/{}/compare", request.id)>"Compare it with another request"</a></li>
            </ul>
        </Panel>
    }
}

#[component]
fn ReturnAll(id: RequestId, returnable: Returnable) -> impl IntoView {
    let Returnable { leads, credits, share_left } = returnable;
    let hidden = plural(leads, "lead was never revealed", "leads were never revealed");
    if share_left == 0 {
        return view! {
            <p class="small soft">{hidden} ". This workspace has returned its share of the last 30 days, so none can be returned now."</p>
        }
        .into_any();
    }
    let going = if share_left < leads {
        format!(
            "{} of them go back: the rest of this workspace's share of returns in 30 days. Their credits come back.",
            count_text(share_left)
        )
    } else {
        format!("They go back, and {} with them.", credits_text(credits.get()))
    };
    view! {
        <Confirm id="return" label="Return leads" title="Return these leads?" kind=ButtonKind::Secondary>
            <p>{hidden} " and can be returned. " {going} " You no longer own these people; a later request may deliver and charge them again."</p>
            <form method="post" action=format!("/requests/{id}/return") data-submit-once="">
                <Button kind=ButtonKind::Danger>"Return them"</Button>
            </form>
        </Confirm>
    }
    .into_any()
}
