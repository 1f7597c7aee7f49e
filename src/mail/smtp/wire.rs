//! Bytes to and from a server, each wait with its limit.

use std::{future::Future, io, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::timeout,
};

use super::{
    fault::Cause,
    reply::{Lines, NoReply, Reader, Reply},
};
use crate::mail::{
    sign_in::SignIn,
    tls::{Stream, Tls, TlsFault},
    words,
};

/// What is read at once, and the largest piece of a message that is written at once.
const READ_BYTES: usize = 4096;
const BLOCK_BYTES: usize = 64 * 1024;

pub(super) struct Wire {
    stream: Stream,
    reader: Reader,
    /// What must not be left in the server's words.
    secret: Option<SignIn>,
}

impl Wire {
    pub fn new(stream: Stream, secret: Option<&SignIn>) -> Self {
        Self { stream, reader: Reader::default(), secret: secret.cloned() }
    }

    /// The next reply in one, without our secret.
    pub async fn reply(&mut self, limit: Duration) -> Result<Reply, Cause> {
        let lines = self.lines(limit).await?;
        Ok(self.in_one(&lines))
    }

    pub fn in_one(&self, lines: &Lines) -> Reply {
        lines.reply(|words| self.scrub(words))
    }

    fn scrub(&self, words: &str) -> String {
        self.secret.as_ref().map_or_else(|| words.to_owned(), |secret| secret.scrub(words))
    }

    /// The next reply, within `limit` as a whole.
    pub async fn lines(&mut self, limit: Duration) -> Result<Lines, Cause> {
        let reading = async {
            let mut bytes = [0; READ_BYTES];
            loop {
                match self.reader.next() {
                    Ok(Some(lines)) => return Ok(lines),
                    Ok(None) => (),
                    Err(NoReply(text)) => return Err(Cause::Unreadable(words::kept(&self.scrub(&text)))),
                }
                let count = self.stream.read(&mut bytes).await?;
                if count == 0 {
                    return Err(Cause::Closed);
                }
                self.reader.feed(&bytes[..count]);
            }
        };
        within(limit, reading).await
    }

    /// Sends commands. What came unasked ends the conversation: it would be read as the reply.
    pub async fn say(&mut self, commands: &str, limit: Duration) -> Result<(), Cause> {
        self.expect_silence()?;
        let writing = async {
            self.stream.write_all(commands.as_bytes()).await?;
            Ok(self.stream.flush().await?)
        };
        within(limit, writing).await
    }

    /// Sends a message, each block within `limit`.
    pub async fn write(&mut self, message: &[u8], limit: Duration) -> Result<(), Cause> {
        for block in message.chunks(BLOCK_BYTES) {
            within(limit, async { Ok(self.stream.write_all(block).await?) }).await?;
        }
        within(limit, async { Ok(self.stream.flush().await?) }).await
    }

    pub fn expect_silence(&self) -> Result<(), Cause> {
        if self.reader.is_empty() { Ok(()) } else { Err(Cause::Unreadable("it spoke before it was asked".into())) }
    }

    /// Turns to TLS. Whatever came in the open before ends the conversation (RFC 3207 section 4.2 says to forget it; but
    /// a server that sends it is not the one that was meant).
    pub async fn secure(self, tls: &Tls, host: &str, limit: Duration) -> Result<Self, Cause> {
        self.expect_silence()?;
        let stream = within(limit, async { Ok(self.stream.secured(tls, host).await?) }).await?;
        Ok(Self { stream, reader: Reader::default(), secret: self.secret })
    }

    /// Whether the other end is on this machine.
    pub fn is_local(&self) -> bool {
        self.stream.is_local()
    }

    /// Ends the connection as TLS wants it, if that takes no time.
    pub async fn close(mut self, limit: Duration) {
        // It ends either way when it is dropped.
        let _ = timeout(limit, self.stream.shutdown()).await;
    }
}

async fn within<T>(limit: Duration, doing: impl Future<Output = Result<T, Cause>>) -> Result<T, Cause> {
    timeout(limit, doing).await.unwrap_or(Err(Cause::Slow))
}

impl From<io::Error> for Cause {
    fn from(_: io::Error) -> Self {
        Self::Closed
    }
}

impl From<TlsFault> for Cause {
    fn from(fault: TlsFault) -> Self {
        match fault {
            TlsFault::Unsafe(words) => Self::Tls(words),
            TlsFault::Closed => Self::Closed,
        }
    }
}
