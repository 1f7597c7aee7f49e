//! Words of servers that mean one thing. In small letters and ASCII: what is beyond arrives in any encoding.

use super::Rest;
use crate::mail::smtp::Reply;

/// The words of one reply.
pub struct Words(String);

/// The own provider's limit of a day: the account is used up.
const QUOTA: [&str; 15] = [
    "daily user sending limit exceeded",       // Gmail
    "daily user sending quota exceeded",       // Gmail
    "daily sending quota exceeded",            // Gmail
    "reached a limit for sending mail",        // Gmail
    "daily smtp relay",                        // Gmail's relay
    "daily limit for message recipients",      // Microsoft 365
    "submission quota exceeded",               // Microsoft 365
    "external recipients",                     // Microsoft 365, tenant
    "tenant has exceeded",                     // Microsoft 365, tenant
    "traffic not accepted from this ip",       // Microsoft 365, new tenant
    "daily sending limit",                     // iCloud, Hostinger
    "daily message quota exceeded",            // Amazon SES
    "exceeded the maximum number of messages", // several
    "daily email limit",                       // several
    "sending quota",                           // several
];

/// The own provider's limit of an hour, or of a moment.
const RATE: [&str; 17] = [
    "peak smtp relay limit",         // Gmail's relay
    "unusual rate of",               // Gmail
    "mail send limit exceeded",      // IONOS, beside “mailbox unavailable”
    "throttling failure",            // Amazon SES
    "maximum sending rate exceeded", // Amazon SES
    "concurrent connection",         // Microsoft 365
    "sender thread limit exceeded",  // Microsoft 365
    "max emails per hour",           // cPanel
    "ratelimit",                     // rspamd: Hostinger and others
    "rate limit exceeded",           // several
    "sending rate",                  // several
    "too many messages",             // several
    "too many recipients",           // several
    "hourly limit",                  // several
    "messages per hour",             // several
    "sending limit",                 // several
    "message rate",                  // Postfix (anvil)
];

/// The provider has blocked the account, not one mail.
const BLOCKED: [&str; 6] = [
    "mail sending denied",               // Gmail
    "bad outbound sender",               // Microsoft 365
    "banned sender",                     // Microsoft
    "spam abuse detected",               // Microsoft
    "unusual sending activity detected", // Zoho
    "outgoing mail from",                // cPanel
];

/// The provider does not let this account write as this address.
const MAY_NOT_SEND_AS: [&str; 13] = [
    "permissions to send as this sender",              // Microsoft 365
    "not allowed to send as",                          // Microsoft 365
    "sendasdenied",                                    // Microsoft 365
    "not owned by user",                               // Postfix
    "sender address rejected",                         // Postfix
    "sender address is not allowed",                   // IONOS, GMX
    "sender is not allowed to relay",                  // Zoho
    "not authorised to send from this header address", // Fastmail
    "not authorized to send from",                     // several
    "email address is not verified",                   // Amazon SES
    "sender verify failed",                            // Exim
    "sender rejected",                                 // several
    "from address is not one of your addresses",       // several
];

/// Words about the sender's network, reputation or content.
const BLAME: [&str; 22] = [
    "spam",
    "blocklist",
    "blocklisted",
    "blacklist",
    "blacklisted",
    "blocked",
    "banned",
    "dnsbl",
    "rbl",
    "spamhaus",
    "reputation",
    "unsolicited",
    "virus",
    "policy",
    "dmarc",
    "spf",
    "dkim",
    "unauthenticated",
    "relay",
    "relaying",
    "phishing",
    "malware",
];

/// The same in several words.
const BLAME_PHRASES: [&str; 13] = [
    "bulk mail",
    "block list",
    "black list",
    "is listed",
    "listed by",
    "listed on",
    "listed at",
    "your ip",
    "client host",
    "mail from",
    "your server",
    "message content",
    "content rejected",
];

