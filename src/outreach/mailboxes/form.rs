//! The form of a mailbox: what is typed, and what it means.

use super::{
    account_form::{AccountForm, Before, Passwords, Typings},
    mailbox::{Mailbox, MailboxKind, MailboxSettings},
    preset::Preset,
};
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
    /// What is known of the provider.
    pub preset: &'static Preset,
    pub address: String,
    pub sender_name: String,
    pub reply_to: String,
    pub signature: String,
    pub account: AccountForm,
    pub time_zone: String,
    pub daily_cap: String,
    pub gap_min_s: String,
    pub gap_max_s: String,
    pub spread: bool,
    pub slow_start: bool,
    /// The operator's limit for the first day of a mailbox, where it is known.
    pub first_day: Option<i64>,
    pub errors: FieldErrors,
}

/// What a form means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    pub settings: MailboxSettings,
    pub passwords: Passwords,
}

impl MailboxForm {
    /// A mailbox as most begin: few mails a day, with pauses that a person would make. An outbox has small gaps, so that there is
    /// something to see.
    pub fn new(preset: &'static Preset, address: &str, sender_name: &str) -> Self {
        let (daily_cap, gap_min_s, gap_max_s) =
            if preset.is_outbox() { ("100", "5", "15") } else { ("30", "60", "180") };
        Self {
            preset,
            address: address.to_owned(),
            sender_name: sender_name.to_owned(),
            reply_to: String::new(),
            signature: sender_name.to_owned(),
            account: AccountForm::new(preset),
            time_zone: String::new(),
            daily_cap: daily_cap.into(),
            gap_min_s: gap_min_s.into(),
            gap_max_s: gap_max_s.into(),
            spread: !preset.is_outbox(),
            slow_start: !preset.is_outbox(),
            first_day: None,
            errors: FieldErrors::default(),
        }
    }

    /// The settings of a mailbox as they are.
    pub fn of(mailbox: &Mailbox) -> Self {
        let account = mailbox.account();
        Self {
            preset: mailbox.preset(),
            address: mailbox.address.clone(),
            sender_name: mailbox.sender_name.clone(),
            reply_to: mailbox.reply_to.clone().unwrap_or_default(),
            signature: mailbox.signature.clone(),
            account: account.as_ref().map(AccountForm::of).unwrap_or_default(),
            time_zone: mailbox.pace.time_zone.clone(),
            daily_cap: mailbox.pace.daily_cap.to_string(),
            gap_min_s: mailbox.pace.gap_min_s.to_string(),
            gap_max_s: mailbox.pace.gap_max_s.to_string(),
            spread: mailbox.pace.spread,
            slow_start: mailbox.pace.ramp_start.is_some(),
            first_day: mailbox.pace.first_day,
            errors: FieldErrors::default(),
        }
    }

    /// What was typed.
    pub fn typed(preset: &'static Preset, form: &Form) -> Self {
        Self {
            preset,
            address: form.text("address").to_owned(),
            sender_name: form.text("sender_name").to_owned(),
            reply_to: form.text("reply_to").to_owned(),
            signature: form.exact("signature").trim_end().to_owned(),
            account: AccountForm::typed(form),
            time_zone: form.text("time_zone").to_owned(),
            daily_cap: form.text("daily_cap").to_owned(),
            gap_min_s: form.text("gap_min_s").to_owned(),
            gap_max_s: form.text("gap_max_s").to_owned(),
            spread: form.has("spread"),
            slow_start: form.has("slow_start"),
            first_day: None,
            errors: FieldErrors::default(),
        }
    }

    /// The kind of a new mailbox.
    pub fn kind(&self) -> MailboxKind {
        if self.preset.is_outbox() { MailboxKind::Outbox } else { MailboxKind::Smtp }
    }

    /// The settings that it means, for a mailbox that is new or was so `before`.
    ///
    /// # Errors
    /// What to change, beside each field.
    pub fn parse(&self, before: Option<&Before>) -> Result<Parsed, FieldErrors> {
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
        let (reply_to, pace) = (self.reply_to(&mut errors), self.pace(&mut errors));
        let account = if self.preset.is_outbox() { Some(None) } else { self.account(before, &mut errors).map(Some) };
        let (Ok(address), Some(account), true) = (address, account, errors.is_empty()) else { return Err(errors) };
        let (account, passwords) = match account {
            Some(Typings { account, passwords }) => (Some(account), passwords),
            None => (None, Passwords::default()),
        };
        let settings = MailboxSettings {
            reply_to: reply_to.filter(|reply_to| reply_to != address.as_str()),
            address: address.as_str().to_owned(),
            sender_name: self.sender_name.clone(),
            signature: self.signature.clone(),
            account,
            time_zone: self.time_zone.clone(),
            pace,
        };
        Ok(Parsed { settings, passwords })
    }

