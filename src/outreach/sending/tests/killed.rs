//! A process that is killed at any moment: no mail is lost, none leaves twice, and what is not known is said.

use std::{future::Future, path::Path, pin::Pin, task::Poll};

use tokio::sync::mpsc;

use super::{MINUTE, pace, posted::Posted, server::MailServer};
use crate::{
    mail::smtp::tests::real::Sink,
    outreach::sending::{
        Decision, decide,
        round::{round, slots},
        session,
    },
    server::db::test_databases,
};

/// Polls a future this often and then drops it, as a killed process would. Returns whether it came to its end.
pub async fn killed_after(mut work: Pin<Box<dyn Future<Output = ()> + Send>>, polls: usize) -> bool {
    let mut left = polls;
    std::future::poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(()) => Poll::Ready(true),
        Poll::Pending if left == 0 => Poll::Ready(false),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

#[tokio::test]
async fn killed_at_any_moment_no_mail_is_lost_and_none_leaves_twice() {
    for test in test_databases().await {
        let posted = Posted::new(&test.db, 90, 1, &[pace(300)]).await;
        let taken = || posted.server.taken().into_iter().map(|mail| mail.recipient).collect();
        // Whether one was killed while the server had the mail is chance; `unknown.rs` makes sure of that case.
        let unknown = kill_again_and_again(&posted, taken).await;
        println!("{unknown} of 90 mails have an unknown outcome");
    }
}

#[tokio::test]
#[ignore = "needs tools/with-mail-servers.sh"]
async fn killed_at_any_moment_each_mail_is_in_the_files_of_smtp_sink_once() {
    for test in test_databases().await {
        let sink = Sink::start(&[]).await;
        let posted = Posted::with(MailServer::in_front_of(sink.port).await, &test.db, 90, 1, &[pace(300)]).await;
        let unknown = kill_again_and_again(&posted, || recipients(sink.dumps.path())).await;
        println!("{unknown} of 90 mails have an unknown outcome");
    }
}

/// The recipients of the mails that smtp-sink took whole, from its files.
fn recipients(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).unwrap().flatten();
    let texts = files.filter_map(|file| std::fs::read_to_string(file.path()).ok());
    let to = |text: String| text.split("\nTo: ").nth(1)?.split(['\r', '\n']).next().map(str::to_owned);
    texts.filter(|text| text.contains("\nJo")).filter_map(to).collect()
}

/// Kills sessions ever later until three came to their end, lets the next process do the rest, and compares with what was taken. Returns
/// how many outcomes were unknown.
async fn kill_again_and_again(posted: &Posted, taken: impl Fn() -> Vec<String>) -> usize {
    let app = &posted.world.app;
    let (mut polls, mut kills, mut ended) = (0, 0, 0);
    // The leads join, which wakes the mailbox.
    posted.set("update mailboxes set look_at = null").await;
    round(app).await.unwrap();
    while ended < 3 {
        let mut slots = slots(app, posted.now()).await.unwrap();
        if let Some(batch) = slots.batches.pop() {
            let (_more, rest) = mpsc::channel(1);
            let is_whole = killed_after(Box::pin(session::run(app.clone(), batch, rest)), polls).await;
            ended += usize::from(is_whole);
            kills += usize::from(!is_whole);
            // How often a session is polled depends on the machine: after what is usual, in steps that grow.
            polls += 1 + polls.saturating_sub(60) / 8;
        }
        assert!(kills < 90, "it was killed after {polls} polls before it came to its end three times");
        // Long enough for leases to run out.
        app.clock.advance(3 * MINUTE);
    }
    posted.set("update mailboxes set gap_min_s = 0, gap_max_s = 0").await;
    posted.pass(2 * super::DAY).await;
    let unknown = posted.texts(UNKNOWN).await;
    let mut taken = taken();
    taken.sort();
    let mut once = taken.clone();
    once.dedup();
    assert_eq!(taken, once, "none twice");
    let sent = posted.texts(SENT).await;
    assert!(sent.iter().all(|email| taken.contains(email)), "what counts as sent was taken");
    assert!(taken.iter().all(|email| sent.contains(email) || unknown.contains(email)), "what was taken is known");
    assert_eq!(sent.len() + unknown.len(), 90, "none lost");
    assert!(unknown.len() <= kills, "one of each kill at most: {unknown:?}");
    let mut tx = app.db.write().await.unwrap();
    let campaign = (posted.world.member.workspace, posted.world.campaign);
    let by = posted.world.member.user;
    let decided = decide(&mut tx, campaign, None, Decision::CountAsSent, by, posted.now()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(decided, unknown.len());
    posted.settle().await;
    posted.is("select count(*) from enrolments where state = 'finished'", 90).await;
    decided
}

const UNKNOWN: &str = "select l.email from sends d join leads l on l.workspace_id = d.workspace_id and l.id = d.lead_id where d.state = 'unknown'";
const SENT: &str = "select l.email from sends d join leads l on l.workspace_id = d.workspace_id and l.id = d.lead_id where d.state = 'sent'";
