//! The browser's side of the islands: events, the live connection, swapping parts of the page.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::{document, set_timeout, window};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    ClipboardEvent, Document, DomParser, Element, Event, EventInit, EventSource, EventTarget, FormData, Headers,
    HtmlElement, HtmlFormElement, HtmlInputElement, HtmlTextAreaElement, KeyboardEvent, MessageEvent, RequestInit,
    Response, SubmitEvent, SupportedType,
};

pub use super::{
    calls::{call, named},
    followed::{follow_history, mark_waiting, show_followed},
    form_fields::{add_to_field, is_of_input_method, on_told},
};
use super::{
    calls::{post, text_of},
    form_fields, form_in_place,
    morph::morph,
};

/// Pages are fetched again at most this often.
const REFRESH_PAUSE: Duration = Duration::from_millis(300);

/// The topic that stands for all: after a gap in the connection anything may have changed.
const EVERYTHING: &str = "*";

/// Starts what every page has: times in the reader's zone, forms that are sent once, and the live connection.
pub fn start(stream: bool) {
    localise_times(&document());
    send_forms_once();
    press_keys();
    form_fields::start();
    if stream {
        Rc::new(Follower::default()).follow();
    }
}

/// Tells listeners of the form that the field was changed by code.
pub fn announce_input(area: &EventTarget) {
    let bubbling = EventInit::new();
    bubbling.set_bubbles(true);
    if let Ok(event) = Event::new_with_event_init_dict("input", &bubbling) {
        let _ = area.dispatch_event(&event);
    }
}

/// The pasted text, if it is a list: several lines, cells or values between commas.
pub fn pasted_list(event: &ClipboardEvent) -> Option<String> {
    let data = js_sys::Reflect::get(event, &"clipboardData".into()).ok()?;
    let read: js_sys::Function = js_sys::Reflect::get(&data, &"getData".into()).ok()?.dyn_into().ok()?;
    let text = read.call1(&data, &"text".into()).ok()?.as_string()?;
    text.trim().contains(['\n', '\t', ';', ',']).then_some(text)
}

/// Calls `act` with the whole form, urlencoded, when the form around `inside` changed and `pause_ms` passed without
/// another change. Also once at the start, if the browser restored what was typed before.
pub fn on_form_change(inside: &Element, pause_ms: u64, act: impl Fn(String) + 'static) {
    let Some(form) = inside.closest("form").ok().flatten().and_then(|form| form.dyn_into::<HtmlFormElement>().ok())
    else {
        return;
    };
    let act = Rc::new(act);
    let told = Rc::new(RefCell::new(form_text(&form)));
    let changes = Rc::new(Cell::new(0_u64));
    let watched = form.clone();
    let check = Rc::new(move || {
        let text = form_text(&watched);
        if told.replace(text.clone()) != text {
            act(text);
        }
    });
    for name in ["input", "change"] {
        let (check, changes) = (check.clone(), changes.clone());
        listen(&form, name, move |_| {
            changes.set(changes.get() + 1);
            let (check, changes, number) = (check.clone(), changes.clone(), changes.get());
            set_timeout(
                move || {
                    if changes.get() == number {
                        check();
                    }
                },
                Duration::from_millis(pause_ms),
            );
        });
    }
}

/// Calls `act` with the text of the text area of that id, each time it changes. Also once at the start: the browser may have restored
/// what was typed before.
pub fn on_text_change(area: &str, act: impl Fn(String) + 'static) {
    let found = document().get_element_by_id(area).and_then(|area| area.dyn_into::<HtmlTextAreaElement>().ok());
    let Some(area) = found else { return };
    act(area.value());
    let watched = area.clone();
    listen(&area, "input", move |_| act(watched.value()));
}

/// What is typed into the field of that name in the form around `inside`.
pub fn field_around(inside: &Element, name: &str) -> String {
    let form = inside.closest("form").ok().flatten();
    let field = form.and_then(|form| form.query_selector(&format!("input[name={name}]")).ok().flatten());
    field.and_then(|field| field.dyn_into::<HtmlInputElement>().ok()).map(|field| field.value()).unwrap_or_default()
}

