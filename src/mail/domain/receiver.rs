//! Receivers that refuse mail without an aligned DKIM signature, or put it into the spam folder.

use super::dmarc::is_below;

/// Domains of addresses there. Names without a dot match in every country: `yahoo.com`, `yahoo.de`, `yahoo.co.uk`.
const DOMAINS: [&str; 22] = [
    "gmail.com",
    "googlemail.com",
    "yahoo",
    "ymail.com",
    "rocketmail.com",
    "aol.com",
    "outlook",
    "hotmail",
    "live",
    "msn.com",
    "gmx",
    "web.de",
    "mail.com",
    "email.de",
    "icloud.com",
    "me.com",
    "mac.com",
    "laposte.net",
    "btinternet.com",
    "att.net",
    "comcast.net",
    "passport.com",
];
/// Ends of the names of their mail servers.
const HOSTS: [&str; 9] = [
    "google.com",
    "googlemail.com",
    "yahoodns.net",
    "olc.protection.outlook.com",
    "gmx.net",
    "web.de",
    "mail.com",
    "icloud.com",
    "laposte.net",
];

/// Whether mail to this domain needs DKIM, by its name or by its mail server where that is known.
pub fn demands_dkim(domain: &str, mail_host: Option<&str>) -> bool {
    let first = domain.split('.').next().unwrap_or(domain);
    let has_name = DOMAINS.iter().any(|name| if name.contains('.') { *name == domain } else { *name == first });
    has_name || mail_host.is_some_and(|host| HOSTS.iter().any(|end| is_below(host, end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_receivers_are_known_by_address_or_mail_server() {
        for (domain, host, demands) in [
            ("gmail.com", None, true),
            ("yahoo.co.uk", None, true),
            ("gmx.net", None, true),
            ("corp.example", None, false),
            ("corp.example", Some("aspmx.l.google.com"), true),
            ("corp.example", Some("corp-example.mail.protection.outlook.com"), false),
            ("notgmail.com", Some("mx.notgoogle.com"), false),
        ] {
            assert_eq!(demands_dkim(domain, host), demands, "{domain} {host:?}");
        }
    }
}
