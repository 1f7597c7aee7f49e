//! Answers to mails of the filled campaigns: opened, matched, read, stored and acted upon, 200 in a transaction.

use std::time::{Duration, Instant as Stopwatch};

use fairlead::bench::{App, FolderUse, Incoming, MailboxId, Place, WorkspaceId, open_mails, receive};
use uuid::Uuid;

use crate::fill::{CAMPAIGNS_PER_WORKSPACE, Filling, Size};

const SLICE: usize = 200;
/// What we wrote, as it is quoted.
const OURS: &str = "Hello Ada,\r\n\r\nwe invite a few companies to a morning about how they choose suppliers.\r\nWould that be something for you?\r\n\r\nJo\r\n";

/// One answer to the mail of enrolment `i`: of ten, two are absences, one a refusal, the others questions.
pub fn answer(i: i64) -> String {
    let (fields, subject, text) = match i / 2 % 10 {
        0 | 1 => (
            "Auto-Submitted: auto-replied\r\n",
            "Automatic reply: About Acorn",
            "I am out of the office and will be back on 8 December 2026.",
        ),
        2 => ("", "Re: About Acorn", "Thank you, but we are not interested."),
        _ => ("", "Re: About Acorn", "Who else takes part, and what does it cost?\r\n\r\nBest regards\r\nAda"),
    };
    let quoted: String = OURS.lines().map(|line| format!("> {line}\r\n")).collect();
    format!(
        "Return-Path: <p{i}@c{c}.example>\r\nReceived: from mx.c{c}.example by mx.bench.example; Sun, 22 Nov 2026 09:00:00 +0000\r\n\
         Authentication-Results: mx.bench.example; spf=pass; dkim=pass; dmarc=pass\r\nDate: Sun, 22 Nov 2026 09:00:00 +0000\r\n\
         From: Ada Okafor <p{i}@c{c}.example>\r\nTo: Jo <jo@bench.example>\r\nSubject: {subject}\r\nMessage-ID: <answer{i}@c{c}.example>\r\n\
         In-Reply-To: <{i}@bench.example>\r\nReferences: <{i}@bench.example>\r\n{fields}MIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n\r\nOn Sat, 21 Nov 2026 at 09:00, Jo <jo@bench.example> wrote:\r\n{quoted}",
        c = i / 3,
    )
}

/// Receives `count` answers and returns how many were stored, and how long it took.
pub async fn replies(app: &App, filling: &mut Filling, size: Size, count: usize) -> anyhow::Result<(usize, Duration)> {
    let (each, boxes) = ((size.enrolments / size.campaigns).max(1), (size.mailboxes / size.campaigns).max(1));
    // Every second enrolment had its first mail.
    let numbers = (1..=size.enrolments).step_by(2).take(count);
    let last = numbers.clone().last().unwrap_or(0);
    let message = format!("Subject: About Acorn\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{OURS}");
    filling
        .run(&format!(
            "insert into sent_messages (workspace_id, send_id, recipient, message)
             select workspace_id, lead_id, 'ada', '{message}' from enrolments where place <= {last} and state = 'active' and begun_at is not null
                 and exists (select 1 from sends d where d.workspace_id = enrolments.workspace_id and d.id = enrolments.lead_id)"
        ))
        .await?;
    let mut slices: Vec<((i64, i64), Vec<Incoming>)> = Vec::new();
    for i in numbers {
        let campaign = (i - 1) / each;
        let key = (campaign / CAMPAIGNS_PER_WORKSPACE + 1, 2_000_000 + campaign * boxes + 1);
        let place = Place { folder: "INBOX".into(), usage: FolderUse::Inbox, uid_validity: 1, uid: i };
        let raw = answer(i).into_bytes();
        let incoming = Incoming { place: Some(place), received_at: app.clock.now(), raw, is_cut: false };
        match slices.last_mut() {
            Some((of, slice)) if *of == key && slice.len() < SLICE => slice.push(incoming),
            _ => slices.push((key, vec![incoming])),
        }
    }
    let id = |number: i64| Uuid::from_u128(number.unsigned_abs().into());
    let (begin, mut stored) = (Stopwatch::now(), 0);
    for ((workspace, mailbox), slice) in slices {
        let opened = open_mails(app, slice).await;
        let mut tx = app.db.write().await?;
        let done = receive(app, &mut tx, (WorkspaceId(id(workspace)), MailboxId(id(mailbox))), &opened).await?;
        tx.commit().await?;
        stored += done.stored();
    }
    Ok((stored, begin.elapsed()))
}
