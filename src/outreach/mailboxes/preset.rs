//! Mail providers that are known: their servers, and what a member should know of each before connecting it. One row of data each.

use crate::mail::server::Security;

/// A host, a port and how it is encrypted.
pub type KnownServer = (&'static str, u16, Security);

/// What is known of a provider.
#[derive(Debug, PartialEq, Eq)]
pub struct Preset {
    /// As addresses and forms name it.
    pub word: &'static str,
    pub name: &'static str,
    /// Domains of addresses that are there.
    pub domains: &'static [&'static str],
    /// By which its servers are known: these hosts and those below them.
    pub hosts: &'static [&'static str],
    pub smtp: Option<KnownServer>,
    pub imap: Option<KnownServer>,
    /// Takes mails and receives none: answers arrive elsewhere.
    pub sends_only: bool,
    /// What has to be switched on there, and which password it wants.
    pub setup: &'static str,
    /// Its limits, as it publishes them.
    pub limits: &'static str,
    /// Its own rule on cold mail.
    pub cold_mail: &'static str,
    /// Whether it saves a copy of each mail in Sent.
    pub saves_sent: Option<bool>,
}

use Security::{StartTls, Tls};

const EU_REGION_HINT: &str = "email-smtp.REGION.amazonaws.com, as the SES console shows it";

