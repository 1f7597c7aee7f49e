//! Starting, pausing and ending on both databases, and what is read about it.

use std::time::Duration;

use super::{
    event::EventKind,
    facts, heartbeat,
    note::{note, progress},
    why::{Reason, SendingState},
    *,
};
use crate::{
    accounts::WorkspaceId,
    app::testing::{Browser, NOW, TestApp, test_apps},
    campaigns::{
        self, CampaignName,
        campaign::campaign,
        ids::{LeadId, ListId},
    },
    directory::Criteria,
    ids::CampaignId,
    on,
    outreach::ids::{MailboxId, SendId, StepId, TextId, VariantId},
    server::{clock::Instant, db::Tx, select::together},
};

/// A workspace with a campaign that is ready to start, and one lead in it.
pub struct World {
    pub owner: Browser,
    pub campaign: CampaignId,
    pub mailbox: MailboxId,
    pub step: StepId,
    pub lead: LeadId,
}

macro_rules! run {
    ($tx:expr, $sql:expr $(, $value:expr)*) => {
        on!($tx, c => sqlx::query($sql)$(.bind($value))*.execute(c).await.map(drop)).unwrap()
    };
}
pub(crate) use run;

pub async fn world(test: &TestApp) -> World {
    let owner = test.sign_in().await;
    let mut tx = test.app.db.write().await.unwrap();
    let name = CampaignName::parse("Autumn").unwrap();
    let campaign =
        campaigns::create(&mut tx, owner.workspace, owner.user, &name, &Criteria::default(), NOW).await.unwrap();
    let (mailbox, step, text, variant) = (MailboxId::new(), StepId::new(), TextId::new(), VariantId::new());
    let w = owner.workspace;
    run!(&mut tx, "insert into mailboxes (workspace_id, id, kind, address, sender_name, time_zone, daily_cap, gap_min_s, gap_max_s,
             spread, state, state_since, created_by, created_at)
         values ($1, $2, 'outbox', 'jo@acme.example', 'Jo', 'Europe/Berlin', 30, 60, 180, $4, 'active', 0, $3, 0)",
        w, mailbox, owner.user, false);
    run!(&mut tx, "insert into outreach_settings (workspace_id, postal_address) values ($1, '1 Main Street')", w);
    run!(
        &mut tx,
        "insert into campaign_sending (workspace_id, campaign_id, since, time_zone) values ($1, $2, 0, 'Europe/Berlin')",
        w,
        campaign
    );
    for weekday in 1..=7_i64 {
        run!(
            &mut tx,
            "insert into campaign_windows (workspace_id, campaign_id, weekday, from_minute, to_minute)
             values ($1, $2, $3, 0, 1440)",
            w,
            campaign,
            weekday
        );
    }
    run!(
        &mut tx,
        "insert into campaign_mailboxes (workspace_id, campaign_id, mailbox_id) values ($1, $2, $3)",
        w,
        campaign,
        mailbox
    );
    run!(
        &mut tx,
        "insert into steps (workspace_id, id, campaign_id, position, delay_days) values ($1, $2, $3, 1, 0)",
        w,
        step,
        campaign
    );
    run!(
        &mut tx,
        "insert into texts (workspace_id, id, step_id, subject, body, made_by, created_at)
         values ($1, $2, $3, 'Hello', 'Hi there', $4, 0)",
        w,
        text,
        step,
        owner.user
    );
    run!(
        &mut tx,
        "insert into variants (workspace_id, id, step_id, letter, weight, text_id) values ($1, $2, $3, 'A', 1, $4)",
        w,
        variant,
        step,
        text
    );
    let lead = add_lead(&mut tx, w, campaign, "mara@corp.example").await;
    tx.commit().await.unwrap();
    heartbeat::give(&test.app.db, NOW).await.unwrap();
    World { owner, campaign, mailbox, step, lead }
}

