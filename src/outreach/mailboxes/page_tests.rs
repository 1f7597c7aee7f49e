//! The pages of mailboxes, as a browser sees them.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};

use super::{pages::MAILBOXES, secrets::SecretPart};
use crate::{
    accounts::Role,
    app::testing::{Answer, Browser, TestApp, test_apps},
    on,
    server::{db::Tx, dns::testing::Zones},
};

const PACE: [(&str, &str); 7] = [
    ("sender_name", "Jo"),
    ("signature", "Jo"),
    ("time_zone", "Europe/Berlin"),
    ("daily_cap", "30"),
    ("gap_min_s", "60"),
    ("gap_max_s", "180"),
    ("slow_start", "yes"),
];
const SERVERS: [(&str, &str); 6] = [
    ("smtp_host", "smtp.acme.example"),
    ("smtp_port", "465"),
    ("smtp_security", "tls"),
    ("imap_host", "imap.acme.example"),
    ("imap_port", "993"),
    ("imap_security", "tls"),
];

/// The form of a mailbox with these changes.
fn form<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let usual = [("preset", "other"), ("address", "jo@acme.example"), ("smtp_password", "sesame-street")];
    let all = changes.iter().chain(&usual).chain(&PACE).chain(&SERVERS);
    let mut fields: Vec<(&str, &str)> = Vec::new();
    for (name, text) in all {
        if !fields.iter().any(|(before, _)| before == name) {
            fields.push((name, text));
        }
    }
    fields
}

async fn add(owner: &Browser) -> String {
    let answer = owner.post(&format!("{MAILBOXES}/new"), &form(&[])).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    answer.location
}

#[tokio::test]
async fn the_server_that_receives_a_domains_mail_decides_which_form_is_offered() {
    let zones = Zones::default().mail_host("acme.example", 10, "acme-example.mail.protection.outlook.com");
    let server = zones.mail_host("mill.example", 10, "mx.mill.example").listen().await.to_string();
    for test in test_apps(&[("FAIRLEAD_DNS", &server)]).await {
        let owner = test.sign_in().await;
        let known = owner.get(&format!("{MAILBOXES}/new?address=jo%40acme.example")).await.body;
        assert!(
            known.contains("Add a mailbox: Microsoft 365") && known.contains("value=\"jo@acme.example\""),
            "{known}"
        );
        let chosen = owner.get(&format!("{MAILBOXES}/new?preset=other&address=jo%40acme.example")).await.body;
        assert!(!chosen.contains("Add a mailbox: Microsoft 365"), "what was chosen stays chosen");
        let unknown = owner.get(&format!("{MAILBOXES}/new?address=jo%40mill.example")).await.body;
        assert!(unknown.contains("Choose the provider below"), "{unknown}");
    }
}

#[tokio::test]
async fn all_mailboxes_are_tested_at_once_by_those_who_may_and_no_more_often_than_each_alone() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let all = format!("{MAILBOXES}/checks");
        assert_eq!(owner.get(&all).await.location, MAILBOXES);
        assert_eq!(owner.post(&all, &[]).await.location, MAILBOXES);
        assert!(owner.get(MAILBOXES).await.body.contains("There is no mailbox to test"));
        add(&owner).await;
        owner.post(&format!("{MAILBOXES}/new"), &form(&[("address", "mo@acme.example")])).await;
        let count = async || -> i64 {
            let mut tx = test.app.db.read().await.unwrap();
            on!(&mut tx, c => sqlx::query_scalar("select count(*) from mailbox_checks").fetch_one(c).await).unwrap()
        };
        for _ in 0..2 {
            owner.post(&all, &[]).await;
            let page = owner.get(MAILBOXES).await.body;
            assert!(page.contains("2 mailboxes are being tested.") && page.contains("Test all"), "{page}");
            assert_eq!(count().await, 2, "one that is open is not asked for again");
        }
        let viewer = test.sign_in_as(owner.workspace, Role::Viewer).await;
        assert_eq!(viewer.post(&all, &[]).await.status, StatusCode::FORBIDDEN);
        assert!(!viewer.get(MAILBOXES).await.body.contains("Test all"));
    }
}

async fn secrets(tx: &mut Tx) -> Vec<(SecretPart, Vec<u8>)> {
    on!(tx, c => sqlx::query_as("select part, encrypted from mailbox_secrets order by part").fetch_all(c).await)
        .unwrap()
}

async fn state_of(test: &TestApp) -> String {
    let mut tx = test.app.db.read().await.unwrap();
    on!(&mut tx, c => sqlx::query_scalar("select state from mailboxes").fetch_one(c).await).unwrap()
}

