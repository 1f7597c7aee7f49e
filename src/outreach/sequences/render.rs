//! A template and a lead's values become a subject and a text.
//!
//! A value is data: braces and bars in it stay as they are. What could break a header, or cannot be shown, holds the mail back.

use super::{
    seed::Seed,
    template::{Piece, Template},
    values::Values,
};

/// A mail without its signature and closing lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Empty for a mail that continues a conversation.
    pub subject: String,
    pub body: String,
}

/// Why a mail is held back instead of being sent with a gap in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// The lead has no value for this field, and the text no fallback.
    MissingField(String),
    /// The value of this field has characters that a mail cannot carry.
    BadValue(String),
    /// Nothing is left of the text.
    Empty,
    /// The values make the text longer than a mail may be.
    TooLong,
}

/// The longest rendered text, in bytes.
const BODY_MAX: usize = 100_000;

impl Template {
    /// The mail of one lead. The same seed makes the same choices.
    ///
    /// # Errors
    /// Why the mail cannot be sent as it is.
    pub fn render(&self, values: &Values, seed: &Seed) -> Result<Rendered, Held> {
        let mut writer = Writer { values, seed, choices: 0, breaks_in: breaks_a_header, text: String::new() };
        writer.write(&self.subject)?;
        let subject = std::mem::take(&mut writer.text).trim().to_owned();
        writer.breaks_in = breaks_a_text;
        writer.write(&self.body)?;
        let body = writer.text.trim().to_owned();
        match body.len() {
            0 => Err(Held::Empty),
            1..=BODY_MAX => Ok(Rendered { subject, body }),
            _ => Err(Held::TooLong),
        }
    }
}

struct Writer<'a> {
    values: &'a Values,
    seed: &'a Seed,
    /// How many choices were made.
    choices: u64,
    breaks_in: fn(char) -> bool,
    text: String,
}

impl Writer<'_> {
    fn write(&mut self, pieces: &[Piece]) -> Result<(), Held> {
        for piece in pieces {
            match piece {
                Piece::Text(text) => self.text.push_str(text),
                Piece::Field { name, fallback } => self.field(name, fallback.as_deref())?,
                Piece::Choice(options) => {
                    let bound = u64::try_from(options.len()).unwrap_or(1);
                    let chosen = self.seed.below(bound, "choice", self.choices);
                    self.choices += 1;
                    let option = usize::try_from(chosen).ok().and_then(|chosen| options.get(chosen));
                    self.write(option.map_or(&[], Vec::as_slice))?;
                }
            }
        }
        Ok(())
    }

    fn field(&mut self, name: &str, fallback: Option<&str>) -> Result<(), Held> {
        let value = self.values.get(name);
        if value.is_some_and(|value| value.chars().any(self.breaks_in)) {
            return Err(Held::BadValue(name.to_owned()));
        }
        let text = value.or(fallback).ok_or_else(|| Held::MissingField(name.to_owned()))?;
        self.text.push_str(text);
        Ok(())
    }
}

/// Control characters, line ends of all kinds and what turns the direction of text.
pub(super) fn breaks_a_header(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{2028}' | '\u{2029}')
        || matches!(letter, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn breaks_a_text(letter: char) -> bool {
    letter.is_control() && !matches!(letter, '\n' | '\t')
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::{super::values::LeadFields, *};
    use crate::{accounts::WorkspaceId, outreach::ids::StepId};

    fn seed(recipient: &[u8]) -> Seed {
        Seed::of(WorkspaceId(uuid::Uuid::nil()), StepId(uuid::Uuid::nil()), recipient)
    }

    fn named(first_name: &str) -> Values {
        Values::of(&LeadFields { first_name: first_name.into(), ..LeadFields::default() }, &BTreeMap::new(), "Jo")
    }

    fn render(subject: &str, body: &str, first_name: &str) -> Result<Rendered, Held> {
        Template::parse(subject, body).unwrap().render(&named(first_name), &seed(b"mara"))
    }

    #[test]
    fn fields_are_filled_in_and_fallbacks_only_where_something_is_missing() {
        let rendered = render("For {{first_name|you}}", "Hi {{first_name|there}},\n\nJo", "Mara").unwrap();
        assert_eq!((rendered.subject.as_str(), rendered.body.as_str()), ("For Mara", "Hi Mara,\n\nJo"));
        assert_eq!(render("For {{first_name|you}}", "Hi {{first_name|there}}", "N/A").unwrap().body, "Hi there");
    }

    #[test]
    fn a_gap_a_bad_value_and_an_empty_text_hold_the_mail_back() {
        assert_eq!(render("a", "Hi {{first_name}}", ""), Err(Held::MissingField("first_name".into())));
        assert_eq!(render("a", "{{first_name|}}", ""), Err(Held::Empty));
        for bad in ["Ma\rra", "Ma\nra", "Ma\0ra", "Ma\u{202e}ra"] {
            assert_eq!(render("{{first_name}}", "x", bad), Err(Held::BadValue("first_name".into())), "{bad:?}");
        }
        assert_eq!(render("a", "{{first_name}}", "Ma\0ra"), Err(Held::BadValue("first_name".into())));
        assert_eq!(render("a", "{{first_name}}", "one\r\ntwo").unwrap().body, "one\ntwo");
        let long = "{{first_name}}".repeat(300);
        assert_eq!(render("a", &long, &"x".repeat(500)), Err(Held::TooLong));
    }

    #[test]
    fn a_choice_is_the_same_each_time_and_another_for_others() {
        let template = Template::parse("{a|b|c}", "{a|b|c}{a|b|c}").unwrap();
        let of = |recipient: u32| template.render(&named("Mara"), &seed(&recipient.to_be_bytes())).unwrap();
        assert_eq!(of(1), of(1));
        let bodies: std::collections::BTreeSet<String> = (0..200).map(|recipient| of(recipient).body).collect();
        assert_eq!(bodies.len(), 9);
    }

    proptest! {
        #[test]
        fn a_value_never_changes_the_structure(value in "[a-zA-Z{}|\\\\%<\u{1f600}\u{200f} ]{0,20}") {
            let template = Template::parse("s", "{Hi|Hello} {{first_name|you}}, {one|two}").unwrap();
            let with = |name: &str| template.render(&named(name), &seed(b"mara")).unwrap().body;
            let shown = if named(&value).get("first_name").is_some() { value.trim() } else { "you" };
            prop_assert_eq!(with(&value), with("Mara").replace("Mara", shown));
        }
    }
}
