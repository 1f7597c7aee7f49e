//! How a file is read, in a line, and the choice to read it in another way. For every file with people in it.

use leptos::prelude::*;

use crate::{
    directory::imports::{Charset, Delimiter, Format, NAMED, UNNAMED},
    fields::FieldErrors,
    ui::{Button, ButtonKind, Notice, Panel, Select, Tone, count_text},
};

/// Stands in the form of a draft. The choices are fields `encoding`, `separator` and `first_row`, read by
/// `imports::chosen`; they are open only when something is doubtful.
#[component]
pub fn HowRead(
    format: Format,
    /// Of the file.
    bytes: i64,
    errors: FieldErrors,
    /// It was just read in another way.
    is_new: bool,
) -> impl IntoView {
    let line = format!("{}, {} kB.", format.line(), count_text((bytes + 1023) / 1024));
    let remarks: Vec<_> = format.remarks().into_iter().map(|remark| view! { <li>{remark}</li> }).collect();
    let is_open = is_new || !format.findings.doubts.is_empty() || errors.of("encoding").is_some();
    let charsets = Charset::all().map(|one| (one.code().to_owned(), one.label().to_owned())).collect::<Vec<_>>();
    let delimiters = Delimiter::ALL.map(|one| (one.code().to_owned(), capital(one.label()))).to_vec();
    let first_rows = [(NAMED, "The names of the columns"), (UNNAMED, "A person: the columns have no names")];
    let first_rows = first_rows.map(|(word, label)| (word.to_owned(), label.to_owned())).to_vec();
    let first_row = if format.unnamed { UNNAMED } else { NAMED };
    view! {
        <Panel title="How the file is read" id="how-read">
            <div class="stack">
                {is_new
                    .then(|| {
                        view! {
                            <Notice tone=Tone::Info title="The file was read again">
                                "Look at the first rows below. Nothing is imported before you start it."
                            </Notice>
                        }
                    })}
                <p>{line}</p>
                {(!remarks.is_empty()).then(|| view! { <ul class="import-remarks">{remarks}</ul> })}
                <details class="disclosure" open=is_open>
                    <summary>"Read it in another way"</summary>
                    <div class="stack">
                        <input type="hidden" name="read_as" value=format.key() />
                        <div class="form-row">
                            <Select
                                label="Encoding"
                                name="encoding"
                                options=charsets
                                selected=format.charset.code()
                                error=errors.of("encoding")
                            />
                            <Select label="Separator" name="separator" options=delimiters selected=format.delimiter.code() />
                            <Select label="First row of the table" name="first_row" options=first_rows selected=first_row />
                        </div>
                        <div class="form-actions">
                            <Button kind=ButtonKind::Secondary name="action" value="preview">"Show it read like this"</Button>
                        </div>
                    </div>
                </details>
            </div>
        </Panel>
    }
}

fn capital(label: &str) -> String {
    let mut letters = label.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
