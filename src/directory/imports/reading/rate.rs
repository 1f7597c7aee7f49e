//! The scorer: how well a file reads in one way, by how well its columns keep their kind.

use super::{
    charset::Charset,
    dialect::{Delimiter, Dialect, Quoting},
    kind::Kind,
    record::Record,
    records::Records,
    sample::Sample,
    table::{Layout, Line, lay_out, misplaced},
    text::{TextSource, decoded},
};

/// Rows of the beginning that are looked at, and of the middle and the end, each.
const START_ROWS: usize = 300;
const PART_ROWS: usize = 60;
/// A reading that rates lower than the best by more than this is no rival.
const RIVAL: f64 = 0.5;

/// What is asked of a reading by the one who knows the file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wish {
    pub charset: Option<Charset>,
    pub delimiter: Option<Delimiter>,
    /// Whether the first row of the table names the columns.
    pub named: Option<bool>,
}

/// How the rows of a file are to be read.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    pub dialect: Dialect,
    /// The file begins with a note that names its delimiter; spreadsheets do not show it as a row.
    pub noted: bool,
    pub layout: Layout,
    /// Another delimiter reads nearly as well.
    pub doubtful: bool,
    points: f64,
}

/// The texts of a sample in one encoding.
pub struct Texts {
    start: String,
    is_whole: bool,
    middle: String,
    end: String,
}

impl Texts {
    pub fn of(sample: &Sample, charset: Charset) -> Self {
        let part = |bytes: &[u8]| decoded(bytes, charset);
        let mut start = part(&sample.start);
        if !sample.is_whole() {
            // The last letter may be cut.
            start.truncate(start.trim_end_matches(char::REPLACEMENT_CHARACTER).len());
        }
        Self { start, is_whole: sample.is_whole(), middle: part(&sample.middle), end: part(&sample.end) }
    }
}

/// The best way to read a file; nothing for one without rows.
pub fn best(texts: &Texts, wish: Wish, known: &dyn Fn(&[String]) -> usize) -> Option<Reading> {
    let note = note(&texts.start);
    let mut readings: Vec<Reading> =
        candidates(texts, wish).filter_map(|dialect| rate(texts, dialect, note, wish.named, known)).collect();
    // The sort is stable: among equals the more usual one comes first.
    readings.sort_by(|one, other| other.points.total_cmp(&one.points));
    let rival = |reading: &Reading, best: &Reading| {
        let differs = reading.dialect.delimiter != best.dialect.delimiter && reading.layout.headings.len() > 1;
        differs && best.points - reading.points < RIVAL
    };
    let doubtful = readings.split_first().is_some_and(|(best, rest)| rest.iter().any(|one| rival(one, best)));
    let best = readings.into_iter().next()?;
    Some(Reading { doubtful: doubtful && wish.delimiter.is_none(), ..best })
}

/// The ways that the signs in a file leave open, the usual ones first.
fn candidates(texts: &Texts, wish: Wish) -> impl Iterator<Item = Dialect> {
    let has = |sign: u8| memchr::memchr(sign, texts.start.as_bytes()).is_some();
    let delimiters: Vec<Delimiter> = Delimiter::ALL
        .into_iter()
        .filter(|one| wish.delimiter.map_or(*one == Delimiter::Comma || has(one.byte()), |wish| wish == *one))
        .collect();
    let quotings: Vec<Quoting> = Quoting::ALL
        .into_iter()
        .filter(|quoting| match quoting {
            Quoting::Doubled => true,
            Quoting::Backslash => has(b'\\'),
            Quoting::Single => has(b'\''),
            Quoting::WholeRows | Quoting::Plain => has(b'"'),
        })
        .collect();
    delimiters
        .into_iter()
        .flat_map(move |delimiter| quotings.clone().into_iter().map(move |quoting| Dialect { delimiter, quoting }))
}

/// A note over the headings that names the delimiter, as spreadsheets write and read it, in quotes or not; and its length.
fn note(text: &str) -> Option<(u8, usize)> {
    let text = text.trim_start_matches('\u{feff}');
    let line = text.split(['\n', '\r']).next()?;
    let bare = line.trim_end_matches([',', ';', '\t']).trim().trim_matches('"');
    let sign = |text: &str| text.strip_prefix("sep=").filter(|sign| sign.len() == 1).map(|sign| sign.as_bytes()[0]);
    // The sign itself may have been taken for a spare delimiter.
    let sign = sign(bare).or_else(|| sign(line.trim_end()))?;
    Some((sign, line.len()))
}

fn rate(
    texts: &Texts,
    dialect: Dialect,
    note: Option<(u8, usize)>,
    named: Option<bool>,
    known: &dyn Fn(&[String]) -> usize,
) -> Option<Reading> {
    let (mut start, marks) = lines(&texts.start, dialect, START_ROWS, texts.is_whole, false);
    if note.is_some() && !start.is_empty() {
        start.remove(0);
        start.iter_mut().for_each(|line| line.row -= 1);
    }
    if start.is_empty() {
        return None;
    }
    let layout = lay_out(&start, known, named);
    let (middle, _) = lines(&texts.middle, dialect, PART_ROWS, false, true);
    let (end, _) = lines(&texts.end, dialect, PART_ROWS, true, true);
    let first = layout.first_row + u64::from(layout.named);
    let body: Vec<&Line> = start.iter().filter(|line| line.row >= first).chain(&middle).chain(&end).collect();
    let mut points = habit(dialect) + keeps_kinds(&body, &layout) - 0.02 * layout.over as f64;
    if layout.named {
        points += known(&layout.headings).min(12) as f64 * 0.3;
    }
    if note.is_some_and(|(sign, _)| sign == dialect.delimiter.byte()) {
        points += 3.0;
    }
    // Apostrophes stand in names, so they are quotes only where every cell is wrapped in them.
    if dialect.quoting == Quoting::Single && marks.bare * 50 > marks.quoted {
        return None;
    }
    if dialect.quoting == Quoting::WholeRows && marks.whole * 2 < start.len() {
        return None;
    }
    Some(Reading { dialect, noted: note.is_some(), layout, doubtful: false, points })
}

