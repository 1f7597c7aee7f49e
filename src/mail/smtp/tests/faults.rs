//! Servers that refuse, hang up, say nothing or say nonsense, at every stage.

use super::*;

/// A conversation up to each stage, and whether the message is on its way then.
const STAGES: [(Stage, &str); 6] = [
    (Stage::Greeting, ""),
    (Stage::Hello, "S: 220 hello\nC: EHLO\n"),
    (Stage::Sender, "S: 220 hello\nC: EHLO\nS: 250 mail\nC: MAIL\n"),
    (Stage::Recipient, "S: 220 hello\nC: EHLO\nS: 250 mail\nC: MAIL\nS: 250 Ok\nC: RCPT\n"),
    (Stage::Data, "S: 220 hello\nC: EHLO\nS: 250 mail\nC: MAIL\nS: 250 Ok\nC: RCPT\nS: 250 Ok\nC: DATA\n"),
    (
        Stage::Body,
        "S: 220 hello\nC: EHLO\nS: 250 mail\nC: MAIL\nS: 250 Ok\nC: RCPT\nS: 250 Ok\nC: DATA\nS: 354 Go\nMESSAGE\n",
    ),
];

/// No wait longer than a moment.
fn impatient() -> Times {
    Times::at_most(MOMENT)
}

#[tokio::test]
async fn a_refusal_is_told_with_its_words_at_every_stage() {
    for (stage, script) in STAGES {
        for words in ["451 4.3.0 Not now", "554 5.7.1 Never", "421 4.7.0 Closing", "450 Bare", "550"] {
            let (outcome, _) = converse(&format!("{script}S: {words}\nC: QUIT"), patient()).await;
            let fault = outcome.unwrap_err();
            assert_eq!((fault.stage, fault.reply().unwrap().to_string()), (stage, words.to_owned()));
            assert!(!fault.is_unknown());
        }
    }
}

#[tokio::test]
async fn a_server_that_hangs_up_is_noticed_at_every_stage_and_only_the_last_is_unknown() {
    for (stage, script) in STAGES {
        let (outcome, _) = converse(script, patient()).await;
        let fault = outcome.unwrap_err();
        assert!(matches!(fault.cause, Cause::Closed), "{fault:?}");
        assert_eq!((fault.stage, fault.is_unknown()), (stage, stage == Stage::Body));
    }
}

#[tokio::test]
async fn a_server_that_says_nothing_is_left_at_every_stage_and_only_the_last_is_unknown() {
    let conversations = STAGES.map(|(stage, script)| {
        let times = match stage {
            Stage::Greeting => Times { greeting: MOMENT, ..patient() },
            Stage::Data => Times { data: MOMENT, ..patient() },
            Stage::Body => Times { dot: MOMENT, ..patient() },
            _ => Times { command: MOMENT, ..patient() },
        };
        let times = Times { quit: MOMENT, ..times };
        (stage, tokio::spawn(async move { converse(&format!("{script}SILENCE"), times).await.0 }))
    });
    for (stage, conversation) in conversations {
        let fault = conversation.await.unwrap().unwrap_err();
        assert!(matches!(fault.cause, Cause::Slow), "{fault:?}");
        assert_eq!((fault.stage, fault.is_unknown()), (stage, stage == Stage::Body));
    }
}

#[tokio::test]
async fn a_server_that_talks_nonsense_is_left_at_every_stage_and_only_the_last_is_unknown() {
    let nonsense =
        ["HTTP/1.1 400 Bad Request", "2x0 Ok", "250_Ok", "25", "150 Wait", "250-yes\nS: 550 no", "\u{0}\u{1}"];
    for (stage, script) in STAGES {
        for words in nonsense {
            let (outcome, _) = converse(&format!("{script}S: {words}\nSILENCE"), patient()).await;
            let fault = outcome.unwrap_err();
            assert!(matches!(fault.cause, Cause::Unreadable(_)), "{stage}, {words}: {fault:?}");
            assert_eq!((fault.stage, fault.is_unknown()), (stage, stage == Stage::Body), "{words}");
        }
    }
}

#[tokio::test]
async fn a_yes_at_the_wrong_place_is_no_yes() {
    let [.., (_, data), (_, body)] = STAGES;
    for (script, words, stage) in [(data, "250 Taken", Stage::Data), (body, "354 Go on", Stage::Body)] {
        let (outcome, _) = converse(&format!("{script}S: {words}\nSILENCE"), patient()).await;
        let fault = outcome.unwrap_err();
        assert!(matches!(fault.cause, Cause::Unreadable(_)), "{fault:?}");
        assert_eq!(fault.stage, stage);
    }
}

