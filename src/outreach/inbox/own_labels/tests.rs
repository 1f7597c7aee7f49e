//! Labels of a workspace's own, time to undo, assignment and another sender, on every database.

use std::time::Duration;

use axum::http::StatusCode;

use crate::{
    accounts::Role,
    app::testing::{Browser, NOW, TestApp, test_apps},
    on,
    outreach::{
        inbox::{
            list::LABELLED_MAX,
            testing::{Answered, answered, thread},
        },
        progress::tests::run,
    },
};

async fn count(test: &TestApp, sql: &'static str) -> i64 {
    let mut tx = test.app.db.read().await.unwrap();
    on!(&mut tx, c => sqlx::query_scalar(sql).fetch_one(c).await).unwrap()
}

async fn make(owner: &Browser, name: &str, colour: &str, tone: &str) {
    let made = owner.post("/inbox/labels", &[("name", name), ("colour", colour), ("tone", tone)]).await;
    assert_eq!(made.location, "/inbox/settings", "{}", made.body);
}

async fn id_of(test: &TestApp, name: &str) -> String {
    let mut tx = test.app.db.read().await.unwrap();
    let id: uuid::Uuid = on!(&mut tx, c => sqlx::query_scalar("select id from inbox_labels where name = $1").bind(name).fetch_one(c).await).unwrap();
    id.to_string()
}

async fn tone(test: &TestApp, answered: &Answered) -> Option<String> {
    let mut tx = test.app.db.read().await.unwrap();
    on!(&mut tx, c => sqlx::query_scalar("select label_tone from threads where id = $1").bind(answered.thread).fetch_one(c).await).unwrap()
}

#[tokio::test]
async fn labels_are_made_put_on_conversations_filtered_by_changed_and_removed() {
    for test in test_apps(&[]).await {
        let answered = answered(&test).await;
        let (owner, path) = (&answered.world.owner, answered.path());
        assert!(owner.get("/inbox/settings").await.body.contains("No labels of your own yet"));
        make(owner, "Demo booked", "green", "positive").await;
        make(owner, "Partner", "blue", "neutral").await;
        let (demo, partner) = (id_of(&test, "Demo booked").await, id_of(&test, "Partner").await);

        assert_eq!(owner.post(&path, &[("act", "put"), ("own", &demo)]).await.location, path);
        assert_eq!(owner.post(&path, &[("act", "put"), ("own", &demo)]).await.location, path, "a second click");
        assert_eq!(owner.post(&path, &[("act", "put"), ("own", &partner)]).await.location, path);
        let page = owner.get(&path).await.body;
        assert!(page.contains("data-colour=\"green\"") && page.contains("Take “Demo booked” off"), "{page}");
        let list = owner.get(&format!("/inbox?own={demo}")).await.body;
        assert!(list.contains("Mara Quill") && list.contains("label-tag"), "{list}");
        assert_eq!(tone(&test, &answered).await.as_deref(), Some("positive"));
        assert!(count(&test, "select count(*) from outcome_changes").await > 0, "the figures follow");

        // What an answer is counts first.
        owner.post(&path, &[("act", "label"), ("label", "not_interested")]).await;
        assert_eq!(tone(&test, &answered).await.as_deref(), Some("negative"));
        owner.post(&path, &[("act", "label"), ("label", "")]).await;
        assert_eq!(tone(&test, &answered).await.as_deref(), Some("positive"));
        owner.post(&path, &[("act", "take"), ("own", &demo)]).await;
        assert_eq!(tone(&test, &answered).await.as_deref(), Some("neutral"));
        assert!(owner.get(&format!("/inbox?own={demo}")).await.body.contains("No conversation fits"));

        let changed = [("name", "Reseller"), ("colour", "pink"), ("tone", "negative")];
        assert_eq!(owner.post(&format!("/inbox/labels/{partner}"), &changed).await.location, "/inbox/settings");
        assert_eq!(tone(&test, &answered).await.as_deref(), Some("negative"));
        assert!(owner.get(&path).await.body.contains("data-colour=\"pink\""));
        let removal = format!("/inbox/labels/{partner}/removal");
        assert_eq!(owner.post(&removal, &[]).await.location, "/inbox/settings");
        assert_eq!(owner.post(&removal, &[]).await.status, StatusCode::NOT_FOUND, "a second click");
        assert_eq!(tone(&test, &answered).await, None);
        assert_eq!(count(&test, "select count(*) from thread_labels").await, 0);
    }
}

