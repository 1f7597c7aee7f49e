//! A part of a page with its own heading.

use leptos::prelude::*;

use super::OptionalText;

/// A framed section. `actions` stand beside the heading.
#[component]
pub fn Panel(
    #[prop(optional, into)] title: OptionalText,
    #[prop(optional, into)] description: OptionalText,
    #[prop(optional, into)] id: OptionalText,
    /// The topics it follows (needs an `id`); then no form field may stand inside.
    #[prop(optional, into)]
    live: OptionalText,
    /// Contents reach the frame's edge: for tables.
    #[prop(optional)]
    flush: bool,
    #[prop(optional, into)] actions: Option<ViewFn>,
    children: Children,
) -> impl IntoView {
    let has_head = title.is_some() || description.is_some() || actions.is_some();
    let head = has_head.then(|| {
        view! {
            <header class="panel-head">
                <div class="panel-head-text">
                    {title.0.map(|title| view! { <h2 class="panel-title">{title}</h2> })}
                    {description.0.map(|description| view! { <p class="panel-description">{description}</p> })}
                </div>
                {actions.map(|actions| view! { <div class="panel-actions">{actions.run()}</div> })}
            </header>
        }
    });
    view! {
        <section class="panel" class:panel-flush=flush id=id.0 data-live=live.0>
            {head} <div class="panel-body">{children()}</div>
        </section>
    }
    .into_any()
}
