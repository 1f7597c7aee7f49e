//! The wizard's first step: whom to reach, with the count beside it.

use leptos::{prelude::*, server_fn::ServerFn};

use super::{
    api::SaveAudience,
    frame::{Wizard, WizardStep},
};
use crate::{
    campaigns::{AudienceCount, AudiencePreview},
    credits::CampaignId,
    directory::{FILTERS, Facet, Filter, Panel as FilterPanel, Quality, TITLE_GROUPS, Values},
    fields::FieldErrors,
    ui::{
        Button, ButtonKind, Checkbox, CheckboxGroup, Choice, ErrorList, Field, FileIntoField, FormErrors, LinkButton,
        Panel, RadioGroup, TextArea, TokenField,
    },
};

/// Lists that may be longer than this are text, not chips.
const LONG_LIST: usize = 1_000;
/// Answers with values that complete what was typed.
const COMPLETE: &str = "/api/audience-values";

/// The form as it was typed, or as the saved criteria fill it.
#[derive(Debug, Clone, Default)]
pub struct AudienceForm {
    pub campaign: Option<CampaignId>,
    pub name: String,
    /// The name under which the audience is saved for other campaigns.
    pub audience: String,
    pub fields: Vec<(String, String)>,
    pub errors: FieldErrors,
    /// How far the draft got, for the links to later steps.
    pub reached: Option<WizardStep>,
}

impl AudienceForm {
    /// The first value of a field.
    fn text(&self, name: &str) -> String {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone()).unwrap_or_default()
    }

    /// The values of a list, one per line of each field sent.
    fn lines(&self, name: &str) -> Vec<String> {
        let values = self.fields.iter().filter(|(field, _)| field == name);
        values
            .flat_map(|(_, value)| value.lines())
            .map(|line| line.trim().to_owned())
            .filter(|line| !line.is_empty())
            .collect()
    }

    fn error(&self, name: &str) -> Option<String> {
        self.errors.of(name)
    }
}

/// The whole step.
#[component]
pub fn AudienceStep(form: AudienceForm, preview: AudiencePreview) -> impl IntoView {
    let reached = form.reached.unwrap_or(WizardStep::Audience);
    let errors = ErrorList::from(&form.errors);
    let title = if form.campaign.is_some() { form.name.clone() } else { String::new() };
    let (name, name_error) = (form.name.clone(), form.error("name"));
    let (quality, quality_error) = (selected_quality(&form), form.error("quality"));
    let campaign = form.campaign;
    let (audience, audience_error) = (form.audience.clone(), form.error("audience_name"));
    let facets = preview.facets.clone();
    let qualities = quality_choices(&facets);
    let (per_company, hide_owned) = (form.text("per_company"), !form.text("hide_owned").is_empty());
    let per_company_error = form.error("per_company");
    let headquarters =
        FILTERS.iter().any(|one| one.panel == FilterPanel::Headquarters && !form.lines(one.field).is_empty());
    let order = form.clone();
    let part =
        |panel: FilterPanel| view! { <FilterFields form=form.clone() facets=facets.clone() panel=panel /> }.into_any();
    let (role, company) = (part(FilterPanel::Role), part(FilterPanel::Company));
    let (place, seat) = (part(FilterPanel::Place), part(FilterPanel::Headquarters));
    view! {
        <Wizard step=WizardStep::Audience campaign=campaign name=title reached=reached topic="targeting">
            <FormErrors errors=errors />
            <form method="post" action=SaveAudience::PATH class="split" data-submit-once="" data-in-place="" novalidate autocomplete="off">
                {campaign.map(|id| view! { <input type="hidden" name="campaign" value=id.to_string() /> })}
                <div class="stack-loose audience-fields">
                    <Panel title="Campaign">
                        <Field label="Campaign name" name="name" value=name error=name_error
                            hint="Only you and your team see it." placeholder="SaaS marketing directors" required=true maxlength="100" />
                    </Panel>
                    <Panel title="Role" description="What these people do.">
                        {role}
                        <div class="stack panel-more"><TitleOrder form=order /></div>
                    </Panel>
                    <Panel title="Company" description="Where they work.">
                        {company}
                        <div class="panel-more"><Field label="Maximum people per company" name="per_company" inputmode="numeric" value=per_company
                            error=per_company_error optional=true hint="In one request." /></div>
                    </Panel>
                    <Panel title="Location" description="Where they are.">
                        {place}
                        <details class="disclosure" open=headquarters>
                            <summary>"Where the company has its headquarters"</summary>
                            <div class="disclosure-body">{seat}</div>
                        </details>
                    </Panel>
                    <Panel title="Addresses">
                        <RadioGroup legend="Which addresses to take" name="quality" selected=quality
                            options=qualities error=quality_error />
                        <Checkbox label="Hide people you own already" name="hide_owned" checked=hide_owned
                            hint="They are never delivered or charged again either way." />
                    </Panel>
                    <div class="form-actions">
                        <Button kind=ButtonKind::Primary name="go" value="next">"Save and continue"</Button>
                        <Button formaction="/campaigns/new/count" formnovalidate=true>"Update the count"</Button>
                    </div>
                </div>
                <aside class="sticky stack-loose">
                    <Panel>
                        <AudienceCount initial=preview />
                    </Panel>
                    <Panel title="Save the audience" description="For other campaigns, and for your team.">
                        <div class="stack"><Field label="Name of the audience" name="audience_name" value=audience error=audience_error maxlength="100" />
                        <div class="form-actions">
                            <Button name="go" value="keep" formnovalidate=true>"Save the audience"</Button>
                            <LinkButton href="/audiences" kind=ButtonKind::Quiet>"All audiences"</LinkButton>
                        </div>
                        </div>
                    </Panel>
                </aside>
            </form>
        </Wizard>
    }
}

