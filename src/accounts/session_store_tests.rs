//! Sessions of browsers whose requests run side by side.

use std::collections::HashMap;

use serde_json::Value;
use time::{Duration, OffsetDateTime};
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
};

use super::session_store::DatabaseSessions;
use crate::{app::testing::test_apps, on};

/// A stored session that holds these values.
#[expect(clippy::disallowed_methods, reason = "the session layer, which makes records, goes by the system's clock")]
async fn session(store: &DatabaseSessions, data: &[(&str, i64)]) -> Record {
    let data: HashMap<String, Value> = data.iter().map(|(key, value)| ((*key).to_owned(), (*value).into())).collect();
    let mut record = Record { id: Id::default(), data, expiry_date: OffsetDateTime::now_utc() + Duration::days(1) };
    store.create(&mut record).await.unwrap();
    record
}

#[tokio::test]
async fn a_request_under_way_does_not_bring_an_ended_session_back() {
    for test in test_apps(&[]).await {
        let store = DatabaseSessions::new(&test.app);
        let record = session(&store, &[]).await;
        assert!(store.load(&record.id).await.unwrap().is_some());
        store.delete(&record.id).await.unwrap();
        store.save(&record).await.unwrap();
        assert!(store.load(&record.id).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn requests_side_by_side_do_not_undo_what_another_did_to_the_session() {
    for test in test_apps(&[]).await {
        let store = DatabaseSessions::new(&test.app);
        let id = session(&store, &[("day", 1), ("workspace", 2), ("flash", 3)]).await.id;
        let mut follows = store.load(&id).await.unwrap().unwrap();
        let mut opens = store.load(&id).await.unwrap().unwrap();
        let mut acts = store.load(&id).await.unwrap().unwrap();
        acts.data.insert("workspace".into(), 20.into());
        store.save(&acts).await.unwrap();
        opens.data.remove("flash");
        store.save(&opens).await.unwrap();
        follows.data.insert("day".into(), 10.into());
        store.save(&follows).await.unwrap();

        let mut tx = test.app.db.read().await.unwrap();
        let stored: Vec<(String,)> = on!(&mut tx, c => sqlx::query_as("select cast(data as text) from sessions")
            .fetch_all(c).await)
        .unwrap();
        let stored: Value = serde_json::from_str(&stored[0].0).unwrap();
        assert_eq!(stored, serde_json::json!({ "day": 10, "workspace": 20 }));
    }
}
