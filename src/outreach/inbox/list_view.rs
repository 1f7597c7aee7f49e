//! The list of conversations as people see it.

use leptos::prelude::*;

use super::{
    asked::{Asked, INBOX, View},
    label::{Label, text_of, tone_of},
    list::{COUNTED_MAX, Counts, Named, SEARCHED_MAX, ThreadLine, Unread},
    own_labels::{
        OwnLabel,
        view::{own_options, own_tag},
    },
    views::SavedView,
};
use crate::{
    fields::FieldErrors,
    outreach::mailboxes::state_text::cause_of,
    server::{clock::Instant, paging::PageOf},
    topics,
    ui::{
        Button, ButtonKind, Confirm, EmptyState, Field, HelpLink, LinkButton, Notice, OlderPages, PageHeader, Panel,
        Select, Tag, TimeStamp, Tone, count_text, format::duration_text,
    },
};

/// What the page of the list shows.
#[derive(Debug, Clone)]
pub struct ListData {
    pub asked: Asked,
    pub threads: PageOf<ThreadLine>,
    pub counts: Counts,
    pub campaigns: Vec<Named>,
    pub mailboxes: Vec<Named>,
    pub members: Vec<Named>,
    pub saved: Vec<SavedView>,
    /// The labels of the workspace's own.
    pub labels: Vec<OwnLabel>,
    /// Mailboxes whose answers cannot be read now.
    pub unread: Vec<Unread>,
    pub errors: FieldErrors,
    /// The name typed for a view that is to be saved.
    pub view_name: String,
    pub may_change: bool,
    pub may_connect: bool,
    pub now: Instant,
}

/// Views, filters, and one page of conversations.
#[component]
pub fn ListPage(data: ListData) -> impl IntoView {
    let ListData { asked, threads, counts, may_change, may_connect, now, errors, .. } = data;
    let trouble: Vec<_> = data.unread.into_iter().map(|one| trouble(one, may_connect, now)).collect();
    let filters = filters(&asked, &errors, (&data.campaigns, &data.mailboxes, &data.members, &data.labels));
    let saved = saved_views(&asked, data.saved, may_change, (&data.view_name, errors.of("name")));
    let body = if threads.rows.is_empty() {
        empty(&asked)
    } else {
        conversations(&asked, threads, (&data.members, &data.labels), may_change)
    };
    view! {
        <PageHeader title="Inbox" subtitle="Answers to your campaigns">
            <HelpLink topic="inbox">"Working in the inbox"</HelpLink>
            <LinkButton href="/inbox/settings">"Labels and replies"</LinkButton>
            <LinkButton href="/people">"Find a person"</LinkButton>
        </PageHeader>
        <div class="stack" data-keys="" tabindex="-1" autofocus>
            {trouble}
            {view_tabs(&asked, &counts)}
            {filters}
            {saved}
            {body}
        </div>
    }
}

/// A mailbox whose answers are late, and where to mend it.
fn trouble(mailbox: Unread, may_connect: bool, now: Instant) -> impl IntoView {
    let Unread { mailbox_id, address, code, words, looked_at } = mailbox;
    let last = match looked_at {
        Some(at) => format!("were last read {} ago", duration_text((now.micros() - at.micros()) / 1_000_000)),
        None => "were not read yet".to_owned(),
    };
    let cause = cause_of(&code);
    let words = words.filter(|words| !words.is_empty()).map(|words| format!(" “{words}”")).unwrap_or_default();
    view! {
        <Notice tone=Tone::Warning>
            <p>
                {format!("Replies of {address} {last}: {cause}.{words} ")}
                {may_connect.then(|| view! { <a href=format!("/settings/mailboxes/{mailbox_id}")>"Fix"</a> })}
            </p>
        </Notice>
    }
}