/// Adds the lines of the chosen file to a text area of the same page; of a table, its first column. Answers how many.
pub async fn file_into_area(input: &web_sys::HtmlInputElement, area: &str, bytes_max: f64) -> Option<usize> {
    let files = js_sys::Reflect::get(input, &"files".into()).ok()?;
    let file = js_sys::Reflect::get(&files, &0.into()).ok()?;
    let size = js_sys::Reflect::get(&file, &"size".into()).ok()?.as_f64()?;
    if size > bytes_max {
        return None;
    }
    let text: js_sys::Function = js_sys::Reflect::get(&file, &"text".into()).ok()?.dyn_into().ok()?;
    let promise: js_sys::Promise = text.call0(&file).ok()?.dyn_into().ok()?;
    let text = JsFuture::from(promise).await.ok()?.as_string()?;
    let cells = text.lines().map(|line| line.split([',', '\t']).next().unwrap_or("").trim().trim_matches('"'));
    let lines: Vec<&str> = cells.filter(|cell| !cell.is_empty()).collect();
    let area: HtmlTextAreaElement = document().get_element_by_id(area)?.dyn_into().ok()?;
    let held = area.value();
    let separator = if held.is_empty() || held.ends_with('\n') { "" } else { "\n" };
    area.set_value(&format!("{held}{separator}{}", lines.join("\n")));
    announce_input(&area);
    Some(lines.len())
}

/// Runs `act` after so many milliseconds.
pub fn after(pause_ms: u64, act: impl FnOnce() + 'static) {
    set_timeout(act, Duration::from_millis(pause_ms));
}

/// Sends the form around `inside` with a few more fields to an address, and answers the text that comes back.
pub async fn send_form_around(inside: &Element, address: &str, more: &[(&str, String)]) -> Option<String> {
    let form = inside.closest("form").ok().flatten()?.dyn_into::<HtmlFormElement>().ok()?;
    let mut body = form_text(&form);
    for (name, value) in more {
        body.push_str(&format!("&{}", named(name, value)));
    }
    text_of(post(address, &body).await.filter(Response::ok)?).await
}

/// The fields of a form as a browser would send them.
pub(super) fn form_text(form: &HtmlFormElement) -> String {
    let Ok(data) = FormData::new_with_form(form) else { return String::new() };
    let Ok(Some(pairs)) = js_sys::try_iter(&data) else { return String::new() };
    let pairs = pairs.flatten().filter_map(|pair| pair.dyn_into::<js_sys::Array>().ok());
    let fields = pairs.filter_map(|pair| Some(named(&pair.get(0).as_string()?, &pair.get(1).as_string()?)));
    fields.collect::<Vec<_>>().join("&")
}

/// Listens for as long as the page lives.
pub(super) fn listen(target: &EventTarget, name: &str, act: impl FnMut(Event) + 'static) {
    let closure = Closure::<dyn FnMut(Event)>::new(act);
    let _ = target.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref());
    closure.forget();
}

/// Every element that matches, in document order.
fn every(document: &Document, selector: &str) -> Vec<Element> {
    let Ok(list) = document.query_selector_all(selector) else {
        return Vec::new();
    };
    (0..list.length()).filter_map(|index| list.get(index)?.dyn_into().ok()).collect()
}

/// Shows each `<time>` in the zone of the workspace, or of the reader where there is none; its title keeps the exact instant.
fn localise_times(document: &Document) {
    let zone = document.body().and_then(|body| body.get_attribute("data-zone"));
    for time in every(document, "time[datetime]") {
        let Some(instant) = time.get_attribute("datetime") else {
            continue;
        };
        let date = js_sys::Date::new(&JsValue::from_str(&instant));
        if date.get_time().is_nan() {
            continue;
        }
        let options = js_sys::Object::new();
        let _ = js_sys::Reflect::set(&options, &"dateStyle".into(), &"medium".into());
        if time.get_attribute("data-style").as_deref() != Some("date") {
            let _ = js_sys::Reflect::set(&options, &"timeStyle".into(), &"short".into());
        }
        if let Some(zone) = &zone {
            let _ = js_sys::Reflect::set(&options, &"timeZone".into(), &zone.into());
        }
        let text = date.to_locale_string("en-GB", &options);
        time.set_text_content(Some(&String::from(text)));
    }
}

