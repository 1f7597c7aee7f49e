//! Where a text quotes.

use super::{
    own::OwnWords,
    tables::{FIELDS, OLDER_MAIL, OPENERS, REPLY_ABOVE, WROTE, WROTE_BEFORE_NAME},
};

/// Longest line that announces a quote, in characters.
const ANNOUNCEMENT_CHARACTERS_MAX: usize = 200;

/// The text without the frame of a ticket system: its line above, and the name and time below that.
pub fn without_ticket_frame(text: &str) -> &str {
    let mut at = 0;
    for line in text.split_inclusive('\n').take(10) {
        let small = line.to_lowercase();
        at += line.len();
        if REPLY_ABOVE.iter().any(|mark| small.contains(mark)) {
            let has_words = text[..at - line.len()].chars().any(char::is_alphanumeric);
            // A person wrote above it, as it asks: then what is below is quoted, which other marks find.
            return if has_words { &text[..at - line.len()] } else { without_stamp(&text[at..]) };
        }
    }
    text
}

/// Without a name and a time that begin a text on two lines.
fn without_stamp(text: &str) -> &str {
    let trimmed = text.trim_start();
    let mut lines = trimmed.split_inclusive('\n');
    let (name, stamp) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let is_name = name.trim().chars().count() <= 60 && !name.trim().ends_with(['.', '!', '?', ',']);
    if is_name && is_stamp(stamp) { &trimmed[name.len() + stamp.len()..] } else { text }
}

/// A short line with a date and a time of day.
fn is_stamp(line: &str) -> bool {
    let line = line.trim();
    let digits = line.chars().filter(char::is_ascii_digit).count();
    line.chars().count() <= 60 && digits >= 5 && has_time(line)
}

fn has_time(line: &str) -> bool {
    let bytes = line.as_bytes();
    bytes.windows(4).any(|four| {
        four[0].is_ascii_digit()
            && matches!(four[1], b':' | b'h' | b'.')
            && four[2].is_ascii_digit()
            && four[3].is_ascii_digit()
    })
}

/// Which lines are quoted by a mark before each, by what announces them, or because they are ours.
pub fn marks(lines: &[&str], own: &OwnWords) -> Vec<bool> {
    let mut is_quoted: Vec<bool> = lines.iter().map(|line| line.trim_start().starts_with('>')).collect();
    own.mark(lines, &mut is_quoted);
    for at in 0..lines.len() {
        let Some(length) = announcement(&lines[at..]).filter(|_| !is_quoted[at]) else { continue };
        let next = (at + length..lines.len()).find(|next| !lines[*next].trim().is_empty());
        if next.is_some_and(|next| is_quoted[next]) {
            is_quoted[at..at + length].fill(true);
        }
    }
    is_quoted
}

/// Where only older mail comes.
pub fn end(lines: &[&str], is_quoted: &[bool]) -> usize {
    (0..lines.len()).find(|at| !is_quoted[*at] && begins_older_mail(&lines[*at..])).unwrap_or(lines.len())
}

fn begins_older_mail(lines: &[&str]) -> bool {
    let line = lines[0].trim();
    let next = || lines[1..].iter().find(|line| !line.trim().is_empty()).copied().unwrap_or_default();
    let is_rule = line.len() >= 10 && line.chars().all(|c| matches!(c, '-' | '_' | '=' | '—'));
    if is_rule {
        let rest = lines.iter().skip(1).position(|line| !line.trim().is_empty()).map_or(&[][..], |at| &lines[at + 1..]);
        return is_stamp(next()) || is_head(rest) || is_list_footer(next());
    }
    if line.is_empty() || line.chars().count() > ANNOUNCEMENT_CHARACTERS_MAX {
        return false;
    }
    let small = line.to_lowercase().replace('\u{2019}', "'");
    let is_framed = small.starts_with(['-', '_', '*']) || small.starts_with("begin ");
    let is_title = is_framed && OLDER_MAIL.iter().any(|title| small.contains(title)) || is_framed_announcement(&small);
    // An announcement with a date or an address needs no marks on what follows.
    let is_announced = announcement(lines).is_some_and(|length| {
        lines[..length].iter().any(|line| line.contains('@') || line.chars().filter(char::is_ascii_digit).count() >= 3)
    });
    is_title || is_announced || is_head(lines)
}

