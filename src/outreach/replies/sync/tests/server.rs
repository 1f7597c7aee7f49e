//! An IMAP server on this machine whose mailbox a test fills.

use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::{Notify, watch},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::mail::{smtp::tests::scripted::Authority, tls::Tls};

pub(super) struct Folder {
    pub name: &'static str,
    pub attributes: &'static str,
    pub uid_validity: u32,
    pub uid_next: u32,
    pub messages: Vec<(u32, String)>,
}

impl Folder {
    fn put(&mut self, raw: String) -> u32 {
        let uid = self.uid_next;
        self.messages.push((uid, raw));
        self.uid_next += 1;
        uid
    }
}

/// What the server knows and has heard.
pub(super) struct Known {
    pub folders: Vec<Folder>,
    /// Those of the user “flooded”.
    pub flooded: Vec<Folder>,
    /// A token that has ended: nothing more is said to whoever signed in with it, and no one does again.
    pub ended: Option<String>,
    /// What it says to a sign-in instead of yes.
    pub refuses: Option<&'static str>,
    pub can_idle: bool,
    /// It says that it is Gmail.
    pub is_gmail: bool,
    /// A folder that it does not open.
    pub shuts: Option<&'static str>,
    /// A message of the inbox that it does not give, and what of it.
    pub withholds: Option<(u32, &'static str)>,
    /// How long it thinks before it says anything; it then says nothing of its own accord.
    pub thinks: Option<Duration>,
    /// Every command, without its tag.
    pub heard: Vec<String>,
    pub connections: usize,
    /// Who is signed in, and how many may be at once.
    pub open: usize,
    pub most: usize,
}

impl Known {
    pub fn folder(&mut self, name: &str) -> &mut Folder {
        self.folders.iter_mut().find(|folder| folder.name == name).unwrap()
    }

    fn of(&mut self, is_flooded: bool) -> &mut Vec<Folder> {
        if is_flooded { &mut self.flooded } else { &mut self.folders }
    }

    fn has_ended(&self, signed_in: &str) -> bool {
        self.ended.as_ref().is_some_and(|token| signed_in.contains(token))
    }

    pub fn heard(&self, begin: &str) -> usize {
        self.heard.iter().filter(|line| line.starts_with(begin)).count()
    }
}

pub(super) struct ImapServer {
    pub port: u16,
    pub tls: Tls,
    known: Arc<Mutex<Known>>,
    /// Changes when something came.
    news: watch::Sender<u64>,
    /// Rings when every connection ends.
    ends: Arc<Notify>,
}

impl ImapServer {
    pub async fn start() -> Self {
        let authority = Authority::new();
        let (acceptor, tls) = (authority.acceptor("localhost", false), authority.trusted());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let folder = |name, attributes| Folder { name, attributes, uid_validity: 7, uid_next: 1, messages: Vec::new() };
        let known = Known {
            folders: vec![folder("INBOX", ""), folder("Junk", "\\Junk"), folder("Sent", "\\Sent")],
            flooded: vec![folder("INBOX", "")],
            ended: None,
            refuses: None,
            can_idle: true,
            is_gmail: false,
            shuts: None,
            withholds: None,
            thinks: None,
            heard: Vec::new(),
            connections: 0,
            open: 0,
            most: usize::MAX,
        };
        let port = listener.local_addr().unwrap().port();
        let (news, _) = watch::channel(0);
        let server = Self { port, tls, known: Arc::new(Mutex::new(known)), news, ends: Arc::default() };
        let (known, news, ends) = (server.known.clone(), server.news.clone(), server.ends.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let client = Client { known: known.clone(), news: news.subscribe(), signed_in: String::new(), open: 0 };
                let (acceptor, ends) = (acceptor.clone(), ends.clone());
                tokio::spawn(async move {
                    tokio::select! {
                        () = client.serve(stream, acceptor) => {}
                        () = ends.notified() => {}
                    }
                });
            }
        });
        server
    }

    pub fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap()
    }

    /// A message arrives, which is announced to clients that wait.
    pub fn put(&self, folder: &str, raw: impl Into<String>) -> u32 {
        let uid = self.known().folder(folder).put(raw.into());
        self.news.send_modify(|news| *news += 1);
        uid
    }

    /// A message that came before others is shown only now.
    pub fn show(&self, folder: &str, uid: u32, raw: impl Into<String>) {
        let mut known = self.known();
        let messages = &mut known.folder(folder).messages;
        messages.push((uid, raw.into()));
        messages.sort_by_key(|(uid, _)| *uid);
        drop(known);
        self.news.send_modify(|news| *news += 1);
    }

    /// Every connection ends without a word.
    pub fn hang_up(&self) {
        self.ends.notify_waiters();
    }
}

