//! The form of a schedule: in the wizard, and on the page of a campaign.

use leptos::prelude::*;

use super::{
    choices::MailboxChoice,
    forecast::{Facts, Forecast},
    forecast_view::ForecastPanel,
    form::ScheduleForm,
    rules::zone_names,
    types::{First, Language},
    week_view::WeekFields,
};
use crate::{
    campaigns::{
        Campaign,
        frame::CampaignFrame,
        wizard::frame::{Wizard, WizardStep, reached},
    },
    outreach::mailboxes::mailbox::MailboxState,
    ui::{
        Button, ButtonKind, Checkbox, CheckboxGroup, Choice, Field, FormErrors, LinkButton, Notice, Panel, RadioGroup,
        Select, TextArea, Tone, count_text, plural,
    },
};

/// What the page of a schedule shows.
#[derive(Debug, Clone)]
pub struct ScheduleData {
    pub form: ScheduleForm,
    pub choices: Vec<MailboxChoice>,
    /// Addresses of mailboxes that were taken out, and end the conversations that they began.
    pub finishing: Vec<String>,
    pub facts: Facts,
    pub forecast: Forecast,
    pub may_change: bool,
    pub is_running: bool,
}

/// The page of the wizard.
#[component]
pub fn ScheduleStep(campaign: Campaign, data: ScheduleData) -> impl IntoView {
    let (id, reached, name) = (campaign.id, reached(&campaign), campaign.name);
    view! {
        <Wizard step=WizardStep::Schedule campaign=Some(id) name=name reached=reached topic="schedule">
            <ScheduleFields action=WizardStep::Schedule.href(id) button="Save and continue" data />
        </Wizard>
    }
}

/// The page of a campaign.
#[component]
pub fn SchedulePage(campaign: Campaign, leads: i64, may_spend: bool, data: ScheduleData) -> impl IntoView {
    let action = format!("/campaigns/{}/schedule", campaign.id);
    let button = if data.is_running { "Save and apply now" } else { "Save" };
    view! {
        <CampaignFrame campaign=campaign current="Schedule" leads=leads may_spend=may_spend>
            <ScheduleFields action button data />
        </CampaignFrame>
    }
}

#[component]
fn ScheduleFields(action: String, button: &'static str, data: ScheduleData) -> impl IntoView {
    let ScheduleData { form, choices, finishing, facts, forecast, may_change, is_running } = data;
    let actions = may_change.then(|| {
        view! {
            <div class="form-actions">
                <Button kind=ButtonKind::Primary name="go" value="save">{button}</Button>
                <Button name="go" value="look" formnovalidate=true>"Update the forecast"</Button>
                {is_running.then(|| view! { <span class="small soft">"The campaign is running: changes apply to the next mail."</span> })}
            </div>
        }
    });
    let errors = form.errors.clone();
    let fields = view! {
        <Mailboxes form=form.clone() choices finishing />
        <When form=form.clone() />
        <HowMany form=form.clone() />
        <OtherSettings form />
        {actions}
    };
    let fields = if may_change {
        // The first button is what the enter key presses.
        view! {
            <div class="stack-loose">
                <button class="visually-hidden" name="go" value="save" tabindex="-1" aria-hidden="true"></button>
                {fields}
            </div>
        }
        .into_any()
    } else {
        view! { <fieldset class="stack-loose" disabled=true>{fields}</fieldset> }.into_any()
    };
    view! {
        <div class="stack-loose">
            <FormErrors errors=&errors />
            <form method="post" action=action class="split" data-submit-once="" novalidate autocomplete="off">
                {fields}
                <aside class="sticky stack-loose">
                    <ForecastPanel facts forecast />
                </aside>
            </form>
        </div>
    }
}

#[component]
fn Mailboxes(form: ScheduleForm, choices: Vec<MailboxChoice>, finishing: Vec<String>) -> impl IntoView {
    if choices.is_empty() {
        return view! {
            <Panel title="Mailboxes">
                <Notice tone=Tone::Info title="No mailbox yet">
                    <p>"Campaigns send from your own mailboxes, a few dozen mails a day each."</p>
                    <LinkButton href="/settings/mailboxes/new">"Add a mailbox"</LinkButton>
                </Notice>
            </Panel>
        }
        .into_any();
    }
    let options: Vec<_> =
        choices.iter().map(|one| Choice::new(one.id.to_string(), one.address.clone()).with_hint(hint(one))).collect();
    let finishing = (!finishing.is_empty()).then(|| {
        view! { <p class="small soft panel-more">{format!("Finishing the conversations that they started: {}.", finishing.join(", "))}</p> }
    });
    view! {
        <Panel title="Mailboxes" description="New leads get their mail from whichever is free first. Follow-ups come from the same mailbox as the first mail.">
            <CheckboxGroup legend="Send from" name="mailboxes" selected=form.mailboxes.clone() options=options error=form.errors.of("mailboxes") />
            {finishing}
        </Panel>
    }
    .into_any()
}

