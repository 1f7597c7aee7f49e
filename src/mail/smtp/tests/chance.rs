//! What holds whatever a server says, and whatever a message is.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rand::{RngExt, SeedableRng, rngs::SmallRng, seq::IndexedRandom};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::{
    super::{
        body::stuffed,
        reply::{Lines, Reader, Status},
    },
    *,
};
use crate::mail::{server::Server, sign_in::Secret};

/// Replies from bytes that arrive in these pieces, and whether they ended in nonsense.
fn read<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<Lines>, bool) {
    let (mut reader, mut replies) = (Reader::default(), Vec::new());
    for piece in pieces {
        reader.feed(piece);
        loop {
            match reader.next() {
                Ok(Some(lines)) => replies.push(lines),
                Ok(None) => break,
                Err(_) => return (replies, true),
            }
        }
    }
    (replies, false)
}

prop_compose! {
    fn any_reply()(code in 200_u16..600, texts in prop::collection::vec("[ -~äé€]{0,80}", 1..6)) -> Lines {
        Lines { code, texts }
    }
}

fn written(lines: &Lines) -> String {
    let last = lines.texts.len() - 1;
    let line = |(index, text)| format!("{}{}{text}\r\n", lines.code, if index == last { ' ' } else { '-' });
    lines.texts.iter().enumerate().map(line).collect()
}

/// What a server makes of a message on the wire: the lines up to the dot alone, without the dots that were doubled.
fn received(wire: &[u8]) -> Option<Vec<u8>> {
    let mut message = Vec::new();
    let mut rest = wire;
    loop {
        let end = rest.windows(2).position(|pair| pair == b"\r\n")?;
        let (line, after) = (&rest[..end], &rest[end + 2..]);
        if line == b"." {
            return after.is_empty().then_some(message);
        }
        message.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
        message.extend_from_slice(b"\r\n");
        rest = after;
    }
}

/// A message whose lines all end with CRLF.
fn lines_of(message: &str) -> String {
    let lines = message.replace("\r\n", "\n").replace(['\r', '\n'], "\r\n");
    if lines.is_empty() || lines.ends_with("\r\n") { lines } else { format!("{lines}\r\n") }
}

proptest! {
    #[test]
    fn a_reply_is_read_as_it_was_written_in_whatever_pieces(
        replies in prop::collection::vec(any_reply(), 1..5),
        cuts in prop::collection::vec(1_usize..40, 1..20),
    ) {
        let text: String = replies.iter().map(written).collect();
        let mut rest = text.as_bytes();
        let mut pieces = Vec::new();
        for cut in cuts.iter().cycle() {
            let (piece, after) = rest.split_at((*cut).min(rest.len()));
            pieces.push(piece);
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
        // Letters may be cut in two; whole, they are the same.
        prop_assert_eq!(read(pieces.into_iter()), (replies, false));
    }

    #[test]
    fn bytes_mean_the_same_in_one_piece_and_one_by_one(
        bytes in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(b"2345 0-.\r\n".to_vec())], 0..400),
    ) {
        let whole = read(std::iter::once(bytes.as_slice()));
        prop_assert_eq!(&read(bytes.chunks(1)), &whole);
        for lines in whole.0 {
            let reply = lines.reply(str::to_owned);
            prop_assert!((200..600).contains(&reply.code));
            prop_assert!(reply.words.chars().count() <= 300 && !reply.words.contains(char::is_control));
            prop_assert!(reply.is_positive() || reply.is_refusal() || reply.code / 100 == 3);
        }
    }

    #[test]
    fn an_enhanced_code_is_the_text_that_it_is_written_as(class in prop::sample::select(vec![2_u8, 4, 5]), subject in 0_u16..1000, detail in 0_u16..1000) {
        let status = Status { class, subject, detail };
        prop_assert_eq!(Status::parse(&status.to_string()), Some(status));
    }

    #[test]
    fn a_message_arrives_as_it_was_with_every_line_ended_in_one_way(message in "([.\r\n]|[a-z. ]{0,8}|ä){0,60}") {
        let wire = stuffed(message.as_bytes());
        prop_assert_eq!(received(&wire), Some(lines_of(&message).into_bytes()));
        // No other end of a line in it, for a server that takes one for the end of the message.
        let text = String::from_utf8(wire).unwrap().replace("\r\n", "");
        prop_assert!(!text.contains(['\r', '\n']));
    }
}