struct Client {
    known: Arc<Mutex<Known>>,
    news: watch::Receiver<u64>,
    /// What was said to sign in: user, and password or token.
    signed_in: String,
    /// The folder that is open.
    open: usize,
}

impl Drop for Client {
    fn drop(&mut self) {
        self.known.lock().unwrap().open -= usize::from(!self.signed_in.is_empty());
    }
}

type Stream = BufReader<TlsStream<TcpStream>>;

impl Client {
    fn is_flooded(&self) -> bool {
        self.signed_in.contains("flooded")
    }

    async fn serve(mut self, stream: TcpStream, acceptor: TlsAcceptor) {
        self.known.lock().unwrap().connections += 1;
        if let Ok(stream) = acceptor.accept(stream).await {
            self.converse(BufReader::new(stream)).await;
        }
    }

    async fn converse(&mut self, mut stream: Stream) -> Option<()> {
        let thinks = self.known.lock().unwrap().thinks;
        let think = || tokio::time::sleep(thinks.unwrap_or_default());
        think().await;
        let capabilities =
            if thinks.is_some() { "" } else { "[CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2] " };
        say(&mut stream, &format!("* OK {capabilities}ready\r\n")).await?;
        loop {
            let line = hear(&mut stream).await?;
            think().await;
            let (tag, command) = line.split_once(' ')?;
            self.known.lock().unwrap().heard.push(command.to_owned());
            let word = command.split(' ').next().unwrap_or_default();
            if word != "LOGOUT" && self.known.lock().unwrap().has_ended(&self.signed_in) {
                say(&mut stream, &format!("{tag} NO [AUTHENTICATIONFAILED] Session expired\r\n")).await?;
                continue;
            }
            if word == "IDLE" {
                self.idle(&mut stream, tag).await?;
                continue;
            }
            if word == "APPEND" {
                self.append(&mut stream, command).await?;
            }
            let (data, end) = self.answer(command);
            say(&mut stream, &format!("{data}{tag} {end}\r\n")).await?;
            if word == "LOGOUT" {
                return None;
            }
        }
    }

    /// The data and the end of an answer.
    fn answer(&mut self, command: &str) -> (String, String) {
        let mut known = self.known.lock().unwrap();
        let ok = || "OK done".to_owned();
        if command == "CAPABILITY" {
            return ("* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\n".into(), ok());
        }
        if command.starts_with("AUTHENTICATE") {
            let said = command.rsplit(' ').next().and_then(|text| BASE64_STANDARD.decode(text).ok()).unwrap();
            let said = String::from_utf8(said).unwrap();
            let ended = known.has_ended(&said).then_some("NO [AUTHENTICATIONFAILED] Invalid credentials");
            let full = (known.open >= known.most).then_some("NO [LIMIT] Too many connections");
            if let Some(refusal) = known.refuses.or(ended).or(full) {
                return (String::new(), refusal.to_owned());
            }
            known.open += 1;
            self.signed_in = said;
            let idle = if known.can_idle { " IDLE" } else { "" };
            let gmail = if known.is_gmail { " X-GM-EXT-1" } else { "" };
            return (String::new(), format!("OK [CAPABILITY IMAP4rev1{idle}{gmail}] in"));
        }
        if command.starts_with("LIST") {
            let line = |folder: &Folder| format!("* LIST ({}) \"/\" \"{}\"\r\n", folder.attributes, folder.name);
            return (known.of(self.is_flooded()).iter().map(line).collect(), ok());
        }
        if let Some(name) = command.strip_prefix("EXAMINE ") {
            if known.shuts.is_some_and(|shut| name == format!("\"{shut}\"")) {
                return (String::new(), "NO [NOPERM] not yours".into());
            }
            let folders = known.of(self.is_flooded());
            let Some(place) = folders.iter().position(|folder| name == format!("\"{}\"", folder.name)) else {
                return (String::new(), "NO [NONEXISTENT] no such folder".into());
            };
            let folder = &folders[place];
            self.open = place;
            self.news.mark_unchanged();
            let (count, validity, next) = (folder.messages.len(), folder.uid_validity, folder.uid_next);
            let data = format!("* {count} EXISTS\r\n* OK [UIDVALIDITY {validity}] x\r\n* OK [UIDNEXT {next}] x\r\n");
            return (data, "OK [READ-ONLY] done".into());
        }
        let withheld = known.withholds.filter(|_| self.open == 0);
        let folder = &mut known.of(self.is_flooded())[self.open];
        if let Some(what) = command.strip_prefix("UID SEARCH UID ") {
            let from: u32 = what.split(':').next().unwrap().parse().unwrap();
            let id = what.split('"').nth(1);
            let last = folder.messages.last().map(|(uid, _)| *uid);
            let found = folder
                .messages
                .iter()
                .filter(|(uid, raw)| (*uid >= from || Some(*uid) == last) && id.is_none_or(|id| raw.contains(id)));
            return (format!("* SEARCH{}\r\n", found.map(|(uid, _)| format!(" {uid}")).collect::<String>()), ok());
        }
        if let Some(what) = command.strip_prefix("UID FETCH ") {
            let (set, items) = what.split_once(' ').unwrap();
            let wanted = |uid: u32| {
                set.split(',').any(|range| {
                    let (first, last) = range.split_once(':').unwrap_or((range, range));
                    (first.parse().unwrap()..=last.parse().unwrap()).contains(&uid)
                })
            };
            if withheld.is_some_and(|(uid, what)| wanted(uid) && items.contains(what)) {
                return (String::new(), "NO The message cannot be converted".into());
            }
            let found = folder.messages.iter().enumerate().filter(|(_, (uid, _))| wanted(*uid));
            return (found.map(|(place, (uid, raw))| fetched(place + 1, *uid, raw, items)).collect(), ok());
        }
        (String::new(), ok())
    }

