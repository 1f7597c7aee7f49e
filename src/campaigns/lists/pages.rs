//! Lists of a customer's own: upload, correct, start, follow, end, remove.

use axum::{
    body::Body,
    extract::State,
    http::header,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::{
    Duplicates, ListState, OwnList,
    draft_view::ListDraftPage,
    store,
    view::{ListPage, ListsPage},
    worker,
};
use crate::{
    accounts::{Member, Right, audit},
    campaigns::{campaign, ids::ListId, leads::list},
    credits::CampaignId,
    directory::{
        EmailStatus, Rejection,
        imports::{
            self, FileFault,
            stall::{self, Stall},
            upload::{self, UploadFault, Uploading},
        },
    },
    fields::FieldErrors,
    server::{
        app::App,
        csv::{first_line, line, plain},
        error::AppError,
        file_form::FileForm,
        form::Form,
        paging::{PageOf, ROWS_ASKED},
        path::Id,
        query::{After, Query},
    },
    ui::{Page, Section, Tone, leave_flash},
};

/// The largest file, in bytes: about half a million people.
const BYTES_MAX: u64 = 64 << 20;

pub(crate) async fn of_campaign(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<CampaignId>,
) -> Result<Response, AppError> {
    render_lists(&app, page, &member, id, FieldErrors::default()).await
}

async fn render_lists(
    app: &App,
    page: Page,
    member: &Member,
    id: CampaignId,
    errors: FieldErrors,
) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let campaign = campaign::campaign(&mut tx, member.workspace, id).await?;
    let leads = list::count_all(&mut tx, member.workspace, id).await?;
    let lists = store::lists(&mut tx, member.workspace, id).await?;
    let may_spend = member.role.may(Right::Spend);
    let title = format!("Your own lists in {}", campaign.name);
    let page = if errors.is_empty() { page } else { page.invalid() };
    let megabytes = i64::try_from(BYTES_MAX >> 20).unwrap_or(i64::MAX);
    let body = move || view! { <ListsPage campaign leads lists errors megabytes may_spend /> };
    Ok(page.in_section(Section::Campaigns).render(&title, body))
}

pub(crate) async fn upload(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<CampaignId>,
    form: FileForm,
) -> Result<Response, AppError> {
    let member = member.may(Right::Spend)?;
    campaign::campaign(&mut app.db.read().await?, member.workspace, id).await?;
    let data = &app.config.data;
    let received = match upload::receive(form, (app.of::<Uploading>(), member.workspace), data, BYTES_MAX).await {
        Ok(received) => received,
        Err((_, UploadFault::Disk(error))) => return Err(AppError::Internal(error.into())),
        Err((_, fault)) => {
            return render_lists(&app, page, &member, id, FieldErrors::one("file", fault.to_string())).await;
        }
    };
    let kept = keep(&app, &member, id, &received).await;
    if !matches!(kept, Ok(Ok(_))) {
        upload::discard(data, &received.stored_as).await;
    }
    match kept {
        Ok(Ok(list)) => Ok(Redirect::to(&format!("/lists/{list}")).into_response()),
        Ok(Err(fault)) => render_lists(&app, page, &member, id, FieldErrors::one("file", fault.to_string())).await,
        Err(AppError::Conflict(refusal)) => {
            render_lists(&app, page, &member, id, FieldErrors::one("file", refusal.to_string())).await
        }
        Err(error) => Err(error),
    }
}

/// Keeps an uploaded file as a draft; the inner error is the file's fault.
async fn keep(
    app: &App,
    member: &Member,
    campaign: CampaignId,
    received: &upload::Upload,
) -> Result<Result<ListId, FileFault>, AppError> {
    let survey = match upload::survey(&app.config.data, &received.stored_as).await? {
        Ok(survey) => survey,
        Err(fault) => return Ok(Err(fault)),
    };
    let draft = store::Draft {
        campaign,
        file_name: &received.file_name,
        stored_as: &received.stored_as,
        survey: &survey,
        maker: member.user,
    };
    let mut tx = app.db.write().await?;
    let list = store::draft(&mut tx, member.workspace, &draft, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Ok(list))
}

