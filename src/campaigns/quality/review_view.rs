//! Reviewing leads one by one, with the keyboard or with plain buttons.

use leptos::prelude::*;

use super::{
    mark::{BadReason, Mark, MarkKind},
    more_like::Change,
    review::{Place, Scope, Tally, ValueMarks},
};
use crate::{
    campaigns::{
        Receipt, Waiting,
        ids::LeadId,
        leads::lead::LeadTrail,
        requests::{progress_view::FirstBatchNotice, quote::Reach},
    },
    credits::CampaignId,
    directory::Seniority,
    topics,
    ui::{
        Button, ButtonKind, EmptyState, HelpLink, LinkButton, PageHeader, Panel, ProgressBar, Table, Tag, Tone,
        count_text, plural,
    },
};

/// What the page shows.
#[derive(Debug, Clone)]
pub struct ReviewData {
    pub scope: Scope,
    pub campaign: CampaignId,
    pub campaign_name: String,
    pub tally: Tally,
    /// The lead whose mark "Undo" removes.
    pub undo: Option<LeadId>,
    pub shown: Option<(LeadTrail, Place, Option<Mark>)>,
    pub values: Vec<ValueMarks>,
    /// The request, for who may let it go on or stop it.
    pub waits: Option<Receipt>,
    pub may_spend: bool,
}

/// The page.
#[component]
pub fn ReviewPage(data: ReviewData) -> impl IntoView {
    let ReviewData { scope, campaign, campaign_name, tally, undo, shown, values, waits, may_spend } = data;
    let (back, label) = match scope {
        Scope::Request(id) => (format!("/requests/{id}"), "The request".to_owned()),
        Scope::Campaign(id) => (format!("/campaigns/{id}/leads"), campaign_name.clone()),
    };
    let topic = match scope {
        Scope::Request(id) => topics::request(id),
        Scope::Campaign(_) => topics::campaign(campaign),
    };
    let waits = waits.filter(|receipt| receipt.request.waiting == Some(Waiting::Look));
    let card = match shown {
        Some((trail, place, mark)) => {
            view! { <Card scope=scope trail=trail place=place mark=mark leads=tally.leads undo=undo may_spend=may_spend /> }.into_any()
        }
        None => view! {
            <EmptyState title="No leads to review yet"><p>"They appear here as soon as they are delivered."</p></EmptyState>
        }
        .into_any(),
    };
    view! {
        <PageHeader title="Review leads" subtitle=format!("Campaign “{campaign_name}”") back_href=back back_label=label>
            <HelpLink topic="quality">"What the marks are for"</HelpLink>
        </PageHeader>
        <div id="review-look" data-live=topic.clone()>{waits.map(|receipt| view! { <FirstBatchNotice receipt=receipt reviewing=true /> })}</div>
        <div class="split">
            <div class="stack-loose">{card}</div>
            <div class="stack-loose" id="review-marks" data-live=topic>
                <Panel title="Reviewed">
                    <div class="stack-tight">
                        <ProgressBar label="Reviewed" value=tally.good + tally.bad max=tally.leads
                            detail=format!("{} good, {} bad, {} to go", count_text(tally.good), count_text(tally.bad), count_text(tally.left())) />
                    </div>
                </Panel>
                <WhatToChange scope=scope values=values />
            </div>
        </div>
    }
}

#[component]
fn Card(
    scope: Scope,
    trail: LeadTrail,
    place: Place,
    mark: Option<Mark>,
    leads: i64,
    undo: Option<LeadId>,
    may_spend: bool,
) -> impl IntoView {
    let lead = trail.lead.clone();
    let name = format!("{} {}", lead.first_name, lead.last_name);
    let number = format!("Lead {} of {}", count_text(place.number), count_text(leads));
    let location = [&lead.city, &lead.region, &lead.country];
    let location = location.into_iter().filter(|text| !text.is_empty()).cloned().collect::<Vec<_>>().join(", ");
    let facts = [
        ("Job title", lead.title.clone()),
        ("Seniority", lead.seniority.map(Seniority::label).unwrap_or_default().to_owned()),
        ("Company", lead.company.clone()),
        ("Website", lead.domain.clone()),
        ("Industry", lead.industry.clone()),
        ("Company size", lead.size()),
        ("Location", location),
        ("Address", format!("{} ({})", lead.address(), lead.email_status.label())),
        ("Source", lead.source_name.clone()),
    ];
    let facts: Vec<_> = facts
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(label, value)| view! { <div><dt>{label}</dt><dd>{value}</dd></div> })
        .collect();
    let label = format!("{number}: {name}");
    let href = scope.href();
    let go = move |lead: Option<LeadId>, label: &'static str, key: &'static str, hint: &'static str| {
        lead.map(|lead| {
            view! { <a class=ButtonKind::Quiet.class() href=format!("{href}?lead={lead}") data-key=key>{label} <kbd>{hint}</kbd></a> }
        })
    };
    view! {
        // Keys count while the focus is inside, where it begins (WCAG 2.1.4).
        <section class="panel review-card" id="review-card" data-keys="" tabindex="0" autofocus aria-label=label>
            <header class="panel-head">
                <div class="panel-head-text">
                    <h2 class="panel-title"><a href=format!("/leads/{}", lead.id)>{name}</a></h2>
                    <p class="panel-description">{number}</p>
                </div>
                <p id="review-verdict">{mark.map(|mark| view! { <Marked mark=mark /> })}</p>
            </header>
            <div class="panel-body stack">
                <dl class="facts">{facts}</dl>
                {may_spend.then(|| view! { <MarkButtons scope=scope lead=lead.id undo=undo /> })}
                <nav class="row" aria-label="Leads">
                    {go(place.before, "Back", "ArrowLeft ArrowUp k", "k")}
                    {go(place.after, "Next", "ArrowRight ArrowDown j", "j")}
                </nav>
            </div>
        </section>
    }
}

