//! Sender, recipient and DATA, one after the other and at once.

use super::*;

const PIPELINING: &str = "
    S: 220 mail.acme.example ESMTP
    C: EHLO leads.acme.example
    S: 250-mail.acme.example
    S: 250-PIPELINING
    S: 250
";

/// All three before any reply.
const AT_ONCE: &str = "
    C: MAIL FROM:<jo@acme.example>
    C: RCPT TO:<ana@client.example>
    C: DATA
";

#[tokio::test]
async fn one_mail_after_another_takes_two_round_trips_each() {
    let mail = format!("{AT_ONCE}S: 250 Ok\nS: 250 Ok\nS: 354 Go\nMESSAGE\nS: 250 Taken\n");
    let server = Scripted::in_the_open(format!("{PIPELINING}{mail}{mail}{mail}C: QUIT\nS: 221 Bye")).await;
    let mut session = open(&server).await.unwrap();
    for _ in 0..3 {
        assert_eq!(send(&mut session).await.unwrap().words, "Taken");
        assert!(session.is_open());
    }
    session.quit().await;
    assert!(server.heard().await.is_done);
}

#[tokio::test]
async fn a_server_that_wants_the_mail_of_a_refused_recipient_gets_nothing() {
    let script = format!("{PIPELINING}{AT_ONCE}S: 250 Ok\nS: 550 5.1.1 User unknown\nS: 354 Go\nSILENCE");
    let server = Scripted::in_the_open(script).await;
    let mut session = open(&server).await.unwrap();
    let fault = send(&mut session).await.unwrap_err();
    assert_eq!((fault.stage, fault.reply().unwrap().to_string()), (Stage::Recipient, "550 5.1.1 User unknown".into()));
    assert!(!session.is_open());
    session.quit().await;
    let heard = server.heard().await;
    assert!(heard.text.ends_with("DATA\r\n"), "no message, no dot, no QUIT: {heard:?}");
}

#[tokio::test]
async fn after_a_refusal_the_server_forgets_the_mail_before_the_next() {
    let refusals = [
        (Stage::Sender, "S: 450 4.1.8 No\nS: 503 No\nS: 503 No\n"),
        (Stage::Recipient, "S: 250 Ok\nS: 550 5.1.1 No\nS: 503 5.5.1 No\n"),
        (Stage::Data, "S: 250 Ok\nS: 250 Ok\nS: 451 4.3.0 No\n"),
        (Stage::Body, "S: 250 Ok\nS: 250 Ok\nS: 354 Go\nMESSAGE\nS: 554 5.6.0 No\n"),
    ];
    for (stage, replies) in refusals {
        let is_begun = matches!(stage, Stage::Recipient | Stage::Data);
        let reset = if is_begun { "C: RSET\nS: 250 Ok\n" } else { "" };
        let next = format!("{reset}{AT_ONCE}S: 250 Ok\nS: 250 Ok\nS: 354 Go\nMESSAGE\nS: 250 Taken\n");
        let server = Scripted::in_the_open(format!("{PIPELINING}{AT_ONCE}{replies}{next}")).await;
        let mut session = open(&server).await.unwrap();
        let fault = send(&mut session).await.unwrap_err();
        assert_eq!(fault.stage, stage, "{fault}");
        assert!(fault.reply().is_some() && !fault.is_unknown() && session.is_open());
        assert_eq!(send(&mut session).await.unwrap().words, "Taken", "{stage}");
        drop(session);
        assert!(server.heard().await.is_done);
    }
}

#[tokio::test]
async fn what_comes_with_the_354_is_not_the_reply_to_the_mail() {
    for replies in ["S: 250 Ok\nS: 250 Ok\nS: 354 Go\nS: 250 Taken", "S: 250 Ok\nS: 250 Ok\nS: 354 Go\nS: 25"] {
        let server = Scripted::in_the_open(format!("{PIPELINING}{AT_ONCE}{replies}\nSILENCE")).await;
        let mut session = open(&server).await.unwrap();
        let fault = send(&mut session).await.unwrap_err();
        assert!(matches!((fault.stage, &fault.cause), (Stage::Data, Cause::Unreadable(_))), "{fault:?}");
        assert!(!session.is_open());
        drop(session);
        assert!(server.heard().await.text.ends_with("DATA\r\n"));
    }
}

