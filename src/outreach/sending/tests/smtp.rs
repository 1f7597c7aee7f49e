//! Mails that leave through sessions with a mail server.

use std::{sync::Arc, time::Duration};

use tokio::sync::Notify;

use super::{
    DAY, HOUR, MINUTE,
    outreach::LEASES,
    pace,
    posted::{Posted, no_gap},
    server::Answer,
};
use crate::{
    mail::{
        dkim::{Algorithm, Signer, SigningKey, tests::verifies},
        smtp::{
            Stage,
            tests::scripted::{patient, this_machine},
        },
    },
    outreach::{
        mailboxes::domains::signing,
        schedule::rules::Pace,
        sending::{Sessions, round},
    },
    server::db::test_databases,
    suppression::{Cause, Reason, Subject, SuppressionKeys, suppress},
};

#[tokio::test]
async fn mails_leave_through_a_session_and_follow_ups_answer_them() {
    for test in test_databases().await {
        assert!(this_machine().contains("127.0.0.1".parse().unwrap()));
        let posted = Posted::new(&test.db, 3, 2, &[pace(50)]).await;
        posted.pass(7 * DAY).await;
        posted.audit().await;
        assert_eq!(posted.server.taken().len(), 6);
        for number in 1..=3 {
            let mails = posted.server.taken_of(&format!("person{number}@acorn.example"));
            let [first, second] = &mails[..] else { panic!("{mails:?}") };
            assert!(first.message.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"));
            let id = first.message.split("Message-ID: <").nth(1).unwrap().split('>').next().unwrap();
            assert!(second.message.contains(&format!("In-Reply-To: <{id}>")), "{}", second.message);
        }
        posted.is("select count(*) from enrolments where state = 'finished'", 3).await;
        posted.is("select count(*) from sends where reply_words = '250 2.0.0 Ok: queued'", 6).await;
        posted.is("select count(*) from sent_messages", 6).await;
        posted.world.assert_proven().await;
    }
}

#[tokio::test]
async fn a_mailbox_without_a_gap_sends_many_over_one_connection() {
    for test in test_databases().await {
        let posted = Posted::new(&test.db, 45, 1, &[no_gap(100)]).await;
        posted.settle().await;
        posted.audit().await;
        assert_eq!(posted.server.taken().len(), 45);
        assert_eq!(posted.server.connections(), (1, 1));
    }
}

#[tokio::test]
async fn a_slow_server_holds_up_neither_the_rounds_nor_other_mailboxes() {
    for test in test_databases().await {
        let posted = Posted::new(&test.db, 6, 1, &[pace(50), pace(50)]).await;
        let released = Arc::new(Notify::new());
        posted.server.answer(Stage::SignIn, "", Answer::Hold(released.clone()), 1);
        posted.until_held().await;
        for _ in 0..4 {
            round(&posted.world.app).await.unwrap();
            while posted.count("select count(*) from sends where state in ('claimed', 'sending')").await > 1 {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            posted.world.app.clock.advance(Duration::from_secs(20));
        }
        assert!(!posted.server.taken().is_empty(), "the other mailbox sends");
        released.notify_one();
        posted.pass(HOUR).await;
        posted.audit().await;
        assert_eq!(posted.server.taken().len(), 6);
        assert!(posted.server.connections().1 <= 2);
    }
}

#[tokio::test]
async fn whoever_opts_out_or_is_paused_while_the_server_waits_for_the_message_gets_none() {
    for pauses in [false, true] {
        for test in test_databases().await {
            let posted = Posted::new(&test.db, 1, 1, &[pace(50)]).await;
            let released = Arc::new(Notify::new());
            posted.server.answer(Stage::Data, "", Answer::Hold(released.clone()), 1);
            posted.until_held().await;
            let (workspace, at) = (posted.world.member.workspace, posted.now());
            let mut tx = posted.world.app.db.write().await.unwrap();
            if pauses {
                let campaign = crate::campaigns::campaign(&mut tx, workspace, posted.world.campaign).await.unwrap();
                crate::outreach::progress::pause_sending(&mut tx, &posted.world.member, &campaign, at).await.unwrap();
            } else {
                let keys = posted.world.app.of::<SuppressionKeys>();
                let subject = Subject::address(keys, &"person1@acorn.example".parse().unwrap());
                suppress(&mut tx, workspace, &subject, &Cause::of(Reason::Person), at).await.unwrap();
            }
            tx.commit().await.unwrap();
            released.notify_one();
            posted.settle().await;
            posted.audit().await;
            assert!(posted.server.taken().is_empty());
            let expected = if pauses { "queued" } else { "cancelled" };
            assert_eq!(posted.text("select state from sends").await, expected);
            if pauses {
                posted.set("update campaign_sending set state = 'running'").await;
                posted.set("update mailboxes set look_at = 0").await;
                posted.pass(5 * MINUTE).await;
                posted.audit().await;
                assert_eq!(posted.server.taken().len(), 1, "it leaves once the campaign sends again");
            }
        }
    }
}

#[tokio::test]
async fn a_mail_whose_window_closes_while_the_server_waits_for_the_message_leaves_in_the_next() {
    for test in test_databases().await {
        let posted = Posted::new(&test.db, 1, 1, &[pace(50)]).await;
        let clock = &posted.world.app.clock;
        let today = Duration::from_micros(posted.now().micros().unsigned_abs()).as_secs() % DAY.as_secs();
        clock.advance(17 * HOUR - Duration::from_secs(today + 10));
        let released = Arc::new(Notify::new());
        posted.server.answer(Stage::Data, "", Answer::Hold(released.clone()), 1);
        posted.until_held().await;
        clock.advance(Duration::from_secs(20));
        released.notify_one();
        posted.settle().await;
        assert!(posted.server.taken().is_empty());
        assert_eq!(posted.text("select state from sends").await, "queued");
        posted.pass(DAY).await;
        posted.audit().await;
        assert_eq!(posted.server.taken().len(), 1);
    }
}

#[tokio::test]
async fn two_servers_share_the_mailboxes_and_send_each_mail_once() {
    for test in test_databases().await {
        let paces: Vec<Pace> = (0..4).map(|_| no_gap(50)).collect();
        let posted = Posted::new(&test.db, 60, 1, &paces).await;
        posted.set("update campaign_sending set daily_cap = 50").await;
        let world = &posted.world;
        let (other, _folder) =
            crate::app::testing::app_on(world.app.config.clone(), &test.db, world.app.clock.clone()).await;
        other.of::<Sessions>().dialled.set((posted.server.tls.clone(), patient())).ok().unwrap();
        for _ in 0..30 {
            let (one, another) = tokio::join!(round(&world.app), round(&other));
            one.unwrap();
            another.unwrap();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // `pass` waits for the sessions of the first server alone.
        while posted.count(LEASES).await > 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        posted.pass(3 * MINUTE).await;
        posted.audit().await;
        assert_eq!(posted.server.taken().len(), 50, "the limit of the campaign, not one more");
    }
}

#[tokio::test]
async fn a_test_mail_leaves_through_the_same_session_and_takes_no_slot() {
    for test in test_databases().await {
        let posted = Posted::new(&test.db, 1, 1, &[pace(50)]).await;
        posted.settle().await;
        let (app, member) = (&posted.world.app, &posted.world.member);
        let mail = crate::outreach::sending::TestMail {
            campaign: posted.world.campaign,
            mailbox: posted.mailboxes[0],
            from: ("Jo".into(), "jo0@acme.example".into()),
            reply_to: None,
            to: "ada@acme.example".parse().unwrap(),
            subject: "About Acorn".into(),
        };
        let mut tx = app.db.write().await.unwrap();
        let sent = crate::outreach::sending::send_test(
            app,
            &mut tx,
            member,
            &mail,
            |url| format!("Hello {url}"),
            posted.now(),
        );
        assert_eq!(sent.await.unwrap().unwrap(), crate::outreach::sending::Sent::Queued);
        tx.commit().await.unwrap();
        posted.settle().await;
        let taken = posted.server.taken_of("ada@acme.example");
        assert_eq!(taken.len(), 1, "it does not wait for the gap");
        assert!(taken[0].message.contains("Subject: [Test] About Acorn"));
        posted.is("select used from send_days where scope = 'mailbox'", 1).await;
        posted.is("select count(*) from outreach_events where kind = 'sent'", 1).await;
    }
}

#[tokio::test]
async fn a_mailbox_with_a_key_signs_what_it_sends() {
    for test in test_databases().await {
        let posted = Posted::new(&test.db, 2, 1, &[no_gap(100)]).await;
        let app = &posted.world.app;
        let key = SigningKey::make(Algorithm::Rsa).unwrap();
        let record = key.record();
        let signer = Signer { domain: "acme.example".into(), selector: "k1".into(), key };
        let mailbox = (posted.world.member.workspace, posted.mailboxes[0]);
        let mut tx = app.db.write().await.unwrap();
        signing::keep(&mut tx, &app.config.encryption_keys(), mailbox, &signer, posted.now()).await.unwrap();
        tx.commit().await.unwrap();
        posted.settle().await;
        let taken = posted.server.taken();
        assert_eq!(taken.len(), 2);
        for mail in taken {
            assert!(verifies(mail.message.trim_end_matches(".\r\n"), &record), "{}", mail.message);
        }
    }
}
