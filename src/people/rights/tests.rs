//! The pages on every database.

use axum::http::StatusCode;

use crate::{
    accounts::Role,
    app::testing::{TestApp, test_apps},
    on,
    people::tests::{ADDRESS, found_in, make_known},
};

/// `/people?q=…`, as forms and links write it.
fn page(path: &str) -> String {
    crate::server::query::address(path, [("q", ADDRESS.to_owned())])
}

async fn set(test: &TestApp, sql: &'static str) {
    let mut tx = test.app.db.write().await.unwrap();
    on!(&mut tx, c => sqlx::query(sql).execute(c).await.map(drop)).unwrap();
    tx.commit().await.unwrap();
}

async fn count(test: &TestApp, sql: &'static str) -> i64 {
    let mut tx = test.app.db.read().await.unwrap();
    on!(&mut tx, c => sqlx::query_scalar(sql).fetch_one(c).await).unwrap()
}

#[tokio::test]
async fn a_workspace_exports_and_erases_what_it_keeps_and_nothing_else() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        make_known(&test, &owner).await;
        let found = owner.get(&page("/people")).await;
        assert!(found.body.contains("/people/erasure?q=zuzana.quill%40acorn.example"), "{}", found.body);

        // A hidden address is not told; its lead is erased all the same.
        let hidden = owner.get(&page("/people/erasure")).await;
        assert!(!hidden.body.contains("1 lead:"), "{}", hidden.body);
        assert!(hidden.body.contains("whose address is still hidden"), "{}", hidden.body);
        let copy = owner.post("/people/export", &[("q", ADDRESS)]).await;
        assert_eq!(copy.status, StatusCode::OK);
        assert!(copy.body.contains("My own words") && !copy.body.contains("likes tea"), "{}", copy.body);
        set(&test, "update leads set revealed_at = 0").await;
        let shown = owner.get(&page("/people/erasure")).await;
        for text in [
            "1 lead:",
            "1 mail to them:",
            "1 mail from them:",
            "1 note of a member",
            "1 sequence that would",
            "Nothing is paid back",
        ] {
            assert!(shown.body.contains(text), "{text}: {}", shown.body);
        }
        let copy = owner.post("/people/export", &[("q", ADDRESS)]).await.body;
        assert!(copy.contains("likes tea") && !copy.contains("directory"), "{copy}");

        // Another workspace sees and erases nothing of it.
        let stranger = test.sign_in().await;
        let copy = stranger.post("/people/export", &[("q", ADDRESS)]).await.body;
        assert!(!copy.contains("Zuzana") && !copy.contains("My own words"), "{copy}");
        let before = found_in(&test.app.db).await;
        let erased = stranger.post("/people/erasure", &[("q", ADDRESS), ("confirmation", ADDRESS)]).await;
        assert_eq!(erased.location, "/people", "{}", erased.body);
        assert_eq!(found_in(&test.app.db).await, before);

        for (typed, told) in
            [("", "Type zuzana.quill"), ("bo@acorn.example", "Type zuzana.quill"), ("zuzana", "Type zuzana.quill")]
        {
            let refused = owner.post("/people/erasure", &[("q", ADDRESS), ("confirmation", typed)]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
            assert!(refused.body.contains(told), "{}", refused.body);
        }
        set(&test, "update sends set state = 'sending', sending_at = 0").await;
        let refused = owner.post("/people/erasure", &[("q", ADDRESS), ("confirmation", ADDRESS)]).await;
        assert!(refused.body.contains("is leaving at this moment"), "{}", refused.body);
        set(&test, "update sends set state = 'sent'").await;
        let erased =
            owner.post("/people/erasure", &[("q", ADDRESS), ("confirmation", " Zuzana.Quill@Acorn.example")]).await;
        assert_eq!((erased.status, erased.location.as_str()), (StatusCode::SEE_OTHER, "/people"), "{}", erased.body);
        let after = owner.get("/people").await.body;
        assert!(after.contains("The person is erased: 1 lead, 1 conversation; stopped 1 sequence."), "{after}");

        // The directory is not the workspace’s; nothing else of the person is left, also not in the log.
        let left = found_in(&test.app.db).await;
        assert!(!left.is_empty() && left.iter().all(|one| one.starts_with("contact")), "{left:?}");
        assert_eq!(count(&test, "select count(*) from sends where state = 'sent'").await, 1, "figures stay");
        assert_eq!(
            count(&test, "select count(*) from suppressions where reason = 'erased'").await,
            2,
            "in both workspaces"
        );
        assert_eq!(count(&test, "select count(*) from objections").await, 0);
        let log = owner.get("/settings/team/log").await.body;
        assert!(log.contains("Erased a person") && log.contains("Person "), "{log}");
        let again = owner.post("/people/erasure", &[("q", ADDRESS), ("confirmation", ADDRESS)]).await;
        assert_eq!(again.status, StatusCode::SEE_OTHER, "a second click");
    }
}

