//! Writing CSV that is safe to open in a spreadsheet.

/// A text cell that a spreadsheet takes as text: one that would start a formula gets an apostrophe in front
/// (OWASP, "CSV injection").
pub fn plain(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{text}") } else { text.to_owned() }
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
        for text in ["=HYPERLINK(\"http://x.example\",\"click\")", "+1 555", "-2", "@sum", "\tx"] {
            assert!(plain(text).starts_with('\''), "{text}");
        }
        assert_eq!(plain("Ada"), "Ada");
    }

    #[test]
    fn quotes_commas_and_line_breaks_stay_inside_their_cell() {
        let cells = ["a,b", "say \"hi\"", "two\nlines", "plain"].map(str::to_owned);
        assert_eq!(line(cells), "\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",plain\r\n");
    }
}
