//! Schedules on both databases.

use super::{open_windows::Look, rules::*, types::*, *};
use crate::{
    accounts::WorkspaceId,
    app::testing::{Browser, NOW, TestApp, test_apps},
    campaigns::{self, CampaignName, ids::LeadId},
    directory::Criteria,
    ids::CampaignId,
    on,
    outreach::ids::MailboxId,
    server::{clock::Instant, db::Tx},
};

/// A campaign of the browser's workspace, past its draft.
pub(super) async fn add_campaign(test: &TestApp, browser: &Browser) -> CampaignId {
    let mut tx = test.app.db.write().await.unwrap();
    let name = CampaignName::parse("Autumn").unwrap();
    let id =
        campaigns::create(&mut tx, browser.workspace, browser.user, &name, &Criteria::default(), NOW).await.unwrap();
    on!(&mut tx, c => sqlx::query("update campaigns set state = 'active' where id = $1").bind(id).execute(c).await.map(drop))
        .unwrap();
    tx.commit().await.unwrap();
    id
}

/// An active mailbox in Berlin that sends 30 a day.
pub(super) async fn add_mailbox(test: &TestApp, browser: &Browser, address: &str) -> MailboxId {
    let id = MailboxId::new();
    let mut tx = test.app.db.write().await.unwrap();
    on!(&mut tx, c => sqlx::query(
        "insert into mailboxes (workspace_id, id, kind, address, sender_name, time_zone, daily_cap, gap_min_s, gap_max_s, spread,
             state, state_since, created_by, created_at)
         values ($1, $2, 'outbox', $3, 'Jo', 'Europe/Berlin', 30, 60, 180, $4, 'active', $5, $6, $5)")
        .bind(browser.workspace).bind(id).bind(address).bind(true).bind(NOW).bind(browser.user)
        .execute(c).await.map(drop))
    .unwrap();
    tx.commit().await.unwrap();
    id
}

/// A lead in an open sequence of a campaign.
pub(super) async fn enrol(
    tx: &mut Tx,
    (workspace, campaign): (WorkspaceId, CampaignId),
    state: &str,
    mailbox: Option<MailboxId>,
    zone: &str,
) -> LeadId {
    let lead = LeadId::new();
    let due = (state == "active").then_some(NOW);
    on!(tx, c => sqlx::query(
        "insert into enrolments (workspace_id, campaign_id, lead_id, recipient_key, canonical_key, zone, place, state, since, due_at,
             mailbox_id)
         values ($1, $2, $3, $4, $4, $5, 1, $6, $7, $8, $9)")
        .bind(workspace).bind(campaign).bind(lead).bind(lead.0.as_bytes().to_vec()).bind(zone).bind(state).bind(NOW).bind(due)
        .bind(mailbox).execute(c).await.map(drop))
    .unwrap();
    lead
}

pub(super) async fn set_running(tx: &mut Tx, campaign: CampaignId) {
    on!(tx, c => sqlx::query("update campaign_sending set state = 'running' where campaign_id = $1")
        .bind(campaign).execute(c).await.map(drop))
    .unwrap();
}

async fn zones(tx: &mut Tx, campaign: CampaignId) -> Vec<(String, String, String)> {
    let rows: Vec<(String, Instant, Instant)> = on!(tx, c => sqlx::query_as(
        "select zone, opens_at, closes_at from campaign_zones where campaign_id = $1 order by zone")
        .bind(campaign).fetch_all(c).await)
    .unwrap();
    rows.into_iter().map(|(zone, from, to)| (zone, from.rfc3339(), to.rfc3339())).collect()
}

fn row(zone: &str, from: &str, to: &str) -> (String, String, String) {
    (zone.into(), from.into(), to.into())
}

