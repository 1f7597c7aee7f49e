//! Where the table begins among the first rows of a file, whether its columns have names, and what they hold.

use super::kind::{Kind, kind_of};

/// The headings stand among the first rows; what is further down is no note over the table.
const HEADINGS_ROW_MAX: usize = 40;
/// A row must rate higher than this to be the headings.
const HEADINGS_POINTS_MIN: f64 = 0.4;
/// A share of a column's cells that have one kind: then it is the kind of the column.
const SURE: f64 = 0.9;

/// A row of a sample, with what its cells hold.
#[derive(Debug, Clone, Default)]
pub struct Line {
    /// As in a spreadsheet.
    pub row: u64,
    pub cells: Vec<String>,
    pub kinds: Vec<Kind>,
}

impl Line {
    pub fn of(row: u64, cells: Vec<String>) -> Self {
        let kinds = cells.iter().map(|cell| kind_of(cell)).collect();
        Self { row, cells, kinds }
    }

    /// Cells that say something.
    pub fn filled(&self) -> usize {
        self.kinds.iter().filter(|kind| **kind != Kind::Empty).count()
    }

    pub fn has_address(&self) -> bool {
        self.kinds.contains(&Kind::Address)
    }

    fn kind(&self, column: usize) -> Kind {
        self.kinds.get(column).copied().unwrap_or(Kind::Empty)
    }

    fn cell(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", |cell| cell.trim())
    }

    /// The cells up to the last that says something.
    fn reach(&self) -> usize {
        self.kinds.iter().rposition(|kind| *kind != Kind::Empty).map_or(0, |last| last + 1)
    }
}

/// How often each kind is met in a column.
type Profile = Vec<[usize; Kind::COUNT]>;

/// Where the table stands, and what it is like.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layout {
    /// The rows before this one (as in a spreadsheet) are no part of the table.
    pub first_row: u64,
    /// Rows over the table that say something.
    pub over: usize,
    /// The first row of the table names the columns.
    pub named: bool,
    /// The names of the columns; made up when the file has none.
    pub headings: Vec<String>,
    /// The kinds of columns that hold one kind only.
    pub kinds: Vec<Option<Kind>>,
    /// The column of addresses.
    pub address: Option<usize>,
    /// Whether it is unsure that the first row names the columns, or does not.
    pub doubtful: bool,
}

/// Finds the table in the first rows of a file. `known` counts the headings among some cells that it knows; `named` says what
/// the reader of the file wants: names in the first row, or none.
pub fn lay_out(lines: &[Line], known: &dyn Fn(&[String]) -> usize, named: Option<bool>) -> Layout {
    let width = usual_width(lines);
    let address = address_column(lines, width);
    let profile = profile(lines, width);
    let rated = rate_headings(lines, width, address, &profile, known);
    let best = rated.iter().copied().reduce(|best, one| if one.1 > best.1 { one } else { best });
    let heading = match (named, best) {
        (Some(false), _) => None,
        (Some(true), best) => best.map(|(line, _)| line).or_else(|| (!lines.is_empty()).then_some(0)),
        (None, best) => best.filter(|(_, points)| *points > HEADINGS_POINTS_MIN).map(|(line, _)| line),
    };
    let begin = heading.unwrap_or_else(|| first_of_table(lines, width, address));
    let body = &lines[(begin + usize::from(heading.is_some())).min(lines.len())..];
    let headings = headings(heading.map(|line| &lines[line]), body, width);
    let kinds = sure_kinds(body, headings.len());
    let has_people = body.iter().any(Line::has_address);
    Layout {
        first_row: lines.get(begin).map_or(1, |line| line.row),
        over: lines[..begin.min(lines.len())].iter().filter(|line| line.filled() > 0).count(),
        named: heading.is_some(),
        address: address_column(body, headings.len()).or(address),
        doubtful: named.is_none() && has_people && best.is_some_and(|(_, points)| (0.0..=1.0).contains(&points)),
        headings,
        kinds,
    }
}

/// The number of cells that most rows have: of people, or else of rows with several filled cells, where there are such. Among
/// equals the largest.
fn usual_width(lines: &[Line]) -> usize {
    let mode = |counts: &dyn Fn(&Line) -> bool| {
        let mut widths: Vec<(usize, usize)> = Vec::new();
        for width in lines.iter().filter(|line| counts(line)).map(|line| line.cells.len()) {
            match widths.iter_mut().find(|(known, _)| *known == width) {
                Some((_, count)) => *count += 1,
                None => widths.push((width, 1)),
            }
        }
        widths.into_iter().max_by_key(|(width, count)| (*count, *width)).map(|(width, _)| width)
    };
    mode(&Line::has_address)
        .or_else(|| mode(&|line| line.filled() > 1))
        .or_else(|| mode(&|line| line.filled() > 0))
        .unwrap_or(0)
}

