//! A file of a mail, to be saved.

use axum::{
    extract::{Path, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use leptos::prelude::*;

use crate::{
    accounts::Member,
    outreach::{
        ids::MailId,
        inbox::attachment::{Busy, Fetching, Found, Leave, body, bytes, disposition, found, served_as},
        replies::sync::PartFault,
    },
    server::{app::App, error::AppError},
    ui::{Notice, Page, PageHeader, Section, Tone},
};

/// How long a member is asked to wait when a file is not fetched now.
const RETRY_SECONDS: &str = "5";

/// Fetches a file of a mail and serves it. Nothing changes in the mailbox.
pub async fn show(
    State(app): State<App>,
    page: Page,
    member: Member,
    Path((mail, number)): Path<(String, String)>,
) -> Result<Response, AppError> {
    let mail: MailId = mail.parse().map_err(|_| AppError::NotFound)?;
    let number: usize = number.parse().map_err(|_| AppError::NotFound)?;
    let found = found(&mut app.db.read().await?, member.workspace, mail, number).await?.ok_or(AppError::NotFound)?;
    let leave = match app.of::<Fetching>().begin(member.user) {
        Ok(leave) => leave,
        Err(busy) => return Ok(busy_page(page, &found, busy)),
    };
    match bytes(&app, member.workspace, &found).await {
        Ok(bytes) => Ok(file(&found, bytes, leave)),
        Err(PartFault::Internal(error)) => Err(error.into()),
        Err(fault) => Ok(fault_page(page, &found, &fault)),
    }
}

/// The leave ends with the answer.
fn file(found: &Found, bytes: Vec<u8>, leave: Leave) -> Response {
    let disposition = disposition(&found.attachment.name);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(served_as(&found.attachment.kind))),
        (header::CONTENT_LENGTH, HeaderValue::from(bytes.len())),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_str(&disposition).unwrap_or_else(|_| HeaderValue::from_static("attachment")),
        ),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'")),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    ];
    (headers, body(bytes, leave)).into_response()
}

fn fault_page(page: Page, found: &Found, fault: &PartFault) -> Response {
    let mailbox = &found.address;
    let (status, text) = match fault {
        PartFault::Gone => (
            StatusCode::GONE,
            format!(
                "Its mail is no longer in the mailbox {mailbox}. It was deleted there, or moved where it is not found."
            ),
        ),
        PartFault::TooLarge => (
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("It is larger than what is fetched from here. Open its mail in the mailbox {mailbox}."),
        ),
        PartFault::Unreachable(words) => (
            StatusCode::BAD_GATEWAY,
            format!(
                "The mailbox {mailbox} cannot be read at the moment: {words}. Try again, or look at the mailbox in the settings."
            ),
        ),
        PartFault::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, String::new()),
    };
    said(page.with_status(status), found, text)
}

fn busy_page(page: Page, found: &Found, busy: Busy) -> Response {
    let (status, text) = match busy {
        Busy::Member => (
            StatusCode::TOO_MANY_REQUESTS,
            "Another attachment is still being fetched for you. Try again when it is there.",
        ),
        Busy::All => (
            StatusCode::SERVICE_UNAVAILABLE,
            "Too many attachments are being fetched at the moment. Try again in a few seconds.",
        ),
    };
    let response = said(page.with_status(status), found, text.to_owned());
    ([(header::RETRY_AFTER, RETRY_SECONDS)], response).into_response()
}

fn said(page: Page, found: &Found, text: String) -> Response {
    let back = format!("/inbox/{}", found.thread);
    let name = found.attachment.name.clone();
    page.in_section(Section::Inbox).render("This attachment cannot be opened", move || {
        view! {
            <PageHeader title="This attachment cannot be opened" subtitle=name back_href=back back_label="Conversation" />
            <Notice tone=Tone::Warning><p>{text}</p></Notice>
        }
    })
}
