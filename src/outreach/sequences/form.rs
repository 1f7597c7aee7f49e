//! The form of the editor: what is typed, what is wrong with it, and the draft it becomes.

use super::{
    edit::{Draft, StepDraft, VariantDraft},
    fault::TextPart,
    sequence::{STEPS_MAX, Step, VARIANTS_MAX},
    template::Template,
};
use crate::{fields::FieldErrors, server::form::Form, ui::count_text};

/// The longest subject and text, in characters; the longest delay, in days; the most that a variant may weigh.
const SUBJECT_MAX: usize = 200;
const BODY_MAX: usize = 10_000;
const DELAY_MAX: i64 = 365;
const WEIGHT_MAX: i64 = 100;
/// The delay of a new follow-up, in days.
const USUAL_DELAY: i64 = 3;

/// Everything as it is typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EditorForm {
    pub steps: Vec<StepForm>,
    pub language: String,
    pub errors: FieldErrors,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepForm {
    /// Empty for a step that is not saved.
    pub id: String,
    pub delay: String,
    pub working_days: bool,
    pub new_thread: bool,
    pub variants: Vec<VariantForm>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VariantForm {
    pub id: String,
    pub based_on: String,
    pub letter: String,
    pub weight: String,
    pub subject: String,
    pub body: String,
}

impl StepForm {
    /// A follow-up that is still to be written.
    pub fn blank() -> Self {
        let delay = USUAL_DELAY.to_string();
        Self { delay, working_days: true, variants: vec![VariantForm::blank()], ..Self::default() }
    }

    fn is_blank(&self) -> bool {
        self.id.is_empty() && self.variants.iter().all(VariantForm::is_blank)
    }
}

impl VariantForm {
    pub fn blank() -> Self {
        Self { weight: "1".to_owned(), ..Self::default() }
    }

    fn is_blank(&self) -> bool {
        self.id.is_empty() && self.subject.trim().is_empty() && self.body.trim().is_empty()
    }
}

/// What a button of the form does, beside saving it. Places count from 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Action {
    #[default]
    Save,
    /// Saves and goes to the next page of the wizard.
    Continue,
    /// Saves, and keeps the sequence as a template of the workspace.
    Keep,
    AddStep,
    AddVariant(usize),
    RemoveStep(usize),
    RemoveVariant(usize, usize),
    MoveUp(usize),
    MoveDown(usize),
}

impl Action {
    /// Reads the value of a button; anything unknown saves.
    pub fn of_word(word: &str) -> Self {
        let mut parts = word.split(':');
        let verb = parts.next().unwrap_or_default();
        let mut place = || parts.next().and_then(|place| place.parse().ok());
        match (verb, place(), place()) {
            ("continue", ..) => Self::Continue,
            ("keep", ..) => Self::Keep,
            ("add-step", ..) => Self::AddStep,
            ("add-variant", Some(step), _) => Self::AddVariant(step),
            ("remove-step", Some(step), _) => Self::RemoveStep(step),
            ("remove-variant", Some(step), Some(variant)) => Self::RemoveVariant(step, variant),
            ("up", Some(step), _) => Self::MoveUp(step),
            ("down", Some(step), _) => Self::MoveDown(step),
            _ => Self::Save,
        }
    }
}

impl EditorForm {
    /// The form of what is stored; of a sequence that is not begun, with one mail to write.
    pub fn of(steps: &[Step], language: String) -> Self {
        let variant = |variant: &super::sequence::Variant| VariantForm {
            id: variant.id.to_string(),
            based_on: variant.text.id.to_string(),
            letter: variant.letter.clone(),
            weight: variant.weight.to_string(),
            subject: variant.text.subject.clone(),
            body: variant.text.body.clone(),
        };
        let step = |step: &Step| StepForm {
            id: step.id.to_string(),
            delay: step.delay_days.to_string(),
            working_days: step.working_days,
            new_thread: step.new_thread,
            variants: step.variants.iter().map(variant).collect(),
        };
        let mut steps: Vec<StepForm> = steps.iter().map(step).collect();
        if steps.is_empty() {
            steps.push(StepForm::blank());
        }
        Self { steps, language, errors: FieldErrors::default() }
    }

