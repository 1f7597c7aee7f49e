//! An instant on a page.

use leptos::prelude::*;

use super::format::{date_text, instant_text, rfc3339};

/// `<time>` with the instant in UTC; the browser shows it in the reader's zone, with the exact instant as title.
#[component]
pub fn TimeStamp(
    /// Microseconds since 1970, UTC.
    micros: i64,
    /// Only the day.
    #[prop(optional)]
    date_only: bool,
) -> impl IntoView {
    let text = if date_only { date_text(micros) } else { instant_text(micros) };
    view! {
        <time datetime=rfc3339(micros) title=rfc3339(micros) data-style=if date_only { "date" } else { "instant" }>
            {text}
        </time>
    }
    .into_any()
}
