//! The daily look at sending domains, against a name server on this machine, on every database at hand.

use std::time::Duration;

use super::{
    copies::note_copy,
    domain::{DomainState, SendingDomain, Standing, domains, look_again},
    watch::turn,
    *,
};
use crate::{
    app::testing::{Browser, TestApp, test_apps},
    mail::{
        dkim::{Algorithm, Signer, SigningKey},
        domain::{Finding, Part, Report},
        server::{Security, Server},
    },
    outreach::{
        ids::MailboxId,
        mailboxes::{account::Account, tests::add_with},
    },
    server::{clock::Instant, dns::testing::Zones, jobs::Round},
};

const HOUR: Duration = Duration::from_secs(60 * 60);

/// A mailbox of the browser's workspace at a server of its own.
pub(super) async fn add_mailbox(test: &TestApp, owner: &Browser, address: &str, host: &str) -> MailboxId {
    let server = |port| Server { host: host.into(), port, security: Security::Tls };
    let account =
        Account { smtp: server(465), smtp_user: address.into(), imap: Some(server(993)), imap_user: address.into() };
    add_with(test, owner, address, account).await.1
}

pub(super) fn good_zones() -> Zones {
    Zones::default()
        .mail_host("acme.example", 10, "mx.acme.example")
        .text("acme.example", "v=spf1 ip4:192.0.2.0/24 -all")
        .text("_dmarc.acme.example", "v=DMARC1; p=reject")
        .text("s1._domainkey.acme.example", "v=DKIM1; p=MIIB")
}

const COPY: &str = "Return-Path: <jo@acme.example>\r\nReceived-SPF: pass client-ip=192.0.2.1;\r\n\
     Authentication-Results: mx.acme.example; dkim=pass header.d=acme.example header.s=s1\r\n\
     DKIM-Signature: v=1; d=acme.example; s=s1; h=from:subject:date:message-id:list-unsubscribe:list-unsubscribe-post; b=x\r\n\r\n";

/// Looks at what is due with this name server.
async fn look(test: &TestApp, zones: Zones) -> Round {
    let app = App { dns: zones.serve().await, ..test.app.clone() };
    turn(&app).await.unwrap()
}

