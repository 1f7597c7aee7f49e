//! The sums of the leads of each source, data set, request, own list or filter value.

use serde::Deserialize;
use uuid::Uuid;

use crate::{accounts::WorkspaceId, campaigns::leads::filter_value_text, server::select::Select};

/// What leads are summed by. Each lead has one source, one data set, one request and any number of filter values, or one own list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    #[default]
    Source,
    DataSet,
    Request,
    List,
    /// A value of a filter that found them.
    FilterValue,
}

impl Origin {
    pub const ALL: [Self; 5] = [Self::Source, Self::DataSet, Self::Request, Self::List, Self::FilterValue];

    /// The word in addresses and in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::DataSet => "data_set",
            Self::Request => "request",
            Self::List => "list",
            Self::FilterValue => "filter_value",
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
            Self::FilterValue => "Filter value",
        }
    }

    /// The condition that a row `o` of `lead_outcomes` is one of those that count for `subject`, an expression.
    pub(super) fn counts(self, subject: &str) -> String {
        let column = match self {
            Self::Source => "source_id",
            Self::DataSet => "import_id",
            Self::Request => "request_id",
            Self::List => "list_id",
            Self::FilterValue => {
                return format!(
                    "o.noted and o.lead_id in (select x.lead_id from lead_matches x
                         where x.workspace_id = o.workspace_id and x.value_id = {subject})"
                );
            }
        };
        format!("o.{column} = {subject}")
    }

    /// All rows of `lead_outcomes` that count for any subject, once for each.
    pub(super) fn rows(self) -> &'static str {
        match self {
            Self::Source => "lead_outcomes o where o.source_id is not null",
            Self::DataSet => "lead_outcomes o where o.import_id is not null",
            Self::Request => "lead_outcomes o where o.request_id is not null",
            Self::List => "lead_outcomes o where o.list_id is not null",
            Self::FilterValue => {
                "lead_outcomes o join lead_matches x on x.workspace_id = o.workspace_id and x.lead_id = o.lead_id where o.noted"
            }
        }
    }

    /// Whether a lead counts in several rows, so that they do not add up.
    pub fn overlaps(self) -> bool {
        self == Self::FilterValue
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
            Self::FilterValue => {
                "(select n.value from filter_values n where n.workspace_id = t.workspace_id and n.id = t.subject)"
            }
        }
    }

    /// The filter that it is a value of.
    fn field(self) -> &'static str {
        match self {
            Self::FilterValue => {
                "(select n.field from filter_values n where n.workspace_id = t.workspace_id and n.id = t.subject)"
            }
            Self::Source | Self::DataSet | Self::Request | Self::List => "null",
        }
    }

    /// When it was made, where two of one name are told apart by it.
    fn made_at(self) -> &'static str {
        match self {
            Self::Request => {
                "(select n.created_at from lead_requests n where n.workspace_id = t.workspace_id and n.id = t.subject)"
            }
            Self::Source | Self::DataSet | Self::List | Self::FilterValue => "null",
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
    /// The filter, of a filter value.
    pub field: Option<String>,
    /// Leads that it is too early to count.
    pub open: i64,
    pub contacted: i64,
    pub replied: i64,
    pub positive: i64,
    pub bounced: i64,
    pub credits: i64,
    pub refunded: i64,
}

impl Total {
    /// Its name for people; of a filter value with the filter before it.
    pub fn shown(&self) -> Option<String> {
        let name = self.name.as_deref()?;
        Some(self.field.as_deref().map_or_else(|| name.to_owned(), |field| filter_value_text(field, name)))
    }
}

/// Most rows that are shown and exported.
pub(super) const ROWS_MAX: i64 = 1_000;

/// The origins with the most contacted leads, those first.
pub fn select_totals(workspace: WorkspaceId, origin: Origin) -> Select<Vec<Total>> {
    let (name, made_at, field, word) = (origin.name(), origin.made_at(), origin.field(), origin.word());
    Select::<Vec<Total>>::rows(
        "subject, name, made_at, field, open, contacted, replied, positive, bounced, credits, refunded",
        format!(
            "select t.subject, {name} as name, {made_at} as made_at, {field} as field, t.open, t.contacted, t.replied, t.positive, t.bounced, t.credits,
                 t.refunded
             from outcome_totals t where t.workspace_id = $1 and t.origin = '{word}'
             order by t.contacted desc, t.subject limit {ROWS_MAX}"
        ),
    )
    .bind(workspace.0)
}
