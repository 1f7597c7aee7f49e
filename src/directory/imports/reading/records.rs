//! The rows of a file, one by one, in bounded memory.
//!
//! Each row keeps the number that a spreadsheet shows beside it. A quotation mark that is never closed swallows no rows: where
//! the lines that it would swallow are rows of the table themselves, it is read as a letter.

use std::io::{self, BufRead};

use memchr::{memchr, memchr2, memchr3};

use super::{
    dialect::{Dialect, Quoting},
    kind::{Kind, kind_of},
    text::TextSource,
};

/// One row (with its line breaks) may have this many bytes; longer ones are a broken file.
pub const ROW_BYTES_MAX: usize = 1 << 20;

/// Quotation marks in a cell, after its first line break, that close nothing: then the cell is none.
const STRAYS_MAX: usize = 3;

/// Why no further row can be read.
#[derive(Debug, thiserror::Error)]
pub enum RowFault {
    #[error(transparent)]
    Disk(#[from] io::Error),
    /// The row of this number is longer than [`ROW_BYTES_MAX`].
    #[error("row {0} is too long")]
    TooLong(u64),
}

/// One row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    text: String,
    /// Where each cell ends.
    ends: Vec<usize>,
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
    pub fn len(&self) -> usize {
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

    fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        (self.quoted, self.bare, self.whole) = (0, 0, false);
    }

    fn end_cell(&mut self, quoted: bool) {
        let start = self.ends.last().copied().unwrap_or(0);
        if quoted {
            self.quoted += 1;
        } else if self.text.len() > start {
            self.bare += 1;
        }
        self.ends.push(self.text.len());
    }
}

/// How the rows of a text are to be told apart.
#[derive(Debug, Clone, Copy)]
struct Way {
    delimiter: u8,
    quoting: Quoting,
    /// Quotes that are not closed on their line are letters.
    one_line: bool,
}

