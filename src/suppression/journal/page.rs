//! Some changes as one line of the file: a signature, and JSON. A line that was cut short, changed, or written by another instance has no
//! right signature and is left out.

use serde::{Deserialize, Serialize};

use super::change::Change;
use crate::{
    server::{clock::Instant, hexadecimal::hexadecimal},
    suppression::SuppressionKeys,
};

crate::id!(
    /// One page of the journal; no two have the same.
    PageId
);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    pub page: PageId,
    pub at: Instant,
    pub changes: Vec<Change>,
}

impl Page {
    /// As a line, with its end.
    ///
    /// # Errors
    /// None for what can be in a page.
    pub fn line(&self, keys: &SuppressionKeys) -> serde_json::Result<String> {
        let json = serde_json::to_string(self)?;
        Ok(format!("{} {json}\n", signature(keys, &json)))
    }
}

/// The pages of this instance in a text, in the order in which they were written.
pub fn read(keys: &SuppressionKeys, text: &str) -> Vec<Page> {
    text.lines().filter_map(|line| read_line(keys, line)).collect()
}

fn read_line(keys: &SuppressionKeys, line: &str) -> Option<Page> {
    let (signed, json) = line.split_once(' ')?;
    if signed != signature(keys, json) {
        return None;
    }
    serde_json::from_str(json).ok()
}

fn signature(keys: &SuppressionKeys, json: &str) -> String {
    hexadecimal(&keys.of_journal(json).0)
}
