//! Counting on both databases.

use std::time::Duration;

use axum::http::StatusCode;
use uuid::Uuid;

use super::{
    count, differences,
    totals::{Origin, Total, select_totals},
};
use crate::{
    accounts::WorkspaceId,
    app::testing::{Browser, NOW, TestApp, test_apps},
    campaigns::{self, CampaignName, leads::outcomes_changed},
    directory::Criteria,
    on,
    server::{clock::Instant, form::Form, jobs::Round},
};

macro_rules! run {
    ($tx:expr, $sql:expr $(, $value:expr)*) => {
        on!($tx, c => sqlx::query($sql)$(.bind($value))*.execute(c).await.map(drop)).unwrap()
    };
}

/// A workspace whose campaign has mailed leads of one request and of one own list.
struct World<'a> {
    test: &'a TestApp,
    owner: Browser,
    campaign: crate::ids::CampaignId,
    source: Uuid,
    request: Uuid,
    list: Uuid,
    mailbox: Uuid,
}

/// What is known of a lead.
#[derive(Clone, Copy)]
struct Case {
    own_list: bool,
    state: &'static str,
    send: &'static str,
    code: Option<&'static str>,
    bounced: bool,
    replied: bool,
    tone: Option<&'static str>,
    refunded: bool,
}

const MAILED: Case = Case {
    own_list: false,
    state: "active",
    send: "sent",
    code: None,
    bounced: false,
    replied: false,
    tone: None,
    refunded: false,
};

impl<'a> World<'a> {
    async fn new(test: &'a TestApp) -> Self {
        let owner = test.sign_in().await;
        let (w, by) = (owner.workspace, owner.user);
        let mut tx = test.app.db.write().await.unwrap();
        let name = CampaignName::parse("Autumn").unwrap();
        let campaign = campaigns::create(&mut tx, w, by, &name, &Criteria::default(), NOW).await.unwrap();
        let [source, request, list, mailbox] = [(); 4].map(|()| crate::ids::uuid_v7());
        run!(
            &mut tx,
            "insert into sources (id, name, name_key, created_at) values ($1, 'Acorn data', $2, 0)",
            source,
            source.to_string()
        );
        run!(&mut tx, "insert into lead_requests (workspace_id, id, campaign_id, criteria, quantity, price, price_version, state, run_at,
                 progress_at, requested_by, idempotency_key, created_at)
             values ($1, $2, $3, '{}', 100, 2, 1, 'completed', 0, 0, $4, 'key', 0)", w, request, campaign, by);
        run!(&mut tx, "insert into own_lists (workspace_id, id, campaign_id, file_name, bytes, stored_as, state, duplicates, format, mapping,
                 created_by, created_at)
             values ($1, $2, $3, 'fair.csv', 1, '', 'done', 'workspace', '{}', '{}', $4, 0)", w, list, campaign, by);
        run!(&mut tx, "insert into mailboxes (workspace_id, id, kind, address, sender_name, time_zone, daily_cap, gap_min_s, gap_max_s,
                 spread, state, state_since, created_by, created_at)
             values ($1, $2, 'outbox', 'jo@acme.example', 'Jo', 'UTC', 30, 60, 180, $4, 'active', 0, $3, 0)", w, mailbox, by, false);
        tx.commit().await.unwrap();
        Self { test, owner, campaign, source, request, list, mailbox }
    }