/// What a mailbox can do today.
fn hint(one: &MailboxChoice) -> String {
    let mut parts = vec![format!("{} a day, {} left today", count_text(one.pace.cap()), count_text(one.left_today()))];
    if one.pace.cap() < one.pace.daily_cap {
        parts.push("slow start".to_owned());
    }
    if one.other_campaigns > 0 {
        parts.push(format!("also sends for {}", plural(one.other_campaigns, "other campaign", "other campaigns")));
    }
    if one.state != MailboxState::Active {
        parts.push(one.state.label().to_lowercase());
    }
    parts.join(" · ")
}

#[component]
fn When(form: ScheduleForm) -> impl IntoView {
    let names: Vec<_> = zone_names().iter().map(|name| view! { <option value=name.as_str()></option> }).collect();
    // The browser fills in its own zone as long as there is no other.
    let guess = form.guess_zone.then_some("");
    view! {
        <Panel title="Sending times">
            <div class="stack">
                <div data-browser-zone=guess>
                    <Field label="Time zone" name="time_zone" value=form.time_zone.clone() error=form.errors.of("time_zone") list="zones"
                        hint="A city of the zone, for example Europe/Berlin." required=true />
                </div>
                <datalist id="zones">{names}</datalist>
                <WeekFields form=form.clone() />
                <Checkbox label="In each lead’s own time zone, where it is known" name="lead_zones" checked=form.lead_zones
                    hint="Known from the country, in large countries also from the region. All other leads use the zone above." />
                <div class="form-row">
                    <Field label="First day" name="starts_on" kind="date" value=form.starts_on.clone() error=form.errors.of("starts_on") optional=true />
                    <Field label="Last day" name="ends_on" kind="date" value=form.ends_on.clone() error=form.errors.of("ends_on") optional=true />
                </div>
                <TextArea label="Days off" name="days_off" value=form.days_off.clone() error=form.errors.of("days_off") optional=true rows=3
                    hint="One on each line: 2026-12-24, or several as 2026-12-24 – 2027-01-02." />
            </div>
        </Panel>
    }
}

#[component]
fn HowMany(form: ScheduleForm) -> impl IntoView {
    let first = vec![
        Choice::new(First::FollowUps.word(), "Follow-ups").with_hint("Conversations continue on time."),
        Choice::new(First::New.word(), "First mails to new leads"),
    ];
    view! {
        <Panel title="Limits" description="For this campaign. Each mailbox also has its own.">
            <div class="stack">
                <Field label="Mails a day" name="daily_cap" inputmode="numeric" value=form.daily_cap.clone() error=form.errors.of("daily_cap") optional=true
                    hint="Left empty: as many as its mailboxes can send." />
                <Field label="New leads a day" name="new_daily_cap" inputmode="numeric" value=form.new_daily_cap.clone()
                    error=form.errors.of("new_daily_cap") optional=true hint="First mails only." />
                <Field label="Mails a day to one company" name="recipient_domain_cap" inputmode="numeric" value=form.recipient_domain_cap.clone()
                    error=form.errors.of("recipient_domain_cap") optional=true
                    hint="By the domain of the address. Left empty: as in the settings of the workspace. Large mail providers do not count as one company." />
                <RadioGroup legend="If a day is full, send first" name="first" selected=form.first.clone() options=first />
                <p class="small soft">"Limits start again at midnight in the time zone of the mailbox."</p>
            </div>
        </Panel>
    }
}

#[component]
fn OtherSettings(form: ScheduleForm) -> impl IntoView {
    let languages = Language::ALL.map(|one| (one.code().to_owned(), one.label().to_owned())).to_vec();
    view! {
        <Panel title="People and language">
            <div class="stack">
                <Checkbox label="Also write to people who are in another running campaign" name="others" checked=form.others
                    hint="Otherwise they wait until the other campaign has finished with them." />
                <Checkbox label="Hold the mails to a company when one person answers" name="stop_company" checked=form.stop_company
                    hint="Its other leads wait until you let them continue. An answer that says “not interested” holds nothing." />
                <Select label="Language of the unsubscribe line" name="language" options=languages selected=form.language.clone() />
            </div>
        </Panel>
    }
}
