//! What a file is called when it is saved (RFC 6266), and as what it is served. Both were written by a stranger.

use crate::email::is_invisible;

/// Longest name, in characters.
const CHARACTERS_MAX: usize = 120;
/// What a file without a name is called.
const NAMELESS: &str = "attachment";
/// Types that no browser runs. Anything else is bytes.
const HARMLESS: [&str; 8] = [
    "application/pdf",
    "application/zip",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/webp",
    "text/csv",
    "text/plain",
];
/// Names that Windows keeps for devices.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "com1", "lpt1"];

/// The type that a file is served as.
pub fn served_as(kind: &str) -> &'static str {
    let known = HARMLESS.iter().find(|known| kind.eq_ignore_ascii_case(known));
    known.copied().unwrap_or("application/octet-stream")
}

/// `Content-Disposition` of a file that is saved, never shown: a name for old programs, and the whole one (RFC 8187).
pub fn disposition(name: &str) -> String {
    let name = safe(name);
    let plain: String =
        name.chars().map(|c| if c.is_ascii() && !matches!(c, '"' | '\\' | '%') { c } else { '_' }).collect();
    let mut whole = String::new();
    for byte in name.bytes() {
        let is_kept = byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte);
        whole += &if is_kept { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{whole}")
}

/// The name without what leads to another folder, hides its end, or is no letter; its end stays when it is too long.
fn safe(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last.chars().filter(|c| !c.is_control() && !hides(*c) && !"<>:|?*".contains(*c)).collect();
    let name = kept.trim().trim_matches('.').trim();
    let stem = name.split('.').next().unwrap_or_default();
    if name.is_empty() || DEVICES.iter().any(|device| stem.eq_ignore_ascii_case(device)) {
        return NAMELESS.to_owned();
    }
    let characters: Vec<char> = name.chars().collect();
    let Some(over) = characters.len().checked_sub(CHARACTERS_MAX).filter(|over| *over > 0) else {
        return name.to_owned();
    };
    let end =
        characters.iter().rposition(|c| *c == '.').filter(|at| characters.len() - at <= 10).unwrap_or(characters.len());
    let begin = end.saturating_sub(over);
    characters[..begin].iter().chain(&characters[end..]).collect()
}

/// What ends a line without being a control character, and what is not seen: marks of direction can make `fdp.exe` look like `exe.pdf`.
fn hides(c: char) -> bool {
    is_invisible(c) || matches!(c, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_to_no_other_folder_and_hides_nothing() {
        for (given, saved) in [
            ("offer.pdf", "offer.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\x\\run.exe", "run.exe"),
            ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie x.pdf"),
            ("exe\u{202e}fdp.exe", "exefdp.exe"),
            (".htaccess", "htaccess"),
            (" .. ", "attachment"),
            ("CON.pdf", "attachment"),
            ("", "attachment"),
        ] {
            assert_eq!(safe(given), saved, "{given:?}");
        }
        let long = safe(&format!("{}.pdf", "x".repeat(500)));
        assert!(long.chars().count() == CHARACTERS_MAX && long.ends_with("x.pdf"), "{long}");
        assert_eq!(safe(&"é".repeat(500)).chars().count(), CHARACTERS_MAX);
    }

    #[test]
    fn a_name_is_said_for_old_and_new_programs() {
        assert_eq!(
            disposition("Préis \"1\".pdf"),
            "attachment; filename=\"Pr_is _1_.pdf\"; filename*=UTF-8''Pr%C3%A9is%20%221%22.pdf"
        );
        let wild = disposition("a;b\"c\\d%0d\n.exe");
        assert!(wild.bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{wild}");
        assert_eq!(wild.matches('"').count(), 2, "{wild}");
    }

    #[test]
    fn only_types_that_no_browser_runs_keep_their_name() {
        assert_eq!(served_as("Application/PDF"), "application/pdf");
        for kind in
            ["text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "application/javascript", "x", ""]
        {
            assert_eq!(served_as(kind), "application/octet-stream", "{kind}");
        }
    }
}
