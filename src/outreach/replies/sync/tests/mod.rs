//! Readers against a server of their own, on both databases; and (ignored elsewhere) against Dovecot.

mod answered;
mod faulty;
mod parts;
mod real;
mod server;
mod token;

use std::time::Duration;

use super::{session, visits};
use crate::{
    app::testing::{app_on, test_config},
    outreach::{
        mailboxes::{read_state, state},
        replies::sync::{Readers, round},
        sending::tests::{DAY, HOUR, killed::killed_after},
    },
    server::{
        app::App,
        clock::Clock,
        db::{crash_after, test_databases},
    },
};
use answered::{Answered, other, trust};

const THREADS: &str = "select count(*) from threads";
const SENT: &str = "select count(*) from sends where kind = 'step' and state = 'sent'";
const STOPPED: &str = "select count(*) from enrolments where state = 'stopped'";
const TOLD: &str = "select count(*) from notices where title like 'Replies to %'";

/// Reads what is due, and returns when it is read.
async fn read_once(app: &App) {
    for visit in visits(app).await.unwrap() {
        session::run(app.clone(), visit).await;
    }
}

#[tokio::test]
async fn an_answer_becomes_a_conversation_and_what_was_there_before_does_not() {
    for test in test_databases().await {
        let answered = Answered::new(&test.db, 2).await;
        answered.pass(HOUR).await;
        answered.is(SENT, 2).await;
        answered.imap.put("INBOX", answered.answer(2, "Before anyone looked.").await);
        answered.first_look().await;
        answered.imap.put("INBOX", other(1));
        answered.imap.put("INBOX", answered.answer(1, "Yes, please send more.").await);
        answered.until(THREADS, 1).await;
        answered.is("select count(*) from mails where folder = 'INBOX' and uid = 3 and uid_validity = 7", 1).await;
        answered.is(STOPPED, 1).await;
        answered
            .until("select count(*) from mailbox_folders where name = 'INBOX' and next_uid = 4 and behind = 0", 1)
            .await;
        let known = answered.imap.known();
        assert_eq!(known.connections, 1, "one connection, which waits");
        assert!(known.heard("SELECT") == 0 && known.heard("STORE") == 0 && known.heard("UID STORE") == 0);
        assert!(known.heard.iter().all(|line| !line.contains("BODY[")), "nothing is marked as read");
    }
}

#[tokio::test]
async fn at_gmail_an_answer_is_read_that_a_filter_keeps_out_of_the_inbox_and_own_mail_is_none() {
    for test in test_databases().await {
        let answered = Answered::new(&test.db, 2).await;
        {
            let mut known = answered.imap.known();
            known.is_gmail = true;
            let (name, attributes) = ("[Gmail]/All Mail", "\\All");
            known.folders.push(server::Folder { name, attributes, uid_validity: 9, uid_next: 1, messages: Vec::new() });
        }
        answered.pass(HOUR).await;
        answered.first_look().await;
        // Written by a member in another program, under an address that is none of ours.
        let alias = answered.answer(2, "I write again.").await.replace("person2@", "alias@");
        answered.imap.put("[Gmail]/All Mail", alias);
        let delivered = format!("Delivered-To: jo0@acme.example\r\n{}", answered.answer(1, "Yes, please.").await);
        answered.imap.put("[Gmail]/All Mail", delivered);
        answered.until(THREADS, 1).await;
        answered.is(STOPPED, 1).await;
        answered.is("select count(*) from mails where folder = '[Gmail]/All Mail' and uid = 2", 1).await;
    }
}

#[tokio::test]
async fn a_follow_up_waits_until_the_answers_are_read_and_first_mails_do_not() {
    for test in test_databases().await {
        let answered = Answered::new(&test.db, 2).await;
        answered.first_look().await;
        answered.pass(HOUR).await;
        answered.is(SENT, 2).await;
        // The connection is lost, and nothing can be read any more.
        answered.imap.known().refuses = Some("NO [UNAVAILABLE] Temporary authentication failure");
        answered.imap.hang_up();
        answered.imap.put("INBOX", answered.answer(1, "I am interested.").await);
        answered.until("select count(*) from mailbox_syncs where code = 'busy'", 1).await;
        answered.app().clock.advance(2 * DAY);
        answered.run(5).await;
        answered.is(SENT, 2).await;
        answered.is("select count(*) from mailboxes where idle_code = 'not_read'", 1).await;
        answered.is("select count(*) from enrolments where state = 'active'", 2).await;
        // Read again, the one who answered gets no more, and the other one does.
        answered.imap.known().refuses = None;
        for _ in 0..6 {
            answered.run(2).await;
            answered.app().clock.advance(Duration::from_secs(600));
        }
        answered.is(THREADS, 1).await;
        answered.is(STOPPED, 1).await;
        answered.is(SENT, 3).await;
        answered.audit().await;
    }
}

