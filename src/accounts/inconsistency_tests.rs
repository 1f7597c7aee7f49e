//! Users and workspaces that must exist and do not.

use axum::http::StatusCode;

use super::{
    UserId, WorkspaceId, store,
    tests::{UMA, instances},
};
use crate::{
    app::testing::Logs,
    server::{
        clock::Instant,
        db::{swallow_inserts, test_databases},
        inconsistency::Inconsistency,
    },
};

#[tokio::test]
async fn an_account_that_was_not_kept_is_our_fault_and_no_missing_page() {
    for instance in instances(&[]).await {
        swallow_inserts(&instance.app.db, "users").await;
        let mut browser = instance.browser();
        browser.sign_up(UMA).await;
        let link = instance.latest_link().await;
        let logs = Logs::collect();
        let answer = browser.post(&link, &[]).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{}", answer.body);
        let lines = logs.take();
        assert!(lines.len() == 1 && lines[0].contains("table=\"users\" column=\"email\""), "{lines:?}");
    }
}

#[tokio::test]
async fn reading_or_changing_a_user_or_workspace_that_is_gone_is_an_inconsistency() {
    for test in test_databases().await {
        let (user, workspace) = (UserId::new(), WorkspaceId::new());
        let mut tx = test.db.write().await.unwrap();
        let results = [
            ("users", store::account_of(&mut tx, user).await.map(drop)),
            ("members", store::workspace_of(&mut tx, user).await.map(drop)),
            ("users", store::rename_user(&mut tx, user, "Uma").await),
            ("users", store::set_password(&mut tx, user, "hash", Instant(1)).await),
            ("workspaces", store::rename_workspace(&mut tx, workspace, "Acme").await),
        ];
        for (table, result) in results {
            let found = Inconsistency::within(result.unwrap_err()).unwrap();
            let row = if table == "workspaces" { workspace.to_string() } else { user.to_string() };
            assert_eq!((found.table, found.row), (table, row));
        }
    }
}
