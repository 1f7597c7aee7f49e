//! The page of the settings.

use leptos::prelude::*;

use super::SendingSettings;
use crate::{
    fields::FieldErrors,
    server::form::Form,
    ui::{Button, ButtonKind, Field, FormErrors, HelpLink, Notice, PageHeader, Panel, Select, TextArea, Tone, plural},
};

/// The settings as they are typed.
#[derive(Debug, Clone, Default)]
pub struct SettingsForm {
    pub postal_address: String,
    pub daily_cap: String,
    pub recipient_domain_cap: String,
    pub unknown_policy: String,
    pub errors: FieldErrors,
}

impl SettingsForm {
    pub fn of(settings: &SendingSettings) -> Self {
        Self {
            postal_address: settings.postal_address.clone(),
            daily_cap: settings.daily_cap.map(|cap| cap.to_string()).unwrap_or_default(),
            recipient_domain_cap: settings.recipient_domain_cap.to_string(),
            unknown_policy: if settings.counts_unknown { "count_as_sent" } else { "ask" }.to_owned(),
            errors: FieldErrors::default(),
        }
    }

    /// What was typed, with what to change.
    pub fn typed(form: &Form, errors: FieldErrors) -> Self {
        let text = |name: &str, most: usize| form.text(name).chars().take(most).collect();
        let (daily_cap, recipient_domain_cap) = (text("daily_cap", 40), text("recipient_domain_cap", 40));
        let (postal_address, unknown_policy) = (text("postal_address", 1_000), text("unknown_policy", 40));
        Self { postal_address, daily_cap, recipient_domain_cap, unknown_policy, errors }
    }
}

/// What holds for all campaigns of the workspace.
#[component]
pub fn SettingsPage(form: SettingsForm, ceiling: Option<i64>, may_change: bool) -> impl IntoView {
    let SettingsForm { postal_address, daily_cap, recipient_domain_cap, unknown_policy, errors } = form;
    let policies = vec![
        ("ask".to_owned(), "Ask before sending it again".to_owned()),
        ("count_as_sent".to_owned(), "Count it as sent".to_owned()),
    ];
    let error = |name: &str| errors.of(name);
    let (address_error, daily_error) = (error("postal_address"), error("daily_cap"));
    let company_error = error("recipient_domain_cap");
    view! {
        <PageHeader title="Sending" subtitle="Settings for all campaigns of this workspace.">
            <HelpLink topic="schedule">"How mails are spread"</HelpLink>
        </PageHeader>
        {ceiling.map(|most| view! {
            <Notice tone=Tone::Info title=format!("The operator of this instance allows {} a day", plural(most, "mail", "mails")) />
        })}
        <div class="stack-loose">
            <FormErrors errors=&errors />
            <form method="post" action=super::pages::SENDING data-submit-once="" novalidate>
                <fieldset class="stack-loose" disabled=!may_change>
                    <Panel title="Postal address" description="Shown below every mail. Anti-spam laws require the name and street address of the sender.">
                        <TextArea label="Postal address" name="postal_address" value=postal_address error=address_error rows=4
                            hint="A campaign cannot start without one." />
                    </Panel>
                    <Panel title="Limits" description="For the whole workspace. Mailboxes and campaigns also have their own.">
                        <div class="stack">
                            <Field label="Mails a day" name="daily_cap" inputmode="numeric" value=daily_cap error=daily_error optional=true
                                hint="All mailboxes together. Left empty: as many as they can send." />
                            <Field label="Mails a day to one company" name="recipient_domain_cap" inputmode="numeric" value=recipient_domain_cap
                                error=company_error
                                hint="By the domain of the address. Large mail providers do not count as one company. A campaign may have its own." />
                        </div>
                    </Panel>
                    <Panel title="Unknown outcomes" description="When the connection breaks while a mail is being handed over, it may have left or not. It is never sent again without a member’s decision.">
                        <Select label="Such a mail" name="unknown_policy" options=policies selected=unknown_policy />
                    </Panel>
                    {may_change.then(|| view! { <div class="form-actions"><Button kind=ButtonKind::Primary>"Save"</Button></div> })}
                </fieldset>
            </form>
        </div>
    }
}
