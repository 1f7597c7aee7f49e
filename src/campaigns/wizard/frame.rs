//! The frame of the wizard: which steps there are, and where one is.

use leptos::prelude::*;

use crate::{
    credits::CampaignId,
    ui::{HelpLink, PageHeader, Step, StepState, Steps},
};

/// The steps, in order. The emails and their schedule stand between the leads and the review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WizardStep {
    Audience,
    Leads,
    Review,
}

impl WizardStep {
    const ALL: [Self; 3] = [Self::Audience, Self::Leads, Self::Review];

    fn label(self) -> &'static str {
        match self {
            Self::Audience => "Audience",
            Self::Leads => "Leads",
            Self::Review => "Review",
        }
    }

    /// The address of this step for a saved draft.
    pub fn href(self, campaign: CampaignId) -> String {
        let word = match self {
            Self::Audience => "audience",
            Self::Leads => "leads",
            Self::Review => "review",
        };
        format!("/campaigns/new/{campaign}/{word}")
    }
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
