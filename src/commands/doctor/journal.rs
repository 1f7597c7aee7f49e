//! The journal of opt-outs: whether all that changed is in it, and whether sending waits for the operator.

use super::finding::Finding;
use crate::{
    outreach::progress::operator,
    server::{config::Config, db::Db},
    suppression::journal,
    ui::count_text,
};

const AREA: &str = "journal";
/// A running server writes what waits within seconds.
const USUAL: i64 = 100;

pub async fn look(config: &Config, db: &Db) -> Vec<Finding> {
    let asked = async {
        let mut tx = db.read().await?;
        Ok::<_, sqlx::Error>((journal::waiting(&mut tx).await?, operator::stopped(&mut tx).await?))
    };
    let (waiting, stop) = match asked.await {
        Ok(found) => found,
        Err(error) => return vec![Finding::unanswered(AREA, &error)],
    };
    let path = config.journal.display();
    let mut findings = vec![if waiting > USUAL {
        let text = format!("{} changes of suppression lists are not in {path} yet", count_text(waiting));
        Finding::warning(
            AREA,
            text,
            "A running server writes them. See that FAIRLEAD_JOURNAL names a file that it can write.",
        )
    } else {
        Finding::ok(AREA, format!("opt-outs are in {path}"))
    }];
    findings.extend(stop.map(|stop| {
        Finding::warning("sending", format!("all sending is stopped: {}", stop.why), "/admin/sending lets it continue.")
    }));
    findings
}
