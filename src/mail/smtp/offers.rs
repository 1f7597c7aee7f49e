//! What a server says it can do, in its reply to EHLO (RFC 5321 section 4.1.1.1).

/// The extensions that make a difference here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offers {
    pub start_tls: bool,
    /// Several commands may be sent before their replies are read (RFC 2920).
    pub pipelining: bool,
    /// Addresses beyond ASCII (RFC 6531).
    pub smtp_utf8: bool,
    /// Sizes can be said beforehand (RFC 1870).
    pub size: bool,
    /// Most bytes of a message, where the server says it.
    pub size_max: Option<u64>,
    /// Ways to sign in, in capitals (RFC 4954).
    pub mechanisms: Vec<String>,
    /// Most messages of one session (RFC 9422).
    pub mails_max: Option<u64>,
}

impl Offers {
    /// Reads the lines of the reply. The first names the server; what is unknown is passed over, an empty line too.
    pub(super) fn parse(lines: &[String]) -> Self {
        let mut offers = Self::default();
        for line in lines.iter().skip(1) {
            // Old servers write “AUTH=LOGIN PLAIN” as well.
            let mut words = line.split([' ', '=']).filter(|word| !word.is_empty());
            let keyword = words.next().unwrap_or_default().to_ascii_uppercase();
            match keyword.as_str() {
                "STARTTLS" => offers.start_tls = true,
                "PIPELINING" => offers.pipelining = true,
                "SMTPUTF8" => offers.smtp_utf8 = true,
                "SIZE" => {
                    offers.size = true;
                    // Zero is “no limit that is known beforehand”.
                    offers.size_max = words.next().and_then(|word| word.parse().ok()).filter(|bytes| *bytes > 0);
                }
                "AUTH" => {
                    let some = words.map(str::to_ascii_uppercase).filter(|word| !offers.mechanisms.contains(word));
                    let some: Vec<String> = some.collect();
                    offers.mechanisms.extend(some);
                }
                "LIMITS" => offers.mails_max = line.split(' ').find_map(mails_max),
                _ => (),
            }
        }
        offers
    }

    /// Whether this way to sign in is offered.
    pub fn has_mechanism(&self, name: &str) -> bool {
        self.mechanisms.iter().any(|mechanism| mechanism == name)
    }
}

/// `MAILMAX=100`. Zero would allow nothing at all, so it is no limit.
fn mails_max(limit: &str) -> Option<u64> {
    let (name, value) = limit.split_once('=')?;
    if name.eq_ignore_ascii_case("MAILMAX") { value.parse().ok().filter(|mails| *mails > 0) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(lines: &[&str]) -> Offers {
        Offers::parse(&lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn what_a_server_offers_is_read_whatever_else_it_says() {
        let offers = parse(&[
            "smtp.example at your service",
            "size 35882577",
            "8BITMIME",
            "STARTTLS",
            "AUTH LOGIN PLAIN XOAUTH2",
            "AUTH=LOGIN PLAIN",
            "PIPELINING",
            "SMTPUTF8",
            "DSN",
            "LIMITS RCPTMAX=100 MAILMAX=20",
            "",
        ]);
        let mechanisms = ["LOGIN", "PLAIN", "XOAUTH2"].map(str::to_owned).to_vec();
        let all = Offers {
            start_tls: true,
            pipelining: true,
            smtp_utf8: true,
            size: true,
            size_max: Some(35_882_577),
            mechanisms,
            mails_max: Some(20),
        };
        assert_eq!(offers, all);
        assert!(offers.has_mechanism("XOAUTH2") && !offers.has_mechanism("OAUTHBEARER"));
    }

    #[test]
    fn the_name_of_the_server_is_no_offer_and_odd_values_are_none() {
        assert_eq!(parse(&["STARTTLS"]), Offers::default());
        assert_eq!(parse(&[]), Offers::default());
        let odd = parse(&["smtp.example", "SIZE 0", "LIMITS MAILMAX=none", "AUTH", "STARTTLSX"]);
        assert_eq!(odd, Offers { size: true, ..Offers::default() });
    }
}
