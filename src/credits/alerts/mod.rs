//! Telling a workspace that its credits run low (rule C21): once per crossing of a threshold, again after it recovered.

pub mod announce;
mod pages;
pub mod runway_view;
mod setting;
pub mod shown;
mod view;

pub(crate) use pages::routes;
pub use setting::{Alerts, LOW_USUAL, alerts, select_alerts, set_alerts};

use crate::{
    accounts::{
        WorkspaceId,
        notices::{self, Cause, Notice},
    },
    credits::{Balance, CreditError, Credits, Runway, usage::runway::runway},
    on,
    server::{
        clock::Instant,
        db::{Db, Tx},
        inconsistency::Inconsistency,
    },
    ui::{Tone, count_text, credits_text, plural},
};

/// Where alerts are set.
pub const ALERTS: &str = "/settings/cold-email-agent/alerts";
/// Workspaces looked at in one round.
const ROUND_MAX: i64 = 200;
const LOW: &str = "alert:credits";
const RUNWAY: &str = "alert:runway";
/// The message that requests wait for credits, which is about the same as these.
pub const OUT: &str = "no-credits";
/// As strong as it is that no credits are left.
pub const OUT_STRENGTH: i64 = 3;
const CAUSE: &str = "credits";
const PACKAGES: &str = "/settings/cold-email-agent#packages";

/// Compares every workspace in which credits moved since the last look, and each one once a day, because a pace changes
/// without movements too. Returns the workspaces whose messages changed.
///
/// # Errors
/// The database's.
pub async fn check_alerts(db: &Db, at: Instant) -> Result<Vec<WorkspaceId>, CreditError> {
    let moved = moved_since_last_look(&mut db.read().await?, at).await?;
    let mut told = Vec::new();
    for workspace in moved {
        let mut tx = db.write().await?;
        if check(&mut tx, workspace, at).await? {
            told.push(workspace);
        }
        tx.commit().await?;
    }
    Ok(told)
}

