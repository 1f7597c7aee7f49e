//! Macros of SPF (RFC 7208, section 7).

use std::net::IpAddr;

/// What macros are replaced with.
#[derive(Debug, Clone, Copy)]
pub struct Values<'a> {
    /// The address in MAIL FROM.
    pub sender: &'a str,
    /// The domain whose record is read.
    pub domain: &'a str,
    /// The address that delivers; not always known.
    pub ip: Option<IpAddr>,
}

/// The text with its macros filled in. `None`: it needs what is not known, or cannot be read.
pub fn expand(text: &str, values: Values<'_>) -> Option<String> {
    let (mut expanded, mut rest) = (String::new(), text);
    while let Some(at) = rest.find('%') {
        expanded.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        match after.chars().next()? {
            '%' => expanded.push('%'),
            '_' => expanded.push(' '),
            '-' => expanded.push_str("%20"),
            '{' => {
                let end = after.find('}')?;
                expanded.push_str(&value(&after[1..end], values)?);
                rest = &after[end + 1..];
                continue;
            }
            _ => return None,
        }
        rest = &after[1..];
    }
    expanded.push_str(rest);
    Some(expanded)
}

/// One macro: its letter, how many parts from the right, `r` for reversed, what separates the parts.
fn value(body: &str, values: Values<'_>) -> Option<String> {
    let mut signs = body.chars();
    let letter = signs.next()?;
    let whole = match letter.to_ascii_lowercase() {
        's' => values.sender.to_owned(),
        'l' => values.sender.rsplit_once('@').map_or("postmaster", |(local, _)| local).to_owned(),
        'o' => values.sender.rsplit_once('@').map_or(values.sender, |(_, domain)| domain).to_owned(),
        'd' => values.domain.to_owned(),
        'i' => dotted(values.ip?),
        'v' => if values.ip?.is_ipv4() { "in-addr" } else { "ip6" }.to_owned(),
        _ => return None,
    };
    let rest = signs.as_str();
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let rest = &rest[digits.len()..];
    let (is_reversed, delimiters) = match rest.strip_prefix(['r', 'R']) {
        Some(delimiters) => (true, delimiters),
        None => (false, rest),
    };
    if !delimiters.chars().all(|sign| ".-+,/_=".contains(sign)) {
        return None;
    }
    let mut parts: Vec<&str> = match delimiters {
        "" => whole.split('.').collect(),
        delimiters => whole.split(|sign| delimiters.contains(sign)).collect(),
    };
    if is_reversed {
        parts.reverse();
    }
    let kept = if digits.is_empty() { parts.len() } else { digits.parse().ok().filter(|count| *count > 0)? };
    Some(parts[parts.len().saturating_sub(kept)..].join("."))
}

/// IPv6 as its 32 hexadecimal digits.
fn dotted(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => {
            let digits = ip.octets().map(|octet| format!("{:x}.{:x}", octet >> 4, octet & 15));
            digits.join(".")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 7208, section 7.4.
    #[test]
    fn macros_are_filled_in_as_the_standard_shows() {
        let values = |ip: &str| Values {
            sender: "strong-bad@email.example.com",
            domain: "email.example.com",
            ip: Some(ip.parse().unwrap()),
        };
        for (text, expanded) in [
            ("%{s}", "strong-bad@email.example.com"),
            ("%{o}", "email.example.com"),
            ("%{d4}", "email.example.com"),
            ("%{d2}", "example.com"),
            ("%{d1}", "com"),
            ("%{dr}", "com.example.email"),
            ("%{d2r}", "example.email"),
            ("%{l-}", "strong.bad"),
            ("%{lr-}", "bad.strong"),
            ("%{l1r-}", "strong"),
            ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
            ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
            ("%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"),
            ("a%%b%_c%-d", "a%b c%20d"),
        ] {
            assert_eq!(expand(text, values("192.0.2.3")).as_deref(), Some(expanded), "{text}");
        }
        let v6 = "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com";
        assert_eq!(expand("%{ir}.%{v}._spf.%{d2}", values("2001:db8::cb01")).as_deref(), Some(v6));
        for text in ["%", "%x", "%{", "%{z}", "%{d0}", "%{d!}", "%{h}"] {
            assert_eq!(expand(text, values("192.0.2.3")), None, "{text}");
        }
        assert_eq!(expand("%{i}", Values { ip: None, ..values("192.0.2.3") }), None);
    }
}
