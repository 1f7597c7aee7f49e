//! Ways around the product: the sidebar of signed-in people, the top bar of everybody else.

use leptos::prelude::*;

use super::{Icon, Section, Viewer, count_text};
use crate::topics;

/// The mark and the name, a link home.
#[component]
fn Brand(href: &'static str) -> impl IntoView {
    view! {
        <a class="brand" href=href>
            <svg class="brand-mark" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false">
                <path class="brand-line" d="M2.5 18.5c4.5 0 5.2-6.5 9.5-6.5s5-6.5 9.5-6.5" />
                <circle class="brand-ring" cx="12" cy="12" r="5.5" />
            </svg>
            <span>"Fairlead"</span>
        </a>
    }
    .into_any()
}

/// Navigation beside the page; on a phone a bar on top with the balance and a menu (a popover: no JavaScript needed).
#[component]
pub(super) fn Sidebar(
    viewer: Viewer,
    section: Section,
    support: Option<(String, String)>,
    development: bool,
) -> impl IntoView {
    let support = support.map(|(text, href)| {
        view! {
            <li>
                <a class="menu-link" href=href title=text>
                    <Icon name="mail" />
                    "Support"
                </a>
            </li>
        }
    });
    let Viewer { email, workspace, workspaces, available, held, unread, operator, .. } = viewer;
    view! {
        <header class="sidebar">
            <Brand href="/campaigns" />
            <Balance available held />
            <button class="button button-quiet button-icon menu-button" type="button" popovertarget="menu">
                <Icon name="menu" />
                <span class="visually-hidden">"Menu"</span>
            </button>
            <div class="menu" id="menu" popover="auto">
                <Workspaces workspace workspaces />
                <nav aria-label="Main">
                    <ul class="menu-list">
                        <MenuLink
                            href="/campaigns"
                            icon="campaigns"
                            label="Campaigns"
                            current=section == Section::Campaigns
                        />
                        <InboxLink unread current=section == Section::Inbox />
                        <MenuLink
                            href="/audiences"
                            icon="leads"
                            label="Audiences"
                            current=section == Section::Audiences
                        />
                        <MenuLink
                            href="/insights/sources"
                            icon="chart"
                            label="Sources"
                            current=section == Section::Insights
                        />
                    </ul>
                    <p class="menu-heading" id="menu-settings">"Settings"</p>
                    <ul class="menu-list" aria-labelledby="menu-settings">
                        <MenuLink
                            href="/settings/cold-email-agent"
                            icon="credits"
                            label="Cold Email Agent"
                            current=section == Section::Credits
                        />
                        <MenuLink
                            href="/settings/mailboxes"
                            icon="mail"
                            label="Mailboxes"
                            current=section == Section::Mailboxes
                        />
                        <MenuLink
                            href="/settings/suppression"
                            icon="stop"
                            label="Suppression"
                            current=section == Section::Suppression
                        />
                        <MenuLink
                            href="/settings/sending"
                            icon="wait"
                            label="Sending"
                            current=section == Section::Sending
                        />
                        <MenuLink
                            href="/settings/notifications"
                            icon="info"
                            label="Notifications"
                            current=section == Section::Notifications
                        />
                        <MenuLink href="/settings/team" icon="team" label="Team" current=section == Section::Team />
                        <MenuLink
                            href="/settings/profile"
                            icon="profile"
                            label="Profile"
                            current=section == Section::Profile
                        />
                    </ul>
                    <ul class="menu-list">
                        <MenuLink href="/help" icon="help" label="Help" current=section == Section::Help />
                        {support}
                        {operator
                            .then(|| {
                                view! {
                                    <MenuLink
                                        href="/admin"
                                        icon="tool"
                                        label="Admin"
                                        current=section == Section::Admin
                                    />
                                }
                            })}
                        {(development && operator)
                            .then(|| view! { <MenuLink href="/ui" icon="settings" label="Components" current=false /> })}
                    </ul>
                </nav>
                <form class="menu-account" method="post" action="/logout">
                    <p class="menu-email">{email}</p>
                    <button class="menu-link" type="submit">
                        <Icon name="sign-out" />
                        "Sign out"
                    </button>
                </form>
            </div>
        </header>
    }
    .into_any()
}

/// The workspace at hand; for those who are in several, the way to another one.
#[component]
fn Workspaces(workspace: String, workspaces: Vec<(String, String)>) -> impl IntoView {
    if workspaces.is_empty() {
        return view! { <p class="menu-workspace">{workspace}</p> }.into_any();
    }
    let others: Vec<_> = workspaces
        .into_iter()
        .map(|(id, name)| {
            view! {
                <li>
                    <button class="menu-link" type="submit" name="workspace" value=id>
                        {name}
                    </button>
                </li>
            }
        })
        .collect();
    view! {
        <details class="menu-workspaces" id="workspaces">
            <summary class="menu-workspace">
                <span>{workspace}</span>
                <Icon name="sort" />
            </summary>
            <form method="post" action="/workspaces/current" aria-label="Change to another workspace">
                <ul class="menu-list">{others}</ul>
            </form>
        </details>
    }
    .into_any()
}

/// The balance that is always in sight, and follows every movement.
#[component]
fn Balance(available: i64, held: i64) -> impl IntoView {
    view! {
        <a class="balance" id="nav-balance" data-live=topics::CREDITS href="/settings/cold-email-agent">
            <span class="balance-value">{count_text(available)}</span>
            " "
            <span class="balance-label">{if available == 1 { "credit" } else { "credits" }}</span>
            {(held > 0)
                .then(|| view! { <span class="balance-held">{format!(" {} held", count_text(held))}</span> })}
        </a>
    }
    .into_any()
}

/// The inbox with how many conversations are unread, which follows every answer.
#[component]
fn InboxLink(unread: i64, current: bool) -> impl IntoView {
    let count = (unread > 0).then(|| {
        let text = if unread >= 100 { "99+".to_owned() } else { count_text(unread) };
        view! { " " <span class="menu-count">{text} <span class="visually-hidden">" unread"</span></span> }
    });
    view! {
        <li id="nav-inbox" data-live=topics::INBOX>
            <a class="menu-link" href="/inbox" aria-current=current.then_some("page")>
                <Icon name="inbox" />
                "Inbox"
                {count}
            </a>
        </li>
    }
    .into_any()
}

#[component]
fn MenuLink(href: &'static str, icon: &'static str, label: &'static str, current: bool) -> impl IntoView {
    view! {
        <li>
            <a class="menu-link" href=href aria-current=current.then_some("page")>
                <Icon name=icon />
                {label}
            </a>
        </li>
    }
    .into_any()
}

/// The bar on top of pages that anyone may read.
#[component]
pub(super) fn PublicBar(signed_in: bool, section: Section) -> impl IntoView {
    let account = if signed_in {
        view! { <a class="button button-primary" href="/campaigns">"Your campaigns"</a> }.into_any()
    } else {
        view! {
            <a class="button button-quiet" href="/login">"Sign in"</a>
            <a class="button button-primary" href="/signup">"Sign up"</a>
        }
        .into_any()
    };
    view! {
        <header class="public-bar">
            <Brand href="/" />
            <nav aria-label="Main">
                <a
                    class="button button-quiet public-bar-help"
                    href="/help"
                    aria-current=(section == Section::Help).then_some("page")
                >
                    "Help"
                </a>
                {account}
            </nav>
        </header>
    }
    .into_any()
}
