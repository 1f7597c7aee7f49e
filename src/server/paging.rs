//! Long lists, a page at a time. Each page begins at a row that the one before it names, so rows that come meanwhile shift
//! nothing.

/// Rows on one page.
pub const PAGE_ROWS: i64 = 50;
/// Rows to ask the database for: one more than are shown says that there are more.
pub const ROWS_ASKED: i64 = PAGE_ROWS + 1;

/// One page of a list.
#[derive(Debug, Clone)]
pub struct PageOf<T> {
    pub rows: Vec<T>,
    /// Whether there are rows after these.
    pub more: bool,
}

impl<T> Default for PageOf<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), more: false }
    }
}

impl<T> PageOf<T> {
    /// Of what the database answered to [`ROWS_ASKED`].
    pub fn new(mut rows: Vec<T>) -> Self {
        let shown = PAGE_ROWS as usize;
        let more = rows.len() > shown;
        rows.truncate(shown);
        Self { rows, more }
    }

    /// The row that the next page comes after; `None`: this is the last page.
    pub fn last_before_more(&self) -> Option<&T> {
        self.rows.last().filter(|_| self.more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_row_more_than_are_shown_says_that_there_are_more() {
        let page = PageOf::new((1..=ROWS_ASKED).collect());
        assert_eq!((page.rows.len() as i64, page.more, page.last_before_more()), (PAGE_ROWS, true, Some(&PAGE_ROWS)));
        let last = PageOf::new((1..=PAGE_ROWS).collect());
        assert_eq!((last.rows.len() as i64, last.more, last.last_before_more()), (PAGE_ROWS, false, None));
    }
}
