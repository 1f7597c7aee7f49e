//! The guide for the operator.

use leptos::prelude::*;
use url::Url;

use super::pages::PAGE;
use crate::{
    outreach::mailboxes::oauth::provider::Provider,
    ui::{Button, Field, Notice, PageHeader, Panel, Tag, Tone},
};

/// What may be shown of an app that is set up.
#[derive(Debug, Clone)]
pub struct AppOf {
    pub client_id: String,
    pub tenant: String,
    pub testing: bool,
}

/// Both guides, and how far each app is.
#[component]
pub fn AdminSignIn(redirect: Url, google: Option<AppOf>, microsoft: Option<AppOf>) -> impl IntoView {
    let hint = address_hint(&redirect);
    view! {
        <PageHeader title="Sign-in of mailboxes" subtitle="Your apps at Google and Microsoft, with which members connect mailboxes without a password."
            back_href="/admin" back_label="Administration" />
        <div class="stack-loose">
            <Panel title="Redirect address" description="Register this address with both apps. Each has to have it letter by letter.">
                <div class="stack">
                    <Field label="Redirect address" name="redirect" value=redirect.to_string() readonly=true autocomplete="off" />
                    {hint.map(|text| view! { <Notice tone=Tone::Warning><p>{text}</p></Notice> })}
                </div>
            </Panel>
            <Panel title="Google" id="google">
                <div class="stack"><AppState provider=Provider::Google app=google /><GoogleGuide /></div>
            </Panel>
            <Panel title="Microsoft" id="microsoft">
                <div class="stack"><AppState provider=Provider::Microsoft app=microsoft /><MicrosoftGuide /></div>
            </Panel>
        </div>
    }
    .into_any()
}

/// What the providers would not take of the address.
fn address_hint(redirect: &Url) -> Option<&'static str> {
    let local = matches!(redirect.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    match (redirect.scheme(), redirect.host_str()) {
        ("https", _) | (_, Some("localhost")) => None,
        _ if local => Some(
            "Microsoft takes http:// only with the name localhost. Set FAIRLEAD_PUBLIC_URL to http://localhost and the port to try its sign-in here.",
        ),
        _ => Some("Both providers want an address that begins with https://. Set FAIRLEAD_PUBLIC_URL."),
    }
}

/// Whether the app is set up, and the button that asks the provider.
#[component]
fn AppState(provider: Provider, app: Option<AppOf>) -> impl IntoView {
    let Some(app) = app else {
        return view! { <p><Tag tone=Tone::Neutral>"Not set up"</Tag></p> }.into_any();
    };
    let more = match provider {
        Provider::Google if app.testing => {
            Some(("Publishing state", "Testing: each connection ends after 7 days".to_owned()))
        }
        Provider::Google => None,
        Provider::Microsoft => Some(("Accounts", app.tenant)),
    };
    view! {
        <dl class="facts">
            <div><dt>"State"</dt><dd><Tag tone=Tone::Good>"Set up"</Tag></dd></div>
            <div><dt>"Client id"</dt><dd>{app.client_id}</dd></div>
            {more.map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> })}
        </dl>
        <form method="post" action=format!("{PAGE}/{}", provider.word()) data-submit-once="">
            <Button>{format!("Ask {} whether it accepts the app", provider.name())}</Button>
        </form>
    }
    .into_any()
}

#[component]
fn GoogleGuide() -> impl IntoView {
    view! {
        <details class="disclosure">
            <summary>"How to make the app at Google"</summary>
            <div class="stack">
            <ol class="stack-tight">
                <li>"In the Google Cloud console, make a project and open “Google Auth Platform”."</li>
                <li>
                    "Under “Audience”, choose who may sign in. "
                    <strong>"Internal"</strong> " is for accounts of your own Google Workspace: it needs no verification and costs nothing. "
                    <strong>"External"</strong> " is for everyone else."
                </li>
                <li>"Under “Data access”, add these scopes by hand: " <code>"openid"</code> ", " <code>"email"</code> " and " <code>"https://mail.google.com/"</code> "."</li>
                <li>"Under “Clients”, make a client of the type “Web application” and enter the redirect address above."</li>
                <li>
                    "Copy the client id and the secret, which Google shows only once, into "
                    <code>"FAIRLEAD_GOOGLE_CLIENT_ID"</code> " and " <code>"FAIRLEAD_GOOGLE_CLIENT_SECRET"</code> ", and restart Fairlead."
                </li>
            </ol>
            <h3>"What an external app costs"</h3>
            <ul class="stack-tight">
                <li>
                    <strong>"Testing: "</strong> "at most 100 accounts, each on your list of test users, and every connection ends after 7 days. Set "
                    <code>"FAIRLEAD_GOOGLE_TESTING=true"</code> ", so that mailboxes say on which day."
                </li>
                <li>
                    <strong>"In production, not verified: "</strong> "at most 100 accounts, and Google warns each of them. Connections stay."
                </li>
                <li>
                    <strong>"In production, verified: "</strong>
                    "the scope for mail is restricted, so verification takes several weeks and Google wants a security assessment each year (about $540 to $1,000)."
                </li>
            </ul>
            <p class="soft">"Without an app, Google mailboxes can be added with an app password."</p>
            </div>
        </details>
    }
    .into_any()
}

#[component]
fn MicrosoftGuide() -> impl IntoView {
    view! {
        <details class="disclosure">
            <summary>"How to make the app at Microsoft"</summary>
            <div class="stack">
            <ol class="stack-tight">
                <li>"In the Microsoft Entra admin center, open “App registrations” and choose “New registration”."</li>
                <li>
                    "Choose whose accounts may sign in, and say the same in " <code>"FAIRLEAD_MICROSOFT_TENANT"</code> ": any organisation ("
                    <code>"organizations"</code> ", the default), personal accounts too (" <code>"common"</code>
                    "), or only your own organisation (its tenant id)."
                </li>
                <li>"Add the redirect address above for the platform “Web”."</li>
                <li>
                    "Under “API permissions”, add these delegated permissions of Microsoft Graph: " <code>"IMAP.AccessAsUser.All"</code> ", "
                    <code>"SMTP.Send"</code> ", " <code>"offline_access"</code> ", " <code>"openid"</code> ", " <code>"profile"</code> " and "
                    <code>"email"</code> "."
                </li>
                <li>
                    "Under “Certificates & secrets”, make a client secret. Copy its value, not its id, into "
                    <code>"FAIRLEAD_MICROSOFT_CLIENT_SECRET"</code> ", and the application id into " <code>"FAIRLEAD_MICROSOFT_CLIENT_ID"</code>
                    ". Restart Fairlead. Note the day on which the secret expires: on that day all Microsoft mailboxes stop."
                </li>
            </ol>
            <h3>"What members will meet"</h3>
            <ul class="stack-tight">
                <li>"Most organisations let only an administrator allow an app that reads mail. Fairlead gives members a link to forward to theirs."</li>
                <li>"SMTP AUTH has to be allowed for the mailbox in the Exchange admin center, for this sign-in too."</li>
                <li>"Password sign-in for sending is off by default from the end of December 2026."</li>
            </ul>
            </div>
        </details>
    }
    .into_any()
}
