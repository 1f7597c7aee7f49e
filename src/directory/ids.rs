//! Ids of what contacts come from.

use crate::id;

id! {
    /// A source of contacts.
    SourceId
}

id! {
    /// One file's import.
    ImportId
}
