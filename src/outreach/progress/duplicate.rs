//! A campaign again: the same criteria, schedule and mails, without its leads.

use crate::{
    accounts::Member,
    campaigns::{self, Campaign, CampaignName},
    fields::FieldErrors,
    ids::CampaignId,
    on,
    outreach::{
        ids::{StepId, TextId, VariantId},
        schedule,
        sequences::sequence::{Step, sequence},
    },
    server::{clock::Instant, db::Tx, error::AppError},
};

/// Characters of the name that the copy keeps.
const NAME_KEPT: usize = 90;

/// Makes a draft like `campaign`. Its mails are new steps, so people who had the first campaign's can get them again; the
/// checklist says how many were mailed before.
///
/// # Errors
/// The database's.
pub async fn duplicate(tx: &mut Tx, member: &Member, campaign: &Campaign, at: Instant) -> Result<CampaignId, AppError> {
    let (workspace, criteria) = (member.workspace, &campaign.criteria.0);
    let shortened: String = campaign.name.chars().take(NAME_KEPT).collect();
    let name = CampaignName::parse(&format!("Copy of {shortened}")).map_err(|fault| FieldErrors::one("name", fault))?;
    let copy = campaigns::create(tx, workspace, member.user, &name, criteria, at).await?;
    if let Some(kept) = schedule::load(tx, workspace, campaign.id).await? {
        schedule::save(tx, workspace, copy, &kept, at).await?;
    }
    for step in sequence(tx, workspace, campaign.id).await? {
        copy_step(tx, member, copy, &step, at).await?;
    }
    Ok(copy)
}

async fn copy_step(tx: &mut Tx, member: &Member, copy: CampaignId, step: &Step, at: Instant) -> sqlx::Result<()> {
    let (workspace, id) = (member.workspace, StepId::new());
    on!(&mut *tx, c => sqlx::query(
        "insert into steps (workspace_id, id, campaign_id, position, delay_days, working_days, new_thread)
         values ($1, $2, $3, $4, $5, $6, $7)")
        .bind(workspace).bind(id).bind(copy).bind(step.position).bind(step.delay_days).bind(step.working_days)
        .bind(step.new_thread).execute(c).await.map(drop))?;
    for variant in &step.variants {
        let (text, copied) = (TextId::new(), VariantId::new());
        on!(&mut *tx, c => sqlx::query(
            "insert into texts (workspace_id, id, step_id, variant_id, subject, body, made_by, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8)")
            .bind(workspace).bind(text).bind(id).bind(copied).bind(&variant.text.subject).bind(&variant.text.body)
            .bind(member.user).bind(at).execute(c).await.map(drop))?;
        on!(&mut *tx, c => sqlx::query(
            "insert into variants (workspace_id, id, step_id, letter, weight, text_id) values ($1, $2, $3, $4, $5, $6)")
            .bind(workspace).bind(copied).bind(id).bind(&variant.letter).bind(variant.weight).bind(text)
            .execute(c).await.map(drop))?;
    }
    Ok(())
}
