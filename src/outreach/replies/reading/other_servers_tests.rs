//! Exim, OpenSMTPD and Sendmail as they are (`OTHERS=1 tools/with-mail-servers.sh`): mails in one session, what they refuse, and the report of each about a
//! mail that the next server refused, as the reader of answers reads it.

use std::{fs, path::PathBuf, time::Duration};

use super::{BounceVerdict, Kind, Known, read};
use crate::mail::{
    message::{Message, instant},
    server::{Security, Server},
    sign_in::{Secret, SignIn},
    smtp::{
        Cause, Fault, Session, Stage,
        tests::scripted::{dial, patient, this_machine},
    },
    tls::Tls,
};

const ADA: &str = "ada@acme.test";
/// An address that the server behind them does not know.
const NOBODY: &str = "nobody@acme.test";

/// Their names, ports, and whether one signs in there.
const SERVERS: [(&str, u16, bool); 3] = [("exim", 2587, true), ("opensmtpd", 3587, false), ("sendmail", 4587, false)];

async fn open((_, port, signs_in): (&str, u16, bool), password: &str) -> Result<Session, Fault> {
    let security = if signs_in { Security::StartTls } else { Security::None };
    let server = Server { host: "localhost".into(), port, security };
    let sign_in = SignIn::Password { user: ADA.into(), password: Secret::new(password) };
    let networks = this_machine();
    Session::open(dial(&networks, Tls::of_machine(), patient()), &server, signs_in.then_some(&sign_in)).await
}

fn mail(to: &str, id: &str, body: &str) -> String {
    format!(
        "From: {ADA}\r\nTo: {to}\r\nDate: Mon, 30 Nov 2026 09:00:00 +0000\r\nSubject: {id}\r\nMessage-ID: <{id}@acme.test>\r\n\r\n{body}"
    )
}

/// The mail in a mailbox of Dovecot's with these words, when it has arrived.
async fn arrived(mailbox: &str, words: &str) -> String {
    let folder =
        PathBuf::from(std::env::var("FAIRLEAD_TEST_MAIL").unwrap()).join("mailboxes").join(mailbox).join("mail/new");
    for _ in 0..600 {
        let files = fs::read_dir(&folder).into_iter().flatten().flatten();
        let mut texts = files.filter_map(|file| fs::read_to_string(file.path()).ok());
        if let Some(text) = texts.find(|text| text.contains(words)) {
            return text;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("nothing with “{words}” arrived in {}", folder.display());
}

#[tokio::test]
#[ignore = "needs OTHERS=1 tools/with-mail-servers.sh"]
async fn other_servers_take_mail_after_mail_in_one_session_as_it_is() {
    for server in SERVERS {
        let mut session = open(server, "correct horse").await.unwrap();
        for number in 0..5 {
            let (id, body) =
                (format!("{}-{number}-{}", server.0, std::process::id()), ".\r\n..\r\n.two\r\nFrom x\r\n\r\n.");
            let message = mail("ana@leads.test", &id, body);
            session.envelope(ADA, "ana@leads.test", message.len()).await.unwrap();
            assert!(session.body(message.as_bytes()).await.unwrap().is_positive());
            let text = arrived("leads@leads.test", &format!("Subject: {id}\n")).await;
            assert!(text.ends_with(&format!("\n\n{}\n", body.replace("\r\n", "\n"))), "{}: {text}", server.0);
        }
        session.quit().await;
    }
}

#[tokio::test]
#[ignore = "needs OTHERS=1 tools/with-mail-servers.sh"]
async fn other_servers_refuse_in_words_and_take_the_next_mail() {
    let exim = SERVERS[0];
    let fault = open(exim, "wrong").await.err().unwrap();
    assert_eq!((fault.stage, fault.reply().unwrap().code), (Stage::SignIn, 535));
    let mut session = open(exim, "correct horse").await.unwrap();
    let fault = session.check_sender("grace@acme.test", ADA).await.unwrap_err();
    assert!(fault.reply().unwrap().to_string().contains("is not yours"), "{fault}");
    for number in 0..3 {
        let fault = session.envelope(ADA, "nobody@exim.acme.test", 100).await.unwrap_err();
        assert!(fault.stage == Stage::Recipient && fault.reply().unwrap().is_permanent(), "{number}: {fault}");
        assert!(session.is_open());
    }
    let message = mail("ana@leads.test", &format!("after-{}", std::process::id()), "Hello\r\n");
    session.envelope(ADA, "ana@leads.test", message.len()).await.unwrap();
    session.body(message.as_bytes()).await.unwrap();
    session.quit().await;
    for server in SERVERS {
        let mut session = open(server, "correct horse").await.unwrap();
        let fault = session.envelope(ADA, "ana@leads.test", 10_000_000).await.unwrap_err();
        assert!(matches!(fault.cause, Cause::TooLarge(1_048_576)), "{}: {fault:?}", server.0);
        session.quit().await;
    }
}

#[tokio::test]
#[ignore = "needs OTHERS=1 tools/with-mail-servers.sh"]
async fn reports_of_other_servers_are_read_as_what_they_are() {
    for server in SERVERS {
        let id = format!("bounce-{}-{}", server.0, std::process::id());
        let mut session = open(server, "correct horse").await.unwrap();
        let message = mail(NOBODY, &id, "Hello\r\n");
        session.envelope(ADA, NOBODY, message.len()).await.unwrap();
        session.body(message.as_bytes()).await.unwrap();
        session.quit().await;
        let report = arrived(ADA, &format!("Subject: {id}\n")).await;
        let now = instant("Mon, 30 Nov 2026 09:00:00 +0000").unwrap();
        let known = Known { own_texts: &[], own_subject: None, own_addresses: &[ADA], now, received_at: now };
        let reading = read(&Message::read(report.replace('\n', "\r\n").as_bytes()), &known);
        assert_eq!(reading.kind, Kind::Bounce, "{}: {report}", server.0);
        assert_eq!(reading.originals, [format!("{id}@acme.test")], "{}", server.0);
        let [recipient] = &reading.recipients[..] else { panic!("{}: {:?}", server.0, reading.recipients) };
        assert_eq!(recipient.address.as_deref(), Some(NOBODY), "{}", server.0);
        assert_eq!(recipient.verdict, BounceVerdict::NoSuchAddress, "{}: {recipient:?}", server.0);
    }
}
