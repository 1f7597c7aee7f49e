//! What each class of outcome does: one row each.

use std::time::Duration;

use super::Class;

/// What happens to the mail, the lead, the mailbox, the address and the day's counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effects {
    pub send: SendState,
    pub enrolment: Enrolment,
    /// What becomes of the enrolment once the mail is no longer tried.
    pub given_up: Enrolment,
    pub mailbox: Mailbox,
    pub address: Address,
    /// What the rates of the mailbox and the campaign count.
    pub count: Option<Count>,
    /// Nothing reached the recipient's side: the mail does not count towards the day's limits.
    pub slot_back: bool,
}

/// Where the mail stands afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendState {
    /// It waits, as if it had not been tried.
    Queued(Wait),
    /// It was tried, and waits.
    Deferred(Wait),
    Failed,
    /// It may have been taken: only a proof or a person decides, and it is not sent again.
    Unknown,
}

/// How long it waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// 1, 5, then 15 minutes.
    Connection,
    /// 15 minutes.
    SignIn,
    /// Until the mailbox may send again.
    Mailbox,
    /// Half an hour, then twice as long each time up to eight hours, for two days after the first try.
    Growing,
    /// Without a time: until what is wrong is mended. Five times at most.
    Mended,
}

/// Where the lead stands in the sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enrolment {
    /// Its mail is still to come.
    Stays,
    Stopped(&'static str),
    Held(&'static str),
    /// Held for this many days, then its next step; the second time, stopped.
    HeldForDays(&'static str, u8),
}

/// What happens to the mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mailbox {
    Untouched,
    /// One more failure in a row; the third makes it failing, with tries again.
    CountsFailure,
    /// Failing at once; tried again, since servers are mended without us.
    Failing(&'static str),
    /// Failing at once, until a person has mended and tested it.
    FailingUntilTested(&'static str),
    Rests(Rest),
    /// Its provider has blocked it: paused, and only a person resumes.
    Paused,
}

/// How long a mailbox rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// 15 minutes, then an hour.
    Quarter,
    /// A rate: an hour.
    Hour,
    /// A quota: until the next day.
    Day,
}

/// What is learned of the recipient's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Address {
    Untouched,
    /// Suppressed; a first mail's credit comes back (rule C15).
    Bad,
    /// The same, if an own look-up finds no mail server for the domain either; else as [`Address::Unclear`].
    BadIfDomainIsGone,
    /// Suppressed when it is refused on another day as well; no refund.
    Unclear,
}

/// A number of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    Hard,
    Soft,
    Policy,
}

impl Class {
    /// What it does.
    pub fn effects(self) -> Effects {
        let nothing = Effects {
            send: SendState::Deferred(Wait::Growing),
            enrolment: Enrolment::Stays,
            given_up: Enrolment::Stopped("gave_up"),
            mailbox: Mailbox::Untouched,
            address: Address::Untouched,
            count: None,
            slot_back: false,
        };
        // Nothing was tried.
        let queued = |wait, mailbox| Effects { send: SendState::Queued(wait), mailbox, slot_back: true, ..nothing };
        let failed = |enrolment| Effects { send: SendState::Failed, enrolment, given_up: enrolment, ..nothing };
        let bounced = |address| Effects { address, count: Some(Count::Hard), ..failed(Enrolment::Stopped("bounced")) };
        match self {
            Self::Network => queued(Wait::Connection, Mailbox::CountsFailure),
            Self::Tls => queued(Wait::Mailbox, Mailbox::Failing("tls")),
            Self::SignInRefused => queued(Wait::Mailbox, Mailbox::FailingUntilTested("sign_in_refused")),
            Self::SignInSwitchedOff => queued(Wait::Mailbox, Mailbox::FailingUntilTested("sign_in_switched_off")),
            Self::Busy => queued(Wait::SignIn, Mailbox::Rests(Rest::Quarter)),
            Self::ProviderLimit => queued(Wait::Mailbox, Mailbox::Rests(Rest::Day)),
            Self::SenderRefused => Effects {
                send: SendState::Deferred(Wait::Mended),
                mailbox: Mailbox::FailingUntilTested("may_not_send_as"),
                slot_back: true,
                ..nothing
            },
            Self::NoSuchAddress => bounced(Address::Bad),
            Self::NoSuchDomain => bounced(Address::BadIfDomainIsGone),
            Self::MailboxFull => {
                Effects { given_up: Enrolment::HeldForDays("mailbox_full", 7), count: Some(Count::Soft), ..nothing }
            }
            Self::RefusedUnclear => {
                Effects { address: Address::Unclear, count: Some(Count::Soft), ..failed(Enrolment::Stopped("refused")) }
            }
            Self::Policy => Effects {
                send: SendState::Deferred(Wait::Mended),
                given_up: Enrolment::Stopped("refused"),
                count: Some(Count::Policy),
                ..nothing
            },
            Self::Later => nothing,
            Self::MessageRefused => failed(Enrolment::Held("text_refused")),
            Self::NeedsSmtpUtf8 => Effects { slot_back: true, ..failed(Enrolment::Held("needs_smtputf8")) },
            Self::OurFault => Effects { slot_back: true, ..failed(Enrolment::Held("our_fault")) },
            Self::NoAnswer => Effects {
                send: SendState::Unknown,
                enrolment: Enrolment::Held("unknown_outcome"),
                mailbox: Mailbox::CountsFailure,
                ..nothing
            },
        }
    }
}

