//! Requests that draw from several sources, on every database at hand.

use std::time::Duration;

use sqlx::types::Json;

use super::{reason::RequestReason, tests};
use super::{
    tests::{World, world},
    waterfall::{self, LineState, SourceLine},
};
use crate::{
    campaigns::*,
    credits::RequestId,
    directory::{
        LawfulBasis, SourceId,
        sources::{
            Fault, Settings,
            fake::{Mood, SECRET, Source},
            store,
        },
    },
    on,
    server::db::{migrate_again, test_databases},
};

async fn add_source(world: &World, name: &str, source: &Source, price: i64) -> SourceId {
    let settings = Settings {
        name: name.into(),
        url: source.url.to_string(),
        secret: SECRET.into(),
        price,
        calls_per_minute: 6_000,
        cost_max: Some(1_000),
        position: 1,
        licence_note: String::new(),
        lawful_basis: LawfulBasis::Contract,
    };
    let mut tx = world.app.db.write().await.unwrap();
    let id = store::add(&mut tx, &settings, tests::NOW).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    id
}

/// A source whose clock is the one of these tests.
async fn source(people: usize, mood: Mood) -> Source {
    let source = Source::start(people, mood).await;
    source.set_clock(tests::NOW.micros() / 1_000_000);
    source
}

async fn lines(world: &World, id: RequestId) -> Vec<SourceLine> {
    waterfall::lines(&mut world.app.db.read().await.unwrap(), world.member.workspace, id).await.unwrap()
}

