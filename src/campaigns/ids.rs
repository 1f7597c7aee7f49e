//! Ids of what belongs to a campaign.

use crate::id;

id! {
    /// A delivered lead.
    LeadId
}

id! {
    /// A standing request.
    StandingId
}

id! {
    /// A list of a customer's own.
    ListId
}

id! {
    /// A report of a bad lead.
    ReportId
}
