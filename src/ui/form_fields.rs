//! Fields of a form that hear of each other and of the server: texts at their places, values that are told about, and what the
//! Enter key and a click beside an open menu do.

use std::time::Duration;

use leptos::prelude::{document, set_timeout, window};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Element, Event, HtmlElement, HtmlInputElement, HtmlTextAreaElement, KeyboardEvent};

use super::{
    browser::{announce_input, elements_in, listen},
    form_in_place,
};

/// Where [`tell_field`] leaves what it tells, and the event that says so.
const TOLD: &str = "data-told";
const TELLING: &str = "told";
/// The key code of a key that an input method took for itself.
const TAKEN_BY_INPUT_METHOD: u32 = 229;

/// Starts what every form has.
pub(super) fn start() {
    go_on_with_enter();
    close_menus();
    copy_texts();
    fill_in();
    listen(&document(), "input", |event| {
        if let Some(control) = target_of(&event) {
            form_in_place::forget_error(&control);
        }
    });
}

/// Puts new texts at their places in the form around `inside`: by the `data-text` of their element, and as the placeholder
/// of the input that names one in `data-placeholder`. Places that are not named show nothing.
pub fn show_texts(inside: &Element, texts: &[(String, String)]) {
    let Ok(Some(form)) = inside.closest("form") else { return };
    let text_of = |place: &Element, attribute: &str| {
        let key = place.get_attribute(attribute).unwrap_or_default();
        texts.iter().find(|(name, _)| *name == key).map_or("", |(_, text)| text)
    };
    for place in elements_in(&form, "[data-text]") {
        let text = text_of(&place, "data-text");
        // The same text again would be read out again.
        if place.text_content().as_deref() != Some(text) {
            place.set_text_content(Some(text));
            let _ = place.toggle_attribute_with_force("data-zero", text == "0");
        }
    }
    for place in elements_in(&form, "[data-placeholder]") {
        let _ = place.set_attribute("placeholder", text_of(&place, "data-placeholder"));
    }
}

/// Tells the field of that name about its values.
pub fn tell_field(field: &str, told: &str) {
    let Some(area) = document().get_element_by_id(field) else { return };
    let _ = area.set_attribute(TOLD, told);
    if let Ok(event) = Event::new(TELLING) {
        let _ = area.dispatch_event(&event);
    }
}

/// Calls `act` with what the field of this text area is told.
pub fn on_told(area: &HtmlTextAreaElement, act: impl Fn(String) + 'static) {
    let told = area.clone();
    listen(area, TELLING, move |_| act(told.get_attribute(TOLD).unwrap_or_default()));
}

/// Adds a line to the text area of that name, and unfolds what it is folded into.
pub fn add_to_field(field: &str, value: &str) {
    let area = document().get_element_by_id(field).and_then(|area| area.dyn_into::<HtmlTextAreaElement>().ok());
    let Some(area) = area else { return };
    let held = area.value();
    let separator = if held.is_empty() || held.ends_with('\n') { "" } else { "\n" };
    area.set_value(&format!("{held}{separator}{value}"));
    announce_input(&area);
    let mut folded = area.closest("details").ok().flatten();
    while let Some(details) = folded {
        let _ = details.set_attribute("open", "");
        folded = details.parent_element().and_then(|around| around.closest("details").ok().flatten());
    }
}

/// Whether the key belongs to an input method. The Enter that ends a word in Chinese or Japanese comes after the word in
/// Safari, and says so by its code alone.
pub fn is_of_input_method(pressed: &KeyboardEvent) -> bool {
    pressed.is_composing() || pressed.key_code() == TAKEN_BY_INPUT_METHOD
}

/// In a form with `data-enter-next`, Enter in a line of text moves to the next field instead of sending the form.
fn go_on_with_enter() {
    listen(&document(), "keydown", |event| {
        let Some(pressed) = event.dyn_ref::<KeyboardEvent>() else { return };
        if pressed.key() != "Enter" || pressed.default_prevented() || is_of_input_method(pressed) {
            return;
        }
        let Some(input) = target_of(&event).filter(is_line_of_text) else { return };
        let Ok(Some(form)) = input.closest("form[data-enter-next]") else { return };
        event.prevent_default();
        let controls = elements_in(&form, "input:not([type=hidden]), select, textarea, summary, button");
        let behind = controls.iter().skip_while(|one| **one != input).skip(1);
        let next = behind.filter_map(|one| one.dyn_ref::<HtmlElement>()).find(|one| one.offset_parent().is_some());
        if let Some(next) = next {
            let _ = next.focus();
        }
    });
}

