//! The requests of a campaign.

use leptos::prelude::*;

use crate::campaigns::{Campaign, LeadRequest, frame::CampaignFrame, requests::table::Requests};

/// Every request of a campaign.
#[component]
pub fn RequestsPage(campaign: Campaign, leads: i64, requests: Vec<LeadRequest>, may_spend: bool) -> impl IntoView {
    let id = campaign.id;
    view! {
        <CampaignFrame campaign=campaign current="Requests" leads=leads may_spend=may_spend>
            <Requests requests=requests campaign=id />
        </CampaignFrame>
    }
}
