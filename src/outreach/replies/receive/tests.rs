//! Answers and reports from end to end: a campaign sends, its recipients' programs write, and what follows is looked at in the rows, on
//! every database at hand.

use super::*;
use crate::{
    campaigns::ids::LeadId,
    on,
    outreach::{
        mailboxes::outbox_answer::{self, OutboxAnswer},
        sending::tests::{DAY, HOUR, Mail, Outreach, pace},
    },
    server::db::test_databases,
};

/// A campaign with what comes back to its mailbox.
pub struct Conversation {
    pub outreach: Outreach,
}

impl Conversation {
    /// `leads` leads that had the first of `mails` mails.
    pub async fn begun(db: &crate::server::db::Db, leads: i64, mails: i64) -> Self {
        let outreach = Outreach::new(db, leads, mails, &[pace(50)]).await;
        outreach.pass(HOUR * 2).await;
        assert_eq!(outreach.mails().await.len() as i64, leads);
        Self { outreach }
    }

    pub fn app(&self) -> &App {
        &self.outreach.world.app
    }

    pub fn mailbox(&self) -> MailboxKey {
        (self.outreach.world.member.workspace, self.outreach.mailboxes[0])
    }

    /// The newest mail to a person.
    pub async fn mail_to(&self, number: i64) -> Mail {
        let recipient = format!("person{number}@acorn.example");
        let mails = self.outreach.mails().await;
        mails.into_iter().rfind(|mail| mail.recipient == recipient).unwrap()
    }

    pub async fn comes(&self, raw: &str) -> Received {
        self.comes_to(raw, None).await
    }

    async fn comes_to(&self, raw: &str, usage: Option<FolderUse>) -> Received {
        let place = usage.map(|usage| Place { folder: "Sent".into(), usage, uid_validity: 1, uid: 7 });
        let raw = raw.replace('\n', "\r\n").into_bytes();
        let incoming = Incoming { place, received_at: self.outreach.now(), raw, is_cut: false };
        deliver(self.app(), self.mailbox(), incoming).await.unwrap()
    }

    /// A message of a person about the newest mail, with more fields and this text.
    pub async fn answers(&self, number: i64, fields: &str, text: &str) -> Received {
        let mail = self.mail_to(number).await;
        self.comes(&answer(&mail, number, fields, text)).await
    }

    pub async fn bounces(&self, number: i64, status: &str, reply: &str) -> Received {
        let mail = self.mail_to(number).await;
        self.comes(&report(&mail, "failed", status, reply)).await
    }

    /// What a statement finds, as text.
    pub async fn text(&self, sql: &'static str) -> String {
        let mut tx = self.app().db.read().await.unwrap();
        let found: Vec<String> = on!(&mut tx, c => sqlx::query_scalar(sql).fetch_all(c).await).unwrap();
        found.join("; ")
    }

    pub async fn is(&self, sql: &'static str, count: i64) {
        assert_eq!(self.outreach.count(sql).await, count, "{sql}");
    }

    /// State and code of the sequence of a person.
    pub async fn sequence(&self, number: i64) -> String {
        let lead: LeadId = self.outreach.lead(number).await;
        let mut tx = self.app().db.read().await.unwrap();
        on!(&mut tx, c => sqlx::query_scalar("select state || ' ' || coalesce(code, '') from enrolments where lead_id = $1")
            .bind(lead).fetch_one(c).await)
        .unwrap()
    }

    async fn mails_of(&self, number: i64) -> usize {
        let recipient = format!("person{number}@acorn.example");
        self.outreach.mails().await.into_iter().filter(|mail| mail.recipient == recipient).count()
    }
}

fn id_of(mail: &Mail) -> String {
    mail.message.split("Message-ID: <").nth(1).unwrap().split('>').next().unwrap().to_owned()
}

pub fn answer(mail: &Mail, number: i64, fields: &str, text: &str) -> String {
    let id = id_of(mail);
    format!(
        "From: Person {number} <person{number}@acorn.example>\nTo: jo0@acme.example\nSubject: Re: {}\nMessage-ID: <{number}.{}@acorn.example>\n\
         In-Reply-To: <{id}>\nReferences: <{id}>\n{fields}Content-Type: text/plain; charset=utf-8\n\n{text}\n",
        mail.subject,
        crate::ids::uuid_v7(),
    )
}

