//! Mails that had begun, and were not handed over because of the one before them.

use std::{sync::Arc, time::Duration};

use sqlx::AssertSqlSafe;
use tokio::sync::Notify;

use super::{
    MINUTE,
    outreach::LEASES,
    posted::{Posted, no_gap},
    server::Answer,
};
use crate::{
    app::testing::app_on,
    mail::smtp::{Stage, tests::scripted::patient},
    on,
    outreach::{
        ids::SendId,
        sending::{Decision, Sessions, decide, round, sessions::Patience},
    },
    server::db::{Db, test_databases},
};

/// Three leads and a session that has handed over the mail to the first and cannot write down that it was sent. Returns also the address
/// of the first.
async fn with_broken_outcome(db: &Db, writes_max: usize) -> (Posted, String) {
    let posted = Posted::new(db, 3, 1, &[no_gap(100)]).await;
    let patience = Patience { pause: Duration::from_millis(5), writes_max };
    posted.world.app.of::<Sessions>().patience.set(patience).unwrap();
    let released = Arc::new(Notify::new());
    posted.server.answer(Stage::Body, "", Answer::Hold(released.clone()), 1);
    posted.until_held().await;
    let first = posted.server.taken()[0].recipient.clone();
    let is_broken =
        format!("new.state = 'sent' and new.lead_id in (select l.id from leads l where l.email = '{first}')");
    let statements = match db {
        Db::Sqlite { .. } => vec![format!(
            "create trigger broken before update on sends when {is_broken} begin select raise(abort, 'broken'); end"
        )],
        Db::Postgres { .. } => vec![
            format!(
                "create function broken() returns trigger language plpgsql as
                 $$ begin if {is_broken} then raise exception 'broken'; end if; return new; end $$"
            ),
            "create trigger broken before update on sends for each row execute function broken()".to_owned(),
        ],
    };
    for statement in statements {
        change(&posted, statement).await;
    }
    released.notify_one();
    (posted, first)
}

async fn mend(posted: &Posted) {
    let on_table = if matches!(posted.world.app.db, Db::Postgres { .. }) { "on sends" } else { "" };
    change(posted, format!("drop trigger broken {on_table}")).await;
}

async fn change(posted: &Posted, statement: String) {
    let mut tx = posted.world.app.db.write().await.unwrap();
    on!(&mut tx, c => sqlx::query(AssertSqlSafe(statement)).execute(c).await.map(drop)).unwrap();
    tx.commit().await.unwrap();
}

async fn until(posted: &Posted, sql: &'static str, count: i64) {
    while posted.count(sql).await != count {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// A member decides about mails whose outcome is unknown: one, or all.
async fn decided(posted: &Posted, send: Option<SendId>, decision: Decision) -> usize {
    let campaign = (posted.world.member.workspace, posted.world.campaign);
    let mut tx = posted.world.app.db.write().await.unwrap();
    let decided = decide(&mut tx, campaign, send, decision, posted.world.member.user, posted.now()).await.unwrap();
    tx.commit().await.unwrap();
    decided
}

#[tokio::test]
async fn a_mail_behind_one_whose_outcome_cannot_be_written_leaves_once_and_the_other_is_shown_as_unknown() {
    for test in test_databases().await {
        let (posted, first) = with_broken_outcome(&test.db, 3).await;
        posted.settle().await;
        assert_eq!(posted.server.taken().len(), 3, "the one behind it leaves in the next session");
        posted.is("select count(*) from sends where state = 'sent'", 2).await;
        posted.world.app.clock.advance(2 * MINUTE);
        posted.settle().await;
        let unknown = "select l.email from sends d join leads l on l.id = d.lead_id where d.state = 'unknown'";
        assert_eq!(posted.text(unknown).await, first, "it alone");
        posted.is("select count(*) from leads where mailed_at is not null", 3).await;
        mend(&posted).await;
        assert_eq!(decided(&posted, None, Decision::CountAsSent).await, 1);
        posted.settle().await;
        posted.audit().await;
        posted.is("select count(*) from enrolments where state = 'finished'", 3).await;
    }
}

#[tokio::test]
async fn a_mail_that_waited_for_longer_than_its_lease_is_not_handed_over_by_the_session_that_lost_it() {
    for test in test_databases().await {
        let (posted, first) = with_broken_outcome(&test.db, usize::MAX).await;
        let app = &posted.world.app;
        until(&posted, "select count(*) from sends where state = 'sending'", 2).await;
        let (other, _folder) = app_on(app.config.clone(), &test.db, app.clock.clone()).await;
        other.of::<Sessions>().dialled.set((posted.server.tls.clone(), patient())).ok().unwrap();
        app.clock.advance(2 * MINUTE);
        // A round passes over a row that is locked: the first session tries to write its outcome all the time.
        while posted.count("select count(*) from sends where state = 'unknown'").await != 2 {
            round(&other).await.unwrap();
        }
        let mut tx = app.db.read().await.unwrap();
        let (second, email): (SendId, String) = on!(&mut tx, c => sqlx::query_as(
            "select d.id, l.email from sends d join leads l on l.id = d.lead_id where d.state = 'unknown' and l.email <> $1")
            .bind(&first).fetch_one(c).await)
        .unwrap();
        drop(tx);
        assert_eq!(decided(&posted, Some(second), Decision::SendAgain).await, 1);
        while posted.server.taken_of(&email).is_empty() {
            round(&other).await.unwrap();
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        mend(&posted).await;
        while !app.of::<Sessions>().is_empty() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        until(&posted, LEASES, 0).await;
        posted.settle().await;
        posted.audit().await;
        assert_eq!(posted.server.taken_of(&email).len(), 1);
        posted.is("select count(*) from sends where state = 'sent'", 3).await;
        posted.is("select count(*) from enrolments where state = 'finished'", 3).await;
    }
}

#[tokio::test]
async fn a_withdrawn_mail_that_never_left_is_written_anew_for_its_next_time() {
    for test in test_databases().await {
        let (posted, _) = with_broken_outcome(&test.db, 200).await;
        until(&posted, "select count(*) from sends where state = 'sending'", 2).await;
        // So that it stays in the queue afterwards.
        let stop =
            "insert into sending_stop (id, reason, stopped_by, stopped_at) select 1, 'Test', id, 1 from users limit 1";
        change(&posted, stop.to_owned()).await;
        until(&posted, "select count(*) from sends where state = 'sending'", 1).await;
        posted.is("select count(*) from sent_messages", 1).await;
        while !posted.world.app.of::<Sessions>().is_empty() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        mend(&posted).await;
        change(&posted, "delete from sending_stop".to_owned()).await;
        posted.world.app.clock.advance(2 * MINUTE);
        posted.settle().await;
        assert_eq!(decided(&posted, None, Decision::CountAsSent).await, 1);
        posted.settle().await;
        posted.audit().await;
        assert_eq!(posted.server.taken().len(), 3);
    }
}
