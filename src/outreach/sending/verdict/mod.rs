//! What a conversation with a mailbox's server means: the class of an outcome, and what it does to the mail, the lead and the mailbox.
//!
//! Pure. A reply is read in this order, and the first that fits decides: texts of known providers (`words.rs`), words that blame
//! the sender, the enhanced code, the reply code with the stage. The text comes before the number because the same number means
//! opposite things at different hosts: `5.2.2` is a full mailbox or the own quota, `450 mailbox unavailable` a busy recipient
//! or the own hourly limit. To call an address bad is dear (a refund, a suppression), so everything else is looked for first.

mod class;
mod effects;
#[cfg(test)]
mod tests;
mod words;

pub use class::Class;
pub use effects::{Address, Count, Effects, Enrolment, Mailbox, Rest, SendState, Wait};

use crate::mail::smtp::{Cause, Fault, Reply, Stage, Status};
pub use words::Words;

/// What is to be done about a mail that was not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub class: Class,
    /// Only words told it, no enhanced code.
    pub by_words: bool,
    pub effects: Effects,
}

impl Verdict {
    fn of(class: Class) -> Self {
        Self { class, by_words: false, effects: class.effects() }
    }

    fn by_words(class: Class) -> Self {
        Self { by_words: true, ..Self::of(class) }
    }

    /// The same, with another effect on the mailbox.
    fn and(self, mailbox: Mailbox) -> Self {
        Self { effects: Effects { mailbox, ..self.effects }, ..self }
    }
}

/// What it means that the domain of a recipient takes no mail, as our own look-up says before a server is asked.
pub fn no_such_domain() -> Verdict {
    Verdict::of(Class::NoSuchDomain)
}

/// What a fault of our own session means.
pub fn verdict(fault: &Fault) -> Verdict {
    match (&fault.cause, fault.stage) {
        (Cause::Refused(reply), stage) => refused(stage, reply),
        (_, Stage::Body) => Verdict::of(Class::NoAnswer),
        (Cause::Tls(_) | Cause::NoTls, _) => Verdict::of(Class::Tls),
        (Cause::NoMechanism(_), _) => Verdict::of(Class::SignInSwitchedOff),
        (Cause::TooLarge(_), _) => Verdict::of(Class::MessageRefused),
        (Cause::NoInternational, _) => Verdict::of(Class::NeedsSmtpUtf8),
        (Cause::Unspeakable(_), _) => Verdict::of(Class::OurFault),
        (Cause::Connect(_) | Cause::Closed | Cause::Slow | Cause::Unreadable(_), _) => Verdict::of(Class::Network),
    }
}

/// Whether the server takes neither this password nor this token. Another token may do.
pub fn is_refused_sign_in(fault: &Fault) -> bool {
    fault.stage == Stage::SignIn && verdict(fault).class == Class::SignInRefused
}

/// What a refusal means, by the words and codes of the server.
fn refused(stage: Stage, reply: &Reply) -> Verdict {
    let words = Words::of(reply);
    match stage {
        // The server did not get as far as us.
        Stage::Connect | Stage::Greeting | Stage::Hello => Verdict::of(Class::Network),
        Stage::Tls if reply.is_permanent() => Verdict::of(Class::Tls),
        Stage::Tls => Verdict::of(Class::Network),
        Stage::SignIn => Verdict::of(sign_in(reply, &words)),
        Stage::Sender | Stage::Recipient | Stage::Data | Stage::Body => by_provider(reply, &words)
            .or_else(|| by_blame(stage, reply, &words))
            .or_else(|| by_status(stage, reply, &words))
            .unwrap_or_else(|| by_code(stage, reply, &words)),
    }
}

/// Rows 3 to 5: what a refused sign-in means.
fn sign_in(reply: &Reply, words: &Words) -> Class {
    if !reply.is_permanent() {
        return Class::Busy;
    }
    // Microsoft writes 5.7.139 for both.
    if words.say_wrong_password() {
        return Class::SignInRefused;
    }
    let switched_off = matches!(detail(reply), Some((7, 139 | 30))) || matches!(reply.code, 502..=504);
    if switched_off || words.say_sign_in_is_off() { Class::SignInSwitchedOff } else { Class::SignInRefused }
}

