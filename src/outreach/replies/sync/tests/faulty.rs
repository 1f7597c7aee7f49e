//! Servers that are almost right: the answers are read all the same.

use std::time::Duration;

use super::{
    STOPPED, THREADS,
    answered::{Answered, other},
    read_once,
};
use crate::{
    app::testing::{app_on, test_config},
    mail::imap::Limits,
    outreach::{mailboxes::read_state, replies::sync::Readers, sending::tests::HOUR},
    server::{clock::Clock, db::test_databases},
};

const FAILURES: &str = "select failures from mailbox_syncs";

/// Two leads that had a mail, and a mailbox that was looked at.
async fn begun(db: &crate::server::db::Db) -> Answered {
    let answered = Answered::new(db, 2).await;
    answered.pass(HOUR).await;
    answered.first_look().await;
    answered
}

#[tokio::test]
async fn an_answer_that_is_shown_after_a_later_one_was_read_is_read_too() {
    for test in test_databases().await {
        let answered = begun(&test.db).await;
        // The server gives the first one its UID, and shows it when it is written: after the second.
        answered.imap.known().folder("INBOX").uid_next = 2;
        answered.imap.put("INBOX", answered.answer(2, "No.").await);
        answered.until(THREADS, 1).await;
        answered
            .until("select count(*) from mailbox_folders where name = 'INBOX' and next_uid = 3 and messages = 1", 1)
            .await;
        answered.imap.show("INBOX", 1, answered.answer(1, "Yes.").await);
        answered.until(THREADS, 2).await;
        answered.is(STOPPED, 2).await;
        answered
            .until("select count(*) from mailbox_folders where name = 'INBOX' and next_uid = 3 and messages = 2", 1)
            .await;
    }
}

