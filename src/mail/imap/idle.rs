//! Waiting for what happens in the open folder (RFC 2177).

use std::{pin::pin, time::Duration};

use super::{
    fault::{Cause, Fault, Stage},
    response::{Response, StateWord, numbered},
    session::Session,
};

/// The longest wait: servers end it after half an hour, and routers forget a silent connection before that without saying so.
pub const IDLE_MAX: Duration = Duration::from_secs(9 * 60);
/// All that a server may say meanwhile; some say every two minutes that they are still there.
const IDLE_BYTES: usize = 64 * 1024;

impl Session {
    /// Whether the server says when something happens.
    pub fn can_idle(&self) -> bool {
        self.can("IDLE")
    }

    /// Waits until something is new in the open folder, until `until`, or for nine minutes. Returns whether something is new.
    ///
    /// # Errors
    /// [`Fault`] at [`Stage::Reading`], also when the connection ends: some servers close it without a word.
    pub async fn idle(&mut self, until: impl Future<Output = ()> + Send) -> Result<bool, Fault> {
        self.wait(until).await.map_err(|cause| Stage::Reading.fault(cause))
    }

    async fn wait(&mut self, until: impl Future<Output = ()> + Send) -> Result<bool, Cause> {
        let tag = self.begin("IDLE").await?;
        let mut is_new = false;
        loop {
            match self.response().await? {
                Response::Continue => break,
                // It refuses, or it never waits.
                Response::Done(done, state) if done == tag => return Err(self.refused(&state)),
                Response::Data(data) => is_new |= is_news(&data),
                Response::Remark(_) | Response::Done(..) => (),
            }
        }
        // A little longer than this waits itself.
        self.wire.wait(IDLE_BYTES, IDLE_MAX * 2);
        let until = async {
            tokio::select! {
                () = until => {}
                () = tokio::time::sleep(IDLE_MAX) => {}
            }
        };
        let mut until = pin!(until);
        while !is_new {
            let response = tokio::select! {
                response = self.response() => response?,
                () = &mut until => break,
            };
            match response {
                Response::Data(data) => is_new |= is_news(&data),
                Response::Remark(state) if state.word == StateWord::Bye => return Err(self.refused(&state)),
                // It has ended by the server's doing.
                Response::Done(done, _) if done == tag => return Ok(is_new),
                Response::Remark(_) | Response::Continue | Response::Done(..) => (),
            }
        }
        self.wire.begin();
        self.say("DONE").await?;
        let ended = self.answer(&tag, &mut std::iter::empty()).await?;
        Ok(is_new || ended.data.iter().any(|data| is_news(data)))
    }
}

/// Whether a message came, or went: then numbers change, and a folder may have been made anew.
fn is_news(data: &[u8]) -> bool {
    numbered(data, "EXISTS").is_some() || numbered(data, "EXPUNGE").is_some()
}
