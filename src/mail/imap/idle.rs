//! Waiting for what happens in the open folder (RFC 2177).

use std::pin::pin;

use super::{
    fault::{Cause, Fault, Stage},
    response::{Response, StateWord},
    session::{Session, is_news},
};

/// All that a server may say meanwhile; some say every two minutes that they are still there.
const IDLE_BYTES: usize = 64 * 1024;

impl Session {
    /// Whether the server says when something happens.
    pub fn can_idle(&self) -> bool {
        self.can("IDLE")
    }

    /// Waits until something is new in the folder since it was opened, until `until`, or for the longest wait of its limits. Returns whether something is new.
    ///
    /// # Errors
    /// [`Fault`] at [`Stage::Reading`], also when the connection ends: some servers close it without a word.
    pub async fn idle(&mut self, until: impl Future<Output = ()> + Send) -> Result<bool, Fault> {
        self.wait(until).await.map_err(|cause| Stage::Reading.fault(cause))
    }

    async fn wait(&mut self, until: impl Future<Output = ()> + Send) -> Result<bool, Cause> {
        // Servers announce a message once: what came beside an earlier answer is not repeated.
        if self.has_news {
            return Ok(true);
        }
        let tag = self.begin("IDLE").await?;
        loop {
            match self.response().await? {
                Response::Continue => break,
                // It refuses, or it never waits.
                Response::Done(done, state) if done == tag => return Err(self.refused(&state)),
                Response::Data(data) => self.has_news |= is_news(&data),
                Response::Remark(_) | Response::Done(..) => (),
            }
        }
        let longest = self.wire.wait(IDLE_BYTES);
        let until = async {
            tokio::select! {
                () = until => {}
                () = tokio::time::sleep(longest) => {}
            }
        };
        let mut until = pin!(until);
        while !self.has_news {
            let response = tokio::select! {
                response = self.response() => response?,
                () = &mut until => break,
            };
            match response {
                Response::Data(data) => self.has_news |= is_news(&data),
                Response::Remark(state) if state.word == StateWord::Bye => return Err(self.refused(&state)),
                // It has ended by the server's doing.
                Response::Done(done, _) if done == tag => return Ok(self.has_news),
                Response::Remark(_) | Response::Continue | Response::Done(..) => (),
            }
        }
        self.wire.begin();
        self.say("DONE").await?;
        self.answer(&tag, &mut std::iter::empty()).await?;
        Ok(self.has_news)
    }
}