#[tokio::test]
async fn two_folders_with_one_validity_are_each_read_to_their_own_end() {
    for test in test_databases().await {
        let answered = begun(&test.db).await;
        answered.imap.put("INBOX", other(1));
        answered.imap.put("INBOX", other(2));
        answered
            .until("select count(*) from mailbox_folders where name = 'INBOX' and next_uid = 3 and messages = 2", 1)
            .await;
        answered.imap.put("Junk", answered.answer(1, "Yes.").await);
        answered.imap.put("Junk", other(3));
        // Folders in which nothing is announced are read at the beginning of a connection.
        answered.imap.hang_up();
        answered.until("select count(*) from mails where folder = 'Junk' and junk", 1).await;
        answered.is("select count(distinct uid_validity) from mailbox_folders", 1).await;
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_opened_keeps_no_answer_from_being_read() {
    for folder in ["Junk", "Sent"] {
        for test in test_databases().await {
            let answered = Answered::new(&test.db, 1).await;
            answered.imap.known().shuts = Some(folder);
            answered.pass(HOUR).await;
            answered.first_look().await;
            // The copy of the mail waits for the folder.
            answered.app().clock.advance(HOUR);
            answered.imap.hang_up();
            answered.imap.put("INBOX", answered.answer(1, "Yes.").await);
            answered.until(STOPPED, 1).await;
            answered.is("select count(*) from mailbox_syncs where code is null and failures = 0", 1).await;
            answered.imap.known().shuts = None;
            answered.imap.hang_up();
            answered.until("select count(*) from sent_messages where copy_in is not null", 0).await;
        }
    }
}

#[tokio::test]
async fn a_message_that_the_server_does_not_give_keeps_no_other_from_being_read() {
    // The whole message; then nothing at all of it.
    for (what, threads) in [("BODY.PEEK[]", 2), ("", 1)] {
        for test in test_databases().await {
            let answered = begun(&test.db).await;
            answered.imap.known().withholds = Some((1, what));
            answered.imap.put("INBOX", answered.answer(1, "Yes.").await);
            answered.imap.put("INBOX", answered.answer(2, "No.").await);
            // It may be able to soon.
            for failures in 1..=3 {
                answered.until(FAILURES, failures).await;
                answered.is(THREADS, 0).await;
                answered.app().clock.advance(Duration::from_secs(400));
            }
            answered.until(THREADS, threads).await;
            // Of the one whose header alone is given, is known that it came and what it answers.
            answered.is(STOPPED, threads).await;
            answered.is("select count(*) from mail_bodies where cut", threads - 1).await;
            answered.until("select count(*) from mailbox_syncs where code is null and failures = 0", 1).await;
            answered.until("select count(*) from mailbox_folders where name = 'INBOX' and next_uid = 3", 1).await;
            // It is not asked for in the next conversation either.
            let heard = answered.imap.known().heard.len();
            answered.imap.hang_up();
            answered.imap.put("INBOX", answered.answer(2, "And one thing more.").await);
            answered.until("select count(*) from mails where uid = 3", 1).await;
            let known = answered.imap.known();
            let asked: Vec<&String> =
                known.heard[heard..].iter().filter(|line| line.starts_with("UID FETCH")).collect();
            assert!(!asked.is_empty() && asked.iter().all(|line| !line.starts_with("UID FETCH 1")), "{asked:?}");
        }
    }
}

#[tokio::test]
async fn a_server_that_answers_each_time_at_the_last_moment_is_not_waited_for() {
    for test in test_databases().await {
        let answered = begun(&test.db).await;
        answered.app().jobs.shutdown.cancel();
        let opened = || answered.imap.known().heard("EXAMINE");
        let before = opened();
        answered.imap.known().thinks = Some(Duration::from_millis(250));
        let later = answered.now().plus(HOUR);
        let (app, _folder) = app_on(test_config(&[]), &test.db, Clock::fixed(later)).await;
        let limits = Limits { time: Duration::from_millis(300), ..Limits::default() };
        app.of::<Readers>().dialled.set((answered.imap.tls.clone(), limits)).ok().unwrap();
        read_once(&app).await;
        answered.is("select count(*) from mailbox_syncs where code = 'unreachable'", 1).await;
        assert_eq!(opened(), before);
    }
}

#[tokio::test]
async fn after_a_mailbox_moved_its_folders_are_read_anew_though_their_validity_is_the_same() {
    for test in test_databases().await {
        let answered = begun(&test.db).await;
        for number in 1..=60 {
            answered.imap.put("INBOX", other(number));
        }
        answered.until("select count(*) from mailbox_folders where name = 'INBOX' and next_uid = 61", 1).await;
        let mailbox = (answered.world.member.workspace, answered.mailboxes[0]);
        let mut tx = answered.app().db.write().await.unwrap();
        read_state::moved(&mut tx, mailbox).await.unwrap();
        tx.commit().await.unwrap();
        // The reader of the earlier one writes nothing more.
        {
            let mut known = answered.imap.known();
            let inbox = known.folder("INBOX");
            inbox.messages.clear();
            inbox.uid_next = 1;
        }
        answered.imap.put("INBOX", answered.answer(1, "Yes.").await);
        answered.imap.known().folder("INBOX").uid_next = 100;
        answered.imap.hang_up();
        let mut tx = answered.app().db.write().await.unwrap();
        read_state::again(&mut tx, mailbox, answered.now()).await.unwrap();
        tx.commit().await.unwrap();
        answered.until(THREADS, 1).await;
        answered.is(STOPPED, 1).await;
    }
}

#[tokio::test]
async fn while_fifty_thousand_messages_of_one_mailbox_are_read_another_is_read_at_once() {
    const BEHIND: &str = "select count(*) from mailbox_folders where behind between 1 and 49999";
    for test in test_databases().await {
        let answered = Answered::with_mailboxes(&test.db, 2, 2).await;
        answered.set("update mailboxes set imap_user = 'flooded' where address = 'jo1@acme.example'").await;
        answered.pass(HOUR).await;
        answered.first_look().await;
        {
            let mut known = answered.imap.known();
            let inbox = &mut known.flooded[0];
            inbox.messages = (1..=50_000).map(|uid| (uid, other(uid as usize))).collect();
            inbox.uid_next = 50_001;
        }
        answered.imap.hang_up();
        answered.until(BEHIND, 1).await;
        answered.imap.put("INBOX", answered.answer(1, "Yes.").await);
        answered.until(THREADS, 1).await;
        answered.is(STOPPED, 1).await;
        answered.is(BEHIND, 1).await;
        answered.app().jobs.shutdown.cancel();
    }
}

#[tokio::test]
async fn where_a_host_takes_fewer_connections_than_there_are_mailboxes_they_take_turns() {
    for test in test_databases().await {
        let answered = Answered::with_mailboxes(&test.db, 1, 4).await;
        answered.imap.known().most = 2;
        answered.pass(HOUR).await;
        answered.until("select count(*) from mailbox_syncs where code = 'busy'", 2).await;
        answered.is("select count(*) from mailbox_syncs where looked_at is not null", 2).await;
        answered.app().clock.advance(Duration::from_secs(20 * 60));
        answered.first_look().await;
        // One waits for news; the others come again and again.
        let answer = answered.answer(1, "Yes.").await;
        answered.app().clock.advance(Duration::from_secs(10 * 60));
        answered.imap.put("INBOX", answer);
        answered.until(STOPPED, 1).await;
        answered.until("select count(*) from mailbox_syncs where code is null and looked_at is not null", 4).await;
        assert_eq!(answered.app().of::<Readers>().kept(), 1);
        answered.app().jobs.shutdown.cancel();
    }
}

#[tokio::test]
async fn after_looks_that_succeeded_the_next_failure_is_the_first_one() {
    for test in test_databases().await {
        let answered = begun(&test.db).await;
        let break_down = |answered: &Answered| {
            answered.imap.known().shuts = Some("INBOX");
            answered.imap.put("INBOX", other(1));
        };
        break_down(&answered);
        for failures in 1..=3 {
            answered.until(FAILURES, failures).await;
            answered.app().clock.advance(Duration::from_secs(400));
        }
        answered.imap.known().shuts = None;
        answered.until("select count(*) from mailbox_syncs where code is null and failures = 0", 1).await;
        break_down(&answered);
        answered.until(FAILURES, 1).await;
        let pause = answered.count("select run_at from mailbox_syncs").await - answered.now().micros();
        assert!(pause <= 20_000_000, "{pause} microseconds");
    }
}
