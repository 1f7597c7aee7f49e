//! An uploaded file before its import: how it is read, and what can be corrected.

use leptos::prelude::*;

use crate::{
    fields::FieldErrors,
    leads::{
        Contact, EmailStatus, Import, LawfulBasis, Policy, Terms,
        import::{Field as Column, Row},
    },
    ui::{
        Button, ButtonKind, Choice, Confirm, Field, FormErrors, Notice, PageHeader, Panel, RadioGroup, Select, Table,
        Tone, count_text, format::instant_text,
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
}

/// The form with one choice per column, and the first rows as they will be read.
#[component]
pub fn DraftPage(import: Import, preview: Preview, errors: FieldErrors) -> impl IntoView {
    let id = import.id;
    let Preview { rows, people, earlier } = preview;
    let read_as = format!(
        "{}, separated by {}, {} columns, {} kB",
        import.format.charset.label(),
        import.format.delimiter.label(),
        import.format.headings.len(),
        count_text((import.bytes + 1023) / 1024)
    );
    view! {
        <PageHeader title=format!("Import of {}", import.file_name) subtitle=read_as back_href="/admin/imports" back_label="Imports" />
        <div class="stack-loose">
            {earlier.map(|earlier| view! { <Repeated earlier /> })}
            <FormErrors errors=&errors />
            <form class="stack-loose" method="post" action=format!("/admin/imports/{id}/start") data-submit-once="">
                <Settings import=import.clone() errors=errors.clone() />
                <Columns import rows errors />
                <FirstRows people />
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
                "Nobody is added twice: people in it are updated with what the file says, or left as they are."
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

#[component]
fn Columns(import: Import, rows: Vec<Vec<String>>, errors: FieldErrors) -> impl IntoView {
    let lines: Vec<_> = import
        .format
        .headings
        .iter()
        .enumerate()
        .map(|(place, heading)| {
            let chosen = import.mapping.0.get(place).copied().flatten();
            let name = format!("column-{place}");
            column_row(heading, &name, chosen, examples(&rows, place), errors.of(&name))
        })
        .collect();
    view! {
        <Panel
            id="mapping"
            title="Columns"
            description="What each column of the file is. Recognised by its name; correct what is wrong."
            flush=true
        >
            {errors.of("mapping").map(|error| view! { <p class="field-error import-fault">{error}</p> })}
            <Table caption="Columns of the file">
                <thead>
                    <tr>
                        <th scope="col">"Column"</th>
                        <th scope="col">"Is read as"</th>
                        <th scope="col" class="wide-only">"Examples"</th>
                    </tr>
                </thead>
                <tbody>{lines}</tbody>
            </Table>
        </Panel>
    }
}

fn column_row(
    heading: &str,
    name: &str,
    chosen: Option<Column>,
    examples: String,
    error: Option<String>,
) -> impl IntoView + use<> {
    let heading = if heading.trim().is_empty() { "(no name)".to_owned() } else { heading.to_owned() };
    let label = format!("{heading} is read as");
    let error_id = error.is_some().then(|| format!("{name}-error"));
    let options: Vec<_> = Column::all()
        .map(|field| view! { <option value=field.code() selected=chosen == Some(field)>{field.label()}</option> })
        .collect();
    view! {
        <tr>
            <th scope="row">{heading}</th>
            <td>
                <select class="input import-column" id=name.to_owned() name=name.to_owned() aria-label=label aria-describedby=error_id.clone() aria-invalid=error.is_some().then_some("true")>
                    <option value="" selected=chosen.is_none()>"(left out)"</option>
                    {options}
                </select>
                {error.map(|error| view! { <p class="field-error" id=error_id>{error}</p> })}
            </td>
            <td class="wide-only soft">{examples}</td>
        </tr>
    }
}

/// The first values of a column.
fn examples(rows: &[Vec<String>], place: usize) -> String {
    let values = rows.iter().filter_map(|row| row.get(place)).map(|cell| crate::leads::keys::one_line(cell));
    let mut shown: Vec<String> = Vec::new();
    for value in values.filter(|value| !value.is_empty()) {
        let value: String = value.chars().take(40).collect();
        if shown.len() < 3 && !shown.contains(&value) {
            shown.push(value);
        }
    }
    shown.join(" · ")
}

#[component]
fn FirstRows(people: Vec<Row>) -> impl IntoView {
    let rows: Vec<_> = people
        .into_iter()
        .map(|row| match row {
            Row::Person(contact) => person_row(&contact).into_any(),
            Row::Rejected(reason) => {
                view! { <tr><th scope="row">"Rejected"</th><td colspan="5">{reason}</td></tr> }.into_any()
            }
            Row::Blank => view! { <tr><th scope="row">"Blank"</th><td colspan="5"></td></tr> }.into_any(),
        })
        .collect();
    view! {
        <Panel title="The first rows, as they will be read" flush=true>
            <Table caption="The first rows as they will be read">
                <thead>
                    <tr>
                        <th scope="col">"Person"</th>
                        <th scope="col">"Job title"</th>
                        <th scope="col" class="wide-only">"Seniority"</th>
                        <th scope="col">"Company"</th>
                        <th scope="col" class="number wide-only">"Employees"</th>
                        <th scope="col" class="wide-only">"Place"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Panel>
    }
}

fn person_row(contact: &Contact) -> impl IntoView + use<> {
    let place = [contact.city.as_str(), contact.country.as_str()];
    let place = place.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
    view! {
        <tr>
            <th scope="row">
                {contact.name()}
                <span class="table-detail">{contact.email.to_string()}</span>
            </th>
            <td>{contact.title.clone()}</td>
            <td class="wide-only">{contact.seniority.map(|seniority| seniority.label())}</td>
            <td>
                {contact.company.clone()}
                <span class="table-detail">{contact.industry.clone()}</span>
            </td>
            <td class="number wide-only">{contact.size.map(|size| size.to_string())}</td>
            <td class="wide-only">{place}</td>
        </tr>
    }
}