pub(super) fn report(mail: &Mail, action: &str, status: &str, reply: &str) -> String {
    let (id, to) = (id_of(mail), &mail.recipient);
    format!(
        "Return-Path: <>\nFrom: Mail Delivery System <MAILER-DAEMON@mx.acorn.example>\nTo: jo0@acme.example\n\
         Subject: Undelivered Mail Returned to Sender\nMessage-ID: <{}@mx.acorn.example>\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\n\n--b\nContent-Type: text/plain\n\n\
         This is the mail system.\n\n<{to}>: {reply}\n\n--b\nContent-Type: message/delivery-status\n\n\
         Reporting-MTA: dns; mx.acorn.example\n\nFinal-Recipient: rfc822; {to}\nOriginal-Recipient: rfc822;{to}\n\
         Action: {action}\nStatus: {status}\nDiagnostic-Code: smtp; {reply}\n\n--b\nContent-Type: text/rfc822-headers\n\n\
         Message-ID: <{id}>\nTo: {to}\nSubject: {}\n\n--b--\n",
        crate::ids::uuid_v7(),
        mail.subject,
    )
}

fn complaint(mail: &Mail) -> String {
    format!(
        "Return-Path: <>\nFrom: feedback@acorn.example\nTo: jo0@acme.example\nSubject: Complaint\nMessage-ID: <{}@feedback.example>\n\
         MIME-Version: 1.0\nContent-Type: multipart/report; report-type=feedback-report; boundary=\"b\"\n\n--b\nContent-Type: text/plain\n\n\
         An abuse report.\n\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: Loop/1\nVersion: 1\n\
         Original-Rcpt-To: <{}>\n\n--b\nContent-Type: message/rfc822\n\n{}\n--b--\n",
        crate::ids::uuid_v7(),
        mail.recipient,
        mail.message,
    )
}

pub(super) const CREDITS_BACK: &str = "select count(*) from leads where refunded_at is not null";

#[tokio::test]
async fn an_answer_stops_the_sequence_and_is_kept_once() {
    for test in test_databases().await {
        let all = Conversation::begun(&test.db, 2, 3).await;
        let mail = all.mail_to(1).await;
        let raw =
            answer(&mail, 1, "", "Hello Jo,\n\nwho else uses it?\n\n> Hello there, are you\n> looking for suppliers?");
        assert!(matches!(all.comes(&raw).await, Received::Stored(_)));
        assert_eq!(all.comes(&raw).await, Received::Known, "the same message again");
        assert_eq!(all.sequence(1).await, "stopped answered");
        assert_eq!(all.sequence(2).await, "active ");
        all.outreach.pass(8 * DAY).await;
        all.outreach.audit().await;
        assert_eq!((all.mails_of(1).await, all.mails_of(2).await), (1, 3));
        all.is("select count(*) from threads where unread and not automatic and not untracked and state = 'open'", 1)
            .await;
        assert_eq!(
            all.text("select person || ', ' || address || ': ' || first_line from threads").await,
            "Person 1, person1@acorn.example: Hello Jo,"
        );
        all.is("select count(*) from mails m join mail_bodies b on b.mail_id = m.id where m.kind = 'human' and m.send_id is not null", 1).await;
        all.is("select count(*) from reply_facts where human and step_id is not null and text_id is not null", 1).await;
        all.is("select count(*) from sends where answered_at is not null", 1).await;
        all.is("select cast(sum(replies) as bigint) from outcome_days where scope = 'campaign'", 1).await;
        all.is("select count(*) from outreach_events where kind = 'answered'", 1).await;
        all.is("select count(*) from outreach_events where kind = 'stopped'", 1).await;
        all.outreach.world.assert_proven().await;
    }
}

