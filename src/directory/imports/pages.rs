//! `/admin/imports`: upload a file, correct how it is read, start it, follow it, look at what was rejected.

use axum::{
    body::Body,
    extract::State,
    http::header,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::{
    Choice, FileFault,
    file::{forget_lock, rejected_heading, rejected_line},
    import::Import,
    stall::{self, Stall},
    store, undo,
    upload::{self, UploadFault, Uploading},
    view::{DraftPage, ImportPage, ImportsPage, Preview},
    worker,
};
use crate::{
    accounts::{Operator, audit},
    directory::{EmailStatus, ImportId, ImportState, LawfulBasis, Policy, Terms, imports},
    fields::FieldErrors,
    server::{
        app::App,
        error::AppError,
        file_form::FileForm,
        form::Form,
        paging::{PageOf, ROWS_ASKED},
        path::Id,
        query::{After, Query},
    },
    topics,
    ui::{Page, Section, Tone, leave_flash},
};

pub(crate) async fn list(State(app): State<App>, page: Page, Operator(_): Operator) -> Result<Response, AppError> {
    render_list(&app, page, String::new(), FieldErrors::default()).await
}

async fn render_list(app: &App, page: Page, source: String, errors: FieldErrors) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let imports = store::imports(&mut tx, 100).await?;
    let sources = store::sources(&mut tx).await?;
    let page = if errors.is_empty() { page } else { page.invalid() };
    let bytes_max = app.config.upload_bytes_max;
    let body = move || view! { <ImportsPage imports sources source errors bytes_max /> };
    Ok(page.in_section(Section::Admin).render("Imports", body))
}

pub(crate) async fn upload(
    State(app): State<App>,
    Operator(operator): Operator,
    page: Page,
    form: FileForm,
) -> Result<Response, AppError> {
    let place = (app.of::<Uploading>(), operator.workspace);
    let received = match upload::receive(form, place, &app.config.data, app.config.upload_bytes_max).await {
        Ok(received) => received,
        Err((_, UploadFault::Disk(error))) => return Err(AppError::Internal(error.into())),
        Err((source, fault)) => {
            return render_list(&app, page, source, FieldErrors::one("file", fault.to_string())).await;
        }
    };
    let mut errors = FieldErrors::default();
    if received.source.is_empty() {
        errors.add("source", "Say where the contacts come from, such as “Apollo export”.");
    }
    let survey = match upload::survey(&app.config.data, &received.stored_as).await? {
        Err(fault) => {
            errors.add("file", fault.to_string());
            None
        }
        Ok(survey) => Some(survey),
    };
    let Some(survey) = survey.filter(|_| errors.is_empty()) else {
        upload::discard(&app.config.data, &received.stored_as).await;
        if errors.of("file").is_none() {
            errors.add("file", "Choose the file again; browsers forget it.");
        }
        return render_list(&app, page, received.source, errors).await;
    };
    let choice = Choice { source: received.source, stored_as: received.stored_as, ..Choice::default() };
    let mut tx = app.db.write().await?;
    let draft = imports::draft(&mut tx, &app.clock, &received.file_name, &survey, &choice).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/admin/imports/{}", draft.id)).into_response())
}

pub(crate) async fn show(
    State(app): State<App>,
    Operator(_): Operator,
    page: Page,
    Id(id): Id<ImportId>,
    Query(After(after)): Query<After<i64>>,
) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let import = store::import(&mut tx, id).await?.ok_or(AppError::NotFound)?;
    if import.state == ImportState::Draft {
        drop(tx);
        return render_draft(&app, page, import, FieldErrors::default(), false).await;
    }
    let rejections = PageOf::new(store::rejections(&mut tx, id, after.unwrap_or(0), ROWS_ASKED).await?);
    let title = format!("Import of {}", import.file_name);
    let undoable = match import.state.is_over() && import.undo_asked_at.is_none() {
        true => undo::count(&mut tx, &import).await?,
        false => 0,
    };
    let paged = after.is_some();
    let stalled = stalled(&app, &import);
    let page = page.while_running(!import.state.is_over());
    let body = move || view! { <ImportPage import undoable stalled rejections paged /> };
    Ok(page.in_section(Section::Admin).render(&title, body))
}

