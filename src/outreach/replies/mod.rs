//! Answers: what comes back to a mailbox.
//!
//! | folder | what it is for |
//! |---|---|
//! | `sync/` | reading the mailboxes over IMAP |
//! | `receive/` | what of it concerns us, what it answers, and what it does |
//! | `label/` | what a conversation is called, and what a name does |
//! | `recipient/` | the recipient of a mail in the built-in outbox |
//! | `reading/` | what one message is: a bounce, a machine's answer, a person's, and what it says |

pub mod label;
pub mod reading;
pub mod receive;
pub mod recipient;
pub mod sync;
