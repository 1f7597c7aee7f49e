//! Who: users, workspaces, members and their rights, sessions and sign-in.

mod api;
pub mod audit;
mod audit_query;
mod browser_session;
mod client;
mod confirm;
#[cfg(test)]
mod confirm_tests;
mod demo;
mod guesses;
mod ids;
#[cfg(test)]
mod inconsistency_tests;
mod invitation;
mod invite;
mod join;
mod known_device;
mod left_behind;
mod limits;
pub mod member;
mod next;
pub mod notices;
pub mod notifications;
mod operator;
mod outbox;
mod pages;
mod password_link;
mod password_rules;
mod passwords;
mod plain_http;
mod profile;
mod promotion;
mod rights;
mod secret;
mod security_log;
#[cfg(test)]
mod security_tests;
mod send_mail;
mod session_store;
#[cfg(test)]
mod session_store_tests;
mod sign_in;
mod sign_up;
mod signed_link;
mod store;
mod sweep;
mod team;
#[cfg(test)]
mod team_tests;
#[cfg(test)]
mod tests;
mod view;
mod wording;
mod workspaces;

pub use api::calling_member;
pub use client::ClientAddress;
pub use demo::{DemoUser, close_demo_user, demo_user};
pub use guesses::Guesses;
pub use ids::{UserId, WorkspaceId};
pub use left_behind::MemberMailboxes;
pub use limits::{Limit, objections_asked, objections_sent};
pub use member::{Member, Operator};
pub use operator::{MadeOperator, make_operator, password_link_for, record_command};
pub use outbox::{QUEUE as MAIL_QUEUE, post_with_link as post_mail};
pub use pages::refusals;
pub use pages::{doors, routes};
pub use promotion::WelcomeGift;
pub use rights::{Right, Role};
pub use security_log::{SecurityLog, start_writing};
pub use send_mail::start_sending;
pub use session_store::session_layer;
pub use sweep::start_sweeping;
pub use team::{members, role_of};
pub use workspaces::zone_of;
pub(crate) use workspaces::{WorkspaceOf, select_workspaces_of};

/// What tests call besides.
#[cfg(test)]
pub use {
    confirm::{Confirmed, Link, Start, begin as begin_sign_up, confirm as press_confirmation},
    promotion::Promotion,
    sign_up::{NewAccount, Place},
};
