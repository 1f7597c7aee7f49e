//! What servers refuse, and what it does to mails, leads, mailboxes and campaigns.

use std::time::Duration;

use super::{
    DAY, HOUR, MINUTE, pace,
    posted::{Posted, no_gap},
    server::Answer,
};
use crate::{
    mail::smtp::Stage,
    on,
    server::{db::test_databases, dns::testing::Zones},
    suppression::SuppressionKeys,
};

/// What a refusal leads to: state and code of the mail, of the enrolment, credits that came back, suppressed addresses, and the column
/// of the day's numbers that rises.
struct Row(Stage, &'static str, [&'static str; 2], [&'static str; 2], i64, i64, &'static str);

const ROWS: &[Row] = &[
    Row(
        Stage::Recipient,
        "550 5.1.1 <x>: Recipient address rejected: User unknown in local recipient table",
        ["failed", "no_such_address"],
        ["stopped", "bounced"],
        1,
        1,
        "hard",
    ),
    Row(
        Stage::Body,
        "550 5.1.1 The email account that you tried to reach does not exist.",
        ["failed", "no_such_address"],
        ["stopped", "bounced"],
        1,
        1,
        "hard",
    ),
    Row(Stage::Recipient, "550 no such user here", ["failed", "no_such_address"], ["stopped", "bounced"], 1, 1, "hard"),
    Row(Stage::Recipient, "550 5.1.2 Host unknown", ["failed", "no_such_domain"], ["stopped", "bounced"], 0, 0, "hard"),
    Row(
        Stage::Recipient,
        "450 4.7.1 Greylisted, please try again later",
        ["deferred", "later"],
        ["in_flight", ""],
        0,
        0,
        "",
    ),
    Row(Stage::Body, "451 4.3.0 Temporary failure", ["deferred", "later"], ["in_flight", ""], 0, 0, ""),
    Row(
        Stage::Recipient,
        "452 4.2.2 The recipient's inbox is out of storage space",
        ["deferred", "mailbox_full"],
        ["in_flight", ""],
        0,
        0,
        "soft",
    ),
    Row(Stage::Body, "550 5.0.0 Rejected", ["failed", "refused_unclear"], ["stopped", "refused"], 0, 0, "soft"),
    Row(
        Stage::Body,
        "550 5.7.1 Message rejected as spam by content filtering.",
        ["deferred", "policy"],
        ["in_flight", ""],
        0,
        0,
        "policy",
    ),
];

#[tokio::test]
async fn each_refusal_does_to_mail_lead_address_and_numbers_what_the_table_says() {
    for test in test_databases().await {
        let posted = Posted::new(&test.db, 100, 1, &[no_gap(100)]).await;
        // One lead for each row; the others wait for another campaign.
        let count = ROWS.len();
        for (number, row) in ROWS.iter().enumerate() {
            posted.server.say(row.0, &format!("person{}@", number + 1), row.1, 1);
        }
        posted.settle().await;
        posted.audit().await;
        assert_eq!(posted.server.taken().len(), 100 - count);
        for (number, Row(stage, words, mail, enrolment, credits, suppressed, _)) in ROWS.iter().enumerate() {
            let email = format!("person{}@acorn.example", number + 1);
            let found = outcome_of(&posted, &email).await;
            assert_eq!([found.mail.as_str(), found.code.as_str()], *mail, "{stage:?} {words}");
            assert_eq!([found.enrolment.as_str(), found.why.as_str()], *enrolment, "{stage:?} {words}");
            assert_eq!((found.credits, found.suppressed), (*credits, *suppressed), "{stage:?} {words}");
            assert!(!found.words.is_empty() && words.ends_with(&found.words), "{}", found.words);
            assert!(!found.mailed, "a lead that was not mailed can be returned");
        }
        let sums = |column: &str| ROWS.iter().filter(|row| row.6 == column).count() as i64;
        posted.is("select cast(sum(hard) as bigint) from outcome_days where scope = 'campaign'", sums("hard")).await;
        posted.is("select cast(sum(soft) as bigint) from outcome_days where scope = 'campaign'", sums("soft")).await;
        posted.is("select cast(sum(policy) as bigint) from outcome_days where scope = 'mailbox'", sums("policy")).await;
        posted.is("select count(*) from send_tries", count as i64).await;
        posted.is("select count(*) from mailboxes where state = 'active' and failures = 0", 1).await;
        posted.world.assert_proven().await;
    }
}

