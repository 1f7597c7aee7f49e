//! Taking a text apart: where its rows and cells end.

use memchr::{memchr, memchr2, memchr3};

use super::{dialect::Quoting, record::Record};

/// Quotation marks in a cell, after its first line break, that close nothing: then the cell is none.
const STRAYS_MAX: usize = 3;

/// How the rows of a text are to be told apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    pub delimiter: u8,
    pub quoting: Quoting,
    /// Quotes that are not closed on their line are letters.
    pub one_line: bool,
}

/// What became of the attempt to read a row.
pub(super) enum Outcome {
    /// It ends here; the next one begins there. `lines`: how many lines it has.
    Row { next: usize, lines: usize },
    /// The text ends too early to say.
    More,
    /// A quotation mark is closed nowhere.
    NeverClosed,
}

/// Reads one row of `text` from `at` on into `record`. `complete`: the file ends with the text.
pub(super) fn split(
    text: &str,
    at: usize,
    complete: bool,
    way: Way,
    record: &mut Record,
    inner: &mut Record,
) -> Outcome {
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
