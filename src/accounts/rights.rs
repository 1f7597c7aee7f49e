//! Roles and what they may do (rule C25: see, spend, buy, reveal, export and grant are separate rights).

use serde::{Deserialize, Serialize};

/// What a member is in a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Owner,
    Admin,
    Member,
    Viewer,
}

/// One thing that not everybody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Make campaigns and request leads.
    Spend,
    /// Write the emails of campaigns, start and pause them, suppress people.
    Outreach,
    /// Connect mailboxes, remove what is suppressed, export and erase what is kept of a person.
    Connect,
    /// Buy credits.
    Buy,
    /// Show the addresses of delivered leads, which then cannot be returned.
    Reveal,
    /// Take leads out as a file.
    Export,
    /// Change the workspace itself: its name.
    Manage,
    /// Invite people, change roles, remove members, read the log.
    Team,
}

impl Role {
    /// Every role, the mightiest first.
    pub const ALL: [Self; 4] = [Self::Owner, Self::Admin, Self::Member, Self::Viewer];

    /// What an admin is told who wants to do what only owners do.
    pub const ONLY_OWNERS: &str = "Only owners make other owners, change their role or remove them. Ask one of them.";

    /// The role of a word in a form.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }

    /// The word in forms.
    pub fn word(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Member => "member",
            Self::Viewer => "viewer",
        }
    }

    /// Whether this role may make others `role`, and change or remove those who are.
    pub fn may_give(self, role: Self) -> bool {
        self == Self::Owner || (self == Self::Admin && role != Self::Owner)
    }

    /// What it may do, in one line.
    pub fn summary(self) -> &'static str {
        match self {
            Self::Owner => "Does everything, and decides who else is an owner.",
            Self::Admin => "Does everything but change owners: buys credits, invites and removes people.",
            Self::Member => "Makes campaigns, requests leads with the workspace’s credits, reveals and exports them.",
            Self::Viewer => "Sees campaigns, leads and credits, and changes nothing; reveals and exports nothing.",
        }
    }

    /// Whether this role has `right`.
    pub fn may(self, right: Right) -> bool {
        match right {
            Right::Spend | Right::Outreach | Right::Reveal | Right::Export => !matches!(self, Self::Viewer),
            Right::Buy | Right::Connect | Right::Manage | Right::Team => matches!(self, Self::Owner | Self::Admin),
        }
    }

    /// As in "you are an admin".
    pub fn with_article(self) -> &'static str {
        match self {
            Self::Owner => "an owner",
            Self::Admin => "an admin",
            Self::Member => "a member",
            Self::Viewer => "a viewer",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Owner => "Owner",
            Self::Admin => "Admin",
            Self::Member => "Member",
            Self::Viewer => "Viewer",
        }
    }
}

impl Right {
    /// What to tell somebody who lacks it.
    pub fn refusal(self) -> &'static str {
        match self {
            Self::Spend => {
                "Your role is viewer: it may look, but not spend credits. Ask an owner or admin of the workspace."
            }
            Self::Reveal => {
                "Your role is viewer: it sees addresses that others revealed, and reveals none. Ask an owner or admin of the workspace."
            }
            Self::Export => {
                "Your role is viewer: it may look, but not export leads. Ask an owner or admin of the workspace."
            }
            Self::Outreach => {
                "Your role is viewer: it may look, but not write to leads. Ask an owner or admin of the workspace."
            }
            Self::Connect => {
                "Mailboxes, removals from the suppression list, and what people ask for need the role owner or admin. Ask one of them."
            }
            Self::Manage => "Changing the workspace needs the role owner or admin. Ask one of them.",
            Self::Team => "Changing the team needs the role owner or admin. Ask one of them.",
            Self::Buy => "Buying credits needs the role owner or admin. Ask one of them.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buying_needs_owner_or_admin_and_spending_anyone_but_a_viewer() {
        let may = |right| [Role::Owner, Role::Admin, Role::Member, Role::Viewer].map(|role| role.may(right));
        assert_eq!(may(Right::Buy), [true, true, false, false]);
        assert_eq!(may(Right::Manage), [true, true, false, false]);
        assert_eq!(may(Right::Team), [true, true, false, false]);
        assert_eq!(may(Right::Spend), [true, true, true, false]);
        assert_eq!(
            (may(Right::Outreach), may(Right::Connect)),
            ([true, true, true, false], [true, true, false, false])
        );
        assert_eq!((may(Right::Reveal), may(Right::Export)), ([true, true, true, false], [true, true, true, false]));
    }

    #[test]
    fn only_owners_make_owners_and_members_make_nobody() {
        let gives = |role: Role| Role::ALL.map(|given| role.may_give(given));
        assert_eq!(gives(Role::Owner), [true; 4]);
        assert_eq!(gives(Role::Admin), [false, true, true, true]);
        assert_eq!((gives(Role::Member), gives(Role::Viewer)), ([false; 4], [false; 4]));
        assert!(Role::ALL.into_iter().all(|role| Role::of_word(role.word()) == Some(role)));
        assert_eq!(Role::of_word("operator"), None);
    }
}
