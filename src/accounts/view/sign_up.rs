//! Making an account.

use leptos::{prelude::*, server_fn::ServerFn};

use super::{summary, with_next};
use crate::{
    accounts::{
        api::SignUp,
        password_rules::PASSWORD_CHARACTERS_MIN,
        sign_up::{NAME_CHARACTERS_MAX, WORKSPACE_CHARACTERS_MAX},
    },
    fields::FieldErrors,
    ui::{Button, ButtonKind, Field, FormErrors, Notice, PageHeader, Tone},
};

/// What was typed, without the password.
#[derive(Debug, Clone, Default)]
pub struct SignUpTyped {
    pub name: String,
    pub email: String,
    pub workspace: String,
}

/// Name, address, password, and what to call the workspace.
#[component]
pub fn SignUpPage(
    #[prop(optional)] typed: SignUpTyped,
    /// Where to go afterwards.
    #[prop(into)]
    next: String,
    #[prop(optional)] errors: FieldErrors,
    /// Free credits of a new workspace; 0 where no mail is sent.
    credits: i64,
) -> impl IntoView {
    let sign_in = with_next("/login", &next);
    let workspace = typed.workspace.clone();
    let subtitle = match credits {
        0 => "One credit pays for one lead delivered. This instance sends no mail, so there are no free credits: ask its operator."
            .to_owned(),
        _ => format!("With {credits} free credits to try it: one credit for each lead delivered."),
    };
    view! {
        <section class="sign-in stack">
            <PageHeader
                title="Make an account"
                subtitle=subtitle
            />
            <FormErrors errors=summary(&errors) />
            <form class="form" method="post" action=SignUp::PATH data-submit-once="" data-in-place="">
                <input type="hidden" name="next" value=next />
                <NewPerson typed errors=errors.clone() />
                <Field
                    label="Workspace name"
                    name="workspace"
                    value=workspace
                    hint="Your team or company. It can be changed later."
                    error=errors.of("workspace")
                    autocomplete="organization"
                    optional=true
                    maxlength=WORKSPACE_CHARACTERS_MAX.to_string()
                />
                <Button kind=ButtonKind::Primary>"Make an account"</Button>
            </form>
            <p class="sign-in-more">"Have an account already? " <a href=sign_in>"Sign in"</a></p>
        </section>
    }
}

/// The fields that every new account needs.
#[component]
pub fn NewPerson(typed: SignUpTyped, errors: FieldErrors) -> impl IntoView {
    view! {
        <Field
            label="Your name"
            name="name"
            value=typed.name
            error=errors.of("name")
            autocomplete="name"
            required=true
            maxlength=NAME_CHARACTERS_MAX.to_string()
        />
        <Field
            label="Work email"
            name="email"
            kind="email"
            value=typed.email
            error=errors.of("email")
            autocomplete="username"
            required=true
            maxlength="254"
        />
        <Field
            label="Password"
            name="password"
            kind="password"
            hint=format!("At least {PASSWORD_CHARACTERS_MIN} characters. Several words work well.")
            error=errors.of("password")
            autocomplete="new-password"
            required=true
            minlength=PASSWORD_CHARACTERS_MIN.to_string()
        />
    }
}

/// This instance takes no new accounts.
#[component]
pub fn SignUpClosedPage(
    /// Whether somebody could still be invited.
    invited: bool,
) -> impl IntoView {
    let text = if invited {
        "New people join by invitation here. Ask an owner or admin of your workspace."
    } else {
        "This instance takes no new accounts. Ask its operator."
    };
    view! {
        <section class="sign-in stack">
            <PageHeader title="Make an account" />
            <Notice tone=Tone::Info title="Sign-up is closed"><p>{text}</p></Notice>
            <p class="sign-in-more">"Have an account already? " <a href="/login">"Sign in"</a></p>
        </section>
    }
}
