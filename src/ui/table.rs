//! Tables: a caption, a head, a body, and a container that scrolls when the screen is narrow.
//!
//! Inside, plain markup: `<thead>`, `<tbody>`, `<th scope="col">`, `<th scope="row">`. Numbers get `class="number"`;
//! a column that may be left out on a phone gets `class="wide-only"`, one for the widest screens `widest-only`; a row's
//! buttons stand in `class="row-actions"`.

use leptos::prelude::*;

use super::{Icon, OptionalText};

/// A table in its scroll container.
#[component]
pub fn Table(
    /// What the table lists; read by screen readers.
    #[prop(into)]
    caption: String,
    /// Shows the caption above the table as well.
    #[prop(optional)]
    show_caption: bool,
    /// Each row is a card on a phone: its head on top, numbers and buttons beside it. `data-label` names a number there.
    #[prop(optional)]
    cards: bool,
    #[prop(optional, into)] id: OptionalText,
    /// The topics it follows (needs an `id`).
    #[prop(optional, into)]
    live: OptionalText,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="table-scroll" role="region" aria-label=caption.clone() tabindex="0" id=id.0 data-live=live.0>
            <table class="table" class:table-cards=cards>
                <caption class:visually-hidden=!show_caption>{caption.clone()}</caption>
                {children()}
            </table>
        </div>
    }
    .into_any()
}

/// How a column is sorted now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortState {
    #[default]
    None,
    Ascending,
    Descending,
}

/// A `<th>` whose link sorts by its column.
#[component]
pub fn SortHeader(
    #[prop(into)] label: String,
    /// The address of the page sorted by this column (the other way round when it is sorted already).
    #[prop(into)]
    href: String,
    #[prop(optional)] state: SortState,
    /// Aligned like the numbers below it.
    #[prop(optional)]
    numeric: bool,
    /// Left out on narrow screens.
    #[prop(optional)]
    wide_only: bool,
) -> impl IntoView {
    let (order, icon) = match state {
        SortState::None => (None, "sort"),
        SortState::Ascending => (Some("ascending"), "up"),
        SortState::Descending => (Some("descending"), "down"),
    };
    view! {
        <th scope="col" aria-sort=order class:number=numeric class:wide-only=wide_only>
            <a class="sort-link" href=href>
                {label}
                <Icon name=icon />
            </a>
        </th>
    }
    .into_any()
}
