//! Many mailboxes from one file.

use leptos::prelude::*;

use super::fields::TimeZoneField;
use crate::{
    fields::FieldErrors,
    outreach::mailboxes::{import::COLUMNS, pages::MAILBOXES},
    ui::{Button, ButtonKind, FileField, FormErrors, LinkButton, Notice, PageHeader, Panel, Table, Tone, plural},
};

/// A row that stayed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub line: u64,
    pub address: String,
    pub text: String,
}

/// The form, and what came of the last file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportForm {
    pub time_zone: String,
    pub errors: FieldErrors,
    pub added: i64,
    pub faults: Vec<Fault>,
}

#[component]
pub fn ImportPage(form: ImportForm) -> impl IntoView {
    let ImportForm { time_zone, errors, added, faults } = form;
    let columns: Vec<_> = COLUMNS
        .iter()
        .map(|column| view! { <tr><th scope="row"><code>{column.name}</code></th><td>{column.what}</td></tr> })
        .collect();
    view! {
        <PageHeader title="Add many mailboxes" back_href=format!("{MAILBOXES}/new") back_label="Add a mailbox" />
        <div class="stack">
            {(!faults.is_empty()).then(|| view! { <Faults added faults /> })}
            <Panel title="File">
                <form class="form" method="post" action=format!("{MAILBOXES}/import") enctype="multipart/form-data" data-submit-once="">
                    <FormErrors errors=errors.clone() />
                    <FileField label="CSV file" name="file" accept=".csv,text/csv" error=errors.of("file") hint="At most 200 rows. Each becomes a draft, which sends when its test has passed. The file is not kept." required=true />
                    <TimeZoneField value=time_zone error=errors.of("time_zone") />
                    <div class="form-actions">
                        <Button kind=ButtonKind::Primary>"Add them"</Button>
                        <LinkButton href=MAILBOXES>"Cancel"</LinkButton>
                    </div>
                </form>
            </Panel>
            <Panel title="Columns" description="The first row names them, in any order. Others are left out." flush=true>
                <Table caption="Columns of the file">
                    <thead><tr><th scope="col">"Column"</th><th scope="col">"What it holds"</th></tr></thead>
                    <tbody>{columns}</tbody>
                </Table>
            </Panel>
        </div>
    }
    .into_any()
}

#[component]
fn Faults(added: i64, faults: Vec<Fault>) -> impl IntoView {
    let count = i64::try_from(faults.len()).unwrap_or(i64::MAX);
    let added = match added {
        0 => "No mailbox was added".to_owned(),
        added => plural(added, "mailbox was added as a draft", "mailboxes were added as drafts"),
    };
    let title = format!("{added}; {} out.", plural(count, "row stayed", "rows stayed"));
    let rows: Vec<_> = faults
        .into_iter()
        .map(|fault| {
            view! {
                <tr>
                    <td class="number" data-label="Line">{fault.line}</td>
                    <th scope="row">{fault.address}</th>
                    <td>{fault.text}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <Notice tone=Tone::Warning title>
            <p>"Correct these rows and send the file again. Mailboxes that are there already stay as they are."</p>
        </Notice>
        <Panel title="Rows that stayed out" flush=true>
            <Table caption="Rows that stayed out" id="faults">
                <thead>
                    <tr><th scope="col" class="number">"Line"</th><th scope="col">"Address"</th><th scope="col">"What is wrong"</th></tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Panel>
    }
    .into_any()
}
