//! The editor: the mails of a sequence as an ordered list, and beside them what they can say.

use leptos::prelude::*;

use super::{
    closing_store::Closing,
    editor_panels::{Begin, ClosingPanel, FieldsPanel},
    field::FIELDS,
    form::{EditorForm, StepForm, VariantForm},
    kept::KeptSequence,
    lead_values::{COUNTED_MAX, Coverage},
    sequence::{STEPS_MAX, VARIANTS_MAX},
    template::Template,
};
use crate::{
    outreach::ids::StepId,
    ui::{
        Button, ButtonKind, Checkbox, Confirm, ErrorList, Field, FormErrors, LinkButton, Notice, TextArea, TextMeasure,
        Tone, count_text, measure, plural,
    },
};

/// Everything that the editor shows.
#[derive(Debug, Clone)]
pub struct Editor {
    pub form: EditorForm,
    pub coverage: Coverage,
    pub closing: Closing,
    /// Leads that wait for each step.
    pub waiting: Vec<(StepId, i64)>,
    /// The templates of the workspace.
    pub kept: Vec<KeptSequence>,
    /// Its page: forms post to it.
    pub address: String,
    /// Where previews are.
    pub previews: String,
    pub in_wizard: bool,
    pub may_edit: bool,
    /// Whether a mail is stored.
    pub is_begun: bool,
    /// Leads that had finished before the last mail was added, and may get it.
    pub finished: i64,
}

#[component]
pub fn EditorPage(editor: Editor) -> impl IntoView {
    let Editor { form, coverage, closing, waiting, kept, address, previews, in_wizard, may_edit, is_begun, finished } =
        editor;
    let last = form.steps.len().saturating_sub(1);
    let notices: Vec<_> = gaps(&form, &coverage).into_iter().map(|text| view! { <li>{text}</li> }).collect();
    let notices = (!notices.is_empty()).then(|| {
        view! {
            <Notice tone=Tone::Warning title="Some leads would be held back"><ul>{notices}</ul></Notice>
        }
    });
    let can_add = last + 1 < STEPS_MAX;
    let errors = ErrorList::from(&form.errors);
    let steps: Vec<_> = (0..)
        .zip(form.steps.clone())
        .map(|(place, step)| {
            let waiting = waiting.iter().find(|(id, _)| id.to_string() == step.id).map_or(0, |(_, leads)| *leads);
            let errors = form.errors.clone();
            let previews = previews.clone();
            view! { <StepPanel place last step errors waiting previews /> }
        })
        .collect();
    let actions = may_edit.then(|| view! {
        <div class="form-actions">
            {in_wizard.then(|| view! { <Button kind=ButtonKind::Primary name="do" value="continue">"Save and continue"</Button> })}
            <Button kind=if in_wizard { ButtonKind::Secondary } else { ButtonKind::Primary } name="do" value="save">"Save"</Button>
            {can_add.then(|| view! { <Button name="do" value="add-step">"Add a follow-up"</Button> })}
            {is_begun.then(|| view! { <Button kind=ButtonKind::Quiet name="do" value="keep">"Save as template"</Button> })}
            {(!can_add).then(|| view! { <span class="small soft">{format!("A sequence has at most {STEPS_MAX} mails.")}</span> })}
        </div>
    });
    let finished = (may_edit && finished > 0)
        .then(|| view! { <Continue leads=finished mail=last + 1 previews=previews.clone() /> });
    view! {
        {finished}
        {(!is_begun).then(|| view! { <Begin address=address.clone() previews=previews.clone() kept in_wizard may_edit /> })}
        <FormErrors errors />
        {notices}
        <div class="split">
            <form method="post" action=address class="stack-loose" id="emails" novalidate data-submit-once="">
                // Enter in a field saves: the first button of a form is the one that it presses.
                <button class="visually-hidden" type="submit" name="do" value="save" tabindex="-1" aria-hidden="true">"Save"</button>
                <fieldset class="email-steps" disabled=!may_edit>
                    <legend class="visually-hidden">"Mails of the sequence"</legend>
                    <ol class="email-list">{steps}</ol>
                    <ClosingPanel closing language=form.language.clone() />
                </fieldset>
                {actions}
            </form>
            <div class="stack-loose"><FieldsPanel coverage /></div>
        </div>
    }
}

