//! Conversations for tests.

use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::{
    app::testing::{NOW, TestApp},
    on,
    outreach::{
        ids::{MailId, ThreadId},
        progress::tests::{World, run, world},
    },
    server::{clock::Instant, db::Tx},
    suppression::SuppressionKeys,
};

/// A workspace with a campaign whose lead had one mail and answered it.
pub struct Answered {
    pub world: World,
    pub thread: ThreadId,
    pub mail: MailId,
}

impl Answered {
    pub fn path(&self) -> String {
        format!("/inbox/{}", self.thread)
    }
}

fn minutes_ago(minutes: u64) -> Instant {
    NOW.minus(Duration::from_secs(minutes * 60))
}

pub async fn answered(test: &TestApp) -> Answered {
    let world = world(test).await;
    let w = world.owner.workspace;
    let mut tx = test.app.db.write().await.unwrap();
    world.enrol(&mut tx, "finished").await;
    let send = world.send(&mut tx, "claimed").await;
    run!(&mut tx, "update sends set state = 'sent', sending_at = $3, sent_at = $3, message_id = 'first@acme.example', subject = 'Hello'
         where workspace_id = $1 and id = $2", w, send, minutes_ago(60));
    run!(
        &mut tx,
        "insert into sent_messages (workspace_id, send_id, recipient, message) values ($1, $2, 'mara@corp.example', $3)",
        w,
        send,
        "Subject: Hello\r\n\r\nHi there\r\n"
    );
    let thread = thread(test, &mut tx, &world, "Mara Quill", minutes_ago(5)).await;
    let mail = mail(&mut tx, &world, thread, "Sounds good.", minutes_ago(5)).await;
    tx.commit().await.unwrap();
    Answered { world, thread, mail }
}

/// A conversation with the lead of this world.
pub async fn thread(test: &TestApp, tx: &mut Tx, world: &World, person: &str, at: Instant) -> ThreadId {
    let id = ThreadId::new();
    let key = test.app.of::<SuppressionKeys>().recipient(&"mara@corp.example".parse().unwrap());
    run!(tx, "insert into threads (workspace_id, id, mailbox_id, campaign_id, lead_id, recipient_key, person, address, subject, first_line,
             last_at, last_in_at)
         values ($1, $2, $3, $4, $5, $6, $7, 'mara@corp.example', 'Re: Hello', 'Sounds good.', $8, $8)",
        world.owner.workspace, id, world.mailbox, world.campaign, world.lead, key, person, at);
    id
}

/// A mail of the lead that came in.
pub async fn mail(tx: &mut Tx, world: &World, thread: ThreadId, text: &str, at: Instant) -> MailId {
    let (id, w) = (MailId::new(), world.owner.workspace);
    let message_id = format!("{id}@corp.example");
    run!(&mut *tx, "insert into mails (workspace_id, id, thread_id, mailbox_id, direction, message_id, message_key, from_address, from_name,
             subject, at, received_at, kind, rule, facts, attachments)
         values ($1, $2, $3, $4, 'in', $5, $6, 'mara@corp.example', 'Mara Quill', 'Re: Hello', $7, $7, 'human', 'R18', $9, $8)",
        w, id, thread, world.mailbox, &message_id, Sha256::digest(message_id.as_bytes()).to_vec(), at,
        sqlx::types::Json(serde_json::json!([{ "part": "2", "name": "offer.pdf", "type": "application/pdf", "size": 12_345 }])),
        sqlx::types::Json(serde_json::json!({})));
    run!(
        &mut *tx,
        "insert into mail_bodies (workspace_id, mail_id, text, new_text, html) values ($1, $2, $3, $4, $5)",
        w,
        id,
        format!("{text}\n\n> Hi there"),
        text,
        "<p onclick=\"x()\">Sounds <b>good</b></p><script>alert(1)</script>"
    );
    run!(
        tx,
        "update threads set last_in_at = $3, last_at = $3, version = version + 1 where workspace_id = $1 and id = $2",
        w,
        thread,
        at
    );
    id
}
