//! A reading in a few coarse words, as `fairlead mail classify` prints them.

use super::{BounceVerdict, Kind, Label, Reading, Reported};

/// One line: of a message, or of one recipient of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    pub verdict: &'static str,
    pub recipient: String,
    pub status: String,
    /// Of the mail that a report is about.
    pub message_id: String,
    pub label: &'static str,
    pub return_date: String,
    pub rule: &'static str,
}

impl Reading {
    /// One line for each recipient of a report, else one.
    pub fn summaries(&self) -> Vec<Summary> {
        let one = |reported: Option<&Reported>| Summary {
            verdict: self.verdict(reported),
            recipient: reported
                .and_then(|found| found.address.clone().or_else(|| found.original.clone()))
                .unwrap_or_default(),
            status: reported.and_then(|found| found.status).map(|status| status.to_string()).unwrap_or_default(),
            message_id: self.originals.first().map(|id| format!("<{id}>")).unwrap_or_default(),
            label: self.label.map_or("none", label),
            return_date: self.return_date.map(|date| date.to_string()).unwrap_or_default(),
            rule: self.rule.0,
        };
        if self.recipients.is_empty() {
            vec![one(None)]
        } else {
            self.recipients.iter().map(|found| one(Some(found))).collect()
        }
    }

    fn verdict(&self, reported: Option<&Reported>) -> &'static str {
        match (self.kind, reported) {
            (Kind::Bounce | Kind::Delay | Kind::Delivered, Some(found)) => bounce(found.verdict),
            (Kind::Bounce | Kind::BounceUnclear, _) => "unclear",
            (Kind::Delay, None) => "delay_warning",
            (Kind::Delivered, None) => "success",
            (Kind::Complaint, _) => "not_a_bounce",
            (Kind::Human, _) => "human",
            (Kind::OutOfOffice, _) => "automatic_away",
            (Kind::LeftCompany, _) => "left_company",
            (Kind::Automatic | Kind::Challenge, _) => "automatic_ticket",
            (Kind::Receipt, _) => "receipt",
            (Kind::Calendar, _) => "calendar",
            (Kind::List, _) => "list",
        }
    }
}

fn bounce(verdict: BounceVerdict) -> &'static str {
    match verdict {
        BounceVerdict::NoSuchAddress | BounceVerdict::NoSuchDomain => "hard_address",
        BounceVerdict::MailboxFull => "mailbox_full",
        BounceVerdict::PolicyAtReceiver | BounceVerdict::MessageRefused => "policy",
        BounceVerdict::SenderFault | BounceVerdict::ProviderLimit => "sender_fault",
        BounceVerdict::Later => "temporary",
        BounceVerdict::RefusedUnclear => "unclear",
        BounceVerdict::Delayed => "delay_warning",
        BounceVerdict::Delivered => "success",
    }
}

fn label(label: Label) -> &'static str {
    match label {
        Label::NotNow => Label::NotInterested.name(),
        Label::LeftCompany => Label::WrongPerson.name(),
        Label::Automatic => "none",
        label => label.name(),
    }
}
