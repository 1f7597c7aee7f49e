//! Many rows in one statement: they travel as one JSON array, so that a statement has one text and one parameter however many
//! there are. Both databases unpack it with `json_each`, `->>` and `unhex`. `materialized` where many columns are taken of a
//! row: else SQLite writes it out again for each.

use serde::Serialize;
use serde_json::value::to_raw_value;
use sqlx::types::JsonRawValue;

/// Bytes of the rows in one statement. The message then is one record of TLS and one segment of a loopback connection: sqlx
/// 0.9.0 leaves Nagle's algorithm on (its issue 4335), so whatever follows the first of them would wait 40 ms.
const BATCH_BYTES: usize = 15_000;

/// Addresses or ids in one `in (…)`, which stays below [`BATCH_BYTES`] with them. Not a join with an array: a database that
/// does not know how long it is may go through the whole table instead of its index.
pub const VALUES_PER_STATEMENT: usize = 300;

/// Rows as JSON, in the batches that they are sent in. A row is an object or an array: of a bare value, the databases do not
/// agree on what `->>` is.
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
