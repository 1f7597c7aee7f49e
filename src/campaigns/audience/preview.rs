//! What an audience looks like before it is paid for: the exact count, a hint, masked samples. Free (C24).

use leptos::prelude::*;

use super::people_view::{AudiencePeople, texts};
use crate::{
    directory::{FILTERS, Facet, SampleContact},
    fields::{FieldErrors, FormError},
    server::{form::Form, gate::Purpose},
    ui::Followed,
};

/// The answer to one state of the audience form.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AudiencePreview {
    /// Fields that cannot be read. They are left out of the count.
    pub errors: FieldErrors,
    /// What was left out of a long list without harm.
    pub notes: FieldErrors,
    /// What is to be said about the values of fields, by field, as the fields read it ([`crate::ui::Told`] as JSON).
    pub told: Vec<(String, String)>,
    /// What was left out of the address that led here.
    pub remarks: Vec<String>,
    /// Words that are not understood, and therefore left out of the count.
    pub ignored: Vec<String>,
    /// What folded parts of the form hold, in one line each, by the key of their place.
    pub contents: Vec<(String, String)>,
    /// What the campaign could be called; empty where nothing is asked for.
    pub proposed_name: String,
    /// People who match.
    pub matching: i64,
    /// People who would match if addresses of unknown quality were taken too (C8).
    pub left_out: i64,
    /// People left with the asked number per company.
    pub per_company: Option<i64>,
    /// Of those who match, how many the workspace owns.
    pub owned: i64,
    /// Sentences about whom it shares with other campaigns.
    pub overlaps: Vec<String>,
    /// How long they would take to arrive; empty where nothing was measured yet.
    pub delivery: String,
    /// Whether the audience is broad or narrow: from 0 (nobody) to 5, a word, and why with what to do.
    pub breadth_level: u8,
    pub breadth: String,
    pub hint: String,
    /// What each value of the counted filters would leave.
    pub facets: Vec<Facet>,
    pub what_if: Vec<WhatIf>,
    /// The filters as the query of an address.
    pub query: String,
    /// Whether the index is being rebuilt, so that the count may be behind.
    pub rebuilding: bool,
    pub samples: Vec<SampleContact>,
}

/// A change of one filter, and how many more people it would bring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhatIf {
    pub text: String,
    pub adds: i64,
    /// The query of the changed audience.
    pub query: String,
}

/// Counts the audience that the form describes. `form` is the whole audience form, urlencoded.
///
/// # Errors
/// What to tell who asked: signed out, or nothing could be counted.
#[server(name = PreviewAudience, prefix = "/api", endpoint = "audience-preview")]
pub async fn audience_preview(form: String) -> Result<Followed, FormError> {
    let (app, member) = crate::accounts::calling_member().await?;
    let form = Form::parse(form.as_bytes());
    Ok(followed(super::count::preview_of(&app, &member, Purpose::Live("audience"), form.pairs()).await?))
}

/// What the page shows of it.
fn followed(preview: AudiencePreview) -> Followed {
    let told_of = |field: &str| preview.told.iter().find(|(one, _)| one == field).map(|(_, told)| told.clone());
    // Fields of which nothing is to be said any more hear that.
    let typed = FILTERS.iter().filter(|filter| filter.typed().is_some());
    Followed {
        texts: texts(&preview),
        told: typed.map(|filter| (filter.field.to_owned(), told_of(filter.field).unwrap_or_default())).collect(),
        query: preview.errors.is_empty().then(|| preview.query.clone()),
        part: view! { <AudiencePeople preview /> }.to_html(),
    }
}
