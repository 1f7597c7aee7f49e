//! The client against scripted servers, against noise, and (ignored elsewhere) against Dovecot.

use std::time::Duration;

use rand::{RngExt, SeedableRng, rngs::StdRng};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

use super::{Cause, Dial, Fault, Fetched, Folder, Limits, Part, Session, Stage, Use, fault::RefusalKind};
use crate::{
    mail::{
        server::{Security, Server},
        sign_in::{Secret, SignIn},
        tls::Tls,
    },
    server::connect::Networks,
};

/// Long enough for a busy machine: what must be waited for is shortened by each test.
const LIMITS: Limits = Limits { bytes: 64 * 1024, time: Duration::from_secs(30), wait: Duration::from_secs(600) };
/// Short enough to wait for, in tests of servers that say nothing.
const QUICK: Limits = Limits { time: Duration::from_secs(1), ..LIMITS };

fn password() -> SignIn {
    SignIn::Password { user: "ada".into(), password: Secret::new("correct \"horse\\") }
}

fn token() -> SignIn {
    SignIn::Bearer { user: "ada".into(), token: Secret::new("ya29.token") }
}

async fn dial(server: &Server, sign_in: &SignIn, limits: Limits) -> Result<Session, Fault> {
    let networks = Networks::all();
    Session::open(Dial { networks: &networks, tls: Tls::of_machine(), limits }, server, sign_in).await
}

/// A server that plays a script of lines: `C: ` starts one that the client must say, anything else is said to it, with CRLF.
/// Returns what it heard. `TAG` is the tag of the last command.
async fn script(security: Security, lines: &'static [&'static str]) -> (Server, tokio::task::JoinHandle<Vec<String>>) {
    serve(security, move |stream| async move {
        let mut stream = BufReader::new(stream);
        let (mut tag, mut heard) = (String::new(), Vec::new());
        for line in lines {
            if let Some(wanted) = line.strip_prefix("C: ") {
                let mut said = String::new();
                if stream.read_line(&mut said).await.unwrap_or(0) == 0 {
                    break;
                }
                let said = said.trim_end().to_owned();
                let first = said.split(' ').next().unwrap_or_default();
                if first.strip_prefix('A').is_some_and(|number| number.parse::<u32>().is_ok()) {
                    tag = first.to_owned();
                }
                assert!(said.contains(wanted), "“{said}” instead of “{wanted}”");
                heard.push(said);
            } else if stream.write_all(format!("{}\r\n", line.replace("TAG", &tag)).as_bytes()).await.is_err() {
                break;
            }
        }
        // Until the client has left, so that nothing of it is lost.
        let mut rest = String::new();
        let _ = stream.read_to_string(&mut rest).await;
        heard.extend(rest.lines().map(str::to_owned));
        heard
    })
    .await
}

async fn serve<F, T>(
    security: Security,
    talk: impl FnOnce(TcpStream) -> F + Send + 'static,
) -> (Server, tokio::task::JoinHandle<T>)
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = Server { host: "127.0.0.1".into(), port: listener.local_addr().unwrap().port(), security };
    (server, tokio::spawn(async move { talk(listener.accept().await.unwrap().0).await }))
}

const HELLO: [&str; 3] = [
    "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hi",
    "C: AUTHENTICATE PLAIN AGFkYQBjb3JyZWN0ICJob3JzZVw=",
    "TAG OK [CAPABILITY IMAP4rev1] in",
];

macro_rules! after_hello {
    ($($line:literal),* $(,)?) => {
        { const LINES: &[&str] = &[HELLO[0], HELLO[1], HELLO[2], $($line),*]; LINES }
    };
}

async fn signed_in(lines: &'static [&'static str]) -> (Session, tokio::task::JoinHandle<Vec<String>>) {
    let (server, heard) = script(Security::None, lines).await;
    (dial(&server, &password(), LIMITS).await.unwrap(), heard)
}