#[tokio::test]
async fn endless_lines_and_endless_many_are_not_read_to_their_end() {
    let [.., (_, body)] = STAGES;
    let long = format!("S: 250 {}", "x".repeat(10_000));
    let many = "S: 250-more\n".repeat(1_000);
    for (words, fault) in [(long, "a line without an end"), (many, "lines without an end")] {
        let (outcome, _) = converse(&format!("{body}{words}\nSILENCE"), patient()).await;
        assert!(matches!(outcome.unwrap_err().cause, Cause::Unreadable(words) if words == fault));
    }
}

#[tokio::test]
async fn as_long_a_reply_as_is_allowed_is_read_and_kept_short() {
    let [.., (_, body)] = STAGES;
    let line = "x".repeat(2048 - 6);
    let words = format!("{}S: 250 {line}", format!("S: 250-{line}\n").repeat(99));
    let (outcome, _) = converse(&format!("{body}{words}\nC: QUIT"), patient()).await;
    assert_eq!(outcome.unwrap().words.chars().count(), 300);
}

#[tokio::test]
async fn a_server_that_drips_has_the_time_of_one_reply_for_all_of_it() {
    use tokio::io::AsyncWriteExt;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let dripping = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        for byte in b"220 hello ".iter().chain([b'.'; 4000].iter()) {
            if stream.write_all(&[*byte]).await.is_err() {
                break;
            }
            tokio::time::sleep(MOMENT / 20).await;
        }
    });
    let server = crate::mail::server::Server { host: "localhost".into(), port, security: Security::None };
    let began = std::time::Instant::now();
    let (networks, tls) = (this_machine(), Tls::trusting([]));
    let fault = Session::open(dial(&networks, &tls, impatient()), &server, None).await.err().unwrap();
    assert!(matches!((fault.stage, fault.cause), (Stage::Greeting, Cause::Slow)));
    assert!(began.elapsed() >= MOMENT);
    dripping.abort();
}

#[tokio::test]
async fn a_mail_that_is_refused_while_it_is_sent_is_refused() {
    let script =
        "S: 220 hello\nC: EHLO\nS: 250 mail\nC: MAIL\nS: 250 Ok\nC: RCPT\nS: 250 Ok\nC: DATA\nS: 354 Go\nC: Subject\n";
    for (words, is_unknown) in [("552 5.3.4 Too big", false), ("250 Taken", true)] {
        let server = Scripted::in_the_open(format!("{script}S: {words}\nHOLD")).await;
        let mut session = open_within(&server, Times { block: MOMENT, ..patient() }).await.unwrap();
        let message = [b"Subject: Big\r\n\r\n".as_slice(), &b"x\r\n".repeat(10_000_000)].concat();
        session.envelope(FROM, TO, message.len()).await.unwrap();
        let fault = session.body(&message).await.unwrap_err();
        assert_eq!((fault.stage, fault.is_unknown()), (Stage::Body, is_unknown), "{fault:?}");
        assert!(!session.is_open());
    }
}

#[tokio::test]
async fn what_is_said_unasked_after_a_mail_ends_the_session_before_the_next() {
    let [.., (_, body)] = STAGES;
    let server = Scripted::in_the_open(format!("{body}S: 250 Taken\nS: 250 Ok\nSILENCE")).await;
    let mut session = open(&server).await.unwrap();
    assert!(send(&mut session).await.is_ok());
    let fault = send(&mut session).await.unwrap_err();
    assert!(matches!(fault.cause, Cause::Unreadable(_)) && !fault.is_unknown(), "{fault:?}");
    drop(session);
    assert!(!server.heard().await.text.contains(".\r\nMAIL"));
}

#[tokio::test]
async fn nobody_at_the_port_is_a_fault_of_the_connection() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let server = crate::mail::server::Server { host: "127.0.0.1".into(), port, security: Security::None };
    let (networks, tls) = (this_machine(), Tls::trusting([]));
    let fault = Session::open(dial(&networks, &tls, patient()), &server, None).await.err().unwrap();
    assert!(matches!((fault.stage, fault.cause), (Stage::Connect, Cause::Connect(_))));
}
