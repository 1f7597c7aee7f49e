//! Random sequences of what members, people and time do to campaigns, against a plain model of the scheduler.
//!
//! | file | what it is for |
//! |---|---|
//! | `rows.rs` | the rows that both are compared by, with the numbers of the test instead of ids |
//! | `scheduler.rs` | the model: the same rules over rows in memory, one after the other, without SQL |
//! | `members.rs` | the model of what members and people do |
//! | `real.rs` | the product on one database, called as pages and workers call it; what comes back is a message that it reads |
//! | `checks.rs` | the invariants of OUTREACH §3.5 that hold after each step |
//!
//! When the scheduler looks at a mailbox is read from its row: that is a hint. That no hint comes too late is one of the checks.
//!
//! `SENDING_SEQUENCES` says how many sequences (150), `SENDING_SEED` which ones; the seed is printed. A sequence that fails is
//! shortened before it is printed.

mod checks;
mod members;
mod real;
mod rows;
mod scheduler;

use std::time::Duration;

use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use self::real::{Mail, Real};
use crate::server::db::{TestDatabase, test_databases};

const STEPS: std::ops::Range<usize> = 4..28;

/// What happens. Numbers that name nothing are taken modulo what there is, or nothing happens.
#[derive(Debug, Clone)]
enum Op {
    Deliver {
        campaign: usize,
        lead: usize,
    },
    Start {
        campaign: usize,
    },
    Pause {
        campaign: usize,
    },
    Resume {
        campaign: usize,
    },
    Delay {
        campaign: usize,
        step: usize,
        days: i64,
    },
    AddStep {
        campaign: usize,
    },
    RemoveStep {
        campaign: usize,
        step: usize,
    },
    Stop {
        campaign: usize,
        lead: usize,
    },
    Hold {
        campaign: usize,
        lead: usize,
        hours: Option<u64>,
    },
    Continue {
        campaign: usize,
        lead: usize,
    },
    OptOut {
        mail: usize,
        only: bool,
    },
    /// Something comes back for a mail.
    Reply {
        mail: usize,
        what: Reply,
    },
    SuppressDomain {
        domain: usize,
    },
    /// It leaves all campaigns, and is given back if `returned`.
    Leave {
        lead: usize,
        returned: bool,
    },
    RemoveMailbox {
        mailbox: usize,
        pass_on: bool,
    },
    PauseMailbox {
        mailbox: usize,
        paused: bool,
    },
    Choose {
        campaign: usize,
        mailbox: usize,
    },
    Caps {
        campaign: usize,
        daily: Option<i64>,
        new: Option<i64>,
        new_first: bool,
    },
    MailboxCap {
        mailbox: usize,
        cap: i64,
    },
    /// The operator limits how fast mailboxes begin.
    FirstDay {
        mails: Option<i64>,
    },
    Forward(Duration),
    /// The clock is put back an hour.
    Back,
    /// Rounds until there is nothing to do.
    Round,
    /// Minutes pass, and then rounds; several times.
    Pass {
        minutes: u64,
        times: usize,
    },
    /// One server takes slots; this happens, and another server has a turn if `other`; then the first hands its mails over.
    Between {
        op: Box<Op>,
        other: bool,
    },
    /// A server takes slots and ends.
    Drop,
    /// A server ends after this number of commits of a round.
    Crash {
        commits: usize,
    },
}

/// What comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reply {
    Answer,
    /// Out of office, without a date.
    Absence,
    OptOut,
    /// There is no such address.
    Bounce,
}

fn time() -> impl Strategy<Value = Op> {
    let minutes = |minutes: u64| Op::Forward(Duration::from_secs(60 * minutes));
    prop_oneof![
        4 => (1u64..20).prop_map(minutes),
        3 => (20u64..600).prop_map(minutes),
        4 => (1u64..4).prop_map(move |days| minutes(24 * 60 * days)),
        1 => Just(Op::Back),
    ]
}

