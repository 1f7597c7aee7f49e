//! A way from a thing to its explanation.

use leptos::prelude::*;

use super::Icon;

/// A small link to `/help/{topic}`, beside what the topic explains.
#[component]
pub fn HelpLink(
    /// The last part of the address: `credits`, `buying`, `targeting`, `requesting`, `running-out`, `delays`.
    #[prop(into)]
    topic: String,
    children: Children,
) -> impl IntoView {
    view! {
        <a class="help-link" href=format!("/help/{topic}")>
            <Icon name="help" />
            {children()}
        </a>
    }
    .into_any()
}
