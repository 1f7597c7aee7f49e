//! The result of a test, and its place on the page of a mailbox.

use leptos::prelude::*;

use super::{
    finding::Finding,
    kind::{Check, CheckResult, Outcome, Results},
    store::{TestRun, TestState},
};
use crate::{
    outreach::{ids::MailboxId, mailboxes::mailbox::Mailbox},
    topics,
    ui::{Button, ButtonKind, PageHeader, Panel, Tag, TimeStamp, Tone, plural},
};

fn base(mailbox: MailboxId) -> String {
    format!("/settings/mailboxes/{mailbox}/checks")
}

/// A test with its ten checks; it updates while it is under way.
#[component]
pub fn TestPage(mailbox: Mailbox, test: TestRun, earlier: Vec<TestRun>, may_connect: bool) -> impl IntoView {
    let (back, action) = (format!("/settings/mailboxes/{}", mailbox.id), base(mailbox.id));
    let again = (may_connect && test.state == TestState::Finished).then(|| {
        view! {
            <form method="post" action=action data-submit-once=""><Button kind=ButtonKind::Primary>"Test again"</Button></form>
        }
    });
    let earlier = (!earlier.is_empty()).then(|| view! { <EarlierTests mailbox=mailbox.id earlier /> });
    view! {
        <PageHeader title="Test" subtitle=mailbox.address.clone() back_href=back back_label=mailbox.address.clone()>
            <div id="mailbox-test-again" data-live=topics::MAILBOXES>{again}</div>
        </PageHeader>
        <div class="stack">
            <Panel id="mailbox-test" live=topics::MAILBOXES title=summary(&test)>
                <ul class="checklist" id="checks">{lines(&test)}</ul>
                <p class="small soft">"Started " <TimeStamp micros=test.created_at.micros() /> "."</p>
                {(test.state == TestState::Queued).then(|| view! {
                    <noscript><p>"The test is under way. Reload this page to see how far it is."</p></noscript>
                })}
            </Panel>
            {earlier}
        </div>
    }
    .into_any()
}

/// What the test of a form found.
#[component]
pub fn TypedTest(test: TestRun) -> impl IntoView {
    view! {
        <Panel id="typed-test" title=summary(&test)>
            <ul class="checklist" id="checks">{lines(&test)}</ul>
            <p class="small soft">"This is about what was typed below. Nothing of it is saved yet."</p>
        </Panel>
    }
    .into_any()
}

/// The newest test on the page of its mailbox, with the button for the next.
#[component]
pub fn TestPanel(mailbox: MailboxId, last: Option<TestRun>, may_connect: bool) -> impl IntoView {
    let button = move || {
        may_connect.then(|| {
            view! { <form method="post" action=base(mailbox) data-submit-once=""><Button>"Test"</Button></form> }
        })
    };
    let text = match last {
        Some(test) => {
            let href = format!("{}/{}", base(mailbox), test.id);
            view! { <p><a href=href>{summary(&test)}</a> " " <TimeStamp micros=test.created_at.micros() /></p> }
                .into_any()
        }
        None => view! { <p>"Not tested yet. A test signs in and sends one mail to the mailbox itself."</p> }.into_any(),
    };
    view! {
        <Panel id="mailbox-last-test" live=topics::MAILBOXES title="Test" actions=ViewFn::from(button)>{text}</Panel>
    }
    .into_any()
}

#[component]
fn EarlierTests(mailbox: MailboxId, earlier: Vec<TestRun>) -> impl IntoView {
    let lines: Vec<_> = earlier
        .into_iter()
        .map(|test| {
            let href = format!("{}/{}", base(mailbox), test.id);
            view! { <li><a href=href><TimeStamp micros=test.created_at.micros() /></a> " " {summary(&test)}</li> }
        })
        .collect();
    view! { <Panel title="Other tests"><ul>{lines}</ul></Panel> }.into_any()
}

/// What a test says as a whole.
fn summary(test: &TestRun) -> String {
    let results: &Results = &test.results;
    if test.state == TestState::Queued {
        let done = Check::ALL.iter().filter(|check| results.of(**check).is_some()).count();
        return format!("Testing: {done} of {} checks done", Check::ALL.len());
    }
    if !results.pass(&Check::SENDING) {
        return "This mailbox cannot send".to_owned();
    }
    if !results.pass(&[Check::Imap]) {
        return "This mailbox can send, but replies cannot be read".to_owned();
    }
    let not_good = Check::ALL.len() - results.count(Outcome::Passed);
    match (test.state, not_good) {
        (TestState::Waiting, _) => "This mailbox can send; the test mail has not arrived yet".to_owned(),
        (_, 0) => format!("All {} checks passed", Check::ALL.len()),
        (_, some) => format!(
            "This mailbox can send; {} a look",
            plural(i64::try_from(some).unwrap_or(0), "check deserves", "checks deserve")
        ),
    }
}

fn lines(test: &TestRun) -> Vec<AnyView> {
    let sends = test.results.pass(&Check::SENDING);
    Check::ALL.into_iter().map(|check| line(check, test.results.of(check), test.state, sends)).collect()
}

fn line(check: Check, result: Option<&CheckResult>, state: TestState, sends: bool) -> AnyView {
    let (tone, word) = match result.map(|result| result.outcome) {
        Some(Outcome::Passed) => (Tone::Good, "✓ Passed"),
        Some(Outcome::Warning) => (Tone::Warning, "Look at it"),
        Some(Outcome::Failed) => (Tone::Bad, "Failed"),
        Some(Outcome::Waiting) => (Tone::Info, "Waiting"),
        Some(Outcome::NotReached) => (Tone::Neutral, "– Not reached"),
        None if state == TestState::Queued => (Tone::Neutral, "…"),
        None => (Tone::Neutral, "– Not reached"),
    };
    let mut sentences: Vec<String> = result.iter().flat_map(|result| &result.findings).map(Finding::sentence).collect();
    if sends && check == Check::Imap && result.is_some_and(|result| result.outcome == Outcome::Failed) {
        let what_follows = "Mails can leave, but replies cannot be read. Fix this before you start a campaign.";
        sentences.push(what_follows.to_owned());
    }
    let is_about_records = check == Check::Domain && result.is_some_and(|result| result.outcome == Outcome::Warning);
    let records = is_about_records.then(|| {
        view! { <p><a href="/settings/mailboxes/domains">"What to publish"</a></p> }
    });
    let sentences = sentences.into_iter().filter(|sentence| !sentence.is_empty());
    let texts: Vec<_> = sentences.map(|sentence| view! { <p class="soft">{sentence}</p> }).collect();
    view! {
        <li class="checklist-line">
            <Tag tone>{word}</Tag>
            <div class="checklist-text"><p>{check.label()}</p>{texts}{records}</div>
        </li>
    }
    .into_any()
}
