//! How many people each value of a filter stands for.

use serde::{Deserialize, Serialize};

/// One value of a filter, and how many people it stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// As the form sends it.
    pub value: String,
    /// People who would match if it were the only value of its filter.
    pub leaves: u64,
    /// People it would bring in addition to those who match already; all of `leaves` while its filter has no value.
    pub adds: u64,
}

/// The values of one filter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facet {
    /// The filter's field.
    pub field: String,
    pub values: Vec<Counted>,
}
