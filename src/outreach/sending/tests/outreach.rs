//! A campaign that sends on a clock of its own, and what must hold of it.

use std::time::Duration;

use crate::{
    campaigns::{
        ids::LeadId,
        requests::tests::{World, world},
    },
    ids::CampaignId,
    on,
    outreach::{
        ids::{MailboxId, StepId, TextId, VariantId},
        mailboxes::mailbox::{self, MailboxKind, MailboxSettings},
        schedule::{open_windows, rules::Pace},
        sending::{Sessions, round, wake},
    },
    server::{clock::Instant, db::Db, jobs::Round},
};

/// The mailboxes that a session sends for.
pub const LEASES: &str = "select count(*) from mailboxes where lease_until is not null";
pub const MINUTE: Duration = Duration::from_secs(60);
pub const HOUR: Duration = Duration::from_secs(60 * 60);
pub const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A campaign that sends, on the World of sourcing: Mondays to Fridays from 9 to 17 in UTC.
pub struct Outreach {
    pub world: World,
    pub mailboxes: Vec<MailboxId>,
}

/// A mail in the outbox.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Mail {
    pub recipient: String,
    pub subject: String,
    pub message: String,
    pub received_at: Instant,
}

pub fn pace(daily_cap: i64) -> Pace {
    Pace { daily_cap, gap_min_s: 60, gap_max_s: 120, spread: false, ramp: None }
}

impl Outreach {
    /// `leads` delivered leads, `mails` steps two days apart, and one mailbox for each pace.
    pub async fn new(db: &Db, leads: i64, mails: i64, paces: &[Pace]) -> Self {
        let world = world(db, leads).await;
        if leads > 0 {
            world.ask(&leads.to_string(), "leads").await.unwrap();
            world.work().await;
        }
        let mut outreach = Self { world, mailboxes: Vec::new() };
        for (number, pace) in paces.iter().enumerate() {
            outreach.add_mailbox(number, *pace).await;
        }
        outreach.add_sequence(outreach.world.campaign, mails, "Hello {{first_name}}").await;
        outreach.start(outreach.world.campaign).await;
        outreach
    }

    pub fn now(&self) -> Instant {
        self.world.app.clock.now()
    }

    async fn add_mailbox(&mut self, number: usize, pace: Pace) {
        let settings = MailboxSettings {
            address: format!("jo{number}@acme.example"),
            sender_name: "Jo".into(),
            reply_to: None,
            signature: "Jo\nAcme".into(),
            account: None,
            time_zone: "UTC".into(),
            pace,
        };
        let mut tx = self.world.app.db.write().await.unwrap();
        let owner = (self.world.member.workspace, self.world.member.user);
        let id = mailbox::add(&mut tx, owner, MailboxKind::Outbox, &settings, self.now()).await.unwrap();
        tx.commit().await.unwrap();
        self.mailboxes.push(id);
    }

    pub(super) async fn add_sequence(&self, campaign: CampaignId, mails: i64, body: &str) {
        let (workspace, user) = (self.world.member.workspace, self.world.member.user);
        let mut tx = self.world.app.db.write().await.unwrap();
        for position in 1..=mails {
            let (step, text) = (StepId::new(), TextId::new());
            let (delay, subject) = if position == 1 { (0, "About {{company}}") } else { (2, "") };
            on!(&mut tx, c => sqlx::query("insert into steps (workspace_id, id, campaign_id, position, delay_days) values ($1, $2, $3, $4, $5)")
                .bind(workspace).bind(step).bind(campaign).bind(position).bind(delay).execute(c).await.map(drop)).unwrap();
            on!(&mut tx, c => sqlx::query("insert into texts (workspace_id, id, step_id, subject, body, made_by, created_at) values ($1, $2, $3, $4, $5, $6, 0)")
                .bind(workspace).bind(text).bind(step).bind(subject).bind(format!("{body} {position}")).bind(user).execute(c).await.map(drop)).unwrap();
            on!(&mut tx, c => sqlx::query("insert into variants (workspace_id, id, step_id, letter, weight, text_id) values ($1, $2, $3, 'A', 1, $4)")
                .bind(workspace).bind(VariantId::new()).bind(step).bind(text).execute(c).await.map(drop)).unwrap();
        }
        tx.commit().await.unwrap();
    }

    pub(super) async fn start(&self, campaign: CampaignId) {
        let workspace = self.world.member.workspace;
        let mut tx = self.world.app.db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query(
            "insert into campaign_sending (workspace_id, campaign_id, state, since, time_zone, recipient_domain_cap) values ($1, $2, 'running', 0, 'UTC', 1000)")
            .bind(workspace).bind(campaign).execute(c).await.map(drop)).unwrap();
        for weekday in 1..=5_i64 {
            on!(&mut tx, c => sqlx::query("insert into campaign_windows (workspace_id, campaign_id, weekday, from_minute, to_minute) values ($1, $2, $3, 540, 1020)")
                .bind(workspace).bind(campaign).bind(weekday).execute(c).await.map(drop)).unwrap();
        }
        for mailbox in &self.mailboxes {
            on!(&mut tx, c => sqlx::query("insert into campaign_mailboxes (workspace_id, campaign_id, mailbox_id) values ($1, $2, $3)")
                .bind(workspace).bind(campaign).bind(mailbox).execute(c).await.map(drop)).unwrap();
        }
        open_windows(&mut tx, workspace, campaign, self.now()).await.unwrap();
        wake(&mut tx, workspace, campaign, self.now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn set(&self, sql: &'static str) {
        let mut tx = self.world.app.db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query(sql).execute(c).await.map(drop)).unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        let mut tx = self.world.app.db.read().await.unwrap();
        on!(&mut tx, c => sqlx::query_scalar(sql).fetch_one(c).await).unwrap()
    }

