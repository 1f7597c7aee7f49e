//! A workspace in which everything happened that leaves a row behind, made as the product makes it. For tests.

use std::time::Duration;

use super::tests::{completed, dispute, refunded, shops};
use crate::{
    app::testing::{Browser, TestApp},
    billing::{self, top_up::switch_on},
    campaigns::{
        Decide, LeadCount, LeadOrder, ReportLead, ReportReason, RequestLeads, ReturnLeads, Returning, bounced,
        ids::{LeadId, ReportId},
        requests::{
            finish::Cancel,
            returnable::ReturnRules,
            tests::{add_campaign, add_contacts},
            worker,
        },
    },
    credits::{
        self, Actor, CampaignId, Cap, CapId, CapPeriod, CapSubject, Credits, Grant, LotKind, RequestId, join, set_cap,
    },
    directory::Directory,
    on,
    server::jobs::Round,
    suppression::{Cause, Reason, Subject, suppress},
};

const DAY: Duration = Duration::from_secs(86_400);

/// One on each database. `between` happens after the first half.
pub(crate) async fn histories(between: impl AsyncFn(&TestApp)) -> Vec<(TestApp, Browser)> {
    let mut histories = Vec::new();
    for shop in shops().await {
        let (test, browser) = (&shop.test, &shop.browser);
        let paid = async |key: &str| {
            let (id, _) = shop.order(key).await;
            let session = shop.paid_session(id).await;
            shop.told(&completed(&session)).await;
            (id, session)
        };
        let mut tx = test.app.db.write().await.unwrap();
        credits::grant_signup_promotion(&mut tx, browser.workspace, test.app.clock.now()).await.unwrap();
        let package = billing::packages(&mut tx).await.unwrap()[0].id;
        let threshold = Credits::new(200).unwrap();
        switch_on(&mut tx, &browser.member(), package, threshold, 3, test.app.clock.now()).await.unwrap();
        let some = credits::grant(&mut tx, browser.workspace, expiring(), test.app.clock.now()).await;
        some.unwrap();
        tx.commit().await.unwrap();
        paid("kept").await;
        let (_, session) = paid("disputed").await;
        shop.told(&dispute(&session, "created", "needs_response")).await;
        let campaign = source(test, browser).await;
        between(test).await;
        let (_, session) = paid("partly refunded").await;
        shop.told(&refunded(&session, 1_225)).await;
        shop.subscribed(2).await;
        let (id, _) = paid("refunded").await;
        shop.refund(id).await;
        shop.work().await;
        deliver(test, browser, campaign).await;
        test.app.clock.advance(2 * DAY);
        credits::expire_everywhere(&test.app.db, test.app.clock.now()).await.unwrap();
        histories.push((shop.test, shop.browser));
    }
    histories
}

/// Credits that are gone a day later.
fn expiring() -> Grant {
    Grant {
        kind: LotKind::Plan,
        credits: Credits::new(300).unwrap(),
        expires_at: Some(crate::app::testing::NOW.plus(DAY)),
        order: None,
        reason: "Test".into(),
        actor: Actor::System,
        key: "expiring".into(),
    }
}

/// People in the directory, caps, and a first delivery.
async fn source(test: &TestApp, browser: &Browser) -> CampaignId {
    let (app, member) = (&test.app, browser.member());
    add_contacts(&app.db, 60).await;
    app.of::<Directory>().catch_up(&app.db, &app.clock).await.unwrap();
    let campaign = add_campaign(app, &member).await;
    let mut tx = app.db.write().await.unwrap();
    let cap = Cap {
        id: CapId::new(),
        subject_kind: CapSubject::Campaign,
        subject_id: Some(campaign.0),
        period: CapPeriod::Month,
        credits: Credits::new(1_000).unwrap(),
        set_by: browser.user,
        set_at: app.clock.now(),
    };
    set_cap(&mut tx, browser.workspace, &cap).await.unwrap();
    let subject = Subject::parse(app.of(), "person3@acorn.example").unwrap();
    suppress(&mut tx, browser.workspace, &subject, &Cause::of(Reason::Person), app.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    request(test, browser, campaign, 10).await;
    work(test).await;
    campaign
}

async fn request(test: &TestApp, browser: &Browser, campaign: CampaignId, leads: i64) -> RequestId {
    let (quantity, key) = (LeadCount::of(leads).unwrap(), format!("{leads} leads"));
    let order = LeadOrder { campaign, quantity, look: None, most: None, key };
    let deed = RequestLeads { member: browser.member(), order, at: test.app.clock.now() };
    let mut tx = test.app.db.write().await.unwrap();
    let request = join(&mut tx, &deed).await.unwrap();
    tx.commit().await.unwrap();
    request
}

async fn work(test: &TestApp) {
    while worker::turn(test.app.clone()).await.unwrap() == Round::Worked {}
}

/// Leads that are returned, reported and bounce, a request that is cancelled and one that waits.
async fn deliver(test: &TestApp, browser: &Browser, campaign: CampaignId) {
    let (at, member) = (test.app.clock.now(), browser.member());
    request(test, browser, campaign, 15).await;
    work(test).await;
    let mut tx = test.app.db.write().await.unwrap();
    let leads: Vec<LeadId> = on!(&mut tx, c => sqlx::query_scalar(
        "select id from leads where workspace_id = $1 order by id desc").bind(browser.workspace).fetch_all(c).await)
    .unwrap();
    for lead in &leads[..3] {
        let returned = ReturnLeads {
            member: member.clone(),
            what: Returning::Lead(*lead),
            rules: ReturnRules { hours: 24, percent: 20 },
            at,
        };
        join(&mut tx, &returned).await.unwrap();
    }
    let (reason, note) = (ReportReason::ALL[0].0, String::new());
    let report = ReportLead { member: member.clone(), lead: leads[3], reason, note, automatic_max: 4, at };
    join(&mut tx, &report).await.unwrap();
    let open: Vec<ReportId> = on!(&mut tx, c => sqlx::query_scalar(
        "select id from lead_reports where state = 'open' and workspace_id = $1")
        .bind(browser.workspace).fetch_all(c).await)
    .unwrap();
    for report in open {
        let (workspace, operator) = (browser.workspace, browser.user);
        join(&mut tx, &Decide { workspace, report, declined: None, operator, at }).await.unwrap();
    }
    bounced(&mut tx, test.app.of(), browser.workspace, leads[4], "5.1.1", at).await.unwrap();
    tx.commit().await.unwrap();
    let cancelled = request(test, browser, campaign, 20).await;
    let mut tx = test.app.db.write().await.unwrap();
    join(&mut tx, &Cancel { member, request: cancelled, at }).await.unwrap();
    tx.commit().await.unwrap();
    request(test, browser, campaign, 7).await;
}
