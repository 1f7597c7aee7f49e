//! Every order with its receipt, and who receipts are made out to.

use leptos::prelude::*;

use super::orders::Orders;
use crate::{
    billing::{
        Order,
        receipt::{BillingDetails, DetailsPanel},
    },
    credits::sections::{CreditsSection, SectionTabs},
    ui::{HelpLink, OlderPages, PageHeader},
};

/// What the page shows.
#[derive(Debug, Clone)]
pub struct HistoryPageData {
    pub orders: Vec<Order>,
    /// The address of the page after.
    pub older: Option<String>,
    pub first: bool,
    pub details: BillingDetails,
    pub workspace: String,
    pub may_change: bool,
    pub has_checkout: bool,
}

/// The page.
#[component]
pub fn HistoryPage(data: HistoryPageData) -> impl IntoView {
    let HistoryPageData { orders, older, first, details, workspace, may_change, has_checkout } = data;
    let pages = (!first || older.is_some()).then(|| {
        let newest = (!first).then(|| "/settings/cold-email-agent/orders".to_owned());
        let older = older.map(|query| format!("/settings/cold-email-agent/orders{query}"));
        view! { <OlderPages newest=newest older=older /> }
    });
    view! {
        <PageHeader title="Orders and receipts" subtitle="Everything that was bought, with a receipt for everything that was paid.">
            <HelpLink topic="receipts">"About receipts"</HelpLink>
        </PageHeader>
        <SectionTabs current=CreditsSection::Orders />
        <div class="stack">
            <Orders orders has_checkout />
            {pages}
            <DetailsPanel details workspace may_change />
        </div>
    }
    .into_any()
}
