//! A small set of line icons, drawn on a 16 by 16 grid.

use leptos::prelude::*;

/// One icon, decorative: the words beside it (or the `aria-label` of its button) carry the meaning.
/// An unknown name draws nothing.
#[component]
pub fn Icon(
    /// `alert`, `back`, `campaigns`, `check`, `close`, `copy`, `credits`, `down`, `download`, `forward`, `help`,
    /// `inbox`, `info`, `leads`, `menu`, `plus`, `profile`, `search`, `settings`, `sign-out`, `sort`, `stop`, `team`, `tool`, `trash`, `up`, `wait`.
    name: &'static str,
) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
            <path d=path_of(name) />
        </svg>
    }
    .into_any()
}

fn path_of(name: &str) -> &'static str {
    match name {
        "alert" => "M8 2.2 14.5 13.5h-13zM8 6.5v3.2M8 11.6v.1",
        "back" => "M9.8 3.5 5.3 8l4.5 4.5",
        "campaigns" => "M2 8 14 2.8 10.8 13.6 7.4 9.2zM7.4 9.2 14 2.8",
        "chart" => "M2.5 2.5v11h11M5.5 11V8.5M8.5 11V5.5M11.5 11V7",
        "check" => "M3 8.5 6.5 12 13 4.5",
        "close" => "M4 4l8 8M12 4l-8 8",
        "copy" => "M5.5 5.5h7.5v8h-7.5zM10.5 3V2.5h-7.5v8h.5",
        "credits" => {
            "M2.5 4.7c0-1.3 2.5-2.2 5.5-2.2s5.5.9 5.5 2.2S11 6.9 8 6.9 2.5 6 2.5 4.7zM2.5 4.7v6.6c0 1.3 2.5 2.2 5.5 2.2s5.5-.9 5.5-2.2V4.7M2.5 8c0 1.3 2.5 2.2 5.5 2.2s5.5-.9 5.5-2.2"
        }
        "down" => "M8 3v10M4 9l4 4 4-4",
        "download" => "M8 2.5v7.5M4.5 6.8 8 10.3l3.5-3.5M2.5 13.5h11",
        "forward" => "M6.2 3.5 10.7 8l-4.5 4.5",
        "help" => {
            "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM6.2 6.3c0-1 .8-1.7 1.8-1.7s1.8.7 1.8 1.6c0 1.3-1.8 1.4-1.8 2.7M8 11.2v.1"
        }
        "inbox" => "M2.5 9 4.5 3h7l2 6v4h-11zM2.5 9h3l1 2h3l1-2h3",
        "info" => "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM8 7.3v4M8 4.8v.1",
        "leads" | "profile" => {
            "M8 2.3a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.4M2.8 13.7c.4-2.6 2.5-4 5.2-4s4.8 1.4 5.2 4"
        }
        "mail" => "M2 3.5h12v9H2zM2 4.5l6 4.5 6-4.5",
        "menu" => "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
        "plus" => "M8 3v10M3 8h10",
        "search" => "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M10.3 10.3 13.5 13.5",
        "settings" => "M2.5 4.8h6M11.5 4.8h2M10 3.3v3M2.5 11.2h2M7.5 11.2h6M6 9.7v3",
        "sign-out" => "M6.5 13.5h-4v-11h4M10 5l3 3-3 3M13 8H6",
        "sort" => "M5 6l3-3 3 3M5 10l3 3 3-3",
        "stop" => "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM3.7 3.7l8.6 8.6",
        "team" => {
            "M6 2.8a2.3 2.3 0 1 0 0 4.6 2.3 2.3 0 0 0 0-4.6M1.5 13.2c.3-2.3 2-3.6 4.5-3.6s4.2 1.3 4.5 3.6M10.6 3a2.2 2.2 0 0 1 0 4.2M12.2 9.9c1.3.5 2.1 1.6 2.3 3.3"
        }
        "tool" => "M2.5 3.5h11v3h-11zM2.5 9.5h11v3h-11zM4.8 5h.1M4.8 11h.1",
        "up" => "M8 13V3M4 7l4-4 4 4",
        "trash" => "M2.5 4h11M6 4V2.5h4V4M4 4l.6 9.5h6.8L12 4M6.7 6.8v4M9.3 6.8v4",
        "wait" => "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM8 4.5V8l2.3 1.6",
        _ => "",
    }
}