#[tokio::test]
async fn a_schedule_comes_back_as_it_was_kept() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let campaign = add_campaign(&test, &owner).await;
        let mailbox = add_mailbox(&test, &owner, "jo@acme.example").await;
        let mut tx = test.app.db.write().await.unwrap();
        assert_eq!(load(&mut tx, owner.workspace, campaign).await.unwrap(), None);
        let new = for_new_campaign(&mut tx, owner.workspace).await.unwrap();
        assert_eq!((new.time_zone.as_str(), new.week.windows.len(), new.mailboxes.len()), ("Europe/Berlin", 5, 1));
        let schedule = Schedule {
            language: Language::De,
            time_zone: "America/New_York".into(),
            week: Week {
                windows: vec![
                    Window { weekday: 1, from_minute: 540, to_minute: 720 },
                    Window { weekday: 1, from_minute: 780, to_minute: 1440 },
                ],
                days_off: [Day(20_800), Day(20_801)].into(),
                starts_on: Some(Day(20_790)),
                ends_on: Some(Day(20_999)),
            },
            lead_zones: true,
            daily_cap: Some(100),
            new_daily_cap: Some(20),
            recipient_domain_cap: Some(5),
            first: First::New,
            alone: false,
            stop_company: true,
            mailboxes: vec![ChosenMailbox { id: mailbox, state: ChosenState::On }],
        };
        for _ in 0..2 {
            save(&mut tx, owner.workspace, campaign, &schedule, NOW).await.unwrap();
            assert_eq!(load(&mut tx, owner.workspace, campaign).await.unwrap(), Some(schedule.clone()));
        }
        save(&mut tx, owner.workspace, campaign, &new, NOW).await.unwrap();
        assert_eq!(
            load(&mut tx, owner.workspace, campaign).await.unwrap(),
            Some(new),
            "nothing of the old one is left"
        );
        assert_eq!(zones(&mut tx, campaign).await, [], "it does not run");
    }
}

#[tokio::test]
async fn without_a_mailbox_a_new_campaign_is_in_utc() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let new = for_new_campaign(&mut test.app.db.read().await.unwrap(), owner.workspace).await.unwrap();
        assert_eq!((new.time_zone.as_str(), new.mailboxes.len()), ("UTC", 0));
    }
}

#[tokio::test]
async fn a_mailbox_that_is_taken_out_ends_its_conversations_first() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let campaign = add_campaign(&test, &owner).await;
        let (busy, idle) =
            (add_mailbox(&test, &owner, "a@acme.example").await, add_mailbox(&test, &owner, "b@acme.example").await);
        let mut tx = test.app.db.write().await.unwrap();
        let mut schedule = for_new_campaign(&mut tx, owner.workspace).await.unwrap();
        save(&mut tx, owner.workspace, campaign, &schedule, NOW).await.unwrap();
        let lead = enrol(&mut tx, (owner.workspace, campaign), "active", Some(busy), "").await;
        enrol(&mut tx, (owner.workspace, campaign), "stopped", Some(idle), "").await;
        schedule.mailboxes.clear();
        save(&mut tx, owner.workspace, campaign, &schedule, NOW).await.unwrap();
        let kept = load(&mut tx, owner.workspace, campaign).await.unwrap().unwrap();
        assert_eq!(kept.mailboxes, [ChosenMailbox { id: busy, state: ChosenState::Finishing }]);
        on!(&mut tx, c => sqlx::query("update enrolments set state = 'finished', due_at = null where lead_id = $1")
            .bind(lead).execute(c).await.map(drop))
        .unwrap();
        save(&mut tx, owner.workspace, campaign, &schedule, NOW).await.unwrap();
        assert_eq!(load(&mut tx, owner.workspace, campaign).await.unwrap().unwrap().mailboxes, []);
    }
}

