//! Stands in for `browser.rs` on the server, where islands are rendered but never run.

use leptos::web_sys::{ClipboardEvent, Element, EventTarget, HtmlTextAreaElement, KeyboardEvent};

use super::follow_form::Followed;
use crate::fields::FormError;

pub fn start(_stream: bool) {}

pub async fn call(_address: &str, _form: &str) -> Result<Followed, FormError> {
    Err(FormError::lost())
}

pub fn named(_name: &str, _value: &str) -> String {
    String::new()
}

pub fn mark_waiting(_part: &str) {}

pub fn show_followed(_inside: &Element, _part: &str, _answer: Result<Followed, FormError>) {}

pub fn announce_input(_area: &EventTarget) {}

pub fn pasted_list(_event: &ClipboardEvent) -> Option<String> {
    None
}

pub fn field_around(_inside: &Element, _name: &str) -> String {
    String::new()
}

pub async fn file_into_area(_input: &leptos::web_sys::HtmlInputElement, _area: &str, _bytes_max: f64) -> Option<usize> {
    None
}

pub fn after(_pause_ms: u64, _act: impl FnOnce() + 'static) {}

pub async fn send_form_around(_inside: &Element, _address: &str, _more: &[(&str, String)]) -> Option<String> {
    None
}

pub fn on_told(_area: &HtmlTextAreaElement, _act: impl Fn(String) + 'static) {}

pub fn is_of_input_method(_pressed: &KeyboardEvent) -> bool {
    false
}

pub fn add_to_field(_field: &str, _value: &str) {}

pub fn follow_history() {}

pub fn on_text_change(_area: &str, _act: impl Fn(String) + 'static) {}

pub fn on_form_change(_inside: &Element, _pause_ms: u64, _act: impl Fn(String) + 'static) {}
