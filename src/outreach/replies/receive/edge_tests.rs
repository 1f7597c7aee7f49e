//! Cases of the design that go wrong in other senders (`outreach/edge_cases.rs`): whose answer it is, and what reports say late, twice or
//! without a word about which mail they mean.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Notify, time::timeout};

use super::{
    Incoming, Received, deliver,
    tests::{CREDITS_BACK, Conversation, answer, report},
};
use crate::{
    mail::smtp::Stage,
    outreach::sending::{
        round,
        tests::{DAY, Mail, pace, posted::Posted, server::Answer},
    },
    server::db::test_databases,
};

/// A report that names its recipient, and neither the mail nor its id.
fn without_id(to: &str, status: &str, reply: &str) -> String {
    let whole = Mail {
        recipient: to.to_owned(),
        subject: String::new(),
        message: "Message-ID: <unknown@elsewhere.example>".to_owned(),
        received_at: crate::server::clock::Instant(0),
    };
    let raw = report(&whole, "failed", status, reply);
    let (start, _) = raw.split_once("--b\nContent-Type: text/rfc822-headers").unwrap();
    format!("{start}--b--\n")
}

#[tokio::test]
async fn an_answer_from_another_address_counts_for_the_mail_that_it_answers_and_for_no_other() {
    for test in test_databases().await {
        let all = Conversation::begun(&test.db, 2, 2).await;
        let mail = all.mail_to(2).await;
        let raw = answer(&mail, 2, "", "Which day would suit you?");
        let raw = raw.replace("person2@acorn.example>\nTo", "shared@elsewhere.example>\nTo");
        assert!(raw.contains("<shared@elsewhere.example>"));
        assert!(matches!(all.comes(&raw).await, Received::Stored(_)));
        assert_eq!([all.sequence(1).await, all.sequence(2).await], ["active ", "stopped answered"]);
        // Without a sign of which mail it answers, it is not ours, and stops no sequence.
        let stray = "From: shared@elsewhere.example\nTo: jo0@acme.example\nSubject: Hello\nMessage-ID: <1@elsewhere.example>\n\nHello\n";
        assert_eq!(all.comes(stray).await, Received::NotOurs);
        assert_eq!(all.sequence(1).await, "active ");
        all.outreach.audit().await;
    }
}

#[tokio::test]
async fn an_answer_that_comes_while_a_mail_is_handed_over_and_that_mail_both_stand() {
    for test in test_databases().await {
        let posted = Posted::new(&test.db, 1, 3, &[pace(50)]).await;
        posted.settle().await;
        let first = posted.server.taken()[0].message.clone();
        let released = Arc::new(Notify::new());
        posted.server.answer(Stage::Body, "", Answer::Hold(released.clone()), 1);
        posted.world.app.clock.advance(3 * DAY);
        while timeout(Duration::from_millis(50), posted.server.holds.notified()).await.is_err() {
            round(&posted.world.app).await.unwrap();
            // On a busy machine a first try may fail, and the next one is later.
            posted.world.app.clock.advance(Duration::from_secs(1));
        }
        assert_eq!(posted.text("select state from sends order by state").await, "sending sent");
        let mail = Mail {
            recipient: "person1@acorn.example".to_owned(),
            subject: "About Acorn".to_owned(),
            message: first,
            received_at: posted.now(),
        };
        let raw = answer(&mail, 1, "", "Please call me instead.").replace('\n', "\r\n").into_bytes();
        let mailbox = (posted.world.member.workspace, posted.mailboxes[0]);
        let incoming = Incoming { place: None, received_at: posted.now(), raw, is_cut: false };
        assert!(matches!(deliver(&posted.world.app, mailbox, incoming).await.unwrap(), Received::Stored(_)));
        released.notify_one();
        posted.settle().await;
        assert_eq!(posted.text("select state from sends order by state").await, "sent sent");
        assert_eq!(posted.text("select state || ' ' || code from enrolments").await, "stopped answered");
        posted.pass(7 * DAY).await;
        posted.audit().await;
        assert_eq!(posted.server.taken().len(), 2, "and nothing after it");
    }
}

#[tokio::test]
async fn a_report_that_names_only_the_recipient_is_about_the_last_mail_and_one_about_a_stranger_about_none() {
    for test in test_databases().await {
        let all = Conversation::begun(&test.db, 2, 2).await;
        let about = |to: &str| without_id(to, "5.1.1", "550 5.1.1 User unknown");
        assert_eq!(all.comes(&about("stranger@elm.example")).await, Received::NotOurs);
        all.is("select count(*) from mails", 0).await;
        assert!(matches!(all.comes(&about("person1@acorn.example")).await, Received::Stored(_)));
        assert_eq!([all.sequence(1).await, all.sequence(2).await], ["stopped bounced", "active "]);
        all.is(CREDITS_BACK, 1).await;
    }
}

#[tokio::test]
async fn a_report_of_a_delay_changes_nothing_and_that_the_time_ran_out_blames_no_address() {
    for test in test_databases().await {
        let all = Conversation::begun(&test.db, 2, 2).await;
        let (first, second) = (all.mail_to(1).await, all.mail_to(2).await);
        let timed_out = "451 4.4.1 Connection timed out";
        for mail in [&first, &second] {
            all.comes(&report(mail, "delayed", "4.4.1", timed_out)).await;
        }
        assert_eq!([all.sequence(1).await, all.sequence(2).await], ["active ", "active "]);
        all.comes(&report(&first, "failed", "5.1.1", "550 5.1.1 User unknown")).await;
        all.comes(&report(&second, "failed", "4.4.7", "delivery temporarily suspended: message expired")).await;
        assert_eq!([all.sequence(1).await, all.sequence(2).await], ["stopped bounced", "stopped gave_up"]);
        all.is("select count(*) from suppressions", 1).await;
        all.is(CREDITS_BACK, 1).await;
        all.is("select count(*) from outreach_events where kind = 'delayed'", 2).await;
        all.is("select count(*) from outreach_events where kind = 'bounced'", 2).await;
        all.outreach.world.assert_proven().await;
    }
}
