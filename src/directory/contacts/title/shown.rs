//! The title as it is kept and shown.

use super::{
    super::keys::one_line,
    search::{FILLERS, title_tokens},
};

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
    title_tokens(part).iter().any(|word| JOBS.contains(&word.as_str()))
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
