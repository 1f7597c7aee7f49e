//! The leads of a campaign.

use leptos::prelude::*;

use super::list::{Found, Lead, LeadQuery, SequenceState, Sort};
use crate::{
    campaigns::{Campaign, frame::CampaignFrame},
    directory::Seniority,
    server::paging::PAGE_ROWS,
    topics,
    ui::{
        Button, ButtonKind, Checkbox, Confirm, EmptyState, Field, HelpLink, LinkButton, Pagination, Panel, Select,
        SortHeader, SortState, Table, count_text, plural,
    },
};

/// The table with its filters. `found` is what the filters find, `leads` all there are.
#[component]
pub fn LeadsPage(
    campaign: Campaign,
    query: LeadQuery,
    rows: Vec<Lead>,
    found: Found,
    leads: i64,
    /// Whether leads are or were in the sequence of the campaign.
    has_sequence: bool,
    /// Whether the member may change their sequences.
    may_change: bool,
    may_spend: bool,
    may_reveal: bool,
    may_export: bool,
    /// Hours of the return window; 0: leads cannot be returned.
    return_hours: u64,
) -> impl IntoView {
    let id = campaign.id;
    // What is ticked would be lost with an update.
    let topic = (!query.picking).then(|| topics::campaign(id));
    let picking = (may_change && query.picking && found.leads > 0).then(|| {
        view! { <PickedLeads id=id.to_string() query=query.clone() total=found.leads /> }
    });
    let pick = (may_change && !query.picking && found.leads > 0).then(|| {
        let query = LeadQuery { picking: true, ..query.clone() };
        view! { <p><a href=format!("/campaigns/{id}/leads?{}", query.address(None))>"Hold, stop or continue some of these"</a></p> }
    });
    let body = match (leads, found.leads) {
        (0, _) => view! {
            <EmptyState title="No leads yet">
                <p>"Leads appear here one batch after the other while a request runs. A list of your own costs nothing."</p>
                {may_spend.then(|| view! { <LinkButton href=format!("/campaigns/new/{id}/leads") kind=ButtonKind::Primary>"Request leads"</LinkButton> })}
            </EmptyState>
        }.into_any(),
        (_, 0) => view! {
            <EmptyState title="No lead fits these filters">
                <p><a href=format!("/campaigns/{id}/leads")>{format!("Show all {} leads", count_text(leads))}</a></p>
            </EmptyState>
        }.into_any(),
        _ => view! { <LeadTable id=id.to_string() query=query.clone() rows=rows total=found.leads /> }.into_any(),
    };
    view! {
        <CampaignFrame campaign=campaign current="Leads" leads=leads may_spend=may_spend>
            <LeadFilters id=id.to_string() query=query.clone() has_sequence />
            {pick}
            {picking}
            <div id="lead-table" data-live=topic class="stack">
                <LeadActions id=id.to_string() query found may_reveal may_export return_hours />
                {body}
            </div>
        </CampaignFrame>
    }
}

