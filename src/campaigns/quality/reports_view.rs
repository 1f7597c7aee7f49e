//! `/admin/reports`: bad leads that the rules could not decide about.

use leptos::prelude::*;

use super::report::Report;
use crate::ui::{Button, ButtonKind, EmptyState, Field, PageHeader, Panel, TimeStamp};

/// The list, oldest first. `fault` is what is wrong with the form of one report.
#[component]
pub fn ReportsPage(reports: Vec<Report>, fault: Option<(String, String)>) -> impl IntoView {
    let empty = reports.is_empty();
    let rows: Vec<_> = reports
        .into_iter()
        .map(|report| {
            let error = fault.as_ref().filter(|(id, _)| *id == report.id.to_string()).map(|(_, text)| text.clone());
            view! { <ReportPanel report error /> }
        })
        .collect();
    view! {
        <PageHeader title="Reported leads" subtitle="What the rules could not decide, oldest first. Accepting pays the lead back." back_href="/admin" back_label="Admin" />
        {empty.then(|| view! { <EmptyState title="Nothing to review"><p>"Reports that need a person appear here."</p></EmptyState> })}
        <div class="stack" id="reports">{rows}</div>
    }
}

#[component]
fn ReportPanel(report: Report, error: Option<String>) -> impl IntoView {
    let id = report.id;
    let who = format!("{}, {} at {}", report.lead_name, report.lead_title, report.lead_company);
    let note = (!report.note.is_empty()).then(|| view! { <p>"“" {report.note.clone()} "”"</p> });
    view! {
        <Panel title=who>
            <div class="stack">
                <p>{report.reason.label()} <span class="soft small">" · " {report.reporter.clone()} " (" {report.workspace_name.clone()} "), " <TimeStamp micros=report.reported_at.micros() /></span></p>
                {note}
                <form method="post" action=format!("/admin/reports/{id}") data-submit-once="">
                    <input type="hidden" name="decision" value="accept" />
                    <Button kind=ButtonKind::Primary>"Accept and pay back"</Button>
                </form>
                <form method="post" action=format!("/admin/reports/{id}") class="stack-tight" data-submit-once="">
                    <input type="hidden" name="decision" value="decline" />
                    <Field label="Why not" name="answer" id=format!("answer-{id}") maxlength="300" error=error hint="The workspace reads it." />
                    <Button>"Decline"</Button>
                </form>
            </div>
        </Panel>
    }
}
