//! Telling members on both databases.

use std::time::Duration;

use super::{
    choice::{By, Choice, Event, choices_of, choose},
    digest,
    tell::{News, tell, withdraw},
};
use crate::{
    accounts::{Role, outbox},
    app::testing::{Browser, NOW, TestApp, test_apps},
    server::jobs::Round,
};

fn news(event: Event, number: usize) -> News<'static> {
    News {
        event,
        key: format!("{}:{number}", event.word()),
        title: format!("Event {number}"),
        text: "It <b>happened</b>.".into(),
        link: "/campaigns",
    }
}

async fn tell_now(test: &TestApp, to: &Browser, event: Event, number: usize) {
    let mut tx = test.app.db.write().await.unwrap();
    tell(&mut tx, to.workspace, &news(event, number), test.app.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
}

/// Subjects of the mails that wait or went, to each address: how many.
async fn mails(test: &TestApp) -> Vec<String> {
    let mut tx = test.app.db.read().await.unwrap();
    let mut subjects: Vec<String> =
        outbox::messages(&mut tx).await.unwrap().into_iter().map(|message| message.subject).collect();
    subjects.sort_unstable();
    subjects
}

async fn send_digests(test: &TestApp) {
    while digest::round(&test.app).await.unwrap() == Round::Worked {}
}

#[tokio::test]
async fn each_member_is_told_as_they_chose_and_once() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let member = test.sign_in_as(owner.workspace, Role::Member).await;
        let viewer = test.sign_in_as(owner.workspace, Role::Viewer).await;
        let mut tx = test.app.db.write().await.unwrap();
        let quiet = Choice { on_page: false, mail: By::None };
        choose(&mut tx, member.workspace, member.user, (Event::CampaignPaused, quiet)).await.unwrap();
        let chosen = choices_of(&mut tx, member.workspace, member.user).await.unwrap();
        assert_eq!(chosen[3], (Event::CampaignPaused, quiet));
        assert_eq!(chosen[0], (Event::Answer, Event::Answer.default_choice()));
        tx.commit().await.unwrap();

        for _ in 0..2 {
            tell_now(&test, &owner, Event::CampaignPaused, 1).await;
        }
        assert_eq!(mails(&test).await, ["Event 1"], "the owner, once");
        let shows = async |browser: &Browser| browser.get("/campaigns").await.body.contains("Event 1");
        assert!(shows(&owner).await && !shows(&member).await && shows(&viewer).await);

        // Its cause is gone; the next time is news again.
        let mut tx = test.app.db.write().await.unwrap();
        assert!(withdraw(&mut tx, owner.workspace, "campaign_paused:1").await.unwrap());
        tx.commit().await.unwrap();
        assert!(!shows(&owner).await);
        tell_now(&test, &owner, Event::CampaignPaused, 1).await;
        assert_eq!(mails(&test).await.len(), 2);
    }
}

#[tokio::test]
async fn the_mail_of_the_day_holds_what_happened_since_the_last_one() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let member = test.sign_in_as(owner.workspace, Role::Member).await;
        for number in 0..3 {
            tell_now(&test, &owner, Event::Answer, number).await;
        }
        send_digests(&test).await;
        assert_eq!(mails(&test).await, Vec::<String>::new(), "not before seven");
        test.app.clock.advance(Duration::from_secs(24 * 60 * 60));
        send_digests(&test).await;
        send_digests(&test).await;
        assert_eq!(mails(&test).await, ["Acme: 3 events", "Acme: 3 events"]);
        let body = outbox::messages(&mut test.app.db.read().await.unwrap()).await.unwrap()[0].body.clone();
        assert!(body.contains("Event 0\nhttp") && body.contains("/campaigns\n"), "{body}");

        // Each chooses for themselves, on the page; what is no choice changes nothing.
        let form = [("answer-mail", "none"), ("answer-page", "yes"), ("campaign_paused-mail", "by pigeon")];
        assert_eq!(member.post("/settings/notifications", &form).await.status.as_u16(), 303);
        let mut tx = test.app.db.read().await.unwrap();
        let chosen = choices_of(&mut tx, member.workspace, member.user).await.unwrap();
        drop(tx);
        assert_eq!(chosen[0].1, Choice { on_page: true, mail: By::None });
        assert_eq!(chosen[2].1, Event::CampaignPaused.default_choice());
        let page = member.get("/settings/notifications").await.body;
        assert!(page.contains("A person answers") && page.contains("In one mail a day"), "{page}");
        tell_now(&test, &owner, Event::Answer, NOW.micros() as usize).await;
        test.app.clock.advance(Duration::from_secs(24 * 60 * 60));
        send_digests(&test).await;
        assert_eq!(mails(&test).await.len(), 3, "the owner alone");
        let title = format!("Event {}", NOW.micros());
        assert!(member.get("/campaigns").await.body.contains(&title));
        assert!(!owner.get("/campaigns").await.body.contains(&title));
    }
}
