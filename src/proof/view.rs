//! The last results of the proof, on the operator's first page.

use leptos::prelude::*;

use super::{ProofCause, ProofRun};
use crate::ui::{Button, ButtonKind, Panel, Tag, TimeStamp, Tone, plural};

/// The newest run, what it found, and a button for another one.
#[component]
pub fn ProofPanel(run: Option<ProofRun>) -> impl IntoView {
    let under_way = run.as_ref().is_some_and(|run| run.state == "running");
    let result = match run {
        None => view! { <p class="soft">"Not checked yet. Every night all movements are replayed and compared with every balance, lot, hold and receipt."</p> }.into_any(),
        Some(run) => view! { <Result run /> }.into_any(),
    };
    view! {
        <Panel title="Proof of the ledger" description="Every movement replayed, every number compared." id="proof">
            <div class="stack">
                {result}
                <form method="post" action="/admin/proof" data-submit-once="">
                    <Button kind=ButtonKind::Secondary>{if under_way { "Is it done?" } else { "Check now" }}</Button>
                </form>
            </div>
        </Panel>
    }
    .into_any()
}

#[component]
fn Result(run: ProofRun) -> impl IntoView {
    let cause = match (run.cause, run.started_by) {
        (ProofCause::Nightly, _) => "the nightly check".to_owned(),
        (ProofCause::Operator, name) => name.unwrap_or_else(|| "an operator".into()),
        (ProofCause::Command, _) => "the command line".into(),
    };
    let seen = format!(
        "{} with {}",
        plural(run.workspaces, "workspace", "workspaces"),
        plural(run.movements, "movement", "movements")
    );
    let (tone, verdict) = match (run.state.as_str(), run.differences) {
        ("running", _) => (Tone::Info, "Under way".to_owned()),
        (_, 0) => (Tone::Good, "Every number is what the movements say".into()),
        (_, differences) => (Tone::Bad, plural(differences, "difference", "differences")),
    };
    let report = (!run.report.is_empty()).then(|| view! { <pre class="proof-report" tabindex="0">{run.report}</pre> });
    view! {
        <p>
            <Tag tone=tone>{verdict}</Tag>
        </p>
        <p class="soft small">
            {seen} ", begun by " {cause} " on " <TimeStamp micros=run.started_at.micros() />
            {run.ended_at.map(|at| view! { ", done " <TimeStamp micros=at.micros() /> })} "."
        </p>
        {report}
    }
    .into_any()
}