fn stalled(app: &App, import: &Import) -> Option<Stall> {
    let file = (!import.stored_as.is_empty()).then(|| upload::folder(&app.config.data).join(&import.stored_as));
    stall::why(import.id.0, import.is_idle(app.clock.now()), file.as_deref())
}

async fn render_draft(
    app: &App,
    page: Page,
    import: Import,
    errors: FieldErrors,
    is_new: bool,
) -> Result<Response, AppError> {
    let earlier = store::earlier_import(&mut app.db.read().await?, &import.sha256, import.id).await?;
    let rows = upload::sample(&app.config.data, &import.stored_as, &import.format).await?;
    let people = imports::preview(&import.format, &import.mapping, import.assumed_status, &rows);
    let preview = Preview { rows, people, earlier, is_new };
    let title = format!("Import of {}", import.file_name);
    let page = if errors.is_empty() { page } else { page.invalid() };
    Ok(page.in_section(Section::Admin).render(&title, move || view! { <DraftPage import preview errors /> }))
}

pub(crate) async fn start(
    State(app): State<App>,
    Operator(operator): Operator,
    session: Session,
    page: Page,
    Id(id): Id<ImportId>,
    form: Form,
) -> Result<Response, AppError> {
    let mut import = store::import(&mut app.db.read().await?, id).await?.ok_or(AppError::NotFound)?;
    let there = Redirect::to(&format!("/admin/imports/{id}"));
    if import.state != ImportState::Draft {
        return Ok(there.into_response()); // a second click
    }
    let chosen = imports::chosen(&app.config.data, &import.stored_as, &form, &import.format).await?;
    (import.format, import.mapping) = (chosen.format, chosen.mapping);
    let errors = apply(&form, &mut import, chosen.errors);
    if !errors.is_empty() || chosen.is_new || form.text("action") == "preview" {
        return render_draft(&app, page, import, errors, chosen.is_new).await;
    }
    let mut tx = app.db.write().await?;
    import.source_id = store::source_named(&mut tx, &import.source_name, app.clock.now()).await?.id;
    if !store::queue_import(&mut tx, &import, app.clock.now()).await? {
        return Ok(there.into_response()); // a second click, at the same moment
    }
    let (actor, at) = (audit::Actor::Operator(Some(operator.user)), app.clock.now());
    let (action, subject) = ("Started an import", &import.file_name);
    audit::record(&mut tx, operator.workspace, actor, action, subject, &import.source_name, at).await?;
    tx.commit().await?;
    worker::tell(app.live.clone(), app.db.clone(), topics::import(id)).await;
    leave_flash(&session, Tone::Good, "The import has started. You can leave this page; it continues without you.")
        .await?;
    Ok(there.into_response())
}

/// Puts the corrections of the form into the draft, beside those of how it is read.
fn apply(form: &Form, import: &mut Import, mut errors: FieldErrors) -> FieldErrors {
    import.policy = if form.text("policy") == "skip" { Policy::Skip } else { Policy::Update };
    import.assumed_status = EmailStatus::from_code(form.text("assumed_status")).unwrap_or_default();
    let basis = LawfulBasis::from_code(form.text("lawful_basis")).unwrap_or_default();
    match Terms::parse(form.text("licence_note"), basis, form.text("collected_on")) {
        Ok(terms) => import.terms = terms,
        Err((field, fault)) => errors.add(field, fault),
    }
    match form.line("source", 100) {
        Ok("") => errors.add("source", "Say where the contacts come from, such as “Apollo export”."),
        Ok(source) => source.clone_into(&mut import.source_name),
        Err(fault) => errors.add("source", fault),
    }
    errors
}

