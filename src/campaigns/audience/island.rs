//! What an audience looks like: follows every change of the form, with the counts of all values, what a change would bring,
//! what is to be said at the fields, and masked samples as a table.

use leptos::prelude::*;

use crate::{
    campaigns::{AudiencePreview, WhatIf, audience_preview},
    directory::SampleContact,
    fields::FormError,
    ui::{browser, count_text},
};

/// How long typing may pause before the count is asked for.
const PAUSE_MS: u64 = 150;

/// Shows `initial`, then listens to the form it stands in. An answer that was overtaken by a later one is dropped. Each
/// counted state is a step in the browser's history, with its filters in the address.
#[island]
pub fn AudienceCount(initial: AudiencePreview) -> impl IntoView {
    let preview = RwSignal::new(initial);
    let counting = RwSignal::new(false);
    let failure: RwSignal<Option<FormError>> = RwSignal::new(None);
    let place: NodeRef<leptos::html::Section> = NodeRef::new();
    let latest = StoredValue::new(0_u64);
    let ask = move |form: String| {
        latest.update_value(|number| *number += 1);
        let number = latest.get_value();
        counting.set(true);
        leptos::task::spawn_local(async move {
            let answer = audience_preview(form).await;
            if latest.get_value() != number {
                return;
            }
            counting.set(false);
            let answer = match answer {
                Ok(answer) => answer,
                Err(error) => return failure.set(Some(error)),
            };
            failure.set(None);
            if let Some(place) = place.get_untracked() {
                tell(&place, &preview.get_untracked(), &answer);
            }
            if answer.errors.is_empty() {
                browser::push_query(&answer.query);
            }
            preview.set(answer);
        });
    };
    Effect::new(move |_| {
        if let Some(place) = place.get() {
            browser::on_form_change(&place, PAUSE_MS, ask);
            browser::follow_history();
        }
    });
    view! {
        <section class="audience-count" class:audience-count-waiting=move || counting.get() aria-label="Audience" node_ref=place>
            <div class="breadth" data-level=move || preview.with(|p| p.breadth_level.to_string())>
                <div class="breadth-bar" aria-hidden="true"><i></i><i></i><i></i><i></i><i></i></div>
                <p class="audience-count-hint">{move || preview.with(|p| failure.with(|failure| hint(p, failure.as_ref())))}</p>
            </div>
            <ul class="audience-facts small">{move || preview.with(facts)}</ul>
            <div class="what-if">
                <h3 class="what-if-title">"What would change it"</h3>
                <ul class="what-if-list">{move || preview.with(|p| p.what_if.iter().map(what_if).collect::<Vec<_>>())}</ul>
            </div>
            <div class="audience-samples" tabindex="0" role="region" aria-label="Samples" hidden=move || preview.with(|p| p.samples.is_empty())>
                <table class="table audience-samples-table">
                    <caption>{move || preview.with(caption)}</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Title"</th>
                            <th scope="col">"Company"</th>
                            <th scope="col">"Size"</th>
                            <th scope="col">"Place"</th>
                        </tr>
                    </thead>
                    <tbody class="audience-count-samples">
                        {move || preview.with(|p| p.samples.iter().map(sample).collect::<Vec<_>>())}
                    </tbody>
                </table>
            </div>
        </section>
    }
}

/// Puts what the answer says at its places in the form.
fn tell(place: &leptos::web_sys::Element, before: &AudiencePreview, answer: &AudiencePreview) {
    browser::show_texts(place, &texts(answer));
    for (field, told) in &answer.told {
        browser::tell_field(field, told);
    }
    let is_silent = |field: &&String| !answer.told.iter().any(|(told, _)| told == *field);
    for field in before.told.iter().map(|(field, _)| field).filter(is_silent) {
        browser::tell_field(field, "");
    }
}

