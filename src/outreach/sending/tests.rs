//! The scheduler from end to end on a clock of its own, on every database at hand. `audit` holds the invariants of `mod.rs`. Mails of
//! the built-in outbox are looked at here, those that leave to mail servers in `tests/`.

mod continued;
pub mod killed;
mod outreach;
pub mod posted;
mod real;
mod refused;
pub mod server;
mod smtp;
mod token;
mod unknown;
mod withdrawn;

use super::{
    round::round,
    stop::{Stop, stop},
};
use crate::{
    on,
    outreach::{
        mailboxes::{
            freezes::{self, Freeze},
            outbox,
            outbox_answer::{self, OutboxAnswer},
        },
        progress::checklist::Confirmation,
        schedule::rules::{Pace, Ramp, day},
        sending::wake,
    },
    server::db::test_databases,
    suppression::{Cause, Reason, Subject, SuppressionKeys, suppress},
};

pub use self::outreach::{DAY, HOUR, MINUTE, Mail, Outreach, pace};

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
            for mail in [first, second] {
                // The way out is in the head for mail programs and in the text for people, whatever the text says.
                let link = mail.message.split("List-Unsubscribe:").nth(1).unwrap();
                let link = link.split(['<', '>']).nth(1).unwrap();
                assert!(mail.message.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"));
                assert!(outbox::text_of(&mail.message).contains(link), "{}", mail.message);
            }
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
async fn new_mailboxes_with_a_high_limit_begin_no_faster_than_the_operator_lets_them() {
    for test in test_databases().await {
        let quick = Pace { gap_min_s: 0, gap_max_s: 0, ..pace(500) };
        let outreach = Outreach::new(&test.db, 40, 1, &[quick]).await;
        outreach.set("insert into sending_limits (id, first_day) values (1, 3)").await;
        outreach.pass(DAY).await;
        // The workspace raises its limits, and switches its slow start on and off.
        outreach.set("update mailboxes set daily_cap = 400, ramp_start = 100, ramp_step = 100").await;
        outreach.pass(DAY).await;
        outreach.set("update mailboxes set daily_cap = 500, ramp_start = null, ramp_step = 0").await;
        outreach.pass(2 * DAY).await;
        outreach.audit().await;
        let mut tx = outreach.world.app.db.read().await.unwrap();
        let days: Vec<i64> =
            on!(&mut tx, c => sqlx::query_scalar("select used from send_days where scope = 'mailbox' order by day")
            .fetch_all(c).await)
            .unwrap();
        assert_eq!(days, [3, 6, 9, 12, 10], "three more with each day on which it sent, until no lead was left");
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
            // Steps shorter than the shortest gap, so that no two leads meet the same answer.
            let mut steps = 0;
            while outreach.count("select count(*) from sends").await < mails {
                outreach.pass(MINUTE / 3).await;
                steps += 1;
                assert!(steps < 90, "{answer:?}");
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
