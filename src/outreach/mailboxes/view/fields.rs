//! The fields of a mailbox's form, and what is known of its provider.

use leptos::prelude::*;

use crate::{
    fields::FieldErrors,
    outreach::mailboxes::{
        account_form::{AccountForm, ServerForm},
        form::MailboxForm,
        preset::Preset,
        secrets::SecretPart,
    },
    ui::{Checkbox, Field, FormErrors, Select, TextArea, plural},
};

/// All fields. `stored`: the passwords that are there already.
#[component]
pub fn MailboxFields(
    form: MailboxForm,
    stored: Vec<SecretPart>,
    /// It signs in with a permission, so there is no account to type.
    #[prop(optional)]
    has_permission: bool,
    /// What is said of a password that is there.
    #[prop(default = "A password is stored. Leave empty to keep it.")]
    kept: &'static str,
) -> impl IntoView {
    let MailboxForm { preset, address, sender_name, reply_to, signature, time_zone, errors, .. } = form.clone();
    let reply_hint = match preset.sends_only {
        true => "This provider receives no mail. Answers go to this address.",
        false => "Where answers go, if not to the address.",
    };
    let answers = (!preset.is_outbox()).then(|| {
        view! {
            <Field label="Answers to" name="reply_to" kind="email" value=reply_to error=errors.of("reply_to") hint=reply_hint optional=!preset.sends_only required=preset.sends_only autocomplete="off" maxlength="254" />
        }
    });
    let has_account = !preset.is_outbox() && !has_permission;
    let servers = has_account
        .then(|| view! { <AccountFields preset form=form.account.clone() stored kept errors=errors.clone() /> });
    view! {
        <FormErrors errors=errors.clone() />
        <Field label="Address" name="address" kind="email" value=address error=errors.of("address") required=true autocomplete="off" maxlength="254" />
        <Field label="Sender name" name="sender_name" value=sender_name error=errors.of("sender_name") hint="The name that recipients see." required=true maxlength="100" autocomplete="off" />
        {answers}
        {servers}
        <TextArea label="Signature" name="signature" value=signature error=errors.of("signature") hint="Added below every mail." rows=3 optional=true />
        <TimeZoneField value=time_zone error=errors.of("time_zone") />
        <PaceFields form />
    }
    .into_any()
}

/// The time zone, with the known ones to choose from.
#[component]
pub fn TimeZoneField(value: String, error: Option<String>) -> impl IntoView {
    let zones: Vec<_> =
        jiff::tz::db().available().map(|zone| view! { <option value=zone.to_string()></option> }).collect();
    view! {
        <Field label="Time zone" name="time_zone" value error hint="Its midnight starts the day that mails are counted in." list="time-zones" required=true autocomplete="off" />
        <datalist id="time-zones">{zones}</datalist>
    }
    .into_any()
}

#[component]
fn PaceFields(form: MailboxForm) -> impl IntoView {
    let MailboxForm { daily_cap, gap_min_s, gap_max_s, spread, slow_start, first_day, errors, .. } = form;
    let limit = first_day.map(|first| {
        let mails = plural(first, "mail", "mails");
        view! { <p class="soft small">{format!("The operator of this instance allows a new mailbox {mails} on its first day, and as many more with each day on which it sends.")}</p> }
    });
    view! {
        <div class="form-row">
            <Field label="Mails a day" name="daily_cap" kind="number" value=daily_cap error=errors.of("daily_cap") min="1" max="500" required=true />
            <Field label="Shortest pause (seconds)" name="gap_min_s" kind="number" value=gap_min_s error=errors.of("gap_min_s") min="0" max="3600" required=true />
            <Field label="Longest pause (seconds)" name="gap_max_s" kind="number" value=gap_max_s error=errors.of("gap_max_s") min="0" max="3600" required=true />
        </div>
        <Checkbox name="spread" label="Spread the mails over the day" checked=spread hint="Pauses grow so that the day’s mails last until its windows close." />
        <Checkbox name="slow_start" label="Start slowly" checked=slow_start hint="5 mails on the first day, and 2 more on each further day on which it sends." />
        {limit}
    }
    .into_any()
}

