//! Days in a text, and what each is: the last of an absence, or the first after it.

use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};

use super::{
    Order, Role,
    tables::{
        BACK, INCLUSIVE, MONTH_FOLLOWS, MONTHS, NEXT_WEEK, THROUGH, THROUGH_BEFORE, TO, TOMORROW, UNTIL, WEEKDAYS,
    },
};
use crate::outreach::replies::reading::phrases::Text;

/// How many words before a day say what it is.
const WORDS_BEFORE: usize = 8;

/// A text whose days are looked for.
pub struct Reader<'a> {
    pub text: &'a Text,
    /// Each word with the number of its sentence.
    pub words: Vec<(&'a str, usize)>,
    pub said_at: Date,
    pub order: Order,
}

impl Reader<'_> {
    /// All days in the text that have a role.
    pub fn days(&self) -> Vec<(Role, Date)> {
        let mut found = Vec::new();
        let (mut at, mut last) = (0, None);
        while at < self.words.len() {
            if let Some((last, length)) = self.range(at) {
                found.push((Role::Through, last));
                at += length;
                continue;
            }
            let Some((date, length)) = self.date(at).or_else(|| self.near(at)) else {
                at += 1;
                continue;
            };
            // Two days side by side, as around a dash, are the first and the last.
            let role = if last == Some(at) { Some(Role::Through) } else { self.role(at, at + length) };
            if let Some(role) = role.filter(|_| !self.begins_range(at + length)) {
                found.push((role, date));
            }
            last = Some(at + length);
            at += length.max(1);
        }
        for place in self.text.places(&NEXT_WEEK) {
            let monday = self.next(Weekday::Monday);
            found.extend(
                monday
                    .filter(|_| self.role(place.from, place.to) == Some(Role::Back))
                    .map(|monday| (Role::Back, monday)),
            );
        }
        found
    }

    /// What a day from `from` to before `to` is, by the words around it in its sentence.
    fn role(&self, from: usize, to: usize) -> Option<Role> {
        let sentence = self.words[from].1;
        let is_same = |word: &&(&str, usize)| word.1 == sentence;
        let before: Vec<&str> =
            self.words[from.saturating_sub(WORDS_BEFORE)..from].iter().filter(is_same).map(|(word, _)| *word).collect();
        let after: Vec<&str> = self.words[to..].iter().take(3).filter(is_same).map(|(word, _)| *word).collect();
        // The nearest word before counts.
        let nearest = before.iter().rev().enumerate().find_map(|(distance, word)| {
            if UNTIL.contains(word) {
                Some(Role::Until)
            } else if has(&THROUGH, word) || (distance < 2 && TO.contains(word)) {
                Some(Role::Through)
            } else {
                has(&BACK, word).then_some(Role::Back)
            }
        });
        if after.first().is_some_and(|word| THROUGH_BEFORE.contains(word)) {
            return Some(Role::Through);
        }
        let is_through = before.iter().rev().take(2).chain(after.first()).any(|word| has(&INCLUSIVE, word));
        let says_back = |words: &[&str]| words.iter().any(|word| has(&BACK, word));
        match nearest {
            Some(Role::Until | Role::Through) if is_through => Some(Role::Through),
            Some(role) => Some(role),
            None => says_back(&after).then_some(Role::Back),
        }
    }

    /// Whether another day comes right after, as in `from 1 to 7 December`: then the day before `at` is the first away.
    fn begins_range(&self, at: usize) -> bool {
        let word = |offset: usize| self.words.get(at + offset).map_or("", |(word, _)| *word);
        let joins = |word: &str| TO.contains(&word) || UNTIL.contains(&word) || has(&THROUGH, word);
        self.date(at).is_some() || joins(word(0)) && (1..=3).any(|offset| self.date(at + offset).is_some())
    }

    /// The last day of `1-7 December` or `December 1-7`.
    fn range(&self, at: usize) -> Option<(Date, usize)> {
        let days = |word: &str| {
            let (first, last) = word.split_once('-')?;
            day_number(first)?;
            day_number(last)
        };
        let word = |offset: usize| self.words.get(at + offset).map(|(word, _)| *word);
        let (day, month) = match (days(word(0)?), month(word(0)?)) {
            (Some(day), _) => (day, month(word(1)?)?),
            (None, Some(month)) => (days(word(1)?)?, month),
            (None, None) => return None,
        };
        Some((self.soonest(month, day)?, 2))
    }

    /// A date at `at`, and how many words it takes.
    fn date(&self, at: usize) -> Option<(Date, usize)> {
        let word = |offset: usize| self.words.get(at + offset).map(|(word, _)| *word);
        let first = word(0)?;
        if let Some(date) = self.in_figures(first) {
            return Some((date, 1));
        }
        if let Some(day) = day_number(first) {
            // 7 December, 7 de diciembre, 7th of December
            let skipped = usize::from(matches!(word(1), Some("de" | "of")));
            let month = month(word(1 + skipped)?)?;
            let rest = 2 + skipped;
            let joined = usize::from(matches!(word(rest), Some("de" | "of")));
            return Some(match word(rest + joined).and_then(year) {
                Some(year) => (date_of(year, month, day)?, rest + joined + 1),
                None => (self.soonest(month, day)?, rest),
            });
        }
        // December 7
        let month = month(first)?;
        let day = day_number(word(1)?)?;
        Some(match word(2).and_then(year) {
            Some(year) => (date_of(year, month, day)?, 3),
            None => (self.soonest(month, day)?, 2),
        })
    }

    /// `2026-12-07`, `7.12.2026`, `7.12`, `07/12/2026`.
    fn in_figures(&self, word: &str) -> Option<Date> {
        let mark = word.chars().find(|c| !c.is_ascii_digit()).filter(|mark| ".-/".contains(*mark))?;
        let parts: Vec<i16> =
            word.split(mark).filter(|part| !part.is_empty()).map(str::parse).collect::<Result<_, _>>().ok()?;
        let small = |number: i16| i8::try_from(number).ok();
        match parts[..] {
            [year, month, day] if year > 1000 => date_of(year, small(month)?, small(day)?),
            [first, second, last] => {
                let year = if last < 100 { last + 2000 } else { last };
                self.ordered(mark, |month, day| date_of(year, month, day), small(first)?, small(second)?)
            }
            [first, second] if mark != '-' => {
                self.ordered(mark, |month, day| self.soonest(month, day), small(first)?, small(second)?)
            }
            _ => None,
        }
    }

    /// In an order that is not known, the later.
    fn ordered(&self, mark: char, date: impl Fn(i8, i8) -> Option<Date>, first: i8, second: i8) -> Option<Date> {
        let (day_first, month_first) = (date(second, first), date(first, second));
        match self.order {
            _ if mark == '.' => day_first,
            Order::DayFirst => day_first.or(month_first),
            Order::MonthFirst => month_first.or(day_first),
            Order::Unknown => {
                let soon = |date: &Date| *date > self.said_at && (*date - self.said_at).get_days() <= 120;
                day_first.filter(soon).max(month_first.filter(soon)).or(day_first)
            }
        }
    }

    /// A weekday, tomorrow, the 7th, or in January.
    fn near(&self, at: usize) -> Option<(Date, usize)> {
        const DAYS: [Weekday; 7] = [
            Weekday::Monday,
            Weekday::Tuesday,
            Weekday::Wednesday,
            Weekday::Thursday,
            Weekday::Friday,
            Weekday::Saturday,
            Weekday::Sunday,
        ];
        let (word, _) = self.words[at];
        if has(&TOMORROW, word) {
            return Some((self.said_at.tomorrow().ok()?, 1));
        }
        if let Some(date) = self.of_this_month(at).or_else(|| self.in_month(at)) {
            return Some((date, 1));
        }
        let weekday = WEEKDAYS.iter().position(|names| has(names, word))?;
        // Beside a date it says nothing more.
        let has_date = (1..=2).any(|offset| at + offset < self.words.len() && self.date(at + offset).is_some());
        if has_date { None } else { Some((self.next(DAYS[weekday])?, 1)) }
    }

    /// `the 7th`, of this month or the next.
    fn of_this_month(&self, at: usize) -> Option<Date> {
        let (word, _) = self.words[at];
        let is_ordinal = ["st", "nd", "rd", "th"].iter().any(|ending| word.ends_with(ending));
        let day = day_number(word).filter(|_| is_ordinal)?;
        let this = date_of(self.said_at.year(), self.said_at.month(), day);
        let next = self.said_at.first_of_month().checked_add(1.month()).ok()?;
        this.filter(|this| *this > self.said_at).or_else(|| date_of(next.year(), next.month(), day))
    }

    /// `in January`, `until mid January`: its first day, or the middle.
    fn in_month(&self, at: usize) -> Option<Date> {
        let month = month(self.words[at].0)?;
        let before = at.checked_sub(1).map(|before| self.words[before].0)?;
        let day = match before {
            "mid" | "mitte" => 15,
            before if has(&MONTH_FOLLOWS, before) => 1,
            _ => return None,
        };
        self.soonest(month, day)
    }

    fn next(&self, weekday: Weekday) -> Option<Date> {
        self.said_at.nth_weekday(1, weekday).ok()
    }

    /// The day of the year that comes next, or was lately.
    fn soonest(&self, month: i8, day: i8) -> Option<Date> {
        let this = date_of(self.said_at.year(), month, day)?;
        let is_long_ago = this < self.said_at.checked_sub(30.days()).ok()?;
        if is_long_ago { date_of(self.said_at.year() + 1, month, day) } else { Some(this) }
    }
}

fn has(words: &[String], word: &str) -> bool {
    words.iter().any(|known| known == word)
}

pub fn date_of(year: i16, month: i8, day: i8) -> Option<Date> {
    Date::new(year, month, day).ok()
}

fn month(word: &str) -> Option<i8> {
    let at = MONTHS.iter().position(|names| has(names, word))?;
    i8::try_from(at + 1).ok()
}

/// `7`, `7th`, `7er`.
fn day_number(word: &str) -> Option<i8> {
    let digits = word.trim_end_matches(|c: char| c.is_alphabetic() || c == '.');
    let ending = &word[digits.len()..];
    let is_day = matches!(ending, "" | "." | "st" | "nd" | "rd" | "th" | "er" | "e" | "o" | "a");
    digits.parse().ok().filter(|day| is_day && (1..=31).contains(day))
}

fn year(word: &str) -> Option<i16> {
    word.parse().ok().filter(|year| (2000..2200).contains(year))
}
