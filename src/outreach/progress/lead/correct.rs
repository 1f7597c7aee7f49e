//! Correcting the address of a lead: what is on its way to the wrong one is cancelled, and the right one begins with the first mail.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use tower_sessions::Session;

use crate::{
    accounts::{Member, Right, audit},
    campaigns::{
        ids::LeadId,
        leads::lead::{self, LeadTrail},
        lists::{Correction, CorrectionFault, correct},
        quality::lead_page,
    },
    email::{Email, find},
    fields::FieldErrors,
    ids::CampaignId,
    outreach::sending::{Stop, stop},
    server::{app::App, clock::Instant, db::Tx, error::AppError, form::Form, path::Id},
    suppression::SuppressionKeys,
    topics,
    ui::{Page, Tone, leave_flash},
};

/// The field with the right address.
pub(super) const FIELD: &str = "right_address";

/// `POST /leads/{id}/address`.
pub(crate) async fn correct_address(
    State(app): State<App>,
    page: Page,
    member: Member,
    session: Session,
    Id(id): Id<LeadId>,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Outreach)?;
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let trail = lead::lead(&mut tx, member.workspace, id).await?;
    if let Some(successor) = trail.successor {
        // A second click, or another tab.
        return Ok(Redirect::to(&format!("/leads/{successor}")).into_response());
    }
    let wrong = |fault: String| FieldErrors::one(FIELD, fault);
    let errors = match read(form.text(FIELD)) {
        Err(fault) => wrong(fault),
        Ok(email) => match replace(&mut tx, app.of(), &member, &trail, &email, now).await? {
            Ok(correction) => {
                let actor = audit::Actor::User(member.user);
                let subject = trail.lead.named();
                audit::record(&mut tx, member.workspace, actor, "Corrected the address of a lead", &subject, "", now)
                    .await?;
                tx.commit().await?;
                return done(&app, &member, &session, &correction).await;
            }
            Err(fault) => {
                if fault == CorrectionFault::HasIt {
                    // Who types an address that is there knows that it is right, so it is revealed.
                    tx.commit().await?;
                    return lead_page(&app, page.invalid(), &member, id, &form, wrong(fault.to_string())).await;
                }
                wrong(fault.to_string())
            }
        },
    };
    drop(tx);
    lead_page(&app, page.invalid(), &member, id, &form, errors).await
}

/// Reads one address as people paste it.
fn read(text: &str) -> Result<Email, String> {
    match find(text) {
        Ok(found) if found.others.is_empty() => Ok(found.email),
        Ok(_) => Err("Write one address.".to_owned()),
        Err(fault) => Err(format!("Write the whole address: {fault}.")),
    }
}

/// Puts a lead with the right address in the place of this one, ends the sequences to the wrong address and cancels what has not left.
///
/// # Errors
/// The database's.
pub async fn replace(
    tx: &mut Tx,
    keys: &SuppressionKeys,
    member: &Member,
    trail: &LeadTrail,
    email: &Email,
    now: Instant,
) -> Result<Result<Correction, CorrectionFault>, AppError> {
    let corrected = correct(tx, keys, member, trail, email, now).await?;
    if let Ok(Correction { campaigns, .. }) = &corrected {
        let places: Vec<(CampaignId, LeadId)> = campaigns.iter().map(|campaign| (*campaign, trail.lead.id)).collect();
        let why = Stop { code: "address_corrected", actor: Some(member.user) };
        stop(tx, member.workspace, &places, why, now).await?;
    }
    Ok(corrected)
}

async fn done(app: &App, member: &Member, session: &Session, correction: &Correction) -> Result<Response, AppError> {
    let campaigns: Vec<String> = correction.campaigns.iter().map(topics::campaign).collect();
    let all: Vec<&str> = campaigns.iter().map(String::as_str).chain([topics::CAMPAIGNS]).collect();
    app.live.changed(&app.db, member.workspace.0, &all).await;
    let text =
        "The address is corrected. No more mails leave to the earlier one, and the new one begins with the first mail.";
    leave_flash(session, Tone::Good, text).await?;
    Ok(Redirect::to(&format!("/leads/{}", correction.successor)).into_response())
}
