//! Why a campaign sends nothing, as a code with its parameters, and what mends it.

use serde::{Deserialize, Serialize};

use super::facts::HeldDomain;
use crate::server::clock::Instant;

/// What holds now, most of it a reason why nothing is sent. The database keeps its word and its facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Reason {
    Draft,
    WorkerNotRunning {
        since: Option<Instant>,
    },
    InstanceStopped {
        why: String,
    },
    PausedByUser {
        by: Option<String>,
    },
    BounceProtection {
        bounced: i64,
        mails: i64,
    },
    ComplaintProtection {
        complaints: i64,
        mails: i64,
    },
    Completed {
        leads: i64,
        mails: i64,
        unmailed: i64,
    },
    Ended {
        by: Option<String>,
        unmailed: i64,
    },
    StartsLater,
    NoWindow,
    NoMailbox,
    MailboxPaused {
        mailboxes: i64,
    },
    /// Only new leads are left, and the domains that would write to them fail.
    DomainAuthFailing(HeldDomain),
    /// The mail provider's limit is reached, for every mailbox; one of them.
    ProviderLimit {
        mailbox: String,
    },
    /// No mailbox that could send works; the first that fails, with what its server said.
    MailboxFailing {
        address: String,
        cause: Option<String>,
        words: Option<String>,
        mailboxes: i64,
    },
    /// Only follow-ups are left, and the replies of their mailboxes cannot be read; one of them.
    RepliesNotRead {
        address: String,
        cause: Option<String>,
        words: Option<String>,
        follow_ups: i64,
    },
    /// Days were frozen for every mailbox that could send.
    MailboxFrozen {
        mailboxes: i64,
    },
    /// No mailbox has passed its test.
    MailboxDraft {
        mailboxes: i64,
    },
    Healthy {
        today: i64,
        mailbox: Option<String>,
    },
    OutsideWindow,
    WorkspaceCapReached {
        cap: i64,
        by_operator: bool,
    },
    CampaignCapReached {
        cap: i64,
    },
    MailboxCapReached {
        mailboxes: i64,
        cap: i64,
        slow_start: bool,
    },
    NewLeadCapReached {
        cap: i64,
    },
    RecipientDomainCap {
        leads: i64,
    },
    /// Every mail that is under way was put off, and waits for another try.
    PutOff {
        mails: i64,
    },
    WaitingForDelay {
        leads: i64,
    },
    HeldMissingFields {
        leads: i64,
    },
    /// Leads that live where the law asks for consent first, and no member has confirmed a lawful basis.
    HeldNoLawfulBasis {
        leads: i64,
    },
    HeldByPeople {
        leads: i64,
    },
    UnknownOutcomesToReview {
        mails: i64,
    },
    OtherCampaign {
        leads: i64,
    },
    SourcingPausedNoCredits,
    SourcingExhausted,
    WaitingForLeads {
        coming: i64,
    },
}

impl Reason {
    /// Its word, as the database and addresses have it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::WorkerNotRunning { .. } => "worker_not_running",
            Self::InstanceStopped { .. } => "instance_stopped",
            Self::PausedByUser { .. } => "paused_by_user",
            Self::BounceProtection { .. } => "bounce_protection",
            Self::ComplaintProtection { .. } => "complaint_protection",
            Self::Completed { .. } => "completed",
            Self::Ended { .. } => "ended",
            Self::StartsLater => "starts_later",
            Self::NoWindow => "no_window",
            Self::NoMailbox => "no_mailbox",
            Self::MailboxPaused { .. } => "mailbox_paused",
            Self::DomainAuthFailing(_) => "domain_auth_failing",
            Self::ProviderLimit { .. } => "provider_limit",
            Self::MailboxFailing { .. } => "mailbox_failing",
            Self::RepliesNotRead { .. } => "replies_not_read",
            Self::MailboxFrozen { .. } => "mailbox_frozen",
            Self::MailboxDraft { .. } => "mailbox_draft",
            Self::Healthy { .. } => "healthy",
            Self::OutsideWindow => "outside_window",
            Self::WorkspaceCapReached { .. } => "workspace_cap_reached",
            Self::CampaignCapReached { .. } => "campaign_cap_reached",
            Self::MailboxCapReached { .. } => "mailbox_cap_reached",
            Self::NewLeadCapReached { .. } => "new_lead_cap_reached",
            Self::RecipientDomainCap { .. } => "recipient_domain_cap",
            Self::PutOff { .. } => "put_off",
            Self::WaitingForDelay { .. } => "waiting_for_delay",
            Self::HeldMissingFields { .. } => "held_missing_fields",
            Self::HeldNoLawfulBasis { .. } => "held_no_lawful_basis",
            Self::HeldByPeople { .. } => "held_by_people",
            Self::UnknownOutcomesToReview { .. } => "unknown_outcomes_to_review",
            Self::OtherCampaign { .. } => "other_campaign",
            Self::SourcingPausedNoCredits => "sourcing_paused_no_credits",
            Self::SourcingExhausted => "sourcing_exhausted",
            Self::WaitingForLeads { .. } => "waiting_for_leads",
        }
    }
}

/// What a person can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mend {
    Checklist,
    Resume,
    Schedule,
    Mailboxes,
    /// The records of sending domains.
    Domains,
    /// The settings of the workspace.
    Limits,
    Emails,
    /// Mails whose outcome a member decides.
    UnknownOutcomes,
    /// Leads that are held.
    HeldLeads,
    BuyCredits,
    Audience,
    GetLeads,
}

/// The progress of a campaign's sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    pub reason: Reason,
    /// When it changes without anyone's help.
    pub next: Option<Instant>,
    pub mend: Option<Mend>,
}

impl Progress {
    pub(super) fn until(self, next: Option<Instant>) -> Self {
        Self { next, ..self }
    }

    pub(super) fn mended_by(self, mend: Mend) -> Self {
        Self { mend: Some(mend), ..self }
    }
}
