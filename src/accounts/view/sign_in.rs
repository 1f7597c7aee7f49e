//! Signing in.

use leptos::{prelude::*, server_fn::ServerFn};

use super::{summary, with_next};
use crate::{
    accounts::api::SignIn,
    fields::FieldErrors,
    ui::{Button, ButtonKind, Field, FormErrors, Notice, OptionalText, PageHeader, Tone},
};

/// Address and password, and the ways on for those who have none or forgot it.
#[component]
pub fn SignInPage(
    /// The address as typed.
    #[prop(optional, into)]
    email: String,
    /// Where to go afterwards.
    #[prop(into)]
    next: String,
    #[prop(optional)] errors: FieldErrors,
    /// What just happened, e.g. that somebody signed out.
    #[prop(optional, into)]
    notice: OptionalText,
    /// The public address, when a sign-in cannot last here.
    #[prop(into)]
    public: OptionalText,
) -> impl IntoView {
    let sign_up = with_next("/signup", &next);
    view! {
        <section class="sign-in stack">
            <PageHeader title="Sign in" />
            {notice.filled().map(|text| view! { <Notice tone=Tone::Info><p>{text}</p></Notice> })}
            {public.filled().map(|address| view! { <PlainHttpNotice address /> })}
            <FormErrors errors=summary(&errors) />
            <form class="form" method="post" action=SignIn::PATH data-submit-once="" data-in-place="">
                <input type="hidden" name="next" value=next />
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
                <Field
                    label="Password"
                    name="password"
                    kind="password"
                    error=errors.of("password")
                    autocomplete="current-password"
                    required=true
                />
                <Button kind=ButtonKind::Primary>"Sign in"</Button>
            </form>
            <p class="sign-in-more">
                <a href="/forgot-password">"Forgot your password?"</a>
            </p>
            <p class="sign-in-more">"New here? " <a href=sign_up>"Make an account"</a></p>
        </section>
    }
}

/// Why signing in does not work at this address.
#[component]
fn PlainHttpNotice(address: String) -> impl IntoView {
    let link = format!("{}login", address);
    view! {
        <Notice tone=Tone::Warning title="Signing in does not work at this address">
            <p>
                "This page was not opened at the public address of this server. Your browser keeps the sign-in for https only, and \
                 forgets it here. Sign in at " <a href=link>{address}</a> "."
            </p>
        </Notice>
    }
}
