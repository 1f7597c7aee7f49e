//! What a browser sees, over the whole router, on every database at hand.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{Request, StatusCode, header},
};
use tower::ServiceExt;

use super::{
    MadeOperator,
    outbox::{self, Message},
};
use crate::{
    app::{self, testing::app_on},
    on,
    server::{
        app::App,
        clock::{Clock, Instant},
        config::Config,
        db::{TestDatabase, test_databases},
    },
};

pub(super) const PASSWORD: &str = "correct horse battery";
pub(super) const UMA: &str = "uma@acme.example";
/// Production without a mail server.
pub(super) const PRODUCTION: [(&str, &str); 4] = [
    ("FAIRLEAD_ENV", "production"),
    ("FAIRLEAD_PUBLIC_URL", "https://leads.example.com"),
    ("FAIRLEAD_SECRET_KEY", "0123456789abcdef0123456789abcdef"),
    ("FAIRLEAD_PROXIES", "none"),
];

/// One running instance and what a test may turn on it.
pub(super) struct Instance {
    pub(super) app: App,
    router: Router,
    _database: TestDatabase,
    _folder: tempfile::TempDir,
}

/// One browser: it keeps its cookies.
pub(super) struct Browser<'instance> {
    instance: &'instance Instance,
    address: SocketAddr,
    cookies: Vec<(String, String)>,
}

/// An answer, read to its end.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) location: String,
    retry_after: Option<u64>,
    cookies: Vec<String>,
    pub(super) body: String,
}

pub(super) async fn instances(variables: &[(&str, &str)]) -> Vec<Instance> {
    let find = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    let config = Arc::new(Config::parse(find).unwrap());
    let mut instances = Vec::new();
    for database in test_databases().await {
        instances.push(instance(config.clone(), database).await);
    }
    instances
}

async fn instance(config: Arc<Config>, database: TestDatabase) -> Instance {
    // The session layer reckons expiry from the real time.
    let (app, folder) = app_on(config, &database.db, Clock::fixed(Clock::System.now())).await;
    Instance { router: app::router(app.clone()).unwrap(), app, _database: database, _folder: folder }
}

impl Instance {
    pub(super) fn browser(&self) -> Browser<'_> {
        self.browser_at("203.0.113.9:4000")
    }

    pub(super) fn browser_at(&self, address: &str) -> Browser<'_> {
        Browser { instance: self, address: address.parse().unwrap(), cookies: Vec::new() }
    }

    /// A browser that made an account and confirmed its address.
    pub(super) async fn signed_up(&self, email: &str) -> Browser<'_> {
        let mut browser = self.browser();
        let answer = browser.sign_up(email).await;
        assert_eq!(
            (answer.status, answer.location.as_str()),
            (StatusCode::SEE_OTHER, "/signup/sent"),
            "{}",
            answer.body
        );
        let answer = browser.post(&self.latest_link().await, &[]).await;
        assert_eq!((answer.status, answer.location.as_str()), (StatusCode::SEE_OTHER, "/campaigns"), "{}", answer.body);
        browser
    }

    pub(super) async fn count(&self, table: &'static str) -> i64 {
        let sql = format!("select count(*) from {table}");
        let mut tx = self.app.db.read().await.unwrap();
        on!(&mut tx, c => sqlx::query_scalar(sqlx::AssertSqlSafe(sql.as_str())).fetch_one(c).await).unwrap()
    }

    /// The latest mail, once what is under way has ended.
    pub(super) async fn latest_mail(&self) -> Message {
        self.app.jobs.tracker.close();
        self.app.jobs.tracker.wait().await;
        self.app.jobs.tracker.reopen();
        outbox::messages(&mut self.app.db.read().await.unwrap()).await.unwrap().swap_remove(0)
    }

    /// The path of the link in the latest mail.
    pub(super) async fn latest_link(&self) -> String {
        let text = self.latest_mail().await.text(&self.app.config.public_url);
        let start = text.find("http://127.0.0.1:3000/").expect("a link in the mail");
        text[start..].lines().next().unwrap().trim_start_matches("http://127.0.0.1:3000").to_owned()
    }
}

