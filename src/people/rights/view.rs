//! What is known of a person in numbers, with the file of it and the form that erases it.

use leptos::prelude::*;

use super::asked::Asked;
use crate::{
    people::known::Known,
    ui::{Button, ButtonKind, Field, PageHeader, Panel, plural},
};

/// Whose knowledge the page is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    Workspace,
    Instance,
}

impl Whose {
    /// Where its forms are sent, without the last part.
    fn path(self) -> &'static str {
        match self {
            Self::Workspace => "/people",
            Self::Instance => "/admin/people",
        }
    }

    /// What is never erased, and why.
    fn stays(self) -> &'static str {
        match self {
            Self::Workspace => {
                "A keyed hash of the address, which names no one: it keeps this workspace from ever writing to them again, and from taking them from a list or a source."
            }
            Self::Instance => {
                "A keyed hash of the address, which names no one: no import brings them back, and no workspace ever writes to them again."
            }
        }
    }

    /// What this page cannot reach.
    fn elsewhere(self) -> &'static str {
        match self {
            Self::Workspace => {
                "Mails in your own mailboxes stay with your mail provider: delete them there. What other workspaces and the directory of this server hold is for the person who runs the server to erase."
            }
            Self::Instance => {
                "Mails in the mailboxes of workspaces stay with their mail providers, and backups keep what they held on their day."
            }
        }
    }
}

/// The page of one person's rights. Without an address it asks for one.
#[component]
pub fn ErasurePage(whose: Whose, asked: Asked, known: Option<Known>) -> impl IntoView {
    let header = match whose {
        Whose::Workspace => {
            let back = asked.page("/people");
            view! { <PageHeader title="Erase a person" subtitle=asked.typed.clone() back_href=back back_label="Find a person" /> }.into_any()
        }
        Whose::Instance => {
            let fault = asked.errors.of("q");
            view! {
                <PageHeader title="What is known of a person" subtitle="In the directory and all workspaces: a copy for them, and erasing it." back_href="/admin" back_label="Administration" />
                <form method="get" action="/admin/people" class="filters" role="search">
                    <Field label="Address" name="q" kind="search" value=asked.typed.clone() error=fault autocomplete="off" />
                    <Button>"Find"</Button>
                </form>
            }
            .into_any()
        }
    };
    view! {
        {header}
        <div class="stack-loose">{known.map(|known| panels(whose, asked, known))}</div>
    }
    .into_any()
}

fn panels(whose: Whose, asked: Asked, known: Known) -> impl IntoView {
    let (address, fault) = (asked.typed, asked.errors.of("confirmation"));
    let (copied, erased) = (address.clone(), address.clone());
    let goes: Vec<_> = goes(whose, known).into_iter().map(|line| view! { <li>{line}</li> }).collect();
    let ends = (known.sequences > 0).then(|| {
        format!(
            "{} at once.",
            plural(known.sequences, "sequence that would write to them ends", "sequences that would write to them end")
        )
    });
    view! {
        <Panel title="A copy" description="Everything that is known, as a file (JSON) that you can pass on to the person.">
            <form method="post" action=format!("{}/export", whose.path())>
                <input type="hidden" name="q" value=copied />
                <Button>"Download a copy"</Button>
            </form>
        </Panel>
        <Panel title="Erase" id="erase">
            <div class="stack">
                <h3>"What goes"</h3>
                <ul id="goes">{goes}</ul>
                {ends.map(|text| view! { <p>{text}</p> })}
                <h3>"What stays"</h3>
                <ul id="stays">
                    <li>"Numbers that name no one: how many mails, answers and leads there were, and the credits in the ledger. Nothing is paid back."</li>
                    <li>{whose.stays()}</li>
                </ul>
                <p>{whose.elsewhere()}</p>
                <p><strong>"This cannot be undone."</strong></p>
                <form class="form" method="post" action=format!("{}/erasure", whose.path()) data-submit-once="">
                    <input type="hidden" name="q" value=erased />
                    <Field label="Type the address to confirm" name="confirmation" kind="text" error=fault hint=address required=true
                        autocomplete="off" maxlength="254" />
                    <div class="form-actions">
                        <Button kind=ButtonKind::Danger>"Erase this person"</Button>
                    </div>
                </form>
            </div>
        </Panel>
    }
    .into_any()
}

/// What is erased, in numbers.
fn goes(whose: Whose, known: Known) -> Vec<String> {
    let Known { contacts, leads, mails, answers, notes, .. } = known;
    let mut lines = Vec::new();
    if contacts > 0 {
        lines.push("Their entry in the directory".to_owned());
    }
    for (count, one, many) in [
        (
            leads,
            "lead: name, address, company and every other column",
            "leads: names, addresses, companies and every other column",
        ),
        (mails, "mail to them: subject and text", "mails to them: subjects and texts"),
        (answers, "mail from them: sender, subject and text", "mails from them: senders, subjects and texts"),
        (notes, "note of a member about them", "notes of members about them"),
    ] {
        if count > 0 {
            lines.push(plural(count, one, many));
        }
    }
    if lines.is_empty() {
        lines.push(match whose {
            Whose::Workspace => {
                "Nothing is known of this address. A lead whose address is still hidden is erased all the same."
                    .to_owned()
            }
            Whose::Instance => "Nothing is known of this address. It is noted that they object.".to_owned(),
        });
    } else if whose == Whose::Workspace {
        lines.push("A lead whose address is still hidden, if it has this address".to_owned());
    }
    lines
}
