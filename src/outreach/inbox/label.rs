//! What a conversation is called.

use serde::{Deserialize, Serialize};

use crate::ui::Tone as UiTone;

/// The built-in labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    Interested,
    Meeting,
    NotNow,
    NotInterested,
    WrongPerson,
    LeftCompany,
    OutOfOffice,
    Unsubscribe,
    Automatic,
}

impl Label {
    pub const ALL: [Self; 9] = [
        Self::Interested,
        Self::Meeting,
        Self::NotNow,
        Self::NotInterested,
        Self::WrongPerson,
        Self::LeftCompany,
        Self::OutOfOffice,
        Self::Unsubscribe,
        Self::Automatic,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Interested => "interested",
            Self::Meeting => "meeting",
            Self::NotNow => "not_now",
            Self::NotInterested => "not_interested",
            Self::WrongPerson => "wrong_person",
            Self::LeftCompany => "left_company",
            Self::OutOfOffice => "out_of_office",
            Self::Unsubscribe => "unsubscribe",
            Self::Automatic => "automatic",
        }
    }

    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|label| label.word() == word)
    }
}

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
pub fn tone_of(label: Label) -> UiTone {
    match label {
        Label::Interested | Label::Meeting => UiTone::Good,
        Label::NotInterested | Label::WrongPerson | Label::LeftCompany | Label::Unsubscribe => UiTone::Bad,
        Label::NotNow => UiTone::Warning,
        Label::OutOfOffice | Label::Automatic => UiTone::Neutral,
    }
}
