//! The list, changes of several conversations, and saved views.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use sqlx::types::Json;
use tower_sessions::Session;

use super::{tell, tell_labelled};
use crate::{
    accounts::{Member, Right, UserId, WorkspaceId, audit},
    fields::FieldErrors,
    on,
    outreach::{
        ids::ThreadId,
        inbox::{
            asked::{Asked, INBOX},
            assigned,
            change::{Change, Seen, change},
            label::Label,
            list,
            list_view::{ListData, ListPage},
            own_labels::{self, OwnLabelId},
            views::{self, SavedViewId},
        },
        replies::label,
    },
    server::{
        app::App,
        batches::batches,
        clock::Instant,
        db::Tx,
        error::AppError,
        form::Form,
        paging::PageOf,
        path::Id,
        query::{FromQuery, Query, days},
        select::together,
    },
    ui::{Page, Section, Tone, leave_flash, plural},
};

const NAME_CHARACTERS_MAX: usize = 60;
const QUERY_BYTES_MAX: usize = 1_000;

pub async fn show(
    State(app): State<App>,
    page: Page,
    member: Member,
    Query(asked): Query<Asked>,
) -> Result<Response, AppError> {
    render(&app, page, &member, asked, FieldErrors::default(), String::new()).await
}

async fn render(
    app: &App,
    page: Page,
    member: &Member,
    asked: Asked,
    mut errors: FieldErrors,
    view_name: String,
) -> Result<Response, AppError> {
    let workspace = member.workspace;
    let days = days(&mut errors, &asked.from, &asked.to, &member.zone());
    let selects = (
        list::select_threads((workspace, member.user), &asked, days),
        list::select_counts(workspace, member.user),
        (list::select_campaigns(workspace), list::select_mailboxes(workspace), list::select_members(workspace)),
        (views::select_views(workspace), own_labels::select_labels(workspace)),
        list::select_trouble(workspace),
    );
    let (rows, counts, (campaigns, mailboxes, members), (saved, labels), unread) =
        together(&mut app.db.read().await?, selects).await?;
    let page = if errors.is_empty() { page } else { page.invalid() };
    let data = ListData {
        threads: PageOf::new(rows),
        asked,
        counts,
        campaigns,
        mailboxes,
        members,
        saved,
        labels,
        unread,
        errors,
        view_name,
        may_change: member.role.may(Right::Outreach),
        may_connect: member.role.may(Right::Connect),
        now: app.clock.now(),
    };
    Ok(page.in_section(Section::Inbox).render("Inbox", move || view! { <ListPage data /> }))
}

/// The conversations that are ticked, with the version of each as it was shown.
fn ticked(form: &Form) -> Vec<Seen> {
    let ticks = form.pairs().iter().filter(|(name, _)| name == "thread").filter_map(|(_, tick)| {
        let (id, version) = tick.split_once('.')?;
        Some(Seen(id.parse::<ThreadId>().ok()?, Some(version.parse().ok()?)))
    });
    ticks.take(usize::try_from(crate::server::paging::PAGE_ROWS).unwrap_or(50)).collect()
}

/// Changes the conversations that are ticked; those that changed meanwhile stay as they are.
pub async fn change_many(
    State(app): State<App>,
    member: Member,
    session: Session,
    form: Form,
) -> Result<Redirect, AppError> {
    let member = member.may(Right::Outreach)?;
    let (workspace, seen, now) = (member.workspace, ticked(&form), app.clock.now());
    let mut tx = app.db.write().await?;
    let (changed, word) = match form.text("act") {
        "done" => (change(&mut tx, workspace, &seen, Change::Done).await?.len(), "done"),
        "open" => (change(&mut tx, workspace, &seen, Change::Open).await?.len(), "open again"),
        "assign" => {
            let user = assignee(&mut tx, &member, form.text("set-assignee")).await?;
            let assigned = assigned::assign(&mut tx, workspace, &seen, user).await?;
            assigned::tell(&mut tx, &member, user, &assigned.newly, now).await?;
            (assigned.newly.len() + assigned.already, "assigned")
        }
        act @ ("put" | "take") => {
            let Ok(own) = form.text("set-own").parse::<OwnLabelId>() else {
                return Err(FieldErrors::one("set-own", "Choose a label.").into());
            };
            let threads = still_as_seen(&mut tx, workspace, &seen).await?;
            match act {
                "put" => own_labels::put(&mut tx, (workspace, member.user), &threads, own, now).await?,
                _ => own_labels::take(&mut tx, workspace, &threads, own).await?,
            };
            (threads.len(), "labelled")
        }
        "label" => (label_all(&mut tx, &member, &seen, Label::parse(form.text("set-label")), now).await?, "labelled"),
        _ => return Err(FieldErrors::one("act", "Choose what to do.").into()),
    };
    tx.commit().await?;
    match form.text("act") {
        "label" => tell_labelled(&app, workspace, &seen.iter().map(|Seen(id, _)| *id).collect::<Vec<_>>()).await?,
        _ => tell(&app, workspace).await,
    }
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let (tone, text) = match (seen.len(), changed) {
        (0, _) => (Tone::Warning, "Tick the conversations first. Nothing was changed.".to_owned()),
        (all, changed) if all == changed => {
            (Tone::Good, format!("{} {word}.", plural(count(changed), "conversation is", "conversations are")))
        }
        (all, changed) => (
            Tone::Warning,
            format!(
                "{} {word}. {} changed meanwhile and stayed.",
                plural(count(changed), "conversation is", "conversations are"),
                plural(count(all - changed), "conversation", "conversations")
            ),
        ),
    };
    leave_flash(&session, tone, &text).await?;
    Ok(Redirect::to(&Asked::from_query(&form)?.address()))
}