async fn moved_since_last_look(tx: &mut Tx, at: Instant) -> sqlx::Result<Vec<WorkspaceId>> {
    let today = Instant(at.micros().div_euclid(super::usage::runway::DAY_MICROS) * super::usage::runway::DAY_MICROS);
    on!(tx, c => sqlx::query_scalar(
        "select a.workspace_id from credit_accounts a left join credit_alerts s on s.workspace_id = a.workspace_id
         where a.next_seq > 1 and (s.checked_seq is null or s.checked_seq <> a.next_seq or s.checked_at < $1) limit $2")
        .bind(today).bind(ROUND_MAX).fetch_all(c).await)
}

/// Compares one workspace. The row of its alerts is locked first, so that two servers look one after the other.
async fn check(tx: &mut Tx, workspace: WorkspaceId, at: Instant) -> sqlx::Result<bool> {
    let usual = Alerts::default();
    let alerts: Alerts = on!(tx, c => sqlx::query_as(
        "insert into credit_alerts (workspace_id, low_on, low_credits, runway_on, runway_days) values ($1, $2, $3, $4, $5)
         on conflict (workspace_id) do update set low_on = credit_alerts.low_on
         returning low_on, low_credits, runway_on, runway_days")
        .bind(workspace).bind(usual.low_on).bind(usual.low_credits).bind(usual.runway_on).bind(usual.runway_days)
        .fetch_one(c).await)?;
    let seq: Option<i64> = on!(tx, c => sqlx::query_scalar("select next_seq from credit_accounts where workspace_id = $1")
        .bind(workspace).fetch_optional(c).await)?;
    let seq = seq.ok_or_else(|| Inconsistency::new("credit_accounts", "workspace_id", workspace))?;
    let balance = super::balance(tx, workspace).await?;
    let pace = runway(tx, workspace, balance.available, at).await?;
    if recovered_meanwhile(tx, workspace, alerts).await? {
        notices::withdraw(tx, workspace, LOW).await?;
    }
    let low = low_notice(tx, workspace, alerts, &balance, at).await?;
    let short = runway_notice(tx, workspace, alerts, pace, at).await?;
    on!(tx, c => sqlx::query("update credit_alerts set checked_seq = $2, checked_at = $3 where workspace_id = $1")
        .bind(workspace).bind(seq).bind(at).execute(c).await.map(drop))?;
    Ok(low || short)
}

/// Whether the line was reached again since the last look, however soon it was crossed anew: that is another crossing.
async fn recovered_meanwhile(tx: &mut Tx, workspace: WorkspaceId, alerts: Alerts) -> sqlx::Result<bool> {
    let above: i64 = on!(tx, c => sqlx::query_scalar(
        "select count(*) from credit_alerts s
         join credit_transfers t on t.workspace_id = s.workspace_id and t.seq >= s.checked_seq
         where s.workspace_id = $1 and t.available_after >= $2")
        .bind(workspace).bind(alerts.low_credits).fetch_one(c).await)?;
    Ok(above > 0)
}

/// The notice stands from the crossing until the balance has recovered: while it stands, the same key posts nothing.
async fn low_notice(
    tx: &mut Tx,
    workspace: WorkspaceId,
    alerts: Alerts,
    balance: &Balance,
    at: Instant,
) -> sqlx::Result<bool> {
    if !alerts.low_on || balance.available.get() >= alerts.low_credits {
        return notices::withdraw(tx, workspace, LOW).await;
    }
    let (title, text) = low_words(alerts, balance.available);
    let strength = if balance.available.is_zero() { OUT_STRENGTH } else { 2 };
    notices::post(tx, workspace, &warning(LOW, strength, &title, &text), at).await
}

fn low_words(alerts: Alerts, available: Credits) -> (String, String) {
    let title = match available.get() {
        0 => "No credits left".to_owned(),
        left => format!("Credits run low: {} left", count_text(left)),
    };
    let text = format!(
        "Fewer than {} are available. Buy credits before requests have to wait.",
        credits_text(alerts.low_credits)
    );
    (title, text)
}

async fn runway_notice(
    tx: &mut Tx,
    workspace: WorkspaceId,
    alerts: Alerts,
    pace: Runway,
    at: Instant,
) -> sqlx::Result<bool> {
    if !is_short(alerts, pace) {
        return notices::withdraw(tx, workspace, RUNWAY).await;
    }
    let (title, text) = short_words(alerts, pace);
    notices::post(tx, workspace, &warning(RUNWAY, 1, &title, &text), at).await
}

fn is_short(alerts: Alerts, pace: Runway) -> bool {
    alerts.runway_on && pace.days().is_some_and(|days| days < alerts.runway_days)
}

fn short_words(alerts: Alerts, pace: Runway) -> (String, String) {
    let days = plural(alerts.runway_days, "day", "days");
    let title = format!("Credits last fewer than {days}");
    let text = format!(
        "{} are available, and this workspace uses {} a day this week: {}.",
        credits_text(pace.available.get()),
        pace.pace_text(),
        pace.text()
    );
    (title, text)
}

fn warning<'a>(key: &'a str, strength: i64, title: &'a str, text: &'a str) -> Notice<'a> {
    Notice { key, tone: Tone::Warning, title, text, link: Some(PACKAGES), cause: Some(cause(strength)) }
}

/// Too few credits, as the cause of a message.
pub fn cause(strength: i64) -> Cause {
    Cause { name: CAUSE, strength, action: "Buy credits" }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        app::testing::{Browser, NOW, TestApp, test_apps},
        credits::{
            CampaignId, Capture, Credits, HoldFor, RequestId, grant_by_operator,
            ledger::rules::{capture::capture, hold::hold},
        },
    };

    async fn add(test: &TestApp, owner: &Browser, credits: i64, key: &str) {
        let mut tx = test.app.db.write().await.unwrap();
        let credits = Credits::new(credits).unwrap();
        grant_by_operator(&mut tx, owner.workspace, credits, "Test", None, key, NOW).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn spend(db: &Db, owner: &Browser, credits: i64, at: Instant) {
        let mut tx = db.write().await.unwrap();
        let purpose = HoldFor { request: RequestId::new(), campaign: CampaignId::new(), member: owner.user };
        hold(&mut tx, owner.workspace, purpose, Credits::new(credits).unwrap(), at).await.unwrap();
        let leads =
            Capture { request: purpose.request, leads: credits, price: Credits::new(1).unwrap(), key: "1".into() };
        let leads = Capture { key: format!("capture:{}", purpose.request), ..leads };
        capture(&mut tx, owner.workspace, &leads, at).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn mails(test: &TestApp) -> i64 {
        let mut tx = test.app.db.read().await.unwrap();
        on!(&mut tx, c => sqlx::query_scalar("select count(*) from outbox_messages").fetch_one(c).await).unwrap()
    }

    #[tokio::test]
    async fn one_alert_for_each_crossing_however_many_movements_and_servers_there_are() {
        for test in test_apps(&[]).await {
            let owner = test.sign_in().await;
            let alerts = Alerts { low_credits: 100, runway_on: false, ..Alerts::default() };
            let mut tx = test.app.db.write().await.unwrap();
            set_alerts(&mut tx, owner.workspace, alerts).await.unwrap();
            tx.commit().await.unwrap();
            for (expected, credits) in [(1, 200), (2, 130)] {
                add(&test, &owner, credits, &format!("round {expected}")).await;
                check_alerts(&test.app.db, NOW).await.unwrap();
                assert_eq!(mails(&test).await, expected - 1, "above the line nothing is said");
                let work = (0..12).map(|_| async {
                    spend(&test.app.db, &owner, 10, NOW).await;
                    check_alerts(&test.app.db, NOW).await.unwrap().len()
                });
                futures::future::join_all(work).await;
                check_alerts(&test.app.db, NOW).await.unwrap();
                assert_eq!(mails(&test).await, expected);
            }
            assert!(check_alerts(&test.app.db, NOW).await.unwrap().is_empty());
            let page = owner.get("/campaigns").await.body;
            assert!(page.contains("Credits run low: 90 left"), "the number of now: {page}");
            assert!(page.contains("Buy credits"), "the message has its button");
            // Paid for: the message is gone with the next page, not only after the next look.
            add(&test, &owner, 500, "more").await;
            assert!(!owner.get("/campaigns").await.body.contains("Credits run low"));
        }
    }

    #[tokio::test]
    async fn one_cause_is_one_message_and_one_mail_and_the_strongest_is_shown() {
        for test in test_apps(&[]).await {
            let owner = test.sign_in().await;
            add(&test, &owner, 400, "a").await;
            spend(&test.app.db, &owner, 400, NOW).await;
            let later = NOW.plus(Duration::from_secs(4 * 24 * 60 * 60));
            test.app.clock.advance(Duration::from_secs(4 * 24 * 60 * 60));
            check_alerts(&test.app.db, later).await.unwrap();
            let mut tx = test.app.db.write().await.unwrap();
            let out =
                Notice { key: OUT, title: "Out of credits", text: "Waiting.", ..warning(OUT, OUT_STRENGTH, "", "") };
            notices::post(&mut tx, owner.workspace, &out, later).await.unwrap();
            let rows: i64 =
                on!(&mut tx, c => sqlx::query_scalar("select count(*) from notices").fetch_one(c).await).unwrap();
            tx.commit().await.unwrap();
            assert_eq!((rows, mails(&test).await), (3, 1), "one mail for one event");
            let owner = test.sign_in_as(owner.workspace, crate::accounts::Role::Owner).await;
            let page = owner.get("/campaigns").await.body;
            assert_eq!(page.matches("/dismissal").count(), 1, "{page}");
            assert!(page.contains("Out of credits") && !page.contains("No credits left"));
            add(&test, &owner, 5, "few").await;
            let page = owner.get("/campaigns").await.body;
            assert!(page.contains("Credits run low: 5 left") && !page.contains("Out of credits"), "{page}");
        }
    }

    #[tokio::test]
    async fn a_new_workspace_is_not_warned_at_its_first_request() {
        for test in test_apps(&[]).await {
            let owner = test.sign_in().await;
            let mut tx = test.app.db.write().await.unwrap();
            crate::credits::grant_signup_promotion(&mut tx, owner.workspace, NOW).await.unwrap();
            let purpose = HoldFor { request: RequestId::new(), campaign: CampaignId::new(), member: owner.user };
            hold(&mut tx, owner.workspace, purpose, Credits::new(60).unwrap(), NOW).await.unwrap();
            tx.commit().await.unwrap();
            assert!(check_alerts(&test.app.db, NOW).await.unwrap().is_empty());
            assert!(owner.get(ALERTS).await.body.contains("20 until you change it"));
        }
    }

    #[tokio::test]
    async fn a_short_runway_is_told_and_taken_back_when_the_pace_slows() {
        for test in test_apps(&[]).await {
            let owner = test.sign_in().await;
            add(&test, &owner, 1_000, "a").await;
            spend(&test.app.db, &owner, 600, NOW).await;
            assert!(check_alerts(&test.app.db, NOW).await.unwrap().is_empty(), "too early to tell");
            let days = Duration::from_secs(3 * 24 * 60 * 60);
            test.app.clock.advance(days);
            assert_eq!(check_alerts(&test.app.db, NOW.plus(days)).await.unwrap(), [owner.workspace]);
            let owner = test.sign_in_as(owner.workspace, crate::accounts::Role::Owner).await;
            let page = owner.get("/campaigns").await.body;
            assert!(page.contains("Credits last fewer than 7 days"), "{page}");
            assert!(page.contains("about 2 days at this week’s pace"), "{page}");
            assert!(check_alerts(&test.app.db, NOW.plus(days)).await.unwrap().is_empty(), "looked at already");
            let later = NOW.plus(Duration::from_secs(8 * 24 * 60 * 60));
            assert_eq!(
                check_alerts(&test.app.db, later).await.unwrap(),
                [owner.workspace],
                "once a day without movements"
            );
            assert!(!owner.get("/campaigns").await.body.contains("Credits last fewer"));
        }
    }
}
