//! Test mails: what the preview shows, to an address of one's own.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use tower_sessions::Session;

use super::{
    preview::{Wanted, preview},
    preview_view::{fault_text, held_text, preview_href},
};
use crate::{
    accounts::{Member, Right, WorkspaceId, audit},
    campaigns::campaign::campaign,
    email::Email,
    fields::FieldErrors,
    ids::CampaignId,
    on,
    outreach::{
        ids::StepId,
        sending::{Sent, TESTS_MAX, TestMail, may_test, send_test},
    },
    server::{app::App, clock::Instant, db::Tx, error::AppError, form::Form, path::Id, query::FromQuery},
    suppression::{SuppressionKeys, objected},
    ui::{Tone, leave_flash},
};

/// The addresses that test mails go to: of members and mailboxes.
///
/// # Errors
/// The database's.
pub async fn own_addresses(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Vec<String>> {
    on!(tx, c => sqlx::query_scalar(
        "select u.email from members m join users u on u.id = m.user_id where m.workspace_id = $1
         union select address from mailboxes where workspace_id = $1 and state <> 'removed' order by 1 limit 400")
        .bind(workspace).fetch_all(c).await)
}

/// Test mails that a preview lists.
const TESTS_SHOWN: i64 = 3;

/// A test mail, and what became of it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct TestLine {
    pub state: String,
    pub state_since: Instant,
    pub mailbox: String,
    /// What the mail server said, if it did not take it.
    pub words: Option<String>,
}

/// The last test mails of a campaign, newest first.
///
/// # Errors
/// The database's.
pub async fn last_tests(tx: &mut Tx, workspace: WorkspaceId, campaign: CampaignId) -> sqlx::Result<Vec<TestLine>> {
    on!(tx, c => sqlx::query_as(
        "select d.state, d.state_since, m.address as mailbox, case when d.state <> 'sent' then d.reply_words end as words
         from sends d join mailboxes m on m.workspace_id = d.workspace_id and m.id = d.mailbox_id
         where d.workspace_id = $1 and d.campaign_id = $2 and d.lead_id is null and d.kind = 'test' order by d.id desc limit $3")
        .bind(workspace).bind(campaign).bind(TESTS_SHOWN).fetch_all(c).await)
}

/// Sends the mail that a preview shows, and leads back to it.
pub(crate) async fn send(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<CampaignId>,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Outreach)?;
    let step: StepId = form.text("step").parse().map_err(|_| AppError::NotFound)?;
    let wanted = Wanted::from_query(&form)?;
    let mut tx = app.db.write().await?;
    let sent = send_one(&app, &mut tx, &member, (id, step), wanted, form.text("to")).await?;
    let (tone, text) = match sent {
        Ok(text) => {
            tx.commit().await?;
            (Tone::Good, text)
        }
        Err(text) => (Tone::Warning, text),
    };
    leave_flash(&session, tone, &text).await?;
    Ok(Redirect::to(&preview_href(id, step, wanted)).into_response())
}

/// Sends one test mail; returns what to say, or why nothing was sent.
async fn send_one(
    app: &App,
    tx: &mut Tx,
    member: &Member,
    (id, step): (CampaignId, StepId),
    wanted: Wanted,
    to: &str,
) -> Result<Result<String, String>, AppError> {
    let (workspace, at) = (member.workspace, app.clock.now());
    let name = campaign(tx, workspace, id).await?.name;
    let to: Email = to.parse().map_err(|_| FieldErrors::one("to", "Choose one of your own addresses."))?;
    if !own_addresses(tx, workspace).await?.iter().any(|own| own == to.as_str()) {
        return Err(FieldErrors::one("to", "Test mails go to addresses of members and mailboxes only.").into());
    }
    let keys = app.of::<SuppressionKeys>();
    if !objected(tx, &[keys.canonical(&to)]).await?.is_empty() {
        return Ok(Err(format!("{to} asked that no one on this server writes there, so no test mail does either.")));
    }
    if !may_test(tx, workspace, at).await? {
        return Ok(Err(format!("{TESTS_MAX} test mails were sent within an hour. Try again later.")));
    }
    let preview = preview(tx, keys, (workspace, id), step, wanted, ("https://example", at)).await?;
    let closing = preview.closing;
    let Some(sender) = closing.sender.clone() else {
        return Ok(Err("Connect a mailbox first: test mails are sent from it.".to_owned()));
    };
    if !sender.is_active {
        return Ok(Err(format!(
            "{} cannot send now, and test mails are sent from it. Look at the mailbox.",
            sender.address
        )));
    }
    let rendered = match preview.mail {
        Ok(rendered) => rendered,
        Err(held) => return Ok(Err(held_text(&held))),
    };
    let mail = TestMail {
        campaign: id,
        mailbox: sender.mailbox,
        from: (sender.name, sender.address),
        reply_to: sender.reply_to,
        to: to.clone(),
        subject: rendered.subject,
    };
    let sent = match send_test(app, tx, member, &mail, |url| closing.below(&rendered.body, url), at).await? {
        Ok(sent) => sent,
        Err(fault) => return Ok(Err(fault_text(&fault).to_owned())),
    };
    let (actor, detail) = (audit::Actor::User(member.user), format!("To {to}"));
    audit::record(tx, workspace, actor, "Sent a test mail", &name, &detail, at).await?;
    Ok(Ok(match sent {
        Sent::Left => format!("The test mail was sent to {to}."),
        Sent::Queued => format!("The test mail to {to} leaves in a moment."),
    }))
}
