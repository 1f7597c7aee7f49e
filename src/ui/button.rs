//! Buttons, and links that look like them.

use leptos::prelude::*;

use super::OptionalText;

/// How much a button asks for attention. One `Primary` per view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// The one thing to do here.
    Primary,
    /// Everything else that matters.
    #[default]
    Secondary,
    /// An action among text, without a frame.
    Quiet,
    /// Ends or deletes something.
    Danger,
}

impl ButtonKind {
    /// The class names of a button of this kind.
    pub fn class(self) -> &'static str {
        match self {
            Self::Primary => "button button-primary",
            Self::Secondary => "button button-secondary",
            Self::Quiet => "button button-quiet",
            Self::Danger => "button button-danger",
        }
    }
}

/// A `<button>`; submits its form unless `type_="button"`.
#[component]
pub fn Button(
    #[prop(optional)] kind: ButtonKind,
    /// `submit` by default; `button` when it is not part of a form.
    #[prop(default = "submit")]
    type_: &'static str,
    /// Sent with the form, with `value`, when this button submits it.
    #[prop(optional, into)]
    name: OptionalText,
    #[prop(optional, into)] value: OptionalText,
    #[prop(optional, into)] id: OptionalText,
    /// The form it belongs to, when it stands outside.
    #[prop(optional, into)]
    form: OptionalText,
    /// Posts the form to another address.
    #[prop(optional, into)]
    formaction: OptionalText,
    /// Skips the browser's own checks ("save draft", "back").
    #[prop(optional)]
    formnovalidate: bool,
    #[prop(optional)] disabled: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <button
            class=kind.class()
            type=type_
            id=id.0
            name=name.0
            value=value.0
            form=form.0
            formaction=formaction.0
            formnovalidate=formnovalidate
            disabled=disabled
        >
            {children()}
        </button>
    }
    .into_any()
}

/// A link that looks like a button: for going somewhere, never for changing something.
#[component]
pub fn LinkButton(
    #[prop(into)] href: String,
    #[prop(optional)] kind: ButtonKind,
    #[prop(optional, into)] id: OptionalText,
    /// Offers the answer as a file (CSV exports).
    #[prop(optional)]
    download: bool,
    children: Children,
) -> impl IntoView {
    view! { <a class=kind.class() href=href id=id.0 download=download>{children()}</a> }.into_any()
}
