//! What happens between a claim and its mail, and between two servers (OUTREACH §8, cases 29 to 42).

use super::{
    claim::Batch,
    due::Due,
    hand_over::hand_over,
    pick::{Slots, pick},
    round::slots,
    tests::{HOUR, MINUTE, Outreach, pace},
};
use crate::{
    accounts::WorkspaceId,
    campaigns::membership,
    on,
    outreach::{
        ids::{MailboxId, TextId},
        sending::{Stop, remove_mailbox, stop},
        unsubscribe,
    },
    server::db::{Tx, test_databases},
    suppression::{Cause, Reason, Subject, SuppressionKeys},
};

/// A campaign whose leads wait and whose mailboxes are due.
async fn due(db: &crate::server::db::Db, leads: i64, mails: i64, mailboxes: usize) -> Outreach {
    let outreach = Outreach::new(db, leads, mails, &vec![pace(50); mailboxes]).await;
    outreach.set("update mailboxes set state = 'paused'").await;
    outreach.settle().await;
    outreach.set("update mailboxes set state = 'active', look_at = 0").await;
    outreach
}

fn due_box(workspace_id: WorkspaceId, id: MailboxId) -> Due {
    Due { workspace_id, id, smtp_host: None }
}

/// Two servers take slots at the same moment, each for a mailbox of its own: the second reads what waits before the first has committed.
async fn at_once(outreach: &Outreach) -> (Slots, Option<Slots>) {
    let (app, at, workspace) = (outreach.world.app.clone(), outreach.now(), outreach.world.member.workspace);
    let [first, second] = outreach.mailboxes[..] else { panic!("two mailboxes") };
    let mut tx = app.db.write().await.unwrap();
    let picked = pick(&mut tx, &[due_box(workspace, first)], at).await.unwrap().unwrap();
    let other = tokio::spawn({
        let app = app.clone();
        async move { other_server(&app.db, (workspace, second), at).await }
    });
    while tx.is_postgres() && waiting(&app.db).await == 0 && !other.is_finished() {
        tokio::task::yield_now().await;
    }
    tx.commit().await.unwrap();
    (picked, other.await.unwrap())
}

async fn other_server(
    db: &crate::server::db::Db,
    mailbox: (WorkspaceId, MailboxId),
    at: crate::server::clock::Instant,
) -> Option<Slots> {
    let mut tx = db.write().await.unwrap();
    let picked = pick(&mut tx, &[due_box(mailbox.0, mailbox.1)], at).await.unwrap();
    if picked.is_some() {
        tx.commit().await.unwrap();
    }
    picked
}

