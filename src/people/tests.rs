//! Export and erasure on both databases.

use std::time::Duration;

use super::{By, Done, Erased, Reach, erase, erase::Counts, export, touched::Touched};
use crate::{
    accounts::notifications::{self, News},
    app::testing::{Browser, NOW, TestApp, test_apps},
    campaigns::{self, CampaignName},
    directory::{Criteria, EmailStatus, FileImport, import_file},
    email::Email,
    ids::{CampaignId, uuid_v7},
    on,
    server::db::Db,
    suppression::{self, SuppressionKeys},
};

macro_rules! run {
    ($tx:expr, $sql:expr $(, $value:expr)*) => {
        on!($tx, c => sqlx::query($sql)$(.bind($value))*.execute(c).await.map(drop)).unwrap()
    };
}

pub(super) const ADDRESS: &str = "zuzana.quill@acorn.example";
/// What only this person's rows hold.
const NEEDLES: [&str; 3] = ["zuzana", "quill", "my own words"];

pub(super) async fn import(test: &TestApp, rows: &str) -> i64 {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (folder.path().to_owned(), folder.path().join("people.csv"));
    std::fs::write(&file, format!("Email,First name,Last name\n{rows}")).unwrap();
    let wanted = FileImport {
        file,
        source: "Fair".into(),
        assumed_status: EmailStatus::Verified,
        data,
        ..FileImport::default()
    };
    let keys = test.app.of::<SuppressionKeys>();
    import_file(&test.app.db, &test.app.clock, keys, &wanted, |_| {}).await.unwrap().counts.rejected
}

