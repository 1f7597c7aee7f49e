//! The form of a new mailbox that has signed in: what the provider does not say.

use crate::{
    fields::FieldErrors,
    outreach::mailboxes::{
        account::Account,
        account_form::{AccountForm, Before},
        form::MailboxForm,
        mailbox::MailboxSettings,
        preset::Preset,
    },
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
        let form = MailboxForm {
            account: AccountForm::of(&account),
            time_zone: self.time_zone.clone(),
            ..MailboxForm::new(Preset::of_host(&account.smtp.host), &self.address, &self.sender_name)
        };
        let before = Before { account, stored: Vec::new(), has_permission: true };
        Ok(form.parse(Some(&before))?.settings)
    }
}