    /// A lead whose first mail left at `at`; what it was before is counted anew.
    async fn lead(&self, number: u128, case: Case, at: Instant) {
        let mut tx = self.test.app.db.write().await.unwrap();
        let (w, id) = (self.owner.workspace, Uuid::from_u128(number));
        for table in ["threads", "reply_facts", "sends", "enrolments"] {
            let sql = format!("delete from {table} where workspace_id = $1 and lead_id = $2");
            on!(&mut tx, c => sqlx::query(sqlx::AssertSqlSafe(sql)).bind(w).bind(id).execute(c).await.map(drop))
                .unwrap();
        }
        run!(&mut tx, "delete from leads where workspace_id = $1 and id = $2", w, id);
        let paid = !case.own_list;
        run!(&mut tx, "insert into leads (workspace_id, id, email, contact_id, request_id, list_id, source_id, email_status, first_name,
                 last_name, title, departments, company, domain, industry, country, region, city, linkedin, phone, search_text,
                 delivered_at, charge_seq, price, refunded_at)
             values ($1, $2, $3, $4, $5, $6, $7, 'valid', 'Ana', $3, '', '[]', 'Corp', '', '', '', '', '', '', '', '', 0, $8, $9, $10)",
            w, id, format!("lead{number}@corp.example"), paid.then_some(number as i64), paid.then_some(self.request),
            case.own_list.then_some(self.list), paid.then_some(self.source), paid.then_some(number as i64), paid.then_some(2_i64),
            case.refunded.then_some(at));
        run!(&mut tx, "insert into enrolments (workspace_id, campaign_id, lead_id, recipient_key, canonical_key, zone, place, state, since,
                 due_at, occupies)
             values ($1, $2, $3, $4, $4, '', 0, $5, $6, $7, $8)",
            w, self.campaign, id, id.as_bytes().as_slice(), case.state, at, (case.state == "active").then_some(at), false);
        let send = crate::ids::uuid_v7();
        run!(&mut tx, "insert into sends (workspace_id, id, kind, campaign_id, lead_id, step_id, mailbox_id, recipient_key, canonical_key,
                 message_id, state, state_since, code, opener, sent_at, bounced_at)
             values ($1, $2, 'step', $3, $4, $2, $5, $6, $6, $7, $8, $9, $10, $11, $12, $13)",
            w, send, self.campaign, id, self.mailbox, id.as_bytes().as_slice(), format!("{send}@acme.example"), case.send, at, case.code,
            true, (case.send == "sent").then_some(at), case.bounced.then_some(at));
        run!(
            &mut tx,
            "insert into reply_facts (workspace_id, mail_id, campaign_id, lead_id, mailbox_id, at, kind, human)
             values ($1, $2, $3, $4, $5, $6, 'human', $7)",
            w,
            crate::ids::uuid_v7(),
            self.campaign,
            id,
            self.mailbox,
            at,
            case.replied
        );
        run!(&mut tx, "insert into threads (workspace_id, id, mailbox_id, campaign_id, lead_id, recipient_key, person, address, subject,
                 last_at, last_in_at, label_tone)
             values ($1, $2, $3, $4, $5, $6, 'Ana', 'ana@corp.example', 'Hello', $7, $7, $8)",
            w, crate::ids::uuid_v7(), self.mailbox, self.campaign, id, id.as_bytes().as_slice(), at, case.tone);
        let place = (w, self.campaign, crate::campaigns::ids::LeadId(id));
        outcomes_changed(&mut tx, [place, place].into_iter()).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn count(&self) {
        for _ in 0..10 {
            if count::round(&self.test.app).await.unwrap() == Round::Idle {
                break;
            }
        }
        let mut tx = self.test.app.db.read().await.unwrap();
        assert_eq!(differences(&mut tx).await.unwrap(), []);
    }

    async fn figures(&self, origin: Origin) -> Vec<[i64; 7]> {
        totals(self.test, self.owner.workspace, origin)
            .await
            .into_iter()
            .map(|t| [t.open, t.contacted, t.replied, t.positive, t.bounced, t.credits, t.refunded])
            .collect()
    }
}

