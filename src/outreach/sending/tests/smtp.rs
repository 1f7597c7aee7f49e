//! Mails that leave through sessions with a mail server.

use std::{sync::Arc, time::Duration};

use tokio::sync::Notify;

use super::{
    DAY, HOUR, MINUTE, Outreach, pace,
    server::{Answer, MailServer},
};
use crate::{
    mail::{
        dkim::{Algorithm, Signer, SigningKey, tests::verifies},
        server::Server,
        sign_in::Secret,
        smtp::{
            Stage,
            tests::scripted::{patient, this_machine},
        },
    },
    on,
    outreach::{
        mailboxes::{
            account::Account,
            domains::signing,
            mailbox::{self, MailboxKind, MailboxSettings},
            secrets::{self, SecretPart},
        },
        schedule::rules::Pace,
        sending::{Sessions, round},
    },
    server::{
        db::{Db, test_databases},
        dns::testing::Zones,
    },
    suppression::{Cause, Reason, Subject, SuppressionKeys, suppress},
};

/// Mails as fast as the server takes them.
pub(super) fn no_gap(daily_cap: i64) -> Pace {
    Pace { gap_min_s: 0, gap_max_s: 0, ..pace(daily_cap) }
}

/// A campaign whose mailboxes sign in to one server.
pub(super) struct Posted {
    pub outreach: Outreach,
    pub server: MailServer,
}

impl std::ops::Deref for Posted {
    type Target = Outreach;

    fn deref(&self) -> &Outreach {
        &self.outreach
    }
}

impl Posted {
    pub async fn new(db: &Db, leads: i64, mails: i64, paces: &[Pace]) -> Self {
        Self::with(MailServer::start().await, db, leads, mails, paces).await
    }

    pub async fn with(server: MailServer, db: &Db, leads: i64, mails: i64, paces: &[Pace]) -> Self {
        let mut outreach = Outreach::new(db, leads, mails, &[]).await;
        let trusted = (server.tls.clone(), patient());
        outreach.world.app.of::<Sessions>().dialled.set(trusted).ok().unwrap();
        for (number, pace) in paces.iter().enumerate() {
            let id = add_mailbox(&outreach, &server, number, *pace).await;
            outreach.mailboxes.push(id);
        }
        let posted = Self { outreach, server };
        posted.attach().await;
        posted
    }

