//! Labels of a workspace's own as people see them.

use leptos::prelude::*;

use super::{COUNTED_MAX, Colour, NAME_CHARACTERS_MAX, OwnLabel};
use crate::{
    fields::FieldErrors,
    outreach::{inbox::thread::Thread, replies::reading::Tone},
    ui::{Button, ButtonKind, Confirm, EmptyState, Field, Panel, Select, count_text, plural},
};

/// A label with its colour.
pub fn own_tag(label: &OwnLabel) -> impl IntoView + use<> {
    view! { <span class="tag label-tag" data-colour=label.colour.word()>{label.name.clone()}</span> }
}

/// The labels as the options of a select.
pub fn own_options(first: &str, labels: &[OwnLabel]) -> Vec<(String, String)> {
    let all = std::iter::once((String::new(), first.to_owned()));
    all.chain(labels.iter().map(|label| (label.id.to_string(), label.name.clone()))).collect()
}

/// Puts a label on a conversation, or takes one off. Nothing where the workspace has none.
pub fn own_form(thread: &Thread, labels: &[OwnLabel]) -> Option<AnyView> {
    if labels.is_empty() {
        return None;
    }
    let path = thread.path();
    let (held, others): (Vec<&OwnLabel>, Vec<&OwnLabel>) =
        labels.iter().partition(|label| thread.own.contains(&label.id));
    let others: Vec<OwnLabel> = others.into_iter().cloned().collect();
    let put = (!others.is_empty()).then(|| {
        view! {
            <form method="post" action=path.clone() class="filters">
                <Select label="Own label" name="own" options=own_options("Choose", &others) />
                <Button name="act" value="put">"Add"</Button>
            </form>
        }
    });
    let off: Vec<_> = held
        .into_iter()
        .map(|label| {
            let text = format!("Take “{}” off", label.name);
            view! {
                <form method="post" action=path.clone()>
                    <input type="hidden" name="own" value=label.id.to_string() />
                    <Button kind=ButtonKind::Quiet name="act" value="take">{text}</Button>
                </form>
            }
        })
        .collect();
    Some(view! { {put} {off} }.into_any())
}

/// A label as it was typed, and what is wrong with it.
#[derive(Debug, Clone, Default)]
pub struct LabelForm {
    /// The label that is changed; nothing: a new one.
    pub id: String,
    pub name: String,
    pub colour: String,
    pub tone: String,
    pub errors: FieldErrors,
}

/// The labels of the workspace, with a form for each and one for another.
#[component]
pub fn LabelsPanel(labels: Vec<OwnLabel>, form: LabelForm, may_change: bool) -> impl IntoView {
    let new = LabelForm {
        colour: Colour::default().word().into(),
        tone: Tone::Neutral.name().into(),
        ..LabelForm::default()
    };
    let new = if form.id.is_empty() && !form.errors.is_empty() { form.clone() } else { new };
    let rows: Vec<_> = labels.iter().map(|label| label_row(label, &form, may_change)).collect();
    let list = if rows.is_empty() {
        view! { <EmptyState title="No labels of your own yet"><p>"Labels such as “Demo booked” or “Partner” sort conversations beside what an answer is."</p></EmptyState> }.into_any()
    } else {
        view! { <ul class="label-list" id="labels">{rows}</ul> }.into_any()
    };
    let add = may_change.then(|| {
        view! {
            <form method="post" action="/inbox/labels" class="stack-tight" data-submit-once="">
                {fields(&new, "new")}
                <div><Button kind=ButtonKind::Primary>"Add the label"</Button></div>
            </form>
        }
    });
    view! {
        <Panel
            title="Labels of your own"
            description="For everyone in the workspace; a conversation can have several. They change no sequence. One that is called positive counts as a positive reply where no other label says what an answer is."
        >
            <div class="stack">{list} {add}</div>
        </Panel>
    }
    .into_any()
}

fn fields(form: &LabelForm, place: &str) -> impl IntoView + use<> {
    let LabelForm { name, colour, tone, errors, .. } = form.clone();
    let colours = Colour::ALL.map(|colour| (colour.word().to_owned(), colour.label().to_owned())).to_vec();
    let tones = [(Tone::Neutral, "Neither"), (Tone::Positive, "Positive"), (Tone::Negative, "Negative")]
        .map(|(tone, label)| (tone.name().to_owned(), label.to_owned()))
        .to_vec();
    view! {
        <div class="form-row">
            <Field label="Name" name="name" id=format!("name-{place}") value=name error=errors.of("name") required=true
                maxlength=NAME_CHARACTERS_MAX.to_string() />
            <Select label="Colour" name="colour" id=format!("colour-{place}") options=colours selected=colour error=errors.of("colour") />
            <Select label="Counts as" name="tone" id=format!("tone-{place}") options=tones selected=tone error=errors.of("tone") />
        </div>
    }
}

fn label_row(label: &OwnLabel, form: &LabelForm, may_change: bool) -> impl IntoView + use<> {
    let id = label.id.to_string();
    let is_typed = form.id == id;
    let shown = LabelForm {
        id: id.clone(),
        name: label.name.clone(),
        colour: label.colour.word().to_owned(),
        tone: label.tone.name().to_owned(),
        errors: FieldErrors::default(),
    };
    let shown = if is_typed { form.clone() } else { shown };
    let count = match label.threads {
        COUNTED_MAX.. => format!("{} conversations or more", count_text(COUNTED_MAX)),
        threads => plural(threads, "conversation", "conversations"),
    };
    let change = may_change.then(|| {
        let (change, removal) = (format!("/inbox/labels/{id}"), format!("/inbox/labels/{id}/removal"));
        let lost = format!("It is taken off {count}, which stay as they are. Saved views that filter by it find nothing any more.");
        view! {
            <details class="disclosure" open=is_typed>
                <summary>{format!("Change {}", label.name)}</summary>
                <form method="post" action=change class="stack-tight" data-submit-once="">
                    {fields(&shown, &id)}
                    <div><Button>"Save"</Button></div>
                </form>
            </details>
            <Confirm id=format!("remove-{id}") label=format!("Remove {}", label.name) title="Remove this label?" kind=ButtonKind::Quiet>
                <p>{lost}</p>
                <form method="post" action=removal>
                    <Button kind=ButtonKind::Danger>"Remove it"</Button>
                </form>
            </Confirm>
        }
    });
    let link = format!("/inbox?own={id}");
    view! {
        <li class="label-line">
            <span class="row">{own_tag(label)} <a class="small" href=link>{count.clone()}</a></span>
            {change}
        </li>
    }
}
