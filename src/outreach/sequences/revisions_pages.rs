//! The page of a mail's revisions, two of them compared.

use axum::{
    extract::{Path, State},
    response::Response,
};
use leptos::prelude::*;

use super::{
    revisions::{before, revisions, text},
    revisions_view::{Compared, Layout, RevisionsPage},
    sequence::sequence,
};
use crate::{
    accounts::Member,
    campaigns::{CampaignState, campaign::campaign},
    ids::CampaignId,
    outreach::{
        ids::{StepId, TextId},
        place::Place,
    },
    server::{
        app::App,
        error::AppError,
        form::Form,
        query::{FromQuery, Query},
    },
    ui::{Page, Section},
};

/// Which two are compared, and how.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Comparing {
    from: Option<TextId>,
    to: Option<TextId>,
    layout: Layout,
}

impl FromQuery for Comparing {
    fn from_query(query: &Form) -> Result<Self, AppError> {
        let text = |name: &str| match query.text(name) {
            "" => Ok(None),
            id => id.parse().map(Some).map_err(|_| AppError::NotFound),
        };
        Ok(Self { from: text("from")?, to: text("to")?, layout: Layout::of_word(query.text("view")) })
    }
}

pub(crate) async fn show(
    State(app): State<App>,
    page: Page,
    member: Member,
    Path((id, step)): Path<(String, String)>,
    Query(comparing): Query<Comparing>,
) -> Result<Response, AppError> {
    let id: CampaignId = id.parse().map_err(|_| AppError::NotFound)?;
    let step: StepId = step.parse().map_err(|_| AppError::NotFound)?;
    let mut tx = app.db.read().await?;
    let campaign = campaign(&mut tx, member.workspace, id).await?;
    let steps = sequence(&mut tx, member.workspace, id).await?;
    let step = steps.into_iter().find(|one| one.id == step).ok_or(AppError::NotFound)?;
    let all = revisions(&mut tx, member.workspace, step.id).await?;
    let to = comparing.to.or_else(|| all.first().map(|newest| newest.id));
    let from = comparing.from.or_else(|| before(&all, to?).map(|one| one.id));
    let mut texts = Vec::new();
    for id in [from, to].into_iter().flatten() {
        texts.push(text(&mut tx, member.workspace, step.id, id).await?);
    }
    drop(tx);
    let compared = <[_; 2]>::try_from(texts).ok();
    let compared = compared.map(|[from, to]| Compared { from, to, layout: comparing.layout });
    let place = match campaign.state {
        CampaignState::Draft => Place::Wizard,
        CampaignState::Active | CampaignState::Archived => Place::Campaign,
    };
    let back = place.href(id, "emails");
    let title = format!("Revisions of mail {} of {}", step.position, campaign.name);
    Ok(page.in_section(Section::Campaigns).render(&title, move || {
        view! { <RevisionsPage campaign=id campaign_name=campaign.name back step revisions=all compared zone=member.zone() /> }
    }))
}
