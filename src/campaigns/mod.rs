//! Campaigns: the wizard that describes an audience, the lead requests that fill a campaign, and the leads in it.
//!
//! The way of a request: [`request_leads`] queues it with its hold, [`worker`] claims it and [`deliver`]s batch after
//! batch, [`finish`] releases the rest, [`verify`] proves the receipt.

mod audience_count;
mod preview;
mod types;

#[cfg(feature = "ssr")]
mod bounced;
#[cfg(feature = "ssr")]
mod campaign;
#[cfg(feature = "ssr")]
mod claim;
#[cfg(feature = "ssr")]
mod company_limit;
#[cfg(feature = "ssr")]
mod count_audience;
#[cfg(feature = "ssr")]
mod deliver;
#[cfg(feature = "ssr")]
mod export;
#[cfg(feature = "ssr")]
mod finish;
#[cfg(feature = "ssr")]
mod lead;
#[cfg(feature = "ssr")]
mod lead_list;
#[cfg(feature = "ssr")]
mod lead_request;
#[cfg(feature = "ssr")]
mod lead_store;
#[cfg(feature = "ssr")]
mod lists;
#[cfg(feature = "ssr")]
mod look;
#[cfg(feature = "ssr")]
mod mark;
#[cfg(feature = "ssr")]
mod more_like;
#[cfg(feature = "ssr")]
mod outlook;
#[cfg(feature = "ssr")]
mod overlap;
#[cfg(feature = "ssr")]
mod owned;
#[cfg(feature = "ssr")]
mod pages;
#[cfg(feature = "ssr")]
mod pause;
#[cfg(feature = "ssr")]
mod quote;
#[cfg(feature = "ssr")]
mod receipt_file;
#[cfg(feature = "ssr")]
mod report;
#[cfg(feature = "ssr")]
mod request_leads;
#[cfg(feature = "ssr")]
mod return_leads;
#[cfg(feature = "ssr")]
mod review;
#[cfg(feature = "ssr")]
mod sourcing;
#[cfg(feature = "ssr")]
mod spawn;
#[cfg(feature = "ssr")]
mod standing;
#[cfg(feature = "ssr")]
pub mod verify;
#[cfg(feature = "ssr")]
mod view;
#[cfg(feature = "ssr")]
pub mod waterfall;
#[cfg(feature = "ssr")]
pub mod worker;

#[cfg(all(test, feature = "ssr"))]
mod mark_tests;
#[cfg(all(test, feature = "ssr"))]
mod page_tests;
#[cfg(all(test, feature = "ssr"))]
mod quality_tests;
#[cfg(all(test, feature = "ssr"))]
mod review_page_tests;
#[cfg(all(test, feature = "ssr"))]
mod sequence_tests;
#[cfg(all(test, feature = "ssr"))]
mod standing_tests;
#[cfg(all(test, feature = "ssr"))]
mod tests;
#[cfg(all(test, feature = "ssr"))]
mod waiting_tests;
#[cfg(all(test, feature = "ssr"))]
mod waterfall_tests;

pub use audience_count::AudienceCount;
pub use preview::{AudiencePreview, WhatIf, audience_preview, audience_samples};
pub use types::{CampaignName, LeadCount};
#[cfg(feature = "ssr")]
pub use {
    bounced::bounced,
    campaign::{Campaign, CampaignLine, CampaignState, campaign, campaigns, create},
    claim::claim,
    count_audience::{more_samples, preview_of},
    deliver::{Batch, deliver},
    finish::{cancel, finish, may_end},
    lead::{LeadId, LeadTrail, lead},
    lead_request::{LeadRequest, Receipt, RequestState, Skip, SkipReason, Waiting, receipt, request, requests},
    look::Look,
    outlook::{Outlook, outlook},
    owned::OwnedContacts,
    pages::routes,
    pause::{go_on, pause},
    quote::{Quote, quote},
    report::{Outcome, Report, ReportReason, ReportState, decide, report},
    request_leads::{Order, request_leads},
    return_leads::{Returning, return_leads},
};
