//! Settings › Mailboxes › Domains.

use axum::{
    extract::State,
    response::{Redirect, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::{DOMAINS, domain, view::DomainsPage};
use crate::{
    accounts::{Member, Right},
    server::{app::App, error::AppError, form::Form},
    topics,
    ui::{Page, Section, Tone, leave_flash},
};

pub(super) async fn show(State(app): State<App>, page: Page, member: Member) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let domains = domain::domains(&mut tx, member.workspace, app.clock.now()).await?;
    drop(tx);
    let (may_check, is_on) = (member.role.may(Right::Connect), app.dns.is_on());
    let page = page.in_section(Section::Mailboxes);
    Ok(page.render("Sending domains", move || view! { <DomainsPage domains may_check is_on /> }))
}

pub(super) async fn to_list() -> Redirect {
    Redirect::to(DOMAINS)
}

/// Asks for a look at a domain now.
pub(super) async fn check(
    State(app): State<App>,
    member: Member,
    session: Session,
    form: Form,
) -> Result<Redirect, AppError> {
    let member = member.may(Right::Connect)?;
    let mut tx = app.db.write().await?;
    let asked = domain::look_again(&mut tx, member.workspace, form.text("domain"), app.clock.now()).await?;
    tx.commit().await?;
    if asked {
        app.live.changed(&app.db, member.workspace.0, &[topics::MAILBOXES]).await;
        leave_flash(&session, Tone::Info, "The records are looked up now. This takes a few seconds.").await?;
    } else {
        leave_flash(&session, Tone::Info, "The records were looked up a moment ago. Try again in a minute.").await?;
    }
    Ok(Redirect::to(DOMAINS))
}
