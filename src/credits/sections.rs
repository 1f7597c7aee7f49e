//! The pages of Settings › Cold Email Agent, side by side.

use leptos::prelude::*;

use crate::ui::{Tab, Tabs};

/// One of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreditsSection {
    Overview,
    Statement,
    Batches,
    Planner,
    Orders,
    Alerts,
    Caps,
}

/// Links between them.
#[component]
pub fn SectionTabs(current: CreditsSection) -> impl IntoView {
    let tab = |section, label: &str, path: &str| {
        Tab::new(label, format!("/settings/cold-email-agent{path}"), section == current)
    };
    let tabs = vec![
        tab(CreditsSection::Overview, "Overview", ""),
        tab(CreditsSection::Statement, "Statement", "/statement"),
        tab(CreditsSection::Batches, "Batches and holds", "/batches"),
        tab(CreditsSection::Orders, "Orders", "/orders"),
        tab(CreditsSection::Planner, "Planner", "/planner"),
        tab(CreditsSection::Alerts, "Alerts", "/alerts"),
        tab(CreditsSection::Caps, "Limits", "/caps"),
    ];
    view! { <Tabs label="Cold Email Agent" tabs /> }.into_any()
}
