//! Ids of the ledger, and of the things its rows point at.

pub use crate::ids::CampaignId;

crate::id!(
    /// Credits that came in together.
    LotId
);
crate::id!(
    /// Credits set aside for one lead request.
    HoldId
);
crate::id!(
    /// A purchase; made by billing, named on the lot it credited.
    OrderId
);
crate::id!(
    /// A lead request; the ledger only names it.
    RequestId
);
