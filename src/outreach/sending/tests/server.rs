//! A mail server on this machine that answers as a test says.

use std::sync::{Arc, Mutex};

use base64::{Engine, prelude::BASE64_STANDARD};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::Notify,
};
use tokio_rustls::TlsAcceptor;

use crate::mail::{
    server::Security,
    smtp::{Stage, tests::scripted::Authority},
    tls::Tls,
};

/// What the server does at one point of a conversation.
#[derive(Clone)]
pub enum Answer {
    Say(&'static str),
    /// It closes the connection without a word.
    HangUp,
    /// It waits until the test releases it, and then says yes.
    Hold(Arc<Notify>),
}

/// One thing that it answers otherwise, this often.
struct Rule {
    stage: Stage,
    /// A part of the sender's or recipient's address, or of what signs in.
    about: String,
    answer: Answer,
    times: usize,
}

/// A mail that it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    pub recipient: String,
    pub message: String,
}

#[derive(Default)]
struct Known {
    rules: Vec<Rule>,
    taken: Vec<Taken>,
    connections: usize,
    open: usize,
    open_max: usize,
}

/// The server. It takes every mail, except as its rules say.
pub struct MailServer {
    pub host: String,
    pub port: u16,
    pub security: Security,
    /// User and password; nothing: any.
    pub sign_in: Option<(String, String)>,
    pub tls: Tls,
    known: Arc<Mutex<Known>>,
    /// Rings when it holds an answer back.
    pub holds: Arc<Notify>,
}

impl MailServer {
    pub async fn start() -> Self {
        let authority = Authority::new();
        let (acceptor, tls) = (authority.acceptor("localhost", false), authority.trusted());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            host: "localhost".into(),
            port: listener.local_addr().unwrap().port(),
            security: Security::Tls,
            sign_in: None,
            tls,
            known: Arc::default(),
            holds: Arc::default(),
        };
        let (known, holds) = (server.known.clone(), server.holds.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let client = Client { known: known.clone(), holds: holds.clone() };
                tokio::spawn(client.serve(stream, acceptor.clone()));
            }
        });
        server
    }

    /// A real server: it is spoken with, and nothing is known of what it takes.
    pub fn real(host: String, port: u16, security: Security, sign_in: (String, String)) -> Self {
        let tls = Tls::of_machine().clone();
        Self { host, port, security, sign_in: Some(sign_in), tls, known: Arc::default(), holds: Arc::default() }
    }

    /// One that speaks TLS for a server on this machine that does not.
    pub async fn in_front_of(port: u16) -> Self {
        let authority = Authority::new();
        let (acceptor, tls) = (authority.acceptor("localhost", false), authority.trusted());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(pass_on(stream, acceptor.clone(), port));
            }
        });
        Self { tls, ..Self::real("localhost".into(), own, Security::Tls, ("jo".into(), "a password".into())) }
    }

    /// From now on it answers so at this stage, where an address or what signs in has `about` in it.
    pub fn answer(&self, stage: Stage, about: &str, answer: Answer, times: usize) {
        self.known.lock().unwrap().rules.push(Rule { stage, about: about.to_owned(), answer, times });
    }

    pub fn say(&self, stage: Stage, about: &str, words: &'static str, times: usize) {
        self.answer(stage, about, Answer::Say(words), times);
    }

    /// The mails that it took, with a message to its recipient each time it took one.
    pub fn taken(&self) -> Vec<Taken> {
        self.known.lock().unwrap().taken.clone()
    }

    pub fn taken_of(&self, recipient: &str) -> Vec<Taken> {
        self.taken().into_iter().filter(|mail| mail.recipient == recipient).collect()
    }

    /// How many connections there were, and how many at once.
    pub fn connections(&self) -> (usize, usize) {
        let known = self.known.lock().unwrap();
        (known.connections, known.open_max)
    }
}

#[expect(clippy::disallowed_methods, reason = "to a server that the test started")]
async fn pass_on(stream: TcpStream, acceptor: TlsAcceptor, port: u16) {
    let (Ok(mut stream), Ok(mut server)) =
        (acceptor.accept(stream).await, TcpStream::connect(("127.0.0.1", port)).await)
    else {
        return;
    };
    let _ = tokio::io::copy_bidirectional(&mut stream, &mut server).await;
}

struct Client {
    known: Arc<Mutex<Known>>,
    holds: Arc<Notify>,
}

type Stream = BufReader<tokio_rustls::server::TlsStream<TcpStream>>;

