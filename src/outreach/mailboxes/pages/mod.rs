//! Settings › Mailboxes.

pub(super) mod add;
pub(super) mod copies;
pub(super) mod freezes;
pub(super) mod import;
pub(super) mod one;
pub(super) mod outbox;
mod try_out;

use std::collections::BTreeSet;

use axum::{extract::State, response::Response};
use leptos::prelude::*;

use super::{
    freezes as frozen,
    mailbox::{self, Mailbox, MailboxState},
    read_state::read_states,
    today,
    usage::usage,
    view::list::{Listed, MailboxesPage},
};
use crate::{
    accounts::{Member, Right},
    outreach::schedule::rules::{Day, day},
    server::{app::App, clock::Instant, error::AppError, form::Form, query::FromQuery, query::Query, select::together},
    ui::{Page, Section},
};

pub(super) const MAILBOXES: &str = "/settings/mailboxes";
/// Mails on one page of an outbox.
pub(super) const OUTBOX_PAGE: i64 = 50;

/// Which mailboxes of the list are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    pub state: Option<MailboxState>,
    pub domain: Option<String>,
}

impl FromQuery for Shown {
    fn from_query(query: &Form) -> Result<Self, AppError> {
        let domain = query.text("domain").to_lowercase();
        let domain = Some(domain).filter(|domain| !domain.is_empty());
        Ok(Self { state: MailboxState::of_word(query.text("state")), domain })
    }
}

impl Shown {
    fn includes(&self, mailbox: &Mailbox) -> bool {
        self.state.is_none_or(|state| state == mailbox.state)
            && self.domain.as_ref().is_none_or(|domain| *domain == mailbox.domain)
    }
}

/// The day in UTC, on which freezes of any zone may begin or end a day later or earlier.
pub(super) fn utc_day(at: Instant) -> Day {
    day(at, &jiff::tz::TimeZone::UTC)
}

pub(super) async fn list(
    State(app): State<App>,
    page: Page,
    member: Member,
    Query(shown): Query<Shown>,
) -> Result<Response, AppError> {
    let at = app.clock.now();
    let mut tx = app.db.read().await?;
    let (workspace, day) = (member.workspace, utc_day(at));
    let selects = (
        mailbox::mailboxes(workspace, None),
        today::used(workspace, None, day),
        usage(workspace, day),
        frozen::freezes(workspace, None, day.plus(-1)),
        read_states(workspace, None),
    );
    let (mailboxes, used, mut usage, freezes, mut read) = together(&mut tx, selects).await?;
    drop(tx);
    let domains: BTreeSet<String> = mailboxes.iter().map(|mailbox| mailbox.domain.clone()).collect();
    let all: Vec<Listed> = mailboxes
        .into_iter()
        .map(|mailbox| {
            let days = freezes.get(&mailbox.id).map_or(&[][..], Vec::as_slice);
            Listed {
                frozen_until: frozen::frozen_until(days, mailbox.pace.today(at)),
                today: used.of(&mailbox, at),
                usage: usage.remove(&mailbox.id).unwrap_or_default(),
                rests: mailbox.rests(at),
                read: read.remove(&mailbox.id),
                mailbox,
            }
        })
        .collect();
    let may_connect = member.role.may(Right::Connect);
    let (count, capacity) = (all.len(), capacity(&all));
    let rows: Vec<Listed> = all.into_iter().filter(|listed| shown.includes(&listed.mailbox)).collect();
    let (domains, outbox_allowed) = (domains.into_iter().collect(), !app.config.is_production());
    let page = page.in_section(Section::Mailboxes);
    Ok(page.render("Mailboxes", move || {
        view! { <MailboxesPage rows count capacity shown domains may_connect outbox_allowed /> }
    }))
}

/// How many mails the mailboxes that can send today may send, and how many of them are sent.
fn capacity(all: &[Listed]) -> (i64, i64) {
    let able = all.iter().filter(|one| one.mailbox.state == MailboxState::Active && one.frozen_until.is_none());
    able.fold((0, 0), |(cap, used), one| (cap + one.today.cap, used + one.today.used))
}