async fn set_state(test: &TestApp, state: &str) {
    let mut tx = test.app.db.write().await.unwrap();
    on!(&mut tx, c => sqlx::query("update mailboxes set state = $1").bind(state).execute(c).await.map(drop)).unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn an_address_leads_to_the_form_of_its_provider() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let choice = owner.get(&format!("{MAILBOXES}/new")).await.body;
        assert!(choice.contains("Microsoft 365") && choice.contains("Built-in outbox"), "{choice}");
        let google = owner.get(&format!("{MAILBOXES}/new?address=jo%40gmail.com")).await.body;
        assert!(google.contains("Add a mailbox: Google") && google.contains("value=\"smtp.gmail.com\""), "{google}");
        let unknown = owner.get(&format!("{MAILBOXES}/new?address=jo%40acme.example")).await.body;
        assert!(unknown.contains("The domain acme.example does not say where its mail is."), "{unknown}");
        assert!(unknown.contains("preset=google&amp;address=jo%40acme.example"), "{unknown}");
        assert_eq!(owner.get(&format!("{MAILBOXES}/new?preset=none")).await.status, StatusCode::NOT_FOUND);
    }
    let variables = [
        ("FAIRLEAD_ENV", "production"),
        ("FAIRLEAD_SECRET_KEY", "0123456789abcdef0123456789abcdef"),
        ("FAIRLEAD_PUBLIC_URL", "https://fairlead.example"),
        ("FAIRLEAD_PROXIES", "none"),
    ];
    for test in test_apps(&variables).await {
        let owner = test.sign_in().await.over_https();
        assert!(!owner.get(&format!("{MAILBOXES}/new")).await.body.contains("Built-in outbox"));
        let outbox = owner.get(&format!("{MAILBOXES}/new?preset=outbox")).await;
        assert_eq!(outbox.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_new_mailbox_is_a_draft_whose_password_is_never_shown() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let refused = owner.post(&format!("{MAILBOXES}/new"), &form(&[("smtp_security", "starttls")])).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains("Port 465 speaks TLS from the first byte. Choose “TLS”."), "{}", refused.body);
        assert!(refused.body.contains("value=\"smtp.acme.example\"") && !refused.body.contains("sesame-street"));

        let path = add(&owner).await;
        assert_eq!(state_of(&test).await, "draft");
        let rows = secrets(&mut test.app.db.read().await.unwrap()).await;
        assert_eq!(rows.len(), 1);
        assert!(!rows[0].1.windows(6).any(|bytes| bytes == b"sesame"), "it is encrypted");
        for page in [path.clone(), format!("{path}/settings"), MAILBOXES.to_owned()] {
            let body = owner.get(&page).await.body;
            assert!(!body.contains("sesame-street"), "{page}");
        }
        let settings = owner.get(&format!("{path}/settings")).await.body;
        assert!(settings.contains("A password is stored. Leave empty to keep it."), "{settings}");
        let draft = owner.get(&path).await.body;
        assert!(
            draft.contains("This mailbox is a draft") && draft.contains("It has not passed its test yet."),
            "{draft}"
        );
        owner.post(&format!("{path}/resume"), &[]).await;
        let draft = owner.get(&path).await.body;
        assert!(draft.contains("This mailbox is a draft") && !draft.contains("The mailbox sends again."), "{draft}");
        let again = owner.post(&format!("{MAILBOXES}/new"), &form(&[])).await;
        assert!(again.body.contains("This workspace has a mailbox with this address."), "{}", again.body);
    }
}

#[tokio::test]
async fn another_server_or_user_needs_the_password_again_and_another_test() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let path = add(&owner).await;
        let settings = format!("{path}/settings");
        let before = secrets(&mut test.app.db.read().await.unwrap()).await;
        set_state(&test, "active").await;
        let kept = owner.post(&settings, &form(&[("smtp_password", ""), ("daily_cap", "12")])).await;
        assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.body);
        assert_eq!(state_of(&test).await, "active");
        for (field, text, at) in [
            ("smtp_host", "evil.example", "smtp_password"),
            ("smtp_user", "ana", "smtp_password"),
            ("imap_host", "evil.example", "imap_password"),
        ] {
            let refused = owner.post(&settings, &form(&[("smtp_password", ""), (field, text)])).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
            assert!(refused.body.contains(&format!("id=\"{at}-error\"")), "{field}: {}", refused.body);
        }
        assert_eq!(secrets(&mut test.app.db.read().await.unwrap()).await, before, "nothing was touched");
        let other =
            owner.post(&settings, &form(&[("smtp_host", "mail.acme.example"), ("smtp_password", "other-word")])).await;
        assert_eq!(other.status, StatusCode::SEE_OTHER, "{}", other.body);
        assert_ne!(secrets(&mut test.app.db.read().await.unwrap()).await, before);
        assert_eq!(state_of(&test).await, "draft");
    }
}

