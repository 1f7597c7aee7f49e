//! The code pages of DOS that browsers, and so `encoding_rs`, do not know: a letter for each byte beyond ASCII.

use std::sync::LazyLock;

/// A code page.
pub struct Page(LazyLock<Vec<char>>);

/// IBM 437: the one of the United States.
pub static IBM437: Page = Page(LazyLock::new(|| {
    letters(&[
        "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒ",
        "áíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐",
        "└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀",
        "αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}",
    ])
}));
/// IBM 850: Western Europe.
pub static IBM850: Page = Page(LazyLock::new(|| {
    letters(&[
        "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒ",
        "áíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐",
        "└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀",
        "ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}",
    ])
}));
/// IBM 852: Central Europe.
pub static IBM852: Page = Page(LazyLock::new(|| {
    letters(&[
        "ÇüéâäůćçłëŐőîŹÄĆÉĹĺôöĽľŚśÖÜŤťŁ×č",
        "áíóúĄąŽžĘę¬źČş«»░▒▓│┤ÁÂĚŞ╣║╗╝Żż┐",
        "└┴┬├─┼Ăă╚╔╩╦╠═╬¤đĐĎËďŇÍÎě┘┌█▄ŢŮ▀",
        "ÓßÔŃńňŠšŔÚŕŰýÝţ´\u{ad}˝˛ˇ˘§÷¸°¨˙űŘř■\u{a0}",
    ])
}));

fn letters(rows: &[&str]) -> Vec<char> {
    rows.iter().flat_map(|row| row.chars()).collect()
}

impl Page {
    /// Appends what bytes mean.
    pub fn decode(&self, bytes: &[u8], text: &mut String) {
        text.extend(bytes.iter().map(|byte| match byte.checked_sub(0x80) {
            None => char::from(*byte),
            Some(place) => self.0.get(usize::from(place)).copied().unwrap_or(char::REPLACEMENT_CHARACTER),
        }));
    }

    /// The bytes of a text; `None` when a letter is not on the page.
    #[cfg(test)]
    pub fn encode(&self, text: &str) -> Option<Vec<u8>> {
        let byte = |letter: char| match u8::try_from(letter) {
            Ok(byte) if byte.is_ascii() => Some(byte),
            _ => self.0.iter().position(|one| *one == letter).map(|place| 0x80 + place as u8),
        };
        text.chars().map(byte).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_page_has_a_letter_for_every_byte_and_none_twice() {
        for (page, known) in [
            (&IBM437, [(0x81, 'ü'), (0x9b, '¢'), (0xe1, 'ß'), (0xff, '\u{a0}')]),
            (&IBM850, [(0x81, 'ü'), (0x9b, 'ø'), (0xc6, 'ã'), (0xff, '\u{a0}')]),
            (&IBM852, [(0x81, 'ü'), (0x88, 'ł'), (0xe7, 'š'), (0xff, '\u{a0}')]),
        ] {
            let bytes: Vec<u8> = (0..=255).collect();
            let mut text = String::new();
            page.decode(&bytes, &mut text);
            assert_eq!(text.chars().count(), 256);
            assert_eq!(page.encode(&text), Some(bytes));
            for (byte, letter) in known {
                assert_eq!(text.chars().nth(byte), Some(letter));
            }
        }
        assert_eq!(IBM437.encode("Łódź"), None);
    }
}
