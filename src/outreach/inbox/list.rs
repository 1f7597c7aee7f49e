//! Reads the list of conversations. Each view and each filter has an index that holds its rows in the order in which they are shown.

use serde::Deserialize;

use super::{
    asked::{Asked, Cursor, View},
    label::Label,
    own_labels::{self, OF_THREAD, OwnLabelId},
};
use crate::{
    accounts::{UserId, WorkspaceId},
    email::Email,
    outreach::ids::{MailboxId, ThreadId},
    server::{
        clock::Instant,
        paging::ROWS_ASKED,
        select::{Parameter, Select},
    },
};

/// Conversations that a search for words looks through, from the newest on.
pub const SEARCHED_MAX: i64 = 5_000;
/// A label of the workspace's own with more conversations than this is not gone through: a page of them comes soon among the newest of the view.
pub const LABELLED_MAX: i64 = 2_000;
/// Counts stop here: an index of two hundred thousand rows is not counted for each page.
pub const COUNTED_MAX: i64 = 1_000;
/// Unread ones in the navigation.
const UNREAD_MAX: i64 = 100;
/// Campaigns to filter by, the newest.
const CAMPAIGNS_MAX: i64 = 200;

/// One conversation of the list.
#[derive(Debug, Clone, Deserialize)]
pub struct ThreadLine {
    pub id: ThreadId,
    pub version: i64,
    pub person: String,
    pub company: Option<String>,
    pub campaign: Option<String>,
    pub subject: String,
    /// Of the newest answer's own words.
    pub first_line: String,
    #[serde(deserialize_with = "super::label::read")]
    pub label: Option<Label>,
    pub label_confirmed: bool,
    #[serde(deserialize_with = "own_labels::ids")]
    pub own: Vec<OwnLabelId>,
    pub unread: bool,
    pub untracked: bool,
    pub snoozed_until: Option<Instant>,
    pub assigned: Option<String>,
    /// What the list is sorted by.
    pub at: Instant,
}

impl ThreadLine {
    pub fn cursor(&self) -> Cursor {
        Cursor { at: self.at, thread: self.id }
    }
}

const COLUMNS: &str =
    "id, version, person, company, campaign, subject, first_line, label, label_confirmed flag, own, unread flag, untracked flag,
     snoozed_until, assigned, at";

/// The conditions of a view, and the moment it is sorted by.
fn conditions_of(view: View) -> (&'static str, &'static str) {
    match view {
        View::Open | View::Unassigned | View::Mine => ("t.place = 'open'", "last_in_at"),
        View::Snoozed => ("t.place = 'snoozed'", "last_in_at"),
        View::Waiting => ("t.place = 'waiting'", "last_in_at"),
        View::Done => ("t.place = 'done'", "last_in_at"),
        View::Automatic => ("t.place = 'automatic'", "last_in_at"),
        View::Untracked => ("t.untracked", "last_in_at"),
        View::Sent => ("t.answered_at is not null", "answered_at"),
    }
}

/// The text of a statement as it grows, with its values.
struct Question {
    text: String,
    values: Vec<Parameter>,
    /// The place of an own label among the values.
    own: Option<usize>,
}

impl Question {
    fn new(text: &str, first: impl Into<Parameter>) -> Self {
        Self { text: text.to_owned(), values: vec![first.into()], own: None }
    }

    /// Adds `condition`, in which `?` is the value.
    fn and(&mut self, condition: &str, value: impl Into<Parameter>) {
        self.values.push(value.into());
        let number = format!("${}", self.values.len());
        self.text.push_str(" and ");
        self.text.push_str(&condition.replace('?', &number));
    }
}

