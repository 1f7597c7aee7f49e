//! The way to the first mail, for a new workspace.

use leptos::prelude::*;

use crate::{
    outreach::progress::first_run::FirstRun,
    topics,
    ui::{Icon, Panel},
};

/// The steps with what is done of them, each with the page to do it on.
#[component]
pub fn FirstRunPanel(
    done: FirstRun,
    /// The address of the newest campaign, if there is one.
    campaign: Option<String>,
) -> impl IntoView {
    let of_campaign =
        |path: &str| campaign.as_ref().map_or("/campaigns/new".to_owned(), |page| format!("{page}{path}"));
    let steps = [
        (done.confirmed, "Confirm your email address", "/settings".to_owned()),
        (done.mailbox, "Connect a mailbox", "/settings/mailboxes".to_owned()),
        (done.audience, "Describe the people to reach", "/campaigns/new".to_owned()),
        (done.leads, "Get leads", of_campaign("/leads")),
        (done.emails, "Write the emails", of_campaign("/emails")),
        (done.started, "Start sending", of_campaign("/checklist")),
    ];
    let steps: Vec<_> = steps
        .into_iter()
        .map(|(done, label, href)| {
            let (mark, text) = match done {
                true => (
                    view! { <Icon name="check" /> <span class="visually-hidden">"Done: "</span> }.into_any(),
                    view! { <span class="soft">{label}</span> }.into_any(),
                ),
                false => ("○".into_any(), view! { <a href=href>{label}</a> }.into_any()),
            };
            view! { <li class="first-run-step"><span class="first-run-mark">{mark}</span> {text}</li> }
        })
        .collect();
    view! {
        <Panel title="Your first mail" id="first-run" live=topics::CAMPAIGNS>
            <ol class="first-run">{steps}</ol>
        </Panel>
    }
}
