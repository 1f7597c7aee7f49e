//! The leads of a campaign.

use leptos::prelude::*;

use super::list::{Lead, LeadQuery, Sort};
use crate::{
    campaigns::{Campaign, frame::CampaignFrame},
    directory::Seniority,
    server::paging::PAGE_ROWS,
    topics,
    ui::{
        Button, ButtonKind, EmptyState, Field, LinkButton, Pagination, Panel, Select, SortHeader, SortState, Table,
        count_text,
    },
};

/// The table with its filters. `total` is what the filters find, `leads` all there are.
#[component]
pub fn LeadsPage(
    campaign: Campaign,
    query: LeadQuery,
    rows: Vec<Lead>,
    total: i64,
    leads: i64,
    may_spend: bool,
) -> impl IntoView {
    let id = campaign.id;
    let topic = topics::campaign(id);
    let body = match (leads, total) {
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
        _ => view! { <LeadTable id=id.to_string() query=query.clone() rows=rows total=total /> }.into_any(),
    };
    view! {
        <CampaignFrame campaign=campaign current="Leads" leads=leads may_spend=may_spend>
            <LeadFilters id=id.to_string() query=query />
            <div id="lead-table" data-live=topic class="stack">{body}</div>
        </CampaignFrame>
    }
}

#[component]
fn LeadFilters(id: String, query: LeadQuery) -> impl IntoView {
    let seniorities = [(String::new(), "Any".to_owned())]
        .into_iter()
        .chain(Seniority::ALL.iter().map(|one| (one.code().to_owned(), one.label().to_owned())))
        .collect();
    let chosen = query.seniority.map(|one| one.code().to_owned()).unwrap_or_default();
    let export = format!("/campaigns/{id}/leads.csv?{}", query.address(None));
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
            <Field label="Search" name="q" kind="search" value=query.text.clone() placeholder="Name, title, company or address" maxlength="100" />
            <Select label="Seniority" name="seniority" options=seniorities selected=chosen />
            <input type="hidden" name="sort" value=query.sort.word() />
            <input type="hidden" name="order" value=if query.descending { "desc" } else { "asc" } />
            <Button>"Filter"</Button>
            <LinkButton href=export download=true>"Export CSV"</LinkButton>
            <LinkButton href=review>"Review"</LinkButton>
            <LinkButton href=format!("/campaigns/{id}/lists")>"Your own lists"</LinkButton>
        </form>
        {part}
    }
}

#[component]
fn LeadTable(id: String, query: LeadQuery, rows: Vec<Lead>, total: i64) -> impl IntoView {
    let (base, sorted) = (id.clone(), query.clone());
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
            <Table caption="Leads">
                <thead>
                    <tr>
                        {header("Name", Sort::Name, false)}
                        {header("Job title", Sort::Title, false)}
                        {header("Company", Sort::Company, false)}
                        {header("Location", Sort::Country, true)}
                        <th scope="col" class="wide-only">"Source"</th>
                        <th scope="col"><span class="visually-hidden">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>{rows.iter().map(row).collect::<Vec<_>>()}</tbody>
            </Table>
            <Pagination first=first last=last total=total noun="leads" previous=previous next=next />
        </Panel>
    }
}

fn row(lead: &Lead) -> impl IntoView + use<> {
    let place =
        [&lead.city, &lead.country].into_iter().filter(|text| !text.is_empty()).cloned().collect::<Vec<_>>().join(", ");
    let company = [lead.industry.clone(), lead.size()]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join(" · ");
    view! {
        <tr>
            <th scope="row"><a href=format!("/leads/{}", lead.id)>{format!("{} {}", lead.first_name, lead.last_name)}</a> <span class="table-detail">{lead.email.clone()}</span></th>
            <td>{lead.title.clone()} <span class="table-detail">{lead.seniority.map(Seniority::label)}</span></td>
            <td>{lead.company.clone()} <span class="table-detail">{company}</span></td>
            <td class="wide-only">{place}</td>
            <td class="wide-only">{lead.source_name.clone()} <span class="table-detail">{lead.email_status.label()}</span></td>
            <td class="row-actions">{lead.list_id.is_none().then(|| view! { <a href=format!("/leads/{}#report", lead.id)>"Report"</a> })}</td>
        </tr>
    }
}
