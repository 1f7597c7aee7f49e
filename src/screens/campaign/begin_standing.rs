//! Beginning a standing request, from the page of a campaign or from the review of the wizard.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};

use super::{pages::overview_with, review::review_again};
use crate::{
    accounts::{Member, Right, audit},
    campaigns::standing::{self, Pace, schedule, view::StandingForm},
    credits::CampaignId,
    server::{app::App, error::AppError, form::Form, path::Id},
    ui::Page,
};

pub(crate) async fn begin(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<CampaignId>,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Spend)?;
    let at = app.clock.now();
    let pace = match Pace::parse(&form, &member.zone(), at) {
        Ok(pace) => pace,
        Err(errors) => {
            let typed = StandingForm::typed(&form, errors);
            return match form.text("from") {
                "campaign" => overview_with(&app, page.invalid(), &member, id, typed).await,
                _ => review_again(&app, page, &member, id, typed).await,
            };
        }
    };
    let mut tx = app.db.write().await?;
    let made = standing::begin(&mut tx, &member, id, pace, form.text("key"), at).await?;
    let standing = standing::standing(&mut tx, member.workspace, made).await?;
    // A second click finds the first: one line of the log.
    if standing.created_at == at {
        let (actor, detail) = (audit::Actor::User(member.user), standing.pace());
        let done = "Began a standing request";
        audit::record(&mut tx, member.workspace, actor, done, &standing.campaign_name, &detail, at).await?;
    }
    tx.commit().await?;
    // At once, where it can: the page that follows then shows the first request, or what it waits for.
    schedule::go_on_now(&app).await;
    Ok(Redirect::to(&format!("/standing/{made}")).into_response())
}
