//! The way out, from the link to what no longer leaves, on every database at hand.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Request, StatusCode},
};

use super::url;
use crate::{
    accounts::WorkspaceId,
    app::testing::{Answer, Browser, NOW, TestApp, test_apps},
    campaigns::{
        LeadCount, LeadOrder, RequestLeads,
        ids::LeadId,
        requests::{
            tests::{add_campaign, add_contacts},
            worker,
        },
    },
    credits::{self, CampaignId, join},
    directory::Directory,
    email::Email,
    on,
    outreach::ids::{MailboxId, SendId, StepId},
    server::{clock::Instant, jobs::Round},
    suppression::{Cause, Reason, Subject, SuppressionKeys, suppress},
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A workspace that writes to one person in two campaigns, and to another one.
struct World {
    test: TestApp,
    browser: Browser,
    campaigns: [CampaignId; 2],
    uma: LeadId,
    bo: LeadId,
    /// A mail to Uma that left, and one that has not.
    sent: SendId,
    queued: SendId,
}

async fn worlds() -> Vec<World> {
    let mut worlds = Vec::new();
    for test in test_apps(&[]).await {
        worlds.push(world(test).await);
    }
    worlds
}

async fn world(test: TestApp) -> World {
    let browser = test.sign_in().await;
    let (app, member) = (&test.app, browser.member());
    add_contacts(&app.db, 2).await;
    app.of::<Directory>().catch_up(&app.db, &app.clock).await.unwrap();
    let campaigns = [add_campaign(app, &member).await, add_campaign(app, &member).await];
    let mut tx = app.db.write().await.unwrap();
    credits::grant_signup_promotion(&mut tx, browser.workspace, NOW).await.unwrap();
    let order = LeadOrder {
        campaign: campaigns[0],
        quantity: LeadCount::of(2).unwrap(),
        look: None,
        most: None,
        key: "a".into(),
    };
    join(&mut tx, &RequestLeads { member, order, at: NOW }).await.unwrap();
    tx.commit().await.unwrap();
    while worker::turn(app.clone()).await.unwrap() == Round::Worked {}
    let mut tx = app.db.read().await.unwrap();
    let leads: Vec<LeadId> = on!(&mut tx, c => sqlx::query_scalar(
        "select id from leads where workspace_id = $1 order by email").bind(browser.workspace).fetch_all(c).await)
    .unwrap();
    drop(tx);
    let [uma, bo] = leads[..] else { panic!("two leads are wanted: {leads:?}") };
    let (sent, queued) = (SendId::new(), SendId::new());
    let world = World { test, browser, campaigns, uma, bo, sent, queued };
    world.write_mails().await;
    world
}

impl World {
    /// What the scheduler has written so far: one mail to Uma left, the next one is due; in the other campaign one has its slot.
    async fn write_mails(&self) {
        let (mailbox, workspace) = (MailboxId::new(), self.browser.workspace);
        let mut tx = self.test.app.db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query(
            "insert into mailboxes (workspace_id, id, kind, address, sender_name, time_zone, daily_cap, gap_min_s, gap_max_s, spread,
                 state, state_since, created_by, created_at)
             values ($1, $2, 'outbox', 'jo@acme.example', 'Jo', 'UTC', 30, 0, 0, $4, 'active', 0, $3, 0)")
            .bind(workspace).bind(mailbox).bind(self.browser.user).bind(false).execute(c).await.map(drop))
        .unwrap();
        for (campaign, send, state) in
            [(self.campaigns[0], self.sent, "sent"), (self.campaigns[1], self.queued, "queued")]
        {
            let step = StepId::new();
            on!(&mut tx, c => sqlx::query(
                "insert into campaign_sending (workspace_id, campaign_id, state, since, language, time_zone) values ($1, $2, 'running', 0, 'de', 'UTC')")
                .bind(workspace).bind(campaign).execute(c).await.map(drop))
            .unwrap();
            on!(&mut tx, c => sqlx::query(
                "insert into steps (workspace_id, id, campaign_id, position, delay_days) values ($1, $2, $3, 1, 0)")
                .bind(workspace).bind(step).bind(campaign).execute(c).await.map(drop))
            .unwrap();
            let [person, _] = self.keys();
            let slot = (send == self.sent).then_some(NOW);
            on!(&mut tx, c => sqlx::query(
                "insert into sends (workspace_id, id, kind, campaign_id, lead_id, step_id, mailbox_id, recipient_key, canonical_key,
                     message_id, state, state_since, sending_at, sent_at, slot_day)
                 values ($1, $2, 'step', $3, $4, $5, $6, $7, $7, $8, $9, 0, $10, $10, 20000)")
                .bind(workspace).bind(send).bind(campaign).bind(self.uma).bind(step).bind(mailbox).bind(person)
                .bind(send.to_string()).bind(state).bind(slot).execute(c).await.map(drop))
            .unwrap();
        }
        let [uma, bo] = self.keys();
        for (campaign, lead, key, state, due, begun) in [
            (self.campaigns[0], self.uma, uma, "active", Some(NOW.plus(3 * DAY)), Some(NOW)),
            (self.campaigns[1], self.uma, uma, "in_flight", None, None),
            (self.campaigns[0], self.bo, bo, "waiting", None, None),
        ] {
            on!(&mut tx, c => sqlx::query(
                "insert into enrolments (workspace_id, campaign_id, lead_id, recipient_key, canonical_key, domain_key, place, state, since,
                     due_at, begun_at, occupies)
                 values ($1, $2, $3, $4, $4, $9, 0, $5, 0, $6, $7, $8)")
                .bind(workspace).bind(campaign).bind(lead).bind(key).bind(state).bind(due).bind(begun).bind(begun.is_some())
                .bind(self.test.app.of::<SuppressionKeys>().domain("acorn.example")).execute(c).await.map(drop))
            .unwrap();
        }
        on!(&mut tx, c => sqlx::query(
            "insert into outcome_days (workspace_id, scope, subject, day, sent) values ($1, 'campaign', $2, 20000, 1)")
            .bind(workspace).bind(self.campaigns[0].0.as_bytes().to_vec()).execute(c).await.map(drop))
        .unwrap();
        tx.commit().await.unwrap();
    }

    fn keys(&self) -> [crate::suppression::Key; 2] {
        let key = |text: &str| self.test.app.of::<SuppressionKeys>().canonical(&text.parse::<Email>().unwrap());
        [key("person1@acorn.example"), key("person2@acorn.example")]
    }

    fn path(&self, send: SendId) -> String {
        let url = url(&self.test.app, self.browser.workspace, send);
        url.strip_prefix(self.test.app.config.public_url.as_str()).map(|path| format!("/{path}")).unwrap()
    }

    async fn get(&self, path: &str) -> Answer {
        self.test.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// As a mail program does it: from anywhere, without a session.
    async fn post(&self, path: &str, body: &'static str) -> Answer {
        let request = Request::post(path)
            .header("origin", "https://mail.example")
            .header("sec-fetch-site", "cross-site")
            .header("content-type", "application/x-www-form-urlencoded");
        self.test.send(request.body(Body::from(body)).unwrap()).await
    }

    /// State and code of each enrolment, and whether it is due: Uma's two, then Bo's.
    async fn sequences(&self) -> Vec<(String, Option<String>, Option<Instant>)> {
        let mut tx = self.test.app.db.read().await.unwrap();
        let mut rows = Vec::new();
        for (campaign, lead) in
            [(self.campaigns[0], self.uma), (self.campaigns[1], self.uma), (self.campaigns[0], self.bo)]
        {
            rows.push(on!(&mut tx, c => sqlx::query_as(
                "select state, code, due_at from enrolments where workspace_id = $1 and campaign_id = $2 and lead_id = $3")
                .bind(self.browser.workspace).bind(campaign).bind(lead).fetch_one(c).await).unwrap());
        }
        rows
    }

    async fn state_of(&self, send: SendId) -> (String, bool) {
        let mut tx = self.test.app.db.read().await.unwrap();
        on!(&mut tx, c => sqlx::query_as("select state, opted_out_at is not null from sends where workspace_id = $1 and id = $2")
            .bind(self.browser.workspace).bind(send).fetch_one(c).await)
        .unwrap()
    }

    /// Rows of the list, events of opt-outs, and opt-outs in the counts of the day.
    async fn counts(&self) -> (i64, i64, i64) {
        let mut tx = self.test.app.db.read().await.unwrap();
        on!(&mut tx, c => sqlx::query_as(
            "select (select count(*) from suppressions where workspace_id = $1),
                 (select count(*) from outreach_events where workspace_id = $1 and kind = 'unsubscribed'),
                 (select cast(sum(opt_outs) as bigint) from outcome_days where workspace_id = $1)")
            .bind(self.browser.workspace).fetch_one(c).await)
        .unwrap()
    }
}

fn stopped() -> (String, Option<String>, Option<Instant>) {
    ("stopped".into(), Some("unsubscribed".into()), None)
}

#[tokio::test]
async fn looking_changes_nothing_and_names_sender_and_masked_address_in_the_language_of_the_campaign() {
    for world in worlds().await {
        let page = world.get(&world.path(world.sent)).await;
        assert_eq!(page.status, StatusCode::OK);
        for words in ["E-Mails von Acme an p••@acorn.example abbestellen?", "lang=\"de\"", "noindex", "Nur diese Reihe"]
        {
            assert!(page.body.contains(words), "{words}: {}", page.body);
        }
        assert!(!page.body.contains("<script") && !page.body.contains("person1"));
        assert_eq!(world.counts().await, (0, 0, 0));
        assert_eq!(world.sequences().await[0].0, "active");
    }
}

#[tokio::test]
async fn one_click_stops_every_sequence_of_the_person_and_what_has_not_left_and_no_one_elses() {
    for world in worlds().await {
        let path = world.path(world.sent);
        for body in ["List-Unsubscribe=One-Click", "", "scope=workspace"] {
            let answer = world.post(&path, body).await;
            assert_eq!((answer.status, answer.location.as_str()), (StatusCode::OK, ""));
            assert!(answer.body.contains("Sie erhalten keine E-Mails mehr von Acme"), "{}", answer.body);
        }
        assert_eq!(world.sequences().await[..2], [stopped(), stopped()]);
        assert_eq!(world.sequences().await[2].0, "waiting", "another person");
        assert_eq!(world.state_of(world.queued).await, ("cancelled".into(), false));
        assert_eq!(world.state_of(world.sent).await, ("sent".into(), true));
        assert_eq!(world.counts().await, (1, 1, 1), "asked three times, done once");
        let list = world.browser.get("/settings/suppression").await.body;
        assert!(list.contains("person1@acorn.example") && list.contains("Unsubscribed"));
    }
}

#[tokio::test]
async fn undone_within_a_day_everything_continues_where_it_was() {
    for world in worlds().await {
        let path = world.path(world.sent);
        assert!(world.post(&path, "undo=yes").await.body.contains("nicht mehr rückgängig"), "nothing was done yet");
        world.post(&path, "").await;
        world.test.app.clock.advance(Duration::from_secs(60));
        let answer = world.post(&path, "undo=yes").await;
        assert!(answer.body.contains("Acme darf Ihnen wieder schreiben"), "{}", answer.body);
        let sequences = world.sequences().await;
        assert_eq!(sequences[0], ("active".into(), None, Some(NOW.plus(3 * DAY))), "due when it was");
        assert_eq!(sequences[1], ("waiting".into(), None, None), "its mail had not left");
        assert_eq!(world.counts().await, (0, 1, 0));
        assert_eq!(world.state_of(world.sent).await, ("sent".into(), false));

        world.post(&path, "").await;
        world.test.app.clock.advance(DAY);
        assert!(world.post(&path, "undo=yes").await.body.contains("nicht mehr rückgängig"), "a day later");
        assert_eq!(world.sequences().await[0], stopped());
    }
}

#[tokio::test]
async fn whoever_is_suppressed_for_another_reason_stays_stopped_when_they_undo() {
    for world in worlds().await {
        let path = world.path(world.sent);
        world.post(&path, "").await;
        let subject = Subject::parse(world.test.app.of(), "acorn.example").unwrap();
        let mut tx = world.test.app.db.write().await.unwrap();
        suppress(&mut tx, world.browser.workspace, &subject, &Cause::of(Reason::Legal), NOW).await.unwrap();
        tx.commit().await.unwrap();
        world.post(&path, "undo=yes").await;
        assert_eq!(world.sequences().await[..2], [stopped(), stopped()]);
    }
}

#[tokio::test]
async fn one_campaign_can_be_stopped_alone() {
    for world in worlds().await {
        let answer = world.post(&world.path(world.sent), "scope=campaign").await;
        assert!(answer.body.contains("dieser Reihe mehr von Acme"), "{}", answer.body);
        let sequences = world.sequences().await;
        assert_eq!((&sequences[0], sequences[1].0.as_str()), (&stopped(), "in_flight"));
        assert_eq!(world.state_of(world.queued).await.0, "queued");
        let answer = world.post(&world.path(world.sent), "scope=workspace").await;
        assert!(answer.body.contains("keine E-Mails mehr von Acme"));
        assert_eq!(world.sequences().await[1], stopped());
        world.post(&world.path(world.sent), "undo=yes").await;
        assert_eq!((world.counts().await.0, world.sequences().await[0].0.as_str()), (0, "active"));
    }
}

#[tokio::test]
async fn unknown_links_all_get_the_same_answers_and_write_nothing() {
    for world in worlds().await {
        let real = world.path(world.sent);
        let gone = url(&world.test.app, WorkspaceId::new(), SendId::new());
        let gone = gone.strip_prefix(world.test.app.config.public_url.as_str()).unwrap();
        let last = if real.ends_with('a') { "q" } else { "a" };
        let forged = [
            format!("{}{last}", &real[..real.len() - 1]),
            format!("/{gone}"),
            "/u/x".into(),
            format!("/u/{}", "a".repeat(68)),
        ];
        let (mut seen, mut done) = (Vec::new(), Vec::new());
        for path in &forged {
            let (page, answer) = (world.get(path).await, world.post(path, "List-Unsubscribe=One-Click").await);
            assert_eq!((page.status, answer.status), (StatusCode::OK, StatusCode::OK), "{path}");
            seen.push(page.body);
            done.push(answer.body);
        }
        assert!(seen.windows(2).all(|two| two[0] == two[1]) && done.windows(2).all(|two| two[0] == two[1]));
        assert!(!seen[0].contains("Acme") && done[0].contains("no more of these mails"));
        assert_eq!(world.counts().await, (0, 0, 0));
        let large = Box::leak("x".repeat(5_000).into_boxed_str());
        assert_eq!(world.post(&real, large).await.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(world.counts().await, (0, 0, 0));
    }
}

#[tokio::test]
async fn a_link_cannot_be_used_without_end() {
    for world in worlds().await {
        let path = world.path(world.sent);
        let mut statuses = Vec::new();
        for _ in 0..25 {
            statuses.push(world.post(&path, "").await.status);
        }
        assert_eq!(statuses.iter().filter(|status| **status == StatusCode::OK).count(), 20);
        assert_eq!(world.post(&world.path(world.queued), "").await.status, StatusCode::OK, "another link");
    }
}

#[tokio::test]
async fn people_added_in_the_settings_are_stopped_by_address_and_by_domain() {
    for world in worlds().await {
        let bo = [("people", "Person2+news@acorn.example")];
        assert_eq!(world.browser.post("/settings/suppression", &bo).await.status, StatusCode::SEE_OTHER);
        let suppressed = ("stopped".to_owned(), Some("suppressed".to_owned()), None);
        assert_eq!(
            (world.sequences().await[2].clone(), world.sequences().await[0].0.as_str()),
            (suppressed.clone(), "active")
        );
        world.browser.post("/settings/suppression", &[("people", "acorn.example")]).await;
        assert_eq!(world.sequences().await, vec![suppressed; 3]);
        assert_eq!(world.state_of(world.queued).await.0, "cancelled");
    }
}
