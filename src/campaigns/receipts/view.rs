//! The receipt of a request as a page of its own, to keep or to print; and two of them side by side.

use jiff::tz::TimeZone;
use leptos::prelude::*;

use super::file::FullReceipt;
use crate::{
    campaigns::{LeadRequest, requests::table::state_tag},
    credits::RequestId,
    server::time_zone::instant_in,
    topics,
    ui::{
        Button, EmptyState, LinkButton, PageHeader, Panel, Select, Table, Tag, TimeStamp, count_text, credits_text,
        format::{duration_text, percent_text},
    },
};

/// The receipt.
#[component]
pub fn ReceiptPage(
    full: FullReceipt,
    /// Who delivered, in lines.
    seller: Vec<String>,
) -> impl IntoView {
    let request = full.receipt.request.clone();
    let id = request.id;
    let (tone, label) = state_tag(&request);
    let criteria = facts(request.criteria.parts().into_iter().map(|(label, value)| (label.to_owned(), value)));
    let (times, people, credits) = (full.clone(), full.clone(), full.clone());
    let topic = topics::request(id);
    view! {
        <PageHeader title="Receipt" subtitle=format!("Campaign “{}”", request.campaign_name)
            back_href=format!("/requests/{id}") back_label="The request">
            <LinkButton href=format!("/requests/{id}/receipt.csv") download=true>"Download CSV"</LinkButton>
        </PageHeader>
        <div class="stack-loose receipt-page" id="receipt" data-live=topic>
            <Panel title="Request">
                <div class="stack-tight">
                    <p class="row"><Tag tone=tone>{label}</Tag><span class="soft">{request.reason_text()}</span></p>
                    <Times full=times seller=seller.join(", ") />
                </div>
            </Panel>
            <Panel title="Your criteria"><dl class="facts">{criteria}</dl></Panel>
            <div class="receipt-sums">
                <People full=people />
                <Credits full=credits />
                <Sources full=full />
            </div>
        </div>
    }
}

fn facts(rows: impl IntoIterator<Item = (String, String)>) -> Vec<AnyView> {
    let rows = rows.into_iter();
    rows.map(|(label, value)| view! { <div><dt>{label}</dt><dd>{value}</dd></div> }.into_any()).collect()
}

#[component]
fn Times(full: FullReceipt, seller: String) -> impl IntoView {
    let took = full.took_micros().map(took_text);
    let request = full.receipt.request;
    let times =
        [("Requested", Some(request.created_at)), ("Started", request.started_at), ("Ended", request.finished_at)];
    let times: Vec<_> = times
        .into_iter()
        .filter_map(|(label, at)| Some((label, at?)))
        .map(|(label, at)| {
            view! {
                <div><dt>{label}</dt><dd><TimeStamp micros=at.micros() /></dd></div>
            }
        })
        .collect();
    view! {
        <dl class="facts">
            <div><dt>"From"</dt><dd>{seller}</dd></div>
            <div><dt>"Number"</dt><dd>{request.id.to_string()}</dd></div>
            <div><dt>"Requested by"</dt><dd>{request.requester}</dd></div>
            <div><dt>"Leads asked for"</dt><dd>{count_text(request.quantity.get())}</dd></div>
            {times}
            {took.map(|took| view! { <div><dt>"Took"</dt><dd>{took}</dd></div> })}
        </dl>
    }
}

fn took_text(micros: i64) -> String {
    if micros < 1_000_000 { "less than a second".to_owned() } else { duration_text(micros / 1_000_000) }
}

#[component]
fn People(full: FullReceipt) -> impl IntoView {
    let receipt = full.receipt;
    let not_reached = receipt.not_reached();
    let skips = facts(receipt.skips.iter().map(|skip| (skip.reason.label().to_owned(), count_text(skip.people))));
    view! {
        <Panel title="People">
            <dl class="facts facts-sum">
                <div><dt>"Delivered"</dt><dd>{count_text(receipt.request.delivered)}</dd></div>
                {skips}
                <div><dt>"Not needed"</dt><dd>{count_text(not_reached)}</dd></div>
                <div class="facts-total"><dt>"Matched"</dt><dd>{count_text(receipt.request.matched)}</dd></div>
            </dl>
        </Panel>
    }
}

#[component]
fn Credits(full: FullReceipt) -> impl IntoView {
    let (left, back) = (full.left(), full.paid_back());
    let receipt = full.receipt;
    view! {
        <Panel title="Credits">
            <dl class="facts facts-sum">
                <div><dt>"Set aside at the start"</dt><dd>{credits_text(receipt.held.get())}</dd></div>
                <div><dt>"Spent on delivered leads"</dt><dd>{credits_text(receipt.captured.get())}</dd></div>
                <div><dt>"Released"</dt><dd>{credits_text(receipt.released.get())}</dd></div>
                <div><dt>"Paid back for returned or bad leads"</dt><dd>{credits_text(back)}</dd></div>
                <div class="facts-total"><dt>"Still held"</dt><dd>{credits_text(left)}</dd></div>
            </dl>
        </Panel>
    }
}

