//! Lists in one line: where commas part values, and where they belong to one.
//!
//! What is read is read the same way again, because a form shows it with one value per line: a value that was kept whole
//! stays whole, and a part of a list is no list.

use super::form::parse_domain;
use crate::directory::contacts::company::is_legal_form;

/// No name has more commas, less one: "Saint Helena, Ascension and Tristan da Cunha" has one.
const NAME_PARTS_MAX: usize = 4;

/// The titles of a line. “CEO, CTO, CFO” names three; “Director, Information Technology” names one, because what stands behind
/// the comma is no title.
pub fn titles(line: &str) -> Vec<String> {
    parted(line, |parts| parts.iter().all(|part| is_title(part)))
}

/// The companies of a line. “acme.example, beta.example” names two; “Acme, Inc.” names one, and so does “Smith, Jones & Partners”.
pub fn companies(line: &str) -> Vec<String> {
    parted(line, |parts| {
        let are_domains = parts.iter().all(|part| parse_domain(part).is_some());
        are_domains || !parts.iter().enumerate().any(|(at, part)| (at > 0 && is_legal_form(part)) || joins(part))
    })
}

/// The values of a line that commas part, but for commas inside a name that is known: of several readings the longest name counts.
pub fn names(line: &str, is_name: impl Fn(&str) -> bool) -> Vec<String> {
    let parts: Vec<&str> = line.split(',').collect();
    let (mut names, mut at) = (Vec::new(), 0);
    while at < parts.len() {
        let lengths = (2..=NAME_PARTS_MAX.min(parts.len() - at)).rev();
        let whole = lengths.map(|length| (length, parts[at..at + length].join(","))).find(|(_, text)| is_name(text));
        let (length, text) = whole.unwrap_or_else(|| (1, parts[at].to_owned()));
        names.push(text.trim().to_owned());
        at += length;
    }
    names.retain(|name| !name.is_empty());
    names
}

/// The parts between commas, if they are a list; else the line.
fn parted(line: &str, is_list: impl Fn(&[&str]) -> bool) -> Vec<String> {
    let parts: Vec<&str> = line.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
    if parts.len() > 1 && is_list(&parts) {
        return parts.into_iter().map(str::to_owned).collect();
    }
    vec![line.to_owned()]
}

/// Words that make a title on their own, or the end of a compound (“Geschäftsführer”, “Verkaufsleiter”).
const NOUNS: [&str; 62] = [
    "accountant",
    "administrator",
    "advisor",
    "analyst",
    "architect",
    "assistant",
    "associate",
    "attorney",
    "auditor",
    "broker",
    "buyer",
    "ceo",
    "cfo",
    "chairman",
    "chairwoman",
    "chief",
    "chro",
    "cio",
    "ciso",
    "clerk",
    "cmo",
    "consultant",
    "controller",
    "coo",
    "coordinator",
    "counsel",
    "cpo",
    "cro",
    "cto",
    "cxo",
    "designer",
    "developer",
    "directeur",
    "director",
    "directora",
    "directrice",
    "engineer",
    "evp",
    "executive",
    "founder",
    "cofounder",
    "gerente",
    "head",
    "inhaber",
    "lawyer",
    "lead",
    "leader",
    "leiter",
    "leiterin",
    "manager",
    "officer",
    "owner",
    "partner",
    "president",
    "principal",
    "recruiter",
    "representative",
    "researcher",
    "scientist",
    "specialist",
    "svp",
    "vp",
];
/// Ends of words of the same kind.
const ENDS: [&str; 6] = ["leiter", "leiterin", "führer", "führerin", "berater", "manager"];

fn is_title(text: &str) -> bool {
    let lower = text.to_lowercase();
    let mut words = lower.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.any(|word| NOUNS.contains(&word) || ENDS.iter().any(|end| word.ends_with(end)))
}

/// Whether a part joins another: the last partner of a firm.
fn joins(part: &str) -> bool {
    part.split_whitespace().any(|word| matches!(word.to_lowercase().as_str(), "&" | "and" | "und" | "et" | "y"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_with_a_comma_of_their_own_stay_whole() {
        for whole in
            ["Director, Information Technology", "VP, Sales", "Manager, Sales, EMEA", "Sales, Marketing", "CEO"]
        {
            assert_eq!(titles(whole), [whole]);
        }
        assert_eq!(titles("CEO, CTO ,CFO,"), ["CEO", "CTO", "CFO"]);
        assert_eq!(titles("Marketing Director, Head of Sales"), ["Marketing Director", "Head of Sales"]);
        assert_eq!(titles("Geschäftsführer, Vertriebsleiter"), ["Geschäftsführer", "Vertriebsleiter"]);
    }

    #[test]
    fn a_known_name_keeps_its_commas() {
        let known = |text: &str| ["A, B", "B, C, D"].contains(&text.trim());
        assert_eq!(names("A, B, C, D", known), ["A, B", "C", "D"]);
        assert_eq!(names(" X, B, C, D ,,", known), ["X", "B, C, D"]);
        assert_eq!(names("A, X, B", known), ["A", "X", "B"]);
        assert_eq!(names(",", known), Vec::<String>::new());
    }

    #[test]
    fn companies_with_a_comma_of_their_own_stay_whole() {
        for whole in ["Acme, Inc.", "Acme, L.L.C.", "Smith, Jones & Partners", "Ernst, Young and Co", "Beta GmbH"] {
            assert_eq!(companies(whole), [whole]);
        }
        assert_eq!(companies("Acorn Works, Kestrel"), ["Acorn Works", "Kestrel"]);
        assert_eq!(companies("https://a.example/x, b.example"), ["https://a.example/x", "b.example"]);
    }

    proptest::proptest! {
        #[test]
        fn a_part_of_a_list_is_no_list(line in "[A-Za-z,&. ]{0,40}|(CEO|VP|Sales|Acme|Inc|b\\.example)(, ?(CEO|VP|Sales|Acme|Inc|b\\.example)){0,4}") {
            for of in [titles, companies] {
                for part in of(&line) {
                    let again = of(&part);
                    proptest::prop_assert_eq!(again, [part]);
                }
            }
        }
    }
}
