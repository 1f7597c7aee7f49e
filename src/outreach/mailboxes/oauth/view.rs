//! Signing in at Google or Microsoft: the buttons, the account that is named, and what to do when it did not work.

use leptos::prelude::*;

use super::{
    connection::{SignInOf, SignedIn},
    fault::TokenFault,
    form::ConfirmForm,
    provider::{Offer, Provider},
};
use crate::{
    fields::FieldErrors,
    outreach::{
        ids::MailboxId,
        mailboxes::{mailbox::Mailbox, pages::MAILBOXES, view::fields::TimeZoneField},
    },
    server::clock::Instant,
    ui::{Button, ButtonKind, Checkbox, Field, FormErrors, LinkButton, Notice, PageHeader, Panel, TimeStamp, Tone},
};

/// Leads to the provider's sign-in. `ready`: the operator has set up the app.
#[component]
pub fn SignInWith(
    provider: Provider,
    ready: bool,
    /// The mailbox that signs in; a new one without it.
    mailbox: Option<MailboxId>,
    #[prop(optional)] again: bool,
    #[prop(optional)] kind: ButtonKind,
) -> impl IntoView {
    let name = provider.name();
    if !ready {
        let text = match provider {
            Provider::Google => {
                "The operator of this instance has not set up Google sign-in. You can use an app password instead."
            }
            Provider::Microsoft => {
                "The operator of this instance has not set up Microsoft sign-in. Until Microsoft ends password sign-in, you can use a password instead."
            }
        };
        return view! { <p class="small soft">{text}</p> }.into_any();
    }
    let label = if again { format!("Sign in again with {name}") } else { format!("Sign in with {name}") };
    let mailbox = mailbox.map(|id| view! { <input type="hidden" name="mailbox" value=id.to_string() /> });
    view! {
        <form method="post" action=format!("{MAILBOXES}/oauth/{}", provider.word()) data-submit-once="">
            {mailbox}
            <Button kind>{label}</Button>
        </form>
    }
    .into_any()
}

/// The providers at which a new mailbox can sign in.
#[component]
pub fn SignInPanel(providers: Vec<Provider>) -> impl IntoView {
    if providers.is_empty() {
        return ().into_any();
    }
    let buttons: Vec<_> =
        providers.into_iter().map(|provider| view! { <SignInWith provider ready=true mailbox=None /> }).collect();
    view! {
        <Panel title="By signing in" description="No password is typed or stored here.">
            <div class="form-actions">{buttons}</div>
        </Panel>
    }
    .into_any()
}

/// What a member should know before they type a password of a provider that offers to sign in.
#[component]
pub fn PasswordOrSignIn(offer: Offer) -> impl IntoView {
    let Offer { provider, ready, consent } = offer;
    let note = match provider {
        Provider::Google => None,
        Provider::Microsoft => Some(
            "Microsoft switches password sign-in for sending off by default at the end of December 2026. Signing in with Microsoft keeps \
             working, if SMTP AUTH is allowed for the mailbox. In most organisations an administrator has to allow the app once.",
        ),
    };
    view! {
        <Panel title=format!("Sign in with {}", provider.name()) id="sign-in">
            <div class="stack-tight">
                {note.map(|note| view! { <p>{note}</p> })}
                <SignInWith provider ready mailbox=None />
                {consent.map(|link| view! {
                    <details class="disclosure">
                        <summary>"Microsoft wants the approval of an administrator"</summary>
                        <ConsentFields link />
                    </details>
                })}
            </div>
        </Panel>
    }
    .into_any()
}

/// The account of a mailbox, how long it lasts, and the way to sign in again.
#[component]
pub fn SignInState(sign_in: SignInOf, mailbox: MailboxId, may_connect: bool) -> impl IntoView {
    let SignInOf { provider, ready, testing, connection, has_password, is_needed } = sign_in;
    let kind = if is_needed { ButtonKind::Primary } else { ButtonKind::Secondary };
    let account = match &connection {
        Some(connection) => format!("{} account {}", provider.name(), connection.account),
        None if has_password => {
            format!("It signs in with a password. {} can give a permission instead.", provider.name())
        }
        None => "This mailbox has not signed in yet.".to_owned(),
    };
    let ends_at = connection.and_then(|connection| connection.ends_at);
    view! {
        <Panel title="Sign-in" id="mailbox-sign-in">
            <div class="stack-tight">
                <p>{account}</p>
                <ConnectionEnds ends_at testing />
                {may_connect.then(|| view! { <SignInWith provider ready mailbox=Some(mailbox) again=!has_password kind /> })}
            </div>
        </Panel>
    }
    .into_any()
}

/// When the provider ends a connection, and why.
#[component]
pub fn ConnectionEnds(ends_at: Option<Instant>, testing: bool) -> impl IntoView {
    ends_at.map(|ends_at| {
        let why = if testing { ", because the Google app is in testing." } else { "." };
        view! {
            <p id="connection-ends">
                "This connection ends on " <TimeStamp micros=ends_at.micros() date_only=true /> {why} " Sign in again before that day."
            </p>
        }
    })
}

