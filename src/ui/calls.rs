//! Calls to server functions. They are made by hand: the stubs of Leptos bring a second reader for each kind of answer, and ways of
//! streaming that nothing here needs.

use leptos::prelude::window;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestInit, Response};

use crate::fields::FormError;

/// Sends a form to a server function and reads its answer.
pub async fn call<T: DeserializeOwned>(address: &str, form: &str) -> Result<T, FormError> {
    let response = post(address, form).await.ok_or_else(FormError::lost)?;
    let is_good = response.ok();
    let text = text_of(response).await.ok_or_else(FormError::lost)?;
    let unread = |_| FormError::unread();
    if !is_good {
        return Err(serde_json::from_str(&text).unwrap_or_else(unread));
    }
    serde_json::from_str(&text).map_err(unread)
}

/// Sends a form, urlencoded, and wants JSON; nothing when no answer arrives.
pub(super) async fn post(address: &str, form: &str) -> Option<Response> {
    let headers = Headers::new().ok()?;
    headers.set("Content-Type", "application/x-www-form-urlencoded").ok()?;
    headers.set("Accept", "application/json").ok()?;
    let options = RequestInit::new();
    options.set_method("POST");
    options.set_headers(&headers);
    options.set_body(&form.into());
    let response = JsFuture::from(window().fetch_with_str_and_init(address, &options)).await.ok()?;
    response.dyn_into().ok()
}

pub(super) async fn text_of(response: Response) -> Option<String> {
    JsFuture::from(response.text().ok()?).await.ok()?.as_string()
}

/// One field of a form, urlencoded.
pub fn named(name: &str, value: &str) -> String {
    format!("{}={}", js_sys::encode_uri_component(name), js_sys::encode_uri_component(value))
}
