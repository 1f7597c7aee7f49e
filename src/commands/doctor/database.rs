//! The database: whether it answers, how far its schema is, and whether there is room to grow.

use super::finding::Finding;
use crate::{
    server::{
        config::Config,
        schema::{Schema, schema as schema_of},
    },
    ui::{count_text, plural},
};

const AREA: &str = "database";
const MEGABYTE: u64 = 1 << 20;
/// Free room, in megabytes, below which writing fails soon, and below which it should be looked at.
const FREE_MIN: u64 = 200;
const FREE_USUAL: u64 = 2_000;

/// How far the schema is, and whether this program can read the database as it is.
pub async fn schema(config: &Config) -> (Vec<Finding>, bool) {
    let found = match schema_of(config).await {
        Ok(found) => found,
        Err(error) => {
            let advice = "Start the database, or correct DATABASE_URL and FAIRLEAD_DATA.";
            return (vec![Finding::fault(AREA, format!("it cannot be reached: {error:#}"), advice)], false);
        }
    };
    let Schema { kind, version, applied, missing, unknown } = found;
    let migrations = |count: usize| plural(i64::try_from(count).unwrap_or(i64::MAX), "migration", "migrations");
    let mut findings = vec![Finding::ok(AREA, format!("{kind} {version}, {} applied", migrations(applied)))];
    if unknown > 0 {
        findings.push(Finding::fault(
            AREA,
            format!("{} of a newer version of Fairlead", migrations(unknown)),
            "Use the newer program: this one does not know its tables.",
        ));
    } else if applied == 0 {
        findings.push(Finding::warning(AREA, "it is empty", "The server fills it when it starts."));
    } else if missing > 0 {
        findings.push(Finding::warning(
            AREA,
            format!("{} to come", migrations(missing)),
            "The server applies them when it starts. Make a backup first.",
        ));
    }
    (findings, applied > 0 && missing == 0 && unknown == 0)
}

/// The database answers, but cannot be used.
pub fn unopened(error: &anyhow::Error) -> Finding {
    Finding::fault(
        AREA,
        format!("it cannot be used: {error:#}"),
        "Look at the message above, and at the log of the server.",
    )
}

/// The room beside the data folder.
pub fn disk(config: &Config) -> Vec<Finding> {
    let folder = &config.data;
    if !folder.exists() {
        let advice = "The server makes it when it starts.";
        return vec![Finding::warning("disk", format!("the data folder {} is not there", folder.display()), advice)];
    }
    let free = match rustix::fs::statvfs(folder) {
        Ok(found) => found.f_bavail.saturating_mul(found.f_frsize) / MEGABYTE,
        Err(error) => {
            let advice = "See to it that FAIRLEAD_DATA is a folder of this machine.";
            return vec![Finding::fault("disk", format!("{} cannot be looked at: {error}", folder.display()), advice)];
        }
    };
    let text = format!("{} MB free beside {}", count_text(i64::try_from(free).unwrap_or(i64::MAX)), folder.display());
    vec![match free {
        ..FREE_MIN => Finding::fault("disk", text, "Make room: the database cannot write without."),
        FREE_MIN..FREE_USUAL => Finding::warning("disk", text, "Make room soon."),
        FREE_USUAL.. => Finding::ok("disk", text),
    }]
}