/// Lets leads continue that had finished before the last mail was added.
#[component]
fn Continue(leads: i64, mail: usize, previews: String) -> impl IntoView {
    let title = format!("{} finished before mail {mail} was added", plural(leads, "lead had", "leads had"));
    view! {
        <Notice tone=Tone::Info title=title id="continue-finished">
            <form method="post" action=format!("{previews}/continuations") class="stack-tight" data-submit-once="">
                <p>"They get it as if it had followed their last mail. Leads that opted out or were stopped are not among them."</p>
                <div class="row"><Button>{format!("Continue for {}", plural(leads, "lead", "leads"))}</Button></div>
            </form>
        </Notice>
    }
}

/// “1 · At once”, “2 · 3 days later, if no reply”.
fn step_title(place: usize, step: &StepForm) -> String {
    let number = place + 1;
    match (place, step.delay.trim().parse::<i64>()) {
        (0, _) => format!("{number} · At once"),
        (_, Ok(0)) => format!("{number} · The same day, if no reply"),
        (_, Ok(days)) if step.working_days => {
            format!("{number} · {} later, if no reply", plural(days, "working day", "working days"))
        }
        (_, Ok(days)) => format!("{number} · {} later, if no reply", plural(days, "day", "days")),
        (_, Err(_)) => format!("{number} · Later, if no reply"),
    }
}

#[component]
fn StepPanel(
    place: usize,
    last: usize,
    step: StepForm,
    errors: crate::fields::FieldErrors,
    waiting: i64,
    previews: String,
) -> impl IntoView {
    let title = step_title(place, &step);
    let is_saved = !step.id.is_empty();
    let several = step.variants.len() > 1;
    let timing = (place > 0).then(|| {
        let name = format!("delay-{place}");
        view! {
            <div class="form-row">
                <Field label="Days after the mail before" name=name.clone() inputmode="numeric" value=step.delay.clone() error=errors.of(&name) />
            </div>
            <Checkbox label="Count only days on which the campaign sends" name=format!("working-days-{place}") checked=step.working_days />
            <Checkbox label="Start a new conversation, with its own subject" name=format!("new-thread-{place}") checked=step.new_thread />
        }
    });
    let hidden_timing =
        (place == 0 && step.working_days).then(|| view! { <input type="hidden" name="working-days-0" value="yes" /> });
    let has_subject = place == 0 || step.new_thread;
    let variants: Vec<_> = (0..)
        .zip(step.variants.clone())
        .map(|(variant, typed)| {
            let errors = errors.clone();
            view! { <VariantFields step=place place=variant typed errors several has_subject /> }
        })
        .collect();
    let can_vary = step.variants.len() < VARIANTS_MAX;
    let preview = is_saved.then(|| {
        view! {
            <LinkButton href=format!("{previews}/{}/revisions", step.id)>"Revisions"</LinkButton>
            <LinkButton href=format!("{previews}/{}/preview", step.id)>"Preview"</LinkButton>
        }
    });
    let lost = match (is_saved, waiting) {
        (false, _) => "It is not saved yet.".to_owned(),
        (true, 0) => "No lead waits for it. Mails that were sent stay where they are.".to_owned(),
        (true, leads) => {
            format!("{} for it and will get the next one instead.", plural(leads, "lead waits", "leads wait"))
        }
    };
    view! {
        <li class="panel" id=format!("mail-{}", place + 1)>
            <header class="panel-head">
                <div class="panel-head-text"><h2 class="panel-title">{title}</h2></div>
                <div class="panel-actions">{preview}</div>
            </header>
            <div class="panel-body stack">
                <input type="hidden" name=format!("step-{place}") value=step.id.clone() />
                {hidden_timing}
                {timing}
                {variants}
                <div class="row">
                    {can_vary.then(|| view! { <Button kind=ButtonKind::Quiet name="do" value=format!("add-variant:{place}")>"Add a variant"</Button> })}
                    {(place > 0).then(|| view! { <Button kind=ButtonKind::Quiet name="do" value=format!("up:{place}")>"Move up"</Button> })}
                    {(place < last).then(|| view! { <Button kind=ButtonKind::Quiet name="do" value=format!("down:{place}")>"Move down"</Button> })}
                    {(last > 0).then(|| view! {
                        <Confirm id=format!("remove-mail-{}", place + 1) label="Remove this mail" title="Remove this mail?" kind=ButtonKind::Quiet>
                            <p>{lost}</p>
                            <Button kind=ButtonKind::Danger name="do" value=format!("remove-step:{place}")>"Remove it"</Button>
                        </Confirm>
                    })}
                </div>
            </div>
        </li>
    }
}