/// One page of the list, and one row more. `days` are the first instant of the first day and the one after the last.
pub fn select_threads(
    (workspace, member): (WorkspaceId, UserId),
    asked: &Asked,
    days: (Option<Instant>, Option<Instant>),
) -> Select<Vec<ThreadLine>> {
    let (place, key) = conditions_of(asked.view);
    let mut question = Question::new("t.workspace_id = $1", workspace.0);
    let words = asked.text.trim().to_lowercase();
    let address = words.parse::<Email>().ok();
    match &address {
        Some(address) => {
            question.and("t.address = ?", address.as_str().to_owned());
            question.text.push_str(&format!(" and ({place}) is true"));
        }
        None => question.text.push_str(&format!(" and {place}")),
    }
    filter(&mut question, asked, member, address.is_some());
    if let Some(from) = days.0 {
        question.and(&format!("t.{key} >= ?"), from);
    }
    if let Some(until) = days.1 {
        question.and(&format!("t.{key} < ?"), until);
    }
    if let Some(Cursor { at, thread }) = asked.before {
        question.and(&format!("t.{key} <= ?"), at);
        question.values.push(thread.0.into());
        let (at, thread) = (question.values.len() - 1, question.values.len());
        question.text.push_str(&format!(" and (t.{key}, t.id) < (${at}, ${thread})"));
    }
    let searched = if address.is_some() { "" } else { &words };
    let found = found(&mut question, searched, key);
    let text = format!(
        "select t.id, t.version, t.person, l.company, p.name as campaign, t.subject, t.first_line, t.label,
             t.label_confirmed, {OF_THREAD} as own, t.unread, t.untracked, t.snoozed_until, u.name as assigned, t.{key} as at
         from ({found}) t
         left join leads l on l.workspace_id = t.workspace_id and l.id = t.lead_id
         left join campaigns p on p.workspace_id = t.workspace_id and p.id = t.campaign_id
         left join users u on u.id = t.assigned_to
         order by t.{key} desc, t.id desc"
    );
    let select = Select::rows(COLUMNS, text);
    question.values.into_iter().fold(select, Select::bind)
}

/// Adds the filters. An index is read in order by one of them; the others are written so that the databases look for no index of theirs.
fn filter(question: &mut Question, asked: &Asked, member: UserId, mut is_indexed: bool) {
    let assignee = if asked.view == View::Mine { Some(member) } else { asked.assignee };
    let filters: [(&str, Option<Parameter>); 4] = [
        ("t.campaign_id = ?", asked.campaign.map(|id| id.0.into())),
        ("t.assigned_to = ?", assignee.map(|id| id.0.into())),
        ("t.mailbox_id = ?", asked.mailbox.map(|id| id.0.into())),
        ("t.label = ?", asked.label.map(|label| label.name().to_owned().into())),
    ];
    for (condition, value) in filters {
        let Some(value) = value else { continue };
        let others = format!("({condition}) is true");
        question.and(if is_indexed { &others } else { condition }, value);
        is_indexed = true;
    }
    if let Some(own) = asked.own {
        question.values.push(own.0.into());
        question.own = Some(question.values.len());
    }
    if asked.view == View::Unassigned {
        question.text.push_str(if is_indexed {
            " and (t.assigned_to is null) is true"
        } else {
            " and t.assigned_to is null"
        });
    }
}

/// The rows of one page. For words, the newest conversations are looked through.
fn found(question: &mut Question, words: &str, key: &str) -> String {
    let in_order = format!("order by t.{key} desc, t.id desc");
    if words.is_empty() {
        return newest(question, &in_order, ROWS_ASKED);
    }
    let newest = newest(question, &in_order, SEARCHED_MAX);
    let escaped = words.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    question.values.push(format!("%{escaped}%").into());
    let number = question.values.len();
    format!(
        "select t.* from ({newest}) t
         where lower(t.person || ' ' || t.address || ' ' || t.subject || ' ' || t.first_line) like ${number} escape '\\'
         {in_order} limit {ROWS_ASKED}"
    )
}

/// The first rows. With an own label there are two ways to them, of which one is taken: from a few labelled conversations, or through those
/// of the view until enough have the label.
fn newest(question: &Question, in_order: &str, most: i64) -> String {
    let all =
        |having: &str| format!("select t.* from threads t where {}{having} {in_order} limit {most}", question.text);
    let Some(own) = question.own else { return all("") };
    let labelled = format!("from thread_labels x where x.workspace_id = $1 and x.label_id = ${own}");
    let few = all(&format!(" and t.id in (select x.thread_id {labelled})"));
    let many = all(&format!(" and (exists (select 1 {labelled} and x.thread_id = t.id)) is true"));
    // The outer limit decides, so that the inner one stays a number that the databases plan with.
    let taken = |rows: &str, sign: &str| {
        format!(
            "select * from (select * from ({rows}) t limit (select case when count(*) {sign} {LABELLED_MAX} then {most} else 0 end
                 from (select 1 {labelled} limit {LABELLED_MAX} + 1) counted)) t"
        )
    };
    format!("{} union all {}", taken(&few, "<="), taken(&many, ">"))
}

