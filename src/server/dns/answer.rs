//! Answers of the domain name system, and who gives them.

use std::net::IpAddr;

/// The answer to a question for records of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer<T> {
    /// At least one.
    Found(Vec<T>),
    /// The name has none of this kind.
    None,
    /// The name does not exist.
    NoDomain,
    /// No server was asked, or none gave an answer that can be used.
    Unknown,
}

impl<T> Answer<T> {
    /// The records; none unless some were found.
    pub fn records(&self) -> &[T] {
        match self {
            Self::Found(records) => records,
            _ => &[],
        }
    }

    /// Whether it is known that there are none: a void look-up of RFC 7208.
    pub fn is_void(&self) -> bool {
        matches!(self, Self::None | Self::NoDomain)
    }

    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }
}

/// A server that takes the mail of a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailHost {
    /// The lowest is tried first.
    pub preference: u16,
    /// In lower case, without the final dot: empty in a null MX (RFC 7505).
    pub host: String,
}

/// Who knows the records of names. Names may have underscores, and need no final dot.
pub trait Records: Sync {
    /// Texts, each with its strings joined.
    fn texts(&self, name: &str) -> impl Future<Output = Answer<String>> + Send;
    /// Mail servers, the preferred ones first.
    fn mail_hosts(&self, name: &str) -> impl Future<Output = Answer<MailHost>> + Send;
    /// Addresses of both kinds.
    fn addresses(&self, name: &str) -> impl Future<Output = Answer<IpAddr>> + Send;
}
