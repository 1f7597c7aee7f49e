//! Reading a mailbox over IMAP (RFC 3501), without changing anything in it: folders are opened with EXAMINE, and messages are
//! read with PEEK, so nothing is marked as seen. Only a copy of a mail that was sent is added.
//!
//! A server may say anything at any time, in any order, and as much as it likes. So each command has a limit in bytes and one in
//! time, whatever the server announces; what was not asked for is passed over, and what cannot be read too, unless it is the answer.
//!
//! | part | file |
//! |---|---|
//! | from the connection to the sign-in, commands, and the end | `session.rs` |
//! | LOGIN, PLAIN, XOAUTH2 | `authenticate.rs` |
//! | folders and their uses | `folders.rs` |
//! | searching and reading messages | `messages.rs` |
//! | one part of a message, whole | `section.rs` |
//! | waiting for new ones | `idle.rs` |
//! | copies of sent mails | `append.rs` |
//! | where a response ends | `reader.rs` |
//! | what it says | `response.rs`, `value.rs` |
//! | bytes in and out, within the limits | `wire.rs` |
//! | what went wrong, and where | `fault.rs` |

mod append;
mod authenticate;
mod fault;
mod folders;
mod idle;
mod messages;
mod reader;
mod response;
mod section;
mod session;
#[cfg(test)]
mod tests;
mod value;
mod wire;

#[cfg(test)]
pub use fault::refusal;
pub use fault::{Cause, Fault, Refusal, Stage};
pub use folders::{Examined, Folder, Use};
pub use messages::{Facts, Fetched, Part};
pub use section::Fetching;
pub use session::{Dial, Session};
pub use wire::Limits;
