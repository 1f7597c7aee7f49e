//! What a message can be, and by which words that is kept.

use crate::mail::smtp::Status;

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A person wrote it, or may have.
    Human,
    OutOfOffice,
    LeftCompany,
    /// A ticket, an acknowledgement, or any other machine's answer.
    Automatic,
    /// It asks the sender to prove that he is a person.
    Challenge,
    /// A person's program says that a mail was read, or deleted.
    Receipt,
    /// The answer to an invitation, or an invitation.
    Calendar,
    /// A post to a mailing list that answers nothing.
    List,
    Bounce,
    /// Not delivered yet, and still tried.
    Delay,
    /// A receipt of delivery.
    Delivered,
    /// A report of a failure that does not say which.
    BounceUnclear,
    /// A person called a mail spam, says the provider (RFC 5965).
    Complaint,
}

impl Kind {
    pub const ALL: [Self; 13] = [
        Self::Human,
        Self::OutOfOffice,
        Self::LeftCompany,
        Self::Automatic,
        Self::Challenge,
        Self::Receipt,
        Self::Calendar,
        Self::List,
        Self::Bounce,
        Self::Delay,
        Self::Delivered,
        Self::BounceUnclear,
        Self::Complaint,
    ];

    /// The name under which it is kept.
    pub fn name(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::OutOfOffice => "out_of_office",
            Self::LeftCompany => "left_company",
            Self::Automatic => "automatic",
            Self::Challenge => "challenge",
            Self::Receipt => "receipt",
            Self::Calendar => "calendar",
            Self::List => "list",
            Self::Bounce => "bounce",
            Self::Delay => "delay",
            Self::Delivered => "delivered",
            Self::BounceUnclear => "bounce_unclear",
            Self::Complaint => "complaint",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether it is a report about a mail, not an answer to it.
    pub fn is_report(self) -> bool {
        matches!(self, Self::Bounce | Self::Delay | Self::Delivered | Self::BounceUnclear | Self::Complaint)
    }
}

/// What an answer says. What a rule found is a suggestion until a person confirms it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Label {
    Interested,
    Meeting,
    NotNow,
    NotInterested,
    WrongPerson,
    LeftCompany,
    OutOfOffice,
    Unsubscribe,
    Automatic,
}

/// Whether a label is good news.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tone {
    Positive,
    Neutral,
    Negative,
}

impl Label {
    pub const ALL: [Self; 9] = [
        Self::Interested,
        Self::Meeting,
        Self::NotNow,
        Self::NotInterested,
        Self::WrongPerson,
        Self::LeftCompany,
        Self::OutOfOffice,
        Self::Unsubscribe,
        Self::Automatic,
    ];

    /// The name under which it is kept.
    pub fn name(self) -> &'static str {
        match self {
            Self::Interested => "interested",
            Self::Meeting => "meeting",
            Self::NotNow => "not_now",
            Self::NotInterested => "not_interested",
            Self::WrongPerson => "wrong_person",
            Self::LeftCompany => "left_company",
            Self::OutOfOffice => "out_of_office",
            Self::Unsubscribe => "unsubscribe",
            Self::Automatic => "automatic",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|label| label.name() == name)
    }

    pub fn tone(self) -> Tone {
        match self {
            Self::Interested | Self::Meeting => Tone::Positive,
            Self::NotNow | Self::WrongPerson | Self::LeftCompany | Self::OutOfOffice | Self::Automatic => Tone::Neutral,
            Self::NotInterested | Self::Unsubscribe => Tone::Negative,
        }
    }
}

impl Tone {
    /// The name under which it is kept.
    pub fn name(self) -> &'static str {
        match self {
            Self::Positive => "positive",
            Self::Neutral => "neutral",
            Self::Negative => "negative",
        }
    }
}

/// What a report says of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BounceVerdict {
    NoSuchAddress,
    NoSuchDomain,
    MailboxFull,
    /// The receiver does not take it: reputation, content, or a person's filter. Says nothing of the address.
    PolicyAtReceiver,
    /// The message itself: size or form.
    MessageRefused,
    /// Our own address or account is at fault.
    SenderFault,
    /// A quota or rate of our own provider.
    ProviderLimit,
    /// It was tried until the time was up.
    Later,
    /// A refusal that does not say why.
    RefusedUnclear,
    /// Still tried.
    Delayed,
    Delivered,
}

impl BounceVerdict {
    /// The name under which it is kept.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoSuchAddress => "no_such_address",
            Self::NoSuchDomain => "no_such_domain",
            Self::MailboxFull => "mailbox_full",
            Self::PolicyAtReceiver => "policy_at_receiver",
            Self::MessageRefused => "message_refused",
            Self::SenderFault => "sender_fault",
            Self::ProviderLimit => "provider_limit",
            Self::Later => "later",
            Self::RefusedUnclear => "refused_unclear",
            Self::Delayed => "delayed",
            Self::Delivered => "delivered",
        }
    }

    /// Whether the address or its domain is at fault: a first mail's credit comes back then, and the address is suppressed.
    #[cfg(test)]
    pub fn blames_address(self) -> bool {
        matches!(self, Self::NoSuchAddress | Self::NoSuchDomain)
    }

    /// Whether the mail will not arrive any more.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Delayed | Self::Delivered)
    }
}

/// The number of the rule that decided, as in `R12`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rule(pub &'static str);

/// What a report says of one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported {
    /// The address that we wrote to, if the report names it.
    pub original: Option<String>,
    /// The address that it went to in the end.
    pub address: Option<String>,
    pub verdict: BounceVerdict,
    /// The enhanced code that the report names, even where it does not decide.
    pub status: Option<Status>,
    /// The words of the server that refused, at most 300 characters.
    pub words: String,
}

impl Reported {
    /// The address to show, or to match by when nothing else does: that which we wrote to, else the last.
    pub fn recipient(&self) -> Option<&str> {
        self.original.as_deref().or(self.address.as_deref())
    }
}
