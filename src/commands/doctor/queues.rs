//! What waits for a worker, and since when.

use std::time::Duration;

use super::finding::Finding;
use crate::{
    app,
    server::{clock::Instant, db::Db},
    ui::{format::duration_text, plural},
};

const AREA: &str = "queues";
/// Rows that are due for longer are stuck, or nothing takes them.
const USUAL: Duration = Duration::from_secs(10 * 60);

pub async fn look(db: &Db, now: Instant) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, queue) in app::queues() {
        let found = async { queue.due(&mut db.read().await?, now).await };
        findings.push(match found.await {
            Ok((due, Some(oldest))) => waiting(name, due, oldest, now),
            Ok((_, None)) => Finding::ok(AREA, format!("{name}: nothing waits")),
            Err(error) => Finding::unanswered(AREA, &error),
        });
    }
    findings
}

fn waiting(name: &str, due: i64, oldest: Instant, now: Instant) -> Finding {
    let age = duration_text((now.0 - oldest.0) / 1_000_000);
    let text = format!("{name}: {}, the oldest for {age}", plural(due, "waits", "wait"));
    if oldest.plus(USUAL) < now {
        Finding::warning(AREA, text, "See that a server or `fairlead work` runs, and look for this queue in its log.")
    } else {
        Finding::ok(AREA, text)
    }
}