/// Those that no one changed since they were shown.
async fn still_as_seen(tx: &mut Tx, workspace: WorkspaceId, seen: &[Seen]) -> sqlx::Result<Vec<ThreadId>> {
    let mut still = Vec::new();
    for batch in batches(seen.iter().map(|Seen(id, version)| (id, version)))? {
        let some: Vec<ThreadId> = on!(&mut *tx, c => sqlx::query_scalar(
            "select t.id from json_each($2) j
             join threads t on t.workspace_id = $1 and t.id = unhex(j.value ->> 0, '-')
             where j.value ->> 1 is null or t.version = cast(j.value ->> 1 as bigint)")
            .bind(workspace).bind(Json(batch)).fetch_all(c).await)?;
        still.extend(some);
    }
    Ok(still)
}

/// Calls conversations something, one by one: each name has effects of its own.
async fn label_all(
    tx: &mut Tx,
    member: &Member,
    seen: &[Seen],
    chosen: Option<Label>,
    at: Instant,
) -> Result<usize, AppError> {
    for Seen(id, _) in seen {
        label::set(tx, member, *id, chosen, at).await?;
    }
    Ok(seen.len())
}

/// The member that a conversation is assigned to, if any.
pub(super) async fn assignee(tx: &mut Tx, member: &Member, text: &str) -> Result<Option<UserId>, AppError> {
    let Ok(user) = text.parse::<UserId>() else { return Ok(None) };
    let role = crate::accounts::role_of(tx, member.workspace, user).await?;
    match role.is_some_and(|role| role.may(Right::Outreach)) {
        true => Ok(Some(user)),
        false => Err(FieldErrors::one("assignee", "Choose a member who may answer.").into()),
    }
}

/// Saves the filters of the list under a name.
pub async fn save_view(
    State(app): State<App>,
    page: Page,
    member: Member,
    session: Session,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Outreach)?;
    // Read and written again, so that only what the list understands is kept.
    let query: String = form.exact("query").chars().take(QUERY_BYTES_MAX).collect();
    let asked = Asked::from_query(&Form::parse(query.as_bytes()))?;
    let asked = Asked { before: None, picks: false, ..asked };
    let here = asked.address();
    let query = here.split_once('?').map_or("", |(_, query)| query);
    let name = match form.line("name", NAME_CHARACTERS_MAX) {
        Ok("") => Err("Give the view a name.".to_owned()),
        line => line.map(str::to_owned),
    };
    let name = match name {
        Ok(name) => name,
        Err(fault) => {
            let typed = form.text("name").to_owned();
            return render(&app, page, &member, asked.clone(), FieldErrors::one("name", fault), typed).await;
        }
    };
    let (mut tx, at) = (app.db.write().await?, app.clock.now());
    if !views::save(&mut tx, (member.workspace, member.user), (&name, query), at).await? {
        drop(tx);
        let fault = format!("There are {} saved views already. Forget one first.", views::VIEWS_MAX);
        return render(&app, page, &member, asked.clone(), FieldErrors::one("name", fault), name).await;
    }
    audit::record(&mut tx, member.workspace, audit::Actor::User(member.user), "Saved a view", &name, "", at).await?;
    tx.commit().await?;
    leave_flash(&session, Tone::Good, &format!("The view “{name}” is saved for everyone in the workspace.")).await?;
    Ok(Redirect::to(&here).into_response())
}

/// Forgets a saved view.
pub async fn remove_view(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<SavedViewId>,
) -> Result<Redirect, AppError> {
    let member = member.may(Right::Outreach)?;
    let mut tx = app.db.write().await?;
    if let Some(name) = views::remove(&mut tx, member.workspace, id).await? {
        let (actor, at) = (audit::Actor::User(member.user), app.clock.now());
        audit::record(&mut tx, member.workspace, actor, "Forgot a view", &name, "", at).await?;
        tx.commit().await?;
        leave_flash(&session, Tone::Good, &format!("The view “{name}” is forgotten.")).await?;
    }
    Ok(Redirect::to(INBOX))
}
