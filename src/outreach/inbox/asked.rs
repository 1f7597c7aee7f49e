//! What the address of the list asks for.

use crate::{
    accounts::UserId,
    ids::CampaignId,
    outreach::{
        ids::{MailboxId, ThreadId},
        inbox::{label::Label, own_labels::OwnLabelId},
    },
    server::{
        clock::Instant,
        error::AppError,
        form::Form,
        query::{FromQuery, address},
    },
};

/// The address of the list.
pub const INBOX: &str = "/inbox";
const TEXT_CHARACTERS_MAX: usize = 200;

/// One way to look at the conversations of a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// A person wrote, and no member has answered yet.
    #[default]
    Open,
    /// Those of them that are assigned to the member who looks.
    Mine,
    Unassigned,
    Snoozed,
    /// A member answered; nothing has come since.
    Waiting,
    Done,
    /// Nothing in it was written by a person.
    Automatic,
    /// Matched by the address of the sender only.
    Untracked,
    /// With a reply of a member.
    Sent,
}

impl View {
    pub const ALL: [Self; 9] = [
        Self::Open,
        Self::Mine,
        Self::Unassigned,
        Self::Waiting,
        Self::Snoozed,
        Self::Done,
        Self::Automatic,
        Self::Untracked,
        Self::Sent,
    ];

    /// The word in addresses.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Mine => "mine",
            Self::Unassigned => "unassigned",
            Self::Snoozed => "snoozed",
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Automatic => "automatic",
            Self::Untracked => "untracked",
            Self::Sent => "sent",
        }
    }

    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.word() == word)
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Mine => "Mine",
            Self::Unassigned => "Unassigned",
            Self::Snoozed => "Snoozed",
            Self::Waiting => "Waiting",
            Self::Done => "Done",
            Self::Automatic => "Automatic",
            Self::Untracked => "Untracked",
            Self::Sent => "Sent",
        }
    }
}

/// A conversation as a place in the list: when it was last written to, and which it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub at: Instant,
    pub thread: ThreadId,
}

impl Cursor {
    fn of_text(text: &str) -> Option<Self> {
        let (at, thread) = text.split_once('.')?;
        Some(Self { at: Instant(at.parse().ok()?), thread: thread.parse().ok()? })
    }

    pub fn text(self) -> String {
        format!("{}.{}", self.at.micros(), self.thread)
    }
}

/// What the address asks for.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    pub view: View,
    pub campaign: Option<CampaignId>,
    pub mailbox: Option<MailboxId>,
    pub label: Option<Label>,
    /// A label of the workspace's own.
    pub own: Option<OwnLabelId>,
    pub assignee: Option<UserId>,
    /// Days as they were typed, both included.
    pub from: String,
    pub to: String,
    pub text: String,
    pub before: Option<Cursor>,
    /// Conversations can be ticked.
    pub picks: bool,
}

impl FromQuery for Asked {
    fn from_query(query: &Form) -> Result<Self, AppError> {
        let before = match query.text("before") {
            "" => None,
            text => Some(Cursor::of_text(text).ok_or(AppError::NotFound)?),
        };
        Ok(Self {
            view: View::of_word(query.text("view")).unwrap_or_default(),
            campaign: query.text("campaign").parse().ok(),
            mailbox: query.text("mailbox").parse().ok(),
            label: Label::parse(query.text("label")),
            own: query.text("own").parse().ok(),
            assignee: query.text("assignee").parse().ok(),
            from: query.text("from").to_owned(),
            to: query.text("to").to_owned(),
            text: query.text("q").chars().take(TEXT_CHARACTERS_MAX).collect(),
            before,
            picks: query.has("pick"),
        })
    }
}

impl Asked {
    /// The filters as fields, without where the page begins.
    pub fn fields(&self) -> [(&'static str, String); 9] {
        let text = |id: Option<String>| id.unwrap_or_default();
        [
            ("view", if self.view == View::Open { String::new() } else { self.view.word().to_owned() }),
            ("campaign", text(self.campaign.map(|id| id.to_string()))),
            ("mailbox", text(self.mailbox.map(|id| id.to_string()))),
            ("label", text(self.label.map(|label| label.name().to_owned()))),
            ("own", text(self.own.map(|id| id.to_string()))),
            ("assignee", text(self.assignee.map(|id| id.to_string()))),
            ("from", self.from.clone()),
            ("to", self.to.clone()),
            ("q", self.text.clone()),
        ]
    }

    /// The address of this list, from its first row on.
    pub fn address(&self) -> String {
        address(INBOX, self.fields())
    }

    /// The same address with one more field.
    pub fn address_with(&self, name: &'static str, value: String) -> String {
        address(INBOX, self.fields().into_iter().chain([(name, value)]))
    }

    /// Whether anything but the view is chosen.
    pub fn is_filtered(&self) -> bool {
        self.fields().iter().skip(1).any(|(_, text)| !text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str) -> Result<Asked, AppError> {
        Asked::from_query(&Form::parse(query.as_bytes()))
    }

    #[test]
    fn an_address_says_what_it_asks_for_and_nothing_else() {
        let thread = ThreadId::new();
        let one = asked(&format!("view=mine&q=a%26b&label=meeting&before=7.{thread}&pick=1")).unwrap();
        assert_eq!((one.view, one.text.as_str(), one.picks), (View::Mine, "a&b", true));
        assert_eq!(one.before, Some(Cursor { at: Instant(7), thread }));
        assert_eq!(one.address(), "/inbox?view=mine&label=meeting&q=a%26b");
        assert!(one.is_filtered());
        let all = asked("view=nothing&campaign=x").unwrap();
        assert_eq!((all.view, all.address(), all.is_filtered()), (View::Open, "/inbox".to_owned(), false));
    }

    #[test]
    fn a_page_that_begins_nowhere_does_not_exist() {
        assert!(matches!(asked("before=x"), Err(AppError::NotFound)));
        assert!(matches!(asked("before=7.x"), Err(AppError::NotFound)));
    }
}
