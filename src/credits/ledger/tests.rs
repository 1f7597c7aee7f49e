//! The rules of the ledger, on every database at hand.

use std::time::Duration;

use crate::{
    accounts::{UserId, WorkspaceId},
    credits::*,
    on,
    server::{
        clock::Instant,
        db::{Db, Tx, test_databases},
    },
};

pub(crate) const NOW: Instant = Instant(1_790_000_000_000_000);

pub(crate) fn credits(amount: i64) -> Credits {
    Credits::new(amount).unwrap()
}

/// A workspace with a row for each thing the ledger refers to.
pub(crate) async fn workspace(db: &Db) -> WorkspaceId {
    let id = WorkspaceId::new();
    let mut tx = db.write().await.unwrap();
    on!(&mut tx, c => sqlx::query("insert into workspaces (id, name, created_at) values ($1, 'Test', 0)")
        .bind(id).execute(c).await.map(drop))
    .unwrap();
    tx.commit().await.unwrap();
    id
}

pub(crate) async fn granted(
    tx: &mut Tx,
    workspace: WorkspaceId,
    kind: LotKind,
    amount: i64,
    expires: Option<Instant>,
    key: &str,
) -> Balance {
    let lot = Grant {
        kind,
        credits: credits(amount),
        expires_at: expires,
        order: None,
        reason: "test".into(),
        actor: Actor::System,
        key: key.into(),
    };
    grant(tx, workspace, lot, NOW).await.unwrap()
}

/// Sets a cap for one member, or for each.
async fn capped(tx: &mut Tx, workspace: WorkspaceId, member: Option<UserId>, period: CapPeriod, amount: i64) {
    let set_by = UserId::new();
    on!(&mut *tx, c => sqlx::query(
        "insert into users (id, email, name, password_hash, created_at, password_changed_at) values ($1, $2, 'Ada', '', 0, 0)")
        .bind(set_by).bind(set_by.to_string()).execute(c).await.map(drop))
    .unwrap();
    let cap = Cap {
        id: CapId::new(),
        subject_kind: CapSubject::Member,
        subject_id: member.map(|member| member.0),
        period,
        credits: credits(amount),
        set_by,
        set_at: NOW,
    };
    set_cap(tx, workspace, &cap).await.unwrap();
}

/// Captures one credit for each of so many leads, under a key of its own.
async fn spend(tx: &mut Tx, workspace: WorkspaceId, purpose: HoldFor, leads: i64) -> Result<Vec<Charge>, CreditError> {
    let key = uuid::Uuid::new_v4().to_string();
    capture(tx, workspace, &Capture { request: purpose.request, leads, price: credits(1), key }, NOW).await
}

pub(crate) fn purpose() -> HoldFor {
    HoldFor { request: RequestId::new(), campaign: CampaignId::new(), member: UserId::new() }
}

pub(crate) async fn assert_proven(db: &Db, workspace: WorkspaceId) -> Balance {
    let proof = verify::verify(&mut db.read().await.unwrap(), workspace).await.unwrap();
    assert_eq!(proof.differences, []);
    proof.balance
}

#[tokio::test]
async fn a_grant_comes_in_once_however_often_it_is_asked() {
    for test in test_databases().await {
        let id = workspace(&test.db).await;
        for _ in 0..3 {
            let mut tx = test.db.write().await.unwrap();
            let balance = granted(&mut tx, id, LotKind::Purchase, 500, None, "order:1").await;
            assert_eq!(balance.available, credits(500));
            tx.commit().await.unwrap();
        }
        assert_eq!(assert_proven(&test.db, id).await.available, credits(500));
    }
}

