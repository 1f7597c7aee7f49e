//! The last proof of the ledger.

use std::time::Duration;

use super::finding::Finding;
use crate::{
    proof::{self, ProofRun},
    server::{clock::Instant, db::Db},
    ui::{count_text, format::instant_text, plural},
};

const AREA: &str = "ledger";
/// It is proved every night.
const USUAL: Duration = Duration::from_secs(36 * 60 * 60);
const RUNS: i64 = 10;

pub async fn look(db: &Db, now: Instant) -> Vec<Finding> {
    let runs = async { proof::last_runs(&mut db.read().await?, RUNS).await };
    match runs.await {
        Ok(runs) => vec![of_runs(&runs, now)],
        Err(error) => vec![Finding::unanswered(AREA, &error)],
    }
}

/// The newest first.
fn of_runs(runs: &[ProofRun], now: Instant) -> Finding {
    let prove = "Run `fairlead credits verify`.";
    let Some((run, ended_at)) = runs.iter().find_map(|run| Some((run, run.ended_at?))) else {
        return Finding::warning(AREA, "it was never proved", prove);
    };
    let when = instant_text(ended_at.micros());
    if run.differences > 0 {
        let differences = plural(run.differences, "difference", "differences");
        return Finding::fault(
            AREA,
            format!("{differences} on {when}"),
            "See them under Administration › Proof, and do not sell until they are explained.",
        );
    }
    let text = format!("proved on {when}: {} movements", count_text(run.movements));
    if ended_at.plus(USUAL) < now { Finding::warning(AREA, text, prove) } else { Finding::ok(AREA, text) }
}

#[cfg(test)]
mod tests {
    use super::{super::finding::Level, *};
    use crate::proof::ProofCause;

    fn run(ended_at: Option<i64>, differences: i64) -> ProofRun {
        ProofRun {
            cause: ProofCause::Nightly,
            started_by: None,
            state: "done".into(),
            started_at: Instant(0),
            ended_at: ended_at.map(Instant),
            workspaces: 1,
            movements: 1_200,
            differences,
            report: String::new(),
        }
    }

    #[test]
    fn the_last_proof_that_ended_counts() {
        let now = Instant(0).plus(USUAL);
        let level = |runs: &[ProofRun]| of_runs(runs, now).level;
        assert_eq!(level(&[]), Level::Warning);
        assert_eq!(level(&[run(None, 0), run(Some(now.0), 0)]), Level::Ok);
        assert_eq!(level(&[run(Some(-1), 0)]), Level::Warning);
        assert_eq!(level(&[run(Some(now.0), 2), run(Some(now.0), 0)]), Level::Fault);
    }
}
