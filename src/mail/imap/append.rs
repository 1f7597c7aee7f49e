//! Putting a copy of a mail into a folder (RFC 3501 section 6.3.11).

use super::{
    fault::{Cause, Fault, Stage},
    session::{Session, quoted},
};

impl Session {
    /// Puts a message into a folder, as one that was read.
    ///
    /// # Errors
    /// [`Fault`] at [`Stage::Reading`]. After a fault that is no refusal, it may be there or not.
    pub async fn append(&mut self, folder: &str, message: &str) -> Result<(), Fault> {
        let fault = |cause: Cause| Stage::Reading.fault(cause);
        let folder = quoted(folder).map_err(fault)?;
        let command = format!("APPEND {folder} (\\Seen) {{{}}}", message.len());
        self.exchange_literal(&command, message).await.map(drop).map_err(fault)
    }

    /// Makes the folder of sent mails, and returns its name.
    ///
    /// # Errors
    /// [`Fault`] at [`Stage::Reading`].
    pub async fn make_sent_folder(&mut self) -> Result<String, Fault> {
        let fault = |cause: Cause| Stage::Reading.fault(cause);
        let name = format!("{}Sent", self.own_prefix().await.map_err(fault)?);
        self.command(&format!("CREATE {}", quoted(&name).map_err(fault)?)).await.map_err(fault)?;
        Ok(name)
    }
}
