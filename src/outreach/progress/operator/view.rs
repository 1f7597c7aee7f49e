//! `/admin/sending` as the operator sees it.

use leptos::prelude::*;

use super::{change::SendingWorkspace, put_back::PutBack};
use crate::{
    accounts::WorkspaceId,
    outreach::progress::why::Stop,
    server::{paging::PageOf, query::address},
    ui::{
        Button, ButtonKind, EmptyState, Field, Notice, OlderPages, PageHeader, Panel, Table, TimeStamp, Tone,
        count_text,
    },
};

/// What was typed, with what to change.
#[derive(Debug, Clone, Default)]
pub struct SendingForm {
    pub reason: String,
    pub fault: Option<String>,
    /// The ceiling of a workspace as it was typed, and its fault.
    pub ceiling: Option<(WorkspaceId, String, String)>,
    /// The limit of a first day as it was typed, and its fault.
    pub first_day: Option<(String, String)>,
}

/// The stop, how fast new mailboxes may begin, and the workspaces with their ceilings.
#[component]
pub fn AdminSending(
    stop: Option<Stop>,
    /// Why Fairlead stopped it itself.
    put_back: Option<PutBack>,
    first_day: Option<i64>,
    list: PageOf<SendingWorkspace>,
    is_first: bool,
    form: SendingForm,
) -> impl IntoView {
    let SendingForm { reason, fault, ceiling, first_day: typed } = form;
    let older = list.last_before_more().map(|last| address("/admin/sending", [("before", last.id.to_string())]));
    let newest = (!is_first).then(|| "/admin/sending".to_owned());
    let body = if list.rows.is_empty() {
        view! { <EmptyState title="No workspace sends yet"><p>"Workspaces appear here once a campaign has a schedule."</p></EmptyState> }
            .into_any()
    } else {
        let rows: Vec<_> = list.rows.into_iter().map(|workspace| row(workspace, ceiling.as_ref())).collect();
        view! {
            <Table caption="Workspaces that send">
                <thead>
                    <tr>
                        <th scope="col">"Workspace"</th>
                        <th scope="col" class="number">"Running campaigns"</th>
                        <th scope="col" class="number">"Mails today"</th>
                        <th scope="col" class="number wide-only">"Its own limit"</th>
                        <th scope="col">"Your limit"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
            <OlderPages newest older />
        }
        .into_any()
    };
    view! {
        <PageHeader title="Sending" subtitle="All mails of this instance." back_href="/admin" back_label="Administration" />
        <div class="stack-loose">
            <StopPanel stop put_back reason fault />
            <FirstDayPanel first_day typed />
            <Panel title="Mails a day" description="How many mails a day a workspace may send, whatever its mailboxes and its own limit allow. Empty: no limit." flush=true>
                {body}
            </Panel>
        </div>
    }
}

#[component]
fn StopPanel(stop: Option<Stop>, put_back: Option<PutBack>, reason: String, fault: Option<String>) -> impl IntoView {
    match stop {
        Some(Stop { since, why }) => view! {
            <Notice tone=Tone::Warning title="All sending is stopped" id="sending-stop">
                <p>{format!("“{why}”")} " Since " <TimeStamp micros=since.micros() /></p>
                {put_back.map(what_to_do)}
                <form method="post" action="/admin/sending/resume" data-submit-once="">
                    <Button kind=ButtonKind::Primary>"Let sending continue"</Button>
                </form>
            </Notice>
        }
        .into_any(),
        None => view! {
            <Panel title="Stop all sending" id="sending-stop" description="No mail of any workspace leaves until you let sending continue. A mail that is being handed over cannot be called back.">
                <form method="post" action="/admin/sending/stop" class="stack-tight" data-submit-once="">
                    <Field label="Reason" name="reason" value=reason error=fault required=true maxlength="200"
                        hint="Members of every workspace read it." />
                    <Button kind=ButtonKind::Danger>"Stop all sending"</Button>
                </form>
            </Panel>
        }
        .into_any(),
    }
}

/// What the operator can do about a database from an earlier day.
fn what_to_do(put_back: PutBack) -> AnyView {
    match put_back {
        PutBack::JournalTakenOver => view! {
            <p>"Compare the Sent folders of the mailboxes with their campaigns if you can. When sending continues, a mail that left after the copy was made may leave a second time."</p>
        }
        .into_any(),
        PutBack::JournalMissing => view! {
            <ol>
                <li>"Look for the journal: opt-outs.journal in the earlier data folder, or the file that FAIRLEAD_JOURNAL named."</li>
                <li>"Run fairlead restore --journal with this file. It may run beside the server."</li>
                <li>"If the file is lost, let sending continue only if no one can have opted out since the copy was made. A database that was moved as it was is up to date."</li>
            </ol>
        }
        .into_any(),
    }
}

#[component]
fn FirstDayPanel(first_day: Option<i64>, typed: Option<(String, String)>) -> impl IntoView {
    let (value, fault) = match typed {
        Some((typed, fault)) => (typed, Some(fault)),
        None => (first_day.map(|limit| limit.to_string()).unwrap_or_default(), None),
    };
    view! {
        <Panel title="New mailboxes" id="first-day" description="How fast a mailbox may begin, whatever its workspace sets. Each day on which it sends adds as many mails again. Providers block mailboxes that begin with hundreds.">
            <form method="post" action="/admin/sending/first-day" class="stack-tight" data-submit-once="">
                <Field label="Mails on the first day" name="first_day" value=value error=fault optional=true inputmode="numeric"
                    hint="Left empty: no limit; members choose the start themselves." />
                <Button>"Save"</Button>
            </form>
        </Panel>
    }
}

fn row(workspace: SendingWorkspace, typed: Option<&(WorkspaceId, String, String)>) -> impl IntoView + use<> {
    let SendingWorkspace { id, name, daily_cap, ceiling, running, today } = workspace;
    let typed = typed.filter(|(of, ..)| *of == id);
    let value = typed
        .map_or_else(|| ceiling.map(|ceiling| ceiling.to_string()).unwrap_or_default(), |(_, text, _)| text.clone());
    let fault = typed.map(|(.., fault)| fault.clone());
    view! {
        <tr>
            <th scope="row"><a href=format!("/admin/workspaces/{id}")>{name.clone()}</a></th>
            <td class="number">{count_text(running)}</td>
            <td class="number">{count_text(today)}</td>
            <td class="number wide-only">{daily_cap.map_or_else(|| "–".to_owned(), count_text)}</td>
            <td>
                <form method="post" action=format!("/admin/sending/workspaces/{id}") class="row" data-submit-once="">
                    <Field label=format!("Mails a day of {name}") name="ceiling" id=format!("ceiling-{id}") value=value error=fault inputmode="numeric" />
                    <Button>"Save"</Button>
                </form>
            </td>
        </tr>
    }
}