/// The address does not exist, said without an enhanced code. Not “invalid recipient”: OpenSMTPD says that where it does not relay.
const UNKNOWN_USER: [&str; 18] = [
    "user unknown",
    "unknown user",
    "no such user",
    "user not found",
    "user does not exist",
    "user doesn't exist",
    "no such recipient",
    "unknown recipient",
    "recipient unknown",
    "recipient not found",
    "no such mailbox",
    "mailbox not found",
    "mailbox unavailable",
    "mailbox does not exist",
    "no mailbox here by that name",
    "address does not exist",
    "account does not exist",
    "not listed in", // Domino: its directory
];

const FULL: [&str; 7] = [
    "mailbox full",
    "mailbox is full",
    "over quota",
    "over its quota",
    "quota exceeded",
    "storage allocation",
    "out of storage",
];

const MALFORMED: [&str; 6] = [
    "rfc 5322",                        // Gmail
    "rfc 2822",                        // older
    "missing a valid address in from", // Gmail
    "multiple addresses in from",      // Gmail
    "missing a valid message-id",      // Gmail
    "duplicate header",                // several
];

/// Too big, said without an enhanced code.
const TOO_BIG: [&str; 5] =
    ["too much mail data", "message size exceeds", "message too big", "message too large", "maximum message size"];

/// Switched off for everybody, not refused for this password.
const SIGN_IN_IS_OFF: [&str; 4] = [
    "basic authentication is not supported", // Microsoft 365
    "basic authentication is disabled",      // Microsoft 365
    "smtpclientauthentication is disabled",  // Microsoft 365
    "smtp authentication is disabled",       // several
];

impl Words {
    pub fn of(reply: &Reply) -> Self {
        Self::of_text(&reply.words)
    }

    /// Without addresses and links: what they are called says nothing.
    pub fn of_text(text: &str) -> Self {
        let words = text.split_whitespace().filter(|word| !word.contains('@') && !word.contains("://"));
        Self(words.collect::<Vec<_>>().join(" ").to_ascii_lowercase())
    }

    /// Whether any of `texts`, in small letters and ASCII, is among them.
    pub fn have(&self, texts: &[&str]) -> bool {
        texts.iter().any(|text| self.0.contains(text))
    }

    /// A limit of the own provider, and how long it lasts.
    pub fn say_limit(&self) -> Option<Rest> {
        // The recipient's limits are theirs: Exchange and Gmail say both in like words.
        if self.say_recipient_is_busy() {
            None
        } else if self.have(&QUOTA) {
            Some(Rest::Day)
        } else {
            self.have(&RATE).then_some(Rest::Hour)
        }
    }

    pub fn say_sender_is_blocked(&self) -> bool {
        self.have(&BLOCKED)
    }

    pub fn say_may_not_send_as(&self) -> bool {
        self.have(&MAY_NOT_SEND_AS)
    }

    pub fn blame_us(&self) -> bool {
        // The table of recipients in which Postfix has not found one.
        let text = self.0.replace("relay recipient table", "");
        let mut words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
        words.any(|word| BLAME.contains(&word)) || self.have(&BLAME_PHRASES)
    }

    /// The recipient gets too many mails from everybody.
    pub fn say_recipient_is_busy(&self) -> bool {
        self.have(&["receiving mail at a rate", "receiving mail too quickly", "recipientmsgratelimit"])
    }

    pub fn say_message_is_malformed(&self) -> bool {
        self.have(&MALFORMED)
    }

    /// Microsoft's word for an unknown address, which it gives the number of a domain without mail.
    pub fn say_recipient_not_found(&self) -> bool {
        self.have(&["recipientnotfound", "recipient not found by smtp address lookup"])
    }

    pub fn say_recipient_rejected(&self) -> bool {
        self.have(&["recipient address rejected"])
    }

    pub fn say_unknown_user(&self) -> bool {
        self.have(&UNKNOWN_USER)
    }

    pub fn say_full(&self) -> bool {
        self.have(&FULL)
    }

    pub fn say_too_big(&self) -> bool {
        self.have(&TOO_BIG)
    }

    pub fn say_wrong_password(&self) -> bool {
        self.have(&["credentials were incorrect", "username and password not accepted", "invalid credentials"])
    }

    pub fn say_sign_in_is_off(&self) -> bool {
        self.have(&SIGN_IN_IS_OFF)
    }
}
