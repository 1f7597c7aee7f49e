//! When and how a campaign sends, as it is kept.

use serde::Deserialize;

use super::rules::{Week, zone_or_utc};
use crate::outreach::ids::MailboxId;

/// Mailboxes of one campaign.
pub const MAILBOXES_MAX: usize = 100;
/// Running campaigns that one mailbox may send for.
pub const CAMPAIGNS_MAX: i64 = 20;

/// When and how a campaign sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Of what Fairlead adds to its mails.
    pub language: Language,
    /// IANA name.
    pub time_zone: String,
    pub week: Week,
    /// Windows in each lead's own zone, where it is known.
    pub lead_zones: bool,
    /// Mails a day.
    pub daily_cap: Option<i64>,
    /// First mails a day.
    pub new_daily_cap: Option<i64>,
    /// Mails a day to one company's domain; `None`: as for the whole workspace.
    pub recipient_domain_cap: Option<i64>,
    pub first: First,
    /// Leaves people alone who are in another running sequence.
    pub alone: bool,
    /// An answer of one person holds the mails to the others of the company.
    pub stop_company: bool,
    pub mailboxes: Vec<ChosenMailbox>,
}

impl Schedule {
    /// Its time zone; UTC if the name is not known any more, for what is only shown.
    pub fn zone_shown(&self) -> jiff::tz::TimeZone {
        zone_or_utc(&self.time_zone)
    }
}

/// A mailbox that a campaign sends from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct ChosenMailbox {
    pub id: MailboxId,
    pub state: ChosenState,
}

/// What a mailbox does for a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum ChosenState {
    /// It begins conversations.
    On,
    /// It was taken out, and ends those that it began.
    Finishing,
}

/// Which mails go first when a day has no room for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum First {
    FollowUps,
    New,
}

impl First {
    pub const ALL: [Self; 2] = [Self::FollowUps, Self::New];

    /// The word in forms.
    pub fn word(self) -> &'static str {
        match self {
            Self::FollowUps => "follow_ups",
            Self::New => "new",
        }
    }
}

/// The language of what Fairlead adds to the mails of a campaign: the unsubscribe line and its page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Language {
    En,
    De,
    Fr,
    Es,
}

impl Language {
    pub const ALL: [Self; 4] = [Self::En, Self::De, Self::Fr, Self::Es];

    /// ISO 639-1.
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Fr => "fr",
            Self::Es => "es",
        }
    }

    /// Its English name.
    pub fn label(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::De => "German",
            Self::Fr => "French",
            Self::Es => "Spanish",
        }
    }
}
