//! Words of reports beside those of replies (`sending/verdict/words.rs`). In small letters and ASCII: what is beyond arrives in
//! any encoding.

/// The time is up; the last reason may be gone.
pub const EXPIRED: [&str; 8] = [
    "envelope expired",       // OpenSMTPD
    "message expired",        // Exchange
    "delivery time expired",  // several
    "retry timeout exceeded", // Exim
    "retry time not reached", // Exim
    "tried all mxs",          // Haraka
    "in the queue too long",  // qmail
    "has been in queue for too long",
];

/// Nothing was refused: the other side was not reached, or not now.
pub const GAVE_UP: [&str; 30] = [
    "retry timeout exceeded",
    "tried all mxs",
    "queue too long",
    "giving up",
    "connection refused",
    "connection timed out",
    "connection died",
    "connection closed",
    "connection shut down",
    "connection lost",
    "lost connection",
    "timed out",
    "timeout",
    "network is down",
    "network is unreachable",
    "network unreachable",
    "no route to host",
    "could not connect",
    "unable to connect",
    "could not deliver for the last",
    "establish an smtp connection", // qmail
    "read error",
    "envelope expired",
    "message expired",
    "too long",
    "not responding",
    "service unavailable, try later",
    "try again later",
    "temporarily",
    "greylist",
];

/// Without a code, still a reason to try again.
pub const LATER: [&str; 6] =
    ["try again later", "temporarily", "greylist", "temporary failure", "deferred", "delivery attempts have failed"];

pub const FULL: [&str; 16] = [
    "quota exceeded",
    "exceeded storage",
    "exceeded its quota",
    "exceeds the quota",
    "mailbox quota",
    "over the quota",
    "overquota",
    "out of space",
    "insufficient storage",
    "not enough storage",
    "insufficient disk space",
    "inbox is full",
    "mailbox has exceeded",
    "storage limit",
    "postfach voll",
    "postfach ist voll",
];

/// The sender's own address or account.
pub const SENDER: [&str; 9] = [
    "sender denied",       // Exchange
    "sender was rejected", // qmail
    "sender address is not valid",
    "sender verification failed",
    "sender domain",
    "your account has been suspended",
    "your account is suspended",
    "account has been blocked from sending",
    "invalid dns mx or a/aaaa resource record", // GMX, about the sender's domain
];

/// Whoever filters has not taken it.
pub const BLAME: [&str; 36] = [
    "access denied by",
    "administrative prohibition",
    "administratively prohibited",
    "authentication required",
    "not authorized",
    "not permitted",
    "message rejected",
    "message refused",
    "rejected by the recipient",
    "automatically rejected", // Sieve
    "poor sender",
    "restricted",
    "quarantine",
    "bad dns ptr", // GMX
    "policies",
    "helo",
    "ehlo",
    "reverse dns",
    "rdns",
    "does not resolve",
    "your client",
    "your host",
    "hostname",
    "rule imposed", // Swisscom and others
    "recipient's filter",
    "listed in our",
    "the sender",
    "sender not",
    "absender",
    "sperrliste",
    "gesperrt",
    "expediteur",
    "liste noire",
    "remitente",
    "lista negra",
    "ask your postmaster for help", // T-Online
];

/// The domain takes no mail.
pub const NO_DOMAIN: [&str; 27] = [
    "no such domain",
    "no such host",
    "domain does not exist",
    "domain doesn't exist",
    "domain not found",
    "domain name not found", // Gmail, Postfix
    "domain couldn't be found",
    "domain could not be found",
    "domain is invalid",
    "domain isn't valid",
    "host unknown", // Sendmail
    "unknown host",
    "host not found",
    "unrouteable address", // Exim
    "unroutable address",
    "name service error", // Postfix
    "lookup failure",     // dma
    "nxdomain",
    "domainnonexistent", // Exchange
    "does not accept mail",
    "doesn't accept mail",
    "null mx",
    "nullmx",
    "no smtp service",                // Exim
    "nowhere to deliver",             // Haraka
    "couldn't find any host named",   // qmail
    "couldn't find a mail exchanger", // qmail
];

/// The address does not exist, or takes no mail any more.
pub const NO_ADDRESS: [&str; 39] = [
    "mailbox name not allowed", // RFC 5321, 553
    "user not local",           // RFC 5321, 551
    "unknown address",
    "address unknown",
    "unknown local part",
    "unknown or illegal alias",
    "unknown mailbox",
    "mailbox unknown",
    "bad destination mailbox",
    "recipient does not exist",
    "recipient doesn't exist",
    "does not exist at",
    "mailbox doesn't exist",
    "account doesn't exist",
    "address doesn't exist",
    "no such address",
    "no such account",
    "account not found",
    "unknown email address",
    "deactivated",
    "no such person",
    "no account by that name",
    "no mailbox by that name",
    "not a known user",
    "user is unknown",
    "is not a valid mailbox",
    "is no longer valid",
    "no longer exists",
    "address couldn't be found", // Gmail
    "address could not be found",
    "wasn't found at", // Exchange
    "was not found at",
    "account has been disabled",
    "account is disabled",
    "mailbox is disabled",
    "mailbox disabled",
    "account is inactive",
    "have a yahoo.com account", // Yahoo: “This user doesn't …”
    "existiert nicht",
];

/// The message itself.
pub const MESSAGE: [&str; 5] =
    ["message is too large", "message too long", "size limit", "larger than the", "exceeds the maximum size"];

/// A report of failure, by its subject or text.
pub const FAILED: [&str; 44] = [
    "undeliverable",
    "undelivered mail returned",
    "undelivered message",
    "undeliverable mail",
    "delivery status notification (failure)",
    "delivery has failed",
    "delivery failed",
    "delivery failure",
    "delivery to the following recipient",
    "failure notice",
    "failed to deliver",
    "mail delivery failed",
    "mail delivery failure",
    "mail delivery problem",
    "message not delivered",
    "message could not be delivered",
    "could not be delivered",
    "couldn't be delivered",
    "couldn't deliver",
    "could not deliver",
    "wasn't able to deliver",
    "was not able to deliver",
    "unable to deliver",
    "wasn't delivered",
    "was not delivered",
    "not been delivered",
    "returned mail",
    "returned to sender",
    "returning message to sender",
    "address not found",
    "message blocked",
    "error delivering your mail",
    "error has occurred while attempting to deliver",
    "non remis",
    "échec de la remise",
    "n'a pas pu être remis",
    "nicht zugestellt",
    "nicht zustellbar",
    "unzustellbar",
    "zustellung fehlgeschlagen",
    "no se pudo entregar",
    "no se ha podido entregar",
    "non è stato possibile recapitare",
    "недоставленное",
];

/// A report of delay.
pub const WARNING: [&str; 18] = [
    "delivery status notification (delay)",
    "delivery incomplete",
    "delayed mail (still being retried)",
    "delivery delayed",
    "delivery is delayed",
    "message delayed",
    "has been delayed",
    "is delayed",
    "still being retried",
    "will be retried",
    "will continue to try",
    "will keep trying",
    "will retry",
    "temporary problem",
    "this is a warning message only",
    "not yet been delivered",
    "delivery attempts will continue",
    "verzögert",
];

/// What makes a report final, even where it speaks of delays.
pub const FAILED_FOR_GOOD: [&str; 6] =
    ["permanent error", "giving up", "given up", "couldn't be delivered", "permanent failure", "will not be retried"];

/// A report of delivery in prose.
pub const ARRIVED: [&str; 4] = [
    "successfully delivered",
    "successful mail delivery",
    "delivery to these recipients or groups is complete",
    "has been delivered to",
];
