//! The statement and the operator's pages, as a browser sees them.

use axum::http::StatusCode;

use super::{
    alerts::{ALERTS, Alerts},
    *,
};
use crate::{
    accounts::{Role, UserId},
    app::testing::{Browser, NOW, TestApp, test_apps},
    credits::Ledger,
    on,
};

const STATEMENT: &str = "/settings/cold-email-agent/statement";

fn credits(amount: i64) -> Credits {
    Credits::new(amount).unwrap()
}

/// A workspace with a grant whose reason would run in a spreadsheet, a hold, a capture and a release.
async fn busy_workspace(test: &TestApp) -> Browser {
    let browser = test.sign_in().await;
    let workspace = browser.workspace;
    let mut tx = test.app.db.write().await.unwrap();
    let reason = "=HYPERLINK(\"http://x.example\")";
    grant_by_operator(&mut tx, workspace, credits(2_000), reason, None, "1", NOW).await.unwrap();
    let purpose = HoldFor { request: RequestId::new(), campaign: CampaignId::new(), member: browser.user };
    hold(&mut tx, workspace, purpose, credits(50), NOW).await.unwrap();
    capture(
        &mut tx,
        workspace,
        &Capture { request: purpose.request, leads: 30, price: credits(1), key: "1".into() },
        NOW,
    )
    .await
    .unwrap();
    release(&mut tx, workspace, purpose.request, Actor::System, "completed", NOW).await.unwrap();
    tx.commit().await.unwrap();
    browser
}

#[tokio::test]
async fn the_file_defuses_formulas_and_keeps_numbers_numbers() {
    for test in test_apps(&[]).await {
        let browser = busy_workspace(&test).await;
        let file = browser.get(&format!("{STATEMENT}.csv")).await.body;
        let lines: Vec<_> = file.split("\r\n").filter(|line| !line.is_empty()).collect();
        assert_eq!(lines.len(), 5, "{file}");
        assert!(lines[0].starts_with("\u{feff}Number,Time (UTC),Movement,Credits,"));
        assert!(lines[1].starts_with("4,2026-11-22T09:36:30Z,Released,20,20,1970,0,"), "{}", lines[1]);
        assert!(lines[2].contains(",Spent,30,0,1950,20,"), "{}", lines[2]);
        assert!(lines[3].contains(",Held,50,-50,1950,50,"), "{}", lines[3]);
        assert!(lines[4].ends_with("\"'=HYPERLINK(\"\"http://x.example\"\")\""), "{}", lines[4]);
        let holds = browser.get(&format!("{STATEMENT}.csv?kind=hold")).await.body;
        assert_eq!(holds.lines().count(), 2);
    }
}