fn address_column(lines: &[Line], width: usize) -> Option<usize> {
    let count = |column: usize| lines.iter().filter(|line| line.kind(column) == Kind::Address).count();
    let best =
        (0..width).map(|column| (count(column), column)).reduce(|best, one| if one.0 > best.0 { one } else { best });
    best.filter(|(count, _)| *count > 0).map(|(_, column)| column)
}

fn profile(lines: &[Line], width: usize) -> Profile {
    let mut profile = vec![[0; Kind::COUNT]; width];
    for line in lines.iter().filter(|line| line.cells.len() == width) {
        for (column, kind) in line.kinds.iter().enumerate() {
            profile[column][*kind as usize] += 1;
        }
    }
    profile
}

/// The kind that a column has nearly always, if it has one; `but` is not counted.
fn usual_kind(counts: &[usize; Kind::COUNT], but: Kind) -> Option<Kind> {
    const KINDS: [Kind; 6] = [Kind::Address, Kind::Web, Kind::Number, Kind::Date, Kind::Words, Kind::Prose];
    let count = |kind: Kind| counts[kind as usize] - usize::from(kind == but).min(counts[kind as usize]);
    let all: usize = KINDS.iter().map(|kind| count(*kind)).sum();
    let best = KINDS.into_iter().max_by_key(|kind| count(*kind))?;
    (count(best) > 0 && count(best) as f64 >= 0.6 * all as f64).then_some(best)
}

/// The rows that may be the headings, each with how much it looks like them: names of columns are short words, each is there
/// once, and they are of another kind than what is below them.
fn rate_headings(
    lines: &[Line],
    width: usize,
    address: Option<usize>,
    profile: &Profile,
    known: &dyn Fn(&[String]) -> usize,
) -> Vec<(usize, f64)> {
    let mut rated = Vec::new();
    for (place, line) in lines.iter().enumerate().take(HEADINGS_ROW_MAX) {
        let is_person = line.has_address() && (width < 2 || line.filled() > 1);
        if is_person && address.is_some_and(|column| line.kind(column) == Kind::Address) {
            break;
        }
        let known = known(&line.cells);
        // A note over the table has a cell or two.
        if line.filled() * 2 < width.max(1) || (known == 0 && is_alone(line, width)) {
            continue;
        }
        let mut points = known.min(12) as f64 * 2.0;
        for column in 0..line.cells.len() {
            points += rate_heading(lines, place, column, profile);
        }
        rated.push((place, points));
    }
    rated
}

/// Whether a row of a table with several columns has a single filled cell.
fn is_alone(line: &Line, width: usize) -> bool {
    width > 1 && line.filled() < 2
}

fn rate_heading(lines: &[Line], place: usize, column: usize, profile: &Profile) -> f64 {
    let line = &lines[place];
    let (kind, cell) = (line.kind(column), line.cell(column));
    let below = profile.get(column).and_then(|counts| usual_kind(counts, kind));
    match kind {
        Kind::Empty => return -0.3,
        Kind::Address => return -3.0,
        Kind::Web | Kind::Number | Kind::Date => return -1.5,
        Kind::Prose | Kind::Broken => return -1.0,
        Kind::Words => {}
    }
    let contrast = if below.is_some_and(Kind::is_typed) { 1.5 } else { 0.1 };
    // What stands in other rows, too, is a value.
    let repeated = lines.iter().enumerate().any(|(other, line)| other != place && line.cell(column) == cell);
    let twice = line.cells.iter().filter(|other| other.trim() == cell).count() > 1;
    contrast - if repeated { 1.0 } else { 0.0 } - if twice { 0.5 } else { 0.0 }
}

/// Without headings the table begins at the first person, or at the first row that is filled like one.
fn first_of_table(lines: &[Line], width: usize, address: Option<usize>) -> usize {
    let belongs = |line: &Line| {
        let is_person = address.is_some_and(|column| line.kind(column) == Kind::Address);
        let enough = if address.is_some() { 2 } else { 1 };
        is_person || (line.filled() >= enough && line.filled() * 2 >= width && !is_alone(line, width))
    };
    lines.iter().position(belongs).unwrap_or(0)
}

/// The names of all columns that say something, made up where there are none.
fn headings(heading: Option<&Line>, body: &[Line], width: usize) -> Vec<String> {
    let people = body.iter().filter(|line| line.filled() > 1 || line.has_address()).count();
    let reached = |column: usize| body.iter().filter(|line| line.kind(column) != Kind::Empty).count();
    match heading {
        None => {
            let columns = (0..width.max(1)).rev().find(|column| reached(*column) > 0).map_or(1, |last| last + 1);
            (1..=columns).map(|number| format!("Column {number}")).collect()
        }
        Some(line) => {
            let longest = body.iter().map(Line::reach).max().unwrap_or(0);
            let columns = (0..longest).rev().find(|column| reached(*column) * 2 > people).map_or(0, |last| last + 1);
            let own = line.reach().max(1);
            // Columns without a name, which some row fills, are columns all the same.
            let spare = (own..line.cells.len()).rev().find(|column| reached(*column) > 0).map_or(0, |last| last + 1);
            let mut headings = line.cells.clone();
            headings.resize(own.max(columns).max(spare), String::new());
            headings
        }
    }
}

