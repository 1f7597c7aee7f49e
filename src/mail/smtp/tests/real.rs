//! Real servers: Postfix as a provider's submission server, and smtp-sink, which refuses and hangs up where it is told to.
//! `tools/with-mail-servers.sh` runs them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;
use tokio::net::TcpStream;

use super::{
    scripted::{dial, patient, this_machine},
    *,
};
use crate::mail::{server::Server, sign_in::Secret};

const ADA: &str = "ada@acme.test";

fn postfix(port: u16, security: Security) -> Server {
    Server { host: std::env::var("FAIRLEAD_TEST_MAIL_HOST").unwrap(), port, security }
}

fn ada(password: &str) -> SignIn {
    SignIn::Password { user: ADA.into(), password: Secret::new(password) }
}

async fn open(server: &Server, sign_in: Option<&SignIn>) -> Result<Session, Fault> {
    Session::open(dial(&this_machine(), Tls::of_machine(), patient()), server, sign_in).await
}

/// The mail with this subject in a mailbox, when it has arrived.
async fn arrived(mailbox: &str, subject: &str) -> String {
    let folder =
        Path::new(&std::env::var("FAIRLEAD_TEST_MAIL").unwrap()).join("mailboxes").join(mailbox).join("mail/new");
    for _ in 0..300 {
        let files = fs::read_dir(&folder).into_iter().flatten().flatten();
        let mut texts = files.filter_map(|file| fs::read_to_string(file.path()).ok());
        if let Some(text) = texts.find(|text| text.contains(&format!("Subject: {subject}\n"))) {
            return text;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("“{subject}” did not arrive in {}", folder.display());
}

#[tokio::test]
#[ignore = "needs tools/with-mail-servers.sh"]
async fn mails_arrive_through_postfix_as_they_were_in_one_session() {
    for (port, security) in [(587, Security::StartTls), (465, Security::Tls)] {
        let mut session = open(&postfix(port, security), Some(&ada("correct horse"))).await.unwrap();
        assert!(session.offers().pipelining && session.offers().size_max.is_some());
        for number in 0..3 {
            let body = ".\r\n..\r\n.two\r\nFrom x\r\n\r\n.";
            let subject = format!("{port}, mail {number} of {}", std::process::id());
            let message = format!("From: {ADA}\r\nTo: ana@leads.test\r\nSubject: {subject}\r\n\r\n{body}");
            session.envelope(ADA, "ana@leads.test", message.len()).await.unwrap();
            let reply = session.body(message.as_bytes()).await.unwrap();
            assert!(reply.to_string().starts_with("250 2.0.0 Ok: queued as "), "{reply}");
            let text = arrived("leads@leads.test", &subject).await;
            assert!(text.ends_with(&format!("\n\n{}\n", body.replace("\r\n", "\n"))), "{text}");
        }
        session.quit().await;
    }
}

#[tokio::test]
#[ignore = "needs tools/with-mail-servers.sh"]
async fn postfix_refuses_a_wrong_password_and_a_strange_sender_in_words() {
    let server = postfix(587, Security::StartTls);
    let fault = open(&server, Some(&ada("wrong"))).await.err().unwrap();
    assert_eq!((fault.stage, fault.reply().unwrap().code), (Stage::SignIn, 535));

    let mut session = open(&server, Some(&ada("correct horse"))).await.unwrap();
    let fault = session.check_sender("grace@acme.test", ADA).await.unwrap_err();
    let words = fault.reply().unwrap().to_string();
    // It judges the sender only when it knows the recipient.
    assert_eq!(fault.stage, Stage::Recipient);
    assert!(words.starts_with("553 5.7.1 ") && words.contains("Sender address rejected: not owned by user"), "{words}");
    session.check_sender(ADA, ADA).await.unwrap();
    session.quit().await;
}

#[tokio::test]
#[ignore = "needs tools/with-mail-servers.sh"]
async fn a_recipient_that_postfix_does_not_know_stops_only_that_mail() {
    let mut session = open(&postfix(587, Security::StartTls), Some(&ada("correct horse"))).await.unwrap();
    let fault = session.envelope(ADA, "nobody@acme.test", 100).await.unwrap_err();
    let words = fault.reply().unwrap().to_string();
    assert!(fault.stage == Stage::Recipient && words.starts_with("550 5.1.1 "), "{words}");
    assert!(session.is_open());
    let subject = format!("after a refusal of {}", std::process::id());
    let message = format!("From: {ADA}\r\nSubject: {subject}\r\n\r\nHello\r\n");
    session.envelope(ADA, ADA, message.len()).await.unwrap();
    session.body(message.as_bytes()).await.unwrap();
    session.quit().await;
    arrived(ADA, &subject).await;
    // What it says is too much is not sent at all.
    let mut session = open(&postfix(587, Security::StartTls), Some(&ada("correct horse"))).await.unwrap();
    let fault = session.envelope(ADA, ADA, 100_000_000).await.unwrap_err();
    assert!(matches!(fault.cause, Cause::TooLarge(26_214_400)), "{fault:?}");
    session.quit().await;
}

#[tokio::test]
#[ignore = "needs tools/with-mail-servers.sh"]
async fn without_signing_in_postfix_relays_for_nobody() {
    let mut session = open(&postfix(25, Security::StartTls), None).await.unwrap();
    let fault = session.envelope(ADA, "ana@elsewhere.test", 100).await.unwrap_err();
    let words = fault.reply().unwrap().to_string();
    assert!(fault.stage == Stage::Recipient && words.contains("Relay access denied"), "{words}");
    session.quit().await;
    let mut session = open(&postfix(587, Security::StartTls), None).await.unwrap();
    let fault = session.envelope(ADA, "ana@leads.test", 100).await.unwrap_err();
    assert!(fault.reply().is_some_and(Reply::is_permanent), "{fault}");
}

#[tokio::test]
#[ignore = "needs tools/with-mail-servers.sh"]
async fn postfix_gets_no_password_from_a_machine_that_does_not_trust_it() {
    let (networks, tls) = (this_machine(), Tls::trusting([]));
    let server = postfix(587, Security::StartTls);
    let fault =
        Session::open(dial(&networks, &tls, patient()), &server, Some(&ada("correct horse"))).await.err().unwrap();
    assert!(matches!((fault.stage, &fault.cause), (Stage::Tls, Cause::Tls(_))), "{fault:?}");
    // Port 25 there takes no passwords, so none is said either.
    let fault = open(&postfix(25, Security::StartTls), Some(&ada("correct horse"))).await.err().unwrap();
    assert!(matches!((fault.stage, &fault.cause), (Stage::SignIn, Cause::NoMechanism(_))), "{fault:?}");
}

/// A smtp-sink, which keeps each message that it takes as a file.
pub struct Sink {
    process: Child,
    pub port: u16,
    pub dumps: TempDir,
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Sink {
    pub async fn start(options: &[&str]) -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let dumps = TempDir::new().unwrap();
        let mut command = Command::new("smtp-sink");
        if rustix::process::getuid().is_root() {
            command.args(["-u", "root"]);
        }
        command.args(options).args(["-d", "mail.%S."]).arg(format!("127.0.0.1:{port}")).arg("100");
        let process = command.current_dir(dumps.path()).stderr(Stdio::null()).spawn().unwrap();
        let sink = Self { process, port, dumps };
        for _ in 0..600 {
            if listens(port).await {
                return sink;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("smtp-sink did not start");
    }

    async fn session(&self, times: Times) -> Result<Session, Fault> {
        let server = Server { host: "localhost".into(), port: self.port, security: Security::None };
        Session::open(dial(&this_machine(), &Tls::trusting([]), times), &server, None).await
    }

    /// The mails that it has taken whole.
    fn taken(&self) -> usize {
        let files = fs::read_dir(self.dumps.path()).unwrap().flatten();
        let whole = |path: PathBuf| fs::read_to_string(path).is_ok_and(|text| text.contains("how are you?"));
        files.filter(|file| whole(file.path())).count()
    }
}

#[expect(clippy::disallowed_methods, reason = "whether the server of this test has started")]
async fn listens(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).await.is_ok()
}

#[tokio::test]
#[ignore = "needs tools/with-mail-servers.sh"]
async fn smtp_sink_takes_mail_after_mail_and_ends_its_offers_with_an_empty_one() {
    let sink = Sink::start(&[]).await;
    let mut session = sink.session(patient()).await.unwrap();
    assert!(session.offers().pipelining && !session.offers().size);
    for _ in 0..20 {
        send(&mut session).await.unwrap();
    }
    session.quit().await;
    assert_eq!(sink.taken(), 20);
}

#[tokio::test]
#[ignore = "needs tools/with-mail-servers.sh"]
async fn smtp_sink_refuses_and_hangs_up_at_each_stage_and_is_understood() {
    let stages = [
        ("ehlo", Stage::Hello),
        ("mail", Stage::Sender),
        ("rcpt", Stage::Recipient),
        ("data", Stage::Data),
        (".", Stage::Body),
    ];
    for (command, stage) in stages {
        for (option, code) in [("-f", Some(500)), ("-r", Some(450)), ("-Q", Some(421)), ("-q", None)] {
            let sink = Sink::start(&[option, command]).await;
            let fault = match sink.session(patient()).await {
                Ok(mut session) => send(&mut session).await.unwrap_err(),
                Err(fault) => fault,
            };
            let said = fault.reply().map(|reply| reply.code);
            assert_eq!((fault.stage, said), (stage, code), "{option} {command}: {fault:?}");
            assert_eq!(fault.is_unknown(), stage == Stage::Body && code.is_none(), "{option} {command}");
            // Of a mail that may have arrived, both are true.
            assert!(fault.is_unknown() || sink.taken() == 0 || stage == Stage::Body, "{option} {command}");
        }
    }
}

#[tokio::test]
#[ignore = "needs tools/with-mail-servers.sh"]
async fn a_server_that_takes_its_time_at_the_dot_is_waited_for_as_long_as_allowed() {
    let sink = Sink::start(&["-W", ".:4"]).await;
    let times = Times { dot: MOMENT, ..patient() };
    let fault = send(&mut sink.session(times).await.unwrap()).await.unwrap_err();
    assert!(fault.is_unknown() && matches!(fault.cause, Cause::Slow), "{fault:?}");
    let reply = send(&mut sink.session(patient()).await.unwrap()).await.unwrap();
    assert!(reply.is_positive());
}
