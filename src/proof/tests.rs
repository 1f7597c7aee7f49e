//! The proof, on every database at hand.

use std::sync::atomic::{AtomicBool, Ordering};
use std::{sync::Arc, time::Duration};

use super::run::{Findings, claim, renew, retry, save, turn};
use super::*;
use crate::{
    app::testing::{Browser, NOW, TestApp, test_apps},
    credits::{CampaignId, Capture, Credits, HoldFor, RequestId, capture, grant_by_operator, hold},
    on,
    server::jobs::Round,
};

async fn spend(test: &TestApp, owner: &Browser, number: usize) {
    let mut tx = test.app.db.write().await.unwrap();
    let one = Credits::new(1).unwrap();
    grant_by_operator(&mut tx, owner.workspace, one, "Test", None, &number.to_string(), NOW).await.unwrap();
    let purpose = HoldFor { request: RequestId::new(), campaign: CampaignId::new(), member: owner.user };
    hold(&mut tx, owner.workspace, purpose, one, NOW).await.unwrap();
    let leads = Capture { request: purpose.request, leads: 1, price: one, key: format!("capture:{number}") };
    capture(&mut tx, owner.workspace, &leads, NOW).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_check_while_credits_move_finds_no_false_difference() {
    for test in test_apps(&[]).await {
        let test = Arc::new(test);
        let owner = Arc::new(test.sign_in().await);
        let over = Arc::new(AtomicBool::new(false));
        let (writing, of, ended) = (test.clone(), owner.clone(), over.clone());
        let writer = tokio::spawn(async move {
            let mut written = 0;
            while !ended.load(Ordering::SeqCst) && written < 400 {
                spend(&writing, &of, written).await;
                written += 1;
            }
            written
        });
        for _ in 0..20 {
            let mut tx = test.app.db.snapshot().await.unwrap();
            let proof = crate::credits::ledger::verify::verify(&mut tx, owner.workspace).await.unwrap();
            assert_eq!(proof.differences, []);
        }
        over.store(true, Ordering::SeqCst);
        assert!(writer.await.unwrap() > 0);
    }
}

#[tokio::test]
async fn a_run_is_stored_one_at_a_time_and_names_what_differs() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        spend(&test, &owner, 1).await;
        assert_eq!(turn(test.app.clone()).await.unwrap(), Round::Worked, "the nightly run");
        assert_eq!(turn(test.app.clone()).await.unwrap(), Round::Idle);
        let mut tx = test.app.db.write().await.unwrap();
        assert!(request_run(&mut tx, ProofCause::Operator, Some(owner.user), NOW).await.unwrap());
        assert!(!request_run(&mut tx, ProofCause::Operator, Some(owner.user), NOW).await.unwrap());
        on!(&mut tx, c => sqlx::query("update credit_accounts set available = 7 where workspace_id = $1")
            .bind(owner.workspace).execute(c).await.map(drop))
        .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(turn(test.app.clone()).await.unwrap(), Round::Worked);
        let runs = last_runs(&mut test.app.db.read().await.unwrap(), 10).await.unwrap();
        assert_eq!(runs.len(), 2);
        let asked = runs.iter().find(|run| run.cause == ProofCause::Operator).unwrap();
        assert_eq!((asked.workspaces, asked.movements, asked.differences, asked.state.as_str()), (1, 3, 1, "done"));
        assert!(asked.report.contains("available is 7, the transfers say 0"), "{}", asked.report);
        assert_eq!(asked.started_by.as_deref(), Some("Uma Rossi"));
    }
}

#[tokio::test]
async fn a_run_that_was_left_is_begun_again_and_its_first_server_writes_no_more() {
    for test in test_apps(&[]).await {
        let app = &test.app;
        let mut tx = app.db.write().await.unwrap();
        assert!(request_run(&mut tx, ProofCause::Operator, None, NOW).await.unwrap());
        tx.commit().await.unwrap();
        let first = claim(app, NOW).await.unwrap().unwrap();
        assert!(claim(app, NOW).await.unwrap().is_none(), "one server at a time");
        assert!(renew(app.clone(), first).await.unwrap());
        app.clock.advance(Duration::from_secs(10 * 60));
        let second = claim(app, app.clock.now()).await.unwrap().unwrap();
        assert!(!renew(app.clone(), first).await.unwrap());
        assert!(!save(app, &first, &Findings::default(), Some(NOW)).await.unwrap());
        retry(app, &second).await.unwrap();
        let third = claim(app, app.clock.now()).await.unwrap().unwrap();
        assert!(save(app, &third, &Findings::default(), Some(NOW)).await.unwrap());
        assert!(!renew(app.clone(), third).await.unwrap(), "it has ended");
    }
}