fn is_line_of_text(input: &Element) -> bool {
    input.tag_name() == "INPUT"
        && !matches!(input.get_attribute("type").as_deref(), Some("checkbox" | "radio" | "submit" | "file"))
}

/// A click beside an open `details[data-menu]` folds it, and so does Escape inside.
fn close_menus() {
    // Not "click": what was clicked may be gone by then, such as a chip.
    listen(&document(), "pointerdown", |event| {
        let Some(clicked) = target_of(&event) else { return };
        for menu in open_menus() {
            if !menu.contains(Some(&clicked)) {
                let _ = menu.remove_attribute("open");
            }
        }
    });
    listen(&document(), "keydown", |event| {
        let Some(pressed) = event.dyn_ref::<KeyboardEvent>().filter(|pressed| pressed.key() == "Escape") else {
            return;
        };
        let Some(menu) =
            target_of(pressed).and_then(|inside| inside.closest("details[data-menu][open]").ok().flatten())
        else {
            return;
        };
        let _ = menu.remove_attribute("open");
        let summary = menu.query_selector("summary").ok().flatten();
        if let Some(summary) = summary.and_then(|summary| summary.dyn_into::<HtmlElement>().ok()) {
            let _ = summary.focus();
        }
    });
}

fn open_menus() -> Vec<Element> {
    document().body().map_or_else(Vec::new, |body| elements_in(&body, "details[data-menu][open]"))
}

/// A click on a link with `data-fill` writes its `data-value` into the input of that id, instead of loading the page that
/// has it filled in.
fn fill_in() {
    listen(&document(), "click", |event| {
        let around = |target: Element| target.closest("[data-fill]").ok().flatten();
        let Some(link) = target_of(&event).and_then(around) else { return };
        let input = document().get_element_by_id(&link.get_attribute("data-fill").unwrap_or_default());
        let Some(input) = input.and_then(|input| input.dyn_into::<HtmlInputElement>().ok()) else { return };
        event.prevent_default();
        input.set_value(&link.get_attribute("data-value").unwrap_or_default());
        announce_input(&input);
        let _ = input.focus();
    });
}

/// How long a button says that it has copied.
const COPIED: Duration = Duration::from_secs(3);
/// Marks a button that says so.
const SAYS_COPIED: &str = "data-copied";

/// A click on `data-copy` copies the text of the element of that id, and says so. Where the browser keeps the clipboard
/// to itself, the text is selected instead.
fn copy_texts() {
    listen(&document(), "click", |event| {
        let around = |target: Element| target.closest("[data-copy]").ok().flatten();
        let Some(button) = target_of(&event).and_then(around) else { return };
        let Some(source) = document().get_element_by_id(&button.get_attribute("data-copy").unwrap_or_default()) else {
            return;
        };
        let input = source.dyn_ref::<HtmlInputElement>();
        let text = input.map(HtmlInputElement::value).or_else(|| source.text_content()).unwrap_or_default();
        if let Some(input) = input {
            input.select();
        }
        spawn_local(async move {
            // While a button says so, its label is not the one to put back.
            if copied(text.trim()).await.is_none() || button.has_attribute(SAYS_COPIED) {
                return;
            }
            let label = button.inner_html();
            let _ = button.set_attribute(SAYS_COPIED, "");
            button.set_text_content(Some("Copied"));
            let restore = move || {
                button.set_inner_html(&label);
                let _ = button.remove_attribute(SAYS_COPIED);
            };
            set_timeout(restore, COPIED);
        });
    });
}

async fn copied(text: &str) -> Option<()> {
    let navigator = js_sys::Reflect::get(&window(), &"navigator".into()).ok()?;
    let clipboard = js_sys::Reflect::get(&navigator, &"clipboard".into()).ok()?;
    let write: js_sys::Function = js_sys::Reflect::get(&clipboard, &"writeText".into()).ok()?.dyn_into().ok()?;
    let promise: js_sys::Promise = write.call1(&clipboard, &text.into()).ok()?.dyn_into().ok()?;
    JsFuture::from(promise).await.ok().map(drop)
}

fn target_of(event: &Event) -> Option<Element> {
    event.target().and_then(|target| target.dyn_into::<Element>().ok())
}
