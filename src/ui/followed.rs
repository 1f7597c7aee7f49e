//! A part of the page that follows a form: how it waits, what it becomes, and what it says when no answer came.

use std::cell::RefCell;

use leptos::prelude::{document, window};
use wasm_bindgen::JsValue;
use web_sys::Element;

use super::{
    browser::listen,
    follow_form::Followed,
    form_fields::{show_texts, tell_field},
    morph::morph,
};
use crate::fields::FormError;

const WAITING: &str = "data-waiting";

thread_local! {
    /// The query of the address that the page shows.
    static SHOWN: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Marks the part of that id until its answer comes.
pub fn mark_waiting(part: &str) {
    if let Some(part) = document().get_element_by_id(part) {
        let _ = part.set_attribute(WAITING, "");
    }
}

/// Shows an answer: the part of that id, and what belongs to the form around `inside`.
pub fn show_followed(inside: &Element, part: &str, answer: Result<Followed, FormError>) {
    let Some(part) = document().get_element_by_id(part) else { return };
    let followed = match answer {
        Ok(followed) => followed,
        Err(error) => return say_failure(&part, &error.summary),
    };
    if !followed.texts.is_empty() {
        show_texts(inside, &followed.texts);
    }
    for (field, told) in &followed.told {
        tell_field(field, told);
    }
    if let Some(query) = &followed.query {
        push_query(query);
    }
    let Ok(holder) = document().create_element("div") else { return };
    holder.set_inner_html(&followed.part);
    if let Some(fresh) = holder.first_element_child() {
        morph(&part, &fresh);
    }
}

fn say_failure(part: &Element, text: &str) {
    let _ = part.remove_attribute(WAITING);
    let place = part.query_selector("[data-failure]").ok().flatten();
    place.as_ref().unwrap_or(part).set_text_content(Some(text));
}

/// Makes `query` the one of the address, as a step that the back button takes back. Very long ones stay out of it.
fn push_query(query: &str) {
    const QUERY_MAX: usize = 6_000;
    let Ok(history) = window().history() else { return };
    let path = window().location().pathname().unwrap_or_default();
    if query.len() > QUERY_MAX || query_here().trim_start_matches('?') == query {
        return;
    }
    let address = if query.is_empty() { path } else { format!("{path}?{query}") };
    let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&address));
    SHOWN.set(query_here());
}

fn query_here() -> String {
    window().location().search().unwrap_or_default()
}

/// Loads the page of an address that the back or forward button leads to; another place on the page is no other page.
pub fn follow_history() {
    SHOWN.set(query_here());
    listen(&window(), "popstate", |_| {
        if SHOWN.with_borrow(|shown| *shown != query_here()) {
            let _ = window().location().reload();
        }
    });
}
