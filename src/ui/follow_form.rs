//! A part of the page that follows a form, as the server makes it anew after each change.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::browser;

/// What a server function answers to a form that is followed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Followed {
    /// The part as it is now: the HTML of its element.
    pub part: String,
    /// Texts by their place in the form; places that are not named show nothing. Empty: none changes.
    pub texts: Vec<(String, String)>,
    /// What fields are told about their values, by field.
    pub told: Vec<(String, String)>,
    /// What the form describes, as the query of an address: a step that the back button takes back.
    pub query: Option<String>,
}

/// Asks the server function at `address` after each change of the form it stands in, and shows its answer: the part of that id, made
/// anew, and what else it tells. An answer that was overtaken by a later one is dropped. Until it comes, the part has `data-waiting`; when
/// none comes, its `data-failure` (or the part itself) says so.
#[island]
pub fn FollowForm(
    #[prop(into)] address: String,
    #[prop(into)] part: String,
    /// How long typing may pause before it asks.
    pause_ms: u64,
    /// The fields that are sent. None: the whole form goes along, urlencoded, as `form`.
    #[prop(optional_no_strip)]
    only: Vec<String>,
    /// Whether what the form describes stands in the address.
    #[prop(optional_no_strip)]
    history: bool,
) -> impl IntoView {
    let place: NodeRef<leptos::html::Span> = NodeRef::new();
    let latest = StoredValue::new(0_u64);
    Effect::new(move |_| {
        let Some(inside) = place.get() else { return };
        let (address, part, only) = (address.clone(), part.clone(), only.clone());
        let around = inside.clone();
        browser::on_form_change(&inside, pause_ms, move |form| {
            latest.update_value(|number| *number += 1);
            let (number, address, part) = (latest.get_value(), address.clone(), part.clone());
            let field = |name: &String| browser::named(name, &browser::field_around(&around, name));
            let body = match only.as_slice() {
                [] => browser::named("form", &form),
                only => only.iter().map(field).collect::<Vec<_>>().join("&"),
            };
            browser::mark_waiting(&part);
            let around = around.clone();
            leptos::task::spawn_local(async move {
                let answer = browser::call(&address, &body).await;
                if latest.get_value() == number {
                    browser::show_followed(&around, &part, answer);
                }
            });
        });
        if history {
            browser::follow_history();
        }
    });
    view! { <span hidden node_ref=place></span> }
}
