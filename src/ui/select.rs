//! A choice of one from a list too long for radio buttons.

use leptos::prelude::*;

use super::OptionalText;
use super::{field::FieldFrame, text::described_by};

/// A `<select>`; `options` are pairs of value and text.
#[component]
pub fn Select(
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    options: Vec<(String, String)>,
    #[prop(optional, into)] selected: OptionalText,
    #[prop(optional, into)] error: OptionalText,
    #[prop(optional, into)] hint: OptionalText,
    #[prop(optional, into)] id: OptionalText,
    #[prop(optional)] required: bool,
    /// Says "optional" beside the label.
    #[prop(optional)]
    optional: bool,
) -> impl IntoView {
    let id = id.0.unwrap_or_else(|| name.clone());
    let described = described_by(&id, &hint, &error);
    let invalid = error.is_some().then_some("true");
    let selected = selected.0.unwrap_or_default();
    let options: Vec<_> = options
        .into_iter()
        .map(|(value, text)| {
            let chosen = value == selected;
            view! { <option value=value selected=chosen>{text}</option> }
        })
        .collect();
    view! {
        <FieldFrame id=id.clone() label hint error optional>
            <select class="input" id=id name=name required=required aria-describedby=described aria-invalid=invalid>
                {options}
            </select>
        </FieldFrame>
    }
    .into_any()
}
