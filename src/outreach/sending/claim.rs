//! What was claimed: mails, and the lease of the mailbox that they leave from.

use sqlx::FromRow;

use crate::{
    accounts::WorkspaceId,
    campaigns::ids::LeadId,
    ids::CampaignId,
    mail::gate::Permit,
    outreach::{
        ids::{MailboxId, SendId, StepId},
        mailboxes::mailbox::MailboxKind,
    },
};

/// Whether the send `d` is claimed, where it is looked up by its id. Written so that no database goes through its index of claimed mails
/// instead, of which it counted few when it last counted, and there are hundreds while mails leave.
pub(super) const IS_CLAIMED: &str = "d.state || '' = 'claimed'";

/// A send that this process has claimed.
#[derive(Debug, Clone, FromRow)]
pub struct Claim {
    pub workspace_id: WorkspaceId,
    pub id: SendId,
    pub campaign_id: CampaignId,
    /// Nothing for a test mail.
    pub lead_id: Option<LeadId>,
    pub step_id: Option<StepId>,
    pub mailbox_id: MailboxId,
    pub message_id: String,
    pub fence: i64,
}

/// A mailbox that this process sends for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lease {
    pub workspace: WorkspaceId,
    pub mailbox: MailboxId,
    pub kind: MailboxKind,
    pub fence: i64,
    /// Its next mails may be due within seconds, so that its connection is worth keeping.
    pub is_quick: bool,
}

/// What one mailbox sends now.
#[derive(Debug)]
pub struct Batch {
    pub(super) lease: Lease,
    pub(super) claims: Vec<Claim>,
    /// The leave to open a session, where one is needed.
    pub(super) permit: Option<Permit>,
}

impl Batch {
    /// How many mails it is.
    pub fn mails(&self) -> usize {
        self.claims.len()
    }
}
