//! The wizard's first step: the filters, beside the people found, with the count always in sight.

use leptos::{prelude::*, server_fn::ServerFn};

use super::{
    api::SaveAudience,
    audience_bar::AudienceBar,
    audience_fields::{OpenFields, OtherFields},
    audience_form::AudienceForm,
    frame::{Wizard, WizardStep},
};
use crate::{
    audiences::TEMPLATES,
    campaigns::{
        AudiencePreview,
        audience::{
            people_view::{AudiencePeople, PEOPLE},
            preview::PreviewAudience,
        },
    },
    ui::{ErrorList, FollowForm, FormErrors, Panel},
};

/// How long typing may pause before the audience is counted.
const PAUSE_MS: u64 = 150;

/// The whole step.
#[component]
pub fn AudienceStep(form: AudienceForm, preview: AudiencePreview) -> impl IntoView {
    let reached = form.reached.unwrap_or(WizardStep::Audience);
    let errors = ErrorList::from(&form.errors);
    let campaign = form.campaign;
    let title = if campaign.is_some() { form.name.clone() } else { String::new() };
    let draft = form.draft.map(|id| view! { <input type="hidden" name="draft" value=id.to_string() /> });
    let here = form.draft.map(|id| WizardStep::Audience.href(id));
    let starts = starts(&form);
    let shown = preview.clone();
    let open = view! { <OpenFields form=form.clone() preview=preview.clone() /> };
    let others = view! { <OtherFields form=form.clone() preview=preview.clone() /> };
    let bar = view! { <AudienceBar form=form preview=preview /> };
    view! {
        <Wizard step=WizardStep::Audience campaign=campaign name=title reached=reached topic="targeting">
            <FormErrors errors=errors />
            {starts}
            <form method="post" action=SaveAudience::PATH class="audience" data-here=here data-submit-once="" data-in-place="" data-enter-next="" novalidate autocomplete="off">
                {campaign.map(|id| view! { <input type="hidden" name="campaign" value=id.to_string() /> })}
                {draft}
                <div class="audience-fields">
                    <Panel>
                        {open}
                        {others}
                    </Panel>
                </div>
                <div class="audience-people" id="samples">
                    <Panel title="People you would reach">
                        <AudiencePeople preview=shown />
                        <FollowForm address=PreviewAudience::PATH part=PEOPLE pause_ms=PAUSE_MS history=true />
                    </Panel>
                </div>
                {bar}
            </form>
        </Wizard>
    }
}

/// The fastest ways to an audience: templates, and what the workspace saved.
fn starts(form: &AudienceForm) -> AnyView {
    let page = form.campaign.map_or_else(|| "/campaigns/new".to_owned(), |id| WizardStep::Audience.href(id));
    let templates: Vec<_> = TEMPLATES
        .iter()
        .map(|template| {
            let address = format!("{page}?{}", template.query);
            view! { <li><a class="start-chip" href=address title=template.description>{template.short}</a></li> }
        })
        .collect();
    let saved: Vec<_> = form
        .saved
        .iter()
        .map(|(id, name)| view! { <li><a class="menu-link" href=format!("{page}?audience={id}")>{name.clone()}</a></li> })
        .collect();
    let count = saved.len();
    let menu = (count > 0).then(|| {
        view! {
            <details class="menu-field" data-menu="">
                <summary class="start-chip">{format!("Your audiences ({count})")}</summary>
                <div class="menu-field-body">
                    <ul class="menu-list">{saved}</ul>
                    <p class="small"><a href="/audiences">"All audiences"</a></p>
                </div>
            </details>
        }
    });
    view! {
        <nav class="starts" aria-label="Templates and saved audiences">
            <span class="starts-label" aria-hidden="true">"Start from"</span>
            <ul class="starts-list">{templates}</ul>
            {menu}
        </nav>
    }
    .into_any()
}