/// A label that many conversations have is shown another way than one of a few.
#[tokio::test]
async fn a_label_that_thousands_of_conversations_have_is_filtered_by_too() {
    for test in test_apps(&[]).await {
        let answered = answered(&test).await;
        let (owner, path) = (&answered.world.owner, answered.path());
        make(owner, "Partner", "blue", "neutral").await;
        make(owner, "Rare", "blue", "neutral").await;
        let (partner, rare) = (id_of(&test, "Partner").await, id_of(&test, "Rare").await);
        owner.post(&path, &[("act", "put"), ("own", &partner)]).await;
        owner.post(&path, &[("act", "put"), ("own", &rare)]).await;
        let ids: Vec<uuid::Uuid> = (0..LABELLED_MAX).map(|_| crate::ids::uuid_v7()).collect();
        let mut tx = test.app.db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query(
            "insert into threads (workspace_id, id, mailbox_id, recipient_key, person, address, subject, last_at, last_in_at)
             select t.workspace_id, unhex(j.value ->> 0, '-'), t.mailbox_id, t.recipient_key, 'Later ' || (j.value ->> 1), t.address, t.subject,
                 t.last_at + cast(j.value ->> 1 as bigint), t.last_in_at + cast(j.value ->> 1 as bigint)
             from json_each($1) j join threads t on t.id = $2")
            .bind(sqlx::types::Json(ids.iter().zip(1_i64..).collect::<Vec<_>>())).bind(answered.thread).execute(c).await.map(drop)).unwrap();
        on!(&mut tx, c => sqlx::query(
            "insert into thread_labels (workspace_id, thread_id, label_id, put_by, put_at)
             select x.workspace_id, t.id, x.label_id, x.put_by, x.put_at from thread_labels x
             join inbox_labels l on l.workspace_id = x.workspace_id and l.id = x.label_id and l.name = 'Partner'
             join threads t on t.workspace_id = x.workspace_id and t.id <> x.thread_id")
            .execute(c).await.map(drop))
        .unwrap();
        tx.commit().await.unwrap();

        let list = owner.get(&format!("/inbox?own={partner}")).await.body;
        let shown = |number: i64| list.contains(&format!("Later {number}<"));
        assert!(
            shown(LABELLED_MAX) && shown(LABELLED_MAX - 49) && !shown(LABELLED_MAX - 50),
            "the newest fifty: {list}"
        );
        let found = owner.get(&format!("/inbox?own={partner}&q=later+1999")).await.body;
        assert!(found.contains("Later 1999<") && !found.contains("Later 1998<"), "{found}");
        let few = owner.get(&format!("/inbox?own={rare}")).await.body;
        assert!(few.contains("Mara Quill") && !few.contains("Later 1<"), "{few}");
    }
}

#[tokio::test]
async fn several_conversations_get_a_label_and_those_changed_meanwhile_stay() {
    for test in test_apps(&[]).await {
        let answered = answered(&test).await;
        let owner = &answered.world.owner;
        let mut tx = test.app.db.write().await.unwrap();
        let other = thread(&test, &mut tx, &answered.world, "Bo Open", NOW).await;
        tx.commit().await.unwrap();
        make(owner, "Partner", "blue", "neutral").await;
        let partner = id_of(&test, "Partner").await;
        let mut tx = test.app.db.read().await.unwrap();
        let version: i64 = on!(&mut tx, c => sqlx::query_scalar("select version from threads where id = $1").bind(answered.thread).fetch_one(c).await).unwrap();
        drop(tx);
        let ticks = [format!("{}.{version}", answered.thread), format!("{other}.999")];
        let put = [
            ("act", "put"),
            ("set-own", partner.as_str()),
            ("thread", &ticks[0]),
            ("thread", &ticks[1]),
            ("pick", "1"),
        ];
        assert_eq!(owner.post("/inbox", &put).await.location, "/inbox");
        let after = owner.get("/inbox").await.body;
        assert!(after.contains("1 conversation is labelled. 1 conversation changed meanwhile and stayed."), "{after}");
        assert_eq!(count(&test, "select count(*) from thread_labels").await, 1);
        let none = owner.post("/inbox", &[("act", "put"), ("set-own", ""), ("thread", &ticks[0])]).await;
        assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[tokio::test]
async fn nonsense_is_said_beside_its_field_and_other_workspaces_have_other_labels() {
    for test in test_apps(&[]).await {
        let answered = answered(&test).await;
        let (owner, path) = (&answered.world.owner, answered.path());
        make(owner, "Wholesale", "blue", "neutral").await;
        let wholesale = id_of(&test, "Wholesale").await;
        let long = "x".repeat(41);
        for (fields, told) in [
            ([("name", ""), ("colour", "blue"), ("tone", "neutral")], "Give the label a name."),
            ([("name", long.as_str()), ("colour", "blue"), ("tone", "neutral")], "name-new-error"),
            (
                [("name", "wHOLESALE"), ("colour", "blue"), ("tone", "neutral")],
                "There is a label with this name already.",
            ),
            ([("name", "New"), ("colour", "url(x)"), ("tone", "neutral")], "Choose one of these colours."),
            ([("name", "New"), ("colour", "blue"), ("tone", "x")], "Choose what it counts as."),
        ] {
            let refused = owner.post("/inbox/labels", &fields).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
            assert!(refused.body.contains(told), "{told}: {}", refused.body);
        }
        make(owner, "<b>Bold</b>", "red", "neutral").await;
        let shown = owner.get("/inbox/settings").await.body;
        assert!(shown.contains("Bold") && !shown.contains("<b>Bold"), "{shown}");
        for wrong in ["", "x", "' or 1=1"] {
            assert_eq!(
                owner.get(&crate::server::query::address("/inbox", [("own", wrong.to_owned())])).await.status,
                StatusCode::OK
            );
            assert_eq!(
                owner.post(&path, &[("act", "put"), ("own", wrong)]).await.status,
                StatusCode::UNPROCESSABLE_ENTITY
            );
        }

        let stranger = test.sign_in().await;
        assert!(!stranger.get("/inbox/settings").await.body.contains("Wholesale"));
        let fields = [("name", "Mine"), ("colour", "blue"), ("tone", "neutral")];
        assert_eq!(stranger.post(&format!("/inbox/labels/{wholesale}"), &fields).await.status, StatusCode::NOT_FOUND);
        assert_eq!(
            stranger.post(&format!("/inbox/labels/{wholesale}/removal"), &[]).await.status,
            StatusCode::NOT_FOUND
        );
        assert_eq!(stranger.post(&path, &[("act", "put"), ("own", &wholesale)]).await.status, StatusCode::NOT_FOUND);
        make(&stranger, "Theirs", "grey", "neutral").await;
        let theirs = id_of(&test, "Theirs").await;
        owner.post(&path, &[("act", "put"), ("own", &theirs)]).await;
        assert_eq!(count(&test, "select count(*) from thread_labels").await, 0, "a label of another workspace is none");
        let viewer = test.sign_in_as(owner.workspace, Role::Viewer).await;
        assert_eq!(viewer.post("/inbox/labels", &fields).await.status, StatusCode::FORBIDDEN);
        assert_eq!(viewer.get("/inbox/settings").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn each_member_chooses_how_long_a_reply_can_be_undone() {
    for test in test_apps(&[]).await {
        let answered = answered(&test).await;
        let (owner, path) = (&answered.world.owner, answered.path());
        for nonsense in ["", "-1", "7", "1000000", "x"] {
            let refused = owner.post("/inbox/settings/undo", &[("seconds", nonsense)]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{nonsense}");
            assert!(refused.body.contains("Choose one of these times."), "{}", refused.body);
        }
        assert_eq!(owner.post("/inbox/settings/undo", &[("seconds", "30")]).await.location, "/inbox/settings");
        assert!(owner.get(&path).await.body.contains("It leaves after 30 seconds"));
        let member = test.sign_in_as(owner.workspace, Role::Member).await;
        assert!(member.get(&path).await.body.contains("It leaves after 10 seconds"));
        let fields = [("act", "send"), ("reply", "Hello"), ("newest", &answered.mail.to_string())];
        owner.post(&format!("{path}/reply"), &fields).await;
        assert!(owner.get(&path).await.body.contains("Leaves in 30 s."));
        owner.post("/inbox/settings/undo", &[("seconds", "0")]).await;
        assert!(owner.get(&path).await.body.contains("It leaves at once."));
    }
}

#[tokio::test]
async fn whoever_gets_a_conversation_assigned_is_told_as_they_chose() {
    for test in test_apps(&[]).await {
        let answered = answered(&test).await;
        let (owner, path) = (&answered.world.owner, answered.path());
        let (bo, cy) = (
            test.sign_in_as(owner.workspace, Role::Member).await,
            test.sign_in_as(owner.workspace, Role::Member).await,
        );
        let quiet = [("assigned-mail", "none"), ("assigned-page", "")];
        cy.post("/settings/notifications", &quiet).await;
        for nonsense in
            [[("assigned-mail", "x"), ("assigned-page", "yes")], [("no-such-mail", "daily"), ("answer-mail", "\u{0}")]]
        {
            assert_eq!(cy.post("/settings/notifications", &nonsense).await.location, "/settings/notifications");
        }
        let told = "A conversation with Mara Quill is yours now";
        let mails = "select count(*) from outbox_messages where subject like 'A conversation with%'";
        owner.post(&path, &[("act", "assign"), ("assignee", &owner.user.to_string())]).await;
        assert_eq!(count(&test, mails).await, 0, "no one is told what they take themselves");
        owner.post(&path, &[("act", "assign"), ("assignee", &bo.user.to_string())]).await;
        assert!(bo.get("/campaigns").await.body.contains(told));
        assert!(!owner.get("/campaigns").await.body.contains(told), "others are not told");
        assert!(!cy.get("/campaigns").await.body.contains(told));
        assert_eq!(count(&test, mails).await, 1);
        test.app.clock.advance(Duration::from_secs(1));
        owner.post(&path, &[("act", "assign"), ("assignee", &cy.user.to_string())]).await;
        assert!(!cy.get("/campaigns").await.body.contains(told));
        assert_eq!(count(&test, mails).await, 1);
        // Back to Bo, once on the page of the conversation and again there and in the list: one cause, one message.
        for _ in 0..2 {
            test.app.clock.advance(Duration::from_secs(1));
            owner.post(&path, &[("act", "assign"), ("assignee", &bo.user.to_string())]).await;
        }
        let mut tx = test.app.db.read().await.unwrap();
        let version: i64 =
            on!(&mut tx, c => sqlx::query_scalar("select version from threads").fetch_one(c).await).unwrap();
        drop(tx);
        let (user, ticked) = (bo.user.to_string(), format!("{}.{version}", answered.thread));
        let again = [("act", "assign"), ("set-assignee", user.as_str()), ("thread", ticked.as_str())];
        let answer = owner.post("/inbox", &again).await;
        assert!(owner.get(&answer.location).await.body.contains("1 conversation is assigned."));
        assert_eq!(count(&test, mails).await, 2);
        let stranger = test.sign_in().await;
        let refused = owner.post(&path, &[("act", "assign"), ("assignee", &stranger.user.to_string())]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[tokio::test]
async fn where_the_mailbox_is_gone_a_reply_leaves_from_another_one_that_is_chosen() {
    for test in test_apps(&[]).await {
        let answered = answered(&test).await;
        let (owner, path) = (&answered.world.owner, answered.path());
        let mut tx = test.app.db.write().await.unwrap();
        run!(&mut tx, "update mailboxes set state = 'removed' where id = $1", answered.world.mailbox);
        tx.commit().await.unwrap();
        assert!(owner.get(&path).await.body.contains("Answer it in your mail program"), "there is no other");

        let other = crate::outreach::ids::MailboxId::new();
        let mut tx = test.app.db.write().await.unwrap();
        run!(&mut tx, "insert into mailboxes (workspace_id, id, kind, address, sender_name, time_zone, daily_cap, gap_min_s, gap_max_s,
                 spread, state, state_since, created_by, created_at)
             values ($1, $2, 'outbox', 'ana@acme.example', 'Ana', 'Europe/Berlin', 30, 60, 180, $4, 'active', 0, $3, 0)",
            owner.workspace, other, owner.user, false);
        tx.commit().await.unwrap();
        let page = owner.get(&path).await.body;
        assert!(
            page.contains("sees the mailbox that you choose as the sender") && page.contains("ana@acme.example"),
            "{page}"
        );
        let newest = answered.mail.to_string();
        let (gone, chosen) = (answered.world.mailbox.to_string(), other.to_string());
        for wrong in ["", "x", &gone] {
            let fields = [("act", "send"), ("reply", "Hello"), ("from", wrong), ("newest", &newest)];
            let refused = owner.post(&format!("{path}/reply"), &fields).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
            assert!(
                refused.body.contains("Choose the mailbox that the reply leaves from.")
                    && refused.body.contains("Hello"),
                "{}",
                refused.body
            );
        }
        let fields = [("act", "send"), ("reply", "Hello"), ("from", &chosen), ("newest", &newest)];
        assert_eq!(owner.post(&format!("{path}/reply"), &fields).await.location, format!("{path}#mails"));
        let mut tx = test.app.db.read().await.unwrap();
        let (from, message): (crate::outreach::ids::MailboxId, String) = on!(&mut tx, c => sqlx::query_as(
            "select d.mailbox_id, k.message from sends d join sent_messages k on k.workspace_id = d.workspace_id and k.send_id = d.id
             where d.kind = 'reply'").fetch_one(c).await)
        .unwrap();
        assert_eq!(from, other);
        assert!(
            message.contains("ana@acme.example") && message.contains(&format!("In-Reply-To: <{newest}@corp.example>")),
            "{message}"
        );
        drop(tx);
        let page = owner.get(&path).await.body;
        assert!(page.contains("Plain text, from ana@acme.example"), "the conversation continues there: {page}");

        // A second one from there: the mails from the mailbox that is gone are still what it continues. The provider of the new one puts
        // ids of its own in place of ours.
        let reply = "select id from mails where direction = 'out'";
        let mut tx = test.app.db.write().await.unwrap();
        let first: uuid::Uuid = on!(&mut tx, c => sqlx::query_scalar(reply).fetch_one(c).await).unwrap();
        run!(
            &mut tx,
            "insert into send_aliases (workspace_id, message_id, send_id, learned_at)
             select workspace_id, 'new@provider.example', send_id, 0 from mails where id = $1",
            first
        );
        run!(&mut tx, "update mails set received_at = received_at + 1 where id = $1", first);
        let ours: String =
            on!(&mut tx, c => sqlx::query_scalar("select message_id from mails where id = $1").bind(first)
            .fetch_one(c).await)
            .unwrap();
        tx.commit().await.unwrap();
        let newest = first.to_string();
        let fields = [("act", "send"), ("reply", "And one more thing"), ("newest", newest.as_str())];
        assert_eq!(owner.post(&format!("{path}/reply"), &fields).await.location, format!("{path}#mails"));
        let mut tx = test.app.db.read().await.unwrap();
        let message: String = on!(&mut tx, c => sqlx::query_scalar(
            "select k.message from sends d join sent_messages k on k.workspace_id = d.workspace_id and k.send_id = d.id
             where d.kind = 'reply' and d.message_id <> $1").bind(&ours).fetch_one(c).await)
        .unwrap();
        let parsed = mail_parser::MessageParser::default().parse(&message).unwrap();
        let references: Vec<String> =
            parsed.references().as_text_list().unwrap().iter().map(ToString::to_string).collect();
        let came = format!("{}@corp.example", answered.mail);
        assert_eq!(references, ["first@acme.example", &came, &ours, "new@provider.example"]);
    }
}
