//! Campaigns: the wizard that describes an audience, the lead requests that fill a campaign, and the leads in it.
//!
//! The way of a request: [`request_leads`] queues it with its hold, [`worker`] claims it and [`deliver`]s batch after
//! batch, [`finish`] releases the rest, [`verify`] proves the receipt.

mod audience_count;
mod preview;

pub use preview::{AudiencePreview, WhatIf, audience_preview, audience_samples};

cfg_if::cfg_if! {
    if #[cfg(feature = "ssr")] {
        mod bounced;
        mod campaign;
        mod claim;
        mod company_limit;
        mod count_audience;
        mod deliver;
        mod export;
        mod finish;
        mod lead;
        mod lead_list;
        mod lead_request;
        mod lead_store;
        mod lists;
        mod look;
        mod mark;
        mod more_like;
        mod outlook;
        mod overlap;
        mod owned;
        mod pages;
        mod pause;
        mod quote;
        mod receipt_file;
        mod report;
        mod request_leads;
        mod return_leads;
        mod review;
        mod sourcing;
        mod spawn;
        mod standing;
        mod types;
        pub mod verify;
        mod view;
        pub mod waterfall;
        pub mod worker;

        #[cfg(test)]
        mod inconsistency_tests;
        #[cfg(test)]
        mod mark_tests;
        #[cfg(test)]
        mod page_tests;
        #[cfg(test)]
        mod preview_tests;
        #[cfg(test)]
        mod quality_tests;
        #[cfg(test)]
        mod review_page_tests;
        #[cfg(test)]
        mod sequence_tests;
        #[cfg(test)]
        mod standing_tests;
        #[cfg(test)]
        mod tests;
        #[cfg(test)]
        mod waiting_tests;
        #[cfg(test)]
        mod waterfall_tests;

        pub use {
            audience_count::AudienceCount,
            campaign::{Campaign, CampaignLine, CampaignState, campaign, create},
            claim::claim,
            count_audience::{more_samples, preview_of},
            finish::Cancel,
            lead::lead,
            lead_request::{LeadRequest, Receipt, RequestState, Waiting, request},
            look::Look,
            outlook::{Outlook, outlook},
            owned::OwnedContacts,
            pages::routes,
            pause::{go_on, pause},
            quote::{Quote, quote},
            request_leads::{Order, RequestLeads},
            types::{CampaignName, LeadCount},
        };

        /// What tests call besides.
        #[cfg(test)]
        pub use {
            bounced::bounced,
            deliver::{Batch, deliver},
            lead_request::{Skip, SkipReason, receipt, requests},
            report::{Decide, Outcome, ReportLead, ReportReason},
            return_leads::{ReturnLeads, Returning},
        };
    }
}
