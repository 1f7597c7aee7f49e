//! The days on which a mailbox sends nothing.

use leptos::prelude::*;

use crate::{
    fields::FieldErrors,
    outreach::mailboxes::{freezes::Freeze, state_text::days_text},
    server::form::Form,
    ui::{Button, Field, FormErrors, Panel, Table},
};

/// The form, as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FreezeForm {
    from: String,
    to: String,
    note: String,
    errors: FieldErrors,
}

impl FreezeForm {
    pub fn typed(form: &Form, errors: FieldErrors) -> Self {
        let text = |name: &str| form.text(name).to_owned();
        Self { from: text("from"), to: text("to"), note: text("note"), errors }
    }
}

/// The freezes of a mailbox, and the form for another one.
#[component]
pub fn FreezePanel(base: String, freezes: Vec<Freeze>, form: FreezeForm) -> impl IntoView {
    let FreezeForm { from, to, note, errors } = form;
    let list = (!freezes.is_empty()).then(|| {
        let rows: Vec<_> = freezes.into_iter().map(|freeze| view! { <FreezeRow base=base.clone() freeze /> }).collect();
        view! {
            <Table caption="Days on which it sends nothing" cards=true>
                <thead>
                    <tr>
                        <th scope="col">"Days"</th>
                        <th scope="col">"Note"</th>
                        <th scope="col"><span class="visually-hidden">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        }
    });
    view! {
        <Panel title="Holidays" description="On these days it sends nothing. Its follow-ups wait; new leads start from other mailboxes.">
            {list}
            <form class="form" method="post" action=format!("{base}/freezes") data-submit-once="">
                <FormErrors errors=errors.clone() />
                <div class="form-row">
                    <Field label="First day" name="from" kind="date" value=from error=errors.of("from") required=true />
                    <Field label="Last day" name="to" kind="date" value=to error=errors.of("to") required=true />
                </div>
                <Field label="Note" name="note" value=note error=errors.of("note") optional=true maxlength="200" autocomplete="off" />
                <div class="form-actions"><Button>"Freeze these days"</Button></div>
            </form>
        </Panel>
    }
    .into_any()
}

#[component]
fn FreezeRow(base: String, freeze: Freeze) -> impl IntoView {
    let days = days_text(freeze.from_day, freeze.to_day);
    let label = format!(" {days}");
    view! {
        <tr>
            <th scope="row">{days}</th>
            <td>{freeze.note}</td>
            <td class="row-actions">
                <form method="post" action=format!("{base}/freezes/removal") data-submit-once="">
                    <input type="hidden" name="from" value=freeze.from_day.to_string() />
                    <Button>"Remove" <span class="visually-hidden">{label}</span></Button>
                </form>
            </td>
        </tr>
    }
    .into_any()
}
