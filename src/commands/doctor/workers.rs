//! The sign of life of the processes that run the workers.

use super::finding::Finding;
use crate::{
    outreach::progress::heartbeat,
    server::{clock::Instant, db::Db},
    ui::format::duration_text,
};

const AREA: &str = "workers";

/// The finding, and whether they are alive.
pub async fn look(db: &Db, now: Instant) -> (Finding, bool) {
    let beat = async { heartbeat::last(&mut db.read().await?).await };
    let start = "Start `fairlead serve` or `fairlead work`: without, no lead is delivered and no mail leaves.";
    match beat.await {
        Ok(Some(beat)) => {
            let text = format!("last sign of life {} ago", duration_text((now.0 - beat.0).max(0) / 1_000_000));
            match heartbeat::is_alive(Some(beat), now) {
                true => (Finding::ok(AREA, text), true),
                false => (Finding::warning(AREA, text, start), false),
            }
        }
        Ok(None) => (Finding::warning(AREA, "none has run yet", start), false),
        Err(error) => (Finding::unanswered(AREA, &error), false),
    }
}
