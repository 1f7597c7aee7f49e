//! How far something is.

use leptos::prelude::*;

use super::{OptionalText, format::percent_text};

/// A labelled `<progress>` with its share in percent and an optional line of detail.
#[component]
pub fn ProgressBar(
    #[prop(into)] label: String,
    value: i64,
    max: i64,
    /// The counts behind the share: "120 of 500 leads".
    #[prop(optional, into)]
    detail: OptionalText,
    /// Only the bar and the detail: where the label stands above already, as in a table.
    #[prop(optional)]
    compact: bool,
) -> impl IntoView {
    let share = percent_text(value, max);
    let head = (!compact).then(|| {
        view! {
            <div class="progress-head">
                <span class="progress-label">{label.clone()}</span>
                <span class="progress-share">{share.clone()}</span>
            </div>
        }
    });
    view! {
        <div class="progress">
            {head}
            <progress
                class="progress-bar"
                max=max.max(1).to_string()
                value=value.clamp(0, max.max(1)).to_string()
                aria-label=label
            >
                {share}
            </progress>
            {detail.0.map(|detail| view! { <p class="progress-detail">{detail}</p> })}
        </div>
    }
    .into_any()
}
