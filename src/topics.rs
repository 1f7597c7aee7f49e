//! What open pages follow: the topics of live updates, each written in one place.
//!
//! A region of a page follows its topics (`data-live`), and whoever changes what it shows names them after the commit
//! (`Live::changed`).

use std::fmt::Display;

/// The balance, and whatever is computed from movements.
pub const CREDITS: &str = "credits";
pub const ORDERS: &str = "orders";
pub const PLAN: &str = "plan";
/// The messages on every page.
pub const NOTICES: &str = "notices";
/// The list of campaigns.
pub const CAMPAIGNS: &str = "campaigns";
/// Every standing request.
pub const STANDING: &str = "standing";
pub const TEAM: &str = "team";
/// The list of imports, for operators.
pub const IMPORTS: &str = "imports";

/// The mailboxes of a workspace, and what they send.
pub const MAILBOXES: &str = "mailboxes";
/// Conversations, and what members make of them.
pub const INBOX: &str = "inbox";
/// Who must not be written to.
pub const SUPPRESSION: &str = "suppression";

/// Which sources convert.
pub const INSIGHTS: &str = "insights";

/// One campaign with its leads and requests.
pub fn campaign(id: impl Display) -> String {
    format!("campaign:{id}")
}

/// One lead request.
pub fn request(id: impl Display) -> String {
    format!("request:{id}")
}

/// One import of the directory.
pub fn import(id: impl Display) -> String {
    format!("import:{id}")
}

/// One list of a customer's own.
pub fn list(id: impl Display) -> String {
    format!("list:{id}")
}

/// Ends the open streams of a user who left the workspace, or one of whose sessions ended: browsers that are still signed in open
/// theirs again.
pub fn left(user: impl Display) -> String {
    format!("left:{user}")
}
