//! Nothing for nothing (invariant 10), over the whole product: random sequences of signing up, confirming, buying, asking, delivering,
//! revealing, exporting, returning, reporting, bouncing, paying back, disputing and bringing lists.
//!
//! [`book`] writes down what was given and paid, and what the pages let a member see; after each deed it is compared with the
//! account. `NOTHING_SEQUENCES` says how many sequences per database (120), `NOTHING_SEED` which ones; the seed is printed.

mod book;
mod deed;
mod money;
mod people;
mod world;

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use self::{
    deed::{Deed, deeds},
    world::World,
};
use crate::app::testing::{TestApp, test_apps};

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

/// One sequence with workspaces of its own, and the proof of them at its end.
async fn play(world: &mut World, deeds: &[Deed]) {
    world.begin().await;
    let first = [Deed::SignUp { mailbox: 0, spelling: 0 }, Deed::Confirm { sign_up: 0 }];
    for deed in first.iter().chain(deeds) {
        world.happen(deed).await;
        world.check().await;
    }
    world.end().await;
}

/// Plays on one database.
fn play_all(runtime: &tokio::runtime::Runtime, test: TestApp, sequences: u64, seed: u64) {
    let kind = test.app.db.kind();
    let world = std::cell::RefCell::new(runtime.block_on(World::new(test)));
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config { cases: u32::try_from(sequences).unwrap(), failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let outcome = runner.run(&deeds(), |deeds| {
        runtime.block_on(play(&mut world.borrow_mut(), &deeds));
        Ok(())
    });
    assert!(outcome.is_ok(), "NOTHING_SEED={seed} on {kind}: {}", outcome.unwrap_err());
    runtime.block_on(world.borrow().prove());
}

#[test]
fn whatever_a_workspace_does_it_sees_only_people_that_were_paid_for() {
    let sequences = number("NOTHING_SEQUENCES").unwrap_or(120);
    let seed = number("NOTHING_SEED").unwrap_or_else(|| rand::random::<u64>() >> 16);
    println!("NOTHING_SEED={seed} NOTHING_SEQUENCES={sequences}");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let data = tempfile::tempdir().unwrap();
    for test in runtime.block_on(test_apps(&[("FAIRLEAD_DATA", data.path().to_str().unwrap())])) {
        play_all(&runtime, test, sequences, seed);
    }
}
