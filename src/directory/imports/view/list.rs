//! `/admin/imports`: upload a file, and all imports so far.

use leptos::prelude::*;

use super::columns::ACCEPTED;
use crate::{
    directory::{Import, ImportState, Source},
    fields::FieldErrors,
    topics,
    ui::{
        Button, ButtonKind, EmptyState, Field, FileField, FormErrors, PageHeader, Panel, Table, Tag, TimeStamp, Tone,
        count_text,
    },
};

/// The upload form and the list.
#[component]
pub fn ImportsPage(
    imports: Vec<Import>,
    sources: Vec<Source>,
    /// As it was typed.
    source: String,
    errors: FieldErrors,
    /// Largest file, in bytes.
    bytes_max: u64,
) -> impl IntoView {
    let list = if imports.is_empty() {
        view! {
            <EmptyState title="No imports yet">
                <p>"Choose a CSV file above. You see how its columns are read before anything is stored."</p>
            </EmptyState>
        }
        .into_any()
    } else {
        imports_table(imports)
    };
    view! {
        <PageHeader title="Imports" back_href="/admin" back_label="Administration" />
        <div class="stack-loose">
            <UploadForm sources source errors bytes_max />
            <Panel title="All imports" flush=true>{list}</Panel>
        </div>
    }
}

#[component]
fn UploadForm(sources: Vec<Source>, source: String, errors: FieldErrors, bytes_max: u64) -> impl IntoView {
    let hint = format!(
        "CSV, up to {} MB, with any common separator and encoding. You see how it is read before anything is stored.",
        count_text(i64::try_from(bytes_max >> 20).unwrap_or(i64::MAX))
    );
    let known: Vec<_> = sources.into_iter().map(|source| view! { <option value=source.name></option> }).collect();
    view! {
        <Panel title="Import a file">
            <FormErrors errors=&errors />
            <form class="form" method="post" action="/admin/imports" enctype="multipart/form-data" data-submit-once="">
                <Field
                    label="Source"
                    name="source"
                    value=source
                    error=errors.of("source")
                    hint="Where the contacts come from, such as “Apollo export”. Shown in reports."
                    list="known-sources"
                    required=true
                    maxlength="100"
                />
                <datalist id="known-sources">{known}</datalist>
                <FileField label="File" name="file" accept=ACCEPTED hint=hint error=errors.of("file") required=true />
                <div class="form-actions">
                    <Button kind=ButtonKind::Primary>"Upload and check it"</Button>
                </div>
            </form>
        </Panel>
    }
}

/// The tone of an import's state.
pub(crate) fn tone_of(state: ImportState) -> Tone {
    match state {
        ImportState::Draft => Tone::Neutral,
        ImportState::Queued | ImportState::Running => Tone::Info,
        ImportState::Done => Tone::Good,
        ImportState::Failed => Tone::Bad,
    }
}

/// Imports as a table that follows them.
pub(crate) fn imports_table(imports: Vec<Import>) -> AnyView {
    let rows: Vec<_> = imports
        .into_iter()
        .map(|import| {
            let counts = import.counts;
            view! {
                <tr>
                    <th scope="row">
                        <a href=format!("/admin/imports/{}", import.id)>{import.file_name}</a>
                        <span class="table-detail">{import.source_name}</span>
                    </th>
                    <td><Tag tone=tone_of(import.state)>{import.state.label()}</Tag></td>
                    <td class="number" data-label="Rows">{count_text(counts.rows)}</td>
                    <td class="number" data-label="Imported">{count_text(counts.imported)}</td>
                    <td class="number wide-only">{count_text(counts.updated)}</td>
                    <td class="number wide-only">{count_text(counts.rejected)}</td>
                    <td class="wide-only"><TimeStamp micros=import.created_at.micros() /></td>
                </tr>
            }
        })
        .collect();
    view! {
        <Table caption="Imports" cards=true id="imports" live=topics::IMPORTS>
            <thead>
                <tr>
                    <th scope="col">"File"</th>
                    <th scope="col">"State"</th>
                    <th scope="col" class="number">"Rows"</th>
                    <th scope="col" class="number">"Imported"</th>
                    <th scope="col" class="number wide-only">"Updated"</th>
                    <th scope="col" class="number wide-only">"Rejected"</th>
                    <th scope="col" class="wide-only">"Uploaded"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
    }
    .into_any()
}
