//! The form with which a member corrects the address of a lead, and what became of it.

use leptos::prelude::*;

use super::correct::FIELD;
use crate::{
    campaigns::{ids::LeadId, leads::lead::LeadTrail},
    fields::FieldErrors,
    server::form::Form,
    ui::{Button, Field, Notice, Tone},
};

/// What the panel shows.
#[derive(Debug, Clone)]
pub struct AddressPanelData {
    lead: LeadId,
    successor: Option<LeadId>,
    predecessor: Option<LeadId>,
    /// Whether the address can be corrected here: it is shown, and the lead is not over.
    can_correct: bool,
    typed: String,
    fault: Option<String>,
}

impl AddressPanelData {
    pub fn of(trail: &LeadTrail, may_change: bool, form: &Form, errors: &FieldErrors) -> Self {
        let is_there = trail.lead.is_revealed() && trail.lead.email.known().contains('@');
        Self {
            lead: trail.lead.id,
            successor: trail.successor,
            predecessor: trail.predecessor,
            can_correct: may_change && is_there && trail.refunded_at.is_none() && trail.successor.is_none(),
            typed: form.text(FIELD).chars().take(320).collect(),
            fault: errors.of(FIELD),
        }
    }
}

#[component]
pub fn AddressPanel(data: AddressPanelData) -> impl IntoView {
    let AddressPanelData { lead, successor, predecessor, can_correct, typed, fault } = data;
    let is_open = fault.is_some();
    let after = successor.map(|other| {
        view! {
            <Notice tone=Tone::Info title="The address was corrected">
                <p><a href=format!("/leads/{other}")>"The lead with the right address"</a> " took its place. Mails and answers of the earlier address stay here, and so does what was paid."</p>
            </Notice>
        }
    });
    let before = predecessor.map(|other| {
        view! {
            <p class="small soft">"It took the place of "<a href=format!("/leads/{other}")>"a lead whose address was wrong"</a>". Mails to the earlier address are there."</p>
        }
    });
    let form = can_correct.then(|| {
        view! {
            <details class="disclosure" open=is_open id="correct-address">
                <summary>"Correct the address"</summary>
                <form method="post" action=format!("/leads/{lead}/address") class="stack-tight" data-submit-once="" novalidate>
                    <Field label="Right address" name=FIELD kind="email" value=typed error=fault required=true maxlength="320" autocomplete="off"
                        hint="A lead with this address takes the place of this one in its campaigns, for free, and gets the first mail. No more mails leave to the present address." />
                    <Button>"Correct it"</Button>
                </form>
            </details>
        }
    });
    view! {
        {after}
        {before}
        {form}
    }
    .into_any()
}