pub(crate) async fn show(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<ListId>,
    Query(After(after)): Query<After<i64>>,
) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let list = store::list(&mut tx, member.workspace, id).await?;
    if list.state == ListState::Draft {
        drop(tx);
        return render_draft(&app, page, &member, list, (FieldErrors::default(), false)).await;
    }
    let outcomes = store::outcomes(&mut tx, member.workspace, id).await?;
    let left_out = store::left_out(&mut tx, member.workspace, id, after.unwrap_or(0), ROWS_ASKED).await?;
    let left_out = PageOf::new(left_out);
    let removable = match member.role.may(Right::Spend) && matches!(list.state, ListState::Done | ListState::Failed) {
        true => store::count_to_remove(&mut tx, &list).await?,
        false => 0,
    };
    let paged = after.is_some();
    let may_end = member.role.may(Right::Spend);
    let stalled = stalled(&app, &list).map(|stall| Stall { can_end: stall.can_end && may_end, ..stall });
    let title = format!("Your list {}", list.file_name);
    let page = page.while_running(matches!(list.state, ListState::Queued | ListState::Running | ListState::Removing));
    let body = move || view! { <ListPage list outcomes left_out paged removable stalled /> };
    Ok(page.in_section(Section::Campaigns).render(&title, body))
}

async fn render_draft(
    app: &App,
    page: Page,
    member: &Member,
    list: OwnList,
    (errors, is_new): (FieldErrors, bool),
) -> Result<Response, AppError> {
    let rows = upload::sample(&app.config.data, &list.stored_as, &list.format).await?;
    let people = imports::preview(&list.format, &list.mapping, EmailStatus::Unknown, &rows);
    let may_spend = member.role.may(Right::Spend);
    let title = format!("Your list {}", list.file_name);
    let page = if errors.is_empty() { page } else { page.invalid() };
    let body = move || view! { <ListDraftPage list rows people errors is_new may_spend /> };
    Ok(page.in_section(Section::Campaigns).render(&title, body))
}

pub(crate) async fn start(
    State(app): State<App>,
    member: Member,
    session: Session,
    page: Page,
    Id(id): Id<ListId>,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Spend)?;
    let at = app.clock.now();
    let mut list = store::list(&mut app.db.read().await?, member.workspace, id).await?;
    if list.state != ListState::Draft {
        return Ok(Redirect::to(&format!("/lists/{id}")).into_response()); // a second click
    }
    let chosen = imports::chosen(&app.config.data, &list.stored_as, &form, &list.format).await?;
    (list.format, list.mapping) = (chosen.format, chosen.mapping);
    list.duplicates = Duplicates::from_word(form.text("duplicates"));
    if !chosen.errors.is_empty() || chosen.is_new || form.text("action") == "preview" {
        return render_draft(&app, page, &member, list, (chosen.errors, chosen.is_new)).await;
    }
    let mut tx = app.db.write().await?;
    if store::start(&mut tx, &list, &list.mapping, list.duplicates, at).await? {
        let actor = audit::Actor::User(member.user);
        let (done, subject) = ("Imported an own list", &list.file_name);
        audit::record(&mut tx, member.workspace, actor, done, subject, &list.campaign_name, at).await?;
        tx.commit().await?;
        leave_flash(
            &session,
            Tone::Good,
            "Your list is being added. You can leave this page; it continues without you.",
        )
        .await?;
    }
    Ok(Redirect::to(&format!("/lists/{id}")).into_response())
}

