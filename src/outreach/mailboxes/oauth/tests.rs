//! Signing in against a token server, from the button to the token of each connection.

use std::{sync::Arc, time::Duration};

use axum::http::StatusCode;

use super::{
    client,
    connection::{self, LEASE},
    fake::{CLIENT_SECRET, Mood, TokenServer},
    fault::TokenFault,
    state::STATE_TIME_MAX,
    token::{AccessFault, FETCHED_BEFORE, access, access_after_refusal},
};
use crate::{
    app::testing::{Browser, TestApp, test_apps},
    mail::sign_in::{Secret, SignIn},
    on,
    outreach::{
        ids::MailboxId,
        mailboxes::{
            mailbox::{Mailbox, MailboxKind, MailboxState, mailbox},
            secrets::MailboxKey,
            sign_in::{Protocol, SignInFault, sign_in},
            state,
        },
    },
};

const JO: &str = "jo@acme.example";
const HOUR: Duration = Duration::from_secs(60 * 60);

/// An instance, its token server, and an owner in a browser.
struct World {
    app: TestApp,
    server: TokenServer,
    owner: Browser,
}

async fn worlds(more: &[(&'static str, &str)]) -> Vec<World> {
    let mut worlds = Vec::new();
    let server = TokenServer::start().await;
    let variables = server.variables();
    let variables: Vec<(&str, &str)> =
        variables.iter().map(|(name, value)| (*name, value.as_str())).chain(more.iter().copied()).collect();
    for app in test_apps(&variables).await {
        let owner = app.sign_in().await;
        worlds.push(World { app, server: server.clone(), owner });
    }
    worlds
}

impl World {
    /// The address of the provider's page.
    async fn begin(&self, provider: &str, mailbox: Option<MailboxId>) -> String {
        self.server.be(Mood::Well);
        let id = mailbox.map(|id| id.to_string()).unwrap_or_default();
        let begun = self.owner.post(&format!("/settings/mailboxes/oauth/{provider}"), &[("mailbox", &id)]).await;
        assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.body);
        begun.location
    }

    /// The page with the outcome, when the provider answers with `callback`.
    async fn answer(&self, callback: &str) -> String {
        let answered = self.owner.get(callback).await;
        assert_eq!(answered.status, StatusCode::SEE_OTHER, "{}", answered.body);
        answered.location
    }

    /// A mailbox of Jo that has signed in and passed its test.
    async fn mailbox(&self, provider: &str) -> MailboxKey {
        let page = self.answer(&self.server.allow(&self.begin(provider, None).await, JO)).await;
        let fields = [("address", JO), ("sender_name", "Jo"), ("time_zone", "Europe/Berlin")];
        let added = self.owner.post(&page, &fields).await;
        assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.body);
        let id: MailboxId = added.location.rsplit('/').next().unwrap().parse().unwrap();
        let key = (self.owner.workspace, id);
        let mut tx = self.app.app.db.write().await.unwrap();
        let keys = self.app.app.of::<crate::suppression::SuppressionKeys>();
        state::activate(&mut tx, keys, key, self.app.app.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        key
    }

    async fn shown(&self, key: MailboxKey) -> Mailbox {
        mailbox(&mut self.app.app.db.read().await.unwrap(), key.0, key.1).await.unwrap()
    }

    async fn access(&self, key: MailboxKey) -> Result<String, AccessFault> {
        access(&self.app.app, key).await.map(|(user, token)| {
            assert_eq!(user, JO);
            token.reveal().to_owned()
        })
    }

    /// The tokens in the database.
    async fn stored(&self, key: MailboxKey) -> (String, String) {
        let keys = self.app.app.config.encryption_keys();
        let mut tx = self.app.app.db.read().await.unwrap();
        let tokens = connection::stored_tokens(&mut tx, &keys, key).await.unwrap().unwrap();
        (tokens.access.reveal().to_owned(), tokens.refresh.reveal().to_owned())
    }

    /// The moment at which the token of a fresh sign-in has to be fetched anew.
    fn wait_until_old(&self) {
        self.app.app.clock.advance(HOUR - FETCHED_BEFORE);
    }
}

fn refused(fault: Result<String, AccessFault>) -> TokenFault {
    match fault {
        Err(AccessFault::Provider(_, fault)) => fault,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_sign_in_becomes_a_draft_of_the_account_that_was_named() {
    for world in worlds(&[]).await {
        for provider in ["google", "microsoft"] {
            let page = world.answer(&world.server.allow(&world.begin(provider, None).await, JO)).await;
            let named = world.owner.get(&page).await;
            assert!(named.body.contains(r#"id="account">jo@acme.example<"#), "{}", named.body);
            let stranger = world.app.sign_in().await;
            assert_eq!(stranger.get(&page).await.status, StatusCode::NOT_FOUND);
            assert_eq!(stranger.post(&page, &[]).await.status, StatusCode::NOT_FOUND);
            let wrong =
                world.owner.post(&page, &[("address", "jo"), ("sender_name", "Jo"), ("time_zone", "UTC")]).await;
            assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
            let address = format!("{provider}@acme.example");
            let fields = [("address", address.as_str()), ("sender_name", "Jo"), ("time_zone", "Europe/Berlin")];
            let added = world.owner.post(&page, &fields).await;
            let id: MailboxId = added.location.rsplit('/').next().unwrap().parse().unwrap();
            let shown = world.shown((world.owner.workspace, id)).await;
            assert_eq!(shown.state, MailboxState::Draft, "its test decides whether it may send");
            assert_eq!(shown.account().unwrap().smtp_user, JO);
            assert_eq!(shown.kind == MailboxKind::Google, provider == "google");
            assert_eq!(world.owner.get(&page).await.status, StatusCode::NOT_FOUND, "it is used up");
            assert_eq!(world.owner.post(&page, &fields).await.status, StatusCode::NOT_FOUND);
            let (app, mailbox) = (&world.app.app, (world.owner.workspace, id));
            for protocol in [Protocol::Smtp, Protocol::Imap] {
                let Ok(SignIn::Bearer { user, token }) = sign_in(app, mailbox.0, mailbox.1, protocol).await else {
                    panic!("a token is wanted")
                };
                assert_eq!((user.as_str(), token.reveal()), (JO, world.stored(mailbox).await.0.as_str()));
            }
        }
    }
}

#[tokio::test]
async fn an_answer_is_taken_once_from_the_browser_that_began_and_in_time() {
    for world in worlds(&[]).await {
        let before = world.server.calls();
        let new = "/settings/mailboxes/new";
        let callback = world.server.allow(&world.begin("google", None).await, JO);
        let forged = callback.replacen("state=A", "state=B", 1);
        assert_ne!(forged, callback);
        assert_eq!(world.answer(&forged).await, new);
        assert_eq!(world.answer("/settings/mailboxes/oauth/callback?code=x").await, new);
        let colleague = world.app.sign_in_as(world.owner.workspace, crate::accounts::Role::Admin).await;
        assert_eq!(colleague.get(&callback).await.location, new);
        let stranger = world.app.sign_in().await;
        assert_eq!(stranger.get(&callback).await.location, new);
        assert_eq!(stranger.get(new).await.body.matches("not begun in this browser").count(), 1);
        let visitor = world.app.visitor().get(&callback).await;
        assert!(visitor.location.contains("login") && !visitor.location.contains("code"), "{}", visitor.location);
        assert_eq!(world.server.calls(), before, "nothing was exchanged");

        let page = world.answer(&callback).await;
        assert_eq!(world.answer(&callback).await, page, "a reload shows the same page");
        assert_eq!(world.server.calls(), before + 1, "and exchanges nothing");
        let fields = [("address", JO), ("sender_name", "Jo"), ("time_zone", "UTC")];
        world.owner.post(&page, &fields).await;
        assert_eq!(world.answer(&callback).await, new);
        assert!(world.owner.get(new).await.body.contains("was used already"));

        let late = world.server.allow(&world.begin("google", None).await, JO);
        world.app.app.clock.advance(STATE_TIME_MAX);
        assert_eq!(world.answer(&late).await, new);
        assert!(world.owner.get(new).await.body.contains("longer than ten minutes"));
        assert_eq!(world.server.calls(), before + 1);
        let viewer = world.app.sign_in_as(world.owner.workspace, crate::accounts::Role::Member).await;
        assert_eq!(viewer.post("/settings/mailboxes/oauth/google", &[]).await.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn a_refusal_says_who_refused_and_what_to_do() {
    for world in worlds(&[]).await {
        let begun = world.begin("microsoft", None).await;
        let declined =
            TokenServer::refuse(&begun, "access_denied", "AADSTS65004: User declined to consent to access the app.");
        let page = world.owner.get(&world.answer(&declined).await).await.body;
        assert!(page.contains("You did not allow access at Microsoft") && !page.contains("consent-link"), "{page}");

        let begun = world.begin("microsoft", None).await;
        let words = "AADSTS90094: An administrator of Acme has set a policy that prevents you from granting Fairlead the permissions.";
        let page =
            world.owner.get(&world.answer(&TokenServer::refuse(&begun, "access_denied", words)).await).await.body;
        assert!(page.contains("An administrator of your organisation has to allow"), "{page}");
        assert!(page.contains("/organizations/v2.0/adminconsent?client_id=the-client-id"), "{page}");
        let done = world.app.visitor().get("/settings/mailboxes/oauth/callback?admin_consent=True&tenant=aaaa").await;
        assert!(done.status == StatusCode::OK && done.body.contains("Your organisation allows this app now"));
        let evil =
            "/settings/mailboxes/oauth/callback?admin_consent=True&error=access_denied&error_description=Call+555";
        let not = world.app.visitor().get(evil).await.body;
        assert!(not.contains("Not allowed") && !not.contains("Call 555"), "words of an address are not repeated");

        for (mood, text) in [
            (Mood::NoMail, "did not give the permission to send and read mail"),
            (Mood::NoRefreshToken, "gave a permission for one hour only"),
            (Mood::Down, "did not answer in time"),
            (Mood::Silent, "did not answer in time"),
            (Mood::NoApp, "does not accept the app of this instance"),
        ] {
            let callback = world.server.allow(&world.begin("google", None).await, JO);
            world.server.be(mood);
            let page = world.owner.get(&world.answer(&callback).await).await.body;
            assert!(page.contains(text), "{mood:?}: {page}");
            assert!(!page.contains(CLIENT_SECRET), "{mood:?}: {page}");
        }
    }
}

#[tokio::test]
async fn the_next_tokens_are_committed_before_the_access_token_is_used() {
    for world in worlds(&[]).await {
        let key = world.mailbox("microsoft").await;
        let (first, calls) = (world.stored(key).await, world.server.calls());
        assert_eq!(world.access(key).await.unwrap(), first.0, "it is good for an hour");
        world.wait_until_old();
        let next = world.access(key).await.unwrap();
        let stored = world.stored(key).await;
        assert!(next != first.0 && stored.0 == next && stored.1 != first.1, "both are new");
        assert_eq!(world.access(key).await.unwrap(), next);
        assert_eq!(world.server.calls(), calls + 1);

        world.wait_until_old();
        world.server.be(Mood::KeepsRefreshToken);
        let last = world.access(key).await.unwrap();
        assert_eq!(world.stored(key).await, (last, stored.1), "without a new refresh token the old one stays");
    }
}

#[tokio::test]
async fn a_token_that_a_mail_server_refused_is_fetched_anew_once() {
    for world in worlds(&[]).await {
        let key = world.mailbox("google").await;
        let first = world.access(key).await.unwrap();
        assert_eq!(world.access(key).await.unwrap(), first, "it lasts an hour");
        let refused = Secret::new(first.clone());
        let (_, second) = access_after_refusal(&world.app.app, key, &refused).await.unwrap();
        assert_ne!(second.reveal(), first);
        assert_eq!(world.stored(key).await.0, second.reveal());
        // Whoever was refused with the old one finds the new one.
        let (_, third) = access_after_refusal(&world.app.app, key, &refused).await.unwrap();
        assert_eq!(third.reveal(), second.reveal());
    }
}

#[tokio::test]
async fn two_that_need_a_token_at_once_make_one_call() {
    for world in worlds(&[]).await {
        let key = world.mailbox("google").await;
        let calls = world.server.calls();
        for expired in [false, true] {
            world.app.app.clock.advance(if expired { HOUR + HOUR } else { HOUR - FETCHED_BEFORE });
            world.server.be(Mood::Holding);
            let app = Arc::new(world.app.app.clone());
            let waiting: Vec<_> = (0..4)
                .map(|_| {
                    let app = app.clone();
                    tokio::spawn(async move { access(&app, key).await.map(|(_, token)| token) })
                })
                .collect();
            world.server.holds().await;
            world.server.let_go();
            let mut tokens = Vec::new();
            for one in waiting {
                tokens.push(one.await.unwrap().unwrap());
            }
            let new = world.stored(key).await.0;
            assert!(tokens.iter().any(|token| token.reveal() == new));
            if expired {
                assert!(tokens.iter().all(|token| token.reveal() == new), "an expired token is given to none");
            }
            assert_eq!(world.server.calls(), calls + 1 + usize::from(expired));
        }
    }
}

#[tokio::test]
async fn a_caller_who_leaves_loses_no_token() {
    for world in worlds(&[]).await {
        let key = world.mailbox("microsoft").await;
        let first = world.stored(key).await;
        world.wait_until_old();
        world.server.be(Mood::Holding);
        let app = world.app.app.clone();
        let caller = tokio::spawn(async move { access(&app, key).await.map(drop) });
        world.server.holds().await;
        caller.abort();
        assert!(caller.await.unwrap_err().is_cancelled());
        world.server.let_go();
        let fetched = async {
            while world.stored(key).await == first {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), fetched).await.unwrap();
        let calls = world.server.calls();
        assert_eq!(world.access(key).await.unwrap(), world.stored(key).await.0);
        assert_eq!(world.server.calls(), calls);
    }
}

#[tokio::test]
async fn a_server_that_dies_before_it_commits_is_followed_after_its_lease() {
    for world in worlds(&[]).await {
        for takes_old_token in [true, false] {
            let key = world.mailbox("microsoft").await;
            world.app.app.clock.advance(HOUR);
            let app = &world.app.app;
            let mut tx = app.db.write().await.unwrap();
            connection::lease(&mut tx, key, app.clock.now()).await.unwrap().unwrap();
            tx.commit().await.unwrap();
            let old = crate::mail::sign_in::Secret::new(world.stored(key).await.1);
            client::refresh(app, super::Provider::Microsoft, &old).await.unwrap();
            // It is gone now, with what the provider answered.
            app.clock.advance(LEASE);
            world.server.be(if takes_old_token { Mood::TakesOldToken } else { Mood::Well });
            if takes_old_token {
                assert_eq!(world.access(key).await.unwrap(), world.stored(key).await.0);
            } else {
                assert!(matches!(refused(world.access(key).await), TokenFault::Withdrawn { .. }));
                assert_eq!(
                    world.shown(key).await.state,
                    MailboxState::Failing,
                    "only a sign-in helps, and its page says so"
                );
            }
            remove(&world, key).await;
        }
    }
}

#[tokio::test]
async fn a_removed_mailbox_gives_its_permission_back() {
    for world in worlds(&[]).await {
        for (provider, mood, is_known) in
            [("google", Mood::Well, false), ("google", Mood::Down, true), ("microsoft", Mood::Well, true)]
        {
            let key = world.mailbox(provider).await;
            let refresh = world.stored(key).await.1;
            assert!(world.server.knows(&refresh));
            world.server.be(mood);
            let tasks = &world.app.app.jobs.tracker;
            let before = tasks.len();
            let removed = world.owner.post(&format!("/settings/mailboxes/{}/removal", key.1), &[]).await;
            assert_eq!(removed.location, "/settings/mailboxes", "whatever the provider says");
            while tasks.len() > before {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            assert_eq!(world.server.knows(&refresh), is_known, "{provider} {mood:?}");
            let page = world.owner.get("/settings/mailboxes").await.body;
            assert_eq!(page.contains("myapps.microsoft.com"), provider == "microsoft", "{page}");
        }
    }
}

/// Makes room for another mailbox with the same address.
async fn remove(world: &World, key: MailboxKey) {
    let mut tx = world.app.app.db.write().await.unwrap();
    state::release(&mut tx, key, world.app.app.clock.now()).await.unwrap();
    on!(&mut tx, c => sqlx::query("update mailboxes set state = 'removed' where workspace_id = $1 and id = $2")
        .bind(key.0).bind(key.1).execute(c).await.map(drop))
    .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_provider_in_trouble_lets_the_mailbox_rest_and_a_good_token_serve() {
    for world in worlds(&[]).await {
        let key = world.mailbox("google").await;
        world.wait_until_old();
        for mood in [Mood::Down, Mood::Silent] {
            world.server.be(mood);
            assert_eq!(
                world.access(key).await.unwrap(),
                world.stored(key).await.0,
                "{mood:?}: it is good for 5 minutes"
            );
            assert_eq!(world.shown(key).await.state_code, None);
        }
        world.app.app.clock.advance(FETCHED_BEFORE);
        let now = world.app.app.clock.now();
        for (mood, rests) in [(Mood::Silent, 60), (Mood::Down, 120)] {
            world.server.be(mood);
            assert!(matches!(refused(world.access(key).await), TokenFault::Down { .. }), "{mood:?}");
            let shown = world.shown(key).await;
            assert_eq!((shown.state, shown.state_code.as_deref()), (MailboxState::Active, Some("provider_down")));
            assert_eq!(shown.free_at, now.plus(Duration::from_secs(rests)), "{mood:?}");
        }
        world.server.be(Mood::NoApp);
        let Err(SignInFault::NoToken(text)) = sign_in(&world.app.app, key.0, key.1, Protocol::Smtp).await else {
            panic!("a fault is wanted")
        };
        assert!(text.contains("does not accept the app") && !text.contains(CLIENT_SECRET), "{text}");
        assert_eq!(world.shown(key).await.state_code.as_deref(), Some("app_refused"));
        world.server.be(Mood::Well);
        assert_eq!(world.access(key).await.unwrap(), world.stored(key).await.0);
    }
}

#[tokio::test]
async fn a_withdrawn_permission_is_given_again_by_the_same_account() {
    for world in worlds(&[]).await {
        let key = world.mailbox("google").await;
        world.app.app.clock.advance(HOUR);
        let secret = world.stored(key).await.1;
        for mood in [Mood::OtherAccount, Mood::Withdrawn] {
            world.server.be(mood);
            let fault = refused(world.access(key).await);
            assert_eq!(fault == TokenFault::OtherAccount, mood == Mood::OtherAccount);
            let shown = world.shown(key).await;
            assert_eq!((shown.state, shown.state_code.as_deref()), (MailboxState::Failing, Some("sign_in_again")));
            let params = shown.state_params.unwrap().0.to_string();
            assert!(!params.contains(&secret), "{params}");
            if mood == Mood::OtherAccount {
                // The token that it got is not used, and the one that it has is gone at this server.
                assert_ne!(world.stored(key).await.0, secret);
            }
        }
        let page = world.owner.get(&format!("/settings/mailboxes/{}", key.1)).await.body;
        assert!(page.contains("Google has withdrawn the permission. Sign in again. Google said: “Token …"), "{page}");
        assert!(page.contains("Sign in again with Google") && !page.contains(&secret), "{page}");
        let page = world.answer(&world.server.allow(&world.begin("google", Some(key.1)).await, JO)).await;
        assert!(!world.owner.get(&page).await.body.contains("other_account"));
        let again = world.owner.post(&page, &[]).await;
        assert_eq!((again.status, again.location), (StatusCode::SEE_OTHER, format!("/settings/mailboxes/{}", key.1)));
        assert_eq!(world.shown(key).await.state, MailboxState::Active);
        assert_eq!(world.access(key).await.unwrap(), world.stored(key).await.0);
    }
}

#[tokio::test]
async fn another_account_is_taken_only_when_a_member_says_so_and_after_a_test() {
    for world in worlds(&[]).await {
        let key = world.mailbox("microsoft").await;
        let before = world.stored(key).await;
        let page =
            world.answer(&world.server.allow(&world.begin("microsoft", Some(key.1)).await, "otto@acme.example")).await;
        assert!(world.owner.get(&page).await.body.contains("This is another account"));
        let refused = world.owner.post(&page, &[]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(world.stored(key).await, before, "nothing changed");
        let taken = world.owner.post(&page, &[("other_account", "yes")]).await;
        assert_eq!(taken.status, StatusCode::SEE_OTHER, "{}", taken.body);
        let shown = world.shown(key).await;
        assert_eq!((shown.state, shown.address.as_str()), (MailboxState::Draft, JO), "the test of its sender decides");
        assert_eq!(shown.account().unwrap().smtp_user, "otto@acme.example");
        assert_ne!(world.stored(key).await, before);
    }
}

#[tokio::test]
async fn a_token_goes_to_the_servers_of_its_provider_alone() {
    for world in worlds(&[]).await {
        let key = world.mailbox("google").await;
        let page = format!("/settings/mailboxes/{}/settings", key.1);
        assert!(!world.owner.get(&page).await.body.contains("smtp_host"));
        let fields = [
            ("address", JO),
            ("sender_name", "Joe"),
            ("time_zone", "UTC"),
            ("daily_cap", "40"),
            ("gap_min_s", "60"),
            ("gap_max_s", "180"),
            ("smtp_host", "mail.evil.example"),
            ("smtp_port", "465"),
            ("smtp_security", "tls"),
            ("smtp_user", "eve"),
            ("smtp_password", "x"),
        ];
        let saved = world.owner.post(&page, &fields).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
        let shown = world.shown(key).await;
        assert_eq!((shown.sender_name.as_str(), shown.state), ("Joe", MailboxState::Active));
        let account = shown.account().unwrap();
        assert_eq!((account.smtp.host.as_str(), account.smtp_user.as_str()), ("smtp.gmail.com", JO));
    }
}

#[tokio::test]
async fn a_refresh_that_is_overtaken_by_a_sign_in_changes_nothing() {
    for world in worlds(&[]).await {
        for mood in [Mood::Holding, Mood::HoldingRefusal] {
            let key = world.mailbox("google").await;
            world.app.app.clock.advance(HOUR);
            let callback = world.server.allow(&world.begin("google", Some(key.1)).await, JO);
            let app = world.app.app.clone();
            world.server.be(mood);
            let refresh = tokio::spawn(async move { access(&app, key).await });
            world.server.holds().await;
            world.server.be(Mood::Well);
            let page = world.answer(&callback).await;
            world.owner.post(&page, &[]).await;
            let signed_in = world.stored(key).await;
            world.server.let_go();
            let (_, token) = refresh.await.unwrap().unwrap();
            assert_eq!(token.reveal(), signed_in.0, "{mood:?}: the token of the new sign-in");
            assert_eq!(world.stored(key).await, signed_in);
            assert_eq!(world.shown(key).await.state, MailboxState::Active);
            remove(&world, key).await;
        }
    }
}

#[tokio::test]
async fn a_refresh_that_is_overtaken_by_a_removal_leaves_no_token() {
    for world in worlds(&[]).await {
        let key = world.mailbox("google").await;
        world.app.app.clock.advance(HOUR);
        let app = world.app.app.clone();
        world.server.be(Mood::Holding);
        let refresh = tokio::spawn(async move { access(&app, key).await.map(drop) });
        world.server.holds().await;
        remove(&world, key).await;
        world.server.let_go();
        assert!(matches!(refresh.await.unwrap(), Err(AccessFault::NotSignedIn)));
        let mut tx = world.app.app.db.read().await.unwrap();
        let left: i64 =
            on!(&mut tx, c => sqlx::query_scalar("select count(*) from mailbox_secrets").fetch_one(c).await).unwrap();
        assert_eq!(left, 0);
    }
}

#[tokio::test]
async fn a_mailbox_that_had_a_password_is_tested_before_it_sends_with_a_permission() {
    for world in worlds(&[]).await {
        let key = world.mailbox("google").await;
        let mut tx = world.app.app.db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query("update mailboxes set kind = 'smtp'").execute(c).await.map(drop)).unwrap();
        tx.commit().await.unwrap();
        let page = world.answer(&world.server.allow(&world.begin("google", Some(key.1)).await, JO)).await;
        let moved = world.owner.post(&page, &[]).await;
        assert_eq!(world.shown(key).await.state, MailboxState::Draft);
        let page = world.owner.get(&moved.location).await.body;
        assert!(page.contains("Signed in. Test the mailbox, then campaigns can send from it."), "{page}");
    }
}

#[tokio::test]
async fn tokens_are_encrypted_wherever_they_wait() {
    for world in worlds(&[]).await {
        let page = world.answer(&world.server.allow(&world.begin("google", None).await, JO)).await;
        let mut tx = world.app.app.db.read().await.unwrap();
        let outcomes: Vec<Vec<u8>> = on!(&mut tx, c => sqlx::query_scalar(
            "select outcome from mailbox_sign_ins where outcome is not null").fetch_all(c).await)
        .unwrap();
        drop(tx);
        let [outcome] = &outcomes[..] else { panic!("one is wanted: {}", outcomes.len()) };
        assert!(!String::from_utf8_lossy(outcome).contains("access"), "it is encrypted");
        let body = world.owner.get(&page).await.body;
        assert!(!body.contains("access-") && !body.contains("refresh-") && !body.contains("4/code"), "{body}");
        world.app.app.clock.advance(HOUR);
        let mut tx = world.app.app.db.write().await.unwrap();
        super::answered::sweep(&mut tx, world.app.app.clock.now()).await.unwrap();
        let left: i64 =
            on!(&mut tx, c => sqlx::query_scalar("select count(*) from mailbox_sign_ins").fetch_one(c).await).unwrap();
        assert_eq!(left, 0, "what was not confirmed is gone after a while");
        assert_eq!(world.owner.get(&page).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn an_app_in_testing_says_when_a_connection_ends() {
    for world in worlds(&[("FAIRLEAD_GOOGLE_TESTING", "true")]).await {
        let key = world.mailbox("google").await;
        let page = world.owner.get(&format!("/settings/mailboxes/{}", key.1)).await.body;
        assert!(page.contains("because the Google app is in testing") && page.contains("29 Nov 2026"), "{page}");
        let known =
            connection::connection(key).read(&mut world.app.app.db.read().await.unwrap()).await.unwrap().unwrap();
        assert_eq!(known.ends_at, Some(world.app.app.clock.now().plus(connection::TESTING_TIME)));
    }
}

#[tokio::test]
async fn the_operator_learns_whether_the_apps_are_accepted() {
    for world in worlds(&[]).await {
        let operator = world.app.sign_in_operator().await;
        let guide = operator.get("/admin/mail-sign-in").await.body;
        assert!(guide.contains("/settings/mailboxes/oauth/callback") && !guide.contains(CLIENT_SECRET), "{guide}");
        assert_eq!(world.owner.get("/admin/mail-sign-in").await.status, StatusCode::NOT_FOUND);
        for provider in ["google", "microsoft"] {
            for (mood, text) in [
                (Mood::Well, "accepts the client id and the secret"),
                (Mood::NoApp, "does not accept the app"),
                (Mood::Down, "could not be asked"),
            ] {
                world.server.be(mood);
                let asked = operator.post(&format!("/admin/mail-sign-in/{provider}"), &[]).await;
                assert_eq!(asked.location, "/admin/mail-sign-in");
                let page = operator.get("/admin/mail-sign-in").await.body;
                assert!(page.contains(text) && !page.contains(CLIENT_SECRET), "{provider} {mood:?}: {page}");
            }
        }
        assert_eq!(world.owner.post("/admin/mail-sign-in/google", &[]).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn without_an_app_there_is_no_way_to_a_provider() {
    for app in test_apps(&[]).await {
        let owner = app.sign_in().await;
        let begun = owner.post("/settings/mailboxes/oauth/google", &[]).await;
        assert_eq!(begun.location, "/settings/mailboxes/new");
        let page = owner.get("/settings/mailboxes/new?preset=google").await.body;
        assert!(page.contains("The operator of this instance has not set up Google sign-in."), "{page}");
    }
}

/// Waits until the test that was asked for is over.
async fn tested(world: &World, key: MailboxKey) -> Mailbox {
    let asked = world.owner.post(&format!("/settings/mailboxes/{}/checks", key.1), &[]).await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.body);
    for _ in 0..600 {
        if world.owner.get(&asked.location).await.body.contains("Testing: ") {
            tokio::time::sleep(Duration::from_millis(100)).await;
        } else {
            return world.shown(key).await;
        }
    }
    panic!("the test does not end")
}

#[tokio::test]
#[ignore = "needs tools/with-mail-servers.sh"]
async fn postfix_and_dovecot_take_its_token_and_no_other() {
    let ada = "ada@acme.test";
    let server = TokenServer::start_at(8099).await;
    let variables = server.variables();
    let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    for app in test_apps(&variables).await {
        let owner = app.sign_in().await;
        let world = World { app, server: server.clone(), owner };
        crate::outreach::mailboxes::check::start(&world.app.app);
        let page = world.answer(&world.server.allow(&world.begin("google", None).await, ada)).await;
        let fields = [("address", ada), ("sender_name", "Ada"), ("time_zone", "UTC")];
        let added = world.owner.post(&page, &fields).await;
        let key: MailboxKey = (world.owner.workspace, added.location.rsplit('/').next().unwrap().parse().unwrap());
        let host = std::env::var("FAIRLEAD_TEST_MAIL_HOST").expect("run inside tools/with-mail-servers.sh");
        let mut tx = world.app.app.db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query(
            "update mailboxes set smtp_host = $3, imap_host = $3 where workspace_id = $1 and id = $2")
            .bind(key.0).bind(key.1).bind(host).execute(c).await.map(drop))
        .unwrap();
        tx.commit().await.unwrap();
        world.server.be(Mood::GivesDeadTokens);
        world.server.revoke();
        let refused = tested(&world, key).await;
        assert_eq!((refused.state, refused.state_code.as_deref()), (MailboxState::Draft, Some("sign_in_refused")));
        let token = world.stored(key).await.0;
        assert!(!refused.words().unwrap().contains(&token), "{:?}", refused.words());
        world.server.be(Mood::Well);
        let taken = tested(&world, key).await;
        assert_eq!(
            (taken.state, taken.state_code),
            (MailboxState::Active, None),
            "with the next token, fetched at once"
        );
        assert_ne!(world.stored(key).await.0, token);
        world.app.app.jobs.shutdown.cancel();
    }
}