#[tokio::test]
async fn a_follow_up_leaves_only_after_a_look_of_the_last_minute() {
    for test in test_databases().await {
        let answered = Answered::new(&test.db, 1).await;
        answered.imap.known().can_idle = false;
        answered.first_look().await;
        answered.pass(HOUR).await;
        // It is not announced: only a look can find it.
        let answer = answered.answer(1, "Please call me.").await;
        answered.app().clock.advance(2 * DAY);
        answered.imap.put("INBOX", answer);
        answered.run(10).await;
        answered.is(STOPPED, 1).await;
        answered.is(SENT, 1).await;
    }
}

#[tokio::test]
async fn a_folder_that_was_made_anew_is_read_again_and_nothing_counts_twice() {
    for test in test_databases().await {
        let answered = Answered::new(&test.db, 3).await;
        answered.pass(HOUR).await;
        answered.first_look().await;
        let (first, second) = (answered.answer(1, "Yes.").await, answered.answer(2, "No.").await);
        answered.imap.put("INBOX", first.clone());
        answered.until(THREADS, 1).await;
        {
            let mut known = answered.imap.known();
            let inbox = known.folder("INBOX");
            (inbox.uid_validity, inbox.uid_next) = (8, 1);
            inbox.messages.clear();
        }
        answered.imap.put("INBOX", first);
        answered.imap.put("INBOX", second);
        answered.until(THREADS, 2).await;
        answered.is("select count(*) from mails where direction = 'in'", 2).await;
        answered
            .is("select count(*) from mailbox_folders where name = 'INBOX' and uid_validity = 8 and next_uid = 3", 1)
            .await;
        // And within the same second, as some servers count it.
        {
            let mut known = answered.imap.known();
            let inbox = known.folder("INBOX");
            inbox.uid_next = 1;
            inbox.messages.clear();
        }
        answered.imap.put("INBOX", answered.answer(3, "Maybe.").await);
        answered.until(THREADS, 3).await;
        answered.is("select count(*) from mails where direction = 'in'", 3).await;
    }
}

#[tokio::test]
async fn a_connection_that_ends_without_a_word_is_opened_again() {
    for test in test_databases().await {
        let answered = Answered::new(&test.db, 1).await;
        answered.pass(HOUR).await;
        answered.first_look().await;
        answered.imap.hang_up();
        answered.imap.put("INBOX", answered.answer(1, "Yes.").await);
        answered.until(THREADS, 1).await;
        answered.is("select count(*) from mailbox_syncs where code is null and failures = 0", 1).await;
        assert_eq!(answered.imap.known().connections, 2);
    }
}

#[tokio::test]
async fn a_refused_sign_in_is_not_tried_again_until_a_member_changes_something() {
    for test in test_databases().await {
        let answered = Answered::new(&test.db, 1).await;
        answered.imap.known().refuses = Some("NO [AUTHENTICATIONFAILED] Wrong password.");
        answered.until("select count(*) from mailbox_syncs where code = 'sign_in_refused' and run_at is null", 1).await;
        answered.is("select count(*) from mailbox_syncs where words like '%Wrong password.'", 1).await;
        answered.is(TOLD, 1).await;
        answered.app().clock.advance(30 * DAY);
        for _ in 0..20 {
            answered.step().await;
        }
        assert_eq!(answered.imap.known().connections, 1);
        answered.imap.known().refuses = None;
        let mut tx = answered.app().db.write().await.unwrap();
        let mailbox = (answered.world.member.workspace, answered.mailboxes[0]);
        state::retry_soon(&mut tx, mailbox, answered.now()).await.unwrap();
        tx.commit().await.unwrap();
        answered.first_look().await;
        answered.is("select count(*) from mailbox_syncs where code is null and failures = 0", 1).await;
        answered.is(TOLD, 0).await;
    }
}

