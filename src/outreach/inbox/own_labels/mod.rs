//! Labels of a workspace's own, beside those that say what an answer is: any number on a conversation. They stop and hold nothing; one that
//! is called positive or negative counts in the figures where no other label says it.

mod change;
mod colour;
mod put;
#[cfg(test)]
mod tests;
pub mod view;

pub use {
    change::{LabelFault, add, change, remove},
    colour::Colour,
    put::{put, settle, take},
};

use serde::{Deserialize, Deserializer};

use crate::{accounts::WorkspaceId, outreach::replies::reading::Tone, server::select::Select};

crate::id!(
    /// A label of a workspace's own.
    OwnLabelId
);

/// Labels of a workspace.
pub const LABELS_MAX: i64 = 50;
/// Longest name.
pub const NAME_CHARACTERS_MAX: usize = 40;
/// Counts of conversations stop here.
const COUNTED_MAX: i64 = 1000;

/// A label of a workspace's own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct OwnLabel {
    pub id: OwnLabelId,
    pub name: String,
    #[serde(deserialize_with = "colour")]
    pub colour: Colour,
    #[serde(deserialize_with = "tone")]
    pub tone: Tone,
    /// Conversations that have it, up to [`COUNTED_MAX`].
    pub threads: i64,
}

fn colour<'de, D: Deserializer<'de>>(row: D) -> Result<Colour, D::Error> {
    Ok(Colour::of_word(&String::deserialize(row)?).unwrap_or_default())
}

fn tone<'de, D: Deserializer<'de>>(row: D) -> Result<Tone, D::Error> {
    Ok(tone_of_word(&String::deserialize(row)?).unwrap_or(Tone::Neutral))
}

/// The tone of its name.
pub fn tone_of_word(word: &str) -> Option<Tone> {
    [Tone::Positive, Tone::Neutral, Tone::Negative].into_iter().find(|tone| tone.name() == word)
}

/// The labels of a workspace, by name.
pub fn select_labels(workspace: WorkspaceId) -> Select<Vec<OwnLabel>> {
    Select::rows(
        "id, name, colour, tone, threads",
        format!(
            "select l.id, l.name, l.colour, l.tone, (select count(*) from (select 1 from thread_labels x
                 where x.workspace_id = l.workspace_id and x.label_id = l.id limit {COUNTED_MAX}) counted) as threads
             from inbox_labels l where l.workspace_id = $1 order by l.name_key, l.id"
        ),
    )
    .bind(workspace.0)
}

/// Reads the ids that [`OF_THREAD`] has put behind each other.
pub fn ids<'de, D: Deserializer<'de>>(row: D) -> Result<Vec<OwnLabelId>, D::Error> {
    let text = Option::<String>::deserialize(row)?.unwrap_or_default();
    Ok(text.split(',').filter_map(|id| id.parse().ok()).collect())
}

/// The ids of the labels of a conversation `t`.
pub const OF_THREAD: &str = "(select group_concat(hex(x.label_id), ',') from thread_labels x
     where x.workspace_id = t.workspace_id and x.thread_id = t.id)";
