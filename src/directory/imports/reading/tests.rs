//! Files of many programs, and tables written in every dialect.

use std::path::Path;

use super::*;

/// Headings that the tests know; the product knows many more.
fn known(cells: &[String]) -> usize {
    const KNOWN: [&str; 12] = [
        "email",
        "e-mail",
        "email address",
        "first name",
        "first_name",
        "last name",
        "company",
        "city",
        "title",
        "job title",
        "job_title",
        "phone",
    ];
    cells.iter().filter(|cell| KNOWN.contains(&cell.trim().to_lowercase().as_str())).count()
}

pub(super) struct Read {
    pub recognised: Recognised,
    /// Rows of the table below its headings, with their numbers.
    pub rows: Vec<(u64, Vec<String>)>,
    pub blank: u64,
    pub doubtful: Vec<u64>,
}

pub(super) fn read(bytes: &[u8]) -> Read {
    read_as(bytes, Wish::default())
}

fn read_as(bytes: &[u8], wish: Wish) -> Read {
    let recognised = recognise(&Sample::of_bytes(bytes), wish, &known).unwrap();
    let Reading { dialect, noted, layout, .. } = &recognised.reading;
    let mut records = Records::new(TextSource::new(bytes, recognised.charset), *dialect);
    let mut read = Read { recognised: recognised.clone(), rows: Vec::new(), blank: 0, doubtful: Vec::new() };
    let mut record = Record::default();
    while records.read(&mut record).unwrap() {
        let row = record.row - u64::from(*noted);
        if (*noted && record.row == 1) || row < layout.first_row + u64::from(layout.named) {
            continue;
        }
        read.blank += record.blank_before;
        read.rows.push((row, record.cells()));
        if record.doubtful {
            read.doubtful.push(row);
        }
    }
    read
}

fn case(name: &str) -> Read {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cases");
    let file = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let is_it = |path: &std::path::PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with(name);
    read(&std::fs::read(file.into_iter().find(is_it).unwrap()).unwrap())
}

impl Read {
    fn headings(&self) -> &[String] {
        &self.recognised.reading.layout.headings
    }

    fn cell(&self, row: usize, column: usize) -> &str {
        &self.rows[row].1[column]
    }

    pub fn numbers(&self) -> Vec<u64> {
        self.rows.iter().map(|(number, _)| *number).collect()
    }
}

#[test]
fn the_cases_are_read_right() {
    let network = case("01-");
    assert_eq!(network.recognised.reading.layout.over, 2);
    assert_eq!(network.headings()[3], "Email Address");
    assert_eq!((network.numbers(), network.cell(2, 5)), (vec![5, 6, 7], "Director, Partnerships"));
    for (name, people) in
        [("02-", 2), ("03-", 2), ("04-", 2), ("05-", 3), ("06-", 20), ("08-", 5), ("09-", 2), ("10-", 2)]
    {
        assert_eq!(case(name).rows.len(), people, "{name}");
    }
    assert_eq!(case("02-").headings(), ["Email", "First Name", "Job Title"]);
    assert_eq!(case("02-").numbers(), [2, 3], "spreadsheets do not show the note");
    assert_eq!(case("03-").headings(), ["Email", "First Name", "Job Title"]);
    assert_eq!(case("04-").numbers(), [3, 4]);
    assert!(!case("05-").recognised.reading.layout.named);
    assert_eq!(case("06-").headings().len(), 7);
    assert_eq!(case("08-").numbers(), [2, 3, 4, 5, 6]);
    assert_eq!(case("08-").cell(2, 1), "Quoted, Inc");
    assert_eq!(case("09-").cell(0, 2), "The \"Best, Ever\" Shop");
    assert_eq!(case("10-").cell(1, 2), "Wrapped, Ltd");
    let lines = case("41-");
    assert_eq!((lines.numbers(), lines.blank), (vec![3, 6, 8, 9], 4));
    assert_eq!(case("44-").numbers(), [2, 3, 4]);
    assert_eq!(case("44-").cell(1, 0), "Email");
    assert_eq!(case("45-").cell(0, 1), "Head of\r\nGrowth");
    assert_eq!(case("46-").rows.len(), 2);
    assert_eq!(case("47-").rows.len(), 2);
    assert_eq!(case("48-").rows.len(), 2);
    assert_eq!((case("49-").rows.len(), case("49-").headings().len()), (2, 16));
    assert_eq!(case("51-").cell(0, 2), "Single, Ltd");
    assert_eq!(case("57-").rows.len(), 4);
}

