//! Whom an audience shares with the other campaigns of its workspace.

use crate::{
    accounts::WorkspaceId,
    campaigns::{
        campaign::{self, Campaign},
        owned::Owned,
    },
    credits::CampaignId,
    directory::{Asking, Contacts, Criteria},
    server::{db::Tx, error::AppError},
    ui::{count_text, plural},
};

/// Campaigns that are compared: those touched last.
const COMPARED: i64 = 8;
/// Campaigns that are told: those with most people in common.
const TOLD: usize = 3;

/// What an audience shares with another campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Overlap {
    campaign: String,
    /// People who match, and are leads in it.
    inside: u64,
    /// People who match, and match its audience too. Nothing for a campaign that asks for everybody.
    audience: u64,
}

impl Overlap {
    fn text(&self) -> String {
        let count = |people: u64| i64::try_from(people).unwrap_or(i64::MAX);
        let name = &self.campaign;
        match (self.inside, self.audience) {
            (inside, 0) => format!("{} in “{name}” already.", plural(count(inside), "person is", "people are")),
            (0, audience) => format!("“{name}” asks for {} of them too.", count_text(count(audience))),
            (inside, audience) => format!(
                "“{name}” asks for {} of them too; {} in it already.",
                count_text(count(audience)),
                plural(count(inside), "person is", "people are")
            ),
        }
    }
}

/// Sentences about the campaigns, other than `but`, that share most people with `criteria`.
///
/// # Errors
/// When the index or the database does not answer.
pub async fn overlaps(
    asking: &Asking,
    tx: &mut Tx,
    workspace: WorkspaceId,
    but: Option<CampaignId>,
    criteria: &Criteria,
    owned: &Owned,
) -> Result<Vec<String>, AppError> {
    // One more, because the campaign itself may be among them.
    let latest = campaign::latest(tx, workspace, COMPARED + 1).await?;
    let others: Vec<Campaign> = latest.into_iter().filter(|one| Some(one.id) != but).collect();
    let people = |one: &Campaign| owned.by_campaign.get(&one.id).cloned().unwrap_or_else(|| Contacts::of(&[]));
    let asked = others.iter().map(|one| (one.criteria.0.clone(), people(one))).collect();
    let counts = asking.count_overlaps(criteria, asked).await?;
    let named = others.iter().zip(counts);
    let mut overlaps: Vec<Overlap> =
        named.map(|(one, (audience, inside))| Overlap { campaign: one.name.clone(), inside, audience }).collect();
    overlaps.retain(|overlap| overlap.inside > 0 || overlap.audience > 0);
    overlaps.sort_by_key(|overlap| std::cmp::Reverse((overlap.inside, overlap.audience)));
    overlaps.truncate(TOLD);
    Ok(overlaps.iter().map(Overlap::text).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        campaigns::{audience::count, requests::tests::world},
        on,
        server::{db::test_databases, gate::Purpose},
    };

    #[tokio::test]
    async fn an_audience_says_what_it_shares_with_other_campaigns_and_how_long_it_takes() {
        for test in test_databases().await {
            let world = world(&test.db, 40).await;
            let (app, member) = (&world.app, &world.member);
            let request = world.ask("30", "first").await.unwrap();
            let criteria = Criteria::parse(&[("countries".into(), "Kenya".into())]).unwrap();
            let preview = count::preview(app, member, Purpose::Page, &criteria, "", None).await.unwrap();
            assert_eq!(preview.overlaps, ["“Test” asks for 40 of them too."]);
            assert_eq!(preview.delivery, "", "nothing was measured yet");
            world.work().await;
            let preview = count::preview(app, member, Purpose::Page, &criteria, "", None).await.unwrap();
            assert_eq!(preview.overlaps, ["“Test” asks for 40 of them too; 30 people are in it already."]);
            // At ten leads a second, the rest takes one.
            let mut tx = test.db.write().await.unwrap();
            on!(&mut tx, c => sqlx::query("update lead_requests set progress_at = went_at + 3000000 where id = $1")
                .bind(request).execute(c).await.map(drop))
            .unwrap();
            tx.commit().await.unwrap();
            let own = Some(world.campaign);
            let preview = count::preview(app, member, Purpose::Page, &criteria, "", own).await.unwrap();
            assert_eq!(preview.overlaps, Vec::<String>::new(), "a campaign is not compared with itself");
            assert_eq!(preview.delivery, "They take a second or two to arrive.");
        }
    }

    #[test]
    fn each_overlap_is_a_sentence() {
        let overlap = |inside, audience| Overlap { campaign: "Autumn".into(), inside, audience }.text();
        assert_eq!(overlap(1, 0), "1 person is in “Autumn” already.");
        assert_eq!(overlap(0, 1_200), "“Autumn” asks for 1,200 of them too.");
        assert_eq!(overlap(25, 1_200), "“Autumn” asks for 1,200 of them too; 25 people are in it already.");
    }
}