/// The texts of all places outside that follow the count.
fn texts(preview: &AudiencePreview) -> Vec<(String, String)> {
    let values = preview.facets.iter().flat_map(|facet| facet.values.iter().map(move |value| (facet, value)));
    let counts = values.map(|(facet, one)| {
        let leaves = i64::try_from(one.leaves).unwrap_or(i64::MAX);
        (format!("{}:{}", facet.field, one.value), count_text(leaves))
    });
    let named = |key: &str, text: String| (key.to_owned(), text);
    let bar = [
        named("people", count_text(preview.matching)),
        named("people-word", people_word(preview.matching).to_owned()),
        named("breadth", preview.breadth.clone()),
        named("proposed-name", preview.proposed_name.clone()),
    ];
    let notes = preview.notes.iter().map(|(field, note)| (format!("note:{field}"), note.to_owned()));
    let none = preview.facets.iter().map(|facet| (format!("none:{}", facet.field), facet.none_text()));
    counts.chain(none).chain(bar).chain(preview.contents.iter().cloned()).chain(notes).collect()
}

/// The words behind a number of people.
pub fn people_word(people: i64) -> &'static str {
    if people == 1 { "person matches" } else { "people match" }
}

fn hint(preview: &AudiencePreview, failure: Option<&FormError>) -> String {
    if let Some(failure) = failure {
        return failure.summary.clone();
    }
    if let Some((_, message)) = preview.errors.iter().next() {
        return message.to_owned();
    }
    let behind = if preview.rebuilding { " The search index is being rebuilt, so the count may be low." } else { "" };
    format!("{}{behind}", preview.hint)
}

/// Lines below the hint; only what is worth saying.
fn facts(preview: &AudiencePreview) -> Vec<AnyView> {
    let mut lines = preview.remarks.clone();
    if !preview.ignored.is_empty() {
        let words: Vec<String> = preview.ignored.iter().map(|word| format!("“{word}”")).collect();
        lines.push(format!("Left out of the count: {}.", words.join(", ")));
    }
    if let Some(left) = preview.per_company {
        lines.push(format!("{} with your limit per company.", count_text(left)));
    }
    if preview.owned > 0 {
        lines.push(format!("{} of them are yours already and will not be charged again.", count_text(preview.owned)));
    }
    if preview.left_out > 0 {
        lines.push(format!(
            "{} more have an address of unknown quality and are left out.",
            count_text(preview.left_out)
        ));
    }
    lines.extend(preview.overlaps.iter().cloned());
    lines.extend(Some(preview.delivery.clone()).filter(|text| !text.is_empty()));
    lines.into_iter().map(|line| view! { <li>{line}</li> }.into_any()).collect()
}

fn what_if(change: &WhatIf) -> AnyView {
    view! {
        <li>
            <a class="what-if-change" href=format!("?{}", change.query)>
                <span>{change.text.clone()}</span>
                <span class="what-if-adds">{format!("+{}", count_text(change.adds))}</span>
            </a>
        </li>
    }
    .into_any()
}

fn caption(preview: &AudiencePreview) -> String {
    let shown = i64::try_from(preview.samples.len()).unwrap_or(i64::MAX);
    let shown =
        if shown < preview.matching { format!("{} of them", count_text(shown)) } else { "All of them".to_owned() };
    format!("{shown}, masked until they are delivered")
}

fn sample(person: &SampleContact) -> AnyView {
    view! {
        <tr>
            <th scope="row">
                <span class="audience-sample-line">{person.title.clone()}</span>
                <span class="table-detail audience-sample-line">{person.name.clone()}</span>
            </th>
            <td>
                <span class="audience-sample-line">{person.company.clone()}</span>
                <span class="table-detail audience-sample-line">{person.industry.clone()}</span>
            </td>
            <td class="nowrap">{person.size.clone()}</td>
            <td>
                <span class="audience-sample-line">{person.city.clone()}</span>
                <span class="table-detail audience-sample-line">{person.country.clone()}</span>
            </td>
        </tr>
    }
    .into_any()
}
