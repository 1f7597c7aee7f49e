//! What a recipient can do about a mail.

use crate::{
    fields::FieldErrors,
    outreach::{mailboxes::outbox_answer::OutboxReport, schedule::rules::Day},
    server::form::Form,
};

/// Characters of an answer.
const ANSWER_MAX: usize = 5_000;

/// One deed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Writes an answer.
    Answer(String),
    /// Writes an answer with a file beside it.
    AnswerWithFile(String),
    /// Is away, and back on this day.
    Away(Day),
    /// A mail server on the way sends a report.
    Reports(OutboxReport),
    /// Calls the mail spam.
    Complains,
}

impl Act {
    /// Reads the button that was pressed and what was typed beside it.
    ///
    /// # Errors
    /// What is wrong, by field.
    pub fn parse(form: &Form, today: Day) -> Result<Self, FieldErrors> {
        match form.text("act") {
            "answer" => {
                let text = form.text("answer").trim();
                if text.is_empty() {
                    return Err(FieldErrors::one("answer", "Write what the recipient answers."));
                }
                if text.chars().count() > ANSWER_MAX {
                    return Err(FieldErrors::one("answer", "Write at most 5,000 characters."));
                }
                let with_file = form.has("file");
                Ok(if with_file { Self::AnswerWithFile(text.to_owned()) } else { Self::Answer(text.to_owned()) })
            }
            "away" => match Day::parse(form.text("back_on")) {
                Some(day) if day > today => Ok(Self::Away(day)),
                Some(_) => Err(FieldErrors::one("back_on", "Choose a day after today.")),
                None => Err(FieldErrors::one("back_on", "Write the day as year-month-day, for example 2026-12-24.")),
            },
            "report" => {
                let report = OutboxReport::of_word(form.text("report"));
                report.map(Self::Reports).ok_or_else(|| FieldErrors::one("report", "Choose what the report says."))
            }
            "complain" => Ok(Self::Complains),
            _ => Err(FieldErrors::one("answer", "Choose what the recipient does.")),
        }
    }

    /// What was done, for the log and the page.
    pub fn done(&self) -> &'static str {
        match self {
            Self::Answer(_) | Self::AnswerWithFile(_) => "The recipient answered.",
            Self::Away(_) => "The recipient’s mailbox answered: out of office.",
            Self::Reports(OutboxReport::Delayed) => "A mail server reported a delay.",
            Self::Reports(_) => "A mail server reported that the mail could not be delivered.",
            Self::Complains => "The recipient reported the mail as spam.",
        }
    }
}