#[tokio::test]
async fn a_mail_is_sent_only_where_its_envelope_was_taken() {
    let server = Scripted::in_the_open(format!("{HELLO}SILENCE")).await;
    let mut session = open(&server).await.unwrap();
    let fault = session.body(MESSAGE).await.unwrap_err();
    assert!(fault.stage < Stage::Body && !fault.is_unknown());
    drop(session);
    assert_eq!(server.heard().await.text, "EHLO leads.acme.example\r\n");
}

#[tokio::test]
async fn a_server_that_does_not_forget_is_left_and_the_next_mail_not_blamed() {
    let refused = "S: 250 Ok\nS: 550 5.1.1 No\nS: 503 5.5.1 No\n";
    let script = format!("{PIPELINING}{AT_ONCE}{refused}C: RSET\nS: 554 Too many nonmail commands");
    let server = Scripted::in_the_open(script).await;
    let mut session = open(&server).await.unwrap();
    assert_eq!(send(&mut session).await.unwrap_err().stage, Stage::Recipient);
    let fault = send(&mut session).await.unwrap_err();
    assert!(matches!(&fault.cause, Cause::Unreadable(words) if words == "554 Too many nonmail commands"), "{fault:?}");
    assert!(!session.is_open());
}

#[tokio::test]
async fn a_session_ends_before_a_server_has_heard_too_much_that_is_no_mail() {
    let refused = format!("{AT_ONCE}S: 250 Ok\nS: 550 5.1.1 No\nS: 503 5.5.1 No\n");
    let script = format!("{PIPELINING}{refused}{}C: QUIT", format!("C: RSET\nS: 250 Ok\n{refused}").repeat(8));
    let server = Scripted::in_the_open(script).await;
    let mut session = open(&server).await.unwrap();
    for _ in 0..8 {
        assert!(send(&mut session).await.is_err() && session.is_open());
    }
    assert!(send(&mut session).await.is_err() && !session.is_open());
    session.quit().await;
    assert!(server.heard().await.is_done);
}

#[tokio::test]
async fn nothing_but_the_mail_is_said_to_a_server_that_waits_for_it() {
    let server = Scripted::in_the_open(format!("{PIPELINING}{AT_ONCE}S: 250 Ok\nS: 250 Ok\nS: 354 Go\nSILENCE")).await;
    let mut session = open(&server).await.unwrap();
    session.envelope(FROM, TO, MESSAGE.len()).await.unwrap();
    for _ in 0..2 {
        assert!(session.envelope(FROM, TO, MESSAGE.len()).await.is_err());
        assert!(session.check_sender(FROM, TO).await.is_err());
        assert!(!session.is_open());
    }
    session.quit().await;
    assert!(server.heard().await.text.ends_with("DATA\r\n"));
}

#[tokio::test]
async fn a_server_that_does_not_understand_what_it_offers_is_asked_without() {
    let script = format!(
        "{HELLO}C: MAIL FROM:<jo@acme.example> SIZE=43
        S: 555 5.5.4 Unsupported option: SIZE
        C: MAIL FROM:<jo@acme.example>
        S: 250 Ok
        C: RCPT
        S: 250 Ok
        C: DATA
        S: 354 Go
        MESSAGE
        S: 250 Taken"
    );
    let (outcome, _) = converse(&script, patient()).await;
    assert_eq!(outcome.unwrap().words, "Taken");
}

