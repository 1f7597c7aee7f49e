//! The conversation against scripted servers, with every fault that a server can have.

mod chance;
mod envelope;
mod faults;
mod privacy;
pub mod real;
pub mod scripted;
mod sign_in;

use std::time::Duration;

use scripted::{Heard, Scripted, dial, patient, this_machine};

use super::{Cause, Fault, Reply, Session, Stage, Times};
use crate::mail::{server::Security, sign_in::SignIn, tls::Tls};

const FROM: &str = "jo@acme.example";
const TO: &str = "ana@client.example";
const MESSAGE: &[u8] = b"Subject: Hello\r\n\r\n.Ana,\r\n..\r\nhow are you?\r\n";

/// What begins every conversation in the open.
const HELLO: &str = "
    S: 220 mail.acme.example ESMTP
    C: EHLO leads.acme.example
    S: 250-mail.acme.example
    S: 250 SIZE 100000
";

/// Short enough to wait for, in tests of servers that say nothing, and long enough for what comes before on a busy machine.
const MOMENT: Duration = Duration::from_secs(1);

/// Opens a session with a scripted server in the open.
async fn open(server: &Scripted) -> Result<Session, Fault> {
    open_within(server, patient()).await
}

async fn open_within(server: &Scripted, times: Times) -> Result<Session, Fault> {
    Session::open(dial(&this_machine(), &Tls::trusting([]), times), &server.server, None).await
}

async fn fault_of_open(server: &Scripted, tls: &Tls, sign_in: Option<&SignIn>) -> Fault {
    match Session::open(dial(&this_machine(), tls, patient()), &server.server, sign_in).await {
        Ok(_) => panic!("the session was opened"),
        Err(fault) => fault,
    }
}

/// Sends one mail.
async fn send(session: &mut Session) -> Result<Reply, Fault> {
    session.envelope(FROM, TO, MESSAGE.len()).await?;
    session.body(MESSAGE).await
}

/// A whole conversation in the open: hello, one mail, QUIT.
async fn converse(script: &str, times: Times) -> (Result<Reply, Fault>, Heard) {
    let server = Scripted::in_the_open(script).await;
    let outcome = match open_within(&server, times).await {
        Ok(mut session) => {
            let outcome = send(&mut session).await;
            session.quit().await;
            outcome
        }
        Err(fault) => Err(fault),
    };
    (outcome, server.heard().await)
}

#[tokio::test]
async fn a_mail_is_taken_by_the_reply_to_its_final_dot() {
    let script = format!(
        "{HELLO}
        C: MAIL FROM:<jo@acme.example> SIZE=43
        S: 250 2.1.0 Ok
        C: RCPT TO:<ana@client.example>
        S: 251 2.1.5 User not local; will forward
        C: DATA
        S: 354 End data with <CR><LF>.<CR><LF>
        MESSAGE
        S: 250 2.0.0 Ok: queued as 4fXyZ
        C: QUIT
        S: 221 2.0.0 Bye"
    );
    let (outcome, heard) = converse(&script, patient()).await;
    assert_eq!(outcome.unwrap().to_string(), "250 2.0.0 Ok: queued as 4fXyZ");
    assert!(heard.is_done, "{heard:?}");
    assert!(heard.text.contains("\r\n\r\n..Ana,\r\n...\r\nhow are you?\r\n.\r\nQUIT\r\n"), "{heard:?}");
}

#[tokio::test]
async fn what_a_server_says_of_itself_is_kept() {
    let server = Scripted::in_the_open(format!("{HELLO}C: QUIT")).await;
    let session = open(&server).await.unwrap();
    assert_eq!(session.offers().size_max, Some(100_000));
    assert!(session.is_open());
    session.quit().await;
    assert!(server.heard().await.is_done);
}
