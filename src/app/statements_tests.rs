//! How many statements a page may take. A page asks for what it shows in one statement, beside those for the session, the
//! member and the frame; and never once for each row.

use super::testing::{Browser, TestApp, test_apps};
use crate::{
    campaigns::{CampaignName, campaign},
    credits,
    directory::Criteria,
    mail::server::{Security, Server},
    outreach::{
        mailboxes::{
            account::Account,
            mailbox::{self, MailboxKind, MailboxSettings},
        },
        schedule::rules::Pace,
    },
};

/// The page, and the most statements it may take.
const PAGES: [(&str, u32); 9] = [
    ("/settings/cold-email-agent", 3),
    ("/campaigns", 3),
    ("/insights/sources", 3),
    ("/insights/sources?by=filter_value", 3),
    ("/campaigns/{campaign}", 3),
    ("/inbox", 3),
    ("/inbox/settings", 3),
    ("/settings/mailboxes", 3),
    ("/settings/mailboxes/{mailbox}", 3),
];

fn address_of(page: &str, campaign: &str, mailbox: &str) -> String {
    page.replace("/campaigns/{campaign}", campaign).replace("/settings/mailboxes/{mailbox}", mailbox)
}

/// Adds mailboxes of a provider; returns the address of the last one.
async fn mailboxes(test: &TestApp, browser: &Browser, count: usize) -> String {
    let mut tx = test.app.db.write().await.unwrap();
    let mut address = String::new();
    for number in 0..count {
        let server = |host: &str, port| Server { host: host.into(), port, security: Security::Tls };
        let account = Account {
            smtp: server("smtp.gmail.com", 465),
            smtp_user: "jo".into(),
            imap: Some(server("imap.gmail.com", 993)),
            imap_user: "jo".into(),
        };
        let settings = MailboxSettings {
            address: format!("jo{number}of{count}@acme.example"),
            sender_name: "Jo".into(),
            reply_to: None,
            signature: String::new(),
            account: Some(account),
            time_zone: "UTC".into(),
            pace: Pace { daily_cap: 30, gap_min_s: 60, gap_max_s: 180, spread: true, ramp: None },
        };
        let by = (browser.workspace, browser.user);
        let id = mailbox::add(&mut tx, by, MailboxKind::Google, &settings, test.app.clock.now()).await.unwrap();
        address = format!("/settings/mailboxes/{id}");
    }
    tx.commit().await.unwrap();
    address
}

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
        let (campaign, mailbox) = (campaigns(&test, &owner, 1).await, mailboxes(&test, &owner, 1).await);
        for (page, most) in PAGES {
            let page = address_of(page, &campaign, &mailbox);
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
            let (campaign, mailbox) = (campaigns(&test, &owner, round).await, mailboxes(&test, &owner, round).await);
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
                owner.get(&address_of(page, &campaign, &mailbox)).await;
                let answer = owner.get(&address_of(page, &campaign, &mailbox)).await;
                assert_eq!(answer.status.as_u16(), 200, "{}", answer.body);
                assert!(answer.statements <= most, "{page} took {} statements, {most} are allowed", answer.statements);
            }
        }
    }
}