#[tokio::test]
async fn days_are_frozen_and_freed_and_faults_stand_beside_their_fields() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let path = add(&owner).await;
        let freeze = async |from: &str, to: &str| {
            owner.post(&format!("{path}/freezes"), &[("from", from), ("to", to), ("note", "Holiday")]).await
        };
        for (from, to, at, text) in [
            ("soon", "2026-12-24", "from", "Write the day as year-month-day"),
            ("2026-12-24", "2026-12-22", "to", "The last day lies before the first."),
            ("2026-01-01", "2026-01-02", "to", "These days are over."),
            ("2026-12-24", "2029-01-01", "to", "Choose at most a year"),
        ] {
            let refused = freeze(from, to).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{from} {to}");
            assert!(refused.body.contains(text) && refused.body.contains(&format!("id=\"{at}-error\"")), "{from} {to}");
            assert!(refused.body.contains("value=\"Holiday\""), "what was typed stays");
        }
        assert_eq!(freeze("2026-12-22", "2026-12-24").await.status, StatusCode::SEE_OTHER);
        assert_eq!(freeze("2026-12-24", "2027-01-02").await.status, StatusCode::SEE_OTHER);
        let page = owner.get(&path).await.body;
        assert!(page.contains("22 Dec 2026 – 2 Jan 2027"), "{page}");
        owner.post(&format!("{path}/freezes/removal"), &[("from", "2026-12-22")]).await;
        assert!(!owner.get(&path).await.body.contains("22 Dec 2026"));
    }
}

#[tokio::test]
async fn removing_a_mailbox_deletes_its_secrets_at_once() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let path = add(&owner).await;
        let page = owner.get(&format!("{path}/removal")).await.body;
        assert!(page.contains("No lead is in the middle of a sequence from this mailbox."), "{page}");
        let removed = owner.post(&format!("{path}/removal"), &[]).await;
        assert_eq!(removed.location, MAILBOXES);
        assert!(secrets(&mut test.app.db.read().await.unwrap()).await.is_empty());
        assert_eq!(owner.get(&path).await.status, StatusCode::NOT_FOUND);
        add(&owner).await;
    }
}

#[tokio::test]
async fn mailboxes_are_for_who_may_connect_them_and_for_their_own_workspace() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let path = add(&owner).await;
        let (stranger, viewer) = (test.sign_in().await, test.sign_in_as(owner.workspace, Role::Member).await);
        for page in ["", "/settings", "/removal"] {
            assert_eq!(stranger.get(&format!("{path}{page}")).await.status, StatusCode::NOT_FOUND, "{page}");
        }
        assert_eq!(viewer.get(&path).await.status, StatusCode::OK);
        let freeze = [("from", "2026-12-22"), ("to", "2026-12-24"), ("note", "")];
        for (deed, fields) in [
            ("/settings", form(&[])),
            ("/freezes", freeze.to_vec()),
            ("/freezes/removal", vec![("from", "2026-12-22")]),
            ("/removal", Vec::new()),
            ("/pause", Vec::new()),
        ] {
            let deed = format!("{path}{deed}");
            assert_eq!(stranger.post(&deed, &fields).await.status, StatusCode::NOT_FOUND, "{deed}");
            assert_eq!(viewer.post(&deed, &fields).await.status, StatusCode::FORBIDDEN, "{deed}");
        }
        for page in ["/new", "/import"] {
            assert_eq!(viewer.get(&format!("{MAILBOXES}{page}")).await.status, StatusCode::FORBIDDEN, "{page}");
        }
        assert!(!stranger.get(MAILBOXES).await.body.contains("jo@acme.example"));
    }
}

