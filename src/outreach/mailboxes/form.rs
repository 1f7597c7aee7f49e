//! The form of a mailbox: what is typed, and what it means.

use super::mailbox::{Mailbox, MailboxSettings};
use crate::{
    email::Email,
    fields::FieldErrors,
    outreach::schedule::rules::{Pace, Ramp, zone},
    server::form::Form,
};

/// The most mails a day of one mailbox, and the longest pause between two, in seconds.
const DAILY_CAP_MAX: i64 = 500;
const GAP_MAX_S: i64 = 3_600;
const SIGNATURE_MAX: usize = 2_000;
/// Slow start: mails on the first day, and how many more on each further day on which it sends.
const RAMP: Ramp = Ramp { start: 5, step: 2, days: 0 };

/// The fields as they were typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailboxForm {
    pub address: String,
    pub sender_name: String,
    pub signature: String,
    pub time_zone: String,
    pub daily_cap: String,
    pub gap_min_s: String,
    pub gap_max_s: String,
    pub spread: bool,
    pub slow_start: bool,
    pub errors: FieldErrors,
}

impl MailboxForm {
    /// An outbox for who wants to try campaigns: small gaps, so that there is something to see.
    pub fn new_outbox(address: &str, sender_name: &str) -> Self {
        Self {
            address: address.to_owned(),
            sender_name: sender_name.to_owned(),
            signature: sender_name.to_owned(),
            time_zone: String::new(),
            daily_cap: "100".into(),
            gap_min_s: "5".into(),
            gap_max_s: "15".into(),
            spread: false,
            slow_start: false,
            errors: FieldErrors::default(),
        }
    }

    /// The settings of a mailbox as they are.
    pub fn of(mailbox: &Mailbox) -> Self {
        Self {
            address: mailbox.address.clone(),
            sender_name: mailbox.sender_name.clone(),
            signature: mailbox.signature.clone(),
            time_zone: mailbox.pace.time_zone.clone(),
            daily_cap: mailbox.pace.daily_cap.to_string(),
            gap_min_s: mailbox.pace.gap_min_s.to_string(),
            gap_max_s: mailbox.pace.gap_max_s.to_string(),
            spread: mailbox.pace.spread,
            slow_start: mailbox.pace.ramp_start.is_some(),
            errors: FieldErrors::default(),
        }
    }

    /// What was typed.
    pub fn typed(form: &Form) -> Self {
        Self {
            address: form.text("address").to_owned(),
            sender_name: form.text("sender_name").to_owned(),
            signature: form.exact("signature").trim_end().to_owned(),
            time_zone: form.text("time_zone").to_owned(),
            daily_cap: form.text("daily_cap").to_owned(),
            gap_min_s: form.text("gap_min_s").to_owned(),
            gap_max_s: form.text("gap_max_s").to_owned(),
            spread: form.has("spread"),
            slow_start: form.has("slow_start"),
            errors: FieldErrors::default(),
        }
    }

    /// The settings that it means.
    ///
    /// # Errors
    /// What to change, beside each field.
    pub fn parse(&self) -> Result<MailboxSettings, FieldErrors> {
        let mut errors = FieldErrors::default();
        let address = self.address.parse::<Email>();
        if address.is_err() {
            errors.add("address", "Write an email address, such as jo@acme.example.");
        }
        let is_line = !self.sender_name.chars().any(char::is_control);
        if self.sender_name.is_empty() || self.sender_name.chars().count() > 100 || !is_line {
            errors.add("sender_name", "Write the name that recipients see, in at most 100 characters.");
        }
        if self.signature.chars().count() > SIGNATURE_MAX {
            errors.add("signature", "A signature has at most 2,000 characters.");
        }
        if zone(&self.time_zone).is_none() {
            errors.add("time_zone", "Choose a time zone, such as Europe/Berlin.");
        }
        let mut number = |field: &str, text: &str, min: i64, max: i64, what: &str| match text.parse::<i64>() {
            Ok(number) if (min..=max).contains(&number) => number,
            _ => {
                errors.add(field, format!("Write a number of {what} from {min} to {max}."));
                min
            }
        };
        let daily_cap = number("daily_cap", &self.daily_cap, 1, DAILY_CAP_MAX, "mails");
        let gap_min_s = number("gap_min_s", &self.gap_min_s, 0, GAP_MAX_S, "seconds");
        let gap_max_s = number("gap_max_s", &self.gap_max_s, 0, GAP_MAX_S, "seconds");
        if errors.is_empty() && gap_max_s < gap_min_s {
            errors.add("gap_max_s", "The longest pause cannot be shorter than the shortest.");
        }
        match address {
            Ok(address) if errors.is_empty() => Ok(MailboxSettings {
                address: address.as_str().to_owned(),
                sender_name: self.sender_name.clone(),
                reply_to: None,
                signature: self.signature.clone(),
                account: None,
                time_zone: self.time_zone.clone(),
                pace: Pace {
                    daily_cap,
                    gap_min_s,
                    gap_max_s,
                    spread: self.spread,
                    ramp: self.slow_start.then_some(RAMP),
                },
            }),
            _ => Err(errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> MailboxForm {
        MailboxForm { time_zone: "Europe/Berlin".into(), ..MailboxForm::new_outbox(" Jo@Acme.example", "Jo") }
    }

    #[test]
    fn a_complete_form_is_a_mailbox() {
        let settings = form().parse().unwrap();
        assert_eq!((settings.address.as_str(), settings.pace.daily_cap), ("jo@acme.example", 100));
        assert!(settings.pace.ramp.is_none());
        let slow = MailboxForm { slow_start: true, ..form() }.parse().unwrap();
        assert_eq!(slow.pace.ramp.map(|ramp| ramp.start), Some(5));
    }

    #[test]
    fn each_fault_is_told_beside_its_field() {
        let faults =
            |form: MailboxForm| form.parse().unwrap_err().iter().map(|(field, _)| field.to_owned()).collect::<Vec<_>>();
        assert_eq!(faults(MailboxForm { address: "jo".into(), ..form() }), ["address"]);
        assert_eq!(faults(MailboxForm { sender_name: "Jo\nBcc: x".into(), ..form() }), ["sender_name"]);
        assert_eq!(faults(MailboxForm { time_zone: "Berlin".into(), ..form() }), ["time_zone"]);
        assert_eq!(
            faults(MailboxForm { daily_cap: "501".into(), gap_min_s: "-1".into(), ..form() }),
            ["daily_cap", "gap_min_s"]
        );
        assert_eq!(faults(MailboxForm { gap_min_s: "60".into(), gap_max_s: "10".into(), ..form() }), ["gap_max_s"]);
    }
}
