//! The preview of one mail to one lead.

use leptos::prelude::*;

use super::{
    field::FIELDS,
    message::ComposeFault,
    preview::{Preview, Wanted},
    render::Held,
    test_mail::TestLine,
};
use crate::{
    ids::CampaignId,
    outreach::ids::StepId,
    topics,
    ui::{Button, LinkButton, Notice, PageHeader, Panel, Select, Tag, TimeStamp, Tone},
};

/// What holds a mail back, for people.
pub fn held_text(held: &Held) -> String {
    let label = |name: &str| {
        FIELDS
            .iter()
            .find(|field| field.name == name)
            .map_or_else(|| format!("“{name}”"), |field| field.label.to_owned())
    };
    match held {
        Held::MissingField(name) => format!(
            "This lead has no {}. The mail is held back until the text has a fallback, e.g. {{{{{name}|…}}}}.",
            label(name)
        ),
        Held::BadValue(name) => {
            format!("The {} of this lead has characters that a mail cannot carry. The mail is held back.", label(name))
        }
        Held::Empty => "Nothing is left of the text for this lead. The mail is held back.".to_owned(),
        Held::TooLong => "The text becomes too long with the values of this lead. The mail is held back.".to_owned(),
    }
}

/// Why no message can be made, for people.
pub fn fault_text(fault: &ComposeFault) -> &'static str {
    match fault {
        ComposeFault::NeedsSmtpUtf8 => {
            "The address has letters beyond a–z before the @. Few mail servers take such addresses."
        }
        ComposeFault::BadAddress => "The address is none that mail can be sent to.",
        ComposeFault::BadHeader(_) => "The sender’s name or the subject has characters that a mail cannot carry.",
    }
}

/// The address of a preview.
pub fn preview_href(campaign: CampaignId, step: StepId, wanted: Wanted) -> String {
    let lead = wanted.lead.map(|lead| format!("lead={lead}"));
    let lacking = wanted.lacking.then(|| "lacking=yes".to_owned());
    let query: Vec<String> = lead.into_iter().chain(lacking).collect();
    format!("/campaigns/{campaign}/emails/{step}/preview{}{}", if query.is_empty() { "" } else { "?" }, query.join("&"))
}

#[component]
pub fn PreviewPage(
    campaign: CampaignId,
    campaign_name: String,
    /// The editor that leads here.
    back: String,
    preview: Preview,
    wanted: Wanted,
    /// Shown as the recipient's unsubscribe link.
    link: String,
    /// The addresses that a test mail can go to, for those who may send one.
    own_addresses: Vec<String>,
    tests: Vec<TestLine>,
) -> impl IntoView {
    let step = preview.step.id;
    let href = |lead, lacking| preview_href(campaign, step, Wanted { lead, lacking });
    let before = preview
        .before
        .map(|lead| view! { <LinkButton href=href(Some(lead), wanted.lacking)>"Previous lead"</LinkButton> });
    let after =
        preview.after.map(|lead| view! { <LinkButton href=href(Some(lead), wanted.lacking)>"Next lead"</LinkButton> });
    let filter = match (preview.recipient.lead, wanted.lacking) {
        (None, false) => None,
        (_, true) => Some(view! { <a href=href(None, false)>"Show all leads"</a> }),
        (Some(_), false) => Some(view! { <a href=href(None, true)>"Only leads with missing fields"</a> }),
    };
    let title = format!("Preview of mail {} of {}", preview.step.position, preview.steps);
    let note = match (preview.recipient.lead, preview.nobody_lacks) {
        (None, true) => Some("No lead lacks a field that this mail needs. This is a made-up person."),
        (None, false) => Some("A made-up person: the campaign has no leads yet."),
        _ => None,
    };
    view! {
        <PageHeader title=title subtitle=format!("Emails of “{campaign_name}”") back_href=back back_label="Emails" />
        <div class="stack-loose">
            <div class="row">{before} {after} {filter}</div>
            {note.map(|note| view! { <Notice tone=Tone::Info><p>{note}</p></Notice> })}
            <MailPanel preview link />
            {(!own_addresses.is_empty()).then(|| view! { <TestPanel campaign step wanted own_addresses tests /> })}
        </div>
    }
}

