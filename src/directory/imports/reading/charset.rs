//! The encodings that contact files are written in.

use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GB18030, IBM866, ISO_2022_JP, ISO_8859_2, ISO_8859_5, ISO_8859_7, KOI8_R, KOI8_U,
    MACINTOSH, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_874, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252,
    WINDOWS_1253, WINDOWS_1254, WINDOWS_1255, WINDOWS_1256, WINDOWS_1257, WINDOWS_1258, X_MAC_CYRILLIC,
};
use serde::{Deserialize, Serialize};

use super::dos::{IBM437, IBM850, IBM852, Page};

/// What a file was written in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Charset {
    #[default]
    Utf8,
    Utf16LittleEndian,
    Utf16BigEndian,
    Windows1252,
    Windows1250,
    Windows1251,
    Windows1253,
    Windows1254,
    Windows1255,
    Windows1256,
    Windows1257,
    Windows1258,
    Windows874,
    Iso2,
    Iso5,
    Iso7,
    Koi8R,
    Koi8U,
    Ibm866,
    Ibm437,
    Ibm850,
    Ibm852,
    MacRoman,
    MacCyrillic,
    ShiftJis,
    EucJp,
    Iso2022Jp,
    Gb18030,
    Big5,
    EucKr,
}

/// How bytes become letters.
#[derive(Clone, Copy)]
pub(super) enum Coding {
    Web(&'static Encoding),
    Dos(&'static Page),
}

/// A charset, its word in forms and commands, its name for people, and how it is decoded.
type Known = (Charset, &'static str, &'static str, Coding);

/// In the order in which people choose; among equals the first is taken.
static KNOWN: [Known; 30] = [
    (Charset::Utf8, "utf-8", "UTF-8", Coding::Web(UTF_8)),
    (Charset::Windows1252, "windows-1252", "Windows-1252 (Western European)", Coding::Web(WINDOWS_1252)),
    (Charset::Windows1250, "windows-1250", "Windows-1250 (Central European)", Coding::Web(WINDOWS_1250)),
    (Charset::Windows1251, "windows-1251", "Windows-1251 (Cyrillic)", Coding::Web(WINDOWS_1251)),
    (Charset::Windows1253, "windows-1253", "Windows-1253 (Greek)", Coding::Web(WINDOWS_1253)),
    (Charset::Windows1254, "windows-1254", "Windows-1254 (Turkish)", Coding::Web(WINDOWS_1254)),
    (Charset::Windows1255, "windows-1255", "Windows-1255 (Hebrew)", Coding::Web(WINDOWS_1255)),
    (Charset::Windows1256, "windows-1256", "Windows-1256 (Arabic)", Coding::Web(WINDOWS_1256)),
    (Charset::Windows1257, "windows-1257", "Windows-1257 (Baltic)", Coding::Web(WINDOWS_1257)),
    (Charset::Windows1258, "windows-1258", "Windows-1258 (Vietnamese)", Coding::Web(WINDOWS_1258)),
    (Charset::Windows874, "windows-874", "Windows-874 (Thai)", Coding::Web(WINDOWS_874)),
    (Charset::ShiftJis, "shift_jis", "Shift-JIS (Japanese)", Coding::Web(SHIFT_JIS)),
    (Charset::EucJp, "euc-jp", "EUC-JP (Japanese)", Coding::Web(EUC_JP)),
    (Charset::Iso2022Jp, "iso-2022-jp", "ISO-2022-JP (Japanese)", Coding::Web(ISO_2022_JP)),
    (Charset::Gb18030, "gb18030", "GB18030 (Chinese, simplified)", Coding::Web(GB18030)),
    (Charset::Big5, "big5", "Big5 (Chinese, traditional)", Coding::Web(BIG5)),
    (Charset::EucKr, "euc-kr", "EUC-KR (Korean)", Coding::Web(EUC_KR)),
    (Charset::Utf16LittleEndian, "utf-16le", "UTF-16 (little endian)", Coding::Web(UTF_16LE)),
    (Charset::Utf16BigEndian, "utf-16be", "UTF-16 (big endian)", Coding::Web(UTF_16BE)),
    (Charset::MacRoman, "macintosh", "Mac Roman", Coding::Web(MACINTOSH)),
    (Charset::MacCyrillic, "x-mac-cyrillic", "Mac Cyrillic", Coding::Web(X_MAC_CYRILLIC)),
    (Charset::Iso2, "iso-8859-2", "ISO-8859-2 (Central European)", Coding::Web(ISO_8859_2)),
    (Charset::Iso5, "iso-8859-5", "ISO-8859-5 (Cyrillic)", Coding::Web(ISO_8859_5)),
    (Charset::Iso7, "iso-8859-7", "ISO-8859-7 (Greek)", Coding::Web(ISO_8859_7)),
    (Charset::Koi8R, "koi8-r", "KOI8-R (Cyrillic)", Coding::Web(KOI8_R)),
    (Charset::Koi8U, "koi8-u", "KOI8-U (Ukrainian)", Coding::Web(KOI8_U)),
    (Charset::Ibm866, "ibm866", "IBM 866 (Cyrillic, DOS)", Coding::Web(IBM866)),
    (Charset::Ibm437, "ibm437", "IBM 437 (Western, DOS)", Coding::Dos(&IBM437)),
    (Charset::Ibm850, "ibm850", "IBM 850 (Western European, DOS)", Coding::Dos(&IBM850)),
    (Charset::Ibm852, "ibm852", "IBM 852 (Central European, DOS)", Coding::Dos(&IBM852)),
];

impl Charset {
    /// All of them, in the order in which people choose.
    pub fn all() -> impl Iterator<Item = Self> {
        KNOWN.iter().map(|(charset, ..)| *charset)
    }

    fn known(self) -> &'static Known {
        KNOWN.iter().find(|(one, ..)| *one == self).unwrap_or(&KNOWN[0])
    }

    /// The word in forms and commands.
    pub fn code(self) -> &'static str {
        self.known().1
    }