    async fn idle(&mut self, stream: &mut Stream, tag: &str) -> Option<()> {
        say(stream, "+ idling\r\n").await?;
        loop {
            tokio::select! {
                line = hear(stream) => {
                    assert_eq!(line?, "DONE");
                    return say(stream, &format!("{tag} OK done\r\n")).await;
                }
                _ = self.news.changed() => {
                    let count = self.known.lock().unwrap().of(self.is_flooded())[self.open].messages.len();
                    say(stream, &format!("* {count} EXISTS\r\n")).await?;
                }
            }
        }
    }

    async fn append(&mut self, stream: &mut Stream, command: &str) -> Option<()> {
        let size: usize = command.rsplit_once('{')?.1.trim_end_matches('}').parse().ok()?;
        say(stream, "+ more\r\n").await?;
        let mut message = vec![0; size + 2];
        stream.read_exact(&mut message).await.ok()?;
        message.truncate(size);
        let name = command.split('"').nth(1)?;
        self.known.lock().unwrap().folder(name).put(String::from_utf8(message).ok()?);
        Some(())
    }
}

fn fetched(number: usize, uid: u32, raw: &str, items: &str) -> String {
    let header = raw.split_once("\r\n\r\n").map_or(raw.len(), |(header, _)| header.len() + 4);
    let part =
        |name: &str, text: &str| format!("* {number} FETCH (UID {uid} {name}<0> {{{}}}\r\n{text})\r\n", text.len());
    if let Some(section) = section(items) {
        return of_section(number, uid, raw, section);
    }
    if items.contains("BODY.PEEK[HEADER]") {
        part("BODY[HEADER]", &raw[..header.min(65_536)])
    } else if items.contains("BODY.PEEK[]") {
        part("BODY[]", &raw[..raw.len().min(262_144)])
    } else {
        let size = raw.len();
        format!("* {number} FETCH (UID {uid} RFC822.SIZE {size} INTERNALDATE \"22-Nov-2026 10:00:00 +0000\")\r\n")
    }
}

/// The number of a part, `.MIME` where its fields are wanted, and the bytes from where on and how many.
fn section(items: &str) -> Option<(&str, usize, usize)> {
    let (section, rest) = items.split_once("BODY.PEEK[")?.1.split_once("]<")?;
    let (at, length) = rest.split_once('>')?.0.split_once('.')?;
    section.starts_with(|c: char| c.is_ascii_digit()).then_some((section, at.parse().ok()?, length.parse().ok()?))
}

/// A piece of a part of a message whose boundary is `b`.
fn of_section(number: usize, uid: u32, raw: &str, (section, at, length): (&str, usize, usize)) -> String {
    let part: usize = section.trim_end_matches(".MIME").parse().unwrap_or(0);
    let found = raw.split("--b\r\n").nth(part).map(|part| part.split("\r\n--b").next().unwrap_or_default());
    let Some((fields, body)) = found.and_then(|part| part.split_once("\r\n\r\n")) else {
        return format!("* {number} FETCH (UID {uid} BODY[{section}]<{at}> NIL)\r\n");
    };
    let whole = if section.ends_with("MIME") { fields } else { body };
    let piece = whole.get(at..whole.len().min(at + length)).unwrap_or_default();
    format!("* {number} FETCH (UID {uid} BODY[{section}]<{at}> {{{}}}\r\n{piece})\r\n", piece.len())
}

async fn say(stream: &mut Stream, words: &str) -> Option<()> {
    stream.write_all(words.as_bytes()).await.ok()?;
    stream.flush().await.ok()
}

async fn hear(stream: &mut Stream) -> Option<String> {
    let mut line = String::new();
    let length = stream.read_line(&mut line).await.ok()?;
    (length > 0).then(|| line.trim_end().to_owned())
}