#[component]
fn MailPanel(preview: Preview, link: String) -> impl IntoView {
    let Preview { step, variant, recipient, closing, is_bound, mail, head, .. } = preview;
    let to = match recipient.name.as_str() {
        "" => recipient.address.clone(),
        name => format!("{} ({name})", recipient.address),
    };
    let from = closing.sender.as_ref().map_or_else(
        || "No mailbox is connected yet.".to_owned(),
        |sender| format!("{} <{}>", sender.name, sender.address),
    );
    let probably = (closing.sender.is_some() && !is_bound).then(|| {
        view! {
            <span class="table-detail">"Probably: whichever mailbox is free first."</span>
        }
    });
    let letter = (step.variants.len() > 1).then(|| view! { <div><dt>"Variant"</dt><dd>{variant.letter}</dd></div> });
    let (subject, text) = match mail {
        Ok(mail) => (
            Some(mail.subject),
            view! { <div class="email-text" id="mail-text">{closing.below(&mail.body, &link)}</div> }.into_any(),
        ),
        Err(held) => {
            (None, view! { <Notice tone=Tone::Warning title="Held back"><p>{held_text(&held)}</p></Notice> }.into_any())
        }
    };
    let head = match head {
        Ok(head) => view! {
            <details class="disclosure">
                <summary>"Headers"</summary>
                <div class="stack-tight">
                    <p class="small soft">"The date, the ids and the link are examples: each mail has its own."</p>
                    <pre class="email-head">{head}</pre>
                </div>
            </details>
        }
        .into_any(),
        Err(fault) => {
            view! { <Notice tone=Tone::Warning title="This mail cannot be sent"><p>{fault_text(&fault)}</p></Notice> }
                .into_any()
        }
    };
    view! {
        <Panel>
            <div class="stack">
                <dl class="facts">
                    <div><dt>"From"</dt><dd>{from} {probably}</dd></div>
                    <div><dt>"To"</dt><dd>{to}</dd></div>
                    {subject.map(|subject| view! { <div><dt>"Subject"</dt><dd class="strong">{subject}</dd></div> })}
                    {letter}
                </dl>
                {text}
                {head}
            </div>
        </Panel>
    }
}

/// Sends this very mail to one of the workspace's own addresses.
#[component]
fn TestPanel(
    campaign: CampaignId,
    step: StepId,
    wanted: Wanted,
    own_addresses: Vec<String>,
    tests: Vec<TestLine>,
) -> impl IntoView {
    let lines: Vec<_> = tests.into_iter().map(test_line).collect();
    let tests = (!lines.is_empty()).then(|| {
        view! { <ul class="timeline" id="test-mails" data-live=topics::MAILBOXES>{lines}</ul> }
    });
    let options = own_addresses.into_iter().map(|address| (address.clone(), address)).collect();
    view! {
        <Panel title="Test mail" description="This mail, marked [Test], to a member or a mailbox of the workspace. It counts towards no limit.">
            <form method="post" action=format!("/campaigns/{campaign}/emails/tests") class="form" data-submit-once="">
                <input type="hidden" name="step" value=step.to_string() />
                {wanted.lead.map(|lead| view! { <input type="hidden" name="lead" value=lead.to_string() /> })}
                {wanted.lacking.then(|| view! { <input type="hidden" name="lacking" value="yes" /> })}
                <Select label="To" name="to" options=options />
                <div class="form-actions"><Button>"Send a test mail"</Button></div>
            </form>
            {tests}
        </Panel>
    }
}

/// What became of a test mail.
fn test_line(test: TestLine) -> impl IntoView {
    let words = test.words.filter(|words| !words.is_empty()).map(|words| format!(": “{words}”")).unwrap_or_default();
    let (tone, word, text) = match test.state.as_str() {
        "sent" => (Tone::Good, "Sent", format!("The mail server of {} took it.", test.mailbox)),
        "failed" => (Tone::Bad, "Not delivered", format!("The mail server of {} refused it{words}.", test.mailbox)),
        "unknown" => {
            (Tone::Bad, "Unknown", format!("The connection broke while handing over, so it may have left{words}."))
        }
        _ => (Tone::Info, "Waiting", format!("It leaves with the next session of {}{words}.", test.mailbox)),
    };
    view! {
        <li class="timeline-line">
            <Tag tone=tone>{word}</Tag>
            <div class="timeline-text"><p>{text}</p> <span class="soft small"><TimeStamp micros=test.state_since.micros() /></span></div>
        </li>
    }
}
