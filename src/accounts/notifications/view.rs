//! Settings › Notifications.

use leptos::prelude::*;

use super::choice::{By, Choice, Event};
use crate::ui::{Button, ButtonKind, Checkbox, PageHeader, Panel, Select};

/// One row for each event, with how this member is told of it.
#[component]
pub fn NotificationsPage(choices: Vec<(Event, Choice)>) -> impl IntoView {
    let rows: Vec<_> = choices
        .into_iter()
        .map(|(event, choice)| {
            let ways = By::ALL.map(|by| (by.word().to_owned(), by.label().to_owned())).to_vec();
            view! {
                <fieldset class="notification">
                    <legend>{event.label()}</legend>
                    <div class="form-row">
                        <Select label="By mail" name=format!("{}-mail", event.word()) options=ways selected=choice.mail.word().to_owned() />
                        <Checkbox
                            label="Show it on my pages"
                            name=format!("{}-page", event.word())
                            checked=choice.on_page
                        />
                    </div>
                </fieldset>
            }
        })
        .collect();
    view! {
        <PageHeader title="Notifications" subtitle="What you are told of in this workspace, and how. Others choose for themselves." />
        <Panel>
            <form method="post" action="/settings/notifications" class="stack-loose">
                {rows}
                <p class="hint">"The mail of the day leaves at 7:00 UTC. Messages about credits, orders and security always come at once."</p>
                <div>
                    <Button kind=ButtonKind::Primary>"Save"</Button>
                </div>
            </form>
        </Panel>
    }
}