    /// Lets the campaign send from all mailboxes.
    async fn attach(&self) {
        let (workspace, campaign) = (self.world.member.workspace, self.world.campaign);
        let mut tx = self.world.app.db.write().await.unwrap();
        for mailbox in &self.mailboxes {
            on!(&mut tx, c => sqlx::query("insert into campaign_mailboxes (workspace_id, campaign_id, mailbox_id) values ($1, $2, $3)")
                .bind(workspace).bind(campaign).bind(mailbox).execute(c).await.map(drop)).unwrap();
        }
        super::wake(&mut tx, workspace, campaign, self.now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// What holds for mails of mail servers besides: the server has each sent mail once, and none that did not leave.
    pub async fn audit(&self) {
        self.outreach.audit().await;
        let sent: Vec<String> = self
            .texts("select l.email from sends d join leads l on l.workspace_id = d.workspace_id and l.id = d.lead_id where d.state = 'sent' order by 1")
            .await;
        let unknown = self.count("select count(*) from sends where state = 'unknown'").await;
        let mut taken: Vec<String> = self.server.taken().into_iter().map(|mail| mail.recipient).collect();
        taken.sort();
        if unknown == 0 {
            assert_eq!(taken, sent, "what the server took is what was sent");
        }
        let slots = "select count(*) from send_days d where d.scope = 'campaign' and d.used <> (select count(*) from sends s where s.workspace_id = d.workspace_id and s.slot_day = d.day)";
        assert_eq!(self.count(slots).await, 0, "a counter is not its slots");
    }

    /// Gives a lead another address.
    pub async fn rename(&self, old: &str, new: &str) {
        let mut tx = self.world.app.db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query("update leads set email = $2 where email = $1")
            .bind(old).bind(new).execute(c).await.map(drop))
        .unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn texts(&self, sql: &'static str) -> Vec<String> {
        let mut tx = self.world.app.db.read().await.unwrap();
        on!(&mut tx, c => sqlx::query_scalar(sql).fetch_all(c).await).unwrap()
    }

    pub async fn text(&self, sql: &'static str) -> String {
        self.texts(sql).await.join(" ")
    }

    pub async fn is(&self, sql: &'static str, count: i64) {
        assert_eq!(self.count(sql).await, count, "{sql}");
    }

    /// Lets sessions begin, and waits until the server holds an answer back.
    pub async fn until_held(&self) {
        round(&self.world.app).await.unwrap();
        self.server.holds.notified().await;
    }
}

async fn add_mailbox(
    outreach: &Outreach,
    server: &MailServer,
    number: usize,
    pace: Pace,
) -> crate::outreach::ids::MailboxId {
    let app = &outreach.world.app;
    let any = || (format!("jo{number}@acme.example"), "a password".to_owned());
    let (user, password) = server.sign_in.clone().unwrap_or_else(any);
    let address = if user.contains('@') { user.clone() } else { any().0 };
    let smtp = Server { host: server.host.clone(), port: server.port, security: server.security };
    let settings = MailboxSettings {
        address,
        sender_name: "Jo".into(),
        reply_to: None,
        signature: "Jo\nAcme".into(),
        account: Some(Account { smtp, smtp_user: user, imap: None, imap_user: String::new() }),
        time_zone: "UTC".into(),
        pace,
    };
    let mut tx = app.db.write().await.unwrap();
    let owner = (outreach.world.member.workspace, outreach.world.member.user);
    let id = mailbox::add(&mut tx, owner, MailboxKind::Smtp, &settings, outreach.now()).await.unwrap();
    let (keys, secret) = (app.config.encryption_keys(), Secret::new(password));
    secrets::keep(&mut tx, &keys, (owner.0, id), SecretPart::Smtp, &secret).await.unwrap();
    on!(&mut tx, c => sqlx::query("update mailboxes set state = 'active', look_at = 0 where id = $1")
        .bind(id).execute(c).await.map(drop))
    .unwrap();
    tx.commit().await.unwrap();
    id
}

#[tokio::test]
async fn mails_leave_through_a_session_and_follow_ups_answer_them() {
    for test in test_databases().await {
        assert!(this_machine().contains("127.0.0.1".parse().unwrap()));
        let posted = Posted::new(&test.db, 3, 2, &[pace(50)]).await;
        posted.pass(7 * DAY).await;
        posted.audit().await;
        assert_eq!(posted.server.taken().len(), 6);
        for number in 1..=3 {
            let mails = posted.server.taken_of(&format!("person{number}@acorn.example"));
            let [first, second] = &mails[..] else { panic!("{mails:?}") };
            assert!(first.message.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"));
            let id = first.message.split("Message-ID: <").nth(1).unwrap().split('>').next().unwrap();
            assert!(second.message.contains(&format!("In-Reply-To: <{id}>")), "{}", second.message);
        }
        posted.is("select count(*) from enrolments where state = 'finished'", 3).await;
        posted.is("select count(*) from sends where reply_words = '250 2.0.0 Ok: queued'", 6).await;
        posted.is("select count(*) from sent_messages", 6).await;
        posted.world.assert_proven().await;
    }
}

#[tokio::test]
async fn a_mailbox_without_a_gap_sends_many_over_one_connection() {
    for test in test_databases().await {
        let posted = Posted::new(&test.db, 45, 1, &[no_gap(100)]).await;
        posted.settle().await;
        posted.audit().await;
        assert_eq!(posted.server.taken().len(), 45);
        assert_eq!(posted.server.connections(), (1, 1));
    }
}

#[tokio::test]
async fn a_slow_server_holds_up_neither_the_rounds_nor_other_mailboxes() {
    for test in test_databases().await {
        let posted = Posted::new(&test.db, 6, 1, &[pace(50), pace(50)]).await;
        let released = Arc::new(Notify::new());
        posted.server.answer(Stage::SignIn, "", Answer::Hold(released.clone()), 1);
        posted.until_held().await;
        for _ in 0..4 {
            round(&posted.world.app).await.unwrap();
            while posted.count("select count(*) from sends where state in ('claimed', 'sending')").await > 1 {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            posted.world.app.clock.advance(Duration::from_secs(20));
        }
        assert!(!posted.server.taken().is_empty(), "the other mailbox sends");
        released.notify_one();
        posted.pass(HOUR).await;
        posted.audit().await;
        assert_eq!(posted.server.taken().len(), 6);
        assert!(posted.server.connections().1 <= 2);
    }
}

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
async fn whoever_opts_out_or_is_paused_while_the_server_waits_for_the_message_gets_none() {
    for pauses in [false, true] {
        for test in test_databases().await {
            let posted = Posted::new(&test.db, 1, 1, &[pace(50)]).await;
            let released = Arc::new(Notify::new());
            posted.server.answer(Stage::Data, "", Answer::Hold(released.clone()), 1);
            posted.until_held().await;
            let (workspace, at) = (posted.world.member.workspace, posted.now());
            let mut tx = posted.world.app.db.write().await.unwrap();
            if pauses {
                let campaign = crate::campaigns::campaign(&mut tx, workspace, posted.world.campaign).await.unwrap();
                crate::outreach::progress::pause_sending(&mut tx, &posted.world.member, &campaign, at).await.unwrap();
            } else {
                let keys = posted.world.app.of::<SuppressionKeys>();
                let subject = Subject::address(keys, &"person1@acorn.example".parse().unwrap());
                suppress(&mut tx, workspace, &subject, &Cause::of(Reason::Person), at).await.unwrap();
            }
            tx.commit().await.unwrap();
            released.notify_one();
            posted.settle().await;
            posted.audit().await;
            assert!(posted.server.taken().is_empty());
            let expected = if pauses { "queued" } else { "cancelled" };
            assert_eq!(posted.text("select state from sends").await, expected);
            if pauses {
                posted.set("update campaign_sending set state = 'running'").await;
                posted.set("update mailboxes set look_at = 0").await;
                posted.pass(5 * MINUTE).await;
                posted.audit().await;
                assert_eq!(posted.server.taken().len(), 1, "it leaves once the campaign sends again");
            }
        }
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
async fn two_servers_share_the_mailboxes_and_send_each_mail_once() {
    for test in test_databases().await {
        let paces: Vec<Pace> = (0..4).map(|_| no_gap(50)).collect();
        let posted = Posted::new(&test.db, 60, 1, &paces).await;
        posted.set("update campaign_sending set daily_cap = 50").await;
        let world = &posted.world;
        let (other, _folder) =
            crate::app::testing::app_on(world.app.config.clone(), &test.db, world.app.clock.clone()).await;
        other.of::<Sessions>().dialled.set((posted.server.tls.clone(), patient())).ok().unwrap();
        for _ in 0..30 {
            let (one, another) = tokio::join!(round(&world.app), round(&other));
            one.unwrap();
            another.unwrap();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        posted.pass(3 * MINUTE).await;
        posted.audit().await;
        assert_eq!(posted.server.taken().len(), 50, "the limit of the campaign, not one more");
    }
}

#[tokio::test]
async fn a_test_mail_leaves_through_the_same_session_and_takes_no_slot() {
    for test in test_databases().await {
        let posted = Posted::new(&test.db, 1, 1, &[pace(50)]).await;
        posted.settle().await;
        let (app, member) = (&posted.world.app, &posted.world.member);
        let mail = crate::outreach::sending::TestMail {
            campaign: posted.world.campaign,
            mailbox: posted.mailboxes[0],
            from: ("Jo".into(), "jo0@acme.example".into()),
            reply_to: None,
            to: "ada@acme.example".parse().unwrap(),
            subject: "About Acorn".into(),
        };
        let mut tx = app.db.write().await.unwrap();
        let sent = crate::outreach::sending::send_test(
            app,
            &mut tx,
            member,
            &mail,
            |url| format!("Hello {url}"),
            posted.now(),
        );
        assert_eq!(sent.await.unwrap().unwrap(), crate::outreach::sending::Sent::Queued);
        tx.commit().await.unwrap();
        posted.settle().await;
        let taken = posted.server.taken_of("ada@acme.example");
        assert_eq!(taken.len(), 1, "it does not wait for the gap");
        assert!(taken[0].message.contains("Subject: [Test] About Acorn"));
        posted.is("select used from send_days where scope = 'mailbox'", 1).await;
        posted.is("select count(*) from outreach_events where kind = 'sent'", 1).await;
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

#[tokio::test]
async fn a_mailbox_with_a_key_signs_what_it_sends() {
    for test in test_databases().await {
        let posted = Posted::new(&test.db, 2, 1, &[no_gap(100)]).await;
        let app = &posted.world.app;
        let key = SigningKey::make(Algorithm::Rsa).unwrap();
        let record = key.record();
        let signer = Signer { domain: "acme.example".into(), selector: "k1".into(), key };
        let mailbox = (posted.world.member.workspace, posted.mailboxes[0]);
        let mut tx = app.db.write().await.unwrap();
        signing::keep(&mut tx, &app.config.encryption_keys(), mailbox, &signer, posted.now()).await.unwrap();
        tx.commit().await.unwrap();
        posted.settle().await;
        let taken = posted.server.taken();
        assert_eq!(taken.len(), 2);
        for mail in taken {
            assert!(verifies(mail.message.trim_end_matches(".\r\n"), &record), "{}", mail.message);
        }
    }
}
