//! The sequence of a campaign: its steps in order, their variants, and the text of each.

use crate::{
    accounts::WorkspaceId,
    ids::CampaignId,
    on,
    outreach::ids::{StepId, TextId, VariantId},
    server::db::Tx,
};

/// Mails of a sequence, and variants of a mail, at most.
pub const STEPS_MAX: usize = 10;
pub const VARIANTS_MAX: usize = 5;

/// A mail of a sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub id: StepId,
    /// From 1 on.
    pub position: i64,
    /// Days after the step before it.
    pub delay_days: i64,
    /// Counts only days that have a window.
    pub working_days: bool,
    /// Has a subject of its own instead of continuing the conversation; the first step always does.
    pub new_thread: bool,
    /// By letter.
    pub variants: Vec<Variant>,
}

/// One of the texts that a step tries beside each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    pub id: VariantId,
    pub letter: String,
    pub weight: i64,
    pub text: Text,
}

/// A revision of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    pub id: TextId,
    /// Empty for a step that continues the conversation.
    pub subject: String,
    pub body: String,
}

impl Step {
    /// Its variants with their weights, as the choice between them needs them.
    pub fn weights(&self) -> Vec<(VariantId, i64)> {
        self.variants.iter().map(|variant| (variant.id, variant.weight)).collect()
    }

    /// Whether the step begins a conversation.
    pub fn has_subject(&self) -> bool {
        self.new_thread || self.position == 1
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    step: StepId,
    position: i64,
    delay_days: i64,
    working_days: bool,
    new_thread: bool,
    variant: VariantId,
    letter: String,
    weight: i64,
    text: TextId,
    subject: String,
    body: String,
}

/// The sequence of a campaign, the first mail first; empty before one is written.
///
/// # Errors
/// The database's.
pub async fn sequence(tx: &mut Tx, workspace: WorkspaceId, campaign: CampaignId) -> sqlx::Result<Vec<Step>> {
    let rows: Vec<Row> = on!(tx, c => sqlx::query_as(
        "select s.id as step, s.position, s.delay_days, s.working_days, s.new_thread, v.id as variant, v.letter, v.weight,
             t.id as text, t.subject, t.body
         from steps s
         join variants v on v.workspace_id = s.workspace_id and v.step_id = s.id and v.removed_at is null
         join texts t on t.workspace_id = v.workspace_id and t.id = v.text_id
         where s.workspace_id = $1 and s.campaign_id = $2 and s.removed_at is null
         order by s.position, v.letter")
        .bind(workspace).bind(campaign).fetch_all(c).await)?;
    let mut steps: Vec<Step> = Vec::new();
    for row in rows {
        let text = Text { id: row.text, subject: row.subject, body: row.body };
        let variant = Variant { id: row.variant, letter: row.letter, weight: row.weight, text };
        match steps.last_mut().filter(|step| step.id == row.step) {
            Some(step) => step.variants.push(variant),
            None => steps.push(Step {
                id: row.step,
                position: row.position,
                delay_days: row.delay_days,
                working_days: row.working_days,
                new_thread: row.new_thread,
                variants: vec![variant],
            }),
        }
    }
    Ok(steps)
}
