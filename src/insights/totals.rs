//! The sums of the leads of each source, data set, request or own list.

use serde::Deserialize;
use uuid::Uuid;

use crate::{accounts::WorkspaceId, server::select::Select};

/// What leads are summed by. Each lead has one source, one data set and one request, or one own list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    #[default]
    Source,
    DataSet,
    Request,
    List,
}

impl Origin {
    pub const ALL: [Self; 4] = [Self::Source, Self::DataSet, Self::Request, Self::List];

    /// The word in addresses and in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::DataSet => "data_set",
            Self::Request => "request",
            Self::List => "list",
        }
    }

    /// The origin of a [word](Self::word).
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.word() == word)
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Source => "Source",
            Self::DataSet => "Data set",
            Self::Request => "Request",
            Self::List => "Own list",
        }
    }

    /// The column of `lead_outcomes` that names it.
    pub(super) fn column(self) -> &'static str {
        match self {
            Self::Source => "source_id",
            Self::DataSet => "import_id",
            Self::Request => "request_id",
            Self::List => "list_id",
        }
    }

    /// Its name, of the row `t` that has its id in `subject`.
    fn name(self) -> &'static str {
        match self {
            Self::Source => "(select n.name from sources n where n.id = t.subject)",
            Self::DataSet => "(select n.file_name from imports n where n.id = t.subject)",
            Self::Request => {
                "(select c.name from lead_requests n join campaigns c on c.workspace_id = n.workspace_id and c.id = n.campaign_id
                  where n.workspace_id = t.workspace_id and n.id = t.subject)"
            }
            Self::List => "(select n.file_name from own_lists n where n.workspace_id = t.workspace_id and n.id = t.subject)",
        }
    }

    /// When it was made, where two of one name are told apart by it.
    fn made_at(self) -> &'static str {
        match self {
            Self::Request => {
                "(select n.created_at from lead_requests n where n.workspace_id = t.workspace_id and n.id = t.subject)"
            }
            Self::Source | Self::DataSet | Self::List => "null",
        }
    }
}

/// The sums of one origin.
#[derive(Debug, Clone, Deserialize)]
pub struct Total {
    pub subject: Uuid,
    /// Nothing: it is gone.
    pub name: Option<String>,
    pub made_at: Option<i64>,
    /// Leads that it is too early to count.
    pub open: i64,
    pub contacted: i64,
    pub replied: i64,
    pub positive: i64,
    pub bounced: i64,
    pub credits: i64,
    pub refunded: i64,
}

/// Most rows that are shown and exported.
pub(super) const ROWS_MAX: i64 = 1_000;

/// The origins with the most contacted leads, those first.
pub fn select_totals(workspace: WorkspaceId, origin: Origin) -> Select<Vec<Total>> {
    let (name, made_at, word) = (origin.name(), origin.made_at(), origin.word());
    Select::<Vec<Total>>::rows(
        "subject, name, made_at, open, contacted, replied, positive, bounced, credits, refunded",
        format!(
            "select t.subject, {name} as name, {made_at} as made_at, t.open, t.contacted, t.replied, t.positive, t.bounced, t.credits,
                 t.refunded
             from outcome_totals t where t.workspace_id = $1 and t.origin = '{word}'
             order by t.contacted desc, t.subject limit {ROWS_MAX}"
        ),
    )
    .bind(workspace.0)
}
