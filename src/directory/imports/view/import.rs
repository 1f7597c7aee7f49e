//! An import that was started: its progress, its counts, the rows that were rejected.

use leptos::prelude::*;

use super::{list::tone_of, rejected::RejectedRows, stalled::Stalled};
use crate::{
    directory::{Import, ImportState, Rejection, imports::stall::Stall},
    server::paging::PageOf,
    topics,
    ui::{
        Button, ButtonKind, Confirm, EmptyState, Notice, PageHeader, Panel, ProgressBar, Tag, TimeStamp, Tone,
        count_text, format::civil_date_text, plural,
    },
};

/// The page; everything that moves follows `import:{id}`.
#[component]
pub fn ImportPage(
    import: Import,
    /// People whom an undo would remove.
    undoable: i64,
    /// Why it waits.
    stalled: Option<Stall>,
    rejections: PageOf<Rejection>,
    /// Whether rejected rows before these are left out.
    paged: bool,
) -> impl IntoView {
    let topic = topics::import(import.id);
    let subtitle = format!("From “{}”", import.source_name);
    view! {
        <PageHeader title=format!("Import of {}", import.file_name) subtitle=subtitle back_href="/admin/imports" back_label="Imports" />
        <div class="stack-loose">
            <div class="split">
                <div id="import-progress" data-live=topic.clone()><Progress import=import.clone() stalled=stalled /></div>
                <div class="stack-loose" id="import-counts" data-live=topic.clone()>
                    <Summary import=import.clone() />
                    <Undo import=import.clone() undoable=undoable />
                </div>
            </div>
            <div id="import-rejected" data-live=topic><Rejected import rejections paged /></div>
        </div>
    }
}

#[component]
fn Progress(import: Import, stalled: Option<Stall>) -> impl IntoView {
    let counts = import.counts;
    let stalled = stalled.filter(|_| !import.state.is_over());
    let reason = match import.state {
        _ if stalled.is_some() => "",
        ImportState::Queued => "Waiting for its turn; this usually takes a second or two.",
        ImportState::Running => "Rows are stored in batches. You can leave this page; it continues without you.",
        ImportState::Done => "All rows were read. The contacts can be found within seconds.",
        ImportState::Failed | ImportState::Draft => "",
    };
    let failed = import.state == ImportState::Failed;
    let share = if import.state == ImportState::Done { import.bytes } else { import.bytes_read.min(import.bytes) };
    let fault = import.fault.map(|fault| fault.to_string()).unwrap_or_default();
    let times = [("Uploaded", Some(import.created_at)), ("Started", import.started_at), ("Ended", import.finished_at)];
    let times: Vec<_> = times
        .into_iter()
        .filter_map(|(label, at)| Some((label, at?)))
        .map(|(label, at)| {
            view! { <div><dt>{label}</dt><dd><TimeStamp micros=at.micros() /></dd></div> }
        })
        .collect();
    let line = import.format.line();
    let remarks: Vec<_> = import.format.remarks().into_iter().map(|remark| view! { <li>{remark}</li> }).collect();
    let day = Some(import.terms.collected_on).filter(|day| !day.is_empty()).map(|day| civil_date_text(&day));
    let basis = import.terms.lawful_basis.label().to_owned();
    let terms =
        [("The data is from", day), ("Lawful basis", Some(basis)), ("Licence note", Some(import.terms.licence_note))];
    let terms: Vec<_> = terms
        .into_iter()
        .filter_map(|(label, text)| Some((label, text.filter(|text| !text.is_empty())?)))
        .map(|(label, text)| view! { <div><dt>{label}</dt><dd>{text}</dd></div> })
        .collect();
    view! {
        <Panel title="Progress">
            <div class="stack">
                <div class="row"><Tag tone=tone_of(import.state)>{import.state.label()}</Tag> <span class="soft">{reason}</span></div>
                {stalled
                    .map(|stall| view! { <Stalled stall title="The import waits" end=format!("/admin/imports/{}/end", import.id) /> })}
                {failed
                    .then(|| {
                        view! {
                            <Notice tone=Tone::Bad title="The import stopped">
                                {format!("{fault} What was read before is stored. Import the file again to bring the rest.")}
                            </Notice>
                        }
                    })}
                <ProgressBar label="Read" value=share max=import.bytes.max(1) detail=plural(counts.rows, "row", "rows") />
                <dl class="facts">{times} <div><dt>"Read as"</dt><dd>{line}</dd></div> {terms}</dl>
                {(!remarks.is_empty()).then(|| view! { <ul class="import-remarks">{remarks}</ul> })}
            </div>
        </Panel>
    }
}

#[component]
fn Summary(import: Import) -> impl IntoView {
    let counts = import.counts;
    let lines: Vec<_> = [
        ("Imported", counts.imported),
        ("Updated", counts.updated),
        ("Duplicates", counts.duplicates),
        ("Rejected", counts.rejected),
        ("Blank", counts.blank),
    ]
    .into_iter()
    .map(|(label, count)| view! { <div><dt>{label}</dt><dd>{count_text(count)}</dd></div> })
    .collect();
    view! {
        <Panel title="Rows">
            <dl class="facts facts-sum">
                {lines}
                <div class="facts-total"><dt>"Rows"</dt><dd>{count_text(counts.rows)}</dd></div>
            </dl>
        </Panel>
    }
}

/// What an undo would do, or did.
#[component]
fn Undo(import: Import, undoable: i64) -> impl IntoView {
    let removed = plural(import.undo_removed, "person was removed", "people were removed");
    if let Some(at) = import.undone_at {
        return view! {
            <Panel title="Undone">
                <p>{removed} ", " <TimeStamp micros=at.micros() /> ". "
                    "People a customer has, or another file or source brought, stayed."</p>
            </Panel>
        }
        .into_any();
    }
    if import.undo_asked_at.is_some() {
        return view! { <Panel title="Being undone"><p>{removed} " so far."</p></Panel> }.into_any();
    }
    if !import.state.is_over() || undoable == 0 {
        return ().into_any();
    }
    let people = plural(undoable, "person leaves", "people leave");
    view! {
        <Panel title="Undo" description="Removes the people only this file brought and no customer has.">
            <Confirm id="undo" label="Undo this import" title="Undo this import?" kind=ButtonKind::Secondary>
                <p>{people} " the directory. People a customer has stay, and so do people another file or source brought. "
                    "What the file changed about people who were known before is not taken back."</p>
                <form method="post" action=format!("/admin/imports/{}/undo", import.id) data-submit-once="">
                    <Button kind=ButtonKind::Danger>"Undo the import"</Button>
                </form>
            </Confirm>
        </Panel>
    }
    .into_any()
}

#[component]
fn Rejected(import: Import, rejections: PageOf<Rejection>, paged: bool) -> impl IntoView {
    let has_notes = !rejections.rows.is_empty() || paged;
    if import.counts.rejected == 0 && !has_notes {
        let text = if import.state.is_over() { "Every row could be read." } else { "None so far." };
        return view! { <Panel title="Rejected rows"><EmptyState title="No rejected rows"><p>{text}</p></EmptyState></Panel> }.into_any();
    }
    let title = match import.counts.rejected {
        0 => "No rejected rows, but notes on some".to_owned(),
        rejected => format!("{} rejected", plural(rejected, "row", "rows")),
    };
    let href = format!("/admin/imports/{}", import.id);
    let download = format!("{href}/rejected.csv");
    view! { <RejectedRows title caption="Rejected rows" href download list=rejections paged /> }.into_any()
}
