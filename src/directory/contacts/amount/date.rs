//! A range that a spreadsheet took for a date: "2-10" became "10-Feb", "02-Oct" or "2025-02-10", "11-50" became "Nov-50".

use crate::directory::contacts::keys::fold;

/// Ranges of vendors and statistics whose two numbers a spreadsheet can take for a date.
const RANGES: [(u32, u32); 16] = [
    (1, 4),
    (1, 5),
    (1, 9),
    (1, 10),
    (1, 50),
    (2, 9),
    (2, 10),
    (5, 9),
    (5, 10),
    (5, 25),
    (6, 10),
    (10, 19),
    (10, 49),
    (10, 50),
    (11, 20),
    (11, 50),
];

/// The range that a date was; nothing for a text that is no date, and `Some(None)` for a date that leaves doubt.
pub fn range_of_date(text: &str) -> Option<Option<(u32, u32)>> {
    let day =
        text.trim().split_once([' ', 'T']).filter(|(_, time)| time.contains(':')).map_or(text.trim(), |(day, _)| day);
    let folded = fold(day);
    let parts: Vec<&str> = folded.split(' ').collect();
    let number = |part: &str| (part.len() <= 4).then(|| part.parse::<u32>().ok()).flatten();
    let month = |part: &str| MONTHS.iter().position(|names| names.contains(&part)).map(|place| place as u32 + 1);
    let readings = match parts[..] {
        [one, other] => {
            let (month, number) = month(one).zip(number(other)).or_else(|| month(other).zip(number(one)))?;
            vec![(month, number % 100)]
        }
        [day, name, year] if month(name).is_some() => of_whole_date(number(year)?, &[(month(name)?, number(day)?)]),
        [name, day, year] if month(name).is_some() => of_whole_date(number(year)?, &[(month(name)?, number(day)?)]),
        [year, first, second] if year.len() == 4 && is_date(day) => {
            of_whole_date(number(year)?, &[(number(first)?, number(second)?)])
        }
        [first, second, year] if year.len() == 4 && is_date(day) => {
            let (first, second) = (number(first)?, number(second)?);
            of_whole_date(number(year)?, &[(first, second), (second, first)])
        }
        _ => return None,
    };
    let mut ranges: Vec<(u32, u32)> =
        readings.into_iter().map(|(one, other)| (one.min(other), one.max(other))).collect();
    ranges.retain(|range| RANGES.contains(range));
    ranges.sort_unstable();
    ranges.dedup();
    Some(match ranges[..] {
        [range] => Some(range),
        _ => None,
    })
}

/// Whether one and the same sign parts the numbers, and is one of dates.
fn is_date(text: &str) -> bool {
    let mut signs = text.chars().filter(|letter| !letter.is_ascii_digit());
    let first = signs.next();
    matches!(first, Some('-' | '/' | '.')) && signs.next() == first && signs.next().is_none()
}

/// What was typed: month and day of the year in which it was typed, or month and year of the first of a month. `days` are month
/// and day, in both orders where the order is not known.
fn of_whole_date(year: u32, days: &[(u32, u32)]) -> Vec<(u32, u32)> {
    let typed_then = (2000..=2035).contains(&year);
    let mut readings = Vec::new();
    for (month, day) in days.iter().filter(|(month, day)| (1..=12).contains(month) && (1..=31).contains(day)) {
        if *day == 1 {
            readings.push((*month, year % 100));
        }
        if typed_then {
            readings.push((*month, *day));
        }
    }
    readings
}

/// Months as spreadsheets shorten them, folded: English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, Swedish.
const MONTHS: [&[&str]; 12] = [
    &[
        "jan", "january", "januar", "janv", "janvier", "ene", "enero", "gen", "gennaio", "janeiro", "januari", "sty",
        "styczen",
    ],
    &[
        "feb",
        "february",
        "februar",
        "fevr",
        "fevrier",
        "febrero",
        "febbraio",
        "fev",
        "fevereiro",
        "februari",
        "lut",
        "luty",
    ],
    &["mar", "march", "marz", "mrz", "mars", "marzo", "marco", "mrt", "maart", "marzec"],
    &["apr", "april", "avr", "avril", "abr", "abril", "aprile", "kwi", "kwiecien"],
    &["may", "mai", "mayo", "mag", "maggio", "maio", "mei", "maj"],
    &["jun", "june", "juni", "juin", "junio", "giu", "giugno", "junho", "cze", "czerwiec"],
    &["jul", "july", "juli", "juil", "juillet", "julio", "lug", "luglio", "julho", "lip", "lipiec"],
    &["aug", "august", "aout", "ago", "agosto", "augustus", "augusti", "sie", "sierpien"],
    &["sep", "sept", "september", "septembre", "septiembre", "set", "settembre", "setembro", "wrz", "wrzesien"],
    &[
        "oct",
        "october",
        "okt",
        "oktober",
        "octobre",
        "octubre",
        "ott",
        "ottobre",
        "out",
        "outubro",
        "paz",
        "pazdziernik",
    ],
    &["nov", "november", "novembre", "noviembre", "novembro", "lis", "listopad"],
    &["dec", "december", "dez", "dezember", "decembre", "dic", "diciembre", "dicembre", "dezembro", "gru", "grudzien"],
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_the_range_that_they_were() {
        for (text, range) in [
            ("10-Feb", (2, 10)),
            ("02-Oct", (2, 10)),
            ("2-Oct", (2, 10)),
            ("01. Okt", (1, 10)),
            ("10-Jan", (1, 10)),
            ("Oct-01", (1, 10)),
            ("Nov 50", (11, 50)),
            ("Nov-50", (11, 50)),
            ("50-Nov", (11, 50)),
            ("11/1/1950", (11, 50)),
            ("1950-11-01 00:00:00", (11, 50)),
            ("01.11.1950", (11, 50)),
            ("2025-02-10", (2, 10)),
            ("10.02.2025", (2, 10)),
            ("2/10/2026", (2, 10)),
            ("10-févr", (2, 10)),
            ("10 ott", (10, 10)),
            ("Oct-49", (10, 49)),
            ("2049-10-01", (10, 49)),
            ("9-May", (5, 9)),
        ] {
            let expected = if range == (10, 10) { None } else { Some(range) };
            assert_eq!(range_of_date(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn a_date_that_leaves_doubt_is_no_range() {
        for text in ["01-Nov", "10-Nov", "2019-10-01", "3-Dec", "2025-12-31", "Dec-25"] {
            assert_eq!(range_of_date(text), Some(None), "{text}");
        }
        for text in ["120", "2-10", "1,400", "11-50", "1.001-5.000", "1-2-3", "", "may", "Marketing"] {
            assert_eq!(range_of_date(text), None, "{text}");
        }
    }
}
