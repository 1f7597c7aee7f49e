//! `fairlead mail classify FILE…`: what the reader of answers makes of messages. Needs no database.

use std::{fs, path::PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand};

use super::output::print;
use crate::{
    mail::message::Message,
    outreach::replies::reading::{self, Known, Reading},
    server::clock::{Clock, Instant},
};

#[derive(Debug, Subcommand)]
pub enum Mail {
    /// Print what messages are: bounces, absences, a person's answer, and what it says.
    Classify(Classify),
}

/// Print one tab-separated line for each message below a heading, and one more for each further recipient of a report.
#[derive(Debug, Args)]
pub struct Classify {
    /// Messages as they travel (RFC 5322), one in each file.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Print what the sender wrote now instead, without what is quoted.
    #[arg(long)]
    text: bool,
    /// Read them as of this moment (RFC 3339) instead of the Date of each.
    #[arg(long)]
    now: Option<jiff::Timestamp>,
}

const HEADING: &str = "file\tverdict\trecipient\tstatus\tmessage_id\tlabel\treturn_date\trule";

impl Mail {
    /// Reads the files and prints what they are.
    ///
    /// # Errors
    /// A file that cannot be read; what keeps a line from being printed.
    pub fn run(&self) -> anyhow::Result<()> {
        let Self::Classify(classify) = self;
        if !classify.text {
            print(HEADING)?;
        }
        classify.files.iter().try_for_each(|file| classify.one(file))
    }
}

impl Classify {
    fn one(&self, file: &PathBuf) -> anyhow::Result<()> {
        let name = file.display();
        let raw = fs::read(file).with_context(|| format!("{name} cannot be read"))?;
        let reading = self.read(&raw);
        if self.text {
            return print(reading.new_text);
        }
        for line in reading.summaries() {
            let about = [
                line.verdict,
                &line.recipient,
                &line.status,
                &line.message_id,
                line.label,
                &line.return_date,
                line.rule,
            ];
            print(format_args!("{name}\t{}", about.map(one_field).join("\t")))?;
        }
        Ok(())
    }

    fn read(&self, raw: &[u8]) -> Reading {
        let message = Message::read(raw);
        let now =
            self.now.map(|now| Instant(now.as_microsecond())).or(message.date).unwrap_or_else(|| Clock::System.now());
        let received_at = message.date.unwrap_or(now);
        reading::read(&message, &Known { own_texts: &[], own_subject: None, own_addresses: &[], now, received_at })
    }
}

/// Without what ends a field or a line.
fn one_field(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