#[component]
fn Sources(full: FullReceipt) -> impl IntoView {
    let sources = facts(full.sources.into_iter().map(|source| (source.name, count_text(source.leads))));
    view! {
        <Panel title="Sources">
            {if sources.is_empty() {
                view! { <p class="soft">"Nothing was delivered."</p> }.into_any()
            } else {
                view! { <dl class="facts facts-sum">{sources}</dl> }.into_any()
            }}
        </Panel>
    }
}

/// Two requests side by side.
#[component]
pub fn ComparePage(
    this: FullReceipt,
    other: Option<FullReceipt>,
    choices: Vec<LeadRequest>,
    /// The time zone of the workspace.
    zone: TimeZone,
) -> impl IntoView {
    let id = this.receipt.request.id;
    let selected = other.as_ref().map(|other| other.receipt.request.id.to_string()).unwrap_or_default();
    let none = choices.is_empty();
    let options = choices.iter().map(|one| (one.id.to_string(), name_of(one, &zone))).collect();
    let table = other.map(|other| view! { <Comparison this=this.clone() other=other zone=zone.clone() /> });
    let body = if none {
        view! { <EmptyState title="There is nothing to compare it with yet"><p>"It is the only request so far."</p></EmptyState> }
            .into_any()
    } else {
        view! {
            <form method="get" class="filters" action=format!("/requests/{id}/compare")>
                <Select label="Compare with" name="with" options=options selected=selected />
                <Button>"Compare"</Button>
            </form>
            {table}
        }
        .into_any()
    };
    view! {
        <PageHeader title="Compare two requests" subtitle=name_of(&this.receipt.request, &zone)
            back_href=format!("/requests/{id}") back_label="The request" />
        <div class="stack">{body}</div>
    }
}

fn name_of(request: &LeadRequest, zone: &TimeZone) -> String {
    let leads = count_text(request.quantity.get());
    format!("{}: {leads} leads, {}", request.campaign_name, instant_in(request.created_at, zone))
}

#[component]
fn Comparison(this: FullReceipt, other: FullReceipt, zone: TimeZone) -> impl IntoView {
    let (left, right) = (columns(&this, &zone), columns(&other, &zone));
    let mut labels: Vec<String> = Vec::new();
    for (here, there) in left.iter().zip(&right) {
        for (label, _) in here.iter().chain(there) {
            if !labels.contains(label) {
                labels.push(label.clone());
            }
        }
    }
    let (left, right) = (left.concat(), right.concat());
    let value = |column: &[(String, String)], label: &str| {
        column.iter().find(|(known, _)| known == label).map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let rows: Vec<_> = labels
        .into_iter()
        .map(|label| {
            let (here, there) = (value(&left, &label), value(&right, &label));
            let differs = here != there;
            view! {
                <tr class:differs=differs>
                    <th scope="row">{label} {differs.then(|| view! { <span class="visually-hidden">" (differs)"</span> })}</th>
                    <td>{here}</td>
                    <td>{there}</td>
                </tr>
            }
        })
        .collect();
    let head = |id: RequestId, label: &'static str| view! { <th scope="col"><a href=format!("/requests/{id}")>{label}</a></th> };
    view! {
        <Panel flush=true>
            <Table caption="The two requests" id="comparison">
                <thead>
                    <tr>
                        <th scope="col">"What"</th>
                        {head(this.receipt.request.id, "This request")}
                        {head(other.receipt.request.id, "The other one")}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Panel>
    }
}

/// What is compared, in order: the request, its criteria, its people, and what came of it. What neither has does not appear.
fn columns(full: &FullReceipt, zone: &TimeZone) -> [Vec<(String, String)>; 4] {
    let receipt = &full.receipt;
    let request = &receipt.request;
    let asked = vec![
        ("Campaign".to_owned(), request.campaign_name.clone()),
        ("Requested".to_owned(), instant_in(request.created_at, zone)),
        ("State".to_owned(), state_tag(request).1.to_owned()),
        ("Leads asked for".to_owned(), count_text(request.quantity.get())),
    ];
    let criteria = request.criteria.parts().into_iter().map(|(label, value)| (label.to_owned(), value)).collect();
    let mut people = vec![
        ("Matched".to_owned(), count_text(request.matched)),
        ("Delivered".to_owned(), count_text(request.delivered)),
    ];
    people.extend(receipt.skips.iter().map(|skip| (skip.reason.label().to_owned(), count_text(skip.people))));
    let mut rows = Vec::new();
    rows.push(("Spent".to_owned(), credits_text(receipt.captured.get())));
    rows.push(("Paid back".to_owned(), credits_text(full.paid_back())));
    let reviewed = full.tally.good + full.tally.bad;
    let marks = match reviewed {
        0 => "Not reviewed".to_owned(),
        _ => format!(
            "{} of {} ({})",
            count_text(full.tally.good),
            count_text(reviewed),
            percent_text(full.tally.good, reviewed)
        ),
    };
    rows.push(("Good of reviewed".to_owned(), marks));
    rows.push(("Took".to_owned(), full.took_micros().map(took_text).unwrap_or_default()));
    rows.extend(full.sources.iter().map(|source| (format!("From {}", source.name), count_text(source.leads))));
    [asked, criteria, people, rows]
}
