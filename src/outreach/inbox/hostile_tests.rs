//! What strangers write into their messages, in every place that takes words: it is read, kept, and never markup on a page. One message that
//! could not be stored would keep all that come after it from being read.

use std::time::Duration;

use axum::http::StatusCode;

use super::testing::{Answered, answered};
use crate::{
    app::testing::{NOW, TestApp, test_apps},
    ids::uuid_v7,
    on,
    outreach::{
        ids::MailId,
        progress::tests::run,
        replies::receive::{FolderUse, Incoming, Place, Received, deliver},
    },
    server::clock::Instant,
};

/// Words that would do something if they were taken for anything but words.
const WORDS: [&str; 8] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "a\0b",
    "=?utf-8?Q?=00=3Cscript=3Ealert(1)=3C/script=3E?=",
    "</textarea></title><svg onload=alert(1)>",
    "\u{202e}\u{2066}gnp.exe\u{feff}",
    "%00' ); drop table mails; -- \\u0000",
    "javascript:alert(1)",
];

/// Letters without a pattern: no database makes them shorter.
fn letters(count: usize) -> String {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut letter = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b"abcdefghijklmnopqrstuvwxyz012345"[(state >> 20) as usize % 32])
    };
    (0..count).map(|_| letter()).collect()
}

/// An answer to the first mail with these words wherever they fit.
fn answer(words: &str) -> String {
    let id = uuid_v7();
    format!(
        "Return-Path: <{words}>\nAuthentication-Results: mx.acme.example; dkim=fail {words}\nFrom: \"{words}\" <mara@corp.example>\n\
         To: {words} <jo@acme.example>\nCc: <{words}@x.example>\nReply-To: <{words}@x.example>\nSubject: {words}\nDate: {words}\n\
         Message-ID: <{id}@corp.example>\nIn-Reply-To: <{words}@x.example> <first@acme.example>\nReferences: <{words}@y.example>\n\
         X-{words}: {words}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n\
         Yes, {words}\n--b\nContent-Type: text/html; charset=utf-8\n\n<p onclick=\"alert(1)\">Yes, {words} &#0;</p>\n--b\n\
         Content-Type: application/{words}; name=\"{words}.pdf\"\nContent-Disposition: attachment; filename=\"{words}.pdf\"\n\nfile\n--b\n\
         Content-Type: text/calendar; name={words}\n\nSUMMARY:{words}\n--b--\n"
    )
}

/// A report of a failure with these words wherever they fit.
fn report(words: &str) -> String {
    format!(
        "Return-Path: <>\nFrom: \"{words}\" <MAILER-DAEMON@mx.corp.example>\nTo: jo@acme.example\nSubject: {words}\n\
         Message-ID: <{}@mx.corp.example>\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n\
         --b\nContent-Type: text/plain\n\n{words}\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; {words}\n\n\
         Final-Recipient: rfc822; {words}@corp.example\nAction: failed\nStatus: 4.2.2\nDiagnostic-Code: smtp; 452 4.2.2 {words}\n\n\
         Final-Recipient: rfc822; mara@corp.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 {words}\n\n\
         --b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <first@acme.example>\nSubject: {words}\n--b--\n",
        uuid_v7(),
    )
}

async fn comes(test: &TestApp, to: &Answered, raw: &str) -> Received {
    comes_at(test, to, raw, NOW).await
}

async fn comes_at(test: &TestApp, to: &Answered, raw: &str, received_at: Instant) -> Received {
    let place = Place { folder: "INBOX".into(), usage: FolderUse::Inbox, uid_validity: 7, uid: 1 };
    let incoming =
        Incoming { place: Some(place), received_at, raw: raw.replace('\n', "\r\n").into_bytes(), is_cut: false };
    deliver(&test.app, (to.world.owner.workspace, to.world.mailbox), incoming).await.unwrap()
}

