//! The pages about sending, as a browser sees them.

use axum::http::StatusCode;

use super::tests::{World, run, world};
use crate::{
    accounts::Role,
    app::testing::{NOW, TestApp, test_apps},
    on,
    outreach::{
        ids::{SendId, StepId},
        progress::heartbeat,
    },
    server::clock::Instant,
};

const DAY: std::time::Duration = std::time::Duration::from_secs(86_400);

/// State, code and due date of the one enrolment.
async fn enrolment(test: &TestApp, world: &World) -> (String, Option<String>, Option<Instant>) {
    on!(&mut test.app.db.read().await.unwrap(), c => sqlx::query_as(
        "select state, code, due_at from enrolments where workspace_id = $1 and lead_id = $2")
        .bind(world.owner.workspace).bind(world.lead).fetch_one(c).await)
    .unwrap()
}

/// A running campaign whose lead has had its first mail and waits for the second.
async fn running(test: &TestApp) -> World {
    let world = world(test).await;
    world.owner.post(&world.page("/start"), &[]).await;
    let mut tx = test.app.db.write().await.unwrap();
    world.enrol(&mut tx, "active").await;
    run!(
        &mut tx,
        "update enrolments set begun_at = 0, last_sent_at = 0 where workspace_id = $1",
        world.owner.workspace
    );
    tx.commit().await.unwrap();
    world
}