#[tokio::test]
async fn an_answer_that_is_committed_before_the_mail_leaves_keeps_it() {
    for test in test_databases().await {
        let all = Conversation::begun(&test.db, 1, 2).await;
        // The follow-up is picked, and about to be handed over.
        all.outreach.set("update mailboxes set state = 'paused'").await;
        all.outreach.pass(3 * DAY).await;
        all.outreach.set("update mailboxes set state = 'active', look_at = 0").await;
        let slots = sending::slots(all.app(), all.outreach.now()).await.unwrap();
        assert_eq!(all.sequence(1).await, "in_flight ");
        all.answers(1, "", "Please call me instead.").await;
        sending::hand_over(all.app(), slots.batches).await.unwrap();
        all.outreach.settle().await;
        assert_eq!(all.sequence(1).await, "stopped answered");
        assert_eq!(all.mails_of(1).await, 1);
        all.outreach.audit().await;
    }
}

#[tokio::test]
async fn the_others_of_a_company_are_held_if_the_campaign_asks_for_it() {
    for test in test_databases().await {
        let all = Conversation::begun(&test.db, 3, 2).await;
        all.outreach.set("update campaign_sending set stop_company = true").await;
        all.answers(1, "", "Not interested, thank you.").await;
        assert_eq!(all.sequence(3).await, "active ");
        all.answers(2, "", "Which day would suit you?").await;
        let sequences = [all.sequence(1).await, all.sequence(2).await, all.sequence(3).await];
        assert_eq!(sequences, ["stopped not_interested", "stopped answered", "held company_answered"]);
        all.outreach.pass(5 * DAY).await;
        assert_eq!(all.mails_of(3).await, 1);
        all.outreach.audit().await;
    }
}

#[tokio::test]
async fn an_absence_holds_the_sequence_until_the_return_and_a_working_day() {
    for test in test_databases().await {
        let all = Conversation::begun(&test.db, 2, 2).await;
        // The test begins on a Monday: the person is back on the second Saturday after it.
        let today = crate::outreach::schedule::rules::day(all.outreach.now(), &jiff::tz::TimeZone::UTC);
        assert_eq!(today.weekday(), 1);
        let back = today.plus(12);
        let text = format!("I am out of the office and will be back on {}.", back.date().strftime("%-d %B %Y"));
        let stored = all.answers(1, "Auto-Submitted: auto-replied\n", &text).await;
        assert!(matches!(stored, Received::Stored(_)));
        assert_eq!(all.sequence(1).await, "held out_of_office");
        let monday =
            crate::outreach::schedule::rules::start_of_day(back.plus(2), &jiff::tz::TimeZone::UTC).plus(9 * HOUR);
        all.is("select held_until from enrolments where state = 'held'", monday.0).await;
        all.is("select count(*) from threads where automatic and not unread", 1).await;
        all.is("select count(*) from sends where answered_at is not null", 0).await;
        all.is("select count(*) from reply_facts where not human", 1).await;
        all.outreach.pass(12 * DAY).await;
        assert_eq!((all.mails_of(1).await, all.mails_of(2).await), (1, 2));
        all.outreach.pass(3 * DAY).await;
        assert_eq!(all.mails_of(1).await, 2);
        all.outreach.audit().await;
    }
}

#[tokio::test]
async fn a_bounce_of_the_first_mail_brings_the_credit_back_once_and_one_of_the_second_none() {
    for test in test_databases().await {
        let all = Conversation::begun(&test.db, 2, 2).await;
        all.bounces(1, "5.1.1", "550 5.1.1 User unknown").await;
        assert_eq!(all.sequence(1).await, "stopped bounced");
        all.is(CREDITS_BACK, 1).await;
        all.is("select count(*) from suppressions where reason = 'bounced'", 1).await;
        all.bounces(1, "5.1.1", "550 5.1.1 User unknown").await;
        all.is("select count(*) from mails where kind = 'bounce'", 2).await;
        all.is("select count(*) from outreach_events where kind = 'bounced'", 1).await;
        all.is("select cast(sum(hard) as bigint) from outcome_days where scope = 'mailbox'", 1).await;
        all.outreach.pass(4 * DAY).await;
        assert_eq!(all.mails_of(2).await, 2);
        all.bounces(2, "5.1.1", "550 5.1.1 User unknown").await;
        all.is(CREDITS_BACK, 1).await;
        all.is("select count(*) from suppressions where reason = 'bounced'", 2).await;
        all.is("select count(*) from reply_facts", 0).await;
        all.outreach.world.assert_proven().await;
    }
}

