//! Sequences from the editor to the preview, on every database at hand.

use axum::http::StatusCode;

use super::{
    edit::{Draft, SequenceRefusal, StepDraft, VariantDraft, save},
    lead_values::{coverage, values_of},
    preview::{Wanted, preview},
    sequence::{Step, sequence},
};
use crate::{
    accounts::Member,
    app::testing::{Browser, NOW, TestApp, test_apps},
    campaigns::{
        ids::LeadId,
        leads::list::{self, LeadQuery},
        lists,
        requests::tests::add_campaign,
    },
    directory::imports,
    ids::CampaignId,
    on,
    outreach::ids::{MailboxId, SendId, StepId},
    server::{clock::Instant, error::AppError, form::Form, jobs::Round, query::FromQuery},
    suppression::{SuppressionKeys, object},
};

struct World {
    test: TestApp,
    browser: Browser,
    member: Member,
    campaign: CampaignId,
}

/// An instance on each database, with an owner and a campaign.
async fn worlds() -> Vec<World> {
    let mut worlds = Vec::new();
    let data = tempfile::tempdir().unwrap().keep();
    for test in test_apps(&[("FAIRLEAD_DATA", data.to_str().unwrap())]).await {
        let browser = test.sign_in().await;
        let member = browser.member();
        let campaign = add_campaign(&test.app, &member).await;
        worlds.push(World { test, browser, member, campaign });
    }
    worlds
}

fn mail(subject: &str, body: &str) -> StepDraft {
    let variant = VariantDraft { weight: 1, subject: subject.into(), body: body.into(), ..VariantDraft::default() };
    StepDraft { delay_days: 3, working_days: true, variants: vec![variant], ..StepDraft::default() }
}

/// What is stored, as its page would send it back.
fn unchanged(steps: &[Step]) -> Draft {
    let variant = |variant: &super::sequence::Variant| VariantDraft {
        id: Some(variant.id),
        based_on: Some(variant.text.id),
        weight: variant.weight,
        subject: variant.text.subject.clone(),
        body: variant.text.body.clone(),
    };
    let step = |step: &Step| StepDraft {
        id: Some(step.id),
        delay_days: step.delay_days,
        working_days: step.working_days,
        new_thread: step.new_thread,
        variants: step.variants.iter().map(variant).collect(),
    };
    Draft { steps: steps.iter().map(step).collect(), ..Draft::default() }
}

impl World {
    async fn save(&self, draft: &Draft) -> Result<bool, AppError> {
        let mut tx = self.test.app.db.write().await.unwrap();
        let saved = save(&mut tx, &self.member, self.campaign, draft, NOW).await?;
        tx.commit().await.unwrap();
        Ok(saved.changed)
    }

    async fn sequence(&self) -> Vec<Step> {
        let mut tx = self.test.app.db.read().await.unwrap();
        sequence(&mut tx, self.member.workspace, self.campaign).await.unwrap()
    }

    async fn count(&self, sql: &'static str) -> i64 {
        let mut tx = self.test.app.db.read().await.unwrap();
        on!(&mut tx, c => sqlx::query_scalar(sql).bind(self.member.workspace).fetch_one(c).await).unwrap()
    }

