//! One mailbox: how it is, its health, its holidays.

use leptos::prelude::*;

use super::{
    freezes::{FreezeForm, FreezePanel},
    list::{Now, Read, StateTag},
    outbox::OutboxNotice,
};
use crate::{
    outreach::{
        mailboxes::{
            check::{TestPanel, TestRun},
            domains::DOMAINS,
            freezes::Freeze,
            mailbox::{Mailbox, MailboxKind, MailboxState},
            oauth::{SignInOf, view::SignInState},
            pages::MAILBOXES,
            read_state::ReadState,
            sent_copies::SentCopies,
            today::Today,
            usage::{HEALTH_DAYS, Health, Share},
        },
        schedule::rules::Day,
    },
    topics,
    ui::{Button, ButtonKind, Choice, LinkButton, Notice, PageHeader, Panel, RadioGroup, Tag, TimeStamp, Tone, plural},
};

/// What a page says of a mailbox beside its own row.
#[derive(Debug, Clone)]
pub struct About {
    pub today: Today,
    pub health: Health,
    pub freezes: Vec<Freeze>,
    /// The last day of its freeze, if it is frozen today.
    pub frozen_until: Option<Day>,
    pub rests: bool,
    /// How it signs in at its provider; nothing for one with a password.
    pub sign_in: Option<SignInOf>,
    /// Leads in the middle of a sequence from it.
    pub conversations: i64,
    pub may_connect: bool,
    pub last_test: Option<TestRun>,
    /// How its replies are read; nothing where they are not.
    pub read: Option<ReadState>,
}

#[component]
pub fn MailboxPage(mailbox: Mailbox, about: About, freeze: FreezeForm) -> impl IntoView {
    let base = format!("{MAILBOXES}/{}", mailbox.id);
    let is_outbox = mailbox.kind == MailboxKind::Outbox;
    let About { health, freezes, frozen_until, rests, may_connect, last_test, .. } = about.clone();
    let day = format!("{} of {} mails today.", about.today.used, about.today.cap);
    let id = mailbox.id;
    let actions = view! { <Actions base=base.clone() state=mailbox.state is_outbox may_connect /> };
    // Why others do not send is said above.
    let now = (mailbox.state == MailboxState::Active).then(|| {
        view! { <p class="soft"><Now mailbox=mailbox.clone() frozen_until rests /></p> }
    });
    let test = (!is_outbox).then(|| view! { <TestPanel mailbox=mailbox.id last=last_test may_connect /> });
    let signs = may_connect && mailbox.kind == MailboxKind::Smtp;
    let signing = signs.then(|| view! { <SigningPanel base=base.clone() /> });
    let has_copies = signs && mailbox.account().is_some_and(|account| account.imap.is_some());
    let copies = has_copies.then(|| view! { <CopiesPanel base=base.clone() chosen=mailbox.sent_copies /> });
    let changes = may_connect.then(|| {
        let removal = format!("{base}/removal");
        view! {
            <FreezePanel base freezes form=freeze />
            <Panel title="Remove this mailbox">
                <div class="stack">
                    <p>"It sends no more. What it sent stays in the history of its campaigns."</p>
                    <div class="form-actions"><LinkButton href=removal>"Remove…"</LinkButton></div>
                </div>
            </Panel>
        }
    });
    view! {
        <PageHeader title=mailbox.address.clone() subtitle=mailbox.sender_name.clone() back_href=MAILBOXES back_label="Mailboxes">
            {actions}
        </PageHeader>
        <div class="stack">
            {is_outbox.then(|| view! { <OutboxNotice /> })}
            <Head mailbox=mailbox.clone() conversations=about.conversations />
            <Panel id="mailbox-today" live=topics::MAILBOXES title="Today">
                <p><StateTag state=mailbox.state is_frozen=frozen_until.is_some() /> " " {day}</p>
                {now}
            </Panel>
            {about.read.map(|read| view! { <Replies read settings=format!("{MAILBOXES}/{id}/settings") may_connect /> })}
            {about.sign_in.map(|sign_in| view! { <SignInState sign_in mailbox=id may_connect /> })}
            {test}
            <HealthPanel health />
            {copies}
            {signing}
            {changes}
        </div>
    }
    .into_any()
}

/// Whether its replies are read, and why not.
#[component]
fn Replies(read: ReadState, settings: String, may_connect: bool) -> impl IntoView {
    let waits = read.code.is_some().then(|| {
        let fix = may_connect.then(|| view! { <a href=settings>"Check the settings"</a> });
        view! { <p>"Follow-ups from this mailbox wait until its replies can be read: the person may have answered. " {fix}</p> }
    });
    view! {
        <Panel id="mailbox-replies" live=topics::MAILBOXES title="Replies">
            <div class="stack">
                <p><Read read /></p>
                {waits}
            </div>
        </Panel>
    }
    .into_any()
}