#[tokio::test]
async fn filters_narrow_the_statement_and_a_wrong_one_says_what_to_write() {
    for test in test_apps(&[]).await {
        let browser = busy_workspace(&test).await;
        let rows = |page: &str| page.matches("<td class=\"number\">").count() / 3;
        let all = browser.get(STATEMENT).await;
        assert_eq!((all.status, rows(&all.body)), (StatusCode::OK, 2), "the request is one entry");
        for (query, expected) in [
            ("kind=hold".to_owned(), 1),
            ("from=2026-11-22&to=2026-11-22".into(), 4),
            ("from=2026-11-23".into(), 0),
            (format!("member={}", browser.user), 1),
            (format!("member={}", UserId::new()), 0),
            (format!("request={}", RequestId::new()), 0),
            ("before=3".into(), 1),
        ] {
            let page = browser.get(&format!("{STATEMENT}?{query}")).await;
            assert_eq!((page.status, rows(&page.body)), (StatusCode::OK, expected), "{query}");
        }
        assert!(browser.get(&format!("{STATEMENT}?from=2027-01-01")).await.body.contains("No movement fits"));
        let wrong = browser.get(&format!("{STATEMENT}?kind=gift&from=%3Cb%3E")).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.body.contains("for example 2026-11-22") && !wrong.body.contains("<b>"));
        assert_eq!(browser.get(&format!("{STATEMENT}.csv?kind=gift")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[tokio::test]
async fn the_statement_can_be_narrowed_to_somebody_who_left() {
    for test in test_apps(&[]).await {
        let gone = busy_workspace(&test).await;
        let owner = test.sign_in_as(gone.workspace, Role::Owner).await;
        let stranger = test.sign_in().await;
        let mut tx = test.app.db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query("delete from members where user_id = $1").bind(gone.user).execute(c).await.map(drop))
            .unwrap();
        tx.commit().await.unwrap();
        let option = format!("value=\"{}\"", gone.user);
        assert!(owner.get(STATEMENT).await.body.contains(&option));
        assert!(owner.get(STATEMENT).await.body.contains(&format!("value=\"{}\"", owner.user)));
        assert!(!stranger.get(STATEMENT).await.body.contains(&option));
    }
}

#[tokio::test]
async fn a_statement_shows_nothing_of_another_workspace() {
    for test in test_apps(&[]).await {
        let busy = busy_workspace(&test).await;
        let stranger = test.sign_in().await;
        for query in [String::new(), format!("?member={}", busy.user)] {
            let page = stranger.get(&format!("{STATEMENT}{query}")).await.body;
            assert!(!page.contains("HYPERLINK"), "{query}");
            let file = stranger.get(&format!("{STATEMENT}.csv{query}")).await.body;
            assert_eq!(file.lines().count(), 1, "{query}");
        }
    }
}

#[tokio::test]
async fn only_an_operator_adds_credits_and_a_second_click_adds_nothing() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let page = format!("/admin/workspaces/{}", owner.workspace);
        let fields = [("amount", "1,500"), ("reason", "Welcome"), ("key", "one")];
        assert_eq!(owner.get(&page).await.status, StatusCode::NOT_FOUND);
        assert_eq!(owner.post(&page, &fields).await.status, StatusCode::NOT_FOUND);
        let operator = test.sign_in_as(owner.workspace, Role::Viewer).await;
        let mut tx = test.app.db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query("update users set operator = $2 where id = $1")
            .bind(operator.user).bind(true).execute(c).await.map(drop))
        .unwrap();
        tx.commit().await.unwrap();
        assert!(operator.get("/admin/workspaces").await.body.contains("Acme"));
        for amount in ["", "0", "-1", "ten", "1000000000000000000000000000000"] {
            let refused = operator.post(&page, &[("amount", amount), ("reason", "Kept"), ("key", "x")]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{amount}");
            assert!(refused.body.contains("value=\"Kept\""), "what was typed is kept");
        }
        assert_eq!(operator.post(&page, &[("amount", "5"), ("key", "x")]).await.status.as_u16(), 422);
        let before = test.app.of::<Ledger>().counts().jobs;
        for _ in 0..2 {
            assert_eq!(operator.post(&page, &fields).await.status, StatusCode::SEE_OTHER);
        }
        assert_eq!(test.app.of::<Ledger>().counts().jobs, before + 2, "through the group commit");
        let balance = balance(&mut test.app.db.read().await.unwrap(), owner.workspace).await.unwrap();
        assert_eq!(balance.available, credits(1_500));
        assert!(owner.get(STATEMENT).await.body.contains("Welcome"));
        let back = |amount| [("back_amount", amount), ("back_reason", "Granted by mistake"), ("key", "two")];
        let refused = operator.post(&page, &back("1,501")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains("not that many available") && refused.body.contains("Granted by mistake"));
        let before = test.app.of::<Ledger>().counts().jobs;
        for _ in 0..2 {
            assert_eq!(operator.post(&page, &back("400")).await.status, StatusCode::SEE_OTHER);
        }
        assert_eq!(test.app.of::<Ledger>().counts().jobs, before + 2, "through the group commit");
        let mut tx = test.app.db.read().await.unwrap();
        assert_eq!(super::balance(&mut tx, owner.workspace).await.unwrap().available, credits(1_100));
        let lines: i64 =
            on!(&mut tx, c => sqlx::query_scalar("select count(*) from audit_events where workspace_id = $1")
            .bind(owner.workspace).fetch_one(c).await)
            .unwrap();
        assert_eq!(lines, 2, "each deed is in the log once");
        drop(tx);
        assert!(operator.get("/admin/workspaces").await.body.contains("1,100"));
    }
}