#[component]
fn Marked(mark: Mark) -> impl IntoView {
    let by = format!("by {}", mark.marker);
    match mark.verdict {
        MarkKind::Good => {
            view! { <Tag tone=Tone::Good>"Good"</Tag> " " <span class="small soft">{by}</span> }.into_any()
        }
        MarkKind::Bad => {
            let reason = mark.reason.map(BadReason::label).unwrap_or_default();
            view! { <Tag tone=Tone::Bad>"Bad"</Tag> " " <span class="small soft">{reason} ", " {by}</span> }.into_any()
        }
    }
}

/// Where a form came from, so that its answer leads back there.
#[component]
fn From(scope: Scope) -> impl IntoView {
    let (name, id) = match scope {
        Scope::Request(id) => ("request", id.to_string()),
        Scope::Campaign(id) => ("campaign", id.to_string()),
    };
    view! { <input type="hidden" name=name value=id /> }
}

#[component]
fn MarkButtons(scope: Scope, lead: LeadId, undo: Option<LeadId>) -> impl IntoView {
    let action = format!("/leads/{lead}/mark");
    let reasons: Vec<_> = BadReason::ALL
        .into_iter()
        .enumerate()
        .map(|(at, (_, word, label))| {
            let (digit, key) = ((at + 1).to_string(), (at + 1).to_string());
            view! {
                <li>
                    <button class=ButtonKind::Secondary.class() type="submit" name="reason" value=word data-key=key>
                        <kbd>{digit}</kbd> " " {label}
                    </button>
                </li>
            }
        })
        .collect();
    let undo = undo.map(|lead| {
        view! {
            <form method="post" action=format!("/leads/{lead}/unmark") data-submit-once="">
                <From scope=scope />
                <button class=ButtonKind::Quiet.class() type="submit" data-key="u">"Undo the last mark" " " <kbd>"u"</kbd></button>
            </form>
        }
    });
    view! {
        <div class="review-verdicts">
            <form method="post" action=action.clone() data-submit-once="">
                <From scope=scope />
                <button class=ButtonKind::Primary.class() type="submit" name="verdict" value="good" data-key="g">"Good" " " <kbd>"g"</kbd></button>
            </form>
            <details class="review-bad">
                <summary class=ButtonKind::Secondary.class() data-key="b">"Bad" " " <kbd>"b"</kbd></summary>
                <form method="post" action=action data-submit-once="">
                    <From scope=scope />
                    <input type="hidden" name="verdict" value="bad" />
                    <p class="small soft">"What is wrong with it? The first four are checked and may be paid back."</p>
                    <ol class="review-reasons">{reasons}</ol>
                </form>
            </details>
            {undo}
        </div>
    }
}

