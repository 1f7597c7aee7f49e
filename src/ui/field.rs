//! Text inputs with their label, hint and error.

use leptos::prelude::*;

use super::{
    OptionalText,
    text::{described_by, textarea_content},
};

/// Label, hint, control and error of one field, in the order they are read.
#[component]
pub(super) fn FieldFrame(
    id: String,
    label: String,
    hint: OptionalText,
    error: OptionalText,
    optional: bool,
    children: Children,
) -> impl IntoView {
    let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
    let invalid = error.is_some();
    view! {
        <div class="field" class:field-invalid=invalid>
            <label class="field-label" for=id>
                {label}
                {optional.then(|| view! { <span class="field-optional">" optional"</span> })}
            </label>
            {hint.0.map(|hint| view! { <p class="field-hint" id=hint_id>{hint}</p> })}
            {children()}
            {error.0.map(|error| view! { <p class="field-error" id=error_id>{error}</p> })}
        </div>
    }
    .into_any()
}

/// A one-line input. `id` is the name unless given; an error marks the input invalid and is read with it.
#[component]
pub fn Field(
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    /// The input's type: `text`, `email`, `password`, `number`, `search`, `url`, `date`.
    #[prop(default = "text")]
    kind: &'static str,
    #[prop(optional, into)] value: OptionalText,
    #[prop(optional, into)] error: OptionalText,
    #[prop(optional, into)] hint: OptionalText,
    #[prop(optional, into)] id: OptionalText,
    #[prop(optional)] required: bool,
    /// Says "optional" beside the label.
    #[prop(optional)]
    optional: bool,
    #[prop(optional, into)] autocomplete: OptionalText,
    #[prop(optional, into)] placeholder: OptionalText,
    /// The key of the text that the placeholder follows, where an island tells one.
    #[prop(optional, into)]
    live_placeholder: OptionalText,
    #[prop(optional, into)] inputmode: OptionalText,
    #[prop(optional, into)] min: OptionalText,
    #[prop(optional, into)] max: OptionalText,
    #[prop(optional, into)] step: OptionalText,
    #[prop(optional, into)] minlength: OptionalText,
    #[prop(optional, into)] maxlength: OptionalText,
    /// The id of a `<datalist>` with suggestions.
    #[prop(optional, into)]
    list: OptionalText,
    #[prop(optional)] autofocus: bool,
    #[prop(optional)] disabled: bool,
    #[prop(optional)] readonly: bool,
) -> impl IntoView {
    let id = id.0.unwrap_or_else(|| name.clone());
    let described = described_by(&id, &hint, &error);
    let invalid = error.is_some().then_some("true");
    view! {
        <FieldFrame id=id.clone() label hint error optional>
            <input
                class="input"
                id=id
                name=name
                type=kind
                value=value.0
                required=required
                autocomplete=autocomplete.0
                placeholder=placeholder.0
                data-placeholder=live_placeholder.0
                inputmode=inputmode.0
                min=min.0
                max=max.0
                step=step.0
                minlength=minlength.0
                maxlength=maxlength.0
                list=list.0
                autofocus=autofocus
                disabled=disabled
                readonly=readonly
                aria-describedby=described
                aria-invalid=invalid
            />
        </FieldFrame>
    }
    .into_any()
}

/// An input of several lines.
#[component]
pub fn TextArea(
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    #[prop(optional, into)] value: OptionalText,
    #[prop(optional, into)] error: OptionalText,
    #[prop(optional, into)] hint: OptionalText,
    #[prop(optional, into)] id: OptionalText,
    #[prop(optional)] required: bool,
    /// Says "optional" beside the label.
    #[prop(optional)]
    optional: bool,
    #[prop(optional, into)] placeholder: OptionalText,
    #[prop(optional, into)] maxlength: OptionalText,
    #[prop(default = 4)] rows: u32,
) -> impl IntoView {
    let id = id.0.unwrap_or_else(|| name.clone());
    let described = described_by(&id, &hint, &error);
    let invalid = error.is_some().then_some("true");
    view! {
        <FieldFrame id=id.clone() label hint error optional>
            <textarea
                class="input"
                id=id
                name=name
                rows=rows.to_string()
                required=required
                placeholder=placeholder.0
                maxlength=maxlength.0
                aria-describedby=described
                aria-invalid=invalid
                inner_html=textarea_content(&value.0.unwrap_or_default())
            ></textarea>
        </FieldFrame>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_read_with_its_hint_and_its_error() {
        let html =
            view! { <Field label="Email" name="email" kind="email" hint="At work" error="Has no @" /> }.to_html();
        assert!(html.contains(r#"for="email""#), "{html}");
        assert!(html.contains(r#"aria-describedby="email-hint email-error""#), "{html}");
        assert!(html.contains(r#"aria-invalid="true""#), "{html}");
    }

    #[test]
    fn a_field_without_an_error_does_not_say_it_is_invalid() {
        let html = view! { <Field label="Email" name="email" /> }.to_html();
        assert!(!html.contains("aria-invalid"), "{html}");
        assert!(!html.contains("aria-describedby"), "{html}");
    }

    #[test]
    fn what_was_typed_comes_back_escaped() {
        let html = view! { <TextArea label="Note" name="note" value="</textarea><script>" /> }.to_html();
        assert!(html.contains(">&lt;/textarea&gt;&lt;script&gt;</textarea>"), "{html}");
        let empty = view! { <TextArea label="Note" name="note" /> }.to_html();
        assert!(empty.contains("></textarea>"), "{empty}");
    }
}
