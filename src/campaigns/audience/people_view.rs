//! The people that an audience would reach: how many that is, what a change would bring, and masked samples as a table.

use leptos::prelude::*;

use crate::{
    campaigns::{AudiencePreview, WhatIf},
    directory::SampleContact,
    ui::count_text,
};

/// Its id on the page.
pub const PEOPLE: &str = "audience-count";

/// All of it. The count itself stands in the bar of the page.
#[component]
pub fn AudiencePeople(preview: AudiencePreview) -> impl IntoView {
    let what_ifs: Vec<_> = preview.what_if.iter().map(what_if).collect();
    let samples: Vec<_> = preview.samples.iter().map(sample).collect();
    let has_none = samples.is_empty();
    view! {
        <section class="audience-count" id=PEOPLE aria-label="Audience">
            <div class="breadth" data-level=preview.breadth_level.to_string()>
                <div class="breadth-bar" aria-hidden="true"><i></i><i></i><i></i><i></i><i></i></div>
                <p class="audience-count-hint" data-failure="">{hint(&preview)}</p>
            </div>
            <ul class="audience-facts small">{facts(&preview)}</ul>
            <div class="what-if">
                <h3 class="what-if-title">"What would change it"</h3>
                <ul class="what-if-list">{what_ifs}</ul>
            </div>
            <div class="audience-samples" tabindex="0" role="region" aria-label="Samples" hidden=has_none>
                <table class="table audience-samples-table">
                    <caption>{caption(&preview)}</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Title"</th>
                            <th scope="col">"Company"</th>
                            <th scope="col">"Size"</th>
                            <th scope="col">"Place"</th>
                        </tr>
                    </thead>
                    <tbody class="audience-count-samples">{samples}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

fn hint(preview: &AudiencePreview) -> String {
    if let Some((_, message)) = preview.errors.iter().next() {
        return message.to_owned();
    }
    let behind = if preview.rebuilding { " The search index is being rebuilt, so the count may be low." } else { "" };
    format!("{}{behind}", preview.hint)
}

/// The texts of all places outside that follow the count.
pub fn texts(preview: &AudiencePreview) -> Vec<(String, String)> {
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
