//! When one title means another.
//!
//! "VP Marketing" finds "Vice President, Marketing" and "Marketing VP": both become the same words, in any order, and a
//! title matches when it has all words of the wanted one. Words of other languages and abbreviations become the common ones. What is about
//! someone else, or about what a person was, is marked: "CEO" finds neither "Assistant to the CEO" nor "Former CEO".

use super::{
    synonyms::common_words,
    tokens::{Token, tokens},
    units::{past, taken_apart, units},
};

/// Words that say nothing about the job.
pub(super) const FILLERS: [&str; 46] = [
    "of", "the", "and", "for", "in", "at", "to", "a", "an", "&", "de", "du", "des", "d", "l", "la", "le", "les", "et",
    "der", "die", "das", "dem", "den", "fur", "und", "y", "e", "i", "en", "del", "el", "los", "las", "di", "della",
    "dell", "delle", "do", "da", "dos", "van", "het", "voor", "ds", "dello",
];

/// Begins a word that is about someone else.
const OF_ANOTHER: char = '~';

/// The comparison form of a title: its words without fillers, sorted, each once.
pub fn title_tokens(title: &str) -> Vec<String> {
    let words = taken_apart(&tokens(title));
    let mut found = Vec::with_capacity(words.len());
    let mut at = 0;
    for (start, length, is_of_another) in sides(&words) {
        while at < start + length {
            let (common, taken) = common_words(&words[at..]).map_or((None, 1), |(common, taken)| (Some(common), taken));
            let mut put = |word: &str| match word {
                _ if FILLERS.contains(&word) => {}
                _ if is_of_another => found.push(format!("{OF_ANOTHER}{word}")),
                _ => found.push(word.to_owned()),
            };
            match common {
                Some(common) => common.iter().for_each(|word| put(word)),
                None => put(&words[at].word),
            }
            at += taken;
        }
    }
    if found.is_empty() {
        found.extend(words.into_iter().map(|token| token.word)); // a title of fillers alone
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Each unit of a title as its first word, its number of words, and whether it is about someone else or the past.
fn sides(words: &[Token]) -> Vec<(usize, usize, bool)> {
    let units = units(words);
    let past = past(&units);
    let mut start = 0;
    let side = |(unit, is_past): (&super::units::Unit, bool)| {
        start += unit.words;
        (start - unit.words, unit.words, unit.is_of_another || is_past)
    };
    units.iter().zip(past).map(side).collect()
}

/// Whether a person with the title tokens `held` (sorted) has the title `wanted` (sorted tokens).
pub fn tokens_match(held: &[String], wanted: &[String]) -> bool {
    wanted.iter().all(|token| held.binary_search(token).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(wanted: &str, held: &str) -> bool {
        tokens_match(&title_tokens(held), &title_tokens(wanted))
    }

    #[test]
    fn a_title_finds_its_other_spellings() {
        for (wanted, held) in [
            ("VP Marketing", "Vice President, Marketing"),
            ("VP Marketing", "Marketing VP"),
            ("vice-president sales", "VP of Sales"),
            ("CEO", "Chief Executive Officer"),
            ("Chief Executive Officer", "Founder & CEO"),
            ("ceo", "C.E.O."),
            ("Sr. Product Marketing Manager", "SENIOR PRODUCT MARKETING MANAGER"),
            ("HR Manager", "Human Resources Manager"),
            ("Director, Information Technology", "IT Director"),
            ("Finance Director", "Financial Director"),
            ("Founder", "Co-Founder"),
            ("Cofounder", "Co-Founder"),
            ("Marketing Director", "Marketing\nDirector"),
            ("VP Engineering", "SVP, Engineering"),
            ("CFO", "Chief Financial Officer"),
            ("directeur général", "Directeur General"),
            ("Head of Sales", "Leiter Vertrieb"),
            ("Head of Sales", "Vertriebsleiterin (m/w/d)"),
            ("Vertriebsleiter", "Head of Sales"),
            ("Marketing Director", "Directrice Marketing"),
            ("Finance Director", "Director Financiero"),
            ("Commercial Director", "Directeur commercial"),
            ("Managing Director", "Geschäftsführer"),
            ("HR Director", "Directeur des Ressources Humaines"),
            ("Assistant to the CEO", "Executive Assistant to Chief Executive Officer"),
            ("Owner", "Inhaber & Geschäftsführer"),
            ("CEO", "CEO, ex-Google"),
            ("Founder", "Former VP, now Founder"),
        ] {
            assert!(finds(wanted, held), "{wanted} should find {held}");
        }
    }

    #[test]
    fn a_title_of_fillers_finds_itself_alone() {
        assert!(finds("The", "the") && !finds("The", "CEO") && title_tokens("—").is_empty());
    }

    #[test]
    fn a_title_does_not_find_a_different_job() {
        for (wanted, held) in [
            ("President", "Vice President, Sales"),
            ("Executive", "Chief Executive Officer"),
            ("VP Marketing", "VP of Sales"),
            ("Marketing Director", "Marketing Manager"),
            ("Senior Engineer", "Engineer"),
            ("CEO", "Assistant to the CEO"),
            ("CEO", "EA to President & CEO"),
            ("CEO", "Former CEO"),
            ("Geschäftsführer", "Assistenz des Geschäftsführers"),
            ("Marketing Director", "Director at Marketing Partners"),
            ("Personal Assistant", "Leiter Personal"),
            ("Managing Director", "Managing Partner"),
        ] {
            assert!(!finds(wanted, held), "{wanted} should not find {held}");
        }
    }
}
