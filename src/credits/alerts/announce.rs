//! No credit expires in silence (rule C14): 30, 7 and 1 days before, with amount and date.

use std::time::Duration;

use crate::{
    accounts::{
        WorkspaceId,
        notices::{self, Notice},
        zone_of,
    },
    credits::{CreditError, Credits, LotId},
    on,
    server::{
        clock::Instant,
        db::{Db, Tx},
        time_zone::{date_in, instant_in},
    },
    ui::{Tone, credits_text},
};

/// How many days ahead, the nearest first.
const DAYS_AHEAD: [i64; 3] = [1, 7, 30];
/// Lots announced in one round.
const ROUND_MAX: i64 = 200;

fn ahead(at: Instant, days: i64) -> Instant {
    at.plus(Duration::from_secs(days.unsigned_abs() * 24 * 60 * 60))
}

#[derive(Debug, sqlx::FromRow)]
struct Ending {
    workspace_id: WorkspaceId,
    id: LotId,
    expires_at: Instant,
    reason: String,
    announced_days: Option<i64>,
}

/// Announces every lot that comes near its date, each step of 30, 7 and 1 days once. After a long sleep only the nearest
/// step is told. Returns the workspaces that were told something.
///
/// # Errors
/// The database's.
pub async fn announce_expiries(db: &Db, at: Instant) -> Result<Vec<WorkspaceId>, CreditError> {
    let endings = unannounced(&mut db.read().await?, at).await?;
    let mut told = Vec::new();
    for ending in endings {
        let mut tx = db.write().await?;
        if announce(&mut tx, &ending, at).await? {
            told.push(ending.workspace_id);
        }
        tx.commit().await?;
    }
    told.dedup();
    Ok(told)
}

