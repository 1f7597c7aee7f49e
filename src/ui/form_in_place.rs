//! Forms of server functions, sent without leaving the page: what is to be changed appears beside its field, and a form that
//! is done leads to the page that follows.

use leptos::prelude::{document, window};
use serde::de::IgnoredAny;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, HtmlElement, HtmlFormElement};

use super::{
    browser::{elements_in, form_text, mark_submitted},
    calls::{call, named},
};
use crate::fields::{FieldErrors, FormError, Then};

/// The same parts as `FormErrors` renders on the server.
const SUMMARY: &str = r#"<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false"><path d="M8 2.2 14.5 13.5h-13zM8 6.5v3.2M8 11.6v.1"/></svg><div class="notice-body"><p class="notice-title">Please check this:</p><ul></ul></div>"#;

/// The status of a request that the credits do not suffice for.
const PAYMENT_REQUIRED: u16 = 402;

/// Sends `form` to its server function, with the button that was pressed.
pub(super) fn send(form: HtmlFormElement, pressed: Option<HtmlElement>) {
    spawn_local(async move {
        match answer_to(&form, pressed.as_deref()).await {
            Ok(then) => {
                keep_place(&form, &then.next);
                lead_to(&then.next);
            }
            // The numbers on the page have changed since: the plain form brings all of them, with the refusal.
            Err(error) if error.status == PAYMENT_REQUIRED => drop(form.submit()),
            Err(error) => {
                clear(&form);
                show(&form, &error.shown());
                mark_submitted(&form, false);
            }
        }
    });
}

async fn answer_to(form: &HtmlFormElement, pressed: Option<&Element>) -> Result<Then<IgnoredAny>, FormError> {
    let mut fields = form_text(form);
    let text = |name: &str| pressed.and_then(|button| button.get_attribute(name)).unwrap_or_default();
    if !text("name").is_empty() {
        fields.push_str(&format!("&{}", named(&text("name"), &text("value"))));
    }
    call(&form.get_attribute("action").unwrap_or_default(), &fields).await
}

/// Where the form made something that has a page of its own (`data-here`), this page becomes that one: going back
/// finds what was made.
fn keep_place(form: &HtmlFormElement, next: &str) {
    let Some(here) = form.get_attribute("data-here") else { return };
    let is_made = here.rsplit_once('/').is_some_and(|(folder, _)| next.starts_with(folder));
    if let (true, Ok(history)) = (is_made, window().history()) {
        let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&here));
    }
}

/// Opens the page of an address; loads it again when only the place in it differs.
fn lead_to(next: &str) {
    let location = window().location();
    let here = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
    let _ = location.assign(next);
    if next.split_once('#').is_some_and(|(page, _)| page == here) {
        let _ = location.reload();
    }
}

/// Takes away what an earlier answer said.
fn clear(form: &HtmlFormElement) {
    if let Some(summary) = document().get_element_by_id("form-errors") {
        summary.remove();
    }
    clear_field(form);
    for field in elements_in(form, ".field-invalid") {
        let _ = field.class_list().remove_1("field-invalid");
    }
}

/// Takes away what was said of a control that is being changed: beside it, and in the summary above.
pub(super) fn forget_error(control: &Element) {
    if control.get_attribute("aria-invalid").is_none() {
        return;
    }
    let Ok(Some(field)) = control.closest(".field-invalid") else { return };
    clear_field(&field);
    let line = document().query_selector(&format!("#form-errors a[href='#{}']", control.id())).ok().flatten();
    if let Some(line) = line.and_then(|link| link.parent_element()) {
        line.remove();
    }
    let summary = document().get_element_by_id("form-errors");
    if let Some(summary) = summary.filter(|summary| elements_in(summary, "li").is_empty()) {
        summary.remove();
    }
}

fn clear_field(field: &Element) {
    elements_in(field, ".field-error").iter().for_each(Element::remove);
    let _ = field.class_list().remove_1("field-invalid");
    for control in elements_in(field, "[aria-invalid]") {
        let _ = control.remove_attribute("aria-invalid");
        let described = control.get_attribute("aria-describedby").unwrap_or_default();
        let kept: Vec<&str> = described.split(' ').filter(|id| !id.ends_with("-error")).collect();
        let _ = control.set_attribute("aria-describedby", &kept.join(" "));
    }
}

/// Says what to change: above the form, and beside each field. The first of these fields takes the focus.
fn show(form: &HtmlFormElement, errors: &FieldErrors) {
    let Some((summary, list)) = empty_summary(form) else { return };
    let mut focused = None;
    for (field, message) in errors.iter() {
        let control = control_of(form, field);
        let tag = if control.is_some() { "a" } else { "span" };
        let (Some(line), Some(words)) = (child(&list, "li"), document().create_element(tag).ok()) else { return };
        words.set_text_content(Some(message));
        let _ = line.append_child(&words);
        if let Some(control) = control {
            let _ = words.set_attribute("href", &format!("#{}", control.id()));
            mark(&control, message);
            focused.get_or_insert(control);
        }
    }
    if let Ok(place) = focused.unwrap_or(summary).dyn_into::<HtmlElement>() {
        let _ = place.focus();
    }
}

fn empty_summary(form: &HtmlFormElement) -> Option<(Element, Element)> {
    let summary = document().create_element("div").ok()?;
    summary.set_id("form-errors");
    summary.set_class_name("notice notice-bad");
    summary.set_attribute("role", "alert").ok()?;
    summary.set_attribute("tabindex", "-1").ok()?;
    summary.set_inner_html(SUMMARY);
    form.parent_element()?.insert_before(&summary, Some(form)).ok()?;
    let list = summary.query_selector("ul").ok()??;
    Some((summary, list))
}

fn child(parent: &Element, tag: &str) -> Option<Element> {
    let element = document().create_element(tag).ok()?;
    parent.append_child(&element).ok()?;
    Some(element)
}

/// The control of a field: its id is the name of the field, unless the page has several of them.
fn control_of(form: &HtmlFormElement, field: &str) -> Option<Element> {
    let by_id = document().get_element_by_id(field).filter(|_| !field.is_empty());
    by_id.filter(|control| form.contains(Some(control)))
}

/// As a field is rendered with its error.
fn mark(control: &Element, message: &str) {
    let error = format!("{}-error", control.id());
    let _ = control.set_attribute("aria-invalid", "true");
    let described = control.get_attribute("aria-describedby").unwrap_or_default();
    let _ = control.set_attribute("aria-describedby", format!("{described} {error}").trim());
    let Ok(Some(field)) = control.closest(".field") else { return };
    let _ = field.class_list().add_1("field-invalid");
    if let Some(text) = child(&field, "p") {
        text.set_id(&error);
        text.set_class_name("field-error");
        text.set_text_content(Some(message));
    }
}
