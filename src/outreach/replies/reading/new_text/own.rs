//! Our own words, found again in an answer whatever its program made of them.

/// Shortest piece of our mails that is taken for a quote, in characters.
const RUN_CHARACTERS_MIN: usize = 40;
/// Shortest line that begins one.
const FIRST_CHARACTERS_MIN: usize = 8;

/// The words of the mails that we sent, each text as one line.
pub struct OwnWords(Vec<String>);

impl OwnWords {
    pub fn of(texts: &[&str]) -> Self {
        Self(texts.iter().map(|text| folded(text)).filter(|text| !text.trim().is_empty()).collect())
    }

    /// Marks the runs of `lines` that are ours. Programs break lines anew, so a line is ours when one of our texts has it somewhere.
    pub fn mark(&self, lines: &[&str], is_quoted: &mut [bool]) {
        if self.0.is_empty() {
            return;
        }
        let folded: Vec<String> = lines.iter().map(|line| folded(line)).collect();
        let is_ours = |line: &str| self.0.iter().any(|text| text.contains(line));
        let mut at = 0;
        while at < lines.len() {
            let begins = folded[at].trim().chars().count() >= FIRST_CHARACTERS_MIN && is_ours(&folded[at]);
            if !begins {
                at += 1;
                continue;
            }
            // Empty lines belong to the run, short ones too while they are ours.
            let length = folded[at..].iter().take_while(|line| line.trim().is_empty() || is_ours(line)).count();
            let characters: usize = folded[at..at + length].iter().map(|line| line.trim().chars().count()).sum();
            let is_run = characters >= RUN_CHARACTERS_MIN || self.is_whole(&folded[at..at + length]);
            if is_run {
                is_quoted[at..at + length].fill(true);
            }
            at += length.max(1);
        }
    }

    /// Whether the lines are all of one of our texts: a short mail quoted whole.
    fn is_whole(&self, lines: &[String]) -> bool {
        let joined = folded(&lines.concat());
        self.0.contains(&joined)
    }
}

/// In small letters, without marks of quotes, with one blank between words and around.
fn folded(text: &str) -> String {
    let unquoted = text.lines().map(|line| line.trim_start_matches(['>', ' ', '\t', '|']));
    let words: Vec<String> = unquoted.flat_map(str::split_whitespace).map(str::to_lowercase).collect();
    format!(" {} ", words.join(" "))
}