/// A lead of an own list.
pub async fn add_lead(tx: &mut Tx, w: WorkspaceId, campaign: CampaignId, email: &str) -> LeadId {
    let (lead, list) = (LeadId::new(), ListId::new());
    run!(
        &mut *tx,
        "insert into own_lists (workspace_id, id, campaign_id, file_name, bytes, stored_as, state, duplicates, format, mapping,
             created_by, created_at)
         select $1, $2, $3, 'people.csv', 1, '', 'done', 'campaign', '{}', '{}', user_id, 0 from members where workspace_id = $1
         order by created_at, user_id limit 1",
        w,
        list,
        campaign
    );
    run!(
        &mut *tx,
        "insert into leads (workspace_id, id, email, email_status, first_name, last_name, title, departments, company, domain,
             industry, country, region, city, linkedin, phone, search_text, delivered_at, list_id, revealed_at)
         values ($1, $2, $3, 'verified', 'Mara', 'Quill', 'CEO', '[]', 'Corp', 'corp.example', '', 'Spain', '', '', '', '', '',
             0, $4, 0)",
        w,
        lead,
        email,
        list
    );
    run!(
        &mut *tx,
        "insert into campaign_leads (workspace_id, campaign_id, lead_id, added_at) values ($1, $2, $3, 0)",
        w,
        campaign,
        lead
    );
    run!(&mut *tx, "update campaigns set leads = leads + 1 where workspace_id = $1 and id = $2", w, campaign);
    lead
}

impl World {
    pub fn page(&self, path: &str) -> String {
        format!("/campaigns/{}{path}", self.campaign)
    }

    /// The lead enters the sequence, in `state`.
    pub async fn enrol(&self, tx: &mut Tx, state: &str) {
        run!(&mut *tx, "insert into enrolments (workspace_id, campaign_id, lead_id, recipient_key, canonical_key, place, state, since,
                 due_at, next_step_id, mailbox_id)
             values ($1, $2, $3, $4, $4, 1, $5, 0, case when $5 = 'active' then cast($6 as bigint) end, $7, $8)",
            self.owner.workspace, self.campaign, self.lead, vec![7_u8; 32], state,
            NOW.plus(Duration::from_secs(86_400)), self.step, (state != "waiting").then_some(self.mailbox));
        run!(
            &mut *tx,
            "update campaign_leads set enrolled = $3 where workspace_id = $1 and campaign_id = $2",
            self.owner.workspace,
            self.campaign,
            true
        );
    }

    /// A mail of the first step in `state`.
    pub async fn send(&self, tx: &mut Tx, state: &str) -> SendId {
        let id = SendId::new();
        run!(&mut *tx, "insert into sends (workspace_id, id, kind, campaign_id, lead_id, step_id, mailbox_id, recipient_key, canonical_key,
                 message_id, state, state_since, lease_until, fence)
             values ($1, $2, 'step', $3, $4, $5, $6, $7, $7, 'x', $8, 0, 9, 1)",
            self.owner.workspace, id, self.campaign, self.lead, self.step, self.mailbox, vec![7_u8; 32], state);
        id
    }

    async fn reason(&self, test: &TestApp) -> Reason {
        let mut tx = test.app.db.read().await.unwrap();
        progress(&mut tx, self.owner.workspace, self.campaign, NOW).await.unwrap().1.reason
    }

    async fn noted(&self, test: &TestApp) -> Option<(String, Instant)> {
        let mut tx = test.app.db.read().await.unwrap();
        progress(&mut tx, self.owner.workspace, self.campaign, NOW).await.unwrap().0.noted
    }

    async fn events(&self, test: &TestApp) -> Vec<EventKind> {
        on!(&mut test.app.db.read().await.unwrap(), c => sqlx::query_scalar(
            "select kind from outreach_events where workspace_id = $1 and campaign_id = $2 order by id")
            .bind(self.owner.workspace).bind(self.campaign).fetch_all(c).await)
        .unwrap()
    }
}

#[tokio::test]
async fn a_campaign_starts_pauses_resumes_and_ends_once_each() {
    for test in test_apps(&[]).await {
        let world = world(&test).await;
        assert_eq!(world.reason(&test).await, Reason::Draft);
        for path in ["/pause", "/resume", "/end"] {
            assert_eq!(world.owner.post(&world.page(path), &[]).await.status.as_u16(), 409, "{path} of a draft");
        }
        for path in ["/start", "/start", "/pause", "/pause", "/resume", "/resume", "/end", "/end"] {
            let answer = world.owner.post(&world.page(path), &[]).await;
            assert_eq!(answer.location, world.page(""), "{path}: {answer:?}");
        }
        assert_eq!(world.owner.post(&world.page("/start"), &[]).await.status.as_u16(), 409, "for good");
        let kinds = [EventKind::Started, EventKind::Paused, EventKind::Resumed, EventKind::Ended];
        assert_eq!(world.events(&test).await, kinds);
        assert_eq!(world.noted(&test).await, Some(("ended".into(), NOW)));
        assert!(matches!(world.reason(&test).await, Reason::Ended { by: Some(_), .. }));
        let state = campaign(&mut test.app.db.read().await.unwrap(), world.owner.workspace, world.campaign)
            .await
            .unwrap()
            .state;
        assert_eq!(state, campaigns::CampaignState::Active, "it has left the wizard");
    }
}