/// The filters of one part of the page, from the table.
#[component]
fn FilterFields(form: AudienceForm, facets: Vec<Facet>, panel: FilterPanel) -> impl IntoView {
    let filters = FILTERS.iter().filter(|filter| filter.panel == panel && !later_groups().contains(&filter.field));
    let fields: Vec<_> = filters.map(|filter| filter_field(&form, &facets, filter)).collect();
    view! { <div class="stack">{fields}</div> }
}

fn filter_field(form: &AudienceForm, facets: &[Facet], filter: &'static Filter) -> AnyView {
    match &filter.values {
        Values::Choices(list) => {
            let facet = facets.iter().find(|facet| facet.field == filter.field);
            let options = list().into_iter().map(|(code, label)| counted_choice(facet, code, label)).collect();
            let none = facet.map(Facet::none_text).unwrap_or_default();
            view! {
                <div>
                    <CheckboxGroup legend=filter.label name=filter.field selected=form.lines(filter.field)
                        error=form.error(filter.field) options=options hint=filter.hint columns=true />
                    <p class="field-hint" data-count=format!("{}:", filter.field)>{none}</p>
                </div>
            }
            .into_any()
        }
        Values::Range(lower, upper) => {
            view! {
                <fieldset class="size-range">
                    <legend class="field-label">"Or a range of your own"</legend>
                    <div class="form-row">
                        <Field label="From" name=*lower inputmode="numeric" value=form.text(lower) error=form.error(lower) placeholder="50" />
                        <Field label="To" name=*upper inputmode="numeric" value=form.text(upper) error=form.error(upper) placeholder="200" />
                    </div>
                </fieldset>
            }
            .into_any()
        }
        Values::Typed(typed) if typed.values_max > LONG_LIST => {
            view! {
                <TextArea label=filter.label name=filter.field value=form.lines(filter.field).join("\n")
                    error=form.error(filter.field) hint=filter.hint placeholder=filter.example rows=3 />
                <FileIntoField field=filter.field label=format!("{}: add a file", filter.label) />
            }
            .into_any()
        }
        Values::Typed(typed) => {
            let suggestions: Vec<String> = (typed.known)().into_iter().map(str::to_owned).collect();
            view! {
                <TokenField label=filter.label name=filter.field values=form.lines(filter.field) error=form.error(filter.field)
                    hint=filter.hint placeholder=filter.example suggestions=suggestions complete=COMPLETE />
            }
            .into_any()
        }
    }
}

/// A choice with the people it would leave.
fn counted_choice(facet: Option<&Facet>, code: &str, label: &str) -> Choice {
    let choice = Choice::new(code, label);
    match facet.and_then(|facet| facet.values.iter().find(|one| one.value == code)) {
        Some(one) => choice.with_count(i64::try_from(one.leaves).unwrap_or(i64::MAX)),
        None => choice,
    }
}

/// Which titles are meant, and in which order they are delivered.
#[component]
fn TitleOrder(form: AudienceForm) -> impl IntoView {
    let open = later_groups().iter().any(|field| !form.lines(field).is_empty());
    let exact = !form.text("titles_exact").is_empty();
    let fields: Vec<_> = later_groups()
        .iter()
        .filter_map(|field| Filter::of(field))
        .map(|filter| filter_field(&form, &[], filter))
        .collect();
    view! {
        <Checkbox label="Exactly these titles, not similar ones" name="titles_exact" checked=exact />
        <details class="disclosure" open=open>
            <summary>"Order of preference"</summary>
            <div class="stack disclosure-body">
                <p class="small soft">"Everyone with the titles above is delivered first. These follow, one group after the other, until the number you ask for is reached."</p>
                {fields}
            </div>
        </details>
    }
}

fn later_groups() -> &'static [&'static str] {
    &TITLE_GROUPS[1..]
}

fn selected_quality(form: &AudienceForm) -> String {
    let chosen = form.text("quality");
    if chosen.is_empty() { Quality::default().code().to_owned() } else { chosen }
}

fn quality_choices(facets: &[Facet]) -> Vec<Choice> {
    let facet = facets.iter().find(|facet| facet.field == "quality");
    Quality::ALL.iter().map(|quality| counted_choice(facet, quality.code(), quality.label())).collect()
}
