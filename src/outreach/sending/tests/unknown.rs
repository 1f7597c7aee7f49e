//! Mails to whose final dot no reply came.

use std::sync::Arc;

use tokio::sync::Notify;

use super::{DAY, MINUTE, pace, posted::Posted, server::Answer};
use crate::{
    mail::smtp::Stage,
    outreach::{
        progress::progress,
        sending::{Decision, decide},
    },
    server::db::test_databases,
};

async fn decided(posted: &Posted, decision: Decision) -> usize {
    let campaign = (posted.world.member.workspace, posted.world.campaign);
    let mut tx = posted.world.app.db.write().await.unwrap();
    let decided = decide(&mut tx, campaign, None, decision, posted.world.member.user, posted.now()).await.unwrap();
    tx.commit().await.unwrap();
    decided
}

#[tokio::test]
async fn a_mail_without_a_reply_leaves_again_only_when_a_member_says_so_with_the_same_bytes() {
    for test in test_databases().await {
        let posted = Posted::new(&test.db, 1, 2, &[pace(50)]).await;
        posted.server.answer(Stage::Body, "", Answer::HangUp, 1);
        posted.settle().await;
        assert_eq!(posted.text("select state || ' ' || code from sends").await, "unknown unknown_outcome");
        assert_eq!(posted.text("select state || ' ' || code from enrolments").await, "held unknown_outcome");
        posted.pass(3 * DAY).await;
        posted.outreach.audit().await;
        assert_eq!(posted.server.taken().len(), 1, "it never leaves again without a member");
        posted.set("insert into worker_beats (id, beat_at) values (1, 9000000000000000)").await;
        let mut tx = posted.world.app.db.read().await.unwrap();
        let (workspace, campaign) = (posted.world.member.workspace, posted.world.campaign);
        let (_, now) = progress(&mut tx, workspace, campaign, posted.now()).await.unwrap();
        drop(tx);
        assert_eq!(now.reason.code(), "unknown_outcomes_to_review");
        posted.is("select count(*) from outreach_events where kind = 'unknown'", 1).await;
        assert_eq!(decided(&posted, Decision::SendAgain).await, 1);
        posted.pass(10 * MINUTE).await;
        let taken = posted.server.taken();
        assert_eq!(taken.len(), 2);
        assert_eq!(taken[0], taken[1], "the same bytes");
        assert_eq!(decided(&posted, Decision::SendAgain).await, 0, "it is known now");
        posted.pass(5 * DAY).await;
        posted.is("select count(*) from enrolments where state = 'finished'", 1).await;
        assert_eq!(posted.server.taken().len(), 3, "the follow-up");
    }
}

#[tokio::test]
async fn a_mail_that_counts_as_sent_lets_its_sequence_continue() {
    for by_policy in [false, true] {
        for test in test_databases().await {
            let posted = Posted::new(&test.db, 1, 2, &[pace(50)]).await;
            if by_policy {
                posted.set("insert into outreach_settings (workspace_id, unknown_policy) select id, 'count_as_sent' from workspaces").await;
            }
            posted.server.answer(Stage::Body, "", Answer::HangUp, 1);
            posted.settle().await;
            if !by_policy {
                assert_eq!(decided(&posted, Decision::CountAsSent).await, 1);
            }
            posted.pass(4 * DAY).await;
            posted.audit().await;
            assert_eq!(posted.server.taken().len(), 2);
            posted.is("select count(*) from enrolments where state = 'finished'", 1).await;
            posted.is("select count(*) from sends where state = 'sent'", 2).await;
        }
    }
}

#[tokio::test]
async fn a_reply_that_comes_late_still_decides() {
    for test in test_databases().await {
        let posted = Posted::new(&test.db, 1, 1, &[pace(50)]).await;
        let released = Arc::new(Notify::new());
        posted.server.answer(Stage::Body, "", Answer::Hold(released.clone()), 1);
        posted.until_held().await;
        assert_eq!(posted.text("select state from sends").await, "sending");
        posted.world.app.clock.advance(3 * MINUTE);
        posted.settle().await;
        assert_eq!(posted.text("select state from sends").await, "unknown");
        assert_eq!(posted.text("select state from enrolments").await, "held");
        released.notify_one();
        while posted.count("select count(*) from sends where state = 'unknown'").await > 0 {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
        posted.settle().await;
        posted.audit().await;
        assert_eq!(posted.text("select state from sends").await, "sent");
        assert_eq!(posted.text("select state from enrolments").await, "finished");
    }
}
