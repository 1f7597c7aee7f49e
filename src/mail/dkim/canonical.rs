//! The relaxed forms of header fields and bodies (RFC 6376, section 3.4), in which they are hashed.

/// A field as it is signed: `name:value`, without the end of the line.
pub fn field(name: &str, value: &str) -> String {
    format!("{}:{}", name.trim_end().to_lowercase(), words(value))
}

/// Runs of spaces, tabs and line ends as one space, none at either end.
fn words(value: &str) -> String {
    value.split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The body: runs of spaces as one, none at line ends, no empty lines at the end.
pub fn body(body: &str) -> String {
    let mut canonical = String::with_capacity(body.len());
    let mut empty = 0_usize;
    for line in body.split_terminator("\r\n") {
        let line = line.trim_end_matches([' ', '\t']);
        if line.is_empty() {
            empty += 1;
            continue;
        }
        canonical.extend(std::iter::repeat_n("\r\n", empty));
        empty = 0;
        let mut was_space = false;
        for sign in line.chars() {
            let is_space = sign == ' ' || sign == '\t';
            if !is_space {
                canonical.push(sign);
            } else if !was_space {
                canonical.push(' ');
            }
            was_space = is_space;
        }
        canonical.push_str("\r\n");
    }
    canonical
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of section 3.4.5.
    #[test]
    fn the_relaxed_form_is_that_of_the_standard() {
        assert_eq!(field("A", " X\r\n"), "a:X");
        assert_eq!(field("B ", " Y\t\r\n\tZ  \r\n"), "b:Y Z");
        assert_eq!(body(" C \r\nD \t E\r\n\r\n\r\n"), " C\r\nD E\r\n");
    }

    #[test]
    fn ends_of_bodies_are_uniform() {
        for (before, after) in
            [("", ""), ("\r\n", ""), ("\r\n\r\n \r\n", ""), ("a", "a\r\n"), ("a\r\n\r\nb \r\n", "a\r\n\r\nb\r\n")]
        {
            assert_eq!(body(before), after, "{before:?}");
        }
    }
}