pub(crate) async fn discard(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<ListId>,
) -> Result<Redirect, AppError> {
    let member = member.may(Right::Spend)?;
    let mut tx = app.db.write().await?;
    let list = store::list(&mut tx, member.workspace, id).await?;
    if !store::discard(&mut tx, member.workspace, id).await? {
        return Ok(Redirect::to(&format!("/lists/{id}")));
    }
    tx.commit().await?;
    upload::discard(&app.config.data, &list.stored_as).await;
    leave_flash(&session, Tone::Info, "The file was discarded. No one was added.").await?;
    Ok(Redirect::to(&format!("/campaigns/{}/lists", list.campaign_id)))
}

fn stalled(app: &App, list: &OwnList) -> Option<Stall> {
    let file = upload::folder(&app.config.data).join(&list.stored_as);
    stall::why(list.id.0, list.is_idle(app.clock.now()), Some(&file))
}

/// Ends a list that nobody goes on with.
pub(crate) async fn end(State(app): State<App>, member: Member, Id(id): Id<ListId>) -> Result<Redirect, AppError> {
    let member = member.may(Right::Spend)?;
    let at = app.clock.now();
    let mut tx = app.db.write().await?;
    let mut list = store::list(&mut tx, member.workspace, id).await?;
    if stalled(&app, &list).is_some_and(|stall| stall.can_end) && store::claim(&mut tx, &mut list, at).await? {
        store::finish(&mut tx, &list, ListState::Failed, Some(&FileFault::Ended), at).await?;
        let (actor, done) = (audit::Actor::User(member.user), "Ended an own list");
        audit::record(&mut tx, member.workspace, actor, done, &list.file_name, &list.campaign_name, at).await?;
        tx.commit().await?;
        worker::tell(&app, &list).await;
    }
    Ok(Redirect::to(&format!("/lists/{id}")))
}

/// Takes its people out of the campaign; the worker does it.
pub(crate) async fn remove(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<ListId>,
) -> Result<Redirect, AppError> {
    let member = member.may(Right::Spend)?;
    let mut tx = app.db.write().await?;
    let list = store::list(&mut tx, member.workspace, id).await?;
    if store::ask_back(&mut tx, member.workspace, id).await? {
        let actor = audit::Actor::User(member.user);
        let (done, subject) = ("Took an own list back", &list.file_name);
        audit::record(&mut tx, member.workspace, actor, done, subject, &list.campaign_name, app.clock.now()).await?;
        tx.commit().await?;
        leave_flash(
            &session,
            Tone::Info,
            "The list is being taken back. You can leave this page; it continues without you.",
        )
        .await?;
    }
    Ok(Redirect::to(&format!("/lists/{id}")))
}

/// The rows that brought nobody as a CSV file, page by page from the database.
pub(crate) async fn left_out(State(app): State<App>, member: Member, Id(id): Id<ListId>) -> Result<Response, AppError> {
    store::list(&mut app.db.read().await?, member.workspace, id).await?;
    let heading = first_line(["Row", "Reason", "As in the file"].map(str::to_owned));
    let (db, workspace) = (app.db.clone(), member.workspace);
    let rows = futures::stream::try_unfold((0, heading), move |(after, heading)| {
        let db = db.clone();
        async move {
            let page = store::left_out(&mut db.read().await?, workspace, id, after, 1_000).await?;
            let last = page.last().map(|row| row.row_number);
            let text: String = std::iter::once(heading).chain(page.iter().map(csv_line)).collect();
            Ok::<_, sqlx::Error>((!text.is_empty()).then_some((text, (last.unwrap_or(i64::MAX), String::new()))))
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"left-out.csv\""),
    ];
    Ok((headers, Body::from_stream(rows)).into_response())
}

fn csv_line(row: &Rejection) -> String {
    line([row.row_number.to_string(), row.reason.clone(), plain(&row.raw)])
}

/// Removes the files of a draft's lists, once it is deleted.
pub(crate) async fn discard_files(app: &App, files: &[String]) {
    for file in files {
        upload::discard(&app.config.data, file).await;
    }
}
