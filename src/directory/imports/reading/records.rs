//! The rows of a file, one by one, in bounded memory.
//!
//! Each row keeps the number that a spreadsheet shows beside it. A quotation mark that is never closed swallows no rows: where
//! the lines that it would swallow are rows of the table themselves, it is read as a letter.

use std::io::{self, BufRead};

use super::{
    dialect::Dialect,
    kind::{Kind, kind_of},
    record::Record,
    split::{Outcome, Way, split},
    text::TextSource,
};

/// One row (with its line breaks) may have this many bytes; longer ones are a broken file.
pub const ROW_BYTES_MAX: usize = 1 << 20;

/// Why no further row can be read.
#[derive(Debug, thiserror::Error)]
pub enum RowFault {
    #[error(transparent)]
    Disk(#[from] io::Error),
    /// The row of this number is longer than [`ROW_BYTES_MAX`].
    #[error("row {0} is too long")]
    TooLong(u64),
}

/// The rows of a file.
pub struct Records<R> {
    source: TextSource<R>,
    dialect: Dialect,
    text: String,
    at: usize,
    /// Bytes of text before `text`.
    passed: u64,
    ended: bool,
    /// Number of the row before.
    row: u64,
    inner: Record,
}

impl<R: BufRead> Records<R> {
    pub fn new(source: TextSource<R>, dialect: Dialect) -> Self {
        Self {
            source,
            dialect,
            text: String::with_capacity(128 << 10),
            at: 0,
            passed: 0,
            ended: false,
            row: 0,
            inner: Record::default(),
        }
    }

    /// How far into the text, in bytes.
    pub fn position(&self) -> u64 {
        self.passed + self.at as u64
    }

    /// Reads the next row that is no empty line. False at the end; empty lines there belong to no row.
    ///
    /// # Errors
    /// When the disk does not give the file back, or a row is too long.
    pub fn read(&mut self, record: &mut Record) -> Result<bool, RowFault> {
        record.blank_before = 0;
        loop {
            record.clear();
            self.pass_marks()?;
            if self.at == self.text.len() && self.ended {
                return Ok(false);
            }
            let next = self.row_end(record)?;
            self.row += 1;
            record.row = self.row;
            let end = self.passed + next as u64;
            record.doubtful = self.source.doubted_before(end);
            self.at = next;
            if record.width() == 1 && record.text.is_empty() && record.quoted == 0 {
                record.blank_before += 1;
                continue;
            }
            return Ok(true);
        }
    }

    /// Byte-order marks stand in the middle of files that were glued together.
    fn pass_marks(&mut self) -> io::Result<()> {
        loop {
            while self.at == self.text.len() && self.more()? {}
            if !self.text[self.at..].starts_with('\u{feff}') {
                return Ok(());
            }
            self.at += '\u{feff}'.len_utf8();
        }
    }

    /// Reads a row into `record` and returns where the next one begins.
    fn row_end(&mut self, record: &mut Record) -> Result<usize, RowFault> {
        let Dialect { delimiter, quoting } = self.dialect;
        let mut way = Way { delimiter: delimiter.byte(), quoting, one_line: false };
        loop {
            record.clear();
            let outcome = split(&self.text, self.at, self.ended, way, record, &mut self.inner);
            match outcome {
                Outcome::Row { next, lines } => {
                    if lines == 1 || !self.swallows_rows(way, next) {
                        return Ok(next);
                    }
                    way.one_line = true;
                }
                Outcome::NeverClosed => way.one_line = true,
                Outcome::More if self.text.len() - self.at <= ROW_BYTES_MAX => {
                    self.more()?;
                }
                Outcome::More if way.one_line => return Err(RowFault::TooLong(self.row + 1)),
                Outcome::More => way.one_line = true,
            }
        }
    }

