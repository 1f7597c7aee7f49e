//! The security log.

use leptos::prelude::*;

use crate::{
    accounts::security_log::{Kind, SecurityEventId, SecurityRow},
    server::{paging::PageOf, query::address},
    ui::{Button, EmptyState, LinkButton, OlderPages, PageHeader, Panel, Select, Table, TimeStamp, plural},
};

const PAGE: &str = "/admin/security";

/// What was asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SecurityQuery {
    pub kind: Option<Kind>,
    /// The row that the page comes after.
    pub before: Option<SecurityEventId>,
}

impl SecurityQuery {
    fn address(self, path: &str, before: Option<SecurityEventId>) -> String {
        let kind = self.kind.map(|kind| ("kind", kind.word().to_owned()));
        address(path, kind.into_iter().chain(before.map(|before| ("before", before.to_string()))))
    }
}

/// Sign-ins, refusals, exports and what operators did, newest first.
#[component]
pub fn SecurityPage(query: SecurityQuery, list: PageOf<SecurityRow>) -> impl IntoView {
    let file = query.address("/admin/security.jsonl", None);
    let mut kinds = vec![(String::new(), "Everything".to_owned())];
    kinds.extend(Kind::ALL.map(|kind| (kind.word().to_owned(), kind.label().to_owned())));
    let selected = query.kind.map(Kind::word).unwrap_or_default().to_owned();
    view! {
        <PageHeader title="Security log" subtitle="Sign-ins, refusals, exports, and what operators did. Kept for a year.">
            <LinkButton href=file download=true>"Export JSON lines"</LinkButton>
        </PageHeader>
        <div class="stack">
            <Panel>
                <form class="form-row" method="get" action=PAGE>
                    <Select label="Kind" name="kind" options=kinds selected=selected />
                    <div class="form-actions"><Button>"Show"</Button></div>
                </form>
            </Panel>
            <Rows query list />
        </div>
    }
    .into_any()
}

#[component]
fn Rows(query: SecurityQuery, list: PageOf<SecurityRow>) -> impl IntoView {
    if list.rows.is_empty() {
        return view! {
            <Panel>
                <EmptyState title="Nothing of this kind"><p>"Choose another kind, or everything."</p></EmptyState>
            </Panel>
        }
        .into_any();
    }
    let range = plural(i64::try_from(list.rows.len()).unwrap_or(i64::MAX), "line", "lines");
    let older = list.last_before_more().map(|row| query.address(PAGE, Some(row.id)));
    let newest = query.before.map(|_| query.address(PAGE, None));
    let rows: Vec<_> = list.rows.into_iter().map(|row| view! { <Row row /> }).collect();
    view! {
        <Panel flush=true>
            <Table caption="Security log, newest first">
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
fn Row(row: SecurityRow) -> impl IntoView {
    let SecurityRow { at, kind, email, workspace, network, subject, detail, times, .. } = row;
    let (who, from) = match (email, network) {
        (Some(email), network) => (email, network),
        (None, Some(network)) => (network, None),
        (None, None) => ("Not known".to_owned(), None),
    };
    let parts = [from, workspace, (!detail.is_empty()).then_some(detail)];
    let rest = parts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    view! {
        <tr>
            <td>
                <TimeStamp micros=at.micros() />
            </td>
            <td class="log-text">{who}</td>
            <td class="log-text">
                <strong>{kind.label()}</strong>
                {(!subject.is_empty()).then(|| format!(": {subject}"))}
                {(times > 1).then(|| format!(" ({times} times)"))}
                {(!rest.is_empty()).then(|| view! { <span class="log-detail small soft">{rest}</span> })}
            </td>
        </tr>
    }
    .into_any()
}