#[tokio::test]
async fn what_cannot_be_said_is_not_said() {
    let script = "S: 220 hello\nC: EHLO\nS: 250-mail\nS: 250 SIZE 1000\nSILENCE";
    let server = Scripted::in_the_open(script).await;
    let mut session = open(&server).await.unwrap();
    let cases = [
        ("jo@acme.example>\r\nRCPT TO:<x@y.example", TO, 10),
        (FROM, "ana@client.example\r\nDATA", 10),
        (FROM, "ana@client.example> ORCPT=x", 10),
        (FROM, "añá@client.example", 10),
        (FROM, TO, 1001),
    ];
    for (from, to, bytes) in cases {
        let fault = session.envelope(from, to, bytes).await.unwrap_err();
        let is_ours = matches!(fault.cause, Cause::Unspeakable(_) | Cause::NoInternational | Cause::TooLarge(1000));
        assert!(is_ours && session.is_open(), "{fault:?}");
    }
    drop(session);
    assert_eq!(server.heard().await.text, "EHLO leads.acme.example\r\n");
}

#[tokio::test]
async fn addresses_beyond_ascii_are_announced_where_they_are_taken() {
    let script = "
        S: 220 hello
        C: EHLO
        S: 250-mail
        S: 250 SMTPUTF8
        C: MAIL FROM:<jo@acme.example> BODY=8BITMIME SMTPUTF8
        S: 250 Ok
        C: RCPT TO:<añá@client.example>
        S: 250 Ok
        C: DATA
        S: 354 Go";
    let server = Scripted::in_the_open(script).await;
    let mut session = open(&server).await.unwrap();
    session.envelope(FROM, "añá@client.example", 10).await.unwrap();
    drop(session);
    assert!(server.heard().await.is_done);
}

#[tokio::test]
async fn a_session_ends_at_the_servers_limit_of_mails() {
    let mail = "C: MAIL\nS: 250 Ok\nC: RCPT\nS: 250 Ok\nC: DATA\nS: 354 Go\nMESSAGE\nS: 250 Taken\n";
    let script = format!("S: 220 hello\nC: EHLO\nS: 250-mail\nS: 250 LIMITS MAILMAX=2 RCPTMAX=1\n{mail}{mail}C: QUIT");
    let server = Scripted::in_the_open(script).await;
    let mut session = open(&server).await.unwrap();
    send(&mut session).await.unwrap();
    assert!(session.is_open());
    send(&mut session).await.unwrap();
    assert!(!session.is_open());
    session.quit().await;
    assert!(server.heard().await.is_done);
}

#[tokio::test]
async fn a_server_that_closes_in_the_middle_says_so_with_421() {
    let script = format!("{PIPELINING}{AT_ONCE}S: 421 4.4.2 mail.acme.example Error: timeout exceeded");
    let server = Scripted::in_the_open(script).await;
    let mut session = open(&server).await.unwrap();
    let fault = send(&mut session).await.unwrap_err();
    assert_eq!((fault.stage, fault.reply().unwrap().code), (Stage::Sender, 421));
    assert!(!session.is_open());
}

#[tokio::test]
async fn whether_a_mailbox_may_send_as_an_address_is_asked_without_a_mail() {
    let ask = "C: MAIL FROM:<jo@acme.example>\nS: 250 Ok\nC: RCPT TO:<ana@client.example>\n";
    let server = Scripted::in_the_open(format!("{HELLO}{ask}S: 250 2.1.5 Ok\nC: RSET\nS: 250 Ok\nC: QUIT")).await;
    let mut session = open(&server).await.unwrap();
    session.check_sender(FROM, TO).await.unwrap();
    assert!(session.is_open());
    session.quit().await;
    assert!(server.heard().await.is_done);

    let words = "553 5.7.1 <jo@acme.example>: Sender address rejected: not owned by user uma";
    let server = Scripted::in_the_open(format!(
        "{HELLO}{ask}S: {words}\nC: RSET\nS: 250 Ok\n{ask}S: 250 Ok\nC: RSET\nS: 250 Ok"
    ))
    .await;
    let mut session = open(&server).await.unwrap();
    let fault = session.check_sender(FROM, TO).await.unwrap_err();
    assert_eq!((fault.stage, fault.reply().unwrap().code), (Stage::Recipient, 553));
    assert!(session.is_open());
    assert!(session.check_sender(FROM, TO).await.is_ok());
    drop(session);
    assert!(server.heard().await.is_done);
}