/// Good and bad per value of each filter, the worst first.
#[component]
fn WhatToChange(scope: Scope, values: Vec<ValueMarks>) -> impl IntoView {
    if values.is_empty() {
        return view! {
            <Panel title="What to change">
                <p class="soft">"Mark some leads. The values that bad ones have in common are listed here."</p>
            </Panel>
        }
        .into_any();
    }
    let has_good = values.iter().any(|one| one.good > 0);
    // What only good leads have is nothing to change: it stands behind the others.
    let (bad, good): (Vec<_>, Vec<_>) = values.into_iter().partition(|one| one.bad > 0);
    let without =
        plural(i64::try_from(good.len()).unwrap_or(i64::MAX), "value without a bad lead", "values without a bad lead");
    let bad = if bad.is_empty() {
        view! { <p class="panel-body soft">"No lead is marked as bad."</p> }.into_any()
    } else {
        view! { <Marks caption="Marks by value" values=bad /> }.into_any()
    };
    let good = (!good.is_empty()).then(|| {
        view! {
            <details class="disclosure panel-body">
                <summary>{without}</summary>
                <Marks caption="Marks of values without a bad lead" values=good />
            </details>
        }
    });
    let href = match scope {
        Scope::Request(id) => format!("/requests/{id}/more-like"),
        Scope::Campaign(id) => format!("/campaigns/{id}/more-like"),
    };
    view! {
        <Panel title="What to change" description="How leads with each value were marked, the worst first." flush=true>
            {bad} {good}
        </Panel>
        {has_good.then(|| view! { <p><LinkButton href=href>"More like the good ones"</LinkButton></p> })}
    }
    .into_any()
}

#[component]
fn Marks(caption: &'static str, values: Vec<ValueMarks>) -> impl IntoView {
    let rows: Vec<_> = values
        .into_iter()
        .map(|one| {
            view! {
                <tr>
                    <th scope="row">{one.value} <span class="table-detail">{one.facet.label()}</span></th>
                    <td class="number">{count_text(one.bad)}</td>
                    <td class="number">{count_text(one.good)}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <Table caption=caption>
            <thead>
                <tr>
                    <th scope="col">"Value"</th>
                    <th scope="col" class="number">"Bad"</th>
                    <th scope="col" class="number">"Good"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
    }
}

/// What the proposal's page shows.
#[derive(Debug, Clone)]
pub struct MoreLikeData {
    pub scope: Scope,
    pub campaign: CampaignId,
    pub campaign_name: String,
    pub tally: Tally,
    pub changes: Vec<Change>,
    /// Whom the audience reaches as it is, and as proposed.
    pub before: Reach,
    pub after: Reach,
    /// The proposed criteria, as form fields.
    pub fields: Vec<(String, String)>,
    pub may_spend: bool,
}

/// "More like the good ones": the difference first, then one click.
#[component]
pub fn MoreLikePage(data: MoreLikeData) -> impl IntoView {
    let campaign = data.campaign;
    let based = format!(
        "From {} good and {} bad leads. A filter is narrowed to what good leads have more often than all reviewed ones; what \
         only bad ones have is left out.",
        count_text(data.tally.good),
        count_text(data.tally.bad)
    );
    let people = |reach: Reach| count_text((reach.matching - reach.owned).max(0));
    let (before, after) = (people(data.before), people(data.after));
    let body = if data.changes.is_empty() {
        view! {
            <EmptyState title="Nothing to propose yet">
                <p>"The good leads have nothing in common that the others lack. Mark some more, or change the audience yourself."</p>
                <LinkButton href=data.scope.href()>"Go on reviewing"</LinkButton>
            </EmptyState>
        }
        .into_any()
    } else {
        let rows: Vec<_> = data.changes.into_iter().map(change).collect();
        let fields: Vec<_> = data
            .fields
            .into_iter()
            .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
            .collect();
        view! {
            <Panel title="What would change" description=based flush=true>
                <Table caption="What would change">
                    <thead>
                        <tr>
                            <th scope="col">"Filter"</th>
                            <th scope="col">"Now"</th>
                            <th scope="col">"Proposed"</th>
                        </tr>
                    </thead>
                    <tbody>
                        {rows}
                        <tr>
                            <th scope="row">"People you can still reach"</th>
                            <td>{before}</td>
                            <td>{after}</td>
                        </tr>
                    </tbody>
                </Table>
            </Panel>
            {data.may_spend.then(|| view! {
                <form method="post" action=format!("/campaigns/{campaign}/more-like") data-submit-once="" class="form-actions">
                    {fields}
                    <Button kind=ButtonKind::Primary>"Take this over"</Button>
                    <LinkButton href=data.scope.href() kind=ButtonKind::Quiet>"Back to the review"</LinkButton>
                </form>
            })}
        }
        .into_any()
    };
    view! {
        <PageHeader title="More like the good ones" subtitle=format!("Campaign “{}”", data.campaign_name)
            back_href=data.scope.href() back_label="Review leads" />
        <div class="stack">{body}</div>
    }
}

fn change(change: Change) -> impl IntoView {
    let shown = |text: String| if text.is_empty() { "Anything".to_owned() } else { text };
    view! {
        <tr>
            <th scope="row">{change.label}</th>
            <td>{shown(change.before)}</td>
            <td>{shown(change.after)}</td>
        </tr>
    }
}
