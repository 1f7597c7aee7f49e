//! An uploaded file before its import: how it is read, and what can be corrected.

use leptos::prelude::*;

use super::{
    columns::{Columns, FirstRows},
    how_read::HowRead,
};
use crate::{
    directory::{
        EmailStatus, Import, LawfulBasis, Policy, Terms,
        imports::{Field as Column, Row},
    },
    fields::FieldErrors,
    ui::{
        Button, ButtonKind, Choice, Confirm, Field, FormErrors, Notice, PageHeader, Panel, RadioGroup, Select, Tone,
        format::instant_text,
    },
};

/// The beginning of the file.
pub struct Preview {
    /// Cells as they stand in the file.
    pub rows: Vec<Vec<String>>,
    /// The same rows as an import would read them.
    pub people: Vec<Row>,
    /// An earlier import of the very same file.
    pub earlier: Option<Import>,
    /// The file was just read in another way.
    pub is_new: bool,
}

/// The form with one choice per column, and the first rows as they will be read.
#[component]
pub fn DraftPage(import: Import, preview: Preview, errors: FieldErrors) -> impl IntoView {
    let id = import.id;
    let Preview { rows, people, earlier, is_new } = preview;
    view! {
        <PageHeader title=format!("Import of {}", import.file_name) back_href="/admin/imports" back_label="Imports" />
        <div class="stack-loose">
            {earlier.map(|earlier| view! { <Repeated earlier /> })}
            <FormErrors errors=&errors />
            <form class="stack-loose" method="post" action=format!("/admin/imports/{id}/start") data-submit-once="">
                <HowRead format=import.format.clone() bytes=import.bytes errors=errors.clone() is_new />
                <FirstRows people />
                <Columns headings=import.format.headings.clone() mapping=import.mapping.clone() rows errors=errors.clone() otherwise="(left out)" />
                <Settings import errors />
                <div class="form-actions">
                    <Button kind=ButtonKind::Primary name="action" value="start">"Start the import"</Button>
                    <Button kind=ButtonKind::Secondary name="action" value="preview">"Read the first rows again"</Button>
                </div>
            </form>
            <Confirm id="discard" label="Discard this file" title="Discard this file?" kind=ButtonKind::Quiet>
                <p>"The uploaded file is removed. No contact is changed."</p>
                <form method="post" action=format!("/admin/imports/{id}/discard")>
                    <Button kind=ButtonKind::Danger>"Discard the file"</Button>
                </form>
            </Confirm>
        </div>
    }
}

#[component]
fn Repeated(earlier: Import) -> impl IntoView {
    let when = instant_text(earlier.created_at.micros());
    view! {
        <Notice tone=Tone::Warning title="This file was imported before">
            <p>
                {format!("On {when}, from “{}”: {}. ", earlier.source_name, earlier.counts)}
                "No one is added twice: people in it are updated with what the file says, or left as they are."
            </p>
            <p><a href=format!("/admin/imports/{}", earlier.id)>"See the earlier import"</a></p>
        </Notice>
    }
}

#[component]
fn Settings(import: Import, errors: FieldErrors) -> impl IntoView {
    let has_status = import.mapping.column(Column::EmailStatus).is_some();
    let hint = if has_status {
        "For rows whose status column is empty or says something else."
    } else {
        "No column says whether the addresses were checked. Customers find unchecked ones only when they ask for them."
    };
    let statuses = EmailStatus::ALL.into_iter().filter(|status| *status != EmailStatus::Invalid);
    let statuses = statuses.map(|status| (status.code().to_owned(), status.label().to_owned())).collect::<Vec<_>>();
    let policies = vec![
        Choice::new("update", "Update them")
            .with_hint("What the file says replaces what was known; empty cells change nothing."),
        Choice::new("skip", "Leave them as they are").with_hint("They count as duplicates."),
    ];
    let policy = if import.policy == Policy::Skip { "skip" } else { "update" };
    view! {
        <Panel title="What to do with it">
            <div class="form">
                <Field label="Source" name="source" value=import.source_name error=errors.of("source") required=true maxlength="100" />
                <RadioGroup legend="People who are in the directory already" name="policy" options=policies selected=policy />
                <Select
                    label="Addresses without a status"
                    name="assumed_status"
                    options=statuses
                    selected=import.assumed_status.code()
                    hint=hint
                />
                <TermsFields terms=import.terms errors=errors.clone() />
            </div>
        </Panel>
    }
}

/// What may be done with the people of this file: it is kept as a data set.
#[component]
fn TermsFields(terms: Terms, errors: FieldErrors) -> impl IntoView {
    view! {
        <Field label="Licence note" name="licence_note" value=terms.licence_note error=errors.of("licence_note") optional=true
            maxlength="500" hint="What you may do with this list, such as “bought from Acorn, may be used until 2028”." />
        <Select label="Lawful basis" name="lawful_basis" options=LawfulBasis::options() selected=terms.lawful_basis.code()
            hint="On which basis these people may be written to. Customers see it on each lead." />
        <Field label="The data is from" name="collected_on" kind="date" value=terms.collected_on error=errors.of("collected_on")
            optional=true />
    }
}
