//! The links of a mail, as filters see them.

/// Hosts that hide where a link leads. Filters treat them as spam.
const SHORTENERS: [&str; 14] = [
    "bit.ly",
    "buff.ly",
    "cutt.ly",
    "goo.gl",
    "is.gd",
    "lnkd.in",
    "ow.ly",
    "rb.gy",
    "rebrand.ly",
    "shorturl.at",
    "t.co",
    "t.ly",
    "tiny.cc",
    "tinyurl.com",
];

/// The links of one text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Links {
    pub all: usize,
    pub shortened: usize,
    /// Without encryption.
    pub plain_http: usize,
}

impl Links {
    /// Finds them: what begins with a scheme of the web or with `www.`.
    pub fn of(text: &str) -> Self {
        let mut links = Self::default();
        for word in text.split(|sign: char| sign.is_whitespace() || "<>()[]\"'|{}".contains(sign)) {
            let lower = word.to_lowercase();
            let (is_plain, rest) = match (lower.strip_prefix("http://"), lower.strip_prefix("https://")) {
                (Some(rest), _) => (true, rest),
                (_, Some(rest)) => (false, rest),
                _ if lower.starts_with("www.") => (false, lower.as_str()),
                _ => continue,
            };
            let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default();
            let host = host.strip_prefix("www.").unwrap_or(host);
            links.all += 1;
            links.shortened += usize::from(SHORTENERS.contains(&host));
            links.plain_http += usize::from(is_plain);
        }
        links
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_counted_with_what_filters_dislike() {
        let text = "See https://acme.example/a?b=1, (www.acme.example) or {http://bit.ly/x|https://t.co/y}. No: http, acme.example";
        assert_eq!(Links::of(text), Links { all: 4, shortened: 2, plain_http: 1 });
        assert_eq!(Links::of("Write to jo@acme.example."), Links::default());
    }
}
