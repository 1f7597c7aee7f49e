//! Two revisions of a text beside each other or in one, and the list of all.

use jiff::tz::TimeZone;
use leptos::prelude::*;

use super::{
    difference::{Piece, difference},
    revisions::{Revision, before},
    sequence::{Step, Text},
};
use crate::{
    ids::CampaignId,
    outreach::ids::{StepId, TextId},
    server::time_zone::instant_in,
    ui::{Button, Notice, PageHeader, Panel, Select, Table, Tag, TimeStamp, Tone, count_text},
};

/// How two texts are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Layout {
    #[default]
    SideBySide,
    Inline,
}

impl Layout {
    pub fn of_word(word: &str) -> Self {
        if word == "inline" { Self::Inline } else { Self::SideBySide }
    }

    fn word(self) -> &'static str {
        match self {
            Self::SideBySide => "side",
            Self::Inline => "inline",
        }
    }
}

/// Two texts of a mail.
#[derive(Debug, Clone)]
pub struct Compared {
    pub from: Text,
    pub to: Text,
    pub layout: Layout,
}

fn href(campaign: CampaignId, step: StepId, from: TextId, to: TextId, layout: Layout) -> String {
    format!("/campaigns/{campaign}/emails/{step}/revisions?from={from}&to={to}&view={}#compared", layout.word())
}

#[component]
pub fn RevisionsPage(
    campaign: CampaignId,
    campaign_name: String,
    /// The editor that leads here.
    back: String,
    step: Step,
    /// The newest first.
    revisions: Vec<Revision>,
    compared: Option<Compared>,
    /// The time zone of the workspace.
    zone: TimeZone,
) -> impl IntoView {
    let title = format!("Revisions of mail {}", step.position);
    let layout = compared.as_ref().map_or_else(Layout::default, |compared| compared.layout);
    let comparison = match compared {
        Some(compared) => {
            let options = revisions.iter().map(|one| (one.id.to_string(), label(one, &zone))).collect();
            let address = format!("/campaigns/{campaign}/emails/{}/revisions", step.id);
            view! { <Comparison compared options address /> }.into_any()
        }
        None => view! {
            <Notice tone=Tone::Info><p>"This mail was written once and not changed since, so there is nothing to compare."</p></Notice>
        }
        .into_any(),
    };
    let id = step.id;
    view! {
        <PageHeader title=title subtitle=format!("Emails of “{campaign_name}”") back_href=back back_label="Emails" />
        <div class="stack-loose">
            {comparison}
            <Revisions campaign step=id revisions layout />
        </div>
    }
}

/// “28 Nov 2026, 14:02 UTC · Ana · variant B”.
fn label(revision: &Revision, zone: &TimeZone) -> String {
    let mut parts = vec![instant_in(revision.created_at, zone)];
    parts.extend(Some(revision.made_by.clone()).filter(|name| !name.is_empty()));
    parts.extend(revision.letter.as_ref().map(|letter| format!("variant {letter}")));
    parts.join(" · ")
}

#[component]
fn Comparison(compared: Compared, options: Vec<(String, String)>, address: String) -> impl IntoView {
    let Compared { from, to, layout } = compared;
    let layouts = [(Layout::SideBySide, "Side by side"), (Layout::Inline, "In one text")]
        .map(|(one, label)| (one.word().to_owned(), label.to_owned()));
    let (subjects, bodies) = (difference(&from.subject, &to.subject), difference(&from.body, &to.body));
    let is_same = from.subject == to.subject && from.body == to.body;
    let has_subject = !(from.subject.is_empty() && to.subject.is_empty());
    let subject =
        |kept: fn(&Piece) -> bool| has_subject.then(|| view! { <p class="strong">{marked(&subjects, kept)}</p> });
    let texts = match layout {
        Layout::Inline => view! {
            <div class="stack-tight email-text">{subject(|_| true)} <div>{marked(&bodies, |_| true)}</div></div>
        }
        .into_any(),
        Layout::SideBySide => view! {
            <section class="stack-tight email-text" aria-label="Earlier">
                {subject(is_before)} <div>{marked(&bodies, is_before)}</div>
            </section>
            <section class="stack-tight email-text" aria-label="Later">
                {subject(is_after)} <div>{marked(&bodies, is_after)}</div>
            </section>
        }
        .into_any(),
    };
    view! {
        <Panel title="Compare" description="Struck through: only in the earlier text. Underlined: only in the later one." id="compared">
            <div class="stack">
                <form method="get" action=format!("{address}#compared") class="comparison-form">
                    <Select label="Earlier" name="from" options=options.clone() selected=from.id.to_string() />
                    <Select label="Later" name="to" options=options selected=to.id.to_string() />
                    <Select label="Show" name="view" options=layouts.to_vec() selected=layout.word() />
                    <div class="form-actions"><Button>"Compare"</Button></div>
                </form>
                {is_same.then(|| view! { <Notice tone=Tone::Info><p>"These two do not differ."</p></Notice> })}
                <div class="comparison" id="comparison">{texts}</div>
            </div>
        </Panel>
    }
}

fn is_before(piece: &Piece) -> bool {
    !matches!(piece, Piece::Added(_))
}

fn is_after(piece: &Piece) -> bool {
    !matches!(piece, Piece::Removed(_))
}

/// Those of the pieces that `kept` chooses.
fn marked(pieces: &[Piece], kept: fn(&Piece) -> bool) -> Vec<AnyView> {
    let shown = pieces.iter().filter(|piece| kept(piece)).cloned();
    shown
        .map(|piece| match piece {
            Piece::Same(text) => text.into_any(),
            Piece::Removed(text) => view! { <del>{text}</del> }.into_any(),
            Piece::Added(text) => view! { <ins>{text}</ins> }.into_any(),
        })
        .collect()
}

#[component]
fn Revisions(campaign: CampaignId, step: StepId, revisions: Vec<Revision>, layout: Layout) -> impl IntoView {
    let several = revisions.iter().any(|one| one.letter.as_deref().is_some_and(|letter| letter != "A"));
    let rows: Vec<_> = revisions
        .iter()
        .map(|one| {
            let compare = before(&revisions, one.id).map(|before| {
                view! {
                    <a href=href(campaign, step, before.id, one.id, layout)>
                        "Compare" <span class="visually-hidden">" with the one before"</span>
                    </a>
                }
            });
            let in_use = one.is_in_use.then(|| view! { " " <Tag tone=Tone::Good>"In use"</Tag> });
            view! {
                <tr>
                    <th scope="row"><TimeStamp micros=one.created_at.micros() />{in_use}</th>
                    <td>{one.made_by.clone()}</td>
                    {several.then(|| view! { <td>{one.letter.clone().unwrap_or_else(|| "–".to_owned())}</td> })}
                    <td class="number">{count_text(one.sent)}</td>
                    <td>{compare}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <Panel title="All revisions" flush=true>
            <Table caption="Revisions of this mail" id="revisions">
                <thead>
                    <tr>
                        <th scope="col">"Saved"</th>
                        <th scope="col">"By"</th>
                        {several.then(|| view! { <th scope="col">"Variant"</th> })}
                        <th scope="col" class="number">"Mails with it"</th>
                        <th scope="col"><span class="visually-hidden">"Compare"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Panel>
    }
}
