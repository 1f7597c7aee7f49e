//! Every server function that is registered, called by all who may and all who may not.

use axum::http::Method;
use leptos::server_fn::axum::server_fn_paths;
use serde_json::Value;

use super::testing::{Answer, Browser, NOW, TestApp, test_apps};
use crate::{
    accounts::{Role, WorkspaceId},
    credits,
};

const PASSWORD: &str = "not the right words";
const PACKAGE: &str = "01930000-0000-7000-8000-000000000001";

/// Who calls, beside the owner of the workspace that the fields name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caller {
    Visitor,
    With(Role),
    /// The owner of another workspace.
    Stranger,
}

const CALLERS: [Caller; 6] = [
    Caller::Visitor,
    Caller::With(Role::Viewer),
    Caller::With(Role::Member),
    Caller::With(Role::Admin),
    Caller::With(Role::Owner),
    Caller::Stranger,
];

/// What a function answers to each of [`CALLERS`], and whether plain forms have a door to it.
struct Expected {
    path: &'static str,
    fields: &'static [(&'static str, &'static str)],
    statuses: [u16; 6],
    plain: bool,
}

/// In fields, the draft of the owner's workspace.
const DRAFT: &str = "{draft}";
/// In fields, a plan that is offered.
const PLAN: &str = "{plan}";

const ANYBODY: [u16; 6] = [422; 6];
const MEMBERS: [u16; 6] = [401, 200, 200, 200, 200, 200];
const SPENDERS_OF_THE_WORKSPACE: [u16; 6] = [401, 403, 200, 200, 200, 404];
const MEMBERS_OF_THE_WORKSPACE: [u16; 6] = [401, 200, 200, 200, 200, 404];
const BUYERS: [u16; 6] = [401, 403, 403, 200, 200, 200];

const FUNCTIONS: &[Expected] = &[
    Expected { path: "/login", fields: &[("email", "nobody"), ("password", PASSWORD)], statuses: ANYBODY, plain: true },
    Expected {
        path: "/signup",
        fields: &[("name", ""), ("email", "uma@acme.example"), ("password", PASSWORD)],
        statuses: ANYBODY,
        plain: true,
    },
    Expected {
        path: "/settings/cold-email-agent/orders",
        fields: &[("package", PACKAGE), ("key", "k")],
        statuses: BUYERS,
        plain: true,
    },
    Expected {
        path: "/settings/cold-email-agent/plan",
        fields: &[("plan", PLAN), ("key", "k")],
        statuses: BUYERS,
        plain: true,
    },
    Expected {
        path: "/campaigns/new",
        fields: &[("campaign", DRAFT), ("name", "Autumn"), ("sizes", "1-10"), ("sizes", "11-50")],
        statuses: SPENDERS_OF_THE_WORKSPACE,
        plain: true,
    },
    Expected {
        path: "/requests",
        fields: &[("campaign", DRAFT), ("key", "k")],
        statuses: SPENDERS_OF_THE_WORKSPACE,
        plain: true,
    },
    Expected {
        path: "/api/quote",
        fields: &[("campaign", DRAFT), ("quantity", "5")],
        statuses: MEMBERS_OF_THE_WORKSPACE,
        plain: false,
    },
    Expected { path: "/api/audience-preview", fields: &[("form", "")], statuses: MEMBERS, plain: false },
];

/// A workspace with credits and a draft that is ready to be requested.
struct Workspace {
    id: WorkspaceId,
    draft: String,
    plan: String,
}

async fn workspace(test: &TestApp) -> Workspace {
    let owner = test.sign_in().await;
    let mut tx = test.app.db.write().await.unwrap();
    credits::grant_signup_promotion(&mut tx, owner.workspace, NOW).await.unwrap();
    let plan = crate::billing::plans::plans(&mut tx).await.unwrap()[0].id.to_string();
    tx.commit().await.unwrap();
    let leads = owner.post("/campaigns/new", &[("name", "Spring"), ("go", "next")]).await.location;
    let draft = leads.split('/').nth(3).unwrap().to_owned();
    assert_eq!(owner.post(&leads, &[("quantity", "5")]).await.status, 303);
    Workspace { id: owner.workspace, draft, plan }
}

async fn browser(test: &TestApp, workspace: &Workspace, caller: Caller) -> Browser {
    match caller {
        Caller::Visitor => test.visitor(),
        Caller::With(role) => test.sign_in_as(workspace.id, role).await,
        Caller::Stranger => test.sign_in().await,
    }
}

fn filled<'a>(fields: &'a [(&'a str, &'a str)], workspace: &'a Workspace) -> Vec<(&'a str, &'a str)> {
    let text = |text: &'a str| match text {
        DRAFT => workspace.draft.as_str(),
        PLAN => workspace.plan.as_str(),
        other => other,
    };
    fields.iter().map(|(name, value)| (*name, text(value))).collect()
}