    async fn run(&self, sql: &'static str, step: StepId) {
        let mut tx = self.test.app.db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query(sql).bind(self.member.workspace).bind(step).execute(c).await.map(drop)).unwrap();
        tx.commit().await.unwrap();
    }

    /// Brings a list of the customer's own into the campaign.
    async fn bring(&self, file: &str) -> Vec<LeadId> {
        let app = &self.test.app;
        let stored_as = format!("{}.csv", crate::ids::uuid_v7());
        let folder = imports::upload::folder(&app.config.data);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(&stored_as), file).unwrap();
        let survey = imports::survey(&folder.join(&stored_as)).unwrap();
        let mut tx = app.db.write().await.unwrap();
        let draft = lists::store::Draft {
            campaign: self.campaign,
            file_name: "mine.csv",
            stored_as: &stored_as,
            survey: &survey,
            maker: self.member.user,
        };
        let id = lists::store::draft(&mut tx, self.member.workspace, &draft, NOW).await.unwrap();
        let list = lists::store::list(&mut tx, self.member.workspace, id).await.unwrap();
        assert!(lists::store::start(&mut tx, &list, &list.mapping, lists::Duplicates::Campaign, NOW).await.unwrap());
        tx.commit().await.unwrap();
        while lists::worker::turn(app.clone()).await.unwrap() == Round::Worked {}
        let query = LeadQuery::from_query(&Form::of(&[("sort", "name"), ("order", "asc")])).unwrap();
        let mut tx = app.db.read().await.unwrap();
        let leads = list::leads(&mut tx, self.member.workspace, self.campaign, &query, 0, 100).await.unwrap();
        leads.into_iter().map(|lead| lead.id).collect()
    }

    /// A mailbox, an enrolment of `lead` in `state` that waits for `step`, and a send of it in `sent`, if there is one.
    async fn enrol(&self, lead: LeadId, state: &str, step: StepId, due_at: Option<Instant>, send: Option<&str>) {
        let (workspace, key) = (self.member.workspace, lead.0.as_bytes().repeat(2));
        let mailbox = MailboxId::new();
        let mut tx = self.test.app.db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query(
            "insert into mailboxes (workspace_id, id, kind, address, sender_name, signature, time_zone, daily_cap, gap_min_s, gap_max_s,
                 spread, state, state_since, created_by, created_at)
             values ($1, $2, 'outbox', $3, 'Jo Writer', '', 'UTC', 30, 60, 180, $4, 'active', 0, $5, 0)")
            .bind(workspace).bind(mailbox).bind(format!("{mailbox}@acme.example")).bind(true).bind(self.member.user)
            .execute(c).await.map(drop)).unwrap();
        on!(&mut tx, c => sqlx::query(
            "insert into enrolments (workspace_id, campaign_id, lead_id, recipient_key, canonical_key, place, state, since, next_step_id,
                 due_at, mailbox_id, occupies, last_sent_at)
             values ($1, $2, $3, $4, $4, 1, $5, 0, $6, $7, $8, $9, 1)")
            .bind(workspace).bind(self.campaign).bind(lead).bind(&key).bind(state).bind(step).bind(due_at).bind(mailbox).bind(true)
            .execute(c).await.map(drop)).unwrap();
        if let Some(send) = send {
            let id = SendId::new();
            on!(&mut tx, c => sqlx::query(
                "insert into sends (workspace_id, id, kind, campaign_id, lead_id, step_id, mailbox_id, recipient_key, canonical_key,
                     message_id, state, state_since, sending_at)
                 values ($1, $2, 'step', $3, $4, $5, $6, $7, $7, $8, $9, 0, case when $9 = 'sending' then 1 end)")
                .bind(workspace).bind(id).bind(self.campaign).bind(lead).bind(step).bind(mailbox).bind(&key).bind(id.to_string())
                .bind(send).execute(c).await.map(drop)).unwrap();
        }
        tx.commit().await.unwrap();
    }

    async fn enrolment(&self, lead: LeadId) -> (String, Option<StepId>, Option<Instant>) {
        let mut tx = self.test.app.db.read().await.unwrap();
        on!(&mut tx, c => sqlx::query_as(
            "select state, next_step_id, due_at from enrolments where workspace_id = $1 and lead_id = $2")
            .bind(self.member.workspace).bind(lead).fetch_one(c).await)
        .unwrap()
    }
}