#[tokio::test]
async fn members_are_told_of_a_server_that_is_gone_for_a_day_until_it_is_back() {
    for test in test_databases().await {
        let answered = Answered::new(&test.db, 1).await;
        answered.first_look().await;
        answered.imap.known().refuses = Some("NO [UNAVAILABLE] Temporary authentication failure");
        answered.imap.hang_up();
        answered.until("select count(*) from mailbox_syncs where code = 'busy'", 1).await;
        answered.is(TOLD, 0).await;
        answered.app().clock.advance(DAY);
        answered.until(TOLD, 1).await;
        answered.imap.known().refuses = None;
        answered.app().clock.advance(HOUR);
        answered.until(TOLD, 0).await;
        answered.is("select count(*) from mailbox_syncs where code is null and failures = 0", 1).await;
    }
}

#[tokio::test]
async fn a_mailbox_with_very_many_messages_keeps_no_other_waiting_and_is_read_to_its_end() {
    for test in test_databases().await {
        let answered = Answered::new(&test.db, 1).await;
        answered.pass(HOUR).await;
        answered.first_look().await;
        let answer = answered.answer(1, "Yes.").await;
        {
            let mut known = answered.imap.known();
            let inbox = known.folder("INBOX");
            inbox.messages.extend((1..=5_000).map(|uid| (uid, other(uid as usize))));
            inbox.uid_next = 5_001;
        }
        answered.imap.put("INBOX", answer);
        answered
            .until("select count(*) from mailbox_folders where name = 'INBOX' and behind between 1 and 4999", 1)
            .await;
        answered
            .is("select count(*) from mailbox_folders where name = 'INBOX' and next_uid between 2 and 5000", 1)
            .await;
        answered.until(THREADS, 1).await;
        answered.until("select count(*) from mailbox_folders where name = 'INBOX' and behind = 0", 1).await;
        answered.is("select count(*) from mails where direction = 'in'", 1).await;
        let turns = answered.imap.known().connections;
        assert!(turns >= 3, "it gave way to others after 2,000 messages: {turns}");
    }
}

#[tokio::test]
async fn a_process_that_ends_after_any_commit_loses_nothing_and_stores_nothing_twice() {
    for test in test_databases().await {
        let answered = Answered::new(&test.db, 4).await;
        answered.pass(HOUR).await;
        answered.first_look().await;
        // Without connections that are kept, a reader ends after its look.
        let (config, mut commits) = (test_config(&[("FAIRLEAD_IMAP_CONNECTIONS", "0")]), 1);
        for lead in 1..=4 {
            answered.imap.put("INBOX", answered.answer(lead, "Yes.").await);
            answered.imap.put("INBOX", other(lead as usize));
        }
        // Each process of its own ends after one more commit than the one before; the first look is long over.
        answered.app().jobs.shutdown.cancel();
        let mut clock = answered.now();
        while commits < 40 {
            clock = clock.plus(Duration::from_secs(300));
            let (app, _folder) = app_on(config.clone(), &test.db, Clock::fixed(clock)).await;
            trust(&app, &answered.imap);
            crash_after(commits, async {
                let _ = tokio::time::timeout(Duration::from_secs(2), read_once(&app)).await;
            })
            .await;
            commits += 1;
            if answered.count("select count(*) from mailbox_folders where name = 'INBOX' and next_uid = 9").await == 1 {
                break;
            }
        }
        answered.is("select count(*) from mails where direction = 'in'", 4).await;
        answered.is(THREADS, 4).await;
        answered.is(STOPPED, 4).await;
        answered.is("select cast(sum(replies) as bigint) from outcome_days where scope = 'campaign'", 4).await;
    }
}

#[tokio::test]
async fn a_process_that_is_killed_at_any_moment_loses_nothing_and_stores_nothing_twice() {
    for test in test_databases().await {
        let answered = Answered::new(&test.db, 2).await;
        answered.pass(HOUR).await;
        answered.first_look().await;
        answered.app().jobs.shutdown.cancel();
        let config = test_config(&[("FAIRLEAD_IMAP_CONNECTIONS", "0")]);
        let (mut clock, mut polls, mut ended, mut put) = (answered.now(), 0, 0, 0);
        while ended < 3 {
            clock = clock.plus(Duration::from_secs(300));
            let (app, _folder) = app_on(config.clone(), &test.db, Clock::fixed(clock)).await;
            trust(&app, &answered.imap);
            answered.imap.put("INBOX", answered.answer(1 + put % 2, "One more thing.").await);
            answered.imap.put("INBOX", other(put as usize));
            put += 1;
            let reading = async move { read_once(&app).await };
            ended += usize::from(killed_after(Box::pin(reading), polls).await);
            // How often a reader is polled depends on the machine: in steps that grow.
            polls += 1 + polls / 8;
            assert!(put < 90, "it was killed after {polls} polls before it came to its end three times");
        }
        answered.is("select count(*) from mails where direction = 'in'", put).await;
        answered.is("select count(*) from reply_facts", put).await;
        answered.is(THREADS, 2).await;
        answered.is(STOPPED, 2).await;
        let read = i64::from(answered.imap.known().folder("INBOX").uid_next);
        let cursor = answered.count("select max(next_uid) from mailbox_folders where name = 'INBOX'").await;
        assert_eq!(cursor, read);
    }
}

