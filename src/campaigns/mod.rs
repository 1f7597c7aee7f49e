//! Campaigns: the wizard that describes an audience, the lead requests that fill a campaign, and the leads in it.
//!
//! The way of a request: [`requests::request_leads`] queues it with its hold, [`requests::worker`] claims it and
//! [delivers](requests::deliver) batch after batch, [`requests::finish`] releases the rest, [`verify`] proves the receipt.
//!
//! | folder | what it is for |
//! |---|---|
//! | `audience/` | the live count beside the audience form, and what the workspace has of it already |
//! | `requests/` | lead requests: quote, hold, claim, delivery, end |
//! | `standing/` | requests that are made again every day, week or month |
//! | `leads/` | delivered leads: the list, one lead, the export |
//! | `quality/` | review, marks, reports and returns |
//! | `receipts/` | the account of a request |
//! | `lists/` | customers' own lists |
//! | `wizard/`, `overview/` | the pages that put these together |

pub mod audience;
mod lead_count;
mod quote;
pub mod wizard;

pub use audience::preview::{AudiencePreview, WhatIf};
pub use {lead_count::LeadCount, quote::Quote};

cfg_if::cfg_if! {
    if #[cfg(feature = "ssr")] {
        pub mod campaign;
        pub mod frame;
        pub mod ids;
        pub mod leads;
        pub mod lists;
        mod overview;
        pub mod membership;
        pub mod owned;
        pub mod quality;
        mod receipts;
        mod refusal;
        pub mod requests;
        mod start;
        pub mod standing;
        mod suppressed;
        pub mod types;
        pub mod verify;

        #[cfg(test)]
        mod sequence_tests;

        pub use {
            owned::OwnedContacts,
            leads::bounced::bounced,
            campaign::{Campaign, CampaignLine, CampaignState, campaign, create},
            requests::{
                finish::Cancel,
                first_batch::FirstBatchReview,
                forecast::RequestForecast,
                lead_request::{LeadRequest, Receipt, RequestState, Waiting},
                pause::{go_on, pause},
                request_leads::{LeadOrder, RequestLeads},
            },
            start::start,
            types::CampaignName,
            wizard::doors,
        };

        /// What tests call besides.
        #[cfg(test)]
        pub use {
            overview::page_tests,
            quality::{
                report::{Decide, ReportOutcome, ReportLead, ReportReason},
                return_leads::{ReturnLeads, Returning},
            },
            requests::{
                deliver::{Batch, deliver},
                lead_request::{Skip, SkipReason, receipt, request, select_requests},
            },
        };

        use axum::Router;

        use crate::server::app::App;

        /// The addresses of campaigns, their wizard and their requests.
        pub fn routes() -> Router<App> {
            overview::routes()
                .merge(wizard::routes())
                .merge(requests::routes())
                .merge(receipts::routes())
                .merge(standing::routes())
                .merge(leads::routes())
                .merge(quality::routes())
                .merge(lists::routes())
        }
    }
}
