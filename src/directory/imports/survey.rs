//! Looking at a file before it is imported: its charset, delimiter, columns and first rows.

use std::{
    borrow::Cow,
    fs::File,
    io::{BufReader, Read},
    path::Path,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    mapping::Mapping,
    text::{Charset, ROW_BYTES_MAX, RowMark, RowTooLong, TextReader},
};
use crate::server::hexadecimal::hexadecimal;

/// Bytes of the file's start that are looked at.
const SAMPLE_BYTES: usize = 64 << 10;
/// Rows shown before the import starts.
pub const SAMPLE_ROWS: usize = 8;
/// More columns than this are refused.
const COLUMNS_MAX: usize = 500;

/// How to read a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Format {
    pub charset: Charset,
    pub delimiter: Delimiter,
    pub headings: Vec<String>,
    /// Lines of a spreadsheet's `sep=;` note before the headings.
    #[serde(default)]
    pub skip_first_line: bool,
}

/// What stands between the columns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delimiter {
    #[default]
    Comma,
    Semicolon,
    Tab,
    Pipe,
}

impl Delimiter {
    pub const ALL: [Self; 4] = [Self::Comma, Self::Semicolon, Self::Tab, Self::Pipe];

    pub fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
            Self::Pipe => b'|',
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Comma => "comma",
            Self::Semicolon => "semicolon",
            Self::Tab => "tab",
            Self::Pipe => "vertical bar",
        }
    }
}

/// What is known about a file before its import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    pub bytes: u64,
    pub sha256: String,
    pub format: Format,
    pub mapping: Mapping,
}

/// Why a file cannot be imported, or its import ended before all rows were read. The database keeps the code and its
/// parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum FileFault {
    #[error("The file cannot be read: {detail}")]
    Unreadable { detail: String },
    #[error("The file is empty.")]
    Empty,
    #[error("This is {kind}, not a CSV file. Save or export the contacts as CSV and try again.")]
    NotText { kind: Cow<'static, str> },
    #[error("Row {row} is longer than {} kB. A quotation mark may never be closed, or the file is not a CSV file.", ROW_BYTES_MAX >> 10)]
    RowTooLong { row: u64 },
    #[error("The file has {columns} columns; at most {COLUMNS_MAX} can be read.")]
    TooManyColumns { columns: usize },
    #[error("No column holds email addresses. The first row must name the columns, one of them “Email”.")]
    NoEmailColumn,
    #[error("The file cannot be read as CSV: {detail}")]
    Csv { detail: String },
    /// Ended by a person.
    #[error("It was ended before all rows were read.")]
    Ended,

    /// From before faults had codes, in the words of that time.
    #[error("{text}")]
    Earlier { text: String },
}

impl FileFault {
    /// The fault behind an error of the CSV reader in `row` (as in a spreadsheet: the headings are row 1).
    pub fn from_csv(error: csv::Error, row: u64) -> Self {
        match error.kind() {
            csv::ErrorKind::Io(io) if io.get_ref().is_some_and(|inner| inner.is::<RowTooLong>()) => {
                Self::RowTooLong { row }
            }
            _ => Self::Csv { detail: error.to_string() },
        }
    }
}

fn unreadable(error: std::io::Error) -> FileFault {
    FileFault::Unreadable { detail: error.to_string() }
}

/// Reads all of the file once (for its hash and charset) and its beginning closely.
pub fn survey(path: &Path) -> Result<Survey, FileFault> {
    let passed = pass_over(path)?;
    if let Some(kind) = not_text(&passed.start) {
        return Err(FileFault::NotText { kind: kind.into() });
    }
    let charset = Charset::detect(&passed.start, passed.is_utf8);
    let is_bytewise = matches!(charset, Charset::Utf8 | Charset::Windows1252);
    if is_bytewise && let Some(kind) = control_heavy(&passed.start) {
        return Err(FileFault::NotText { kind: kind.into() });
    }
    let noted = separator_note(path, charset)?;
    let mut best: Option<(usize, Format, Mapping)> = None;
    for delimiter in noted.map_or(Delimiter::ALL.to_vec(), |delimiter| vec![delimiter]) {
        let mut format = Format { charset, delimiter, headings: vec![], skip_first_line: noted.is_some() };
        let (headings, rows) = beginning(path, &format)?;
        if headings.len() > COLUMNS_MAX {
            return Err(FileFault::TooManyColumns { columns: headings.len() });
        }
        let mapping = Mapping::recognise(&headings, &rows);
        let even = rows.iter().filter(|row| row.len() == headings.len()).count();
        let score = mapping.recognised() * 100 + usize::from(headings.len() > 1) * (1 + even);
        format.headings = headings;
        if best.as_ref().is_none_or(|(best, ..)| score > *best) {
            best = Some((score, format, mapping));
        }
    }
    let (_, format, mapping) = best.ok_or(FileFault::Empty)?;
    if format.headings.iter().all(|heading| heading.trim().is_empty()) {
        return Err(FileFault::Empty);
    }
    Ok(Survey { bytes: passed.bytes, sha256: passed.sha256, format, mapping })
}