async fn only(test: &TestApp, owner: &Browser) -> SendingDomain {
    let mut tx = test.app.db.read().await.unwrap();
    let mut all = domains(&mut tx, owner.workspace, test.app.clock.now()).await.unwrap();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

async fn say_again(test: &TestApp, owner: &Browser) -> bool {
    let mut tx = test.app.db.write().await.unwrap();
    let asked = look_again(&mut tx, owner.workspace, "acme.example", test.app.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    asked
}

#[test]
fn only_what_failed_for_three_days_and_three_looks_holds_new_conversations() {
    let failing = Report { findings: vec![Finding::SpfMissing { almost: None }], ..Report::default() };
    let unknown = Report::unknown();
    let passing = Report { unknown: vec![Part::Dkim], ..Report::default() };
    let at = |hours: u32| Instant(0).plus(hours * HOUR);
    let start = Standing { state: DomainState::Unknown, failing_since: None, failed_looks: 0, holds: false };
    for (looks, holds) in [
        (&[(0, &failing), (24, &failing), (71, &failing)][..], false),
        (&[(0, &failing), (24, &failing), (72, &failing)], true),
        (&[(0, &failing), (72, &failing)], false),
        (&[(0, &failing), (24, &unknown), (48, &failing), (72, &failing)], true),
        (&[(0, &failing), (24, &failing), (72, &failing), (84, &unknown)], false),
        (&[(0, &failing), (24, &passing), (48, &failing), (72, &failing)], false),
    ] {
        let end = looks.iter().fold(start, |standing, (hours, report)| standing.after(report, at(*hours)));
        assert_eq!(end.holds, holds, "{looks:?}");
    }
}

#[tokio::test]
async fn a_domain_is_looked_at_every_day_and_when_a_copy_arrives() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let mailbox = add_mailbox(&test, &owner, "jo@acme.example", "mail.acme.example").await;
        assert_eq!(only(&test, &owner).await.standing.state, DomainState::Unknown);
        assert_eq!(look(&test, good_zones()).await, Round::Worked);
        let first = only(&test, &owner).await;
        assert_eq!(first.standing.state, DomainState::Passing);
        assert_eq!(first.report.unwrap().unknown, [Part::Dkim]);
        assert_eq!(look(&test, good_zones()).await, Round::Idle);

        let mut tx = test.app.db.write().await.unwrap();
        note_copy(&mut tx, (owner.workspace, mailbox), COPY.as_bytes(), test.app.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(look(&test, good_zones()).await, Round::Worked);
        let report = only(&test, &owner).await.report.unwrap().0;
        assert_eq!(
            (report.findings.as_slice(), report.unknown.as_slice(), report.signatures.len()),
            (&[][..], &[][..], 1)
        );

        test.app.clock.advance(24 * HOUR);
        assert_eq!(look(&test, good_zones()).await, Round::Worked);
        mailbox_gone(&test).await;
        test.app.clock.advance(24 * HOUR);
        assert_eq!(look(&test, good_zones()).await, Round::Worked);
        let mut tx = test.app.db.read().await.unwrap();
        let left: i64 =
            crate::on!(&mut tx, c => sqlx::query_scalar("select count(*) from sending_domains").fetch_one(c).await)
                .unwrap();
        assert_eq!(left, 0);
    }
}

async fn mailbox_gone(test: &TestApp) {
    let mut tx = test.app.db.write().await.unwrap();
    crate::on!(&mut tx, c => sqlx::query("update mailboxes set state = 'removed'").execute(c).await.map(drop)).unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn failing_is_confirmed_before_it_holds_and_ends_with_the_record() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        add_mailbox(&test, &owner, "jo@acme.example", "mail.acme.example").await;
        let without_spf = || Zones::default().mail_host("acme.example", 10, "mx.acme.example");
        let began = test.app.clock.now();
        look(&test, without_spf()).await;
        for _ in 0..6 {
            assert!(!only(&test, &owner).await.standing.holds);
            test.app.clock.advance(12 * HOUR);
            look(&test, without_spf()).await;
        }
        let held = only(&test, &owner).await;
        assert_eq!((held.standing.holds, held.standing.failing_since), (true, Some(began)));
        // No answer says nothing: new conversations begin, and the time of failing continues.
        test.app.clock.advance(12 * HOUR);
        look(&test, Zones::default().silent("acme.example").silent("_dmarc.acme.example")).await;
        let unknown = only(&test, &owner).await.standing;
        assert_eq!((unknown.state, unknown.holds, unknown.failing_since), (DomainState::Unknown, false, Some(began)));
        test.app.clock.advance(HOUR);
        look(&test, without_spf()).await;
        assert!(only(&test, &owner).await.standing.holds);
        assert!(!say_again(&test, &owner).await, "a moment after the last look");
        test.app.clock.advance(Duration::from_secs(61));
        assert!(say_again(&test, &owner).await && !say_again(&test, &owner).await);
        look(&test, good_zones()).await;
        let mended = only(&test, &owner).await.standing;
        assert_eq!((mended.state, mended.holds, mended.failing_since), (DomainState::Passing, false, None));
    }
}

#[tokio::test]
async fn a_key_of_ours_is_kept_encrypted_and_looked_for() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let id = add_mailbox(&test, &owner, "jo@acme.example", "mail.acme.example").await;
        let (mailbox, keys) = ((owner.workspace, id), test.app.config.encryption_keys());
        let key = SigningKey::make(Algorithm::Ed25519).unwrap();
        let record = key.record();
        let signer = Signer { domain: "acme.example".into(), selector: "k1".into(), key };
        let mut tx = test.app.db.write().await.unwrap();
        signing::keep(&mut tx, &keys, mailbox, &signer, test.app.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        look(&test, good_zones()).await;
        let name = "k1._domainkey.acme.example".to_owned();
        let differs = Finding::DkimKeyDiffers { name: name.clone(), record: record.clone() };
        assert_eq!(only(&test, &owner).await.report.unwrap().findings, [differs]);
        let mut tx = test.app.db.write().await.unwrap();
        look_again(&mut tx, owner.workspace, "acme.example", test.app.clock.now().plus(HOUR)).await.unwrap();
        tx.commit().await.unwrap();
        test.app.clock.advance(HOUR);
        look(&test, good_zones().text(&name, &record)).await;
        assert_eq!(only(&test, &owner).await.report.unwrap().findings, []);

        let mut tx = test.app.db.write().await.unwrap();
        let signers = signing::signers(&mut tx, &keys, &[mailbox]).await.unwrap();
        assert_eq!(signers[&id].key.record(), record);
        signing::forget(&mut tx, mailbox, test.app.clock.now()).await.unwrap();
        assert!(signing::signers(&mut tx, &keys, &[mailbox]).await.unwrap().is_empty());
    }
}
