//! What an audience looks like before it is paid for: the exact count, a hint, masked samples. Free (C24).

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{fields::FieldErrors, leads::SampleContact};

/// The answer to one state of the audience form.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AudiencePreview {
    /// Fields that cannot be read; then nothing was counted.
    pub errors: FieldErrors,
    /// People who match.
    pub matching: i64,
    /// People who would match if addresses of unknown quality were taken too (C8).
    pub left_out: i64,
    /// Whether the audience is broad or narrow, in one word and one sentence.
    pub breadth: String,
    pub hint: String,
    /// Whether the index is being rebuilt, so that the count may be behind.
    pub rebuilding: bool,
    pub samples: Vec<SampleContact>,
}

/// Counts the audience that the form describes. `form` is the whole audience form, urlencoded.
#[server(name = PreviewAudience, prefix = "/api", endpoint = "audience-preview")]
pub async fn audience_preview(form: String) -> Result<AudiencePreview, ServerFnError> {
    use crate::{accounts::Member, app::App, server::form::Form};
    let app: App = expect_context();
    let _signed_in: Member = leptos_axum::extract_with_state(&app).await?;
    let form = Form::parse(form.as_bytes());
    super::preview_of(&app, form.pairs()).await.map_err(|error| ServerFnError::new(error.to_string()))
}
