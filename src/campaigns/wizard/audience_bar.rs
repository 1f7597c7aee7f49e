//! The bar at the lower edge of the audience page: how many people match, and the way on.

use leptos::prelude::*;

use super::audience_form::AudienceForm;
use crate::{
    campaigns::{AudiencePreview, audience::people_view::people_word},
    ui::{Button, ButtonKind, Field, count_text},
};

/// Follows the count through the texts that the island puts at their places. Without JavaScript it has a button to count.
#[component]
pub fn AudienceBar(form: AudienceForm, preview: AudiencePreview) -> impl IntoView {
    let (audience, audience_error) = (form.audience.clone(), form.error("audience_name"));
    let open = audience_error.is_some();
    let count = r#"<button class="button button-secondary" type="submit" formaction="/campaigns/new/count" formnovalidate>Update the count</button>"#;
    view! {
        <div class="audience-bar">
            <p class="audience-bar-count" role="status">
                // Samples come before the bar: with the keyboard they are passed on the way here.
                <a href="#samples" tabindex="-1">
                    <span class="audience-count-people" data-text="people">{count_text(preview.matching)}</span>
                    " "
                    <span class="audience-bar-word" data-text="people-word">{people_word(preview.matching)}</span>
                </a>
                <span class="audience-bar-breadth" data-text="breadth">{preview.breadth.clone()}</span>
            </p>
            <div class="audience-bar-actions">
                <noscript inner_html=count></noscript>
                <Button kind=ButtonKind::Primary name="go" value="next">"Save and continue"</Button>
                <details class="menu-field menu-field-up" data-menu="" open=open>
                    <summary class="button button-quiet">"Save for later"</summary>
                    <div class="menu-field-body stack-tight">
                        <p class="small soft">"For other campaigns, and for your team."</p>
                        <Field label="Name of the audience" name="audience_name" value=audience error=audience_error maxlength="100" />
                        <Button name="go" value="keep" formnovalidate=true>"Save the audience"</Button>
                    </div>
                </details>
            </div>
        </div>
    }
}