#[tokio::test]
async fn sources_are_asked_in_order_and_each_lead_costs_the_price_of_its_source() {
    for test in test_databases().await {
        let world = world(&test.db, 10).await;
        let source = self::source(40, Mood::Well).await;
        add_source(&world, "Birch", &source, 3).await;
        let id = world.ask("25", "a").await.unwrap();
        assert_eq!(world.balance().await, (25, 75, 0));
        world.work().await;
        let receipt = world.receipt(id).await;
        assert_eq!((receipt.request.delivered, receipt.request.state), (25, RequestState::Completed));
        assert_eq!(world.balance().await, (45, 0, 10 + 15 * 3));
        let given: Vec<_> = lines(&world, id).await.into_iter().map(|line| (line.name, line.delivered)).collect();
        assert_eq!(given, [("Directory".to_owned(), 10), ("Birch".to_owned(), 15)]);
        assert_eq!(source.asked()[0]["limit"], 15);
        world.assert_proven().await;

        // The order is the user's, and people of another source are owned afterwards like all others.
        let mut tx = test.db.write().await.unwrap();
        let birch = lines(&world, id).await[1].source_id.unwrap().to_string();
        waterfall::choose(
            &mut tx,
            world.member.workspace,
            world.campaign,
            Some(&[birch, "directory".into()]),
            tests::NOW,
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        let id = world.ask("5", "b").await.unwrap();
        world.work().await;
        let receipt = world.receipt(id).await;
        assert_eq!(receipt.request.delivered, 5);
        assert_eq!(receipt.skips, [Skip { reason: SkipReason::Owned, people: 15 }]);
        assert_eq!(lines(&world, id).await[0].delivered, 5);
        world.assert_proven().await;
    }
}

#[tokio::test]
async fn a_source_that_fails_is_passed_over_and_asked_once_more_at_the_end() {
    for test in test_databases().await {
        let world = world(&test.db, 5).await;
        let (broken, sound) = (source(30, Mood::Down).await, source(8, Mood::Well).await);
        add_source(&world, "Acorn", &broken, 1).await;
        add_source(&world, "Birch", &sound, 1).await;
        let id = world.ask("20", "a").await.unwrap();
        world.work().await;
        let request = world.receipt(id).await.request;
        assert_eq!((request.delivered, request.state.is_open()), (13, true));
        assert!(request.reason_text().contains("Acorn is asked once more"), "{request:?}");
        let acorn = lines(&world, id).await.remove(1);
        assert_eq!(
            (acorn.state, acorn.fault.as_ref().map(|fault| fault.to_string())),
            (LineState::Failed, Some("it answered with status 500".into()))
        );

        broken.be(Mood::Well);
        world.app.clock.advance(Duration::from_secs(60));
        world.work().await;
        let receipt = world.receipt(id).await;
        assert_eq!((receipt.request.delivered, receipt.request.state), (20, RequestState::Completed));
        assert_eq!((receipt.skipped(), lines(&world, id).await[1].delivered), (0, 7));
        world.assert_proven().await;
    }
}

#[tokio::test]
async fn whatever_a_source_does_the_request_ends_with_what_there_is() {
    let moods = [
        Mood::Hanging,
        Mood::Rubbish,
        Mood::TooMany,
        Mood::SamePage,
        Mood::SameCursor,
        Mood::NoAddress,
        Mood::Dear,
        Mood::Busy,
        Mood::Elsewhere,
    ];
    for test in test_databases().await {
        let world = world(&test.db, 0).await;
        let source = self::source(250, Mood::Well).await;
        add_source(&world, "Birch", &source, 1).await;
        // Whom a first request got is owned: a page that comes again has nobody else.
        world.ask("10", "well").await.unwrap();
        world.work().await;
        for mood in moods {
            source.be(mood);
            let id = world.ask("10", &format!("{mood:?}")).await.unwrap();
            for _ in 0..5 {
                world.work().await;
                world.app.clock.advance(Duration::from_secs(299));
            }
            let (receipt, lines) = (world.receipt(id).await, lines(&world, id).await);
            assert!(!receipt.request.state.is_open(), "{mood:?}: {lines:?}");
            let fault = lines[1].fault.as_ref().map(|fault| fault.to_string()).unwrap_or_default();
            assert!(!fault.is_empty() && !fault.contains("signature"), "{mood:?}: {lines:?}");
            world.assert_proven().await;
        }
        assert_eq!(world.balance().await.1, 0);
    }
}

#[tokio::test]
async fn addresses_that_reach_nobody_are_skipped_for_free() {
    for test in test_databases().await {
        let world = world(&test.db, 6).await;
        let mut tx = test.db.write().await.unwrap();
        for (id, email) in [(1, "info@acorn.example"), (2, "ann@mailinator.com")] {
            on!(&mut tx, c => sqlx::query("update contacts set email = $2 where id = $1").bind(id).bind(email)
                .execute(c).await.map(drop))
            .unwrap();
        }
        tx.commit().await.unwrap();
        let id = world.ask("6", "a").await.unwrap();
        world.work().await;
        let mut receipt = world.receipt(id).await;
        receipt.skips.sort_by_key(|skip| skip.reason);
        let expected = [SkipReason::Disposable, SkipReason::Role].map(|reason| Skip { reason, people: 1 });
        assert_eq!((receipt.request.delivered, receipt.skips.as_slice()), (4, &expected[..]));
        assert_eq!(world.balance().await, (96, 0, 4));
        world.assert_proven().await;
    }
}

#[tokio::test]
async fn the_migration_turns_the_earlier_words_about_the_sources_of_a_request_into_codes() {
    for test in test_databases().await {
        let world = world(&test.db, 5).await;
        let id = world.ask("1", "a").await.unwrap();
        let back = r#"alter table http_sources drop column fault; alter table http_sources add column fault text;
            alter table lead_request_sources drop column fault; alter table lead_request_sources add column fault text;
            update lead_request_sources set fault = 'it was switched off';
            update lead_requests set reason = '{"code":"source_failed","source":"Acorn","fault":"it answered with status 500"}'"#;
        migrate_again(&test.db, back, "0023_source_faults.sql").await;
        assert_eq!(lines(&world, id).await[0].fault, Some(Json(Fault::SwitchedOff)));
        let fault = Fault::Earlier { text: "it answered with status 500".into() };
        let waits = RequestReason::SourceFailed { source: "Acorn".into(), fault };
        assert_eq!(world.receipt(id).await.request.reason, Some(Json(waits)));
    }
}

#[tokio::test]
async fn a_request_holds_what_its_quote_said_and_ends_short_when_people_vanish() {
    for test in test_databases().await {
        let world = world(&test.db, 10).await;
        let source = self::source(40, Mood::Well).await;
        add_source(&world, "Birch", &source, 3).await;
        // The directory has 10 at 1 credit when it is asked: 10 + 5 × 3.
        let id = world.ask_at_most("15", 25, "a").await.unwrap();
        assert_eq!(world.balance().await, (75, 25, 0));
        world.work().await;
        assert_eq!((world.receipt(id).await.request.delivered, world.balance().await), (15, (75, 0, 25)));
        world.assert_proven().await;

        // All ten are owned now, which the quote of another tab did not know: what it held pays for four of Birch.
        let id = world.ask_at_most("12", 14, "b").await.unwrap();
        world.work().await;
        let request = world.receipt(id).await.request;
        assert_eq!((request.delivered, request.state), (4, RequestState::Completed));
        assert!(request.reason_text().contains("Ask again for the rest"), "{}", request.reason_text());
        assert_eq!(world.balance().await, (63, 0, 37));
        world.assert_proven().await;
        // A form cannot make a request hold less than its cheapest, or more than its dearest price.
        let id = world.ask_at_most("2", 1, "c").await.unwrap();
        assert_eq!(world.receipt(id).await.held.get(), 2);
        let id = world.ask_at_most("2", 1_000, "d").await.unwrap();
        assert_eq!(world.receipt(id).await.held.get(), 6);
    }
}
