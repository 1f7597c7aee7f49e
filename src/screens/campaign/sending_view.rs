//! The sending of a campaign: the sentence, the buttons, the numbers.

use leptos::prelude::*;

use crate::{
    credits::CampaignId,
    outreach::{
        mailboxes::mailbox::MailboxState,
        progress::{
            today::{LimitOf, limits},
            why::{Facts, MailboxFacts, Mend, Progress, SendingState},
            why_view::{idle_text, local_text},
        },
    },
    server::clock::Instant,
    topics,
    ui::{
        Button, ButtonKind, Confirm, Figure, HelpLink, LinkButton, Panel, Table, Tag, TimeStamp, Tone, count_text,
        plural,
    },
};

/// What is shown of a campaign's sending.
#[derive(Debug, Clone)]
pub struct Sending {
    pub campaign: CampaignId,
    pub facts: Facts,
    pub progress: Progress,
    /// Whether the member may start and pause it.
    pub may_send: bool,
}

impl Sending {
    pub fn new(campaign: CampaignId, progress: Progress, facts: Facts, may_send: bool) -> Self {
        Self { campaign, facts, progress, may_send }
    }

    /// The one sentence.
    pub fn sentence(&self) -> String {
        self.progress.sentence(&self.facts.time_zone)
    }

    /// Since when it holds, where that is known.
    fn since(&self) -> Option<Instant> {
        let code = self.progress.reason.code();
        let noted = self.facts.noted.as_ref().filter(|(noted, _)| noted == code).map(|(_, since)| *since);
        let entered =
            self.facts.since.filter(|_| !matches!(self.facts.state, SendingState::Running | SendingState::Draft));
        noted.or(entered)
    }
}

/// State, sentence, since when, and what can be done.
#[component]
pub fn SendingHead(sending: Sending) -> impl IntoView {
    let (tone, word) = sending.progress.tag();
    let since =
        sending.since().map(|at| view! { <span class="soft small">" Since " <TimeStamp micros=at.micros() /></span> });
    let buttons = sending_buttons(&sending);
    // What waits for a decision is said also while other mails leave.
    let unknown = sending.facts.tally.unknown().filter(|_| sending.progress.mend != Some(Mend::UnknownOutcomes));
    let unknown = unknown.map(|mails| {
        let text = format!("{} an unknown outcome: decide", plural(mails, "mail has", "mails have"));
        view! { <p><a href=format!("/campaigns/{}/unknown", sending.campaign)>{text}</a></p> }
    });
    view! {
        <section class="panel" id="sending" data-live=topics::campaign(sending.campaign) aria-label="Sending">
            <div class="panel-body sending-head">
                <div class="stack-tight">
                    <p><Tag tone=tone>{word}</Tag></p>
                    <p id="sending-sentence">{sending.sentence()} {since}</p>
                    {unknown}
                    <p><HelpLink topic="nothing-sent">"Why nothing is sent"</HelpLink></p>
                </div>
                <div class="row">{buttons}</div>
            </div>
        </section>
    }
}

fn sending_buttons(sending: &Sending) -> Vec<AnyView> {
    let id = sending.campaign;
    let post = |path: &str, label: &'static str, kind: ButtonKind| {
        view! {
            <form method="post" action=format!("/campaigns/{id}/{path}") data-submit-once="">
                <Button kind=kind>{label}</Button>
            </form>
        }
        .into_any()
    };
    let mend = sending.progress.mend.and_then(|mend: Mend| mend.link(id));
    let mend = mend.map(|(label, href)| view! { <LinkButton href=href>{label}</LinkButton> }.into_any());
    let mut buttons: Vec<AnyView> = mend.into_iter().collect();
    if !sending.may_send {
        return buttons;
    }
    match sending.facts.state {
        SendingState::Running => buttons.push(post("pause", "Pause", ButtonKind::Secondary)),
        SendingState::Paused => buttons.push(post("resume", "Resume", ButtonKind::Primary)),
        SendingState::Finished => buttons.push(post("start", "Start again", ButtonKind::Secondary)),
        SendingState::Draft | SendingState::Ended => {}
    }
    if matches!(sending.facts.state, SendingState::Running | SendingState::Paused) {
        let open = plural(sending.facts.tally.open(), "lead", "leads");
        buttons.push(
            view! {
                <Confirm id="end-sending" label="End" title="End the sending of this campaign?" kind=ButtonKind::Quiet>
                    <p>{format!("The sequences of {open} stop, for good. What was sent stays.")}</p>
                    <form method="post" action=format!("/campaigns/{id}/end") data-submit-once="">
                        <Button kind=ButtonKind::Danger>"End it"</Button>
                    </form>
                </Confirm>
            }
            .into_any(),
        );
    }
    buttons
}

