//! The page of a person.

use axum::{extract::State, response::Response};
use leptos::prelude::*;

use super::{
    read::{Person, person},
    view::PersonPage,
};
use crate::{
    accounts::{Member, Right},
    email::Email,
    fields::FieldErrors,
    server::{
        app::App,
        error::AppError,
        form::Form,
        query::{FromQuery, Query},
    },
    ui::{Page, Section},
};

const ADDRESS_CHARACTERS_MAX: usize = 320;

/// The address that is looked up.
pub struct Asked(String);

impl FromQuery for Asked {
    fn from_query(query: &Form) -> Result<Self, AppError> {
        Ok(Self(query.text("q").chars().take(ADDRESS_CHARACTERS_MAX).collect()))
    }
}

pub async fn show(
    State(app): State<App>,
    page: Page,
    member: Member,
    Query(Asked(typed)): Query<Asked>,
) -> Result<Response, AppError> {
    let (found, errors): (Option<Person>, FieldErrors) = match typed.parse::<Email>() {
        _ if typed.is_empty() => (None, FieldErrors::default()),
        Err(fault) => (None, FieldErrors::one("q", format!("Write the whole address: {fault}."))),
        Ok(address) => {
            let found = person(&mut app.db.read().await?, app.of(), member.workspace, &address).await?;
            (Some(found), FieldErrors::default())
        }
    };
    let page = if errors.is_empty() { page } else { page.invalid() };
    let (page, may_answer) = (page.in_section(Section::Inbox), member.role.may(Right::Connect));
    Ok(page.render("Find a person", move || view! { <PersonPage typed found errors may_answer /> }))
}
