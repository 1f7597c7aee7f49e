//! Reporting a bad lead: what the rules can decide is decided at once, the rest goes to the operator's list (rule C16).

use jiff::tz::TimeZone;

use crate::campaigns::ids::ReportId;
use crate::{
    accounts::{Member, UserId, WorkspaceId, audit},
    campaigns::{
        ids::LeadId,
        leads::lead::{LeadTrail, lead, mark_paid_back},
        refusal::CampaignRefusal,
    },
    credits::{Actor, CapPeriod, Credits, Deed, Movement},
    directory::fold,
    on,
    server::{clock::Instant, db::Tx, error::AppError, inconsistency::not_found},
};

/// Leads that may be the same person, at most.
const TWINS_MAX: i64 = 1_000;

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum ReportReason {
    LeftCompany,
    WrongPerson,
    Duplicate,
    DoesNotMatch,
}

impl ReportReason {
    pub const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::LeftCompany, "left_company", "No longer at the company"),
        (Self::WrongPerson, "wrong_person", "Not this person: name and address do not belong together"),
        (Self::Duplicate, "duplicate", "The same person as another lead"),
        (Self::DoesNotMatch, "does_not_match", "Does not match what was asked for"),
    ];

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, _)| *known == word).map(|(reason, ..)| *reason)
    }

    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(reason, ..)| *reason == self).map_or("", |(_, word, _)| word)
    }

    pub fn label(self) -> &'static str {
        Self::ALL.iter().find(|(reason, ..)| *reason == self).map_or("", |(.., label)| label)
    }
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum ReportState {
    Open,
    Refunded,
    Declined,
    Returned,
}

/// A stored report with the lead it is about.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Report {
    pub id: ReportId,
    pub workspace_name: String,
    pub lead_id: LeadId,
    pub lead_name: String,
    pub lead_title: String,
    pub lead_company: String,
    pub reason: ReportReason,
    pub note: String,
    pub state: ReportState,
    pub answer: String,
    pub reporter: String,
    pub reported_at: Instant,
}

/// What to tell the one who reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportOutcome {
    Refunded(Credits),
    InReview,
    /// It does match; says by what. Nothing was stored: another reason can still be given.
    Matches(String),
    /// It was reported before.
    Already,
}

const SELECT: &str =
    "select x.id, w.name as workspace_name, x.lead_id, l.first_name || ' ' || l.last_name as lead_name,
         l.title as lead_title, l.company as lead_company, x.reason, x.note, x.state, x.answer,
         u.name as reporter, x.reported_at
     from lead_reports x
     join workspaces w on w.id = x.workspace_id
     join leads l on l.workspace_id = x.workspace_id and l.id = x.lead_id
     join lead_requests r on r.workspace_id = l.workspace_id and r.id = l.request_id
     join users u on u.id = x.reported_by";

/// A member reports a lead, and what the rules can decide is decided.
///
/// Refused with [`AppError::NotFound`] for a lead of another workspace, [`AppError::Conflict`] for one that was paid back, or
/// came with an own list.
#[derive(Debug, Clone)]
pub struct ReportLead {
    pub member: Member,
    pub lead: LeadId,
    pub reason: ReportReason,
    pub note: String,
    /// Refunds in a month and workspace that are made without somebody looking, at most.
    pub automatic_max: i64,
    pub at: Instant,
}

impl Deed for ReportLead {
    type Prepared = ReportOutcome;
    type Output = ReportOutcome;
    type Error = AppError;

    fn workspace(&self) -> WorkspaceId {
        self.member.workspace
    }

    fn at(&self) -> Instant {
        self.at
    }

    async fn prepare(&self, tx: &mut Tx) -> Result<(ReportOutcome, Vec<Movement>), AppError> {
        let workspace = self.member.workspace;
        let trail = lead(tx, workspace, self.lead).await?;
        trail.paid_by()?;
        if report_of(tx, workspace, self.lead).await?.is_some() {
            return Ok((ReportOutcome::Already, Vec::new()));
        }
        if trail.refunded_at.is_some() {
            return Err(CampaignRefusal::PaidBack.into());
        }
        let proven = match self.reason {
            ReportReason::DoesNotMatch => match fit(&trail) {
                Fit::Matches(text) => return Ok((ReportOutcome::Matches(text), Vec::new())),
                Fit::DoesNot => Some("It does not match what was asked for."),
                Fit::Unknown => None,
            },
            ReportReason::Duplicate if has_twin(tx, workspace, &trail).await? => {
                Some("You have this person as another lead.")
            }
            _ => None,
        };
        let spared =
            automatic_refunds(tx, workspace, self.at).await? < self.automatic_max && trail.charge_seq.is_some();
        let decided = proven.filter(|_| spared);
        self.insert(tx, &trail, decided).await?;
        if decided.is_none() {
            return Ok((ReportOutcome::InReview, Vec::new()));
        }
        let why = format!("Bad lead: {}", self.reason.label());
        let refund = mark_paid_back(tx, workspace, &trail, self.reason.word(), &why, Actor::System, self.at).await?;
        Ok((ReportOutcome::Refunded(refund.credits), vec![Movement::Refund(refund)]))
    }

