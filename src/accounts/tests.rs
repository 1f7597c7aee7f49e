//! What a browser sees, over the whole router, on every database at hand.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{Request, StatusCode, header},
};
use tower::ServiceExt;

use crate::{
    app::{self, App, testing::app_on},
    on,
    server::{
        clock::{Clock, Instant},
        config::Config,
        db::{TestDatabase, test_databases},
    },
};

const PASSWORD: &str = "correct horse battery";
const UMA: &str = "uma@acme.example";

/// One running instance and what a test may turn on it.
struct Instance {
    app: App,
    router: Router,
    _database: TestDatabase,
    _folder: tempfile::TempDir,
}

/// One browser: it keeps its cookies.
struct Browser<'instance> {
    instance: &'instance Instance,
    address: SocketAddr,
    cookies: Vec<(String, String)>,
}

/// An answer, read to its end.
struct Answer {
    status: StatusCode,
    location: String,
    retry_after: Option<u64>,
    cookies: Vec<String>,
    body: String,
}

async fn instances(variables: &[(&str, &str)]) -> Vec<Instance> {
    let find = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    let config = Arc::new(Config::parse(find).unwrap());
    test_databases().await.into_iter().map(|database| instance(config.clone(), database)).collect()
}

fn instance(config: Arc<Config>, database: TestDatabase) -> Instance {
    // The session layer reckons expiry from the real time.
    let (app, folder) = app_on(config, &database.db, Clock::fixed(Clock::System.now()));
    Instance { router: app::router(app.clone()).unwrap(), app, _database: database, _folder: folder }
}

impl Instance {
    fn browser(&self) -> Browser<'_> {
        self.browser_at("203.0.113.9:4000")
    }

    fn browser_at(&self, address: &str) -> Browser<'_> {
        Browser { instance: self, address: address.parse().unwrap(), cookies: Vec::new() }
    }

    /// A browser that made an account.
    async fn signed_up(&self, email: &str) -> Browser<'_> {
        let mut browser = self.browser();
        let answer = browser.post("/signup", &[("name", "Uma Rossi"), ("email", email), ("password", PASSWORD)]).await;
        assert_eq!((answer.status, answer.location.as_str()), (StatusCode::SEE_OTHER, "/campaigns"), "{}", answer.body);
        browser
    }

    async fn count(&self, table: &'static str) -> i64 {
        let sql = format!("select count(*) from {table}");
        let mut tx = self.app.db.read().await.unwrap();
        on!(&mut tx, c => sqlx::query_scalar(sqlx::AssertSqlSafe(sql.as_str())).fetch_one(c).await).unwrap()
    }

    /// The address in the latest mail of the outbox, once it is there.
    async fn latest_link(&self) -> String {
        self.app.jobs.tracker.close();
        self.app.jobs.tracker.wait().await;
        self.app.jobs.tracker.reopen();
        let body = self.browser().get("/outbox").await.body;
        let start = body.find("http://127.0.0.1:3000/reset-password").expect("a link in the outbox");
        let link = &body[start..];
        link[..link.find('"').unwrap()].trim_start_matches("http://127.0.0.1:3000").to_owned()
    }
}

impl Browser<'_> {
    async fn get(&mut self, path: &str) -> Answer {
        self.ask(Request::builder().uri(path).body(Body::empty()).unwrap()).await
    }

    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = serde_urlencoded::to_string(fields).unwrap();
        let request = Request::builder().method("POST").uri(path);
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = request.header(header::ORIGIN, "http://127.0.0.1:3000").header(header::HOST, "127.0.0.1:3000");
        self.ask(request.body(Body::from(body)).unwrap()).await
    }

    async fn sign_in(&mut self, email: &str, password: &str) -> Answer {
        self.post("/login", &[("email", email), ("password", password)]).await
    }

    async fn is_signed_in(&mut self) -> bool {
        self.get("/settings/profile").await.status == StatusCode::OK
    }

    async fn ask(&mut self, mut request: Request<Body>) -> Answer {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request.headers_mut().insert(header::COOKIE, cookies.join("; ").parse().unwrap());
        }
        request.extensions_mut().insert(ConnectInfo(self.address));
        let response = self.instance.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let text = |name: header::HeaderName| parts.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        let set = parts.headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap().to_owned());
        let answer = Answer {
            status: parts.status,
            location: text(header::LOCATION).unwrap_or_default(),
            retry_after: text(header::RETRY_AFTER).map(|seconds| seconds.parse().unwrap()),
            cookies: set.collect(),
            body: String::from_utf8(to_bytes(body, 10 << 20).await.unwrap().to_vec()).unwrap(),
        };
        for cookie in &answer.cookies {
            self.keep(cookie);
        }
        answer
    }

    fn keep(&mut self, set_cookie: &str) {
        let (name, value) = set_cookie.split(';').next().unwrap().split_once('=').unwrap();
        self.cookies.retain(|(known, _)| known != name);
        if !set_cookie.contains("Max-Age=0") {
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
    }

    fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

#[tokio::test]
async fn signing_up_makes_a_workspace_with_100_credits_and_signing_out_and_in_works() {
    for instance in instances(&[]).await {
        let mut browser = instance.signed_up(UMA).await;
        let profile = browser.get("/settings/profile").await;
        assert!(profile.body.contains("Uma Rossi") && profile.body.contains("Acme"), "{}", profile.body);
        assert!(profile.body.contains(">100<"), "the balance stands in the frame");
        assert!(profile.body.contains("Welcome, Uma Rossi"));
        assert!(!browser.get("/settings/profile").await.body.contains("Welcome"), "a message shows once");

        let answer = browser.post("/logout", &[]).await;
        assert_eq!((answer.status, answer.location.as_str()), (StatusCode::SEE_OTHER, "/login?signed-out=here"));
        let away = browser.get("/settings/profile").await;
        assert_eq!(away.location, "/login?next=%2Fsettings%2Fprofile");
        let answer = browser.sign_in("UMA@acme.example ", PASSWORD).await;
        assert_eq!((answer.status, answer.location.as_str()), (StatusCode::SEE_OTHER, "/campaigns"));
        assert!(browser.is_signed_in().await);
        assert_eq!(browser.get("/login").await.location, "/campaigns", "who is signed in needs no form");
    }
}