fn refusal(saved: Result<bool, AppError>) -> String {
    match saved {
        Err(AppError::Conflict(refusal)) => refusal.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_edit_makes_another_text_and_saving_twice_makes_none() {
    for world in worlds().await {
        let draft = Draft { steps: vec![mail("A", "Hi"), mail("", "Again")], ..Draft::default() };
        assert!(world.save(&draft).await.unwrap());
        let steps = world.sequence().await;
        assert_eq!(steps.iter().map(|step| step.position).collect::<Vec<_>>(), [1, 2]);
        assert_eq!((steps[0].has_subject(), steps[1].has_subject()), (true, false));
        let mut draft = unchanged(&steps);
        assert!(!world.save(&draft).await.unwrap());
        draft.steps[0].variants[0].body = "Hello".into();
        draft.steps[0].variants.push(VariantDraft {
            weight: 3,
            subject: "B".into(),
            body: "Hey".into(),
            ..VariantDraft::default()
        });
        assert!(world.save(&draft).await.unwrap());
        let edited = world.sequence().await;
        let variants: Vec<(&str, i64, &str)> =
            edited[0].variants.iter().map(|one| (one.letter.as_str(), one.weight, one.text.body.as_str())).collect();
        assert_eq!(variants, [("A", 1, "Hello"), ("B", 3, "Hey")]);
        assert_eq!(edited[0].variants[0].id, steps[0].variants[0].id);
        assert_eq!(world.count("select count(*) from texts where workspace_id = $1").await, 4, "the first text stays");
        let mut draft = unchanged(&edited);
        draft.removed_variant = draft.steps[0].variants.remove(0).id;
        assert!(world.save(&draft).await.unwrap());
        assert_eq!(world.sequence().await[0].variants[0].letter, "B");
    }
}

#[tokio::test]
async fn what_another_member_changed_is_not_overwritten() {
    for world in worlds().await {
        world.save(&Draft { steps: vec![mail("A", "Hi")], ..Draft::default() }).await.unwrap();
        let mut mine = unchanged(&world.sequence().await);
        let mut theirs = mine.clone();
        theirs.steps[0].variants[0].body = "Theirs".into();
        world.save(&theirs).await.unwrap();
        mine.steps[0].variants[0].body = "Mine".into();
        let changed = SequenceRefusal::Changed.to_string();
        assert_eq!(refusal(world.save(&mine).await), changed);
        let mut more = unchanged(&world.sequence().await);
        more.steps.push(mail("", "More"));
        let before = more.clone();
        world.save(&more).await.unwrap();
        assert_eq!(
            refusal(world.save(&unchanged(&world.sequence().await[..1])).await),
            changed,
            "the new one was not removed"
        );
        assert_eq!(before.steps.len(), world.sequence().await.len());
    }
}

#[tokio::test]
async fn steps_change_places_until_a_send_names_them() {
    for world in worlds().await {
        let steps = vec![mail("A", "One"), mail("", "Two"), mail("", "Three")];
        world.save(&Draft { steps, ..Draft::default() }).await.unwrap();
        let mut draft = unchanged(&world.sequence().await);
        draft.steps.swap(1, 2);
        assert!(world.save(&draft).await.unwrap());
        let bodies = |steps: &[Step]| steps.iter().map(|step| step.variants[0].text.body.clone()).collect::<Vec<_>>();
        let steps = world.sequence().await;
        assert_eq!(bodies(&steps), ["One", "Three", "Two"]);
        let lead = world.bring("Email\nann@x.example\n").await[0];
        world.enrol(lead, "in_flight", steps[1].id, None, Some("claimed")).await;
        let mut draft = unchanged(&steps);
        draft.steps.swap(1, 2);
        assert_eq!(refusal(world.save(&draft).await), SequenceRefusal::SentInThisOrder.to_string());
        // Another mail at the end changes no order.
        let mut draft = unchanged(&steps);
        draft.steps.push(mail("", "Four"));
        assert!(world.save(&draft).await.unwrap());
    }
}

#[tokio::test]
async fn who_waited_for_a_removed_step_gets_the_next_one_and_its_unsent_mails_are_cancelled() {
    for world in worlds().await {
        let steps = vec![mail("A", "One"), mail("", "Two"), mail("", "Three")];
        world.save(&Draft { steps, ..Draft::default() }).await.unwrap();
        let steps = world.sequence().await;
        let leads = world.bring("Email,First name\na@x.example,A\nb@x.example,B\nc@x.example,C\nd@x.example,D\n").await;
        let later = NOW.plus(std::time::Duration::from_secs(60));
        world.enrol(leads[0], "active", steps[1].id, Some(Instant(5)), None).await;
        world.enrol(leads[1], "active", steps[1].id, Some(later), None).await;
        world.enrol(leads[2], "in_flight", steps[1].id, None, Some("queued")).await;
        world.enrol(leads[3], "in_flight", steps[1].id, None, Some("sending")).await;
        let mut draft = unchanged(&steps);
        draft.removed_step = draft.steps.remove(1).id;
        assert!(world.save(&draft).await.unwrap());
        let next = Some(steps[2].id);
        let positions = world.sequence().await.iter().map(|step| (step.id, step.position)).collect::<Vec<_>>();
        assert_eq!(positions, [(steps[0].id, 1), (steps[2].id, 2)]);
        assert_eq!(world.enrolment(leads[0]).await, ("active".into(), next, Some(NOW)));
        assert_eq!(world.enrolment(leads[1]).await, ("active".into(), next, Some(later)));
        assert_eq!(world.enrolment(leads[2]).await, ("active".into(), next, Some(NOW)));
        assert_eq!(
            world.enrolment(leads[3]).await,
            ("in_flight".into(), Some(steps[1].id), None),
            "its mail is leaving"
        );
        assert_eq!(world.count("select count(*) from sends where workspace_id = $1 and state = 'cancelled'").await, 1);
        // Without a next one they have finished.
        let mut draft = unchanged(&world.sequence().await);
        draft.removed_step = draft.steps.remove(1).id;
        world.save(&draft).await.unwrap();
        assert_eq!(world.enrolment(leads[0]).await, ("finished".into(), None, None));
        world.run("update sends set step_id = $2, state = 'sent', sent_at = 1 where workspace_id = $1 and state = 'sending'", steps[0].id).await;
        let last = Draft { removed_step: Some(steps[0].id), ..Draft::default() };
        assert_eq!(refusal(world.save(&last).await), SequenceRefusal::NeedsAMail.to_string());
    }
}

#[tokio::test]
async fn own_columns_are_fields_with_coverage_and_a_preview_shows_what_a_lead_gets() {
    for world in worlds().await {
        let file = "Email,First name,Company,Ice Breaker,Plan\n\
             ann@x.example,Ann,Acorn,Nice {talk|x}!,Pro\n\
             bo@x.example,n/a,Acorn,,Free\n\
             cy@x.example,Cy,null,-,Free\n";
        let leads = world.bring(file).await;
        let (workspace, campaign) = (world.member.workspace, world.campaign);
        let mut tx = world.test.app.db.read().await.unwrap();
        let covered = coverage(&mut tx, workspace, campaign).await.unwrap();
        assert_eq!(covered.columns, ["ice_breaker", "plan"]);
        let lacking = |field| covered.lacking(field);
        assert_eq!(
            (covered.leads, lacking("first_name"), lacking("company"), lacking("ice_breaker"), lacking("plan")),
            (3, 1, 1, 2, 0)
        );
        assert_eq!((lacking("full_name"), lacking("sender_name"), lacking("title")), (1, 0, 3));
        let values = values_of(&mut tx, workspace, &leads).await.unwrap();
        assert_eq!(values.len(), 3);
        drop(tx);
        let draft = Draft {
            steps: vec![mail("For {{first_name|you}}", "{{ice_breaker}}"), mail("", "Hi {{first_name}}")],
            ..Draft::default()
        };
        world.save(&draft).await.unwrap();
        let steps = world.sequence().await;
        let mut tx = world.test.app.db.read().await.unwrap();
        let first = preview(
            &mut tx,
            world.test.app.of::<SuppressionKeys>(),
            (workspace, campaign),
            steps[0].id,
            Wanted::default(),
            ("https://acme.example/u/x", NOW),
        )
        .await
        .unwrap();
        let ann = first.recipient.lead.unwrap();
        let mail = first.mail.unwrap();
        assert_eq!(mail.subject, "For Ann");
        let text = first.closing.below(&mail.body, "https://acme.example/u/x");
        assert_eq!(text, "Nice {talk|x}!\n\nNot relevant? Stop these mails: https://acme.example/u/x");
        assert!(first.before.is_none() && first.after.is_some());
        let second = preview(
            &mut tx,
            world.test.app.of::<SuppressionKeys>(),
            (workspace, campaign),
            steps[1].id,
            Wanted { lead: Some(ann), lacking: false },
            ("x", NOW),
        )
        .await
        .unwrap();
        assert_eq!(second.mail.unwrap().subject, "Re: For Ann");
        let lacking = Wanted { lead: None, lacking: true };
        let lacking = preview(
            &mut tx,
            world.test.app.of::<SuppressionKeys>(),
            (workspace, campaign),
            steps[1].id,
            lacking,
            ("x", NOW),
        )
        .await
        .unwrap();
        assert_eq!(lacking.recipient.address, "bo@x.example");
        assert_eq!(lacking.mail, Err(super::render::Held::MissingField("first_name".into())));
        assert!(lacking.before.is_none() && lacking.after.is_none());
        let keys = world.test.app.of::<SuppressionKeys>();
        let wanted = Wanted { lead: None, lacking: true };
        let lacking = preview(&mut tx, keys, (workspace, campaign), steps[0].id, wanted, ("x", NOW)).await.unwrap();
        assert_eq!(lacking.recipient.address, "bo@x.example", "Ann has an icebreaker");
        assert!(lacking.before.is_none() && lacking.after.is_some());
        let stranger = Wanted { lead: Some(LeadId::new()), lacking: false };
        let stranger = preview(
            &mut tx,
            world.test.app.of::<SuppressionKeys>(),
            (workspace, campaign),
            steps[0].id,
            stranger,
            ("x", NOW),
        )
        .await;
        assert!(matches!(stranger, Err(AppError::NotFound)));
    }
}

#[tokio::test]
async fn the_editor_saves_and_shows_what_was_typed_beside_what_is_wrong() {
    for world in worlds().await {
        let address = format!("/campaigns/{}/emails", world.campaign);
        assert!(
            world.browser.get(&address).await.body.contains("Write the first mail as you would write it to one person")
        );
        let wrong =
            [("subject-0-0", "Hi"), ("body-0-0", "Dear {{fist_name}}"), ("weight-0-0", "1"), ("language", "en")];
        let answer = world.browser.post(&address, &wrong).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            answer.body.contains("Did you mean “first_name”?") && answer.body.contains("Dear {{fist_name}}"),
            "{}",
            answer.body
        );
        let right = [
            ("subject-0-0", "Hi"),
            ("body-0-0", "Dear {{first_name|friend}}"),
            ("weight-0-0", "1"),
            ("language", "de"),
        ];
        let answer = world.browser.post(&address, &right).await;
        assert_eq!((answer.status, answer.location.as_str()), (StatusCode::SEE_OTHER, address.as_str()));
        let page = world.browser.get(&address).await.body;
        assert!(page.contains("Dear {{first_name|friend}}") && page.contains("Diese E-Mails abbestellen"), "{page}");
        let step = world.sequence().await[0].id;
        let page = world.browser.get(&format!("{address}/{step}/preview")).await.body;
        assert!(page.contains("Dear Mara") && page.contains("A made-up person"), "{page}");
        let stranger = world.test.sign_in().await;
        for address in [address.clone(), format!("{address}/{step}/preview")] {
            assert_eq!(stranger.get(&address).await.status, StatusCode::NOT_FOUND);
        }
        assert_eq!(stranger.post(&address, &right).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_test_mail_goes_to_own_addresses_only_and_never_more_often_than_the_limit() {
    for world in worlds().await {
        world.save(&Draft { steps: vec![mail("Hello", "Hi {{first_name}}")], ..Draft::default() }).await.unwrap();
        let step = world.sequence().await[0].id;
        let address = format!("/campaigns/{}/emails/tests", world.campaign);
        let (step_text, own) = (step.to_string(), format!("{}@acme.example", world.member.user));
        let send = async |to: &str| world.browser.post(&address, &[("step", &step_text), ("to", to)]).await;
        let tests = "select count(*) from sends where workspace_id = $1 and kind = 'test' and state = 'sent'";
        assert_eq!(send(&own).await.status, StatusCode::SEE_OTHER);
        assert_eq!(world.count(tests).await, 0, "there is no mailbox to send from");
        let lead = world.bring("Email,First name\nann@x.example,Ann\n").await[0];
        world.enrol(lead, "active", step, Some(NOW), None).await;
        assert_eq!(send("ann@x.example").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(world.count(tests).await, 0);
        for _ in 0..21 {
            assert_eq!(send(&own).await.status, StatusCode::SEE_OTHER);
        }
        assert_eq!(world.count(tests).await, 20);
        // Test mails do not go to a person who objected either, however few were sent.
        world.test.app.clock.advance(std::time::Duration::from_secs(2 * 60 * 60));
        let mut tx = world.test.app.db.write().await.unwrap();
        object(&mut tx, world.test.app.of(), &own.parse().unwrap(), NOW).await.unwrap();
        tx.commit().await.unwrap();
        let refused = send(&own).await;
        assert!(world.browser.get(&refused.location).await.body.contains("no test mail does either"));
        assert_eq!(world.count(tests).await, 20);
        let mails = "select count(*) from outbox_mails where workspace_id = $1 and subject = '[Test] Hello' and recipient like '%@acme.example'";
        assert_eq!(world.count(mails).await, 20);
    }
}

#[tokio::test]
async fn a_sequence_has_at_most_ten_mails_and_a_mail_five_variants() {
    for world in worlds().await {
        let too_long = Draft { steps: vec![mail("A", "One"); 11], ..Draft::default() };
        assert_eq!(refusal(world.save(&too_long).await), SequenceRefusal::TooMany.to_string());
        let one = mail("A", "One");
        let variants = vec![one.variants[0].clone(); 6];
        let too_wide = Draft { steps: vec![StepDraft { variants, ..one }], ..Draft::default() };
        assert_eq!(refusal(world.save(&too_wide).await), SequenceRefusal::TooMany.to_string());
        assert_eq!(world.sequence().await, []);
        let most = Draft { steps: vec![mail("A", "One"); 10], ..Draft::default() };
        assert!(world.save(&most).await.unwrap());
    }
}

#[tokio::test]
async fn what_a_list_brings_is_text_on_pages_and_never_markup() {
    for world in worlds().await {
        let markup = "<script>alert(1)</script>";
        world.bring(&format!("Email,First name,Company\na@x.example,{markup},\"{markup}\"\n")).await;
        let draft = Draft { steps: vec![mail("For {{company}}", "Hi {{first_name}}")], ..Draft::default() };
        world.save(&draft).await.unwrap();
        let step = world.sequence().await[0].id;
        for path in [format!("emails/{step}/preview"), "emails".into(), "leads".into(), "checklist".into()] {
            let page = world.browser.get(&format!("/campaigns/{}/{path}", world.campaign)).await;
            assert!(!page.body.contains(markup), "{path}: {}", page.body);
        }
        let page = world.browser.get(&format!("/campaigns/{}/emails/{step}/preview", world.campaign)).await;
        assert!(page.body.contains("&lt;script&gt;"), "{}", page.body);
    }
}

#[tokio::test]
async fn a_save_says_who_gets_the_new_text_and_every_text_is_kept_to_compare() {
    for world in worlds().await {
        let address = format!("/campaigns/{}/emails", world.campaign);
        world
            .save(&Draft { steps: vec![mail("Hello", "Hi {{first_name}}"), mail("", "Again")], ..Draft::default() })
            .await
            .unwrap();
        let steps = world.sequence().await;
        let page = format!("{address}/{}/revisions", steps[0].id);
        let body = world.browser.get(&page).await.body;
        assert!(body.contains("nothing to compare") && body.contains("In use"), "{body}");
        let leads = world.bring("Email,First name\nann@x.example,Ann\nbo@x.example,Bo\ncy@x.example,Cy\n").await;
        world.enrol(leads[0], "active", steps[0].id, Some(NOW), None).await;
        world.enrol(leads[1], "in_flight", steps[0].id, None, Some("unknown")).await;
        world.enrol(leads[2], "active", steps[1].id, Some(NOW), None).await;
        let mut draft = unchanged(&steps);
        draft.steps[0].variants[0].body = "Hello {{first_name}}".into();
        draft.steps[1].variants[0].body = "Again?".into();
        let mut tx = world.test.app.db.write().await.unwrap();
        let at = NOW.plus(std::time::Duration::from_secs(60));
        let saved = save(&mut tx, &world.member, world.campaign, &draft, at).await.unwrap();
        let reach =
            super::reach::reach(&mut tx, world.member.workspace, world.campaign, &saved.rewritten).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(
            super::reach::sentence(&saved, &reach),
            "Saved. Mail 1: 1 lead gets the new text, 1 had the old one. Mail 2: 3 leads get the new text, 0 had the old one."
        );
        let body = world.browser.get(&page).await.body;
        assert!(body.contains("<del>Hi</del>") && body.contains("<ins>Hello</ins>"), "{body}");
        let inline = world.browser.get(&format!("{page}?view=inline")).await.body;
        assert!(inline.contains("<del>Hi</del><ins>Hello</ins>"), "{inline}");
        let other = world.sequence().await[1].variants[0].text.id;
        assert_eq!(world.browser.get(&format!("{page}?to={other}")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(world.test.sign_in().await.get(&page).await.status, StatusCode::NOT_FOUND);
        assert_eq!(world.count("select count(*) from texts where workspace_id = $1 and variant_id is null").await, 0);
    }
}