/// Takes the announcements of lots back that were used up before their date. What comes back to such a lot later is
/// announced anew. Returns the workspaces whose messages changed.
///
/// # Errors
/// The database's.
pub async fn withdraw_used_up(db: &Db, at: Instant) -> sqlx::Result<Vec<WorkspaceId>> {
    let used_up: Vec<(WorkspaceId, LotId)> = on!(&mut db.read().await?, c => sqlx::query_as(
        "select workspace_id, id from credit_lots
         where announced_days is not null and remaining = 0 and held = 0 and expires_at > $1 order by expires_at, id limit $2")
        .bind(at).bind(ROUND_MAX).fetch_all(c).await)?;
    let mut told = Vec::new();
    for (workspace, lot) in used_up {
        let mut tx = db.write().await?;
        // What came back meanwhile keeps its announcement.
        let gone = on!(&mut tx, c => sqlx::query(
            "update credit_lots set announced_days = null where workspace_id = $1 and id = $2 and remaining = 0 and held = 0")
            .bind(workspace).bind(lot).execute(c).await.map(|done| done.rows_affected()))?;
        for days in DAYS_AHEAD.iter().filter(|_| gone == 1) {
            if notices::withdraw(&mut tx, workspace, &key(lot, *days)).await? {
                told.push(workspace);
            }
        }
        tx.commit().await?;
    }
    told.dedup();
    Ok(told)
}

/// Lots with something left whose nearest step was not announced.
async fn unannounced(tx: &mut Tx, at: Instant) -> sqlx::Result<Vec<Ending>> {
    on!(tx, c => sqlx::query_as(
        "select workspace_id, id, expires_at, reason, announced_days from credit_lots
         where remaining > 0 and expires_at > $1 and expires_at <= $4
           and coalesce(announced_days, 1000) > case when expires_at <= $2 then 1 when expires_at <= $3 then 7 else 30 end
         order by expires_at, id limit $5")
        .bind(at).bind(ahead(at, 1)).bind(ahead(at, 7)).bind(ahead(at, 30)).bind(ROUND_MAX)
        .fetch_all(c).await)
}

/// Marks the step and posts its notice. What was used up or announced meanwhile is left alone.
async fn announce(tx: &mut Tx, ending: &Ending, at: Instant) -> sqlx::Result<bool> {
    let Some(days) = DAYS_AHEAD.into_iter().find(|days| ending.expires_at <= ahead(at, *days)) else {
        return Ok(false);
    };
    let left: Option<Credits> = on!(tx, c => sqlx::query_scalar(
        "update credit_lots set announced_days = $3
         where workspace_id = $1 and id = $2 and remaining > 0 and coalesce(announced_days, 1000) > $3 returning remaining")
        .bind(ending.workspace_id).bind(ending.id).bind(days).fetch_optional(c).await)?;
    let Some(left) = left else { return Ok(false) };
    if let Some(earlier) = ending.announced_days {
        notices::withdraw(tx, ending.workspace_id, &key(ending.id, earlier)).await?;
    }
    let amount = credits_text(left.get());
    let zone = zone_of(tx, ending.workspace_id).await?;
    let title = format!("{amount} will expire on {}", date_in(ending.expires_at, &zone));
    let text = format!(
        "{amount} of “{}” can be used until {}. Requests use them before credits that last longer.",
        ending.reason,
        instant_in(ending.expires_at, &zone)
    );
    let (key, link) = (key(ending.id, days), format!("/settings/cold-email-agent/lots/{}", ending.id));
    let tone = if days == 1 { Tone::Warning } else { Tone::Info };
    let notice = Notice { key: &key, tone, title: &title, text: &text, link: Some(&link), cause: None };
    notices::post_until(tx, ending.workspace_id, &notice, Some(ending.expires_at), at).await
}

fn key(lot: LotId, days: i64) -> String {
    format!("expiry:{lot}:{days}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        app::testing::{Browser, NOW, TestApp, test_apps},
        credits::{
            Actor, Grant, LotKind, Revoke, expire_everywhere,
            ledger::rules::{grant::grant, revoke::revoke},
        },
    };

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    async fn plan_month(test: &TestApp, days: u32) -> Browser {
        let owner = test.sign_in().await;
        let month = Grant {
            kind: LotKind::Plan,
            credits: Credits::new(500).unwrap(),
            expires_at: Some(NOW.plus(DAY * days)),
            order: None,
            reason: "Growth, November".into(),
            actor: Actor::System,
            key: "plan:1".into(),
        };
        let mut tx = test.app.db.write().await.unwrap();
        grant(&mut tx, owner.workspace, month, NOW).await.unwrap();
        tx.commit().await.unwrap();
        owner
    }

    async fn keys(test: &TestApp, owner: &Browser) -> Vec<String> {
        let mut tx = test.app.db.read().await.unwrap();
        let keys: Vec<String> = on!(&mut tx, c => sqlx::query_scalar(
            "select key from notices where workspace_id = $1 order by created_at").bind(owner.workspace).fetch_all(c).await)
        .unwrap();
        keys.into_iter().map(|key| key.rsplit(':').next().unwrap_or_default().to_owned()).collect()
    }

    async fn mails(test: &TestApp) -> i64 {
        let mut tx = test.app.db.read().await.unwrap();
        on!(&mut tx, c => sqlx::query_scalar("select count(*) from outbox_messages").fetch_one(c).await).unwrap()
    }

    #[tokio::test]
    async fn each_of_thirty_seven_and_one_days_is_told_once_in_the_app_and_by_mail() {
        for test in test_apps(&[]).await {
            let owner = plan_month(&test, 31).await;
            let db = &test.app.db;
            for (day, told) in [(0, false), (1, true), (2, false), (24, true), (25, false), (30, true), (30, false)] {
                let at = NOW.plus(DAY * day);
                assert_eq!(!announce_expiries(db, at).await.unwrap().is_empty(), told, "day {day}");
                assert!(announce_expiries(db, at).await.unwrap().is_empty(), "day {day}, again");
            }
            assert_eq!(keys(&test, &owner).await, ["1"], "the nearest notice takes the place of those before it");
            assert_eq!(mails(&test).await, 3);
            let page = owner.get("/campaigns").await.body;
            assert!(page.contains("500 credits will expire on 23 Dec 2026"), "{page}");
            assert_eq!(expire_everywhere(db, NOW.plus(DAY * 31)).await.unwrap(), [owner.workspace]);
            assert!(announce_expiries(db, NOW.plus(DAY * 32)).await.unwrap().is_empty());
            assert!(
                expire_everywhere(db, NOW.plus(DAY * 32)).await.unwrap().is_empty(),
                "a second sweep changes nothing"
            );
        }
    }

    #[tokio::test]
    async fn the_day_is_that_of_the_workspace() {
        for test in test_apps(&[]).await {
            let owner = plan_month(&test, 1).await; // until 23 November 2026, 09:36:30 UTC
            let mut tx = test.app.db.write().await.unwrap();
            on!(&mut tx, c => sqlx::query("update workspaces set time_zone = 'Pacific/Auckland'").execute(c).await.map(drop))
                .unwrap();
            // Half an hour after midnight there.
            let end = NOW.plus(DAY).plus(Duration::from_secs(2 * 60 * 60 - 6 * 60 - 30));
            on!(&mut tx, c => sqlx::query("update credit_lots set expires_at = $1").bind(end).execute(c).await.map(drop)).unwrap();
            tx.commit().await.unwrap();
            announce_expiries(&test.app.db, NOW.plus(Duration::from_secs(3 * 60 * 60))).await.unwrap();
            let page = owner.get("/campaigns").await.body;
            assert!(page.contains("500 credits will expire on 24 Nov 2026"), "{page}");
            assert!(page.contains("until 24 Nov 2026, 00:30 (Pacific/Auckland)"), "{page}");
        }
    }

    #[tokio::test]
    async fn a_server_that_slept_tells_only_the_nearest_step_and_two_servers_tell_it_once() {
        for test in test_apps(&[]).await {
            let owner = plan_month(&test, 31).await;
            let at = NOW.plus(DAY * 27);
            let rounds = (0..4).map(|_| announce_expiries(&test.app.db, at));
            let told: usize = futures::future::join_all(rounds).await.into_iter().map(|told| told.unwrap().len()).sum();
            assert_eq!(told, 1);
            assert_eq!((keys(&test, &owner).await, mails(&test).await), (vec!["7".to_owned()], 1));
        }
    }

    async fn use_up(test: &TestApp, owner: &Browser, credits: i64, key: &str) {
        let mut tx = test.app.db.write().await.unwrap();
        let credits = Credits::new(credits).unwrap();
        let used = Revoke { order: None, credits, reason: "Used".into(), actor: Actor::System, key: key.into() };
        revoke(&mut tx, owner.workspace, &used, NOW).await.unwrap();
        tx.commit().await.unwrap();
    }

    #[tokio::test]
    async fn an_announcement_is_taken_back_when_its_lot_was_used_up() {
        for test in test_apps(&[]).await {
            let owner = plan_month(&test, 31).await;
            let (db, at) = (&test.app.db, NOW.plus(DAY * 25));
            announce_expiries(db, at).await.unwrap();
            use_up(&test, &owner, 300, "some").await;
            assert!(withdraw_used_up(db, at).await.unwrap().is_empty(), "200 are left");
            assert_eq!(keys(&test, &owner).await, ["7"]);
            use_up(&test, &owner, 200, "rest").await;
            assert_eq!(withdraw_used_up(db, at).await.unwrap(), [owner.workspace]);
            assert!(withdraw_used_up(db, at).await.unwrap().is_empty());
            assert!(keys(&test, &owner).await.is_empty());
            assert!(!owner.get("/campaigns").await.body.contains("will expire"));
        }
    }

    #[tokio::test]
    async fn a_lot_that_was_used_up_is_not_announced() {
        for test in test_apps(&[]).await {
            let owner = plan_month(&test, 31).await;
            use_up(&test, &owner, 500, "all").await;
            assert!(announce_expiries(&test.app.db, NOW.plus(DAY * 28)).await.unwrap().is_empty());
        }
    }
}
