//! A text with fields and choices, as a member writes it: `{Hi|Hello} {{first_name|there}}`.
//!
//! | written | means |
//! |---|---|
//! | `{{first_name}}` | the lead's value; without one the mail is held back |
//! | `{{first_name\|there}}` | the lead's value, or what follows the bar |
//! | `{Hi\|Hello}` | one of these, chosen for each recipient |
//! | `\{` `\}` `\|` `\\` | the character itself |
//!
//! Choices hold text and fields, no other choices. There are no conditions: a lead's value can never change the structure.

use std::collections::BTreeSet;

use super::fault::{Fault, TemplateFault, TextPart};
use crate::campaigns::lists::column_name;

/// A subject and a text that were understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pub(super) subject: Vec<Piece>,
    pub(super) body: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    Field { name: String, fallback: Option<String> },
    Choice(Vec<Vec<Piece>>),
}

impl Template {
    /// Reads a subject and a text. Any name may be a field: what a lead does not have is found when it is rendered.
    ///
    /// # Errors
    /// Everything that is wrong, in the order of the text, the subject's first.
    pub fn parse(subject: &str, body: &str) -> Result<Self, Vec<TemplateFault>> {
        Self::read(subject, body, None)
    }

    /// Like [`Template::parse`], and every field must be known: to all leads, or as one of `columns`.
    ///
    /// # Errors
    /// Like [`Template::parse`], and the fields that nothing is known by.
    pub fn parse_known(subject: &str, body: &str, columns: &[String]) -> Result<Self, Vec<TemplateFault>> {
        Self::read(subject, body, Some(columns))
    }

    fn read(subject: &str, body: &str, columns: Option<&[String]>) -> Result<Self, Vec<TemplateFault>> {
        let (subject, mut faults) = Parser::read(TextPart::Subject, subject.trim(), columns);
        let (body, of_body) = Parser::read(TextPart::Body, &lines_of(body), columns);
        faults.extend(of_body);
        if faults.is_empty() { Ok(Self { subject, body }) } else { Err(faults) }
    }

    /// The subject and the text as they would be written: reading them again gives the same template.
    pub fn print(&self) -> (String, String) {
        (print(&self.subject, false), print(&self.body, false))
    }

    /// The names of the fields that are used without a fallback somewhere.
    pub fn required(&self) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        collect_required(&self.subject, &mut names);
        collect_required(&self.body, &mut names);
        names
    }

    /// Whether some choice or fallback leaves nothing of the subject.
    pub fn subject_may_be_empty(&self) -> bool {
        self.subject.iter().all(Piece::may_be_empty)
    }
}

impl Piece {
    fn may_be_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.trim().is_empty(),
            Self::Field { fallback, .. } => fallback.as_ref().is_some_and(String::is_empty),
            Self::Choice(options) => options.iter().any(|option| option.iter().all(Self::may_be_empty)),
        }
    }
}

/// Lines that end in `\n`, without empty ones at the end.
fn lines_of(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").trim_end().to_owned()
}

fn collect_required<'a>(pieces: &'a [Piece], names: &mut BTreeSet<&'a str>) {
    for piece in pieces {
        match piece {
            Piece::Text(_) | Piece::Field { fallback: Some(_), .. } => {}
            Piece::Field { name, fallback: None } => {
                names.insert(name);
            }
            Piece::Choice(options) => options.iter().for_each(|option| collect_required(option, names)),
        }
    }
}

fn print(pieces: &[Piece], in_choice: bool) -> String {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(plain) => text.push_str(&escaped(plain, in_choice)),
            Piece::Field { name, fallback: None } => text.push_str(&format!("{{{{{name}}}}}")),
            Piece::Field { name, fallback: Some(fallback) } => {
                text.push_str(&format!("{{{{{name}|{}}}}}", escaped(fallback, true)));
            }
            Piece::Choice(options) => {
                let options: Vec<String> = options.iter().map(|option| print(option, true)).collect();
                text.push_str(&format!("{{{}}}", options.join("|")));
            }
        }
    }
    text
}

/// What a backslash takes its meaning from.
fn has_meaning(letter: char) -> bool {
    matches!(letter, '{' | '}' | '|' | '\\')
}

/// Text that reads as itself: braces, and bars in a choice, with a backslash before them.
fn escaped(plain: &str, bars: bool) -> String {
    let mut text = String::new();
    let mut letters = plain.chars().peekable();
    while let Some(letter) = letters.next() {
        let next_has_meaning = letters.peek().is_none_or(|next| has_meaning(*next));
        if matches!(letter, '{' | '}') || letter == '|' && bars || letter == '\\' && next_has_meaning {
            text.push('\\');
        }
        text.push(letter);
    }
    text
}

