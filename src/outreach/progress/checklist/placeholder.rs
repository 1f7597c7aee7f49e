//! Words in square brackets that are still to be replaced, as in the texts to begin with.

/// The first of a text, with its brackets. One word alone, such as `[1]` or `[sic]`, is none.
pub fn placeholder(text: &str) -> Option<&str> {
    let mut rest = text;
    while let Some(start) = rest.find('[') {
        let inner = &rest[start + 1..];
        let end = inner.find(['[', ']', '\n'])?;
        if inner[end..].starts_with(']') && inner[..end].trim().contains(char::is_whitespace) {
            return Some(&rest[start..=start + 1 + end]);
        }
        rest = &inner[end..];
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_brackets_are_found_and_single_ones_left() {
        assert_eq!(placeholder("who looks after [your topic]?"), Some("[your topic]"));
        assert_eq!(placeholder("see [1] and [a result in one line]"), Some("[a result in one line]"));
        for fine in ["", "see [1]", "he wrote [sic]", "an open [ bracket", "[over\nlines here]", "[ ]"] {
            assert_eq!(placeholder(fine), None, "{fine}");
        }
        assert_eq!(placeholder("a [ [your name here]"), Some("[your name here]"));
    }
}
