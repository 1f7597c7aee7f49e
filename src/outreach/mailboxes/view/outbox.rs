//! What the built-in outbox took.

use leptos::prelude::*;
use url::Url;

use crate::{
    fields::FieldErrors,
    outreach::mailboxes::{
        mailbox::Mailbox,
        outbox::{OutboxLine, OutboxMail, OutboxMailId},
        outbox_answer::{OutboxAnswer, OutboxReport},
        pages::{MAILBOXES, OUTBOX_PAGE},
    },
    server::form::Form,
    topics,
    ui::{
        Button, CheckboxGroup, Choice, EmptyState, Field, FormErrors, LinkButton, Notice, OlderPages, PageHeader,
        Panel, RadioGroup, Select, Table, TextArea, TimeStamp, Tone,
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

/// What the recipient of a mail does, as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecipientForm {
    answer: String,
    back_on: String,
    report: String,
    errors: FieldErrors,
}

impl RecipientForm {
    pub fn typed(form: &Form, errors: FieldErrors) -> Self {
        let text = |name: &str| form.text(name).to_owned();
        Self { answer: form.exact("answer").to_owned(), back_on: text("back_on"), report: text("report"), errors }
    }
}

/// The recipient answers, is away, has no such address, or calls the mail spam.
#[component]
fn RecipientPanel(
    /// Where the forms go.
    address: String,
    /// The way out that the mail names.
    unsubscribe: Option<String>,
    form: Option<RecipientForm>,
) -> impl IntoView {
    let unsubscribe = unsubscribe.map(|path| {
        view! {
            <LinkButton href=path.clone()>"Open the unsubscribe link"</LinkButton>
            <form method="post" action=path data-submit-once="">
                <input type="hidden" name="List-Unsubscribe" value="One-Click" />
                <Button>"Unsubscribe with one click"</Button>
            </form>
        }
    });
    let forms = form.map(|form| view! { <RecipientForms address=address.clone() form /> });
    let complain = forms.is_some().then(|| {
        view! {
            <form method="post" action=address data-submit-once="">
                <input type="hidden" name="act" value="complain" />
                <Button>"Report as spam"</Button>
            </form>
        }
    });
    view! {
        <Panel
            title="As the recipient"
            description="What comes back is a message as a mail program or a mail server writes it. It is read like any other that comes to this mailbox."
        >
            <div class="stack">
                {forms}
                <div class="form-actions">{complain}{unsubscribe}</div>
            </div>
        </Panel>
    }
}

/// What is typed as the recipient.
#[component]
fn RecipientForms(address: String, form: RecipientForm) -> impl IntoView {
    let RecipientForm { answer, back_on, report, errors } = form;
    let options = OutboxReport::ALL.map(|one| (one.word().to_owned(), one.label().to_owned())).to_vec();
    view! {
        <FormErrors errors=errors.clone() />
        <form class="form" method="post" action=address.clone() data-submit-once="">
            <input type="hidden" name="act" value="answer" />
            <TextArea label="Answer" name="answer" value=answer error=errors.of("answer") required=true maxlength="5000" />
            <CheckboxGroup legend="Attachment" name="file" options=vec![Choice::new("agenda", "A small file, agenda.txt")] />
            <div class="form-actions"><Button>"Send the answer"</Button></div>
        </form>
        <form class="form" method="post" action=address.clone() data-submit-once="">
            <input type="hidden" name="act" value="away" />
            <Field label="Out of office, back on" name="back_on" kind="date" value=back_on error=errors.of("back_on") required=true />
            <div class="form-actions"><Button>"Answer automatically"</Button></div>
        </form>
        <form class="form" method="post" action=address data-submit-once="">
            <input type="hidden" name="act" value="report" />
            <Select label="Report of a mail server" name="report" options=options selected=report error=errors.of("report") />
            <div class="form-actions"><Button>"Send the report"</Button></div>
        </form>
    }
}

/// One mail, as its recipient would read it.
#[component]
pub fn OutboxMailPage(
    mailbox: Mailbox,
    id: OutboxMailId,
    mail: OutboxMail,
    own: Url,
    /// For members who may act as its recipient.
    form: Option<RecipientForm>,
) -> impl IntoView {
    let base = format!("{MAILBOXES}/{}", mailbox.id);
    // Links to this instance, whatever name it is reached by; others are text.
    let unsubscribe =
        mail.unsubscribe_url().and_then(|link| link.strip_prefix(own.as_str())).map(|path| format!("/{path}"));
    let address = format!("{base}/outbox/{id}/recipient");
    let actions =
        (form.is_some() || unsubscribe.is_some()).then(|| view! { <RecipientPanel address unsubscribe form /> });
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