#[tokio::test]
async fn what_is_not_the_address_s_fault_refunds_and_suppresses_nothing() {
    for test in test_databases().await {
        let all = Conversation::begun(&test.db, 5, 3).await;
        all.bounces(1, "5.2.2", "552 5.2.2 Quota exceeded (mailbox for user is full)").await;
        all.bounces(2, "5.7.1", "554 5.7.1 Message rejected due to local policy").await;
        all.bounces(3, "5.0.0", "550 Requested action not taken").await;
        let mail = all.mail_to(4).await;
        all.comes(&report(&mail, "delayed", "4.4.1", "451 4.4.1 Connection timed out")).await;
        let sequences = [all.sequence(1).await, all.sequence(2).await, all.sequence(3).await, all.sequence(4).await];
        assert_eq!(sequences, ["held mailbox_full", "stopped refused", "stopped refused", "active "]);
        all.bounces(5, "5.1.8", "550 5.1.8 Sender address rejected: Domain not found").await;
        assert_eq!(all.sequence(5).await, "held sender_fault");
        assert_eq!(all.text("select state || ' ' || state_code from mailboxes").await, "paused sender_fault");
        all.is(CREDITS_BACK, 0).await;
        all.is("select count(*) from suppressions", 0).await;
        all.is("select cast(sum(soft) as bigint) from outcome_days where scope = 'campaign'", 2).await;
        all.is("select cast(sum(policy) as bigint) from outcome_days where scope = 'campaign'", 1).await;
        all.is("select count(*) from outreach_events where kind = 'delayed'", 1).await;
    }
}

#[tokio::test]
async fn a_copy_of_our_own_mail_is_no_answer_and_proves_that_it_left() {
    for test in test_databases().await {
        let outreach = Outreach::new(&test.db, 1, 2, &[pace(50)]).await;
        let mailbox = (outreach.world.member.workspace, outreach.mailboxes[0]);
        let mut tx = outreach.world.app.db.write().await.unwrap();
        outbox_answer::choose(&mut tx, mailbox.0, mailbox.1, OutboxAnswer::HangsUp).await.unwrap();
        tx.commit().await.unwrap();
        outreach.pass(HOUR).await;
        let all = Conversation { outreach };
        assert_eq!(all.sequence(1).await, "held unknown_outcome");
        let id = all.text("select message_id from sends").await;
        let copy = format!(
            "From: Jo <jo0@acme.example>\nTo: person1@acorn.example\nSubject: About Acorn\nMessage-ID: <{id}>\n\nHello\n"
        );
        assert_eq!(all.comes_to(&copy, Some(FolderUse::Sent)).await, Received::Own);
        assert_eq!(all.sequence(1).await, "active ");
        assert_eq!(all.text("select state from sends").await, "sent");
        all.is("select count(*) from threads", 0).await;
        all.is("select count(*) from sends where answered_at is not null", 0).await;
    }
}

