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
//! | slots of due mailboxes | `due.rs`, read in `offer.rs`, decided in `choose/`, written in `pick.rs` | 100 mailboxes |
//! | mails of the built-in outbox | `hand_over.rs` | what was picked |
//!
//! Mails for mail servers leave in sessions beside the rounds, one for a mailbox at a time ([`Sessions`]): a slow server holds up
//! nothing else. Both ways share what a mail is made of (`render.rs`), the point of no return (`begin.rs`) and the outcome.
//!
//! | part of a session | file |
//! |---|---|
//! | who may open one: 64 in a process, 8 to a host, 2 new ones a second | `sessions.rs` |
//! | from the connection to the reply, 100 mails or 5 minutes | `connect.rs`, `session.rs` |
//! | many changes of all sessions in one commit | `writer.rs` |
//! | sent | `outcome.rs` |
//! | not taken: what it means, what it does | `verdict/`, `refused.rs` (`refused_lead.rs`, `refused_address.rs`), `trouble.rs`, `tries.rs`, `breakers.rs` |
//! | no reply to the final dot | `unknown.rs` |
//! | begun, and not handed over after all | `withdraw.rs` |
//!
//! What members write themselves, test mails (`test_mail.rs`) and replies (`reply.rs`), is rendered when it is written, takes no slot
//! and waits for no gap.
//!
//! What came back after a mail left is read in `replies/`; what it does to mails and sequences is here:
//!
//! | what came back | file |
//! |---|---|
//! | anything at all: the mail did leave | `proof.rs` |
//! | a report that it was not delivered, a complaint | `bounced.rs` |
//! | an absence: the sequence waits | `hold.rs` |
//! | an answer ends the sequence, and one that was automatic does not | `stop.rs`, `reopen.rs` |
//!
//! `extend.rs` lets leads that had finished continue with a mail that was added since: a member asks for it.
//!
//! Invariants, proved by `tests.rs`: a person gets a step at most once (unique index `sends_once`); a counter never exceeds
//! its limit (guarded updates); no one who was stopped before is mailed (the guard of `begin.rs`); mails of a mailbox are
//! at least its gap apart; each leaves in a window of its campaign; a lead's steps leave in order, from one mailbox.

mod afterwards;
mod begin;
mod bounced;
mod breakers;
mod choose;
mod claim;
mod connect;
mod counters;
mod due;
mod due_anew;
mod enrol;
mod extend;
mod hand_over;
mod hold;
mod leases;
mod offer;
mod outcome;
mod pick;
mod plan;
mod proof;
mod refused;
mod refused_address;
mod refused_lead;
mod release;
mod remove_mailbox;
mod render;
mod reopen;
mod reply;
mod round;
mod session;
mod sessions;
mod stop;
mod test_mail;
mod tries;
mod trouble;
mod turn;
mod unknown;
pub mod verdict;
mod wake;
mod withdraw;
mod writer;

#[cfg(test)]
mod edge_tests;
#[cfg(test)]
mod forecast_tests;
#[cfg(test)]
mod model;
#[cfg(test)]
mod race_tests;
#[cfg(test)]
pub mod tests;

pub use bounced::{Bounce, bounced, complained};
pub use claim::Batch;
pub use due::{next_look, overdue};
pub use due_anew::due_anew;
pub use extend::{can_continue, continue_finished_leads};
pub use hand_over::hand_over;
pub use hold::{Hold, OUT_OF_OFFICE, Until, hold};
pub use proof::{answered, not_answered, proven};
pub use release::{release_held, retry_held};
pub use remove_mailbox::remove_mailbox;
pub use reopen::{Reopened, SEQUENCE, Sequence, open_sequences, reopen};
pub use reply::{Reply, call_back, call_back_to, queue_reply};
pub use round::{Scheduler, round, settle, slots, start, tell};
pub use sessions::Sessions;
pub use stop::{Stop, stop, stop_open};
pub use test_mail::{Sent, TESTS_MAX, TestMail, may_test, send_test};
pub use unknown::{Decision, decide};
pub use wake::wake;
