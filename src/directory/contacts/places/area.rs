//! Areas as networks write them: "Greater Munich Metropolitan Area", "Paris et périphérie", "San Francisco Bay Area".

use super::town::Town;
use crate::directory::contacts::keys::fold;

/// The town of an area; nothing when the text names no area.
pub fn town_of(text: &str) -> Option<&str> {
    let named = text.trim();
    let folded = fold(named);
    // Most texts are towns: they are told by a look, without taking words off.
    let before = BEFORE.iter().find(|words| folded.strip_prefix(**words).is_some_and(|rest| rest.starts_with(' ')));
    let behind = BEHIND.iter().find(|words| folded.strip_suffix(**words).is_some_and(|rest| rest.ends_with(' ')));
    if (before.is_none() && behind.is_none()) || !Town::called(named).is_empty() {
        return None;
    }
    let after = before.and_then(|words| without_first(named, words)).unwrap_or(named);
    let town = behind.and_then(|words| without_last(after, words)).unwrap_or(after);
    (town.len() < named.len() && !town.is_empty()).then(|| first_of_several(town))
}

/// "Dallas-Fort Worth" is Dallas, where no town has the whole name.
fn first_of_several(town: &str) -> &str {
    let (first, _) = town.split_once(['-', '–', '/']).unwrap_or((town, ""));
    let first = without_last(first.trim(), "dc").unwrap_or(first).trim();
    let is_known = |name: &str| !Town::called(name).is_empty();
    if !is_known(town) && is_known(first) { first } else { town }
}

/// Words before a town, folded, the longest first.
const BEFORE: [&str; 22] = [
    "greater metropolitan area of",
    "metropolitan area of",
    "area metropolitana de",
    "area metropolitana di",
    "metropolitan city of",
    "regiao metropolitana de",
    "regiao metropolitana do",
    "region metropolitana de",
    "regio groot",
    "region de",
    "regiao de",
    "metropolregion",
    "metropolitanregion",
    "grossraum",
    "agglomeration de",
    "agglomeration",
    "grand",
    "grande",
    "gran",
    "greater",
    "raum",
    "regio",
];

/// Words behind a town, folded, the longest first.
const BEHIND: [&str; 47] = [
    "rhine main metropolitan area",
    "rhein main gebiet",
    "rhine main area",
    "rhine main",
    "rhein main",
    "metropolitan region",
    "metropolitan area",
    "metropolitan county",
    "metropolitan city",
    "metropolitan",
    "metropolitane",
    "metropolitana",
    "metro area",
    "metroplex",
    "metro",
    "city area",
    "bay area",
    "und umgebung",
    "und umland",
    "umgebung",
    "et peripherie",
    "et environs",
    "et sa region",
    "et region",
    "y alrededores",
    "e arredores",
    "e dintorni",
    "e regiao",
    "e provincia",
    "y area metropolitana",
    "en omgeving",
    "i okolice",
    "i omrade",
    "och omnejd",
    "med omegn",
    "og omegn",
    "ve cevresi",
    "и область",
    "и окрестности",
    "周辺",
    "首都圏",
    "capital region",
    "region",
    "gebiet",
    "district",
    "ncr",
    "area",
];

/// What follows `words` (folded) at the start of `text`, as it is written.
fn without_first<'text>(text: &'text str, words: &str) -> Option<&'text str> {
    let rest = text.splitn(words.split(' ').count() + 1, ' ').last()?;
    let front = text.strip_suffix(rest)?;
    (fold(front) == words).then(|| rest.trim())
}

/// What stands before `words` (folded) at the end of `text`, as it is written.
fn without_last<'text>(text: &'text str, words: &str) -> Option<&'text str> {
    let rest = text.rsplitn(words.split(' ').count() + 1, ' ').last()?;
    let back = text.strip_prefix(rest)?;
    (fold(back) == words).then(|| rest.trim_end_matches([',', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_are_their_town() {
        for (area, town) in [
            ("Greater Munich Metropolitan Area", "Munich"),
            ("London Area", "London"),
            ("Greater London Area", "London"),
            ("Greater London", "London"),
            ("San Francisco Bay Area", "San Francisco"),
            ("Berlin Metropolitan Area", "Berlin"),
            ("Paris et périphérie", "Paris"),
            ("Großraum München", "München"),
            ("Metropolregion Hamburg", "Hamburg"),
            ("Berlin und Umgebung", "Berlin"),
            ("Milano e dintorni", "Milano"),
            ("Madrid y alrededores", "Madrid"),
            ("Amsterdam Area", "Amsterdam"),
            ("Dallas-Fort Worth Metroplex", "Dallas"),
            ("Washington DC-Baltimore Area", "Washington"),
            ("New York City Metropolitan Area", "New York City"),
            ("Frankfurt Rhine-Main Metropolitan Area", "Frankfurt"),
            ("Mumbai Metropolitan Region", "Mumbai"),
        ] {
            assert_eq!(town_of(area), Some(town), "{area}");
        }
        for town in ["Munich", "Greater Noida", "Grande Prairie", "Area", "", "Mexico City", "Kansas City"] {
            assert_eq!(town_of(town), None, "{town}");
        }
    }
}
