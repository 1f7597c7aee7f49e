//! Standing requests over days, run-outs and races, on every database at hand.

use std::time::Duration;

use jiff::tz::TimeZone;

use super::{
    Pace, Standing, StandingReason, StandingState,
    schedule::{go_on, look_at},
};
use crate::{
    accounts::{Member, UserId, WorkspaceId, notices},
    campaigns::{
        ids::StandingId,
        requests::{
            finish::Cancel,
            tests::{NOW, World, world},
        },
        standing, *,
    },
    credits::{self, Cap, CapId, CapPeriod, CapSubject, Credits, join},
    on,
    server::{
        clock::Instant,
        db::{Tx, test_databases},
        form::Form,
        time_zone::{date_of, start_of, zone},
    },
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn begin(world: &World, pace: &str, key: &str) -> StandingId {
    let at = world.app.clock.now();
    let pace = Pace::parse(&Form::parse(pace.as_bytes()), &TimeZone::UTC, at).unwrap();
    let mut tx = world.app.db.write().await.unwrap();
    let id = standing::begin(&mut tx, &world.member, world.campaign, pace, key, at).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn look(world: &World, id: StandingId) -> Standing {
    standing::standing(&mut world.app.db.read().await.unwrap(), world.member.workspace, id).await.unwrap()
}

/// Spawns and delivers until nothing more happens.
async fn run(world: &World) {
    for _ in 0..6 {
        go_on(&world.app).await.unwrap();
        world.work().await;
    }
}

async fn grant(world: &World, amount: i64, key: &str) {
    let mut tx = world.app.db.write().await.unwrap();
    let (credits, at) = (Credits::new(amount).unwrap(), world.app.clock.now());
    credits::grant_by_operator(&mut tx, world.member.workspace, credits, "More", None, key, at).await.unwrap();
    tx.commit().await.unwrap();
}

async fn notices(world: &World) -> usize {
    let mut tx = world.app.db.read().await.unwrap();
    let at = world.app.clock.now();
    let open = notices::select_open_notices(world.member.workspace, world.member.user, 50, at);
    open.read(&mut tx).await.unwrap().len()
}

#[tokio::test]
async fn so_many_a_day_until_the_total_and_then_it_is_over() {
    for test in test_databases().await {
        let world = world(&test.db, 50).await;
        let id = begin(&world, "per_day=5&total=12", "a").await;
        assert_eq!(begin(&world, "per_day=5&total=12", "a").await, id, "a second click finds the first");
        for (delivered, state) in [(5, StandingState::Active), (10, StandingState::Active), (12, StandingState::Ended)]
        {
            // Two workers at the same moment.
            let (one, two) = tokio::join!(go_on(&world.app), go_on(&world.app));
            assert!(one.is_ok() || two.is_ok());
            run(&world).await;
            let standing = look(&world, id).await;
            assert_eq!((standing.delivered, standing.state), (delivered, state));
            world.app.clock.advance(DAY);
        }
        assert_eq!(look(&world, id).await.reason, Some(StandingReason::TotalReached));
        assert_eq!(
            select_requests(world.member.workspace, None, 50)
                .read(&mut test.db.read().await.unwrap())
                .await
                .unwrap()
                .len(),
            3
        );
        world.assert_proven().await;
    }
}

#[tokio::test]
async fn at_zero_it_pauses_with_one_notice_and_goes_on_by_itself_oldest_first() {
    for test in test_databases().await {
        let world = world(&test.db, 300).await;
        let oldest = begin(&world, "total=150", "a").await;
        world.app.clock.advance(Duration::from_secs(1));
        let newer = begin(&world, "total=20", "b").await;
        run(&world).await;
        let waits = (StandingState::Paused, Some(StandingReason::NoCredits));
        let state = |standing: &Standing| (standing.state, standing.reason);
        assert_eq!((look(&world, oldest).await.delivered, look(&world, newer).await.delivered), (100, 0));
        assert_eq!((state(&look(&world, oldest).await), state(&look(&world, newer).await)), (waits, waits));
        assert_eq!(notices(&world).await, 1);

        grant(&world, 30, "1").await;
        run(&world).await;
        assert_eq!((look(&world, oldest).await.delivered, look(&world, newer).await.delivered), (130, 0));
        assert_eq!(notices(&world).await, 1, "it is the same run-out");

        grant(&world, 1_000, "2").await;
        run(&world).await;
        assert_eq!((look(&world, oldest).await.delivered, look(&world, newer).await.delivered), (150, 20));
        assert_eq!(notices(&world).await, 0);
        world.assert_proven().await;
    }
}

#[tokio::test]
async fn it_says_that_nobody_is_left_and_waits_for_more_people() {
    for test in test_databases().await {
        let world = world(&test.db, 8).await;
        let id = begin(&world, "total=20", "a").await;
        run(&world).await;
        let standing = look(&world, id).await;
        assert_eq!((standing.delivered, standing.reason), (8, Some(StandingReason::NobodyLeft)));
        assert_eq!(world.balance().await, (92, 0, 8));
        assert_eq!(notices(&world).await, 0);
    }
}

#[tokio::test]
async fn a_cap_holds_it_back_until_the_next_day() {
    for test in test_databases().await {
        let world = world(&test.db, 50).await;
        let mut tx = test.db.write().await.unwrap();
        let cap = Cap {
            id: CapId::new(),
            subject_kind: CapSubject::Campaign,
            subject_id: None,
            period: CapPeriod::Day,
            credits: Credits::new(7).unwrap(),
            set_by: world.member.user,
            set_at: NOW,
        };
        credits::set_cap(&mut tx, world.member.workspace, &cap).await.unwrap();
        tx.commit().await.unwrap();
        let id = begin(&world, "total=12", "a").await;
        run(&world).await;
        let standing = look(&world, id).await;
        assert_eq!((standing.delivered, standing.reason), (7, Some(StandingReason::Cap)));
        world.app.clock.advance(DAY);
        run(&world).await;
        assert_eq!(look(&world, id).await.state, StandingState::Ended);
        world.assert_proven().await;
    }
}

#[tokio::test]
async fn who_cancels_its_request_pauses_it_and_resuming_or_changing_goes_on() {
    for test in test_databases().await {
        let world = world(&test.db, 50).await;
        let id = begin(&world, "per_day=10&total=30", "a").await;
        go_on(&world.app).await.unwrap();
        let workspace = world.member.workspace;
        let mut tx = test.db.write().await.unwrap();
        let spawned = select_requests(workspace, None, 1).read(&mut tx).await.unwrap()[0].id;
        join(&mut tx, &Cancel { member: world.member.clone(), request: spawned, at: NOW }).await.unwrap();
        tx.commit().await.unwrap();
        run(&world).await;
        assert_eq!(look(&world, id).await.reason, Some(StandingReason::ByUser));
        assert_eq!(world.balance().await, (100, 0, 0));
        let mut tx = test.db.write().await.unwrap();
        assert!(standing::resume(&mut tx, &world.member, id, NOW).await.unwrap());
        let pace = Pace::parse(&Form::parse(b"per_day=4&total=9"), &TimeZone::UTC, NOW).unwrap();
        assert!(standing::change(&mut tx, workspace, id, pace, NOW).await.unwrap());
        tx.commit().await.unwrap();
        run(&world).await;
        assert_eq!(look(&world, id).await.delivered, 4);
        let mut tx = test.db.write().await.unwrap();
        assert!(standing::end(&mut tx, workspace, id, NOW).await.unwrap());
        assert!(!standing::end(&mut tx, workspace, id, NOW).await.unwrap());
        assert!(!standing::resume(&mut tx, &world.member, id, NOW).await.unwrap());
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn it_pauses_when_its_maker_left_or_became_a_viewer_until_somebody_takes_it_over() {
    for test in test_databases().await {
        let world = world(&test.db, 50).await;
        let workspace = world.member.workspace;
        let id = begin(&world, "per_day=5&total=30", "a").await;
        run(&world).await;
        let mut delivered = 5;
        for sql in ["update members set role = 'viewer' where user_id = $1", "delete from members where user_id = $1"] {
            let maker = look(&world, id).await.made_by;
            let mut tx = test.db.write().await.unwrap();
            on!(&mut tx, c => sqlx::query(sql).bind(maker).execute(c).await.map(drop)).unwrap();
            tx.commit().await.unwrap();
            world.app.clock.advance(DAY);
            run(&world).await;
            let standing = look(&world, id).await;
            let expected = (StandingState::Paused, Some(StandingReason::MakerGone), delivered);
            assert_eq!((standing.state, standing.reason, standing.delivered), expected);
            let at = world.app.clock.now();
            let mut tx = test.db.write().await.unwrap();
            let told = notices::select_open_notices(workspace, world.member.user, 9, at).read(&mut tx).await.unwrap();
            assert_eq!((told.len(), told[0].title.as_str()), (1, "A standing request is paused"));
            let heir = Member { user: add_user(&mut tx, workspace).await, ..world.member.clone() };
            assert!(standing::resume(&mut tx, &heir, id, at).await.unwrap());
            tx.commit().await.unwrap();
            run(&world).await;
            delivered += 5;
            let standing = look(&world, id).await;
            assert_eq!(
                (standing.made_by, standing.delivered, standing.state),
                (heir.user, delivered, StandingState::Active)
            );
            assert_eq!(notices(&world).await, 0);
        }
        world.assert_proven().await;
    }
}

/// One more owner.
async fn add_user(tx: &mut Tx, workspace: WorkspaceId) -> UserId {
    let user = UserId::new();
    on!(tx, c => sqlx::query(
        "insert into users (id, email, name, password_hash, created_at, password_changed_at) values ($1, $2, 'Eve', '', 0, 0)")
        .bind(user).bind(user.to_string()).execute(c).await.map(drop))
    .unwrap();
    on!(tx, c => sqlx::query("insert into members (workspace_id, user_id, role, created_at) values ($1, $2, 'owner', 0)")
        .bind(workspace).bind(user).execute(c).await.map(drop))
    .unwrap();
    user
}

#[tokio::test]
async fn its_own_cap_for_a_month_holds_it_back_until_the_next_month() {
    for test in test_databases().await {
        let world = world(&test.db, 60).await;
        let id = begin(&world, "per_day=5&per_month=8&total=30", "a").await;
        for delivered in [5, 8, 8] {
            run(&world).await;
            assert_eq!(look(&world, id).await.delivered, delivered);
            world.app.clock.advance(Duration::from_secs(24 * 60 * 60));
        }
        run(&world).await;
        let standing = look(&world, id).await;
        assert_eq!((standing.state, standing.reason), (StandingState::Paused, Some(StandingReason::Cap)));
        assert_eq!(standing.pace(), "5 a day until 30, at most 8 a month");
        // Ten days on, October has begun.
        world.app.clock.advance(Duration::from_secs(10 * 24 * 60 * 60));
        run(&world).await;
        assert_eq!(look(&world, id).await.delivered, 13);
        world.assert_proven().await;
    }
}

#[tokio::test]
async fn a_pace_saved_while_it_is_looked_at_counts_at_once() {
    for test in test_databases().await {
        let world = world(&test.db, 50).await;
        let id = begin(&world, "per_day=5&total=30", "a").await;
        run(&world).await;
        world.app.clock.advance(Duration::from_secs(60));
        let as_it_was = look(&world, id).await;
        let at = world.app.clock.now();
        let pace = Pace::parse(&Form::parse(b"per_day=15&total=30"), &TimeZone::UTC, at).unwrap();
        let mut tx = test.db.write().await.unwrap();
        assert!(standing::change(&mut tx, world.member.workspace, id, pace, at).await.unwrap());
        tx.commit().await.unwrap();

        // The look had read the old pace, under which the day is full, and writes after the change.
        let mut tx = test.db.write().await.unwrap();
        assert!(look_at(&mut tx, &as_it_was, 40, at).await.unwrap().is_none());
        tx.commit().await.unwrap();
        run(&world).await;
        assert_eq!(look(&world, id).await.delivered, 15);
    }
}

#[tokio::test]
async fn a_clock_that_was_set_back_does_not_leave_it_stuck() {
    for test in test_databases().await {
        let world = world(&test.db, 50).await;
        let id = begin(&world, "per_day=5&total=30", "a").await;
        let mut tx = test.db.write().await.unwrap();
        crate::on!(&mut tx, c => sqlx::query("update standing_requests set run_at = $1")
            .bind(Instant(NOW.micros() + 400 * 86_400_000_000)).execute(c).await.map(drop))
        .unwrap();
        tx.commit().await.unwrap();
        run(&world).await;
        assert_eq!(look(&world, id).await.delivered, 5);
    }
}

#[test]
fn a_pace_that_cannot_be_meant_says_what_to_change() {
    let fault = |form: &str| Pace::parse(&Form::parse(form.as_bytes()), &TimeZone::UTC, NOW).unwrap_err();
    for (form, field) in [
        ("total=", "total"),
        ("total=10&per_day=0", "per_day"),
        ("total=10&per_month=0", "per_month"),
        ("total=10&until=2020-01-01", "until"),
        ("total=10&until=soon", "until"),
        ("total=10&from_hour=9", "from_hour"),
        ("total=10&from_hour=9&to_hour=24", "from_hour"),
    ] {
        assert!(fault(form).of(field).is_some(), "{form}");
    }
}

#[tokio::test]
async fn hours_are_those_of_the_time_zone_of_the_workspace() {
    for test in test_databases().await {
        let world = world(&test.db, 5).await;
        let id = begin(&world, "total=10&from_hour=9&to_hour=17", "first").await;
        // 14:13 in UTC.
        assert!(look(&world, id).await.is_inside_hours(NOW));
        let mut tx = world.app.db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query("update workspaces set time_zone = 'Asia/Tokyo' where id = $1")
            .bind(world.member.workspace).execute(c).await.map(drop))
        .unwrap();
        tx.commit().await.unwrap();
        // 23:13 in Tokyo; there 9:00 is midnight in UTC.
        let standing = look(&world, id).await;
        assert!(!standing.is_inside_hours(NOW));
        let midnight = Instant(NOW.micros() - NOW.micros().rem_euclid(standing::DAY_MICROS)).plus(DAY);
        assert_eq!(standing.next_window(NOW), midnight);
        assert!(standing.is_inside_hours(midnight));
    }
}

/// Puts the workspace into a zone; answers how long it is until midnight there.
async fn move_to(world: &World, name: &str) -> Duration {
    let mut tx = world.app.db.write().await.unwrap();
    on!(&mut tx, c => sqlx::query("update workspaces set time_zone = $2 where id = $1")
        .bind(world.member.workspace).bind(name).execute(c).await.map(drop))
    .unwrap();
    tx.commit().await.unwrap();
    let (now, zone) = (world.app.clock.now(), zone(name).unwrap());
    let midnight = start_of(date_of(now, &zone).tomorrow().unwrap(), &zone);
    Duration::from_micros((midnight.micros() - now.micros()).unsigned_abs())
}

#[tokio::test]
async fn its_days_are_those_of_the_workspaces_zone() {
    const MINUTE: Duration = Duration::from_secs(60);
    for name in ["Asia/Tokyo", "America/New_York"] {
        for test in test_databases().await {
            let world = world(&test.db, 50).await;
            let id = begin(&world, "per_day=5&total=20", "a").await;
            let to_midnight = move_to(&world, name).await;
            run(&world).await;
            world.app.clock.advance(to_midnight - MINUTE);
            run(&world).await;
            assert_eq!(look(&world, id).await.delivered, 5, "{name}: a minute before midnight");
            world.app.clock.advance(MINUTE);
            run(&world).await;
            assert_eq!(look(&world, id).await.delivered, 10, "{name}: at midnight");
            world.app.clock.advance(DAY - MINUTE);
            run(&world).await;
            assert_eq!(look(&world, id).await.delivered, 10, "{name}: midnight in UTC has passed");
        }
    }
}

#[test]
fn a_last_day_ends_at_midnight_in_the_zone() {
    let pace = |name: &str, now| {
        let pace = Pace::parse(&Form::parse(b"total=9&until=2026-11-22"), &zone(name).unwrap(), now);
        pace.map(|pace| pace.until.unwrap().rfc3339())
    };
    // 22 November 2026, 9:00 UTC
    let now = Instant(1_795_338_000_000_000);
    assert_eq!(pace("Asia/Tokyo", now).unwrap(), "2026-11-22T15:00:00Z");
    assert_eq!(pace("America/New_York", now).unwrap(), "2026-11-23T05:00:00Z");
    let evening = now.plus(Duration::from_secs(7 * 60 * 60));
    assert!(pace("Asia/Tokyo", evening).is_err(), "it is the 23rd there");
}
