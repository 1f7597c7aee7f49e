//! When to be told that credits run low (rule C21).

use leptos::prelude::*;

use crate::{
    accounts::Right,
    credits::{
        LOW_USUAL, Runway,
        sections::{CreditsSection, SectionTabs},
    },
    fields::FieldErrors,
    topics,
    ui::{Button, ButtonKind, Checkbox, Field, FormErrors, HelpLink, Notice, PageHeader, Panel, credits_text},
};

/// What the page shows: the form as it stands or as it was typed.
#[derive(Debug, Clone)]
pub struct AlertsPageData {
    pub low_on: bool,
    pub low_credits: String,
    pub runway_on: bool,
    pub runway_days: String,
    pub errors: FieldErrors,
    pub may_manage: bool,
    pub runway: Runway,
}

/// The page.
#[component]
pub fn AlertsPage(data: AlertsPageData) -> impl IntoView {
    let AlertsPageData { low_on, low_credits, runway_on, runway_days, errors, may_manage, runway } = data;
    let now = format!("Now: {} available, {}.", credits_text(runway.available.get()), runway.text());
    view! {
        <PageHeader title="Alerts" subtitle="Who buys for this workspace hears in time, in the app and by mail.">
            <HelpLink topic="running-out">"What happens at zero"</HelpLink>
        </PageHeader>
        <SectionTabs current=CreditsSection::Alerts />
        <div class="stack">
            {(!may_manage).then(|| view! { <Notice id="cannot-change">{Right::Manage.refusal()}</Notice> })}
            <Panel title="Notify us" description="Once each time a line is crossed, and again only after it was above it. Owners and admins get a mail.">
                <form class="form" method="post" action="/settings/cold-email-agent/alerts">
                    <FormErrors errors=&errors />
                    <fieldset class="form" disabled=!may_manage>
                        <legend class="visually-hidden">"Alerts"</legend>
                        <div class="stack-tight">
                            <Checkbox label="When credits run low" name="low_on" checked=low_on />
                            <Field
                                label="Fewer than this many credits"
                                name="low_credits"
                                inputmode="numeric"
                                hint=format!("{LOW_USUAL} until you change it")
                                value=low_credits
                                error=errors.of("low_credits")
                            />
                        </div>
                        <div class="stack-tight">
                            <Checkbox label="When they will not last" name="runway_on" checked=runway_on />
                            <Field
                                label="Fewer than this many days"
                                name="runway_days"
                                inputmode="numeric"
                                hint="At the pace of the last seven days"
                                value=runway_days
                                error=errors.of("runway_days")
                            />
                        </div>
                        {may_manage
                            .then(|| {
                                view! {
                                    <div class="form-actions">
                                        <Button kind=ButtonKind::Primary>"Save"</Button>
                                    </div>
                                }
                            })}
                    </fieldset>
                </form>
            </Panel>
            <p class="soft small" id="alerts-now" data-live=topics::CREDITS>{now}</p>
            <p class="soft small">
                "Credits with an end date are announced 30, 7 and 1 days before, whatever is set here."
            </p>
        </div>
    }
    .into_any()
}