#[tokio::test]
async fn alerts_are_changed_by_those_who_manage_and_a_wrong_number_is_said_beside_its_field() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let viewer = test.sign_in_as(owner.workspace, Role::Viewer).await;
        let wanted = [("low_on", "yes"), ("low_credits", "1,000"), ("runway_days", "14")];
        assert_eq!(viewer.post(ALERTS, &wanted).await.status, StatusCode::FORBIDDEN);
        assert!(viewer.get(ALERTS).await.body.contains("disabled"));
        let wrong = owner.post(ALERTS, &[("low_credits", "-1"), ("runway_days", "soon")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.body.contains("value=\"soon\"") && wrong.body.contains("low_credits-error"), "{}", wrong.body);
        assert_eq!(owner.post(ALERTS, &wanted).await.status, StatusCode::SEE_OTHER);
        let expected = Alerts { low_on: true, low_credits: 1_000, runway_on: false, runway_days: 14 };
        assert_eq!(
            super::alerts::alerts(&mut test.app.db.read().await.unwrap(), owner.workspace).await.unwrap(),
            expected
        );
    }
}

const CREDITS: &str = "/settings/cold-email-agent";

/// The addresses in a page that begin with `start`.
fn links<'a>(page: &'a str, start: &str) -> Vec<&'a str> {
    let from = format!("href=\"{start}");
    let mut found: Vec<&str> =
        page.match_indices(&from).filter_map(|(at, _)| page[at + 6..].split('"').next()).collect();
    found.sort_unstable();
    found.dedup();
    found
}

