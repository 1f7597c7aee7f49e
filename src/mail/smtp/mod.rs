//! Our own conversation with a mail server (RFC 5321), made so that every failure says how far it came.
//!
//! ```text
//! connect ─ TLS ─ greeting ─ EHLO ─ (STARTTLS ─ TLS ─ EHLO) ─ AUTH ─ MAIL ─ RCPT ─ DATA ─ 354 ─ body and dot ─ reply
//! └──────────────────── before: everything may be repeated ─────────────────────────────┘ └ after: only a reply decides ┘
//! ```
//!
//! | part | file |
//! |---|---|
//! | from the connection to the sign-in, and the end | `session.rs` |
//! | PLAIN, LOGIN, XOAUTH2 | `authenticate.rs` |
//! | sender, recipient, DATA; in one round trip where the server takes it | `envelope.rs` |
//! | the message | `body.rs` |
//! | replies, read within bounds | `reply.rs` |
//! | what the server can do | `offers.rs` |
//! | bytes in and out, with time limits | `wire.rs`, `times.rs` |
//! | what went wrong, and where | `fault.rs` |

mod authenticate;
mod body;
mod envelope;
mod fault;
mod offers;
mod reply;
mod session;
mod times;
mod wire;

#[cfg(test)]
pub mod tests;

pub use fault::{Cause, Fault, Stage};
pub use offers::Offers;
pub use reply::{Reply, Status};
pub use session::{Dial, Session};
pub use times::Times;
