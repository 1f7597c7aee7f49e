//! Many rows in one statement.

use serde::Serialize;
use serde_json::value::to_raw_value;
use sqlx::types::{Json, JsonRawValue};

use crate::accounts::WorkspaceId;

/// Bytes of the rows in one statement. The message then is one record of TLS and one segment of a loopback connection: sqlx
/// 0.9.0 leaves Nagle's algorithm on (its issue 4335), so whatever follows the first of them would wait 40 ms.
const BATCH_BYTES: usize = 15_000;

/// Rows as JSON, in the batches that they are sent in.
pub fn batches(rows: impl Iterator<Item = impl Serialize>) -> sqlx::Result<Vec<Vec<Box<JsonRawValue>>>> {
    let mut batches = Vec::new();
    let mut bytes = 0;
    for row in rows {
        let row = to_raw_value(&row).map_err(|error| sqlx::Error::Encode(error.into()))?;
        bytes += row.get().len() + 1;
        match batches.last_mut() {
            Some(batch) if bytes <= BATCH_BYTES => Vec::push(batch, row),
            _ => {
                bytes = row.get().len();
                batches.push(vec![row]);
            }
        }
    }
    Ok(batches)
}

/// A row of one workspace, as a statement takes it: many rows travel as one JSON array, so a statement has one text and one
/// parameter however many there are. Both databases unpack it with `json_each`, `->>` and `unhex`. `materialized` where many
/// columns are taken of a row: else SQLite writes it out again for each.
#[derive(Serialize)]
pub struct Of<T> {
    pub workspace_id: WorkspaceId,
    #[serde(flatten)]
    pub row: T,
}

/// Workspaces as the same kind of parameter: an array of one key each.
pub fn keys(workspaces: &[WorkspaceId]) -> Json<Vec<[WorkspaceId; 1]>> {
    Json(workspaces.iter().map(|workspace| [*workspace]).collect())
}
