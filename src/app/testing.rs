//! The whole router for tests, on every database at hand, and browsers that are signed in to it.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Body,
    http::{HeaderValue, Method, Request, StatusCode, header, request::Builder},
};
use sha2::{Digest, Sha256};
use tower::ServiceExt;
use tower_sessions::session::Id;

use crate::{
    accounts::{
        Role, UserId, WorkspaceId,
        member::{SESSION_PASSWORD, SESSION_USER},
    },
    directory::Directory,
    on,
    server::{
        app::App,
        assets::Assets,
        clock::{Clock, Instant},
        config::Config,
        db::{Db, TestDatabase, test_databases},
        dns::Dns,
        http_client::HttpClient,
        jobs::Jobs,
        live::Live,
        server_timing::SERVER_TIMING,
    },
    suppression::load_keys,
};

/// When every test begins: 22 November 2026, 09:36:30 UTC.
pub const NOW: Instant = Instant(1_795_340_190_000_000);

/// An instance on one database, with a clock that stands still.
pub struct TestApp {
    pub app: App,
    router: Router,
    _database: TestDatabase,
    _folder: tempfile::TempDir,
}

/// What is set unless a test sets it: servers that tests start are on this machine.
const VARIABLE: (&str, &str) = ("FAIRLEAD_NETWORKS", "127.0.0.0/8");

/// The configuration by `variables`.
pub fn test_config(variables: &[(&str, &str)]) -> Arc<Config> {
    let config = Config::parse(|name| {
        let known = variables.iter().chain([&VARIABLE]).find(|(variable, _)| *variable == name);
        known.map(|(_, value)| (*value).to_owned())
    });
    Arc::new(config.unwrap())
}

/// One instance per database, configured by `variables`.
pub async fn test_apps(variables: &[(&str, &str)]) -> Vec<TestApp> {
    let config = test_config(variables);
    let databases = test_databases().await;
    let mut apps = Vec::new();
    for database in databases {
        let (app, folder) = app_on(config.clone(), &database.db, Clock::fixed(NOW)).await;
        let router = super::router(app.clone()).unwrap();
        apps.push(TestApp { router, app, _database: database, _folder: folder });
    }
    apps
}

/// The state of an instance on `db`, and the folder of its index, which goes when it is dropped.
pub async fn app_on(config: Arc<Config>, db: &Db, clock: Clock) -> (App, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let directory = Directory::open(&folder.path().join("index")).unwrap();
    let suppression = load_keys(db, &config.encryption_keys(), clock.now()).await.unwrap();
    let app = App {
        owned: Arc::new(super::owned(&config, db, directory, suppression)),
        dns: Dns::configured(config.dns),
        http: HttpClient::new(config.networks.clone()),
        config,
        db: db.clone(),
        clock,
        live: Live::new(),
        jobs: Jobs::default(),
        wake: Arc::default(),
        assets: Arc::new(Assets::find(None)),
        metrics: None,
    };
    (app, folder)
}

/// Somebody signed in: every request carries the cookie of their session.
pub struct Browser {
    router: Router,
    cookie: String,
    pub user: UserId,
    pub workspace: WorkspaceId,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub location: String,
    pub body: String,
    /// How many statements it took.
    pub statements: u32,
}

impl TestApp {
    /// A new user in a new workspace.
    pub async fn sign_in(&self) -> Browser {
        let workspace = WorkspaceId::new();
        let mut tx = self.app.db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query("insert into workspaces (id, name, created_at) values ($1, 'Acme', 0)")
            .bind(workspace).execute(c).await.map(drop))
        .unwrap();
        tx.commit().await.unwrap();
        self.sign_in_as(workspace, Role::Owner).await
    }

    /// A new user who runs the instance, in a new workspace.
    pub async fn sign_in_operator(&self) -> Browser {
        let operator = self.sign_in().await;
        let mut tx = self.app.db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query("update users set operator = $2 where id = $1")
            .bind(operator.user).bind(true).execute(c).await.map(drop))
        .unwrap();
        tx.commit().await.unwrap();
        operator
    }

    /// A new user in `workspace`.
    pub async fn sign_in_as(&self, workspace: WorkspaceId, role: Role) -> Browser {
        let user = UserId::new();
        let session = Id::default();
        let data = serde_json::json!({ SESSION_USER: user, SESSION_PASSWORD: Instant(0) });
        let mut tx = self.app.db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query(
            "insert into users (id, email, name, password_hash, operator, created_at, password_changed_at)
             values ($1, $2, 'Uma Rossi', '', $3, 0, 0)")
            .bind(user).bind(format!("{user}@acme.example")).bind(false).execute(c).await.map(drop))
        .unwrap();
        on!(&mut tx, c => sqlx::query("insert into members (workspace_id, user_id, role, created_at) values ($1, $2, $3, 0)")
            .bind(workspace).bind(user).bind(role).execute(c).await.map(drop))
        .unwrap();
        on!(&mut tx, c => sqlx::query(
            "insert into sessions (id_hash, user_id, data, created_at, expires_at) values ($1, $2, $3, 0, $4)")
            .bind(Sha256::digest(session.0.to_be_bytes()).to_vec()).bind(user).bind(sqlx::types::Json(data)).bind(4_102_444_800_000_000_i64)
            .execute(c).await.map(drop))
        .unwrap();
        tx.commit().await.unwrap();
        Browser { router: self.router.clone(), cookie: format!("fairlead={session}"), user, workspace }
    }
}

