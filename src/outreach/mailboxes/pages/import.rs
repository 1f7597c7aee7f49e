//! Many mailboxes from one file.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::{
    MAILBOXES,
    add::{Room, insert},
};
use crate::{
    accounts::{Member, Right},
    fields::FieldErrors,
    outreach::{
        mailboxes::{
            import::{self, Row},
            mailbox::MailboxKind,
            view::import::{Fault, ImportForm, ImportPage},
        },
        schedule::rules::zone,
    },
    server::{app::App, error::AppError, file_form::FileForm},
    topics,
    ui::{Page, Section, Tone, leave_flash},
};

/// The largest file, in bytes: 200 rows with room to spare. It is read in memory, because it holds passwords.
const FILE_BYTES_MAX: usize = 512 << 10;
const TIME_ZONE_BYTES_MAX: usize = 200;

pub async fn show(page: Page, member: Member) -> Result<Response, AppError> {
    member.may(Right::Connect)?;
    Ok(render(page, ImportForm::default()))
}

fn render(page: Page, form: ImportForm) -> Response {
    let page = page.in_section(Section::Mailboxes);
    page.render("Add many mailboxes", move || view! { <ImportPage form /> })
}

/// What came with the form.
#[derive(Default)]
struct Received {
    time_zone: String,
    file: Vec<u8>,
}

/// Reads the form; the error is what to say beside a field.
async fn receive(mut form: FileForm) -> Result<Received, (Received, &'static str)> {
    const BROKEN: &str = "The file did not arrive whole. Send it again.";
    let mut received = Received::default();
    loop {
        let mut field = match form.next_field().await {
            Ok(Some(field)) => field,
            Ok(None) => return Ok(received),
            Err(_) => return Err((received, BROKEN)),
        };
        let (is_file, mut bytes) = (field.name() == Some("file"), Vec::new());
        let most = if is_file { FILE_BYTES_MAX } else { TIME_ZONE_BYTES_MAX };
        loop {
            match field.chunk().await {
                Ok(Some(piece)) if bytes.len() + piece.len() <= most => bytes.extend_from_slice(&piece),
                Ok(Some(_)) => return Err((received, "The file is larger than 512 kB. Split it into several files.")),
                Ok(None) => break,
                Err(_) => return Err((received, BROKEN)),
            }
        }
        match is_file {
            true => received.file = bytes,
            false => received.time_zone = String::from_utf8_lossy(&bytes).trim().to_owned(),
        }
    }
}

/// Adds the mailboxes of a file as drafts. Rows with a fault stay out and are named.
pub async fn add(
    State(app): State<App>,
    page: Page,
    member: Member,
    session: Session,
    form: FileForm,
) -> Result<Response, AppError> {
    let member = member.may(Right::Connect)?;
    let (received, broken) = match receive(form).await {
        Ok(received) => (received, None),
        Err((received, fault)) => (received, Some(fault)),
    };
    let time_zone = received.time_zone;
    let mut errors = broken.map_or_else(FieldErrors::default, |fault| FieldErrors::one("file", fault));
    if zone(&time_zone).is_none() {
        errors.add("time_zone", "Choose a time zone, such as Europe/Berlin.");
    }
    let rows = match import::read(&received.file, &time_zone) {
        Ok(rows) => rows,
        Err(fault) => {
            errors.add("file", fault.to_string());
            Vec::new()
        }
    };
    if !errors.is_empty() {
        return Ok(render(page.invalid(), ImportForm { time_zone, errors, ..ImportForm::default() }));
    }
    let (added, faults) = insert_rows(&app, &member, rows).await?;
    app.live.changed(&app.db, member.workspace.0, &[topics::MAILBOXES]).await;
    if faults.is_empty() {
        let text = match added {
            1 => "1 mailbox was added as a draft. It sends when its test has passed.".to_owned(),
            added => format!("{added} mailboxes were added as drafts. Each sends when its test has passed."),
        };
        leave_flash(&session, Tone::Good, &text).await?;
        return Ok(Redirect::to(&format!("{MAILBOXES}?state=draft")).into_response());
    }
    Ok(render(page.invalid(), ImportForm { time_zone, added, faults, ..ImportForm::default() }))
}

/// Writes the rows that can be read, all in one transaction. Returns how many, and what is wrong with the others.
async fn insert_rows(app: &App, member: &Member, rows: Vec<Row>) -> Result<(i64, Vec<Fault>), AppError> {
    let (at, keys) = (app.clock.now(), app.config.encryption_keys());
    let (mut added, mut faults) = (0, Vec::new());
    let mut tx = app.db.write().await?;
    let mut room = Room::of(&mut tx, member.workspace).await?;
    for Row { line, address, read } in rows {
        let (preset, parsed) = match read {
            Ok(read) => read,
            Err(text) => {
                faults.push(Fault { line, address, text });
                continue;
            }
        };
        if let Err(errors) = room.take(&parsed.settings.address) {
            let text = errors.of("address").unwrap_or_default();
            faults.push(Fault { line, address, text });
            continue;
        }
        insert(&mut tx, member, &keys, (MailboxKind::Smtp, &parsed), preset.name, at).await?;
        added += 1;
    }
    tx.commit().await?;
    Ok((added, faults))
}