    /// For people.
    pub fn label(self) -> &'static str {
        self.known().2
    }

    pub(super) fn coding(self) -> Coding {
        self.known().3
    }

    /// Reads a code, or another common name of an encoding (`latin1`, `gbk`, `cp1250`).
    pub fn from_code(code: &str) -> Option<Self> {
        let code = code.trim();
        let by_code = KNOWN.iter().find(|(_, known, ..)| known.eq_ignore_ascii_case(code));
        by_code
            .map(|(charset, ..)| *charset)
            .or_else(|| Self::of(Encoding::for_label(code.as_bytes())?))
            .or_else(|| Self::of_dos(code))
    }

    /// The code page of DOS that `cp850`, `dos-850` or `850` means.
    fn of_dos(code: &str) -> Option<Self> {
        let number = code.trim_start_matches(|letter: char| !letter.is_ascii_digit());
        let is_it = |known: &&Known| matches!(known.3, Coding::Dos(_)) && known.1.strip_prefix("ibm") == Some(number);
        KNOWN.iter().find(is_it).map(|(charset, ..)| *charset)
    }

    /// Whether it is a code page of DOS: few files are still written in one.
    pub fn is_of_dos(self) -> bool {
        matches!(self.coding(), Coding::Dos(_))
    }

    /// The charset that is decoded so.
    pub(super) fn of(encoding: &'static Encoding) -> Option<Self> {
        // GBK is decoded as GB18030, which has all of it.
        let encoding = if encoding == encoding_rs::GBK { GB18030 } else { encoding };
        let is_it = |known: &&Known| matches!(known.3, Coding::Web(known) if known == encoding);
        KNOWN.iter().find(is_it).map(|(charset, ..)| *charset)
    }

    /// Whether its code units have two bytes, so that line breaks and delimiters have, too.
    pub fn is_utf16(self) -> bool {
        matches!(self, Self::Utf16LittleEndian | Self::Utf16BigEndian)
    }

    /// Whether letters of Eastern Asia take two bytes in it.
    pub fn is_double_byte(self) -> bool {
        matches!(self, Self::ShiftJis | Self::EucJp | Self::Iso2022Jp | Self::Gb18030 | Self::Big5 | Self::EucKr)
    }

    /// Whether some bytes are no letters in it.
    pub fn has_strays(self) -> bool {
        self == Self::Utf8 || self.is_utf16() || self.is_double_byte()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_charset_has_its_line_and_comes_back_from_its_code() {
        for charset in Charset::all() {
            assert_eq!(Charset::from_code(charset.code()), Some(charset));
            if let Coding::Web(encoding) = charset.coding() {
                assert_eq!(Charset::of(encoding), Some(charset));
            }
        }
        assert_eq!(Charset::from_code("GBK"), Some(Charset::Gb18030));
        assert_eq!(Charset::from_code("latin1"), Some(Charset::Windows1252));
        assert_eq!(Charset::from_code("cp1250"), Some(Charset::Windows1250));
        assert_eq!(Charset::from_code("sjis"), Some(Charset::ShiftJis));
        for (code, charset) in [("cp437", Charset::Ibm437), ("DOS-850", Charset::Ibm850), ("852", Charset::Ibm852)] {
            assert_eq!(Charset::from_code(code), Some(charset));
        }
        assert_eq!((Charset::from_code("klingon"), Charset::from_code("cp999")), (None, None));
    }
}