/// Every provider, in the order of the page.
pub static PRESETS: [Preset; 14] = [
    Preset {
        word: "google",
        name: "Google",
        domains: &["gmail.com", "googlemail.com"],
        hosts: &["gmail.com", "googlemail.com"],
        smtp: Some(("smtp.gmail.com", 465, Tls)),
        imap: Some(("imap.gmail.com", 993, Tls)),
        sends_only: false,
        setup: "Switch on 2-step verification in the Google account, then make an app password at \
                myaccount.google.com/apppasswords: 16 letters, typed here instead of the account’s password. Some organisations \
                do not allow app passwords.",
        limits: "Google Workspace sends 2,000 mails a day, a trial or personal account 500. More than that is refused for 24 hours.",
        cold_mail: "Google does not allow unsolicited bulk mail. Small numbers are tolerated; complaints lead to limits and blocks.",
        saves_sent: Some(true),
    },
    Preset {
        word: "microsoft",
        name: "Microsoft 365",
        domains: &["outlook.com", "hotmail.com", "live.com", "msn.com"],
        hosts: &["office365.com", "outlook.com"],
        smtp: Some(("smtp.office365.com", 587, StartTls)),
        imap: Some(("outlook.office365.com", 993, Tls)),
        sends_only: false,
        setup: "Microsoft switches password sign-in for SMTP off at the end of December 2026, and organisations made after that \
                cannot use it. Until then an admin has to allow SMTP AUTH for the mailbox. Outlook.com takes no passwords at all.",
        limits: "Exchange Online sends 30 mails a minute and to 10,000 people in 24 hours, with a lower limit for the organisation.",
        cold_mail: "Microsoft says that Exchange Online is not made for bulk mail. Small numbers are tolerated; complaints lead to blocks.",
        saves_sent: Some(true),
    },
    Preset {
        word: "zoho",
        name: "Zoho Mail",
        domains: &["zoho.com", "zohomail.com", "zoho.eu", "zohomail.eu", "zoho.in"],
        hosts: &["zoho.com", "zoho.eu", "zoho.in", "zoho.com.au", "zoho.jp"],
        smtp: Some(("smtp.zoho.com", 465, Tls)),
        imap: Some(("imap.zoho.com", 993, Tls)),
        sends_only: false,
        setup: "Switch on IMAP in Zoho Mail, and make an app password if you use two-factor sign-in. Paying organisations use \
                smtppro.zoho.com and imappro.zoho.com; accounts of other regions end in .eu, .in, .com.au or .jp.",
        limits: "The limits depend on the plan, and Zoho does not publish one number.",
        cold_mail: "Zoho forbids promotional, mass and automated mail, and may block sending and reading.",
        saves_sent: Some(true),
    },
    Preset {
        word: "fastmail",
        name: "Fastmail",
        domains: &["fastmail.com", "fastmail.fm"],
        hosts: &["fastmail.com"],
        smtp: Some(("smtp.fastmail.com", 465, Tls)),
        imap: Some(("imap.fastmail.com", 993, Tls)),
        sends_only: false,
        setup: "Make an app password with access to mail (IMAP and SMTP) under Settings › Privacy & Security.",
        limits: "The limits depend on the plan.",
        cold_mail: "Fastmail forbids unsolicited mail. One complaint can be enough to close an account.",
        saves_sent: Some(true),
    },
    Preset {
        word: "icloud",
        name: "iCloud Mail",
        domains: &["icloud.com", "me.com", "mac.com"],
        hosts: &["mail.me.com"],
        smtp: Some(("smtp.mail.me.com", 587, StartTls)),
        imap: Some(("imap.mail.me.com", 993, Tls)),
        sends_only: false,
        setup: "Make an app-specific password at account.apple.com. The user is the iCloud address.",
        limits: "iCloud sends 1,000 mails to 1,000 people a day.",
        cold_mail: "Apple forbids bulk mail from iCloud.",
        saves_sent: Some(true),
    },
    Preset {
        word: "yahoo",
        name: "Yahoo Mail",
        domains: &["yahoo.com", "yahoo.co.uk", "yahoo.de", "yahoo.fr", "ymail.com", "aol.com"],
        hosts: &["mail.yahoo.com", "aol.com"],
        smtp: Some(("smtp.mail.yahoo.com", 465, Tls)),
        imap: Some(("imap.mail.yahoo.com", 993, Tls)),
        sends_only: false,
        setup: "Make an app password under Account security. AOL uses smtp.aol.com and imap.aol.com.",
        limits: "Yahoo sends 500 mails a day.",
        cold_mail: "Yahoo does not allow unsolicited mail.",
        saves_sent: None,
    },
    Preset {
        word: "ionos",
        name: "IONOS",
        domains: &[],
        hosts: &["ionos.com", "ionos.de", "ionos.co.uk", "ionos.fr", "ionos.es", "ionos.it"],
        smtp: Some(("smtp.ionos.com", 465, Tls)),
        imap: Some(("imap.ionos.com", 993, Tls)),
        sends_only: false,
        setup: "Use the address and the password of the mailbox. In other countries the servers end in .de, .co.uk, .fr, .es or .it.",
        limits: "IONOS sends 50 to 500 mails an hour, more with the age of the contract.",
        cold_mail: "IONOS tolerates newsletters with a way to unsubscribe; unsolicited mail is not allowed.",
        saves_sent: None,
    },
    Preset {
        word: "gmx",
        name: "GMX and WEB.DE",
        domains: &["gmx.net", "gmx.de", "gmx.at", "gmx.ch", "gmx.com", "web.de"],
        hosts: &["gmx.net", "gmx.com", "web.de"],
        smtp: Some(("mail.gmx.net", 465, Tls)),
        imap: Some(("imap.gmx.net", 993, Tls)),
        sends_only: false,
        setup: "Switch on IMAP in the settings of the mailbox first. WEB.DE uses smtp.web.de and imap.web.de.",
        limits: "The provider publishes no number.",
        cold_mail: "Unsolicited mail is not allowed.",
        saves_sent: None,
    },
    Preset {
        word: "ovh",
        name: "OVHcloud",
        domains: &[],
        hosts: &["ovh.net"],
        smtp: Some(("ssl0.ovh.net", 465, Tls)),
        imap: Some(("ssl0.ovh.net", 993, Tls)),
        sends_only: false,
        setup: "Use the address and the password of the mailbox.",
        limits: "OVHcloud publishes no number.",
        cold_mail: "Unsolicited mail is not allowed. An address is blocked on suspicion of spam.",
        saves_sent: None,
    },
    Preset {
        word: "hostinger",
        name: "Hostinger",
        domains: &[],
        hosts: &["hostinger.com"],
        smtp: Some(("smtp.hostinger.com", 465, Tls)),
        imap: Some(("imap.hostinger.com", 993, Tls)),
        sends_only: false,
        setup: "Use the address and the password of the mailbox.",
        limits: "Hostinger sends 1,000 mails in 24 hours with Starter, 3,000 with Premium.",
        cold_mail: "Hostinger forbids spam.",
        saves_sent: None,
    },
    Preset {
        word: "ses",
        name: "Amazon SES",
        domains: &[],
        hosts: &["amazonaws.com"],
        smtp: None,
        imap: None,
        sends_only: true,
        setup: "Verify the domain in SES, leave the sandbox, and make SMTP credentials: their user and password are not those of \
                your AWS account.",
        limits: "In the sandbox 200 mails a day, one a second; then as AWS grants. What is over the limit is thrown away.",
        cold_mail: "AWS requires consent or a relation with the recipients, and reviews accounts near 0.1 % complaints.",
        saves_sent: Some(false),
    },
    Preset {
        word: "send_only",
        name: "Mailgun, SendGrid, Postmark and others that only send",
        domains: &[],
        hosts: &["mailgun.org", "sendgrid.net", "postmarkapp.com", "sparkpostmail.com", "mailjet.com"],
        smtp: None,
        imap: None,
        sends_only: true,
        setup: "Verify the domain there, and take host, user and password from its SMTP settings.",
        limits: "The limits depend on the plan.",
        cold_mail: "Mailgun, SendGrid and Postmark forbid unsolicited mail, and close accounts for it.",
        saves_sent: Some(false),
    },
    Preset {
        word: "other",
        name: "Other, by hand",
        domains: &[],
        hosts: &[],
        smtp: None,
        imap: None,
        sends_only: false,
        setup: "Your provider’s help page names the servers, often under “email program”, “IMAP” or “Outlook”.",
        limits: "Ask your provider how many mails a day it allows.",
        cold_mail: "Read your provider’s rule on unsolicited mail before you send it.",
        saves_sent: None,
    },
    Preset {
        word: "outbox",
        name: "Built-in outbox",
        domains: &[],
        hosts: &[],
        smtp: None,
        imap: None,
        sends_only: false,
        setup: "It takes every mail and sends none: nothing leaves this computer. Use it to try campaigns.",
        limits: "None.",
        cold_mail: "Nothing leaves this computer.",
        saves_sent: None,
    },
];