/// Where it signs in. The servers of a known provider are filled in and out of the way; what is stored as a password is never shown.
#[component]
fn AccountFields(
    preset: &'static Preset,
    form: AccountForm,
    stored: Vec<SecretPart>,
    kept: &'static str,
    errors: FieldErrors,
) -> impl IntoView {
    let AccountForm { smtp, imap } = form;
    let is_google = preset.word == "google";
    let has = |part| stored.contains(&part);
    let smtp_hint = match (has(SecretPart::Smtp), is_google) {
        (true, _) => kept,
        (false, true) => "The app password, with or without its spaces.",
        (false, false) => "Stored encrypted, and never shown again.",
    };
    let imap_hint = match (has(SecretPart::Imap), preset.sends_only) {
        (true, _) => kept,
        (false, true) => "Of the mailbox where answers arrive.",
        (false, false) => "Leave empty if it is the one for sending.",
    };
    let user_hint = if preset.sends_only { "From the SMTP credentials." } else { "Leave empty if it is the address." };
    let reader_hint = match preset.sends_only {
        true => "Leave empty if it is the address where answers arrive.",
        false => "Leave empty if it is the one for sending.",
    };
    let is_open = preset.smtp.is_none() || errors.iter().any(|(field, _)| is_of_server(field));
    view! {
        <Field label="User" name="smtp_user" value=smtp.user.clone() error=errors.of("smtp_user") hint=user_hint optional=!preset.sends_only autocomplete="off" maxlength="254" />
        <Field label="Password" name="smtp_password" kind="password" error=errors.of("smtp_password") hint=smtp_hint autocomplete="new-password" />
        <details class="disclosure" open=is_open>
            <summary>"Servers"</summary>
            <div class="stack">
            <fieldset class="form-group">
                <legend class="field-label">"Sending (SMTP)"</legend>
                <ServerFields prefix="smtp" form=smtp errors=errors.clone() placeholder=preset.host_hint() />
            </fieldset>
            <fieldset class="form-group">
                <legend class="field-label">"Reading answers (IMAP)"</legend>
                <ServerFields prefix="imap" form=imap.clone() errors=errors.clone() placeholder="" />
                <Field label="User for reading" name="imap_user" value=imap.user error=errors.of("imap_user") hint=reader_hint optional=true autocomplete="off" maxlength="254" />
                <Field label="Password for reading" name="imap_password" kind="password" error=errors.of("imap_password") hint=imap_hint optional=!preset.sends_only autocomplete="new-password" />
            </fieldset>
            </div>
        </details>
    }
    .into_any()
}

/// Whether an error is beside one of the fields that may be out of the way.
fn is_of_server(field: &str) -> bool {
    field.starts_with("imap_") || (field.starts_with("smtp_") && !matches!(field, "smtp_user" | "smtp_password"))
}

#[component]
fn ServerFields(
    prefix: &'static str,
    form: ServerForm,
    errors: FieldErrors,
    placeholder: &'static str,
) -> impl IntoView {
    let name = |field: &str| format!("{prefix}_{field}");
    let of = if prefix == "smtp" { "for sending" } else { "for reading" };
    let options = vec![("tls".to_owned(), "TLS".to_owned()), ("starttls".to_owned(), "STARTTLS".to_owned())];
    let (host, port, security) = (name("host"), name("port"), name("security"));
    let faults = (errors.of(&host), errors.of(&port), errors.of(&security));
    view! {
        <Field label=format!("Server {of}") name=host value=form.host error=faults.0 placeholder autocomplete="off" maxlength="253" />
        <div class="form-row">
            <Field label=format!("Port {of}") name=port value=form.port error=faults.1 inputmode="numeric" autocomplete="off" maxlength="5" />
            <Select label=format!("Encryption {of}") name=security options selected=form.security error=faults.2 />
        </div>
    }
    .into_any()
}

/// What a member should know of a provider before connecting a mailbox there.
#[component]
pub fn PresetNotes(
    preset: &'static Preset,
    /// It signs in with a permission, so no password is needed.
    #[prop(optional)]
    has_permission: bool,
) -> impl IntoView {
    let setup = (!has_permission).then(|| view! { <div><dt>"What it needs"</dt><dd>{preset.setup}</dd></div> });
    let sent = preset.sent_text().map(|text| view! { <div><dt>"Sent copies"</dt><dd>{text}</dd></div> });
    view! {
        <dl class="facts">
            {setup}
            <div><dt>"Its limits"</dt><dd>{preset.limits}</dd></div>
            <div><dt>"Its rule on cold mail"</dt><dd>{preset.cold_mail}</dd></div>
            {sent}
        </dl>
    }
    .into_any()
}
