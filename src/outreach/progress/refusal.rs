//! Why the sending of a campaign cannot be changed as things are now.

use crate::server::error::Conflict;

/// The codes; the texts are for pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProgressRefusal {
    #[error("This campaign cannot start yet: its checklist says what is missing. Nothing was changed.")]
    NotReady,
    #[error("The sending of this campaign has ended. Duplicate the campaign to send again. Nothing was changed.")]
    Ended,
    #[error("This campaign is not sending, so it cannot be paused. Nothing was changed.")]
    NotRunning,
    #[error(
        "Leads are still being requested for this campaign. Cancel or end those requests first. Nothing was changed."
    )]
    StillSourcing,
    #[error("This campaign is not paused. Nothing was changed.")]
    NotPaused,
}

impl Conflict for ProgressRefusal {}
