//! The pages of one thing, side by side: overview, leads, requests.

use leptos::prelude::*;

use super::{OptionalText, count_text};

/// One page of the thing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tab {
    pub label: String,
    pub href: String,
    pub current: bool,
    pub count: Option<i64>,
}

impl Tab {
    /// A tab without a count.
    pub fn new(label: impl Into<String>, href: impl Into<String>, current: bool) -> Self {
        Self { label: label.into(), href: href.into(), current, count: None }
    }

    /// The same tab with a count beside its label.
    pub fn with_count(mut self, count: i64) -> Self {
        self.count = Some(count);
        self
    }
}

/// Links between the pages of one thing. With `id` and `live` the counts follow their topic.
#[component]
pub fn Tabs(
    /// What they are pages of; read by screen readers.
    #[prop(into)]
    label: String,
    tabs: Vec<Tab>,
    #[prop(optional, into)] id: OptionalText,
    #[prop(optional, into)] live: OptionalText,
) -> impl IntoView {
    let items: Vec<_> = tabs
        .into_iter()
        .map(|tab| {
            view! {
                <li>
                    <a class="tab" href=tab.href aria-current=tab.current.then_some("page")>
                        {tab.label}
                        {tab.count.map(|count| view! { " " <span class="tab-count">{count_text(count)}</span> })}
                    </a>
                </li>
            }
        })
        .collect();
    view! {
        <nav class="tabs" aria-label=label id=id.0 data-live=live.0>
            <ul>{items}</ul>
        </nav>
    }
    .into_any()
}