/// What happens to the lead, the address, the mailbox and the day's counters when a report says that a mail came back. Only its effect on
/// the mailbox is [`Mailbox::Paused`] or nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportEffects {
    pub enrolment: Enrolment,
    pub address: Address,
    pub mailbox: Mailbox,
    pub count: Option<Count>,
}

impl Class {
    /// What it does where a report names it, after our own provider took the mail: nothing is tried again. `domain_is_gone`: our own
    /// look-up finds no mail server for the domain either.
    pub fn reported(self, domain_is_gone: bool) -> ReportEffects {
        let nothing = ReportEffects {
            enrolment: Enrolment::Stopped("gave_up"),
            address: Address::Untouched,
            mailbox: Mailbox::Untouched,
            count: None,
        };
        let bounced = ReportEffects {
            enrolment: Enrolment::Stopped("bounced"),
            address: Address::Bad,
            count: Some(Count::Hard),
            ..nothing
        };
        let unclear = ReportEffects {
            enrolment: Enrolment::Stopped("refused"),
            address: Address::Unclear,
            count: Some(Count::Soft),
            ..nothing
        };
        match self {
            Self::NoSuchAddress => bounced,
            Self::NoSuchDomain if domain_is_gone => ReportEffects { address: Address::BadIfDomainIsGone, ..bounced },
            Self::NoSuchDomain | Self::RefusedUnclear => unclear,
            Self::MailboxFull => ReportEffects {
                enrolment: Enrolment::HeldForDays("mailbox_full", 7),
                count: Some(Count::Soft),
                ..nothing
            },
            Self::Policy => ReportEffects { address: Address::Untouched, count: Some(Count::Policy), ..unclear },
            Self::MessageRefused | Self::NeedsSmtpUtf8 => {
                ReportEffects { enrolment: Enrolment::Held("text_refused"), ..nothing }
            }
            Self::SenderRefused | Self::ProviderLimit => {
                ReportEffects { enrolment: Enrolment::Held("sender_fault"), mailbox: Mailbox::Paused, ..nothing }
            }
            Self::Network
            | Self::Tls
            | Self::SignInRefused
            | Self::SignInSwitchedOff
            | Self::Busy
            | Self::Later
            | Self::OurFault
            | Self::NoAnswer => nothing,
        }
    }
}

impl Wait {
    /// The pause after this many tries (1 after the first), if a pause decides; none when the tries are over or something else is
    /// waited for. `since_first` is how long ago the first try was.
    pub fn pause(self, tries: u32, since_first: Duration) -> Option<Duration> {
        const MINUTE: Duration = Duration::from_secs(60);
        const TRIED: Duration = Duration::from_secs(48 * 60 * 60);
        match self {
            Self::Connection => Some(match tries {
                0 | 1 => MINUTE,
                2 => 5 * MINUTE,
                _ => 15 * MINUTE,
            }),
            Self::SignIn => Some(15 * MINUTE),
            Self::Growing => {
                let pause = 30 * MINUTE * 2_u32.pow(tries.saturating_sub(1).min(4));
                (since_first + pause <= TRIED).then_some(pause)
            }
            Self::Mailbox | Self::Mended => None,
        }
    }
}
