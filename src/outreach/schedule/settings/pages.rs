//! Settings › Sending.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::{
    store::{SendingSettings, load, save},
    view::{SettingsForm, SettingsPage},
};
use crate::{
    accounts::{Member, Right, audit},
    fields::FieldErrors,
    server::{app::App, error::AppError, form::Form},
    topics,
    ui::{Page, Section, Tone, leave_flash},
};

pub(super) const SENDING: &str = "/settings/sending";
const ADDRESS_CHARACTERS_MAX: usize = 300;
const CAP_MAX: i64 = 100_000;

pub(super) async fn show(State(app): State<App>, page: Page, member: Member) -> Result<Response, AppError> {
    let settings = load(&mut app.db.read().await?, member.workspace).await?;
    let (form, ceiling) = (SettingsForm::of(&settings), settings.ceiling);
    Ok(render(page, &member, form, ceiling))
}

fn render(page: Page, member: &Member, form: SettingsForm, ceiling: Option<i64>) -> Response {
    let may_change = member.role.may(Right::Connect);
    page.in_section(Section::Sending).render("Sending", move || view! { <SettingsPage form ceiling may_change /> })
}

pub(super) async fn change(
    State(app): State<App>,
    page: Page,
    member: Member,
    session: Session,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Connect)?;
    let mut tx = app.db.write().await?;
    let before = load(&mut tx, member.workspace).await?;
    let wanted = match parse(&form, before.ceiling) {
        Ok(wanted) => wanted,
        Err(errors) => {
            drop(tx);
            return Ok(render(page.invalid(), &member, SettingsForm::typed(&form, errors), before.ceiling));
        }
    };
    if wanted != before {
        save(&mut tx, member.workspace, &wanted).await?;
        let (actor, now) = (audit::Actor::User(member.user), app.clock.now());
        audit::record(&mut tx, member.workspace, actor, "Changed how the workspace sends", "", &summary(&wanted), now)
            .await?;
        tx.commit().await?;
        app.live.changed(&app.db, member.workspace.0, &[topics::CAMPAIGNS, topics::MAILBOXES]).await;
    }
    leave_flash(&session, Tone::Good, "Saved. Changes apply to the next mail.").await?;
    Ok(Redirect::to(SENDING).into_response())
}

fn parse(form: &Form, ceiling: Option<i64>) -> Result<SendingSettings, FieldErrors> {
    let mut errors = FieldErrors::default();
    let lines = form.text("postal_address").lines().map(str::trim).filter(|line| !line.is_empty());
    let postal_address = lines.collect::<Vec<_>>().join("\n");
    if postal_address.chars().count() > ADDRESS_CHARACTERS_MAX {
        errors.add("postal_address", format!("This is too long: at most {ADDRESS_CHARACTERS_MAX} characters."));
    }
    if postal_address
        .chars()
        .any(|letter| letter == char::REPLACEMENT_CHARACTER || (letter.is_control() && letter != '\n'))
    {
        errors.add("postal_address", "This holds characters that cannot be read. Type it again.");
    }
    let daily_cap = match form.text("daily_cap") {
        "" => None,
        text => cap("daily_cap", text, &mut errors),
    };
    let recipient_domain_cap = cap("recipient_domain_cap", form.text("recipient_domain_cap"), &mut errors);
    match recipient_domain_cap {
        Some(recipient_domain_cap) if errors.is_empty() => {
            let counts_unknown = form.text("unknown_policy") == "count_as_sent";
            Ok(SendingSettings { postal_address, daily_cap, recipient_domain_cap, counts_unknown, ceiling })
        }
        _ => Err(errors),
    }
}

fn cap(name: &str, text: &str, errors: &mut FieldErrors) -> Option<i64> {
    let number = text.replace([',', ' '], "").parse().ok().filter(|number| (1..=CAP_MAX).contains(number));
    if number.is_none() {
        errors.add(name, "Write a whole number from 1 to 100,000.");
    }
    number
}

/// For the log.
fn summary(settings: &SendingSettings) -> String {
    let daily =
        settings.daily_cap.map_or_else(|| "no limit of its own".to_owned(), |cap| format!("at most {cap} a day"));
    let unknown =
        if settings.counts_unknown { "counts unknown outcomes as sent" } else { "asks about unknown outcomes" };
    format!(
        "{daily}, {} a day to one company, {unknown}, {}",
        settings.recipient_domain_cap,
        settings.postal_address.replace('\n', ", ")
    )
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;
    use crate::{accounts::Role, app::testing::test_apps};

    #[tokio::test]
    async fn an_owner_changes_how_the_workspace_sends_and_a_member_looks() {
        for test in test_apps(&[]).await {
            let owner = test.sign_in().await;
            let member = test.sign_in_as(owner.workspace, Role::Member).await;
            assert!(owner.get(SENDING).await.body.contains("value=\"20\""), "the default is shown");
            let typed = [
                ("postal_address", "Acme Ltd \r\n\r\n 1 Quay Street"),
                ("daily_cap", "1,200"),
                ("recipient_domain_cap", "5"),
                ("unknown_policy", "count_as_sent"),
            ];
            assert_eq!(member.post(SENDING, &typed).await.status, StatusCode::FORBIDDEN);
            assert_eq!(owner.post(SENDING, &typed).await.location, SENDING);
            let kept = load(&mut test.app.db.read().await.unwrap(), owner.workspace).await.unwrap();
            let expected = SendingSettings {
                postal_address: "Acme Ltd\n1 Quay Street".into(),
                daily_cap: Some(1_200),
                recipient_domain_cap: 5,
                counts_unknown: true,
                ceiling: None,
            };
            assert_eq!(kept, expected);
            let page = member.get(SENDING).await.body;
            assert!(page.contains("1 Quay Street") && !page.contains(">Save<"));
            let none = [("postal_address", ""), ("daily_cap", ""), ("recipient_domain_cap", "20")];
            owner.post(SENDING, &none).await;
            let kept = load(&mut test.app.db.read().await.unwrap(), owner.workspace).await.unwrap();
            assert_eq!((kept.daily_cap, kept.postal_address.as_str()), (None, ""));
        }
    }

    #[tokio::test]
    async fn what_cannot_be_kept_comes_back_as_it_was_typed() {
        for test in test_apps(&[]).await {
            let owner = test.sign_in().await;
            let typed = [("postal_address", "Acme\u{7}"), ("daily_cap", "lots"), ("recipient_domain_cap", "0")];
            let answer = owner.post(SENDING, &typed).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
            for part in ["postal_address-error", "daily_cap-error", "recipient_domain_cap-error", "value=\"lots\""] {
                assert!(answer.body.contains(part), "{part}");
            }
        }
    }
}
