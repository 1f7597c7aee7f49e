//! `/settings/notifications`.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::{
    choice::{By, Choice, Event, choices_of, choose},
    view::NotificationsPage,
};
use crate::{
    accounts::Member,
    server::{app::App, error::AppError, form::Form},
    ui::{Page, Section, Tone, leave_flash},
};

const ADDRESS: &str = "/settings/notifications";

pub async fn show(State(app): State<App>, page: Page, member: Member) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let choices = choices_of(&mut tx, member.workspace, member.user).await?;
    drop(tx);
    let page = page.in_section(Section::Notifications);
    Ok(page.render("Notifications", move || view! { <NotificationsPage choices /> }))
}

/// Each event has a choice of a mail (`answer-mail`) and a box for the pages (`answer-page`); a choice that is none stays as it was.
pub async fn save(State(app): State<App>, session: Session, member: Member, form: Form) -> Result<Response, AppError> {
    let mut tx = app.db.write().await?;
    for event in Event::ALL {
        let Some(mail) = By::of_word(form.text(&format!("{}-mail", event.word()))) else { continue };
        let on_page = !form.text(&format!("{}-page", event.word())).is_empty();
        choose(&mut tx, member.workspace, member.user, (event, Choice { on_page, mail })).await?;
    }
    tx.commit().await?;
    leave_flash(&session, Tone::Good, "Your notifications are saved.").await?;
    Ok(Redirect::to(ADDRESS).into_response())
}
