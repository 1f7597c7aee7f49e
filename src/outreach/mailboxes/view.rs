//! The pages of mailboxes and of the built-in outbox.

use std::collections::HashMap;

use leptos::prelude::*;
use url::Url;

use super::{
    form::MailboxForm,
    mailbox::{Mailbox, MailboxState},
    outbox::{OutboxLine, OutboxMail},
    pages::{MAILBOXES, OUTBOX_PAGE},
    today::Today,
};
use crate::{
    outreach::ids::MailboxId,
    topics,
    ui::{
        Button, ButtonKind, Checkbox, Confirm, EmptyState, Field, FormErrors, HelpLink, LinkButton, Notice, OlderPages,
        PageHeader, Panel, Table, Tag, TextArea, TimeStamp, Tone, plural,
    },
};

/// All mailboxes of the workspace.
#[component]
pub fn MailboxesPage(
    mailboxes: Vec<Mailbox>,
    today: HashMap<MailboxId, Today>,
    may_connect: bool,
    outbox_allowed: bool,
) -> impl IntoView {
    let active = mailboxes.iter().filter(|mailbox| mailbox.state == MailboxState::Active);
    let (used, cap) = active
        .filter_map(|mailbox| today.get(&mailbox.id))
        .fold((0, 0), |sum, day| (sum.0 + day.used, sum.1 + day.cap));
    let summary = format!("These mailboxes can send {} today; {used} sent.", plural(cap, "mail", "mails"));
    let add = may_connect && outbox_allowed;
    let body = if mailboxes.is_empty() {
        view! {
            <EmptyState title="No mailboxes yet">
                <p>"Campaigns send from your own mailboxes, a few dozen mails a day each."</p>
                {add.then(|| view! { <LinkButton href=format!("{MAILBOXES}/new") kind=ButtonKind::Primary>"Add a mailbox"</LinkButton> })}
            </EmptyState>
        }
        .into_any()
    } else {
        let rows: Vec<_> = mailboxes
            .into_iter()
            .map(|mailbox| {
                let day = today.get(&mailbox.id).copied();
                view! { <MailboxRow mailbox day /> }
            })
            .collect();
        view! {
            <Panel id="mailboxes" live=topics::MAILBOXES title="Mailboxes" description=summary flush=true>
                <Table caption="Mailboxes by address">
                    <thead>
                        <tr>
                            <th scope="col">"Address"</th>
                            <th scope="col">"State"</th>
                            <th scope="col" class="number">"Today"</th>
                            <th scope="col" class="wide-only">"Next mail"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </Table>
            </Panel>
        }
        .into_any()
    };
    view! {
        <PageHeader title="Mailboxes" subtitle="The accounts that your campaigns send from.">
            {add.then(|| view! { <LinkButton href=format!("{MAILBOXES}/new") kind=ButtonKind::Primary>"Add a mailbox"</LinkButton> })}
        </PageHeader>
        {body}
    }
    .into_any()
}

#[component]
fn MailboxRow(mailbox: Mailbox, day: Option<Today>) -> impl IntoView {
    let href = format!("{MAILBOXES}/{}", mailbox.id);
    view! {
        <tr>
            <th scope="row">
                <a href=href>{mailbox.address.clone()}</a>
                <span class="small soft">{format!(" {}", mailbox.sender_name)}</span>
            </th>
            <td><StateTag state=mailbox.state /></td>
            <td class="number">{day.map(|day| format!("{} of {}", day.used, day.cap))}</td>
            <td class="wide-only"><NextMail mailbox /></td>
        </tr>
    }
    .into_any()
}

#[component]
fn StateTag(state: MailboxState) -> impl IntoView {
    let (tone, text) = match state {
        MailboxState::Draft => (Tone::Info, "Draft"),
        MailboxState::Active => (Tone::Good, "Active"),
        MailboxState::Failing => (Tone::Bad, "Failing"),
        MailboxState::Paused => (Tone::Warning, "Paused"),
        MailboxState::Removed => (Tone::Info, "Removed"),
    };
    view! { <Tag tone>{text}</Tag> }
}

