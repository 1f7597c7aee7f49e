//! Mails whose outcome is unknown, as people see them.

use leptos::prelude::*;

use super::list::UnknownMail;
use crate::{
    campaigns::{Campaign, frame::CampaignFrame},
    ids::CampaignId,
    outreach::ids::SendId,
    topics,
    ui::{Button, ButtonKind, Confirm, EmptyState, HelpLink, Panel, Table, TimeStamp},
};

/// Each mail with what happened and what can be done about it.
#[component]
pub fn UnknownPage(
    campaign: Campaign,
    mails: Vec<UnknownMail>,
    leads: i64,
    may_spend: bool,
    may_decide: bool,
) -> impl IntoView {
    let id = campaign.id;
    let count = mails.len();
    let body = if mails.is_empty() {
        view! {
            <EmptyState title="Every outcome is known">
                <p>"When the connection to a mail server breaks while a mail is being handed over, the mail appears here, and you decide whether it is sent again."</p>
                <p><HelpLink topic="unknown-outcomes">"When a mail’s outcome is unknown"</HelpLink></p>
            </EmptyState>
        }
        .into_any()
    } else {
        let all = (may_decide && count > 1).then(|| for_all(id));
        let rows: Vec<_> = mails.into_iter().map(|mail| row(id, mail, may_decide)).collect();
        view! {
            <Panel title="Unknown outcomes"
                description="The mail server did not confirm these mails, so they may have left or not. None of them is sent again unless you say so: the person might get it twice."
                flush=true>
                <Table caption="Mails with unknown outcome" id="unknown-mails" live=topics::campaign(id) cards=true>
                    <thead>
                        <tr>
                            <th scope="col">"Lead"</th>
                            <th scope="col">"Mail"</th>
                            <th scope="col">"Mailbox"</th>
                            <th scope="col">"Handed over"</th>
                            <th scope="col"><span class="visually-hidden">"Decide"</span></th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </Table>
            </Panel>
            {all}
        }
        .into_any()
    };
    view! {
        <CampaignFrame campaign=campaign current="Overview" leads=leads may_spend=may_spend>
            <div class="stack">{body}</div>
        </CampaignFrame>
    }
}

fn row(campaign: CampaignId, mail: UnknownMail, may_decide: bool) -> impl IntoView {
    let name = mail.lead.filter(|name| !name.is_empty()).unwrap_or_else(|| "A lead".to_owned());
    let lead = match mail.lead_id {
        Some(lead) => view! { <a href=format!("/leads/{lead}")>{name}</a> }.into_any(),
        None => name.into_any(),
    };
    let words = mail.reply_words.map(|words| view! { <p class="table-detail">{words}</p> });
    let (id, can_leave_again) = (mail.id, mail.can_leave_again);
    let decide = may_decide.then(|| {
        view! {
            <div class="row">
                {button(campaign, id, "count", "Count as sent")}
                {can_leave_again.then(|| button(campaign, id, "again", "Send again"))}
            </div>
        }
    });
    view! {
        <tr>
            <td>{lead} {words}</td>
            <td>{format!("Mail {}", mail.position)}</td>
            <td>{mail.mailbox}</td>
            <td><TimeStamp micros=mail.sending_at.micros() /></td>
            <td>{decide}</td>
        </tr>
    }
}

fn button(campaign: CampaignId, send: SendId, act: &'static str, label: &'static str) -> impl IntoView {
    view! {
        <form method="post" action=format!("/campaigns/{campaign}/unknown") data-submit-once="">
            <input type="hidden" name="send" value=send.to_string() />
            <Button name="act" value=act>{label}</Button>
        </form>
    }
}

fn for_all(campaign: CampaignId) -> impl IntoView {
    let action = format!("/campaigns/{campaign}/unknown");
    let again = action.clone();
    view! {
        <div class="row">
            <form method="post" action=action data-submit-once="">
                <Button name="act" value="count">"Count all as sent"</Button>
            </form>
            <Confirm id="send-all-again" label="Send all again" title="Send all of them again?" kind=ButtonKind::Secondary>
                <p>"Those that did arrive arrive a second time."</p>
                <form method="post" action=again.clone() data-submit-once="">
                    <Button kind=ButtonKind::Danger name="act" value="again">"Send them again"</Button>
                </form>
            </Confirm>
        </div>
    }
}