    /// What was typed.
    pub fn typed(form: &Form) -> Self {
        let text = |name: String| form.exact(&name).chars().take(BODY_MAX * 2).collect::<String>();
        let variants = |step: usize| -> Vec<VariantForm> {
            let places = (0..VARIANTS_MAX).filter(|place| form.has(&format!("body-{step}-{place}")));
            places
                .map(|place| VariantForm {
                    id: text(format!("variant-{step}-{place}")),
                    based_on: text(format!("text-{step}-{place}")),
                    letter: text(format!("letter-{step}-{place}")),
                    weight: text(format!("weight-{step}-{place}")),
                    subject: text(format!("subject-{step}-{place}")),
                    body: text(format!("body-{step}-{place}")),
                })
                .collect()
        };
        let steps = (0..STEPS_MAX).map(|step| StepForm {
            id: text(format!("step-{step}")),
            delay: text(format!("delay-{step}")),
            working_days: form.has(&format!("working-days-{step}")),
            new_thread: form.has(&format!("new-thread-{step}")),
            variants: variants(step),
        });
        let steps = steps.filter(|step| !step.variants.is_empty()).collect();
        Self { steps, language: text("language".to_owned()), errors: FieldErrors::default() }
    }

    /// The draft that `action` makes of what was typed, with `columns` as fields beside those of every lead. Mails that were
    /// begun and left empty are dropped, unless there is nothing else.
    ///
    /// # Errors
    /// What to change, by field.
    pub fn draft(&self, action: Action, columns: &[String]) -> Result<Draft, FieldErrors> {
        // With the places they were typed at: the names of the fields have them.
        let mut steps: Vec<(usize, StepForm)> = self.steps.iter().cloned().enumerate().collect();
        let mut draft = Draft::default();
        let begun = steps.iter().filter(|(_, step)| !step.is_blank()).count();
        match action {
            Action::RemoveStep(place) if place < steps.len() => {
                draft.removed_step = steps.remove(place).1.id.parse().ok()
            }
            Action::MoveUp(place) if (1..steps.len()).contains(&place) => steps.swap(place - 1, place),
            Action::MoveDown(place) if place + 1 < steps.len() => steps.swap(place, place + 1),
            _ => {}
        }
        // Who began the conversation keeps its subject when another mail comes before it.
        for (place, step) in steps.iter_mut().skip(1) {
            step.new_thread |= *place == 0;
        }
        steps.retain(|(_, step)| begun == 0 || !step.is_blank());
        let mut reader = Reader { columns, errors: FieldErrors::default() };
        for (position, (place, step)) in steps.iter().enumerate() {
            let mut variants: Vec<(usize, &VariantForm)> = step.variants.iter().enumerate().collect();
            if let Action::RemoveVariant(of, removed) = action
                && of == *place
                && removed < variants.len()
                && variants.len() > 1
            {
                draft.removed_variant = variants.remove(removed).1.id.parse().ok();
            }
            let written = variants.iter().filter(|(_, variant)| !variant.is_blank()).count();
            variants.retain(|(_, variant)| written == 0 || !variant.is_blank());
            draft.steps.push(reader.step(*place, step, &variants, position == 0));
        }
        if reader.errors.is_empty() { Ok(draft) } else { Err(reader.errors) }
    }
}

/// Reads steps, and notes what is wrong with them.
struct Reader<'a> {
    columns: &'a [String],
    errors: FieldErrors,
}

