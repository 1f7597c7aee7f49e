//! What kind of outcome it is, by the name under which it is kept.

/// A kind of outcome. Each has one set of effects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// The server was not reached, or did not get as far as us.
    Network,
    /// There is no private connection to it.
    Tls,
    SignInRefused,
    /// The provider has switched off this way to sign in.
    SignInSwitchedOff,
    /// Too many sign-ins; the next one waits.
    Busy,
    /// A quota or rate of our own provider.
    ProviderLimit,
    /// The mailbox may not send as its address.
    SenderRefused,
    NoSuchAddress,
    NoSuchDomain,
    MailboxFull,
    /// A refusal that does not say why.
    RefusedUnclear,
    /// Reputation, authentication, content: about us, never about the address.
    Policy,
    /// Not now.
    Later,
    /// The message itself: size or form.
    MessageRefused,
    /// The address has letters that the provider does not take.
    NeedsSmtpUtf8,
    /// We said something that the server does not understand.
    OurFault,
    /// The message was on its way and no reply came: it may have been taken.
    NoAnswer,
}

impl Class {
    /// The name under which it is kept.
    pub fn name(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Tls => "tls",
            Self::SignInRefused => "sign_in_refused",
            Self::SignInSwitchedOff => "sign_in_switched_off",
            Self::Busy => "busy",
            Self::ProviderLimit => "provider_limit",
            Self::SenderRefused => "sender_refused",
            Self::NoSuchAddress => "no_such_address",
            Self::NoSuchDomain => "no_such_domain",
            Self::MailboxFull => "mailbox_full",
            Self::RefusedUnclear => "refused_unclear",
            Self::Policy => "policy",
            Self::Later => "later",
            Self::MessageRefused => "message_refused",
            Self::NeedsSmtpUtf8 => "needs_smtputf8",
            Self::OurFault => "our_fault",
            Self::NoAnswer => "no_answer",
        }
    }
}
