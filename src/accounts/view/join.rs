//! Coming into a workspace, and being in none.

use leptos::prelude::*;

use super::{NewPerson, SignUpTyped, summary, with_next};
use crate::{
    accounts::{Role, invitation::Invitation, sign_up::WORKSPACE_CHARACTERS_MAX},
    email::Email,
    fields::FieldErrors,
    ui::{Button, ButtonKind, Field, FormErrors, LinkButton, Notice, PageHeader, Tone},
};

/// What the page of an invitation shows.
#[derive(Debug, Clone)]
pub struct JoinPageData {
    pub invitation: Invitation,
    /// The address of the page itself.
    pub path: String,
    /// Who is signed in, by address.
    pub email: Option<String>,
    /// Whether they are in the workspace already.
    pub is_member: bool,
    /// Whether new accounts can be made.
    pub may_sign_up: bool,
    pub typed: SignUpTyped,
    pub errors: FieldErrors,
}

/// Who invites to what, and the way in.
#[component]
pub fn JoinPage(data: JoinPageData) -> impl IntoView {
    let JoinPageData { invitation, path, email, is_member, may_sign_up, typed, errors } = data;
    let title = format!("Join {}", invitation.workspace_name);
    let (role, inviter) = (invitation.role, invitation.inviter_name.clone());
    let summary = summary(&errors);
    let way_in = match email {
        Some(email) if is_member => view! { <AlreadyIn email path /> }.into_any(),
        Some(email) => view! { <JoinAs email path /> }.into_any(),
        None if may_sign_up => view! { <SignUpToJoin invitation path typed errors /> }.into_any(),
        None => view! { <SignInToJoin path /> }.into_any(),
    };
    view! {
        <section class="sign-in stack">
            <PageHeader title subtitle=format!("{inviter} invites you as {}.", role.with_article()) />
            <Meaning role />
            <FormErrors errors=summary />
            {way_in}
        </section>
    }
    .into_any()
}

#[component]
fn Meaning(role: Role) -> impl IntoView {
    view! { <Notice tone=Tone::Info><p>{format!("{}: {}", role.label(), role.summary())}</p></Notice> }.into_any()
}

#[component]
fn JoinAs(email: String, path: String) -> impl IntoView {
    view! {
        <p>"You are signed in as " <strong>{email}</strong> "."</p>
        <form class="form" method="post" action=path data-submit-once="">
            <Button kind=ButtonKind::Primary>"Join the workspace"</Button>
        </form>
        <form class="form" method="post" action="/logout">
            <Button>"Sign out to join as someone else"</Button>
        </form>
    }
    .into_any()
}

#[component]
fn AlreadyIn(email: String, path: String) -> impl IntoView {
    view! {
        <p>
            "You are signed in as " <strong>{email}</strong>
            " and in this workspace already. The invitation stays open for someone else."
        </p>
        <form class="form" method="post" action=path data-submit-once="">
            <Button kind=ButtonKind::Primary>"Go to the workspace"</Button>
        </form>
    }
    .into_any()
}

#[component]
fn SignInToJoin(path: String) -> impl IntoView {
    view! {
        <p>"This instance takes no new accounts. With one, you can sign in and join."</p>
        <LinkButton href=with_next("/login", &path) kind=ButtonKind::Primary>"Sign in to join"</LinkButton>
    }
    .into_any()
}

#[component]
fn SignUpToJoin(invitation: Invitation, path: String, typed: SignUpTyped, errors: FieldErrors) -> impl IntoView {
    let sign_in = with_next("/login", &path);
    let invited = invitation.email.as_ref().map_or("", Email::as_str);
    let email = if typed.email.is_empty() { invited.to_owned() } else { typed.email.clone() };
    view! {
        <p class="sign-in-more">"Have an account already? " <a href=sign_in>"Sign in to join"</a></p>
        <form class="form" method="post" action=path data-submit-once="">
            <NewPerson typed=SignUpTyped { email, ..typed } errors />
            <Button kind=ButtonKind::Primary>"Make an account and join"</Button>
        </form>
    }
    .into_any()
}

/// The link was used, withdrawn, is too old, or never was one: nobody learns which.
#[component]
pub fn InvitationGonePage() -> impl IntoView {
    view! {
        <section class="sign-in stack">
            <PageHeader title="This invitation no longer works" />
            <p>"Each link works once, for 7 days, unless it is withdrawn. Ask whoever invited you for a new one."</p>
            <p class="sign-in-more">"Have you joined with it already? " <a href="/campaigns">"Go to your campaigns"</a></p>
        </section>
    }
    .into_any()
}

/// Somebody left, or was removed from, their only workspace.
#[component]
pub fn NoWorkspacePage(
    email: String,
    /// Whether they may make one of their own.
    open: bool,
    typed: String,
    errors: FieldErrors,
) -> impl IntoView {
    let summary = summary(&errors);
    let make = open.then(|| {
        view! {
            <FormErrors errors=summary />
            <form class="form" method="post" action="/workspaces/new" data-submit-once="">
                <Field
                    label="Workspace name"
                    name="workspace"
                    value=typed
                    error=errors.of("workspace")
                    hint="Your team or company. It can be changed later."
                    autocomplete="organization"
                    required=true
                    maxlength=WORKSPACE_CHARACTERS_MAX.to_string()
                />
                <Button kind=ButtonKind::Primary>"Make a workspace"</Button>
            </form>
        }
    });
    let text = if open {
        "Open the link of an invitation, or make a workspace of your own. Free credits come once, with a new account."
    } else {
        "Ask an owner or admin of a workspace for an invitation, and open its link."
    };
    view! {
        <section class="sign-in stack">
            <PageHeader title="You are in no workspace" />
            <p>"You are signed in as " <strong>{email}</strong> ". " {text}</p>
            {make}
            <form class="form" method="post" action="/logout"><Button>"Sign out"</Button></form>
        </section>
    }
    .into_any()
}
