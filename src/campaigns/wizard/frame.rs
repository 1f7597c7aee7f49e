//! The frame of the wizard: which steps there are, and where one is.

use leptos::prelude::*;

use crate::{
    campaigns::Campaign,
    credits::CampaignId,
    ui::{HelpLink, PageHeader, Step, StepState, Steps},
};

/// The steps, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WizardStep {
    Audience,
    Leads,
    Emails,
    Schedule,
    Review,
}

impl WizardStep {
    const ALL: [Self; 5] = [Self::Audience, Self::Leads, Self::Emails, Self::Schedule, Self::Review];

    fn label(self) -> &'static str {
        match self {
            Self::Audience => "Audience",
            Self::Leads => "Leads",
            Self::Emails => "Emails",
            Self::Schedule => "Schedule",
            Self::Review => "Review",
        }
    }

    /// The address of this step for a saved draft.
    pub fn href(self, campaign: CampaignId) -> String {
        let word = match self {
            Self::Audience => "audience",
            Self::Leads => "leads",
            Self::Emails => "emails",
            Self::Schedule => "schedule",
            Self::Review => "review",
        };
        format!("/campaigns/new/{campaign}/{word}")
    }
}

/// The last step a saved campaign is ready for.
pub fn reached(campaign: &Campaign) -> WizardStep {
    if campaign.quantity.is_some() { WizardStep::Review } else { WizardStep::Leads }
}

/// Title, steps and the current step's content. Steps before the current one, and those the draft is ready for
/// (`reached`), are links.
#[component]
pub fn Wizard(
    step: WizardStep,
    campaign: Option<CampaignId>,
    #[prop(into)] name: String,
    reached: WizardStep,
    topic: &'static str,
    children: Children,
) -> impl IntoView {
    let steps = WizardStep::ALL
        .into_iter()
        .map(|one| Step {
            label: one.label().into(),
            href: campaign.filter(|_| one != step && one <= reached).map(|id| one.href(id)),
            state: match one.cmp(&step) {
                std::cmp::Ordering::Less => StepState::Done,
                std::cmp::Ordering::Equal => StepState::Current,
                std::cmp::Ordering::Greater => StepState::Upcoming,
            },
        })
        .collect();
    let title = if name.is_empty() { "New campaign".to_owned() } else { name };
    view! {
        <PageHeader title=title back_href="/campaigns" back_label="Campaigns">
            <HelpLink topic=topic>"How this works"</HelpLink>
        </PageHeader>
        <Steps steps=steps />
        {children()}
    }
}
