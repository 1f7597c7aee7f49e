//! What the built-in outbox took.

use leptos::prelude::*;
use url::Url;

use crate::{
    outreach::mailboxes::{
        mailbox::Mailbox,
        outbox::{OutboxLine, OutboxMail},
        outbox_answer::OutboxAnswer,
        pages::{MAILBOXES, OUTBOX_PAGE},
    },
    topics,
    ui::{
        Button, Choice, EmptyState, LinkButton, Notice, OlderPages, PageHeader, Panel, RadioGroup, Table, TimeStamp,
        Tone,
    },
};

/// What sets it apart from a real mailbox.
#[component]
pub fn OutboxNotice() -> impl IntoView {
    view! {
        <Notice tone=Tone::Info>
            <p>"Built-in outbox: nothing leaves this computer."</p>
        </Notice>
    }
}

/// What the outbox took, newest first.
#[component]
pub fn OutboxListPage(
    mailbox: Mailbox,
    mails: Vec<OutboxLine>,
    is_first: bool,
    /// What it answers, for members who may choose that.
    answer: Option<OutboxAnswer>,
) -> impl IntoView {
    let base = format!("{MAILBOXES}/{}", mailbox.id);
    let is_full = mails.len() == usize::try_from(OUTBOX_PAGE).unwrap_or(0);
    let newest = (!is_first).then(|| format!("{base}/outbox"));
    let older = mails.last().filter(|_| is_full).map(|mail| format!("{base}/outbox?before={}", mail.id));
    let body = if mails.is_empty() {
        view! { <EmptyState title="No mails yet"><p>"Mails of running campaigns appear here."</p></EmptyState> }
            .into_any()
    } else {
        let rows: Vec<_> = mails
            .into_iter()
            .map(|mail| {
                view! {
                    <tr>
                        <th scope="row"><a href=format!("{base}/outbox/{}", mail.id)>{mail.subject}</a></th>
                        <td>{mail.recipient}</td>
                        <td><TimeStamp micros=mail.received_at.micros() /></td>
                    </tr>
                }
            })
            .collect();
        view! {
            <Panel id="outbox" live=topics::MAILBOXES title="Mails" flush=true>
                <Table caption="Mails, newest first">
                    <thead>
                        <tr>
                            <th scope="col">"Subject"</th>
                            <th scope="col">"To"</th>
                            <th scope="col">"Taken"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </Table>
            </Panel>
            <OlderPages newest=newest older />
        }
        .into_any()
    };
    view! {
        <PageHeader title=format!("Outbox of {}", mailbox.address) back_href=format!("{MAILBOXES}/{}", mailbox.id) back_label=mailbox.address.clone() />
        <div class="stack">
            <OutboxNotice />
            {answer.map(|answer| view! { <AnswerPanel address=format!("{base}/outbox") answer /> })}
            {body}
        </div>
    }
    .into_any()
}

/// The outbox as a difficult server.
#[component]
fn AnswerPanel(address: String, answer: OutboxAnswer) -> impl IntoView {
    let options = OutboxAnswer::ALL.map(|one| Choice::new(one.word(), one.label().0).with_hint(one.label().1)).to_vec();
    view! {
        <Panel title="A difficult server" description="What this outbox does with its next mails, until you choose something else. Campaigns treat it as the answer of a real server.">
            <form method="post" action=address class="form" data-submit-once="">
                <RadioGroup legend="To the next mails" name="answer" options=options selected=answer.word() />
                <div class="form-actions"><Button>"Choose"</Button></div>
            </form>
        </Panel>
    }
}

/// One mail, as its recipient would read it.
#[component]
pub fn OutboxMailPage(mailbox: Mailbox, mail: OutboxMail, own: Url) -> impl IntoView {
    let base = format!("{MAILBOXES}/{}", mailbox.id);
    // Links to this instance, whatever name it is reached by; others are text.
    let unsubscribe =
        mail.unsubscribe_url().and_then(|link| link.strip_prefix(own.as_str())).map(|path| format!("/{path}"));
    let actions = unsubscribe.map(|path| {
        view! {
            <Panel title="As the recipient">
                <div class="form-actions">
                    <LinkButton href=path.clone()>"Open the unsubscribe link"</LinkButton>
                    <form method="post" action=path data-submit-once="">
                        <input type="hidden" name="List-Unsubscribe" value="One-Click" />
                        <Button>"Unsubscribe with one click"</Button>
                    </form>
                </div>
            </Panel>
        }
    });
    let (text, head) = (mail.text(), mail.head().to_owned());
    view! {
        <PageHeader title=mail.subject.clone() back_href=format!("{base}/outbox") back_label="Outbox" />
        <div class="stack">
            <OutboxNotice />
            <Panel title="Mail">
                <dl class="facts">
                    <div><dt>"From"</dt><dd>{format!("{} <{}>", mailbox.sender_name, mailbox.address)}</dd></div>
                    <div><dt>"To"</dt><dd>{mail.recipient.clone()}</dd></div>
                    <div><dt>"Taken"</dt><dd><TimeStamp micros=mail.received_at.micros() /></dd></div>
                </dl>
                <pre class="mail-text" id="mail-text">{text}</pre>
                <details>
                    <summary>"Header fields"</summary>
                    <pre class="mail-text">{head}</pre>
                </details>
                <details>
                    <summary>"Source"</summary>
                    <pre class="mail-text">{mail.message.clone()}</pre>
                </details>
            </Panel>
            {actions}
        </div>
    }
    .into_any()
}
