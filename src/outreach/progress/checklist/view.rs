//! The checklist as people see it.

use leptos::prelude::*;

use super::{Checklist, Confirmation, Confirmed, Line, Topic, Verdict};
use crate::{
    ids::CampaignId,
    ui::{Button, Tag, TimeStamp, Tone},
};

impl Topic {
    /// Where the line is mended, and the text of the link; nothing for lines that have a form of their own.
    fn mend(self, campaign: CampaignId) -> Option<(&'static str, String)> {
        let page = |path: &str| format!("/campaigns/{campaign}/{path}");
        match self {
            Self::Emails | Self::Links => Some(("Emails", page("emails"))),
            Self::Schedule | Self::Mailboxes => Some(("Schedule", page("schedule"))),
            Self::Domains => Some(("Sending domains", "/settings/mailboxes/domains".to_owned())),
            Self::SlowStart => Some(("Mailboxes", "/settings/mailboxes".to_owned())),
            Self::PostalAddress => Some(("Sending settings", "/settings/sending".to_owned())),
            Self::Leads => Some(("Leads", page("leads"))),
            Self::LawfulBasis => None,
            Self::Preview => Some(("Emails", page("emails"))),
        }
    }
}

impl Verdict {
    fn tag(self) -> (Tone, &'static str) {
        match self {
            Self::Good => (Tone::Good, "Good"),
            Self::Warning => (Tone::Warning, "Worth a look"),
            Self::Stop => (Tone::Bad, "Missing"),
        }
    }
}

/// The lines, what is missing first, each with the link that mends it.
#[component]
pub fn ChecklistLines(checklist: Checklist, may_confirm: bool) -> impl IntoView {
    let Checklist { campaign, found, mut lines } = checklist;
    lines.sort_by_key(|line| match line.verdict {
        Verdict::Stop => 0,
        Verdict::Warning => 1,
        Verdict::Good => 2,
    });
    let lines: Vec<_> = lines
        .into_iter()
        .map(|line| {
            let confirmation = match line.topic {
                Topic::LawfulBasis => Some((Confirmation::LawfulBasis, found.lawful_basis.clone())),
                Topic::Preview => Some((Confirmation::Preview, found.preview.clone())),
                _ => None,
            };
            let confirm = confirmation.map(|(what, confirmed)| confirm_form(campaign, what, confirmed, may_confirm));
            list_line(campaign, line, confirm)
        })
        .collect();
    view! { <ul class="checklist" id="checklist">{lines}</ul> }
}

fn list_line(campaign: CampaignId, line: Line, confirm: Option<AnyView>) -> AnyView {
    let (tone, word) = line.verdict.tag();
    let mend = line.topic.mend(campaign).filter(|_| line.verdict != Verdict::Good);
    view! {
        <li class="checklist-line">
            <Tag tone=tone>{word}</Tag>
            <div class="checklist-text">
                <p>{line.text} {mend.map(|(label, href)| view! { " " <a href=href>{label}</a> })}</p>
                {confirm}
            </div>
        </li>
    }
    .into_any()
}

/// Who confirmed it, or the button that does.
fn confirm_form(campaign: CampaignId, what: Confirmation, confirmed: Option<Confirmed>, may_confirm: bool) -> AnyView {
    if let Some(Confirmed { by, at }) = confirmed {
        return view! { <p class="small soft">"Confirmed by " {by} ", " <TimeStamp micros=at.micros() /></p> }
            .into_any();
    }
    let label = match what {
        Confirmation::LawfulBasis => "I have a lawful basis to write to them",
        Confirmation::Preview => "I have looked at them",
    };
    may_confirm
        .then(|| {
            view! {
                <form method="post" action=format!("/campaigns/{campaign}/checklist") data-submit-once="">
                    <input type="hidden" name="confirm" value=what.word() />
                    <Button>{label}</Button>
                </form>
            }
        })
        .into_any()
}