#[tokio::test]
async fn the_next_window_of_a_running_campaign_is_kept_for_each_zone_of_its_leads() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let campaign = add_campaign(&test, &owner).await;
        let mailbox = add_mailbox(&test, &owner, "jo@acme.example").await;
        let mut tx = test.app.db.write().await.unwrap();
        let mut schedule = for_new_campaign(&mut tx, owner.workspace).await.unwrap();
        schedule.lead_zones = true;
        save(&mut tx, owner.workspace, campaign, &schedule, NOW).await.unwrap();
        set_running(&mut tx, campaign).await;
        for zone in ["Asia/Tokyo", "", "America/New_York", "Asia/Tokyo", "Mars/Olympus"] {
            enrol(&mut tx, (owner.workspace, campaign), "waiting", None, zone).await;
        }
        // Sunday, 22 November 2026, 9:36 UTC.
        let looks = open_windows(&mut tx, owner.workspace, campaign, NOW).await.unwrap();
        let expected = [
            row("", "2026-11-23T08:00:00Z", "2026-11-23T16:00:00Z"),
            row("America/New_York", "2026-11-23T14:00:00Z", "2026-11-23T22:00:00Z"),
            row("Asia/Tokyo", "2026-11-23T00:00:00Z", "2026-11-23T08:00:00Z"),
            row("Mars/Olympus", "2026-11-23T08:00:00Z", "2026-11-23T16:00:00Z"),
        ];
        assert_eq!(zones(&mut tx, campaign).await, expected, "Berlin where a zone is not known");
        let tokyo = Instant(NOW.micros() - NOW.micros() % 86_400_000_000 + 86_400_000_000);
        let chance = Chance::new(owner.workspace.0, mailbox.0, day(tokyo, &zone("Europe/Berlin").unwrap()));
        assert_eq!(looks, [Look { mailbox, at: first_look(tokyo, &chance) }]);
        wake(&mut tx, owner.workspace, &looks).await.unwrap();
        let look_at: Option<Instant> =
            on!(&mut tx, c => sqlx::query_scalar("select look_at from mailboxes where id = $1")
            .bind(mailbox).fetch_one(c).await)
            .unwrap();
        assert_eq!(look_at, Some(looks[0].at));

        schedule.lead_zones = false;
        save(&mut tx, owner.workspace, campaign, &schedule, NOW).await.unwrap();
        assert_eq!(zones(&mut tx, campaign).await, expected[..1]);
        let own: i64 =
            on!(&mut tx, c => sqlx::query_scalar("select count(*) from enrolments where zone = ''").fetch_one(c).await)
                .unwrap();
        assert_eq!(own, 5, "no lead is left in a zone that nothing opens");
    }
}

#[tokio::test]
async fn leads_of_too_many_zones_are_written_to_by_the_campaigns_own() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let campaign = add_campaign(&test, &owner).await;
        let mut tx = test.app.db.write().await.unwrap();
        let mut schedule = for_new_campaign(&mut tx, owner.workspace).await.unwrap();
        schedule.lead_zones = true;
        save(&mut tx, owner.workspace, campaign, &schedule, NOW).await.unwrap();
        set_running(&mut tx, campaign).await;
        for zone in zone_names().iter().take(45) {
            enrol(&mut tx, (owner.workspace, campaign), "waiting", None, zone).await;
        }
        open_windows(&mut tx, owner.workspace, campaign, NOW).await.unwrap();
        assert_eq!(zones(&mut tx, campaign).await.len(), 41);
        let without: i64 = on!(&mut tx, c => sqlx::query_scalar(
            "select count(*) from enrolments e where not exists (select 1 from campaign_zones z
             where z.campaign_id = e.campaign_id and z.zone = e.zone)").fetch_one(c).await)
        .unwrap();
        assert_eq!(without, 0);
    }
}