/// Texts that mean one thing, whatever the number beside them.
fn by_provider(reply: &Reply, words: &Words) -> Option<Verdict> {
    if words.say_sign_in_is_off() {
        return Some(Verdict::of(Class::SignInSwitchedOff));
    }
    if matches!(reply.code, 530 | 534 | 535 | 538) {
        return Some(Verdict::of(Class::SignInRefused));
    }
    // With 5.7.28, Gmail blocks what it calls too much; with 4.7.28, it only slows it down.
    let limit = words.say_limit().filter(|_| !(reply.is_permanent() && detail(reply) == Some((7, 28))));
    if let Some(rest) = limit {
        return Some(Verdict::of(Class::ProviderLimit).and(Mailbox::Rests(rest)));
    }
    if words.say_sender_is_blocked() {
        return Some(Verdict::of(Class::Policy).and(Mailbox::Paused));
    }
    if words.say_recipient_is_busy() {
        return Some(Verdict::of(Class::Later));
    }
    if words.say_message_is_malformed() && reply.is_permanent() {
        return Some(Verdict::of(Class::MessageRefused));
    }
    if words.say_recipient_not_found() && reply.is_permanent() {
        return Some(Verdict::of(Class::NoSuchAddress));
    }
    None
}

/// Words about who sends, through what, and what: then no code speaks of the recipient.
fn by_blame(stage: Stage, reply: &Reply, words: &Words) -> Option<Verdict> {
    if !reply.is_permanent() {
        return None;
    }
    if words.say_may_not_send_as() || (stage == Stage::Sender && is_about_sender(reply)) {
        return Some(Verdict::of(Class::SenderRefused));
    }
    let full = matches!(detail(reply), Some((2, 2)));
    (words.blame_us() && !full).then(|| Verdict::of(Class::Policy))
}

/// At MAIL, an address that is refused is ours.
fn is_about_sender(reply: &Reply) -> bool {
    matches!(detail(reply), Some((1, _))) || (detail(reply).is_none() && matches!(reply.code, 550 | 551 | 553))
}

/// What the enhanced code means (RFC 3463).
fn by_status(stage: Stage, reply: &Reply, words: &Words) -> Option<Verdict> {
    let code = detail(reply)?;
    let limit = |rest| Some(Verdict::of(Class::ProviderLimit).and(Mailbox::Rests(rest)));
    match code {
        (1, 90) | (7, 232 | 233 | 236 | 705 | 708) => return limit(Rest::Day),
        (2, 2) => return Some(Verdict::of(Class::MailboxFull)),
        // The limits of the recipient, in Exchange.
        (2, 121 | 122) => return Some(Verdict::of(Class::Later)),
        (7, 28) | (5, 3) if matches!(reply.code, 421 | 450..=452) => return limit(Rest::Hour),
        (3, 2) if reply.code == 432 => return limit(Rest::Hour),
        _ if !reply.is_permanent() => return None,
        (4, 5) => return limit(Rest::Day),
        (7, 501..=503 | 511) => return Some(Verdict::of(Class::Policy).and(Mailbox::Paused)),
        _ => (),
    }
    let is_past_sender = stage != Stage::Sender;
    let class = match code {
        (1, 7 | 8) | (7, 60) | (2, 252) => Class::SenderRefused,
        (1, 0 | 1 | 3 | 6) | (2, 1) if is_past_sender => Class::NoSuchAddress,
        (4, 1) if is_past_sender && words.say_recipient_rejected() => Class::NoSuchAddress,
        (1, 2 | 10) | (4, 4) if is_past_sender => Class::NoSuchDomain,
        (2, 3) | (3, 4) | (6, _) => Class::MessageRefused,
        (5, 1 | 2 | 4) => Class::OurFault,
        (7, _) => Class::Policy,
        // Hotmail writes 5.5.0 of an address that does not exist.
        (5, 0) if is_past_sender && words.say_unknown_user() => return Some(Verdict::by_words(Class::NoSuchAddress)),
        _ => return None,
    };
    Some(Verdict::of(class))
}

/// What the reply code means at this stage (RFC 5321 section 4.2.3).
fn by_code(stage: Stage, reply: &Reply, words: &Words) -> Verdict {
    match reply.code {
        // It is not taken because the server closes; the next connection may be better.
        421 if stage != Stage::Body => Verdict::of(Class::Network),
        452 | 552 if words.say_full() => Verdict::by_words(Class::MailboxFull),
        552 | 554 if words.say_too_big() => Verdict::by_words(Class::MessageRefused),
        400..=499 => Verdict::of(Class::Later),
        500..=504 | 555 => Verdict::of(Class::OurFault),
        550 | 551 | 553 if stage == Stage::Recipient && words.say_unknown_user() => {
            Verdict::by_words(Class::NoSuchAddress)
        }
        _ => Verdict::of(Class::RefusedUnclear),
    }
}

/// Subject and detail of the enhanced code. Its class says what the reply code says, or is wrong.
fn detail(reply: &Reply) -> Option<(u16, u16)> {
    reply.status.map(|Status { subject, detail, .. }| (subject, detail))
}
