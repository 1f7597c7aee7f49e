//! What becomes of each row of a list.

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum RowOutcome {
    /// A new lead.
    Added,
    /// A lead the workspace had, now in this campaign too.
    Joined,
    /// In this campaign before.
    InCampaign,
    /// In another active campaign, which leaves them out.
    InActiveCampaign,
    /// A lead of the workspace, which leaves them out.
    InWorkspace,
    /// On this list before.
    Repeated,
    /// Must not be written to.
    Suppressed,
    /// Bounced, unsubscribed or invalid, as the list itself says.
    BadStanding,
    /// Reported as a bad lead, and paid back.
    Bad,
    /// Cannot be read as a person.
    Rejected,
    Blank,
}

impl RowOutcome {
    pub const ALL: [Self; 11] = [
        Self::Added,
        Self::Joined,
        Self::InCampaign,
        Self::InActiveCampaign,
        Self::InWorkspace,
        Self::Repeated,
        Self::Suppressed,
        Self::BadStanding,
        Self::Bad,
        Self::Rejected,
        Self::Blank,
    ];

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Added => "New leads",
            Self::Joined => "Yours already, joined this campaign",
            Self::InCampaign => "In this campaign already",
            Self::InActiveCampaign => "In another active campaign",
            Self::InWorkspace => "Yours already",
            Self::Repeated => "Twice on the list",
            Self::Suppressed => "Must not be written to",
            Self::BadStanding => "Bounced, unsubscribed or not valid",
            Self::Bad => "Reported as bad before",
            Self::Rejected => "Could not be read",
            Self::Blank => "Blank rows",
        }
    }

    /// Why a person was left out, for the list of rows; nothing for those who came in, and for rows that are no person.
    pub fn reason(self) -> Option<&'static str> {
        match self {
            Self::Added | Self::Joined | Self::Rejected | Self::Blank => None,
            Self::InCampaign => Some("This person is in the campaign already."),
            Self::InActiveCampaign => Some("This person is in another active campaign."),
            Self::InWorkspace => Some("This person is one of your leads already."),
            Self::Repeated => Some("This address is already further up in the list."),
            Self::Suppressed => Some("This address, or its company, must not be written to."),
            Self::BadStanding => Some("Your file says not to write to this address."),
            Self::Bad => Some("This lead was reported as bad and paid back."),
        }
    }
}
