//! Where contacts come from, and what may be done with them.

use serde::{Deserialize, Serialize};

use super::ids::SourceId;
use crate::server::clock::Instant;

/// Where contacts come from.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Source {
    pub id: SourceId,
    pub name: String,
    pub licence_note: String,
    pub lawful_basis: LawfulBasis,
    pub created_at: Instant,
}

/// On which basis the people of a source or data set may be written to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum LawfulBasis {
    #[default]
    Unstated,
    LegitimateInterest,
    Consent,
    Contract,
    PublicData,
}

impl LawfulBasis {
    pub const ALL: [Self; 5] =
        [Self::Unstated, Self::LegitimateInterest, Self::Consent, Self::Contract, Self::PublicData];

    pub fn code(self) -> &'static str {
        match self {
            Self::Unstated => "unstated",
            Self::LegitimateInterest => "legitimate_interest",
            Self::Consent => "consent",
            Self::Contract => "contract",
            Self::PublicData => "public_data",
        }
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Unstated => "Not stated",
            Self::LegitimateInterest => "Legitimate interest",
            Self::Consent => "Consent",
            Self::Contract => "Contract",
            Self::PublicData => "Public data",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|basis| basis.code() == code)
    }

    /// Values and labels, for a select.
    pub fn options() -> Vec<(String, String)> {
        Self::ALL.into_iter().map(|basis| (basis.code().to_owned(), basis.label().to_owned())).collect()
    }
}

/// What may be done with the people of one file: kept with the import, which makes it a data set.
#[derive(Debug, Clone, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Terms {
    /// What the list's licence allows, in the operator's words.
    pub licence_note: String,
    pub lawful_basis: LawfulBasis,
    /// The day the data is from, as `YYYY-MM-DD`; empty when unknown.
    pub collected_on: String,
}

impl Terms {
    /// Longest licence note, in characters.
    pub const NOTE_CHARACTERS_MAX: usize = 500;

    /// Reads what was typed.
    ///
    /// # Errors
    /// The field, and what to change.
    pub fn parse(note: &str, basis: LawfulBasis, day: &str) -> Result<Self, (&'static str, String)> {
        let note = super::contacts::keys::one_line(note);
        if note.chars().count() > Self::NOTE_CHARACTERS_MAX {
            return Err((
                "licence_note",
                format!("This is too long: at most {} characters.", Self::NOTE_CHARACTERS_MAX),
            ));
        }
        let day = day.trim();
        if !day.is_empty() && (day.len() != 10 || day.parse::<jiff::civil::Date>().is_err()) {
            return Err(("collected_on", "Write the day as 2026-11-01, or leave it empty.".into()));
        }
        Ok(Self { licence_note: note, lawful_basis: basis, collected_on: day.to_owned() })
    }
}