#[tokio::test]
async fn folders_and_messages_are_read_among_what_nobody_asked_for() {
    let (mut session, heard) = signed_in(after_hello![
        "C: LIST \"\" \"*\"",
        "* 3 EXISTS",
        "* LIST (\\HasNoChildren) \"/\" inbox",
        "* LIST (\\Noselect) \"/\" \"[Gmail]\"",
        "* LIST (\\Junk) \"/\" {12}",
        "[Gmail]/Spam",
        "* LIST (\\HasNoChildren) NIL \"a \\\"b\\\"\"",
        "* LIST broken",
        "* NO disk is nearly full {9}",
        "garbled but not about anything",
    ])
    .await;
    // A tagged line that is none ends it: it might be the answer.
    let fault = session.folders().await.unwrap_err();
    assert!(matches!(fault, Fault { stage: Stage::Reading, cause: Cause::Unreadable(_) }), "{fault}");
    drop(session);
    heard.await.unwrap();

    let (mut session, heard) = signed_in(after_hello![
        "C: LIST \"\" \"*\"",
        "* 3 EXISTS",
        "* LIST (\\HasNoChildren) \"/\" inbox",
        "* LIST (\\Noselect) \"/\" \"[Gmail]\"",
        "* LIST (\\Junk) \"/\" {12}",
        "[Gmail]/Spam",
        "* LIST (\\HasNoChildren) NIL \"a \\\"b\\\"\"",
        "* LIST broken",
        "* NO disk is nearly full {9}",
        "Z9 OK of another command",
        "TAG OK done",
        "C: EXAMINE \"[Gmail]/Spam\"",
        "* 17 EXISTS",
        "* OK [UIDNEXT 4392] predicted",
        "* OK [UIDVALIDITY 3] valid",
        "* FLAGS (\\Seen)",
        "TAG OK [READ-ONLY] done",
        "C: UID SEARCH UID 4000:* HEADER Message-ID \"<a@b>\"",
        "* SEARCH 4391",
        "* SEARCH 7 4390 4391",
        "TAG OK done",
        "C: UID FETCH 4390:4391 (UID BODY.PEEK[HEADER]<0.65536>)",
        "* 3 FETCH (FLAGS (\\Seen))",
        "* 4 FETCH (FLAGS (\\Seen) UID 9 BODY[HEADER] \"not asked for\")",
        "* 17 FETCH (BODY[HEADER] {11}",
        "Date: now",
        " UID 4391)",
        "* 16 FETCH (UID 4390 BODY[HEADER] \"\")",
        "TAG OK done",
        "C: LOGOUT",
        "* BYE",
        "TAG OK",
    ])
    .await;
    let folder = |name: &str, purpose| Folder { name: name.to_owned(), purpose };
    let folders = [folder("inbox", Some(Use::Inbox)), folder("[Gmail]/Spam", Some(Use::Junk)), folder("a \"b\"", None)];
    assert_eq!(session.folders().await.unwrap(), folders);
    let examined = session.examine("[Gmail]/Spam").await.unwrap();
    assert_eq!((examined.exists, examined.uid_next, examined.uid_validity), (17, Some(4392), Some(3)));
    let uids = session.search_header(4000, "Message-ID", "<a@b>").await.unwrap();
    assert_eq!(uids, [4390, 4391]);
    let fetched = session.fetch_headers(&uids).await.unwrap();
    let message = |uid, bytes: &[u8]| Fetched { uid, bytes: bytes.to_vec() };
    assert_eq!(fetched, [message(4391, b"Date: now\r\n"), message(4390, b"")]);
    session.log_out().await;
    let heard = heard.await.unwrap();
    assert!(!heard.iter().any(|line| line.contains("SELECT ") || line.contains(" BODY[")), "{heard:?}");
}

#[tokio::test]
async fn junk_is_known_by_its_name_only_where_the_server_says_no_uses() {
    let (mut session, _heard) = signed_in(after_hello![
        "C: LIST",
        "* LIST () \".\" INBOX",
        "* LIST () \".\" INBOX.Spam",
        "* LIST () \".\" INBOX.spammers",
        "TAG OK",
        "C: LIST",
        "* LIST (\\Sent) \"/\" Sent",
        "* LIST () \"/\" Spam",
        "TAG OK",
    ])
    .await;
    let junk = |folders: Vec<Folder>| {
        let junk = folders.into_iter().filter(|folder| folder.purpose == Some(Use::Junk));
        junk.map(|folder| folder.name).collect::<Vec<_>>()
    };
    assert_eq!(junk(session.folders().await.unwrap()), ["INBOX.Spam"]);
    assert_eq!(junk(session.folders().await.unwrap()), Vec::<String>::new());
}

