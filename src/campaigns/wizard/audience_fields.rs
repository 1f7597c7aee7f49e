//! The fields of the audience form: four that everybody uses, and all others folded.

use leptos::prelude::*;

use super::audience_form::{AudienceForm, content_of, told_of};
use crate::{
    campaigns::{
        AudiencePreview,
        audience::contents::{
            ADDRESSES, DEPARTMENT, MORE, NOT_COUNTRIES, NOT_INDUSTRIES, PER_COMPANY, PLACES, Part, SENIORITY, SIZES,
            TITLES,
        },
    },
    directory::{Facet, Filter, Quality, Separator, Values},
    ui::{Checkbox, CheckboxGroup, Choice, Field, FileIntoField, Parting, RadioGroup, TextArea, TokenField},
};

/// Lists that may be longer than this are text, not chips.
const LONG_LIST: usize = 1_000;
/// Answers with values that complete what was typed.
const COMPLETE: &str = "/api/audience-values";

/// What fields are made of.
#[derive(Clone)]
struct Fields {
    form: AudienceForm,
    preview: AudiencePreview,
}

/// Titles, size, industry and place.
#[component]
pub fn OpenFields(form: AudienceForm, preview: AudiencePreview) -> impl IntoView {
    let fields = Fields { form, preview };
    let exact = fields.form.is_ticked("titles_exact");
    let order = view! {
        {fields.of("exclude_titles")}
        <Checkbox label="Exactly these titles, not similar ones" name="titles_exact" checked=exact />
        <p class="small soft">"Everyone with the titles above is delivered first. These follow, one group after the other, until the number you ask for is reached."</p>
        {fields.of("titles_2")}
        {fields.of("titles_3")}
    };
    view! {
        <div class="stack audience-open">
            {fields.with_more("titles", TITLES, exact, order.into_any())}
            <div class="menu-row">
                {fields.menu(SENIORITY)}
                {fields.menu(DEPARTMENT)}
            </div>
            {fields.sizes()}
            {fields.with_more("industries", NOT_INDUSTRIES, false, fields.of("exclude_industries"))}
            {fields.with_more("countries", NOT_COUNTRIES, false, fields.of("exclude_countries"))}
            {fields.row(PLACES)}
        </div>
    }
}

/// The folded rows, and the name.
#[component]
pub fn OtherFields(form: AudienceForm, preview: AudiencePreview) -> impl IntoView {
    let proposed = preview.proposed_name.clone();
    let (name, name_error) = (form.name.clone(), form.error("name"));
    let fields = Fields { form, preview };
    let open = MORE.iter().any(|part| fields.is_used(*part));
    let rows: Vec<_> = MORE.into_iter().map(|part| fields.row(part)).collect();
    view! {
        <details class="disclosure more-filters" open=open>
            <summary>{format!("More filters ({})", MORE.len())}</summary>
            <div class="filter-rows">{rows}</div>
        </details>
        <div class="audience-name">
            <Field label="Campaign name" name="name" value=name error=name_error placeholder=proposed live_placeholder="proposed-name"
                hint="Left empty, it takes the name proposed here." maxlength="100" />
        </div>
    }
}

impl Fields {
    fn of(&self, field: &str) -> AnyView {
        Filter::of(field).map(|filter| self.filter(filter)).into_any()
    }

    fn filter(&self, filter: &'static Filter) -> AnyView {
        let form = &self.form;
        match &filter.values {
            Values::Choices(list) => {
                let options = list().into_iter().map(|(code, label)| self.choice(filter.field, code, label)).collect();
                view! {
                    <div>
                        <CheckboxGroup legend=filter.label name=filter.field selected=form.lines(filter.field)
                            error=form.error(filter.field) options=options hint=filter.hint columns=true />
                        {self.none_of(filter.field)}
                    </div>
                }
                .into_any()
            }
            Values::Range(lower, upper) => {
                view! {
                    <Field label="From" name=*lower inputmode="numeric" value=form.text(lower) error=form.error(lower) placeholder="50" />
                    <Field label="To" name=*upper inputmode="numeric" value=form.text(upper) error=form.error(upper) placeholder="200" />
                }
                .into_any()
            }
            Values::Typed(typed) if typed.values_max > LONG_LIST => self.long_list(filter),
            Values::Typed(typed) => {
                // Where a comma may be part of a name, the server parts what was typed.
                let parting = match typed.separator {
                    Separator::Comma => Parting::Commas,
                    Separator::Line | Separator::CommaOutside(_) => Parting::Lines,
                };
                view! {
                    <div>
                        <TokenField label=filter.label name=filter.field values=form.lines(filter.field) error=form.error(filter.field)
                            hint=filter.hint placeholder=filter.example complete=COMPLETE parting=parting fixed=typed.is_fixed
                            told=told_of(&self.preview, filter.field) />
                        {self.none_of(filter.field)}
                    </div>
                }
                .into_any()
            }
        }
    }