#[tokio::test]
async fn an_id_that_the_provider_put_in_place_of_ours_is_learned_from_the_copy_in_sent() {
    for test in test_databases().await {
        let all = Conversation::begun(&test.db, 2, 3).await;
        let left = "select cast(d.sending_at as text) from sends d join leads l on l.workspace_id = d.workspace_id and l.id = d.lead_id
             where l.email = 'person1@acorn.example'";
        let left: i64 = all.text(left).await.parse().unwrap();
        let copy = |id: &str, to: i64, subject: &str, minutes: i64| {
            let date = jiff::Timestamp::from_microsecond(left + minutes * 60_000_000).unwrap();
            let date = date.strftime("%a, %d %b %Y %H:%M:%S +0000");
            format!(
                "From: Jo <jo0@acme.example>\nTo: person{to}@acorn.example\nSubject: {subject}\nDate: {date}\nMessage-ID: <{id}>\n\nHello\n"
            )
        };
        let subject = all.mail_to(1).await.subject.clone();
        // What a member writes themselves is no copy: another subject, another time, another person.
        let days = 24 * 60;
        for other in [
            copy("a@provider.example", 1, "Another matter", 1),
            copy("b@provider.example", 1, &subject, days),
            copy("c@provider.example", 9, &subject, 1),
        ] {
            all.comes_to(&other, Some(FolderUse::Sent)).await;
        }
        all.is("select count(*) from send_aliases", 0).await;
        for _ in 0..2 {
            assert_eq!(
                all.comes_to(&copy("new@provider.example", 1, &subject, 1), Some(FolderUse::Sent)).await,
                Received::Own
            );
        }
        all.is("select count(*) from send_aliases where message_id = 'new@provider.example'", 1).await;
        all.is("select count(*) from threads", 0).await;

        // The follow-up names what the recipient's mail program knows, and ours beside it.
        all.outreach.pass(3 * DAY).await;
        let recipient = "person1@acorn.example";
        let mails: Vec<Mail> =
            all.outreach.mails().await.into_iter().filter(|mail| mail.recipient == recipient).collect();
        let (first, second) = (id_of(&mails[0]), &mails[1]);
        let parsed = mail_parser::MessageParser::default().parse(&second.message).unwrap();
        assert_eq!(parsed.in_reply_to().as_text(), Some("new@provider.example"));
        let references: Vec<String> =
            parsed.references().as_text_list().unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(references, [first.as_str(), "new@provider.example"]);

        // An answer from an address that no one has written to names the new id alone.
        let answer = "From: Ana <ana@elsewhere.example>\nTo: jo0@acme.example\nSubject: Hm\nMessage-ID: <1@elsewhere.example>\n\
                      In-Reply-To: <new@provider.example>\n\nWhich day would suit you?\n";
        assert!(matches!(all.comes(answer).await, Received::Stored(_)));
        assert_eq!(all.sequence(1).await, "stopped answered");
        all.is("select count(*) from threads where untracked", 0).await;
        all.is(
            "select count(*) from mails m join send_aliases a on a.workspace_id = m.workspace_id and a.send_id = m.send_id
             where m.direction = 'in'",
            1,
        )
        .await;
    }
}

#[tokio::test]
async fn a_wish_for_no_more_mails_suppresses_the_person() {
    for test in test_databases().await {
        let all = Conversation::begun(&test.db, 1, 2).await;
        all.answers(1, "", "Please unsubscribe me.").await;
        assert_eq!(all.sequence(1).await, "stopped unsubscribed");
        all.is("select count(*) from suppressions where reason = 'unsubscribed' and campaign_id is null", 1).await;
        assert_eq!(all.text("select label || ' ' || label_by from threads").await, "unsubscribe rule");
        all.is("select cast(sum(opt_outs) as bigint) from outcome_days where scope = 'campaign'", 1).await;
        all.is("select cast(sum(replies) as bigint) from outcome_days where scope = 'campaign'", 1).await;
    }
}

#[tokio::test]
async fn a_complaint_suppresses_the_person_and_protects_the_campaign() {
    for test in test_databases().await {
        let all = Conversation::begun(&test.db, 3, 2).await;
        let mail = all.mail_to(1).await;
        let raw = complaint(&mail);
        assert!(matches!(all.comes(&raw).await, Received::Stored(_)));
        assert_eq!(all.sequence(1).await, "stopped complained");
        all.is("select count(*) from suppressions where reason = 'complained'", 1).await;
        assert_eq!(all.text("select state || ' ' || code from campaign_sending").await, "paused complaint_protection");
        all.is("select cast(sum(complaints) as bigint) from outcome_days where scope = 'campaign'", 1).await;
        all.is(CREDITS_BACK, 0).await;
    }
}

