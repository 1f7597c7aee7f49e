//! The page on which owners and admins say how much may be held at most (rule C22).

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use leptos::prelude::*;
use tower_sessions::Session;
use uuid::Uuid;

use super::view::{CapLine, CapsPage, CapsPageData};
use crate::{
    accounts::{Member, Right, audit, members},
    credits::{
        CAPS_MAX, Cap, CapId, CapPeriod, CapSubject, Credits, GRANT_MAX, cap_uses, caps, ledger::caps::campaign_names,
        lift_cap, set_cap, subject_name,
    },
    fields::FieldErrors,
    server::{app::App, clock::Instant, db::Tx, error::AppError, form::Form, path::Id},
    topics,
    ui::{Page, Section, Tone, credits_text, leave_flash},
};

const CAPS: &str = "/settings/cold-email-agent/caps";

pub(crate) fn routes() -> Router<App> {
    Router::new().route(CAPS, get(show).post(save)).route("/settings/cold-email-agent/caps/{cap}/lift", post(lift))
}

async fn show(State(app): State<App>, page: Page, member: Member) -> Result<Response, AppError> {
    let data = page_data(&mut app.db.read().await?, &member, app.clock.now()).await?;
    Ok(page.in_section(Section::Credits).render("Caps", move || view! { <CapsPage data /> }))
}

async fn page_data(tx: &mut Tx, member: &Member, at: Instant) -> sqlx::Result<CapsPageData> {
    let subjects = subjects(tx, member).await?;
    let uses = cap_uses(tx, member.workspace, at).await?;
    let lines = caps(tx, member.workspace).await?.into_iter().map(|cap| {
        let word = word(cap.subject_kind, cap.subject_id);
        let whom = subjects.iter().find(|(value, _)| *value == word).map(|(_, label)| label.clone());
        let used = uses.iter().find(|(id, _)| *id == cap.id).map(|(_, used)| *used);
        CapLine { whom: whom.unwrap_or_else(|| "A former member".into()), cap, used }
    });
    let lines = lines.collect();
    Ok(CapsPageData {
        lines,
        subjects,
        whom: String::new(),
        period: String::new(),
        credits: String::new(),
        errors: FieldErrors::default(),
        may_manage: member.role.may(Right::Manage),
    })
}

/// How a form names whom a cap is about: `member`, or `member:` and an id.
fn word(kind: CapSubject, subject: Option<Uuid>) -> String {
    match subject {
        Some(id) => format!("{}:{id}", kind.word()),
        None => kind.word().to_owned(),
    }
}

/// Everybody and everything a cap of this workspace can be about, with the words of the form.
async fn subjects(tx: &mut Tx, member: &Member) -> sqlx::Result<Vec<(String, String)>> {
    let mut subjects = vec![
        (word(CapSubject::Member, None), "Each member".to_owned()),
        (word(CapSubject::Campaign, None), "Each campaign".to_owned()),
    ];
    let people = members(tx, member.workspace).await?;
    subjects.extend(people.into_iter().map(|person| (word(CapSubject::Member, Some(person.user.0)), person.name)));
    let campaigns = campaign_names(tx, member.workspace).await?;
    subjects.extend(
        campaigns.into_iter().map(|(id, name)| (word(CapSubject::Campaign, Some(id.0)), format!("Campaign “{name}”"))),
    );
    Ok(subjects)
}

async fn save(
    State(app): State<App>,
    page: Page,
    member: Member,
    session: Session,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Manage)?;
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let data = page_data(&mut tx, &member, now).await?;
    let mut errors = FieldErrors::default();
    let whom = data.subjects.iter().find(|(value, _)| value == form.text("whom")).cloned();
    if whom.is_none() {
        errors.add("whom", "Choose who the cap applies to.");
    }
    let period = [CapPeriod::Day, CapPeriod::Month].into_iter().find(|period| period.word() == form.text("period"));
    if period.is_none() {
        errors.add("period", "Choose a day or a month.");
    }
    let credits = Credits::parse(form.text("credits"), GRANT_MAX).map_err(|fault| errors.add("credits", fault)).ok();
    if data.lines.len() >= usize::try_from(CAPS_MAX).unwrap_or(usize::MAX) {
        errors.add("whom", "There are too many caps. Lift one first.");
    }
    let (Some((value, label)), Some(period), Some(credits), true) = (whom, period, credits, errors.is_empty()) else {
        drop(tx);
        let text = |name: &str| form.text(name).to_owned();
        let data =
            CapsPageData { whom: text("whom"), period: text("period"), credits: text("credits"), errors, ..data };
        let page = page.in_section(Section::Credits).invalid();
        return Ok(page.render("Caps", move || view! { <CapsPage data /> }));
    };
    let (kind, subject) = value.split_once(':').map_or((value.as_str(), None), |(kind, id)| (kind, id.parse().ok()));
    let cap = Cap {
        id: CapId::new(),
        subject_kind: if kind == CapSubject::Member.word() { CapSubject::Member } else { CapSubject::Campaign },
        subject_id: subject,
        period,
        credits,
        set_by: member.user,
        set_at: now,
    };
    set_cap(&mut tx, member.workspace, &cap).await?;
    let detail = format!("{} a {}", credits_text(credits.get()), period.word());
    audit::record(&mut tx, member.workspace, audit::Actor::User(member.user), "Set a cap", &label, &detail, now)
        .await?;
    tx.commit().await?;
    app.live.changed(&app.db, member.workspace.0, &[topics::CREDITS]).await;
    leave_flash(&session, Tone::Good, &format!("Saved: {label}, at most {detail}.")).await?;
    Ok(Redirect::to(CAPS).into_response())
}

async fn lift(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<CapId>,
) -> Result<Redirect, AppError> {
    let member = member.may(Right::Manage)?;
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let cap = caps(&mut tx, member.workspace).await?.into_iter().find(|cap| cap.id == id);
    let text = match cap {
        Some(cap) if lift_cap(&mut tx, member.workspace, id).await? => {
            let whom = subject_name(&mut tx, member.workspace, &cap).await?.unwrap_or_default();
            let detail = format!("{} a {}", credits_text(cap.credits.get()), cap.period.word());
            let actor = audit::Actor::User(member.user);
            audit::record(&mut tx, member.workspace, actor, "Lifted a cap", &whom, &detail, now).await?;
            "The cap was lifted."
        }
        _ => "That cap was lifted already; nothing was changed.",
    };
    tx.commit().await?;
    app.live.changed(&app.db, member.workspace.0, &[topics::CREDITS]).await;
    leave_flash(&session, Tone::Info, text).await?;
    Ok(Redirect::to(CAPS))
}
