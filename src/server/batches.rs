//! Many rows in one statement: they travel as one JSON array, so that a statement has one text and one parameter however many
//! there are. Both databases unpack it with `json_each`, `->>` and `unhex`. `materialized` where many columns are taken of a
//! row: else SQLite writes it out again for each.

use serde::Serialize;
use serde_json::value::to_raw_value;
use sqlx::types::JsonRawValue;

/// Bytes of the rows in one statement. The message then is one record of TLS and one segment of a loopback connection: sqlx
/// 0.9.0 leaves Nagle's algorithm on (its issue 4335), so whatever follows the first of them would wait 40 ms.
pub const BATCH_BYTES: usize = 15_000;

/// Bytes that a value takes in a message beside its own.
const PER_VALUE: usize = 6;

/// Addresses or ids in one `in (…)`, which stays below [`BATCH_BYTES`] with them. Not a join with an array: a database that
/// does not know how long it is may go through the whole table instead of its index.
pub const VALUES_PER_STATEMENT: usize = 300;

/// Texts in the groups that one `in (…)` takes: [`VALUES_PER_STATEMENT`], or a half, a quarter and so on where they are long, so that
/// few different statements are prepared.
pub fn texts_per_statement<'texts, 'text>(texts: &'texts [&'text str]) -> impl Iterator<Item = &'texts [&'text str]> {
    let mut rest = texts;
    std::iter::from_fn(move || {
        let mut number = VALUES_PER_STATEMENT;
        let bytes = |number: usize| rest.iter().take(number).map(|text| text.len() + PER_VALUE).sum::<usize>();
        while number > 1 && bytes(number) > BATCH_BYTES {
            number /= 2;
        }
        let (group, others) = rest.split_at(number.min(rest.len()));
        rest = others;
        (!group.is_empty()).then_some(group)
    })
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_takes_fewer_long_texts_and_every_text_once() {
        let sizes = |length: usize, number: usize| {
            let texts: Vec<String> = (0..number).map(|number| format!("{number:0>length$}")).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let groups: Vec<&[&str]> = texts_per_statement(&texts).collect();
            assert_eq!(groups.concat(), texts);
            groups.iter().map(|group| group.len()).collect::<Vec<_>>()
        };
        assert_eq!(sizes(20, 700), [300, 300, 100]);
        assert_eq!(sizes(60, 400), [150, 150, 100]);
        assert_eq!(sizes(20_000, 2), [1, 1], "one that is too long travels alone");
        assert_eq!(sizes(20, 0), Vec::<usize>::new());
    }
}
