//! One person by address, on every database at hand.

use axum::http::StatusCode;

use crate::{
    app::testing::test_apps,
    on,
    outreach::{inbox::testing::answered, progress::tests::run},
    suppression::SuppressionKeys,
};

#[tokio::test]
async fn a_person_is_found_by_the_whole_address_with_mails_answers_and_reasons() {
    for test in test_apps(&[]).await {
        let answered = answered(&test).await;
        let owner = &answered.world.owner;
        let key = test.app.of::<SuppressionKeys>().recipient(&"mara@corp.example".parse().unwrap());
        let mut tx = test.app.db.write().await.unwrap();
        for table in ["sends", "enrolments"] {
            let sql = sqlx::AssertSqlSafe(format!("update {table} set recipient_key = $2 where workspace_id = $1"));
            run!(&mut tx, sql, owner.workspace, key);
        }
        tx.commit().await.unwrap();
        owner.post(&format!("{}/suppress", answered.path()), &[("who", "person")]).await;
        let found = owner.get("/people?q=Mara%40corp.example").await;
        assert_eq!(found.status, StatusCode::OK, "{}", found.body);
        for text in [
            "Sounds good.",
            "Step 1 of Autumn",
            "Finished",
            "Mara Quill",
            "Own list",
            "is suppressed since",
            "added by a member",
        ] {
            assert!(found.body.contains(text), "{text} in {}", found.body);
        }
        assert!(owner.get("/people?q=bo%40corp.example").await.body.contains("Nothing is known of this address"));
        assert_eq!(owner.get("/people?q=mara").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(owner.get("/people").await.body.contains("Find a person"));
        let other = test.sign_in().await;
        assert!(other.get("/people?q=mara%40corp.example").await.body.contains("Nothing is known"));
    }
}

#[tokio::test]
async fn an_address_that_is_still_hidden_is_not_found() {
    for test in test_apps(&[]).await {
        let world = crate::outreach::progress::tests::world(&test).await;
        let mut tx = test.app.db.write().await.unwrap();
        run!(&mut tx, "update leads set revealed_at = null where workspace_id = $1", world.owner.workspace);
        tx.commit().await.unwrap();
        assert!(world.owner.get("/people?q=mara%40corp.example").await.body.contains("Nothing is known"));
    }
}