/// Makes the person known everywhere: in the directory, as a lead, in a sequence, in a conversation.
pub(super) async fn make_known(test: &TestApp, owner: &Browser) -> (CampaignId, uuid::Uuid) {
    assert_eq!(import(test, &format!("{ADDRESS},Zuzana,Quill\nbo@acorn.example,Bo,Birch\n")).await, 0);
    let keys = test.app.of::<SuppressionKeys>();
    let email: Email = ADDRESS.parse().unwrap();
    let (key, canonical) = (keys.recipient(&email), keys.canonical(&email));
    let (w, by) = (owner.workspace, owner.user);
    let mut tx = test.app.db.write().await.unwrap();
    let name = CampaignName::parse("Autumn").unwrap();
    let campaign = campaigns::create(&mut tx, w, by, &name, &Criteria::default(), NOW).await.unwrap();
    let [list, lead, mailbox, send, thread, mail] = [(); 6].map(|()| uuid_v7());
    run!(&mut tx, "insert into own_lists (workspace_id, id, campaign_id, file_name, bytes, stored_as, state, duplicates, format, mapping,
             created_by, created_at)
         values ($1, $2, $3, 'fair.csv', 1, '', 'done', 'workspace', '{}', '{}', $4, 0)", w, list, campaign, by);
    run!(&mut tx, "insert into leads (workspace_id, id, email, list_id, email_status, first_name, last_name, title, departments, company,
             domain, industry, country, region, city, linkedin, phone, search_text, delivered_at)
         values ($1, $2, $3, $4, 'verified', 'Zuzana', 'Quill', 'Head', '[]', 'Acorn', '', '', '', '', '', '', '', 'zuzana quill', 0)",
        w, lead, ADDRESS, list);
    run!(
        &mut tx,
        "insert into lead_columns (workspace_id, lead_id, cells) values ($1, $2, '[[\"Note\",\"Zuzana likes tea\"]]')",
        w,
        lead
    );
    run!(&mut tx, "insert into mailboxes (workspace_id, id, kind, address, sender_name, time_zone, daily_cap, gap_min_s, gap_max_s,
             spread, state, state_since, created_by, created_at)
         values ($1, $2, 'outbox', 'jo@acme.example', 'Jo', 'UTC', 30, 60, 180, $4, 'active', 0, $3, 0)", w, mailbox, by, false);
    run!(&mut tx, "insert into enrolments (workspace_id, campaign_id, lead_id, recipient_key, canonical_key, zone, place, state, since,
             due_at, occupies)
         values ($1, $2, $3, $4, $5, '', 0, 'active', 0, 0, $6)", w, campaign, lead, key, canonical, false);
    run!(&mut tx, "insert into sends (workspace_id, id, kind, campaign_id, lead_id, step_id, mailbox_id, recipient_key, canonical_key,
             message_id, state, state_since, subject, opener, sent_at, reply_words)
         values ($1, $2, 'step', $3, $4, $2, $5, $6, $7, 'a@acme.example', 'sent', 0, 'Hello Zuzana', $8, 0, '250 to zuzana')",
        w, send, campaign, lead, mailbox, key, canonical, true);
    run!(
        &mut tx,
        "insert into sent_messages (workspace_id, send_id, recipient, message) values ($1, $2, $3, 'Dear Zuzana')",
        w,
        send,
        ADDRESS
    );
    run!(
        &mut tx,
        "insert into outreach_events (workspace_id, id, at, kind, campaign_id, lead_id, params)
         values ($1, $2, 0, 'failed', $3, $4, '{\"step\": 1, \"words\": \"550 zuzana.quill unknown\"}')",
        w,
        uuid_v7(),
        campaign,
        lead
    );
    run!(&mut tx, "insert into threads (workspace_id, id, mailbox_id, campaign_id, lead_id, recipient_key, person, address, subject,
             first_line, last_at, last_in_at)
         values ($1, $2, $3, $4, $5, $6, 'Zuzana Quill', $7, 'Re: Hello Zuzana', 'My own words', 0, 0)",
        w, thread, mailbox, campaign, lead, key, ADDRESS);
    run!(&mut tx, "insert into mails (workspace_id, id, thread_id, mailbox_id, direction, message_key, from_address, from_name, subject, at,
             received_at, kind, rule, facts, attachments)
         values ($1, $2, $3, $4, 'in', $5, $6, 'Zuzana', 'Re: Hello', 0, 0, 'human', 'R18', '{\"successor\": \"quill\"}', '[]')",
        w, mail, thread, mailbox, mail.as_bytes().as_slice(), ADDRESS);
    run!(
        &mut tx,
        "insert into mail_bodies (workspace_id, mail_id, text, new_text) values ($1, $2, 'My own words', 'My own words')",
        w,
        mail
    );
    run!(
        &mut tx,
        "insert into thread_notes (workspace_id, id, thread_id, text, written_by, at) values ($1, $2, $3, 'Call Zuzana', $4, 0)",
        w,
        uuid_v7(),
        thread,
        by
    );
    for event_mail in ["at_once", "daily"] {
        run!(&mut tx, "insert into notification_choices (workspace_id, user_id, event, on_page, mail) values ($1, $2, 'answer', $3, $4)
             on conflict (workspace_id, user_id, event) do update set mail = excluded.mail", w, by, true, event_mail);
        let link = format!("/inbox/{thread}");
        let news = News {
            event: notifications::Event::Answer,
            key: "answers".into(),
            title: "Zuzana Quill answered".into(),
            text: "My own words".into(),
            link: &link,
        };
        notifications::tell_together(&mut tx, w, &news, std::slice::from_ref(&news), NOW).await.unwrap();
    }
    tx.commit().await.unwrap();
    (campaign, send)
}

/// The tables in which any of the needles is found.
pub(super) async fn found_in(db: &Db) -> Vec<String> {
    let mut tx = db.read().await.unwrap();
    let is_postgres = tx.is_postgres();
    let tables: Vec<String> = on!(&mut tx, c => sqlx::query_scalar(if is_postgres {
        "select table_name::text from information_schema.tables where table_schema = current_schema() and table_type = 'BASE TABLE'"
    } else {
        "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'"
    }).fetch_all(c).await)
    .unwrap();
    let mut found = Vec::new();
    for table in tables {
        let row = if is_postgres {
            "lower(row_to_json(t)::text)".to_owned()
        } else {
            let columns: Vec<String> =
                on!(&mut tx, c => sqlx::query_scalar("select name from pragma_table_info($1)").bind(&table)
                .fetch_all(c).await)
                .unwrap();
            let quoted: Vec<String> = columns.iter().map(|column| format!("quote(\"{column}\")")).collect();
            format!("lower({})", quoted.join(" || "))
        };
        for needle in NEEDLES {
            let sql = format!("select count(*) from \"{table}\" t where {row} like '%{needle}%'");
            let rows: i64 = on!(&mut tx, c => sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(c).await).unwrap();
            if rows > 0 {
                found.push(format!("{table}: {needle}"));
            }
        }
    }
    found
}

