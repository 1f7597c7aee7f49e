//! A text as words, and phrases that are looked for in it. A phrase stays within a sentence.

use super::phrase::{Part, Phrase};

/// Most words that are looked at.
const WORDS_MAX: usize = 1500;
/// Most words that a `*` is.
pub const GAP_MAX: usize = 4;

/// A word.
#[derive(Debug)]
struct Word {
    text: String,
    /// The number of its sentence, and of its clause in the text.
    sentence: usize,
    clause: usize,
}

/// A text in small letters without accents.
#[derive(Debug)]
pub struct Text {
    words: Vec<Word>,
    /// Whether each sentence asks.
    asks: Vec<bool>,
    /// All letters, for phrases in writing without blanks.
    folded: String,
}

/// Where a phrase was found: words from, and after the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    pub from: usize,
    pub to: usize,
}

impl Text {
    pub fn of(text: &str) -> Self {
        let mut reader = Self { words: Vec::new(), asks: vec![false], folded: fold(text) };
        let mut clause = 0;
        for (number, line) in text.lines().enumerate() {
            let begins = number > 0;
            clause += usize::from(begins);
            if line.trim().is_empty() {
                reader.end_sentence(false);
            }
            for piece in line.split_whitespace() {
                reader.add(piece, &mut clause);
                if reader.words.len() >= WORDS_MAX {
                    return reader;
                }
            }
        }
        reader
    }

    fn add(&mut self, piece: &str, clause: &mut usize) {
        let inner = piece.trim_matches(|c: char| !c.is_alphanumeric());
        if inner.contains('@') || inner.contains("://") || inner.starts_with("www.") {
            self.push(if inner.contains('@') { "@" } else { "://" }.to_owned(), *clause);
        } else {
            for word in words_of(inner) {
                self.push(word, *clause);
            }
        }
        let end: String = piece.chars().rev().take_while(|c| !c.is_alphanumeric()).collect();
        let is_ordinal = end == "." && inner.chars().all(|c| c.is_ascii_digit() || c == '.');
        if end.contains(['!', '?', '。', '！', '？']) || (end.contains('.') && !is_ordinal) {
            self.end_sentence(end.contains(['?', '？']));
            *clause += 1;
        } else if end.contains([',', ';', ':', '–', '—', '-', ')', '(']) || piece.starts_with(['(', '–', '—']) {
            *clause += 1;
        }
    }

    fn push(&mut self, text: String, clause: usize) {
        self.words.push(Word { text, sentence: self.asks.len() - 1, clause });
    }

