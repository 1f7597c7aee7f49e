//! The security log as the operator sees it, and who is not served at all.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};

use super::{
    security_log::{self, Kind, SecurityLog},
    tests::{PASSWORD, PRODUCTION, UMA, instances},
};
use crate::app::testing::test_apps;

#[tokio::test]
async fn the_operator_sees_sign_ins_refusals_and_exports_and_no_one_else_does() {
    for instance in instances(&[]).await {
        let mut uma = instance.signed_up(UMA).await;
        uma.sign_in(UMA, PASSWORD).await;
        let mut stranger = instance.browser_at("198.51.100.7:1");
        for _ in 0..11 {
            stranger.sign_in(UMA, "not the right words").await;
        }
        stranger.sign_in("a secret typed into the wrong field@x.example", "whatever it is").await;
        uma.get("/settings/team/log.csv").await;
        assert_eq!(uma.get("/admin/security").await.status, StatusCode::NOT_FOUND);
        super::make_operator(&instance.app, &UMA.parse().unwrap()).await.unwrap();
        instance.app.of::<SecurityLog>().write(&instance.app.db).await.unwrap();

        let mut tx = instance.app.db.read().await.unwrap();
        let rows = security_log::rows(&mut tx, None, None, 100).await.unwrap();
        drop(tx);
        let times = |kind: Kind| rows.iter().filter(|row| row.kind == kind).map(|row| row.times).sum::<i64>();
        assert_eq!((times(Kind::AccountMade), times(Kind::SignedIn), times(Kind::WrongPassword)), (1, 1, 10));
        assert_eq!((times(Kind::Refused), times(Kind::Exported), times(Kind::Operator)), (1, 1, 1));
        let wrong = rows.iter().find(|row| row.kind == Kind::WrongPassword).unwrap();
        assert_eq!((wrong.email.as_deref(), wrong.network.as_deref()), (Some(UMA), Some("198.51.100.7")));
        let refused = rows.iter().find(|row| row.kind == Kind::Refused).unwrap();
        assert_eq!((refused.subject.as_str(), refused.detail.as_str()), ("POST /login", "429"));

        let page = uma.get("/admin/security?kind=wrong_password").await.body;
        assert!(page.contains("198.51.100.7") && page.contains("10 times"), "{page}");
        assert!(!page.contains("<strong>Exported"), "{page}");
        let file = uma.get("/admin/security.jsonl").await.body;
        let lines: Vec<serde_json::Value> = file.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), rows.len() + 1, "the export itself");
        assert!(lines.iter().any(|line| line["kind"] == "wrong_password" && line["times"] == 10), "{file}");
        assert!(!file.contains("wrong field"));
    }
}

#[tokio::test]
async fn what_a_role_may_not_do_is_in_the_log_with_who_tried() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let viewer = test.sign_in_as(owner.workspace, super::Role::Viewer).await;
        assert_eq!(viewer.post("/settings/cold-email-agent/caps", &[]).await.status, StatusCode::FORBIDDEN);
        test.app.of::<SecurityLog>().write(&test.app.db).await.unwrap();
        let rows =
            security_log::rows(&mut test.app.db.read().await.unwrap(), Some(Kind::Refused), None, 9).await.unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].email.clone().unwrap(), format!("{}@acme.example", viewer.user));
        assert_eq!(
            (rows[0].subject.as_str(), rows[0].detail.as_str()),
            ("POST /settings/cold-email-agent/caps", "403")
        );
    }
}

#[tokio::test]
async fn a_form_from_another_site_is_in_the_log() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let form = [("threshold", "5")];
        let refused = owner.post_across_sites("/settings/cold-email-agent/alerts", "text/html", &form).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        test.app.of::<SecurityLog>().write(&test.app.db).await.unwrap();
        let mut tx = test.app.db.read().await.unwrap();
        let rows = security_log::rows(&mut tx, Some(Kind::Refused), None, 9).await.unwrap();
        let noted: Vec<_> = rows.iter().map(|row| (row.subject.as_str(), row.detail.as_str())).collect();
        assert_eq!(noted, [("POST /settings/cold-email-agent/alerts", "403")]);
        assert_eq!(rows[0].email.clone().unwrap(), format!("{}@acme.example", owner.user));
    }
}

#[tokio::test]
async fn development_shows_its_mail_to_this_machine_and_to_the_operator() {
    for instance in instances(&[("FAIRLEAD_PROXIES", "127.0.0.1")]).await {
        let mut uma = instance.signed_up(UMA).await;
        assert_eq!(instance.browser_at("127.0.0.1:1").get("/outbox").await.status, StatusCode::OK);
        assert_eq!(uma.get("/outbox").await.status, StatusCode::NOT_FOUND);
        super::make_operator(&instance.app, &UMA.parse().unwrap()).await.unwrap();
        assert_eq!(uma.get("/outbox").await.status, StatusCode::OK);
        let mut through_proxy = instance.browser_at("127.0.0.1:1");
        let request = Request::builder().uri("/outbox").header("x-forwarded-for", "203.0.113.9");
        assert_eq!(through_proxy.ask(request.body(Body::empty()).unwrap()).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn development_answers_to_its_own_name_only() {
    let host = |name: &str| Request::builder().uri("/").header(header::HOST, name).body(Body::empty()).unwrap();
    for test in test_apps(&[("FAIRLEAD_PUBLIC_URL", "http://leads.test:3000")]).await {
        for (name, status) in [("leads.test:3000", 200), ("localhost:3000", 200), ("evil.example", 421)] {
            assert_eq!(test.send(host(name)).await.status.as_u16(), status, "{name}");
        }
    }
    for test in test_apps(&PRODUCTION).await {
        assert_eq!(test.send(host("10.0.0.7:3000")).await.status.as_u16(), 200, "a health check by number");
    }
}

#[tokio::test]
async fn the_demo_user_of_development_cannot_sign_in_once_it_is_production() {
    for instance in instances(&[]).await {
        let demo = super::demo_user(&instance.app).await.unwrap();
        let mut browser = instance.browser();
        assert_eq!(browser.sign_in(demo.email, demo.password).await.status, StatusCode::SEE_OTHER);
        super::close_demo_user(&instance.app).await.unwrap();
        assert!(!browser.is_signed_in().await);
        assert_eq!(browser.sign_in(demo.email, demo.password).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[tokio::test]
async fn an_address_where_a_sign_in_cannot_last_says_so() {
    for test in test_apps(&PRODUCTION).await {
        let page = async |host: &str| {
            let request = Request::builder().uri("/login").header(header::HOST, host).body(Body::empty()).unwrap();
            test.send(request).await.body
        };
        let told = page("192.0.2.7:3000").await;
        assert!(told.contains("Signing in does not work at this address"), "{told}");
        assert!(told.contains(r#"href="https://leads.example.com/login""#), "{told}");
        assert!(!page("leads.example.com").await.contains("does not work at this address"));
    }
}