impl Client {
    async fn serve(self, stream: TcpStream, acceptor: TlsAcceptor) {
        {
            let mut known = self.known.lock().unwrap();
            known.connections += 1;
            known.open += 1;
            known.open_max = known.open_max.max(known.open);
        }
        if let Ok(stream) = acceptor.accept(stream).await {
            self.converse(BufReader::new(stream)).await;
        }
        self.known.lock().unwrap().open -= 1;
    }

    async fn converse(&self, mut stream: Stream) -> Option<()> {
        self.reply(&mut stream, Stage::Greeting, "", "220 mail.acme.example").await?;
        let (mut recipient, mut begun) = (String::new(), false);
        loop {
            let line = self.hear(&mut stream).await?;
            let command = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            match command.as_str() {
                "EHLO" => {
                    self.say(
                        &mut stream,
                        "250-mail.acme.example\r\n250-AUTH PLAIN XOAUTH2\r\n250-PIPELINING\r\n250 SIZE 1000000",
                    )
                    .await?;
                }
                "AUTH" => {
                    let said = line.split(' ').nth(2).and_then(|text| BASE64_STANDARD.decode(text).ok());
                    let said = String::from_utf8_lossy(&said.unwrap_or_default()).into_owned();
                    self.reply(&mut stream, Stage::SignIn, &said, "235 2.7.0 Welcome").await?;
                }
                "MAIL" => {
                    begun = self.reply(&mut stream, Stage::Sender, &line, "250 2.1.0 Ok").await?;
                }
                "RCPT" => {
                    recipient = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                    begun &= self.reply(&mut stream, Stage::Recipient, &line, "250 2.1.5 Ok").await?;
                }
                "DATA" if !begun => self.say(&mut stream, "503 5.5.1 No recipient").await?,
                "DATA" => {
                    if self.reply(&mut stream, Stage::Data, &recipient, "354 Go on").await? {
                        let message = self.message(&mut stream).await?;
                        self.take(&mut stream, &recipient, message).await?;
                    }
                }
                "RSET" => self.say(&mut stream, "250 2.0.0 Ok").await?,
                "QUIT" => {
                    self.say(&mut stream, "221 2.0.0 Bye").await?;
                    return None;
                }
                _ => self.say(&mut stream, "500 5.5.2 What?").await?,
            }
        }
    }

    async fn take(&self, stream: &mut Stream, recipient: &str, message: String) -> Option<()> {
        let answer = self.rule(Stage::Body, recipient);
        let takes = !matches!(answer, Some(Answer::Say(words)) if !words.starts_with('2'));
        if takes {
            self.known.lock().unwrap().taken.push(Taken { recipient: recipient.to_owned(), message });
        }
        self.follow(stream, answer, "250 2.0.0 Ok: queued").await.map(drop)
    }

    /// The rule that applies, used up once more.
    fn rule(&self, stage: Stage, about: &str) -> Option<Answer> {
        let mut known = self.known.lock().unwrap();
        let fits = |rule: &&mut Rule| rule.stage == stage && rule.times > 0 && about.contains(&rule.about);
        let rule = known.rules.iter_mut().find(fits)?;
        rule.times -= 1;
        Some(rule.answer.clone())
    }

    /// Answers, and returns whether it was a yes. Nothing: the conversation is over.
    async fn reply(&self, stream: &mut Stream, stage: Stage, about: &str, yes: &'static str) -> Option<bool> {
        let answer = self.rule(stage, about);
        self.follow(stream, answer, yes).await
    }

    async fn follow(&self, stream: &mut Stream, answer: Option<Answer>, yes: &'static str) -> Option<bool> {
        let words = match answer {
            None => yes,
            Some(Answer::Say(words)) => words,
            Some(Answer::HangUp) => return None,
            Some(Answer::Hold(released)) => {
                self.holds.notify_one();
                released.notified().await;
                yes
            }
        };
        self.say(stream, words).await?;
        Some(words.starts_with(['2', '3']))
    }

    async fn say(&self, stream: &mut Stream, words: &str) -> Option<()> {
        stream.write_all(format!("{words}\r\n").as_bytes()).await.ok()?;
        stream.flush().await.ok()
    }

    async fn hear(&self, stream: &mut Stream) -> Option<String> {
        let mut line = String::new();
        let length = stream.read_line(&mut line).await.ok()?;
        (length > 0).then(|| line.trim_end().to_owned())
    }

    /// The message up to its final dot. A client that leaves before gave it none.
    async fn message(&self, stream: &mut Stream) -> Option<String> {
        let mut message = String::new();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            if line == ".\r\n" {
                return Some(message);
            }
            message.push_str(line.strip_prefix('.').unwrap_or(&line));
        }
    }
}