async fn totals(test: &TestApp, workspace: WorkspaceId, origin: Origin) -> Vec<Total> {
    let mut tx = test.app.db.read().await.unwrap();
    select_totals(workspace, origin).read(&mut tx).await.unwrap()
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test]
async fn each_lead_counts_once_and_for_what_it_came_to() {
    for test in test_apps(&[]).await {
        let world = World::new(&test).await;
        let ended = Case { state: "stopped", ..MAILED };
        let positive = Case { replied: true, tone: Some("positive"), ..ended };
        let cases = [
            (1, MAILED),
            (2, ended),
            (3, Case { replied: true, tone: Some("negative"), ..ended }),
            (4, positive),
            // A label without an answer of a person is nothing.
            (5, Case { replied: false, ..positive }),
            (6, Case { bounced: true, refunded: true, ..ended }),
            (7, Case { send: "failed", code: Some("no_such_address"), refunded: true, ..ended }),
            // Refused for what it says: not contacted.
            (8, Case { send: "failed", code: Some("message_refused"), ..ended }),
            (9, Case { own_list: true, ..positive }),
            (10, Case { send: "queued", ..MAILED }),
        ];
        for (number, case) in cases {
            world.lead(number, case, NOW).await;
        }
        world.count().await;
        assert_eq!(world.figures(Origin::Source).await, [[1, 4, 2, 1, 2, 8, 4]]);
        assert_eq!(world.figures(Origin::Request).await, [[1, 4, 2, 1, 2, 8, 4]]);
        assert_eq!(world.figures(Origin::List).await, [[0, 1, 1, 1, 0, 0, 0]]);
        assert_eq!(world.figures(Origin::DataSet).await, [[0; 7]; 0]);

        // Two weeks later the silent one counts as one that did not answer, without any change.
        test.app.clock.advance(14 * DAY);
        world.count().await;
        assert_eq!(world.figures(Origin::Source).await, [[0, 5, 2, 1, 2, 10, 4]]);

        // Another label, a bounce that comes late, a mail that turned out not to have left.
        world.lead(4, Case { tone: Some("neutral"), ..positive }, NOW).await;
        world.lead(2, Case { bounced: true, refunded: true, ..ended }, NOW).await;
        world.lead(3, Case { send: "unknown", ..MAILED }, NOW).await;
        world.count().await;
        assert_eq!(world.figures(Origin::Source).await, [[0, 3, 1, 0, 3, 6, 6]]);
    }
}

#[tokio::test]
async fn each_number_leads_to_its_leads_and_other_workspaces_see_none() {
    for test in test_apps(&[]).await {
        let world = World::new(&test).await;
        let empty = world.owner.get("/insights/sources").await.body;
        assert!(empty.contains("Nothing to compare yet"), "{empty}");
        for number in 1..=60 {
            let case = Case { state: "finished", replied: number % 20 == 0, tone: Some("positive"), ..MAILED };
            world.lead(number, case, NOW.plus(Duration::from_secs(number as u64 / 2))).await;
        }
        world.count().await;
        let page = world.owner.get("/insights/sources").await.body;
        for text in ["Acorn data", "Too few to tell", "5.0 %", ">40<"] {
            assert!(page.contains(text), "{text}: {page}");
        }
        let of = |figure: &str| format!("/insights/sources/leads?by=source&id={}&figure={figure}", world.source);
        let replied = world.owner.get(&of("replied")).await.body;
        assert_eq!(replied.matches("href=\"/leads/").count(), 3, "{replied}");
        let first = world.owner.get(&of("contacted")).await.body;
        assert_eq!(first.matches("href=\"/leads/").count(), 50);
        let last = Uuid::from_u128(11);
        let older = format!("{}&before={}-{last}", of("contacted"), NOW.plus(Duration::from_secs(5)).micros());
        assert!(first.contains(&older.replace('&', "&amp;")), "{older}: {first}");
        assert_eq!(world.owner.get(&older).await.body.matches("href=\"/leads/").count(), 10);
        let file = world.owner.post("/insights/sources.csv", &[("by", "source")]).await;
        let text = file.body;
        assert!(text.contains("Acorn data,60,3,0.0500,0.0171,0.1370,3,0,120,0,40.00,"), "{text}");

        let other = test.sign_in().await;
        assert_eq!(other.get(&of("replied")).await.status, StatusCode::NOT_FOUND);
        assert!(other.get("/insights/sources").await.body.contains("Nothing to compare yet"));
        for wrong in ["figure=opened", "figure=", "figure=replied&before=1"] {
            let address = format!("/insights/sources/leads?by=source&id={}&{wrong}", world.source);
            let expected = if wrong.ends_with("=1") { StatusCode::OK } else { StatusCode::NOT_FOUND };
            assert_eq!(world.owner.get(&address).await.status, expected, "{wrong}");
        }
    }
}

