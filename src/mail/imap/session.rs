//! A session: from the connection to the sign-in, commands, and its end.

use super::{
    fault::{Cause, Fault, Stage},
    response::{Response, State, StateWord, named, numbered},
    wire::{Limits, Wire},
};
use crate::{
    mail::{
        server::{Security, Server},
        sign_in::SignIn,
        tls::{Stream, Tls},
        words,
    },
    server::connect::{Networks, connect},
};

/// How servers are reached.
#[derive(Clone, Copy)]
pub struct Dial<'a> {
    pub networks: &'a Networks,
    pub tls: &'a Tls,
    pub limits: Limits,
}

/// A conversation with a server that we are signed in to.
///
/// Dropped, it ends without a word. After an error at [`Stage::Reading`] that is no refusal, nothing more can be asked.
pub struct Session {
    pub(super) wire: Wire,
    commands: u32,
    /// What the server can do, in capitals.
    capabilities: Vec<String>,
    /// Something came or went in the open folder since it was opened, as the server said beside an answer.
    pub(super) has_news: bool,
    /// For taking secrets out of the server's words.
    sign_in: SignIn,
}

/// Most responses to one command; each takes more memory than its bytes.
const RESPONSES_MAX: usize = 20_000;

/// What came of a command.
pub(super) struct Answer {
    /// Everything that is data, in the order it came.
    pub data: Vec<Vec<u8>>,
    /// Remarks on the way, and how it ended.
    pub states: Vec<State>,
}

impl Session {
    /// Connects to a server, and signs in.
    ///
    /// # Errors
    /// [`Fault`] at [`Stage::SignIn`] or before. Without TLS, no secret was sent.
    pub async fn open(dial: Dial<'_>, server: &Server, sign_in: &SignIn) -> Result<Self, Fault> {
        let Dial { networks, tls, limits } = dial;
        let stream = connect(networks, &server.host, server.port).await.map_err(|fault| Stage::Connect.fault(fault))?;
        let mut wire = Wire::new(Stream::Plain(stream), limits);
        let secure = |cause: Cause| Stage::Tls.fault(cause);
        match server.security {
            Security::Tls => wire = wire.secure(tls, &server.host).await.map_err(secure)?,
            Security::None if !wire.is_local() => return Err(Stage::Tls.fault(Cause::NoTls)),
            Security::StartTls | Security::None => (),
        }
        let mut session =
            Self { wire, commands: 0, capabilities: Vec::new(), has_news: false, sign_in: sign_in.clone() };
        session.greeting().await.map_err(|cause| Stage::Greeting.fault(cause))?;
        session.ask_capabilities().await.map_err(|cause| Stage::Greeting.fault(cause))?;
        if server.security == Security::StartTls {
            if !session.can("STARTTLS") {
                return Err(Stage::Tls.fault(Cause::NoTls));
            }
            session.command("STARTTLS").await.map_err(secure)?;
            session.wire = session.wire.secure(tls, &server.host).await.map_err(secure)?;
            // What was offered in the open may have been anybody's words.
            session.capabilities.clear();
            session.ask_capabilities().await.map_err(|cause| Stage::Greeting.fault(cause))?;
        }
        session.authenticate().await.map_err(|cause| Stage::SignIn.fault(cause))?;
        // Some servers can do more for those they know.
        session.ask_capabilities().await.map_err(|cause| Stage::Reading.fault(cause))?;
        Ok(session)
    }

