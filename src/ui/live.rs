//! What keeps an open page true: the island in every page's frame.

use leptos::prelude::*;

use super::browser;

/// Follows the workspace's changes and swaps the parts of the page that show them.
///
/// Every element with an `id` and `data-live="topic topic"` is replaced by its new version when the server names one of
/// its topics on `/live`. When its `data-announce="…"` changed, screen readers hear the new text. Also shows instants in the reader's zone, and keeps forms with `data-submit-once` from being
/// sent twice by a double click.
#[island]
pub fn Live(
    /// Whether there is a workspace to follow.
    stream: bool,
) -> impl IntoView {
    Effect::new(move |_| browser::start(stream));
    view! { <span hidden></span> }
}