fn member() -> impl Strategy<Value = Op> {
    let (campaign, lead, mailbox) = (|| 0..real::CAMPAIGNS, || 0..real::LEADS, || 0..real::MAILBOXES);
    let limit = || proptest::option::of(1i64..6);
    prop_oneof![
        9 => (campaign(), lead()).prop_map(|(campaign, lead)| Op::Deliver { campaign, lead }),
        3 => campaign().prop_map(|campaign| Op::Start { campaign }),
        2 => campaign().prop_map(|campaign| Op::Pause { campaign }),
        3 => campaign().prop_map(|campaign| Op::Resume { campaign }),
        1 => (campaign(), 0usize..4, 0i64..5).prop_map(|(campaign, step, days)| Op::Delay { campaign, step, days }),
        1 => campaign().prop_map(|campaign| Op::AddStep { campaign }),
        1 => (campaign(), 0usize..4).prop_map(|(campaign, step)| Op::RemoveStep { campaign, step }),
        2 => (campaign(), lead()).prop_map(|(campaign, lead)| Op::Stop { campaign, lead }),
        1 => (campaign(), lead(), proptest::option::of(1u64..60)).prop_map(|(campaign, lead, hours)| Op::Hold { campaign, lead, hours }),
        1 => (campaign(), lead()).prop_map(|(campaign, lead)| Op::Continue { campaign, lead }),
        2 => (0usize..50, any::<bool>()).prop_map(|(mail, only)| Op::OptOut { mail, only }),
        5 => (0usize..50, reply()).prop_map(|(mail, what)| Op::Reply { mail, what }),
        1 => (0..real::DOMAINS).prop_map(|domain| Op::SuppressDomain { domain }),
        3 => (lead(), any::<bool>()).prop_map(|(lead, returned)| Op::Leave { lead, returned }),
        1 => (mailbox(), any::<bool>()).prop_map(|(mailbox, pass_on)| Op::RemoveMailbox { mailbox, pass_on }),
        2 => (mailbox(), any::<bool>()).prop_map(|(mailbox, paused)| Op::PauseMailbox { mailbox, paused }),
        1 => (campaign(), mailbox()).prop_map(|(campaign, mailbox)| Op::Choose { campaign, mailbox }),
        2 => (campaign(), limit(), limit(), any::<bool>()).prop_map(|(campaign, daily, new, new_first)| Op::Caps { campaign, daily, new, new_first }),
        1 => (mailbox(), 1i64..9).prop_map(|(mailbox, cap)| Op::MailboxCap { mailbox, cap }),
        1 => proptest::option::of(1i64..4).prop_map(|mails| Op::FirstDay { mails }),
    ]
}

fn reply() -> impl Strategy<Value = Reply> {
    prop_oneof![
        2 => Just(Reply::Answer),
        3 => Just(Reply::Absence),
        1 => Just(Reply::OptOut),
        1 => Just(Reply::Bounce),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        10 => member(),
        9 => time(),
        8 => Just(Op::Round),
        8 => (1u64..90, 2usize..7).prop_map(|(minutes, times)| Op::Pass { minutes, times }),
        4 => (prop_oneof![5 => member(), 1 => time()], any::<bool>()).prop_map(|(op, other)| Op::Between { op: Box::new(op), other }),
        1 => Just(Op::Drop),
        3 => (1usize..7).prop_map(|commits| Op::Crash { commits }),
    ]
}

/// Campaigns that have leads, most of them started.
fn beginning() -> impl Strategy<Value = Vec<Op>> {
    let leads = || prop::collection::btree_set(0..real::LEADS, 1..7);
    (leads(), leads(), prop::bool::weighted(0.9), prop::bool::weighted(0.6)).prop_map(|(first, second, one, other)| {
        let deliver = |campaign| move |lead| Op::Deliver { campaign, lead };
        let mut ops: Vec<Op> = first.into_iter().map(deliver(0)).chain(second.into_iter().map(deliver(1))).collect();
        ops.extend(one.then_some(Op::Start { campaign: 0 }));
        ops.extend(other.then_some(Op::Start { campaign: 1 }));
        ops
    })
}