#[tokio::test]
async fn two_processes_never_read_a_mailbox_at_once_and_the_slower_one_writes_nothing() {
    for test in test_databases().await {
        let answered = Answered::new(&test.db, 1).await;
        answered.pass(HOUR).await;
        answered.first_look().await;
        let (other, _folder) = app_on(test_config(&[]), &test.db, Clock::fixed(answered.now())).await;
        trust(&other, &answered.imap);
        round(&other).await.unwrap();
        assert_eq!(other.of::<Readers>().count(), 0, "it is taken");
        // The first is silent for longer than its lease.
        other.clock.advance(Duration::from_secs(200));
        round(&other).await.unwrap();
        assert_eq!(other.of::<Readers>().count(), 1);
        answered.until("select count(*) from mailbox_syncs where fence = 2", 1).await;
        super::renew(answered.app()).await.unwrap();
        for _ in 0..1_000 {
            if answered.app().of::<Readers>().count() == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(answered.app().of::<Readers>().count(), 0, "it notices");
        other.jobs.shutdown.cancel();
    }
}

#[tokio::test]
async fn a_copy_of_each_mail_is_saved_once_where_the_provider_saves_none() {
    for test in test_databases().await {
        let answered = Answered::new(&test.db, 3).await;
        answered.pass(HOUR).await;
        answered.is("select count(*) from sent_messages where copy_in is not null", 3).await;
        let taken = answered.server.taken();
        // The provider has one already.
        answered.imap.put("Sent", taken[0].message.clone());
        answered.until("select count(*) from sent_messages where copy_in is not null", 0).await;
        {
            let mut known = answered.imap.known();
            let mut saved: Vec<String> = known.folder("Sent").messages.iter().map(|(_, raw)| raw.clone()).collect();
            saved.sort();
            let mut sent: Vec<String> = taken.into_iter().map(|mail| mail.message).collect();
            sent.sort();
            assert_eq!(saved, sent);
        }
        answered.is(THREADS, 0).await;
        answered.is("select count(*) from mails where direction = 'in'", 0).await;
    }
}

#[tokio::test]
async fn at_a_provider_that_saves_copies_itself_none_is_saved() {
    for test in test_databases().await {
        let answered = Answered::new(&test.db, 1).await;
        answered.pass(HOUR).await;
        answered.set("update mailboxes set smtp_host = 'smtp.gmail.com' where kind = 'smtp'").await;
        answered.until("select count(*) from sent_messages where copy_in is not null", 0).await;
        assert_eq!(answered.imap.known().heard("APPEND"), 0);
    }
}

#[tokio::test]
async fn a_paused_mailbox_is_read_and_a_removed_one_is_not() {
    for test in test_databases().await {
        let answered = Answered::new(&test.db, 1).await;
        answered.pass(HOUR).await;
        answered.first_look().await;
        answered.set("update mailboxes set state = 'paused' where kind = 'smtp'").await;
        answered.imap.put("INBOX", answered.answer(1, "Yes.").await);
        answered.until(THREADS, 1).await;
        let mut tx = answered.app().db.write().await.unwrap();
        let mailbox = (answered.world.member.workspace, answered.mailboxes[0]);
        read_state::never_again(&mut tx, mailbox).await.unwrap();
        tx.commit().await.unwrap();
        for _ in 0..1_000 {
            if answered.app().of::<Readers>().count() == 0 {
                break;
            }
            answered.step().await;
        }
        assert_eq!(answered.app().of::<Readers>().count(), 0);
        answered.is("select count(*) from mailbox_syncs where run_at is null and lease_until is null", 1).await;
    }
}