fn view_tabs(asked: &Asked, counts: &Counts) -> impl IntoView + use<> {
    let current = asked.view;
    let counts = *counts;
    let tabs: Vec<_> = View::ALL
        .into_iter()
        .map(|view| {
            let href = Asked { view, before: None, picks: false, ..asked.clone() }.address();
            let count = counts.of(view).filter(|count| *count > 0).map(|count| match count {
                COUNTED_MAX.. => format!("{}+", count_text(COUNTED_MAX - 1)),
                _ => count_text(count),
            });
            view! {
                <li>
                    <a class="tab" href=href aria-current=(view == current).then_some("page")>
                        {view.label()}
                        {count.map(|count| view! { " " <span class="tab-count">{count}</span> })}
                    </a>
                </li>
            }
        })
        .collect();
    view! { <nav class="tabs" aria-label="Views" id="inbox-views" data-live=topics::INBOX><ul>{tabs}</ul></nav> }
}

fn options(first: &str, named: &[Named]) -> Vec<(String, String)> {
    let all = std::iter::once((String::new(), first.to_owned()));
    all.chain(named.iter().map(|one| (one.id.to_string(), one.name.clone()))).collect()
}

/// The labels as the options of a select.
pub(super) fn label_options(first: &str) -> Vec<(String, String)> {
    let all = std::iter::once((String::new(), first.to_owned()));
    all.chain(Label::ALL.map(|label| (label.name().to_owned(), text_of(label).to_owned()))).collect()
}

type Choices<'a> = (&'a [Named], &'a [Named], &'a [Named], &'a [OwnLabel]);

fn filters(
    asked: &Asked,
    errors: &FieldErrors,
    (campaigns, mailboxes, members, own): Choices<'_>,
) -> impl IntoView + use<> {
    let text = |id: Option<String>| id.unwrap_or_default();
    let (campaign, mailbox) =
        (text(asked.campaign.map(|id| id.to_string())), text(asked.mailbox.map(|id| id.to_string())));
    let (label, assignee) =
        (text(asked.label.map(|label| label.name().to_owned())), text(asked.assignee.map(|id| id.to_string())));
    let is_open = !errors.of("from").or(errors.of("to")).unwrap_or_default().is_empty()
        || asked.own.is_some()
        || [&campaign, &mailbox, &label, &assignee, &asked.from, &asked.to].iter().any(|text| !text.is_empty());
    let all = asked.is_filtered().then(|| {
        let href = Asked { view: asked.view, ..Asked::default() }.address();
        view! { <LinkButton kind=ButtonKind::Quiet href=href>"Show all"</LinkButton> }
    });
    let (campaigns, mailboxes) = (options("All campaigns", campaigns), options("All mailboxes", mailboxes));
    let (members, labels) = (options("Anyone", members), label_options("All labels"));
    let chosen = asked.own.map(|id| id.to_string()).unwrap_or_default();
    let own = (!own.is_empty()).then(
        || view! { <Select label="Own label" name="own" options=own_options("All own labels", own) selected=chosen /> },
    );
    let view = asked.view.word();
    view! {
        <form method="get" action=INBOX class="stack-tight inbox-filters" role="search">
            <input type="hidden" name="view" value=view />
            <div class="row inbox-search">
                <label class="visually-hidden" for="q">"Search this view"</label>
                <input class="input" id="q" name="q" type="search" value=asked.text.clone() placeholder="Name, address, subject or first line" />
                <a class="visually-hidden" href="#q" data-key="/" tabindex="-1" aria-hidden="true">"/"</a>
                <Button>"Search"</Button>
                {all}
            </div>
            <details class="disclosure" open=is_open>
                <summary>"Filters"</summary>
                <div class="form-row">
                    <Select label="Campaign" name="campaign" options=campaigns selected=campaign />
                    <Select label="Mailbox" name="mailbox" options=mailboxes selected=mailbox />
                    <Select label="Label" name="label" options=labels selected=label />
                    {own}
                    <Select label="Assigned to" name="assignee" options=members selected=assignee />
                    <Field label="From" name="from" kind="date" value=asked.from.clone() error=errors.of("from") />
                    <Field label="To" name="to" kind="date" value=asked.to.clone() error=errors.of("to") />
                </div>
            </details>
        </form>
    }
}