#[component]
fn LeadFilters(id: String, query: LeadQuery, has_sequence: bool) -> impl IntoView {
    let states = [(String::new(), "Any".to_owned())]
        .into_iter()
        .chain(SequenceState::ALL.iter().map(|(_, word, label)| ((*word).to_owned(), (*label).to_owned())))
        .collect::<Vec<_>>();
    let state = query.sequence.map(|state| state.word().to_owned()).unwrap_or_default();
    let states =
        has_sequence.then(|| view! { <Select label="Sequence" name="sequence" options=states selected=state /> });
    let seniorities = [(String::new(), "Any".to_owned())]
        .into_iter()
        .chain(Seniority::ALL.iter().map(|one| (one.code().to_owned(), one.label().to_owned())))
        .collect();
    let chosen = query.seniority.map(|one| one.code().to_owned()).unwrap_or_default();
    let request = query.request.map(|request| request.to_string());
    let review = match &request {
        Some(request) => format!("/requests/{request}/review"),
        None => format!("/campaigns/{id}/review"),
    };
    let part = match (&request, query.list) {
        (Some(_), _) => Some("Leads of one request only. "),
        (None, Some(_)) => Some("Leads of one of your lists only. "),
        (None, None) => None,
    };
    let part = part.map(|part| view! {
        <p class="small soft">{part} <a href=format!("/campaigns/{id}/leads")>"Show all leads of the campaign"</a></p>
    });
    let list = query.list.map(|list| view! { <input type="hidden" name="list" value=list.to_string() /> });
    view! {
        <form method="get" class="filters" action=format!("/campaigns/{id}/leads")>
            {request.map(|request| view! { <input type="hidden" name="request" value=request /> })}
            {list}
            <Field label="Search" name="q" kind="search" value=query.text.clone() placeholder="Name, title or company" maxlength="100" />
            <Select label="Seniority" name="seniority" options=seniorities selected=chosen />
            {states}
            <input type="hidden" name="sort" value=query.sort.word() />
            <input type="hidden" name="order" value=if query.descending { "desc" } else { "asc" } />
            <Button>"Filter"</Button>
            <LinkButton href=review>"Review"</LinkButton>
            <LinkButton href=format!("/campaigns/{id}/lists")>"Your own lists"</LinkButton>
        </form>
        {part}
    }
}

/// What can be done with everything that the filters find, and what of it is hidden.
#[component]
fn LeadActions(
    id: String,
    query: LeadQuery,
    found: Found,
    may_reveal: bool,
    may_export: bool,
    return_hours: u64,
) -> impl IntoView {
    let Found { leads, hidden } = found;
    if leads == 0 {
        return ().into_any();
    }
    let addresses = plural(hidden, "address", "addresses");
    let sentence = match (hidden, return_hours) {
        (0, _) => "All these addresses are revealed.".to_owned(),
        (_, 0) => format!(
            "{addresses} of these {} leads are hidden until a member reveals or exports them.",
            count_text(leads)
        ),
        (_, hours) => format!(
            "{addresses} of these {} leads are hidden. Until you reveal or export them, they can be returned for {hours} hours after delivery; then they are yours.",
            count_text(leads)
        ),
    };
    let (shown, exported) = (query.clone(), query);
    let action = format!("/campaigns/{id}/leads.csv");
    let reveal = (may_reveal && hidden > 0).then(|| view! {
        <Confirm id="reveal" label="Reveal addresses" title=format!("Reveal {addresses}?") kind=ButtonKind::Secondary>
            <p>"Every member sees them from then on. Revealed leads cannot be returned; bad ones can still be reported."</p>
            <form method="post" action=format!("/campaigns/{id}/leads/reveal") data-submit-once="">
                <QueryFields query=shown />
                <Button kind=ButtonKind::Primary>"Reveal them"</Button>
            </form>
        </Confirm>
    });
    let file = may_export.then(|| match hidden {
        0 => view! {
            <form method="post" action=action>
                <QueryFields query=exported />
                <Button kind=ButtonKind::Secondary>"Export CSV"</Button>
            </form>
        }
        .into_any(),
        _ => view! {
            <Confirm id="export" label="Export CSV" title=format!("Export {}?", plural(leads, "lead", "leads")) kind=ButtonKind::Secondary>
                <p>{format!("This reveals {addresses}. Revealed leads cannot be returned; bad ones can still be reported.")}</p>
                <form method="post" action=action>
                    <QueryFields query=exported />
                    <Button kind=ButtonKind::Primary>"Export them"</Button>
                </form>
            </Confirm>
        }
        .into_any(),
    });
    view! {
        <div class="row row-between" id="lead-actions">
            <p class="small soft">{sentence} " " <HelpLink topic="quality">"Revealing and returning"</HelpLink></p>
            <div class="row">{reveal} {file}</div>
        </div>
    }
    .into_any()
}

