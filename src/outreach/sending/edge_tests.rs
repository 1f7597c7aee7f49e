//! Clocks, ends and people that are told apart (OUTREACH §8, cases 9 to 26).

use std::sync::atomic::Ordering;

use super::tests::{DAY, HOUR, MINUTE, Outreach, pace, posted::Posted};
use crate::{
    on,
    outreach::{
        mailboxes::outbox,
        sequences::{Draft, StepDraft, VariantDraft, Wanted, preview, save, sequence::sequence},
        unsubscribe,
    },
    server::{
        clock::{Clock, Instant},
        db::test_databases,
    },
    suppression::{Cause, Reason, Subject, SuppressionKeys},
};

fn set_clock(outreach: &Outreach, at: Instant) {
    let Clock::Fixed(clock) = &outreach.world.app.clock else { panic!("a clock of the test") };
    clock.store(at.micros(), Ordering::SeqCst);
}

#[tokio::test]
async fn a_clock_that_goes_a_day_ahead_and_comes_back_exceeds_no_limit_and_sends_nothing_twice() {
    for test in test_databases().await {
        let outreach = Outreach::new(&test.db, 9, 1, &[pace(2)]).await;
        outreach.pass(HOUR).await;
        let today = outreach.now();
        assert_eq!(outreach.mails().await.len(), 2);
        set_clock(&outreach, today.plus(DAY));
        outreach.pass(HOUR).await;
        assert_eq!(outreach.mails().await.len(), 4);
        set_clock(&outreach, today);
        outreach.pass(HOUR).await;
        assert_eq!(outreach.mails().await.len(), 4, "today is full, and tomorrow is too");
        set_clock(&outreach, today.plus(DAY + HOUR));
        outreach.pass(HOUR).await;
        assert_eq!(outreach.mails().await.len(), 4);
        outreach.pass(4 * DAY).await;
        outreach.audit().await;
        assert_eq!(outreach.mails().await.len(), 9);
    }
}

#[tokio::test]
async fn mails_keep_their_distance_when_the_clock_is_put_back_by_two_seconds() {
    for test in test_databases().await {
        let outreach = Outreach::new(&test.db, 3, 1, &[pace(50)]).await;
        outreach.settle().await;
        for _ in 0..200 {
            set_clock(&outreach, outreach.now().minus(2 * MINUTE / 60));
            outreach.settle().await;
            set_clock(&outreach, outreach.now().plus(5 * MINUTE / 60));
            outreach.settle().await;
        }
        outreach.audit().await;
        assert_eq!(outreach.mails().await.len(), 3);
    }
}

#[tokio::test]
async fn after_its_last_day_a_campaign_sends_nothing_and_leaves_its_people_to_others() {
    for test in test_databases().await {
        let outreach = Outreach::new(&test.db, 3, 2, &[pace(2)]).await;
        outreach.pass(HOUR).await;
        let today = outreach.now().micros().div_euclid(86_400_000_000);
        let mut tx = outreach.world.app.db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query("update campaign_sending set ends_on = $1").bind(today).execute(c).await.map(drop)).unwrap();
        crate::outreach::schedule::open_windows(
            &mut tx,
            outreach.world.member.workspace,
            outreach.world.campaign,
            outreach.now(),
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        outreach.pass(4 * DAY).await;
        outreach.audit().await;
        assert_eq!(outreach.mails().await.len(), 2, "those of its last day");
        assert_eq!(outreach.count("select count(*) from campaign_sending where state = 'ended'").await, 1);
        assert_eq!(
            outreach.count("select count(*) from enrolments where state = 'stopped' and code = 'campaign_ended'").await,
            3
        );
        assert_eq!(outreach.count("select count(*) from enrolments where occupies").await, 0);
    }
}

