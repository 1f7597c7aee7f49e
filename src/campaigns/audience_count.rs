//! The count beside the audience form: follows every change, with masked samples and a hint.

use leptos::prelude::*;

use super::{AudiencePreview, audience_preview};
use crate::{
    leads::SampleContact,
    ui::{browser, count_text},
};

/// How long typing may pause before the count is asked for.
const PAUSE_MS: u64 = 150;

/// Shows `initial`, then listens to the form it stands in. An answer that was overtaken by a later one is dropped.
#[island]
pub fn AudienceCount(initial: AudiencePreview) -> impl IntoView {
    let preview = RwSignal::new(initial);
    let counting = RwSignal::new(false);
    let failed = RwSignal::new(false);
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
            failed.set(answer.is_err());
            if let Ok(answer) = answer {
                preview.set(answer);
            }
        });
    };
    Effect::new(move |_| {
        if let Some(place) = place.get() {
            browser::on_form_change(&place, PAUSE_MS, ask);
        }
    });
    view! {
        <section class="audience-count" aria-label="Audience" node_ref=place>
            <p class="audience-count-number" role="status" class:audience-count-waiting=move || counting.get()>
                <span class="audience-count-people">{move || preview.with(headline)}</span>
                " "
                <span>{move || preview.with(people_word)}</span>
            </p>
            <p class="audience-count-hint">{move || preview.with(|p| hint(p, failed.get()))}</p>
            <p class="small soft">{move || preview.with(left_out)}</p>
            <h3 class="audience-count-samples-title">"A few of them, masked"</h3>
            <ul class="audience-count-samples">
                {move || preview.with(|p| p.samples.iter().map(sample).collect::<Vec<_>>())}
            </ul>
        </section>
    }
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

fn hint(preview: &AudiencePreview, failed: bool) -> String {
    if failed {
        return "The count did not arrive. It is asked for again with your next change.".into();
    }
    if let Some((_, message)) = preview.errors.iter().next() {
        return message.to_owned();
    }
    let behind = if preview.rebuilding { " The search index is being rebuilt, so the count may be low." } else { "" };
    format!("{}{behind}", preview.hint)
}

fn left_out(preview: &AudiencePreview) -> String {
    if preview.left_out == 0 {
        return String::new();
    }
    format!("{} more have an address of unknown quality and are left out.", count_text(preview.left_out))
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