#[tokio::test]
async fn only_owners_and_admins_answer_and_nonsense_is_said_beside_the_field() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        for role in [Role::Member, Role::Viewer] {
            let other = test.sign_in_as(owner.workspace, role).await;
            assert!(!other.get(&page("/people")).await.body.contains("/people/erasure"));
            assert_eq!(other.get(&page("/people/erasure")).await.status, StatusCode::FORBIDDEN);
            let fields = [("q", ADDRESS), ("confirmation", ADDRESS)];
            for path in ["/people/export", "/people/erasure"] {
                assert_eq!(other.post(path, &fields).await.status, StatusCode::FORBIDDEN, "{path}");
            }
        }
        for nonsense in ["mara", "@", "\u{0}", "<script>", &"x".repeat(70_000), "a@b@c.example"] {
            for path in ["/people/export", "/people/erasure"] {
                let answer = owner.post(path, &[("q", nonsense), ("confirmation", nonsense)]).await;
                assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path} {}", answer.body);
                assert_eq!(
                    owner.get(&answer.location).await.status,
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "{}",
                    answer.location
                );
            }
        }
        for path in ["/people/export", "/people/erasure"] {
            assert_eq!(owner.post(path, &[]).await.location, "/people");
        }
    }
}

#[tokio::test]
async fn the_operator_exports_and_erases_over_the_whole_instance() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        make_known(&test, &owner).await;
        let fields = [("q", ADDRESS), ("confirmation", ADDRESS)];
        for path in ["/admin/people", "/admin/people/export", "/admin/people/erasure"] {
            assert_eq!(
                owner.get(path).await.status,
                if path == "/admin/people" { StatusCode::NOT_FOUND } else { StatusCode::SEE_OTHER }
            );
        }
        for path in ["/admin/people/export", "/admin/people/erasure"] {
            assert_eq!(owner.post(path, &fields).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        let operator = test.sign_in_operator().await;
        assert!(operator.get("/admin").await.body.contains("/admin/people"));
        let known = operator.get(&page("/admin/people")).await.body;
        assert!(known.contains("Their entry in the directory") && known.contains("1 lead:"), "{known}");
        let copy = operator.post("/admin/people/export", &fields).await.body;
        assert!(copy.contains("\"source\": \"Fair\"") && copy.contains("likes tea"), "{copy}");
        assert_eq!(operator.get("/admin/people?q=nonsense").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let refused = operator.post("/admin/people/erasure", &[("q", ADDRESS), ("confirmation", "yes")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let erased = operator.post("/admin/people/erasure", &fields).await;
        assert_eq!(erased.location, "/admin/people", "{}", erased.body);
        assert_eq!(found_in(&test.app.db).await, Vec::<String>::new());
        assert_eq!(count(&test, "select count(*) from objections").await, 1);
        assert!(operator.get("/admin/security").await.body.contains("Erased a person"));
    }
}
