//! The scheduler from end to end on a clock of its own, on every database at hand. `audit` holds the invariants of `mod.rs`. Mails of
//! the built-in outbox are looked at here, those that leave to mail servers in `tests/`.

mod killed;
mod real;
mod server;
mod smtp;
mod unknown;

use std::time::Duration;

use super::{
    round::round,
    sessions::Sessions,
    stop::{Stop, stop},
};
use crate::{
    campaigns::{
        ids::LeadId,
        requests::tests::{World, world},
    },
    ids::CampaignId,
    on,
    outreach::{
        ids::{MailboxId, StepId, TextId, VariantId},
        mailboxes::{
            freezes::{self, Freeze},
            mailbox::{self, MailboxKind, MailboxSettings},
            outbox_answer::{self, OutboxAnswer},
        },
        progress::checklist::Confirmation,
        schedule::{
            open_windows,
            rules::{Pace, Ramp, day},
        },
        sending::wake,
    },
    server::{
        clock::Instant,
        db::{Db, test_databases},
        jobs::Round,
    },
    suppression::{Cause, Reason, Subject, SuppressionKeys, suppress},
};

const LEASES: &str = "select count(*) from mailboxes where lease_until is not null";
pub(super) const MINUTE: Duration = Duration::from_secs(60);
pub(super) const HOUR: Duration = Duration::from_secs(60 * 60);
pub(super) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A campaign that sends, on the World of sourcing: Mondays to Fridays from 9 to 17 in UTC.
pub(super) struct Outreach {
    pub(super) world: World,
    pub(super) mailboxes: Vec<MailboxId>,
}

/// A mail in the outbox.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(super) struct Mail {
    pub(super) recipient: String,
    pub(super) subject: String,
    pub(super) message: String,
    pub(super) received_at: Instant,
}

pub(super) fn pace(daily_cap: i64) -> Pace {
    Pace { daily_cap, gap_min_s: 60, gap_max_s: 120, spread: false, ramp: None }
}