#[test]
fn the_cases_are_read_in_their_encoding() {
    let mixed = case("11-");
    assert_eq!((mixed.cell(0, 1), mixed.cell(0, 2), mixed.cell(0, 3)), ("Zoë", "Müller", "Zürich"));
    assert_eq!(mixed.doubtful, [42], "p40 and no one else");
    assert!(!mixed.cell(40, 1).contains(char::REPLACEMENT_CHARACTER));
    let central = case("12-");
    assert_eq!(central.recognised.charset, Charset::Windows1250);
    assert_eq!((central.cell(0, 3), central.cell(1, 4)), ("Wisła Meble", "České Budějovice"));
    assert_eq!(case("14-").recognised.charset, Charset::ShiftJis);
    assert_eq!(case("14-").cell(0, 1), "山田 太郎");
    assert_eq!((case("15-").headings()[0].as_str(), case("15-").cell(0, 0)), ("First Name", "Zoë"));
    let unicode = case("16-");
    assert_eq!(unicode.recognised.charset, Charset::Utf16LittleEndian);
    assert_eq!((unicode.rows.len(), unicode.cell(0, 0)), (2, "Анна Петрова"));
}

/// Files of the same kinds as the cases.
#[test]
fn tables_begin_and_end_where_they_do() {
    let with_total = read(
        "Sales team;;;\r\nAs of;2026-03-01;;\r\n;;;\r\nName;Email;Seats;Since\r\nAnn;ann@x.example;3;2026-01-01\r\n\
         Bo;bo@x.example;4;2026-01-02\r\nCy;cy@x.example;5;2026-01-05\r\nTotal;;12;\r\n"
            .as_bytes(),
    );
    assert_eq!(with_total.headings(), ["Name", "Email", "Seats", "Since"]);
    assert_eq!(with_total.numbers(), [5, 6, 7, 8], "the totals are a row that is counted");
    let alone = read(b"ann@x.example\nbo@x.example\n");
    assert!(!alone.recognised.reading.layout.named);
    assert_eq!(alone.rows.len(), 2);
    let titled = read(b"Members\n\nEmail\nann@x.example\nbo@x.example\n");
    assert_eq!((titled.headings(), titled.numbers()), (&["Email".to_owned()][..], vec![4, 5]));
    let contact = "Questions? Write to help@vendor.example.\n\nFirst Name,Email,City\nAnn,ann@x.example,Rome\n";
    assert_eq!(read(contact.as_bytes()).numbers(), [4]);
    let grouped =
        "Person,,Company,\nFirst Name,Email,Company,City\nAnn,ann@x.example,Acme,Rome\nBo,bo@x.example,Best,Bari\n";
    assert_eq!(read(grouped.as_bytes()).headings()[0], "First Name");
    let foreign = "ชื่อ,อีเมล,เมือง\nสมชาย,som@x.example,กรุงเทพ\nมาลี,mali@x.example,เชียงใหม่\n";
    assert_eq!(read(foreign.as_bytes()).headings(), ["ชื่อ", "อีเมล", "เมือง"]);
}

#[test]
fn people_without_an_address_come_before_others_and_are_no_headings() {
    let rows = "Ann,Lee,,Acme\nBo,Poe,bo@x.example,Best\nCy,Ray,cy@x.example,Acme\n";
    let named = read(format!("First Name,Last Name,Email,Company\n{rows}").as_bytes());
    assert_eq!((named.headings()[0].as_str(), named.rows.len()), ("First Name", 3));
    let unnamed = read(rows.as_bytes());
    assert_eq!((unnamed.recognised.reading.layout.named, unnamed.rows.len()), (false, 3));
}

