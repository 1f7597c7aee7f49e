//! The form of a new mailbox that has signed in: what the provider does not say.

use crate::{
    email::Email,
    fields::FieldErrors,
    outreach::{
        mailboxes::{account::Account, mailbox::MailboxSettings},
        schedule::rules::{Pace, Ramp, zone},
    },
    server::form::Form,
};

/// How a new mailbox sends: few mails a day, with pauses that a person would make, and fewer on its first days.
const PACE: Pace = Pace {
    daily_cap: 30,
    gap_min_s: 60,
    gap_max_s: 180,
    spread: true,
    ramp: Some(Ramp { start: 5, step: 2, days: 0 }),
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
        Self {
            address: address.into(),
            sender_name: sender_name.into(),
            time_zone: "UTC".into(),
            is_new: true,
            ..Self::default()
        }
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
    pub fn parse(&self, account: Account) -> Result<MailboxSettings, FieldErrors> {
        let mut errors = FieldErrors::default();
        let address = self.address.parse::<Email>();
        if address.is_err() {
            errors.add("address", "Write an email address, such as jo@acme.example.");
        }
        let is_line = !self.sender_name.chars().any(char::is_control);
        if self.sender_name.is_empty() || self.sender_name.chars().count() > 100 || !is_line {
            errors.add("sender_name", "Write the name that recipients see, in at most 100 characters.");
        }
        if zone(&self.time_zone).is_none() {
            errors.add("time_zone", "Choose a time zone, such as Europe/Berlin.");
        }
        match address {
            Ok(address) if errors.is_empty() => Ok(MailboxSettings {
                address: address.as_str().to_owned(),
                sender_name: self.sender_name.clone(),
                reply_to: None,
                signature: self.sender_name.clone(),
                account: Some(account),
                time_zone: self.time_zone.clone(),
                pace: PACE,
            }),
            _ => Err(errors),
        }
    }
}