/// The first rows of a file that are not blank.
pub fn sample(path: &Path, format: &Format) -> Result<Vec<Vec<String>>, FileFault> {
    let (_, mut rows) = beginning(path, format)?;
    rows.retain(|row| row.iter().any(|cell| !cell.trim().is_empty()));
    rows.truncate(SAMPLE_ROWS);
    Ok(rows)
}

/// The rows of a file, read as they are asked for.
pub type Rows = csv::Reader<TextReader<BufReader<File>>>;

/// A CSV reader over a file in its format, standing on the headings' row.
pub fn open(path: &Path, format: &Format) -> Result<(Rows, RowMark), FileFault> {
    let file = BufReader::with_capacity(64 << 10, File::open(path).map_err(unreadable)?);
    let (mut text, mark) = TextReader::new(file, format.charset);
    if format.skip_first_line {
        let mut letter = [0];
        while text.read(&mut letter).map_err(unreadable)? == 1 && letter[0] != b'\n' {}
    }
    let reader = csv::ReaderBuilder::new()
        .delimiter(format.delimiter.byte())
        .has_headers(false)
        .flexible(true)
        .from_reader(text);
    Ok((reader, mark))
}

/// The cells of a record as text.
pub fn cells(record: &csv::ByteRecord) -> Vec<String> {
    record.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect()
}

struct Passed {
    bytes: u64,
    sha256: String,
    is_utf8: bool,
    start: Vec<u8>,
}

fn pass_over(path: &Path) -> Result<Passed, FileFault> {
    let mut file = File::open(path).map_err(unreadable)?;
    let (mut hash, mut bytes, mut is_utf8) = (Sha256::new(), 0, true);
    let mut start = Vec::new();
    let mut buffer = vec![0; 256 << 10];
    let mut carried = 0; // bytes of a character cut off at the end of the last piece
    loop {
        let read = file.read(&mut buffer[carried..]).map_err(unreadable)?;
        if read == 0 {
            is_utf8 &= carried == 0;
            break;
        }
        hash.update(&buffer[carried..carried + read]);
        bytes += read as u64;
        let filled = carried + read;
        if start.len() < SAMPLE_BYTES {
            let wanted = (SAMPLE_BYTES - start.len()).min(read);
            start.extend_from_slice(&buffer[carried..carried + wanted]);
        }
        carried = 0;
        if is_utf8 && let Err(error) = std::str::from_utf8(&buffer[..filled]) {
            is_utf8 = error.error_len().is_none();
            carried = if is_utf8 { filled - error.valid_up_to() } else { 0 };
            buffer.copy_within(filled - carried..filled, 0);
        }
    }
    if start.iter().all(u8::is_ascii_whitespace) {
        return Err(FileFault::Empty);
    }
    Ok(Passed { bytes, sha256: hexadecimal(&hash.finalize()), is_utf8, start })
}

/// Well-known files that are no CSV, by their first bytes.
fn not_text(start: &[u8]) -> Option<&'static str> {
    const KINDS: [(&[u8], &str); 7] = [
        (b"PK\x03\x04", "a spreadsheet or ZIP file"),
        (b"\xd0\xcf\x11\xe0", "an old Excel file"),
        (b"%PDF", "a PDF"),
        (b"\x1f\x8b", "a compressed file"),
        (b"\x89PNG", "a picture"),
        (b"\xff\xd8\xff", "a picture"),
        (b"SQLite format 3", "a database"),
    ];
    KINDS.iter().find(|(magic, _)| start.starts_with(magic)).map(|(_, kind)| *kind)
}

/// Text has next to no control characters; a few NULs make bad rows, not a bad file.
fn control_heavy(start: &[u8]) -> Option<&'static str> {
    let controls = start.iter().filter(|byte| **byte < 32 && !matches!(byte, b'\t' | b'\r' | b'\n')).count();
    (controls * 50 > start.len()).then_some("a binary file")
}

