//! Copies of sent mails, where the provider saves none.
//!
//! A mail that a mail server took is put into the folder of sent mails, after a search for its Message-ID there: never twice, and not
//! at a provider that saves copies itself, unless a member says so. A copy that cannot be saved changes nothing about the mail.

use std::time::Duration;

use sqlx::FromRow;

use super::{
    session::{End, Reader},
    trouble::is_about_this,
};
use crate::{
    mail::imap::{Cause, Fault},
    on,
    outreach::{
        ids::SendId,
        mailboxes::{account::account, preset::Preset, secrets::MailboxKey, sent_copies},
        replies::receive::FolderUse,
    },
    server::{clock::Instant, db::Tx},
};

/// How old a mail is before a copy is saved: a provider that saves one itself has done so by then.
const AFTER: Duration = Duration::from_secs(60);
/// After which a copy is given up that could not be saved.
const GIVEN_UP: Duration = Duration::from_secs(2 * 24 * 3600);
/// Copies that are saved at a time.
const AT_ONCE: i64 = 20;

#[derive(FromRow)]
struct Copy {
    send_id: SendId,
    message_id: String,
    message: String,
    /// Not refused or cancelled.
    is_sent: bool,
    since: Instant,
}

impl Reader {
    /// Saves copies of mails that were sent since.
    ///
    /// # Errors
    /// How the reader ends.
    pub async fn save_copies(&mut self) -> Result<(), End> {
        let at = self.app.clock.now();
        let copies = self.to_save(at).await?;
        if copies.is_empty() {
            return Ok(());
        }
        let known =
            self.folders.iter().find(|folder| folder.usage == FolderUse::Sent).map(|folder| folder.name.clone());
        let folder = match known {
            Some(folder) => folder,
            None => match self.session.make_sent_folder().await {
                Ok(folder) => folder,
                // There is nowhere to put them.
                Err(Fault { cause: Cause::Refused(_), .. }) => return self.forget(&copies).await,
                Err(fault) => return Err(self.trouble(&fault)),
            },
        };
        match self.session.examine(&folder).await {
            Ok(_) => {}
            // They wait; the answers do not.
            Err(fault) if is_about_this(&fault) => return Ok(()),
            Err(fault) => return Err(self.trouble(&fault)),
        }
        let mut done = Vec::new();
        let mut ended = Ok(());
        for copy in copies {
            match self.save(&folder, &copy).await {
                Ok(()) => done.push(copy),
                Err(Fault { cause: Cause::Refused(refusal), .. }) => {
                    tracing::info!(mailbox = %self.lease.mailbox_id, %refusal, "a copy of a mail could not be saved");
                    done.push(copy);
                }
                Err(fault) => {
                    ended = Err(self.trouble(&fault));
                    break;
                }
            }
        }
        self.forget(&done).await?;
        ended
    }

    /// Puts one copy there, unless it is there.
    async fn save(&mut self, folder: &str, copy: &Copy) -> Result<(), Fault> {
        if self.session.search_header(1, "Message-ID", &copy.message_id).await?.is_empty() {
            self.session.append(folder, &copy.message).await?;
        }
        Ok(())
    }

    /// The mails of which a copy is to be saved. At a provider that saves them itself, none, and none where a member wants none.
    async fn to_save(&self, at: Instant) -> Result<Vec<Copy>, End> {
        let (workspace, mailbox) = self.lease.mailbox();
        let mut tx = self.app.db.read().await?;
        let (over, open): (Vec<Copy>, Vec<Copy>) = copies(&mut tx, self.lease.mailbox(), at.minus(AFTER))
            .await?
            .into_iter()
            .partition(|copy| !copy.is_sent || copy.since <= at.minus(GIVEN_UP));
        if over.is_empty() && open.is_empty() {
            return Ok(open);
        }
        let host = account(&mut tx, workspace, mailbox).await?.smtp.host;
        let chosen = sent_copies::chosen(&mut tx, workspace, mailbox).await?;
        drop(tx);
        self.forget(&over).await?;
        if !chosen.saves_at(Preset::of_host(&host)) {
            self.forget(&open).await?;
            return Ok(Vec::new());
        }
        Ok(open)
    }

    async fn forget(&self, copies: &[Copy]) -> Result<(), End> {
        let mut tx = self.app.db.write().await?;
        for copy in copies {
            on!(&mut tx, c => sqlx::query("update sent_messages set copy_in = null where workspace_id = $1 and send_id = $2")
                .bind(self.lease.workspace_id).bind(copy.send_id).execute(c).await.map(drop))?;
        }
        tx.commit().await?;
        Ok(())
    }
}

/// Mails of which a copy may be owed and that are decided since `before`, the oldest first.
async fn copies(tx: &mut Tx, mailbox: MailboxKey, before: Instant) -> sqlx::Result<Vec<Copy>> {
    on!(tx, c => sqlx::query_as(
        "select k.send_id, d.message_id, k.message, d.state = 'sent' as is_sent, d.state_since as since from sent_messages k
         join sends d on d.workspace_id = k.workspace_id and d.id = k.send_id
         where k.workspace_id = $1 and k.copy_in = $2 and d.state in ('sent', 'failed', 'cancelled') and d.state_since <= $3
         order by k.send_id limit $4")
        .bind(mailbox.0).bind(mailbox.1).bind(before).bind(AT_ONCE).fetch_all(c).await)
}
