//! Settings › Team.

use leptos::prelude::*;

use super::summary;
use crate::{
    accounts::{Member, Right, Role, UserId, invitation::Invitation, left_behind::named, team::TeamMember},
    fields::FieldErrors,
    server::time_zone::zone_names,
    topics,
    ui::{
        Button, ButtonKind, Confirm, CopyButton, Field, FormErrors, HelpLink, Notice, PageHeader, Panel, Select, Tab,
        Table, Tabs, Tag, TimeStamp, Tone, plural,
    },
};

/// What the page shows.
#[derive(Debug, Clone)]
pub struct TeamPageData {
    pub member: Member,
    pub members: Vec<TeamMember>,
    /// The addresses of the mailboxes, each with the member who added it.
    pub mailboxes: Vec<(UserId, String)>,
    pub invitations: Vec<OpenInvitation>,
    /// Whether invitations can be mailed.
    pub has_mail: bool,
    /// The form as it was typed.
    pub email: String,
    pub role: Role,
    pub key: String,
    /// The time zone of the workspace, as it was typed.
    pub time_zone: String,
    pub errors: FieldErrors,
}

/// An invitation with its link, for those who may give its role.
#[derive(Debug, Clone)]
pub struct OpenInvitation {
    pub invitation: Invitation,
    pub link: Option<String>,
}

/// Members, invitations, and the way out.
#[component]
pub fn TeamPage(data: TeamPageData) -> impl IntoView {
    let TeamPageData { member, members, mailboxes, invitations, has_mail, email, role, key, time_zone, errors } = data;
    let manages = member.role.may(Right::Team);
    let own = member.role;
    let subtitle = format!("Who works in {}, and what each may do.", member.workspace_name);
    let summary = summary(&errors);
    let own_mailboxes = named(&mailboxes, member.user);
    let zone_error = errors.of("time_zone");
    let managing = manages.then(|| {
        view! {
            <Invite own has_mail email role key errors />
            <Invitations invitations />
            <Zone time_zone error=zone_error />
        }
    });
    view! {
        <PageHeader title="Team" subtitle>
            <HelpLink topic="team">"What the roles may do"</HelpLink>
        </PageHeader>
        {manages.then(|| view! { <TeamTabs current="/settings/team" /> })}
        <div class="stack">
            <FormErrors errors=summary />
            <Members members mailboxes member=member.clone() manages />
            {managing}
            <Leave member mailboxes=own_mailboxes />
        </div>
    }
    .into_any()
}

/// The pages of the team, side by side.
#[component]
pub fn TeamTabs(current: &'static str) -> impl IntoView {
    let tab = |label: &str, href: &str| Tab::new(label, href, href == current);
    view! { <Tabs label="Team" tabs=vec![tab("Members", "/settings/team"), tab("Log", "/settings/team/log")] /> }
        .into_any()
}

#[component]
fn Members(members: Vec<TeamMember>, mailboxes: Vec<(UserId, String)>, member: Member, manages: bool) -> impl IntoView {
    let count = plural(i64::try_from(members.len()).unwrap_or(i64::MAX), "member", "members");
    let rows: Vec<_> = members
        .into_iter()
        .map(|other| {
            let is_self = other.user == member.user;
            let (own, mailboxes) = (member.role, named(&mailboxes, other.user));
            view! { <MemberRow other mailboxes own is_self /> }
        })
        .collect();
    view! {
        <Panel id="team-members" live=topics::TEAM title="Members" description=count flush=true>
            <Table caption="Members, owners first">
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"Role"</th>
                        <th scope="col" class="wide-only">
                            "Since"
                        </th>
                        {manages
                            .then(|| {
                                view! {
                                    <th scope="col">
                                        <span class="visually-hidden">"Remove"</span>
                                    </th>
                                }
                            })}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Panel>
    }
    .into_any()
}

