//! All mailboxes of the workspace.

use leptos::prelude::*;

use crate::{
    outreach::{
        mailboxes::{
            domains::DOMAINS,
            mailbox::{Mailbox, MailboxState},
            pages::{MAILBOXES, Shown},
            read_state::ReadState,
            state_text::{day_text, idle_text, read_cause_of},
            today::Today,
            usage::{HEALTH_DAYS, Usage},
        },
        schedule::rules::Day,
    },
    topics,
    ui::{
        Button, ButtonKind, EmptyState, HelpLink, LinkButton, PageHeader, Panel, Select, Table, Tag, TimeStamp, Tone,
        plural,
    },
};

/// A mailbox with what the list says of it.
#[derive(Debug, Clone)]
pub struct Listed {
    pub mailbox: Mailbox,
    pub today: Today,
    pub usage: Usage,
    /// The last day of its freeze, if it is frozen today.
    pub frozen_until: Option<Day>,
    pub rests: bool,
    /// How its replies are read; nothing where they are not.
    pub read: Option<ReadState>,
}

/// The list. `count` and `capacity` (mails a day, and how many of them are sent) are of all mailboxes, `rows` of those to show.
#[component]
pub fn MailboxesPage(
    rows: Vec<Listed>,
    count: usize,
    capacity: (i64, i64),
    shown: Shown,
    domains: Vec<String>,
    may_connect: bool,
    outbox_allowed: bool,
) -> impl IntoView {
    let add = move || {
        may_connect.then(|| view! { <LinkButton href=format!("{MAILBOXES}/new") kind=ButtonKind::Primary>"Add a mailbox"</LinkButton> })
    };
    let body = if count == 0 {
        let or = outbox_allowed.then(|| view! { <p class="soft">"Or try everything with the built-in outbox."</p> });
        view! {
            <EmptyState title="No mailboxes yet">
                <p>"Campaigns send from your own mailboxes, a few dozen mails a day each. Adding the first one takes two minutes."</p>
                {or}
                {add()}
            </EmptyState>
        }
        .into_any()
    } else {
        let (cap, used) = capacity;
        // A slot is used from when its mail begins, also when it is put off or its outcome is unknown.
        let (mails, are) = (plural(cap, "mail", "mails"), if used == 1 { "is" } else { "are" });
        let summary = format!("Today these mailboxes can send {mails}; {used} {are} used.");
        view! {
            <div class="stack">
                <FilterForm shown domains />
                <MailboxTable rows summary />
            </div>
        }
        .into_any()
    };
    view! {
        <PageHeader title="Mailboxes" subtitle="The accounts that your campaigns send from.">
            <HelpLink topic="mailboxes">"How mailboxes work"</HelpLink>
            {(count > 0).then(|| view! { <LinkButton href=DOMAINS>"Sending domains"</LinkButton> })}
            {(count > 0 && may_connect).then(|| view! { <TestAll /> })}
            {(count > 0).then(add)}
        </PageHeader>
        {body}
    }
    .into_any()
}

#[component]
fn TestAll() -> impl IntoView {
    view! {
        <form method="post" action=format!("{MAILBOXES}/checks") data-submit-once="">
            <Button>"Test all"</Button>
        </form>
    }
}

#[component]
fn FilterForm(shown: Shown, domains: Vec<String>) -> impl IntoView {
    let states = [MailboxState::Draft, MailboxState::Active, MailboxState::Paused, MailboxState::Failing];
    let any = |text: &str| (String::new(), text.to_owned());
    let states: Vec<_> = std::iter::once(any("Any state"))
        .chain(states.map(|state| (state.word().to_owned(), state.label().to_owned())))
        .collect();
    let domains: Vec<_> =
        std::iter::once(any("Any domain")).chain(domains.into_iter().map(|domain| (domain.clone(), domain))).collect();
    view! {
        <form class="filters" method="get" action=MAILBOXES>
            <Select label="State" name="state" options=states selected=shown.state.map(MailboxState::word).unwrap_or_default() />
            <Select label="Domain" name="domain" options=domains selected=shown.domain.unwrap_or_default() />
            <Button>"Filter"</Button>
        </form>
    }
    .into_any()
}