/// The saved views, and the form that saves this one.
fn saved_views(
    asked: &Asked,
    saved: Vec<SavedView>,
    may_change: bool,
    (typed, fault): (&str, Option<String>),
) -> impl IntoView + use<> {
    let here = asked.address();
    let query = here.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default();
    let is_saved = saved.iter().any(|view| view.query == query);
    let links: Vec<_> = saved
        .into_iter()
        .map(|view| {
            let SavedView { id, name, query: of_view } = view;
            let is_here = of_view == query;
            let removal = (may_change && is_here).then(|| {
                view! {
                    <Confirm id=format!("forget-{id}") label=format!("Forget the view {name}") icon="close"
                        title="Forget this view?" kind=ButtonKind::Quiet>
                        <p>"Everyone in the workspace loses it. Conversations stay as they are."</p>
                        <form method="post" action=format!("{INBOX}/views/{id}")>
                            <Button kind=ButtonKind::Danger>"Forget it"</Button>
                        </form>
                    </Confirm>
                }
            });
            view! {
                <li class="row">
                    <a href=format!("{INBOX}?{of_view}") aria-current=is_here.then_some("page")>{name.clone()}</a>
                    {removal}
                </li>
            }
        })
        .collect();
    let list =
        (!links.is_empty()).then(|| view! { <nav aria-label="Saved views"><ul class="inbox-saved">{links}</ul></nav> });
    let is_open = fault.is_some();
    let (typed, action) = (typed.to_owned(), format!("{INBOX}/views"));
    let form = (may_change && asked.is_filtered() && (!is_saved || is_open)).then(|| {
        view! {
            <details class="disclosure" open=is_open>
                <summary>"Save this view"</summary>
                <form method="post" action=action class="filters" data-submit-once="">
                    <input type="hidden" name="query" value=query.clone() />
                    <Field label="Name" name="name" value=typed error=fault maxlength="60" />
                    <Button>"Save"</Button>
                </form>
            </details>
        }
    });
    view! { {list} {form} }
}

fn empty(asked: &Asked) -> AnyView {
    let is_first = asked.before.is_none() && !asked.is_filtered();
    let searched = (!asked.text.is_empty()).then(|| {
        let newest = count_text(SEARCHED_MAX);
        view! { <p>{format!("A search looks through the newest {newest} conversations of the view; a whole address finds older ones too.")}</p> }
    });
    let (title, text) = match asked.view {
        _ if !is_first => ("No conversation fits these filters", "Choose another view, or show all."),
        View::Open => (
            "No replies yet",
            "Replies to your campaigns appear here within minutes; mail that has nothing to do with Fairlead stays in your mailbox.",
        ),
        View::Mine => ("Nothing is assigned to you", "Conversations that are assigned to you appear here."),
        View::Unassigned => ("Everything open is assigned", "Conversations that no member looks after appear here."),
        View::Snoozed => {
            ("Nothing is snoozed", "Snoozed conversations come back on their day, or when a new mail comes.")
        }
        View::Waiting => {
            ("Nothing waits for an answer", "Conversations that you answered appear here until a new mail comes.")
        }
        View::Done => ("Nothing is done yet", "Conversations that are marked as done appear here."),
        View::Automatic => ("No automatic answers", "Out-of-office replies, acknowledgements and bounces appear here."),
        View::Untracked => (
            "No untracked replies",
            "Replies that do not name the mail they answer are matched by their address. They appear here, so that you can check them.",
        ),
        View::Sent => ("No replies sent", "Conversations that a member replied to appear here."),
    };
    view! { <EmptyState title=title><p>{text}</p> {searched}</EmptyState> }.into_any()
}

fn conversations(
    asked: &Asked,
    threads: PageOf<ThreadLine>,
    (members, labels): (&[Named], &[OwnLabel]),
    may_change: bool,
) -> AnyView {
    let picks = asked.picks && may_change;
    let newest = asked.before.is_some().then(|| asked.address());
    let older = threads.last_before_more().map(|last| asked.address_with("before", last.cursor().text()));
    let pages = (newest.is_some() || older.is_some()).then(|| view! { <OlderPages newest older /> });
    let rows: Vec<_> = threads.rows.into_iter().map(|line| row(line, labels, picks)).collect();
    let list = view! { <ul class="inbox-list">{rows}</ul> };
    let pick = (may_change && !picks).then(|| {
        view! { <LinkButton href=asked.address_with("pick", "1".to_owned())>"Select several"</LinkButton> }
    });
    let body = match picks {
        true => picking(asked, list.into_any(), members, labels).into_any(),
        false => view! { <div id="inbox-list" data-live=topics::INBOX>{list}</div> }.into_any(),
    };
    view! {
        <Panel flush=true>
            {body}
            {pages}
        </Panel>
        <div class="row row-between">
            {pick}
            <p class="small soft wide-only"><kbd>"j"</kbd>" and "<kbd>"k"</kbd>" move through the list, "<kbd>"Enter"</kbd>" opens, "<kbd>"/"</kbd>" searches."</p>
        </div>
    }
    .into_any()
}

