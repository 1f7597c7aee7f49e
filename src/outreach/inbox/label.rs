//! What a conversation is called, on pages and in rows.

use serde::{Deserialize, Deserializer};

pub use crate::outreach::replies::reading::Label;
use crate::{outreach::replies::reading, ui::Tone};

/// A label on pages.
pub fn text_of(label: Label) -> &'static str {
    match label {
        Label::Interested => "Interested",
        Label::Meeting => "Meeting",
        Label::NotNow => "Not now",
        Label::NotInterested => "Not interested",
        Label::WrongPerson => "Wrong person",
        Label::LeftCompany => "Left company",
        Label::OutOfOffice => "Out of office",
        Label::Unsubscribe => "Unsubscribe",
        Label::Automatic => "Automatic",
    }
}

/// The colour of a label.
pub fn tone_of(label: Label) -> Tone {
    match label.tone() {
        reading::Tone::Positive => Tone::Good,
        reading::Tone::Neutral => Tone::Neutral,
        reading::Tone::Negative => Tone::Bad,
    }
}

/// Reads the name in a row; one that is unknown is none.
///
/// # Errors
/// When it is no text.
pub fn read<'de, D: Deserializer<'de>>(row: D) -> Result<Option<Label>, D::Error> {
    Ok(Option::<String>::deserialize(row)?.and_then(|name| Label::parse(&name)))
}