#[component]
fn MemberRow(
    other: TeamMember,
    /// Those that they added.
    mailboxes: Option<String>,
    own: Role,
    is_self: bool,
) -> impl IntoView {
    let manages = own.may(Right::Team);
    let changes = manages && own.may_give(other.role);
    let TeamMember { user, name, email, role, since } = other;
    let (id, remove) = (format!("member-{user}"), format!("/settings/team/members/{user}/removal"));
    let role = if changes {
        view! { <RoleForm user=user.to_string() name=name.clone() role own /> }.into_any()
    } else {
        view! { <Tag>{role.label()}</Tag> }.into_any()
    };
    let title = format!("Remove {name}?");
    let label = format!("Remove {name}");
    let removal = (changes && !is_self).then(|| {
        view! {
            <Confirm id=format!("remove-{user}") label title kind=ButtonKind::Quiet icon="trash">
                <p>"They lose access at once, in every browser. Their campaigns, leads and history stay."</p>
                {mailboxes.clone().map(|mailboxes| view! {
                    <p>{format!("The mailboxes that they added stay too and continue to send: {mailboxes}. Whoever knows a password can still sign in at the provider.")}</p>
                })}
                <form class="form-actions" method="post" action=remove data-submit-once="">
                    <Button kind=ButtonKind::Danger>"Remove from the team"</Button>
                </form>
            </Confirm>
        }
    });
    view! {
        <tr id=id>
            <th scope="row">
                <span class="team-name">{name}</span>
                {is_self.then_some(" (you)")} <span class="team-email small soft">{email}</span>
            </th>
            <td>{role}</td>
            <td class="wide-only">
                <TimeStamp micros=since.micros() date_only=true />
            </td>
            {manages.then(|| view! { <td class="row-actions">{removal}</td> })}
        </tr>
    }
    .into_any()
}

#[component]
fn RoleForm(user: String, name: String, role: Role, own: Role) -> impl IntoView {
    let (id, action) = (format!("role-{user}"), format!("/settings/team/members/{user}/role"));
    let (of, label) = (id.clone(), format!("Role of {name}"));
    let options: Vec<_> = Role::ALL
        .into_iter()
        .filter(|given| own.may_give(*given))
        .map(|given| view! { <option value=given.word() selected=given == role>{given.label()}</option> })
        .collect();
    view! {
        <form class="team-role" method="post" action=action data-submit-once="">
            <label class="visually-hidden" for=of>
                {label}
            </label>
            <select class="input" id=id name="role" autocomplete="off">
                {options}
            </select>
            <Button>"Save" <span class="visually-hidden">{format!(" the role of {name}")}</span></Button>
        </form>
    }
    .into_any()
}

#[component]
fn Invite(own: Role, has_mail: bool, email: String, role: Role, key: String, errors: FieldErrors) -> impl IntoView {
    let roles: Vec<_> = Role::ALL.into_iter().filter(|given| own.may_give(*given)).collect();
    let options = roles.iter().map(|role| (role.word().to_owned(), role.label().to_owned())).collect();
    let meanings: Vec<_> =
        roles.iter().map(|role| view! { <div><dt>{role.label()}</dt><dd>{role.summary()}</dd></div> }).collect();
    let mail = if has_mail {
        view! {
            <Field
                label="Email"
                name="email"
                kind="email"
                value=email
                error=errors.of("email")
                hint="Leave it empty to make a link that you hand over yourself."
                autocomplete="off"
                optional=true
                maxlength="254"
            />
        }
        .into_any()
    } else {
        let error = errors.of("email").map(|text| view! { <Notice tone=Tone::Bad><p>{text.to_owned()}</p></Notice> });
        view! {
            {error}
            <p class="soft">"This instance sends no mail: the invitation is a link that you hand over yourself."</p>
        }
        .into_any()
    };
    view! {
        <Panel id="invite" title="Invite a person" description="The link works once, for 7 days.">
            <form class="form" method="post" action="/settings/team/invitations" data-submit-once="">
                <input type="hidden" name="key" value=key />
                {mail}
                <Select label="Role" name="role" options selected=role.word().to_owned() error=errors.of("role") />
                <dl class="team-roles small soft">{meanings}</dl>
                <div class="form-actions"><Button kind=ButtonKind::Primary>"Invite"</Button></div>
            </form>
        </Panel>
    }
    .into_any()
}