/// Names the account of a new mailbox, and asks what the provider does not say.
#[component]
pub fn ConfirmPage(
    provider: Provider,
    signed_in: SignedIn,
    testing: bool,
    action: String,
    form: ConfirmForm,
) -> impl IntoView {
    let ConfirmForm { address, sender_name, time_zone, is_new, errors } = form;
    let hint = "The account may send from it: it is its own, or an alias. The test asks the server.";
    view! {
        <PageHeader title="Add this mailbox?" back_href=format!("{MAILBOXES}/new") back_label="Add a mailbox" />
        <div class="stack">
            <AccountPanel provider signed_in testing />
            <form class="form" method="post" action=action data-submit-once="">
                <FormErrors errors=errors.clone() />
                <Field label="Address" name="address" kind="email" value=address error=errors.of("address") hint=hint required=true maxlength="254" autocomplete="off" />
                <Field label="Sender name" name="sender_name" value=sender_name error=errors.of("sender_name") hint="The name that recipients see." required=true maxlength="100" autocomplete="off" />
                <div data-browser-zone=is_new.then_some("")>
                    <TimeZoneField value=time_zone error=errors.of("time_zone") />
                </div>
                <p class="small soft">"It begins with 5 mails a day and slowly sends more, up to 30. You can change that on its page."</p>
                <div class="form-actions">
                    <Button kind=ButtonKind::Primary>"Add the mailbox"</Button>
                    <LinkButton href=MAILBOXES>"Cancel"</LinkButton>
                </div>
            </form>
        </div>
    }
    .into_any()
}

/// Names the account that an existing mailbox signs in with.
#[component]
pub fn SignInAgainPage(
    provider: Provider,
    signed_in: SignedIn,
    testing: bool,
    action: String,
    mailbox: Mailbox,
    /// It is the account that the mailbox had.
    same: bool,
    errors: FieldErrors,
) -> impl IntoView {
    let (page, user, address) =
        (format!("{MAILBOXES}/{}", mailbox.id), signed_in.account.user.clone(), mailbox.address);
    let other = (!same).then(|| {
        let label = format!("{user} may send from {address}");
        let text = format!("The mailbox sends from {address}, and you signed in as {user}.");
        view! {
            <Notice tone=Tone::Warning title="This is another account">
                <p>{text}</p>
            </Notice>
            <Checkbox name="other_account" label=label checked=false error=errors.of("other_account")
                hint="As an alias or a shared mailbox. The mailbox sends nothing until its test has asked the server." />
        }
    });
    view! {
        <PageHeader title=format!("Use this account for {address}?") back_href=page.clone() back_label=address.clone() />
        <div class="stack">
            <FormErrors errors=errors.clone() />
            <AccountPanel provider signed_in testing />
            <form class="form" method="post" action=action data-submit-once="">
                {other}
                <div class="form-actions">
                    <Button kind=ButtonKind::Primary>"Use this account"</Button>
                    <LinkButton href=page>"Cancel"</LinkButton>
                </div>
            </form>
        </div>
    }
    .into_any()
}

#[component]
fn AccountPanel(provider: Provider, signed_in: SignedIn, testing: bool) -> impl IntoView {
    view! {
        <Panel title="You signed in with this account">
            <div class="stack-tight">
            <dl class="facts">
                <div><dt>"Provider"</dt><dd>{provider.name()}</dd></div>
                <div><dt>"Account"</dt><dd id="account">{signed_in.account.user.clone()}</dd></div>
            </dl>
            <ConnectionEnds ends_at=signed_in.ends_at testing />
            </div>
        </Panel>
    }
    .into_any()
}

/// Why there is no sign-in, and what to do.
#[component]
pub fn FailedPage(
    provider: Provider,
    fault: TokenFault,
    mailbox: Option<MailboxId>,
    /// The page on which an administrator allows the app.
    consent: Option<String>,
) -> impl IntoView {
    let (back, label) = match mailbox {
        Some(id) => (format!("{MAILBOXES}/{id}"), "The mailbox"),
        None => (format!("{MAILBOXES}/new"), "Add a mailbox"),
    };
    let asks_administrator = matches!(fault, TokenFault::AdminConsent { .. });
    let tone = if asks_administrator { Tone::Info } else { Tone::Bad };
    view! {
        <PageHeader title=format!("Not signed in with {}", provider.name()) back_href=back back_label=label />
        <div class="stack">
            <Notice tone id="sign-in-fault"><p>{fault.sentence(provider)}</p></Notice>
            {consent.map(|link| view! { <ConsentLink link /> })}
            <div class="form-actions"><SignInWith provider ready=true mailbox again=true /></div>
        </div>
    }
    .into_any()
}

/// What to do when an administrator has to allow the app.
#[component]
fn ConsentLink(link: String) -> impl IntoView {
    view! { <Panel title="Ask your administrator"><ConsentFields link /></Panel> }
}

/// The link for an administrator.
#[component]
fn ConsentFields(link: String) -> impl IntoView {
    let open = link.clone();
    view! {
        <div class="stack-tight">
            <p>
                "Send your administrator this link. It leads to Microsoft, where they can allow the app for your organisation. Then sign in again."
            </p>
            <Field label="Link for your administrator" name="consent-link" value=link readonly=true autocomplete="off" />
            <p class="small soft">"Are you the administrator? " <a href=open rel="noreferrer">"Open it yourself"</a> "."</p>
        </div>
    }
    .into_any()
}

/// What an administrator sees after the provider's page. Anyone may open it, so it repeats nothing of its address.
#[component]
pub fn AdminConsentPage(given: bool) -> impl IntoView {
    let (title, text) = match given {
        true => (
            "Thank you",
            "Your organisation allows this app now. Tell the person who sent you the link to sign in again.",
        ),
        false => (
            "Not allowed",
            "Microsoft did not record a permission, so nothing has changed. You can open the link again at any time.",
        ),
    };
    view! {
        <PageHeader title />
        <p>{text}</p>
    }
    .into_any()
}