#[tokio::test]
async fn the_page_says_how_the_mails_of_the_last_weeks_fared() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let path = add(&owner).await;
        let page = owner.get(&path).await.body;
        assert!(page.contains("The last 28 days") && !page.contains("is too many"), "{page}");
        let today = super::pages::utc_day(test.app.clock.now());
        let mut tx = test.app.db.write().await.unwrap();
        for (day, hard) in [(today, 3), (today.plus(-28), 50)] {
            on!(&mut tx, c => sqlx::query(
                "insert into outcome_days (workspace_id, scope, subject, day, sent, hard, policy, complaints, replies, opt_outs)
                 select workspace_id, 'mailbox', unhex(hex(id)), $1, 100, $2, 2, 1, 7, 4 from mailboxes")
                .bind(day).bind(hard).execute(c).await.map(drop))
            .unwrap();
        }
        for finding in [
            serde_json::json!({ "code": "arrived", "seconds": 1 }),
            serde_json::json!({ "code": "arrived_in_junk", "folder": "Junk" }),
            serde_json::json!({ "code": "never_arrived", "minutes": 10 }),
        ] {
            let results = serde_json::json!([{ "check": "round_trip", "outcome": "passed", "findings": [finding] }]);
            on!(&mut tx, c => sqlx::query(
                "insert into mailbox_checks (workspace_id, id, mailbox_id, created_by, created_at, state, finished_at, results)
                 select workspace_id, $1, id, created_by, 0, 'finished', 0, $2 from mailboxes")
                .bind(crate::ids::uuid_v7()).bind(sqlx::types::Json(results))
                .execute(c).await.map(drop))
            .unwrap();
        }
        tx.commit().await.unwrap();
        let page = owner.get(&path).await.body;
        let health = page.split("id=\"mailbox-health\"").nth(1).unwrap().split("</section>").next().unwrap();
        let texts: Vec<&str> = health.split('<').filter_map(|piece| Some(piece.split_once('>')?.1)).collect();
        let text = texts.join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
        for said in [
            "Mails sent 100",
            "To addresses that do not exist 3 (3.0%) 3% is too many",
            "Refused for their sender or their text 2 (2.0%)",
            "Reported as spam 1 (1.0%) 0.1% is too many",
            "Answered by a person 7 (7.0%)",
            "Opt-outs 4 (4.0%)",
            "Test mails in the spam folder 1 of 2",
        ] {
            assert!(text.contains(said), "{said}: {text}");
        }
    }
}

#[tokio::test]
async fn the_mailboxes_of_a_member_who_leaves_stay_with_the_workspace() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let admin = test.sign_in_as(owner.workspace, Role::Admin).await;
        let path = add(&admin).await;
        set_state(&test, "active").await;
        let before = owner.get("/settings/team").await.body;
        assert!(before.contains("stay too and continue to send: jo@acme.example."), "{before}");
        let left = owner.post(&format!("/settings/team/members/{}/removal", admin.user), &[]).await;
        assert_eq!(left.status, StatusCode::SEE_OTHER, "{}", left.body);
        assert_ne!(admin.get(&path).await.status, StatusCode::OK);
        assert_eq!(owner.get(&path).await.status, StatusCode::OK);
        assert_eq!(state_of(&test).await, "active");
        assert_eq!(secrets(&mut test.app.db.read().await.unwrap()).await.len(), 1, "it can still sign in");
        let told = owner.get("/settings/team").await.body;
        assert!(told.contains("left the team; 1 mailbox stays"), "{told}");
        let mailed: Vec<(String, String)> = on!(&mut test.app.db.read().await.unwrap(), c => sqlx::query_as(
            "select m.recipient, u.email from outbox_messages m join users u on u.id = $1 where m.subject like '%1 mailbox stays%'")
            .bind(owner.user).fetch_all(c).await)
        .unwrap();
        let [(recipient, own)] = &mailed[..] else { panic!("the owner alone is told by mail: {mailed:?}") };
        assert_eq!(recipient, own);
    }
}

#[tokio::test]
async fn a_member_who_leaves_without_mailboxes_is_no_news() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let admin = test.sign_in_as(owner.workspace, Role::Admin).await;
        add(&owner).await;
        set_state(&test, "active").await;
        assert!(owner.get("/settings/team").await.body.contains("The mailboxes that you added stay too"));
        assert!(!admin.get("/settings/team").await.body.contains("that you added"));
        admin.post("/settings/team/departure", &[]).await;
        let told = owner.get("/settings/team").await.body;
        assert!(!told.contains("left the team;"), "{told}");
    }
}

/// A form with a file, as a browser sends it.
async fn upload(browser: &Browser, text: &str) -> Answer {
    let body = format!(
        "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"mailboxes.csv\"\r\nContent-Type: text/csv\r\n\r\n{text}\r\n\
         --x\r\nContent-Disposition: form-data; name=\"time_zone\"\r\n\r\nEurope/Berlin\r\n--x--\r\n"
    );
    let request = Request::post(format!("{MAILBOXES}/import"))
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x")
        .body(Body::from(body));
    browser.send_as_it_is(request.unwrap()).await
}