/// When copies of sent mails are saved in the mailbox.
#[component]
fn CopiesPanel(base: String, chosen: SentCopies) -> impl IntoView {
    let options = SentCopies::ALL.map(|one| Choice::new(one.word(), one.label().0).with_hint(one.label().1)).to_vec();
    view! {
        <Panel title="Copies of sent mails" id="copies" description="In the folder of sent mails, for your mail program.">
            <form method="post" action=format!("{base}/copies") class="stack-tight" data-submit-once="">
                <RadioGroup legend="A copy is saved" name="copies" options selected=chosen.word() />
                <div><Button>"Save"</Button></div>
            </form>
        </Panel>
    }
    .into_any()
}

/// The way to the key of an own mail server, and to what receivers look at.
#[component]
fn SigningPanel(base: String) -> impl IntoView {
    view! {
        <Panel title="Signature and domain">
            <div class="stack">
                <p>"Providers sign mails themselves. If your own mail server does not, Fairlead can sign them with a key."</p>
                <div class="form-actions">
                    <LinkButton href=format!("{base}/signing")>"Signing key"</LinkButton>
                    <LinkButton href=DOMAINS>"Sending domains"</LinkButton>
                </div>
            </div>
        </Panel>
    }
    .into_any()
}

#[component]
fn Actions(base: String, state: MailboxState, is_outbox: bool, may_connect: bool) -> impl IntoView {
    let outbox = is_outbox.then(
        || view! { <LinkButton href=format!("{base}/outbox") kind=ButtonKind::Primary>"Read the outbox"</LinkButton> },
    );
    let deed = match state {
        MailboxState::Paused => Some(("resume", "Resume")),
        MailboxState::Active | MailboxState::Failing => Some(("pause", "Pause")),
        MailboxState::Draft | MailboxState::Removed => None,
    };
    let deed = deed.filter(|_| may_connect).map(|(deed, label)| {
        view! { <form method="post" action=format!("{base}/{deed}") data-submit-once=""><Button>{label}</Button></form> }
    });
    let settings = may_connect.then(|| view! { <LinkButton href=format!("{base}/settings")>"Settings"</LinkButton> });
    view! { {outbox} {settings} {deed} }.into_any()
}

/// Why a mailbox does not send: what happened, since when, and what waits for it.
#[component]
fn Head(mailbox: Mailbox, conversations: i64) -> impl IntoView {
    let (tone, title) = match mailbox.state {
        MailboxState::Failing => (Tone::Bad, "This mailbox cannot send"),
        MailboxState::Paused => (Tone::Warning, "This mailbox is paused"),
        MailboxState::Draft => (Tone::Info, "This mailbox is a draft"),
        MailboxState::Active | MailboxState::Removed => return ().into_any(),
    };
    let waits = match conversations {
        0 => "No lead waits for it in the middle of a sequence.".to_owned(),
        leads => format!("{} for it in the middle of a sequence.", plural(leads, "lead waits", "leads wait")),
    };
    let failures = (mailbox.failures > 1).then(|| format!(" It failed {} times in a row.", mailbox.failures));
    view! {
        <Notice tone title id="mailbox-state" live=topics::MAILBOXES>
            <p>{mailbox.cause().unwrap_or_default()} " Since " <TimeStamp micros=mailbox.state_since.micros() /> "." {failures}</p>
            <p>{waits}</p>
        </Notice>
    }
    .into_any()
}

/// Numbers of the last days; shares only where there are enough mails for them.
#[component]
fn HealthPanel(health: Health) -> impl IntoView {
    let usage = health.usage;
    let few = (health.bounces().per_1000.is_none() && usage.sent > 0)
        .then(|| view! { <p class="small soft">"Too few mails to say more than numbers."</p> });
    view! {
        <Panel id="mailbox-health" live=topics::MAILBOXES title=format!("The last {HEALTH_DAYS} days")>
            <dl class="facts">
                <div><dt>"Mails sent"</dt><dd>{usage.sent}</dd></div>
                <div><dt>"To addresses that do not exist"</dt><dd>{share(health.bounces(), "3% is too many")}</dd></div>
                <div><dt>"Refused for their sender or their text"</dt><dd>{share(health.refusals(), "")}</dd></div>
                <div><dt>"Reported as spam"</dt><dd>{share(health.reports(), "0.1% is too many")}</dd></div>
                <div><dt>"Answered by a person"</dt><dd>{share(health.answers(), "")}</dd></div>
                <div><dt>"Opt-outs"</dt><dd>{share(health.wishes_to_stop(), "")}</dd></div>
                <div><dt>"Test mails in the spam folder"</dt><dd>{format!("{} of {}", health.in_spam, health.arrived)}</dd></div>
                <div><dt>"Running campaigns"</dt><dd>{usage.campaigns}</dd></div>
            </dl>
            {few}
        </Panel>
    }
    .into_any()
}

fn share(share: Share, line: &'static str) -> AnyView {
    let percent = share.per_1000.filter(|_| share.mails > 0);
    let percent = percent.map(|per_1000| format!(" ({}.{}%)", per_1000 / 10, per_1000 % 10));
    let high = share.is_high.then(|| view! { " " <Tag tone=Tone::Bad>{line}</Tag> });
    view! { {share.mails} {percent} {high} }.into_any()
}
