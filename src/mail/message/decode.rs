//! From bytes as they travel to text. Lenient: what cannot be decoded is kept as it is.

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{GeneralPurpose, GeneralPurposeConfig, general_purpose::PAD},
};
use encoding_rs::{Encoding, REPLACEMENT, UTF_8, WINDOWS_1252};

/// The line without what ends it.
pub fn without_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The bytes behind a transfer encoding (RFC 2045 section 6).
pub fn transfer(bytes: &[u8], encoding: Option<&str>) -> Vec<u8> {
    match encoding.map(|encoding| encoding.trim().to_ascii_lowercase()).as_deref() {
        Some("base64") => base64(bytes),
        Some("quoted-printable") => quoted_printable(bytes),
        _ => bytes.to_vec(),
    }
}

/// Letters outside the alphabet are passed over, as RFC 2045 asks.
fn base64(bytes: &[u8]) -> Vec<u8> {
    let is_of_alphabet = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(**byte, b'+' | b'/');
    let mut letters: Vec<u8> = bytes.iter().take_while(|byte| **byte != b'=').filter(is_of_alphabet).copied().collect();
    if letters.len() % 4 == 1 {
        letters.pop();
    }
    let config: GeneralPurposeConfig = PAD
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent);
    GeneralPurpose::new(&STANDARD, config).decode(&letters).unwrap_or_else(|_| bytes.to_vec())
}

fn quoted_printable(bytes: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        if *byte != b'=' {
            decoded.push(*byte);
            continue;
        }
        let rest = &bytes[at..];
        let digit = |index: usize| rest.get(index).and_then(|byte| char::from(*byte).to_digit(16));
        if let (Some(high), Some(low)) = (digit(0), digit(1)) {
            decoded.extend(u8::try_from(high * 16 + low));
            at += 2;
        } else if let Some(end) = rest.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\r'))
            && rest[end] == b'\n'
        {
            at += end + 1;
        } else {
            decoded.push(b'=');
        }
    }
    decoded
}

/// The text that bytes of a charset are. Without one, or where it cannot be so, UTF-8, else Windows-1252.
pub fn text(bytes: &[u8], charset: Option<&str>) -> String {
    let named = charset.and_then(|charset| Encoding::for_label(charset.trim().as_bytes()));
    let named = named.filter(|encoding| *encoding != REPLACEMENT);
    // Text of another charset is hardly ever valid UTF-8, and programs forget to say it.
    let is_guess = named.is_none_or(|encoding| encoding == WINDOWS_1252 || encoding == UTF_8);
    match (named, std::str::from_utf8(bytes)) {
        (_, Ok(text)) if is_guess => text.to_owned(),
        (Some(encoding), _) if encoding != UTF_8 => encoding.decode_without_bom_handling(bytes).0.into_owned(),
        (Some(_), _) => String::from_utf8_lossy(bytes).into_owned(),
        (None, _) => WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

/// The text on lines that end in a line feed, at most so long.
pub fn lines(text: &str, bytes_max: usize) -> String {
    let mut end = text.len().min(bytes_max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].replace("\r\n", "\n").replace('\r', "\n").replace('\0', "")
}