#[tokio::test]
async fn words_in_any_place_of_an_answer_are_kept_and_are_never_markup() {
    for test in test_apps(&[]).await {
        let answered = answered(&test).await;
        let owner = &answered.world.owner;
        for words in WORDS {
            let received = comes(&test, &answered, &answer(words)).await;
            assert!(matches!(received, Received::Stored(_)), "{words:?}: {received:?}");
            let received = comes(&test, &answered, &report(words)).await;
            assert!(matches!(received, Received::Stored(_)), "{words:?}: {received:?}");
        }
        let pages = [
            "/inbox".to_owned(),
            "/inbox?view=automatic".to_owned(),
            answered.path(),
            "/people?q=mara%40corp.example".to_owned(),
            format!("/leads/{}", answered.world.lead),
            format!("/campaigns/{}/activity", answered.world.campaign),
            "/settings/suppression".to_owned(),
            "/settings/mailboxes".to_owned(),
        ];
        for path in pages {
            let page = owner.get(&path).await;
            assert_eq!(page.status, StatusCode::OK, "{path}");
            for markup in ["<script>alert", "<img src=x", "<svg onload", "onclick=\"alert", "href=\"javascript"] {
                assert!(!page.body.contains(markup), "{markup} on {path}: {}", page.body);
            }
        }
        let ids: Vec<MailId> = on!(&mut test.app.db.read().await.unwrap(), c => sqlx::query_scalar(
            "select mail_id from mail_bodies where html is not null").fetch_all(c).await)
        .unwrap();
        assert!(ids.len() > WORDS.len(), "{}", ids.len());
        for id in ids {
            let page = owner.get(&format!("/inbox/mails/{id}/html")).await;
            assert_eq!(page.status, StatusCode::OK);
            for markup in ["<script", "onerror", "onload", "onclick", "<svg", "src=x"] {
                assert!(!page.body.contains(markup), "{markup}: {}", page.body);
            }
        }
    }
}

#[tokio::test]
async fn an_answer_with_a_name_an_address_or_an_id_of_any_length_is_kept() {
    for test in test_apps(&[]).await {
        let answered = answered(&test).await;
        let long = letters(5_000);
        for (from, id) in [
            (format!("{long}@corp.example"), "one@corp.example".to_owned()),
            (format!("\"{long}\" <mara@corp.example>"), format!("{}@c.example", &long[..980])),
            (format!("mara@{long}.example"), format!("{long}@c.example")),
            ("mara@corp.example, bo@corp.example".to_owned(), "\0@\0".to_owned()),
            (String::new(), String::new()),
        ] {
            let raw = format!(
                "From: {from}\nTo: jo@acme.example\nSubject: {long}\nMessage-ID: <{id}>\nIn-Reply-To: <first@acme.example>\n\nYes, {long}.\n"
            );
            let received = comes(&test, &answered, &raw).await;
            assert!(matches!(received, Received::Stored(_)), "{}: {received:?}", &from[..from.len().min(40)]);
        }
        // A header without an end is cut: who wrote it and what it answers is behind the cut.
        let raw = format!("X-Long: {}\n{}", "x".repeat(1_000_000), answer("Yes"));
        assert_eq!(comes(&test, &answered, &raw).await, Received::NotOurs);
        let raw = answer("Yes").replacen("X-Yes:", &format!("X-Long: {}\nX-Yes:", "x".repeat(1_000_000)), 1);
        assert!(matches!(comes(&test, &answered, &raw).await, Received::Stored(_)));
        let page = answered.world.owner.get(&answered.path()).await;
        assert_eq!(page.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn an_answer_that_comes_twice_and_before_the_one_it_follows_is_one_and_in_its_place() {
    for test in test_apps(&[]).await {
        let answered = answered(&test).await;
        let mut tx = test.app.db.write().await.unwrap();
        run!(&mut tx, "delete from mail_bodies where mail_id = $1", answered.mail);
        run!(&mut tx, "delete from mails where id = $1", answered.mail);
        tx.commit().await.unwrap();
        let mail = |number: u32, follows: &str| {
            format!(
                "From: Mara <mara@corp.example>\nTo: jo@acme.example\nSubject: Re: Hello\nMessage-ID: <{number}@corp.example>\n\
                 Date: Sun, 22 Nov 2026 09:3{number}:00 +0000\nIn-Reply-To: <{follows}>\nReferences: <first@acme.example> <{follows}>\n\n\
                 Words of {number}.\n"
            )
        };
        // Each answers the one before; they come in another order, some twice.
        let all = [mail(1, "first@acme.example"), mail(2, "1@corp.example"), mail(3, "2@corp.example")];
        for number in [2, 0, 2, 1, 0, 1] {
            let received_at = NOW.plus(Duration::from_secs(number as u64));
            comes_at(&test, &answered, &all[number], received_at).await;
        }
        let counts: (i64, i64) = on!(&mut test.app.db.read().await.unwrap(), c => sqlx::query_as(
            "select count(*), count(distinct thread_id) from mails where direction = 'in'").fetch_one(c).await)
        .unwrap();
        assert_eq!(counts, (3, 1));
        let page = answered.world.owner.get(&answered.path()).await.body;
        let places: Vec<usize> = (1..=3).map(|number| page.find(&format!("Words of {number}.")).unwrap()).collect();
        assert!(places.is_sorted(), "{places:?}");
    }
}