#[component]
fn MailboxTable(rows: Vec<Listed>, summary: String) -> impl IntoView {
    let body = if rows.is_empty() {
        view! { <EmptyState title="No mailbox is like this"><p>"Choose another state or domain."</p></EmptyState> }
            .into_any()
    } else {
        let rows: Vec<_> = rows.into_iter().map(|listed| view! { <MailboxRow listed /> }).collect();
        view! {
            <Table caption="Mailboxes by address" cards=true>
                <thead>
                    <tr>
                        <th scope="col">"Address"</th>
                        <th scope="col">"State"</th>
                        <th scope="col" class="number">"Today"</th>
                        <th scope="col">"Now"</th>
                        <th scope="col" class="number wide-only">{format!("In {HEALTH_DAYS} days")}</th>
                        <th scope="col" class="number wide-only">"Campaigns"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        }
        .into_any()
    };
    view! { <Panel id="mailboxes" live=topics::MAILBOXES title="Mailboxes" description=summary flush=true>{body}</Panel> }.into_any()
}

#[component]
fn MailboxRow(listed: Listed) -> impl IntoView {
    let Listed { mailbox, today, usage, frozen_until, rests, read } = listed;
    let read = read.filter(|read| read.code.is_some()).map(|read| view! { <p class="small soft"><Read read /></p> });
    let href = format!("{MAILBOXES}/{}", mailbox.id);
    let opt_outs = (usage.opt_outs > 0).then(|| format!(", {}", plural(usage.opt_outs, "opt-out", "opt-outs")));
    view! {
        <tr>
            <th scope="row">
                <a href=href>{mailbox.address.clone()}</a>
                <span class="small soft">{format!(" {}", mailbox.sender_name)}</span>
            </th>
            <td><StateTag state=mailbox.state is_frozen=frozen_until.is_some() /></td>
            <td class="number" data-label="Today">{format!("{} of {}", today.used, today.cap)}</td>
            <td><Now mailbox frozen_until rests /> {read}</td>
            <td class="number wide-only">{format!("{} sent", usage.sent)}{opt_outs}</td>
            <td class="number wide-only">{usage.campaigns}</td>
        </tr>
    }
    .into_any()
}

/// When its replies were read last, or why they are not.
#[component]
pub fn Read(read: ReadState) -> impl IntoView {
    let last = read.looked_at.map(|at| view! { "Replies were last read " <TimeStamp micros=at.micros() /> ". " });
    let Some(code) = read.code else {
        let behind = (read.behind > 0)
            .then(|| format!("{} still to be read.", plural(read.behind, "message is", "messages are")));
        return match last {
            Some(last) => view! { {last} {behind} }.into_any(),
            None => view! { "Replies are about to be read. " {behind} }.into_any(),
        };
    };
    let said = read.words.filter(|words| !words.is_empty()).map(|words| format!(": “{words}”")).unwrap_or_default();
    let again = read.run_at.map(|at| view! { "It is tried again " <TimeStamp micros=at.micros() /> ". " });
    let why = format!("Replies are not read. {}{said}. ", read_cause_of(&code));
    view! { {why} {last} {again} }.into_any()
}

/// The state in a word.
#[component]
pub fn StateTag(state: MailboxState, is_frozen: bool) -> impl IntoView {
    let (tone, text) = match state {
        MailboxState::Active if is_frozen => (Tone::Info, "Frozen"),
        _ => (state.tone(), state.label()),
    };
    view! { <Tag tone>{text}</Tag> }
}

/// When it sends next, or what it waits for.
#[component]
pub fn Now(mailbox: Mailbox, frozen_until: Option<Day>, rests: bool) -> impl IntoView {
    if mailbox.state != MailboxState::Active {
        let retry = mailbox.retry_at.filter(|_| mailbox.state == MailboxState::Failing);
        let retry = retry.map(|at| view! { " It is tried again " <TimeStamp micros=at.micros() /> "." });
        return view! { {mailbox.cause().unwrap_or_default()} {retry} }.into_any();
    }
    if let Some(last) = frozen_until {
        return view! { {format!("It sends nothing until the end of {}.", day_text(last))} }.into_any();
    }
    if rests {
        let cause = mailbox.cause().unwrap_or_default();
        return view! { {cause} " It continues " <TimeStamp micros=mailbox.free_at.micros() /> "." }.into_any();
    }
    let nothing = if mailbox.look_at.is_none() { "It waits for something to send." } else { "" };
    let waits = mailbox.idle_code.as_deref().map_or(nothing, idle_text);
    let at = mailbox.look_at.map(|at| view! { <TimeStamp micros=at.micros() /> });
    view! { {waits} " " {at} }.into_any()
}