impl TestApp {
    /// A browser without a session.
    pub fn visitor(&self) -> Browser {
        let (user, workspace) = (UserId::new(), WorkspaceId::new());
        Browser { router: self.router.clone(), cookie: "none=".into(), user, workspace }
    }

    /// Sends a request as it is: without a session, without a browser's headers.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        answer_to(&self.router, request).await
    }
}

async fn answer_to(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let location = response.headers().get(header::LOCATION).map(|value| value.to_str().unwrap().to_owned());
    let status = response.status();
    let statements = statements_of(response.headers().get(SERVER_TIMING));
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    // Without the markers that Leptos leaves between the parts of a page.
    let body = String::from_utf8(body.to_vec()).unwrap().replace("<!>", "");
    Answer { status, location: location.unwrap_or_default(), body, statements }
}

/// The number in `statements;desc="4"`.
fn statements_of(header: Option<&HeaderValue>) -> u32 {
    let text = header.map(|value| value.to_str().unwrap()).unwrap_or_default();
    text.split('"').nth(1).map_or(0, |number| number.parse().unwrap())
}

impl Browser {
    /// The same browser at an instance whose address begins with https: the cookie has another name there.
    pub fn over_https(mut self) -> Self {
        self.cookie = format!("__Host-{}", self.cookie);
        self
    }

    /// The same browser at other routes.
    pub fn at(mut self, router: Router) -> Self {
        self.router = router;
        self
    }

    /// Who is signed in, as an owner of their workspace.
    pub fn member(&self) -> crate::accounts::Member {
        let (email, name, workspace_name, time_zone) = Default::default();
        let (user, workspace, role) = (self.user, self.workspace, Role::Owner);
        crate::accounts::Member { user, workspace, role, email, name, workspace_name, time_zone, operator: false }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path), String::new()).await
    }

    /// Sends a form.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(self.request(Method::POST, path), encoded(fields)).await
    }

    /// Calls a server function, as an island does.
    pub async fn call(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(self.request(Method::POST, path).header(header::ACCEPT, "application/json"), encoded(fields)).await
    }

    /// Sends a form as a page of another site would.
    pub async fn post_across_sites(&self, path: &str, accept: &str, fields: &[(&str, &str)]) -> Answer {
        let mut request = self.request(Method::POST, path).header(header::ACCEPT, accept);
        if let Some(headers) = request.headers_mut() {
            headers.insert("sec-fetch-site", HeaderValue::from_static("cross-site"));
            headers.insert(header::ORIGIN, HeaderValue::from_static("https://evil.example"));
        }
        self.send(request, encoded(fields)).await
    }

    /// Sends a request as it is, with the cookie of the session.
    pub async fn send_as_it_is(&self, mut request: Request<Body>) -> Answer {
        let headers = request.headers_mut();
        headers.insert(header::COOKIE, HeaderValue::from_str(&self.cookie).unwrap());
        headers.insert(header::HOST, HeaderValue::from_static("127.0.0.1:3000"));
        answer_to(&self.router, request).await
    }

    fn request(&self, method: Method, path: &str) -> Builder {
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "127.0.0.1:3000")
            .header(header::COOKIE, &self.cookie)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
    }

    async fn send(&self, request: Builder, body: String) -> Answer {
        answer_to(&self.router, request.body(Body::from(body)).unwrap()).await
    }
}

fn encoded(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// What is logged as an error on this thread, until it is dropped.
pub struct Logs {
    written: Written,
    _guard: tracing::subscriber::DefaultGuard,
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Logs {
    pub fn collect() -> Self {
        let written = Written::default();
        let writer = written.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::ERROR)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        Self { written, _guard: tracing::subscriber::set_default(subscriber) }
    }

    /// The lines so far, which are forgotten here.
    pub fn take(&self) -> Vec<String> {
        let bytes = std::mem::take(&mut *self.written.0.lock().unwrap());
        String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
    }

    /// Wants `answer` to be a 500 that shows an id and nothing else of what went wrong, and one line with that id.
    pub fn assert_told_once(&self, answer: &Answer) -> String {
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{}", answer.body);
        let (_, told) = answer.body.split_once("this number: ").unwrap_or_else(|| panic!("no id: {}", answer.body));
        let id: String = told.chars().take_while(|letter| letter.is_ascii_hexdigit() || *letter == '-').collect();
        assert_eq!(id.len(), 36, "{id}");
        let lines: Vec<String> = self.take();
        let [line] = &lines[..] else { panic!("one line is wanted: {lines:?}") };
        assert!(line.contains(&id), "{line} {id}");
        for internal in ["inconsistent", "no such table", "does not exist", "error returned"] {
            assert!(!answer.body.contains(internal), "{internal}: {}", answer.body);
        }
        line.clone()
    }
}