fn sure_kinds(body: &[Line], width: usize) -> Vec<Option<Kind>> {
    let kind = |column: usize| {
        let mut counts = [0_usize; Kind::COUNT];
        for line in body {
            counts[line.kind(column) as usize] += 1;
        }
        let filled: usize = counts.iter().sum::<usize>() - counts[Kind::Empty as usize];
        let typed =
            [Kind::Address, Kind::Web, Kind::Number, Kind::Date].into_iter().max_by_key(|kind| counts[*kind as usize]);
        typed.filter(|kind| filled > 0 && counts[*kind as usize] as f64 >= SURE * filled as f64)
    };
    (0..width).map(kind).collect()
}

/// Why a row that has fewer cells than the table cannot be taken: the cells that are missing are not its last ones, because
/// another cell stands where this kind belongs. Gives the column.
pub fn misplaced(kinds: &[Option<Kind>], cells: &[&str]) -> Option<usize> {
    if cells.len() >= kinds.len() {
        return None;
    }
    let is_amiss = |column: usize, cell: &str| {
        let kind = kind_of(cell);
        match kinds.get(column).copied().flatten() {
            Some(_) if kind == Kind::Empty => false,
            Some(Kind::Number) => !matches!(kind, Kind::Number | Kind::Date | Kind::Words),
            Some(Kind::Date) => !matches!(kind, Kind::Date | Kind::Number),
            Some(sure) => kind != sure,
            None => kind == Kind::Address && kinds.contains(&Some(Kind::Address)),
        }
    };
    cells.iter().enumerate().find(|(column, cell)| is_amiss(*column, cell)).map(|(column, _)| column)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(cells: &[String]) -> usize {
        cells.iter().filter(|cell| ["Email", "First Name", "Company", "City"].contains(&cell.as_str())).count()
    }

    fn laid_out(text: &str) -> Layout {
        let lines: Vec<Line> = text
            .lines()
            .zip(1..)
            .filter(|(line, _)| !line.is_empty())
            .map(|(line, row)| Line::of(row, line.split(',').map(str::to_owned).collect()))
            .collect();
        lay_out(&lines, &known, None)
    }

    #[test]
    fn the_table_begins_at_its_headings() {
        let layout = laid_out("Email,City\na@x.example,Rome\n");
        assert_eq!((layout.first_row, layout.named, layout.over), (1, true, 0));
        let layout = laid_out(
            "Export of 3 March\n\n,,\nWer,Wohin,Wann\nAnn,a@x.example,2026-01-01\nBo,b@x.example,2026-01-02\n",
        );
        assert_eq!((layout.first_row, layout.named, layout.over), (4, true, 1));
        assert_eq!(layout.headings, ["Wer", "Wohin", "Wann"]);
        assert_eq!(layout.kinds, [None, Some(Kind::Address), Some(Kind::Date)]);
    }

    #[test]
    fn a_person_is_no_heading() {
        let layout = laid_out("a@x.example,Ann,Rome\nb@x.example,Bo,Rome\n");
        assert_eq!((layout.first_row, layout.named), (1, false));
        assert_eq!(layout.headings, ["Column 1", "Column 2", "Column 3"]);
        assert!(!laid_out("a@x.example\nb@x.example\n").named);
        assert!(laid_out("Wohin\na@x.example\nb@x.example\n").named);
        let first_without_address = laid_out("Ann,Lee,,Acme\nBo,Lee,b@x.example,Acme\nCy,Poe,c@x.example,Acme\n");
        assert_eq!((first_without_address.first_row, first_without_address.named), (1, false));
    }

    #[test]
    fn columns_without_a_name_are_columns() {
        assert_eq!(laid_out("Email,City,\na@x.example,Rome,\n").headings, ["Email", "City"]);
        assert_eq!(laid_out("Email,City,\na@x.example,Rome,x\n").headings, ["Email", "City", ""]);
        assert_eq!(laid_out("Email,City\na@x.example,Rome,x\nb@x.example,Bari,y\n").headings, ["Email", "City", ""]);
    }

    #[test]
    fn what_is_missing_in_the_middle_is_seen_by_the_kinds_of_cells() {
        let kinds = [Some(Kind::Address), None, Some(Kind::Number), None];
        assert_eq!(misplaced(&kinds, &["a@x.example", "Rome"]), None);
        assert_eq!(misplaced(&kinds, &["Ann", "a@x.example"]), Some(0));
        assert_eq!(misplaced(&kinds, &["a@x.example", "b@x.example"]), Some(1));
        let kinds = [None, None, Some(Kind::Web), None];
        assert_eq!(misplaced(&kinds, &["Ann", "Acme", "Rome"]), Some(2));
        assert_eq!(misplaced(&kinds, &["Ann", "Acme", ""]), None);
    }
}
