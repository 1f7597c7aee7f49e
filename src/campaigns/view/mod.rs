//! The pages of campaigns.

mod audience_step;
mod campaign;
mod lead;
mod leads;
mod leads_step;
mod list;
mod list_draft;
mod lists;
mod receipt;
mod reports;
mod request;
mod request_progress;
mod review;
mod review_step;
mod sourcing;
mod standing;
mod wizard;

pub use audience_step::{AudienceForm, AudienceStep};
pub use campaign::{CampaignPage, RequestsPage};
pub use lead::{LeadPage, LeadPageData};
pub use leads::LeadsPage;
pub use leads_step::LeadsStep;
pub use list::CampaignsPage;
pub use list_draft::ListDraftPage;
pub use lists::{ListPage, ListsPage};
pub use receipt::{ComparePage, ReceiptPage};
pub use reports::ReportsPage;
pub use request::RequestPage;
pub use review::{MoreLikeData, MoreLikePage, ReviewData, ReviewPage};
pub use review_step::{LookForm, ReviewStep};
pub use sourcing::{SourceLines, SourcingForm};
pub use standing::{StandingForm, StandingPage};
pub use wizard::WizardStep;