#[tokio::test]
async fn rows_of_a_file_become_drafts_and_those_with_faults_stay_out_with_their_reason() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let head = "address,name,host,port,security,password\n";
        let mixed = format!(
            "{head}jo@acme.example,Jo,smtp.acme.example,465,tls,sesame-street\nana@acme.example,Ana,smtp.acme.example,25,tls,sesame-street\n\
             jo@acme.example,Jo,smtp.acme.example,465,tls,sesame-street\n"
        );
        let answer = upload(&owner, &mixed).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains("1 mailbox was added as a draft; 2 rows stayed out."), "{}", answer.body);
        assert!(answer.body.contains("smtp_port: Providers block port 25."), "{}", answer.body);
        assert!(answer.body.contains("This workspace has a mailbox with this address."), "{}", answer.body);
        assert!(!answer.body.contains("sesame-street"));
        let good = upload(&owner, &format!("{head}al@acme.example,Al,smtp.acme.example,465,tls,x\n")).await;
        assert_eq!(good.location, format!("{MAILBOXES}?state=draft"), "{}", good.body);
        let drafts = owner.get(&good.location).await.body;
        assert!(drafts.contains("al@acme.example") && drafts.contains("jo@acme.example"), "{drafts}");
        let active = owner.get(&format!("{MAILBOXES}?state=active")).await.body;
        assert!(active.contains("No mailbox is like this"), "{active}");
        assert!(upload(&owner, "name\nJo\n").await.body.contains("no column “address”"));
        assert!(upload(&owner, &"x".repeat(600 << 10)).await.body.contains("larger than 512 kB"));
    }
}

#[tokio::test]
async fn only_an_outbox_is_made_a_difficult_server() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let smtp = add(&owner).await;
        let fields = form(&[("preset", "outbox"), ("address", "out@acme.example")]);
        let made = owner.post(&format!("{MAILBOXES}/new"), &fields).await;
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
        let page = format!("{}/outbox", made.location);
        assert!(owner.get(&page).await.body.contains("Hang up at the final dot"));
        let answer = [("answer", "hangs_up")];
        assert_eq!(owner.post(&page, &answer).await.location, page);
        let mut tx = test.app.db.read().await.unwrap();
        let kept: String =
            on!(&mut tx, c => sqlx::query_scalar("select outbox_answer from mailboxes where kind = 'outbox'").fetch_one(c).await)
                .unwrap();
        drop(tx);
        assert_eq!(kept, "hangs_up");
        assert_eq!(owner.post(&format!("{smtp}/outbox"), &answer).await.status, StatusCode::NOT_FOUND);
        let viewer = test.sign_in_as(owner.workspace, Role::Viewer).await;
        assert_eq!(viewer.post(&page, &answer).await.status, StatusCode::FORBIDDEN);
        assert!(!viewer.get(&page).await.body.contains("Hang up at the final dot"));
    }
}

#[tokio::test]
async fn the_pages_say_when_replies_were_read_and_why_they_are_not() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let path = add(&owner).await;
        set_state(&test, "active").await;
        let set = async |sql: &'static str| {
            let mut tx = test.app.db.write().await.unwrap();
            on!(&mut tx, c => sqlx::query(sql).execute(c).await.map(drop)).unwrap();
            tx.commit().await.unwrap();
        };
        set("update mailboxes set imap_host = 'imap.acme.example', imap_port = 993, imap_security = 'tls', imap_user = 'jo'").await;
        set("insert into mailbox_syncs (workspace_id, mailbox_id, run_at, looked_at) select workspace_id, id, 0, 1795340000000000 from mailboxes").await;
        let page = owner.get(&path).await.body;
        assert!(page.contains("Replies were last read") && !page.contains("Replies are not read"), "{page}");
        set("update mailbox_syncs set code = 'sign_in_refused', words = 'NO <b>Login</b> failed.', since = 1, run_at = null").await;
        for page in [path.as_str(), MAILBOXES] {
            let body = owner.get(page).await.body;
            let why = "Replies are not read. The server refuses the sign-in: “NO &lt;b&gt;Login&lt;/b&gt; failed.”.";
            assert!(body.contains(why), "{page}: {body}");
        }
        set_state(&test, "draft").await;
        assert!(!owner.get(&path).await.body.contains("Replies are"), "a draft is not read");
    }
}
