//! Courtesy and academic titles, which are no part of a name and no job.

use super::keys::fold;

/// Courtesy and academic titles, folded, that stand before a name with or without a full stop.
pub const TITLES: [&str; 40] = [
    "mr",
    "mrs",
    "ms",
    "miss",
    "mx",
    "dr",
    "prof",
    "professor",
    "doctor",
    "sir",
    "madam",
    "herr",
    "frau",
    "hr",
    "monsieur",
    "madame",
    "mme",
    "mlle",
    "mademoiselle",
    "senor",
    "senora",
    "senorita",
    "sra",
    "srta",
    "signor",
    "signora",
    "signorina",
    "dott",
    "dottssa",
    "dottoressa",
    "drs",
    "mevr",
    "dhr",
    "mevrouw",
    "meneer",
    "pani",
    "mgr",
    "rev",
    "dra",
    "profa",
];
/// … and those that need their full stop, as they are also names or words.
pub const TITLES_WITH_STOP: [&str; 30] = [
    "sr", "fr", "ing", "dipl", "med", "mag", "sig", "siga", "sigra", "avv", "arch", "rag", "geom", "jur", "rer", "nat",
    "phil", "hc", "habil", "hab", "univ", "ir", "hon", "inz", "pan", "dent", "vet", "oec", "pol", "lic",
];
/// … and those that are titles only where nothing else stands, as in a column of salutations.
const SALUTATIONS: [&str; 7] = ["dame", "lord", "lady", "herrn", "m", "don", "dona"];

/// Whether a cell holds nothing but such titles: it names no job.
pub fn is_salutation(cell: &str) -> bool {
    let folded = fold(cell);
    let is_one = |word: &str| TITLES.contains(&word) || TITLES_WITH_STOP.contains(&word) || SALUTATIONS.contains(&word);
    !folded.is_empty() && folded.split(' ').all(is_one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_of_titles_alone_is_a_salutation() {
        for cell in ["Mr", "Prof. Dr.", "Sra.", "Lady", "Dipl.-Ing.", "M."] {
            assert!(is_salutation(cell), "{cell}");
        }
        for cell in ["", "Head of Sales", "Dr. Smith", "Manager"] {
            assert!(!is_salutation(cell), "{cell}");
        }
    }
}
