//! Replies of members, from the form to the built-in outbox.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use mail_parser::MessageParser;

use super::testing::{Answered, answered, mail};
use crate::{
    accounts::Role,
    app::testing::{Answer, Browser, NOW, TestApp, test_apps},
    on,
    outreach::{
        progress::tests::run,
        sending::{hand_over, slots},
    },
    server::clock::Instant,
};

async fn reply(browser: &Browser, answered: &Answered, text: &str) -> Answer {
    let fields = [("act", "send"), ("reply", text), ("newest", &answered.mail.to_string())];
    browser.post(&format!("{}/reply", answered.path()), &fields).await
}

/// The mails that the built-in outbox took.
async fn outbox(test: &TestApp) -> Vec<String> {
    on!(&mut test.app.db.read().await.unwrap(), c => sqlx::query_scalar(
        "select message from outbox_mails order by received_at, id").fetch_all(c).await)
    .unwrap()
}

async fn work(test: &TestApp, at: Instant) {
    let picked = slots(&test.app, at).await.unwrap();
    hand_over(&test.app, picked.batches).await.unwrap();
}

#[tokio::test]
async fn a_reply_leaves_after_the_time_to_undo_it_as_part_of_the_conversation() {
    for test in test_apps(&[]).await {
        let answered = answered(&test).await;
        let owner = &answered.world.owner;
        let mut tx = test.app.db.write().await.unwrap();
        // Neither a gap nor a holiday keeps a member's own words back.
        run!(
            &mut tx,
            "update mailboxes set signature = 'Jo Quill', free_at = $2, look_at = null where id = $1",
            answered.world.mailbox,
            NOW.plus(Duration::from_secs(600))
        );
        tx.commit().await.unwrap();
        let sent = reply(owner, &answered, "Monday at ten?").await;
        assert_eq!(sent.location, format!("{}#mails", answered.path()));
        let page = owner.get(&answered.path()).await.body;
        assert!(
            page.contains("Leaves in 10 s.") && page.contains("Undo") && page.contains("Written by Uma Rossi"),
            "{page}"
        );
        assert!(owner.get("/inbox?view=waiting").await.body.contains("Mara Quill"));

        work(&test, NOW.plus(Duration::from_secs(9))).await;
        assert!(outbox(&test).await.is_empty(), "it can still be undone");
        work(&test, NOW.plus(Duration::from_secs(10))).await;
        let mails = outbox(&test).await;
        assert_eq!(mails.len(), 1);
        let parsed = MessageParser::default().parse(&mails[0]).unwrap();
        assert_eq!(parsed.subject(), Some("Re: Hello"));
        assert_eq!(parsed.in_reply_to().as_text(), Some(format!("{}@corp.example", answered.mail).as_str()));
        assert_eq!(parsed.references().as_text_list().unwrap()[0], "first@acme.example");
        assert_eq!(parsed.to().unwrap().first().unwrap().address(), Some("mara@corp.example"));
        assert_eq!(parsed.from().unwrap().first().unwrap().address(), Some("jo@acme.example"));
        assert_eq!(parsed.body_text(0).unwrap().trim(), "Monday at ten?\r\n\r\nJo Quill");
        assert!(!mails[0].contains("List-Unsubscribe"), "a person wrote it to a person");
        let page = owner.get(&answered.path()).await.body;
        assert!(page.contains("Sent.") && !page.contains("Undo"), "{page}");
        work(&test, NOW.plus(Duration::from_secs(30))).await;
        assert_eq!(outbox(&test).await.len(), 1, "once");
    }
}

#[tokio::test]
async fn a_reply_that_is_undone_is_a_draft_again_and_one_that_left_cannot_be() {
    for test in test_apps(&[]).await {
        let answered = answered(&test).await;
        let (owner, path) = (&answered.world.owner, answered.path());
        reply(owner, &answered, "Too early").await;
        let page = owner.get(&path).await.body;
        let (_, send) = page.split_once("name=\"send\" value=\"").unwrap();
        let send = send.split('"').next().unwrap().to_owned();
        owner.post(&format!("{path}/undo"), &[("send", &send)]).await;
        work(&test, NOW.plus(Duration::from_secs(60))).await;
        assert!(outbox(&test).await.is_empty());
        let page = owner.get(&path).await.body;
        assert!(page.contains(">Too early</textarea>") && !page.contains("Written by"), "{page}");
        assert!(owner.get("/inbox").await.body.contains("Mara Quill"), "it is open again");

        reply(owner, &answered, "Now it is right").await;
        let page = owner.get(&path).await.body;
        assert!(!page.contains("Too early"), "a draft ends with the reply: {page}");
        let (_, send) = page.split_once("name=\"send\" value=\"").unwrap();
        let send = send.split('"').next().unwrap().to_owned();
        work(&test, NOW.plus(Duration::from_secs(10))).await;
        owner.post(&format!("{path}/undo"), &[("send", &send)]).await;
        let page = owner.get(&path).await.body;
        assert!(page.contains("It has just left.") && page.contains("Sent."), "{page}");
    }
}

