//! Fetching messages. What a server refuses together is asked for one by one: a message that it cannot give, as one that it cannot
//! convert, must not keep all others from being read.

use super::{
    session::{End, Reader},
    trouble::is_about_this,
};
use crate::mail::imap::{Facts, Fault, Fetched, Part};

/// After this many failed looks in a row, a message that is refused again is left out. What passes has passed by then.
const FAILED: i64 = 3;
/// Most messages of a slice that are left out. Where more are refused, it is not the messages.
const LEFT_OUT_MAX: usize = 5;

impl Reader {
    /// What is known of these messages without reading them.
    ///
    /// # Errors
    /// How the reader ends.
    pub async fn facts(&mut self, uids: &[u32]) -> Result<Vec<Facts>, End> {
        match self.session.facts(uids).await {
            Ok(facts) => return Ok(facts),
            Err(fault) if self.may_leave_out(&fault) => {}
            Err(fault) => return Err(self.trouble(&fault)),
        }
        let mut all = Vec::with_capacity(uids.len());
        for uid in uids {
            match self.session.facts(&[*uid]).await {
                Ok(facts) => all.extend(facts),
                Err(fault) => self.leave_out(*uid, &fault)?,
            }
        }
        Ok(all)
    }

    /// This part of these messages.
    ///
    /// # Errors
    /// How the reader ends.
    pub async fn fetch(&mut self, part: Part, messages: &[Facts]) -> Result<Vec<Fetched>, End> {
        match self.session.fetch(part, messages).await {
            Ok(fetched) => return Ok(fetched),
            Err(fault) if self.may_leave_out(&fault) => {}
            Err(fault) => return Err(self.trouble(&fault)),
        }
        let mut all = Vec::with_capacity(messages.len());
        for message in messages {
            match self.session.fetch(part, std::slice::from_ref(message)).await {
                Ok(fetched) => all.extend(fetched),
                Err(fault) => self.leave_out(message.uid, &fault)?,
            }
        }
        Ok(all)
    }

    fn may_leave_out(&self, fault: &Fault) -> bool {
        self.lease.failures >= FAILED && is_about_this(fault)
    }

    fn leave_out(&mut self, uid: u32, fault: &Fault) -> Result<(), End> {
        if !self.may_leave_out(fault) || self.left_out.len() == LEFT_OUT_MAX {
            return Err(self.trouble(fault));
        }
        self.left_out.push(uid);
        tracing::warn!(mailbox = %self.lease.mailbox_id, uid, %fault, "the server does not give a message; it is left out");
        Ok(())
    }
}
