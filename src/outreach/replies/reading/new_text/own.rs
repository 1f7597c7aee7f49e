//! Our own words, found again in an answer whatever its program made of them.

/// Shortest piece of our mails that is taken for a quote, in characters.
const RUN_CHARACTERS_MIN: usize = 40;

/// The words of the mails that we sent, each text as one line.
pub struct OwnWords(Vec<String>);

impl OwnWords {
    pub fn of(texts: &[&str]) -> Self {
        Self(texts.iter().map(|text| folded(text)).filter(|text| !text.trim().is_empty()).collect())
    }

    /// Marks the runs of `lines` that are ours. Programs break lines anew, so a run is ours when one of our texts has its words
    /// in a row, empty lines between them or not.
    pub fn mark(&self, lines: &[&str], is_quoted: &mut [bool]) {
        if self.0.is_empty() {
            return;
        }
        let folded: Vec<String> = lines.iter().map(|line| folded(line)).collect();
        let filled: Vec<usize> = (0..lines.len()).filter(|at| !folded[*at].trim().is_empty()).collect();
        let mut at = 0;
        while at < filled.len() {
            let length =
                1 + filled[at..].windows(2).take_while(|pair| self.has(&[&folded[pair[0]], &folded[pair[1]]])).count();
            let run: Vec<&String> = filled[at..at + length].iter().map(|line| &folded[*line]).collect();
            let characters: usize = run.iter().map(|line| line.trim().chars().count()).sum();
            let is_ours = self.has(&[run[0]]) && (characters >= RUN_CHARACTERS_MIN || self.is_whole(&run));
            if is_ours {
                is_quoted[filled[at]..=filled[at + length - 1]].fill(true);
            }
            at += length;
        }
    }

    /// Whether one of our texts has these lines in a row.
    fn has(&self, lines: &[&String]) -> bool {
        let joined = folded(&lines.iter().map(|line| line.as_str()).collect::<String>());
        self.0.iter().any(|text| text.contains(&joined))
    }

    /// Whether the lines are all of one of our texts: a short mail quoted whole.
    fn is_whole(&self, lines: &[&String]) -> bool {
        let joined = folded(&lines.iter().map(|line| line.as_str()).collect::<String>());
        self.0.contains(&joined)
    }
}

/// In small letters, without marks of quotes, with one blank between words and around.
fn folded(text: &str) -> String {
    let unquoted = text.lines().map(|line| line.trim_start_matches(['>', ' ', '\t', '|']));
    let words: Vec<String> = unquoted.flat_map(str::split_whitespace).map(str::to_lowercase).collect();
    format!(" {} ", words.join(" "))
}
