//! `/admin`: how large the directory is, how fresh its index, where contacts come from.

use leptos::prelude::*;

use crate::{
    directory::{Count, Import, Source, imports::view::imports_table},
    topics,
    ui::{ButtonKind, EmptyState, Figure, LinkButton, Notice, PageHeader, Panel, Table, TimeStamp, Tone, count_text},
};

/// What the operator sees first.
pub struct Overview {
    /// Contacts in the database.
    pub contacts: i64,
    /// The index's count of everybody.
    pub count: Count,
    /// Whether the index has caught up since the start.
    pub ready: bool,
    /// The newest ones.
    pub imports: Vec<Import>,
    pub sources: Vec<Source>,
    /// The newest run of the proof of the ledger.
    pub proof: Option<crate::proof::ProofRun>,
}

/// The directory at a glance, the newest imports, the sources.
#[component]
pub fn AdminPage(overview: Overview) -> impl IntoView {
    let Overview { contacts, count, ready, imports, sources, proof } = overview;
    view! {
        <PageHeader title="Administration" subtitle="The lead directory: contacts, where they come from, and their imports.">
            <LinkButton href="/admin/packages">"Packages and plans"</LinkButton>
            <LinkButton href="/admin/reports">"Reported leads"</LinkButton>
            <LinkButton href="/admin/workspaces">"Workspaces and credits"</LinkButton>
            <LinkButton href="/admin/payments">"Payments"</LinkButton>
            <LinkButton href="/admin/sources">"Sources"</LinkButton>
            <LinkButton href="/admin/sending">"Sending"</LinkButton>
            <LinkButton href="/admin/mail-sign-in">"Sign-in of mailboxes"</LinkButton>
            <LinkButton href="/admin/people">"Rights of people"</LinkButton>
            <LinkButton href="/admin/security">"Security log"</LinkButton>
            <LinkButton href="/admin/imports" kind=ButtonKind::Primary>"Import contacts"</LinkButton>
        </PageHeader>
        <div class="stack-loose">
            <div id="directory" data-live=topics::IMPORTS><Directory contacts count ready /></div>
            <crate::proof::ProofPanel run=proof />
            <Imports imports />
            <Sources sources />
        </div>
    }
}

#[component]
fn Directory(contacts: i64, count: Count, ready: bool) -> impl IntoView {
    let indexed = i64::try_from(count.directory).unwrap_or(i64::MAX);
    let findable = i64::try_from(count.total).unwrap_or(i64::MAX);
    let behind = contacts - indexed;
    let state = match (ready, behind) {
        (true, 0) => view! {
            <p class="soft small">"The search index holds every contact, as of " <TimeStamp micros=count.as_of /> "."</p>
        }
        .into_any(),
        _ => view! {
            <Notice tone=Tone::Info title="The search index is catching up">
                {format!("{} contacts are not searchable yet. Counts may be too low for a moment.", count_text(behind.max(0)))}
            </Notice>
        }
        .into_any(),
    };
    view! {
        <div class="stack">
            <div class="figures">
                <Figure label="Contacts" value=count_text(contacts) />
                <Figure label="Searchable" value=count_text(indexed) />
                <Figure label="With a usable address" value=count_text(findable) hint="Verified, likely or guessed" />
            </div>
            {state}
        </div>
    }
}

#[component]
fn Imports(imports: Vec<Import>) -> impl IntoView {
    let body = if imports.is_empty() {
        view! {
            <EmptyState title="No contacts imported yet">
                <p>"Customers can only find people who are in the directory. Bring a CSV export of any tool."</p>
                <LinkButton href="/admin/imports">"Import contacts"</LinkButton>
            </EmptyState>
        }
        .into_any()
    } else {
        imports_table(imports)
    };
    view! {
        <Panel title="Newest imports" flush=true actions=|| view! { <a href="/admin/imports">"All imports"</a> }.into_any()>{body}</Panel>
    }
}

#[component]
fn Sources(sources: Vec<Source>) -> impl IntoView {
    if sources.is_empty() {
        return ().into_any();
    }
    let rows: Vec<_> = sources
        .into_iter()
        .map(|source| {
            view! {
                <tr>
                    <th scope="row">{source.name}</th>
                    <td><TimeStamp micros=source.created_at.micros() date_only=true /></td>
                </tr>
            }
        })
        .collect();
    view! {
        <Panel title="Sources" description="Where contacts come from." flush=true>
            <Table caption="Sources">
                <thead>
                    <tr>
                        <th scope="col">"Source"</th>
                        <th scope="col">"Since"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Panel>
    }
    .into_any()
}
