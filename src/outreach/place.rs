//! Pages that stand both in the wizard and at a campaign.

use crate::ids::CampaignId;

/// Which of the two pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Wizard,
    Campaign,
}

impl Place {
    /// The address of the page called `word`, such as `emails`.
    pub fn href(self, campaign: CampaignId, word: &str) -> String {
        match self {
            Self::Wizard => format!("/campaigns/new/{campaign}/{word}"),
            Self::Campaign => format!("/campaigns/{campaign}/{word}"),
        }
    }
}