impl Reader<'_> {
    fn step(&mut self, place: usize, step: &StepForm, variants: &[(usize, &VariantForm)], is_first: bool) -> StepDraft {
        let has_subject = is_first || step.new_thread;
        let delay_days = match (step.delay.trim(), step.delay.trim().parse()) {
            // The first mail has no delay to type; it gets one when it moves down.
            ("", _) if place == 0 => {
                if is_first {
                    0
                } else {
                    USUAL_DELAY
                }
            }
            (_, Ok(days)) if (0..=DELAY_MAX).contains(&days) => days,
            _ => {
                let message = format!("Write the days as a whole number from 0 to {DELAY_MAX}.");
                self.errors.add(&format!("delay-{place}"), message);
                0
            }
        };
        let variants =
            variants.iter().map(|(variant, typed)| self.variant(place, *variant, typed, has_subject)).collect();
        let id = step.id.parse().ok();
        StepDraft { id, delay_days, working_days: step.working_days, new_thread: step.new_thread, variants }
    }

    fn variant(&mut self, step: usize, place: usize, typed: &VariantForm, has_subject: bool) -> VariantDraft {
        let [subject_field, body_field] = ["subject", "body"].map(|field| format!("{field}-{step}-{place}"));
        // The subject of a mail that continues a conversation is the one it began with.
        let subject = if has_subject { typed.subject.trim() } else { "" };
        if has_subject && subject.is_empty() {
            self.errors.add(&subject_field, "Write a subject.");
        }
        if typed.body.trim().is_empty() {
            self.errors.add(&body_field, "Write the text.");
        }
        for (field, text, most) in
            [(&subject_field, subject, SUBJECT_MAX), (&body_field, typed.body.as_str(), BODY_MAX)]
        {
            let letters = text.chars().count();
            if letters > most {
                self.errors.add(
                    field,
                    format!(
                        "This has {} characters. At most {} fit.",
                        count_text(letters as i64),
                        count_text(most as i64)
                    ),
                );
            }
        }
        let mut draft = VariantDraft {
            id: typed.id.parse().ok(),
            based_on: typed.based_on.parse().ok(),
            weight: self.weight(&format!("weight-{step}-{place}"), &typed.weight),
            ..VariantDraft::default()
        };
        match Template::parse_known(subject, &typed.body, self.columns) {
            Ok(template) => {
                if has_subject && !subject.is_empty() && template.subject_may_be_empty() {
                    self.errors.add(&subject_field, "One of its choices leaves the subject empty.");
                }
                (draft.subject, draft.body) = template.print();
            }
            Err(faults) => faults.iter().for_each(|fault| {
                let field = if fault.part == TextPart::Subject { &subject_field } else { &body_field };
                self.errors.add(field, fault.to_string());
            }),
        }
        draft
    }

    fn weight(&mut self, field: &str, typed: &str) -> i64 {
        match typed.trim().parse() {
            Ok(weight) if (1..=WEIGHT_MAX).contains(&weight) => weight,
            _ => {
                self.errors.add(field, format!("Write the share as a whole number from 1 to {WEIGHT_MAX}."));
                1
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(fields: &[(&str, &str)]) -> EditorForm {
        EditorForm::typed(&Form::of(fields))
    }

    const FIRST: [(&str, &str); 3] = [("subject-0-0", "For {{ First Name }}"), ("body-0-0", "Hi"), ("weight-0-0", "1")];

    #[test]
    fn what_is_typed_becomes_a_draft_in_one_spelling() {
        let draft = typed(&FIRST).draft(Action::Save, &[]).unwrap();
        assert_eq!(draft.steps.len(), 1);
        assert_eq!(draft.steps[0].variants[0].subject, "For {{first_name}}");
    }

    #[test]
    fn what_is_wrong_is_said_beside_its_field() {
        let form = typed(&[
            ("body-0-0", "{{fist_name}}"),
            ("weight-0-0", "0"),
            ("body-1-0", " x"),
            ("delay-1", "soon"),
            ("weight-1-0", "1"),
        ]);
        let errors = form.draft(Action::Save, &[]).unwrap_err();
        assert_eq!(errors.of("subject-0-0").as_deref(), Some("Write a subject."));
        assert_eq!(
            errors.of("body-0-0").as_deref(),
            Some("“{{fist_name}}” is not a field. Did you mean “first_name”?")
        );
        assert!(errors.of("weight-0-0").is_some() && errors.of("delay-1").is_some());
        assert_eq!(errors.of("subject-1-0"), None, "a follow-up continues the conversation");
        let long = "x".repeat(10_001);
        let errors = typed(&[FIRST[0], ("body-0-0", &long), FIRST[2]]).draft(Action::Save, &[]).unwrap_err();
        assert_eq!(errors.of("body-0-0").as_deref(), Some("This has 10,001 characters. At most 10,000 fit."));
    }

    #[test]
    fn a_mail_that_was_left_empty_is_dropped_and_a_sequence_of_nothing_is_not() {
        let blank = [("body-1-0", ""), ("delay-1", "3"), ("weight-1-0", "1")];
        let draft = typed(&[&FIRST[..], &blank[..]].concat()).draft(Action::Save, &[]).unwrap();
        assert_eq!(draft.steps.len(), 1);
        let errors = typed(&[("body-0-0", ""), ("weight-0-0", "1")]).draft(Action::Save, &[]).unwrap_err();
        assert!(errors.of("subject-0-0").is_some() && errors.of("body-0-0").is_some());
    }

    #[test]
    fn buttons_remove_and_move_what_is_typed() {
        let second = [
            ("subject-1-0", "Second"),
            ("new-thread-1", "yes"),
            ("body-1-0", "There"),
            ("delay-1", "3"),
            ("weight-1-0", "1"),
        ];
        let form = typed(&[&FIRST[..], &second[..]].concat());
        let subjects = |action| {
            let draft = form.draft(action, &[]).unwrap();
            draft.steps.iter().map(|step| step.variants[0].subject.clone()).collect::<Vec<_>>()
        };
        assert_eq!(subjects(Action::of_word("up:1")), ["Second", "For {{first_name}}"]);
        assert_eq!(subjects(Action::of_word("remove-step:0")), ["Second"]);
        assert_eq!(subjects(Action::of_word("no such button")), ["For {{first_name}}", "Second"]);
    }
}