    fn long_list(&self, filter: &'static Filter) -> AnyView {
        let note = self.preview.notes.of(filter.field);
        view! {
            <div>
                <TextArea label=filter.label name=filter.field value=self.form.lines(filter.field).join("\n")
                    error=self.form.error(filter.field) hint=filter.hint placeholder=filter.example rows=3 />
                <FileIntoField field=filter.field label=format!("{}: add a file", filter.label) />
                <p class="field-note" role="status" data-text=format!("note:{}", filter.field)>{note}</p>
            </div>
        }
        .into_any()
    }

    /// How many people no value of a counted filter finds.
    fn none_of(&self, field: &str) -> Option<impl IntoView + use<>> {
        // The place stays where there is nothing to say now: the next count may have something.
        let text = Some(self.facet(field)?.none_text()).filter(|text| !text.is_empty());
        Some(view! { <p class="field-note" data-text=format!("none:{field}")>{text}</p> })
    }

    fn facet(&self, field: &str) -> Option<&Facet> {
        self.preview.facets.iter().find(|facet| facet.field == field)
    }

    /// A choice with the people it would leave.
    fn choice(&self, field: &str, code: &str, label: &str) -> Choice {
        let choice = Choice::new(code, label);
        match self.facet(field).and_then(|facet| facet.values.iter().find(|one| one.value == code)) {
            Some(one) => choice.with_count(i64::try_from(one.leaves).unwrap_or(i64::MAX)),
            None => choice,
        }
    }

    fn is_used(&self, part: Part) -> bool {
        let single = match part {
            PER_COMPANY => &["per_company"][..],
            ADDRESSES => &["hide_owned"],
            _ => &[],
        };
        self.form.uses(part.fields)
            || self.form.uses(single)
            || content_of(&self.preview, part.key).is_some()
            || (part == ADDRESSES && self.form.error("quality").is_some())
    }

    /// A field with what belongs to it behind a click: what to leave out, mostly.
    fn with_more(&self, field: &str, part: Part, open: bool, more: AnyView) -> AnyView {
        let label = Filter::of(field).map(|filter| filter.label.to_lowercase()).unwrap_or_default();
        view! {
            <div class="excludable">
                {self.of(field)}
                <details class="exclude" open=open || self.is_used(part)>
                    <summary>
                        {part.label}<span class="visually-hidden">{format!(": {label}")}</span>
                        <span class="exclude-held" data-text=part.key>{content_of(&self.preview, part.key)}</span>
                    </summary>
                    <div class="stack exclude-body">{more}</div>
                </details>
            </div>
        }
        .into_any()
    }

    /// A chip that opens its choices.
    fn menu(&self, part: Part) -> AnyView {
        let choices: Vec<_> = part.fields.iter().map(|field| self.of(field)).collect();
        view! {
            <details class="menu-field" data-menu="">
                <summary class="menu-field-chip">
                    <span>{part.label}</span>
                    <span class="menu-field-held" data-text=part.key>{content_of(&self.preview, part.key)}</span>
                </summary>
                <div class="menu-field-body">{choices}</div>
            </details>
        }
        .into_any()
    }

    /// A row that is closed until it is wanted; one that holds something opens itself.
    fn row(&self, part: Part) -> AnyView {
        let body = match part {
            PER_COMPANY => self.per_company(),
            ADDRESSES => self.addresses(),
            _ => part.fields.iter().map(|field| self.of(field)).collect::<Vec<_>>().into_any(),
        };
        view! {
            <details class="disclosure filter-row" open=self.is_used(part)>
                <summary>
                    <span class="filter-row-label">{part.label}</span>
                    <span class="filter-row-held" data-text=part.key>{content_of(&self.preview, part.key)}</span>
                </summary>
                <div class="stack filter-row-body">{body}</div>
            </details>
        }
        .into_any()
    }

    /// A range of one's own beside the usual ones.
    fn sizes(&self) -> AnyView {
        view! {
            <fieldset class="size-range">
                <legend class="field-label">"Company size"</legend>
                <div class="size-range-fields">
                    {self.of("size_range")}
                    {self.menu(SIZES)}
                </div>
            </fieldset>
        }
        .into_any()
    }

    fn per_company(&self) -> AnyView {
        view! {
            <Field label="Maximum people per company" name="per_company" inputmode="numeric" value=self.form.text("per_company")
                error=self.form.error("per_company") optional=true hint="In one request." />
        }
        .into_any()
    }

    fn addresses(&self) -> AnyView {
        let qualities =
            Quality::ALL.iter().map(|quality| self.choice("quality", quality.code(), quality.label())).collect();
        view! {
            <RadioGroup legend="Which addresses to take" name="quality" selected=self.form.quality() options=qualities
                error=self.form.error("quality") />
            <Checkbox label="Hide people you own already" name="hide_owned" checked=self.form.is_ticked("hide_owned")
                hint="They are never delivered or charged again either way." />
        }
        .into_any()
    }
}
