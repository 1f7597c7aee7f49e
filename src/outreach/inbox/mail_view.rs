//! One mail of a conversation as people see it.

use leptos::prelude::*;

use super::thread::{Mail, Origin};
use crate::{
    outreach::{
        ids::{MailId, SendId},
        replies::{
            reading::Kind,
            receive::{Attachment, MailFacts},
        },
    },
    server::clock::Instant,
    ui::{Button, ButtonKind, Tag, TimeStamp, Tone, format::civil_date_text, plural},
};

/// A mail with who wrote it, its new words, and what else is in it.
#[component]
pub fn MailView(
    mail: Mail,
    /// The address of its conversation.
    path: String,
    may_change: bool,
    now: Instant,
) -> impl IntoView {
    let Mail { id, origin, from, subject, at, new_text, whole, has_html, cut, attachments, arrived_at: _ } = mail;
    let is_ours = !matches!(origin, Origin::In { .. });
    let (what, notes) = described(&origin);
    let leaving = leaving(&origin, &path, may_change, now);
    let is_report = new_text.as_deref().is_some_and(|text| text.trim().is_empty());
    let words = match new_text {
        Some(_) if is_report => ().into_any(),
        Some(text) => view! { <div class="mail-words">{text}</div> }.into_any(),
        None => view! { <p class="soft">"The words of this mail are not kept any more."</p> }.into_any(),
    };
    // A report holds no words of a person.
    let whole_label = if is_report { "Whole report" } else { "Whole mail, with what it quotes" };
    let whole = whole.map(|text| {
        view! {
            <details class="disclosure">
                <summary>{whole_label}</summary>
                <div class="mail-words soft">{text}</div>
            </details>
        }
    });
    let formatted = id.filter(|_| has_html).map(|id| {
        // Loaded when it is unfolded. The components do not know `loading` beside other attributes.
        let frame = format!(
            "<iframe class=\"mail-frame\" src=\"/inbox/mails/{id}/html\" title=\"The mail with its formatting\" sandbox loading=\"lazy\"></iframe>"
        );
        view! {
            <details class="disclosure">
                <summary>"With its formatting"</summary>
                <div inner_html=frame></div>
            </details>
        }
    });
    let key = id.map(|id| format!("mail-{id}"));
    view! {
        <article class="mail" class:mail-ours=is_ours id=key>
            <header class="mail-head">
                <div>
                    <p class="mail-from">{from}</p>
                    <p class="small soft">{what} {(!subject.is_empty()).then(|| format!(" · {subject}"))}</p>
                </div>
                <p class="small soft"><TimeStamp micros=at.micros() /></p>
            </header>
            {notes}
            {words}
            {cut.then(|| view! { <p class="small soft">"This mail is longer than what is kept here. The whole of it is in your mailbox."</p> })}
            {whole}
            {formatted}
            {id.and_then(|id| attachment_list(id, attachments))}
            {leaving}
        </article>
    }
    .into_any()
}

/// What a mail is, in a few words, and what has to be known about it.
fn described(origin: &Origin) -> (String, AnyView) {
    let tag = |tone: Tone, text: &'static str| view! { <p><Tag tone=tone>{text}</Tag></p> }.into_any();
    match origin {
        Origin::Step { position, letter, is_unknown, bounced_at } => {
            let variant = letter.as_ref().map(|letter| format!(", variant {letter}")).unwrap_or_default();
            let outcome = match (bounced_at, is_unknown) {
                (Some(_), _) => tag(Tone::Bad, "Came back"),
                (None, true) => tag(Tone::Warning, "May have left"),
                (None, false) => ().into_any(),
            };
            (format!("Step {position}{variant}"), outcome)
        }
        Origin::Reply { member, .. } => (format!("Written by {member}"), ().into_any()),
        Origin::Elsewhere => ("Written in your mail program".to_owned(), ().into_any()),
        Origin::In { kind, facts, junk, authentication } => {
            let kind = Kind::parse(kind).unwrap_or(Kind::Human);
            let mut notes = Vec::new();
            if kind != Kind::Human {
                notes.push(tag(Tone::Info, kind_text(kind)));
            }
            if *junk {
                notes.push(tag(Tone::Warning, "Was in the spam folder"));
            }
            if authentication.as_deref().is_some_and(fails) {
                notes.push(tag(Tone::Warning, "The sender could not be verified"));
            }
            notes.push(found(facts));
            ("Received".to_owned(), notes.into_any())
        }
    }
}

/// What was found in a mail: when an absent person is back, who to write to instead, what a report says.
fn found(facts: &MailFacts) -> AnyView {
    let mut lines = Vec::new();
    if let Some(day) = &facts.return_date {
        lines.push(format!("Back on {}.", civil_date_text(day)));
    }
    if let Some(successor) = &facts.successor {
        lines.push(format!("Says to write to {successor} instead."));
    }
    lines.extend(facts.recipients.iter().map(|one| {
        let status = one.status.as_ref().map(|status| format!(" ({status})")).unwrap_or_default();
        format!("{}{status}: “{}”", one.address.as_deref().unwrap_or("The recipient"), one.words)
    }));
    lines.into_iter().map(|line| view! { <p class="small soft">{line}</p> }).collect::<Vec<_>>().into_any()
}