/// Reads one text from its beginning to its end.
struct Parser<'a> {
    part: TextPart,
    text: &'a str,
    at: usize,
    columns: Option<&'a [String]>,
    faults: Vec<TemplateFault>,
}

impl<'a> Parser<'a> {
    fn read(part: TextPart, text: &'a str, columns: Option<&'a [String]>) -> (Vec<Piece>, Vec<TemplateFault>) {
        let mut parser = Self { part, text, at: 0, columns, faults: Vec::new() };
        let mut pieces = Pieces::default();
        while let Some(letter) = parser.peek() {
            match letter {
                '{' if parser.opens_field(false) => parser.field(&mut pieces),
                '{' => parser.choice(&mut pieces),
                '}' => {
                    parser.fault(parser.at, Fault::NeverOpened);
                    parser.at += 1;
                }
                _ => parser.letter(&mut pieces),
            }
        }
        (pieces.finished(), parser.faults)
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn fault(&mut self, at: usize, fault: Fault) {
        let line = self.text[..at].matches('\n').count() + 1;
        self.faults.push(TemplateFault { part: self.part, line, fault });
    }

    /// Whether a field begins here. Of three braces the first opens a choice, unless one is open.
    fn opens_field(&self, in_choice: bool) -> bool {
        self.rest().starts_with("{{") && (in_choice || !self.rest().starts_with("{{{"))
    }

    /// Takes one character as itself.
    fn letter(&mut self, pieces: &mut Pieces) {
        let mut letters = self.rest().chars();
        let Some(mut letter) = letters.next() else { return };
        if letter == '\\'
            && let Some(next) = letters.next().filter(|next| has_meaning(*next))
        {
            self.at += 1;
            letter = next;
        }
        match letter {
            '\n' if self.part == TextPart::Subject => self.fault(self.at, Fault::LineBreakInSubject),
            '\n' | '\t' if self.part == TextPart::Body => pieces.letter(letter),
            _ if letter.is_control() => self.fault(self.at, Fault::ControlCharacter),
            _ => pieces.letter(letter),
        }
        self.at += letter.len_utf8();
    }

    /// Takes `{{name}}` or `{{name|fallback}}`.
    fn field(&mut self, pieces: &mut Pieces) {
        let begin = self.at;
        self.at += 2;
        let mut name = String::new();
        let mut fallback: Option<String> = None;
        let closed = loop {
            let rest = self.rest();
            if rest.starts_with("}}") {
                break true;
            }
            let mut letters = rest.chars();
            let letter = match letters.next() {
                None | Some('\n' | '{' | '}') => break false,
                Some('|') if fallback.is_none() => {
                    fallback = Some(String::new());
                    self.at += 1;
                    continue;
                }
                Some('\\') => letters.next().filter(|next| has_meaning(*next)).map_or('\\', |next| {
                    self.at += 1;
                    next
                }),
                Some(letter) => letter,
            };
            if letter.is_control() {
                self.fault(self.at, Fault::ControlCharacter);
            }
            fallback.as_mut().unwrap_or(&mut name).push(letter);
            self.at += letter.len_utf8();
        };
        let written = &self.text[begin..self.at];
        if !closed {
            return self.fault(begin, Fault::NeverClosed(written.to_owned()));
        }
        self.at += 2;
        let written = &self.text[begin..self.at];
        let known_as = column_name(&name);
        if known_as.is_empty() {
            return self.fault(begin, Fault::NoName(written.to_owned()));
        }
        if let Some(fault) = self.columns.and_then(|columns| Fault::of_unknown(&known_as, written, columns)) {
            self.fault(begin, fault);
        }
        let fallback = fallback.map(|fallback| fallback.trim().to_owned());
        pieces.push(Piece::Field { name: known_as, fallback });
    }

    /// Takes `{one|another}`.
    fn choice(&mut self, pieces: &mut Pieces) {
        let begin = self.at;
        self.at += 1;
        let mut options = vec![];
        let mut option = Pieces::default();
        loop {
            match self.peek() {
                None => return self.fault(begin, Fault::NeverClosed(self.text[begin..].to_owned())),
                Some('}') => break,
                Some('|') => {
                    options.push(std::mem::take(&mut option).finished());
                    self.at += 1;
                }
                Some('{') if self.opens_field(true) => self.field(&mut option),
                Some('{') => {
                    self.fault(self.at, Fault::ChoiceInChoice);
                    self.at += 1;
                }
                Some(_) => self.letter(&mut option),
            }
        }
        self.at += 1;
        options.push(option.finished());
        if options.len() == 1 {
            let written = self.text[begin..self.at].to_owned();
            return self.fault(begin, Fault::of_one_option(written, self.columns.unwrap_or_default()));
        }
        pieces.push(Piece::Choice(options));
    }
}

/// Pieces in the making: letters beside each other become one text.
#[derive(Default)]
struct Pieces {
    done: Vec<Piece>,
    text: String,
}

impl Pieces {
    fn letter(&mut self, letter: char) {
        self.text.push(letter);
    }

