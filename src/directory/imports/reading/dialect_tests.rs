//! Tables written in every dialect come back as they were.

use proptest::prelude::*;

use super::{
    charset::{Charset, Coding},
    dialect::{Delimiter, Quoting},
    tests::read,
};

/// Names and towns of a country, and the encodings its files come in.
const COUNTRIES: [(&[&str], &[Charset]); 10] = [
    (&["Ann", "Bo", "Rome", "Acme", "Oslo", "Mara", "Paris"], &[Charset::Utf8, Charset::Windows1252]),
    (&["Jörg", "Zoë", "Müller", "Köln", "Weiß", "Zürich"], &[Charset::Utf8, Charset::Windows1252, Charset::MacRoman]),
    (&["Łukasz", "Żak", "Gdańsk", "Wiśniewska", "Łódź"], &[Charset::Utf8, Charset::Windows1250]),
    (&["Анна Петрова", "Игорь", "Северный ветер", "Москва"], &[Charset::Utf8, Charset::Windows1251, Charset::Koi8R]),
    (&["Νίκος", "Παπαδόπουλος", "Αθήνα", "Ελένη"], &[Charset::Utf8, Charset::Windows1253]),
    (&["Ayşe", "Yıldız", "İstanbul", "Çağrı", "Güneş"], &[Charset::Utf8, Charset::Windows1254]),
    (&["สมชาย", "กรุงเทพ", "เชียงใหม่", "มาลี"], &[Charset::Utf8, Charset::Windows874]),
    (&["山田 太郎", "さくら製作所", "東京都", "株式会社みどり"], &[Charset::Utf8, Charset::ShiftJis, Charset::EucJp]),
    (&["李伟", "北京星光科技有限公司", "上海", "王芳"], &[Charset::Utf8, Charset::Gb18030]),
    (&["김민수", "주식회사 한빛", "서울무역", "이지은"], &[Charset::Utf8, Charset::EucKr]),
];

/// What cells of a column hold.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Column {
    Address,
    Words,
    /// Words with signs that need quotes.
    Signs,
    Number,
    Date,
    Web,
    Empty,
}

#[derive(Debug, Clone)]
struct Written {
    country: usize,
    charset: usize,
    delimiter: Delimiter,
    quoting: Quoting,
    quotes_all: bool,
    line_end: &'static str,
    has_mark: bool,
    columns: Vec<Column>,
    rows: usize,
    is_named: bool,
    /// Notes over the table.
    notes: usize,
    /// An empty line after this many rows.
    gap: Option<usize>,
    /// Empty cells at the end of rows are left out.
    drops_last: bool,
    seed: usize,
}

fn column() -> impl Strategy<Value = Column> {
    prop_oneof![
        4 => Just(Column::Words),
        2 => Just(Column::Signs),
        1 => Just(Column::Number),
        1 => Just(Column::Date),
        1 => Just(Column::Web),
        1 => Just(Column::Empty),
    ]
}

fn written() -> impl Strategy<Value = Written> {
    let delimiter = prop_oneof![
        Just(Delimiter::Comma),
        Just(Delimiter::Semicolon),
        Just(Delimiter::Tab),
        Just(Delimiter::Pipe),
        Just(Delimiter::Caret),
        Just(Delimiter::Tilde),
        Just(Delimiter::UnitSeparator),
    ];
    let quoting = prop_oneof![
        4 => Just(Quoting::Doubled),
        1 => Just(Quoting::Backslash),
        1 => Just(Quoting::Single),
        1 => Just(Quoting::WholeRows),
    ];
    let line_end = prop_oneof![Just("\r\n"), Just("\n"), Just("\r")];
    let ways = (0..COUNTRIES.len(), 0..3_usize, delimiter, quoting, any::<bool>(), line_end, any::<bool>());
    let table = (proptest::collection::vec(column(), 1..9), 0..9_usize, 4..40_usize, any::<bool>(), any::<usize>());
    let around = (prop_oneof![3 => Just(0), 1 => 1..3_usize], proptest::option::of(1..3_usize), any::<bool>());
    (ways, table, around).prop_map(|(ways, (mut columns, address, rows, is_named, seed), (notes, gap, drops_last))| {
        let (country, charset, delimiter, quoting, quotes_all, line_end, has_mark) = ways;
        columns.insert(address.min(columns.len()), Column::Address);
        // A last column without a word in it is none.
        if columns.last() == Some(&Column::Empty) {
            columns.pop();
        }
        // Beside a single column, nothing tells a note with a comma in it from a row.
        let filled = columns.iter().filter(|column| **column != Column::Empty).count();
        let notes = if filled > 1 { notes } else { 0 };
        Written {
            country,
            charset,
            delimiter,
            quoting,
            quotes_all,
            line_end,
            has_mark,
            columns,
            rows,
            is_named,
            notes,
            gap,
            drops_last,
            seed,
        }
    })
}