#[tokio::test]
async fn each_registered_function_answers_each_caller_as_the_table_says_at_both_doors() {
    for test in test_apps(&[]).await {
        for (path, method) in server_fn_paths() {
            let expected = FUNCTIONS.iter().find(|one| one.path == path);
            let expected = expected.unwrap_or_else(|| panic!("{path} is missing in the table"));
            assert_eq!(method, Method::POST, "{path}");
            for (caller, status) in CALLERS.into_iter().zip(expected.statuses) {
                let own = workspace(&test).await;
                let fields = filled(expected.fields, &own);
                let called = browser(&test, &own, caller).await.call(path, &fields).await;
                assert_eq!(called.status, status, "{path} {caller:?}: {}", called.body);
                is_without_secrets(&called);
                // Again in a workspace of its own, so that the other door finds what this one found.
                let own = workspace(&test).await;
                let fields = filled(expected.fields, &own);
                let posted = browser(&test, &own, caller).await.post(path, &fields).await;
                let (status, location) = match (expected.plain, status) {
                    (true, 200) => (303, ""),
                    (true, 401) => (303, "/login?next="),
                    (_, status) => (status, ""),
                };
                assert_eq!(posted.status, status, "{path} {caller:?}: {}", posted.body);
                assert!(posted.location.starts_with(location), "{path} {caller:?}: {}", posted.location);
                is_without_secrets(&posted);
            }
        }
    }
}

/// What is typed as a password never comes back.
fn is_without_secrets(answer: &Answer) {
    assert!(!answer.body.contains(PASSWORD) && !answer.location.contains("password"), "{answer:?}");
}

#[tokio::test]
async fn no_function_takes_a_call_post_across_sites() {
    for test in test_apps(&[]).await {
        let own = workspace(&test).await;
        let owner = test.sign_in_as(own.id, Role::Owner).await;
        for one in FUNCTIONS {
            for accept in ["application/json", "text/html"] {
                let answer = owner.post_across_sites(one.path, accept, &filled(one.fields, &own)).await;
                assert_eq!(answer.status, 403, "{}", one.path);
                assert!(answer.body.contains("sent from another site"), "{}", answer.body);
            }
        }
    }
}

#[tokio::test]
async fn the_second_of_two_calls_finds_what_the_first_one_made() {
    for test in test_apps(&[]).await {
        let own = workspace(&test).await;
        let owner = test.sign_in_as(own.id, Role::Owner).await;
        for path in ["/settings/cold-email-agent/orders", "/requests"] {
            let one = FUNCTIONS.iter().find(|one| one.path == path).unwrap();
            let fields = filled(one.fields, &own);
            let (first, second) = tokio::join!(owner.call(path, &fields), owner.call(path, &fields));
            let [first, second] = [first, second].map(|answer| serde_json::from_str::<Value>(&answer.body).unwrap());
            assert!(first["made"].is_string(), "{first}");
            assert_eq!(first, second, "{path}");
            let posted = owner.post(path, &fields).await;
            assert_eq!(first["next"], posted.location, "the other door finds the same");
        }
    }
}

#[tokio::test]
async fn a_form_of_very_many_fields_is_answered_as_fast_as_it_is_read() {
    let names: Vec<String> = (0..40_000).map(|number| format!("f{number}")).collect();
    let unique: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x")).collect();
    let repeated = vec![("f", "x"); 40_000];
    for test in test_apps(&[]).await {
        let visitor = test.visitor();
        for fields in [&unique, &repeated] {
            let begin = std::time::Instant::now();
            visitor.call("/login", fields).await;
            visitor.post("/login", fields).await;
            // Each field compared with each other one took a minute.
            assert!(begin.elapsed() < std::time::Duration::from_secs(10), "{:?}", begin.elapsed());
        }
    }
}

#[tokio::test]
async fn what_is_wrong_is_said_beside_its_field_at_both_doors() {
    for test in test_apps(&[]).await {
        let visitor = test.visitor();
        let fields = [("email", "nobody"), ("password", "")];
        let called: Value = serde_json::from_str(&visitor.call("/login", &fields).await.body).unwrap();
        assert_eq!(called["fields"]["password"], "Type your password.");
        assert!(called["fields"]["email"].as_str().unwrap().contains("no @"), "{called}");
        let page = visitor.post("/login", &fields).await.body;
        assert!(page.contains(r#"id="password-error""#) && page.contains("Type your password."), "{page}");
        assert!(page.contains(r#"value="nobody""#), "{page}");
        let wrong = [("email", "uma@acme.example"), ("password", PASSWORD)];
        for answer in [visitor.call("/login", &wrong).await, visitor.post("/login", &wrong).await] {
            assert!(answer.status == 422 && answer.body.contains("Wrong email or password."), "{}", answer.body);
            is_without_secrets(&answer);
        }
        let own = workspace(&test).await;
        let owner = test.sign_in_as(own.id, Role::Owner).await;
        let fields = [("campaign", &*own.draft), ("key", "k"), ("look", "first"), ("first", "9")];
        let called: Value = serde_json::from_str(&owner.call("/requests", &fields).await.body).unwrap();
        assert!(called["fields"]["first"].as_str().unwrap().contains("below 5"), "{called}");
        assert_eq!(owner.post("/requests", &fields).await.status, 422);
    }
}