/// `-----Ada Seller <ada@acme.example> wrote: -----`
fn is_framed_announcement(small: &str) -> bool {
    let inner = small.trim_matches(['-', ' ']);
    small.starts_with("-----") && small.ends_with("--") && WROTE.iter().any(|word| inner.ends_with(word))
}

fn is_list_footer(line: &str) -> bool {
    let small = line.to_lowercase();
    small.contains("mailing list") || small.contains("mailing-list")
}

/// How many lines announce a quote here; none when they do not.
fn announcement(lines: &[&str]) -> Option<usize> {
    let first = lines[0].trim().to_lowercase();
    let mut joined = String::new();
    for length in 1..=lines.len().min(3) {
        let line = lines[length - 1].trim();
        if line.is_empty() {
            return None;
        }
        joined = format!("{joined} {line}").trim().to_lowercase();
        if joined.chars().count() > ANNOUNCEMENT_CHARACTERS_MAX {
            return None;
        }
        if length > 1 && !(first.chars().any(|c| c.is_ascii_digit()) && is_opened(&first)) {
            return None;
        }
        let ends = WROTE.iter().any(|word| joined.ends_with(word));
        let is_before_name = joined.ends_with(':') && WROTE_BEFORE_NAME.iter().any(|word| joined.contains(word));
        if ends || is_time_and_address(&joined) || (is_before_name && joined.chars().any(|c| c.is_ascii_digit())) {
            return Some(length);
        }
    }
    None
}

/// `2026年11月28日(土) 10:00 Ada Seller <ada@acme.example>:`, as Gmail announces a mail in languages that need no word for it.
fn is_time_and_address(line: &str) -> bool {
    line.starts_with(|c: char| c.is_ascii_digit()) && line.ends_with(">:") && line.contains('@') && has_time(line)
}

fn is_opened(first: &str) -> bool {
    OPENERS.iter().any(|opener| first.starts_with(opener)) || first.starts_with(|c: char| c.is_ascii_digit())
}

/// Whether a block of fields begins here: sender, and two more of time, recipient and subject.
fn is_head(lines: &[&str]) -> bool {
    let found: Vec<usize> =
        lines.iter().take(8).map_while(|line| (!line.trim().is_empty()).then(|| field(line))).flatten().collect();
    let first = lines.first().and_then(|line| field(line));
    let mut kinds = found;
    kinds.sort_unstable();
    kinds.dedup();
    first.is_some_and(|first| first != 2) && kinds.len() >= 3
}

/// Which of [`FIELDS`] the line is.
fn field(line: &str) -> Option<usize> {
    let line = line.trim().trim_matches('*').to_lowercase();
    let (name, _) = line.split_once([':', '：'])?;
    let name = name.trim_matches(['*', ' ', '\u{a0}', '\t']);
    FIELDS.iter().position(|names| names.contains(&name))
}

/// The first line after the head of the older mail that begins at `at`.
pub fn after_head(lines: &[&str], at: usize) -> usize {
    let is_of_head = |line: &&str| {
        let small = line.to_lowercase();
        line.trim().is_empty() || field(line).is_some() || OLDER_MAIL.iter().any(|title| small.contains(title))
    };
    let announced = announcement(&lines[at..]).unwrap_or(0);
    let rest = &lines[at + announced..];
    let is_rule = rest.first().is_some_and(|line| line.chars().all(|c| matches!(c, '-' | '_' | '=')));
    let skipped = usize::from(is_rule);
    at + announced + skipped + rest[skipped.min(rest.len())..].iter().take_while(|line| is_of_head(line)).count()
}
