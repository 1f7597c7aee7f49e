//! Reading addresses and domains from a text that was pasted, or from a file of another program.

use super::{Subject, SuppressionKeys};

/// Most rows of one text or file.
pub const ROWS_MAX: usize = 100_000;
/// Rows that are named when they cannot be read.
const FAULTS_SHOWN: usize = 5;
/// Longest part of such a row that is repeated.
const CHARACTERS_SHOWN: usize = 40;
/// Names of columns with an address or a domain, in lower case.
const COLUMNS: [&str; 10] = [
    "address or domain",
    "email",
    "e-mail",
    "email address",
    "e-mail address",
    "address",
    "domain",
    "website",
    "mail",
    "value",
];

/// What was read.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Read {
    pub subjects: Vec<Subject>,
    /// Rows that could not be read.
    pub faults: usize,
    /// The first of them, in words.
    pub first_faults: Vec<String>,
    /// Whether there were more than [`ROWS_MAX`]: those are left out.
    pub too_many: bool,
}

impl Read {
    fn take(&mut self, keys: &SuppressionKeys, line: u64, text: &str) {
        if self.subjects.len() + self.faults == ROWS_MAX {
            self.too_many = true;
            return;
        }
        match Subject::parse(keys, text) {
            Ok(subject) => self.subjects.push(subject),
            Err(fault) => {
                self.faults += 1;
                if self.first_faults.len() < FAULTS_SHOWN {
                    let shown: String = text.chars().take(CHARACTERS_SHOWN).collect();
                    self.first_faults.push(format!("line {line} “{shown}”: {fault}"));
                }
            }
        }
    }

    /// The rows that could not be read, for people; empty when there are none.
    pub fn faults_text(&self) -> String {
        let more = self.faults - self.first_faults.len();
        let mut text = self.first_faults.join("; ");
        if more > 0 {
            text.push_str(&format!("; and {more} more"));
        }
        text
    }
}

/// Reads a pasted text: one address or domain in each line, or several with commas, semicolons or spaces between them.
pub fn read_text(keys: &SuppressionKeys, text: &str) -> Read {
    let mut read = Read::default();
    for (line, text) in (1..).zip(text.lines()) {
        let words = text.split([',', ';', ' ', '\t']).map(str::trim).filter(|word| !word.is_empty());
        words.for_each(|word| read.take(keys, line, word));
    }
    read
}

/// Reads a CSV file: the column that is named so, else the first one. Byte order marks and UTF-16 are understood.
pub fn read_file(keys: &SuppressionKeys, bytes: &[u8]) -> Read {
    let (text, _, _) = encoding_rs::UTF_8.decode(bytes);
    let head = text.lines().next().unwrap_or_default();
    let delimiter = [b',', b';', b'\t'].into_iter().max_by_key(|sign| head.bytes().filter(|byte| byte == sign).count());
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter.unwrap_or(b','))
        .from_reader(text.as_bytes());
    let (mut read, mut column) = (Read::default(), None);
    for record in reader.records().map_while(Result::ok) {
        let line = record.position().map_or(0, csv::Position::line);
        let Some(column) = column else {
            let named = record.iter().position(|cell| COLUMNS.contains(&cell.trim().to_lowercase().as_str()));
            column = Some(named.unwrap_or(0));
            if named.is_none() {
                take_cell(&mut read, keys, line, record.get(0));
            }
            continue;
        };
        take_cell(&mut read, keys, line, record.get(column));
    }
    read
}

/// Takes a cell that holds something. The apostrophe of a cell that was defused for spreadsheets is left out.
fn take_cell(read: &mut Read, keys: &SuppressionKeys, line: u64, cell: Option<&str>) {
    let text = cell.unwrap_or_default().trim();
    let text = text.strip_prefix('\'').unwrap_or(text);
    if !text.is_empty() {
        read.take(keys, line, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(read: &Read) -> Vec<&str> {
        read.subjects.iter().map(|subject| subject.shown.as_str()).collect()
    }

    #[test]
    fn a_pasted_text_has_lines_or_lists() {
        let keys = SuppressionKeys::new(&[1; 32]);
        let read = read_text(&keys, "Uma@acme.example\n\nbo@acme.example; cy@acme.example,sued.example\nnone\n");
        assert_eq!(shown(&read), ["uma@acme.example", "bo@acme.example", "cy@acme.example", "sued.example"]);
        assert_eq!(read.faults_text(), "line 4 “none”: neither an address nor a domain");
        assert_eq!(read_text(&keys, " \n"), Read::default());
    }

    #[test]
    fn a_file_is_read_by_the_column_that_is_named_or_by_the_first_one() {
        let keys = SuppressionKeys::new(&[1; 32]);
        for (file, lines) in [
            ("Name;E-Mail\r\nUma;uma@acme.example\r\n\"Bo; the first\";bo@acme.example\r\n", 2),
            ("email\numa@acme.example\nbo@acme.example\n", 2),
            ("uma@acme.example,Uma\nbo@acme.example,Bo\n", 2),
            ("\u{feff}Address or domain\tReason\numa@acme.example\tx\n'bo@acme.example\ty\n", 2),
        ] {
            let read = read_file(&keys, file.as_bytes());
            assert_eq!((shown(&read), read.faults), (vec!["uma@acme.example", "bo@acme.example"], 0), "{file}");
            assert_eq!(read.subjects.len(), lines);
        }
        let utf_16: Vec<u8> = "\u{feff}email\numa@acme.example\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(shown(&read_file(&keys, &utf_16)), ["uma@acme.example"]);
    }

    #[test]
    fn what_cannot_be_read_is_named_and_counted_and_the_rest_is_taken() {
        let keys = SuppressionKeys::new(&[1; 32]);
        let file = format!("email\n{}uma@acme.example\n\0\u{202e}\n", "x\n".repeat(6));
        let read = read_file(&keys, file.as_bytes());
        assert_eq!((shown(&read), read.faults, read.first_faults.len()), (vec!["uma@acme.example"], 7, 5));
        assert!(read.faults_text().starts_with("line 2 “x”: ") && read.faults_text().ends_with("; and 2 more"));
        let many = "a@acme.example\n".repeat(ROWS_MAX + 1);
        let read = read_file(&keys, many.as_bytes());
        assert_eq!((read.subjects.len(), read.too_many), (ROWS_MAX, true));
    }
}
