//! The handlers: looking changes nothing, each answer is the same whatever is known of the person.

use axum::{
    extract::{Path, State},
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;

use super::{
    link,
    view::{AskPage, DecidePage, DonePage, GonePage, NoMailPage, SentPage},
};
use crate::{
    accounts::{ClientAddress, Guesses, objections_asked, objections_sent, post_mail},
    email::Email,
    fields::FieldErrors,
    people::{By, Done, Erased, Reach, erase, leave_alone, origins::origins, tell, touched::Touched},
    server::{
        app::App,
        db::retried,
        error::AppError,
        form::Form,
        query::{FromQuery, Query},
    },
    suppression::SuppressionKeys,
    ui::Page,
};

const TITLE: &str = "Ask not to be written to";
const SUBJECT: &str = "Your link: ask not to be written to";
const LETTER: &str = "Someone, probably you, asked for this link. Behind it you can ask that no one on this server writes to you again, \
                      and have what is kept of you erased. Opening the link changes nothing, and it works for two days.\n\n\
                      If you did not ask for it, you can ignore this mail.";

pub(super) async fn show(State(app): State<App>, page: Page) -> Response {
    ask_page(&app, page, String::new(), FieldErrors::default())
}

fn ask_page(app: &App, page: Page, typed: String, errors: FieldErrors) -> Response {
    if !app.config.has_mail() {
        return page.render(TITLE, || view! { <NoMailPage /> });
    }
    page.render(TITLE, move || view! { <AskPage typed errors /> })
}

/// Sends the link to the address.
pub(super) async fn ask(
    State(app): State<App>,
    page: Page,
    client: ClientAddress,
    form: Form,
) -> Result<Response, AppError> {
    let typed = form.text("email");
    let email = match typed.parse::<Email>() {
        Ok(email) if app.config.has_mail() => email,
        Ok(_) => return Ok(ask_page(&app, page, String::new(), FieldErrors::default())),
        Err(fault) => {
            let errors = FieldErrors::one("email", format!("Write your whole address: {fault}."));
            return Ok(ask_page(&app, page.invalid(), typed.chars().take(254).collect(), errors));
        }
    };
    let now = app.clock.now();
    app.of::<Guesses>().take(&objections_asked(client), now)?;
    let mut tx = app.db.write().await?;
    // Beyond the limit no further mail goes out; the links that were sent keep working, and the answer is the same.
    if objections_sent(&email).take(&mut tx, now).await?.is_ok() {
        let path = link::path(&app.config.encryption_keys(), &email, now);
        post_mail(&mut tx, None, &email, SUBJECT, LETTER, Some(path.as_str()), now).await?;
    }
    tx.commit().await?;
    Ok(Redirect::to("/objections/sent").into_response())
}

pub(super) async fn sent(State(app): State<App>, page: Page) -> Response {
    let embedded = app.config.mail.is_none();
    page.render("Look into your mail", move || view! { <SentPage embedded /> })
}

/// The page behind the link. Programs that look through mail open links, so this changes nothing.
pub(super) async fn decide(
    State(app): State<App>,
    page: Page,
    Path(token): Path<String>,
) -> Result<Response, AppError> {
    match link::owner(&app.config.encryption_keys(), &token, app.clock.now()) {
        Some(email) => decide_page(&app, page, email, None).await,
        None => Ok(gone(page)),
    }
}

async fn decide_page(app: &App, page: Page, email: Email, fault: Option<String>) -> Result<Response, AppError> {
    let origins = origins(&mut app.db.read().await?, app.of::<SuppressionKeys>(), &email).await?;
    Ok(private(page.render(TITLE, move || view! { <DecidePage email=email.to_string() origins fault /> })))
}

fn gone(page: Page) -> Response {
    private(page.with_status(StatusCode::GONE).render("This link no longer works", || view! { <GonePage /> }))
}

/// The address is the permission: it is neither passed on nor found by a search.
fn private(response: Response) -> Response {
    let headers = [
        (HeaderName::from_static("x-robots-tag"), "noindex"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, response).into_response()
}

/// What the person wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    /// No more mail.
    Alone,
    /// No more mail, and nothing kept.
    Erase,
}

pub(super) async fn act(
    State(app): State<App>,
    page: Page,
    Path(token): Path<String>,
    form: Form,
) -> Result<Response, AppError> {
    let Some(email) = link::owner(&app.config.encryption_keys(), &token, app.clock.now()) else {
        return Ok(gone(page));
    };
    let wish = match form.text("wish") {
        "alone" => Wish::Alone,
        "erase" => Wish::Erase,
        _ => {
            let fault = "Choose what you want.".to_owned();
            return decide_page(&app, page.invalid(), email, Some(fault)).await;
        }
    };
    if let Some(touched) = retried(|| write(&app, &email, wish)).await? {
        tell(&app, &touched).await;
    } else {
        let fault =
            "A mail to you is leaving at this moment, so nothing was erased yet. Try again in a minute.".to_owned();
        return decide_page(&app, page.with_status(StatusCode::CONFLICT), email, Some(fault)).await;
    }
    Ok(Redirect::to(if wish == Wish::Erase { "/objections/done?erased=yes" } else { "/objections/done" })
        .into_response())
}

/// Returns where it changed something; nothing: a mail to the person is leaving, and nothing was done.
async fn write(app: &App, email: &Email, wish: Wish) -> sqlx::Result<Option<Vec<Touched>>> {
    let (keys, at) = (app.of::<SuppressionKeys>(), app.clock.now());
    let mut tx = app.db.write().await?;
    let touched = match wish {
        Wish::Alone => leave_alone(&mut tx, keys, email, at).await?,
        Wish::Erase => match erase(&mut tx, keys, (Reach::Instance, By::Person), email, at).await? {
            Erased::Done(Done { touched, .. }) => touched,
            Erased::Sending => return Ok(None),
        },
    };
    tx.commit().await?;
    Ok(Some(touched))
}

pub(super) struct IsErased(bool);

impl FromQuery for IsErased {
    fn from_query(query: &Form) -> Result<Self, AppError> {
        Ok(Self(query.text("erased") == "yes"))
    }
}

pub(super) async fn done(page: Page, Query(IsErased(is_erased)): Query<IsErased>) -> Response {
    page.render("Done", move || view! { <DonePage is_erased /> })
}