#[component]
fn VariantFields(
    step: usize,
    place: usize,
    typed: VariantForm,
    errors: crate::fields::FieldErrors,
    several: bool,
    has_subject: bool,
) -> impl IntoView {
    let name = |field: &str| format!("{field}-{step}-{place}");
    let letter = if typed.letter.is_empty() {
        char::from(b'A' + u8::try_from(place).unwrap_or(0)).to_string()
    } else {
        typed.letter.clone()
    };
    let of = |label: &str| if several { format!("{label} of variant {letter}") } else { label.to_owned() };
    let (subject, weight, body) = (name("subject"), name("weight"), name("body"));
    let subject_hint = (!has_subject)
        .then_some("Used only if this mail starts a new conversation. Otherwise it answers the mail before.");
    let share = if several {
        let hint = "Of all shares together: 1 beside 1 is half.";
        view! {
            <div class="form-row">
                <Field label=of("Share") name=weight.clone() inputmode="numeric" value=typed.weight.clone() error=errors.of(&weight) hint=hint />
            </div>
        }.into_any()
    } else {
        view! { <input type="hidden" name=weight value=typed.weight.clone() /> }.into_any()
    };
    view! {
        <div class="stack" class:email-variant=several id=format!("variant-{step}-{place}-fields")>
            <input type="hidden" name=name("variant") value=typed.id />
            <input type="hidden" name=name("text") value=typed.based_on />
            <input type="hidden" name=name("letter") value=typed.letter />
            <Field label=of("Subject") name=subject.clone() value=typed.subject.clone() error=errors.of(&subject)
                hint=subject_hint.map(str::to_owned) optional=!has_subject maxlength="400" />
            <TextArea label=of("Text") name=body.clone() value=typed.body.clone() error=errors.of(&body) rows=12 />
            <TextMeasure area=body measured=measure(&typed.body) />
            {share}
            {several.then(|| view! {
                <div class="row"><Button kind=ButtonKind::Quiet name="do" value=format!("remove-variant:{step}:{place}")>{format!("Remove variant {letter}")}</Button></div>
            })}
        </div>
    }
}

/// The fields that some leads lack and the texts have no fallback for, in sentences.
fn gaps(form: &EditorForm, coverage: &Coverage) -> Vec<String> {
    let texts = form.steps.iter().flat_map(|step| &step.variants);
    let templates: Vec<Template> = texts.filter_map(|text| Template::parse(&text.subject, &text.body).ok()).collect();
    let mut fields: Vec<&str> = templates.iter().flat_map(Template::required).collect();
    fields.sort_unstable();
    fields.dedup();
    let sentence = |field: &&str| {
        let lacking = coverage.lacking(field);
        let known = FIELDS.iter().find(|known| known.name == *field);
        let label = known.map_or_else(|| format!("“{field}”"), |known| known.label.to_owned());
        let fallback = known.map_or("…", |known| known.fallback);
        let leads = if coverage.leads >= COUNTED_MAX { "the first " } else { "" };
        let of = format!("{leads}{}", plural(coverage.leads, "lead", "leads"));
        let have = if lacking == 1 { "has" } else { "have" };
        (lacking > 0).then(|| {
            format!(
                "{} of {of} {have} no {label}. Add a fallback, e.g. {{{{{field}|{fallback}}}}}, or those leads are held back.",
                count_text(lacking)
            )
        })
    };
    fields.iter().filter_map(sentence).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_told_with_a_fallback_that_closes_it() {
        let mut form = EditorForm { steps: vec![StepForm::blank()], ..EditorForm::default() };
        form.steps[0].variants[0].body = "Hi {{first_name}}, {{title|you}} {{sender_name}} {{icebreaker}}".to_owned();
        let having = [("first_name".to_owned(), 1_163), ("icebreaker".to_owned(), 1_200)].into();
        let coverage = Coverage { leads: 1_200, having, columns: vec!["icebreaker".to_owned()] };
        assert_eq!(
            gaps(&form, &coverage),
            [
                "37 of 1,200 leads have no first name. Add a fallback, e.g. {{first_name|there}}, or those leads are held back."
            ]
        );
        assert_eq!(gaps(&form, &Coverage::default()), Vec::<String>::new());
    }
}