#[test]
fn an_enhanced_code_is_three_numbers_and_nothing_else() {
    for text in
        ["5.1", "5.1.1.1", "1.1.1", "3.1.1", "5.1.x", "5.1.", "5..1", "5.1.1000", "5.+1.1", "55.1.1", "", "5.1.1:"]
    {
        assert_eq!(Status::parse(text), None, "{text}");
    }
}

#[test]
fn words_are_kept_without_the_code_that_each_line_repeats() {
    for (text, expected) in [
        (
            "550-5.1.1 The email account\n550-5.1.1 does not exist.\n550 5.1.1  - gsmtp",
            "550 5.1.1 The email account does not exist. - gsmtp",
        ),
        ("550-5.1.1 one\n550 5.7.1 two", "550 5.7.1 5.1.1 one two"),
        ("550-5.1.1 one\n550 two", "550 5.1.1 one two"),
        ("250", "250"),
        ("250 2.0.0", "250 2.0.0"),
        ("250 2.0.0\ttab\u{7}bell", "250 2.0.0 tab bell"),
        ("550-one\n551 two", "551 one two"),
        ("550 5.1.1\u{a0}no", "550 5.1.1\u{a0}no"),
    ] {
        assert_eq!(Reply::read(text).to_string(), expected, "{text:?}");
    }
}

/// What a server of chance did.
#[derive(Default)]
struct Deeds {
    heard: Vec<u8>,
    /// Whether a whole 2xx reply went out after the final dot had come.
    said_yes: bool,
}

/// Answers a line with something: mostly what is right, often not.
fn answer(line: &str, chance: &mut SmallRng) -> Vec<u8> {
    let right = match line.split([' ', ':']).next().unwrap_or_default() {
        "EHLO" => {
            "250-mail.acme.example\r\n250-SIZE 100000\r\n250-AUTH PLAIN XOAUTH2 LOGIN\r\n250-PIPELINING\r\n250 \r\n"
        }
        "AUTH" => "235 2.7.0 Welcome p/a ss+1\r\n",
        "DATA" => "354 Go\r\n",
        "QUIT" => "221 Bye\r\n",
        _ => "250 2.0.0 Ok\r\n",
    };
    const WRONG: [&str; 14] = [
        "450 4.7.1 Later p/a ss+1\r\n",
        "550-5.1.1 No\r\n550 5.7.1 AHVtYQBwL2Egc3MrMQ==\r\n",
        "421 4.3.2 Closing\r\n",
        "354 Go\r\n",
        "334 \r\n",
        "250 2.0.0 Ok\r\n",
        "250-Ok\r\n",
        "250",
        "\r\n",
        "25\r\n",
        "220 hello\n",
        "555 5.5.4 SIZE\r\n",
        "999 x\r\n",
        "",
    ];
    match chance.random_range(0..20) {
        0..=13 => right.as_bytes().to_vec(),
        14..=18 => WRONG.choose(chance).unwrap().as_bytes().to_vec(),
        _ => (0..chance.random_range(0..3000)).map(|_| chance.random()).collect(),
    }
}