/// When it sends next, or what it waits for.
#[component]
fn NextMail(mailbox: Mailbox) -> impl IntoView {
    let waits = match mailbox.idle_code.as_deref() {
        Some("mailbox_cap_reached") => "The mails of today are sent.",
        Some("workspace_cap_reached") => "The workspace’s mails of today are sent.",
        Some("campaign_cap_reached" | "new_lead_cap_reached") => "The campaign’s mails of today are sent.",
        Some("outside_window") => "Waits for the next sending window.",
        Some("waiting_for_delay") => "Waits for the next follow-up.",
        Some("no_campaign") => "No running campaign uses it.",
        Some(_) => "No lead waits for it.",
        None => "",
    };
    let at = mailbox.look_at.filter(|_| mailbox.state == MailboxState::Active);
    view! { {waits} " " {at.map(|at| view! { <TimeStamp micros=at.micros() /> })} }
}

/// The form for a new mailbox.
#[component]
pub fn NewMailboxPage(form: MailboxForm, outbox_allowed: bool) -> impl IntoView {
    let body = if outbox_allowed {
        view! {
            <Notice tone=Tone::Info>
                <p>"The built-in outbox takes every mail and sends none: nothing leaves this computer. Use it to try campaigns."</p>
            </Notice>
            <form class="form" method="post" action=format!("{MAILBOXES}/new") data-submit-once="">
                <MailboxFields form />
                <div class="form-actions">
                    <Button kind=ButtonKind::Primary>"Add the built-in outbox"</Button>
                    <LinkButton href=MAILBOXES>"Cancel"</LinkButton>
                </div>
            </form>
        }
        .into_any()
    } else {
        view! {
            <Notice tone=Tone::Info>
                <p>"This instance runs in production, where the built-in outbox is not available."</p>
            </Notice>
        }
        .into_any()
    };
    view! {
        <PageHeader title="Add a mailbox" back_href=MAILBOXES back_label="Mailboxes">
            <HelpLink topic="mailboxes">"How mailboxes work"</HelpLink>
        </PageHeader>
        <div class="stack">{body}</div>
    }
    .into_any()
}

#[component]
fn MailboxFields(form: MailboxForm) -> impl IntoView {
    let MailboxForm {
        address,
        sender_name,
        signature,
        time_zone,
        daily_cap,
        gap_min_s,
        gap_max_s,
        spread,
        slow_start,
        errors,
    } = form;
    let zones: Vec<_> =
        jiff::tz::db().available().map(|zone| view! { <option value=zone.to_string()></option> }).collect();
    view! {
        <FormErrors errors=errors.clone() />
        <Field label="Address" name="address" kind="email" value=address error=errors.of("address") required=true autocomplete="off" maxlength="254" />
        <Field label="Sender name" name="sender_name" value=sender_name error=errors.of("sender_name") hint="The name that recipients see." required=true maxlength="100" autocomplete="off" />
        <TextArea label="Signature" name="signature" value=signature error=errors.of("signature") hint="Added below every mail." rows=3 optional=true />
        <Field label="Time zone" name="time_zone" value=time_zone error=errors.of("time_zone") hint="Its midnight starts the day that mails are counted in." list="time-zones" required=true autocomplete="off" />
        <datalist id="time-zones">{zones}</datalist>
        <div class="form-row">
            <Field label="Mails a day" name="daily_cap" kind="number" value=daily_cap error=errors.of("daily_cap") min="1" max="500" required=true />
            <Field label="Shortest pause (seconds)" name="gap_min_s" kind="number" value=gap_min_s error=errors.of("gap_min_s") min="0" max="3600" required=true />
            <Field label="Longest pause (seconds)" name="gap_max_s" kind="number" value=gap_max_s error=errors.of("gap_max_s") min="0" max="3600" required=true />
        </div>
        <Checkbox name="spread" label="Spread the mails over the day" checked=spread hint="Pauses grow so that the day’s mails last until its windows close." />
        <Checkbox name="slow_start" label="Start slowly" checked=slow_start hint="5 mails on the first day, and 2 more on each further day on which it sends." />
    }
    .into_any()
}

