//! Stands in for `browser.rs` on the server, where islands are rendered but never run.

use leptos::web_sys::{ClipboardEvent, Element, Event, HtmlTextAreaElement};

pub fn start(_stream: bool) {}

pub fn announce_input(_area: &HtmlTextAreaElement) {}

pub fn pasted_list(_event: &ClipboardEvent) -> Option<String> {
    None
}

pub fn is_replacement(_event: &Event) -> bool {
    false
}

pub fn on_form_change(_inside: &Element, _pause_ms: u64, _act: impl Fn(String) + 'static) {}
