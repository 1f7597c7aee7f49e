//! First and last names as files write them: "Last, First", with titles before and behind, in one column or two.

use crate::directory::contacts::{
    courtesy::{TITLES, TITLES_WITH_STOP},
    keys::{fold, one_line},
};

/// Degrees and certificates behind a name, without their stops.
const BEHIND: [&str; 44] = [
    "phd", "mba", "emba", "msc", "bsc", "meng", "beng", "cpa", "cfa", "cma", "pmp", "esq", "llm", "llb", "dds", "dmd",
    "cissp", "shrmcp", "shrmscp", "sphr", "phr", "fca", "acca", "fcca", "facs", "pharmd", "edd", "dba", "mph", "mpa",
    "csm", "cscp", "cism", "cisa", "rn", "md", "jd", "pe", "cfp", "caia", "frm", "psm", "mcips", "fcips",
];
/// … and short ones that are names as well: only behind a comma.
const BEHIND_A_COMMA: [&str; 10] = ["ma", "ba", "bs", "ms", "do", "aca", "ra", "pt", "ca", "eng"];
/// What belongs to the last name behind a comma.
const GENERATIONS: [&str; 6] = ["jr", "sr", "ii", "iii", "iv", "junior"];

/// First and last name of a person, from their own columns or from one.
pub fn names(first: &str, last: &str, full: &str) -> (String, String) {
    let (first, last) = (tidy(first), tidy(last));
    if first.is_empty() && last.is_empty() {
        return split(full);
    }
    if last.is_empty() && first.contains(',') {
        return split(&first);
    }
    let first = without_titles(&first).to_owned();
    (first, without_degrees(&last))
}

/// Splits a whole name.
fn split(full: &str) -> (String, String) {
    let name = without_degrees(&tidy(full));
    let name = match name.split_once(',') {
        Some((last, first)) if is_generation(first) => format!("{} {}", last.trim(), first.trim()),
        Some((last, first)) => {
            return (without_titles(first.trim()).to_owned(), without_titles(last.trim()).to_owned());
        }
        None => name,
    };
    match without_titles(&name).split_once(' ') {
        Some((first, last)) => (first.to_owned(), last.to_owned()),
        None => (without_titles(&name).to_owned(), String::new()),
    }
}

/// One line without quotes around it and remarks in brackets behind it. An address is no name.
fn tidy(text: &str) -> String {
    if text.contains('@') {
        return String::new();
    }
    let line = one_line(text);
    let line = line.trim_matches(|letter: char| matches!(letter, '"' | '“' | '”' | '„')).trim();
    match line.split_once(" (") {
        Some((name, remark)) if remark.ends_with(')') => name.trim().to_owned(),
        _ => line.to_owned(),
    }
}

/// The name from its first word that is no title. A name of titles alone is none.
fn without_titles(name: &str) -> &str {
    let mut rest = name;
    loop {
        let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
        if !is_title(word) {
            return rest;
        }
        rest = after.trim_start();
    }
}

fn is_title(word: &str) -> bool {
    let plain = fold(word).replace(' ', "");
    let has_stop = word.ends_with('.') || word.contains(".-");
    let known = |list: &[&str]| list.contains(&plain.as_str());
    known(&TITLES)
        || (has_stop && known(&TITLES_WITH_STOP))
        || (has_stop
            && word.split(['-', '.']).filter(|part| !part.is_empty()).all(|part| {
                let part = fold(part);
                TITLES.contains(&part.as_str()) || TITLES_WITH_STOP.contains(&part.as_str())
            }))
}

/// The name without the degrees behind it.
fn without_degrees(name: &str) -> String {
    let mut parts: Vec<&str> = name.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
    while parts.len() > 1 && parts.last().is_some_and(|part| part.split(' ').all(|word| is_degree(word, true))) {
        parts.pop();
    }
    let mut joined = parts.join(", ");
    while let Some((rest, word)) = joined.rsplit_once(' ')
        && is_degree(word, false)
    {
        joined = rest.trim_end_matches([',', ' ']).to_owned();
    }
    joined
}

/// Whether a word is a degree. One that is not written with capitals is a name.
fn is_degree(word: &str, is_behind_a_comma: bool) -> bool {
    let plain: String = word.chars().filter(|letter| letter.is_alphanumeric()).collect();
    let capitals = plain.chars().filter(|letter| letter.is_uppercase()).count();
    let key = plain.to_lowercase();
    let is_written_as_one = capitals >= 2 || (capitals == 1 && word.contains('.')) || key == "esq";
    is_written_as_one
        && (BEHIND.contains(&key.as_str()) || (is_behind_a_comma && BEHIND_A_COMMA.contains(&key.as_str())))
}

fn is_generation(text: &str) -> bool {
    GENERATIONS.contains(&fold(text).as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_full(full: &str) -> (String, String) {
        names("", "", full)
    }

    #[test]
    fn one_column_of_names_is_split() {
        for (full, first, last) in [
            ("Quill, Mara", "Mara", "Quill"),
            ("Dr. Odo Varga", "Odo", "Varga"),
            ("Prof. Dr. med. Ines Okoro", "Ines", "Okoro"),
            ("Mr Ben Alder", "Ben", "Alder"),
            ("Lia Harrow, PhD", "Lia", "Harrow"),
            ("Lia Harrow Ph.D.", "Lia", "Harrow"),
            ("Harrow, Lia, MBA, CPA", "Lia", "Harrow"),
            ("ludwig van der Berg", "ludwig", "van der Berg"),
            ("van der Berg, Ludwig", "Ludwig", "van der Berg"),
            ("Dr.-Ing. Jan Okoro", "Jan", "Okoro"),
            ("Dipl.-Ing. Jan Okoro", "Jan", "Okoro"),
            ("Frau Dr. Eva Maria Lind", "Eva", "Maria Lind"),
            ("Mme Claire Dubois", "Claire", "Dubois"),
            ("Ben Alder, Jr.", "Ben", "Alder Jr."),
            ("Yo-Yo Ma", "Yo-Yo", "Ma"),
            ("Mara Quill (she/her)", "Mara", "Quill"),
            ("\"Mara Quill\"", "Mara", "Quill"),
            ("\u{200f}ليلى حداد", "ليلى", "حداد"),
            ("Madonna", "Madonna", ""),
            ("Dr.", "", ""),
            ("mara@names.example", "", ""),
        ] {
            assert_eq!(of_full(full), (first.to_owned(), last.to_owned()), "{full}");
        }
    }

    #[test]
    fn two_columns_lose_their_titles_too() {
        let both = |first: &str, last: &str| names(first, last, "Other Name");
        assert_eq!(both("Dr. Odo", "Varga, PhD"), ("Odo".to_owned(), "Varga".to_owned()));
        assert_eq!(both("Mr", "Alder"), (String::new(), "Alder".to_owned()));
        assert_eq!(both("Quill, Mara", ""), ("Mara".to_owned(), "Quill".to_owned()));
        assert_eq!(both("Ing", "Wei"), ("Ing".to_owned(), "Wei".to_owned()));
    }
}