impl Written {
    fn charset(&self) -> Charset {
        let (_, charsets) = COUNTRIES[self.country];
        charsets[self.charset % charsets.len()]
    }

    fn cell(&self, row: usize, place: usize) -> String {
        let (words, _) = COUNTRIES[self.country];
        let pick = row.wrapping_mul(31).wrapping_add(place * 7).wrapping_add(self.seed % 1000);
        let word = words[pick % words.len()];
        match self.columns[place] {
            Column::Address => format!("p{row}@x{}.example", pick % 5),
            Column::Words => word.to_owned(),
            Column::Signs => match pick % 6 {
                0 => format!("{word}, Ltd"),
                1 => format!("{word}; {word}"),
                2 => format!("the \"{word}, best\" shop"),
                3 if self.quoting != Quoting::WholeRows => format!("{word}\nsecond line"),
                4 => format!("{word} | {word}"),
                _ => format!("O'{word}"),
            },
            Column::Number => (pick * 37 % 10_000).to_string(),
            Column::Date => format!("2026-{:02}-{:02}", pick % 12 + 1, pick % 28 + 1),
            Column::Web => format!("https://x{}.example/in/p{row}", pick % 5),
            Column::Empty => String::new(),
        }
    }

    fn headings(&self) -> Vec<String> {
        let name = |(place, column): (usize, &Column)| match column {
            Column::Address => "Email".to_owned(),
            Column::Words | Column::Signs => format!("Feld {place}"),
            other => format!("{other:?} {place}"),
        };
        self.columns.iter().enumerate().map(name).collect()
    }

    fn table(&self) -> Vec<Vec<String>> {
        (0..self.rows).map(|row| (0..self.columns.len()).map(|place| self.cell(row, place)).collect()).collect()
    }

    fn line(&self, cells: &[String]) -> String {
        let sign = char::from(self.delimiter.byte());
        let kept = if self.drops_last {
            cells.iter().rposition(|cell| !cell.is_empty()).map_or(1, |last| last + 1)
        } else {
            cells.len()
        };
        let quoted = |cell: &String| match self.quoting {
            Quoting::Single => format!("'{}'", cell.replace('\'', "''")),
            Quoting::Backslash => format!("\"{}\"", cell.replace('\\', "\\\\").replace('"', "\\\"")),
            _ if self.quotes_all || cell.contains([sign, '"', '\n', '\r']) => {
                format!("\"{}\"", cell.replace('"', "\"\""))
            }
            _ => cell.clone(),
        };
        let line = cells[..kept].iter().map(quoted).collect::<Vec<_>>().join(&sign.to_string());
        if self.quoting == Quoting::WholeRows { format!("\"{}\"", line.replace('"', "\"\"")) } else { line }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut lines = Vec::new();
        for note in 0..self.notes {
            lines.push(
                self.line(&[format!("Export number {note} of everybody we know and met at the fair, and of others")]),
            );
        }
        if self.is_named {
            lines.push(self.line(&self.headings()));
        }
        for (number, cells) in self.table().iter().enumerate() {
            if self.gap == Some(number) {
                lines.push(String::new());
            }
            lines.push(self.line(cells));
        }
        let text: String = lines.iter().flat_map(|line| [line.as_str(), self.line_end]).collect();
        let charset = self.charset();
        let Coding::Web(encoding) = charset.coding() else { panic!("{charset:?}") };
        let (bytes, _, lossy) = encoding.encode(&text);
        assert!(!lossy);
        let mark: &[u8] = if charset == Charset::Utf8 && self.has_mark { b"\xef\xbb\xbf" } else { b"" };
        [mark, &bytes].concat()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn a_table_written_in_any_dialect_is_read_back(written in written()) {
        let bytes = written.bytes();
        let read = read(&bytes);
        let layout = &read.recognised.reading.layout;
        prop_assert_eq!(layout.named, written.is_named);
        let table = written.table();
        if written.is_named {
            prop_assert_eq!(&layout.headings, &written.headings());
        }
        // No one sees cells at the end of a row that say nothing.
        let ended = |cells: &Vec<String>| {
            let said = cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
            cells[..said].to_vec()
        };
        let rows: Vec<Vec<String>> = read.rows.iter().map(|(_, cells)| ended(cells)).collect();
        prop_assert_eq!(rows, table.iter().map(ended).collect::<Vec<_>>());
        let first = 1 + written.notes + usize::from(written.is_named);
        let gap = |number: usize| usize::from(written.gap.is_some_and(|gap| gap <= number));
        let numbers: Vec<u64> = (0..table.len()).map(|number| (first + number + gap(number)) as u64).collect();
        prop_assert_eq!(read.numbers(), numbers);
        prop_assert_eq!(read.blank, u64::from(written.gap.is_some()));
        prop_assert!(read.doubtful.is_empty());
    }
}
