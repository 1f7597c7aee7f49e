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
pub mod campaign;
pub mod frame;
pub mod ids;
mod lead_count;
pub mod leads;
pub mod lists;
pub mod membership;
mod overview;
pub mod owned;
pub mod quality;
mod quote;
mod receipts;
mod refusal;
pub mod requests;
#[cfg(test)]
mod sequence_tests;
pub mod standing;
mod start;
mod suppressed;
pub mod types;
pub mod verify;
pub mod wizard;

pub use {
    audience::preview::{AudiencePreview, WhatIf},
    campaign::{Campaign, CampaignLine, CampaignState, campaign, create},
    lead_count::LeadCount,
    leads::bounced::bounced,
    owned::OwnedContacts,
    quote::Quote,
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
        report::{Decide, ReportLead, ReportOutcome, ReportReason},
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