#[tokio::test]
async fn capture_spends_exactly_what_was_delivered_and_release_returns_the_rest() {
    for test in test_databases().await {
        let id = workspace(&test.db).await;
        let mut tx = test.db.write().await.unwrap();
        granted(&mut tx, id, LotKind::Promotion, 30, None, "a").await;
        granted(&mut tx, id, LotKind::Purchase, 70, None, "b").await;
        let purpose = purpose();
        hold(&mut tx, id, purpose, credits(50), NOW).await.unwrap();
        spend(&mut tx, id, purpose, 20).await.unwrap();
        spend(&mut tx, id, purpose, 15).await.unwrap();
        let back = release(&mut tx, id, purpose.request, Actor::System, "completed", NOW).await.unwrap();
        assert_eq!(back, credits(15));
        let again = release(&mut tx, id, purpose.request, Actor::System, "completed", NOW).await.unwrap();
        assert_eq!(again, Credits::ZERO);
        tx.commit().await.unwrap();
        let balance = assert_proven(&test.db, id).await;
        assert_eq!((balance.available, balance.held, balance.spent), (credits(65), Credits::ZERO, credits(35)));
    }
}

#[tokio::test]
async fn a_request_never_captures_more_than_it_holds() {
    for test in test_databases().await {
        let id = workspace(&test.db).await;
        let mut tx = test.db.write().await.unwrap();
        granted(&mut tx, id, LotKind::Purchase, 100, None, "a").await;
        let purpose = purpose();
        hold(&mut tx, id, purpose, credits(10), NOW).await.unwrap();
        let over = spend(&mut tx, id, purpose, 11).await;
        assert!(matches!(over, Err(CreditError::OverHold { .. })));
        release(&mut tx, id, purpose.request, Actor::System, "cancelled", NOW).await.unwrap();
        let late = spend(&mut tx, id, purpose, 1).await;
        assert!(matches!(late, Err(CreditError::NoOpenHold)));
        tx.commit().await.unwrap();
        assert_proven(&test.db, id).await;
    }
}

#[tokio::test]
async fn too_few_credits_are_refused_and_change_nothing() {
    for test in test_databases().await {
        let id = workspace(&test.db).await;
        let mut tx = test.db.write().await.unwrap();
        granted(&mut tx, id, LotKind::Promotion, 100, None, "a").await;
        let refused = hold(&mut tx, id, purpose(), credits(101), NOW).await.unwrap_err();
        let CreditError::NotEnough { needed, available } = refused else { panic!("{refused}") };
        assert_eq!((needed, available), (credits(101), credits(100)));
        tx.commit().await.unwrap();
        assert_eq!(assert_proven(&test.db, id).await.available, credits(100));
    }
}

