//! The team, as browsers see it: invitations, roles, removal, several workspaces.

use std::time::Duration;

use axum::http::StatusCode;

use super::{
    Role, UserId,
    tests::{PASSWORD, UMA, instances},
};
use crate::{
    app::testing::{Browser, TestApp, test_apps},
    on,
};

const TEAM: &str = "/settings/team";
const INVITE: &str = "/settings/team/invitations";

/// The path of the first invitation on the page.
fn link_on(page: &str) -> String {
    let start = page.find("http://127.0.0.1:3000/invitations/").expect("a link on the page");
    let link = &page[start + "http://127.0.0.1:3000".len()..];
    link[..link.find('"').unwrap()].to_owned()
}

async fn link(browser: &Browser, role: &str, key: &str) -> String {
    let answer = browser.post(INVITE, &[("role", role), ("key", key)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    link_on(&browser.get(TEAM).await.body)
}

async fn role_of(test: &TestApp, browser: &Browser, user: UserId) -> Option<Role> {
    super::team::role_of(&mut test.app.db.read().await.unwrap(), browser.workspace, user).await.unwrap()
}

async fn count(test: &TestApp, table: &str) -> i64 {
    let sql = format!("select count(*) from {table}");
    let mut tx = test.app.db.read().await.unwrap();
    on!(&mut tx, c => sqlx::query_scalar(sqlx::AssertSqlSafe(sql.as_str())).fetch_one(c).await).unwrap()
}

fn member_address(user: UserId, what: &str) -> String {
    format!("{TEAM}/members/{user}/{what}")
}

#[tokio::test]
async fn a_link_lets_one_new_person_in_with_its_role_and_without_credits_of_their_own() {
    for instance in instances(&[("FAIRLEAD_SIGNUP", "invited")]).await {
        let mut owner = instance.signed_up(UMA).await;
        let otto = [("name", "Otto"), ("email", "otto@other.example"), ("password", PASSWORD)];
        assert_eq!(instance.browser().post("/signup", &otto).await.status, StatusCode::FORBIDDEN);
        owner.post(INVITE, &[("role", "viewer"), ("key", "one")]).await;
        let path = link_on(&owner.get(TEAM).await.body);

        let mut visitor = instance.browser();
        let page = visitor.get(&path).await.body;
        assert!(page.contains("Join Acme") && page.contains("as a viewer") && page.contains("/login?next="), "{page}");
        let long = "x".repeat(10_000);
        let faults = visitor.post(&path, &[("name", &long), ("email", "otto"), ("password", "short")]).await;
        assert_eq!(faults.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(["name-error", "email-error", "password-error"].iter().all(|error| faults.body.contains(error)));
        assert_eq!(visitor.post(&path, &otto).await.location, "/signup/sent");
        assert!(visitor.get("/signup/sent").await.body.contains("Confirm your email address to join Acme."));
        let mut late = instance.browser();
        assert_eq!(late.get(&path).await.status, StatusCode::OK, "it is used with the confirmed address");
        assert_eq!(visitor.post(&instance.latest_link().await, &[]).await.location, "/campaigns");
        let page = visitor.get("/campaigns").await.body;
        assert!(page.contains("Acme") && page.contains(">100<"), "the workspace's credits");
        let eve = [("name", "Eve"), ("email", "eve@other.example"), ("password", PASSWORD)];
        assert_eq!(late.post(&path, &eve).await.status, StatusCode::GONE);
        assert_eq!(late.get(&path).await.status, StatusCode::GONE);
        let counts = (instance.count("users").await, instance.count("workspaces").await);
        assert_eq!((counts, instance.count("members").await), ((2, 1), 2));
        assert_eq!(instance.count("credit_lots").await, 1, "no credits for joining");
        assert_eq!(visitor.post("/settings/cold-email-agent/orders", &[]).await.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn somebody_with_an_account_signs_in_and_comes_back_to_the_invitation() {
    for instance in instances(&[("FAIRLEAD_SIGNUP", "closed")]).await {
        let mut owner = instance.signed_up(UMA).await;
        owner.post(INVITE, &[("role", "member"), ("key", "one")]).await;
        let path = link_on(&owner.get(TEAM).await.body);
        let page = instance.browser().get(&path).await.body;
        assert!(page.contains("Sign in to join") && !page.contains("name=\"password\""), "no accounts are made here");
        let fields = [("name", "Otto"), ("email", "otto@other.example"), ("password", PASSWORD)];
        assert_eq!(instance.browser().post(&path, &fields).await.status, StatusCode::FORBIDDEN);
        let fields = [("email", UMA), ("password", PASSWORD), ("next", path.as_str())];
        assert_eq!(instance.browser().post("/login", &fields).await.location, path);
        let page = owner.get(&path).await.body;
        assert!(page.contains("in this workspace already"), "{page}");
        assert_eq!(owner.post(&path, &[]).await.location, "/campaigns");
        assert_eq!(instance.browser().get(&path).await.status, StatusCode::OK, "it stays open for somebody else");
    }
}

#[tokio::test]
async fn an_invitation_is_mailed_once_and_not_to_somebody_who_is_in_or_invited() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let fields = [("email", "Otto@Other.example "), ("role", "member"), ("key", "one")];
        for _ in 0..2 {
            assert_eq!(owner.post(INVITE, &fields).await.status, StatusCode::SEE_OTHER, "a double click");
        }
        assert_eq!((count(&test, "invitations").await, count(&test, "outbox_messages").await), (1, 1));
        assert!(owner.get("/outbox").await.body.contains("http://127.0.0.1:3000/invitations/"));
        let again = owner.post(INVITE, &[fields[0], fields[1], ("key", "two")]).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(again.body.contains("has an open invitation") && again.body.contains("Otto@Other.example"));
        let own = format!("{}@acme.example", owner.user);
        let member = owner.post(INVITE, &[("email", &own), ("role", "member"), ("key", "three")]).await;
        assert_eq!(member.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", member.body);
        assert!(member.body.contains("is in the team already"), "{}", member.body);
        for (role, key) in [("king", "four"), ("", "five"), ("member", ""), ("member", &"k".repeat(10_000))] {
            let wrong = owner.post(INVITE, &[("role", role), ("key", key)]).await;
            assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{role} {}", key.len());
        }
        assert_eq!(count(&test, "invitations").await, 1);
    }
}

#[tokio::test]
async fn a_token_that_is_withdrawn_expired_or_made_up_opens_nothing() {
    for test in test_apps(&[]).await {
        let (owner, stranger) = (test.sign_in().await, test.sign_in().await);
        let path = link(&owner, "member", "one").await;
        let page = owner.get(TEAM).await.body;
        let withdrawal = page.split("action=\"").find(|part| part.contains("/withdrawal\"")).unwrap();
        let withdrawal = withdrawal[..withdrawal.find('"').unwrap()].to_owned();
        assert_eq!(stranger.post(&withdrawal, &[]).await.status, StatusCode::NOT_FOUND, "of another workspace");
        for _ in 0..2 {
            assert_eq!(owner.post(&withdrawal, &[]).await.status, StatusCode::SEE_OTHER);
        }
        assert_eq!(stranger.post(&path, &[]).await.status, StatusCode::GONE);
        let late = link(&owner, "member", "two").await;
        let flipped = if late.ends_with('0') { "1" } else { "0" };
        let forged = format!("{}{flipped}", &late[..late.len() - 1]);
        for made_up in [forged.as_str(), "/invitations/x", "/invitations/%00", &format!("{late}0")] {
            assert_eq!(stranger.get(made_up).await.status, StatusCode::GONE, "{made_up}");
            assert_eq!(stranger.post(made_up, &[]).await.status, StatusCode::GONE, "{made_up}");
        }
        test.app.clock.advance(Duration::from_secs(7 * 24 * 60 * 60));
        assert_eq!(stranger.post(&late, &[]).await.status, StatusCode::GONE);
        assert_eq!(role_of(&test, &owner, stranger.user).await, None);
    }
}

#[tokio::test]
async fn admins_do_not_touch_owners_and_members_and_viewers_touch_nobody() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let [admin, member, viewer] = [Role::Admin, Role::Member, Role::Viewer];
        let admin = test.sign_in_as(owner.workspace, admin).await;
        let member = test.sign_in_as(owner.workspace, member).await;
        let viewer = test.sign_in_as(owner.workspace, viewer).await;
        let secret = link(&owner, "owner", "one").await;
        assert!(!admin.get(TEAM).await.body.contains(&secret), "whoever has the link is an owner");
        let role = |user, role: &'static str| (member_address(user, "role"), vec![("role", role)]);
        let refused = [
            (INVITE.to_owned(), vec![("role", "owner"), ("key", "x")]),
            role(owner.user, "viewer"),
            role(member.user, "owner"),
            role(admin.user, "owner"),
            (member_address(owner.user, "removal"), vec![]),
        ];
        for (address, fields) in refused {
            assert_eq!(admin.post(&address, &fields).await.status, StatusCode::FORBIDDEN, "{address}");
        }
        for browser in [&member, &viewer] {
            let page = browser.get(TEAM).await.body;
            assert!(!page.contains("name=\"role\"") && !page.contains("/removal") && !page.contains("/invitations/"));
            for (address, fields) in [
                (INVITE.to_owned(), vec![("role", "viewer"), ("key", "x")]),
                role(browser.user, "admin"),
                (member_address(admin.user, "removal"), vec![]),
            ] {
                assert_eq!(browser.post(&address, &fields).await.status, StatusCode::FORBIDDEN, "{address}");
            }
        }
        let (address, fields) = role(viewer.user, "member");
        assert_eq!(admin.post(&address, &fields).await.status, StatusCode::SEE_OTHER);
        assert_eq!(role_of(&test, &owner, viewer.user).await, Some(Role::Member));
        let wrong = admin.post(&address, &[("role", "king")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        let stranger = test.sign_in().await;
        let elsewhere = member_address(stranger.user, "removal");
        assert_eq!(owner.post(&elsewhere, &[]).await.status, StatusCode::CONFLICT, "not in this team");
        assert!(role_of(&test, &stranger, stranger.user).await.is_some());
    }
}

#[tokio::test]
async fn the_last_owner_stays_even_when_two_go_at_once() {
    for test in test_apps(&[]).await {
        let one = test.sign_in().await;
        for (address, fields) in [
            (format!("{TEAM}/departure"), vec![]),
            (member_address(one.user, "role"), vec![("role", "viewer")]),
            (member_address(one.user, "removal"), vec![]),
        ] {
            assert_eq!(one.post(&address, &fields).await.status, StatusCode::CONFLICT, "{address}");
        }
        let other = test.sign_in_as(one.workspace, Role::Owner).await;
        let departure = format!("{TEAM}/departure");
        let demotion = member_address(other.user, "role");
        let (left, demoted) = tokio::join!(one.post(&departure, &[]), one.post(&demotion, &[("role", "viewer")]));
        // Whoever left first is sent to make a workspace instead of changing a role.
        let done = [left.location == "/campaigns", demoted.location == TEAM];
        assert_eq!(done.iter().filter(|done| **done).count(), 1, "{} {}", left.status, demoted.status);
        let mut tx = test.app.db.read().await.unwrap();
        let owners: i64 = on!(&mut tx, c => sqlx::query_scalar(
            "select count(*) from members where workspace_id = $1 and role = 'owner'")
            .bind(one.workspace).fetch_one(c).await)
        .unwrap();
        assert_eq!(owners, 1);
    }
}

#[tokio::test]
async fn whoever_is_removed_loses_the_workspace_at_once_with_the_links_they_gave_out() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let admin = test.sign_in_as(owner.workspace, Role::Admin).await;
        let way_back = link(&admin, "admin", "one").await;
        assert_eq!(owner.post(&member_address(admin.user, "removal"), &[]).await.status, StatusCode::SEE_OTHER);
        let answer = admin.get("/settings/cold-email-agent").await;
        assert_eq!(answer.location, "/workspaces/new", "{}", answer.body);
        assert_eq!(admin.post(INVITE, &[("role", "admin"), ("key", "two")]).await.location, "/workspaces/new");
        assert_eq!(admin.post(&way_back, &[]).await.status, StatusCode::GONE);
        let page = admin.get("/workspaces/new").await.body;
        assert!(page.contains("You are in no workspace"), "{page}");
        for _ in 0..2 {
            assert_eq!(admin.post("/workspaces/new", &[("workspace", "Mine")]).await.location, "/campaigns");
        }
        let page = admin.get("/campaigns").await.body;
        assert!(page.contains("Mine") && !page.contains("Acme"), "{page}");
        assert_eq!(count(&test, "workspaces").await, 2);
        assert_eq!(owner.get("/workspaces/new").await.location, "/campaigns");
    }
}

#[tokio::test]
async fn a_browser_works_in_the_workspace_it_chose_as_long_as_its_member_belongs_to_it() {
    for test in test_apps(&[]).await {
        let (uma, otto) = (test.sign_in().await, test.sign_in().await);
        let (path, third) = (link(&otto, "member", "one").await, test.sign_in().await);
        on_workspace(&test, &otto, "Harbor").await;
        assert_eq!(uma.post(&path, &[]).await.location, "/campaigns");
        let page = uma.get("/campaigns").await.body;
        assert!(page.contains("<span>Harbor</span>"), "joining leads into the workspace: {page}");
        let first = [("workspace", &*uma.workspace.to_string())].map(|(name, id)| (name, id.to_owned()));
        let first: Vec<_> = first.iter().map(|(name, id)| (*name, id.as_str())).collect();
        assert_eq!(uma.post("/workspaces/current", &first).await.location, "/campaigns");
        assert!(uma.get("/campaigns").await.body.contains("<span>Acme</span>"));
        for wrong in [third.workspace.to_string(), "x".into(), String::new()] {
            let answer = uma.post("/workspaces/current", &[("workspace", &wrong)]).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{wrong}");
        }
        uma.post("/workspaces/current", &[("workspace", &otto.workspace.to_string())]).await;
        assert_eq!(otto.post(&member_address(uma.user, "removal"), &[]).await.status, StatusCode::SEE_OTHER);
        let stale = uma.post(INVITE, &[("role", "admin"), ("key", "x")]).await;
        assert_eq!(stale.status, StatusCode::FORBIDDEN, "a form written for the other workspace does not act here");
        assert!(stale.body.starts_with("<!DOCTYPE html>"), "{}", stale.body);
        assert!(stale.body.contains("You are not in that workspace any more. Nothing was changed."));
        let again = uma.post(INVITE, &[("role", "admin"), ("key", "x")]).await;
        assert_eq!(again.status, StatusCode::FORBIDDEN, "the answer did not move the session either");
        assert!(uma.get(TEAM).await.body.contains("Who works in Acme"));
    }
}

async fn on_workspace(test: &TestApp, browser: &Browser, name: &str) {
    let mut tx = test.app.db.write().await.unwrap();
    super::store::rename_workspace(&mut tx, browser.workspace, name).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn the_log_says_who_did_what_to_owners_and_admins_alone() {
    const LOG: &str = "/settings/team/log";
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let admin = test.sign_in_as(owner.workspace, Role::Admin).await;
        let member = test.sign_in_as(owner.workspace, Role::Member).await;
        let stranger = test.sign_in().await;
        owner.post("/settings/profile/workspace", &[("workspace", "=1+1")]).await;
        owner.post(INVITE, &[("email", "otto@other.example"), ("role", "viewer"), ("key", "one")]).await;
        admin.post(&member_address(member.user, "role"), &[("role", "viewer")]).await;
        for address in [LOG.to_owned(), format!("{LOG}.csv")] {
            assert_eq!(member.get(&address).await.status, StatusCode::FORBIDDEN);
            assert!(!stranger.get(&address).await.body.contains("otto@other.example"));
        }
        let page = admin.get(LOG).await.body;
        for line in ["Renamed the workspace", "Invited a person", "otto@other.example", "Member → Viewer"] {
            assert!(page.contains(line), "{line} in {page}");
        }
        let own = admin.get(&format!("{LOG}?member={}", admin.user)).await.body;
        assert!(own.contains("Changed a role") && !own.contains("Invited a person"), "{own}");
        assert!(admin.get(&format!("{LOG}?to=2026-11-21")).await.body.contains("No line fits"));
        let wrong = admin.get(&format!("{LOG}?from=%3Cb%3E")).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        let file = owner.get(&format!("{LOG}.csv")).await.body;
        assert!(
            file.starts_with("\u{feff}Time (UTC),By,Email,What,To,Detail\r\n2026-11-22T09:36:30Z,Uma Rossi,"),
            "{file}"
        );
        assert!(file.contains(",Renamed the workspace,'=1+1,Was Acme\r\n"), "{file}");
        assert_eq!(owner.get(&format!("{LOG}.csv?to=2020-01-01")).await.body.lines().count(), 1);
        assert!(owner.get(LOG).await.body.contains("Exported"));
    }
}

#[tokio::test]
async fn the_log_is_read_page_by_page() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let mut tx = test.app.db.write().await.unwrap();
        for number in 0..120 {
            let subject = format!("<number {number}>");
            let actor = super::audit::Actor::User(owner.user);
            let now = test.app.clock.now();
            super::audit::record(&mut tx, owner.workspace, actor, "Counted", &subject, "", now).await.unwrap();
        }
        tx.commit().await.unwrap();
        let (mut address, mut pages, mut rows) = ("/settings/team/log".to_owned(), 0, 0);
        loop {
            let page = owner.get(&address).await.body;
            assert!(!page.contains("<number"));
            pages += 1;
            rows += page.matches("&lt;number").count();
            let Some(start) = page.find("/settings/team/log?before=") else { break };
            address = page[start..][..page[start..].find('"').unwrap()].to_owned();
        }
        assert_eq!((pages, rows), (3, 120));
    }
}

#[tokio::test]
async fn a_workspace_has_one_time_zone_that_its_owners_choose() {
    const ZONE: &str = "/settings/team/time-zone";
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let viewer = test.sign_in_as(owner.workspace, Role::Viewer).await;
        let log = "/settings/team/log";
        assert!(owner.get(log).await.body.contains("First day (UTC)"));
        assert_eq!(viewer.post(ZONE, &[("time_zone", "Asia/Tokyo")]).await.status, StatusCode::FORBIDDEN);
        let wrong = owner.post(ZONE, &[("time_zone", "Mars/Base")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.body.contains("id=\"time_zone-error\"") && wrong.body.contains("Mars/Base"));
        assert_eq!(owner.post(ZONE, &[("time_zone", "Asia/Tokyo")]).await.status, StatusCode::SEE_OTHER);
        let page = viewer.get("/settings/cold-email-agent/statement").await.body;
        assert!(page.contains("First day (Asia/Tokyo)") && page.contains("data-zone=\"Asia/Tokyo\""));
        // The clock of tests says 09:36 UTC on the 22nd of November: 18:36 in Tokyo, whose 22nd ends at 15:00 UTC.
        let said = |page: &str| page.contains("Chose the time zone");
        assert!(said(&owner.get(&format!("{log}?from=2026-11-22&to=2026-11-22")).await.body));
        assert!(!said(&owner.get(&format!("{log}?to=2026-11-21")).await.body));
        assert_eq!(owner.post(ZONE, &[("time_zone", "")]).await.status, StatusCode::SEE_OTHER);
        assert!(owner.get(log).await.body.contains("First day (UTC)"));
    }
}
