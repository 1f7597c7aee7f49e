//! Readers of a real Dovecot (`tools/with-mail-servers.sh`).

use std::process::Command;

use super::{THREADS, answered::Answered};
use crate::{
    mail::{
        imap::{Dial, Limits, Session, Use},
        server::{Security, Server},
        sign_in::{Secret, SignIn},
        tls::Tls,
    },
    outreach::sending::tests::HOUR,
    server::{connect::Networks, db::test_databases},
};

const GRACE: (&str, &str) = ("grace@acme.test", "battery staple");

fn host() -> String {
    std::env::var("FAIRLEAD_TEST_MAIL_HOST").expect("run inside tools/with-mail-servers.sh")
}

const DOVECOT: u16 = 993;
const CYRUS: u16 = 1993;

/// A session with Grace's mailbox at the server with this port.
async fn session_at(port: u16) -> Session {
    let networks = Networks::all();
    let dial = Dial { networks: &networks, tls: Tls::of_machine(), limits: Limits::default() };
    let server = Server { host: host(), port, security: Security::Tls };
    let sign_in = SignIn::Password { user: GRACE.0.into(), password: Secret::new(GRACE.1) };
    Session::open(dial, &server, &sign_in).await.unwrap()
}

/// Puts a message into a folder of Grace's at the server with this port.
async fn put_at(port: u16, folder: &str, raw: &str) {
    let mut session = session_at(port).await;
    session.append(folder, raw).await.unwrap();
    session.log_out().await;
}

async fn put(folder: &str, raw: &str) {
    put_at(DOVECOT, folder, raw).await;
}

fn doveadm(arguments: &[&str]) {
    let folder = std::env::var("FAIRLEAD_TEST_MAIL").unwrap();
    let done =
        Command::new("doveadm").args(["-c", &format!("{folder}/dovecot.conf")]).args(arguments).output().unwrap();
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
}

#[tokio::test]
#[ignore = "needs tools/with-mail-servers.sh"]
async fn dovecot_is_read_through_lost_connections_and_folders_that_are_made_anew() {
    for test in test_databases().await {
        let answered = Answered::real(&test.db, 3, (&host(), DOVECOT), GRACE).await;
        answered.pass(HOUR).await;
        answered.is(super::SENT, 3).await;
        put("INBOX", &answered.answer(1, "Before anyone looked.").await).await;
        answered.first_look().await;
        let first = answered.answer(1, "Yes, please send more.").await;
        put("INBOX", &first).await;
        answered.until(THREADS, 1).await;
        // The connection is closed by the server.
        doveadm(&["kick", GRACE.0]);
        put("Junk", &answered.answer(2, "It was in the wrong folder.").await).await;
        answered.until("select count(*) from mails where junk", 1).await;
        // UIDs mean something else from now on.
        let validity = answered.count("select max(uid_validity) from mailbox_folders where name = 'INBOX'").await + 7;
        doveadm(&["mailbox", "update", "-u", GRACE.0, "--uid-validity", &validity.to_string(), "INBOX"]);
        doveadm(&["kick", GRACE.0]);
        put("INBOX", &answered.answer(3, "No, thank you.").await).await;
        answered.until(THREADS, 3).await;
        let looked = "select count(*) from mailbox_folders f where name = 'INBOX' and behind = 0";
        answered.until(looked, 1).await;
        // The one that came before anyone looked is read now, once, into the conversation that is there.
        answered.is("select count(*) from (select 1 from mails where direction = 'in' group by message_id having count(*) > 1) q", 0).await;
        answered.is(THREADS, 3).await;
        answered.app().jobs.shutdown.cancel();
    }
}

#[tokio::test]
#[ignore = "needs OTHERS=1 tools/with-mail-servers.sh"]
async fn other_servers_cyrus_says_what_its_folders_are_for_and_is_read() {
    for test in test_databases().await {
        let answered = Answered::real(&test.db, 3, (&host(), CYRUS), GRACE).await;
        answered.pass(HOUR).await;
        answered.is(super::SENT, 3).await;
        put_at(CYRUS, "INBOX", &answered.answer(1, "Before anyone looked.").await).await;
        answered.first_look().await;
        put_at(CYRUS, "INBOX", &answered.answer(1, "Yes, please send more.").await).await;
        answered.until(THREADS, 1).await;
        let folders = session_at(CYRUS).await.folders().await.unwrap();
        let named =
            |purpose| folders.iter().find(|folder| folder.purpose == Some(purpose)).map(|folder| folder.name.as_str());
        assert_eq!((named(Use::Junk), named(Use::Sent)), (Some("Junk"), Some("Sent")), "{folders:?}");
        put_at(CYRUS, "INBOX", &answered.answer(2, "Who else takes part?").await).await;
        put_at(CYRUS, "INBOX", &answered.answer(3, "No, thank you.").await).await;
        answered.until(THREADS, 3).await;
        answered.is("select count(*) from (select 1 from mails where direction = 'in' group by message_id having count(*) > 1) q", 0).await;
        answered.app().jobs.shutdown.cancel();
    }
}