#[tokio::test]
async fn each_way_to_sign_in_is_spoken_as_the_server_offers_it() {
    let ways: [(SignIn, &'static [&'static str]); 4] = [
        (
            password(),
            &[
                "* OK hi",
                "C: CAPABILITY",
                "* CAPABILITY IMAP4rev1 AUTH=PLAIN",
                "TAG OK",
                "C: AUTHENTICATE PLAIN",
                "+ ",
                "C: AGFkYQBjb3JyZWN0ICJob3JzZVw=",
                "A2 OK",
                "C: CAPABILITY",
                "* CAPABILITY IMAP4rev1 IDLE",
                "TAG OK",
            ],
        ),
        (
            password(),
            &[
                "* OK [CAPABILITY IMAP4rev1] hi",
                "C: A1 LOGIN \"ada\" \"correct \\\"horse\\\\\"",
                "* CAPABILITY IMAP4rev1",
                "TAG OK",
            ],
        ),
        (
            token(),
            &[
                "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2] hi",
                "C: AUTHENTICATE XOAUTH2 dXNlcj1hZGEBYXV0aD1CZWFyZXIgeWEyOS50b2tlbgEB",
                "TAG OK [CAPABILITY IMAP4rev1] in",
            ],
        ),
        (
            token(),
            &[
                "* OK [CAPABILITY IMAP4rev1 auth=xoauth2] hi",
                "C: A1 AUTHENTICATE XOAUTH2",
                "+",
                "C: dXNlcj1hZGEBYXV0aD1CZWFyZXIgeWEyOS50b2tlbgEB",
                "A1 OK [CAPABILITY IMAP4rev1] in",
            ],
        ),
    ];
    for (sign_in, lines) in ways {
        let (server, heard) = script(Security::None, lines).await;
        let session = dial(&server, &sign_in, LIMITS).await.unwrap_or_else(|fault| panic!("{lines:?}: {fault}"));
        drop(session);
        heard.await.unwrap();
    }
}

#[tokio::test]
async fn a_refused_sign_in_keeps_the_words_of_the_server_but_not_the_secret() {
    let refused: [(SignIn, &'static [&'static str], &str); 3] = [
        (
            password(),
            &[HELLO[0], HELLO[1], "A1 NO [AUTHENTICATIONFAILED] No: AGFkYQBjb3JyZWN0ICJob3JzZVw="],
            "sign-in: NO [AUTHENTICATIONFAILED] No: …",
        ),
        (
            token(),
            &[
                "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2] hi",
                "C: AUTHENTICATE",
                "+ eyJzdGF0dXMiOiI0MDEifQ==",
                "C: ",
                "A1 NO ya29.token is expired",
            ],
            "sign-in: NO … is expired",
        ),
        (
            password(),
            &["* OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=GSSAPI AUTH=NTLM] hi"],
            "sign-in: the server does not offer a way to sign in that fits (it offers: GSSAPI NTLM)",
        ),
    ];
    for (sign_in, lines, words) in refused {
        let (server, _heard) = script(Security::None, lines).await;
        assert_eq!(dial(&server, &sign_in, LIMITS).await.err().unwrap().to_string(), words);
    }
}

