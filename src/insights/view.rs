//! Which sources convert, as people see it.

use jiff::tz::TimeZone;
use leptos::prelude::*;

use super::{
    behind::{Figure, LeadLine},
    measures::{Cost, ENOUGH, cost, rate},
    totals::{Origin, Total},
};
use crate::{
    server::{clock::Instant, paging::PageOf, query::address, time_zone::date_in},
    topics,
    ui::{
        Button, EmptyState, HelpLink, OlderPages, PageHeader, Panel, Tab, Table, Tabs, Tag, TimeStamp, Tone, count_text,
    },
};

const PAGE: &str = "/insights/sources";

/// The table of one origin.
#[component]
pub fn SourcesPage(
    origin: Origin,
    totals: Vec<Total>,
    /// The time zone of the workspace.
    zone: TimeZone,
    may_export: bool,
) -> impl IntoView {
    let tabs = Origin::ALL
        .map(|one| Tab::new(one.label(), address(PAGE, [("by", one.word().to_owned())]), one == origin))
        .to_vec();
    let file = (may_export && !totals.is_empty()).then(|| {
        view! {
            <form method="post" action=format!("{PAGE}.csv")>
                <input type="hidden" name="by" value=origin.word() />
                <Button>"Export CSV"</Button>
            </form>
        }
    });
    let body = if totals.is_empty() {
        view! {
            <EmptyState title="Nothing to compare yet">
                <p>"Once campaigns have sent their first mails, this page says what came of the leads of each source, and what a positive reply cost."</p>
            </EmptyState>
        }
        .into_any()
    } else {
        let rows: Vec<_> = totals.into_iter().map(|total| view! { <Row origin total zone=zone.clone() /> }).collect();
        view! {
            <Table caption="What came of the leads" cards=true>
                <thead>
                    <tr>
                        <th scope="col">{origin.label()}</th>
                        <th scope="col" class="number">"Contacted"</th>
                        <th scope="col" class="number">"Replied"</th>
                        <th scope="col" class="number">"Positive"</th>
                        <th scope="col" class="number">"Bounced"</th>
                        <th scope="col" class="number">"Credits"</th>
                        <th scope="col" class="number">"Credits per positive reply"</th>
                        <th scope="col" class="number">"Still open"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        }
        .into_any()
    };
    view! {
        <PageHeader title="Which sources convert" subtitle="What came of the leads you mailed, and what a positive reply cost.">
            {file}
        </PageHeader>
        <div class="stack-loose">
            <Tabs label="Compare by" tabs />
            <div id="sources" data-live=topics::INSIGHTS>
                <Panel flush=true>{body}</Panel>
            </div>
            {origin.overlaps().then(|| view! {
                <p class="hint">
                    "A lead counts for every value of its request’s filters that it has, so the rows do not add up. Excluded values and lists of companies are left out."
                </p>
            })}
            <p class="hint">
                "A lead counts once its sequence has ended, or 14 days after its first mail. Replies are those that people wrote; automatic answers never count. Ranges hold the true value 95 times of 100. "
                <HelpLink topic="conversion">"How this is counted"</HelpLink>
            </p>
        </div>
    }
}

/// The address of the leads behind a figure.
fn behind(origin: Origin, total: &Total, figure: Figure) -> String {
    let of =
        [("by", origin.word().to_owned()), ("id", total.subject.to_string()), ("figure", figure.word().to_owned())];
    address(&format!("{PAGE}/leads"), of)
}

fn name_of(total: &Total, zone: &TimeZone) -> String {
    let name = total.shown().unwrap_or_else(|| "No longer there".to_owned());
    match total.made_at {
        Some(made_at) => format!("{name}, {}", date_in(Instant(made_at), zone)),
        None => name,
    }
}