impl Browser<'_> {
    pub(super) async fn get(&mut self, path: &str) -> Answer {
        self.ask(Request::builder().uri(path).body(Body::empty()).unwrap()).await
    }

    pub(super) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = serde_urlencoded::to_string(fields).unwrap();
        let request = Request::builder().method("POST").uri(path);
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = request.header(header::ORIGIN, "http://127.0.0.1:3000").header(header::HOST, "127.0.0.1:3000");
        self.ask(request.body(Body::from(body)).unwrap()).await
    }

    pub(super) async fn sign_up(&mut self, email: &str) -> Answer {
        self.post("/signup", &[("name", "Uma Rossi"), ("email", email), ("password", PASSWORD)]).await
    }

    pub(super) async fn sign_in(&mut self, email: &str, password: &str) -> Answer {
        self.post("/login", &[("email", email), ("password", password)]).await
    }

    pub(super) async fn is_signed_in(&mut self) -> bool {
        self.get("/settings/profile").await.status == StatusCode::OK
    }

    pub(super) async fn ask(&mut self, mut request: Request<Body>) -> Answer {
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
async fn a_confirmed_sign_up_makes_a_workspace_with_100_credits_and_signing_out_and_in_works() {
    for instance in instances(&[]).await {
        let mut browser = instance.signed_up(UMA).await;
        let profile = browser.get("/settings/profile").await;
        assert!(profile.body.contains("Uma Rossi") && profile.body.contains("Acme"), "{}", profile.body);
        assert!(profile.body.contains(">100<"), "the balance stands in the frame");
        assert!(profile.body.contains("Welcome, Uma Rossi. 100 free credits are in your workspace."));
        assert!(!profile.body.contains("not confirmed"));
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

#[tokio::test]
async fn an_id_planted_before_signing_in_is_worth_nothing_afterwards() {
    for instance in instances(&[]).await {
        let mut browser = instance.signed_up(UMA).await;
        let planted = browser.cookie("fairlead").unwrap().to_owned();
        assert_eq!(browser.sign_in(UMA, PASSWORD).await.status, StatusCode::SEE_OTHER);
        assert_ne!(browser.cookie("fairlead").unwrap(), planted, "signing in changes the id");
        let mut thief = instance.browser();
        thief.cookies.push(("fairlead".into(), planted));
        assert!(!thief.is_signed_in().await);
        // An id that was never given out is not taken over either.
        let mut victim = instance.browser();
        let chosen = "AAAAAAAAAAAAAAAAAAAAAA";
        victim.cookies.push(("fairlead".into(), chosen.into()));
        assert_eq!(victim.sign_in(UMA, PASSWORD).await.status, StatusCode::SEE_OTHER);
        assert_ne!(victim.cookie("fairlead"), Some(chosen));
    }
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_browser_and_nothing_brings_a_session_back() {
    for instance in instances(&[]).await {
        let mut here = instance.signed_up(UMA).await;
        let mut there = instance.browser();
        there.sign_in(UMA, PASSWORD).await;
        let stranger = instance.signed_up("otto@other.example").await;
        let mut stranger = stranger;
        assert!(here.get("/settings/profile").await.body.contains("2 browsers"));
        let old = here.cookies.clone();
        let answer = here.post("/settings/profile/sessions", &[]).await;
        assert_eq!(answer.location, "/login?signed-out=everywhere");
        assert!(!here.is_signed_in().await && !there.is_signed_in().await);
        here.cookies = old;
        assert!(!here.is_signed_in().await, "the old cookie is worth nothing");
        assert!(stranger.is_signed_in().await, "others are not signed out");
        assert_eq!(instance.count("sessions").await, 1);
    }
}

#[tokio::test]
async fn changing_the_password_needs_the_current_one_and_ends_the_other_sessions() {
    const NEW: &str = "another five words to know";
    for instance in instances(&[]).await {
        let mut here = instance.signed_up(UMA).await;
        let mut there = instance.browser();
        there.sign_in(UMA, PASSWORD).await;
        let address = "/settings/profile/password";
        let wrong = here.post(address, &[("current_password", "not this one"), ("new_password", NEW)]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.body.contains("current_password-error") && !wrong.body.contains(NEW));
        instance.app.clock.advance(Duration::from_secs(1));
        let answer = here.post(address, &[("current_password", PASSWORD), ("new_password", NEW)]).await;
        assert_eq!((answer.status, answer.location.as_str()), (StatusCode::SEE_OTHER, "/settings/profile"));
        assert!(here.is_signed_in().await, "this browser stays");
        assert!(!there.is_signed_in().await);
        assert_eq!(there.sign_in(UMA, PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(there.sign_in(UMA, NEW).await.status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn a_link_from_the_outbox_sets_the_password_once_and_ends_every_session() {
    const NEW: &str = "another five words to know";
    for instance in instances(&[]).await {
        let mut old = instance.signed_up(UMA).await;
        let mut browser = instance.browser();
        browser.post("/forgot-password", &[("email", UMA)]).await;
        let link = instance.latest_link().await;
        let token = link.split("token=").nth(1).unwrap().to_owned();
        let page = browser.get(&link).await;
        assert_eq!(page.status, StatusCode::OK);
        let short = browser.post("/reset-password", &[("token", &token), ("password", "short")]).await;
        assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
        instance.app.clock.advance(Duration::from_secs(1));
        let answer = browser.post("/reset-password", &[("token", &token), ("password", NEW)]).await;
        assert_eq!((answer.status, answer.location.as_str()), (StatusCode::SEE_OTHER, "/campaigns"));
        assert!(browser.is_signed_in().await);
        assert!(!old.is_signed_in().await);
        let again = instance.browser().post("/reset-password", &[("token", &token), ("password", NEW)]).await;
        assert_eq!(again.status, StatusCode::GONE);
        assert_eq!(instance.browser().get(&link).await.status, StatusCode::GONE);
    }
}

#[tokio::test]
async fn a_password_link_ends_after_an_hour_and_earlier_ones_work_until_one_is_used() {
    for instance in instances(&[]).await {
        instance.signed_up(UMA).await;
        let mut links = Vec::new();
        for _ in 0..2 {
            instance.browser().post("/forgot-password", &[("email", UMA)]).await;
            links.push(instance.latest_link().await);
            instance.app.clock.advance(Duration::from_secs(60));
        }
        assert_ne!(links[0], links[1]);
        assert_eq!(instance.browser().get(&links[0]).await.status, StatusCode::OK);
        instance.app.clock.advance(Duration::from_secs(58 * 60));
        assert_eq!(instance.browser().get(&links[0]).await.status, StatusCode::GONE);
        assert_eq!(instance.browser().get(&links[1]).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn an_unknown_account_gets_the_same_answers() {
    for instance in instances(&[]).await {
        instance.signed_up(UMA).await;
        let mut known = instance.browser_at("203.0.113.20:1");
        let mut unknown = instance.browser_at("203.0.113.21:1");
        let nobody = "nobody@acme.example";
        for _ in 0..11 {
            let one = known.sign_in(UMA, "not the right words").await;
            let other = unknown.sign_in(nobody, "not the right words").await;
            assert_eq!((one.status, one.retry_after), (other.status, other.retry_after));
            assert_eq!(plain(&one.body, UMA), plain(&other.body, nobody));
            assert_eq!(one.cookies, other.cookies);
        }
        let one = known.post("/forgot-password", &[("email", UMA)]).await;
        let other = unknown.post("/forgot-password", &[("email", nobody)]).await;
        assert_eq!((one.status, plain(&one.body, UMA)), (other.status, plain(&other.body, nobody)));
    }
}

/// The page without what differs from answer to answer: the address typed and the nonce.
pub(super) fn plain(body: &str, email: &str) -> String {
    let mut body = body.replace(email, "…");
    if let Some(start) = body.find("nonce=\"") {
        let nonce = body[start + 7..].split('"').next().unwrap().to_owned();
        body = body.replace(&nonce, "…");
    }
    body
}

#[tokio::test]
async fn a_stranger_who_keeps_guessing_does_not_shut_out_the_owner() {
    for instance in instances(&[]).await {
        let mut own = instance.signed_up(UMA).await;
        own.post("/logout", &[]).await;
        let mut stranger = instance.browser_at("198.51.100.7:1");
        for _ in 0..10 {
            assert_eq!(stranger.sign_in(UMA, "a guess of mine").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        let refused = stranger.sign_in(UMA, PASSWORD).await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "not even the right password, now");
        assert_eq!(refused.retry_after, Some(15 * 60));
        assert!(refused.body.contains("15 minutes") && refused.body.contains(UMA), "the form keeps what was typed");

        assert_eq!(own.sign_in(UMA, PASSWORD).await.status, StatusCode::SEE_OTHER, "the owner's own browser");
        // On a new browser, the owner gets in through the mail, and that browser is known from then on.
        let mut new = instance.browser_at("192.0.2.50:1");
        assert_eq!(new.sign_in(UMA, PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS);
        new.post("/forgot-password", &[("email", UMA)]).await;
        let token = instance.latest_link().await.split("token=").nth(1).unwrap().to_owned();
        new.post("/reset-password", &[("token", &token), ("password", "another five words to know")]).await;
        new.post("/logout", &[]).await;
        assert_eq!(new.sign_in(UMA, "another five words to know").await.status, StatusCode::SEE_OTHER);

        instance.app.clock.advance(Duration::from_secs(15 * 60));
        let after = stranger.sign_in(UMA, "another five words to know").await;
        assert_eq!(after.status, StatusCode::SEE_OTHER, "the limit opens by itself");
    }
}

#[tokio::test]
async fn a_known_browser_has_a_limit_of_its_own() {
    for instance in instances(&[]).await {
        let mut own = instance.signed_up(UMA).await;
        own.post("/logout", &[]).await;
        for _ in 0..10 {
            own.sign_in(UMA, "a guess of mine").await;
        }
        assert_eq!(own.sign_in(UMA, PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(instance.browser().sign_in(UMA, PASSWORD).await.status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn one_address_cannot_guess_at_many_accounts_and_another_address_is_not_concerned() {
    for instance in instances(&[]).await {
        instance.signed_up(UMA).await;
        let mut spraying = instance.browser_at("198.51.100.7:1");
        for number in 0..50 {
            let answer = spraying.sign_in(&format!("user{number}@acme.example"), &format!("Summer{number}!")).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        let answer = spraying.sign_in(UMA, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
        // The header that anybody can write is not believed without a proxy of our own.
        let request = Request::builder().method("POST").uri("/login").header("x-forwarded-for", "8.8.8.8");
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let body = serde_urlencoded::to_string([("email", UMA), ("password", PASSWORD)]).unwrap();
        assert_eq!(spraying.ask(request.body(body.into()).unwrap()).await.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(instance.browser().sign_in(UMA, PASSWORD).await.status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn signing_in_leads_only_to_pages_of_this_instance() {
    for instance in instances(&[]).await {
        instance.signed_up(UMA).await;
        for (next, leads_to) in [
            ("/settings/profile", "/settings/profile"),
            ("//evil.example", "/campaigns"),
            ("https://evil.example/", "/campaigns"),
            ("/\\evil.example", "/campaigns"),
            ("/.//evil.example", "/campaigns"),
        ] {
            let fields = [("email", UMA), ("password", PASSWORD), ("next", next)];
            assert_eq!(instance.browser().post("/login", &fields).await.location, leads_to, "{next}");
        }
    }
}

#[tokio::test]
async fn where_no_mail_is_sent_an_account_is_made_at_once_without_credits() {
    for instance in instances(&PRODUCTION).await {
        let mut uma = instance.browser();
        assert!(uma.get("/signup").await.body.contains("there are no free credits"));
        assert!(!uma.get("/").await.body.contains("free credits"));
        assert_eq!(uma.sign_up(UMA).await.location, "/campaigns");
        let profile = uma.get("/settings/profile").await.body;
        assert!(
            profile.contains("no free credits. Ask its operator") && profile.contains("not confirmed"),
            "{profile}"
        );
        assert_eq!(instance.count("credit_lots").await, 0);
        assert_eq!(uma.sign_up(UMA).await.status, StatusCode::SEE_OTHER, "pressed twice");
        let other = [("name", "Eve <i>"), ("email", UMA), ("password", "a password of mine"), ("workspace", "Mine")];
        let answer = instance.browser().post("/signup", &other).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains("Wrong email or password"));
        let kept = answer.body.contains("Eve &lt;i&gt;") && answer.body.contains("value=\"Mine\"");
        assert!(kept, "what was typed is kept");
        assert!(!answer.body.contains("a password of mine"), "but never the password");
        assert_eq!((instance.count("users").await, instance.count("workspaces").await), (1, 1));

        let address = UMA.parse().unwrap();
        let MadeOperator::Unconfirmed(Some(link)) = super::make_operator(&instance.app, &address).await.unwrap() else {
            panic!("an operator without a proof")
        };
        assert_eq!(instance.browser().get(link.path()).await.status, StatusCode::OK);
        assert!(matches!(super::make_operator(&instance.app, &address).await.unwrap(), MadeOperator::Unconfirmed(_)));
        assert_eq!(instance.browser().post(link.path(), &[]).await.location, "/login");
        assert_eq!(super::make_operator(&instance.app, &address).await.unwrap(), MadeOperator::Made);
        assert_eq!(instance.count("credit_lots").await, 0, "the operator grants");
    }
}

#[tokio::test]
async fn a_double_click_on_sign_up_makes_one_account() {
    for instance in instances(&[]).await {
        let (mut one, mut other) = (instance.browser(), instance.browser());
        let (first, second) = tokio::join!(one.sign_up(UMA), other.sign_up(UMA));
        assert_eq!((first.status, second.status), (StatusCode::SEE_OTHER, StatusCode::SEE_OTHER));
        let mut tx = instance.app.db.read().await.unwrap();
        let mails = outbox::messages(&mut tx).await.unwrap();
        drop(tx);
        let [one_link, other_link] = [0, 1].map(|number: usize| mails[number].link.clone().unwrap());
        let (mut here, mut there) = (instance.browser(), instance.browser());
        let (first, second) = tokio::join!(here.post(&one_link, &[]), there.post(&other_link, &[]));
        let statuses = [first.status, second.status];
        assert!(statuses.contains(&StatusCode::SEE_OTHER), "{statuses:?}");
        assert_eq!((instance.count("users").await, instance.count("credit_lots").await), (1, 1));
    }
}

#[tokio::test]
async fn a_closed_instance_takes_its_first_account_only() {
    for instance in instances(&[("FAIRLEAD_SIGNUP", "closed")]).await {
        instance.signed_up(UMA).await;
        let mut visitor = instance.browser();
        assert!(visitor.get("/signup").await.body.contains("Sign-up is closed"));
        let fields = [("name", "Otto"), ("email", "otto@other.example"), ("password", PASSWORD)];
        assert_eq!(visitor.post("/signup", &fields).await.status, StatusCode::FORBIDDEN);
        assert_eq!(instance.count("users").await, 1);
    }
}

#[tokio::test]
async fn people_change_their_own_name_and_workspace_and_nobody_elses() {
    for instance in instances(&[]).await {
        let mut uma = instance.signed_up(UMA).await;
        let mut otto = instance.signed_up("otto@other.example").await;
        uma.post("/settings/profile/name", &[("name", "Uma Verdi"), ("user", "otto@other.example")]).await;
        uma.post("/settings/profile/workspace", &[("workspace", "Verdi & Co"), ("workspace_id", "1")]).await;
        let profile = uma.get("/settings/profile").await.body;
        assert!(profile.contains("Uma Verdi") && profile.contains("Verdi &amp; Co"));
        let other = otto.get("/settings/profile").await.body;
        assert!(!other.contains("Verdi") && other.contains("Other"));

        let faults = uma.post("/settings/profile/workspace", &[("workspace", &"x".repeat(5_000))]).await;
        assert_eq!(faults.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(faults.body.contains("at most 80 characters"));
        let nul = uma.post("/settings/profile/name", &[("name", "a\0b")]).await;
        assert_eq!(nul.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[tokio::test]
async fn only_owners_and_admins_rename_the_workspace() {
    for instance in instances(&[]).await {
        let mut uma = instance.signed_up(UMA).await;
        let mut tx = instance.app.db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query("update members set role = 'viewer'").execute(c).await.map(drop)).unwrap();
        tx.commit().await.unwrap();
        assert!(!uma.get("/settings/profile").await.body.contains("/settings/profile/workspace"));
        let answer = uma.post("/settings/profile/workspace", &[("workspace", "Mine")]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn a_form_from_another_site_is_not_accepted() {
    for instance in instances(&[]).await {
        let mut uma = instance.signed_up(UMA).await;
        let request = Request::builder().method("POST").uri("/logout").header(header::ORIGIN, "https://evil.example");
        let request = request.header(header::HOST, "127.0.0.1:3000").header("sec-fetch-site", "cross-site");
        assert_eq!(uma.ask(request.body(Body::empty()).unwrap()).await.status, StatusCode::FORBIDDEN);
        assert!(uma.is_signed_in().await);
    }
}

#[tokio::test]
async fn production_has_no_outbox_and_says_that_it_sends_no_mail() {
    for instance in instances(&PRODUCTION).await {
        let mut visitor = instance.browser();
        assert_eq!(visitor.get("/outbox").await.status, StatusCode::NOT_FOUND);
        assert!(visitor.get("/forgot-password").await.body.contains("sends no mail"));
        assert!(super::demo_user(&instance.app).await.is_err());
    }
}

#[tokio::test]
async fn the_operator_makes_operators_and_password_links_and_a_demo_user_that_can_sign_in() {
    for instance in instances(&[]).await {
        let mut uma = instance.signed_up(UMA).await;
        let (known, unknown) = (UMA.parse().unwrap(), "nobody@acme.example".parse().unwrap());
        assert_eq!(super::make_operator(&instance.app, &known).await.unwrap(), MadeOperator::Made);
        assert_eq!(super::make_operator(&instance.app, &unknown).await.unwrap(), MadeOperator::NoAccount);
        assert!(uma.get("/settings/profile").await.body.contains("/admin"));

        assert!(super::password_link_for(&instance.app, &unknown).await.unwrap().is_none());
        let link = super::password_link_for(&instance.app, &known).await.unwrap().unwrap();
        let path = format!("{}?{}", link.path(), link.query().unwrap());
        assert_eq!(instance.browser().get(&path).await.status, StatusCode::OK);

        let demo = super::demo_user(&instance.app).await.unwrap();
        let again = super::demo_user(&instance.app).await.unwrap();
        assert_eq!(demo.workspace, again.workspace);
        let mut tx = instance.app.db.read().await.unwrap();
        assert_eq!(super::members(&mut tx, demo.workspace).await.unwrap().len(), 1);
        drop(tx);
        let mut visitor = instance.browser();
        assert_eq!(visitor.sign_in(demo.email, demo.password).await.status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn what_has_expired_is_swept_away_and_the_rest_stays() {
    for instance in instances(&[]).await {
        let mut uma = instance.signed_up(UMA).await;
        super::password_link_for(&instance.app, &UMA.parse().unwrap()).await.unwrap();
        let now = instance.app.clock.now();
        super::sweep::sweep(&instance.app.db, false, now).await.unwrap();
        assert!(uma.is_signed_in().await);
        assert!(instance.count("attempts").await > 0 && instance.count("password_resets").await == 1);
        let later = Instant(now.micros() + 31 * 24 * 60 * 60 * 1_000_000);
        super::sweep::sweep(&instance.app.db, false, later).await.unwrap();
        for table in ["sessions", "attempts", "password_resets"] {
            assert_eq!(instance.count(table).await, 0, "{table}");
        }
    }
}