/// Spreadsheets write `sep=;` as a first line.
fn separator_note(path: &Path, charset: Charset) -> Result<Option<Delimiter>, FileFault> {
    let file = BufReader::new(File::open(path).map_err(unreadable)?);
    let (text, _mark) = TextReader::new(file, charset);
    let mut line = Vec::new();
    text.take(6).read_to_end(&mut line).map_err(unreadable)?;
    Ok(match line.as_slice() {
        [b's', b'e', b'p', b'=', byte, b'\r' | b'\n'] => Delimiter::ALL.into_iter().find(|one| one.byte() == *byte),
        _ => None,
    })
}

fn beginning(path: &Path, format: &Format) -> Result<(Vec<String>, Vec<Vec<String>>), FileFault> {
    let (mut reader, mark) = open(path, format)?;
    let mut record = csv::ByteRecord::new();
    let mut rows = Vec::new();
    let mut bytes = 0;
    while rows.len() <= 50 && bytes < SAMPLE_BYTES {
        mark.row_begins();
        match reader.read_byte_record(&mut record) {
            Ok(true) => {
                bytes += record.as_slice().len();
                rows.push(cells(&record));
            }
            Ok(false) => break,
            // with a wrong delimiter quotes do not pair up; the first row must be sound all the same
            Err(error) if rows.is_empty() => return Err(FileFault::from_csv(error, 1)),
            Err(_) => break,
        }
    }
    if rows.is_empty() {
        return Err(FileFault::Empty);
    }
    let headings = rows.remove(0);
    Ok((headings, rows))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::directory::imports::mapping::Field;

    fn survey_of(bytes: &[u8]) -> Result<Survey, FileFault> {
        survey_and_rows(bytes).map(|(survey, _)| survey)
    }

    fn survey_and_rows(bytes: &[u8]) -> Result<(Survey, Vec<Vec<String>>), FileFault> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        let survey = survey(file.path())?;
        let rows = sample(file.path(), &survey.format)?;
        Ok((survey, rows))
    }

    #[test]
    fn delimiter_charset_and_columns_are_recognised() {
        let semicolons = survey_of("\u{feff}email;job_title\r\nann@x.example;Head, Growth\r\n".as_bytes()).unwrap();
        assert_eq!(semicolons.format.delimiter, Delimiter::Semicolon);
        assert_eq!(semicolons.format.headings, ["email", "job_title"]);
        let (tabs, rows) = survey_and_rows(b"Name\tE-Mail\nZo\xeb, X\tzoe@x.example\n").unwrap();
        assert_eq!((tabs.format.delimiter, tabs.format.charset), (Delimiter::Tab, Charset::Windows1252));
        assert_eq!(rows[0][0], "Zoë, X");
        let (noted, rows) = survey_and_rows(b"sep=|\r\nemail|city\r\nann@x.example|Rome\r\n").unwrap();
        assert_eq!(noted.format.headings, ["email", "city"]);
        assert_eq!(rows.len(), 1);
        let alone = survey_of(b"email\nann@x.example\n").unwrap();
        assert_eq!(alone.mapping.column(Field::Email), Some(0));
    }

    #[test]
    fn files_that_are_no_contact_lists_are_refused_with_the_reason() {
        assert!(matches!(survey_of(b""), Err(FileFault::Empty)));
        assert!(matches!(survey_of(b" \r\n\n"), Err(FileFault::Empty)));
        assert!(matches!(survey_of(b"PK\x03\x04abc"), Err(FileFault::NotText { .. })));
        let noise: Vec<u8> = (0..4000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        assert!(matches!(survey_of(&noise), Err(FileFault::NotText { .. })));
        assert!(survey_of(b"name,city\nAnn,Rome\n").unwrap().mapping.column(Field::Email).is_none());
        assert!(matches!(survey_of(&vec![b'x'; 3 << 20]), Err(FileFault::RowTooLong { row: 1 })));
        assert!(matches!(survey_of(&vec![b','; 600]), Err(FileFault::TooManyColumns { .. })));
    }

    #[test]
    fn the_same_bytes_have_the_same_hash() {
        let empty_hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hexadecimal(&Sha256::digest(b"")), empty_hash);
        assert_eq!(survey_of(b"email\na@x.example").unwrap().sha256, survey_of(b"email\na@x.example").unwrap().sha256);
    }
}