#[test]
fn separator_notes_name_any_delimiter() {
    for (sign, note) in [("|", "sep=|"), ("\t", "\"sep=\t\""), ("^", "sep=^"), (",", "sep=,")] {
        let text = format!("{note}\r\nEmail{sign}City\r\nann@x.example{sign}Rome\r\n");
        let found = read(text.as_bytes());
        assert_eq!(
            (found.headings(), found.numbers()),
            (&["Email".to_owned(), "City".to_owned()][..], vec![2]),
            "{note:?}"
        );
    }
}

#[test]
fn spare_delimiters_make_no_columns() {
    let found = read(b"Email,City,,\nann@x.example,Rome,,\nbo@x.example,Bari,,\n");
    assert_eq!(found.headings(), ["Email", "City"]);
    let unnamed = read(b"ann@x.example;Rome;;\nbo@x.example;Bari;;\n");
    assert_eq!(unnamed.headings().len(), 2);
}

#[test]
fn a_semicolon_file_with_commas_in_it_is_none_of_commas() {
    let text = "Email;Title;Revenue\nann@x.example;Head, Growth;1,5\nbo@x.example;CFO, Europe;2,75\n";
    let found = read(text.as_bytes());
    assert_eq!(found.recognised.reading.dialect.delimiter, Delimiter::Semicolon);
    assert!(!found.recognised.reading.doubtful);
}

#[test]
fn a_wish_wins_over_what_is_recognised() {
    let text = b"ann@x.example;Wis\xb3a\nbo@x.example;Roma\n";
    let wish = Wish { charset: Some(Charset::Windows1250), named: Some(true), ..Wish::default() };
    let found = read_as(text, wish);
    assert_eq!((found.headings()[1].as_str(), found.rows.len()), ("Wisła", 1));
}

/// A file whose quotes open and are closed nowhere, in the middle of many rows.
#[test]
fn no_one_is_lost_behind_an_open_quote() {
    let rows: Vec<String> = (0..500)
        .map(|row| match row % 50 {
            7 => format!("p{row}@x.example,\"Open {row},Rome"),
            9 => format!("p{row}@x.example,\"Closed, {row}\",Rome"),
            11 => format!("p{row}@x.example,\"Two\nlines\",Rome"),
            _ => format!("p{row}@x.example,Plain,Rome"),
        })
        .collect();
    let found = read(format!("Email,Company,City\n{}\n", rows.join("\n")).as_bytes());
    assert_eq!(found.rows.len(), 500);
    assert_eq!(found.cell(7, 1), "\"Open 7");
    assert_eq!((found.cell(9, 1), found.cell(11, 1)), ("Closed, 9", "Two\nlines"));
}

/// The three sample exports, and the counts that are agreed for them.
#[test]
fn the_sample_exports_are_read_as_ever() {
    for (name, rows, columns, delimiter) in [
        ("apollo-export.csv", 3155, 27, Delimiter::Comma),
        ("instantly-leads.csv", 1060, 11, Delimiter::Semicolon),
        ("hubspot-contacts.csv", 1073, 14, Delimiter::Comma),
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
        let bytes = std::fs::read(path).unwrap();
        let found = read(&bytes);
        assert_eq!((found.rows.len(), found.headings().len()), (rows, columns), "{name}");
        let Reading { dialect, doubtful, layout, .. } = &found.recognised.reading;
        assert_eq!((dialect.delimiter, dialect.quoting, *doubtful), (delimiter, Quoting::Doubled, false));
        assert_eq!((layout.first_row, layout.doubtful, found.recognised.charset), (1, false, Charset::Utf8));
        assert_eq!((found.blank, found.doubtful.len()), (0, 0));
    }
}
