//! Looking at a file before it is imported: how it is to be read, and what its columns are.

use std::{fs::File, path::Path};

use sha2::{Digest, Sha256};

use super::{
    fault::{COLUMNS_MAX, FileFault},
    format::Format,
    mapping::{Field, Mapping},
    reading::{Kind, ROW_BYTES_MAX, Record, Sample, Wish, recognise},
    rows,
};
use crate::server::hexadecimal::hexadecimal;

/// Rows by which columns are recognised.
const ROWS: usize = 50;
/// Rows with stray letters whose numbers are kept.
const STRAY_ROWS: usize = 5;

/// What is known about a file before its import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    pub bytes: u64,
    pub sha256: String,
    pub format: Format,
    pub mapping: Mapping,
}

/// Reads all of the file once (for its hash and encoding), and parts of it closely.
///
/// # Errors
/// The file's fault.
#[cfg(test)]
pub fn survey(path: &Path) -> Result<Survey, FileFault> {
    survey_as(path, Wish::default())
}

/// Looks at a file that is to be read as `wish` says, as far as it says something.
///
/// # Errors
/// The file's fault.
pub fn survey_as(path: &Path, wish: Wish) -> Result<Survey, FileFault> {
    let (sample, sha256) = pass_over(path)?;
    if let Some(kind) = not_text(&sample.start) {
        return Err(FileFault::NotText { kind: kind.into() });
    }
    let known = |headings: &[String]| Mapping::recognise(headings, &[]).recognised();
    let recognised = recognise(&sample, wish, &known).ok_or_else(|| without_rows(&sample))?;
    if !recognised.charset.is_utf16()
        && let Some(kind) = control_heavy(&sample.start)
    {
        return Err(FileFault::NotText { kind: kind.into() });
    }
    let mut format = Format::of(recognised);
    if format.headings.len() > COLUMNS_MAX {
        return Err(FileFault::TooManyColumns { columns: format.headings.len() });
    }
    if sample.utf8.stray > 0 && format.charset.has_strays() {
        note_strays(path, &mut format)?;
    }
    let mut mapping = Mapping::recognise(&format.headings, &rows::first(path, &format, ROWS)?);
    if mapping.column(Field::Email).is_none()
        && let Some(column) = format.kinds.iter().position(|kind| *kind == Some(Kind::Address))
    {
        mapping.0[column] = Some(Field::Email);
    }
    Ok(Survey { bytes: sample.bytes, sha256, format, mapping })
}

/// A file has no rows when it is empty, or when its first one does not end.
fn without_rows(sample: &Sample) -> FileFault {
    if sample.bytes as usize > ROW_BYTES_MAX { FileFault::RowTooLong { row: 1 } } else { FileFault::Empty }
}

fn pass_over(path: &Path) -> Result<(Sample, String), FileFault> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut hash = Sha256::new();
    let sample = Sample::of(file, length, |piece| hash.update(piece))?;
    if sample.start.iter().all(u8::is_ascii_whitespace) {
        return Err(FileFault::Empty);
    }
    Ok((sample, hexadecimal(&hash.finalize())))
}

/// Notes which rows have letters that are none in the file's encoding.
fn note_strays(path: &Path, format: &mut Format) -> Result<(), FileFault> {
    let mut rows = rows::open(path, format)?;
    let mut record = Record::default();
    let findings = &mut format.findings;
    // A row that is too long is told when the import comes to it.
    while let Ok(true) = rows.next(&mut record) {
        if record.doubtful {
            findings.strays += 1;
            if findings.stray_rows.len() < STRAY_ROWS {
                findings.stray_rows.push(record.row);
            }
        }
    }
    Ok(())
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
    let is_control = |byte: &&u8| **byte < 32 && !matches!(byte, b'\t' | b'\r' | b'\n' | 0x1a | 0x1b | 0x1f);
    let controls = start.iter().filter(is_control).count();
    (controls * 50 > start.len()).then_some("a binary file")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::directory::imports::{
        reading::{Charset, Delimiter},
        rows::sample,
    };

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
        assert!(matches!(survey_of(&vec![b','; 600]), Err(FileFault::Empty)));
        let wide = format!("{}\n{}\n", "a,".repeat(600), "b,".repeat(600));
        assert!(matches!(survey_of(wide.as_bytes()), Err(FileFault::TooManyColumns { columns: 600 })));
    }

    #[test]
    fn rows_with_letters_of_another_encoding_are_told() {
        let mut bytes = "Email,Name\nzoe@x.example,Zoë\n".repeat(4).into_bytes();
        bytes.extend_from_slice(b"ann@x.example,Ren\xe9e\n");
        let format = survey_of(&bytes).unwrap().format;
        assert_eq!((format.charset, format.findings.strays), (Charset::Utf8, 1));
        assert_eq!(format.findings.stray_rows, [9]);
    }

    #[test]
    fn a_file_is_read_as_it_is_wished() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"ann@x.example;a,b\nbo@x.example;Wis\xb3a,c\n").unwrap();
        let of = |wish: Wish| survey_as(file.path(), wish).unwrap().format;
        let wish = Wish { charset: Some(Charset::Windows1250), ..Wish::default() };
        assert_eq!(
            (of(wish).charset, of(wish).delimiter, of(wish).unnamed),
            (Charset::Windows1250, Delimiter::Semicolon, true)
        );
        let wish = Wish { delimiter: Some(Delimiter::Comma), named: Some(true), ..Wish::default() };
        assert_eq!(of(wish).headings, ["ann@x.example;a", "b"]);
    }

    #[test]
    fn the_same_bytes_have_the_same_hash() {
        let empty_hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hexadecimal(&Sha256::digest(b"")), empty_hash);
        assert_eq!(survey_of(b"email\na@x.example").unwrap().sha256, survey_of(b"email\na@x.example").unwrap().sha256);
    }
}
