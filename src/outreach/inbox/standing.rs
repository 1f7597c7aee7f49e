//! Whether the person of a conversation may be written to.
//!
//! People who objected on this server, or had their data erased, are promised that no one here writes to them again: no reply leaves. Those
//! on the suppression list of the workspace for another reason may have an answer to what they wrote themselves; the page warns.

use crate::{
    accounts::WorkspaceId,
    email::Email,
    on,
    outreach::ids::ThreadId,
    server::db::Tx,
    suppression::{Key, SuppressionKeys},
};

/// Why sequences do not write to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// They asked that no one on this server writes to them.
    Objected,
    /// Their data was erased.
    Erased,
    /// Mails to this address come back.
    Bounced,
    /// They asked this workspace for no more mails.
    OptedOut,
    /// A member, a list or an authority put them on the suppression list.
    Listed,
}

impl Standing {
    fn of(word: &str) -> Self {
        match word {
            "objected" => Self::Objected,
            "erased" => Self::Erased,
            "bounced" => Self::Bounced,
            "unsubscribed" | "complained" => Self::OptedOut,
            _ => Self::Listed,
        }
    }

    /// What a member has to know before they reply; nothing where they cannot.
    pub fn warning(self) -> Option<&'static str> {
        match self {
            Self::Objected | Self::Erased | Self::Bounced => None,
            Self::OptedOut => Some("This person asked for no more mails. Reply only to what they wrote."),
            Self::Listed => {
                Some("This person is on your suppression list. Sequences do not write to them; a reply does.")
            }
        }
    }
}

/// What holds for the people that a reply in this conversation concerns: the address `to`, and the person who was written to first.
/// `None`: they may be written to.
///
/// # Errors
/// The database's.
pub async fn standing(
    tx: &mut Tx,
    keys: &SuppressionKeys,
    (workspace, thread): (WorkspaceId, ThreadId),
    to: &str,
) -> sqlx::Result<Option<Standing>> {
    let [canonical, domain]: [Option<Key>; 2] = match to.parse::<Email>() {
        Ok(email) => keys.of_recipient(&email).map(Some),
        Err(_) => [None, None],
    };
    // A bounce says something of one address only: colleagues answer from theirs.
    let word: Option<Option<String>> = on!(tx, c => sqlx::query_scalar(
        "select case when exists (select 1 from objections o where o.key in ($3, t.recipient_key, e.canonical_key)) then 'objected'
             else (select s.reason from suppressions s
                 where s.workspace_id = t.workspace_id and s.key in ($3, $4, t.recipient_key, e.canonical_key, e.domain_key)
                   and (s.campaign_id is null or s.campaign_id = t.campaign_id) and (s.reason <> 'bounced' or s.key = $3)
                 order by case s.reason when 'erased' then 0 when 'bounced' then 1 when 'unsubscribed' then 2 when 'complained' then 2
                     else 3 end, s.created_at limit 1) end
         from threads t
         left join enrolments e on e.workspace_id = t.workspace_id and e.campaign_id = t.campaign_id and e.lead_id = t.lead_id
         where t.workspace_id = $1 and t.id = $2")
        .bind(workspace).bind(thread).bind(canonical).bind(domain).fetch_optional(c).await)?;
    Ok(word.flatten().as_deref().map(Standing::of))
}