    fn end_sentence(&mut self, asks: bool) {
        let number = self.asks.len() - 1;
        if self.words.last().is_some_and(|word| word.sentence == number) {
            self.asks[number] = asks;
            self.asks.push(false);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether any sentence is a question.
    pub fn asks(&self) -> bool {
        self.asks.iter().any(|asks| *asks)
    }

    /// Whether any of the phrases is in a question.
    pub fn asks_about(&self, phrases: &[Phrase]) -> bool {
        self.asks() && self.places(phrases).iter().any(|place| self.asks[self.words[place.from].sentence])
    }

    /// The words, with the number of the sentence of each.
    pub fn words(&self) -> impl Iterator<Item = (&str, usize)> {
        self.words.iter().map(|word| (word.text.as_str(), word.sentence))
    }

    /// Each sentence: its first word, and the first after it.
    pub fn sentences(&self) -> Vec<(usize, usize)> {
        let mut sentences: Vec<(usize, usize)> = Vec::new();
        for (at, word) in self.words.iter().enumerate() {
            match sentences.last_mut() {
                Some((from, to)) if self.words[*from].sentence == word.sentence => *to = at + 1,
                _ => sentences.push((at, at + 1)),
            }
        }
        sentences
    }

    /// Whether any of the phrases is there.
    pub fn has(&self, phrases: &[Phrase]) -> bool {
        phrases.iter().any(|phrase| match phrase {
            Phrase::Letters(letters) => self.folded.contains(letters),
            Phrase::Words(parts) => (0..self.words.len()).any(|from| self.matches(from, parts).is_some()),
        })
    }

    /// Whether any of the phrases in writing without blanks is there.
    pub fn has_letters(&self, phrases: &[Phrase]) -> bool {
        phrases.iter().any(|phrase| matches!(phrase, Phrase::Letters(letters) if self.folded.contains(letters)))
    }

    /// All places where any of the phrases of words is.
    pub fn places(&self, phrases: &[Phrase]) -> Vec<Found> {
        let found = |from: usize, phrase: &Phrase| match phrase {
            Phrase::Letters(_) => None,
            Phrase::Words(parts) => self.matches(from, parts).map(|to| Found { from, to }),
        };
        (0..self.words.len()).flat_map(|from| phrases.iter().filter_map(move |phrase| found(from, phrase))).collect()
    }

    /// Whether any of the phrases is a clause of its own, courtesies beside.
    pub fn has_clause(&self, phrases: &[Phrase], courtesies: &[String]) -> bool {
        if phrases.iter().any(|phrase| matches!(phrase, Phrase::Letters(letters) if self.folded.trim() == letters)) {
            return true;
        }
        self.places(phrases).into_iter().any(|found| {
            let clause = self.words[found.from].clause;
            let is_courtesy = |word: &Word| courtesies.contains(&word.text);
            let is_within = self.words[found.from..found.to].iter().all(|word| word.clause == clause);
            let beside = self
                .words
                .iter()
                .enumerate()
                .filter(|(at, word)| word.clause == clause && !(found.from..found.to).contains(at));
            is_within && beside.into_iter().all(|(_, word)| is_courtesy(word))
        })
    }

    /// Whether one of `words` is among the four words before `at` in its clause.
    pub fn has_before(&self, at: usize, words: &[String]) -> bool {
        let clause = self.words.get(at).map(|word| word.clause);
        let before = &self.words[at.saturating_sub(GAP_MAX)..at];
        before.iter().any(|word| Some(word.clause) == clause && words.contains(&word.text))
    }

    /// Whether the word before `at` is one of these, in its clause.
    pub fn follows(&self, at: usize, words: &[&str]) -> bool {
        let pair = at.checked_sub(1).and_then(|before| Some((self.words.get(before)?, self.words.get(at)?)));
        pair.is_some_and(|(before, word)| before.clause == word.clause && words.contains(&before.text.as_str()))
    }

    /// The end of a match of `parts` that begins at `from`.
    fn matches(&self, from: usize, parts: &[Part]) -> Option<usize> {
        let Some((part, rest)) = parts.split_first() else { return Some(from) };
        let sentence = self.words.get(from)?.sentence;
        let is_same = |at: usize| self.words.get(at).is_some_and(|word| word.sentence == sentence);
        match part {
            Part::Gap => {
                (from..=from + GAP_MAX).take_while(|next| is_same(*next)).find_map(|next| self.matches(next, rest))
            }
            Part::Words(words) => {
                let is_match = words.iter().any(|word| word.is(&self.words[from].text));
                let stays = rest.is_empty() || is_same(from + 1);
                if is_match && stays { self.matches(from + 1, rest) } else { None }
            }
        }
    }
}

/// The words of a piece between blanks. A date and a time stay whole; what English draws together is taken apart.
fn words_of(piece: &str) -> Vec<String> {
    let folded = fold(piece).replace("e-mail", "email").replace("t/m", "tm");
    if folded.starts_with(|c: char| c.is_ascii_digit())
        && folded.chars().all(|c| c.is_ascii_digit() || ".:/-".contains(c))
    {
        return vec![folded];
    }
    let words = folded.split(|c: char| !c.is_alphanumeric() && c != '\'').map(|word| word.trim_matches('\''));
    words.filter(|word| !word.is_empty()).flat_map(taken_apart).collect()
}

/// `don't` as `do not`, `i'm` as `i am`.
pub fn taken_apart(word: &str) -> Vec<String> {
    let two = |first: &str, second: &str| vec![first.to_owned(), second.to_owned()];
    match word {
        "won't" | "wont" => return two("will", "not"),
        "can't" | "cant" | "cannot" => return two("can", "not"),
        "dont" | "doesnt" | "didnt" | "isnt" | "arent" | "wasnt" | "wouldnt" | "couldnt" | "havent" | "hasnt" => {
            return two(word.trim_end_matches("nt"), "not");
        }
        "let's" | "lets" => return two("let", "us"),
        _ => (),
    }
    if let Some(first) = word.strip_suffix("n't") {
        return two(first, "not");
    }
    let english = ["i", "you", "we", "they", "he", "she", "it", "that", "there", "who", "what", "here"];
    let drawn = [("'m", "am"), ("'re", "are"), ("'ve", "have"), ("'ll", "will"), ("'d", "would"), ("'s", "is")];
    let apart = drawn.iter().find_map(|(end, second)| Some((word.strip_suffix(end)?, second)));
    match apart {
        Some((first, second)) if english.contains(&first) => two(first, second),
        _ => vec![word.to_owned()],
    }
}

/// Letters with marks, and what they are without.
const FOLDED: [(&str, &str); 26] = [
    ("àáâãäåāăą", "a"),
    ("çćčĉċ", "c"),
    ("ďđð", "d"),
    ("èéêëēĕėęě", "e"),
    ("ğĝġģ", "g"),
    ("ĥħ", "h"),
    ("ìíîïĩīĭįı", "i"),
    ("ķ", "k"),
    ("ĺļľł", "l"),
    ("ñńņň", "n"),
    ("òóôõöōŏőø", "o"),
    ("ŕŗř", "r"),
    ("śŝşšș", "s"),
    ("ţťŧț", "t"),
    ("ùúûüũūŭůűų", "u"),
    ("ŵ", "w"),
    ("ýÿŷ", "y"),
    ("źżž", "z"),
    ("ß", "ss"),
    ("æ", "ae"),
    ("œ", "oe"),
    ("ё", "е"),
    ("й", "и"),
    ("ї", "і"),
    ("’‘ʼ`´", "'"),
    ("\u{a0}\u{202f}\u{2009}", " "),
];

/// In small letters, without accents, whichever way they were written.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        match letter {
            '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{feff}' => (),
            letter if letter.is_ascii() => folded.push(letter),
            letter => match FOLDED.iter().find(|(letters, _)| letters.contains(letter)) {
                Some((_, plain)) => folded.push_str(plain),
                None => folded.push(letter),
            },
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::super::{parse, words};
    use super::*;

    #[test]
    fn a_phrase_is_found_within_a_sentence_only() {
        let text = Text::of("Please take my address off\nwhatever list this is. Not interested!");
        assert!(text.has(&parse("take * off * list")));
        assert!(text.has(&parse("not interested")));
        assert!(!text.has(&parse("list * interested, this is not, interest")));
        assert!(text.has(&parse("interest~, no|not interested")));
        assert!(Text::of("Können wir ＡＢ? E\u{301}té").has(&parse("konnen wir, été")));
        assert!(Text::of("来週の水曜日に打ち合わせも可能です。").has(&parse("打ち合わせ")));
    }

    #[test]
    fn a_clause_of_its_own_has_only_courtesies_beside_it() {
        let is = |text: &str| Text::of(text).has_clause(&parse("stop"), &words("please thanks hi ada"));
        assert!(is("Stop") && is("please stop, we have enough") && is("Hi Ada,\nSTOP!\n\nErika"));
        assert!(!is("We cannot stop production") && !is("stop by our booth"));
    }
}