/// One mailbox: today, settings, removal.
#[component]
pub fn MailboxPage(
    mailbox: Mailbox,
    today: HashMap<MailboxId, Today>,
    form: MailboxForm,
    may_connect: bool,
    conversations: i64,
) -> impl IntoView {
    let base = format!("{MAILBOXES}/{}", mailbox.id);
    let day = today.get(&mailbox.id).map(|day| format!("{} of {} mails today", day.used, day.cap)).unwrap_or_default();
    let (deed, label) = match mailbox.state {
        MailboxState::Paused => ("resume", "Resume"),
        _ => ("pause", "Pause"),
    };
    let (outbox, action, settings) = (format!("{base}/outbox"), format!("{base}/{deed}"), base.clone());
    view! {
        <PageHeader title=mailbox.address.clone() subtitle=mailbox.sender_name.clone() back_href=MAILBOXES back_label="Mailboxes">
            <LinkButton href=outbox kind=ButtonKind::Primary>"Read the outbox"</LinkButton>
            {may_connect.then(|| view! {
                <form method="post" action=action data-submit-once=""><Button>{label}</Button></form>
            })}
        </PageHeader>
        <div class="stack">
            <OutboxNotice />
            <Panel id="mailbox-today" live=topics::MAILBOXES title="Today">
                <p><StateTag state=mailbox.state /> " " {day}</p>
                <p class="soft"><NextMail mailbox=mailbox.clone() /></p>
            </Panel>
            {may_connect.then(|| view! {
                <Panel title="Settings">
                    <form class="form" method="post" action=settings data-submit-once="">
                        <MailboxFields form />
                        <div class="form-actions"><Button kind=ButtonKind::Primary>"Save"</Button></div>
                    </form>
                </Panel>
                <Removal base conversations />
            })}
        </div>
    }
    .into_any()
}

#[component]
fn OutboxNotice() -> impl IntoView {
    view! {
        <Notice tone=Tone::Info>
            <p>"Built-in outbox: nothing leaves this computer."</p>
        </Notice>
    }
}

#[component]
fn Removal(base: String, conversations: i64) -> impl IntoView {
    let what = match conversations {
        0 => "No lead is in the middle of a sequence from this mailbox.".to_owned(),
        count => format!("{} in the middle of a sequence from this mailbox.", plural(count, "lead is", "leads are")),
    };
    let choice = (conversations > 0).then(|| {
        view! {
            <fieldset class="field">
                <legend class="field-label">"What happens to them"</legend>
                <label class="choice"><input type="radio" name="conversations" value="end" checked=true /> "End their sequences"</label>
                <label class="choice">
                    <input type="radio" name="conversations" value="pass_on" />
                    "Let another mailbox write to them, as a new conversation"
                </label>
            </fieldset>
        }
    });
    view! {
        <Panel title="Remove this mailbox">
            <p>"It sends no more. What it sent stays in the history of its campaigns."</p>
            <Confirm id="remove-mailbox" label="Remove" title="Remove this mailbox?">
                <p>{what}</p>
                <form class="form" method="post" action=format!("{base}/removal") data-submit-once="">
                    {choice}
                    <div class="form-actions"><Button kind=ButtonKind::Danger>"Remove the mailbox"</Button></div>
                </form>
            </Confirm>
        </Panel>
    }
    .into_any()
}

/// What the outbox took, newest first.
#[component]
pub fn OutboxListPage(mailbox: Mailbox, mails: Vec<OutboxLine>, is_first: bool) -> impl IntoView {
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
        <div class="stack"><OutboxNotice />{body}</div>
    }
    .into_any()
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