/// What is done with the leads that are ticked, or with all that the filters find.
#[component]
fn PickedLeads(id: String, query: LeadQuery, total: i64) -> impl IntoView {
    let done = LeadQuery { picking: false, ..query.clone() };
    view! {
        <form method="post" action=format!("/campaigns/{id}/leads/sequence") id="picked-leads" class="stack-tight" data-submit-once="">
            <QueryFields query=query />
            <Checkbox label=format!("All {} that the filters find", plural(total, "lead", "leads")) name="all" value="1" />
            <div class="row">
                <Field label="Hold until" name="until" kind="date" optional=true />
                <Button name="act" value="hold">"Hold"</Button>
                <Button name="act" value="continue">"Continue"</Button>
                <Button kind=ButtonKind::Danger name="act" value="stop">"Stop for good"</Button>
            </div>
            <p><a href=format!("/campaigns/{id}/leads?{}", done.address(None))>"Done"</a></p>
        </form>
    }
}

/// The filters as fields of a form.
#[component]
fn QueryFields(query: LeadQuery) -> impl IntoView {
    let address = query.address(None);
    url::form_urlencoded::parse(address.as_bytes())
        .map(|(name, value)| view! { <input type="hidden" name=name.into_owned() value=value.into_owned() /> })
        .collect::<Vec<_>>()
}

#[component]
fn LeadTable(id: String, query: LeadQuery, rows: Vec<Lead>, total: i64) -> impl IntoView {
    let (base, sorted, picking) = (id.clone(), query.clone(), query.picking);
    let header = move |label: &'static str, sort: Sort, wide_only: bool| {
        let current = sorted.sort == sort;
        let next = LeadQuery { sort, descending: current && !sorted.descending, ..sorted.clone() };
        let state = match (current, sorted.descending) {
            (false, _) => SortState::None,
            (true, false) => SortState::Ascending,
            (true, true) => SortState::Descending,
        };
        view! { <SortHeader label=label href=format!("/campaigns/{base}/leads?{}", next.address(None)) state=state wide_only=wide_only /> }
    };
    let first = (query.page - 1) * PAGE_ROWS + 1;
    let last = first + i64::try_from(rows.len()).unwrap_or(0) - 1;
    let page = |number: i64| format!("/campaigns/{id}/leads?{}", query.address(Some(number)));
    let previous = (query.page > 1).then(|| page(query.page - 1));
    let next = (last < total).then(|| page(query.page + 1));
    view! {
        <Panel flush=true>
            <Table caption="Leads" cards=true>
                <thead>
                    <tr>
                        {header("Name", Sort::Name, false)}
                        {header("Job title", Sort::Title, false)}
                        {header("Company", Sort::Company, false)}
                        {header("Location", Sort::Country, true)}
                        <th scope="col" class="widest-only">"Source"</th>
                        <th scope="col"><span class="visually-hidden">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>{rows.iter().map(|lead| row(lead, picking)).collect::<Vec<_>>()}</tbody>
            </Table>
            <Pagination first=first last=last total=total noun="leads" previous=previous next=next />
        </Panel>
    }
}

fn row(lead: &Lead, picking: bool) -> impl IntoView + use<> {
    let name = format!("{} {}", lead.first_name, lead.last_name);
    let tick = picking.then(|| {
        let label = format!("Choose {name}");
        view! { <input type="checkbox" name="lead" value=lead.id.to_string() form="picked-leads" aria-label=label /> " " }
    });
    let place =
        [&lead.city, &lead.country].into_iter().filter(|text| !text.is_empty()).cloned().collect::<Vec<_>>().join(", ");
    let company = [lead.industry.clone(), lead.size()]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join(" · ");
    view! {
        <tr>
            <th scope="row">{tick}<a href=format!("/leads/{}", lead.id)>{name}</a> <span class="table-detail">{lead.address()}</span></th>
            <td>{lead.title.clone()} <span class="table-detail">{lead.seniority.map(Seniority::label)}</span></td>
            <td>{lead.company.clone()} <span class="table-detail">{company}</span></td>
            <td class="wide-only">{place}</td>
            <td class="widest-only">{lead.source_name.clone()} <span class="table-detail">{lead.email_status.label()}</span></td>
            <td class="row-actions">{lead.list_id.is_none().then(|| view! { <a href=format!("/leads/{}#report", lead.id)>"Report"</a> })}</td>
        </tr>
    }
}