/// Changes the delay of the second mail, as the editor would.
async fn set_delay(outreach: &Outreach, days: i64) {
    let (member, campaign) = (&outreach.world.member, outreach.world.campaign);
    let mut tx = outreach.world.app.db.write().await.unwrap();
    let stored = sequence(&mut tx, member.workspace, campaign).await.unwrap();
    let steps = stored.iter().map(|step| StepDraft {
        id: Some(step.id),
        delay_days: if step.position == 2 { days } else { step.delay_days },
        working_days: step.working_days,
        new_thread: step.new_thread,
        variants: step
            .variants
            .iter()
            .map(|one| VariantDraft {
                id: Some(one.id),
                based_on: Some(one.text.id),
                weight: one.weight,
                subject: one.text.subject.clone(),
                body: one.text.body.clone(),
            })
            .collect(),
    });
    let draft = Draft { steps: steps.collect(), ..Draft::default() };
    assert!(save(&mut tx, member, campaign, &draft, outreach.now()).await.unwrap().changed);
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_delay_that_is_changed_counts_for_those_who_wait_already() {
    for test in test_databases().await {
        let outreach = Outreach::new(&test.db, 3, 2, &[pace(50)]).await;
        outreach.pass(HOUR).await;
        assert_eq!(outreach.mails().await.len(), 3);
        set_delay(&outreach, 7).await;
        outreach.pass(4 * DAY).await;
        assert_eq!(outreach.mails().await.len(), 3, "not after two days any more");
        set_delay(&outreach, 1).await;
        outreach.pass(HOUR).await;
        outreach.audit().await;
        assert_eq!(outreach.mails().await.len(), 6, "overdue at once, and paced");
    }
}

#[tokio::test]
async fn two_spellings_of_an_address_are_two_people_to_write_to_and_one_to_leave_alone() {
    for test in test_databases().await {
        let outreach = Outreach::new(&test.db, 3, 2, &[pace(50)]).await;
        outreach
            .set("update leads set email = 'person1+news@acorn.example' where email = 'person2@acorn.example'")
            .await;
        outreach.pass(HOUR).await;
        assert_eq!(outreach.mails().await.len(), 3);
        let keys = outreach.world.app.of::<SuppressionKeys>();
        let subject = Subject::address(keys, &"PERSON1@acorn.example".parse().unwrap());
        let mut tx = outreach.world.app.db.write().await.unwrap();
        let cause = Cause::of(Reason::Person);
        unsubscribe::suppress(&mut tx, outreach.world.member.workspace, &[subject], &cause, outreach.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        outreach.pass(7 * DAY).await;
        outreach.audit().await;
        let second: Vec<String> = outreach.mails().await.into_iter().skip(3).map(|mail| mail.recipient).collect();
        assert_eq!(second, ["person3@acorn.example"]);
    }
}

#[tokio::test]
async fn a_lead_with_the_address_of_an_own_mailbox_or_member_is_not_written_to() {
    for test in test_databases().await {
        let outreach = Outreach::new(&test.db, 3, 1, &[pace(50)]).await;
        outreach.set("update leads set email = 'jo0@acme.example' where email = 'person1@acorn.example'").await;
        outreach.set("update users set email = 'Person2@acorn.example'").await;
        outreach.pass(HOUR).await;
        outreach.audit().await;
        let recipients: Vec<String> = outreach.mails().await.into_iter().map(|mail| mail.recipient).collect();
        assert_eq!(recipients, ["person3@acorn.example"]);
        assert_eq!(
            outreach.count("select count(*) from enrolments where state = 'stopped' and code = 'own_mailbox'").await,
            2
        );
    }
}

#[tokio::test]
async fn a_lead_at_a_domain_that_own_mails_come_from_is_not_written_to_unless_it_is_a_free_mail_provider() {
    for test in test_databases().await {
        let posted = Posted::new(&test.db, 3, 1, &[pace(50), pace(50)]).await;
        posted.rename("person1@acorn.example", "colleague@acme.example").await;
        posted.rename("person2@acorn.example", "somebody@gmail.com").await;
        posted.set("update mailboxes set address = 'jo1@gmail.com' where address = 'jo1@acme.example'").await;
        posted.pass(HOUR).await;
        posted.audit().await;
        let mut taken: Vec<String> = posted.server.taken().into_iter().map(|mail| mail.recipient).collect();
        taken.sort();
        assert_eq!(taken, ["person3@acorn.example", "somebody@gmail.com"]);
        posted.is("select count(*) from enrolments where state = 'stopped' and code = 'own_domain'", 1).await;
    }
}

#[tokio::test]
async fn an_address_that_needs_another_protocol_is_held_and_says_so() {
    for test in test_databases().await {
        let outreach = Outreach::new(&test.db, 2, 1, &[pace(50)]).await;
        outreach.set("update leads set email = 'pérson@acorn.example' where email = 'person1@acorn.example'").await;
        outreach.pass(HOUR).await;
        outreach.audit().await;
        assert_eq!(outreach.mails().await.len(), 1);
        assert_eq!(
            outreach.count("select count(*) from enrolments where state = 'held' and code = 'needs_smtputf8'").await,
            1
        );
    }
}

#[tokio::test]
async fn a_preview_makes_the_choices_that_the_mail_makes() {
    for test in test_databases().await {
        let outreach = Outreach::new(&test.db, 8, 1, &[pace(50)]).await;
        let (member, campaign) = (&outreach.world.member, outreach.world.campaign);
        outreach
            .set("update texts set body = '{one|two|three|four|five|six} {red|green|blue|grey|pink} {{first_name}}'")
            .await;
        let keys = outreach.world.app.of::<SuppressionKeys>();
        let mut tx = outreach.world.app.db.write().await.unwrap();
        let step = sequence(&mut tx, member.workspace, campaign).await.unwrap()[0].id;
        let mut shown = Vec::new();
        for number in 1..=8 {
            let wanted = Wanted { lead: Some(outreach.lead(number).await), lacking: false };
            let place = (member.workspace, campaign);
            let preview = preview(&mut tx, keys, place, step, wanted, ("x", outreach.now())).await.unwrap();
            shown.push((format!("person{number}@acorn.example"), preview.mail.unwrap().body));
        }
        drop(tx);
        outreach.pass(HOUR).await;
        let mails = outreach.mails().await;
        assert_eq!(mails.len(), 8);
        for (address, body) in shown {
            let mail = mails.iter().find(|mail| mail.recipient == address).unwrap();
            let text = outbox::text_of(&mail.message);
            assert!(text.starts_with(&body), "{address}: {text} was shown as {body}");
        }
    }
}
