//! How a plain text travels: as it is, quoted-printable or base64 (RFC 2045 section 6). Never with 8 bits.

/// The longest line that is sent as it is, and the longest that the encodings make.
const PLAIN_LINE: usize = 78;
const ENCODED_LINE: usize = 76;

/// The name of the encoding and the encoded text, with lines that end in CRLF.
pub(super) fn encode(text: &str) -> (&'static str, String) {
    if text.split('\n').all(travels_as_it_is) {
        return ("7bit", format!("{}\r\n", text.replace('\n', "\r\n")));
    }
    let escapes = text.bytes().filter(|byte| must_be_quoted(*byte)).count();
    if escapes * 3 > text.len() {
        return ("base64", base64_lines(&format!("{}\r\n", text.replace('\n', "\r\n"))));
    }
    let lines: Vec<String> = text.split('\n').map(quoted_line).collect();
    ("quoted-printable", format!("{}\r\n", lines.join("\r\n")))
}

/// Nothing on its way changes such a line: no server cuts it, no mailbox file escapes it, no space gets lost.
fn travels_as_it_is(line: &str) -> bool {
    line.len() <= PLAIN_LINE
        && line.bytes().all(|byte| byte == b'\t' || byte == b' ' || byte.is_ascii_graphic())
        && !line.starts_with("From ")
        && !line.starts_with('.')
        && !line.ends_with([' ', '\t'])
}

fn must_be_quoted(byte: u8) -> bool {
    byte == b'=' || byte != b'\t' && byte != b' ' && byte != b'\n' && !byte.is_ascii_graphic()
}

/// One line as quoted-printable: `=` at the end of those that continue.
fn quoted_line(line: &str) -> String {
    let mut encoded = String::new();
    let mut column = 0;
    for (at, letter) in line.char_indices() {
        let rest = &line[at..];
        let last = rest.len() == letter.len_utf8();
        let mut word = quoted(letter, last && matches!(letter, ' ' | '\t'));
        let room = if last { ENCODED_LINE } else { ENCODED_LINE - "=".len() };
        if column + word.len() > room {
            encoded.push_str("=\r\n");
            column = 0;
        }
        if column == 0 && (letter == '.' || rest.starts_with("From ")) {
            word = quoted(letter, true);
        }
        column += word.len();
        encoded.push_str(&word);
    }
    encoded
}

fn quoted(letter: char, always: bool) -> String {
    let mut bytes = [0; 4];
    let bytes = letter.encode_utf8(&mut bytes).as_bytes();
    if always || bytes.iter().any(|byte| must_be_quoted(*byte)) {
        bytes.iter().map(|byte| format!("={byte:02X}")).collect()
    } else {
        letter.to_string()
    }
}

fn base64_lines(text: &str) -> String {
    let encoded = base64(text.as_bytes());
    let mut lines = String::new();
    for (at, letter) in encoded.chars().enumerate() {
        if at > 0 && at % ENCODED_LINE == 0 {
            lines.push_str("\r\n");
        }
        lines.push(letter);
    }
    lines + "\r\n"
}

/// Base64 with padding (RFC 4648 section 4).
pub(super) fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |place: usize| u32::from(group.get(place).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let digit = ALPHABET[(bits >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= group.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_rfc() {
        let vectors = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ];
        for (plain, encoded) in vectors {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
    }

    #[test]
    fn the_lightest_encoding_that_is_safe_is_chosen() {
        assert_eq!(encode("Hi\n\nJo"), ("7bit", "Hi\r\n\r\nJo\r\n".to_owned()));
        assert_eq!(encode("From here").1, "=46rom here\r\n");
        assert_eq!(encode(".\n.x").1, "=2E\r\n=2Ex\r\n");
        assert_eq!(encode("Viele Grüße an alle ").1, "Viele Gr=C3=BC=C3=9Fe an alle=20\r\n");
        assert_eq!(encode("Привет").0, "base64");
        let (encoding, text) = encode(&"word ".repeat(1_000));
        assert_eq!(encoding, "quoted-printable");
        assert!(text.lines().all(|line| line.len() <= 76));
    }
}
