//! Asking before something is lost.

use leptos::prelude::*;

use super::{ButtonKind, Icon};

/// A button that opens a small dialog (a popover, so it needs no JavaScript; Escape and a click outside close it).
/// The children say what will be lost and hold the form that does it.
#[component]
pub fn Confirm(
    /// Unique on the page.
    #[prop(into)]
    id: String,
    /// The text of the button that opens it.
    #[prop(into)]
    label: String,
    /// The question.
    #[prop(into)]
    title: String,
    #[prop(optional)] kind: ButtonKind,
    /// Opened by an icon, whose name is then the label: for the rows of a table.
    #[prop(optional)]
    icon: Option<&'static str>,
    children: Children,
) -> impl IntoView {
    let (title_id, labelled_by) = (format!("{id}-title"), format!("{id}-title"));
    let (opens, closes) = (id.clone(), id.clone());
    let (class, aria_label, text) = match icon {
        Some(name) => (format!("{} button-icon", kind.class()), Some(label), view! { <Icon name /> }.into_any()),
        None => (kind.class().to_owned(), None, label.into_any()),
    };
    view! {
        <button class=class aria-label=aria_label type="button" popovertarget=opens aria-haspopup="dialog">
            {text}
        </button>
        <div class="dialog" id=id popover="auto" role="dialog" aria-labelledby=labelled_by>
            <div class="dialog-head">
                <h2 class="dialog-title" id=title_id>{title}</h2>
                <button
                    class="button button-quiet button-icon"
                    type="button"
                    popovertarget=closes
                    popovertargetaction="hide"
                    aria-label="Close"
                >
                    <Icon name="close" />
                </button>
            </div>
            {children()}
        </div>
    }
    .into_any()
}
