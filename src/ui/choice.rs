//! Checkboxes and radio buttons.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{OptionalText, count_text};

/// One thing to tick: its form value, its text, how many there are of it, and a line of explanation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    pub value: String,
    pub label: String,
    /// Shown at the end of the line, e.g. the people it would add.
    pub count: Option<i64>,
    /// A second line under the label.
    pub hint: Option<String>,
}

impl Choice {
    /// A choice without a count.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), count: None, hint: None }
    }

    /// The same choice with a count at the end of its line.
    pub fn with_count(mut self, count: i64) -> Self {
        self.count = Some(count);
        self
    }

    /// The same choice with a line of explanation.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Several of a fixed list. Each box is named `name`; its id is `name-value`.
#[component]
pub fn CheckboxGroup(
    #[prop(into)] legend: String,
    #[prop(into)] name: String,
    options: Vec<Choice>,
    #[prop(optional)] selected: Vec<String>,
    #[prop(optional, into)] hint: OptionalText,
    #[prop(optional, into)] error: OptionalText,
    /// Boxes side by side where there is room.
    #[prop(optional)]
    columns: bool,
) -> impl IntoView {
    view! { <ChoiceGroup kind="checkbox" legend name options selected hint error columns required=false /> }
}

/// Exactly one of a fixed list. Each button is named `name`; its id is `name-value`.
#[component]
pub fn RadioGroup(
    #[prop(into)] legend: String,
    #[prop(into)] name: String,
    options: Vec<Choice>,
    #[prop(optional, into)] selected: OptionalText,
    #[prop(optional, into)] hint: OptionalText,
    #[prop(optional, into)] error: OptionalText,
    #[prop(optional)] required: bool,
    /// Buttons side by side where there is room.
    #[prop(optional)]
    columns: bool,
) -> impl IntoView {
    let selected = selected.0.into_iter().collect();
    view! { <ChoiceGroup kind="radio" legend name options selected hint error columns required /> }
}

#[component]
fn ChoiceGroup(
    kind: &'static str,
    legend: String,
    name: String,
    options: Vec<Choice>,
    selected: Vec<String>,
    hint: OptionalText,
    error: OptionalText,
    columns: bool,
    required: bool,
) -> impl IntoView {
    let described = super::text::described_by(&name, &hint, &error);
    let (hint_id, error_id) = (format!("{name}-hint"), format!("{name}-error"));
    let lines: Vec<_> = options
        .into_iter()
        .map(|choice| {
            let checked = selected.contains(&choice.value);
            view! { <ChoiceLine kind name=name.clone() choice checked required /> }
        })
        .collect();
    view! {
        <fieldset class="choices" class:choices-columns=columns aria-describedby=described id=name>
            <legend class="field-label">{legend}</legend>
            {hint.0.map(|hint| view! { <p class="field-hint" id=hint_id>{hint}</p> })}
            <div class="choices-list">{lines}</div>
            {error.0.map(|error| view! { <p class="field-error" id=error_id>{error}</p> })}
        </fieldset>
    }
    .into_any()
}

#[component]
fn ChoiceLine(kind: &'static str, name: String, choice: Choice, checked: bool, required: bool) -> impl IntoView {
    let id = format!("{name}-{}", choice.value.replace(|letter: char| !letter.is_alphanumeric(), "-"));
    let label_for = id.clone();
    // A live count finds its place by this.
    let key = format!("{name}:{}", choice.value);
    view! {
        <label class="choice" for=label_for>
            <input type=kind id=id name=name value=choice.value checked=checked required=required />
            <span class="choice-text">
                {choice.label}
                {choice.hint.map(|hint| view! { <span class="choice-hint">{hint}</span> })}
            </span>
            {choice.count.map(|count| view! { <span class="choice-count" data-text=key data-zero=(count == 0).then_some("")>{count_text(count)}</span> })}
        </label>
    }
    .into_any()
}

/// One box on its own ("Include catch-all addresses").
#[component]
pub fn Checkbox(
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    #[prop(default = "yes".to_owned(), into)] value: String,
    #[prop(optional)] checked: bool,
    #[prop(optional, into)] hint: OptionalText,
    #[prop(optional, into)] error: OptionalText,
    #[prop(optional)] required: bool,
) -> impl IntoView {
    let error_id = format!("{name}-error");
    let described = error.is_some().then(|| error_id.clone());
    let (id, label_for) = (name.clone(), name.clone());
    view! {
        <div class="field">
            <label class="choice" for=label_for>
                <input
                    type="checkbox"
                    id=id
                    name=name
                    value=value
                    checked=checked
                    required=required
                    aria-invalid=described.is_some().then_some("true")
                    aria-describedby=described
                />
                <span class="choice-text">
                    {label} {hint.0.map(|hint| view! { <span class="choice-hint">{hint}</span> })}
                </span>
            </label>
            {error.0.map(|error| view! { <p class="field-error" id=error_id>{error}</p> })}
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_selected_boxes_are_ticked() {
        let options = vec![Choice::new("vp", "VP"), Choice::new("c_suite", "C-suite")];
        let html =
            view! { <CheckboxGroup legend="Seniority" name="seniority" options selected=vec!["vp".to_owned()] /> }
                .to_html();
        assert_eq!(html.matches(" checked").count(), 1, "{html}");
        assert!(html.contains(r#"id="seniority-c-suite""#), "{html}");
    }

    /// Finding 27: style fades what brings no one.
    #[test]
    fn a_choice_that_brings_nobody_is_marked() {
        let options = vec![Choice::new("vp", "VP").with_count(12), Choice::new("intern", "Intern").with_count(0)];
        let html = view! { <CheckboxGroup legend="Seniority" name="seniority" options /> }.to_html();
        let (some, none) = html.split_once("intern").unwrap();
        assert!(!some.contains("data-zero") && none.contains("data-zero"), "{html}");
    }
}
