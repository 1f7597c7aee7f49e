//! What a member confirms before the start, with name and date.

use serde::Deserialize;

use crate::{
    accounts::{Member, audit},
    campaigns::Campaign,
    on,
    outreach::sending,
    server::{clock::Instant, db::Tx},
};

/// What can be confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Confirmation {
    /// That there is a lawful basis to write to people where the law asks for consent first.
    LawfulBasis,
    /// That the mails were looked at as a lead gets them.
    Preview,
}

impl Confirmation {
    /// The confirmation of a word in a form.
    pub fn of_word(word: &str) -> Option<Self> {
        [Self::LawfulBasis, Self::Preview].into_iter().find(|one| one.word() == word)
    }

    /// The word in forms.
    pub fn word(self) -> &'static str {
        match self {
            Self::LawfulBasis => "lawful_basis",
            Self::Preview => "preview",
        }
    }

    fn line(self) -> &'static str {
        match self {
            Self::LawfulBasis => "Confirmed a lawful basis",
            Self::Preview => "Confirmed the preview",
        }
    }
}

/// Who confirmed, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed {
    pub by: String,
    pub at: Instant,
}

/// Records a confirmation; the first one of a campaign stays.
///
/// # Errors
/// The database's.
pub async fn confirm(
    tx: &mut Tx,
    member: &Member,
    campaign: &Campaign,
    what: Confirmation,
    at: Instant,
) -> sqlx::Result<()> {
    let recorded = on!(&mut *tx, c => sqlx::query(
        "insert into campaign_confirmations (workspace_id, campaign_id, what, confirmed_by, confirmed_at)
         values ($1, $2, $3, $4, $5) on conflict (workspace_id, campaign_id, what) do nothing")
        .bind(member.workspace).bind(campaign.id).bind(what).bind(member.user).bind(at)
        .execute(c).await.map(|done| done.rows_affected()))?;
    if recorded == 0 {
        return Ok(());
    }
    if what == Confirmation::LawfulBasis {
        sending::release_held(tx, member.workspace, campaign.id, &["no_lawful_basis"], at).await?;
    }
    let actor = audit::Actor::User(member.user);
    audit::record(tx, member.workspace, actor, what.line(), &campaign.name, "", at).await
}
