//! The count beside the audience form: follows every change, with the counts of all values, what a change would bring, and
//! masked samples.

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
                browser::show_counts(&place, &counts(&answer));
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
        <section class="audience-count" aria-label="Audience" node_ref=place>
            <p class="audience-count-number" role="status" class:audience-count-waiting=move || counting.get()>
                <span class="audience-count-people">{move || preview.with(headline)}</span>
                " "
                <span>{move || preview.with(people_word)}</span>
            </p>
            <div class="breadth" data-level=move || preview.with(|p| p.breadth_level.to_string())>
                <div class="breadth-bar" aria-hidden="true"><i></i><i></i><i></i><i></i><i></i></div>
                <span class="breadth-word">{move || preview.with(|p| p.breadth.clone())}</span>
            </div>
            <p class="audience-count-hint">{move || preview.with(|p| failure.with(|failure| hint(p, failure.as_ref())))}</p>
            <ul class="audience-facts small">{move || preview.with(facts)}</ul>
            <div class="what-if">
                <h3 class="audience-count-samples-title">"What would change it"</h3>
                <ul class="what-if-list">{move || preview.with(|p| p.what_if.iter().map(what_if).collect::<Vec<_>>())}</ul>
            </div>
            <h3 class="audience-count-samples-title">"20 of them at most, masked"</h3>
            <ul class="audience-count-samples" tabindex="0" aria-label="Samples">
                {move || preview.with(|p| p.samples.iter().map(sample).collect::<Vec<_>>())}
            </ul>
        </section>
    }
}

/// The texts of all places that show a count.
fn counts(preview: &AudiencePreview) -> Vec<(String, String)> {
    let values = preview.facets.iter().flat_map(|facet| facet.values.iter().map(move |value| (facet, value)));
    let texts = values.map(|(facet, one)| {
        let leaves = i64::try_from(one.leaves).unwrap_or(i64::MAX);
        (format!("{}:{}", facet.field, one.value), count_text(leaves))
    });
    let none = preview.facets.iter().map(|facet| (format!("{}:", facet.field), facet.none_text()));
    texts.chain(none).collect()
}

fn headline(preview: &AudiencePreview) -> String {
    if preview.errors.is_empty() { count_text(preview.matching) } else { "–".into() }
}

fn people_word(preview: &AudiencePreview) -> String {
    match (preview.errors.is_empty(), preview.matching) {
        (false, _) => "cannot be counted".into(),
        (true, 1) => "person matches".into(),
        (true, _) => "people match".into(),
    }
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

/// Lines below the count; only what is worth saying.
fn facts(preview: &AudiencePreview) -> Vec<AnyView> {
    let mut lines = Vec::new();
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
    lines.extend(preview.notes.iter().map(|(_, note)| note.to_owned()));
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

fn sample(person: &SampleContact) -> AnyView {
    let place = [person.city.as_str(), person.country.as_str()]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join(", ");
    let company = [person.company.as_str(), person.industry.as_str(), person.size.as_str()]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join(" · ");
    view! {
        <li class="audience-sample">
            <span class="audience-sample-name">{person.name.clone()}</span>
            <span class="audience-sample-title">{person.title.clone()}</span>
            <span class="soft small">{company}</span>
            <span class="faint small">{place}</span>
        </li>
    }
    .into_any()
}
