//! Testing a mailbox before it is added.

use std::time::Duration;

use axum::{http::StatusCode, response::Response};
use tokio::sync::Semaphore;

use super::add::{Trial, form_page};
use crate::{
    accounts::{Limit, Member, WorkspaceId, audit},
    outreach::mailboxes::{
        check::{Typed, check_typed},
        form::{MailboxForm, Parsed},
        typed_passwords::TypedPasswords,
    },
    server::{app::App, db::Tx, error::AppError},
    ui::Page,
};

/// Tests of a workspace in an hour: each signs in somewhere and may send a mail.
const HOURLY_MAX: i64 = 20;
const HOUR: Duration = Duration::from_secs(60 * 60);

/// Room for tests that a process does at the same time.
static ROOM: Semaphore = Semaphore::const_new(8);

fn limit(workspace: WorkspaceId) -> Limit {
    Limit::new(format!("mailbox test, workspace {workspace}"), HOURLY_MAX, HOUR)
}

/// Tests what was typed, and shows the form again with what was found. The passwords wait in the page.
pub(super) async fn try_out(
    app: &App,
    page: Page,
    member: &Member,
    mut tx: Tx,
    (form, parsed): (MailboxForm, &Parsed),
) -> Result<Response, AppError> {
    let (settings, at) = (&parsed.settings, app.clock.now());
    let (Some(account), Some(smtp)) = (&settings.account, &parsed.passwords.smtp) else {
        return Err(AppError::NotFound);
    };
    let typed = (account, &parsed.passwords);
    let passwords = Some(TypedPasswords::seal(&app.config.encryption_keys(), member, typed, at)?);
    let limited = limit(member.workspace).take(&mut tx, at).await?;
    if limited.is_ok() {
        let (actor, detail) = (audit::Actor::User(member.user), "Before it was added");
        audit::record(&mut tx, member.workspace, actor, "Tested a mailbox", &settings.address, detail, at).await?;
    }
    tx.commit().await?;
    if let Err(too_many) = limited {
        let refusal = Some(format!(
            "This workspace had {HOURLY_MAX} such tests within an hour. Test again in {}, or add the mailbox and test it then.",
            too_many.wait_text()
        ));
        let trial = Trial { passwords, refusal, test: None };
        return form_page(app, page.with_status(StatusCode::TOO_MANY_REQUESTS), form, trial);
    }
    let Ok(_room) = ROOM.try_acquire() else {
        let refusal = Some("Many mailboxes are being tested right now. Test again in a minute.".to_owned());
        let trial = Trial { passwords, refusal, test: None };
        return form_page(app, page.with_status(StatusCode::SERVICE_UNAVAILABLE), form, trial);
    };
    let typed = Typed {
        workspace: member.workspace,
        address: &settings.address,
        name: &settings.sender_name,
        account,
        smtp,
        imap: parsed.passwords.imap.as_ref(),
    };
    let test = tokio::select! {
        test = check_typed(app, &typed) => test?,
        () = app.jobs.shutdown.cancelled() => return Err(AppError::Busy),
    };
    form_page(app, page, form, Trial { passwords, test: Some(test), refusal: None })
}
