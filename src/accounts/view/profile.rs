//! Settings › Profile.

use leptos::prelude::*;

use super::summary;
use crate::{
    accounts::{
        Member, Right,
        password_rules::PASSWORD_CHARACTERS_MIN,
        sign_up::{NAME_CHARACTERS_MAX, WORKSPACE_CHARACTERS_MAX},
    },
    fields::FieldErrors,
    ui::{Button, ButtonKind, Field, FormErrors, PageHeader, Panel, plural},
};

/// What the page shows: the member as stored, what was typed instead, and what is wrong with it.
#[derive(Debug, Clone)]
pub struct Profile {
    pub member: Member,
    pub name: String,
    pub workspace: String,
    /// Browsers signed in, this one included.
    pub sessions: i64,
    /// Whether the mailbox was proven.
    pub confirmed: bool,
    /// Whether a link for that can be mailed.
    pub has_mail: bool,
    pub errors: FieldErrors,
}

/// Name, workspace, password and sessions; each form on its own.
#[component]
pub fn ProfilePage(profile: Profile) -> impl IntoView {
    let Profile { member, name, workspace, sessions, confirmed, has_mail, errors } = profile;
    let may_rename = member.role.may(Right::Manage);
    let (summary, name_error, workspace_error) = (summary(&errors), errors.of("name"), errors.of("workspace"));
    view! {
        <div class="stack-loose">
            <PageHeader title="Profile" subtitle=member.email.clone() />
            <FormErrors errors=summary />
            {(!confirmed).then(|| view! { <UnconfirmedPanel has_mail /> })}
            <Panel title="You">
                <form class="form" method="post" action="/settings/profile/name" data-submit-once="">
                    <Field
                        label="Your name"
                        name="name"
                        value=name
                        error=name_error
                        autocomplete="name"
                        required=true
                        maxlength=NAME_CHARACTERS_MAX.to_string()
                    />
                    <div class="form-actions"><Button>"Save the name"</Button></div>
                </form>
            </Panel>
            <Panel title="Workspace" description=format!("Your role is {}.", member.role.label().to_lowercase())>
                {if may_rename {
                    view! {
                        <form class="form" method="post" action="/settings/profile/workspace" data-submit-once="">
                            <Field
                                label="Workspace name"
                                name="workspace"
                                value=workspace
                                error=workspace_error
                                autocomplete="organization"
                                required=true
                                maxlength=WORKSPACE_CHARACTERS_MAX.to_string()
                            />
                            <div class="form-actions"><Button>"Save the workspace name"</Button></div>
                        </form>
                    }
                        .into_any()
                } else {
                    view! {
                        <p>{member.workspace_name.clone()}</p>
                        <p class="soft small">"An owner or admin can change the name."</p>
                    }
                        .into_any()
                }}
            </Panel>
            <PasswordPanel email=member.email errors />
            <Panel title="Where you are signed in">
                <div class="stack">
                    <p>{format!("You are signed in on {}, this one included.", plural(sessions, "browser", "browsers"))}</p>
                    <form class="form-actions" method="post" action="/settings/profile/sessions" data-submit-once="">
                        <Button kind=ButtonKind::Danger>"Sign out everywhere"</Button>
                        <span class="soft small">"Ends all of them, this one too."</span>
                    </form>
                </div>
            </Panel>
        </div>
    }
}

/// The mailbox was not proven yet.
#[component]
fn UnconfirmedPanel(has_mail: bool) -> impl IntoView {
    view! {
        <Panel title="Your email address is not confirmed">
            {if has_mail {
                view! {
                    <form class="form-actions" method="post" action="/settings/profile/confirmation" data-submit-once="">
                        <Button>"Send the link"</Button>
                        <span class="soft small">"Open it and press its button to confirm that the mailbox is yours."</span>
                    </form>
                }
                    .into_any()
            } else {
                view! { <p>"This instance sends no mail. Its operator can give you the link to confirm it."</p> }.into_any()
            }}
        </Panel>
    }
    .into_any()
}

#[component]
fn PasswordPanel(email: String, errors: FieldErrors) -> impl IntoView {
    view! {
        <Panel title="Password" description="Changing it signs you out everywhere else.">
            <form class="form" method="post" action="/settings/profile/password" data-submit-once="">
                // Tells password managers whose password this is.
                <input type="text" name="email" value=email autocomplete="username" readonly hidden />
                <Field
                    label="Current password"
                    name="current_password"
                    kind="password"
                    error=errors.of("current_password")
                    autocomplete="current-password"
                    required=true
                />
                <Field
                    label="New password"
                    name="new_password"
                    kind="password"
                    hint=format!("At least {PASSWORD_CHARACTERS_MIN} characters. Several words work well.")
                    error=errors.of("new_password")
                    autocomplete="new-password"
                    required=true
                    minlength=PASSWORD_CHARACTERS_MIN.to_string()
                />
                <div class="form-actions"><Button>"Change the password"</Button></div>
            </form>
        </Panel>
    }
}
