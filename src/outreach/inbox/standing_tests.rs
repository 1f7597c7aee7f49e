//! Replies to people who must not be written to, from the page to the moment at which they would leave.

use std::time::Duration;

use axum::http::StatusCode;

use super::testing::{Answered, answered, mail};
use crate::{
    app::testing::{Answer, NOW, TestApp, test_apps},
    on,
    outreach::{
        progress::tests::run,
        sending::{hand_over, slots},
    },
    people,
    server::clock::Instant,
    suppression::{Cause, Reason, Subject, SuppressionKeys, object, suppress},
};

const REFUSED: &str = "This person asked that no one on this server writes to them, so no reply leaves from here.";
const NOT_SENT: &str = "Not sent: this person asked that no one on this server writes to them.";

async fn reply(answered: &Answered, newest: &str) -> Answer {
    let fields = [("act", "send"), ("reply", "Monday at ten?"), ("newest", newest)];
    answered.world.owner.post(&format!("{}/reply", answered.path()), &fields).await
}

/// The person behind an address objects; nothing else is done, as by another server at the same moment.
async fn objects(test: &TestApp, address: &str) {
    let mut tx = test.app.db.write().await.unwrap();
    object(&mut tx, test.app.of(), &address.parse().unwrap(), NOW).await.unwrap();
    tx.commit().await.unwrap();
}

async fn lists(test: &TestApp, answered: &Answered, address: &str, reason: Reason) {
    let keys = test.app.of::<SuppressionKeys>();
    let subject = Subject::address(keys, &address.parse().unwrap());
    let mut tx = test.app.db.write().await.unwrap();
    suppress(&mut tx, answered.world.owner.workspace, &subject, &Cause::of(reason), NOW).await.unwrap();
    tx.commit().await.unwrap();
}

/// A colleague writes into the conversation; returns the mail.
async fn colleague_writes(test: &TestApp, answered: &Answered, address: &'static str) -> String {
    let mut tx = test.app.db.write().await.unwrap();
    let newest = mail(&mut tx, &answered.world, answered.thread, "I can tell you more.", NOW).await;
    run!(&mut tx, "update mails set from_address = $2 where id = $1", newest, address);
    run!(&mut tx, "update threads set address = $2 where id = $1", answered.thread, address);
    tx.commit().await.unwrap();
    newest.to_string()
}

async fn works(test: &TestApp, at: Instant) {
    let picked = slots(&test.app, at).await.unwrap();
    hand_over(&test.app, picked.batches).await.unwrap();
}

async fn count(test: &TestApp, sql: &'static str) -> i64 {
    on!(&mut test.app.db.read().await.unwrap(), c => sqlx::query_scalar(sql).fetch_one(c).await).unwrap()
}

const LEFT: &str = "select count(*) from outbox_mails";

#[tokio::test]
async fn no_reply_goes_to_a_person_who_objected_and_the_page_says_so() {
    for test in test_apps(&[]).await {
        let answered = answered(&test).await;
        let owner = &answered.world.owner;
        objects(&test, "Mara+work@corp.example").await;
        let page = owner.get(&answered.path()).await.body;
        assert!(page.contains(REFUSED) && page.contains("Objected"), "{page}");
        assert!(!page.contains("name=\"reply\""), "{page}");
        // A form of an older page.
        let refused = reply(&answered, &answered.mail.to_string()).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains(REFUSED), "{}", refused.body);
        assert_eq!(count(&test, "select count(*) from sends where kind = 'reply'").await, 0);
        assert!(
            owner.get("/people?q=mara%40corp.example").await.body.contains("that no one on this server writes to them")
        );
        // The page does not reveal objections of people that the workspace does not know.
        objects(&test, "no-one@elsewhere.example").await;
        let unknown = owner.get("/people?q=no-one%40elsewhere.example").await.body;
        assert!(unknown.contains("Nothing is known of this address") && !unknown.contains("asked on"), "{unknown}");
    }
}