    pub async fn lead(&self, number: i64) -> LeadId {
        let mut tx = self.world.app.db.read().await.unwrap();
        on!(&mut tx, c => sqlx::query_scalar("select id from leads where workspace_id = $1 and email = $2")
            .bind(self.world.member.workspace).bind(format!("person{number}@acorn.example")).fetch_one(c).await)
        .unwrap()
    }

    /// Rounds until there is nothing to do now, and every session of this server has given its mailbox back.
    pub async fn settle(&self) {
        loop {
            let at_rest = self.world.app.of::<Sessions>().is_empty() || self.count(LEASES).await == 0;
            match round(&self.world.app).await.unwrap() {
                Round::Idle if at_rest => return,
                Round::Idle => tokio::time::sleep(Duration::from_millis(2)).await,
                Round::Worked => {}
            }
        }
    }

    /// Lets time pass, a minute at a time.
    pub async fn pass(&self, time: Duration) {
        let end = self.now().plus(time);
        while self.now() < end {
            self.settle().await;
            self.world.app.clock.advance(MINUTE.min(Duration::from_micros((end.0 - self.now().0).unsigned_abs())));
        }
        self.settle().await;
    }

    pub async fn mails(&self) -> Vec<Mail> {
        let mut tx = self.world.app.db.read().await.unwrap();
        on!(&mut tx, c => sqlx::query_as("select recipient, subject, message, received_at from outbox_mails order by received_at, recipient")
            .fetch_all(c).await).unwrap()
    }

    /// When the mails of sequences left.
    async fn moments(&self) -> Vec<Instant> {
        let mut tx = self.world.app.db.read().await.unwrap();
        on!(&mut tx, c => sqlx::query_scalar("select sending_at from sends where kind = 'step' and state in ('sent', 'unknown')")
            .fetch_all(c).await)
        .unwrap()
    }

    /// What must hold whenever nothing is under way.
    pub async fn audit(&self) {
        for (what, sql) in [
            (
                "a person has a step twice",
                "select count(*) from (select 1 from sends where kind = 'step' and state in ('sent', 'sending', 'unknown') group by workspace_id, step_id, recipient_key having count(*) > 1) q",
            ),
            (
                "a mailbox's counter is not its slots",
                "select count(*) from send_days d where d.scope = 'mailbox' and d.used <> (select count(*) from sends s where s.workspace_id = d.workspace_id and s.slot_day = d.day and s.mailbox_id = (select m.id from mailboxes m where m.workspace_id = d.workspace_id and m.id = s.mailbox_id) and (select count(*) from mailboxes) = 1)",
            ),
            (
                "in flight without an open send",
                "select count(*) from enrolments e where e.state = 'in_flight' and not exists (select 1 from sends s where s.workspace_id = e.workspace_id and s.campaign_id = e.campaign_id and s.lead_id = e.lead_id and s.state in ('queued', 'claimed', 'sending', 'deferred', 'unknown'))",
            ),
            (
                "an open send that is not in flight",
                "select count(*) from sends s where s.state in ('queued', 'claimed', 'sending', 'deferred') and not exists (select 1 from enrolments e where e.workspace_id = s.workspace_id and e.campaign_id = s.campaign_id and e.lead_id = s.lead_id and e.state = 'in_flight')",
            ),
            (
                "a person occupied twice",
                "select count(*) from (select 1 from enrolments where occupies group by workspace_id, recipient_key having count(*) > 1) q",
            ),
            (
                "mails of a mailbox closer than its gap",
                "select count(*) from sends a join mailboxes m on m.id = a.mailbox_id join sends b on b.mailbox_id = a.mailbox_id and b.id <> a.id and b.sending_at >= a.sending_at and b.sending_at < a.sending_at + m.gap_min_s * 1000000 where a.state = 'sent' and b.state = 'sent' and a.id < b.id",
            ),
            (
                "a slot of a mail that never left",
                "select count(*) from sends where state = 'cancelled' and slot_day is not null",
            ),
            (
                "a sent mail without a mail",
                "select count(*) from sends s join mailboxes m on m.id = s.mailbox_id and m.kind = 'outbox' where s.state = 'sent' and (select count(*) from outbox_mails o where o.workspace_id = s.workspace_id and o.send_id = s.id) <> 1",
            ),
            (
                "a mail without a sent mail",
                "select count(*) from outbox_mails o where not exists (select 1 from sends s where s.workspace_id = o.workspace_id and s.id = o.send_id and s.state = 'sent')",
            ),
            (
                "a sequence with two mailboxes",
                "select count(*) from (select 1 from sends where state = 'sent' group by workspace_id, campaign_id, lead_id having count(distinct mailbox_id) > 1) q",
            ),
        ] {
            if what.contains("counter") && self.mailboxes.len() != 1 {
                continue;
            }
            assert_eq!(self.count(sql).await, 0, "{what}");
        }
        for left_at in self.moments().await {
            let at = jiff::tz::TimeZone::UTC.to_datetime(jiff::Timestamp::from_microsecond(left_at.0).unwrap());
            assert!(
                (9..17).contains(&at.hour()) && at.date().weekday().to_monday_one_offset() <= 5,
                "outside its window: {at}"
            );
        }
    }
}