    fn account(&self, before: Option<&Before>, errors: &mut FieldErrors) -> Option<Typings> {
        let answers_to = if self.reply_to.is_empty() { &self.address } else { &self.reply_to };
        self.account.parse(self.preset.sends_only, (&self.address, answers_to), before, errors)
    }

    /// Where answers go; who only sends has to say so.
    fn reply_to(&self, errors: &mut FieldErrors) -> Option<String> {
        if self.reply_to.is_empty() {
            if self.preset.sends_only {
                errors.add("reply_to", "Write the address where answers arrive: this provider receives none.");
            }
            return None;
        }
        match self.reply_to.parse::<Email>() {
            Ok(email) => Some(email.as_str().to_owned()),
            Err(_) => {
                errors.add("reply_to", "Write an email address, such as jo@acme.example.");
                None
            }
        }
    }

    /// How much and how fast it sends.
    fn pace(&self, errors: &mut FieldErrors) -> Pace {
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
        if errors.of("gap_min_s").is_none() && errors.of("gap_max_s").is_none() && gap_max_s < gap_min_s {
            errors.add("gap_max_s", "The longest pause cannot be shorter than the shortest.");
        }
        Pace { daily_cap, gap_min_s, gap_max_s, spread: self.spread, ramp: self.slow_start.then_some(RAMP) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> MailboxForm {
        MailboxForm {
            time_zone: "Europe/Berlin".into(),
            ..MailboxForm::new(Preset::outbox(), " Jo@Acme.example", "Jo")
        }
    }

    #[test]
    fn a_complete_form_is_a_mailbox() {
        let settings = form().parse(None).unwrap().settings;
        assert_eq!((settings.address.as_str(), settings.pace.daily_cap), ("jo@acme.example", 100));
        assert!(settings.pace.ramp.is_none() && settings.account.is_none());
        let slow = MailboxForm { slow_start: true, ..form() }.parse(None).unwrap().settings;
        assert_eq!(slow.pace.ramp.map(|ramp| ramp.start), Some(5));
    }

    #[test]
    fn each_fault_is_told_beside_its_field() {
        let faults = |form: MailboxForm| {
            form.parse(None).unwrap_err().iter().map(|(field, _)| field.to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(faults(MailboxForm { address: "jo".into(), ..form() }), ["address"]);
        assert_eq!(faults(MailboxForm { reply_to: "jo".into(), ..form() }), ["reply_to"]);
        assert_eq!(faults(MailboxForm { sender_name: "Jo\nBcc: x".into(), ..form() }), ["sender_name"]);
        assert_eq!(faults(MailboxForm { time_zone: "Berlin".into(), ..form() }), ["time_zone"]);
        assert_eq!(
            faults(MailboxForm { daily_cap: "501".into(), gap_min_s: "-1".into(), ..form() }),
            ["daily_cap", "gap_min_s"]
        );
        assert_eq!(faults(MailboxForm { gap_min_s: "60".into(), gap_max_s: "10".into(), ..form() }), ["gap_max_s"]);
    }

    #[test]
    fn a_provider_that_only_sends_asks_where_answers_arrive() {
        let ses = MailboxForm { preset: Preset::named("ses").unwrap(), ..form() };
        let errors = ses.parse(None).unwrap_err();
        assert!(errors.of("reply_to").unwrap().contains("where answers arrive"));
        let own = MailboxForm { reply_to: "jo@acme.example".into(), ..form() }.parse(None).unwrap();
        assert_eq!(own.settings.reply_to, None, "answers come to the address anyway");
    }

    #[test]
    fn a_known_provider_brings_its_servers_and_the_address_as_the_user() {
        let google = MailboxForm::new(Preset::named("google").unwrap(), "jo@acme.example", "Jo");
        let account = AccountForm::with(&[
            ("smtp_host", &google.account.smtp.host),
            ("smtp_port", &google.account.smtp.port),
            ("smtp_security", &google.account.smtp.security),
            ("smtp_password", "abcd efgh"),
        ]);
        let parsed = MailboxForm { account, time_zone: "UTC".into(), ..google }.parse(None).unwrap();
        let account = parsed.settings.account.unwrap();
        assert_eq!((account.smtp.host.as_str(), account.smtp_user.as_str()), ("smtp.gmail.com", "jo@acme.example"));
        assert_eq!(parsed.passwords.smtp.unwrap().reveal(), "abcdefgh");
    }
}
