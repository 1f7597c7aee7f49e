//! What differs between two texts, word by word.

use std::time::Duration;

use similar::{ChangeTag, TextDiff};

/// A stretch of two texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Same(String),
    /// Only in the first.
    Removed(String),
    /// Only in the second.
    Added(String),
}

/// Texts without a word in common are compared roughly after this time.
const TIME_MAX: Duration = Duration::from_millis(200);

/// What became of `before` in `after`. Words that changed beside each other are one change, with the spaces between them.
pub fn difference(before: &str, after: &str) -> Vec<Piece> {
    let compared = TextDiff::configure().timeout(TIME_MAX).diff_words(before, after);
    let mut pieces = Pieces::default();
    for change in compared.iter_all_changes() {
        pieces.push(change.tag(), change.value());
    }
    pieces.finished()
}

/// Collects changes that belong together.
#[derive(Default)]
struct Pieces {
    done: Vec<Piece>,
    same: String,
    removed: String,
    added: String,
    /// Spaces behind a change, until it is known whether another one follows.
    spaces: String,
}

impl Pieces {
    fn push(&mut self, tag: ChangeTag, words: &str) {
        let is_changing = !(self.removed.is_empty() && self.added.is_empty());
        match tag {
            ChangeTag::Equal if is_changing && words.chars().all(|letter| letter == ' ') => self.spaces.push_str(words),
            ChangeTag::Equal => {
                self.end_change();
                self.same.push_str(words);
            }
            ChangeTag::Delete | ChangeTag::Insert => {
                self.end_same();
                for side in [&mut self.removed, &mut self.added] {
                    side.push_str(&self.spaces);
                }
                self.spaces.clear();
                if tag == ChangeTag::Delete { self.removed.push_str(words) } else { self.added.push_str(words) }
            }
        }
    }

    fn end_same(&mut self) {
        if !self.same.is_empty() {
            self.done.push(Piece::Same(std::mem::take(&mut self.same)));
        }
    }

    fn end_change(&mut self) {
        for (side, piece) in
            [(&mut self.removed, Piece::Removed as fn(String) -> Piece), (&mut self.added, Piece::Added)]
        {
            if !side.is_empty() {
                self.done.push(piece(std::mem::take(side)));
            }
        }
        self.same.push_str(&std::mem::take(&mut self.spaces));
    }

    fn finished(mut self) -> Vec<Piece> {
        self.end_change();
        self.end_same();
        self.done
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Piece::*, *};

    fn of(pieces: &[Piece], leave_out: fn(&Piece) -> bool) -> String {
        let text = |piece: &Piece| match piece {
            Same(text) | Removed(text) | Added(text) => text.clone(),
        };
        pieces.iter().filter(|piece| !leave_out(piece)).map(text).collect()
    }

    #[test]
    fn words_that_changed_together_are_one_change() {
        assert_eq!(
            difference("Hi Mara, who looks after vines?\n\nJo", "Hi Mara, may I ask who looks after wine?\n\nJo"),
            [
                Same("Hi Mara, ".into()),
                Added("may I ask ".into()),
                Same("who looks after ".into()),
                Removed("vines?".into()),
                Added("wine?".into()),
                Same("\n\nJo".into())
            ]
        );
        assert_eq!(
            difference("one two three.", "a b three."),
            [Removed("one two".into()), Added("a b".into()), Same(" three.".into())]
        );
        assert_eq!((difference("", ""), difference("same", "same")), (vec![], vec![Same("same".into())]));
        assert_eq!(difference("a b", "a c"), [Same("a ".into()), Removed("b".into()), Added("c".into())]);
    }

    #[test]
    fn texts_without_a_word_in_common_are_compared_in_time() {
        let [before, after] = ["a", "b"].map(|word| (0..2_500).map(|at| format!("{word}{at} ")).collect::<String>());
        let pieces = difference(&before, &after);
        assert_eq!(of(&pieces, |piece| matches!(piece, Added(_))), before);
        assert_eq!(of(&pieces, |piece| matches!(piece, Removed(_))), after);
    }

    proptest! {
        #[test]
        fn both_texts_can_be_read_from_the_pieces(before in "([ab]|  ?|\n|é){0,40}", after in "([ab]|  ?|\n|é){0,40}") {
            let pieces = difference(&before, &after);
            prop_assert_eq!(of(&pieces, |piece| matches!(piece, Added(_))), before);
            prop_assert_eq!(of(&pieces, |piece| matches!(piece, Removed(_))), after);
        }
    }
}
