//! Settings › Team › Log.

use leptos::prelude::*;

use super::{TeamTabs, summary};
use crate::{
    accounts::{
        UserId,
        audit::AuditEntry,
        audit_query::{AuditQuery, LOG},
    },
    fields::FieldErrors,
    server::paging::PageOf,
    ui::{
        Button, EmptyState, Field, FormErrors, HelpLink, Icon, LinkButton, OlderPages, PageHeader, Panel, Select,
        Table, TimeStamp, plural,
    },
};

/// What the page shows.
#[derive(Debug, Clone, Default)]
pub struct AuditPageData {
    pub query: AuditQuery,
    pub errors: FieldErrors,
    pub list: PageOf<AuditEntry>,
    pub actors: Vec<(UserId, String)>,
    /// The time zone that days are of.
    pub zone: String,
}

/// Who did what.
#[component]
pub fn AuditPage(data: AuditPageData) -> impl IntoView {
    let AuditPageData { query, errors, list, actors, zone } = data;
    let failed = !errors.is_empty();
    let csv = query.csv_address();
    let filters = view! { <Filters query=query.clone() errors actors zone /> };
    view! {
        <PageHeader title="Log" subtitle="Who did what in this workspace, newest first. It cannot be changed.">
            {(!failed)
                .then(|| {
                    view! {
                        <LinkButton href=csv download=true id="export">
                            <Icon name="download" />
                            "Export CSV"
                        </LinkButton>
                    }
                })}
        </PageHeader>
        <TeamTabs current=LOG />
        <div class="stack">{filters} {(!failed).then(|| view! { <List query list /> })}</div>
    }
    .into_any()
}

#[component]
fn Filters(query: AuditQuery, errors: FieldErrors, actors: Vec<(UserId, String)>, zone: String) -> impl IntoView {
    let mut people = vec![(String::new(), "Everybody".to_owned())];
    people.extend(actors.into_iter().map(|(id, name)| (id.to_string(), name)));
    let filtered = query.is_filtered();
    // A page has no field to link to.
    let summary: Vec<_> = summary(&errors)
        .into_iter()
        .map(|(field, text)| if field == "before" { (String::new(), text) } else { (field, text) })
        .collect();
    view! {
        <Panel>
            <form class="stack" method="get" action=LOG>
                <FormErrors errors=summary />
                <div class="form-row">
                    <Select label="By" name="member" options=people selected=query.member error=errors.of("member") />
                    <Field label=format!("First day ({zone})") name="from" kind="date" value=query.from error=errors.of("from") />
                    <Field label=format!("Last day ({zone})") name="to" kind="date" value=query.to error=errors.of("to") />
                </div>
                <div class="form-actions">
                    <Button>"Show"</Button>
                    {filtered.then(|| view! { <a href=LOG>"Show everything"</a> })}
                    <HelpLink topic="team">"What is in the log"</HelpLink>
                </div>
            </form>
        </Panel>
    }
    .into_any()
}

#[component]
fn List(query: AuditQuery, list: PageOf<AuditEntry>) -> impl IntoView {
    if list.rows.is_empty() {
        return view! {
            <Panel>
                <EmptyState title="No line fits these filters"><p>"Choose more days, or all members."</p></EmptyState>
            </Panel>
        }
        .into_any();
    }
    let count = plural(i64::try_from(list.rows.len()).unwrap_or(i64::MAX), "line", "lines");
    let range = if list.more { count } else { format!("{count}, the oldest last") };
    let older = list.last_before_more().map(|row| query.address(Some(row.id)));
    let newest = (!query.before.is_empty()).then(|| query.address(None));
    let rows: Vec<_> = list.rows.into_iter().map(|row| view! { <Row row /> }).collect();
    view! {
        <Panel id="log" flush=true>
            <Table caption="Who did what, newest first">
                <thead>
                    <tr>
                        <th scope="col">"When"</th>
                        <th scope="col">"Who"</th>
                        <th scope="col">"What"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
            <OlderPages range=range newest=newest older=older />
        </Panel>
    }
    .into_any()
}

#[component]
fn Row(row: AuditEntry) -> impl IntoView {
    let actor = row.actor();
    let AuditEntry { at, action, subject, detail, .. } = row;
    view! {
        <tr>
            <td>
                <TimeStamp micros=at.micros() />
            </td>
            <td class="log-text">{actor}</td>
            <td class="log-text">
                <strong>{action}</strong>
                {(!subject.is_empty()).then(|| format!(": {subject}"))}
                {(!detail.is_empty()).then(|| view! { <span class="log-detail small soft">{detail}</span> })}
            </td>
        </tr>
    }
    .into_any()
}
