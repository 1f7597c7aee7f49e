//! A title cut into words, with what separates them.

use super::super::keys::fold;

/// Later words of a title are not read.
const WORDS_MAX: usize = 48;

/// What stands between a word and the one before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Break {
    #[default]
    None,
    /// A slash. "And" is a word of its own.
    Slash,
    /// A comma, a dash between blanks, a bracket.
    Comma,
    /// A bar, a bullet, a semicolon: what follows may be about anything.
    Bar,
}

/// A word in its comparison form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub word: String,
    pub before: Break,
}

/// Cuts a title into words.
pub fn tokens(title: &str) -> Vec<Token> {
    let letters: Vec<char> = title.chars().collect();
    let mut cutter = Cutter { letters: &letters, at: 0, word: String::new(), pending: Break::None, tokens: Vec::new() };
    while cutter.at < letters.len() && cutter.tokens.len() < WORDS_MAX {
        cutter.step();
    }
    cutter.finish();
    cutter.tokens
}

/// Words before an apostrophe that are words of their own: "d'affaires", "dell'amministratore".
const ELIDED: [&str; 9] = ["d", "l", "dell", "all", "nell", "sull", "dall", "un", "qu"];
/// Endings after a sign that name both sexes: "Leiter:in", "Entwickler*innen".
const BOTH_SEXES: [&str; 2] = ["innen", "in"];
/// Letters in brackets at the end of a word, at most: "Chargé(e)", "Directeur(trice)".
const ENDING_MAX: usize = 7;

struct Cutter<'title> {
    letters: &'title [char],
    at: usize,
    word: String,
    pending: Break,
    tokens: Vec<Token>,
}

