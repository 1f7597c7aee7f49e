//! Ids of the ledger, and of the things its rows point at.

crate::ids::id!(
    /// Credits that came in together.
    LotId
);
crate::ids::id!(
    /// Credits set aside for one lead request.
    HoldId
);
crate::ids::id!(
    /// A purchase; made by billing, named on the lot it credited.
    OrderId
);
crate::ids::id!(
    /// A campaign; the ledger only names it.
    CampaignId
);
crate::ids::id!(
    /// A lead request; the ledger only names it.
    RequestId
);
