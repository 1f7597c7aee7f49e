//! One number and what it is.

use leptos::prelude::*;

use super::OptionalText;

/// A statistic. With `id` and `live` it follows its topic by itself. Several stand in `<div class="figures">`.
#[component]
pub fn Figure(
    #[prop(into)] label: String,
    /// Already formatted, e.g. by `count_text`.
    #[prop(into)]
    value: String,
    #[prop(optional, into)] hint: OptionalText,
    #[prop(optional, into)] id: OptionalText,
    /// The topics it follows: `credits`, `request:…`.
    #[prop(optional, into)]
    live: OptionalText,
    /// The one number of the page.
    #[prop(optional)]
    prominent: bool,
    /// The page with the rows behind the number.
    #[prop(optional, into)]
    href: OptionalText,
) -> impl IntoView {
    let value = match href.0 {
        Some(href) => view! { <a href=href>{value}</a> }.into_any(),
        None => value.into_any(),
    };
    view! {
        <div class="figure" class:figure-prominent=prominent id=id.0 data-live=live.0>
            <p class="figure-label">{label}</p>
            <p class="figure-value">{value}</p>
            {hint.0.map(|hint| view! { <p class="figure-hint">{hint}</p> })}
        </div>
    }
    .into_any()
}
