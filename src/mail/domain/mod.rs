//! What the records of a From domain say about its mail: MX, SPF (RFC 7208), DKIM (RFC 6376) by what received copies prove, and
//! DMARC (RFC 9989). Functions over [`Records`](crate::server::dns::Records): they read, judge and keep nothing.
//!
//! What could not be looked up is unknown, which is never a fault.

mod dmarc;
mod evidence;
mod examine;
mod finding;
mod macros;
mod mx;
mod provider;
mod receiver;
mod spf;
mod spf_policy;
mod spf_record;
mod tags;

#[cfg(test)]
mod testing;

pub use dmarc::Policy;
pub use evidence::{Evidence, Verdict};
pub use examine::{Report, Subject, examine};
pub use finding::{Finding, Part};
pub use provider::include_of;
pub use receiver::demands_dkim;
