//! Settings › Suppression: the list, adding to it, taking off, and the list as a file.

use std::collections::BTreeSet;

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::header,
    response::{IntoResponse, Redirect, Response},
};
use futures::Stream;
use leptos::prelude::*;
use tower_sessions::Session;

use super::view::{EntryPage, ListPage, ListPageData, Typed};
use crate::{
    accounts::{Member, Right, WorkspaceId, audit},
    directory::imports::upload::{self, UploadFault, Uploading},
    fields::FieldErrors,
    outreach::unsubscribe,
    server::{
        app::App,
        csv,
        db::Db,
        error::AppError,
        file_form::FileForm,
        form::Form,
        paging::{PageOf, ROWS_ASKED},
        path::Id,
        query::{FromQuery, Query},
    },
    suppression::{
        self, Cause, Entry, Read, Reason, Subject, SubjectKind, SuppressionId, SuppressionKeys, masked, read_file,
        read_text,
    },
    topics,
    ui::{Page, Section, Tone, leave_flash, plural},
};

const ADDRESS: &str = "/settings/suppression";
/// The largest file, in bytes.
const FILE_BYTES_MAX: u64 = 16 << 20;
/// People put on the list in one transaction: others write in between.
const SUBJECTS_PER_TRANSACTION: usize = 2_000;
/// Rows read at once for a file.
const CSV_ROWS: i64 = 1_000;
const NOTE_CHARACTERS_MAX: usize = 200;

/// What the address of the list asks for.
pub(super) struct Asked {
    search: String,
    before: Option<SuppressionId>,
}

impl FromQuery for Asked {
    fn from_query(query: &Form) -> Result<Self, AppError> {
        let before = match query.text("before") {
            "" => None,
            text => Some(text.parse().map_err(|_| AppError::NotFound)?),
        };
        Ok(Self { search: query.text("q").chars().take(300).collect(), before })
    }
}

pub(super) async fn show(
    State(app): State<App>,
    page: Page,
    member: Member,
    Query(asked): Query<Asked>,
) -> Result<Response, AppError> {
    render(&app, page, &member, asked, Typed::default(), FieldErrors::default()).await
}

async fn render(
    app: &App,
    page: Page,
    member: &Member,
    asked: Asked,
    typed: Typed,
    mut errors: FieldErrors,
) -> Result<Response, AppError> {
    let Asked { search, before } = asked;
    let mut tx = app.db.read().await?;
    let rows = match search.as_str() {
        "" => suppression::entries(&mut tx, member.workspace, before, ROWS_ASKED).await?,
        text => match keys_of(app.of(), text) {
            Ok(keys) => suppression::entries_of(&mut tx, member.workspace, keys, ROWS_ASKED).await?,
            Err(fault) => {
                errors.add("q", fault);
                Vec::new()
            }
        },
    };
    let page = if errors.is_empty() { page } else { page.invalid() };
    let data =
        ListPageData { list: PageOf::new(rows), search, paged: before.is_some(), typed, errors, role: member.role };
    Ok(page.in_section(Section::Suppression).render("Suppression", move || view! { <ListPage data /> }))
}

/// The keys of an address and its domain, or of a domain.
fn keys_of(keys: &SuppressionKeys, text: &str) -> Result<[suppression::Key; 2], String> {
    let subject =
        Subject::parse(keys, text).map_err(|fault| format!("Search for an exact address or domain: {fault}."))?;
    let domain = subject.shown.rsplit_once('@').map_or(subject.key, |(_, domain)| keys.domain(domain));
    Ok([subject.key, domain])
}

/// Adds what was typed or pasted: all of it, or nothing while a line cannot be read.
pub(super) async fn add(
    State(app): State<App>,
    page: Page,
    session: Session,
    member: Member,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Outreach)?;
    let read = read_text(app.of(), form.text("people"));
    let mut errors = FieldErrors::default();
    if read.subjects.is_empty() && read.faults == 0 {
        errors.add("people", "Enter at least one address or domain.");
    } else if read.faults > 0 {
        errors.add("people", format!("Nothing was added. Please correct {}.", read.faults_text()));
    } else if read.too_many {
        errors.add("people", too_many());
    }
    let note = form.line("note", NOTE_CHARACTERS_MAX).map(str::to_owned).unwrap_or_else(|fault| {
        errors.add("note", fault);
        String::new()
    });
    if !errors.is_empty() {
        let typed = Typed { people: form.text("people").to_owned(), note: form.text("note").to_owned() };
        return render(&app, page, &member, Asked { search: String::new(), before: None }, typed, errors).await;
    }
    let cause = Cause { note, by: Some(member.user), ..Cause::of(Reason::Person) };
    let added = put(&app, &member, &read.subjects, &cause).await?;
    leave_flash(&session, Tone::Good, &added_text(added, &read)).await?;
    Ok(Redirect::to(ADDRESS).into_response())
}

