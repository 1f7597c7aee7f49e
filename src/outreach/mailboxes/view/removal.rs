//! What removing a mailbox ends.

use leptos::prelude::*;

use crate::{
    outreach::mailboxes::{mailbox::Mailbox, pages::MAILBOXES, usage::Conversations},
    ui::{Button, ButtonKind, Choice, LinkButton, PageHeader, Panel, RadioGroup, Table, plural},
};

/// The question, with every campaign that has leads in the middle of a sequence from this mailbox.
#[component]
pub fn RemovalPage(mailbox: Mailbox, conversations: Vec<Conversations>) -> impl IntoView {
    let base = format!("{MAILBOXES}/{}", mailbox.id);
    let action = format!("{base}/removal");
    let leads: i64 = conversations.iter().map(|one| one.leads).sum();
    let what = match leads {
        0 => "No lead is in the middle of a sequence from this mailbox.".to_owned(),
        leads => format!("{} in the middle of a sequence from this mailbox.", plural(leads, "lead is", "leads are")),
    };
    let choice = (leads > 0).then(|| {
        let options = vec![
            Choice::new("end", "End their sequences"),
            Choice::new("pass_on", "Let another mailbox write to them, as a new conversation"),
        ];
        view! { <RadioGroup legend="What happens to them" name="conversations" options selected="end" /> }
    });
    let rows: Vec<_> = conversations
        .into_iter()
        .map(|one| view! { <tr><th scope="row">{one.campaign}</th><td class="number">{one.leads}</td></tr> })
        .collect();
    let table = (leads > 0).then(|| {
        view! {
            <Table caption="Leads in the middle of a sequence, by campaign">
                <thead><tr><th scope="col">"Campaign"</th><th scope="col" class="number">"Leads"</th></tr></thead>
                <tbody>{rows}</tbody>
            </Table>
        }
    });
    view! {
        <PageHeader title=format!("Remove {}?", mailbox.address) back_href=base.clone() back_label=mailbox.address.clone() />
        <Panel>
            <div class="stack">
                <p>{what}</p>
                {table}
                <p>"It sends no more, and its stored passwords are deleted at once. What it sent stays in the history of its campaigns."</p>
                <form class="form" method="post" action=action data-submit-once="">
                    {choice}
                    <div class="form-actions">
                        <Button kind=ButtonKind::Danger>"Remove the mailbox"</Button>
                        <LinkButton href=base>"Keep it"</LinkButton>
                    </div>
                </form>
            </div>
        </Panel>
    }
    .into_any()
}
