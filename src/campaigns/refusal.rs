//! Why something about campaigns and their leads cannot be done as things are now.

use crate::server::error::Conflict;

/// The codes; the texts are for pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CampaignRefusal {
    #[error("This lead was returned. Nothing was changed.")]
    Returned,
    #[error("This lead was paid back already. Nothing was changed.")]
    PaidBack,
    #[error("This lead was paid back as bad, so its mark stays. Nothing was changed.")]
    PaidBackAsBad,
    #[error("This lead came with your own list and cost nothing. Nothing was changed.")]
    FromOwnList,
    #[error(
        "The address of this lead was revealed, so it is yours. If something is wrong with it, report it. Nothing was changed."
    )]
    Revealed,
    #[error("Leads cannot be returned on this server. Nothing was changed.")]
    ReturnsOff,
    #[error(
        "This workspace has returned its share of the last 30 days. Leads that are bad can still be reported. Nothing was changed."
    )]
    ReturnShareUsed,
    #[error("{open} lists are open. Start or discard one of them first. Nothing was kept of this file.")]
    TooManyLists { open: i64 },
    #[error(
        "The lists that are open take {megabytes} MB. Start or discard one of them first. Nothing was kept of this file."
    )]
    ListsTooLarge { megabytes: i64 },
    #[error("This page is no longer current. Nothing was begun. Open it again.")]
    StalePage,
    #[error("This campaign has {open} standing requests. End one of them first.")]
    TooManyStanding { open: i64 },
}

impl Conflict for CampaignRefusal {}