#[tokio::test]
async fn a_reply_that_waits_stays_when_its_recipient_objects() {
    for test in test_apps(&[]).await {
        let answered = answered(&test).await;
        let owner = &answered.world.owner;
        assert_eq!(reply(&answered, &answered.mail.to_string()).await.status, StatusCode::SEE_OTHER);
        objects(&test, "mara@corp.example").await;
        for seconds in [10, 20, 90] {
            works(&test, NOW.plus(Duration::from_secs(seconds))).await;
        }
        assert_eq!(count(&test, LEFT).await, 0);
        assert_eq!(count(&test, "select count(*) from sends where state = 'cancelled' and code = 'objected'").await, 1);
        let page = owner.get(&answered.path()).await.body;
        assert!(page.contains(NOT_SENT) && !page.contains(">Undo<"), "{page}");
    }
}

#[tokio::test]
async fn an_objection_on_the_public_page_takes_waiting_replies_back_at_once() {
    for test in test_apps(&[]).await {
        let answered = answered(&test).await;
        reply(&answered, &answered.mail.to_string()).await;
        let mut tx = test.app.db.write().await.unwrap();
        let touched = people::leave_alone(&mut tx, test.app.of(), &"mara@corp.example".parse().unwrap(), NOW).await;
        tx.commit().await.unwrap();
        assert_eq!(touched.unwrap().len(), 1);
        assert_eq!(count(&test, "select count(*) from sends where state = 'cancelled' and code = 'objected'").await, 1);
        let log = answered.world.owner.get("/settings/team/log").await.body;
        assert!(log.contains("Stopped writing to a person") && log.contains("took back 1 mail"), "{log}");
        assert!(!log.contains("mara@corp.example"), "{log}");
    }
}

#[tokio::test]
async fn what_holds_for_one_address_is_asked_of_the_address_that_the_reply_goes_to() {
    for test in test_apps(&[]).await {
        let answered = answered(&test).await;
        // The lead's own address does not exist any more; a colleague answered.
        lists(&test, &answered, "mara@corp.example", Reason::Bounced).await;
        let bounced = reply(&answered, &answered.mail.to_string()).await;
        assert!(bounced.body.contains("Mails to this address come back"), "{}", bounced.body);
        let newest = colleague_writes(&test, &answered, "bo@corp.example").await;
        let page = answered.world.owner.get(&answered.path()).await.body;
        assert!(page.contains("To bo@corp.example") && !page.contains("Mails to this address come back"), "{page}");
        assert_eq!(reply(&answered, &newest).await.status, StatusCode::SEE_OTHER);
        objects(&test, "bo@corp.example").await;
        works(&test, NOW.plus(Duration::from_secs(10))).await;
        assert_eq!(count(&test, LEFT).await, 0, "the colleague objected meanwhile");
    }
}

#[tokio::test]
async fn neither_a_colleague_nor_another_mailbox_is_a_way_around_an_objection() {
    for test in test_apps(&[]).await {
        let answered = answered(&test).await;
        let newest = colleague_writes(&test, &answered, "m.quill@corp.example").await;
        reply(&answered, &newest).await;
        objects(&test, "mara@corp.example").await;
        works(&test, NOW.plus(Duration::from_secs(10))).await;
        assert_eq!(count(&test, LEFT).await, 0, "the person of the conversation objected");
        let mut tx = test.app.db.write().await.unwrap();
        run!(&mut tx, "update mailboxes set state = 'removed' where id = $1", answered.world.mailbox);
        tx.commit().await.unwrap();
        let page = answered.world.owner.get(&answered.path()).await.body;
        assert!(page.contains(REFUSED), "{page}");
    }
}

#[tokio::test]
async fn a_person_on_the_list_gets_a_reply_after_a_warning_and_one_whose_data_was_erased_gets_none() {
    for test in test_apps(&[]).await {
        for (reason, warning) in [
            (Reason::Person, "This person is on your suppression list."),
            (Reason::Unsubscribed, "This person asked for no more mails."),
        ] {
            let answered = answered(&test).await;
            lists(&test, &answered, "mara@corp.example", reason).await;
            let page = answered.world.owner.get(&answered.path()).await.body;
            assert!(page.contains(warning) && page.contains("name=\"reply\""), "{page}");
            assert_eq!(reply(&answered, &answered.mail.to_string()).await.status, StatusCode::SEE_OTHER);
        }
        works(&test, NOW.plus(Duration::from_secs(10))).await;
        assert_eq!(count(&test, LEFT).await, 2);
        let answered = answered(&test).await;
        lists(&test, &answered, "mara@corp.example", Reason::Erased).await;
        let refused = reply(&answered, &answered.mail.to_string()).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains("data was erased, and no one here writes to them again"), "{}", refused.body);
    }
}