    fn push(&mut self, piece: Piece) {
        if !self.text.is_empty() {
            self.done.push(Piece::Text(std::mem::take(&mut self.text)));
        }
        self.done.push(piece);
    }

    fn finished(mut self) -> Vec<Piece> {
        if !self.text.is_empty() {
            self.done.push(Piece::Text(self.text));
        }
        self.done
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn faults(subject: &str, body: &str) -> Vec<String> {
        let columns = ["icebreaker".to_owned()];
        Template::parse_known(subject, body, &columns).unwrap_err().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn fields_and_choices_are_read() {
        let template =
            Template::parse("{Hi|Hello} {{ First Name | there }}", "{{{firstName}}|You}, C:\\dir \\{x\\}").unwrap();
        assert_eq!(
            template.subject,
            [
                Piece::Choice(vec![vec![Piece::Text("Hi".into())], vec![Piece::Text("Hello".into())]]),
                Piece::Text(" ".into()),
                Piece::Field { name: "first_name".into(), fallback: Some("there".into()) },
            ]
        );
        assert_eq!(template.body[1], Piece::Text(", C:\\dir {x}".into()));
        assert_eq!(template.print().1, "{{{first_name}}|You}, C:\\dir \\{x\\}");
        assert_eq!(template.required(), ["first_name"].into());
    }

    #[test]
    fn what_is_wrong_is_said_with_what_was_meant() {
        assert_eq!(faults("a", "{{fist_name}}"), ["“{{fist_name}}” is not a field. Did you mean “first_name”?"]);
        assert_eq!(faults("a", "{{ice breakr}}"), ["“{{ice breakr}}” is not a field. Did you mean “icebreaker”?"]);
        assert_eq!(faults("a", "{{job_title}}"), ["“{{job_title}}” is not a field. Did you mean “title”?"]);
        assert_eq!(faults("a", "{{shoe_size}}"), ["“{{shoe_size}}” is not a field."]);
        assert_eq!(faults("a", "x\n{Hi|Hello"), ["Line 2: “{Hi|Hello” is never closed."]);
        assert_eq!(faults("a", "{{first_name"), ["“{{first_name” is never closed."]);
        assert_eq!(faults("a\nb", "c"), ["A line break cannot be in the subject."]);
        assert_eq!(
            faults("a", "{first_name}"),
            ["“{first_name}” has one brace too few. Write “{{first_name}}” for the field."]
        );
        assert_eq!(faults("a", "{Hi}"), ["“{Hi}” leaves nothing to choose. Write “{Hi|Hello}”, or “\\{” for a brace."]);
        assert_eq!(faults("a", "{Hi|{Hello|Hey}}").len(), 2);
        assert_eq!(faults("a", "a } b"), ["This “}” closes nothing. Write “\\}” for a brace."]);
        assert_eq!(faults("a", "{{}}"), ["“{{}}” names no field."]);
        assert_eq!(faults("a", "a\0b"), ["There is an invisible control character in it. Delete it."]);
    }

    #[test]
    fn any_name_may_be_a_field_for_who_does_not_know_the_columns() {
        assert!(Template::parse("", "{{shoe_size}}").is_ok());
    }

    #[test]
    fn a_subject_that_a_choice_can_empty_is_noticed() {
        let may_be_empty = |subject| Template::parse(subject, "x").unwrap().subject_may_be_empty();
        assert!(may_be_empty("{|Hello}") && may_be_empty("{{title|}}") && may_be_empty(""));
        assert!(!may_be_empty("{|Hello}!") && !may_be_empty("{{title}}"));
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_as_the_same_template(
            pieces in prop::collection::vec(
                prop_oneof![
                    "[a-z |\\\\{}\n]{1,4}",
                    Just("{{first_name}}".to_owned()),
                    Just("{{title|a\\}\\\\}}".to_owned()),
                    Just("{Hi|{{company}}|\\\\}".to_owned()),
                    Just("\\{".to_owned()),
                    Just("\\\\".to_owned()),
                ],
                0..12,
            )
        ) {
            if let Ok(template) = Template::parse("s", &pieces.concat()) {
                let (subject, body) = template.print();
                let again = Template::parse(&subject, &body);
                prop_assert_eq!(again.as_ref(), Ok(&template));
                prop_assert_eq!(template.print(), (subject, body));
            }
        }

        #[test]
        fn no_text_breaks_the_reader(subject in any::<String>(), body in any::<String>()) {
            let _ = Template::parse(&subject, &body);
        }
    }
}