/// How many leads are where, each with the list of them.
#[component]
pub fn SendingCounts(sending: Sending) -> impl IntoView {
    let (id, tally) = (sending.campaign, sending.facts.tally);
    let counts = [
        ("Waiting", "waiting", tally.waiting),
        ("In sequence", "active", tally.active + tally.in_flight),
        ("Held", "held", tally.held()),
        ("Finished", "finished", tally.finished),
        ("Stopped", "stopped", tally.stopped),
    ];
    let figures: Vec<_> = counts
        .into_iter()
        .map(|(label, word, leads)| {
            view! { <Figure label=label value=count_text(leads) href=format!("/campaigns/{id}/leads?sequence={word}") /> }
        })
        .collect();
    view! {
        <div class="figures" id="sending-counts" data-live=topics::campaign(id)>
            <Figure label="Mails sent" value=count_text(sending.facts.sent) href=format!("/campaigns/{id}/activity?kind=sent") />
            {figures}
        </div>
    }
}

impl LimitOf {
    fn label(self) -> String {
        match self {
            Self::Mailboxes { mailboxes, slow_start } => {
                let slow = if slow_start { ", slow start" } else { "" };
                format!("{}{slow}", plural(mailboxes, "mailbox", "mailboxes"))
            }
            Self::Campaign => "This campaign".to_owned(),
            Self::NewLeads => "New leads of this campaign".to_owned(),
            Self::Workspace => "The workspace".to_owned(),
            Self::Operator => "The workspace, set by the operator".to_owned(),
        }
    }
}

/// Each limit of today with its number, the smallest marked.
#[component]
pub fn LimitsPanel(sending: Sending) -> impl IntoView {
    let rows: Vec<_> = limits(&sending.facts)
        .into_iter()
        .map(|limit| {
            let mark = limit.is_smallest.then(|| view! { " " <Tag tone=Tone::Info>"Decides"</Tag> });
            view! {
                <tr>
                    <th scope="row">{limit.of.label()} {mark}</th>
                    <td class="number">{count_text(limit.cap)}</td>
                    <td class="number">{count_text(limit.used)}</td>
                    <td class="number">{count_text(limit.left())}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <Panel title="Mails today" description="Each mail needs room in all of these. The day is the one in the mailbox’s time zone." flush=true>
            <Table caption="Limits of today" id="sending-limits" live=topics::campaign(sending.campaign)>
                <thead>
                    <tr>
                        <th scope="col">"Limit of"</th>
                        <th scope="col" class="number">"Mails a day"</th>
                        <th scope="col" class="number">"Used"</th>
                        <th scope="col" class="number">"Left"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Panel>
    }
}

/// Each mailbox of the campaign with what it waits for.
#[component]
pub fn MailboxesPanel(sending: Sending) -> impl IntoView {
    let zone = sending.facts.time_zone.clone();
    let rows: Vec<_> = sending
        .facts
        .mailboxes
        .iter()
        .map(|mailbox| {
            let used = format!("{} of {}", count_text(mailbox.used), count_text(mailbox.cap));
            view! {
                <tr>
                    <th scope="row">{mailbox.address.clone()}</th>
                    <td class="number">{used}</td>
                    <td>{mailbox_text(mailbox, &zone)}</td>
                </tr>
            }
        })
        .collect();
    if rows.is_empty() {
        return ().into_any();
    }
    view! {
        <Panel title="Mailboxes" flush=true>
            <Table caption="Mailboxes of this campaign" id="sending-mailboxes" live=topics::campaign(sending.campaign)>
                <thead>
                    <tr>
                        <th scope="col">"Mailbox"</th>
                        <th scope="col" class="number">"Today"</th>
                        <th scope="col">"Now"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Panel>
    }
    .into_any()
}

/// What a mailbox does now.
fn mailbox_text(mailbox: &MailboxFacts, zone: &str) -> String {
    match (mailbox.state, &mailbox.idle, mailbox.look_at) {
        (MailboxState::Paused, ..) => "Paused.".to_owned(),
        (MailboxState::Removed, ..) => "Removed.".to_owned(),
        (MailboxState::Draft, ..) => "It has not passed its test yet.".to_owned(),
        (MailboxState::Failing, ..) => match &mailbox.words {
            Some(words) => format!("It cannot send: “{words}”."),
            None => "It cannot send.".to_owned(),
        },
        (_, Some(idle), Some(next)) => format!("{} It looks again {}.", idle_text(idle), local_text(next, zone)),
        (_, Some(idle), None) => idle_text(idle).to_owned(),
        (_, None, Some(next)) => format!("Next mail {}.", local_text(next.max(mailbox.free_at), zone)),
        (_, None, None) => "It waits for something to send.".to_owned(),
    }
}