#[tokio::test]
async fn lots_are_drawn_by_expiry_then_kind_then_age() {
    for test in test_databases().await {
        let id = workspace(&test.db).await;
        let in_days = |days: u64| Some(NOW.plus(Duration::from_secs(days * 86_400)));
        let mut tx = test.db.write().await.unwrap();
        granted(&mut tx, id, LotKind::Purchase, 10, None, "purchase").await;
        granted(&mut tx, id, LotKind::Promotion, 10, None, "promotion").await;
        granted(&mut tx, id, LotKind::Plan, 10, in_days(40), "later").await;
        granted(&mut tx, id, LotKind::Plan, 10, in_days(10), "sooner").await;
        let order: Vec<_> = planned_draws(&mut tx, id, credits(40), NOW)
            .await
            .unwrap()
            .into_iter()
            .map(|draw| (draw.lot.kind, draw.lot.expires_at))
            .collect();
        assert_eq!(
            order,
            [
                (LotKind::Plan, in_days(10)),
                (LotKind::Plan, in_days(40)),
                (LotKind::Promotion, None),
                (LotKind::Purchase, None),
            ]
        );
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn fifty_parallel_holds_of_ten_on_a_hundred_credits_let_ten_through() {
    for test in test_databases().await {
        let id = workspace(&test.db).await;
        let mut tx = test.db.write().await.unwrap();
        granted(&mut tx, id, LotKind::Promotion, 100, None, "a").await;
        tx.commit().await.unwrap();
        let tries = (0..50).map(|_| {
            let db = test.db.clone();
            tokio::spawn(async move {
                let mut tx = db.write().await.unwrap();
                let held = hold(&mut tx, id, purpose(), credits(10), NOW).await;
                if held.is_ok() {
                    tx.commit().await.unwrap();
                }
                held.is_ok()
            })
        });
        let won = futures::future::join_all(tries).await.into_iter().filter(|won| *won.as_ref().unwrap()).count();
        assert_eq!(won, 10);
        let balance = assert_proven(&test.db, id).await;
        assert_eq!((balance.available, balance.held), (Credits::ZERO, credits(100)));
    }
}

#[tokio::test]
async fn a_changed_row_is_found_by_the_proof() {
    for test in test_databases().await {
        let id = workspace(&test.db).await;
        let mut tx = test.db.write().await.unwrap();
        granted(&mut tx, id, LotKind::Promotion, 100, None, "a").await;
        granted(&mut tx, id, LotKind::Purchase, 10, None, "b").await;
        on!(&mut tx, c => sqlx::query("update credit_transfers set reason = 'forged' where workspace_id = $1 and seq = 1")
            .bind(id).execute(c).await.map(drop)).unwrap();
        on!(&mut tx, c => sqlx::query("update credit_accounts set available = available + 5 where workspace_id = $1")
            .bind(id).execute(c).await.map(drop))
        .unwrap();
        tx.commit().await.unwrap();
        let proof = verify::verify(&mut test.db.read().await.unwrap(), id).await.unwrap();
        let places: Vec<_> = proof.differences.iter().map(|difference| difference.place.as_str()).collect();
        assert_eq!(places, ["transfer 1", "account"]);
    }
}

/// A refund of the lead that `charge` paid for.
fn bad_lead(purpose: HoldFor, charge: &Charge, lead: &str) -> Refund {
    Refund {
        request: purpose.request,
        charge: charge.seq,
        credits: credits(1),
        actor: Actor::System,
        reason: "bad lead".into(),
        key: format!("refund:{lead}"),
    }
}

#[tokio::test]
async fn a_lead_is_refunded_once_and_never_more_than_was_spent() {
    for test in test_databases().await {
        let id = workspace(&test.db).await;
        let mut tx = test.db.write().await.unwrap();
        granted(&mut tx, id, LotKind::Purchase, 10, None, "a").await;
        let purpose = purpose();
        hold(&mut tx, id, purpose, credits(2), NOW).await.unwrap();
        let charge = spend(&mut tx, id, purpose, 2).await.unwrap()[0];
        let back = |lead| bad_lead(purpose, &charge, lead);
        assert_eq!(refund(&mut tx, id, &back("1"), NOW).await.unwrap(), credits(1));
        assert_eq!(refund(&mut tx, id, &back("1"), NOW).await.unwrap(), Credits::ZERO);
        assert_eq!(refund(&mut tx, id, &back("2"), NOW).await.unwrap(), credits(1));
        let over = refund(&mut tx, id, &back("3"), NOW).await;
        assert!(matches!(over, Err(CreditError::OverRefund { .. })));
        tx.commit().await.unwrap();
        let balance = assert_proven(&test.db, id).await;
        assert_eq!((balance.available, balance.spent), (credits(10), Credits::ZERO));
    }
}

#[tokio::test]
async fn what_comes_back_to_an_expired_lot_goes_to_one_refund_lot_good_for_thirty_days() {
    for test in test_databases().await {
        let id = workspace(&test.db).await;
        let day = Duration::from_secs(86_400);
        let mut tx = test.db.write().await.unwrap();
        granted(&mut tx, id, LotKind::Plan, 30, Some(NOW.plus(day)), "plan").await;
        let purpose = purpose();
        hold(&mut tx, id, purpose, credits(20), NOW).await.unwrap();
        let charge = spend(&mut tx, id, purpose, 5).await.unwrap()[0];
        let later = NOW.plus(2 * day);
        release(&mut tx, id, purpose.request, Actor::System, "cancelled", later).await.unwrap();
        refund(&mut tx, id, &bad_lead(purpose, &charge, "1"), later).await.unwrap();
        let lots = select_drawable_lots(id, later).read(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(lots.len(), 1, "{lots:?}");
        assert_eq!((lots[0].kind, lots[0].remaining), (LotKind::Refund, credits(16)));
        let days = (lots[0].expires_at.unwrap().micros() - later.micros()) / 86_400_000_000;
        assert_eq!(days, 30, "thirty whole days");
        let balance = assert_proven(&test.db, id).await;
        assert_eq!((balance.available, balance.expired, balance.spent), (credits(16), credits(10), credits(4)));
    }
}

#[tokio::test]
async fn credits_past_their_date_expire_once_and_held_ones_stay() {
    for test in test_databases().await {
        let id = workspace(&test.db).await;
        let date = NOW.plus(Duration::from_secs(60));
        let mut tx = test.db.write().await.unwrap();
        granted(&mut tx, id, LotKind::Plan, 30, Some(date), "plan").await;
        hold(&mut tx, id, purpose(), credits(20), NOW).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(expire_everywhere(&test.db, NOW).await.unwrap(), []);
        assert_eq!(expire_everywhere(&test.db, date).await.unwrap(), [id]);
        assert_eq!(expire_everywhere(&test.db, date).await.unwrap(), []);
        let balance = assert_proven(&test.db, id).await;
        assert_eq!((balance.available, balance.held, balance.expired), (Credits::ZERO, credits(20), credits(10)));
    }
}

#[tokio::test]
async fn a_purchase_is_taken_back_as_far_as_it_is_left_and_a_correction_from_any_lot() {
    for test in test_databases().await {
        let id = workspace(&test.db).await;
        let order = OrderId::new();
        let mut tx = test.db.write().await.unwrap();
        granted(&mut tx, id, LotKind::Promotion, 5, None, "free").await;
        let (reason, actor, key) = ("bought".to_owned(), Actor::System, "order".to_owned());
        let lot = Grant {
            kind: LotKind::Purchase,
            credits: credits(10),
            expires_at: None,
            order: Some(order),
            reason,
            actor,
            key,
        };
        grant(&mut tx, id, lot, NOW).await.unwrap();
        hold(&mut tx, id, purpose(), credits(9), NOW).await.unwrap();
        assert_eq!(purchase_left(&mut tx, id, order, NOW).await.unwrap(), credits(6));
        let back = |amount, key: &str| Revoke {
            order: Some(order),
            credits: credits(amount),
            reason: "refunded".into(),
            actor,
            key: key.into(),
        };
        let refused = revoke(&mut tx, id, &back(7, "a"), NOW).await;
        assert!(matches!(refused, Err(CreditError::NotEnough { .. })));
        for _ in 0..2 {
            revoke(&mut tx, id, &back(4, "b"), NOW).await.unwrap();
        }
        let correction = Revoke { order: None, credits: credits(2), reason: "mistake".into(), actor, key: "c".into() };
        let balance = revoke(&mut tx, id, &correction, NOW).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(balance.available, Credits::ZERO);
        assert_proven(&test.db, id).await;
    }
}

#[tokio::test]
async fn a_cap_binds_the_hold_that_would_exceed_it_and_no_other_member() {
    for test in test_databases().await {
        let id = workspace(&test.db).await;
        let member = purpose();
        let mut tx = test.db.write().await.unwrap();
        granted(&mut tx, id, LotKind::Purchase, 1_000, None, "a").await;
        let (day, month) = (CapPeriod::Day, CapPeriod::Month);
        capped(&mut tx, id, None, day, 50).await;
        capped(&mut tx, id, Some(member.member), month, 80).await;
        let ask = |amount| (HoldFor { request: RequestId::new(), ..member }, credits(amount));
        let (first, amount) = ask(40);
        hold(&mut tx, id, first, amount, NOW).await.unwrap();
        let (over, amount) = ask(11);
        let refused = hold(&mut tx, id, over, amount, NOW).await.unwrap_err();
        assert!(matches!(refused, CreditError::CapReached { left, .. } if left == credits(10)), "{refused}");
        hold(&mut tx, id, purpose(), credits(50), NOW).await.unwrap();
        let tomorrow = NOW.plus(Duration::from_secs(86_400));
        let (next, amount) = ask(40);
        hold(&mut tx, id, next, amount, tomorrow).await.unwrap();
        let (over, amount) = ask(1);
        let refused = hold(&mut tx, id, over, amount, tomorrow).await.unwrap_err();
        assert!(matches!(refused, CreditError::CapReached { cap, .. } if cap.period == month));
        release(&mut tx, id, next.request, Actor::System, "cancelled", tomorrow).await.unwrap();
        let (again, amount) = ask(40);
        hold(&mut tx, id, again, amount, tomorrow).await.unwrap();
        tx.commit().await.unwrap();
        assert_proven(&test.db, id).await;
    }
}

#[tokio::test]
async fn a_cap_begins_anew_at_midnight_in_the_zone_of_the_workspace() {
    for test in test_databases().await {
        let id = workspace(&test.db).await;
        let member = purpose();
        let mut tx = test.db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query("update workspaces set time_zone = 'America/New_York' where id = $1")
            .bind(id).execute(c).await.map(drop))
        .unwrap();
        granted(&mut tx, id, LotKind::Purchase, 1_000, None, "a").await;
        capped(&mut tx, id, Some(member.member), CapPeriod::Day, 50).await;
        let ask = || HoldFor { request: RequestId::new(), ..member };
        let zone = crate::server::time_zone::zone("America/New_York").unwrap();
        let tomorrow = NOW.plus(Duration::from_secs(86_400));
        let midnight = CapPeriod::Day.start(tomorrow, &zone);
        assert_ne!(midnight, CapPeriod::Day.start(tomorrow, &jiff::tz::TimeZone::UTC));
        let before = midnight.minus(Duration::from_micros(1));
        hold(&mut tx, id, ask(), credits(50), before).await.unwrap();
        let refused = hold(&mut tx, id, ask(), credits(1), before).await.unwrap_err();
        assert!(matches!(refused, CreditError::CapReached { .. }), "{refused}");
        let used = async |tx: &mut Tx, at| cap_uses(tx, id, at).await.unwrap().remove(0).1;
        assert_eq!(used(&mut tx, before).await, credits(50));
        assert_eq!(used(&mut tx, midnight).await, Credits::ZERO);
        hold(&mut tx, id, ask(), credits(50), midnight).await.unwrap();
        tx.commit().await.unwrap();
        assert_proven(&test.db, id).await;
    }
}

#[tokio::test]
async fn amounts_at_the_limit_of_64_bits_are_refused_and_change_nothing() {
    for test in test_databases().await {
        let id = workspace(&test.db).await;
        let mut tx = test.db.write().await.unwrap();
        granted(&mut tx, id, LotKind::Purchase, i64::MAX, None, "a").await;
        let one_more = Grant {
            kind: LotKind::Purchase,
            credits: credits(1),
            expires_at: None,
            order: None,
            reason: "test".into(),
            actor: Actor::System,
            key: "b".into(),
        };
        let refused = grant(&mut tx, id, one_more, NOW).await;
        assert!(matches!(refused, Err(CreditError::OutOfRange(_))));
        let all = purpose();
        hold(&mut tx, id, all, credits(i64::MAX), NOW).await.unwrap();
        release(&mut tx, id, all.request, Actor::System, "cancelled", NOW).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(assert_proven(&test.db, id).await.available, credits(i64::MAX));
    }
}
