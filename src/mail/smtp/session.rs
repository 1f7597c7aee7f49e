//! A session: from the connection to the sign-in, and its end.

use super::{Cause, Fault, Offers, Reply, Stage, Times, reply::Lines, wire::Wire};
use crate::{
    mail::{
        server::{Security, Server},
        sign_in::SignIn,
        tls::{Stream, Tls},
        words,
    },
    server::connect::{Networks, connect},
};

/// Exim ends a session in which too much is said that is no mail (`smtp_accept_max_nonmail`, 10), and RSET is.
const RESETS_MAX: u64 = 8;

/// How servers are reached.
#[derive(Clone, Copy)]
pub struct Dial<'a> {
    pub networks: &'a Networks,
    pub tls: &'a Tls,
    pub times: Times,
    /// Our own name, for EHLO: a domain, or an address as `[192.0.2.1]`.
    pub hello: &'a str,
}

/// Where a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// The next message can begin.
    Ready,
    /// A message was begun and refused: the server must forget it first.
    Begun,
    /// The server waits for the message.
    Data,
    /// Nothing can be said any more.
    Over,
}

/// A conversation with a server that has said hello, and where we are signed in if we wanted to be.
///
/// Dropped, it ends without a word, which every server understands: a message whose final dot was not sent is not taken.
pub struct Session {
    pub(super) wire: Wire,
    pub(super) times: Times,
    pub(super) offers: Offers,
    pub(super) state: State,
    /// Messages that were begun, and how often the server was told to forget one.
    pub(super) mails: u64,
    pub(super) resets: u64,
}

impl Session {
    /// Connects to a server, and signs in.
    ///
    /// # Errors
    /// [`Fault`] at [`Stage::SignIn`] or before. Without TLS, no secret was sent.
    pub async fn open(dial: Dial<'_>, server: &Server, sign_in: Option<&SignIn>) -> Result<Self, Fault> {
        let Dial { networks, tls, times, hello } = dial;
        let stream = connect(networks, &server.host, server.port).await.map_err(|fault| Stage::Connect.fault(fault))?;
        let mut wire = Wire::new(Stream::Plain(stream), sign_in);
        match server.security {
            Security::Tls => wire = secured(wire, tls, server, &times).await?,
            Security::None if !wire.is_local() => return Err(Stage::Tls.fault(Cause::NoTls)),
            Security::StartTls | Security::None => (),
        }
        let greeting = wire.reply(times.greeting).await.map_err(|cause| Stage::Greeting.fault(cause))?;
        positive(greeting).map_err(|cause| Stage::Greeting.fault(cause))?;
        let mut session = Self { wire, times, offers: Offers::default(), state: State::Ready, mails: 0, resets: 0 };
        session.hello(hello).await?;
        if server.security == Security::StartTls {
            session = session.start_tls(tls, server).await?;
            session.hello(hello).await?;
        }
        if let Some(sign_in) = sign_in {
            session.authenticate(sign_in).await.map_err(|cause| Stage::SignIn.fault(cause))?;
        }
        Ok(session)
    }

    pub fn offers(&self) -> &Offers {
        &self.offers
    }

    /// Whether another message can begin: the conversation was not broken off, and no limit of the server is reached.
    pub fn is_open(&self) -> bool {
        let more = self.offers.mails_max.is_none_or(|max| self.mails < max);
        more && self.resets < RESETS_MAX && matches!(self.state, State::Ready | State::Begun)
    }

    /// Ends the conversation. Whatever the server says to that, what was taken stays taken.
    pub async fn quit(mut self) {
        if matches!(self.state, State::Ready | State::Begun) && self.wire.say("QUIT\r\n", self.times.quit).await.is_ok()
        {
            let _ = self.wire.reply(self.times.quit).await;
        }
        self.wire.close(self.times.quit).await;
    }

    async fn hello(&mut self, name: &str) -> Result<(), Fault> {
        let hello = async {
            let lines = self.ask(&format!("EHLO {name}")).await?;
            positive(self.wire.in_one(&lines))?;
            self.offers = Offers::parse(&lines.texts);
            Ok(())
        };
        hello.await.map_err(|cause: Cause| Stage::Hello.fault(cause))
    }

    async fn start_tls(mut self, tls: &Tls, server: &Server) -> Result<Self, Fault> {
        if !self.offers.start_tls {
            return Err(Stage::Tls.fault(Cause::NoTls));
        }
        self.command("STARTTLS").await.map_err(|cause| Stage::Tls.fault(cause))?;
        self.wire = secured(self.wire, tls, server, &self.times).await?;
        // What was offered in the open may have been anybody's words.
        self.offers = Offers::default();
        Ok(self)
    }

    /// Says one command, and returns its positive reply.
    pub(super) async fn command(&mut self, command: &str) -> Result<Reply, Cause> {
        let lines = self.ask(command).await?;
        positive(self.wire.in_one(&lines))
    }

    /// Says one command, and returns whatever the server says.
    pub(super) async fn ask(&mut self, command: &str) -> Result<Lines, Cause> {
        let line = words::line(command).map_err(Cause::Unspeakable)?;
        self.wire.say(&line, self.times.command).await?;
        self.wire.lines(self.times.command).await
    }
}

async fn secured(wire: Wire, tls: &Tls, server: &Server, times: &Times) -> Result<Wire, Fault> {
    wire.secure(tls, &server.host, times.handshake).await.map_err(|cause| Stage::Tls.fault(cause))
}

/// A reply that says yes. What is neither yes nor no is no reply to what was asked.
pub(super) fn positive(reply: Reply) -> Result<Reply, Cause> {
    if reply.is_positive() {
        Ok(reply)
    } else if reply.is_refusal() {
        Err(Cause::Refused(reply))
    } else {
        Err(Cause::Unreadable(reply.to_string()))
    }
}