impl Cutter<'_> {
    fn step(&mut self) {
        let letter = self.letters[self.at];
        self.at += 1;
        match letter {
            _ if letter.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&letter) => self.word.push(letter),
            '#' if !self.word.is_empty() => self.word.push(letter),
            '\'' | '’' | 'ʼ' | '`' => self.apostrophe(),
            '.' if self.is_initial() => {}
            '+' if self.is_inside_a_word() => self.word.push('+'),
            '&' if self.joins_initials() => self.word.push('&'),
            '&' | '+' => self.alone("&"),
            '@' => self.alone("at"),
            '(' | '[' if self.skip_ending() => {}
            '/' | ':' | '*' | '_' if self.skip_other_sex() => {}
            '/' => self.separate(Break::Slash),
            ',' | '(' | ')' | '[' | ']' | ':' => self.separate(Break::Comma),
            '-' | '–' | '—' if self.stands_between_blanks() => self.separate(Break::Comma),
            '|' | '•' | '·' | ';' | '~' => self.separate(Break::Bar),
            _ => self.finish(),
        }
    }

    fn next(&self, ahead: usize) -> Option<char> {
        self.letters.get(self.at + ahead).copied()
    }

    /// Ends the word.
    fn finish(&mut self) {
        if !self.word.is_empty() {
            let word = match self.word.contains('&') {
                true => self.word.to_lowercase(),
                false => fold(&self.word),
            };
            self.word.clear();
            self.push(word);
        }
    }

    fn push(&mut self, word: String) {
        if !word.is_empty() {
            let before = if self.tokens.is_empty() { Break::None } else { self.pending };
            self.tokens.push(Token { word, before });
            self.pending = Break::None;
        }
    }

    fn alone(&mut self, word: &str) {
        self.finish();
        self.push(word.to_owned());
    }

    fn separate(&mut self, by: Break) {
        self.finish();
        self.pending = self.pending.max(by);
    }

    /// "CEO's" is the CEO; "d'affaires" are two words; "O'Neill" is one.
    fn apostrophe(&mut self) {
        let ends = |letter: Option<char>| letter.is_none_or(|letter| !letter.is_alphanumeric());
        if matches!(self.next(0), Some('s' | 'S')) && ends(self.next(1)) && !self.word.is_empty() {
            self.at += 1;
        } else if ELIDED.contains(&self.word.to_lowercase().as_str()) {
            self.finish();
        }
    }

    /// Whether the stop stands inside "C.E.O." or "V.P.".
    fn is_initial(&self) -> bool {
        let initials = self.word.chars().count();
        let is_first = || self.at < 3 || !self.letters[self.at - 3].is_alphanumeric();
        let next_is_initial = self.next(0).is_some_and(char::is_alphabetic)
            && self.next(1).is_none_or(|letter| !letter.is_alphanumeric());
        initials > 0 && next_is_initial && is_first()
    }

    fn is_inside_a_word(&self) -> bool {
        !self.word.is_empty() && self.next(0).is_some_and(char::is_alphabetic)
    }

    /// "R&D", "FP&A": at most two letters on either side.
    fn joins_initials(&self) -> bool {
        let after = self.letters[self.at..].iter().take_while(|letter| letter.is_alphanumeric()).count();
        (1..=2).contains(&self.word.chars().count()) && (1..=2).contains(&after)
    }

    fn stands_between_blanks(&self) -> bool {
        let is_blank = |letter: Option<&char>| letter.is_none_or(|letter| letter.is_whitespace());
        let before = self.at.checked_sub(2).and_then(|at| self.letters.get(at));
        is_blank(before) || is_blank(self.letters.get(self.at))
    }

    /// Passes over "(e)" and "(trice)" at the end of a word.
    fn skip_ending(&mut self) -> bool {
        let inside =
            self.letters[self.at..].iter().take_while(|letter| letter.is_alphabetic() || **letter == '/').count();
        let is_ending = !self.word.is_empty() && inside <= ENDING_MAX && matches!(self.next(inside), Some(')' | ']'));
        if is_ending {
            self.at += inside + 1;
        }
        is_ending
    }

    /// Passes over ":in", "/in" and "*innen" at the end of a word.
    fn skip_other_sex(&mut self) -> bool {
        let rest: String = self.letters[self.at..].iter().take(6).collect::<String>().to_lowercase();
        let ends =
            |ending: &&&str| rest.strip_prefix(**ending).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric));
        let found = BOTH_SEXES.iter().find(ends).filter(|_| !self.word.is_empty());
        self.at += found.map_or(0, |ending| ending.len());
        found.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(title: &str) -> Vec<String> {
        tokens(title).into_iter().map(|token| token.word).collect()
    }

    #[test]
    fn words_are_cut_as_people_write_them() {
        for (title, expected) in [
            ("C.E.O.", vec!["ceo"]),
            ("V.P. of Sales", vec!["vp", "of", "sales"]),
            ("CEO's Assistant", vec!["ceo", "assistant"]),
            ("Ingénieur d'affaires", vec!["ingenieur", "d", "affaires"]),
            ("Leiter:in Vertrieb", vec!["leiter", "vertrieb"]),
            ("Geschäftsführer/in", vec!["geschaftsfuhrer"]),
            ("Chargé(e) de communication", vec!["charge", "de", "communication"]),
            ("Head of R&D & Labs", vec!["head", "of", "r&d", "&", "labs"]),
            ("Sales&Marketing", vec!["sales", "&", "marketing"]),
            ("Co-Founder @ Acme", vec!["co", "founder", "at", "acme"]),
            ("C++ Developer", vec!["c", "&", "&", "developer"]),
            ("Director de I+D", vec!["director", "de", "i+d"]),
            ("… ", vec![]),
        ] {
            assert_eq!(words(title), expected, "{title}");
        }
    }

    #[test]
    fn separators_are_told_apart() {
        let breaks = |title: &str| tokens(title).into_iter().map(|token| token.before).collect::<Vec<_>>();
        assert_eq!(breaks("VP, Sales"), [Break::None, Break::Comma]);
        assert_eq!(breaks("VP - Sales | Speaker"), [Break::None, Break::Comma, Break::Bar]);
        assert_eq!(breaks("Owner/Operator"), [Break::None, Break::Slash]);
        assert_eq!(breaks("Co-Founder"), [Break::None, Break::None]);
    }

    #[test]
    fn a_very_long_title_is_read_in_part() {
        assert_eq!(tokens(&"word ".repeat(1_000)).len(), WORDS_MAX);
    }
}
