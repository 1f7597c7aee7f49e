//! Getting back in after forgetting the password.

use leptos::prelude::*;

use super::summary;
use crate::{
    accounts::password_rules::PASSWORD_CHARACTERS_MIN,
    fields::FieldErrors,
    ui::{Button, ButtonKind, Field, FormErrors, Notice, PageHeader, Tone},
};

/// Asks for the address that gets the link.
#[component]
pub fn ForgotPasswordPage(
    #[prop(optional, into)] email: String,
    #[prop(optional)] errors: FieldErrors,
) -> impl IntoView {
    view! {
        <section class="sign-in stack">
            <PageHeader title="Forgot your password?" subtitle="We send you a link to choose a new one." />
            <FormErrors errors=summary(&errors) />
            <form class="form" method="post" action="/forgot-password" data-submit-once="">
                <Field
                    label="Email"
                    name="email"
                    kind="email"
                    value=email
                    error=errors.of("email")
                    autocomplete="username"
                    required=true
                    maxlength="254"
                />
                <Button kind=ButtonKind::Primary>"Send the link"</Button>
            </form>
            <p class="sign-in-more"><a href="/login">"Back to sign-in"</a></p>
        </section>
    }
}

/// The answer to everybody who asked, with or without an account.
#[component]
pub fn LinkSentPage(
    email: String,
    /// Whether mail is shown in the embedded outbox instead of being sent.
    embedded: bool,
) -> impl IntoView {
    view! {
        <section class="sign-in stack">
            <PageHeader title="Look into your mail" />
            <Notice tone=Tone::Info>
                <p>"If " <strong>{email}</strong> " has an account here, a link is on its way. It works once, for an hour."</p>
            </Notice>
            {embedded
                .then(|| {
                    view! {
                        <p>
                            "This instance sends no mail: its messages are in the " <a href="/outbox">"outbox"</a> "."
                        </p>
                    }
                })}
            <p class="sign-in-more"><a href="/login">"Back to sign-in"</a></p>
        </section>
    }
}

/// Where no mail can be sent, the operator can still help.
#[component]
pub fn NoMailPage() -> impl IntoView {
    view! {
        <section class="sign-in stack">
            <PageHeader title="Forgot your password?" />
            <Notice tone=Tone::Warning title="This instance sends no mail">
                <p>
                    "Ask the person who runs it for a link to choose a new password. They make one with "
                    <code>"fairlead password-link"</code> " and your address."
                </p>
            </Notice>
            <p class="sign-in-more"><a href="/login">"Back to sign-in"</a></p>
        </section>
    }
}

/// The new password.
#[component]
pub fn ResetPasswordPage(token: String, #[prop(optional)] errors: FieldErrors) -> impl IntoView {
    view! {
        <section class="sign-in stack">
            <PageHeader
                title="Choose a new password"
                subtitle="You are signed in with it here, and signed out everywhere else."
            />
            <FormErrors errors=summary(&errors) />
            <form class="form" method="post" action="/reset-password" data-submit-once="">
                <input type="hidden" name="token" value=token />
                <Field
                    label="New password"
                    name="password"
                    kind="password"
                    hint=format!("At least {PASSWORD_CHARACTERS_MIN} characters. Several words work well.")
                    error=errors.of("password")
                    autocomplete="new-password"
                    required=true
                    minlength=PASSWORD_CHARACTERS_MIN.to_string()
                />
                <Button kind=ButtonKind::Primary>"Save the password"</Button>
            </form>
        </section>
    }
}

/// The link was used, is too old, or never was one.
#[component]
pub fn PasswordLinkGonePage() -> impl IntoView {
    view! {
        <section class="sign-in stack">
            <PageHeader title="This link no longer works" />
            <p>"Each link works once, for an hour. If you used this one already, sign in with the new password."</p>
            <p class="sign-in-more">
                <a href="/forgot-password">"Ask for a new link"</a> " or " <a href="/login">"sign in"</a> "."
            </p>
        </section>
    }
}