    async fn conclude(&self, _: &mut Tx, outcome: ReportOutcome, moved: &[Credits]) -> Result<ReportOutcome, AppError> {
        Ok(outcome.with(moved))
    }
}

impl ReportLead {
    /// The report, with the answer when it is decided, and its line in the audit log.
    async fn insert(&self, tx: &mut Tx, trail: &LeadTrail, decided: Option<&str>) -> sqlx::Result<()> {
        let (workspace, user, at) = (self.member.workspace, self.member.user, self.at);
        let state = if decided.is_some() { ReportState::Refunded } else { ReportState::Open };
        on!(tx, c => sqlx::query(
            "insert into lead_reports (workspace_id, id, lead_id, reason, note, state, automatic, answer, reported_by,
                 reported_at, decided_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)")
            .bind(workspace).bind(ReportId::new()).bind(self.lead).bind(self.reason).bind(&self.note).bind(state)
            .bind(i64::from(decided.is_some())).bind(decided.unwrap_or_default()).bind(user).bind(at)
            .bind(decided.map(|_| at)).execute(c).await.map(drop))?;
        let (who, detail) = (audit::Actor::User(user), detail(self.reason, &self.note));
        audit::record(tx, workspace, who, "Reported a bad lead", &trail.lead.named(), &detail, at).await
    }
}

impl ReportOutcome {
    /// The outcome, with the credits that came back.
    pub(crate) fn with(self, moved: &[Credits]) -> Self {
        match self {
            Self::Refunded(_) => Self::Refunded(moved.iter().copied().next().unwrap_or_default()),
            other => other,
        }
    }
}

/// Reason and note in a line of the log.
fn detail(reason: ReportReason, note: &str) -> String {
    if note.is_empty() { reason.label().to_owned() } else { format!("{}: {note}", reason.label()) }
}

enum Fit {
    Matches(String),
    DoesNot,
    /// What was delivered does not say.
    Unknown,
}

/// Checks the delivered record against the snapshot, as far as it tells (keywords, for one, are not delivered).
fn fit(trail: &LeadTrail) -> Fit {
    let (Some(contact), Some(criteria)) = (trail.as_contact(), &trail.criteria) else { return Fit::Unknown };
    let (criteria, told_all) = criteria.on_delivered_record();
    if !criteria.matches(&contact) {
        return Fit::DoesNot;
    }
    if !told_all {
        return Fit::Unknown;
    }
    let lead = &trail.lead;
    let parts =
        [("title", &lead.title), ("company", &lead.company), ("industry", &lead.industry), ("country", &lead.country)];
    let parts = parts.iter().filter(|(_, value)| !value.is_empty()).map(|(label, value)| format!("{label}: {value}"));
    Fit::Matches(parts.collect::<Vec<_>>().join(", "))
}