#[tokio::test]
async fn the_greeting_decides_whether_there_is_a_conversation() {
    let greetings: [(&'static [&'static str], Limits, &str); 4] = [
        (&["* BYE [UNAVAILABLE] Too many connections"], LIMITS, "BYE [UNAVAILABLE] Too many connections"),
        (&["* PREAUTH welcome back"], LIMITS, "the server answered with something unexpected: PREAUTH"),
        (&["220 smtp.example ESMTP"], LIMITS, "the server answered with something unexpected: 220 smtp.example ESMTP"),
        (&["* OK hi", "C: CAPABILITY", "* BYE shutting down"], QUICK, "the server did not answer in time"),
    ];
    for (lines, limits, words) in greetings {
        let (server, _heard) = script(Security::None, lines).await;
        let fault = dial(&server, &password(), limits).await.err().unwrap();
        assert_eq!((fault.stage, fault.cause.to_string().as_str()), (Stage::Greeting, words));
    }
    let (server, _) = serve(Security::None, |mut stream| async move {
        stream.write_all(b"* OK hi\r\n* BYE shutting down\r\n").await.unwrap();
    })
    .await;
    let fault = dial(&server, &password(), LIMITS).await.err().unwrap();
    let Cause::Refused(refusal) = fault.cause else { panic!("{fault}") };
    assert_eq!((refusal.kind, refusal.words.as_str()), (RefusalKind::Bye, "shutting down"));
}

#[tokio::test]
async fn without_tls_nothing_secret_is_said() {
    let stripped: [(&'static [&'static str], &str); 3] = [
        (&["* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi", "C: "], "the server does not offer TLS"),
        (
            &["* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN] hi", "C: A1 STARTTLS", "TAG NO not now", "C: "],
            "NO not now",
        ),
        (
            &["* OK [CAPABILITY IMAP4rev1 STARTTLS] hi", "C: A1 STARTTLS", "TAG OK\r\n* CAPABILITY AUTH=PLAIN", "C: "],
            "the server answered with something unexpected: it spoke before it was asked",
        ),
    ];
    for (lines, words) in stripped {
        let (server, heard) = script(Security::StartTls, lines).await;
        let fault = dial(&server, &password(), LIMITS).await.err().unwrap();
        assert_eq!((fault.stage, fault.cause.to_string().as_str()), (Stage::Tls, words));
        let heard = heard.await.unwrap();
        assert!(heard.iter().all(|line| line == "A1 STARTTLS"), "{heard:?}");
    }
}

