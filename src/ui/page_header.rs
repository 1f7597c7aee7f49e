//! The top of a page: where one is, its heading, what can be done.

use leptos::prelude::*;

use super::{Icon, OptionalText};

/// The `h1` with an optional line under it and the page's actions (the children) beside it.
#[component]
pub fn PageHeader(
    #[prop(into)] title: String,
    #[prop(optional, into)] subtitle: OptionalText,
    /// The page this one belongs to; needs `back_label`.
    #[prop(optional, into)]
    back_href: OptionalText,
    #[prop(optional, into)] back_label: OptionalText,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let back = back_href.0.zip(back_label.0).map(|(href, label)| {
        view! {
            <a class="page-header-back" href=href>
                <Icon name="back" />
                {label}
            </a>
        }
    });
    view! {
        <header class="page-header">
            {back} <div class="page-header-row">
                <div class="page-header-text">
                    <h1 id="heading" tabindex="-1">{title}</h1>
                    {subtitle.0.map(|subtitle| view! { <p class="page-header-subtitle">{subtitle}</p> })}
                </div>
                {children.map(|children| view! { <div class="page-header-actions">{children()}</div> })}
            </div>
        </header>
    }
    .into_any()
}