/// Serves one client by chance, until one of them leaves.
async fn serve(mut stream: TcpStream, chance: &mut SmallRng) -> Deeds {
    let mut deeds = Deeds::default();
    let (mut read, mut in_message) = (0, false);
    let mut next = answer("", chance);
    if chance.random_range(0..10) < 9 {
        next = b"220 mail.acme.example\r\n".to_vec();
    }
    loop {
        let is_yes =
            !in_message && next.starts_with(b"250 2.0.0 Ok\r\n") && deeds.heard[..read].ends_with(b"\r\n.\r\n");
        if chance.random_range(0..40) == 0 || stream.write_all(&next).await.is_err() {
            return deeds;
        }
        deeds.said_yes |= is_yes;
        in_message |= next == b"354 Go\r\n" && deeds.heard[..read].ends_with(b"DATA\r\n");
        let end: &[u8] = if in_message { b"\r\n.\r\n" } else { b"\r\n" };
        let line = loop {
            if let Some(found) = deeds.heard[read..].windows(end.len()).position(|window| window == end) {
                break String::from_utf8_lossy(&deeds.heard[read..read + found]).into_owned();
            }
            let mut bytes = [0; 4096];
            match stream.read(&mut bytes).await {
                Ok(count) if count > 0 => deeds.heard.extend_from_slice(&bytes[..count]),
                _ => return deeds,
            }
        };
        read += line.len() + end.len();
        next = if in_message { answer(".", chance) } else { answer(&line, chance) };
        in_message = false;
    }
}

/// One conversation with a server of chance. Returns how it ended, in a word.
async fn by_chance(seed: u64) -> String {
    let mut chance = SmallRng::seed_from_u64(seed);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = Server { host: "127.0.0.1".into(), port, security: Security::None };
    let serving = tokio::spawn(async move { serve(listener.accept().await.unwrap().0, &mut chance).await });
    let sign_in = SignIn::Password { user: "uma".into(), password: Secret::new("p/a ss+1") };
    let (networks, tls) = (this_machine(), Tls::trusting([]));
    let dial = dial(&networks, &tls, Times::at_most(MOMENT / 5));
    let outcome = match Session::open(dial, &server, Some(&sign_in)).await {
        Ok(mut session) => {
            let outcome = send(&mut session).await;
            session.quit().await;
            outcome
        }
        Err(fault) => Err(fault),
    };
    let deeds = serving.await.unwrap();
    let heard = String::from_utf8_lossy(&deeds.heard);
    let began = heard.contains("Subject: Hello");
    let whole = heard.contains("how are you?\r\n.\r\n");
    let words = format!("{outcome:?}");
    assert!(!words.contains("ss+1") && !words.contains("AHVtYQ"), "seed {seed}: {words}");
    match outcome {
        Ok(_) => assert!(whole, "seed {seed}: taken, but the server has not got it: {heard}"),
        Err(ref fault) if fault.is_unknown() => assert!(began, "seed {seed}: unknown, but nothing was sent: {words}"),
        Err(ref fault) if fault.stage == Stage::Body => assert!(fault.reply().is_some(), "seed {seed}: {words}"),
        Err(_) => assert!(!began, "seed {seed}: it was sent all the same: {words}, {heard}"),
    }
    // A yes to the whole message may get lost, but never becomes a no.
    let refused = outcome.as_ref().is_err_and(|fault| !fault.is_unknown());
    assert!(!(deeds.said_yes && refused), "seed {seed}: taken, and called refused: {words}, {heard}");
    match outcome {
        Ok(_) => "taken".into(),
        Err(fault) if fault.is_unknown() => "unknown".into(),
        Err(fault) => fault.stage.to_string(),
    }
}

#[tokio::test]
async fn whatever_a_server_does_a_mail_is_taken_only_by_its_yes_and_never_sent_after_a_no() {
    let rounds = std::env::var("FAIRLEAD_SMTP_CONVERSATIONS").map_or(400, |rounds| rounds.parse().unwrap());
    let first: u64 = rand::random();
    println!("seeds from {first}");
    let mut ends: BTreeMap<String, u64> = BTreeMap::new();
    for batch in (0..rounds).collect::<Vec<u64>>().chunks(50) {
        let batch = batch.iter().map(|round| tokio::spawn(by_chance(first.wrapping_add(*round))));
        for conversation in batch.collect::<Vec<_>>() {
            *ends.entry(conversation.await.unwrap()).or_default() += 1;
        }
    }
    println!("{ends:?}");
    // About one in ten is.
    assert!(ends["taken"] * 100 > rounds, "some conversations come to an end: {ends:?}");
}