pub(crate) async fn discard(
    State(app): State<App>,
    Operator(_): Operator,
    session: Session,
    Id(id): Id<ImportId>,
) -> Result<Redirect, AppError> {
    let mut tx = app.db.write().await?;
    let import = store::import(&mut tx, id).await?.ok_or(AppError::NotFound)?;
    if store::delete_draft(&mut tx, id).await? {
        tx.commit().await?;
        upload::discard(&app.config.data, &import.stored_as).await;
        leave_flash(&session, Tone::Info, "The file was discarded. No contact was changed.").await?;
        return Ok(Redirect::to("/admin/imports"));
    }
    Ok(Redirect::to(&format!("/admin/imports/{id}")))
}

/// Ends an import that nobody goes on with.
pub(crate) async fn end(
    State(app): State<App>,
    Operator(operator): Operator,
    Id(id): Id<ImportId>,
) -> Result<Redirect, AppError> {
    let at = app.clock.now();
    let mut tx = app.db.write().await?;
    let mut import = store::import(&mut tx, id).await?.ok_or(AppError::NotFound)?;
    if stalled(&app, &import).is_some_and(|stall| stall.can_end)
        && store::claim_import(&mut tx, &mut import, at).await?
    {
        store::finish_import(&mut tx, &import, Some(&FileFault::Ended), at).await?;
        let (actor, action) = (audit::Actor::Operator(Some(operator.user)), "Ended an import");
        audit::record(&mut tx, operator.workspace, actor, action, &import.file_name, &import.source_name, at).await?;
        tx.commit().await?;
        forget_lock(&app.config.data, id);
        worker::tell(app.live.clone(), app.db.clone(), topics::import(id)).await;
    }
    Ok(Redirect::to(&format!("/admin/imports/{id}")))
}

/// Undoes what an import brought; the worker does it.
pub(crate) async fn undo(
    State(app): State<App>,
    Operator(operator): Operator,
    session: Session,
    Id(id): Id<ImportId>,
) -> Result<Redirect, AppError> {
    let at = app.clock.now();
    let mut tx = app.db.write().await?;
    let import = store::import(&mut tx, id).await?.ok_or(AppError::NotFound)?;
    if undo::ask(&mut tx, id, at).await? {
        let actor = audit::Actor::Operator(Some(operator.user));
        let action = "Undid an import";
        audit::record(&mut tx, operator.workspace, actor, action, &import.file_name, &import.source_name, at).await?;
        leave_flash(
            &session,
            Tone::Info,
            "The import is being undone. You can leave this page; it continues without you.",
        )
        .await?;
    }
    tx.commit().await?;
    Ok(Redirect::to(&format!("/admin/imports/{id}")))
}

/// The rejected rows as a CSV file, page by page from the database.
pub(crate) async fn rejected(
    State(app): State<App>,
    Operator(_): Operator,
    Id(id): Id<ImportId>,
) -> Result<Response, AppError> {
    let import = store::import(&mut app.db.read().await?, id).await?.ok_or(AppError::NotFound)?;
    let heading = futures::stream::once(std::future::ready(Ok(rejected_heading(&import))));
    let db = app.db.clone();
    let rows = futures::stream::try_unfold(0, move |after| {
        let db = db.clone();
        async move {
            let page = store::rejections(&mut db.read().await?, id, after, 1000).await?;
            let Some(last) = page.last().map(|rejection| rejection.row_number) else { return Ok(None) };
            Ok::<_, sqlx::Error>(Some((page.iter().map(rejected_line).collect::<String>(), last)))
        }
    });
    let name = import.file_name.trim_end_matches(".csv").replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.rejected.csv\"")),
    ];
    Ok((headers, Body::from_stream(futures::StreamExt::chain(heading, rows))).into_response())
}