/// Whether the mailbox's own server doubts who sent a mail (RFC 8601).
fn fails(results: &str) -> bool {
    let results = results.to_ascii_lowercase();
    results.contains("dmarc=fail") || (results.contains("spf=fail") && !results.contains("dkim=pass"))
}

/// What a mail is that no person wrote, or that asks for something else than an answer.
fn kind_text(kind: Kind) -> &'static str {
    match kind {
        Kind::Human => "Written by a person",
        Kind::OutOfOffice => "Out of office",
        Kind::LeftCompany => "Left the company",
        Kind::Automatic => "Automatic answer",
        Kind::Challenge => "Asks you to confirm that you are a person",
        Kind::Receipt => "Read receipt",
        Kind::Calendar => "Calendar",
        Kind::List => "Mailing list",
        Kind::Bounce => "Came back",
        Kind::Delay => "Delayed, still tried",
        Kind::Delivered => "Delivered",
        Kind::BounceUnclear => "Could not be delivered; the report does not say why",
        Kind::Complaint => "Reported as spam",
    }
}

fn attachment_list(mail: MailId, attachments: Vec<Attachment>) -> Option<impl IntoView> {
    let count = i64::try_from(attachments.len()).unwrap_or(i64::MAX);
    let lines: Vec<_> = attachments
        .into_iter()
        .enumerate()
        .map(|(place, one)| {
            let href = format!("/inbox/mails/{mail}/attachments/{}", place + 1);
            let name = if one.name.is_empty() { "Without a name".to_owned() } else { one.name };
            view! { <li><a href=href rel="nofollow">{name}</a> <span class="soft">{format!(" · {}", size_text(i64::try_from(one.size).unwrap_or(i64::MAX)))}</span></li> }
        })
        .collect();
    (count > 0).then(|| {
        view! {
            <div class="mail-attachments">
                <p class="small soft">{format!("{}, fetched from the mailbox when you open it:", plural(count, "attachment", "attachments"))}</p>
                <ul>{lines}</ul>
            </div>
        }
    })
}

fn size_text(bytes: i64) -> String {
    match bytes {
        ..1_000 => plural(bytes, "byte", "bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}

/// Where a reply is on its way, with the button that takes it back.
fn leaving(origin: &Origin, path: &str, may_change: bool, now: Instant) -> Option<impl IntoView + use<>> {
    let Origin::Reply { send, state, run_at, code, words, .. } = origin else { return None };
    let said = words.as_ref().filter(|words| !words.is_empty()).map(|words| format!(" “{words}”")).unwrap_or_default();
    let again = run_at.map(|at| view! { " " <TimeStamp micros=at.micros() /> });
    let (tone, text, when, can_stay) = match state.as_str() {
        "queued" => match run_at.filter(|at| *at > now) {
            Some(at) => {
                let seconds = (at.micros() - now.micros()).div_euclid(1_000_000).max(1);
                (Tone::Info, format!("Leaves in {seconds} s."), None, true)
            }
            None => (Tone::Info, "Leaves with the next session of its mailbox.".to_owned(), None, true),
        },
        "claimed" | "sending" => (Tone::Info, "Leaving now.".to_owned(), None, false),
        "sent" => (Tone::Good, "Sent.".to_owned(), None, false),
        "deferred" => (Tone::Warning, format!("The mail server put it off.{said} It is tried again"), again, true),
        "failed" => (Tone::Bad, format!("Not delivered.{said}"), None, false),
        "unknown" => (
            Tone::Bad,
            "The connection broke while it was handed over, so it may have left. Look into the sent folder of your mailbox.".to_owned(),
            None,
            false,
        ),
        _ => match code.as_deref() {
            Some("mailbox_removed") => (Tone::Bad, "Not sent: the mailbox was removed.".to_owned(), None, false),
            Some("objected") => (
                Tone::Bad,
                "Not sent: this person asked that no one on this server writes to them.".to_owned(),
                None,
                false,
            ),
            Some("erased") => (Tone::Bad, "Not sent: the person’s data was erased.".to_owned(), None, false),
            _ => (Tone::Neutral, "Not sent.".to_owned(), None, false),
        },
    };
    let undo = send.filter(|_| may_change && can_stay).map(|send| undo_form(path, send));
    Some(view! {
        <div class="row mail-leaving" role="status">
            <span><Tag tone=tone>{text} {when}</Tag></span>
            {undo}
        </div>
    })
}

fn undo_form(path: &str, send: SendId) -> impl IntoView + use<> {
    view! {
        <form method="post" action=format!("{path}/undo")>
            <Button kind=ButtonKind::Secondary name="send" value=send.to_string()>"Undo"</Button>
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_is_doubted_when_its_own_server_says_so() {
        assert!(fails("mx.acme.example; dmarc=fail (p=reject)") && fails("mx; spf=fail smtp.mailfrom=x"));
        assert!(!fails("mx; dmarc=pass; spf=fail; dkim=pass") && !fails("mx; spf=fail; dkim=pass") && !fails(""));
    }

    #[test]
    fn sizes_are_short() {
        let sizes = [1, 999, 12_345, 3_456_789].map(size_text);
        assert_eq!(sizes, ["1 byte", "999 bytes", "12 kB", "3.4 MB"]);
    }
}