/// The second of two clicks on the button of a `data-submit-once` form does nothing. One with `data-in-place` too is sent
/// to its server function while the page stays.
fn send_forms_once() {
    listen(&document(), "submit", |event| {
        let Some(form) = event.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok()) else {
            return;
        };
        if !form.has_attribute("data-submit-once") || event.default_prevented() {
            return;
        }
        if form.has_attribute("data-submitted") {
            event.prevent_default();
            return;
        }
        mark_submitted(&form, true);
        let pressed = event.dyn_ref::<SubmitEvent>().and_then(SubmitEvent::submitter);
        let leads_elsewhere = pressed.as_ref().is_some_and(|button| button.has_attribute("formaction"));
        if form.has_attribute("data-in-place") && !leads_elsewhere {
            event.prevent_default();
            form_in_place::send(form, pressed);
        }
    });
    // Coming back with the back button shows the page as it was left.
    listen(&window(), "pageshow", |_| {
        for form in every(&document(), "form[data-submitted]") {
            mark_submitted(&form, false);
        }
    });
}

/// Inside `data-keys`, a key clicks the button or link that names it in `data-key`: one that can be seen, unless somebody is
/// typing. Where there are rows (`data-row`), `j` and `k` move the focus to the next one and back. Only while the focus is there, so that no key surprises whoever steers by voice (WCAG 2.1.4).
fn press_keys() {
    listen(&document(), "keydown", |event| {
        let Some(pressed) = event.dyn_ref::<KeyboardEvent>() else { return };
        if pressed.ctrl_key() || pressed.meta_key() || pressed.alt_key() || pressed.default_prevented() {
            return;
        }
        let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
        let around = |selector: &str| target.closest(selector).ok().flatten();
        let (Some(region), None) = (around("[data-keys]"), around("input, textarea, select")) else { return };
        let key = pressed.key();
        if move_in_rows(&region, &target, &key) {
            event.prevent_default();
            return;
        }
        let Some(wanted) = elements_in(&region, "[data-key]").into_iter().find(|one| answers_to(one, &key)) else {
            return;
        };
        event.prevent_default();
        if let Ok(wanted) = wanted.dyn_into::<HtmlElement>() {
            wanted.click();
        }
    });
}

/// Moves the focus among the rows of a list. Says whether it did.
fn move_in_rows(region: &Element, from: &Element, key: &str) -> bool {
    let rows = elements_in(region, "[data-row]");
    let at = rows.iter().position(|row| row == from);
    let to = match (key, at) {
        ("j", None) => 0,
        ("j", Some(at)) => at + 1,
        ("k", Some(at)) => at.saturating_sub(1),
        _ => return false,
    };
    let Some(row) = rows.get(to).and_then(|row| row.dyn_ref::<HtmlElement>()) else { return false };
    row.focus().is_ok()
}

pub(super) fn elements_in(region: &Element, selector: &str) -> Vec<Element> {
    let Ok(list) = region.query_selector_all(selector) else { return Vec::new() };
    (0..list.length()).filter_map(|index| list.get(index)?.dyn_into().ok()).collect()
}

/// What is folded away does not answer; the summary that unfolds it does.
fn answers_to(element: &Element, key: &str) -> bool {
    let keys = element.get_attribute("data-key").unwrap_or_default();
    let is_folded = element.tag_name() != "SUMMARY" && matches!(element.closest("details:not([open])"), Ok(Some(_)));
    keys.split(' ').any(|one| one == key) && !is_folded
}

/// `aria-disabled`, not `disabled`: the button keeps the focus and its value is still sent.
pub(super) fn mark_submitted(form: &Element, submitted: bool) {
    let _ = form.toggle_attribute_with_force("data-submitted", submitted);
    if let Ok(Some(button)) = form.query_selector("button[type=submit]") {
        let _ = match submitted {
            true => button.set_attribute("aria-disabled", "true"),
            false => button.remove_attribute("aria-disabled"),
        };
    }
}

/// Follows `/live` and fetches the page again when something on it changed.
#[derive(Default)]
struct Follower {
    source: RefCell<Option<EventSource>>,
    /// Topics that changed since the last fetch.
    changed: RefCell<BTreeSet<String>>,
    /// Whether a fetch is under way or about to start.
    busy: Cell<bool>,
    /// Whether the connection was open before, so that opening it again means a gap.
    opened: Cell<bool>,
}

impl Follower {
    fn follow(self: Rc<Self>) {
        self.connect();
        let follower = self.clone();
        listen(&document(), "visibilitychange", move |_| {
            // A hidden tab lets its stream go: a person has a few, and catches up when it is looked at.
            if document().hidden() {
                follower.let_go();
            } else {
                follower.connect_again();
                follower.note([EVERYTHING.to_owned()]);
            }
        });
        let follower = self.clone();
        listen(&window(), "pagehide", move |_| follower.let_go());
        let follower = self;
        listen(&window(), "pageshow", move |_| follower.connect_again());
    }