/// Ends of the hosts that receive mail for the customers of a provider.
const RECEIVES: [(&str, &str); 13] = [
    ("google.com", "google"),
    ("googlemail.com", "google"),
    ("mail.protection.outlook.com", "microsoft"),
    ("mx.microsoft", "microsoft"),
    ("zoho.com", "zoho"),
    ("zoho.eu", "zoho"),
    ("zoho.in", "zoho"),
    ("messagingengine.com", "fastmail"),
    ("mail.icloud.com", "icloud"),
    ("yahoodns.net", "yahoo"),
    ("kundenserver.de", "ionos"),
    ("ovh.net", "ovh"),
    ("hostinger.com", "hostinger"),
];

impl Preset {
    /// The one with this word.
    pub fn named(word: &str) -> Option<&'static Self> {
        PRESETS.iter().find(|preset| preset.word == word)
    }

    /// What is typed by hand.
    pub fn by_hand() -> &'static Self {
        Self::named("other").expect("the table has it")
    }

    /// The built-in outbox.
    pub fn outbox() -> &'static Self {
        Self::named("outbox").expect("the table has it")
    }

    /// The provider that an address with this domain is at, as far as the domain alone says so.
    pub fn of_domain(domain: &str) -> Option<&'static Self> {
        PRESETS.iter().find(|preset| preset.domains.contains(&domain))
    }

    /// The provider whose server receives the mail of a domain, as the domain's MX record names it.
    pub fn of_mail_host(host: &str) -> Option<&'static Self> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        RECEIVES.iter().find(|(known, _)| is_of(&host, known)).and_then(|(_, word)| Self::named(word))
    }

    /// The provider that this server belongs to, else what is typed by hand.
    pub fn of_host(host: &str) -> &'static Self {
        PRESETS.iter().find(|preset| preset.hosts.iter().any(|known| is_of(host, known))).unwrap_or(Self::by_hand())
    }

    pub fn is_outbox(&self) -> bool {
        self.word == "outbox"
    }

    /// An example of its host for sending, where that is typed.
    pub fn host_hint(&self) -> &'static str {
        if self.word == "ses" { EU_REGION_HINT } else { "" }
    }

    /// What happens to a copy of each mail, in words.
    pub fn sent_text(&self) -> Option<&'static str> {
        Some(match self.saves_sent? {
            true => "It saves a copy of each mail in Sent.",
            false => "It keeps no copy of your mails.",
        })
    }
}

/// Whether a host is `known` or below it.
fn is_of(host: &str, known: &str) -> bool {
    host == known || host.strip_suffix(known).is_some_and(|rest| rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_and_a_server_lead_to_their_provider() {
        assert_eq!(Preset::of_domain("googlemail.com").map(|preset| preset.word), Some("google"));
        assert_eq!(Preset::of_domain("acme.example"), None);
        for (host, word) in [
            ("smtp.gmail.com", "google"),
            ("smtp.office365.com", "microsoft"),
            ("smtppro.zoho.eu", "zoho"),
            ("email-smtp.eu-west-1.amazonaws.com", "ses"),
            ("gmail.com.evil.example", "other"),
            ("notgmail.com", "other"),
        ] {
            assert_eq!(Preset::of_host(host).word, word, "{host}");
        }
    }

    #[test]
    fn the_server_that_receives_a_domains_mail_leads_to_its_provider() {
        let word = |host| Preset::of_mail_host(host).map(|preset| preset.word);
        assert_eq!(word("ASPMX.L.GOOGLE.COM."), Some("google"));
        assert_eq!(word("acme-example.mail.protection.outlook.com"), Some("microsoft"));
        assert_eq!(word("in1-smtp.messagingengine.com"), Some("fastmail"));
        assert_eq!((word("mx.acme.example"), word("notgoogle.com"), word("")), (None, None, None));
        assert!(RECEIVES.iter().all(|(_, word)| Preset::named(word).is_some()));
    }

    #[test]
    fn every_preset_is_found_by_its_word_and_by_its_own_servers() {
        for preset in &PRESETS {
            assert_eq!(Preset::named(preset.word).map(|found| found.name), Some(preset.name));
            for (host, port, security) in preset.smtp.iter().chain(&preset.imap) {
                assert_eq!(Preset::of_host(host).word, preset.word, "{host}");
                assert_eq!(*security == Tls, matches!(port, 465 | 993), "{host}");
            }
            assert!(!preset.sends_only || preset.imap.is_none());
        }
    }
}
