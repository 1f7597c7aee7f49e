//! Starting, pausing, resuming and ending, from a campaign's page.

use axum::{extract::State, response::Redirect};
use tower_sessions::Session;

use super::{
    checklist::Rules,
    duplicate::duplicate,
    end::{end, end_with_campaign},
    pause::pause,
    refusal::ProgressRefusal,
    resume::resume,
    start::start,
};
use crate::{
    accounts::{Member, Right, audit},
    campaigns::{Campaign, campaign},
    ids::CampaignId,
    server::{app::App, clock::Instant, db::Tx, error::AppError, path::Id},
    topics,
    ui::{Tone, leave_flash},
};

/// What a change of a campaign's sending is made with.
struct Change {
    app: App,
    member: Member,
    campaign: Campaign,
    tx: Tx,
    at: Instant,
}

impl Change {
    async fn begin(app: App, member: Member, id: CampaignId) -> Result<Self, AppError> {
        let member = member.may(Right::Outreach)?;
        let mut tx = app.db.write().await?;
        let campaign = campaign::campaign(&mut tx, member.workspace, id).await?;
        Ok(Self { at: app.clock.now(), app, member, campaign, tx })
    }

    /// Commits, refreshes the open pages, and leaves `text` for the page that follows.
    async fn commit(self, session: &Session, text: &str) -> Result<(), AppError> {
        self.tx.commit().await?;
        let topics = [topics::CAMPAIGNS, topics::MAILBOXES, &topics::campaign(self.campaign.id)];
        self.app.live.changed(&self.app.db, self.member.workspace.0, &topics).await;
        leave_flash(session, Tone::Good, text).await
    }

    /// The same, and leads back to the campaign.
    async fn done(self, session: &Session, text: &str) -> Result<Redirect, AppError> {
        let page = format!("/campaigns/{}", self.campaign.id);
        self.commit(session, text).await?;
        Ok(Redirect::to(&page))
    }
}

pub(crate) async fn start_campaign(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<CampaignId>,
) -> Result<Redirect, AppError> {
    let mut change = Change::begin(app, member, id).await?;
    start(&mut change.tx, &change.member, &change.campaign, Rules::of(&change.app), change.at).await?;
    change.done(&session, "The campaign sends. This page says when the next mail leaves.").await
}

pub(crate) async fn pause_campaign(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<CampaignId>,
) -> Result<Redirect, AppError> {
    let mut change = Change::begin(app, member, id).await?;
    pause(&mut change.tx, &change.member, &change.campaign, change.at).await?;
    let text = "Paused. A mail that is being handed over now, at most one for each mailbox, cannot be called back.";
    change.done(&session, text).await
}

pub(crate) async fn resume_campaign(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<CampaignId>,
) -> Result<Redirect, AppError> {
    let mut change = Change::begin(app, member, id).await?;
    resume(&mut change.tx, &change.member, &change.campaign, change.at).await?;
    change.done(&session, "Resumed. What became due meanwhile leaves in its order, at the normal pace.").await
}

pub(crate) async fn end_campaign(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<CampaignId>,
) -> Result<Redirect, AppError> {
    let mut change = Change::begin(app, member, id).await?;
    end(&mut change.tx, &change.member, &change.campaign, change.at).await?;
    change.done(&session, "Ended. No more mails leave for this campaign.").await
}

/// Makes a draft like this campaign, and opens it.
pub(crate) async fn duplicate_campaign(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<CampaignId>,
) -> Result<Redirect, AppError> {
    let member = member.may(Right::Spend)?;
    let mut change = Change::begin(app, member, id).await?;
    let copy = duplicate(&mut change.tx, &change.member, &change.campaign, change.at).await?;
    let text =
        format!("This is a copy of “{}”, without its leads. Nothing is sent until you start it.", change.campaign.name);
    change.commit(&session, &text).await?;
    Ok(Redirect::to(&format!("/campaigns/new/{copy}/audience")))
}

/// Ends the sending of a campaign, and puts the campaign away.
pub(crate) async fn archive_campaign(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<CampaignId>,
) -> Result<Redirect, AppError> {
    let member = member.may(Right::Spend)?;
    let mut change = Change::begin(app, member, id).await?;
    end_with_campaign(&mut change.tx, &change.member, &change.campaign, change.at).await?;
    if !campaign::archive(&mut change.tx, change.member.workspace, id, change.at).await? {
        return Err(ProgressRefusal::StillSourcing.into());
    }
    let actor = audit::Actor::User(change.member.user);
    let (workspace, name) = (change.member.workspace, change.campaign.name.clone());
    audit::record(&mut change.tx, workspace, actor, "Archived a campaign", &name, "", change.at).await?;
    change.commit(&session, &format!("“{name}” is archived. Its leads stay yours.")).await?;
    Ok(Redirect::to("/campaigns"))
}
