//! One number in a text, with its separators and its unit.

/// What a number counts by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    One,
    Thousand,
    TenThousand,
    Million,
    HundredMillion,
    Billion,
    /// "mil": a thousand in Spanish and Portuguese, short for a million in English.
    Doubtful,
}

impl Unit {
    pub const fn factor(self) -> f64 {
        match self {
            Self::One | Self::Doubtful => 1.0,
            Self::Thousand => 1e3,
            Self::TenThousand => 1e4,
            Self::Million => 1e6,
            Self::HundredMillion => 1e8,
            Self::Billion => 1e9,
        }
    }

    fn of(word: &str) -> Option<Self> {
        Some(match word {
            "k" | "tsd" | "thousand" | "tausend" | "mille" | "duizend" | "tys" | "тыс" => Self::Thousand,
            "万" | "萬" | "만" => Self::TenThousand,
            "m" | "mm" | "mn" | "mio" | "mln" | "million" | "millions" | "millionen" | "millón" | "millones"
            | "milione" | "milioni" | "milhão" | "milhões" | "miljoen" | "miljon" | "miljoner" | "millioner"
            | "mill" | "mkr" | "млн" | "milyon" | "百万" => Self::Million,
            "億" | "亿" | "억" => Self::HundredMillion,
            "b" | "bn" | "bil" | "billion" | "billions" | "mrd" | "md" | "mld" | "milliarde" | "milliarden"
            | "milliard" | "milliards" | "miliardo" | "miliardi" | "bilhão" | "bilhões" | "miljard" | "miljarder"
            | "mia" | "млрд" | "milyar" => Self::Billion,
            "mil" => Self::Doubtful,
            _ => return None,
        })
    }
}

/// A number and where it stands.
#[derive(Debug, Clone, Copy)]
pub struct Number {
    digits: Option<f64>,
    pub unit: Unit,
    /// Bytes of the text that it takes with its unit.
    pub from: usize,
    pub until: usize,
}

impl Number {
    /// Its value; nothing where it may be two.
    pub fn value(&self) -> Option<f64> {
        (self.unit != Unit::Doubtful).then_some(self.digits? * self.unit.factor())
    }
}

/// All numbers of a text in lower case.
pub fn numbers_in(text: &str) -> Vec<Number> {
    let letters: Vec<(usize, char)> = text.char_indices().map(|(at, letter)| (at, plain_digit(letter))).collect();
    let end_of = |at: usize| letters.get(at).map_or(text.len(), |(byte, _)| *byte);
    let (mut numbers, mut at) = (Vec::new(), 0);
    while at < letters.len() {
        if !letters[at].1.is_ascii_digit() {
            at += 1;
            continue;
        }
        let from = at;
        while at < letters.len() && (letters[at].1.is_ascii_digit() || joins(&letters, at)) {
            at += 1;
        }
        let written: String = letters[from..at].iter().map(|(_, letter)| *letter).collect();
        let (unit, until) = unit_at(&letters, at);
        numbers.push(Number { digits: value_of(&written, unit), unit, from: end_of(from), until: end_of(until) });
        at = until;
    }
    numbers
}

/// Full-width digits are digits.
fn plain_digit(letter: char) -> char {
    match letter {
        '０'..='９' => char::from(b'0' + (u32::from(letter) - u32::from('０')) as u8),
        _ => letter,
    }
}

/// Whether the sign at `at` stands inside a number: a blank only before exactly three digits.
fn joins(letters: &[(usize, char)], at: usize) -> bool {
    let is_digit = |at: usize| letters.get(at).is_some_and(|(_, letter)| letter.is_ascii_digit());
    match letters[at].1 {
        ',' | '.' | '\'' | '’' => is_digit(at + 1),
        ' ' | '\u{a0}' | '\u{202f}' => (1..=3).all(|next| is_digit(at + next)) && !is_digit(at + 4),
        _ => false,
    }
}

/// The unit behind a number, and where it ends.
fn unit_at(letters: &[(usize, char)], at: usize) -> (Unit, usize) {
    let mut from = at;
    while letters.get(from).is_some_and(|(_, letter)| matches!(letter, ' ' | '\u{a0}' | '\u{202f}')) {
        from += 1;
    }
    let length = letters[from.min(letters.len())..].iter().take_while(|(_, letter)| letter.is_alphabetic()).count();
    let word: String = letters[from.min(letters.len())..][..length].iter().map(|(_, letter)| *letter).collect();
    // East Asian units stand without a blank before the next word.
    let (unit, length) = match Unit::of(&word) {
        Some(unit) => (unit, length),
        None => {
            match word.chars().next().filter(|first| !first.is_ascii()).and_then(|first| Unit::of(&first.to_string())) {
                Some(unit) => (unit, 1),
                None => return (Unit::One, at),
            }
        }
    };
    let dot = usize::from(letters.get(from + length).is_some_and(|(_, letter)| *letter == '.'));
    (unit, from + length + dot)
}

/// The value of digits with separators: groups of three, and a decimal sign that is another one. Nothing where a separator may be
/// either.
fn value_of(written: &str, unit: Unit) -> Option<f64> {
    let is_sign = |letter: char| !letter.is_ascii_digit();
    let Some(last) = written.rfind(is_sign) else { return written.parse().ok() };
    let sign = written[last..].chars().next()?;
    let (whole, part) = (&written[..last], &written[last + sign.len_utf8()..]);
    let signs: Vec<char> = written.chars().filter(|letter| is_sign(*letter)).collect();
    let in_groups = |text: &str| {
        let mut groups = text.split(is_sign);
        groups.next().is_some_and(|first| (1..=3).contains(&first.len())) && groups.all(|group| group.len() == 3)
    };
    let digits_of = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let all_alike = signs.iter().all(|one| *one == sign);
    if all_alike && in_groups(written) && !(written.starts_with('0') && signs.len() == 1) {
        // "1.500K" may be 1.5 or 1,500 thousand
        let is_doubtful = sign == '.' && signs.len() == 1 && unit != Unit::One;
        return (!is_doubtful).then(|| digits_of(written).parse().ok()).flatten();
    }
    let is_decimal = matches!(sign, '.' | ',') && signs.iter().filter(|one| **one == sign).count() == 1;
    let whole_fits = whole.chars().all(|letter| letter.is_ascii_digit()) || in_groups(whole);
    (is_decimal && whole_fits).then(|| format!("{}.{part}", digits_of(whole)).parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_and_units_are_read() {
        for (text, value) in [
            ("1,400", Some(1400.0)),
            ("24.000", Some(24000.0)),
            ("250.00", Some(250.0)),
            ("250,00", Some(250.0)),
            ("1.234,50", Some(1234.5)),
            ("5,400,000.00", Some(5_400_000.0)),
            ("10 001", Some(10001.0)),
            ("10’001", Some(10001.0)),
            ("1.5k", Some(1500.0)),
            ("2,5 mio.", Some(2_500_000.0)),
            ("1,500k", Some(1_500_000.0)),
            ("1.500k", None),
            ("1.2 milliarden", Some(1.2e9)),
            ("５０名", Some(50.0)),
            ("3億円", Some(3e8)),
            ("5 mil", None),
            ("120.0", Some(120.0)),
            ("1.40", Some(1.4)),
            ("12.5.7", None),
            ("99999999999999999999", Some(1e20)),
        ] {
            let numbers = numbers_in(text);
            assert_eq!(numbers.len(), 1, "{text}");
            assert_eq!(numbers[0].value(), value, "{text}");
        }
    }
}
