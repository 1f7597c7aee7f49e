//! Marking a lead good or bad after a look at it. A bad one that the rules may pay back is reported in the same breath (C16).

use super::report::{self, ReportLead, ReportOutcome, ReportReason};
use crate::{
    accounts::{Member, WorkspaceId},
    campaigns::{
        ids::LeadId,
        leads::lead,
        refusal::CampaignRefusal,
        requests::first_batch::{self, Ruled},
    },
    credits::{self, Credits, Deed, Movement, RequestId},
    on,
    server::{clock::Instant, db::Tx, error::AppError},
};

/// What somebody thought of a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum MarkKind {
    Good,
    Bad,
}

/// Why a lead is bad. The first four are reported and may be paid back; the others say that the targeting was off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum BadReason {
    LeftCompany,
    WrongPerson,
    Duplicate,
    DoesNotMatch,
    WrongRole,
    WrongCompany,
    Other,
}

impl BadReason {
    /// In the order of their digits: 1 is the first.
    pub const ALL: [(Self, &'static str, &'static str); 7] = [
        (Self::LeftCompany, "left_company", "No longer at the company"),
        (Self::WrongPerson, "wrong_person", "Name and address do not belong together"),
        (Self::Duplicate, "duplicate", "The same person as another lead"),
        (Self::DoesNotMatch, "does_not_match", "Does not match what was asked for"),
        (Self::WrongRole, "wrong_role", "Matches, but not the role we want"),
        (Self::WrongCompany, "wrong_company", "Matches, but not the kind of company we want"),
        (Self::Other, "other", "Something else"),
    ];

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, _)| *known == word).map(|(reason, ..)| *reason)
    }

    pub fn label(self) -> &'static str {
        Self::ALL.iter().find(|(reason, ..)| *reason == self).map_or("", |(.., label)| label)
    }

    /// What is reported for it.
    pub fn reported_as(self) -> Option<ReportReason> {
        match self {
            Self::LeftCompany => Some(ReportReason::LeftCompany),
            Self::WrongPerson => Some(ReportReason::WrongPerson),
            Self::Duplicate => Some(ReportReason::Duplicate),
            Self::DoesNotMatch => Some(ReportReason::DoesNotMatch),
            Self::WrongRole | Self::WrongCompany | Self::Other => None,
        }
    }
}

/// A stored mark.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Mark {
    pub lead_id: LeadId,
    pub verdict: MarkKind,
    pub reason: Option<BadReason>,
    pub marker: String,
    pub marked_at: Instant,
}

/// What a mark led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marked {
    pub request: RequestId,
    /// What came of the report, if it was reported.
    pub report: Option<ReportOutcome>,
    /// What the rule of the request's first batch did.
    pub ruled: Ruled,
}

/// A member marks a lead: good, or bad for `bad`. A mark that stands is replaced.
///
/// Refused with [`AppError::NotFound`] for a lead of another workspace, [`AppError::Conflict`] for one that was returned, that
/// came with an own list, or that is paid back as bad and would become good.
#[derive(Debug, Clone)]
pub struct MarkLead {
    pub member: Member,
    pub lead: LeadId,
    pub bad: Option<BadReason>,
    /// Refunds in a month and workspace that are made without somebody looking, at most.
    pub automatic_max: i64,
    pub at: Instant,
}

impl Deed for MarkLead {
    type Prepared = Marked;
    type Output = Marked;
    type Error = AppError;

    fn workspace(&self) -> WorkspaceId {
        self.member.workspace
    }

    fn at(&self) -> Instant {
        self.at
    }

    async fn prepare(&self, tx: &mut Tx) -> Result<(Marked, Vec<Movement>), AppError> {
        let Self { member, lead: id, bad, automatic_max, at } = self;
        let (workspace, at) = (member.workspace, *at);
        let trail = lead::lead(tx, workspace, *id).await?;
        let request = trail.paid_by()?;
        if trail.lead.returned_at.is_some() {
            return Err(CampaignRefusal::Returned.into());
        }
        let paid_back = trail.refunded_at.is_some();
        if bad.is_none() {
            keep_when_paid_back(paid_back)?;
        }
        // What was reported with the mark before goes with it.
        report::withdraw(tx, workspace, *id, member.user, at).await?;
        let verdict = if bad.is_some() { MarkKind::Bad } else { MarkKind::Good };
        on!(tx, c => sqlx::query(
            "insert into lead_marks (workspace_id, lead_id, verdict, reason, marked_by, marked_at)
             values ($1, $2, $3, $4, $5, $6)
             on conflict (workspace_id, lead_id) do update set verdict = excluded.verdict, reason = excluded.reason,
                 marked_by = excluded.marked_by, marked_at = excluded.marked_at")
            .bind(workspace).bind(id).bind(verdict).bind(bad).bind(member.user).bind(at).execute(c).await.map(drop))?;
        let (report, movements) = match bad.and_then(BadReason::reported_as).filter(|_| !paid_back) {
            Some(reason) => {
                let (member, note) = (member.clone(), String::new());
                let report = ReportLead { member, lead: *id, reason, note, automatic_max: *automatic_max, at };
                let (outcome, movements) = report.prepare(tx).await?;
                (Some(outcome), movements)
            }
            None => (None, Vec::new()),
        };
        let ruled = first_batch::apply_rule(tx, workspace, request, at).await?;
        Ok((Marked { request, report, ruled }, movements))
    }

    async fn conclude(&self, _: &mut Tx, marked: Marked, moved: &[Credits]) -> Result<Marked, AppError> {
        Ok(Marked { report: marked.report.map(|outcome| outcome.with(moved)), ..marked })
    }
}

fn keep_when_paid_back(paid_back: bool) -> Result<(), AppError> {
    if paid_back {
        return Err(CampaignRefusal::PaidBackAsBad.into());
    }
    Ok(())
}

/// Takes a mark away, and the report that was made with it as long as nobody has decided it. Answers whether there was
/// one.
///
/// # Errors
/// As for [`MarkLead`].
pub async fn unmark(tx: &mut Tx, member: &Member, id: LeadId, at: Instant) -> Result<bool, AppError> {
    let workspace = member.workspace;
    credits::lock(tx, workspace).await?;
    let trail = lead::lead(tx, workspace, id).await?;
    let Some(mark) = mark_of(tx, workspace, id).await? else { return Ok(false) };
    if mark.verdict == MarkKind::Bad {
        keep_when_paid_back(trail.refunded_at.is_some())?;
        report::withdraw(tx, workspace, id, member.user, at).await?;
    }
    on!(tx, c => sqlx::query("delete from lead_marks where workspace_id = $1 and lead_id = $2")
        .bind(workspace).bind(id).execute(c).await.map(drop))?;
    first_batch::apply_rule(tx, workspace, trail.paid_by()?, at).await?;
    Ok(true)
}

/// The mark of a lead, if it has one.
pub async fn mark_of(tx: &mut Tx, workspace: WorkspaceId, lead: LeadId) -> sqlx::Result<Option<Mark>> {
    on!(tx, c => sqlx::query_as(
        "select m.lead_id, m.verdict, m.reason, u.name as marker, m.marked_at
         from lead_marks m join users u on u.id = m.marked_by where m.workspace_id = $1 and m.lead_id = $2")
        .bind(workspace).bind(lead).fetch_optional(c).await)
}
