//! The events that members are told of, and what each member chose.

use sqlx::FromRow;

use crate::{
    accounts::{UserId, WorkspaceId},
    email::Email,
    on,
    server::db::Tx,
};

/// What members can be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Event {
    /// A person answered.
    Answer,
    /// Another member assigned a conversation to this one.
    Assigned,
    /// A mailbox cannot send or be read, until a member does something.
    MailboxFailing,
    /// A campaign was paused to protect its domain.
    CampaignPaused,
    /// Every lead of a campaign has an outcome.
    CampaignFinished,
}

impl Event {
    pub const ALL: [Self; 5] =
        [Self::Answer, Self::Assigned, Self::MailboxFailing, Self::CampaignPaused, Self::CampaignFinished];

    /// The word in forms and in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Assigned => "assigned",
            Self::MailboxFailing => "mailbox_failing",
            Self::CampaignPaused => "campaign_paused",
            Self::CampaignFinished => "campaign_finished",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Answer => "A person answers",
            Self::Assigned => "A conversation is assigned to you",
            Self::MailboxFailing => "A mailbox needs you",
            Self::CampaignPaused => "A campaign is paused to protect its domain",
            Self::CampaignFinished => "A campaign has finished",
        }
    }

    /// What holds until a member chooses.
    pub fn default_choice(self) -> Choice {
        match self {
            Self::Answer => Choice { on_page: false, mail: By::Daily },
            Self::Assigned | Self::MailboxFailing | Self::CampaignPaused => Choice { on_page: true, mail: By::AtOnce },
            Self::CampaignFinished => Choice { on_page: true, mail: By::Daily },
        }
    }
}

/// By which mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum By {
    None,
    AtOnce,
    Daily,
}

impl By {
    pub const ALL: [Self; 3] = [Self::None, Self::AtOnce, Self::Daily];

    /// The word in forms.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::AtOnce => "at_once",
            Self::Daily => "daily",
        }
    }

    /// The way of a [word](Self::word).
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.word() == word)
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::None => "No mail",
            Self::AtOnce => "At once",
            Self::Daily => "In one mail a day",
        }
    }
}

/// How a member is told of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct Choice {
    pub on_page: bool,
    pub mail: By,
}

/// What a member chose for each event, in the order of [`Event::ALL`].
///
/// # Errors
/// The database's.
pub async fn choices_of(tx: &mut Tx, workspace: WorkspaceId, user: UserId) -> sqlx::Result<Vec<(Event, Choice)>> {
    let rows: Vec<(Event, bool, By)> = on!(tx, c => sqlx::query_as(
        "select event, on_page, mail from notification_choices where workspace_id = $1 and user_id = $2")
        .bind(workspace).bind(user).fetch_all(c).await)?;
    let chosen =
        |event: Event| rows.iter().find(|row| row.0 == event).map(|row| Choice { on_page: row.1, mail: row.2 });
    Ok(Event::ALL.map(|event| (event, chosen(event).unwrap_or_else(|| event.default_choice()))).to_vec())
}

/// Writes what a member chose.
///
/// # Errors
/// The database's.
pub async fn choose(
    tx: &mut Tx,
    workspace: WorkspaceId,
    user: UserId,
    (event, choice): (Event, Choice),
) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "insert into notification_choices (workspace_id, user_id, event, on_page, mail) values ($1, $2, $3, $4, $5)
         on conflict (workspace_id, user_id, event) do update set on_page = excluded.on_page, mail = excluded.mail")
        .bind(workspace).bind(user).bind(event).bind(choice.on_page).bind(choice.mail).execute(c).await.map(drop))
}

/// A member of a workspace with the choice for one event.
#[derive(Debug)]
pub(super) struct Listener {
    pub user: UserId,
    pub email: Email,
    pub workspace: String,
    pub choice: Choice,
}

/// With the page and the mail that were chosen.
type ListenerRow = (UserId, Email, String, Option<bool>, Option<By>);

/// The members of a workspace, at most 200, each with the choice for this event.
///
/// # Errors
/// The database's.
pub(super) async fn listeners(tx: &mut Tx, workspace: WorkspaceId, event: Event) -> sqlx::Result<Vec<Listener>> {
    let rows: Vec<ListenerRow> = on!(tx, c => sqlx::query_as(
        "select u.id, u.email, w.name, h.on_page, h.mail
         from members m
         join users u on u.id = m.user_id
         join workspaces w on w.id = m.workspace_id
         left join notification_choices h on h.workspace_id = m.workspace_id and h.user_id = m.user_id and h.event = $2
         where m.workspace_id = $1 and m.role <> 'viewer' order by m.created_at, u.id limit 200")
        .bind(workspace).bind(event).fetch_all(c).await)?;
    let listener = |(user, email, workspace, on_page, mail): ListenerRow| {
        let chosen = on_page.zip(mail).map(|(on_page, mail)| Choice { on_page, mail });
        Listener { user, email, workspace, choice: chosen.unwrap_or_else(|| event.default_choice()) }
    };
    Ok(rows.into_iter().map(listener).collect())
}