    fn let_go(&self) {
        if let Some(source) = self.source.take() {
            source.close();
        }
    }

    fn connect_again(self: &Rc<Self>) {
        if self.source.borrow().is_none() {
            self.connect();
        }
    }

    fn connect(self: &Rc<Self>) {
        let Ok(source) = EventSource::new("/live") else {
            return;
        };
        let follower = self.clone();
        listen(&source, "open", move |_| {
            if follower.opened.replace(true) {
                follower.note([EVERYTHING.to_owned()]);
            }
        });
        let follower = self.clone();
        listen(&source, "message", move |event| {
            if let Some(data) = event.dyn_ref::<MessageEvent>().and_then(|event| event.data().as_string()) {
                follower.note(topics_of(&data));
            }
        });
        self.source.replace(Some(source));
    }

    /// Remembers what changed and sees to it that the page follows: soon, not more often than the pause allows, and
    /// never without a fetch after the last change.
    fn note(self: &Rc<Self>, topics: impl IntoIterator<Item = String>) {
        self.changed.borrow_mut().extend(topics);
        // A hidden tab catches up when it is looked at.
        if document().hidden() || self.changed.borrow().is_empty() || self.busy.replace(true) {
            return;
        }
        let follower = self.clone();
        spawn_local(async move {
            follower.refresh().await;
            set_timeout(
                move || {
                    follower.busy.set(false);
                    follower.note([]);
                },
                REFRESH_PAUSE,
            );
        });
    }

    /// Fetches the page and swaps what follows the changed topics.
    async fn refresh(&self) {
        let topics = self.changed.take();
        let regions: Vec<_> =
            every(&document(), "[data-live][id]").into_iter().filter(|region| follows(region, &topics)).collect();
        if regions.is_empty() {
            return;
        }
        // A failed fetch changes nothing: the next change or the next look at the tab tries again.
        let Ok(Some(fresh)) = fetch_page().await else {
            return;
        };
        localise_times(&fresh);
        for region in regions {
            match fresh.get_element_by_id(&region.id()) {
                Some(new) => swap(&region, &new),
                None => {
                    let _ = region.set_attribute("hidden", "");
                }
            }
        }
        document().set_title(&fresh.title());
    }
}

/// Puts the new version in place; says its `data-announce` when that changed.
fn swap(region: &Element, new: &Element) {
    let said = region.get_attribute("data-announce");
    morph(region, new);
    let news = region.get_attribute("data-announce").filter(|news| said.as_ref() != Some(news));
    if let (Some(news), Some(voice)) = (news, document().get_element_by_id("announcements")) {
        voice.set_text_content(Some(&news));
    }
}

fn topics_of(message: &str) -> Vec<String> {
    let list = js_sys::JSON::parse(message).and_then(|message| js_sys::Reflect::get(&message, &"topics".into()));
    let list = list.ok().and_then(|list| list.dyn_into::<js_sys::Array>().ok());
    list.map(|list| list.iter().filter_map(|topic| topic.as_string()).collect()).unwrap_or_default()
}

fn follows(region: &Element, topics: &BTreeSet<String>) -> bool {
    let own = region.get_attribute("data-live").unwrap_or_default();
    topics.contains(EVERYTHING) || own.split_whitespace().any(|topic| topics.contains(topic))
}

/// The current page as the server renders it now; `None` when it answers with something else. When this browser works in
/// another workspace by now (412), the page is loaded again: it must not show one workspace's numbers under another's name.
async fn fetch_page() -> Result<Option<Document>, JsValue> {
    let headers = Headers::new()?;
    let workspace = document().body().and_then(|body| body.get_attribute("data-workspace"));
    headers.set("x-live", workspace.as_deref().unwrap_or("1"))?;
    let options = RequestInit::new();
    options.set_headers(&headers);
    let address = window().location().href()?;
    let response = JsFuture::from(window().fetch_with_str_and_init(&address, &options)).await?;
    let response: Response = response.dyn_into()?;
    if response.status() == 412 {
        window().location().reload()?;
    }
    if !response.ok() || response.redirected() {
        return Ok(None);
    }
    let text = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
    DomParser::new()?.parse_from_string(&text, SupportedType::TextHtml).map(Some)
}