#[component]
fn Row(origin: Origin, total: Total, zone: TimeZone) -> impl IntoView {
    let too_few = total.contacted < ENOUGH;
    let figure = |figure: Figure, count: i64| {
        let count_shown = count_text(count);
        if count == 0 {
            count_shown.into_any()
        } else {
            view! { <a href=behind(origin, &total, figure)>{count_shown}</a> }.into_any()
        }
    };
    let rate = rate(total.replied, total.contacted)
        .map(|rate| format!("{} ({}–{})", percent(rate.share), percent(rate.low), percent(rate.high)));
    let (cost, range) = match cost(total.credits, total.positive, total.contacted) {
        Some(Cost::Each { credits, low, high }) => (number(credits), Some(format!("{}–{}", number(low), number(high)))),
        Some(Cost::MoreThan(low)) => (format!("more than {}", number(low)), None),
        None => ("–".to_owned(), None),
    };
    let paid_back = (total.refunded > 0).then(|| {
        view! { <span class="table-detail">{figure(Figure::Refunded, total.refunded)} " paid back"</span> }
    });
    view! {
        <tr class:table-row-quiet=too_few>
            <th scope="row" class="card-title">
                {name_of(&total, &zone)} {too_few.then(|| view! { " " <Tag tone=Tone::Neutral>"Too few to tell"</Tag> })}
            </th>
            <td class="number" data-label="Contacted">{figure(Figure::Contacted, total.contacted)}</td>
            <td class="number" data-label="Replied">
                {figure(Figure::Replied, total.replied)} {rate.map(|rate| view! { <span class="table-detail">{rate}</span> })}
            </td>
            <td class="number" data-label="Positive">{figure(Figure::Positive, total.positive)}</td>
            <td class="number" data-label="Bounced">{figure(Figure::Bounced, total.bounced)}</td>
            <td class="number" data-label="Credits">{count_text(total.credits)} {paid_back}</td>
            <td class="number" data-label="Credits per positive reply">
                {cost} {range.map(|range| view! { <span class="table-detail">{range}</span> })}
            </td>
            <td class="number" data-label="Still open">{figure(Figure::Open, total.open)}</td>
        </tr>
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// Credits to three figures or so.
fn number(credits: f64) -> String {
    if credits < 10.0 { format!("{credits:.1}") } else { count_text(credits.round() as i64) }
}

/// The leads behind a figure.
#[component]
pub fn LeadsPage(
    origin: Origin,
    total: Total,
    figure: Figure,
    leads: PageOf<LeadLine>,
    is_first: bool,
    /// The time zone of the workspace.
    zone: TimeZone,
) -> impl IntoView {
    let here = behind(origin, &total, figure);
    let older =
        leads.last_before_more().map(|last| format!("{here}&before={}-{}", last.mailed_at.micros(), last.lead_id));
    let newest = (!is_first).then(|| here.clone());
    let rows: Vec<_> = leads
        .rows
        .into_iter()
        .map(|lead| {
            let name = if lead.name.is_empty() { "A lead".to_owned() } else { lead.name };
            view! {
                <tr>
                    <th scope="row"><a href=format!("/leads/{}", lead.lead_id)>{name}</a></th>
                    <td class="wide-only">{lead.title}</td>
                    <td>{lead.company}</td>
                    <td class="wide-only"><a href=format!("/campaigns/{}", lead.campaign_id)>{lead.campaign}</a></td>
                    <td><TimeStamp micros=lead.mailed_at.micros() /></td>
                </tr>
            }
        })
        .collect();
    let body = if rows.is_empty() {
        view! { <EmptyState title="No leads"><p>"Figures change as answers arrive."</p></EmptyState> }.into_any()
    } else {
        view! {
            <Table caption=figure.title()>
                <thead>
                    <tr>
                        <th scope="col">"Lead"</th>
                        <th scope="col" class="wide-only">"Title"</th>
                        <th scope="col">"Company"</th>
                        <th scope="col" class="wide-only">"Campaign"</th>
                        <th scope="col">"First mail"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
            <OlderPages newest older />
        }
        .into_any()
    };
    view! {
        <PageHeader
            title=figure.title()
            subtitle=name_of(&total, &zone)
            back_href=address(PAGE, [("by", origin.word().to_owned())])
            back_label="Which sources convert"
        />
        <Panel flush=true>{body}</Panel>
    }
}
