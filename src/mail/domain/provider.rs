//! Which SPF records large mail providers ask their customers to include.

/// Ends of SMTP host names, with the names of records that cover mail from there; the first is the one to publish.
const PROVIDERS: [(&str, &[&str]); 12] = [
    ("gmail.com", &["_spf.google.com"]),
    ("googlemail.com", &["_spf.google.com"]),
    ("office365.com", &["spf.protection.outlook.com"]),
    ("outlook.com", &["spf.protection.outlook.com"]),
    ("zoho.com", &["zohomail.com", "zoho.com", "one.zoho.com"]),
    ("zoho.eu", &["zohomail.eu", "zoho.eu"]),
    ("zoho.in", &["zohomail.in", "zoho.in"]),
    ("fastmail.com", &["spf.messagingengine.com"]),
    ("mail.me.com", &["icloud.com"]),
    ("hostinger.com", &["_spf.mail.hostinger.com"]),
    ("privateemail.com", &["spf.privateemail.com"]),
    ("migadu.com", &["spf.migadu.com"]),
];

/// The records of the provider that an SMTP host belongs to; the first is the one to publish.
pub fn include_of(smtp_host: &str) -> Option<&'static [&'static str]> {
    let host = smtp_host.to_lowercase();
    PROVIDERS.iter().find(|(end, _)| super::dmarc::is_below(&host, end)).map(|(_, includes)| *includes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_known_by_its_host() {
        assert_eq!(include_of("SMTP.gmail.com"), Some(&["_spf.google.com"][..]));
        assert_eq!(include_of("smtp.office365.com"), Some(&["spf.protection.outlook.com"][..]));
        assert_eq!(include_of("smtp.notgmail.com"), None);
    }
}