impl Outreach {
    /// `leads` delivered leads, `mails` steps two days apart, and one mailbox for each pace.
    pub(super) async fn new(db: &Db, leads: i64, mails: i64, paces: &[Pace]) -> Self {
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

    pub(super) fn now(&self) -> Instant {
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

    async fn add_sequence(&self, campaign: CampaignId, mails: i64, body: &str) {
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

    async fn start(&self, campaign: CampaignId) {
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

    pub(super) async fn set(&self, sql: &'static str) {
        let mut tx = self.world.app.db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query(sql).execute(c).await.map(drop)).unwrap();
        tx.commit().await.unwrap();
    }

    pub(super) async fn count(&self, sql: &'static str) -> i64 {
        let mut tx = self.world.app.db.read().await.unwrap();
        on!(&mut tx, c => sqlx::query_scalar(sql).fetch_one(c).await).unwrap()
    }

    pub(super) async fn lead(&self, number: i64) -> LeadId {
        let mut tx = self.world.app.db.read().await.unwrap();
        on!(&mut tx, c => sqlx::query_scalar("select id from leads where workspace_id = $1 and email = $2")
            .bind(self.world.member.workspace).bind(format!("person{number}@acorn.example")).fetch_one(c).await)
        .unwrap()
    }

    /// Rounds until there is nothing to do now, and every session of this server has given its mailbox back.
    pub(super) async fn settle(&self) {
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
    pub(super) async fn pass(&self, time: Duration) {
        let end = self.now().plus(time);
        while self.now() < end {
            self.settle().await;
            self.world.app.clock.advance(MINUTE.min(Duration::from_micros((end.0 - self.now().0).unsigned_abs())));
        }
        self.settle().await;
    }

    pub(super) async fn mails(&self) -> Vec<Mail> {
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
    pub(super) async fn audit(&self) {
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

#[tokio::test]
async fn a_campaign_mails_its_leads_in_steps_within_its_windows() {
    for test in test_databases().await {
        let outreach = Outreach::new(&test.db, 3, 2, &[pace(50)]).await;
        outreach.pass(7 * DAY).await;
        outreach.audit().await;
        let mails = outreach.mails().await;
        assert_eq!(mails.len(), 6);
        for number in 1..=3 {
            let own: Vec<_> =
                mails.iter().filter(|mail| mail.recipient == format!("person{number}@acorn.example")).collect();
            let [first, second] = own[..] else { panic!("{own:?}") };
            assert_eq!((first.subject.as_str(), second.subject.as_str()), ("About Acorn", "Re: About Acorn"));
            assert!(first.received_at.plus(2 * DAY) <= second.received_at, "two working days later");
            let id = first.message.split("Message-ID: <").nth(1).unwrap().split('>').next().unwrap();
            assert!(second.message.contains(&format!("In-Reply-To: <{id}>")), "{}", second.message);
            assert!(first.message.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"));
        }
        assert_eq!(outreach.count("select count(*) from enrolments where state = 'finished'").await, 3);
        assert_eq!(
            outreach.count("select cast(sum(sent) as bigint) from outcome_days where scope = 'campaign'").await,
            6
        );
        assert_eq!(outreach.count("select count(*) from outreach_events where kind = 'sent'").await, 6);
        assert_eq!(
            outreach.count("select count(*) from leads where mailed_at is not null and revealed_at is not null").await,
            3
        );
        outreach.world.assert_proven().await;
    }
}

#[tokio::test]
async fn no_limit_of_a_day_is_exceeded_and_a_slow_start_climbs() {
    for test in test_databases().await {
        let ramp = Some(Ramp { start: 2, step: 1, days: 0 });
        let outreach = Outreach::new(&test.db, 30, 1, &[Pace { ramp, ..pace(50) }]).await;
        // The test begins on a Monday afternoon.
        outreach.pass(3 * DAY).await;
        let days: Vec<i64> = {
            let mut tx = outreach.world.app.db.read().await.unwrap();
            on!(&mut tx, c => sqlx::query_scalar("select used from send_days where scope = 'mailbox' order by day").fetch_all(c).await).unwrap()
        };
        assert_eq!(days, [2, 3, 4, 5]);
        outreach.set("update campaign_sending set daily_cap = 1").await;
        outreach.pass(DAY).await;
        assert_eq!(outreach.mails().await.len(), 2 + 3 + 4 + 5 + 1, "Friday has one");
        outreach.audit().await;
    }
}

#[tokio::test]
async fn whoever_is_suppressed_stopped_or_removed_gets_no_mail() {
    for test in test_databases().await {
        let outreach = Outreach::new(&test.db, 4, 2, &[pace(50)]).await;
        let (workspace, campaign, at) = (outreach.world.member.workspace, outreach.world.campaign, outreach.now());
        let keys = outreach.world.app.of::<SuppressionKeys>();
        let mut tx = outreach.world.app.db.write().await.unwrap();
        let subject = Subject::address(keys, &"person1@acorn.example".parse().unwrap());
        suppress(&mut tx, workspace, &subject, &Cause::of(Reason::Person), at).await.unwrap();
        tx.commit().await.unwrap();
        outreach.settle().await;
        let (second, third) = (outreach.lead(2).await, outreach.lead(3).await);
        let mut tx = outreach.world.app.db.write().await.unwrap();
        stop(&mut tx, workspace, &[(campaign, second)], Stop { code: "by_person", actor: None }, at).await.unwrap();
        crate::campaigns::membership::leave(&mut tx, workspace, third, at).await.unwrap();
        tx.commit().await.unwrap();
        outreach.pass(7 * DAY).await;
        outreach.audit().await;
        let recipients: Vec<String> = outreach.mails().await.into_iter().map(|mail| mail.recipient).collect();
        assert!(
            recipients.iter().filter(|to| *to != "person4@acorn.example").count() <= 1,
            "only who was first: {recipients:?}"
        );
        assert!(!recipients.contains(&"person1@acorn.example".to_owned()));
        assert_eq!(outreach.count("select count(*) from enrolments where state = 'stopped'").await, 3);
    }
}

#[tokio::test]
async fn a_lead_without_the_value_of_a_field_is_held_and_its_slot_goes_back() {
    for test in test_databases().await {
        let outreach = Outreach::new(&test.db, 2, 1, &[pace(50)]).await;
        outreach.set("update leads set first_name = '' where email = 'person1@acorn.example'").await;
        outreach.pass(HOUR).await;
        outreach.audit().await;
        assert_eq!(outreach.mails().await.len(), 1);
        assert_eq!(
            outreach.count("select count(*) from enrolments where state = 'held' and code = 'missing_fields'").await,
            1
        );
        assert_eq!(outreach.count("select used from send_days where scope = 'mailbox'").await, 1);
    }
}

#[tokio::test]
async fn mails_of_a_process_that_ended_leave_once() {
    for test in test_databases().await {
        let outreach = Outreach::new(&test.db, 2, 1, &[pace(50)]).await;
        outreach.pass(HOUR).await;
        // One that was handed over, as if the outcome had not been written; one that was not.
        outreach.set("update sends set state = 'sending', sent_at = null, lease_until = 1 where state = 'sent'").await;
        outreach.set("update enrolments set state = 'in_flight'").await;
        outreach.set("update campaign_sending set state = 'running'").await;
        outreach.set("delete from outbox_mails where recipient = 'person2@acorn.example'").await;
        outreach.pass(HOUR).await;
        outreach.audit().await;
        let mut recipients: Vec<String> = outreach.mails().await.into_iter().map(|mail| mail.recipient).collect();
        recipients.sort();
        assert_eq!(recipients, ["person1@acorn.example", "person2@acorn.example"]);
        assert_eq!(outreach.count("select count(*) from enrolments where state = 'finished'").await, 2);
    }
}

#[tokio::test]
async fn two_servers_take_each_slot_once() {
    for test in test_databases().await {
        let paces: Vec<Pace> = (0..6).map(|_| pace(50)).collect();
        let outreach = Outreach::new(&test.db, 60, 1, &paces).await;
        outreach.set("update campaign_sending set daily_cap = 20").await;
        for _ in 0..90 {
            let (one, other) = tokio::join!(round(&outreach.world.app), round(&outreach.world.app));
            one.unwrap();
            other.unwrap();
            outreach.world.app.clock.advance(MINUTE);
        }
        outreach.settle().await;
        outreach.audit().await;
        assert_eq!(outreach.mails().await.len(), 20, "the limit of the campaign, not one more");
    }
}

#[tokio::test]
async fn a_pause_stops_what_has_not_left_and_a_resume_sends_it_once() {
    for test in test_databases().await {
        let outreach = Outreach::new(&test.db, 5, 2, &[pace(50)]).await;
        outreach.pass(3 * MINUTE).await;
        let sent = outreach.mails().await.len();
        assert!((1..5).contains(&sent), "{sent}");
        outreach.set("update campaign_sending set state = 'paused'").await;
        outreach.pass(HOUR).await;
        assert_eq!(outreach.mails().await.len(), sent);
        outreach.set("update campaign_sending set state = 'running'").await;
        let mut tx = outreach.world.app.db.write().await.unwrap();
        wake(&mut tx, outreach.world.member.workspace, outreach.world.campaign, outreach.now()).await.unwrap();
        tx.commit().await.unwrap();
        outreach.pass(7 * DAY).await;
        outreach.audit().await;
        assert_eq!(outreach.mails().await.len(), 10);
    }
}

#[tokio::test]
async fn a_person_in_two_campaigns_is_in_one_sequence_at_a_time() {
    for test in test_databases().await {
        let outreach = Outreach::new(&test.db, 1, 1, &[pace(50)]).await;
        let other = crate::campaigns::requests::tests::add_campaign(&outreach.world.app, &outreach.world.member).await;
        let lead = outreach.lead(1).await;
        let mut tx = outreach.world.app.db.write().await.unwrap();
        crate::campaigns::membership::enter(
            &mut tx,
            outreach.world.member.workspace,
            other,
            None,
            std::iter::once(lead),
            outreach.now(),
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        outreach.add_sequence(other, 2, "Second").await;
        outreach.start(other).await;
        outreach.pass(14 * DAY).await;
        outreach.audit().await;
        let mails = outreach.mails().await;
        assert_eq!(mails.len(), 3);
        assert!(mails.windows(2).all(|pair| pair[0].received_at < pair[1].received_at));
        assert_eq!(outreach.count("select count(*) from enrolments where state = 'finished'").await, 2);
    }
}

#[tokio::test]
async fn a_finished_campaign_continues_when_leads_join_it() {
    for test in test_databases().await {
        let outreach = Outreach::new(&test.db, 2, 1, &[pace(50)]).await;
        outreach.pass(HOUR).await;
        assert_eq!(outreach.count("select count(*) from campaign_sending where state = 'finished'").await, 1);
        let taken = outreach.lead(1).await;
        let other = crate::campaigns::requests::tests::add_campaign(&outreach.world.app, &outreach.world.member).await;
        let mut tx = outreach.world.app.db.write().await.unwrap();
        let workspace = outreach.world.member.workspace;
        crate::campaigns::membership::enter(&mut tx, workspace, other, None, std::iter::once(taken), outreach.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        outreach.add_sequence(other, 1, "Second").await;
        outreach.start(other).await;
        outreach.pass(HOUR).await;
        let mut tx = outreach.world.app.db.write().await.unwrap();
        let second = outreach.lead(2).await;
        crate::campaigns::membership::enter(&mut tx, workspace, other, None, std::iter::once(second), outreach.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        outreach.pass(HOUR).await;
        outreach.audit().await;
        assert_eq!(outreach.mails().await.len(), 4);
        assert_eq!(outreach.count("select count(*) from campaign_sending where state = 'finished'").await, 2);
    }
}

#[tokio::test]
async fn leads_who_must_consent_first_wait_until_a_lawful_basis_is_confirmed() {
    for test in test_databases().await {
        let outreach = Outreach::new(&test.db, 2, 1, &[pace(50)]).await;
        outreach.set("update leads set country = 'Germany' where email = 'person1@acorn.example'").await;
        outreach.pass(HOUR).await;
        assert_eq!(outreach.mails().await.len(), 1);
        assert_eq!(
            outreach.count("select count(*) from enrolments where state = 'held' and code = 'no_lawful_basis'").await,
            1
        );
        let (app, member) = (&outreach.world.app, &outreach.world.member);
        let mut tx = app.db.write().await.unwrap();
        let campaign = crate::campaigns::campaign(&mut tx, member.workspace, outreach.world.campaign).await.unwrap();
        crate::outreach::progress::checklist::confirm(
            &mut tx,
            member,
            &campaign,
            Confirmation::LawfulBasis,
            outreach.now(),
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        outreach.pass(HOUR).await;
        outreach.audit().await;
        assert_eq!(outreach.mails().await.len(), 2);
    }
}

#[tokio::test]
async fn a_domain_that_fails_holds_first_mails_and_no_follow_ups() {
    for test in test_databases().await {
        let outreach = Outreach::new(&test.db, 2, 2, &[Pace { daily_cap: 1, ..pace(1) }]).await;
        outreach.pass(HOUR).await;
        assert_eq!(outreach.mails().await.len(), 1);
        outreach.set("update mailboxes set daily_cap = 50").await;
        outreach
            .set(
                "insert into sending_domains (workspace_id, domain, state, failing_since, holds, checked_at)
                  select workspace_id, 'acme.example', 'failing', 0, true, 0 from mailboxes",
            )
            .await;
        outreach.pass(4 * DAY).await;
        assert_eq!(outreach.mails().await.len(), 2, "the follow-up alone");
        assert_eq!(outreach.count("select count(*) from enrolments where state = 'waiting'").await, 1);
        outreach.set("update sending_domains set state = 'passing', failing_since = null, holds = false").await;
        let mut tx = outreach.world.app.db.write().await.unwrap();
        wake(&mut tx, outreach.world.member.workspace, outreach.world.campaign, outreach.now()).await.unwrap();
        tx.commit().await.unwrap();
        outreach.pass(7 * DAY).await;
        assert_eq!(outreach.mails().await.len(), 4);
        outreach.audit().await;
    }
}

#[tokio::test]
async fn leads_that_had_finished_continue_once_with_a_mail_added_at_the_end() {
    for test in test_databases().await {
        let outreach = Outreach::new(&test.db, 5, 1, &[pace(50)]).await;
        let (app, member) = (&outreach.world.app, outreach.world.member.clone());
        let (workspace, campaign) = (member.workspace, outreach.world.campaign);
        let can_continue =
            async || super::can_continue(&mut app.db.read().await.unwrap(), workspace, campaign).await.unwrap();
        let proceed = async || {
            let mut tx = app.db.write().await.unwrap();
            let campaign = crate::campaigns::campaign(&mut tx, workspace, campaign).await.unwrap();
            let leads = super::continue_finished_leads(&mut tx, &member, &campaign, outreach.now()).await.unwrap();
            tx.commit().await.unwrap();
            leads
        };
        outreach.pass(HOUR).await;
        assert_eq!(outreach.count("select count(*) from enrolments where state = 'finished'").await, 5);
        assert_eq!((can_continue().await, proceed().await), (0, 0), "nothing was added");
        // One is suppressed, one was stopped, one left, and two continue.
        let mut tx = app.db.write().await.unwrap();
        let subject = Subject::address(app.of::<SuppressionKeys>(), &"person1@acorn.example".parse().unwrap());
        suppress(&mut tx, workspace, &subject, &Cause::of(Reason::Person), outreach.now()).await.unwrap();
        let (second, third) = (outreach.lead(2).await, outreach.lead(3).await);
        crate::campaigns::membership::leave(&mut tx, workspace, third, outreach.now()).await.unwrap();
        on!(&mut tx, c => sqlx::query("update enrolments set state = 'stopped', code = 'by_person' where lead_id = $1")
            .bind(second).execute(c).await.map(drop))
        .unwrap();
        let (step, text) = (StepId::new(), TextId::new());
        on!(&mut tx, c => sqlx::query("insert into steps (workspace_id, id, campaign_id, position, delay_days) values ($1, $2, $3, 2, 3)")
            .bind(workspace).bind(step).bind(campaign).execute(c).await.map(drop)).unwrap();
        on!(&mut tx, c => sqlx::query("insert into texts (workspace_id, id, step_id, subject, body, made_by, created_at) values ($1, $2, $3, '', 'One more', $4, $5)")
            .bind(workspace).bind(text).bind(step).bind(member.user).bind(outreach.now()).execute(c).await.map(drop)).unwrap();
        on!(&mut tx, c => sqlx::query("insert into variants (workspace_id, id, step_id, letter, weight, text_id) values ($1, $2, $3, 'A', 1, $4)")
            .bind(workspace).bind(VariantId::new()).bind(step).bind(text).execute(c).await.map(drop)).unwrap();
        tx.commit().await.unwrap();
        outreach.pass(HOUR).await;
        assert_eq!(outreach.mails().await.len(), 5, "only a member lets them continue");
        outreach.set("update campaign_sending set state = 'ended'").await;
        assert_eq!((can_continue().await, proceed().await), (0, 0), "what was ended stays so");
        outreach.set("update campaign_sending set state = 'finished'").await;
        assert_eq!((can_continue().await, proceed().await, can_continue().await, proceed().await), (2, 2, 0, 0));
        assert_eq!(outreach.count("select count(*) from campaign_sending where state = 'running'").await, 1);
        outreach.pass(7 * DAY).await;
        outreach.audit().await;
        let mails = outreach.mails().await;
        let again: Vec<&Mail> = mails.iter().filter(|mail| mail.subject == "Re: About Acorn").collect();
        assert_eq!((mails.len(), again.len()), (7, 2));
        for second in again {
            let first = mails.iter().find(|mail| mail.recipient == second.recipient).unwrap();
            assert!(first.received_at.plus(3 * DAY) <= second.received_at, "from their last mail on");
        }
        assert_eq!(outreach.count("select count(*) from campaign_sending where state = 'finished'").await, 1);
    }
}

#[tokio::test]
async fn the_outbox_can_answer_as_a_difficult_server() {
    for test in test_databases().await {
        let outreach = Outreach::new(&test.db, 3, 1, &[pace(50)]).await;
        let (workspace, mailbox) = (outreach.world.member.workspace, outreach.mailboxes[0]);
        // One lead after the other meets another answer.
        for (answer, mails) in [(OutboxAnswer::NoSuchAddress, 1), (OutboxAnswer::Later, 2), (OutboxAnswer::HangsUp, 3)]
        {
            let mut tx = outreach.world.app.db.write().await.unwrap();
            assert!(outbox_answer::choose(&mut tx, workspace, mailbox, answer).await.unwrap());
            tx.commit().await.unwrap();
            let mut minutes = 0;
            while outreach.count("select count(*) from sends").await < mails {
                outreach.pass(MINUTE).await;
                minutes += 1;
                assert!(minutes < 30, "{answer:?}");
            }
        }
        let is = async |sql: &'static str, number: i64| assert_eq!(outreach.count(sql).await, number, "{sql}");
        is("select count(*) from sends where state = 'failed' and reply_code = 550", 1).await;
        is("select count(*) from enrolments where state = 'stopped' and code = 'bounced'", 1).await;
        is("select count(*) from suppressions", 1).await;
        is("select count(*) from sends where state = 'deferred' and reply_code = 451", 1).await;
        is("select count(*) from sends where state = 'unknown'", 1).await;
        is("select count(*) from enrolments where state = 'held' and code = 'unknown_outcome'", 1).await;
        is("select count(*) from outbox_mails", 0).await;
        let mut tx = outreach.world.app.db.write().await.unwrap();
        outbox_answer::choose(&mut tx, workspace, mailbox, OutboxAnswer::Takes).await.unwrap();
        tx.commit().await.unwrap();
        outreach.pass(DAY).await;
        is("select count(*) from sends where state = 'sent'", 1).await;
        is("select count(*) from sends where state = 'unknown'", 1).await;
        outreach.audit().await;
        outreach.world.assert_proven().await;
    }
}

#[tokio::test]
async fn drafts_and_failing_mailboxes_never_send_and_a_frozen_one_sends_on_the_day_after() {
    for test in test_databases().await {
        let outreach = Outreach::new(&test.db, 4, 1, &[pace(50), pace(50), pace(50)]).await;
        let workspace = outreach.world.member.workspace;
        let utc = jiff::tz::TimeZone::UTC;
        let today = day(outreach.now(), &utc);
        let mut tx = outreach.world.app.db.write().await.unwrap();
        let freeze = Freeze { from_day: today, to_day: today.plus(1), note: String::new() };
        freezes::add(&mut tx, (workspace, outreach.mailboxes[0]), freeze, outreach.now()).await.unwrap();
        for (mailbox, state) in outreach.mailboxes[1..].iter().zip(["failing", "draft"]) {
            on!(&mut tx, c => sqlx::query("update mailboxes set state = $3 where workspace_id = $1 and id = $2")
                .bind(workspace).bind(mailbox).bind(state).execute(c).await.map(drop))
            .unwrap();
        }
        tx.commit().await.unwrap();
        outreach.pass(HOUR).await;
        assert_eq!(outreach.mails().await.len(), 0);
        assert_eq!(outreach.count("select count(*) from mailboxes where idle_code = 'mailbox_frozen'").await, 1);
        outreach.pass(7 * DAY).await;
        outreach.audit().await;
        let mails = outreach.mails().await;
        assert_eq!(mails.len(), 4);
        assert!(mails.iter().all(|mail| day(mail.received_at, &utc) > today.plus(1)), "{mails:?}");
        let from_others = "select count(*) from outbox_mails o join mailboxes m on m.workspace_id = o.workspace_id
             and m.id = o.mailbox_id where m.state <> 'active'";
        assert_eq!(outreach.count(from_others).await, 0);
    }
}