#[tokio::test]
async fn a_campaign_that_lacks_something_does_not_start() {
    for test in test_apps(&[]).await {
        let world = world(&test).await;
        let mut tx = test.app.db.write().await.unwrap();
        run!(
            &mut tx,
            "update outreach_settings set postal_address = '' where workspace_id = $1",
            world.owner.workspace
        );
        run!(&mut tx, "update leads set country = 'Germany' where workspace_id = $1", world.owner.workspace);
        tx.commit().await.unwrap();
        assert_eq!(world.owner.post(&world.page("/start"), &[]).await.status.as_u16(), 409);
        let page = world.owner.get(&world.page("/checklist")).await.body;
        assert!(page.contains("The address is missing") && page.contains("1 lead lives where"), "{page}");
        assert!(page.contains("2 things are missing"), "{page}");
        let confirm = world.owner.post(&world.page("/checklist"), &[("confirm", "lawful_basis")]).await;
        assert_eq!(confirm.location, world.page("/checklist"));
        let page = world.owner.get(&world.page("/checklist")).await.body;
        assert!(page.contains("Confirmed by Uma Rossi") && page.contains("1 thing is missing"), "{page}");
        assert_eq!(world.reason(&test).await, Reason::Draft);
    }
}

#[tokio::test]
async fn a_pause_gives_back_what_is_not_being_handed_over() {
    for test in test_apps(&[]).await {
        let world = world(&test).await;
        world.owner.post(&world.page("/start"), &[]).await;
        let mut tx = test.app.db.write().await.unwrap();
        let send = world.send(&mut tx, "claimed").await;
        tx.commit().await.unwrap();
        world.owner.post(&world.page("/pause"), &[]).await;
        let (state, fence): (String, i64) = on!(&mut test.app.db.read().await.unwrap(), c => sqlx::query_as(
            "select state, fence from sends where id = $1").bind(send).fetch_one(c).await)
        .unwrap();
        assert_eq!((state.as_str(), fence), ("queued", 2));
    }
}

#[tokio::test]
async fn ending_stops_every_open_sequence_and_cancels_its_mail() {
    for test in test_apps(&[]).await {
        let world = world(&test).await;
        world.owner.post(&world.page("/start"), &[]).await;
        let mut tx = test.app.db.write().await.unwrap();
        world.enrol(&mut tx, "active").await;
        let send = world.send(&mut tx, "queued").await;
        tx.commit().await.unwrap();
        world.owner.post(&world.page("/end"), &[]).await;
        let mut tx = test.app.db.read().await.unwrap();
        let (facts, _) = progress(&mut tx, world.owner.workspace, world.campaign, NOW).await.unwrap();
        assert_eq!((facts.state, facts.tally.stopped, facts.tally.unmailed), (SendingState::Ended, 1, 1));
        let state: String = on!(&mut tx, c => sqlx::query_scalar("select state from sends where id = $1")
            .bind(send).fetch_one(c).await)
        .unwrap();
        assert_eq!(state, "cancelled");
    }
}

#[tokio::test]
async fn a_campaign_finishes_when_every_lead_has_an_outcome_and_none_can_come() {
    for test in test_apps(&[]).await {
        let world = world(&test).await;
        world.owner.post(&world.page("/start"), &[]).await;
        let (w, id) = (world.owner.workspace, world.campaign);
        let mut tx = test.app.db.write().await.unwrap();
        assert!(!finish_if_done(&mut tx, w, id, NOW).await.unwrap(), "its lead is not in the sequence yet");
        world.enrol(&mut tx, "active").await;
        assert!(!finish_if_done(&mut tx, w, id, NOW).await.unwrap(), "a follow-up is to come");
        run!(&mut tx, "update enrolments set state = 'finished', due_at = null where workspace_id = $1", w);
        assert!(finish_if_done(&mut tx, w, id, NOW).await.unwrap());
        assert!(!finish_if_done(&mut tx, w, id, NOW).await.unwrap(), "once");
        tx.commit().await.unwrap();
        assert_eq!(world.reason(&test).await, Reason::Completed { leads: 1, mails: 0, unmailed: 0 });
        assert_eq!(world.events(&test).await, [EventKind::Started, EventKind::Finished]);
    }
}