/// Statements that wait for a lock.
async fn waiting(db: &crate::server::db::Db) -> i64 {
    let mut tx = db.read().await.unwrap();
    on!(&mut tx, c => sqlx::query_scalar(
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'").fetch_one(c).await)
    .unwrap()
}

#[tokio::test]
async fn two_servers_that_pick_at_once_take_a_lead_once() {
    for test in test_databases().await {
        let outreach = due(&test.db, 1, 1, 2).await;
        let (first, second) = at_once(&outreach).await;
        assert_eq!((first.batches.len(), second.map_or(0, |slots| slots.batches.len())), (1, 0));
        hand_over(&outreach.world.app, first.batches).await.unwrap();
        outreach.pass(HOUR).await;
        outreach.audit().await;
        assert_eq!(outreach.mails().await.len(), 1);
    }
}

#[tokio::test]
async fn two_servers_that_pick_at_once_take_the_last_slot_of_a_limit_once() {
    for test in test_databases().await {
        let outreach = due(&test.db, 4, 1, 2).await;
        outreach.set("update campaign_sending set daily_cap = 1").await;
        let (first, second) = at_once(&outreach).await;
        assert_eq!((first.batches.len(), second.map_or(0, |slots| slots.batches.len())), (1, 0));
        assert_eq!(outreach.count("select used from send_days where scope = 'campaign'").await, 1);
        hand_over(&outreach.world.app, first.batches).await.unwrap();
        outreach.pass(HOUR).await;
        outreach.audit().await;
        assert_eq!(outreach.mails().await.len(), 1);
    }
}

#[tokio::test]
async fn a_claim_that_was_lost_sends_nothing_and_the_one_that_has_it_does() {
    for test in test_databases().await {
        let outreach = due(&test.db, 1, 1, 1).await;
        let app = &outreach.world.app;
        let stopped = slots(app, outreach.now()).await.unwrap().batches;
        // The server stood still for two minutes; another one took the claim back and claimed the mail anew.
        app.clock.advance(2 * MINUTE);
        outreach.set("update mailboxes set state = 'paused'").await;
        outreach.settle().await;
        outreach.set("update mailboxes set state = 'active', look_at = 0").await;
        let valid = slots(app, outreach.now()).await.unwrap().batches;
        assert_eq!((stopped.len(), valid.len()), (1, 1));
        hand_over(app, stopped).await.unwrap();
        assert_eq!(outreach.mails().await.len(), 0);
        assert_eq!(outreach.count("select count(*) from sends where state = 'claimed'").await, 1);
        hand_over(app, valid).await.unwrap();
        outreach.pass(HOUR).await;
        outreach.audit().await;
        assert_eq!(outreach.mails().await.len(), 1);
    }
}

/// What keeps a claimed mail from leaving.
#[derive(Debug, Clone, Copy)]
enum Act {
    Suppress,
    Leave,
    /// The row of the lead alone says so: its note for the scheduler is not written yet.
    Return,
    RemoveMailbox,
    StopAll,
}

async fn act(outreach: &Outreach, tx: &mut Tx, act: Act) {
    let (member, at) = (&outreach.world.member, outreach.now());
    match act {
        Act::Suppress => {
            let keys = outreach.world.app.of::<SuppressionKeys>();
            let subject = Subject::address(keys, &"person1@acorn.example".parse().unwrap());
            unsubscribe::suppress(tx, member.workspace, &[subject], &Cause::of(Reason::Person), at).await.unwrap();
        }
        Act::Leave => membership::leave(tx, member.workspace, outreach.lead(1).await, at).await.unwrap(),
        Act::Return => {
            on!(tx, c => sqlx::query("update leads set returned_at = $1, refunded_at = $1").bind(at).execute(c).await.map(drop)).unwrap();
        }
        Act::RemoveMailbox => {
            remove_mailbox(tx, member, outreach.mailboxes[0], false, at).await.unwrap();
        }
        Act::StopAll => {
            on!(tx, c => sqlx::query(
                "insert into sending_stop (id, reason, stopped_by, stopped_at) values (1, 'test', $1, $2)")
                .bind(member.user).bind(at).execute(c).await.map(drop))
            .unwrap();
        }
    }
}

#[tokio::test]
async fn a_mail_that_is_claimed_does_not_leave_after_the_commit_of_what_forbids_it() {
    for (what, expected) in [
        (Act::Suppress, ("cancelled", "suppressed")),
        (Act::Leave, ("cancelled", "removed")),
        (Act::Return, ("cancelled", "removed")),
        (Act::RemoveMailbox, ("cancelled", "mailbox_removed")),
        (Act::StopAll, ("queued", "")),
    ] {
        for test in test_databases().await {
            let outreach = due(&test.db, 1, 1, 1).await;
            let claims: Vec<Batch> = slots(&outreach.world.app, outreach.now()).await.unwrap().batches;
            assert_eq!(claims.len(), 1);
            let mut tx = outreach.world.app.db.write().await.unwrap();
            act(&outreach, &mut tx, what).await;
            tx.commit().await.unwrap();
            hand_over(&outreach.world.app, claims).await.unwrap();
            outreach.pass(HOUR).await;
            assert_eq!(outreach.mails().await.len(), 0, "{what:?}");
            let mut tx = outreach.world.app.db.read().await.unwrap();
            let (state, code, slot): (String, Option<String>, bool) = on!(&mut tx, c => sqlx::query_as(
                "select state, code, slot_day is not null from sends").fetch_one(c).await)
            .unwrap();
            let is = (state.as_str(), code.as_deref().unwrap_or_default(), slot);
            assert_eq!(is, (expected.0, expected.1, expected.0 == "queued"), "{what:?}");
        }
    }
}

#[tokio::test]
async fn the_text_that_is_current_when_a_mail_leaves_is_kept_with_it() {
    for test in test_databases().await {
        let outreach = due(&test.db, 1, 1, 1).await;
        let claims = slots(&outreach.world.app, outreach.now()).await.unwrap().batches;
        let (workspace, text) = (outreach.world.member.workspace, TextId::new());
        let mut tx = outreach.world.app.db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query(
            "insert into texts (workspace_id, id, step_id, subject, body, made_by, created_at)
             select workspace_id, $2, step_id, 'Another subject', 'Another text', made_by, 1 from texts where workspace_id = $1")
            .bind(workspace).bind(text).execute(c).await.map(drop))
        .unwrap();
        on!(&mut tx, c => sqlx::query("update variants set text_id = $2 where workspace_id = $1").bind(workspace).bind(text)
            .execute(c).await.map(drop))
        .unwrap();
        tx.commit().await.unwrap();
        hand_over(&outreach.world.app, claims).await.unwrap();
        let mails = outreach.mails().await;
        assert!(mails.len() == 1 && mails[0].message.contains("Another text"));
        let mut tx = outreach.world.app.db.read().await.unwrap();
        let kept: (TextId, String) =
            on!(&mut tx, c => sqlx::query_as("select text_id, subject from sends").fetch_one(c).await).unwrap();
        assert_eq!(kept, (text, "Another subject".into()));
    }
}

/// A mail of a server that ended while it handed the mail over, before the mail server had it.
async fn lost(outreach: &Outreach) {
    assert_eq!(slots(&outreach.world.app, outreach.now()).await.unwrap().batches.len(), 1);
    outreach.set("update sends set state = 'sending', sending_at = 1, lease_until = 1").await;
}

#[tokio::test]
async fn a_mail_whose_lead_was_stopped_while_it_was_handed_over_and_lost_is_given_up() {
    for test in test_databases().await {
        let outreach = due(&test.db, 1, 1, 1).await;
        lost(&outreach).await;
        let (workspace, lead) = (outreach.world.member.workspace, outreach.lead(1).await);
        let mut tx = outreach.world.app.db.write().await.unwrap();
        let why = Stop { code: "by_person", actor: None };
        stop(&mut tx, workspace, &[(outreach.world.campaign, lead)], why, outreach.now()).await.unwrap();
        tx.commit().await.unwrap();
        outreach.pass(HOUR).await;
        outreach.audit().await;
        assert_eq!(outreach.mails().await.len(), 0);
        assert_eq!(
            outreach.count("select count(*) from sends where state = 'cancelled' and slot_day is null").await,
            1
        );
        assert_eq!(outreach.count("select used from send_days where scope = 'mailbox'").await, 0);
    }
}

#[tokio::test]
async fn a_mail_that_was_lost_with_its_mailbox_leaves_from_another_one() {
    for test in test_databases().await {
        let outreach = due(&test.db, 1, 1, 2).await;
        outreach.set("update mailboxes set look_at = null where address = 'jo1@acme.example'").await;
        lost(&outreach).await;
        let mut tx = outreach.world.app.db.write().await.unwrap();
        remove_mailbox(&mut tx, &outreach.world.member, outreach.mailboxes[0], true, outreach.now()).await.unwrap();
        tx.commit().await.unwrap();
        outreach.pass(HOUR).await;
        outreach.audit().await;
        assert_eq!(outreach.mails().await.len(), 1);
        assert_eq!(outreach.count("select count(*) from enrolments where state = 'finished'").await, 1);
    }
}
