//! Credits set aside for requests under way.

use leptos::prelude::*;

use crate::{
    credits::OpenHold,
    ui::{HelpLink, Panel, Table, TimeStamp, count_text},
};

/// Every open hold: how much, for which request, by whom, until when.
#[component]
pub fn OpenHolds(holds: Vec<OpenHold>) -> impl IntoView {
    let empty = holds.is_empty();
    let rows: Vec<_> = holds.into_iter().map(|hold| view! { <HoldRow hold /> }).collect();
    let body = if empty {
        view! {
            <p class="soft">
                "No credits are held. When a lead request starts, the most it can cost is set aside here; what is not spent comes back by itself."
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
                        <th scope="col">"Until at the latest"</th>
                        <th scope="col" class="wide-only">
                            "Requested by"
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
        <Panel id="holds" live="credits" title="Held credits" flush=!empty actions=ViewFn::from(help)>
            {body}
        </Panel>
    }
    .into_any()
}

#[component]
fn HoldRow(hold: OpenHold) -> impl IntoView {
    let OpenHold { hold, campaign_name, member_name } = hold;
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
                <TimeStamp micros=hold.expires_at.micros() />
            </td>
            <td class="wide-only">{member_name.unwrap_or_else(|| "Former member".into())}</td>
        </tr>
    }
    .into_any()
}
