//! A file to be uploaded, with its label, hint and error.

use leptos::prelude::*;

use super::{OptionalText, field::FieldFrame, text::described_by};

/// The form needs `enctype="multipart/form-data"`. `name` is also the id; browsers forget a file when a form comes back.
#[component]
pub fn FileField(
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    /// What is offered first: endings and media types, with commas.
    accept: &'static str,
    #[prop(optional, into)] error: OptionalText,
    #[prop(optional, into)] hint: OptionalText,
    #[prop(optional)] required: bool,
) -> impl IntoView {
    let described = described_by(&name, &hint, &error);
    let invalid = error.is_some();
    view! {
        <FieldFrame id=name.clone() label hint error optional=false>
            <input
                class="input"
                id=name.clone()
                name=name
                type="file"
                accept=accept
                required=required
                aria-describedby=described
                aria-invalid=invalid.then_some("true")
            />
        </FieldFrame>
    }
}