/// The list as a form, and what can be done with the rows that are ticked.
fn picking(asked: &Asked, list: AnyView, members: &[Named], own: &[OwnLabel]) -> impl IntoView + use<> {
    let is_done = asked.view == View::Done;
    let hidden: Vec<_> = asked
        .fields()
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(name, text)| view! { <input type="hidden" name=name value=text /> })
        .collect();
    let members = options("No one", members);
    let own = (!own.is_empty()).then(|| {
        view! {
            <Select label="Own label" name="set-own" options=own_options("Choose", own) />
            <Button name="act" value="put">"Add"</Button>
            <Button name="act" value="take">"Take off"</Button>
        }
    });
    let (act, label) = if is_done { ("open", "Open again") } else { ("done", "Done") };
    view! {
        <form method="post" action=INBOX data-submit-once="">
            {hidden}
            <div class="inbox-bulk">
                <Button name="act" value=act>{label}</Button>
                <Select label="Label" name="set-label" options=label_options("No label") />
                <Button name="act" value="label">"Set label"</Button>
                {own}
                <Select label="Assign to" name="set-assignee" options=members />
                <Button name="act" value="assign">"Assign"</Button>
                <LinkButton kind=ButtonKind::Quiet href=asked.address()>"Cancel"</LinkButton>
            </div>
            {list}
        </form>
    }
}

/// The label of a conversation; a machine's is a question.
pub fn label_tag(label: Label, confirmed: bool) -> impl IntoView {
    let mark = if confirmed { "" } else { "?" };
    view! { <Tag tone=tone_of(label)>{format!("{}{mark}", text_of(label))}</Tag> }
}

fn row(line: ThreadLine, labels: &[OwnLabel], picks: bool) -> impl IntoView + use<> {
    let own: Vec<_> = labels.iter().filter(|label| line.own.contains(&label.id)).map(own_tag).collect();
    let ThreadLine {
        id, version, person, company, campaign, subject, first_line, label, label_confirmed, unread, ..
    } = line;
    let about: Vec<String> = [company, campaign].into_iter().flatten().filter(|text| !text.is_empty()).collect();
    let tick = picks.then(|| {
        view! {
            <input class="inbox-tick" type="checkbox" name="thread" value=format!("{id}.{version}") aria-label=format!("Choose {person}") />
        }
    });
    let snoozed = line
        .snoozed_until
        .map(|until| view! { <span>"until " <TimeStamp micros=until.micros() date_only=true /></span> });
    let assigned = line.assigned.map(|name| view! { <span>{name}</span> });
    let untracked = line.untracked.then(|| view! { <Tag tone=Tone::Warning>"Matched by address"</Tag> });
    view! {
        <li class="inbox-line" class:inbox-unread=unread id=format!("thread-{id}")>
            {tick}
            <a class="inbox-row" href=format!("{INBOX}/{id}") data-row="">
                <span class="inbox-who">
                    <span class="inbox-person">
                        {unread.then(|| view! { <span class="visually-hidden">"Unread: "</span> })}
                        {person}
                    </span>
                    <span class="inbox-about">{about.join(" · ")}</span>
                </span>
                <span class="inbox-what">
                    <span class="inbox-subject">{subject}</span>
                    <span class="inbox-first">{first_line}</span>
                </span>
                <span class="inbox-side">
                    <span class="inbox-tags">{label.map(|label| label_tag(label, label_confirmed))} {own} {untracked}</span>
                    <span class="inbox-when">{assigned} {snoozed} <TimeStamp micros=line.at.micros() /></span>
                </span>
            </a>
        </li>
    }
}