#[tokio::test]
async fn a_server_without_end_is_left_within_the_limits() {
    // Each part is repeated until the client leaves.
    let endless: [(&'static [u8], &str); 6] = [
        (b"* 1 EXISTS\r\n", "the server sent more than was asked for"),
        (b"x", "the server sent more than was asked for"),
        (b"\r\n", "the server sent more than was asked for"),
        (b"* LIST (", "the server sent more than was asked for"),
        (b"* 1 FETCH (BODY[] {536870912}\r\n", "the server sent more than was asked for"),
        (b"+ more\r\n", "the server answered with something unexpected: it waits for more than was to be said"),
    ];
    for (part, words) in endless {
        let (server, _task) = serve(Security::None, move |mut stream| async move {
            stream
                .write_all(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hi\r\nA1 OK [CAPABILITY X] in\r\n")
                .await
                .unwrap();
            while stream.write_all(part).await.is_ok() {}
        })
        .await;
        let mut session = dial(&server, &password(), LIMITS).await.unwrap();
        let fault = session.folders().await.unwrap_err();
        assert_eq!(fault.cause.to_string(), words, "{:?}", String::from_utf8_lossy(part));
    }
}

#[tokio::test]
async fn a_server_one_byte_at_a_time_is_understood_until_the_time_is_over() {
    let (server, _task) = serve(Security::None, |mut stream| async move {
        let fast = b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hi\r\nA1 OK [CAPABILITY X] in\r\n* LIST () \"/\" {5}\r\nINBOX\r\nA2 OK\r\n";
        for byte in fast {
            stream.write_all(&[*byte]).await.unwrap();
            stream.flush().await.unwrap();
            tokio::task::yield_now().await;
        }
        // Were each byte given time of its own, the end of the connection would be noticed, not that it is slow.
        for _ in 0..1_000 {
            if stream.write_all(b"a").await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let mut session = dial(&server, &password(), QUICK).await.unwrap();
    assert_eq!(session.folders().await.unwrap().len(), 1);
    let fault = session.folders().await.unwrap_err();
    assert!(matches!(fault.cause, Cause::Slow), "{fault}");
}

#[tokio::test]
async fn no_part_of_a_secret_is_left_where_words_are_cut() {
    let secret = "0123456789".repeat(4);
    for before in 240..300 {
        let words = format!("{}{secret} is wrong", "x".repeat(before));
        let (server, _task) = serve(Security::None, move |mut stream| async move {
            let text = format!("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hi\r\n{words}\r\n");
            stream.write_all(text.as_bytes()).await.unwrap();
            let _ = stream.read_to_end(&mut Vec::new()).await;
        })
        .await;
        let sign_in = SignIn::Password { user: "ada".into(), password: Secret::new(secret.clone()) };
        let fault = dial(&server, &sign_in, LIMITS).await.err().unwrap();
        assert!(matches!(&fault.cause, Cause::Unreadable(words) if !words.contains("01")), "{fault}");
    }
}

#[tokio::test]
async fn a_literal_that_is_shorter_or_longer_than_it_says_is_never_made_up() {
    let lies: [(&'static str, Limits, &str); 2] = [
        // Too long: the rest of the answer is swallowed, and the time ends it.
        ("* 1 FETCH (UID 1 BODY[HEADER] {500}\r\nshort)\r\nA2 OK\r\n", QUICK, "the server did not answer in time"),
        // Too short: what is left over is no response.
        ("* 1 FETCH (UID 1 BODY[HEADER] {2}\r\nlonger than said)\r\nrest of it\r\nA2 OK\r\n", LIMITS, ""),
    ];
    for (text, limits, words) in lies {
        let (server, _task) = serve(Security::None, move |mut stream| async move {
            stream
                .write_all(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hi\r\nA1 OK [CAPABILITY X] in\r\n")
                .await
                .unwrap();
            stream.write_all(text.as_bytes()).await.unwrap();
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest).await;
        })
        .await;
        let mut session = dial(&server, &password(), limits).await.unwrap();
        match session.fetch_headers(&[1]).await {
            Ok(fetched) => panic!("{fetched:?}"),
            Err(fault) if words.is_empty() => assert!(matches!(fault.cause, Cause::Unreadable(_)), "{fault}"),
            Err(fault) => assert_eq!(fault.cause.to_string(), words),
        }
    }
}

#[tokio::test]
async fn noise_never_ends_in_anything_but_a_fault_or_an_answer() {
    let seed: u64 = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(rand::random);
    println!("SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let pieces: [&[u8]; 22] = [
        b"* ",
        b"A1 ",
        b"A2 ",
        b"OK ",
        b"NO ",
        b"BYE ",
        b"\r\n",
        b"\n",
        b" ",
        b"(",
        b")",
        b"\"",
        b"\\",
        b"{3}\r\n",
        b"{0}\r\n",
        b"LIST ",
        b"1 FETCH ",
        b"UID 1 ",
        b"BODY[HEADER] ",
        b"[CAPABILITY ",
        b"]",
        b"+ ",
    ];
    for round in 0..300 {
        let mut noise = Vec::new();
        for _ in 0..random.random_range(0..120) {
            match random.random_range(0..4) {
                0 => noise.push(random.random()),
                _ => noise.extend_from_slice(pieces[random.random_range(0..pieces.len())]),
            }
        }
        let from_start = random.random_bool(0.3);
        let (server, _task) = serve(Security::None, move |mut stream| async move {
            if !from_start {
                let hello = b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hi\r\nA1 OK [CAPABILITY X] in\r\n";
                let _ = stream.write_all(hello).await;
            }
            let _ = stream.write_all(&noise).await;
            // The client's words are read, so that closing is an end and not a reset.
            let _ = stream.shutdown().await;
            let _ = stream.read_to_end(&mut Vec::new()).await;
        })
        .await;
        let work = async {
            let mut session = dial(&server, &password(), LIMITS).await?;
            session.folders().await?;
            session.fetch_headers(&[1]).await.map(drop)
        };
        let outcome: Result<(), Fault> = work.await;
        // The server ends the connection after its noise, so there is nothing to wait for.
        let waits = outcome.is_err_and(|fault| matches!(fault.cause, Cause::Slow));
        assert!(!waits, "round {round} of SEED={seed} waits");
    }
}

/// Host and accounts of `tools/with-mail-servers.sh`.
fn real(port: u16, security: Security) -> (Server, SignIn) {
    let host = std::env::var("FAIRLEAD_TEST_MAIL_HOST").expect("run inside tools/with-mail-servers.sh");
    let ada = SignIn::Password { user: "ada@acme.test".into(), password: Secret::new("correct horse") };
    (Server { host, port, security }, ada)
}

#[tokio::test]
#[ignore = "needs tools/with-mail-servers.sh"]
async fn dovecot_is_read_over_both_kinds_of_tls() {
    for (port, security) in [(993, Security::Tls), (143, Security::StartTls)] {
        let (server, ada) = real(port, security);
        let mut session = dial(&server, &ada, Limits::default()).await.unwrap();
        let folders = session.folders().await.unwrap();
        let named = |purpose| folders.iter().find(|folder| folder.purpose == Some(purpose)).map(|f| f.name.as_str());
        assert_eq!((named(Use::Inbox), named(Use::Junk)), (Some("INBOX"), Some("Junk")), "{folders:?}");
        let examined = session.examine("INBOX").await.unwrap();
        assert!(examined.uid_next.is_some(), "{examined:?}");
        assert_eq!(session.search_header(1, "Message-ID", "<never@acme.test>").await.unwrap(), Vec::<u32>::new());
        session.log_out().await;
    }
}

#[tokio::test]
#[ignore = "needs tools/with-mail-servers.sh"]
async fn dovecot_refuses_a_wrong_password_in_its_own_words() {
    let (server, _) = real(993, Security::Tls);
    let wrong = SignIn::Password { user: "ada@acme.test".into(), password: Secret::new("wrong") };
    let fault = dial(&server, &wrong, Limits::default()).await.err().unwrap();
    assert_eq!(fault.to_string(), "sign-in: NO [AUTHENTICATIONFAILED] Authentication failed.");
}

#[tokio::test]
async fn a_server_that_says_the_next_uid_only_when_asked_for_it_is_asked() {
    let (mut session, heard) = signed_in(after_hello![
        "C: EXAMINE \"INBOX\"",
        "* 3 EXISTS",
        "* OK [UIDVALIDITY 620000] Ok",
        "TAG OK [READ-ONLY] Ok",
        "C: STATUS \"INBOX\" (UIDNEXT)",
        "* STATUS INBOX (UIDNEXT 12)",
        "TAG OK",
        "C: EXAMINE",
        "TAG OK",
        "C: STATUS",
        "TAG NO not for this one",
    ])
    .await;
    let facts = |examined: super::Examined| (examined.exists, examined.uid_next, examined.uid_validity);
    assert_eq!(facts(session.examine("INBOX").await.unwrap()), (3, Some(12), Some(620_000)));
    assert_eq!(facts(session.examine("INBOX").await.unwrap()), (0, None, None));
    drop(session);
    heard.await.unwrap();
}

#[tokio::test]
async fn folders_of_other_people_and_deeper_ones_are_never_taken_for_ours_by_name() {
    let (mut session, heard) = signed_in(&[
        HELLO[0],
        HELLO[1],
        "TAG OK [CAPABILITY IMAP4rev1 NAMESPACE] in",
        "C: LIST",
        "* LIST () \".\" INBOX",
        "* LIST () \".\" INBOX.Sent",
        "* LIST () \".\" INBOX.Junk.Sent",
        "* LIST () \".\" shared.bob.Spam",
        "* LIST () \".\" \"INBOX.Junk E-mail\"",
        "TAG OK",
        "C: NAMESPACE",
        "* NAMESPACE ((\"INBOX.\" \".\")) NIL ((\"shared.\" \".\"))",
        "TAG OK",
        "C: NAMESPACE",
        "* NAMESPACE ((\"INBOX.\" \".\")) NIL NIL",
        "TAG OK",
        "C: CREATE \"INBOX.Sent\"",
        "TAG OK",
    ])
    .await;
    let folders = session.folders().await.unwrap();
    let uses = folders.iter().filter_map(|folder| Some((folder.name.as_str(), folder.purpose?)));
    let expected = [("INBOX", Use::Inbox), ("INBOX.Sent", Use::Sent), ("INBOX.Junk E-mail", Use::Junk)];
    assert_eq!(uses.collect::<Vec<_>>(), expected);
    assert_eq!(session.make_sent_folder().await.unwrap(), "INBOX.Sent");
    drop(session);
    heard.await.unwrap();
}

#[tokio::test]
async fn a_folder_is_for_sent_mails_only_if_the_server_says_so_for_that_folder() {
    let (mut session, _heard) = signed_in(after_hello![
        "C: LIST",
        "* LIST (\\Sent) \"/\" Gesendet",
        "* LIST () \"/\" Sent",
        "* LIST (\\Junk) \"/\" Spam",
        "TAG OK",
    ])
    .await;
    let folders = session.folders().await.unwrap();
    let sent = folders.iter().filter(|folder| folder.purpose == Some(Use::Sent)).map(|folder| folder.name.as_str());
    assert_eq!(sent.collect::<Vec<_>>(), ["Gesendet"]);
}

#[tokio::test]
async fn messages_are_listed_and_fetched_up_to_a_size_in_the_order_of_uids() {
    let (mut session, heard) = signed_in(after_hello![
        "C: UID SEARCH UID 5:*",
        "* SEARCH 4 9 7",
        "TAG OK",
        "C: UID SEARCH UID 1:* SINCE 26-Nov-2026",
        "* SEARCH",
        "TAG OK",
        "C: UID FETCH 7,9 (UID RFC822.SIZE INTERNALDATE)",
        "* 2 FETCH (INTERNALDATE \"28-Nov-2026 10:00:00 +0000\" RFC822.SIZE 900 UID 9)",
        "* 1 FETCH (UID 7 RFC822.SIZE 5)",
        "* 3 FETCH (UID 8 RFC822.SIZE 5)",
        "TAG OK",
        "C: UID FETCH 7,9 (UID BODY.PEEK[]<0.262144>)",
        "* 2 FETCH (UID 9 BODY[]<0> {8}",
        "A: b",
        "",
        ")",
        "TAG OK",
    ])
    .await;
    let uids = session.search_from(5).await.unwrap();
    assert_eq!(uids, [7, 9]);
    let since = crate::server::clock::Instant(1_795_777_200_000_000); // 27 November 2026, 11:00 UTC
    assert!(session.search_since(since).await.unwrap().is_empty());
    let listed = session.facts(&uids).await.unwrap();
    assert_eq!(
        listed.iter().map(|one| (one.uid, one.size, one.received_at.is_some())).collect::<Vec<_>>(),
        [(7, 5, false), (9, 900, true)]
    );
    let fetched = session.fetch(Part::Message, &listed).await.unwrap();
    assert_eq!(fetched, [Fetched { uid: 9, bytes: b"A: b\r\n\r\n".to_vec() }]);
    drop(session);
    heard.await.unwrap();
}

#[tokio::test]
async fn waiting_ends_with_what_is_new_or_when_it_is_told_to() {
    let (mut session, heard) = signed_in(after_hello![
        "C: IDLE",
        "+ idling",
        "* OK Still here",
        "* 2 FETCH (FLAGS (\\Seen))",
        "* 4 EXISTS",
        "C: DONE",
        "TAG OK done",
        "C: EXAMINE",
        "* 4 EXISTS",
        "* OK [UIDNEXT 5] x",
        "TAG OK",
        "C: IDLE",
        "+ idling",
        "C: DONE",
        "TAG OK done",
        "C: UID SEARCH",
        "* SEARCH 4",
        "* 5 EXISTS",
        "TAG OK",
        "C: EXAMINE",
        "* 5 EXISTS",
        "* OK [UIDNEXT 6] x",
        "TAG OK",
        "C: IDLE",
        "TAG BAD not here",
    ])
    .await;
    assert!(session.idle(std::future::pending()).await.unwrap());
    session.examine("INBOX").await.unwrap();
    assert!(!session.idle(async {}).await.unwrap());
    session.search_from(4).await.unwrap();
    assert!(session.idle(std::future::pending()).await.unwrap(), "what came beside another answer is not waited for");
    session.examine("INBOX").await.unwrap();
    let fault = session.idle(std::future::pending()).await.unwrap_err();
    assert!(matches!(fault.cause, Cause::Refused(_)), "{fault}");
    drop(session);
    heard.await.unwrap();
}

#[tokio::test]
async fn a_wait_for_news_ends_by_itself_before_the_connection_is_forgotten() {
    let lines = after_hello!["C: IDLE", "+ idling", "C: DONE", "TAG OK done", "C: IDLE", "+ idling", "C: DONE"];
    let (server, heard) = script(Security::None, lines).await;
    let limits = Limits { wait: Duration::from_millis(100), ..LIMITS };
    let mut session = dial(&server, &password(), limits).await.unwrap();
    let waited = tokio::time::timeout(Duration::from_secs(20), session.idle(std::future::pending())).await;
    assert!(!waited.expect("it waits without end").unwrap(), "nothing came");
    // A connection that was forgotten answers the end of the wait no more, and that is noticed.
    let limits = Limits { time: Duration::from_millis(300), ..limits };
    session.wire.limit(limits);
    let fault = session.idle(std::future::pending()).await.unwrap_err();
    assert!(matches!(fault.cause, Cause::Slow), "{fault}");
    drop(session);
    heard.await.unwrap();
    assert!(Limits::default().wait < Duration::from_secs(10 * 60));
}

#[tokio::test]
async fn a_connection_that_ends_while_waiting_is_a_fault_with_or_without_a_word() {
    let ends: [(&'static [u8], &str); 3] = [
        (b"", "the server closed the connection"),
        (b"* BYE Server shutting down.\r\n", "BYE Server shutting down."),
        (b"* OK Still here\r\n", "the server sent more than was asked for"),
    ];
    for (text, words) in ends {
        let (server, _task) = serve(Security::None, move |mut stream| async move {
            let hello =
                b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hi\r\nA1 OK [CAPABILITY IDLE] in\r\n+ idling\r\n";
            stream.write_all(hello).await.unwrap();
            let times = if text.starts_with(b"* OK") { 10_000 } else { 1 };
            for _ in 0..times {
                if stream.write_all(text).await.is_err() {
                    break;
                }
            }
            // The client's words are read, so that closing is an end and not a reset.
            let _ = stream.shutdown().await;
            let _ = stream.read_to_end(&mut Vec::new()).await;
        })
        .await;
        let mut session = dial(&server, &password(), LIMITS).await.unwrap();
        assert!(session.can_idle());
        assert_eq!(session.idle(std::future::pending()).await.unwrap_err().cause.to_string(), words);
    }
}

#[tokio::test]
async fn a_copy_is_put_into_a_folder_byte_for_byte_and_said_once() {
    let (server, heard) = serve(Security::None, |stream| async move {
        let mut stream = BufReader::new(stream);
        let hello = b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hi\r\nA1 OK [CAPABILITY X] in\r\n";
        stream.write_all(hello).await.unwrap();
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        line.clear();
        stream.read_line(&mut line).await.unwrap();
        assert_eq!(line, "A2 APPEND \"Sent\" (\\Seen) {8}\r\n");
        stream.write_all(b"+ OK\r\n").await.unwrap();
        let mut literal = [0; 10];
        stream.read_exact(&mut literal).await.unwrap();
        stream.write_all(b"A2 OK [APPENDUID 1 2] done\r\n").await.unwrap();
        line.clear();
        stream.read_line(&mut line).await.unwrap();
        stream.write_all(b"+ OK\r\n+ OK\r\n").await.unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.unwrap();
        (literal, rest)
    })
    .await;
    let mut session = dial(&server, &password(), LIMITS).await.unwrap();
    session.append("Sent", "A: b\r\n\r\n").await.unwrap();
    let fault = session.append("Sent", "A: b\r\n\r\n").await.unwrap_err();
    assert!(matches!(fault.cause, Cause::Unreadable(_)), "{fault}");
    drop(session);
    let (literal, rest) = heard.await.unwrap();
    assert_eq!((literal.as_slice(), rest.as_slice()), (b"A: b\r\n\r\n\r\n".as_slice(), b"A: b\r\n\r\n\r\n".as_slice()));
}
