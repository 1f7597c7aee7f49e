//! What the review says of emails and schedule, and the buttons that start the sending.

use leptos::prelude::*;

use crate::{
    credits::{CampaignId, Credits},
    outreach::progress::checklist::{Checklist, Topic, view::ChecklistLines},
    ui::{Button, ButtonKind, Panel, count_text, plural},
};

/// The checklist without its line about leads, which the quote beside it is about.
#[component]
pub fn ReviewSending(checklist: Checklist, may_start: bool) -> impl IntoView {
    let id = checklist.campaign;
    let can_start = may_start && checklist.stops() == 0;
    let stops = i64::try_from(checklist.stops_beside_leads()).unwrap_or(i64::MAX);
    let Checklist { campaign, found, lines } = checklist;
    let lines = lines.into_iter().filter(|line| line.topic != Topic::Leads).collect();
    let action = if can_start {
        view! {
            <form method="post" action=format!("/campaigns/{id}/start") data-submit-once="">
                <Button>"Start sending"</Button>
            </form>
        }
        .into_any()
    } else if stops > 0 {
        view! { <p class="soft">{format!("{} missing before it can send.", plural(stops, "thing is", "things are"))}</p> }.into_any()
    } else {
        view! { <p class="soft">"It can send once it has leads."</p> }.into_any()
    };
    view! {
        <Panel title="Emails and schedule">
            <div class="stack">
                <ChecklistLines checklist=Checklist { campaign, found, lines } may_confirm=may_start />
                {action}
            </div>
        </Panel>
    }
}

/// One button for both: a refusal of one does not keep the other from happening.
#[component]
pub fn GetAndStart(
    campaign: CampaignId,
    key: String,
    leads: i64,
    /// What the quote says; the hold is never more.
    most: Credits,
) -> impl IntoView {
    view! {
        <form method="post" action=format!("/campaigns/new/{campaign}/review") class="stack-tight" data-submit-once="">
            <input type="hidden" name="key" value=key />
            <input type="hidden" name="most" value=most.get() />
            <Button kind=ButtonKind::Primary>{format!("Get {} leads and start sending", count_text(leads))}</Button>
        </form>
    }
}
