//! Roles and what they may do (rule C25: see, spend, buy and grant are separate rights).

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
    /// See campaigns, leads and credits.
    See,
    /// Make campaigns and request leads.
    Spend,
    /// Buy credits.
    Buy,
    /// Change the workspace itself: its name.
    Manage,
}

impl Role {
    /// Whether this role has `right`.
    pub fn may(self, right: Right) -> bool {
        match right {
            Right::See => true,
            Right::Spend => !matches!(self, Self::Viewer),
            Right::Buy | Right::Manage => matches!(self, Self::Owner | Self::Admin),
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
            Self::See => "Your role does not allow seeing this.",
            Self::Spend => {
                "Your role is viewer: it may look, but not spend credits. Ask an owner or admin of the workspace."
            }
            Self::Manage => "Changing the workspace needs the role owner or admin. Ask one of them.",
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
        assert_eq!(may(Right::Spend), [true, true, true, false]);
        assert_eq!(may(Right::See), [true; 4]);
    }
}