#[tokio::test]
async fn answers_without_ids_are_matched_by_address_and_strangers_are_not_ours() {
    for test in test_databases().await {
        let all = Conversation::begun(&test.db, 3, 2).await;
        let raw = |from: &str, subject: &str, text: &str| {
            let id = crate::ids::uuid_v7();
            format!("From: {from}\nTo: jo0@acme.example\nSubject: {subject}\nMessage-ID: <{id}@x.example>\n\n{text}\n")
        };
        assert!(matches!(
            all.comes(&raw("person1@acorn.example", "AW: About Acorn", "Gladly.")).await,
            Received::Stored(_)
        ));
        assert!(matches!(all.comes(&raw("person2@acorn.example", "Hello", "Call me.")).await, Received::Stored(_)));
        let colleague = raw("boss@acorn.example", "Your mail", "You wrote to person3@acorn.example. Write to me.");
        assert!(matches!(all.comes(&colleague).await, Received::Stored(_)));
        for (from, text) in [
            ("boss@acorn.example", "We have an offer."),
            ("uma@elm.example", "person3@acorn.example"),
            ("jo0@acme.example", "me"),
        ] {
            let received = all.comes(&raw(from, "Hello", text)).await;
            assert!(matches!(received, Received::NotOurs | Received::Own), "{from}: {received:?}");
        }
        all.is("select count(*) from threads where untracked", 3).await;
        all.is("select count(*) from enrolments where state = 'stopped' and code = 'answered'", 3).await;
    }
}

#[tokio::test]
async fn of_a_slice_only_what_concerns_us_is_wanted() {
    for test in test_databases().await {
        let all = Conversation::begun(&test.db, 1, 2).await;
        let mail = all.mail_to(1).await;
        let id = id_of(&mail);
        let headers = [
            format!("From: x@elm.example\nIn-Reply-To: <{id}>\nMessage-ID: <1@x>\n\n"),
            "From: person1@acorn.example\nMessage-ID: <2@x>\n\n".into(),
            "From: other@acorn.example\nMessage-ID: <3@x>\n\n".into(),
            "Return-Path: <>\nFrom: MAILER-DAEMON@elm.example\nMessage-ID: <4@x>\n\n".into(),
            format!("From: jo0@acme.example\nMessage-ID: <{id}>\n\n"),
            "From: news@elm.example\nMessage-ID: <5@x>\n\n".into(),
            "From: jo0@acme.example\nMessage-ID: <6@x>\n\n".into(),
        ];
        let blocks: Vec<HeaderBlock<'_>> =
            headers.iter().map(|raw| HeaderBlock { usage: FolderUse::Inbox, raw: raw.as_bytes() }).collect();
        let keys = all.app().of::<SuppressionKeys>();
        let mut tx = all.app().db.read().await.unwrap();
        let found = wanted(&mut tx, keys, all.mailbox(), &blocks, all.outreach.now()).await.unwrap();
        use Wanted::{Head, Nothing, Whole};
        assert_eq!(found, [Whole, Whole, Whole, Whole, Head, Nothing, Nothing]);
    }
}

#[tokio::test]
async fn a_slice_of_many_answers_is_stored_in_one_transaction() {
    for test in test_databases().await {
        let all = Conversation::begun(&test.db, 20, 2).await;
        let mut incoming = Vec::new();
        for number in 1..=20 {
            let raw = answer(&all.mail_to(number).await, number, "", "Thank you, not interested.");
            let raw = raw.replace('\n', "\r\n").into_bytes();
            incoming.push(Incoming { place: None, received_at: all.outreach.now(), raw, is_cut: false });
        }
        incoming.push(incoming[0].clone());
        let opened = open(all.app(), incoming).await;
        let mut tx = all.app().db.write().await.unwrap();
        let slice = receive(all.app(), &mut tx, all.mailbox(), &opened).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!((slice.stored(), slice.received.last()), (20, Some(&Received::Known)));
        all.is("select count(*) from threads where label = 'not_interested' and label_tone = 'negative'", 20).await;
        all.is("select count(*) from enrolments where state = 'stopped' and code = 'not_interested'", 20).await;
        all.is("select count(*) from label_events where by_kind = 'rule'", 20).await;
    }
}
