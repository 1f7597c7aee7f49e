//! The sentences of events and of the codes in them.

use serde_json::Value;

use super::event::EventKind;
use crate::ui::{Tone, plural};

impl EventKind {
    /// The kind in a filter.
    pub fn label(self) -> &'static str {
        match self {
            Self::Started => "Started",
            Self::Paused => "Paused",
            Self::Resumed => "Resumed",
            Self::Finished => "Finished",
            Self::Ended => "Ended",
            Self::Enrolled => "Joined",
            Self::Sent => "Sent",
            Self::Held => "Held",
            Self::Continued => "Continued",
            Self::Stopped => "Stopped",
            Self::Skipped => "Skipped",
            Self::Failed => "Failed",
            Self::Deferred => "Put off",
            Self::Unknown => "Unknown outcome",
            Self::Answered => "Answered",
            Self::Automatic => "Automatic answer",
            Self::Bounced => "Came back",
            Self::Delayed => "Delayed",
            Self::Complained => "Reported as spam",
            Self::Labelled => "Labelled",
            Self::Unsubscribed => "Unsubscribed",
            Self::Edited => "Emails edited",
            Self::Rescheduled => "Schedule changed",
            Self::Suppressed => "Suppressed",
        }
    }

    /// How it is marked.
    pub fn tone(self) -> Tone {
        match self {
            Self::Sent | Self::Finished | Self::Answered => Tone::Good,
            Self::Failed | Self::Unknown | Self::Bounced | Self::Complained => Tone::Bad,
            Self::Held | Self::Deferred | Self::Paused | Self::Stopped | Self::Unsubscribed | Self::Suppressed => {
                Tone::Warning
            }
            _ => Tone::Neutral,
        }
    }

    /// What happened, without who it happened to.
    pub fn sentence(self, params: &Value) -> String {
        let code = params["code"].as_str().unwrap_or_default();
        let mail = match params["step"].as_i64() {
            Some(step) => format!("Mail {step}"),
            None => "A mail".to_owned(),
        };
        match self {
            Self::Started => "Sending started.".to_owned(),
            Self::Paused if code == "bounce_protection" => {
                let (bounced, mails) = (params["bounced"].as_i64().unwrap_or(0), params["mails"].as_i64().unwrap_or(0));
                format!("Sending was paused, because {bounced} of {mails} mails bounced.")
            }
            Self::Paused if code == "complaint_protection" => {
                let complaints = params["complaints"].as_i64().unwrap_or(0);
                let mails = params["mails"].as_i64().unwrap_or(0);
                format!("Sending was paused, because {complaints} of {mails} mails were reported as spam.")
            }
            Self::Paused => "Sending was paused.".to_owned(),
            Self::Resumed => "Sending was resumed.".to_owned(),
            Self::Finished => "Every lead has an outcome, and no more are to come.".to_owned(),
            Self::Ended => "Sending was ended.".to_owned(),
            Self::Enrolled => {
                let leads = params["leads"].as_i64().unwrap_or(1);
                format!("{} the sequence.", plural(leads, "lead joined", "leads joined"))
            }
            Self::Sent => match params["variant"].as_str() {
                Some(variant) => format!("{mail}, variant {variant}, left."),
                None => format!("{mail} left."),
            },
            Self::Held => format!("Held: {}.", code_text(code, params)),
            Self::Continued if code == "counted_as_sent" => {
                "The mail counts as sent; the sequence continues.".to_owned()
            }
            Self::Continued if code == "sent_again" => "The mail is sent again.".to_owned(),
            Self::Continued => "The sequence continues.".to_owned(),
            Self::Stopped => format!("Stopped: {}.", code_text(code, params)),
            Self::Skipped => format!("{mail} was skipped: {}.", code_text(code, params)),
            Self::Failed => {
                format!("{mail} could not be delivered{}.{}{}", because(code, params), said(params), refund(params))
            }
            Self::Bounced => format!("{mail} came back{}.{}{}", because(code, params), said(params), refund(params)),
            Self::Delayed => format!("{mail} is delayed on its way.{}", said(params)),
            Self::Complained => format!("{mail} was reported as spam."),
            Self::Answered => match params["label"].as_str() {
                Some(label) => format!("Answered: {}?", label.replace('_', " ")),
                None => "Answered.".to_owned(),
            },
            Self::Automatic => automatic(params["kind"].as_str().unwrap_or_default()).to_owned(),
            Self::Labelled => match params["label"].as_str() {
                Some(label) => format!("Labelled: {}.", label.replace('_', " ")),
                None => "The label was removed.".to_owned(),
            },
            Self::Deferred => {
                format!("{mail} was put off{} and is tried again.{}", because(code, params), said(params))
            }
            Self::Unknown => {
                format!("{mail}: the connection broke while handing over, so it may have left.{}", said(params))
            }
            Self::Unsubscribed => "Asked for no more mails.".to_owned(),
            Self::Edited => "The emails were edited.".to_owned(),
            Self::Rescheduled => "The schedule was changed.".to_owned(),
            Self::Suppressed => "The address was suppressed.".to_owned(),
        }
    }
}

