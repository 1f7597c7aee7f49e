//! Moving through a long list.

use leptos::prelude::*;

use super::{Icon, LinkButton, OptionalText, count_text};

/// Says which rows are shown ("51–100 of 2,000 leads") and links to the pages before and after.
#[component]
pub fn Pagination(
    /// The number of the first row shown, from 1.
    first: i64,
    /// The number of the last row shown.
    last: i64,
    total: i64,
    /// What is counted, in the plural: `leads`.
    #[prop(into)]
    noun: String,
    /// The address of the page before.
    #[prop(optional, into)]
    previous: OptionalText,
    /// The address of the page after.
    #[prop(optional, into)]
    next: OptionalText,
) -> impl IntoView {
    let range = match total {
        0 => format!("No {noun}"),
        _ => format!("{}–{} of {} {noun}", count_text(first), count_text(last), count_text(total)),
    };
    let single = !previous.is_some() && !next.is_some();
    view! {
        <nav class="pagination" aria-label="Pages">
            <p class="pagination-range">{range}</p>
            {(!single)
                .then(|| {
                    view! {
                        <div class="pagination-links">
                            <PageLink href=previous.0 label="Previous" rel="prev" icon="back" />
                            <PageLink href=next.0 label="Next" rel="next" icon="forward" />
                        </div>
                    }
                })}
        </nav>
    }
    .into_any()
}

/// Links of a list with the newest first, whose pages have no numbers.
#[component]
pub fn OlderPages(
    /// What is shown, such as "50 lines".
    #[prop(optional, into)]
    range: OptionalText,
    /// The address of the first page, on any other.
    #[prop(into)]
    newest: OptionalText,
    /// The address of the page after.
    #[prop(into)]
    older: OptionalText,
) -> impl IntoView {
    view! {
        <nav class="pagination" aria-label="Newer and older">
            {range.0.map(|range| view! { <p class="pagination-range">{range}</p> })}
            <div class="pagination-links">
                {newest.0.map(|href| view! { <LinkButton href=href>"Newest"</LinkButton> })}
                {older.0.map(|href| view! { <LinkButton href=href>"Older"</LinkButton> })}
            </div>
        </nav>
    }
    .into_any()
}

#[component]
fn PageLink(href: Option<String>, label: &'static str, rel: &'static str, icon: &'static str) -> impl IntoView {
    let text = match rel {
        "prev" => view! { <Icon name=icon /> {label} }.into_any(),
        _ => view! { {label} <Icon name=icon /> }.into_any(),
    };
    match href {
        Some(href) => view! { <a class="button button-secondary" href=href rel=rel>{text}</a> }.into_any(),
        None => view! { <span class="button button-secondary" aria-disabled="true">{text}</span> }.into_any(),
    }
}
