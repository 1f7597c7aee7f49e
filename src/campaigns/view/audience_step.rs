//! The wizard's first step: whom to reach, with the count beside it.

use leptos::prelude::*;

use super::{WizardStep, wizard::Wizard};
use crate::{
    campaigns::{AudienceCount, AudiencePreview},
    credits::CampaignId,
    fields::FieldErrors,
    leads::{CompanySize, Department, INDUSTRIES, Quality, Seniority},
    ui::{Button, ButtonKind, CheckboxGroup, Choice, ErrorList, Field, FormErrors, Panel, RadioGroup, TokenField},
};

/// The form as it was typed, or as the saved criteria fill it.
#[derive(Debug, Clone, Default)]
pub struct AudienceForm {
    pub campaign: Option<CampaignId>,
    pub name: String,
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
    let action = form.campaign.map_or_else(|| "/campaigns/new".to_owned(), |id| WizardStep::Audience.href(id));
    let reached = form.reached.unwrap_or(WizardStep::Audience);
    let errors = ErrorList::from(&form.errors);
    let title = if form.campaign.is_some() { form.name.clone() } else { String::new() };
    let (name, name_error) = (form.name.clone(), form.error("name"));
    let (quality, quality_error) = (selected_quality(&form), form.error("quality"));
    let campaign = form.campaign;
    view! {
        <Wizard step=WizardStep::Audience campaign=campaign name=title reached=reached topic="targeting">
            <FormErrors errors=errors />
            <form method="post" action=action class="split" data-submit-once="" novalidate>
                <div class="stack-loose audience-fields">
                    <Panel title="Campaign">
                        <Field label="Campaign name" name="name" value=name error=name_error
                            hint="Only you and your team see it." placeholder="SaaS marketing directors" required=true maxlength="100" />
                    </Panel>
                    <RoleFields form=form.clone() />
                    <CompanyFields form=form.clone() />
                    <PlaceFields form=form />
                    <Panel title="Addresses">
                        <RadioGroup legend="Which addresses to take" name="quality" selected=quality
                            options=quality_choices() error=quality_error />
                    </Panel>
                    <div class="form-actions">
                        <Button kind=ButtonKind::Primary name="go" value="next">"Save and continue"</Button>
                        <Button name="go" value="count" formnovalidate=true>"Update the count"</Button>
                    </div>
                </div>
                <aside class="sticky">
                    <Panel>
                        <AudienceCount initial=preview />
                    </Panel>
                </aside>
            </form>
        </Wizard>
    }
}

#[component]
fn RoleFields(form: AudienceForm) -> impl IntoView {
    view! {
        <Panel title="Role" description="What these people do.">
            <div class="stack">
                <TokenField label="Job titles" name="titles" values=form.lines("titles") error=form.error("titles")
                    hint="One per line. “VP Marketing” also finds “Vice President, Marketing”." placeholder="Marketing Director" />
                <TokenField label="Not these job titles" name="exclude_titles" values=form.lines("exclude_titles")
                    error=form.error("exclude_titles") placeholder="Assistant" />
                <CheckboxGroup legend="Seniority" name="seniority" selected=form.lines("seniority") error=form.error("seniority")
                    options=Seniority::ALL.iter().map(|one| Choice::new(one.code(), one.label())).collect() columns=true />
                <CheckboxGroup legend="Department" name="department" selected=form.lines("department") error=form.error("department")
                    options=Department::ALL.iter().map(|one| Choice::new(one.code(), one.label())).collect() columns=true />
            </div>
        </Panel>
    }
}

#[component]
fn CompanyFields(form: AudienceForm) -> impl IntoView {
    let industries: Vec<String> = INDUSTRIES.iter().map(|name| (*name).to_owned()).collect();
    view! {
        <Panel title="Company" description="Where they work.">
            <div class="stack">
                <CheckboxGroup legend="Company size" name="size" selected=form.lines("size") error=form.error("size")
                    options=CompanySize::ALL.iter().map(|one| Choice::new(one.code(), one.label())).collect()
                    hint="Employees." columns=true />
                <fieldset class="size-range">
                    <legend class="field-label">"Or a range of your own"</legend>
                    <div class="form-row">
                        <Field label="From" name="size_min" inputmode="numeric" value=form.text("size_min")
                            error=form.error("size_min") placeholder="50" />
                        <Field label="To" name="size_max" inputmode="numeric" value=form.text("size_max")
                            error=form.error("size_max") placeholder="200" />
                    </div>
                </fieldset>
                <TokenField label="Industries" name="industries" values=form.lines("industries") error=form.error("industries")
                    suggestions=industries.clone() placeholder="Computer Software" hint="One per line." />
                <TokenField label="Not these industries" name="exclude_industries" values=form.lines("exclude_industries")
                    error=form.error("exclude_industries") suggestions=industries />
                <TokenField label="Keywords" name="keywords" values=form.lines("keywords") error=form.error("keywords")
                    hint="Found in what the company does and uses. One of them is enough." placeholder="e-commerce" />
                <TokenField label="Company domains" name="domains" values=form.lines("domains") error=form.error("domains")
                    hint="Only people at these companies. Paste a list, one per line." placeholder="example.com" />
                <TokenField label="Not these company domains" name="exclude_domains" values=form.lines("exclude_domains")
                    error=form.error("exclude_domains") hint="Customers, competitors, your own company." />
            </div>
        </Panel>
    }
}

#[component]
fn PlaceFields(form: AudienceForm) -> impl IntoView {
    let countries: Vec<String> = crate::leads::Country::all().map(|country| country.name().to_owned()).collect();
    view! {
        <Panel title="Location" description="Where they are.">
            <div class="stack">
                <TokenField label="Countries" name="countries" values=form.lines("countries") error=form.error("countries")
                    suggestions=countries.clone() placeholder="United Kingdom" />
                <TokenField label="Not these countries" name="exclude_countries" values=form.lines("exclude_countries")
                    error=form.error("exclude_countries") suggestions=countries />
                <TokenField label="Regions or states" name="regions" values=form.lines("regions") error=form.error("regions")
                    placeholder="California" />
                <TokenField label="Cities" name="cities" values=form.lines("cities") error=form.error("cities") placeholder="Berlin" />
            </div>
        </Panel>
    }
}

fn selected_quality(form: &AudienceForm) -> String {
    let chosen = form.text("quality");
    if chosen.is_empty() { Quality::default().code().to_owned() } else { chosen }
}

fn quality_choices() -> Vec<Choice> {
    Quality::ALL.iter().map(|quality| Choice::new(quality.code(), quality.label())).collect()
}