#[tokio::test]
async fn a_lead_counts_for_each_filter_value_that_found_it_and_keeps_them() {
    for test in test_apps(&[]).await {
        let world = World::new(&test).await;
        let fields = [
            ("countries", "Germany\nFrance"),
            ("titles", "Head of Wine"),
            ("seniority", "director"),
            ("exclude_cities", "Bonn"),
        ];
        let criteria = Criteria::read(Form::of(&fields).pairs()).criteria;
        let set = async |sql: &'static str| {
            let mut tx = test.app.db.write().await.unwrap();
            run!(&mut tx, sql, world.owner.workspace);
            tx.commit().await.unwrap();
        };
        let mut tx = test.app.db.write().await.unwrap();
        run!(
            &mut tx,
            "update lead_requests set criteria = $2 where workspace_id = $1",
            world.owner.workspace,
            sqlx::types::Json(&criteria)
        );
        tx.commit().await.unwrap();
        let ended = Case { state: "stopped", ..MAILED };
        world.lead(1, Case { replied: true, tone: Some("positive"), ..ended }, NOW).await;
        world.lead(2, ended, NOW).await;
        world.lead(3, Case { own_list: true, ..ended }, NOW).await;
        set("update leads set country = 'Germany', title = 'Head of Wine' where workspace_id = $1").await;
        let second = Uuid::from_u128(2);
        let mut tx = test.app.db.write().await.unwrap();
        run!(&mut tx, "update leads set country = 'France', title = 'Chief Cook' where id = $1", second);
        tx.commit().await.unwrap();
        world.count().await;
        let by_value = async || {
            let mut rows: Vec<(String, [i64; 4])> = totals(&test, world.owner.workspace, Origin::FilterValue)
                .await
                .iter()
                .map(|total| (total.shown().unwrap(), [total.contacted, total.replied, total.positive, total.credits]))
                .collect();
            rows.sort();
            rows
        };
        let row = |name: &str, figures| (name.to_owned(), figures);
        let expected = [
            row("Countries: France", [1, 0, 0, 2]),
            row("Countries: Germany", [1, 1, 1, 2]),
            row("Job titles: Head of Wine", [1, 1, 1, 2]),
        ];
        assert_eq!(by_value().await, expected);

        // What becomes of the record later changes nothing; what comes of the lead does.
        set("update leads set country = 'Spain', title = '' where workspace_id = $1").await;
        let mut tx = test.app.db.write().await.unwrap();
        run!(&mut tx, "update threads set label_tone = 'negative' where workspace_id = $1", world.owner.workspace);
        let place = (world.owner.workspace, world.campaign, crate::campaigns::ids::LeadId(Uuid::from_u128(1)));
        outcomes_changed(&mut tx, [place].into_iter()).await.unwrap();
        tx.commit().await.unwrap();
        world.count().await;
        assert_eq!(by_value().await[1], row("Countries: Germany", [1, 1, 0, 2]));

        let page = world.owner.get("/insights/sources?by=filter_value").await.body;
        assert!(page.contains("Job titles: Head of Wine") && page.contains("the rows do not add up"), "{page}");
        let germany = totals(&test, world.owner.workspace, Origin::FilterValue).await;
        let germany = germany.iter().find(|total| total.name.as_deref() == Some("Germany")).unwrap().subject;
        let behind = format!("/insights/sources/leads?by=filter_value&id={germany}&figure=contacted");
        let leads = world.owner.get(&behind).await.body;
        assert_eq!(leads.matches("href=\"/leads/").count(), 1, "{leads}");
        assert!(leads.contains("Countries: Germany"), "{leads}");
        let file = world.owner.post("/insights/sources.csv", &[("by", "filter_value")]).await.body;
        assert!(file.contains("Countries: Germany,1,1,"), "{file}");
        assert_eq!(test.sign_in().await.get(&behind).await.status, StatusCode::NOT_FOUND);

        // A sum that is wrong is found.
        set("update outcome_totals set replied = replied + 1 where workspace_id = $1 and origin = 'filter_value'")
            .await;
        let found = differences(&mut test.app.db.read().await.unwrap()).await.unwrap();
        assert!(found.iter().any(|one| one.what == "sums by filter_value"), "{found:?}");
    }
}
