//! `/inbox/settings`: labels of the workspace's own, and how long a member can undo a reply.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::tell;
use crate::{
    accounts::{Member, Right, audit},
    fields::FieldErrors,
    outreach::inbox::{
        own_labels::{
            self, Colour, LABELS_MAX, LabelFault, NAME_CHARACTERS_MAX, OwnLabelId, select_labels, settle, tone_of_word,
            view::{LabelForm, LabelsPanel},
        },
        settings::{UNDO_CHOICES_S, choose_undo_time, select_undo},
    },
    outreach::replies::reading::Tone as LabelTone,
    server::{app::App, error::AppError, form::Form, path::Id, select::together},
    ui::{Button, Choice, Page, PageHeader, Panel, RadioGroup, Section, Tone, leave_flash},
};

const SETTINGS: &str = "/inbox/settings";

/// The address of a form leads to the page with it.
pub async fn to_settings() -> Redirect {
    Redirect::to(SETTINGS)
}

pub async fn show(State(app): State<App>, page: Page, member: Member) -> Result<Response, AppError> {
    render(&app, page, &member, LabelForm::default(), None).await
}

async fn render(
    app: &App,
    page: Page,
    member: &Member,
    form: LabelForm,
    undo_fault: Option<String>,
) -> Result<Response, AppError> {
    let selects = (select_labels(member.workspace), select_undo(member.workspace, member.user));
    let (labels, undo_s) = together(&mut app.db.read().await?, selects).await?;
    let may_change = member.role.may(Right::Outreach);
    let page = page.in_section(Section::Inbox);
    Ok(page.render("Labels and replies", move || {
        let options = UNDO_CHOICES_S.map(|seconds| Choice::new(seconds.to_string(), undo_label(seconds))).to_vec();
        let undo = may_change.then(|| {
            view! {
                <Panel title="Time to undo a reply" description="For your own replies in this workspace. Until it is over, a reply stays here.">
                    <form method="post" action="/inbox/settings/undo" class="stack-tight" data-submit-once="">
                        <RadioGroup legend="A reply leaves" name="seconds" options selected=undo_s.to_string() error=undo_fault columns=true />
                        <div><Button>"Save"</Button></div>
                    </form>
                </Panel>
            }
        });
        view! {
            <PageHeader title="Labels and replies" back_href="/inbox" back_label="Inbox" />
            <div class="stack-loose">
                <LabelsPanel labels form may_change />
                {undo}
            </div>
        }
    }))
}

fn undo_label(seconds: i64) -> String {
    match seconds {
        0 => "At once".to_owned(),
        seconds => format!("After {seconds} seconds"),
    }
}

/// Keeps how long this member can undo a reply.
pub async fn save_undo(
    State(app): State<App>,
    page: Page,
    member: Member,
    session: Session,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Outreach)?;
    let seconds = form.text("seconds").parse().ok().filter(|seconds| UNDO_CHOICES_S.contains(seconds));
    let Some(seconds) = seconds else {
        let fault = Some("Choose one of these times.".to_owned());
        return render(&app, page.invalid(), &member, LabelForm::default(), fault).await;
    };
    let mut tx = app.db.write().await?;
    choose_undo_time(&mut tx, member.workspace, member.user, seconds).await?;
    tx.commit().await?;
    leave_flash(&session, Tone::Good, &format!("Your replies leave {}.", undo_label(seconds).to_lowercase())).await?;
    Ok(Redirect::to(SETTINGS).into_response())
}

/// A label as it was typed; what is wrong is in the form.
fn typed(form: &Form, id: String) -> Result<(String, Colour, LabelTone), LabelForm> {
    let mut errors = FieldErrors::default();
    let name = match form.line("name", NAME_CHARACTERS_MAX) {
        Ok("") => {
            errors.add("name", "Give the label a name.");
            ""
        }
        Ok(name) => name,
        Err(fault) => {
            errors.add("name", fault);
            ""
        }
    };
    let (colour, tone) = (Colour::of_word(form.text("colour")), tone_of_word(form.text("tone")));
    if colour.is_none() {
        errors.add("colour", "Choose one of these colours.");
    }
    if tone.is_none() {
        errors.add("tone", "Choose what it counts as.");
    }
    match (colour, tone) {
        (Some(colour), Some(tone)) if errors.is_empty() => Ok((name.to_owned(), colour, tone)),
        _ => Err(again(form, id, errors)),
    }
}

