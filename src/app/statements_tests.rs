//! How many statements a page may take. A page asks for what it shows in one statement, beside those for the session, the
//! member and the frame; and never once for each row.

use super::testing::{Browser, TestApp, test_apps};
use crate::{
    campaigns::{CampaignName, campaign},
    credits,
    directory::Criteria,
};

/// The page, and the most statements it may take.
const PAGES: [(&str, u32); 3] = [("/settings/cold-email-agent", 3), ("/campaigns", 3), ("/campaigns/{campaign}", 3)];

/// Adds campaigns with leads in none of them; returns the address of the last one.
async fn campaigns(test: &TestApp, browser: &Browser, count: usize) -> String {
    let mut tx = test.app.db.write().await.unwrap();
    let mut address = String::new();
    for number in 0..count {
        let name = CampaignName::parse(&format!("Campaign {number}")).unwrap();
        let now = test.app.clock.now();
        let criteria = Criteria::default();
        let id = campaign::create(&mut tx, browser.workspace, browser.user, &name, &criteria, now).await.unwrap();
        crate::on!(&mut tx, c => sqlx::query("update campaigns set state = 'active' where id = $1")
            .bind(id).execute(c).await.map(drop))
        .unwrap();
        address = format!("/campaigns/{id}");
    }
    tx.commit().await.unwrap();
    address
}

#[tokio::test]
async fn a_message_about_credits_costs_one_more_statement() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let (few, now) = (credits::Credits::new(5).unwrap(), test.app.clock.now());
        let mut tx = test.app.db.write().await.unwrap();
        credits::grant_by_operator(&mut tx, owner.workspace, few, "Trial", None, "few", now).await.unwrap();
        tx.commit().await.unwrap();
        credits::check_alerts(&test.app.db, now).await.unwrap();
        let address = campaigns(&test, &owner, 1).await;
        for (page, most) in PAGES {
            let page = page.replace("/campaigns/{campaign}", &address);
            owner.get(&page).await;
            let answer = owner.get(&page).await;
            assert!(answer.body.contains("Credits run low: 5 left"), "{page}");
            assert!(answer.statements <= most + 1, "{page} took {} statements", answer.statements);
        }
    }
}

#[tokio::test]
async fn pages_ask_for_what_they_show_in_a_few_statements_however_much_it_is() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        for round in [1, 20] {
            let address = campaigns(&test, &owner, round).await;
            let mut tx = test.app.db.write().await.unwrap();
            for number in 0..round {
                let (ten, key) = (credits::Credits::new(10).unwrap(), format!("{round}:{number}"));
                credits::grant_by_operator(&mut tx, owner.workspace, ten, "Trial", None, &key, test.app.clock.now())
                    .await
                    .unwrap();
            }
            tx.commit().await.unwrap();
            for (page, most) in PAGES {
                // The first visit keeps the workspace in the session.
                owner.get(&page.replace("/campaigns/{campaign}", &address)).await;
                let answer = owner.get(&page.replace("/campaigns/{campaign}", &address)).await;
                assert_eq!(answer.status.as_u16(), 200, "{}", answer.body);
                assert!(answer.statements <= most, "{page} took {} statements, {most} are allowed", answer.statements);
            }
        }
    }
}
