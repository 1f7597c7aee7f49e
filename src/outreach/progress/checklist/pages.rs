//! The checklist of a campaign, and what is confirmed on it.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;

use super::{Checklist, Confirmation, Rules, confirm, read, view::ChecklistLines};
use crate::{
    accounts::{Member, Right},
    campaigns::{Campaign, campaign, frame::CampaignFrame},
    fields::FieldErrors,
    ids::CampaignId,
    outreach::{
        progress::why::SendingState,
        schedule::{forecast_of, sentences},
    },
    server::{app::App, error::AppError, form::Form, path::Id},
    topics,
    ui::{Button, ButtonKind, HelpLink, Page, Panel, Section, plural},
};

pub(crate) async fn show(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<CampaignId>,
) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let campaign = campaign::campaign(&mut tx, member.workspace, id).await?;
    let checklist = read(&mut tx, member.workspace, &campaign, Rules::of(&app), app.clock.now()).await?;
    let forecast = forecast_of(&mut tx, member.workspace, id, app.clock.now()).await?;
    let forecast = forecast.map(|(facts, forecast)| sentences(&facts, &forecast)).unwrap_or_default();
    drop(tx);
    let (may_spend, may_start) = (member.role.may(Right::Spend), member.role.may(Right::Outreach));
    let title = format!("Checklist of {}", campaign.name);
    let page = page.in_section(Section::Campaigns);
    Ok(page.render(&title, move || view! { <ChecklistPage campaign checklist forecast may_spend may_start /> }))
}

pub(crate) async fn confirm_line(
    State(app): State<App>,
    member: Member,
    Id(id): Id<CampaignId>,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Outreach)?;
    let Some(what) = Confirmation::of_word(form.text("confirm")) else {
        return Err(AppError::Invalid(FieldErrors::one("confirm", "Choose what you confirm.")));
    };
    let mut tx = app.db.write().await?;
    let campaign = campaign::campaign(&mut tx, member.workspace, id).await?;
    confirm(&mut tx, &member, &campaign, what, app.clock.now()).await?;
    tx.commit().await?;
    app.live.changed(&app.db, member.workspace.0, &[&topics::campaign(id)]).await;
    Ok(Redirect::to(&format!("/campaigns/{id}/checklist")).into_response())
}

#[component]
fn ChecklistPage(
    campaign: Campaign,
    checklist: Checklist,
    forecast: Vec<String>,
    may_spend: bool,
    may_start: bool,
) -> impl IntoView {
    let leads = checklist.found.counts.leads;
    let (id, stops) = (campaign.id, checklist.stops());
    let state = checklist.found.state;
    let action = match state {
        SendingState::Draft | SendingState::Finished if may_start && stops == 0 => view! {
            <form method="post" action=format!("/campaigns/{id}/start") data-submit-once="">
                <Button kind=ButtonKind::Primary>"Start sending"</Button>
            </form>
        }
        .into_any(),
        SendingState::Draft | SendingState::Finished => {
            let missing = plural(i64::try_from(stops).unwrap_or(i64::MAX), "thing is", "things are");
            view! { <p class="soft">{format!("{missing} missing before it can start.")}</p> }.into_any()
        }
        state => view! { <p class="soft">{format!("State: {}.", state.label().to_lowercase())}</p> }.into_any(),
    };
    view! {
        <CampaignFrame campaign=campaign current="Overview" leads=leads may_spend=may_spend>
            <Panel title="Before it starts" description="What is missing keeps the campaign from starting; the rest is worth a look.">
                <div class="stack">
                    <ChecklistLines checklist may_confirm=may_start />
                    {(!forecast.is_empty()).then(|| view! { <p>{forecast.join(" ")}</p> })}
                    <div class="row row-between">
                        {action}
                        <HelpLink topic="nothing-sent">"Why nothing is sent"</HelpLink>
                    </div>
                </div>
            </Panel>
        </CampaignFrame>
    }
}