#[tokio::test]
async fn the_pages_of_a_campaign_say_in_one_sentence_what_it_waits_for() {
    for test in test_apps(&[]).await {
        let world = running(&test).await;
        let page = world.owner.get(&world.page("")).await.body;
        assert!(
            page.contains("1 lead is between steps. The next follow-up is due Mon 23 Nov, 10:36 (Berlin)."),
            "{page}"
        );
        assert!(page.contains("Pause") && page.contains("Mails today") && page.contains("jo@acme.example"), "{page}");
        let list = world.owner.get("/campaigns").await.body;
        assert!(list.contains("1 lead is between steps") && list.contains("Your first mail"), "{list}");
        world.owner.post(&world.page("/pause"), &[]).await;
        let page = world.owner.get(&world.page("")).await.body;
        assert!(page.contains("Uma Rossi paused it.") && page.contains("Resume"), "{page}");
        let viewer = test.sign_in_as(world.owner.workspace, Role::Viewer).await;
        let seen = viewer.get(&world.page("")).await.body;
        assert!(seen.contains("paused it.") && !seen.contains("/resume"), "{seen}");
        for path in ["/resume", "/pause", "/end", "/start", "/checklist"] {
            assert_eq!(viewer.post(&world.page(path), &[]).await.status, StatusCode::FORBIDDEN, "{path}");
        }
        let stranger = test.sign_in().await;
        assert_eq!(stranger.post(&world.page("/resume"), &[]).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn activity_is_listed_newest_first_by_kind_and_as_a_file() {
    for test in test_apps(&[]).await {
        let world = running(&test).await;
        world.owner.post(&world.page("/pause"), &[]).await;
        let page = world.owner.get(&world.page("/activity")).await.body;
        let (paused, started) = (page.find("Sending was paused."), page.find("Sending started."));
        assert!(paused.is_some() && paused < started, "{page}");
        let one = world.owner.get(&world.page("/activity?kind=started")).await.body;
        assert!(one.contains("Sending started.") && !one.contains("Sending was paused."), "{one}");
        let file = world.owner.post(&world.page("/activity.csv"), &[]).await.body;
        let lines: Vec<&str> = file.trim_end().split("\r\n").collect();
        assert_eq!(lines.len(), 3, "{file}");
        assert!(lines[1].ends_with(",paused,Sending was paused.,,,Uma Rossi"), "{file}");
        let viewer = test.sign_in_as(world.owner.workspace, Role::Viewer).await;
        assert_eq!(viewer.post(&world.page("/activity.csv"), &[]).await.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn a_lead_is_held_until_a_day_and_continues_at_its_own_time() {
    for test in test_apps(&[]).await {
        let world = running(&test).await;
        let (page, form) = (format!("/leads/{}", world.lead), format!("/leads/{}/sequence", world.lead));
        let campaign = world.campaign.to_string();
        let act = |act: &'static str, until: &'static str| {
            let (owner, form, campaign) = (&world.owner, form.clone(), campaign.clone());
            async move { owner.post(&form, &[("campaign", &campaign), ("act", act), ("until", until)]).await }
        };
        for wrong in ["tomorrow", "2026-11-22"] {
            let answer = act("hold", wrong).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(answer.body.contains(&format!("until-{campaign}-error")), "{}", answer.body);
        }
        assert_eq!(act("hold", "").await.location, page);
        assert_eq!(enrolment(&test, &world).await, ("held".into(), Some("by_person".into()), None));
        assert!(world.owner.get(&page).await.body.contains("Held: by a member."));
        act("continue", "").await;
        let due = Some(NOW.plus(DAY));
        assert_eq!(enrolment(&test, &world).await, ("active".into(), None, due), "not sooner than before");
        act("hold", "2026-12-24").await;
        let body = world.owner.get(&page).await.body;
        assert!(body.contains("Held until Thu 24 Dec, 00:00 (Berlin): by a member."), "{body}");
        act("stop", "").await;
        assert_eq!(enrolment(&test, &world).await, ("stopped".into(), Some("by_person".into()), None));
        let body = world.owner.get(&page).await.body;
        assert!(body.contains("Stopped: by a member.") && body.contains("The sequence continues."), "{body}");
        let viewer = test.sign_in_as(world.owner.workspace, Role::Viewer).await;
        let refused = viewer.post(&form, &[("campaign", &campaign), ("act", "stop")]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn skipping_the_last_mail_finishes_the_sequence() {
    for test in test_apps(&[]).await {
        let world = running(&test).await;
        let fields = [("campaign", world.campaign.to_string()), ("act", "skip".to_owned())];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, text)| (*name, text.as_str())).collect();
        world.owner.post(&format!("/leads/{}/sequence", world.lead), &fields).await;
        assert_eq!(enrolment(&test, &world).await.0, "finished");
        let page = world.owner.get(&world.page("/activity?kind=skipped")).await.body;
        assert!(page.contains("Mail 1 was skipped: by a member."), "{page}");
    }
}

#[tokio::test]
async fn suppressing_a_lead_stops_every_sequence_of_the_person_and_keeps_a_hidden_address_hidden() {
    for test in test_apps(&[]).await {
        let world = running(&test).await;
        let mut tx = test.app.db.write().await.unwrap();
        let key = test.app.of::<crate::suppression::SuppressionKeys>().canonical(&"mara@corp.example".parse().unwrap());
        run!(&mut tx, "update enrolments set canonical_key = $2 where workspace_id = $1", world.owner.workspace, key);
        run!(&mut tx, "update leads set revealed_at = null where workspace_id = $1", world.owner.workspace);
        tx.commit().await.unwrap();
        let (campaign, form) = (world.campaign.to_string(), format!("/leads/{}/sequence", world.lead));
        world.owner.post(&form, &[("campaign", &campaign), ("act", "suppress")]).await;
        assert_eq!(enrolment(&test, &world).await, ("stopped".into(), Some("suppressed".into()), None));
        let list = world.owner.get("/settings/suppression").await.body;
        assert!(list.contains("m••@corp.example") && !list.contains("mara@corp.example"), "{list}");
    }
}

#[tokio::test]
async fn leads_are_filtered_by_their_sequence_and_changed_together() {
    for test in test_apps(&[]).await {
        let world = running(&test).await;
        let leads = world.page("/leads");
        assert!(world.owner.get(&format!("{leads}?sequence=active")).await.body.contains("Mara Quill"));
        assert!(world.owner.get(&format!("{leads}?sequence=held")).await.body.contains("No lead fits these filters"));
        let picking = world.owner.get(&format!("{leads}?pick=1")).await.body;
        assert!(
            picking.contains("Choose Mara Quill") && picking.contains("All 1 lead that the filters find"),
            "{picking}"
        );
        let form = world.page("/leads/sequence");
        let none = world.owner.post(&form, &[("act", "hold")]).await;
        assert!(none.location.starts_with(&leads), "{none:?}");
        assert_eq!(enrolment(&test, &world).await.0, "active");
        let ticked = world.lead.to_string();
        world.owner.post(&form, &[("act", "hold"), ("lead", &ticked)]).await;
        assert_eq!(enrolment(&test, &world).await.0, "held");
        world.owner.post(&form, &[("act", "continue"), ("all", "1"), ("sequence", "active")]).await;
        assert_eq!(enrolment(&test, &world).await.0, "held", "the filter finds none");
        world.owner.post(&form, &[("act", "continue"), ("all", "1"), ("sequence", "held")]).await;
        assert_eq!(enrolment(&test, &world).await.0, "active");
    }
}

#[tokio::test]
async fn the_operator_stops_all_sending_and_limits_a_workspace() {
    for test in test_apps(&[]).await {
        let world = running(&test).await;
        let operator = test.sign_in_operator().await;
        assert_eq!(world.owner.get("/admin/sending").await.status, StatusCode::NOT_FOUND);
        let empty = operator.post("/admin/sending/stop", &[("reason", " ")]).await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(empty.body.contains("reason-error"), "{}", empty.body);
        operator.post("/admin/sending/stop", &[("reason", "Moving house")]).await;
        let page = world.owner.get(&world.page("")).await.body;
        assert!(page.contains("The operator has stopped all sending: “Moving house”"), "{page}");
        assert!(operator.get("/admin/sending").await.body.contains("Moving house"));
        operator.post("/admin/sending/resume", &[]).await;
        assert!(world.owner.get(&world.page("")).await.body.contains("between steps"));
        let ceiling = format!("/admin/sending/workspaces/{}", world.owner.workspace);
        let wrong = operator.post(&ceiling, &[("ceiling", "lots")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.body.contains("value=\"lots\""), "{}", wrong.body);
        operator.post(&ceiling, &[("ceiling", "0")]).await;
        let page = world.owner.get(&world.page("")).await.body;
        assert!(page.contains("The operator allows this workspace 0 mails a day"), "{page}");
        for typed in ["0", "many", "10001"] {
            let wrong = operator.post("/admin/sending/first-day", &[("first_day", typed)]).await;
            assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(wrong.body.contains("first_day-error") && wrong.body.contains(typed), "{}", wrong.body);
        }
        assert_eq!(
            world.owner.post("/admin/sending/first-day", &[("first_day", "20")]).await.status,
            StatusCode::NOT_FOUND
        );
        operator.post("/admin/sending/first-day", &[("first_day", "20")]).await;
        assert!(operator.get("/admin/sending").await.body.contains("value=\"20\""));
        let settings = world.owner.get(&format!("/settings/mailboxes/{}/settings", world.mailbox)).await.body;
        assert!(settings.contains("allows a new mailbox 20 mails on its first day"), "{settings}");
        operator.post("/admin/sending/first-day", &[("first_day", "")]).await;
        let settings = world.owner.get(&format!("/settings/mailboxes/{}/settings", world.mailbox)).await.body;
        assert!(!settings.contains("on its first day, and as many more"), "{settings}");
    }
}

#[tokio::test]
async fn a_duplicate_has_the_mails_and_the_schedule_and_no_leads() {
    for test in test_apps(&[]).await {
        let world = running(&test).await;
        let made = world.owner.post(&world.page("/duplicate"), &[]).await.location;
        let copy = made.split('/').nth(3).unwrap().to_owned();
        let page = world.owner.get(&format!("/campaigns/{copy}/checklist")).await.body;
        assert!(page.contains("Copy of Autumn") && page.contains("1 mail is written."), "{page}");
        assert!(page.contains("It sends from 1 mailbox.") && page.contains("It has no leads"), "{page}");
        // Its mails are new ones, so people may get them again: the checklist says how many were mailed before.
        let mut tx = test.app.db.write().await.unwrap();
        run!(&mut tx, "update leads set mailed_at = 1 where workspace_id = $1", world.owner.workspace);
        run!(
            &mut tx,
            "insert into campaign_leads (workspace_id, campaign_id, lead_id, added_at)
             select workspace_id, $2, id, 0 from leads where workspace_id = $1",
            world.owner.workspace,
            copy.parse::<crate::ids::CampaignId>().unwrap()
        );
        let steps: Vec<StepId> = on!(&mut tx, c => sqlx::query_scalar("select id from steps where workspace_id = $1")
            .bind(world.owner.workspace).fetch_all(c).await)
        .unwrap();
        tx.commit().await.unwrap();
        assert!(steps.len() == 2 && steps[0] != steps[1]);
        let page = world.owner.get(&format!("/campaigns/{copy}/checklist")).await.body;
        assert!(page.contains("1 lead; of them 1 mailed before"), "{page}");
    }
}

#[tokio::test]
async fn an_archived_campaign_sends_no_more_and_has_no_page() {
    for test in test_apps(&[]).await {
        let world = running(&test).await;
        assert_eq!(world.owner.post(&world.page("/archive"), &[]).await.location, "/campaigns");
        assert_eq!(enrolment(&test, &world).await, ("stopped".into(), Some("campaign_ended".into()), None));
        assert_eq!(world.owner.get(&world.page("")).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_worker_that_is_silent_is_said() {
    for test in test_apps(&[]).await {
        let world = running(&test).await;
        test.app.clock.advance(std::time::Duration::from_secs(121));
        let page = world.owner.get(&world.page("")).await.body;
        assert!(page.contains("no worker has run since Sun 22 Nov, 10:36 (Berlin)"), "{page}");
        heartbeat::give(&test.app.db, test.app.clock.now()).await.unwrap();
        assert!(world.owner.get(&world.page("")).await.body.contains("between steps"));
    }
}

#[tokio::test]
async fn a_member_decides_about_mails_whose_outcome_is_unknown() {
    for test in test_apps(&[]).await {
        let world = running(&test).await;
        let page = world.page("/unknown");
        assert!(world.owner.get(&page).await.body.contains("Every outcome is known"));
        let mut tx = test.app.db.write().await.unwrap();
        run!(
            &mut tx,
            "insert into sends (workspace_id, id, kind, campaign_id, lead_id, step_id, mailbox_id, recipient_key, canonical_key, message_id,
                 state, state_since, sending_at, fence, reply_words)
             select e.workspace_id, $2, 'step', e.campaign_id, e.lead_id, p.id, m.id, e.recipient_key, e.canonical_key, 'x@acme.example',
                 'unknown', 0, 0, 1, 'the server closed the connection'
             from enrolments e join steps p on p.workspace_id = e.workspace_id and p.campaign_id = e.campaign_id and p.position = 1
             join mailboxes m on m.workspace_id = e.workspace_id where e.workspace_id = $1",
            world.owner.workspace,
            SendId::new()
        );
        run!(
            &mut tx,
            "update enrolments set state = 'held', code = 'unknown_outcome', due_at = null where workspace_id = $1",
            world.owner.workspace
        );
        tx.commit().await.unwrap();
        let overview = world.owner.get(&world.page("")).await.body;
        assert!(overview.contains("Decide about them") && overview.contains(&page), "{overview}");
        let body = world.owner.get(&page).await.body;
        assert!(body.contains("the server closed the connection") && body.contains("Send again"), "{body}");
        let viewer = test.sign_in_as(world.owner.workspace, Role::Viewer).await;
        assert!(!viewer.get(&page).await.body.contains("Send again"));
        assert_eq!(viewer.post(&page, &[("act", "again")]).await.status, StatusCode::FORBIDDEN);
        assert_eq!(world.owner.post(&page, &[("act", "maybe")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(world.owner.post(&page, &[("act", "count")]).await.location, page);
        assert!(world.owner.get(&page).await.body.contains("Every outcome is known"));
        let activity = world.owner.get(&world.page("/activity")).await.body;
        assert!(activity.contains("The mail counts as sent; the sequence continues."), "{activity}");
        assert_eq!(test.sign_in().await.post(&page, &[("act", "count")]).await.status, StatusCode::NOT_FOUND);
    }
}
