//! Enrolments, the scheduler, and the way of a mail until its outcome.
//!
//! The unit of work is a mailbox whose next slot has come, not an enrolment that is due: a round costs a few statements for
//! all due mailboxes together, however many people wait. What is planned is no row: a send is made when its slot is taken,
//! seconds before the mail leaves, so editing and pausing move nothing.
//!
//! | phase of a round ([`round`]) | file | bound |
//! |---|---|---|
//! | windows that have passed: the next one | `turn.rs` | 200 zones |
//! | people whose hold is over | `release.rs` | 500 |
//! | leads that left, leads that joined | `enrol.rs` | 500; 1,000 of each of 50 campaigns |
//! | leases that ran out, slots to give back | `leases.rs` | 200 each |
//! | slots of due mailboxes | `due.rs`, read in `offer.rs`, decided in `choose.rs`, written in `pick.rs` | 100 mailboxes |
//! | their mails: rendered, checked, handed over, outcome | `hand_over.rs`, `render.rs`, `outcome.rs` | what was picked |
//!
//! `extend.rs` lets leads that had finished continue with a mail that was added since: a member asks for it.
//!
//! Invariants, proved by `tests.rs`: a person gets a step at most once (unique index `sends_once`); a counter never exceeds
//! its limit (guarded updates); no one who was stopped before is mailed (the guard of `hand_over.rs`); mails of a mailbox are
//! at least its gap apart; each leaves in a window of its campaign; a lead's steps leave in order, from one mailbox.

mod choose;
mod counters;
mod due;
mod enrol;
mod extend;
mod hand_over;
mod leases;
mod offer;
mod outcome;
mod pick;
mod plan;
mod release;
mod remove_mailbox;
mod render;
mod round;
mod stop;
mod test_mail;
mod turn;
mod wake;

#[cfg(test)]
mod tests;

pub use due::{next_look, overdue};
pub use extend::{can_continue, continue_finished_leads};
pub use hand_over::hand_over;
pub use release::{release_held, retry_held};
pub use remove_mailbox::remove_mailbox;
pub use round::{Scheduler, round, slots, start};
pub use stop::{Stop, stop};
pub use test_mail::{TESTS_MAX, TestMail, may_test, send_test};
pub use wake::wake;