/// Among readings that are equally good the more usual one is taken.
fn habit(dialect: Dialect) -> f64 {
    let delimiter = match dialect.delimiter {
        Delimiter::Comma | Delimiter::Semicolon | Delimiter::Tab => 0.03,
        Delimiter::Pipe => 0.02,
        _ => 0.0,
    };
    let quoting = match dialect.quoting {
        Quoting::Doubled => 0.05,
        Quoting::Backslash => 0.03,
        Quoting::Single | Quoting::WholeRows => 0.02,
        // Quotation marks are nearly always what they seem.
        Quoting::Plain => -1.0,
    };
    delimiter + quoting
}

/// Cells in quotes and without, and rows in one pair of them.
#[derive(Default)]
struct Marks {
    quoted: usize,
    bare: usize,
    whole: usize,
}

/// The rows of a text that are not blank. Its first one is left out when it may have been cut (`is_part`), its last one unless
/// the text goes to the end of the file.
fn lines(text: &str, dialect: Dialect, rows: usize, to_the_end: bool, is_part: bool) -> (Vec<Line>, Marks) {
    let mut records = Records::new(TextSource::new(text.as_bytes(), Charset::Utf8), dialect);
    let (mut lines, mut marks) = (Vec::new(), Marks::default());
    let mut record = Record::default();
    let mut ended = false;
    while lines.len() < rows {
        match records.read(&mut record) {
            Ok(true) => {
                let line = Line::of(record.row, record.cells());
                marks.quoted += record.quoted;
                marks.whole += usize::from(record.whole);
                // Numbers and dates need no quotes where words have them.
                let words = line.kinds.iter().filter(|kind| !kind.is_typed() || **kind == Kind::Address).count();
                marks.bare += record.bare.min(words);
                lines.push(line);
            }
            Ok(false) | Err(_) => {
                ended = true;
                break;
            }
        }
    }
    if ended && !to_the_end && lines.len() > 1 {
        lines.pop();
    }
    if is_part && !lines.is_empty() {
        lines.remove(0);
    }
    lines.retain(|line| line.filled() > 0);
    (lines, marks)
}

/// How well the rows of the table fit it: as many cells as there are columns, each of its column's kind, and addresses that stand
/// alone in their cell.
fn keeps_kinds(body: &[&Line], layout: &Layout) -> f64 {
    let width = layout.headings.len();
    let rows = body.len().max(1) as f64;
    let share = |holds: &dyn Fn(&Line) -> bool| body.iter().filter(|line| holds(line)).count() as f64;
    let mentions = share(&|line| line.cells.iter().any(|cell| cell.contains('@')));
    let alone = share(&|line| layout.address.is_some_and(|column| line.kinds.get(column) == Some(&Kind::Address)));
    let around = [';', ',', '|', ':', '^', '~', '\t', '\u{1f}', '"'];
    let is_bare = |cell: &String| cell.contains('@') && !cell.contains(around) && !cell.starts_with('\'');
    let bare = share(&|line| layout.address.and_then(|column| line.cells.get(column)).is_some_and(is_bare));
    let addresses = if mentions > 0.0 { (alone + 0.05 * bare) / mentions } else { 0.0 };
    let broken = share(&|line| line.kinds.contains(&Kind::Broken)) / rows;
    let fits: f64 = body.iter().map(|line| fit(line, layout)).sum();
    // Empty columns say nothing, and one row alone may be a note.
    let fills = |line: &Line, column: usize| line.kinds.get(column).is_some_and(|kind| *kind != Kind::Empty);
    let is_filled = |column: &usize| share(&|line| fills(line, *column)) > if rows > 3.0 { 1.0 } else { 0.0 };
    let wide = 1.0 - 1.0 / (0..width).filter(is_filled).count().max(1) as f64;
    4.0 * addresses + 3.0 * wide * fits / rows + 2.0 * purity(body, width) * wide - 3.0 * broken
}

/// How well the number of a row's cells fits: missing last cells are nothing unusual, spare empty ones neither.
fn fit(line: &Line, layout: &Layout) -> f64 {
    let width = layout.headings.len();
    if line.cells.len() == width {
        return 1.0;
    }
    if line.cells.len() > width {
        return if line.kinds[width..].iter().all(|kind| *kind == Kind::Empty) { 0.95 } else { 0.0 };
    }
    let cells: Vec<&str> = line.cells.iter().map(String::as_str).collect();
    if line.cells.len() > 1 && misplaced(&layout.kinds, &cells).is_none() { 0.8 } else { 0.0 }
}

/// The share of filled cells that have the kind that is usual in their column.
fn purity(body: &[&Line], width: usize) -> f64 {
    let (mut pure, mut filled) = (0, 0);
    for column in 0..width {
        let mut counts = [0_usize; Kind::COUNT];
        for kind in body.iter().filter_map(|line| line.kinds.get(column)) {
            counts[*kind as usize] += 1;
        }
        counts[Kind::Empty as usize] = 0;
        filled += counts.iter().sum::<usize>();
        counts[Kind::Broken as usize] = 0;
        pure += counts.iter().max().copied().unwrap_or(0);
    }
    if filled == 0 { 0.0 } else { pure as f64 / filled as f64 }
}