fn too_many() -> String {
    format!("These are more than {} rows. Split them into several parts.", suppression::ROWS_MAX)
}

/// Adds the people of a file. Rows that cannot be read are left out and named.
pub(super) async fn add_file(
    State(app): State<App>,
    page: Page,
    session: Session,
    member: Member,
    form: FileForm,
) -> Result<Response, AppError> {
    let member = member.may(Right::Outreach)?;
    let refused = async |page, fault: String| {
        let (asked, errors) = (Asked { search: String::new(), before: None }, FieldErrors::one("file", fault));
        render(&app, page, &member, asked, Typed::default(), errors).await
    };
    let (data, uploading) = (&app.config.data, app.of::<Uploading>());
    let received = match upload::receive(form, (uploading, member.workspace), data, FILE_BYTES_MAX).await {
        Ok(received) => received,
        Err((_, UploadFault::Disk(error))) => return Err(AppError::Internal(error.into())),
        Err((_, fault)) => return refused(page, fault.to_string()).await,
    };
    let bytes = tokio::fs::read(upload::folder(data).join(&received.stored_as)).await;
    upload::discard(data, &received.stored_as).await;
    let (bytes, keys) = (bytes.map_err(anyhow::Error::from)?, app.of::<SuppressionKeys>().clone());
    let read = tokio::task::spawn_blocking(move || read_file(&keys, &bytes)).await.map_err(anyhow::Error::from)?;
    if read.too_many {
        return refused(page, too_many()).await;
    }
    if read.subjects.is_empty() {
        let fault = if read.faults == 0 { "The file has no rows.".to_owned() } else { read.faults_text() };
        return refused(page, format!("No address or domain was found. {fault}")).await;
    }
    let note = format!("From {}", received.file_name);
    let cause = Cause { note, by: Some(member.user), ..Cause::of(Reason::Imported) };
    let added = put(&app, &member, &read.subjects, &cause).await?;
    let tone = if read.faults == 0 { Tone::Good } else { Tone::Warning };
    leave_flash(&session, tone, &added_text(added, &read)).await?;
    Ok(Redirect::to(ADDRESS).into_response())
}

/// Puts all on the list, part by part, and returns how many are new. Sent again after a failure it adds what is missing.
async fn put(app: &App, member: &Member, subjects: &[Subject], cause: &Cause) -> Result<u64, AppError> {
    let at = app.clock.now();
    let (mut added, mut campaigns) = (0, BTreeSet::new());
    for part in subjects.chunks(SUBJECTS_PER_TRANSACTION) {
        let mut tx = app.db.write().await?;
        let suppressed = unsubscribe::suppress(&mut tx, member.workspace, part, cause, at).await?;
        added += suppressed.added;
        campaigns.extend(suppressed.campaigns());
        let subject = match part {
            [one] => name_of(one.kind, &one.shown),
            many => plural(i64::try_from(many.len()).unwrap_or(i64::MAX), "address or domain", "addresses and domains"),
        };
        let actor = audit::Actor::User(member.user);
        audit::record(&mut tx, member.workspace, actor, "Suppressed", &subject, &cause.note, at).await?;
        tx.commit().await?;
    }
    let campaigns: Vec<String> = campaigns.iter().map(topics::campaign).collect();
    let all: Vec<&str> = campaigns.iter().map(String::as_str).chain([topics::SUPPRESSION]).collect();
    app.live.changed(&app.db, member.workspace.0, &all).await;
    Ok(added)
}

/// What the log calls a row: it cannot be changed, so it does not keep addresses whole.
fn name_of(kind: SubjectKind, shown: &str) -> String {
    match kind {
        SubjectKind::Address => masked(shown),
        SubjectKind::Domain => shown.to_owned(),
    }
}

fn added_text(added: u64, read: &Read) -> String {
    let all = u64::try_from(read.subjects.len()).unwrap_or(u64::MAX);
    let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let mut text = match (added, all) {
        (1, 1) => format!("{} is on the list now.", read.subjects[0].shown),
        (0, 1) => format!("{} was on the list already.", read.subjects[0].shown),
        _ => format!("{} on the list now.", plural(count(added), "row is", "rows are")),
    };
    if all > 1 && all > added {
        text.push_str(&format!(" {} there already.", plural(count(all - added), "was", "were")));
    }
    if read.faults > 0 {
        text.push_str(&format!(" Left out: {}.", read.faults_text()));
    }
    text
}