/// What became of the attempt to read a row.
enum Outcome {
    /// It ends here; the next one begins there. `lines`: how many lines it has.
    Row { next: usize, lines: usize },
    /// The text ends too early to say.
    More,
    /// A quotation mark is closed nowhere.
    NeverClosed,
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
            if record.len() == 1 && record.text.is_empty() && record.quoted == 0 {
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
    /// line on which the row begins, and an address where that has one.
    fn swallows_rows(&self, way: Way, next: usize) -> bool {
        let way = Way { one_line: true, ..way };
        let (mut first, mut line, mut inner) = (Record::default(), Record::default(), Record::default());
        let Outcome::Row { next: mut at, .. } = split(&self.text[..next], self.at, true, way, &mut first, &mut inner)
        else {
            return false;
        };
        let Some(address) = first.iter().position(|cell| kind_of(cell) == Kind::Address) else { return false };
        while at < next {
            line.clear();
            let outcome = split(&self.text, at, self.ended, way, &mut line, &mut inner);
            if line.len() >= first.len() && line.iter().nth(address).is_some_and(|cell| kind_of(cell) == Kind::Address)
            {
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

/// Reads one row of `text` from `at` on into `record`. `complete`: the file ends with the text.
fn split(text: &str, at: usize, complete: bool, way: Way, record: &mut Record, inner: &mut Record) -> Outcome {
    if way.quoting == Quoting::WholeRows {
        return split_whole(text, at, complete, way, record, inner);
    }
    let bytes = text.as_bytes();
    let (mut at, mut lines) = (at, 1);
    let mark = (way.quoting != Quoting::Plain).then(|| way.quoting.mark());
    loop {
        if let Some(mark) = mark {
            let opening = at + bytes[at..].iter().take_while(|byte| **byte == b' ' && way.delimiter != b' ').count();
            if opening == bytes.len() && !complete {
                return Outcome::More;
            }
            if bytes.get(opening) == Some(&mark) {
                let start = record.text.len();
                match quoted_cell(text, opening + 1, complete, way, record) {
                    Closed::At { next, lines: more } => {
                        record.end_cell(true);
                        lines += more;
                        match after_cell(bytes, next, complete, way.delimiter) {
                            After::Cell(next) => {
                                at = next;
                                continue;
                            }
                            After::Row(next) => return Outcome::Row { next, lines },
                            After::More => return Outcome::More,
                        }
                    }
                    Closed::More => return Outcome::More,
                    Closed::Never if way.one_line => record.text.truncate(start), // a letter like any other
                    Closed::Never => return Outcome::NeverClosed,
                }
            }
        }
        let end = bare_cell(text, at, way, record);
        match after_cell(bytes, end, complete, way.delimiter) {
            After::More => return Outcome::More,
            After::Cell(next) => {
                record.end_cell(false);
                at = next;
            }
            After::Row(next) => {
                record.end_cell(false);
                return Outcome::Row { next, lines };
            }
        }
    }
}

/// Copies a cell without quotes and returns its end.
fn bare_cell(text: &str, start: usize, way: Way, record: &mut Record) -> usize {
    let bytes = text.as_bytes();
    let mut at = start;
    loop {
        let end = memchr3(way.delimiter, b'\n', b'\r', &bytes[at..]).map_or(bytes.len(), |found| at + found);
        let escaped = way.quoting == Quoting::Backslash && end > at && bytes[end - 1] == b'\\';
        if escaped && bytes.get(end) == Some(&way.delimiter) {
            record.text.push_str(&text[at..end - 1]);
            record.text.push(char::from(way.delimiter));
            at = end + 1;
            continue;
        }
        let cell = &text[at..end];
        // Databases write nothing so.
        if !(way.quoting == Quoting::Backslash && at == start && cell == "\\N") {
            record.text.push_str(cell);
        }
        return end;
    }
}

enum After {
    Cell(usize),
    Row(usize),
    More,
}

/// What comes after the cell that ends at `at`: another one, or the next row.
fn after_cell(bytes: &[u8], at: usize, complete: bool, delimiter: u8) -> After {
    let rest = &bytes[at..];
    match rest {
        [] if complete => After::Row(at),
        [] => After::More,
        [byte, ..] if *byte == delimiter => After::Cell(at + 1),
        [b'\n', ..] => After::Row(at + 1),
        [b'\r', b'\n', ..] => After::Row(at + 2),
        [b'\r', b'\r', b'\n', ..] => After::Row(at + 3),
        [b'\r'] | [b'\r', b'\r'] if !complete => After::More,
        _ => After::Row(at + 1),
    }
}

enum Closed {
    At { next: usize, lines: usize },
    More,
    Never,
}

/// Reads a cell in quotes from behind its opening one. It is closed by a quotation mark before a delimiter or the end of
/// the row (spaces may stand between); others are letters of the cell.
fn quoted_cell(text: &str, start: usize, complete: bool, way: Way, record: &mut Record) -> Closed {
    let (bytes, mark) = (text.as_bytes(), way.quoting.mark());
    let escape = if way.quoting == Quoting::Backslash { b'\\' } else { mark };
    let (mut at, mut lines, mut strays) = (start, 0, 0);
    loop {
        let limit = if way.one_line {
            memchr2(b'\n', b'\r', &bytes[at..]).map_or(bytes.len(), |found| at + found)
        } else {
            bytes.len()
        };
        let Some(found) = memchr2(mark, escape, &bytes[at..limit]).map(|found| at + found) else {
            let can_go_on = !complete && limit == bytes.len();
            return if can_go_on { Closed::More } else { Closed::Never };
        };
        if !way.one_line {
            lines += line_breaks(&bytes[at..found]);
        }
        record.text.push_str(&text[at..found]);
        if bytes[found] != mark {
            // A backslash: what follows is a letter of the cell.
            let Some(next) = text[found + 1..].chars().next() else {
                return if complete { Closed::Never } else { Closed::More };
            };
            if next != char::from(mark) && next != '\\' {
                record.text.push('\\');
            }
            if next == '\n' || next == '\r' {
                at = found + 1;
                continue;
            }
            record.text.push(next);
            at = found + 1 + next.len_utf8();
            continue;
        }
        match bytes.get(found + 1) {
            None if !complete => return Closed::More,
            Some(next) if *next == mark => {
                record.text.push(char::from(mark));
                at = found + 2;
                continue;
            }
            _ => {}
        }
        let spaces = bytes[found + 1..].iter().take_while(|byte| **byte == b' ').count();
        let behind = found + 1 + spaces;
        match bytes.get(behind) {
            None if complete => return Closed::At { next: behind, lines },
            None => return Closed::More,
            Some(byte) if *byte == way.delimiter || matches!(byte, b'\n' | b'\r') => {
                return Closed::At { next: behind, lines };
            }
            Some(_) => {
                if lines > 0 {
                    strays += 1;
                    if strays >= STRAYS_MAX {
                        return Closed::Never;
                    }
                }
                record.text.push(char::from(mark));
                at = found + 1;
            }
        }
    }
}

fn line_breaks(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count()
}

/// A row that stands in one pair of quotes as a whole; delimiters may follow it, as spreadsheets add them.
fn split_whole(text: &str, at: usize, complete: bool, way: Way, record: &mut Record, inner: &mut Record) -> Outcome {
    let bytes = text.as_bytes();
    let way = Way { quoting: Quoting::Doubled, ..way };
    if bytes.get(at) != Some(&b'"') {
        return split(text, at, complete, way, record, inner);
    }
    inner.clear();
    let mut from = at + 1;
    loop {
        let Some(found) = memchr(b'"', &bytes[from..]).map(|found| from + found) else {
            return if complete { split(text, at, complete, way, record, inner) } else { Outcome::More };
        };
        inner.text.push_str(&text[from..found]);
        match bytes.get(found + 1) {
            None if !complete => return Outcome::More,
            Some(b'"') => {
                inner.text.push('"');
                from = found + 2;
            }
            _ => {
                let spare = bytes[found + 1..].iter().take_while(|byte| b",;\t".contains(byte)).count();
                return match after_cell(bytes, found + 1 + spare, complete, 0) {
                    After::More => Outcome::More,
                    After::Row(next) if is_row_end(bytes, found + 1 + spare) => {
                        let row = std::mem::take(&mut inner.text);
                        let mut unused = Record::default();
                        split(&row, 0, true, Way { one_line: true, ..way }, record, &mut unused);
                        inner.text = row;
                        record.whole = true;
                        Outcome::Row { next, lines: 1 }
                    }
                    _ => split(text, at, complete, way, record, inner),
                };
            }
        }
    }
}

fn is_row_end(bytes: &[u8], at: usize) -> bool {
    matches!(bytes.get(at), None | Some(b'\n' | b'\r'))
}

#[cfg(test)]
mod tests {
    use super::{
        super::{charset::Charset, dialect::Delimiter},
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
            let told: Vec<_> = records.iter().map(|record| (record.row, record.blank_before, record.len())).collect();
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