/// The credits that came back, as a sentence of its own.
fn refund(params: &Value) -> String {
    match params["credits"].as_i64().unwrap_or(0) {
        0 => String::new(),
        credits => format!(" {} came back.", plural(credits, "credit", "credits")),
    }
}

/// What came back that no person wrote now.
fn automatic(kind: &str) -> &'static str {
    match kind {
        "out_of_office" => "An automatic answer came: out of office.",
        "left_company" => "An automatic answer came: the person has left the company.",
        "challenge" => "A mail came that asks to confirm the sender.",
        "receipt" => "A receipt came: the mail was opened or deleted.",
        "delivered" => "A report came: the mail was delivered.",
        "bounce_unclear" => "A report came that does not say clearly what happened.",
        "list" => "An answer came through a mailing list.",
        _ => "An automatic answer came.",
    }
}

fn because(code: &str, params: &Value) -> String {
    if code.is_empty() { String::new() } else { format!(": {}", code_text(code, params)) }
}

/// What the server said, as a sentence of its own.
fn said(params: &Value) -> String {
    match params["words"].as_str() {
        Some(words) if !words.is_empty() => format!(" “{words}”"),
        _ => String::new(),
    }
}

/// Why a lead is held, stopped or skipped, as the end of a sentence.
pub fn code_text(code: &str, params: &Value) -> String {
    let text = match code {
        "missing_fields" | "missing_field" => {
            return match params["field"].as_str() {
                Some(field) => format!("the mail needs “{field}”, which this lead does not have"),
                None => "the mail needs a field that this lead does not have".to_owned(),
            };
        }
        "bad_value" => "a value of this lead cannot be put into a mail",
        "empty_text" => "nothing of the text would be left",
        "text_too_long" => "the mail would be too long",
        "no_lawful_basis" => "the law where this person lives asks for consent first, and no lawful basis is confirmed",
        "mailbox_removed" => "the mailbox that wrote to it was removed",
        "other_campaign" => "this person is in the sequence of another campaign",
        "recipient_domain_cap" => "the company has had its mails of the day",
        "by_person" => "by a member",
        "unknown_outcome" => "it is not known whether the last mail left",
        "had_it" => "this person had this mail already",
        "unsubscribed" => "asked for no more mails",
        "suppressed" => "on the suppression list",
        "removed" => "no longer in the campaign",
        "address_corrected" => "a lead with the right address took its place",
        "own_list" => "your own list says not to write to this person",
        "campaign_ended" => "the campaign has ended",
        "step_removed" => "the mail was removed from the sequence",
        "returned" => "the lead was returned",
        "bad" => "the lead was marked as bad",
        "erased" => "the person’s data was erased",
        "objected" => "asked that no one on this server writes to them",
        "own_mailbox" => "the address is one of your own mailboxes",
        "own_domain" => "the address is at a domain that your own mails come from",
        "no_such_address" => "there is no such address",
        "bounced" => "the mail came back",
        "refused" => "the receiving server refused it",
        "gave_up" => "the receiving server put it off for too long",
        "answered" => "answered",
        "out_of_office" => "out of office",
        "company_answered" => "a colleague answered",
        "not_now" => "not now",
        "not_interested" => "not interested",
        "wrong_person" => "not the right person",
        "left_company" => "the person has left the company",
        "automatic" => "the answer was automatic",
        "complained" => "reported a mail as spam",
        "sender_fault" => "the mail came back because of its sender",
        "no_such_domain" => "the domain of the address takes no mail",
        "mailbox_full" => "the person’s mailbox is full",
        "refused_unclear" => "the server refused it without a clear reason",
        "policy" => "the server refused it because of who sends or what is sent",
        "later" => "the server asked to try later",
        "message_refused" | "text_refused" => "the server refused the text of the mail",
        "needs_smtputf8" => "the address has letters that the mail server does not take",
        "our_fault" => "the mail server did not understand Fairlead",
        "sender_refused" => "the mailbox may not send from its address",
        "provider_limit" => "the limit of the mail provider is reached",
        "network" => "the mail server could not be reached",
        "tls" => "there is no private connection to the mail server",
        "sign_in_refused" | "sign_in_switched_off" | "busy" => "the mail server refused the sign-in",
        _ => return code.replace('_', " "),
    };
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_is_a_sentence_with_its_facts() {
        let text = |kind: EventKind, params| kind.sentence(&params);
        assert_eq!(text(EventKind::Sent, json!({"step": 2, "variant": "B"})), "Mail 2, variant B, left.");
        assert_eq!(text(EventKind::Enrolled, json!({"leads": 1})), "1 lead joined the sequence.");
        assert_eq!(
            text(EventKind::Held, json!({"code": "missing_fields", "field": "first_name"})),
            "Held: the mail needs “first_name”, which this lead does not have."
        );
        assert_eq!(text(EventKind::Failed, json!({})), "A mail could not be delivered.");
        assert_eq!(text(EventKind::Stopped, json!({"code": "not_known_here"})), "Stopped: not known here.");
    }
}