#[tokio::test]
async fn a_change_of_a_running_campaign_counts_at_once() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let campaign = add_campaign(&test, &owner).await;
        let mailbox = add_mailbox(&test, &owner, "jo@acme.example").await;
        let mut tx = test.app.db.write().await.unwrap();
        let mut schedule = for_new_campaign(&mut tx, owner.workspace).await.unwrap();
        save(&mut tx, owner.workspace, campaign, &schedule, NOW).await.unwrap();
        set_running(&mut tx, campaign).await;
        schedule.week.windows = vec![Window { weekday: 7, from_minute: 0, to_minute: 1440 }];
        save(&mut tx, owner.workspace, campaign, &schedule, NOW).await.unwrap();
        assert_eq!(zones(&mut tx, campaign).await, [row("", "2026-11-21T23:00:00Z", "2026-11-22T23:00:00Z")]);
        let look_at: Option<Instant> =
            on!(&mut tx, c => sqlx::query_scalar("select look_at from mailboxes where id = $1")
            .bind(mailbox).fetch_one(c).await)
            .unwrap();
        assert_eq!(look_at, Some(NOW), "the window is open");
        schedule.week.ends_on = Some(Day(20_000));
        save(&mut tx, owner.workspace, campaign, &schedule, NOW).await.unwrap();
        assert_eq!(zones(&mut tx, campaign).await, [], "its last day has passed");
        schedule =
            Schedule { time_zone: "Mars/Olympus".into(), week: Week { ends_on: None, ..schedule.week }, ..schedule };
        save(&mut tx, owner.workspace, campaign, &schedule, NOW).await.unwrap();
        assert_eq!(zones(&mut tx, campaign).await, [], "an unknown zone is not UTC");
    }
}

#[tokio::test]
async fn a_forecast_is_made_of_what_waits_what_is_due_and_what_left_today() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let campaign = add_campaign(&test, &owner).await;
        let mailbox = add_mailbox(&test, &owner, "jo@acme.example").await;
        let mut tx = test.app.db.write().await.unwrap();
        assert!(forecast_of(&mut tx, owner.workspace, campaign, NOW).await.unwrap().is_none());
        let schedule = for_new_campaign(&mut tx, owner.workspace).await.unwrap();
        save(&mut tx, owner.workspace, campaign, &schedule, NOW).await.unwrap();
        let steps = [crate::outreach::ids::StepId::new(), crate::outreach::ids::StepId::new()];
        for (position, step) in (1_i64..).zip(steps) {
            on!(&mut tx, c => sqlx::query(
                "insert into steps (workspace_id, id, campaign_id, position, delay_days) values ($1, $2, $3, $4, 3)")
                .bind(owner.workspace).bind(step).bind(campaign).bind(position).execute(c).await.map(drop))
            .unwrap();
        }
        enrol(&mut tx, (owner.workspace, campaign), "waiting", None, "").await;
        let active = enrol(&mut tx, (owner.workspace, campaign), "active", Some(mailbox), "").await;
        on!(&mut tx, c => sqlx::query("update enrolments set next_step_id = $2 where lead_id = $1")
            .bind(active).bind(steps[1]).execute(c).await.map(drop))
        .unwrap();
        on!(&mut tx, c => sqlx::query("insert into send_days (workspace_id, scope, subject, day, used) values ($1, 'mailbox', $2, $3, 12)")
            .bind(owner.workspace).bind(mailbox.0.as_bytes().to_vec()).bind(day(NOW, &zone("Europe/Berlin").unwrap()))
            .execute(c).await.map(drop))
        .unwrap();
        let (facts, forecast) = forecast_of(&mut tx, owner.workspace, campaign, NOW).await.unwrap().unwrap();
        assert_eq!((facts.waiting, facts.delays.len(), facts.mailboxes[0].used_today), (1, 1, 12));
        let days: Vec<_> = forecast.days.iter().map(|day| (day.follow_ups, day.openers)).collect();
        assert_eq!(days[..5], [(0, 0), (1, 1), (0, 0), (0, 0), (1, 0)]);
        let text = sentences(&facts, &forecast);
        let expected = [
            "1 mailbox: 30 a day.",
            "1 lead × 2 mails: first mail to the last lead about 23 Nov, all done about 26 Nov.",
        ];
        assert_eq!(text, expected);
    }
}
