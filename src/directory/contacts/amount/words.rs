//! What stands around a number, in the languages of business: English, German, French, Spanish, Italian, Portuguese, Dutch, Polish,
//! Swedish, Danish, Norwegian, Turkish, Russian, Chinese, Japanese and Korean.

use crate::directory::contacts::keys::fold;

/// The words and signs of a text, folded and without what says nothing.
pub fn simplified(text: &str, noise: &[&str]) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut take = |word: &mut String| {
        let folded = fold(word);
        word.clear();
        if !folded.is_empty() && !NOISE.contains(&folded.as_str()) && !noise.contains(&folded.as_str()) {
            words.push(folded);
        }
    };
    let mut signs = String::new();
    for letter in text.chars() {
        match letter {
            '+' | '＋' | '>' | '<' | '≥' | '≤' | '-' | '–' | '—' | '‐' | '−' | '~' | '～' | '〜' | '/' | ',' =>
            {
                take(&mut word);
                signs.push(letter);
            }
            _ if letter.is_alphanumeric() || letter == '\'' || letter == '’' => word.push(letter),
            _ => take(&mut word),
        }
    }
    take(&mut word);
    // a sign says all, or beside words it is doubt
    if words.is_empty() { signs } else { [words.join(" "), signs].concat() }
}

/// Says nothing of the number.
const NOISE: [&str; 12] =
    ["about", "approx", "approximately", "around", "ca", "circa", "environ", "etwa", "rund", "ungefahr", "unos", "the"];

pub const OPEN_BEFORE: [&str; 46] = [
    ">",
    "≥",
    ">=",
    "≥>",
    "more than",
    "over",
    "above",
    "at least",
    "greater than",
    "from",
    "min",
    "uber",
    "mehr als",
    "ab",
    "mindestens",
    "plus de",
    "au moins",
    "au dela de",
    "a partir de",
    "mas de",
    "al menos",
    "desde",
    "piu di",
    "oltre",
    "almeno",
    "a partire da",
    "mais de",
    "acima de",
    "pelo menos",
    "meer dan",
    "boven",
    "minstens",
    "vanaf",
    "ponad",
    "powyzej",
    "wiecej niz",
    "co najmniej",
    "over >",
    "mer an",
    "minst",
    "mere end",
    "более",
    "свыше",
    "больше",
    "от",
    "超过",
];

pub const OPEN_AFTER: [&str; 35] = [
    "+",
    "＋",
    "++",
    "plus",
    "or more",
    "and more",
    "and above",
    "and over",
    "and up",
    "or above",
    "und mehr",
    "oder mehr",
    "u mehr",
    "und daruber",
    "ou plus",
    "et plus",
    "et au dela",
    "o mas",
    "y mas",
    "o piu",
    "e piu",
    "e oltre",
    "ou mais",
    "e mais",
    "of meer",
    "en meer",
    "lub wiecej",
    "i wiecej",
    "eller fler",
    "eller mer",
    "ve uzeri",
    "以上",
    "人以上",
    "이상",
    "и более",
];

pub const AT_MOST_BEFORE: [&str; 36] = [
    "<",
    "≤",
    "<=",
    "up to",
    "less than",
    "fewer than",
    "under",
    "below",
    "at most",
    "max",
    "maximum",
    "bis",
    "bis zu",
    "unter",
    "weniger als",
    "hochstens",
    "maximal",
    "jusqua",
    "moins de",
    "au plus",
    "hasta",
    "menos de",
    "como maximo",
    "fino a",
    "meno di",
    "ate",
    "tot",
    "minder dan",
    "maximaal",
    "do",
    "ponizej",
    "mniej niz",
    "farre an",
    "до",
    "менее",
    "少于",
];

pub const AT_MOST_AFTER: [&str; 7] = ["or less", "or fewer", "oder weniger", "ou moins", "o menos", "以下", "未満"];

/// What stands between the two numbers of a range.
pub const RANGE_SIGNS: [&str; 24] = [
    "-", "–", "—", "‐", "−", "~", "～", "〜", "to", "bis", "a", "al", "ate", "tot", "do", "till", "til", "and", "und",
    "et", "y", "e", "en", "から",
];

/// What may stand before a range.
pub const BEFORE_RANGE: [&str; 14] =
    ["", "between", "from", "zwischen", "von", "entre", "de", "tra", "fra", "da", "tussen", "van", "od", "miedzy"];