/// Whether the workspace has another lead with the same profile, or the same name at the same company, that was not paid
/// back itself.
async fn has_twin(tx: &mut Tx, workspace: WorkspaceId, trail: &LeadTrail) -> sqlx::Result<bool> {
    let lead = &trail.lead;
    let others: Vec<(String, String, String, String, String)> = on!(tx, c => sqlx::query_as(
        "select first_name, last_name, company, domain, linkedin from leads
         where workspace_id = $1 and id <> $2 and refunded_at is null and request_id is not null
           and ((linkedin <> '' and linkedin = $3) or (domain <> '' and domain = $4) or (company <> '' and company = $5))
         order by case when linkedin <> '' and linkedin = $3 then 0 when last_name = $6 then 1 else 2 end limit $7")
        .bind(workspace).bind(lead.id).bind(lead.linkedin.known()).bind(&lead.domain).bind(&lead.company).bind(&lead.last_name)
        .bind(TWINS_MAX).fetch_all(c).await)?;
    let name = fold(&format!("{} {}", lead.first_name, lead.last_name));
    Ok(others.iter().any(|(first, last, company, domain, linkedin)| {
        let same_profile = !linkedin.is_empty() && *linkedin == lead.linkedin.known();
        let same_company = (!domain.is_empty() && *domain == lead.domain) || fold(company) == fold(&lead.company);
        same_profile || (!name.is_empty() && same_company && fold(&format!("{first} {last}")) == name)
    }))
}

/// Refunds that the rules made this month (UTC: the operator's limit, whatever zone a workspace chooses).
async fn automatic_refunds(tx: &mut Tx, workspace: WorkspaceId, at: Instant) -> sqlx::Result<i64> {
    on!(tx, c => sqlx::query_scalar(
        "select count(*) from lead_reports
         where workspace_id = $1 and automatic = 1 and state = 'refunded' and decided_at >= $2")
        .bind(workspace).bind(CapPeriod::Month.start(at, &TimeZone::UTC)).fetch_one(c).await)
}

/// The report of a lead, if there is one.
pub async fn report_of(tx: &mut Tx, workspace: WorkspaceId, lead: LeadId) -> sqlx::Result<Option<Report>> {
    let sql = format!("{SELECT} where x.workspace_id = $1 and x.lead_id = $2");
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(workspace).bind(lead).fetch_optional(c).await)
}

/// Takes the report of a lead back that was made with its mark, as long as nobody has decided it. Answers whether there
/// was one.
pub(crate) async fn withdraw(
    tx: &mut Tx,
    workspace: WorkspaceId,
    lead: LeadId,
    user: UserId,
    at: Instant,
) -> sqlx::Result<bool> {
    let gone: Option<String> = on!(tx, c => sqlx::query_scalar(
        "delete from lead_reports where workspace_id = $1 and lead_id = $2 and state = 'open'
             and reported_at = (select m.marked_at from lead_marks m where m.workspace_id = $1 and m.lead_id = $2)
         returning (select l.first_name || ' ' || l.last_name || ', ' || l.company from leads l where l.workspace_id = $1 and l.id = $2)")
        .bind(workspace).bind(lead).fetch_optional(c).await)?;
    if let Some(lead) = &gone {
        audit::record(tx, workspace, audit::Actor::User(user), "Took a report back", lead, "", at).await?;
    }
    Ok(gone.is_some())
}

/// What the operator has to look at, oldest first.
pub async fn open_reports(tx: &mut Tx, limit: i64) -> sqlx::Result<Vec<Report>> {
    let sql = format!("{SELECT} where x.state = 'open' order by x.reported_at, x.id limit $1");
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(limit).fetch_all(c).await)
}

/// Whose a report is.
///
/// # Errors
/// [`AppError::NotFound`] for a report that does not exist.
pub async fn workspace_of(tx: &mut Tx, id: ReportId) -> Result<WorkspaceId, AppError> {
    let workspace = on!(tx, c => sqlx::query_scalar("select workspace_id from lead_reports where id = $1")
        .bind(id).fetch_optional(c).await)?;
    workspace.ok_or(AppError::NotFound)
}

/// The operator's word: with `declined` the reason why not, without it the lead is paid back. Its output says whether the
/// report was still open.
#[derive(Debug, Clone)]
pub struct Decide {
    pub workspace: WorkspaceId,
    pub report: ReportId,
    pub declined: Option<String>,
    pub operator: UserId,
    pub at: Instant,
}

impl Deed for Decide {
    type Prepared = bool;
    type Output = bool;
    type Error = AppError;

    fn workspace(&self) -> WorkspaceId {
        self.workspace
    }

    fn at(&self) -> Instant {
        self.at
    }

    async fn prepare(&self, tx: &mut Tx) -> Result<(bool, Vec<Movement>), AppError> {
        let (workspace, at) = (self.workspace, self.at);
        let sql = format!("{SELECT} where x.workspace_id = $1 and x.id = $2");
        let report: Option<Report> = on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(workspace).bind(self.report).fetch_optional(c).await)?;
        let Some(report) = report else {
            return Err(not_found(tx, "lead_reports", "lead_id or reported_by", None, self.report.0).await);
        };
        let (state, answer) = match &self.declined {
            Some(reason) => (ReportState::Declined, reason.as_str()),
            None => (ReportState::Refunded, "Accepted."),
        };
        let decided = on!(tx, c => sqlx::query(
            "update lead_reports set state = $3, answer = $4, decided_by = $5, decided_at = $6
             where workspace_id = $1 and id = $2 and state = 'open'")
            .bind(workspace).bind(self.report).bind(state).bind(answer).bind(self.operator).bind(at)
            .execute(c).await.map(|done| done.rows_affected()))?;
        if decided == 0 {
            return Ok((false, Vec::new()));
        }
        let trail = lead(tx, workspace, report.lead_id).await?;
        let mut movements = Vec::new();
        if self.declined.is_none() {
            let (word, why) = (report.reason.word(), format!("Bad lead: {}", report.reason.label()));
            let actor = Actor::Operator(Some(self.operator));
            let refund = mark_paid_back(tx, workspace, &trail, word, &why, actor, at).await?;
            movements.push(Movement::Refund(refund));
        }
        let action = if self.declined.is_some() { "Declined a reported lead" } else { "Paid a reported lead back" };
        let who = audit::Actor::Operator(Some(self.operator));
        let detail = detail(report.reason, self.declined.as_deref().unwrap_or(""));
        audit::record(tx, workspace, who, action, &trail.lead.named(), &detail, at).await?;
        Ok((true, movements))
    }

    async fn conclude(&self, _: &mut Tx, changed: bool, _: &[Credits]) -> Result<bool, AppError> {
        Ok(changed)
    }
}
