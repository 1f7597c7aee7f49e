//! Correcting an address (OUTREACH §8, case 23), on every database at hand.

use axum::http::StatusCode;

use super::correct::replace;
use crate::{
    accounts::Role,
    app::testing::{NOW, TestApp, test_apps},
    campaigns::{
        ids::LeadId,
        leads::{bounced::bounced, lead::lead},
        lists::Correction,
    },
    credits::Credits,
    on,
    outreach::{
        progress::tests::{World, add_lead, world},
        sending::tests::{DAY, HOUR, Outreach, pace},
    },
    server::db::test_databases,
    suppression::{Cause, Reason, Subject, SuppressionKeys, suppress},
};

/// Corrects the address of a lead as its page does.
async fn correct(outreach: &Outreach, wrong: LeadId, right: &str) -> Correction {
    let (app, member) = (&outreach.world.app, &outreach.world.member);
    let mut tx = app.db.write().await.unwrap();
    let trail = lead(&mut tx, member.workspace, wrong).await.unwrap();
    let done = replace(&mut tx, app.of(), member, &trail, &right.parse().unwrap(), outreach.now()).await.unwrap();
    tx.commit().await.unwrap();
    done.unwrap()
}

#[tokio::test]
async fn a_corrected_address_begins_again_and_the_delivered_one_keeps_its_mails_and_its_credit() {
    for test in test_databases().await {
        let outreach = Outreach::new(&test.db, 3, 2, &[pace(50)]).await;
        outreach.pass(HOUR).await;
        assert_eq!(outreach.mails().await.len(), 3);
        let (wrong, balance) = (outreach.lead(1).await, outreach.world.balance().await);
        let Correction { successor, campaigns } = correct(&outreach, wrong, "Person.One@acorn.example").await;
        assert_eq!(campaigns, [outreach.world.campaign]);
        outreach.pass(7 * DAY).await;
        outreach.audit().await;
        let to = |address: &str| {
            let address = address.to_owned();
            let mails = outreach.mails();
            async move { mails.await.iter().filter(|mail| mail.recipient == address).count() }
        };
        assert_eq!(to("person1@acorn.example").await, 1, "what left before");
        assert_eq!(to("person.one@acorn.example").await, 2, "from the first mail on");
        assert_eq!((to("person2@acorn.example").await, to("person3@acorn.example").await), (2, 2));
        assert_eq!(
            outreach.count("select count(distinct recipient_key) from sends where kind = 'step'").await,
            4,
            "another person"
        );
        assert_eq!(outreach.world.balance().await, balance, "no credit moved");
        outreach.world.assert_proven().await;

        // A bounce of the delivered address is paid back, one of the corrected address never was paid.
        let (workspace, keys): (_, &SuppressionKeys) = (outreach.world.member.workspace, outreach.world.app.of());
        for (lead, credits) in [(successor, 0), (wrong, 1)] {
            let mut tx = outreach.world.app.db.write().await.unwrap();
            let back = bounced(&mut tx, keys, workspace, lead, "5.1.1", outreach.now()).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(back, Credits::new(credits).unwrap_or(Credits::ZERO));
        }
        outreach.world.assert_proven().await;
    }
}

async fn running(test: &TestApp) -> (World, String) {
    let world = world(test).await;
    world.owner.post(&world.page("/start"), &[]).await;
    let path = format!("/leads/{}", world.lead);
    (world, path)
}

#[tokio::test]
async fn an_open_mail_to_the_wrong_address_keeps_its_recipient_and_is_cancelled() {
    for test in test_apps(&[]).await {
        let (world, page) = running(&test).await;
        let mut tx = test.app.db.write().await.unwrap();
        world.enrol(&mut tx, "in_flight").await;
        let send = world.send(&mut tx, "queued").await;
        tx.commit().await.unwrap();
        let done = world.owner.post(&format!("{page}/address"), &[("right_address", " Mara@Right.example ")]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        let found: (String, Option<String>, Vec<u8>) = on!(&mut test.app.db.read().await.unwrap(), c => sqlx::query_as(
            "select state, code, recipient_key from sends where id = $1").bind(send).fetch_one(c).await)
        .unwrap();
        assert_eq!(found, ("cancelled".into(), Some("address_corrected".into()), vec![7; 32]));

        let before = world.owner.get(&page).await.body;
        assert!(before.contains(&format!("href=\"{}\"", done.location)), "{before}");
        assert!(before.contains("Stopped: a lead with the right address took its place."), "{before}");
        assert!(!before.contains("Correct it"), "once");
        let after = world.owner.get(&done.location).await.body;
        assert!(after.contains("mara@right.example") && after.contains(&page), "{after}");
        assert!(after.contains("Corrected addresses"), "{after}");
        let again = world.owner.post(&format!("{page}/address"), &[("right_address", "other@right.example")]).await;
        assert_eq!(again.location, done.location, "a second click makes no second lead");
        let leads = world.owner.get(&world.page("/leads")).await.body;
        assert!(leads.contains("mara@right.example") && !leads.contains("mara@corp.example"), "{leads}");
        for address in ["mara%40corp.example", "mara%40right.example"] {
            let known = world.owner.get(&format!("/people?q={address}")).await.body;
            assert!(!known.contains("Nothing is known"), "{address}: {known}");
        }
    }
}

#[tokio::test]
async fn an_address_that_must_not_be_written_to_or_is_there_already_is_refused_beside_its_field() {
    for test in test_apps(&[]).await {
        let (world, page) = running(&test).await;
        let workspace = world.owner.workspace;
        let mut tx = test.app.db.write().await.unwrap();
        add_lead(&mut tx, workspace, world.campaign, "bo@corp.example").await;
        let subject = Subject::parse(test.app.of(), "gone@right.example").unwrap();
        suppress(&mut tx, workspace, &subject, &Cause::of(Reason::Unsubscribed), NOW).await.unwrap();
        tx.commit().await.unwrap();
        let form = format!("{page}/address");
        for (typed, fault) in [
            ("", "Write the whole address"),
            ("mara", "Write the whole address"),
            ("a@b.example, c@d.example", "Write one address."),
            ("MARA@corp.example", "This is the address that the lead has."),
            ("gone+x@right.example", "on the suppression list"),
            ("bo@corp.example", "This workspace has another lead with this address."),
        ] {
            let answer = world.owner.post(&form, &[("right_address", typed)]).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}: {}", answer.body);
            assert!(
                answer.body.contains("right_address-error") && answer.body.contains(fault),
                "{typed}: {}",
                answer.body
            );
        }
        let right = [("right_address", "mara@right.example")];
        let viewer = test.sign_in_as(workspace, Role::Viewer).await;
        assert_eq!(viewer.post(&form, &right).await.status, StatusCode::FORBIDDEN);
        assert_eq!(test.sign_in().await.post(&form, &right).await.status, StatusCode::NOT_FOUND);
        let mut tx = test.app.db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query("update leads set revealed_at = null where id = $1").bind(world.lead).execute(c).await.map(drop))
            .unwrap();
        tx.commit().await.unwrap();
        let hidden = world.owner.post(&form, &right).await;
        assert!(hidden.body.contains("Reveal it first"), "{}", hidden.body);
        let mut tx = test.app.db.read().await.unwrap();
        let leads: i64 =
            on!(&mut tx, c => sqlx::query_scalar("select count(*) from leads").fetch_one(c).await).unwrap();
        assert_eq!(leads, 2, "nothing was made");
    }
}
