//! The header and tabs that all pages of a campaign share.

use leptos::prelude::*;

use super::campaign::Campaign;
use crate::topics;
use crate::ui::{ButtonKind, LinkButton, PageHeader, Tab, Tabs};

/// The header and tabs that all pages of a campaign share.
#[component]
pub fn CampaignFrame(
    campaign: Campaign,
    current: &'static str,
    leads: i64,
    may_spend: bool,
    children: Children,
) -> impl IntoView {
    let id = campaign.id;
    let tab = |label: &str, path: &str| Tab::new(label, format!("/campaigns/{id}{path}"), label == current);
    let tabs = vec![
        tab("Overview", ""),
        tab("Leads", "/leads").with_count(leads),
        tab("Emails", "/emails"),
        tab("Schedule", "/schedule"),
        tab("Requests", "/requests"),
    ];
    view! {
        <PageHeader title=campaign.name.clone() subtitle=campaign.criteria.summary() back_href="/campaigns" back_label="Campaigns">
            {may_spend.then(|| view! {
                <LinkButton href=format!("/campaigns/new/{id}/audience")>"Change the audience"</LinkButton>
                <LinkButton href=format!("/campaigns/new/{id}/leads") kind=ButtonKind::Primary>"Request leads"</LinkButton>
            })}
        </PageHeader>
        <Tabs label="Campaign" tabs=tabs id="campaign-tabs" live=topics::campaign(id) />
        {children()}
    }
}
