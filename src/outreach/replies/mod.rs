//! Answers: what comes back to a mailbox.
//!
//! | folder | what it is for |
//! |---|---|
//! | `receive/` | what of it concerns us, what it answers, and what it does |
//! | `reading/` | what one message is: a bounce, a machine's answer, a person's, and what it says |

pub mod reading;
pub mod receive;