#[tokio::test]
async fn since_when_it_waits_is_kept_until_the_code_changes() {
    for test in test_apps(&[]).await {
        let world = world(&test).await;
        world.owner.post(&world.page("/start"), &[]).await;
        let (w, id) = (world.owner.workspace, world.campaign);
        let first = world.noted(&test).await.unwrap();
        let later = NOW.plus(Duration::from_secs(60));
        let mut tx = test.app.db.write().await.unwrap();
        note(&mut tx, w, id, later).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(world.noted(&test).await.unwrap(), first, "the same code");
        let mut tx = test.app.db.write().await.unwrap();
        run!(&mut tx, "update mailboxes set state = 'paused' where workspace_id = $1", w);
        run!(&mut tx, "insert into campaign_zones (workspace_id, campaign_id, zone, opens_at, closes_at) values ($1, $2, '', 0, $3)
             on conflict do nothing", w, id, later.plus(Duration::from_secs(60)));
        note(&mut tx, w, id, later).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(world.noted(&test).await.unwrap(), ("mailbox_paused".into(), later));
    }
}

#[tokio::test]
async fn the_facts_are_those_of_the_rows() {
    for test in test_apps(&[]).await {
        let world = world(&test).await;
        world.owner.post(&world.page("/start"), &[]).await;
        let (w, id) = (world.owner.workspace, world.campaign);
        let mut tx = test.app.db.write().await.unwrap();
        world.enrol(&mut tx, "active").await;
        run!(&mut tx, "update enrolments set due_at = $2 where workspace_id = $1", w, NOW);
        run!(&mut tx, "delete from campaign_zones where workspace_id = $1", w);
        run!(
            &mut tx,
            "insert into campaign_zones (workspace_id, campaign_id, zone, opens_at, closes_at) values ($1, $2, '', $3, $4)",
            w,
            id,
            NOW,
            NOW.plus(Duration::from_secs(60))
        );
        let day = facts::day_in("Europe/Berlin", NOW);
        run!(&mut tx, "insert into send_days (workspace_id, scope, subject, day, used) values ($1, 'mailbox', unhex(hex($2)), $3, 4),
             ($1, 'campaign', unhex(hex($4)), $3, 3), ($1, 'campaign_new', unhex(hex($4)), $3, 2), ($1, 'workspace', unhex(''), $3, 9),
             ($1, 'workspace', unhex(''), $3 - 1, 90)", w, world.mailbox, day, id);
        run!(&mut tx, "insert into outcome_days (workspace_id, scope, subject, day, sent) values ($1, 'campaign', unhex(hex($2)), 1, 5),
             ($1, 'campaign', unhex(hex($2)), 2, 6)", w, id);
        tx.commit().await.unwrap();
        let mut tx = test.app.db.read().await.unwrap();
        let (facts, _) = progress(&mut tx, w, id, NOW).await.unwrap();
        assert_eq!((facts.sent, facts.leads, facts.tally.active, facts.is_open), (11, 1, 1, true));
        let mailbox = &facts.mailboxes[0];
        assert_eq!((mailbox.used, mailbox.campaign_used, mailbox.new_used, mailbox.workspace_used), (4, 3, 2, 9));
        assert_eq!((mailbox.cap, mailbox.due, mailbox.active), (30, 1, 1));
        assert!(matches!(world.reason(&test).await, Reason::Healthy { .. }));
        let all = together(&mut tx, facts::select_all(w, NOW)).await.unwrap();
        assert_eq!(all[&id], facts, "the list of campaigns reads the same");
        let stranger = test.sign_in().await;
        assert!(together(&mut tx, facts::select_all(stranger.workspace, NOW)).await.unwrap().is_empty());
    }
}
