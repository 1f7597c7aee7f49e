//! Bytes to and from a server, each command within its limits.

use std::{future::Future, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::{Instant, timeout, timeout_at},
};

use super::{fault::Cause, reader::Reader, response::Response};
use crate::mail::tls::{Stream, Tls};

/// Read at once. Small, because a thousand connections may wait for their next bytes.
const READ_BYTES: usize = 4 * 1024;
/// Of a line that cannot be read, what is looked at.
const LOOKED_AT: usize = 16 * 1024;

/// What one command may take, whatever the server announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For all responses to it together, those that are passed over included.
    pub bytes: usize,
    /// From its first byte to its last response. Some servers hold back a sign-in for 15 seconds after others failed.
    pub time: Duration,
    /// The longest wait for news: servers end it after half an hour, and routers forget a silent connection before that without saying so.
    pub wait: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 4 * 1024 * 1024, time: Duration::from_secs(30), wait: Duration::from_secs(9 * 60) }
    }
}

/// A connection, and what is left of the limits of the command at hand.
pub(super) struct Wire {
    stream: Stream,
    reader: Reader,
    limits: Limits,
    bytes_left: usize,
    until: Instant,
}

impl Wire {
    pub fn new(stream: Stream, limits: Limits) -> Self {
        let until = Instant::now() + limits.time;
        Self { stream, reader: Reader::default(), limits, bytes_left: limits.bytes, until }
    }

    /// Other limits from the next command on.
    #[cfg(test)]
    pub fn limit(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// A new command begins, with the whole of its limits.
    pub fn begin(&mut self) {
        self.bytes_left = self.limits.bytes;
        self.until = Instant::now() + self.limits.time;
    }

    /// The command at hand lasts until someone ends it, but hardly longer than the longest wait, which is returned, and brings no more than
    /// `bytes` until then.
    pub fn wait(&mut self, bytes: usize) -> Duration {
        self.bytes_left = bytes;
        self.until = Instant::now() + self.limits.wait * 2;
        self.limits.wait
    }

    pub async fn say(&mut self, text: &str) -> Result<(), Cause> {
        let until = self.until;
        let writing = async {
            self.stream.write_all(text.as_bytes()).await?;
            Ok(self.stream.flush().await?)
        };
        before(until, writing).await
    }

    /// The next response. What cannot be read is an error only for a tagged line: anything else was not asked for.
    pub async fn response(&mut self) -> Result<Response, Cause> {
        loop {
            let bytes = self.next().await?;
            let begin = bytes[..bytes.len().min(LOOKED_AT)].trim_ascii();
            if begin.is_empty() {
                continue;
            }
            let words = String::from_utf8_lossy(begin).into_owned();
            match Response::parse(bytes) {
                Some(response) => return Ok(response),
                None if words.starts_with('*') => (),
                None => return Err(Cause::Unreadable(words)),
            }
        }
    }

    async fn next(&mut self) -> Result<Vec<u8>, Cause> {
        loop {
            if let Some(response) = self.reader.next(self.bytes_left).map_err(|_| Cause::TooMuch)? {
                self.bytes_left -= response.len();
                return Ok(response);
            }
            let mut bytes = [0; READ_BYTES];
            let reading = async { Ok(self.stream.read(&mut bytes).await?) };
            let count = before(self.until, reading).await?;
            if count == 0 {
                return Err(Cause::Closed);
            }
            self.reader.feed(&bytes[..count]);
        }
    }

    /// Turns to TLS. What came in the open before that ends the conversation: it would be read as if it had come after.
    pub async fn secure(self, tls: &Tls, host: &str) -> Result<Self, Cause> {
        if !self.reader.is_empty() {
            return Err(Cause::Unreadable("it spoke before it was asked".into()));
        }
        let stream = before(self.until, async { Ok(self.stream.secured(tls, host).await?) }).await?;
        Ok(Self::new(stream, self.limits))
    }

    /// Whether the other end is on this machine.
    pub fn is_local(&self) -> bool {
        self.stream.is_local()
    }

    /// Ends the connection as TLS wants it, if that takes no time.
    pub async fn close(mut self) {
        // It ends either way when it is dropped.
        let _ = timeout(Duration::from_secs(1), self.stream.shutdown()).await;
    }
}

async fn before<T>(until: Instant, doing: impl Future<Output = Result<T, Cause>>) -> Result<T, Cause> {
    timeout_at(until, doing).await.unwrap_or(Err(Cause::Slow))
}
