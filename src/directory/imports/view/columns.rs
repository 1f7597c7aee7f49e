//! What each column of a file is, and the first rows as they will be read. For every file with people in it.

use leptos::prelude::*;

use crate::{
    directory::{
        Contact,
        imports::{Field as Column, Mapping, Row},
    },
    fields::FieldErrors,
    ui::{Panel, Table},
};

/// What a contact file may be called, for the file field.
pub const ACCEPTED: &str = ".csv,.tsv,.txt,text/csv,text/plain";

/// One choice per column, in fields `column-0` and so on (read by [`Mapping::parse`]). `otherwise` says what becomes of a column
/// that is none of a contact's. Columns that were recognised are one line; only the others are open.
#[component]
pub fn Columns(
    headings: Vec<String>,
    mapping: Mapping,
    rows: Vec<Vec<String>>,
    errors: FieldErrors,
    otherwise: &'static str,
) -> impl IntoView {
    let has_addresses = mapping.column(Column::Email).is_some();
    let (mut sure, mut open, mut recognised) = (Vec::new(), Vec::new(), Vec::new());
    for (place, heading) in headings.iter().enumerate() {
        let chosen = mapping.0.get(place).copied().flatten();
        let name = format!("column-{place}");
        let (examples, error) = (examples(&rows, place), errors.of(&name));
        let is_sure = has_addresses && error.is_none() && (chosen.is_some() || examples.is_empty());
        recognised.extend(chosen.map(Column::label));
        let row = column_row(heading, &name, (chosen, otherwise), examples, error);
        if is_sure { sure.push(row) } else { open.push(row) }
    }
    let all = headings.len();
    let summary = format!("{} of {all} columns recognised: {}", recognised.len(), recognised.join(", "));
    let sure = (!sure.is_empty()).then(|| {
        view! {
            <details class="disclosure import-sure" open=open.is_empty() && all <= SHOWN>
                <summary>{summary}</summary>
                <ColumnTable caption="Columns that were recognised" rows=sure />
            </details>
        }
    });
    let open = (!open.is_empty()).then(|| view! { <ColumnTable caption="Columns of the file" rows=open /> });
    view! {
        <Panel
            id="mapping"
            title="Columns"
            description="What each column of the file is, by its name and by what it holds. Correct what is wrong."
            flush=true
        >
            {errors.of("mapping").map(|error| view! { <p class="field-error import-fault">{error}</p> })}
            {open}
            {sure}
        </Panel>
    }
}

/// A file of at most this many columns shows them all.
const SHOWN: usize = 3;

#[component]
fn ColumnTable<V: IntoView + 'static>(caption: &'static str, rows: Vec<V>) -> impl IntoView {
    view! {
        <Table caption=caption>
            <thead>
                <tr>
                    <th scope="col">"Column"</th>
                    <th scope="col">"Is read as"</th>
                    <th scope="col" class="wide-only">"Examples"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
    }
}

fn column_row(
    heading: &str,
    name: &str,
    (chosen, otherwise): (Option<Column>, &'static str),
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
                    <option value="" selected=chosen.is_none()>{otherwise}</option>
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
    let values =
        rows.iter().filter_map(|row| row.get(place)).map(|cell| crate::directory::contacts::keys::one_line(cell));
    let mut shown: Vec<String> = Vec::new();
    for value in values.filter(|value| !value.is_empty()) {
        let value: String = value.chars().take(40).collect();
        if shown.len() < 3 && !shown.contains(&value) {
            shown.push(value);
        }
    }
    shown.join(" · ")
}

/// The beginning of the file as it will be read.
#[component]
pub fn FirstRows(people: Vec<Row>) -> impl IntoView {
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
