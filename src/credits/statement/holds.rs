//! Credits set aside for requests under way.

use leptos::prelude::*;

use crate::{
    accounts::{Member, Right, UserId},
    credits::OpenHold,
    topics,
    ui::{Button, ButtonKind, Confirm, HelpLink, Panel, Table, TimeStamp, count_text, credits_text},
};

/// Which holds the one who looks may release: members their own, owners and admins any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MayRelease {
    user: UserId,
    own: bool,
    any: bool,
}

impl MayRelease {
    pub fn of(member: &Member) -> Self {
        let (own, any) = (member.role.may(Right::Spend), member.role.may(Right::Manage));
        Self { user: member.user, own, any }
    }

    fn this(self, hold: &OpenHold) -> bool {
        self.any || (self.own && hold.hold.member_id == self.user)
    }
}

/// Every open hold: how much, for which request, by whom, until when, and a way to end it.
#[component]
pub fn OpenHolds(holds: Vec<OpenHold>, may_release: MayRelease) -> impl IntoView {
    let empty = holds.is_empty();
    let rows: Vec<_> = holds
        .into_iter()
        .map(|hold| {
            let releasable = may_release.this(&hold);
            view! { <HoldRow hold releasable /> }
        })
        .collect();
    let body = if empty {
        view! {
            <p class="soft">
                "No credits are held. When a lead request starts, the most it can cost is set aside here; what is not spent comes back automatically."
            </p>
        }
        .into_any()
    } else {
        view! {
            <Table caption="Held credits">
                <thead>
                    <tr>
                        <th scope="col">"For"</th>
                        <th scope="col" class="number">
                            "Still held"
                        </th>
                        <th scope="col" class="number wide-only">
                            "Spent of it"
                        </th>
                        <th scope="col">"Expires"</th>
                        <th scope="col" class="wide-only">
                            "Requested by"
                        </th>
                        <th scope="col">
                            <span class="visually-hidden">"Actions"</span>
                        </th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        }
        .into_any()
    };
    let help = || view! { <HelpLink topic="requesting">"What a hold is"</HelpLink> };
    view! {
        <Panel id="holds" live=topics::CREDITS title="Held credits" flush=!empty actions=ViewFn::from(help)>
            {body}
        </Panel>
    }
    .into_any()
}

#[component]
fn HoldRow(hold: OpenHold, releasable: bool) -> impl IntoView {
    let (idle, latest) = (hold.idle_until(), hold.hold.expires_at);
    let release = releasable.then(|| release_dialog(&hold));
    let OpenHold { hold, campaign_name, member_name, .. } = hold;
    view! {
        <tr>
            <th scope="row">
                <a href=format!("/requests/{}", hold.request_id)>
                    {campaign_name.unwrap_or_else(|| "Lead request".into())}
                </a>
            </th>
            <td class="number">
                <a href=format!("/settings/cold-email-agent/holds/{}", hold.id)>{count_text(hold.left().get())}</a>
            </td>
            <td class="number wide-only">
                {format!("{} of {}", count_text(hold.captured.get()), count_text(hold.amount.get()))}
            </td>
            <td>
                <TimeStamp micros=idle.micros() />
                <span class="table-detail">
                    "if nothing more arrives; in any case " <TimeStamp micros=latest.micros() />
                </span>
            </td>
            <td class="wide-only">{member_name.unwrap_or_else(|| "Former member".into())}</td>
            <td class="row-actions">{release}</td>
        </tr>
    }
    .into_any()
}

/// Asks before the request of a hold is cancelled, and names what comes back.
fn release_dialog(hold: &OpenHold) -> impl IntoView + use<> {
    let (request, left) = (hold.hold.request_id, hold.hold.left().get());
    let back = format!("{} {} back at once.", credits_text(left), if left == 1 { "comes" } else { "come" });
    view! {
        <Confirm id=format!("release-{}", hold.hold.id) label="Release now" title="Release these credits?">
            <p>"The request is cancelled. Leads already delivered stay in the campaign and stay paid. " {back}</p>
            <form method="post" action=format!("/requests/{request}/cancel") data-submit-once="">
                <input type="hidden" name="from" value="credits" />
                <Button kind=ButtonKind::Danger>"Cancel the request and release"</Button>
            </form>
        </Confirm>
    }
}