    /// Takes the next piece of the file; what was read is let go. False at the end.
    fn more(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        if self.at > 0 {
            self.text.drain(..self.at);
            self.passed += self.at as u64;
            self.at = 0;
        }
        self.ended = !self.source.append_to(&mut self.text)?;
        if self.ended {
            // DOS marks the end of a file with a sign of its own.
            let sound = self.text.trim_end_matches(['\u{1a}', '\0']).len();
            if self.text[sound..].contains('\u{1a}') {
                self.text.truncate(sound);
            }
        }
        Ok(true)
    }

    /// Whether one of the lines of the row that ends at `next` is a row of the table itself: it has as many cells as the
    /// line on which the row begins, an address where that has one, and something else. A cell of several addresses is none.
    fn swallows_rows(&self, way: Way, next: usize) -> bool {
        let way = Way { one_line: true, ..way };
        let (mut first, mut line, mut inner) = (Record::default(), Record::default(), Record::default());
        let Outcome::Row { next: mut at, .. } = split(&self.text[..next], self.at, true, way, &mut first, &mut inner)
        else {
            return false;
        };
        let Some(address) = first.iter().position(|cell| kind_of(cell) == Kind::Address) else { return false };
        if first.width() < 2 {
            return false;
        }
        let mark = char::from(way.quoting.mark());
        let is_person = |line: &Record| {
            // A mark at its end closes the cell that was opened before.
            line.width() >= first.width()
                && !line.iter().any(|cell| cell.trim_end().ends_with(mark))
                && line.iter().nth(address).is_some_and(|cell| kind_of(cell) == Kind::Address)
                && line.iter().any(|cell| !matches!(kind_of(cell), Kind::Address | Kind::Empty))
        };
        while at < next {
            line.clear();
            let outcome = split(&self.text, at, self.ended, way, &mut line, &mut inner);
            if is_person(&line) {
                return true;
            }
            match outcome {
                Outcome::Row { next, .. } => at = next,
                _ => return false,
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            charset::Charset,
            dialect::{Delimiter, Quoting},
        },
        *,
    };

    fn read_as(text: &str, dialect: Dialect) -> Vec<Record> {
        let mut records = Records::new(TextSource::new(text.as_bytes(), Charset::Utf8), dialect);
        let mut all = Vec::new();
        let mut record = Record::default();
        while records.read(&mut record).unwrap() {
            all.push(record.clone());
        }
        all
    }

    fn rows_as(text: &str, quoting: Quoting) -> Vec<Vec<String>> {
        let dialect = Dialect { delimiter: Delimiter::Comma, quoting };
        read_as(text, dialect).iter().map(Record::cells).collect()
    }

    fn rows(text: &str) -> Vec<Vec<String>> {
        rows_as(text, Quoting::Doubled)
    }

    #[test]
    fn quotes_hold_delimiters_line_breaks_and_quotes() {
        assert_eq!(rows("a,\"b, \"\"c\"\"\r\nd\",e\r\nf,,\"\"\n"), [["a", "b, \"c\"\r\nd", "e"], ["f", "", ""]]);
        assert_eq!(rows("a, \"b,c\" ,d"), [["a", "b,c", "d"]]);
        assert_eq!(rows("a,say \"hi\",d"), [["a", "say \"hi\"", "d"]]);
        assert_eq!(rows("a,\"say \"hi, you\" now\",d"), [["a", "say \"hi, you\" now", "d"]]);
    }

    #[test]
    fn rows_end_with_any_line_end_and_have_the_numbers_of_a_spreadsheet() {
        for end in ["\n", "\r\n", "\r", "\r\r\n"] {
            let text = format!("a,\"b\nc\"{end}{end}{end}d,e{end}f{end}{end}");
            let records = read_as(&text, Dialect::default());
            let told: Vec<_> = records.iter().map(|record| (record.row, record.blank_before, record.width())).collect();
            assert_eq!(told, [(1, 0, 2), (4, 2, 2), (5, 0, 1)], "{end:?}");
        }
    }

    #[test]
    fn a_quote_that_is_never_closed_swallows_no_rows() {
        let text =
            "a@x.example,\"Open,Rome\nb@x.example,Fine,Paris\nc@x.example,\"Q, Inc\",Oslo\nd@x.example,End,Bari\n";
        let expected = [
            ["a@x.example", "\"Open", "Rome"],
            ["b@x.example", "Fine", "Paris"],
            ["c@x.example", "Q, Inc", "Oslo"],
            ["d@x.example", "End", "Bari"],
        ];
        assert_eq!(rows(text), expected);
        let last = "a@x.example,Fine,Rome\nb@x.example,\"Open,Paris\nc@x.example,Fine,Oslo\n";
        assert_eq!(rows(last).len(), 3);
        let closed_late = "a@x.example,\"Open,Rome\nb@x.example,Fine,Paris\nc@x.example,Fine,\"Oslo\"\n";
        assert_eq!(rows(closed_late).len(), 3);
        let two = "a@x.example,\"Open,Rome\nb@x.example,\"Open too,Paris\nc@x.example,Fine,Oslo\n";
        assert_eq!(rows(two).len(), 3);
    }

    #[test]
    fn an_address_in_a_long_note_is_no_row() {
        let text = "a@x.example,\"Met at the fair.\nWrite to bo@x.example, too\",Rome\nb@x.example,,Bari\n";
        assert_eq!(rows(text).len(), 2);
        let several = "\"a@x.example\n b@x.example\nc@x.example\",Ann,Acme\n\"d@x.example, e@x.example\nf@x.example, g@x.example\",Bo,Best\n";
        assert_eq!(rows(several).len(), 2, "a cell of several addresses");
    }

    #[test]
    fn an_open_quote_before_an_address_swallows_no_rows() {
        let text = "\"a@x.example,Ann,Rome\nb@x.example,Bo,Bari\nc@x.example,Cy,\"Oslo\"\n";
        assert_eq!(rows(text).len(), 3);
    }

    #[test]
    fn rows_of_other_dialects_are_taken_apart() {
        let shop = "The \"Best, Ever\" Shop";
        assert_eq!(rows_as(r#""a","The \"Best, Ever\" Shop","c\\d""#, Quoting::Backslash), [["a", shop, r"c\d"]]);
        assert_eq!(rows_as(r"a\, b,\N,c", Quoting::Backslash), [["a, b", "", "c"]]);
        assert_eq!(rows_as("'a','Single, Ltd','O''Hara'", Quoting::Single), [["a", "Single, Ltd", "O'Hara"]]);
        assert_eq!(
            rows_as("\"a,b\"\r\n\"c,\"\"D, Ltd\"\"\";;\r\ne,f\r\n", Quoting::WholeRows),
            [["a", "b"], ["c", "D, Ltd"], ["e", "f"]]
        );
        assert_eq!(rows_as("a,\"b,c\"", Quoting::Plain), [["a", "\"b", "c\""]]);
    }

    #[test]
    fn marks_in_the_middle_and_the_end_of_dos_files_are_no_text() {
        let glued = "\u{feff}a,b\n\u{feff}\"c\",d\n\u{1a}";
        assert_eq!(rows(glued), [["a", "b"], ["c", "d"]]);
        assert_eq!(rows("a,b\u{1a}\u{1a}"), [["a", "b"]]);
    }

    #[test]
    fn a_row_without_end_is_refused_before_it_fills_the_memory() {
        let endless = io::BufReader::new(io::Read::take(io::repeat(b'x'), 1 << 30));
        let mut records = Records::new(TextSource::new(endless, Charset::Utf8), Dialect::default());
        let fault = records.read(&mut Record::default()).unwrap_err();
        assert!(matches!(fault, RowFault::TooLong(1)));
        assert!(records.text.capacity() < 4 * ROW_BYTES_MAX);
    }

    #[test]
    fn many_open_quotes_take_no_longer_than_the_file_is_long() {
        let text: String = (0..200_000).map(|n| format!("a{n},\"b\n")).collect();
        assert_eq!(rows(&text).len(), 200_000);
        let text: String = (0..20_000).map(|n| format!("a{n}@x.example,\"b\nx\n")).collect();
        assert_eq!(rows(&text).len(), 40_000);
    }
}
