//! How one file is read, as it is kept with its import.

use serde::{Deserialize, Serialize};

use super::reading::{Charset, Delimiter, Dialect, Kind, Quoting, Recognised};

/// How to read a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Format {
    pub charset: Charset,
    pub delimiter: Delimiter,
    #[serde(default)]
    pub quoting: Quoting,
    /// The names of the columns; made up when the file has none.
    pub headings: Vec<String>,
    /// The file begins with a note of its delimiter (`sep=;`), which spreadsheets do not show as a row.
    #[serde(default, alias = "skip_first_line")]
    pub noted: bool,
    /// Rows over the table, as in a spreadsheet.
    #[serde(default)]
    pub rows_before: u64,
    /// Its first row is a person.
    #[serde(default)]
    pub unnamed: bool,
    /// The kinds of columns that hold one kind only.
    #[serde(default)]
    pub kinds: Vec<Option<Kind>>,
    #[serde(default)]
    pub findings: Findings,
}

/// What was met in a file that people should know of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    /// Rows over the table that say something.
    pub notes_over: u64,
    /// Rows with letters that are none in the encoding of the file.
    pub strays: u64,
    /// The first of them.
    pub stray_rows: Vec<u64>,
    /// What another reading of the file would see differently.
    pub doubts: Vec<Doubt>,
}

/// What is not sure about a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    Charset,
    Delimiter,
    Names,
}

impl Doubt {
    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Charset => "Another encoding is nearly as likely: look at the accents in the first rows.",
            Self::Delimiter => "Another separator is nearly as likely: look at the columns in the first rows.",
            Self::Names => "It is not clear whether the first row names the columns.",
        }
    }
}

impl Format {
    pub(super) fn of(recognised: Recognised) -> Self {
        let Recognised { charset, charset_doubtful, reading } = recognised;
        let layout = reading.layout;
        let doubts =
            [(charset_doubtful, Doubt::Charset), (reading.doubtful, Doubt::Delimiter), (layout.doubtful, Doubt::Names)];
        let doubts = doubts.into_iter().filter(|(is_doubtful, _)| *is_doubtful).map(|(_, doubt)| doubt).collect();
        Self {
            charset,
            delimiter: reading.dialect.delimiter,
            quoting: reading.dialect.quoting,
            // Postgres holds no NUL in a text.
            headings: layout.headings.into_iter().map(|heading| heading.replace('\0', "␀")).collect(),
            noted: reading.noted,
            rows_before: layout.first_row.saturating_sub(1),
            unnamed: !layout.named,
            kinds: layout.kinds,
            findings: Findings { notes_over: layout.over as u64, doubts, ..Findings::default() },
        }
    }

    pub(super) fn dialect(&self) -> Dialect {
        Dialect { delimiter: self.delimiter, quoting: self.quoting }
    }

    /// The number of the last row over the first person's, as in a spreadsheet.
    pub fn rows_above(&self) -> u64 {
        self.rows_before + u64::from(!self.unnamed)
    }

    /// What people can choose about this reading, as one word.
    pub fn key(&self) -> String {
        let names = if self.unnamed { UNNAMED } else { NAMED };
        format!("{}/{}/{names}", self.charset.code(), self.delimiter.code())
    }

    /// Encoding, separator and columns in a line.
    pub fn line(&self) -> String {
        let columns = match self.headings.len() {
            1 => "1 column".to_owned(),
            columns => format!("{columns} columns"),
        };
        let mut line = format!("{}, separated by {}", self.charset.label(), self.delimiter.label());
        for part in [self.quoting.remark().map(str::to_owned), Some(columns)].into_iter().flatten() {
            line.push_str(", ");
            line.push_str(&part);
        }
        line
    }

    /// What else people should know, a sentence each.
    pub fn remarks(&self) -> Vec<String> {
        let Findings { notes_over, strays, stray_rows, doubts } = &self.findings;
        let mut remarks = Vec::new();
        match notes_over {
            0 => {}
            1 => remarks.push("One row above the table is a note and is left out.".to_owned()),
            rows => remarks.push(format!("{rows} rows above the table are notes and are left out.")),
        }
        if self.unnamed {
            remarks.push("The columns have no names: the first row is read as a person.".to_owned());
        }
        if *strays > 0 {
            let numbers: Vec<String> = stray_rows.iter().map(u64::to_string).collect();
            let more = if *strays > stray_rows.len() as u64 { " and others" } else { "" };
            let rows = if *strays == 1 { "1 row has".to_owned() } else { format!("{strays} rows have") };
            remarks.push(format!(
                "{rows} letters in another encoding, which may be read wrong: row {}{more}.",
                numbers.join(", ")
            ));
        }
        remarks.extend(doubts.iter().map(|doubt| doubt.label().to_owned()));
        remarks
    }
}

/// The words for a first row that names the columns, and for one that is a person.
pub const NAMED: &str = "names";
pub const UNNAMED: &str = "person";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_of_earlier_versions_are_read() {
        let earlier = r#"{"charset":"windows1252","delimiter":"tab","headings":["Email"],"skip_first_line":true}"#;
        let format: Format = serde_json::from_str(earlier).unwrap();
        assert_eq!((format.charset, format.delimiter, format.noted), (Charset::Windows1252, Delimiter::Tab, true));
        assert_eq!((format.rows_above(), format.quoting), (1, Quoting::Doubled));
        for charset in ["utf8", "utf16_little_endian", "utf16_big_endian"] {
            assert!(serde_json::from_str::<Charset>(&format!("\"{charset}\"")).is_ok());
        }
    }

    #[test]
    fn what_people_should_know_is_said() {
        assert!(Format::default().remarks().is_empty());
        let findings = Findings { notes_over: 2, strays: 12, stray_rows: vec![3, 9], doubts: vec![Doubt::Charset] };
        let remarks = Format { findings, unnamed: true, ..Format::default() }.remarks();
        assert_eq!(remarks.len(), 4);
        assert_eq!(remarks[0], "2 rows above the table are notes and are left out.");
        assert!(remarks[2].starts_with("12 rows have letters") && remarks[2].ends_with("row 3, 9 and others."));
    }
}