/// How many conversations the views of work hold, each at most [`COUNTED_MAX`].
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub struct Counts {
    pub open: i64,
    pub mine: i64,
    pub unassigned: i64,
    pub waiting: i64,
    pub snoozed: i64,
}

impl Counts {
    /// The count beside a view, where one is shown.
    pub fn of(&self, view: View) -> Option<i64> {
        match view {
            View::Open => Some(self.open),
            View::Mine => Some(self.mine),
            View::Unassigned => Some(self.unassigned),
            View::Waiting => Some(self.waiting),
            View::Snoozed => Some(self.snoozed),
            View::Done | View::Automatic | View::Untracked | View::Sent => None,
        }
    }
}

pub fn select_counts(workspace: WorkspaceId, member: UserId) -> Select<Counts> {
    let count = |condition: &str| {
        format!(
            "(select count(*) from (select 1 from threads t where t.workspace_id = $1 and {condition} limit {COUNTED_MAX}) counted)"
        )
    };
    let text = format!(
        "select {} as open, {} as mine, {} as unassigned, {} as waiting, {} as snoozed",
        count("t.place = 'open'"),
        count("t.place = 'open' and t.assigned_to = $2"),
        count("t.place = 'open' and t.assigned_to is null"),
        count("t.place = 'waiting'"),
        count("t.place = 'snoozed'"),
    );
    Select::<Vec<Counts>>::rows("open, mine, unassigned, waiting, snoozed", text)
        .bind(workspace.0)
        .bind(member.0)
        .first()
        .map(Option::unwrap_or_default)
}

/// Unread conversations that wait for an answer, at most a hundred: what the navigation shows.
pub fn select_unread(workspace: WorkspaceId) -> Select<i64> {
    #[derive(Deserialize)]
    struct Row {
        unread: i64,
    }
    let text = format!(
        "select count(*) as unread from (select 1 from threads t where t.workspace_id = $1 and t.unread and t.place = 'open'
             limit {UNREAD_MAX}) counted"
    );
    Select::<Vec<Row>>::rows("unread", text).bind(workspace.0).map(|rows| rows.first().map_or(0, |row| row.unread))
}

/// A campaign, a mailbox or a member to filter by: its id and its name.
#[derive(Debug, Clone, Deserialize)]
pub struct Named {
    pub id: uuid::Uuid,
    pub name: String,
}

pub fn select_campaigns(workspace: WorkspaceId) -> Select<Vec<Named>> {
    let text = format!(
        "select id, name from campaigns where workspace_id = $1 order by created_at desc, id desc limit {CAMPAIGNS_MAX}"
    );
    Select::rows("id, name", text).bind(workspace.0)
}

pub fn select_mailboxes(workspace: WorkspaceId) -> Select<Vec<Named>> {
    Select::rows("id, name", "select id, address as name from mailboxes where workspace_id = $1 order by address, id")
        .bind(workspace.0)
}

/// Mailboxes that a reply can leave from.
pub fn select_senders(workspace: WorkspaceId) -> Select<Vec<Named>> {
    Select::rows(
        "id, name",
        "select id, address as name from mailboxes where workspace_id = $1 and state in ('active', 'failing') order by address, id limit 200",
    )
    .bind(workspace.0)
}

/// The members that a conversation can be assigned to.
pub fn select_members(workspace: WorkspaceId) -> Select<Vec<Named>> {
    Select::rows(
        "id, name",
        "select u.id, u.name from members m join users u on u.id = m.user_id
         where m.workspace_id = $1 and m.role <> 'viewer' order by u.name, u.id limit 200",
    )
    .bind(workspace.0)
}

/// A mailbox whose answers cannot be read now.
#[derive(Debug, Clone, Deserialize)]
pub struct Unread {
    pub mailbox_id: MailboxId,
    pub address: String,
    pub code: String,
    pub words: Option<String>,
    /// When everything was read last.
    pub looked_at: Option<Instant>,
}

pub fn select_trouble(workspace: WorkspaceId) -> Select<Vec<Unread>> {
    Select::rows(
        "mailbox_id, address, code, words, looked_at",
        "select y.mailbox_id, m.address, y.code, y.words, y.looked_at from mailbox_syncs y
         join mailboxes m on m.workspace_id = y.workspace_id and m.id = y.mailbox_id
         where y.workspace_id = $1 and y.code is not null and m.state <> 'removed' order by m.address limit 5",
    )
    .bind(workspace.0)
}