#[tokio::test]
async fn each_figure_opens_movements_that_add_up_to_it() {
    for test in test_apps(&[]).await {
        let browser = busy_workspace(&test).await;
        let page = browser.get(CREDITS).await.body + &browser.get(&format!("{CREDITS}/batches")).await.body;
        for (part, sum) in [("available", "1,970"), ("held", "0"), ("spent", "30")] {
            let address = format!("{STATEMENT}?of={part}");
            assert!(page.contains(&format!("href=\"{address}\">{sum}</a>")), "{part}: {page}");
            let statement = browser.get(&address).await;
            assert_eq!(statement.status, StatusCode::OK);
            let total = statement.body.split("id=\"statement-sum\"").nth(1).unwrap_or_else(|| panic!("{part}"));
            assert!(total.split("</li>").next().unwrap().contains(&format!(">{sum}<")), "{part}");
        }
        assert!(browser.get(&format!("{STATEMENT}?of=expired")).await.body.contains("No movement fits"));
        assert!(browser.get(&format!("{STATEMENT}?of=outside")).await.status == StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[tokio::test]
async fn the_chart_says_what_the_statement_says_whatever_its_bars_are() {
    for test in test_apps(&[]).await {
        let browser = busy_workspace(&test).await;
        for unit in ["day", "week", "month", "nonsense"] {
            let page = browser.get(&format!("{CREDITS}?usage={unit}")).await.body;
            let usage = page.split("id=\"usage\"").nth(1).unwrap().split("</section>").next().unwrap();
            assert!(
                usage.contains("<svg") && usage.contains("role=\"img\"") && usage.contains("30 credits"),
                "{usage}"
            );
            let address =
                usage.split("href=\"").find(|link| link.contains("kind=capture")).unwrap().split('"').next().unwrap();
            let file = browser.get(&address.replace("&amp;", "&").replace("statement?", "statement.csv?")).await.body;
            assert_eq!(file.lines().filter(|line| line.contains(",Spent,30,")).count(), 1, "{address}: {file}");
        }
        assert!(browser.get(CREDITS).await.body.contains("Too early to tell"));
    }
}

#[tokio::test]
async fn lots_holds_and_movements_explain_themselves_to_their_own_workspace_alone() {
    for test in test_apps(&[]).await {
        let browser = busy_workspace(&test).await;
        let stranger = test.sign_in().await;
        let statement = browser.get(STATEMENT).await.body;
        let lot = links(&statement, "/settings/cold-email-agent/lots/")[0].to_owned();
        let page = browser.get(&lot).await.body;
        assert!(page.contains(">2,000</a>") && page.contains(">30</a>") && page.contains("1,970"), "{page}");
        let first = browser.get(&format!("{CREDITS}/movements/1")).await.body;
        assert!(first.contains("None: this is the first movement") && first.contains("The hash fits this row"));
        let spent = browser.get(&format!("{CREDITS}/movements/3")).await.body;
        let hold = links(&spent, "/settings/cold-email-agent/holds/")[0].to_owned();
        let page = browser.get(&hold).await.body;
        assert!(page.contains("50 credits set aside") && page.contains("Closed"), "{page}");
        let filter = hold.replace("holds/", "statement?hold=");
        let rows = browser.get(&filter.replace("statement?", "statement.csv?")).await.body.lines().count();
        assert_eq!(rows, 4, "a heading, held, spent, released");
        for address in [&lot, &hold, &format!("{CREDITS}/movements/1")] {
            assert_eq!(stranger.get(address).await.status, StatusCode::NOT_FOUND, "{address}");
        }
        for address in ["lots/x", "holds/x", "movements/0", "movements/9223372036854775807", "movements/x"] {
            assert_eq!(browser.get(&format!("{CREDITS}/{address}")).await.status, StatusCode::NOT_FOUND, "{address}");
        }
        for name in ["lot", "hold", "order", "lead"] {
            let none = browser.get(&format!("{STATEMENT}?{name}={}", LotId::new())).await;
            assert!(none.body.contains("No movement fits"), "{name}");
        }
        if let Ok(folder) = std::env::var("PAGES") {
            for (name, path) in [
                ("settings", CREDITS.to_owned()),
                ("statement", STATEMENT.into()),
                ("lot", lot.clone()),
                ("hold", hold.clone()),
                ("movement", format!("{CREDITS}/movements/3")),
                ("alerts", ALERTS.into()),
            ] {
                std::fs::write(format!("{folder}/{name}.html"), browser.get(&path).await.body).unwrap();
            }
        }
    }
}

#[tokio::test]
async fn caps_are_set_by_owners_shown_with_what_is_used_and_lifted() {
    for test in test_apps(&[]).await {
        let owner = busy_workspace(&test).await;
        let caps = "/settings/cold-email-agent/caps";
        let me = format!("member:{}", owner.user);
        for (field, value) in [("credits", "none"), ("whom", "member:somebody"), ("period", "year")] {
            let mut form = vec![("whom", me.as_str()), ("credits", "70"), ("period", "day")];
            form.iter_mut().filter(|(name, _)| *name == field).for_each(|pair| pair.1 = value);
            assert_eq!(owner.post(caps, &form).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        }
        let form = [("whom", me.as_str()), ("credits", "70"), ("period", "day")];
        assert_eq!(owner.post(caps, &form).await.status, StatusCode::SEE_OTHER);
        let page = owner.get(caps).await.body;
        assert!(page.contains("70 a day") && page.contains("30"), "{page}");
        let viewer = test.sign_in_as(owner.workspace, Role::Viewer).await;
        assert_eq!(viewer.post(caps, &form).await.status, StatusCode::FORBIDDEN);
        let stranger = test.sign_in().await;
        assert_eq!(stranger.post(caps, &form).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let lift =
            page.split("action=\"").filter_map(|part| part.split('"').next()).find(|action| action.ends_with("/lift"));
        let lift = lift.unwrap();
        assert_eq!(stranger.post(lift, &[]).await.status, StatusCode::SEE_OTHER);
        assert!(owner.get(caps).await.body.contains("70 a day"), "another workspace's click lifts nothing");
        assert_eq!(owner.post(lift, &[]).await.status, StatusCode::SEE_OTHER);
        assert!(owner.get(caps).await.body.contains("No caps are set"));
        let log = owner.get("/settings/team/log").await.body;
        let lifted = log.split("Lifted a cap").nth(1).unwrap().split("</tr>").next().unwrap();
        assert!(lifted.contains("Uma Rossi") && lifted.contains("70 credits a day"), "{lifted}");

        // One of a campaign, and one of each, beside it.
        let campaign = CampaignId::new();
        let mut tx = test.app.db.write().await.unwrap();
        let purpose = HoldFor { request: RequestId::new(), campaign, member: owner.user };
        hold(&mut tx, owner.workspace, purpose, credits(40), NOW).await.unwrap();
        for (subject_id, most) in [(None, 500), (Some(campaign.0), 90)] {
            let (id, subject_kind, period) = (CapId::new(), CapSubject::Campaign, CapPeriod::Month);
            let (set_by, set_at) = (owner.user, NOW);
            let cap = Cap { id, subject_kind, subject_id, period, credits: credits(most), set_by, set_at };
            set_cap(&mut tx, owner.workspace, &cap).await.unwrap();
            let name = subject_name(&mut tx, owner.workspace, &cap).await.unwrap();
            assert_eq!(name.as_deref(), subject_id.is_none().then_some("Each campaign"));
        }
        let uses = cap_uses(&mut tx, owner.workspace, NOW).await.unwrap();
        assert_eq!(uses.iter().map(|(_, used)| used.get()).collect::<Vec<_>>(), [40]);
    }
}