fn sequence() -> impl Strategy<Value = Vec<Op>> {
    (beginning(), prop::collection::vec(op(), STEPS)).prop_map(|(mut ops, more)| {
        ops.extend(more);
        ops
    })
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

/// The product on every database at hand.
struct Stage {
    runtime: tokio::runtime::Runtime,
    reals: Vec<Real>,
    _databases: Vec<TestDatabase>,
}

impl Stage {
    fn new() -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let databases = runtime.block_on(test_databases());
        let reals = databases.iter().map(|database| runtime.block_on(Real::on(&database.db))).collect();
        Self { runtime, reals, _databases: databases }
    }

    /// Plays a sequence on all databases side by side, and returns the mails of each.
    fn play(&self, case: u32, ops: &[Op]) -> Vec<Vec<Mail>> {
        let plays = self.reals.iter().map(|real| self.runtime.spawn(real.clone().play(case, ops.to_vec())));
        // All are waited for, so that the next sequence begins alone.
        let plays: Vec<_> = plays.collect();
        let ended: Vec<_> = plays.into_iter().map(|play| self.runtime.block_on(play)).collect();
        ended
            .into_iter()
            .map(|ended| ended.unwrap_or_else(|failed| std::panic::resume_unwind(failed.into_panic())))
            .collect()
    }
}

#[test]
fn every_sequence_sends_what_the_model_says_and_the_same_on_both_databases() {
    let sequences = number("SENDING_SEQUENCES").unwrap_or(150);
    let seed = number("SENDING_SEED").unwrap_or_else(|| rand::random::<u64>() >> 16);
    println!("SENDING_SEED={seed} SENDING_SEQUENCES={sequences}");
    let stage = Stage::new();
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config { cases: u32::try_from(sequences).unwrap(), failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let sent = std::cell::Cell::new(0);
    let outcome = runner.run(&(any::<u32>(), sequence()), |(case, ops)| {
        let lists = stage.play(case, &ops);
        // S12.
        prop_assert!(lists.windows(2).all(|pair| pair[0] == pair[1]), "the databases differ: {lists:#?}");
        sent.set(sent.get() + lists[0].len());
        Ok(())
    });
    assert!(outcome.is_ok(), "SENDING_SEED={seed}: {}", outcome.unwrap_err());
    println!("{} mails", sent.get());
    assert!(sent.get() as u64 > sequences, "sequences that send nothing show nothing");
}

/// Five leads in the first campaign, which is looked at three times a day for two weeks.
fn two_weeks() -> Vec<Op> {
    let hours = |hours: u64| [Op::Forward(Duration::from_secs(3_600 * hours)), Op::Round];
    let mut ops: Vec<Op> = (0..5).map(|lead| Op::Deliver { campaign: 0, lead }).collect();
    ops.push(Op::Start { campaign: 0 });
    for _ in 0..14 {
        ops.extend([1, 1, 22].into_iter().flat_map(hours));
    }
    ops
}

#[test]
fn a_person_who_is_delivered_again_gets_no_step_twice() {
    let stage = Stage::new();
    let mut ops = two_weeks();
    // After the first mails.
    ops.splice(8..8, [Op::Leave { lead: 0, returned: true }, Op::Deliver { campaign: 0, lead: real::LEADS - 1 }]);
    for mails in stage.play(1, &ops) {
        let mut steps: Vec<usize> =
            mails.iter().filter(|mail| [0, real::LEADS - 1].contains(&mail.3)).map(|mail| mail.4).collect();
        assert!(mails.iter().any(|mail| mail.3 == 0) && mails.iter().any(|mail| mail.3 == real::LEADS - 1));
        steps.sort_unstable();
        assert_eq!(steps, [0, 1, 2]);
    }
}

#[test]
fn without_credits_the_same_mails_leave_at_the_same_times() {
    let stage = Stage::new();
    let without = stage.play(2, &two_weeks());
    assert!(without.iter().all(|mails| mails.len() == 15), "three mails to each of five leads");
    for real in &stage.reals {
        stage.runtime.block_on(real.give_credits());
    }
    assert_eq!(stage.play(2, &two_weeks()), without);
}