    /// Whether the server says that it can do this.
    pub(super) fn can(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|known| known == capability)
    }

    /// How the server says that one can sign in.
    pub(super) fn mechanisms(&self) -> Vec<String> {
        self.capabilities.iter().filter_map(|known| known.strip_prefix("AUTH=")).map(str::to_owned).collect()
    }

    pub(super) fn sign_in(&self) -> &SignIn {
        &self.sign_in
    }

    /// Ends the conversation, whatever the server says to that.
    pub async fn log_out(mut self) {
        let _ = self.command("LOGOUT").await;
        self.wire.close().await;
    }

    async fn greeting(&mut self) -> Result<(), Cause> {
        match self.response().await? {
            Response::Remark(state) if state.word == StateWord::Ok => {
                self.learn(&state);
                Ok(())
            }
            // Signed in as someone else: whoever else is in between, for example, to keep us from TLS.
            Response::Remark(state) if state.word == StateWord::PreAuth => Err(Cause::Unreadable("PREAUTH".into())),
            Response::Remark(state) => Err(self.refused(&state)),
            other => Err(Cause::Unreadable(format!("{other:?}").chars().take(100).collect())),
        }
    }

    /// Asks what the server can do, if it has not said so.
    async fn ask_capabilities(&mut self) -> Result<(), Cause> {
        if self.capabilities.is_empty() {
            self.command("CAPABILITY").await?;
        }
        Ok(())
    }

    /// Says one command, and returns what the server says to it once it is done.
    pub(super) async fn command(&mut self, command: &str) -> Result<Answer, Cause> {
        self.exchange(command, &[]).await
    }

    /// Says a command, and the next of `more` each time the server waits for more; whatever it asks beyond them is answered with
    /// the last.
    pub(super) async fn exchange(&mut self, command: &str, more: &[&str]) -> Result<Answer, Cause> {
        let lines: Result<Vec<String>, String> = more.iter().map(|text| words::line(text)).collect();
        let lines = lines.map_err(Cause::Unspeakable)?;
        let tag = self.begin(command).await?;
        let last = lines.last().map(String::as_str);
        self.answer(&tag, &mut lines.iter().map(String::as_str).chain(last.into_iter().cycle())).await
    }

    /// Says a command, and a literal of which it has said the length.
    pub(super) async fn exchange_literal(&mut self, command: &str, literal: &str) -> Result<Answer, Cause> {
        let tag = self.begin(command).await?;
        let whole = format!("{literal}\r\n");
        self.answer(&tag, &mut std::iter::once(whole.as_str())).await
    }

    /// Begins a command, and returns its tag.
    pub(super) async fn begin(&mut self, command: &str) -> Result<String, Cause> {
        self.commands += 1;
        let tag = format!("A{}", self.commands);
        self.wire.begin();
        self.say(&format!("{tag} {command}")).await?;
        Ok(tag)
    }

    /// What the server says to a command until it is done. Each time that it waits for more, the next of `more` is said.
    pub(super) async fn answer(
        &mut self,
        tag: &str,
        more: &mut (dyn Iterator<Item = &str> + Send),
    ) -> Result<Answer, Cause> {
        let mut answer = Answer { data: Vec::new(), states: Vec::new() };
        for _ in 0..RESPONSES_MAX {
            match self.response().await.map_err(|cause| self.last_words(cause, &answer))? {
                Response::Continue => {
                    let Some(text) = more.next() else {
                        return Err(Cause::Unreadable("it waits for more than was to be said".into()));
                    };
                    self.wire.say(text).await?;
                }
                Response::Data(data) => {
                    if let Some(capabilities) = named(&data, "CAPABILITY") {
                        self.capabilities = capabilities_of(capabilities.rest());
                    }
                    self.has_news |= is_news(&data);
                    answer.data.push(data);
                }
                Response::Remark(state) => answer.states.push(state),
                Response::Done(done, state) if done == tag => {
                    return match state.refusal(|words| self.sign_in.scrub(words)) {
                        Some(refusal) => Err(Cause::Refused(refusal)),
                        None => {
                            self.learn(&state);
                            answer.states.push(state);
                            Ok(answer)
                        }
                    };
                }
                // The end of something else, which was not asked for.
                Response::Done(..) => (),
            }
        }
        Err(Cause::TooMuch)
    }

    pub(super) async fn say(&mut self, command: &str) -> Result<(), Cause> {
        self.wire.say(&words::line(command).map_err(Cause::Unspeakable)?).await
    }

    /// The next response. Of one that cannot be read, words without our secret are kept.
    pub(super) async fn response(&mut self) -> Result<Response, Cause> {
        self.wire.response().await.map_err(|cause| match cause {
            Cause::Unreadable(text) => Cause::Unreadable(words::kept(&self.sign_in.scrub(&text))),
            other => other,
        })
    }

    /// A server that says BYE and closes the connection has said why.
    fn last_words(&self, cause: Cause, answer: &Answer) -> Cause {
        let bye = answer.states.iter().rev().find(|state| state.word == StateWord::Bye);
        match (cause, bye) {
            (Cause::Closed, Some(state)) => self.refused(state),
            (cause, _) => cause,
        }
    }

    pub(super) fn refused(&self, state: &State) -> Cause {
        let refusal = state.refusal(|words| self.sign_in.scrub(words));
        refusal.map_or(Cause::Closed, Cause::Refused)
    }

    /// Servers say what they can do with the greeting and the sign-in too.
    fn learn(&mut self, state: &State) {
        if let Some(capabilities) = state.code("CAPABILITY") {
            self.capabilities = capabilities_of(capabilities.as_bytes());
        }
    }

    /// What was offered before the sign-in need not be all.
    pub(super) fn forget_capabilities(&mut self) {
        self.capabilities.clear();
    }
}

/// Most capabilities that are remembered; servers have about forty.
const CAPABILITIES_MAX: usize = 200;

fn capabilities_of(text: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(text);
    text.split_ascii_whitespace().take(CAPABILITIES_MAX).map(str::to_ascii_uppercase).collect()
}

/// Whether a message came, or went: then numbers change, and a folder may have been made anew.
pub(super) fn is_news(data: &[u8]) -> bool {
    numbered(data, "EXISTS").is_some() || numbered(data, "EXPUNGE").is_some()
}

/// A string as it can be said in a command.
pub(super) fn quoted(text: &str) -> Result<String, Cause> {
    if !text.is_ascii() || text.chars().any(char::is_control) {
        return Err(Cause::Unspeakable(text.escape_debug().to_string()));
    }
    Ok(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}
