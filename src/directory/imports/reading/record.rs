//! One row of a file.

/// One row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    pub(super) text: String,
    /// Where each cell ends.
    pub(super) ends: Vec<usize>,
    /// Its number as in a spreadsheet, from 1.
    pub row: u64,
    /// Empty lines that were passed over before it.
    pub blank_before: u64,
    /// Something in it was no sound text in the file's encoding.
    pub doubtful: bool,
    /// Cells with something in them that stood in quotes, and those that did not.
    pub quoted: usize,
    pub bare: usize,
    /// It stood in one pair of quotes as a whole.
    pub whole: bool,
}

impl Record {
    /// How many cells it has.
    pub fn width(&self) -> usize {
        self.ends.len()
    }

    /// The cells as they stand in the file.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.text[start..*end])
    }

    /// The cells as texts of their own.
    pub fn cells(&self) -> Vec<String> {
        self.iter().map(str::to_owned).collect()
    }

    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        (self.quoted, self.bare, self.whole) = (0, 0, false);
    }

    /// Ends a cell with what was added to the text since the one before.
    pub(super) fn end_cell(&mut self, quoted: bool) {
        let start = self.ends.last().copied().unwrap_or(0);
        if quoted {
            self.quoted += 1;
        } else if self.text.len() > start {
            self.bare += 1;
        }
        self.ends.push(self.text.len());
    }
}
