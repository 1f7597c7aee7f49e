//! One list on its way into a campaign.

use sqlx::types::Json;

use crate::campaigns::ids::ListId;
use crate::{
    accounts::WorkspaceId,
    credits::CampaignId,
    directory::imports::{FileFault, Format, Mapping},
    server::{clock::Instant, queue::Lease},
};

/// Who is left out because the workspace has them already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Duplicates {
    /// Who is in this campaign. Leads from elsewhere join it, for free (rule C7).
    Campaign,
    /// Who is in this or another active campaign.
    #[default]
    ActiveCampaigns,
    /// Every lead of the workspace, in a campaign or not.
    Workspace,
}

impl Duplicates {
    pub const ALL: [(Self, &'static str, &'static str, &'static str); 3] = [
        (
            Self::Campaign,
            "campaign",
            "Who is in this campaign",
            "People of your other campaigns join this one as well, and hear from both.",
        ),
        (
            Self::ActiveCampaigns,
            "active_campaigns",
            "Who is in this or another active campaign",
            "No one hears from two campaigns. Your other leads join this one.",
        ),
        (
            Self::Workspace,
            "workspace",
            "Everyone you already have",
            "Only people who are new to your workspace are added.",
        ),
    ];

    /// Reads the word of a form; anything unknown is the default.
    pub fn from_word(word: &str) -> Self {
        Self::ALL.iter().find(|(_, known, ..)| *known == word).map_or(Self::default(), |(one, ..)| *one)
    }

    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(one, ..)| *one == self).map_or("", |(_, word, ..)| word)
    }

    /// For people: who is left out.
    pub fn label(self) -> &'static str {
        Self::ALL.iter().find(|(one, ..)| *one == self).map_or("", |(_, _, label, _)| label)
    }
}

/// How far a list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum ListState {
    /// Uploaded; the columns can still be corrected.
    Draft,
    Queued,
    Running,
    Done,
    Failed,
    /// Somebody wants its people out of the campaign again.
    #[sqlx(rename = "taking_back")]
    Removing,
    #[sqlx(rename = "taken_back")]
    Removed,
}

impl ListState {
    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Draft => "Not started",
            Self::Queued => "Waiting",
            Self::Running => "Running",
            Self::Done => "Done",
            Self::Failed => "Failed",
            Self::Removing => "Being taken back",
            Self::Removed => "Taken back",
        }
    }

    /// Whether every row that will be read was read.
    pub fn is_over(self) -> bool {
        !matches!(self, Self::Draft | Self::Queued | Self::Running)
    }
}

/// One list.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct OwnList {
    pub workspace_id: WorkspaceId,
    pub id: ListId,
    pub campaign_id: CampaignId,
    pub campaign_name: String,
    /// As it was called where it came from.
    pub file_name: String,
    pub bytes: i64,
    /// Its name in the uploads folder.
    pub stored_as: String,
    pub state: ListState,
    pub duplicates: Duplicates,
    #[sqlx(json)]
    pub format: Format,
    #[sqlx(json)]
    pub mapping: Mapping,
    /// Rows read so far.
    pub rows: i64,
    pub bytes_read: i64,
    /// Leads that left the campaign again.
    #[sqlx(rename = "taken_back")]
    pub removed: i64,
    /// What is wrong with the file.
    pub fault: Option<Json<FileFault>>,
    #[sqlx(flatten)]
    pub lease: Lease,
    pub maker: String,
    pub created_at: Instant,
    pub started_at: Option<Instant>,
    pub finished_at: Option<Instant>,
}

impl OwnList {
    /// Whether rows are to be read and no worker has it.
    pub fn is_idle(&self, now: Instant) -> bool {
        matches!(self.state, ListState::Queued | ListState::Running) && self.lease.is_free(now)
    }
}