#[component]
fn Invitations(invitations: Vec<OpenInvitation>) -> impl IntoView {
    let empty = invitations.is_empty();
    let rows: Vec<_> = invitations.into_iter().map(|open| view! { <InvitationRow open /> }).collect();
    let body = if empty {
        view! { <p class="soft">"There are no open invitations."</p> }.into_any()
    } else {
        view! { <ul class="team-invitations">{rows}</ul> }.into_any()
    };
    view! {
        <Panel id="invitations" live=topics::TEAM title="Open invitations">
            {body}
        </Panel>
    }
    .into_any()
}

#[component]
fn InvitationRow(open: OpenInvitation) -> impl IntoView {
    let OpenInvitation { invitation, link } = open;
    let id = invitation.id.to_string();
    let whom = invitation.email.map_or_else(|| "A link to hand over".to_owned(), |email| email.to_string());
    let withdrawal = format!("/settings/team/invitations/{id}/withdrawal");
    let label = format!("Link of the invitation: {whom}");
    let link_id = format!("link-{id}");
    let may_give = link.is_some();
    let withdraw_label = format!(" the invitation: {whom}");
    view! {
        <li class="team-invitation" id=format!("invitation-{id}")>
            <div class="team-invitation-head">
                <p>
                    <strong>{whom}</strong>
                    " "
                    <Tag>{invitation.role.label()}</Tag>
                </p>
                {may_give
                    .then(|| {
                        view! {
                            <form method="post" action=withdrawal data-submit-once="">
                                <Button>"Withdraw" <span class="visually-hidden">{withdraw_label}</span></Button>
                            </form>
                        }
                    })}
            </div>
            {link.map(|link| view! {
                <div class="team-link-row">
                    <input class="input team-link" id=link_id.clone() readonly aria-label=label.clone() value=link autocomplete="off" />
                    <CopyButton of=link_id what="the link" />
                </div>
            })}
            <p class="small soft">
                {format!("By {}, works until ", invitation.inviter_name)}
                <TimeStamp micros=invitation.expires_at.micros() />
            </p>
        </li>
    }
    .into_any()
}

/// One time zone for all that the workspace counts and shows.
#[component]
fn Zone(time_zone: String, error: Option<String>) -> impl IntoView {
    let names: Vec<_> = zone_names().iter().map(|name| view! { <option value=name.as_str()></option> }).collect();
    view! {
        <Panel title="Time zone" description="Days of filters, hours of standing requests and times on pages are those of this zone.">
            <form class="form" method="post" action="/settings/team/time-zone" data-submit-once="">
                <Field label="Time zone" name="time_zone" value=time_zone error=error list="zones" optional=true
                    hint="A city of the zone, for example Europe/Berlin. Left empty: UTC is counted, and each reader sees their own time." />
                <datalist id="zones">{names}</datalist>
                <div class="form-actions"><Button>"Save the time zone"</Button></div>
            </form>
        </Panel>
    }
    .into_any()
}

#[component]
fn Leave(member: Member, mailboxes: Option<String>) -> impl IntoView {
    let title = format!("Leave {}?", member.workspace_name);
    let description = format!("You are {} here.", member.role.with_article());
    view! {
        <Panel title="Leave this workspace" description>
            <Confirm id="leave" label="Leave the workspace" title kind=ButtonKind::Danger>
                <p>"You lose access at once. What you made stays; only a new invitation brings you back."</p>
                {mailboxes.clone().map(|mailboxes| view! {
                    <p>{format!("The mailboxes that you added stay too and continue to send: {mailboxes}.")}</p>
                })}
                <form class="form-actions" method="post" action="/settings/team/departure" data-submit-once="">
                    <Button kind=ButtonKind::Danger>"Leave"</Button>
                </form>
            </Confirm>
        </Panel>
    }
    .into_any()
}