fn again(form: &Form, id: String, errors: FieldErrors) -> LabelForm {
    let text = |name: &str| form.text(name).chars().take(200).collect::<String>();
    LabelForm { id, name: text("name"), colour: text("colour"), tone: text("tone"), errors }
}

fn fault_text(fault: LabelFault) -> String {
    match fault {
        LabelFault::Taken => "There is a label with this name already.".to_owned(),
        LabelFault::TooMany => format!("There are {LABELS_MAX} labels already. Remove one first."),
        LabelFault::Gone => "This label was removed meanwhile.".to_owned(),
    }
}

/// Makes a label.
pub async fn add(
    State(app): State<App>,
    page: Page,
    member: Member,
    session: Session,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Outreach)?;
    let (name, colour, tone) = match typed(&form, String::new()) {
        Ok(label) => label,
        Err(form) => return render(&app, page.invalid(), &member, form, None).await,
    };
    let (mut tx, at) = (app.db.write().await?, app.clock.now());
    if let Err(fault) = own_labels::add(&mut tx, (member.workspace, member.user), (&name, colour, tone), at).await? {
        drop(tx);
        let form = again(&form, String::new(), FieldErrors::one("name", fault_text(fault)));
        return render(&app, page.invalid(), &member, form, None).await;
    }
    audit::record(&mut tx, member.workspace, audit::Actor::User(member.user), "Made a label", &name, "", at).await?;
    tx.commit().await?;
    tell(&app, member.workspace).await;
    leave_flash(&session, Tone::Good, &format!("The label “{name}” is there for everyone in the workspace.")).await?;
    Ok(Redirect::to(SETTINGS).into_response())
}

/// Changes a label everywhere.
pub async fn change(
    State(app): State<App>,
    page: Page,
    member: Member,
    session: Session,
    Id(id): Id<OwnLabelId>,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Outreach)?;
    let (name, colour, tone) = match typed(&form, id.to_string()) {
        Ok(label) => label,
        Err(form) => return render(&app, page.invalid(), &member, form, None).await,
    };
    let (mut tx, at) = (app.db.write().await?, app.clock.now());
    match own_labels::change(&mut tx, member.workspace, id, (&name, colour, tone)).await? {
        Ok(threads) => settle(&mut tx, member.workspace, &threads).await?,
        Err(LabelFault::Gone) => return Err(AppError::NotFound),
        Err(fault) => {
            drop(tx);
            let form = again(&form, id.to_string(), FieldErrors::one("name", fault_text(fault)));
            return render(&app, page.invalid(), &member, form, None).await;
        }
    }
    audit::record(&mut tx, member.workspace, audit::Actor::User(member.user), "Changed a label", &name, "", at).await?;
    tx.commit().await?;
    tell(&app, member.workspace).await;
    leave_flash(&session, Tone::Good, &format!("The label “{name}” is saved.")).await?;
    Ok(Redirect::to(SETTINGS).into_response())
}

/// Removes a label from the workspace and from every conversation.
pub async fn remove(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<OwnLabelId>,
) -> Result<Redirect, AppError> {
    let member = member.may(Right::Outreach)?;
    let (mut tx, at) = (app.db.write().await?, app.clock.now());
    let Some((name, threads)) = own_labels::remove(&mut tx, member.workspace, id).await? else {
        // A second click, or a label of another workspace: nothing is there.
        return Err(AppError::NotFound);
    };
    settle(&mut tx, member.workspace, &threads).await?;
    audit::record(&mut tx, member.workspace, audit::Actor::User(member.user), "Removed a label", &name, "", at).await?;
    tx.commit().await?;
    tell(&app, member.workspace).await;
    leave_flash(&session, Tone::Good, &format!("The label “{name}” is removed.")).await?;
    Ok(Redirect::to(SETTINGS))
}
