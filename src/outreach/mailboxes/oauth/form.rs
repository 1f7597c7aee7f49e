//! The form of a new mailbox that has signed in: what the provider does not say.

use crate::{
    fields::FieldErrors,
    outreach::mailboxes::{form::MailboxForm, mailbox::MailboxSettings},
    server::form::Form,
};

/// The fields as they were typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfirmForm {
    pub address: String,
    pub sender_name: String,
    pub time_zone: String,
    /// Nothing was typed: the browser may fill in its time zone.
    pub is_new: bool,
    pub errors: FieldErrors,
}

impl ConfirmForm {
    pub fn new(address: &str, sender_name: &str) -> Self {
        Self { address: address.into(), sender_name: sender_name.into(), time_zone: "UTC".into(), is_new: true, ..Self::default() }
    }

    /// What was typed.
    pub fn typed(form: &Form) -> Self {
        Self {
            address: form.text("address").to_owned(),
            sender_name: form.text("sender_name").to_owned(),
            time_zone: form.text("time_zone").to_owned(),
            ..Self::default()
        }
    }

    /// The settings that it means, with a careful pace. They can be changed on the page of the mailbox.
    ///
    /// # Errors
    /// What to change, beside each field.
    pub fn parse(&self) -> Result<MailboxSettings, FieldErrors> {
        let form = MailboxForm {
            signature: self.sender_name.clone(),
            time_zone: self.time_zone.clone(),
            daily_cap: "30".into(),
            gap_min_s: "60".into(),
            gap_max_s: "180".into(),
            spread: true,
            slow_start: true,
            ..MailboxForm::new_outbox(&self.address, &self.sender_name)
        };
        form.parse()
    }
}