pub(super) async fn entry(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<SuppressionId>,
) -> Result<Response, AppError> {
    let entry = known(&app, &member, id).await?;
    Ok(render_entry(page, &member, entry, String::new(), FieldErrors::default()))
}

async fn known(app: &App, member: &Member, id: SuppressionId) -> Result<Entry, AppError> {
    suppression::entry(&mut app.db.read().await?, member.workspace, id).await?.ok_or(AppError::NotFound)
}

fn render_entry(page: Page, member: &Member, entry: Entry, why: String, errors: FieldErrors) -> Response {
    let page = if errors.is_empty() { page } else { page.invalid() };
    let (title, may_remove) = (entry.shown.clone(), member.role.may(Right::Connect));
    let body = move || view! { <EntryPage entry why errors may_remove /> };
    page.in_section(Section::Suppression).render(&title, body)
}

/// Takes one row off the list, for a reason that the log keeps.
pub(super) async fn remove(
    State(app): State<App>,
    page: Page,
    session: Session,
    member: Member,
    Id(id): Id<SuppressionId>,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Connect)?;
    let entry = known(&app, &member, id).await?;
    let why = match form.line("why", NOTE_CHARACTERS_MAX) {
        Ok("") => Err("Say why, in a few words. The log keeps it.".to_owned()),
        line => line.map(str::to_owned),
    };
    let why = match why {
        Ok(why) => why,
        Err(fault) => {
            let typed = form.text("why").to_owned();
            return Ok(render_entry(page, &member, entry, typed, FieldErrors::one("why", fault)));
        }
    };
    let mut tx = app.db.write().await?;
    if suppression::remove(&mut tx, member.workspace, id).await? {
        let (actor, subject) = (audit::Actor::User(member.user), name_of(entry.kind, &entry.shown));
        let (done, at) = ("Took off the suppression list", app.clock.now());
        audit::record(&mut tx, member.workspace, actor, done, &subject, &why, at).await?;
        tx.commit().await?;
        app.live.changed(&app.db, member.workspace.0, &[topics::SUPPRESSION]).await;
    }
    leave_flash(&session, Tone::Good, &format!("{} was taken off the list.", entry.shown)).await?;
    Ok(Redirect::to(ADDRESS).into_response())
}

/// The whole list as a file that can be added elsewhere.
pub(super) async fn export(State(app): State<App>, member: Member) -> Result<Response, AppError> {
    let member = member.may(Right::Export)?;
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let actor = audit::Actor::User(member.user);
    audit::record(&mut tx, member.workspace, actor, audit::EXPORTED, "The suppression list", "", now).await?;
    tx.commit().await?;
    let day = now.rfc3339().chars().take(10).collect::<String>();
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"suppression-{day}.csv\"")),
    ];
    Ok((headers, Body::from_stream(lines(app.db.clone(), member.workspace))).into_response())
}

/// The file, newest row first, page by page from the database.
fn lines(db: Db, workspace: WorkspaceId) -> impl Stream<Item = sqlx::Result<Bytes>> + Send + 'static {
    let headings = ["Address or domain", "Reason", "Only in campaign", "Since (UTC)", "By", "Note"].map(str::to_owned);
    let start = (db, csv::first_line(headings), None);
    futures::stream::try_unfold(start, move |(db, mut text, before)| async move {
        let rows = suppression::entries(&mut db.read().await?, workspace, before, CSV_ROWS).await?;
        if rows.is_empty() && text.is_empty() {
            return Ok(None);
        }
        // A file that ends with its headings ends there.
        let last = rows.last().map(|row| row.id).or(Some(SuppressionId(uuid::Uuid::nil())));
        rows.iter().for_each(|row| text.push_str(&line(row)));
        Ok(Some((Bytes::from(text), (db, String::new(), last))))
    })
}

/// Texts are defused: a spreadsheet must not run them.
fn line(row: &Entry) -> String {
    csv::line([
        csv::plain(&row.shown),
        row.reason.label().to_owned(),
        csv::plain(row.campaign.as_deref().unwrap_or_default()),
        row.created_at.rfc3339(),
        csv::plain(row.actor()),
        csv::plain(&row.note),
    ])
}
