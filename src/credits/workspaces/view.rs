//! Every workspace with its balance, for the operator.

use leptos::prelude::*;

use crate::{
    credits::{Balance, WorkspaceBalance},
    fields::FieldErrors,
    server::paging::PageOf,
    ui::{Button, ButtonKind, Field, Figure, FormErrors, OlderPages, PageHeader, Panel, Table, TimeStamp, count_text},
};

/// All workspaces, newest first.
#[component]
pub fn WorkspacesPage(
    list: PageOf<WorkspaceBalance>,
    first: bool,
    /// Of all workspaces, not only those on this page.
    totals: Balance,
) -> impl IntoView {
    let older = list.last_before_more().map(|row| format!("/admin/workspaces?before={}", row.id));
    let newest = (!first).then(|| "/admin/workspaces".to_owned());
    let lines: Vec<_> = list.rows.into_iter().map(|row| view! { <WorkspaceLine row /> }).collect();
    view! {
        <PageHeader
            title="Workspaces"
            subtitle="Newest first, with the credits each one has."
            back_href="/admin"
            back_label="Administration"
        />
        <BalanceTotals balance=totals />
        <Panel flush=true>
            <Table caption="Workspaces">
                <thead>
                    <tr>
                        <th scope="col">"Workspace"</th>
                        <th scope="col" class="number">
                            "Available"
                        </th>
                        <th scope="col" class="number">
                            "Held"
                        </th>
                        <th scope="col" class="number">
                            "Spent"
                        </th>
                        <th scope="col" class="wide-only">
                            "Since"
                        </th>
                    </tr>
                </thead>
                <tbody>{lines}</tbody>
            </Table>
            <OlderPages newest=newest older=older />
        </Panel>
    }
    .into_any()
}

#[component]
fn WorkspaceLine(row: WorkspaceBalance) -> impl IntoView {
    view! {
        <tr>
            <th scope="row">
                <a href=format!("/admin/workspaces/{}", row.id)>{row.name}</a>
                <span class="table-detail">{row.owner_email}</span>
            </th>
            <td class="number">{count_text(row.balance.available.get())}</td>
            <td class="number">{count_text(row.balance.held.get())}</td>
            <td class="number">{count_text(row.balance.spent.get())}</td>
            <td class="wide-only">
                <TimeStamp micros=row.created_at.micros() date_only=true />
            </td>
        </tr>
    }
    .into_any()
}

/// What the page of one workspace shows.
#[derive(Debug, Clone)]
pub struct WorkspacePageData {
    pub workspace: WorkspaceBalance,
    pub amount: String,
    pub reason: String,
    pub back_amount: String,
    pub back_reason: String,
    pub errors: FieldErrors,
    /// Random: a second click grants nothing more.
    pub key: String,
}

impl WorkspacePageData {
    /// An empty form.
    pub fn of(workspace: WorkspaceBalance) -> Self {
        let (amount, reason, back_amount, back_reason, errors) = Default::default();
        Self { workspace, amount, reason, back_amount, back_reason, errors, key: uuid::Uuid::new_v4().to_string() }
    }
}

/// One workspace: its balance, and a form that adds credits.
#[component]
pub fn WorkspacePage(data: WorkspacePageData) -> impl IntoView {
    let WorkspacePageData { workspace, amount, reason, back_amount, back_reason, errors, key } = data;
    let back_errors = errors.clone();
    // Both are movements of the operator: each form needs a key of its own.
    let back_key = format!("back-{key}");
    let WorkspaceBalance { id, name, owner_email, balance, .. } = workspace;
    view! {
        <PageHeader title=name subtitle=owner_email back_href="/admin/workspaces" back_label="Workspaces" />
        <div class="stack">
            <BalanceTotals balance />
            <FormErrors errors=errors.clone() />
            <div class="columns">
            <Panel title="Add credits" description="They never expire. The members see who added them and why.">
                <form class="form" method="post" action=format!("/admin/workspaces/{id}") data-submit-once="">
                    <input type="hidden" name="key" value=key />
                    <Field
                        label="Credits"
                        name="amount"
                        inputmode="numeric"
                        required=true
                        value=amount
                        error=errors.of("amount")
                    />
                    <Field
                        label="Reason"
                        name="reason"
                        required=true
                        maxlength="200"
                        hint="The workspace reads it on its statement"
                        value=reason
                        error=errors.of("reason")
                    />
                    <div class="form-actions">
                        <Button kind=ButtonKind::Primary>"Add credits"</Button>
                    </div>
                </form>
            </Panel>
            <Panel title="Take credits back" description="From what is available, what expires first goes first. Held and spent credits stay.">
                <form class="form" method="post" action=format!("/admin/workspaces/{id}") data-submit-once="">
                    <input type="hidden" name="key" value=back_key />
                    <Field
                        label="Credits to take back"
                        name="back_amount"
                        inputmode="numeric"
                        required=true
                        value=back_amount
                        error=back_errors.of("back_amount")
                    />
                    <Field
                        label="Reason for taking them back"
                        name="back_reason"
                        required=true
                        maxlength="200"
                        hint="The workspace reads it on its statement"
                        value=back_reason
                        error=back_errors.of("back_reason")
                    />
                    <div class="form-actions">
                        <Button kind=ButtonKind::Secondary>"Take credits back"</Button>
                    </div>
                </form>
            </Panel>
            </div>
        </div>
    }
    .into_any()
}

/// The four parts of a balance.
#[component]
fn BalanceTotals(balance: Balance) -> impl IntoView {
    view! {
        <div class="figures">
            <Figure label="Available" value=count_text(balance.available.get()) prominent=true />
            <Figure label="Held" value=count_text(balance.held.get()) />
            <Figure label="Spent" value=count_text(balance.spent.get()) />
            <Figure label="Expired" value=count_text(balance.expired.get()) />
        </div>
    }
    .into_any()
}
