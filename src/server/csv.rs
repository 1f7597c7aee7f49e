//! Writing CSV that is safe to open in a spreadsheet.

/// The mark at the start of a file by which spreadsheets know that its letters are UTF-8.
const MARK: char = '\u{feff}';

/// A text cell that a spreadsheet takes as text: one that would start a formula gets an apostrophe in front
/// (OWASP, "CSV injection"). [`unguarded`] takes it away again.
pub fn plain(text: &str) -> String {
    if starts_formula(text.trim_start_matches('\'')) { format!("'{text}") } else { text.to_owned() }
}

/// A cell of a file without the apostrophe that guards it, so that what was exported comes back unchanged.
pub fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if starts_formula(text.trim_start_matches('\'')) => text,
        _ => cell,
    }
}

/// Spreadsheets take full-width signs for the usual ones.
fn starts_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

/// The first record of a file, with the names of its columns.
pub fn first_line(cells: impl IntoIterator<Item = String>) -> String {
    format!("{MARK}{}", line(cells))
}

/// One record (RFC 4180): every cell quoted when it needs to be, ended by CR LF.
pub fn line(cells: impl IntoIterator<Item = String>) -> String {
    let cells = cells.into_iter().map(|cell| {
        let needs_quotes = cell.contains([',', '"', '\n', '\r', ';']);
        if needs_quotes { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
    });
    let mut line = cells.collect::<Vec<_>>().join(",");
    line.push_str("\r\n");
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_would_start_a_formula_is_defused() {
        for text in
            ["=HYPERLINK(\"http://x.example\",\"click\")", "+1 555", "-2", "@sum", "\tx", "＝1+1", "＠SUM(1)", "'=x"]
        {
            assert!(plain(text).starts_with('\''), "{text}");
        }
        assert_eq!(plain("Ada"), "Ada");
        assert_eq!(plain("'s-Hertogenbosch"), "'s-Hertogenbosch");
    }

    #[test]
    fn what_was_exported_comes_back_unchanged() {
        for text in ["=1+1", "'=1", "''=1", "-Bo", "+49 30", "＠x", "'s", "'", "", "O'Hara", "'quoted'"] {
            assert_eq!(unguarded(&plain(text)), text);
        }
        assert_eq!(unguarded("'=Guarded Ltd"), "=Guarded Ltd");
        assert_eq!(unguarded("'tis"), "'tis");
    }

    #[test]
    fn quotes_commas_and_line_breaks_stay_inside_their_cell() {
        let cells = ["a,b", "say \"hi\"", "two\nlines", "plain"].map(str::to_owned);
        assert_eq!(line(cells), "\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",plain\r\n");
    }
}
