//! How many leads of a campaign live where.

use crate::{
    accounts::WorkspaceId, credits::CampaignId, directory::contacts::places::country::Country, on, server::db::Tx,
};

/// How many leads of a campaign live in each of these countries (ISO 3166-1), by the country's name; the most first.
///
/// # Errors
/// The database's.
pub async fn leads_in(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: CampaignId,
    codes: &[String],
) -> sqlx::Result<Vec<(String, i64)>> {
    let names = names(codes);
    let found: Vec<(String, i64)> = on!(tx, c => sqlx::query_as(
        "select l.country, count(*) as leads from campaign_leads m
         join leads l on l.workspace_id = m.workspace_id and l.id = m.lead_id
         where m.workspace_id = $1 and m.campaign_id = $2 group by l.country order by leads desc, l.country")
        .bind(workspace).bind(campaign).fetch_all(c).await)?;
    Ok(found.into_iter().filter(|(country, _)| names.contains(&country.as_str())).collect())
}

/// The names of countries, as leads have them.
pub fn names(codes: &[String]) -> Vec<&'static str> {
    codes.iter().filter_map(|code| Country::recognise(code)).map(Country::name).collect()
}
