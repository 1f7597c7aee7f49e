//! Job titles: how they are shown, and when one title means another.
//!
//! "VP Marketing" finds "Vice President, Marketing" and "Marketing VP": both become the same words, in any order, and a
//! title matches when it has all words of the wanted one.

use super::keys::{fold, one_line};

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
const FILLERS: [&str; 14] = ["of", "the", "and", "for", "in", "at", "to", "a", "an", "de", "und", "et", "la", "y"];

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

/// The title as it is kept and shown: one line, not shouted, without suffixes that are no job ("| Speaker, Author").
pub fn clean_title(raw: &str) -> String {
    let line = one_line(raw);
    let mut parts = line.split(['|', '•']).map(str::trim).filter(|part| !part.is_empty());
    let Some(first) = parts.next() else {
        return String::new();
    };
    let mut title = first.to_owned();
    for part in parts.filter(|part| names_a_job(part)) {
        title.push_str(" | ");
        title.push_str(part);
    }
    if is_shouted(&title) { calm(&title) } else { title }
}

/// Whether a suffix of a title is itself a job that people search for.
fn names_a_job(part: &str) -> bool {
    const JOBS: [&str; 12] = [
        "ceo",
        "chief",
        "founder",
        "owner",
        "vp",
        "president",
        "director",
        "head",
        "manager",
        "partner",
        "engineer",
        "officer",
    ];
    title_words(part).iter().any(|word| JOBS.contains(&word.as_str()))
}

fn is_shouted(title: &str) -> bool {
    !title.chars().any(char::is_lowercase)
        && title.split(|letter: char| !letter.is_alphanumeric()).any(|word| word.chars().count() > 4)
}

/// Title case for a shouted title; abbreviations keep their capitals.
fn calm(title: &str) -> String {
    const CAPITALS: [&str; 30] = [
        "CEO", "CFO", "CTO", "COO", "CMO", "CIO", "CRO", "CPO", "CISO", "CHRO", "VP", "SVP", "EVP", "AVP", "HR", "IT",
        "SDR", "BDR", "PR", "UX", "UI", "QA", "AI", "SEO", "EMEA", "APAC", "DACH", "UK", "USA", "B2B",
    ];
    let mut calm = String::with_capacity(title.len());
    let mut word = String::new();
    let finish = |word: &mut String, calm: &mut String| {
        if CAPITALS.contains(&word.as_str()) {
            calm.push_str(word);
        } else if !calm.is_empty() && FILLERS.contains(&word.to_lowercase().as_str()) {
            calm.push_str(&word.to_lowercase());
        } else {
            let mut letters = word.chars();
            calm.extend(letters.next());
            calm.push_str(&letters.as_str().to_lowercase());
        }
        word.clear();
    };
    for letter in title.chars() {
        if letter.is_alphanumeric() || letter == '\'' {
            word.push(letter);
        } else {
            finish(&mut word, &mut calm);
            calm.push(letter);
        }
    }
    finish(&mut word, &mut calm);
    calm
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

    #[test]
    fn noise_is_removed_from_what_is_shown() {
        for (raw, shown) in [
            ("Marketing\nDirector", "Marketing Director"),
            ("Data Analyst | Speaker, Author", "Data Analyst"),
            ("CEO | Founder", "CEO | Founder"),
            ("VICE PRESIDENT, ENGINEERING", "Vice President, Engineering"),
            ("HR MANAGER", "HR Manager"),
            ("CEO", "CEO"),
            ("DIRECTOR OF DEMAND GENERATION", "Director of Demand Generation"),
            ("  ", ""),
            ("| |", ""),
            ("VP of Sales", "VP of Sales"),
        ] {
            assert_eq!(clean_title(raw), shown);
        }
    }
}
