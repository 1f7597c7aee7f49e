//! What a campaign's mails end with, as it is stored: the language, the postal address, and a mailbox with its signature.

use super::closing::{Language, with_closing};
use crate::{
    accounts::WorkspaceId,
    ids::CampaignId,
    on,
    outreach::{
        ids::MailboxId,
        schedule::{self, Schedule},
    },
    server::{clock::Instant, db::Tx},
};

/// Who writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    pub mailbox: MailboxId,
    pub name: String,
    pub address: String,
    /// Where answers go, if not to the address.
    pub reply_to: Option<String>,
    pub signature: String,
    /// Whether it may send now.
    pub is_active: bool,
}

/// What follows the text of a campaign's mails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    pub language: Language,
    /// Empty until the workspace says it.
    pub postal_address: String,
    /// Nothing before a mailbox is connected.
    pub sender: Option<Sender>,
}

impl Closing {
    /// The text of a mail with all that follows it; `link` is the recipient's unsubscribe link.
    pub fn below(&self, body: &str, link: &str) -> String {
        let signature = self.sender.as_ref().map_or("", |sender| &sender.signature);
        with_closing(body, signature, &self.language.unsubscribe_line(link), &self.postal_address)
    }

    pub fn sender_name(&self) -> &str {
        self.sender.as_ref().map_or("", |sender| &sender.name)
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    mailbox: Option<MailboxId>,
    language: Option<Language>,
    postal_address: Option<String>,
    sender_name: Option<String>,
    address: Option<String>,
    reply_to: Option<String>,
    signature: Option<String>,
    is_active: Option<bool>,
}

/// The closing of a campaign's mails from `mailbox`; without one, from the first mailbox that may send them, active
/// ones first.
///
/// # Errors
/// The database's.
pub async fn closing(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: CampaignId,
    mailbox: Option<MailboxId>,
) -> sqlx::Result<Closing> {
    let row: Row = on!(tx, c => sqlx::query_as(
        "select m.id as mailbox, s.language, o.postal_address, m.sender_name, m.address, m.reply_to, m.signature,
             m.state = 'active' as is_active
         from workspaces w
         left join campaign_sending s on s.workspace_id = w.id and s.campaign_id = $2
         left join outreach_settings o on o.workspace_id = w.id
         left join mailboxes m on m.workspace_id = w.id and m.id = coalesce($3,
             (select c.mailbox_id from campaign_mailboxes c
              join mailboxes x on x.workspace_id = c.workspace_id and x.id = c.mailbox_id and x.state <> 'removed'
              where c.workspace_id = w.id and c.campaign_id = $2 and c.state = 'on'
              order by x.state <> 'active', c.mailbox_id limit 1),
             (select x.id from mailboxes x where x.workspace_id = w.id and x.state <> 'removed'
              order by x.state <> 'active', x.id limit 1))
         where w.id = $1")
        .bind(workspace).bind(campaign).bind(mailbox).fetch_one(c).await)?;
    let sender = row.mailbox.zip(row.address).map(|(mailbox, address)| Sender {
        mailbox,
        name: row.sender_name.unwrap_or_default(),
        address,
        reply_to: row.reply_to,
        is_active: row.is_active.unwrap_or(false),
        signature: row.signature.unwrap_or_default(),
    });
    let postal_address = row.postal_address.unwrap_or_default();
    Ok(Closing { language: row.language.unwrap_or(Language::En), postal_address, sender })
}

/// Chooses the language of a campaign's closing lines. False when it is chosen already.
///
/// # Errors
/// The database's.
pub(super) async fn choose_language(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: CampaignId,
    language: Language,
    at: Instant,
) -> sqlx::Result<bool> {
    let stored: Option<Language> = on!(&mut *tx, c => sqlx::query_scalar(
        "select language from campaign_sending where workspace_id = $1 and campaign_id = $2")
        .bind(workspace).bind(campaign).fetch_optional(c).await)?;
    if stored.unwrap_or(Language::En) == language {
        return Ok(false);
    }
    if stored.is_some() {
        on!(tx, c => sqlx::query("update campaign_sending set language = $3 where workspace_id = $1 and campaign_id = $2")
            .bind(workspace).bind(campaign).bind(language).execute(c).await.map(drop))?;
    } else {
        let schedule = Schedule { language, ..schedule::for_new_campaign(tx, workspace).await? };
        schedule::save(tx, workspace, campaign, &schedule, at).await?;
    }
    Ok(true)
}