#[derive(sqlx::FromRow)]
struct Outcome {
    mail: String,
    code: String,
    words: String,
    enrolment: String,
    why: String,
    mailed: bool,
    credits: i64,
    suppressed: i64,
}

async fn outcome_of(posted: &Posted, email: &str) -> Outcome {
    let keys = posted.world.app.of::<SuppressionKeys>();
    let key = keys.canonical(&email.parse().unwrap());
    let mut tx = posted.world.app.db.read().await.unwrap();
    on!(&mut tx, c => sqlx::query_as(
        "select d.state as mail, coalesce(d.code, '') as code, coalesce(d.reply_words, '') as words, e.state as enrolment,
             coalesce(e.code, '') as why, l.mailed_at is not null as mailed,
             case when l.refunded_at is null then 0 else l.price end as credits,
             (select count(*) from suppressions s where s.workspace_id = d.workspace_id and s.key = $2 and s.reason = 'bounced') as suppressed
         from leads l
         join sends d on d.workspace_id = l.workspace_id and d.lead_id = l.id
         join enrolments e on e.workspace_id = d.workspace_id and e.campaign_id = d.campaign_id and e.lead_id = l.id
         where l.email = $1")
        .bind(email).bind(key).fetch_one(c).await)
    .unwrap()
}

/// What happens to the mailbox: where and what the server says, state and code of the mailbox, and whether the mail waits.
const MAILBOX_ROWS: &[(Stage, &str, &str, &str, &str)] = &[
    (Stage::Greeting, "421 4.7.0 Too many connections", "active", "network", "queued"),
    (Stage::SignIn, "535 5.7.8 Username and Password not accepted", "failing", "sign_in_refused", "queued"),
    (
        Stage::SignIn,
        "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant",
        "failing",
        "sign_in_switched_off",
        "queued",
    ),
    (Stage::SignIn, "454 4.7.0 Too many login attempts, please try again later", "active", "busy", "queued"),
    (
        Stage::Sender,
        "550 5.7.60 SMTP; Client does not have permissions to send as this sender",
        "failing",
        "may_not_send_as",
        "deferred",
    ),
    (Stage::Body, "550 5.4.5 Daily user sending limit exceeded", "active", "provider_limit", "queued"),
];

#[tokio::test]
async fn a_server_that_closes_in_the_middle_gets_the_rest_over_another_connection() {
    for test in test_databases().await {
        let posted = Posted::new(&test.db, 5, 1, &[no_gap(100)]).await;
        posted.server.say(Stage::Recipient, "person2@", "421 4.3.2 Service closing, come back", 1);
        posted.settle().await;
        assert_eq!(
            posted
                .text("select d.state from sends d join leads l on l.id = d.lead_id where l.email like 'person2@%'")
                .await,
            "queued"
        );
        posted.pass(HOUR).await;
        posted.audit().await;
        assert_eq!((posted.server.taken().len(), posted.server.connections().0), (5, 2), "each once");
        posted.is("select count(*) from mailboxes where state = 'active' and failures = 0", 1).await;
    }
}

#[tokio::test]
async fn what_is_about_the_mailbox_stops_or_rests_it_and_its_mail_waits() {
    for test in test_databases().await {
        let posted = Posted::new(&test.db, 1, 1, &[pace(50)]).await;
        for (stage, words, state, code, mail) in MAILBOX_ROWS {
            posted.set("update mailboxes set state = 'active', state_code = null, failures = 0, retry_at = null, free_at = 0, look_at = 0, lease_until = null").await;
            posted.set("update sends set state = 'queued', run_at = 0, attempt = 0, first_try_at = null").await;
            posted.set("delete from send_tries").await;
            posted.server.say(*stage, "", words, 1);
            // No more than two connections to a host begin within a second.
            posted.world.app.clock.advance(Duration::from_secs(2));
            posted.settle().await;
            assert_eq!(
                posted.text("select state || ' ' || state_code from mailboxes").await,
                format!("{state} {code}"),
                "{words}"
            );
            assert_eq!(posted.text("select state from sends").await, *mail, "{words}");
            assert_eq!(posted.text("select state from enrolments").await, "in_flight");
            posted.is("select count(*) from enrolments where code is not null", 0).await;
        }
        assert!(posted.server.taken().is_empty());
        posted.set("update mailboxes set state = 'active', state_code = null, free_at = 0, look_at = 0").await;
        posted.set("update sends set state = 'queued', run_at = 0").await;
        posted.world.app.clock.advance(Duration::from_secs(2));
        posted.settle().await;
        posted.audit().await;
        assert_eq!(posted.server.taken().len(), 1, "none of it kept the mail for good");
    }
}

#[tokio::test]
async fn a_server_that_is_away_is_tried_again_and_fails_the_mailbox_after_three_times() {
    for test in test_databases().await {
        let posted = Posted::new(&test.db, 1, 1, &[pace(50)]).await;
        posted.server.answer(Stage::Greeting, "", Answer::HangUp, 4);
        posted.settle().await;
        posted.is("select count(*) from mailboxes where state = 'active' and failures = 1", 1).await;
        posted.pass(2 * MINUTE).await;
        posted.is("select count(*) from mailboxes where state = 'active' and failures = 2", 1).await;
        posted.pass(8 * MINUTE).await;
        posted
            .is("select count(*) from mailboxes where state = 'failing' and failures = 3 and state_code = 'network'", 1)
            .await;
        posted.pass(HOUR).await;
        posted.audit().await;
        assert_eq!(posted.server.taken().len(), 1, "it is tried again without anyone's doing");
        posted.is("select count(*) from mailboxes where state = 'active' and failures = 0 and retry_at is null and state_code is null", 1).await;
    }
}

#[tokio::test]
async fn a_mail_that_is_put_off_leaves_later_with_the_same_bytes() {
    for test in test_databases().await {
        let posted = Posted::new(&test.db, 1, 1, &[pace(50)]).await;
        posted.server.say(Stage::Body, "", "451 4.7.1 Greylisting in action, please come back later", 2);
        posted.settle().await;
        assert!(posted.server.taken().is_empty());
        let first = posted.text("select message from sent_messages").await;
        posted.pass(3 * HOUR).await;
        posted.audit().await;
        let taken = posted.server.taken();
        assert_eq!(taken.len(), 1);
        assert_eq!(taken[0].message, first);
        posted.is("select count(*) from send_tries where reply_code = 451 and reply_status = '4.7.1' and stage = 'message'", 2).await;
        posted.is("select count(*) from sends where state = 'sent' and attempt = 2 and code is null", 1).await;
        posted.is("select count(*) from outreach_events where kind = 'deferred'", 2).await;
        posted.is("select count(*) from leads where mailed_at is not null", 1).await;
    }
}

#[tokio::test]
async fn a_server_that_never_takes_a_mail_is_given_up_after_two_days() {
    for test in test_databases().await {
        let posted = Posted::new(&test.db, 1, 2, &[pace(50)]).await;
        posted.server.say(Stage::Recipient, "", "450 4.3.2 Please try again later", 100);
        posted.pass(4 * DAY).await;
        posted.audit().await;
        assert_eq!(posted.text("select state || ' ' || code from enrolments").await, "stopped gave_up");
        let tries = posted.count("select count(*) from send_tries").await;
        assert!((4..=12).contains(&tries), "{tries} tries");
        posted.is("select count(*) from leads where mailed_at is not null", 0).await;
    }
}

#[tokio::test]
async fn a_limit_of_the_provider_in_the_middle_of_a_day_rests_the_mailbox_until_the_next() {
    for test in test_databases().await {
        let posted = Posted::new(&test.db, 6, 1, &[no_gap(50)]).await;
        posted.server.say(
            Stage::Body,
            "person4@",
            "550 5.4.5 Daily user sending limit exceeded. For more information on Gmail sending limits go to",
            1,
        );
        posted.pass(HOUR).await;
        posted.audit().await;
        assert_eq!(posted.server.taken().len(), 3);
        posted.is("select count(*) from mailboxes where state = 'active' and state_code = 'provider_limit'", 1).await;
        posted.is("select count(*) from outreach_events where kind in ('failed', 'deferred')", 0).await;
        posted.pass(DAY).await;
        posted.audit().await;
        assert_eq!(posted.server.taken().len(), 6);
        posted.is("select count(*) from mailboxes where state_code is null", 1).await;
    }
}

#[tokio::test]
async fn a_campaign_whose_mails_bounce_is_paused_until_a_member_resumes_it() {
    for test in test_databases().await {
        let posted = Posted::new(&test.db, 80, 1, &[no_gap(200)]).await;
        for number in [10, 30, 55] {
            posted.server.say(Stage::Recipient, &format!("person{number}@"), "550 5.1.1 User unknown", 1);
        }
        // The fourth bounces after the resume: the three before it do not count any more.
        posted.server.say(Stage::Recipient, "person79@", "550 5.1.1 User unknown", 1);
        posted.settle().await;
        let sent = posted.server.taken().len();
        assert!((47..80).contains(&sent), "{sent} mails left");
        assert_eq!(posted.text("select state || ' ' || code from campaign_sending").await, "paused bounce_protection");
        posted.pass(HOUR).await;
        assert_eq!(posted.server.taken().len(), sent, "only a member resumes");
        posted.is("select count(*) from outreach_events where kind = 'paused'", 1).await;
        let mut tx = posted.world.app.db.write().await.unwrap();
        let campaign =
            crate::campaigns::campaign(&mut tx, posted.world.member.workspace, posted.world.campaign).await.unwrap();
        crate::outreach::progress::resume_sending(&mut tx, &posted.world.member, &campaign, posted.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        posted.pass(MINUTE).await;
        posted.audit().await;
        assert_eq!(posted.server.taken().len(), 76);
        posted.is("select count(*) from campaign_sending where state = 'finished'", 1).await;
        posted.world.assert_proven().await;
    }
}

#[tokio::test]
async fn a_mailbox_that_three_domains_refuse_for_what_it_sends_is_paused() {
    for test in test_databases().await {
        let posted = Posted::new(&test.db, 4, 1, &[pace(50)]).await;
        for sql in [
            "update leads set email = 'ana@one.example' where email = 'person1@acorn.example'",
            "update leads set email = 'bo@two.example' where email = 'person2@acorn.example'",
            "update leads set email = 'cy@two.example' where email = 'person3@acorn.example'",
            "update leads set email = 'di@three.example' where email = 'person4@acorn.example'",
        ] {
            posted.set(sql).await;
        }
        posted.server.say(Stage::Body, "", "554 5.7.1 [HM08] Message rejected due to local policy.", 4);
        posted.settle().await;
        posted.is("select count(*) from mailboxes where state = 'active' and failures = 0", 1).await;
        posted.pass(10 * MINUTE).await;
        let refused = posted.count("select count(*) from sends where state = 'deferred' and code = 'policy'").await;
        assert!((3..=4).contains(&refused), "{refused}");
        assert_eq!(posted.text("select state || ' ' || state_code from mailboxes").await, "paused policy_refusals");
        posted.is("select count(*) from suppressions", 0).await;
        posted.pass(DAY).await;
        posted.audit().await;
        assert!(posted.server.taken().is_empty());
    }
}

#[tokio::test]
async fn a_domain_that_takes_no_mail_is_found_before_a_server_is_asked() {
    for test in test_databases().await {
        let mut posted = Posted::new(&test.db, 4, 1, &[no_gap(100)]).await;
        let zones =
            Zones::default().mail_host("acorn.example", 10, "mx.acorn.example").mail_host("null.example", 0, ".");
        posted.outreach.world.app.dns = zones.silent("slow.example").serve().await;
        for (number, domain) in [(1, "null.example"), (2, "gone.example"), (3, "slow.example")] {
            posted.rename(&format!("person{number}@acorn.example"), &format!("person{number}@{domain}")).await;
        }
        posted.settle().await;
        let taken: Vec<String> = posted.server.taken().into_iter().map(|mail| mail.recipient).collect();
        assert_eq!(taken.len(), 2, "{taken:?}");
        assert!(taken.contains(&"person3@slow.example".to_owned()), "what cannot be looked up holds nothing back");
        for email in ["person1@null.example", "person2@gone.example"] {
            let found = outcome_of(&posted, email).await;
            assert_eq!([found.mail.as_str(), found.code.as_str()], ["failed", "no_such_domain"], "{email}");
            assert_eq!([found.enrolment.as_str(), found.why.as_str()], ["stopped", "bounced"], "{email}");
            assert_eq!((found.credits, found.suppressed, found.mailed), (1, 1, false), "{email}");
            assert!(found.words.contains("takes no mail"), "{}", found.words);
        }
        posted.audit().await;
        posted.world.assert_proven().await;
    }
}
