//! The page that shows a mail as one lead would get it.

use axum::{
    extract::{Path, State},
    response::Response,
};
use leptos::prelude::*;

use super::{
    preview::{self, Wanted},
    preview_view::PreviewPage,
    test_mail,
};
use crate::{
    accounts::{Member, Right},
    campaigns::{CampaignState, campaign::campaign},
    ids::CampaignId,
    outreach::ids::StepId,
    server::{
        app::App,
        error::AppError,
        form::Form,
        query::{FromQuery, Query},
    },
    suppression::SuppressionKeys,
    ui::{Page, Section},
};

impl FromQuery for Wanted {
    fn from_query(query: &Form) -> Result<Self, AppError> {
        let lead = match query.text("lead") {
            "" => None,
            lead => Some(lead.parse().map_err(|_| AppError::NotFound)?),
        };
        Ok(Self { lead, lacking: query.has("lacking") })
    }
}

pub(crate) async fn show(
    State(app): State<App>,
    page: Page,
    member: Member,
    Path((id, step)): Path<(String, String)>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, AppError> {
    let id: CampaignId = id.parse().map_err(|_| AppError::NotFound)?;
    let step: StepId = step.parse().map_err(|_| AppError::NotFound)?;
    let mut tx = app.db.read().await?;
    let campaign = campaign(&mut tx, member.workspace, id).await?;
    let link = format!("{}/u/example", app.config.public_url.as_str().trim_end_matches('/'));
    let preview = preview::preview(
        &mut tx,
        app.of::<SuppressionKeys>(),
        (member.workspace, id),
        step,
        wanted,
        (&link, app.clock.now()),
    )
    .await?;
    let own_addresses = match member.role.may(Right::Outreach) {
        true => test_mail::own_addresses(&mut tx, member.workspace).await?,
        false => Vec::new(),
    };
    let tests = test_mail::last_tests(&mut tx, member.workspace, id).await?;
    drop(tx);
    let back = match campaign.state {
        CampaignState::Draft => format!("/campaigns/new/{id}/emails"),
        CampaignState::Active | CampaignState::Archived => format!("/campaigns/{id}/emails"),
    };
    let title = format!("Preview of emails of {}", campaign.name);
    Ok(page.in_section(Section::Campaigns).render(&title, move || {
        view! {
            <PreviewPage campaign=id campaign_name=campaign.name back preview wanted link own_addresses tests />
        }
    }))
}