#[tokio::test]
async fn the_second_of_two_members_reads_first_what_the_other_wrote() {
    for test in test_apps(&[]).await {
        let answered = answered(&test).await;
        let other = test.sign_in_as(answered.world.owner.workspace, Role::Member).await;
        reply(&answered.world.owner, &answered, "Monday at ten?").await;
        let second = reply(&other, &answered, "Tuesday at two?").await;
        assert_eq!(second.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(second.body.contains("Uma Rossi replied just now. Read it first."), "{}", second.body);
        assert!(second.body.contains(">Tuesday at two?</textarea>"), "{}", second.body);
        let (_, newest) = second.body.split_once("name=\"newest\" value=\"").unwrap();
        let newest = newest.split('"').next().unwrap();
        let fields = [("act", "send"), ("reply", "Tuesday at two?"), ("newest", newest)];
        let sent = other.post(&format!("{}/reply", answered.path()), &fields).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    }
}

#[tokio::test]
async fn a_reply_that_cannot_be_sent_is_refused_and_kept() {
    for test in test_apps(&[]).await {
        let answered = answered(&test).await;
        let owner = &answered.world.owner;
        let empty = reply(owner, &answered, " ").await;
        assert!(empty.status == StatusCode::UNPROCESSABLE_ENTITY && empty.body.contains("Write your reply first."));
        let long = reply(owner, &answered, &"x".repeat(20_001)).await;
        assert!(long.status == StatusCode::UNPROCESSABLE_ENTITY && long.body.contains("at most 20,000 characters"));
        for (state, text) in [("paused", "is paused"), ("removed", "was removed"), ("draft", "has not passed its test")]
        {
            let mut tx = test.app.db.write().await.unwrap();
            run!(&mut tx, "update mailboxes set state = $2 where id = $1", answered.world.mailbox, state);
            tx.commit().await.unwrap();
            let refused = reply(owner, &answered, "Hi").await;
            assert!(
                refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.body.contains(text),
                "{}",
                refused.body
            );
        }
        let stranger = test.sign_in().await;
        assert_eq!(reply(&stranger, &answered, "Hi").await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn hostile_headers_of_a_mail_do_not_reach_the_reply() {
    for test in test_apps(&[]).await {
        let answered = answered(&test).await;
        let mut tx = test.app.db.write().await.unwrap();
        let newest = mail(&mut tx, &answered.world, answered.thread, "Hi", NOW).await;
        run!(
            &mut tx,
            "update mails set message_id = $2, subject = $3 where id = $1",
            newest,
            "x>\r\nBcc: all@corp.example\r\n<y",
            "Re: Hi\r\nBcc: all@corp.example"
        );
        tx.commit().await.unwrap();
        let fields = [("act", "send"), ("reply", "Hello"), ("newest", &newest.to_string())];
        let sent = answered.world.owner.post(&format!("{}/reply", answered.path()), &fields).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
        work(&test, NOW.plus(Duration::from_secs(10))).await;
        let mails = outbox(&test).await;
        assert!(mails.len() == 1 && !mails[0].contains("\r\nBcc"), "{mails:?}");
    }
}

/// A form with a file, as a browser would send it.
async fn send_file(browser: &Browser, address: &str) -> StatusCode {
    let body = "--x\r\nContent-Disposition: form-data; name=\"reply\"\r\n\r\nSee the file\r\n\
                --x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"offer.pdf\"\r\n\
                Content-Type: application/pdf\r\n\r\nJVBERi0=\r\n--x--\r\n";
    let request = Request::post(address).header(header::CONTENT_TYPE, "multipart/form-data; boundary=x");
    let request = request.header("sec-fetch-site", "same-origin").body(Body::from(body)).unwrap();
    browser.send_as_it_is(request).await.status
}

#[tokio::test]
async fn no_form_for_a_mail_takes_a_file_and_no_mail_carries_one() {
    for test in test_apps(&[]).await {
        let answered = answered(&test).await;
        let (owner, emails) = (&answered.world.owner, answered.world.page("/emails"));
        for page in [emails.clone(), answered.path(), format!("{emails}/{}/preview", answered.world.step)] {
            let shown = owner.get(&page).await;
            assert_eq!(shown.status, StatusCode::OK, "{page}");
            assert!(
                !shown.body.contains("type=\"file\"") && !shown.body.contains("multipart/"),
                "{page}: {}",
                shown.body
            );
        }
        for address in [emails.clone(), format!("{emails}/tests"), format!("{}/reply", answered.path())] {
            assert_eq!(send_file(owner, &address).await, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{address}");
        }
        reply(owner, &answered, "See the file\n\nContent-Disposition: attachment; filename=\"offer.pdf\"").await;
        work(&test, NOW.plus(Duration::from_secs(11))).await;
        let mails = outbox(&test).await;
        let [mail] = &mails[..] else { panic!("one mail is wanted: {mails:?}") };
        let parsed = MessageParser::new().parse(mail.as_bytes()).unwrap();
        assert_eq!((parsed.parts.len(), parsed.attachment_count()), (1, 0), "{mail}");
    }
}
