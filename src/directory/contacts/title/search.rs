//! When one title means another.
//!
//! "VP Marketing" finds "Vice President, Marketing" and "Marketing VP": both become the same words, in any order, and a
//! title matches when it has all words of the wanted one.

use super::super::keys::fold;

/// Abbreviations and what they stand for. "Vice president" and "chief executive officer" go the other way (see
/// `PHRASES`), so that "president" does not find vice presidents, nor "executive" chief executives.
const ABBREVIATIONS: [(&str, &str); 44] = [
    ("sr", "senior"),
    ("snr", "senior"),
    ("jr", "junior"),
    ("jnr", "junior"),
    ("svp", "senior vp"),
    ("evp", "executive vp"),
    ("avp", "assistant vp"),
    ("rvp", "regional vp"),
    ("vicepresident", "vp"),
    ("cfo", "chief finance officer"),
    ("cto", "chief technology officer"),
    ("coo", "chief operating officer"),
    ("cmo", "chief marketing officer"),
    ("cio", "chief information officer"),
    ("ciso", "chief information security officer"),
    ("cro", "chief revenue officer"),
    ("cpo", "chief product officer"),
    ("cco", "chief commercial officer"),
    ("cdo", "chief data officer"),
    ("chro", "chief human resources officer"),
    ("cso", "chief sales officer"),
    ("hr", "human resources"),
    ("it", "information technology"),
    ("mgr", "manager"),
    ("mngr", "manager"),
    ("dir", "director"),
    ("engr", "engineer"),
    ("mktg", "marketing"),
    ("mkt", "marketing"),
    ("ops", "operations"),
    ("asst", "assistant"),
    ("assoc", "associate"),
    ("exec", "executive"),
    ("biz", "business"),
    ("dev", "development"),
    ("rep", "representative"),
    ("sdr", "sales development representative"),
    ("bdr", "business development representative"),
    ("gm", "general manager"),
    ("cofounder", "co founder"),
    ("financial", "finance"),
    ("admin", "administrator"),
    ("pr", "public relations"),
    ("vps", "vp"),
];

/// Phrases that become one notion.
const PHRASES: [(&[&str], &[&str]); 8] = [
    (&["vice", "president"], &["vp"]),
    (&["chief", "executive", "officer"], &["ceo"]),
    (&["chief", "executive"], &["ceo"]),
    (&["chief", "technical", "officer"], &["chief", "technology", "officer"]),
    (&["chief", "operations", "officer"], &["chief", "operating", "officer"]),
    (&["human", "resource"], &["human", "resources"]),
    (&["bus", "development"], &["business", "development"]),
    (&["web", "site"], &["website"]),
];

/// Words that say nothing about the job.
pub(super) const FILLERS: [&str; 14] =
    ["of", "the", "and", "for", "in", "at", "to", "a", "an", "de", "und", "et", "la", "y"];

/// The meaningful words of a title in their order, abbreviations spelt out.
pub fn title_words(title: &str) -> Vec<String> {
    let folded = fold(title);
    let mut words: Vec<&str> = Vec::new();
    let joined = join_single_letters(&folded);
    for word in joined.iter().map(String::as_str) {
        match ABBREVIATIONS.iter().find(|(short, _)| *short == word) {
            Some((_, long)) => words.extend(long.split(' ')),
            None => words.push(word),
        }
    }
    for (phrase, replacement) in PHRASES {
        let mut at = 0;
        while at + phrase.len() <= words.len() {
            if words[at..at + phrase.len()] == *phrase {
                words.splice(at..at + phrase.len(), replacement.iter().copied());
            }
            at += 1;
        }
    }
    words.into_iter().map(str::to_owned).collect()
}

/// The comparison form of a title: its words without fillers, sorted, each once.
pub fn title_tokens(title: &str) -> Vec<String> {
    let mut tokens: Vec<String> =
        title_words(title).into_iter().filter(|word| !FILLERS.contains(&word.as_str())).collect();
    tokens.sort_unstable();
    tokens.dedup();
    tokens
}

/// Whether somebody with the title tokens `held` (sorted) has the title `wanted` (sorted tokens).
pub fn tokens_match(held: &[String], wanted: &[String]) -> bool {
    wanted.iter().all(|token| held.binary_search(token).is_ok())
}

/// "c e o" (from "C.E.O.") becomes "ceo".
fn join_single_letters(folded: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut spelt = false;
    for word in folded.split(' ').filter(|word| !word.is_empty()) {
        let single = word.chars().count() == 1 && word.chars().all(char::is_alphabetic);
        match words.last_mut() {
            Some(last) if single && spelt => last.push_str(word),
            _ => words.push(word.to_owned()),
        }
        spelt = single;
    }
    words
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
        ] {
            assert!(finds(wanted, held), "{wanted} should find {held}");
        }
    }

    #[test]
    fn a_title_does_not_find_a_different_job() {
        for (wanted, held) in [
            ("President", "Vice President, Sales"),
            ("Executive", "Chief Executive Officer"),
            ("VP Marketing", "VP of Sales"),
            ("Marketing Director", "Marketing Manager"),
            ("Senior Engineer", "Engineer"),
        ] {
            assert!(!finds(wanted, held), "{wanted} should not find {held}");
        }
    }
}