#[tokio::test]
async fn an_export_names_everything_and_erasing_leaves_nothing_but_figures() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let (campaign, send) = make_known(&test, &owner).await;
        let keys = test.app.of::<SuppressionKeys>();
        let email: Email = ADDRESS.parse().unwrap();
        let known =
            export(&mut test.app.db.read().await.unwrap(), keys, Reach::Instance, &email).await.unwrap().to_string();
        for text in
            ["Fair", "fair.csv", "Zuzana likes tea", "Dear Zuzana", "My own words", "Call Zuzana", "jo@acme.example"]
        {
            assert!(known.contains(text), "{text}: {known}");
        }
        assert!(found_in(&test.app.db).await.len() > 10);

        // Not while a mail is leaving.
        let state = async |word: &'static str| {
            let mut tx = test.app.db.write().await.unwrap();
            run!(&mut tx, "update sends set state = $2, sending_at = 0 where id = $1", send, word);
            tx.commit().await.unwrap();
        };
        let erase_once = async || {
            let mut tx = test.app.db.write().await.unwrap();
            let erased = erase(&mut tx, keys, (Reach::Instance, By::Person), &email, NOW).await.unwrap();
            tx.commit().await.unwrap();
            erased
        };
        state("sending").await;
        assert_eq!(erase_once().await, Erased::Sending);
        state("sent").await;
        let counts = Counts { contacts: 1, leads: 1, sequences: 1, conversations: 1 };
        let touched = vec![Touched { workspace: owner.workspace, campaigns: [campaign].into() }];
        assert_eq!(erase_once().await, Erased::Done(Done { counts, touched: touched.clone() }));
        assert_eq!(found_in(&test.app.db).await, Vec::<String>::new());

        // The pages that showed them stand, and show nothing.
        for page in
            [format!("/campaigns/{campaign}/leads"), format!("/campaigns/{campaign}/activity"), "/inbox".to_owned()]
        {
            let answer = owner.get(&page).await;
            assert_eq!(answer.status.as_u16(), 200, "{page}: {}", answer.body);
            assert!(!answer.body.contains("erased 0"), "{page}: {}", answer.body);
        }
        // Neither another import nor any workspace brings them back.
        test.app.clock.advance(Duration::from_secs(60));
        assert_eq!(
            import(
                &test,
                &format!(
                    "{ADDRESS},Zuzana,Quill\nzuzana.quill+work@acorn.example,Zuzana,Quill\ncy@acorn.example,Cy,Oak\n"
                )
            )
            .await,
            2
        );
        assert_eq!(found_in(&test.app.db).await, Vec::<String>::new());
        let mut tx = test.app.db.read().await.unwrap();
        let asked = std::collections::HashSet::from([keys.canonical(&email)]);
        let other = test.sign_in().await;
        assert_eq!(suppression::suppressed(&mut tx, other.workspace, asked.clone()).await.unwrap(), asked);
        drop(tx);
        let again = Counts { leads: 0, contacts: 0, sequences: 0, conversations: 1 };
        assert_eq!(erase_once().await, Erased::Done(Done { counts: again, touched }));
        let log = owner.get("/settings/team/log").await.body;
        assert_eq!(log.matches("Erased a person").count(), 1, "once more there was nothing to erase: {log}");
        assert!(log.contains("They asked for it: 1 lead, 1 conversation; stopped 1 sequence"), "{log}");
    }
}
