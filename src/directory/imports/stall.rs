//! Why an import waits. What stopped one of this process is kept in memory: on a full disk nothing can be written down.

use std::{
    collections::HashMap,
    path::Path,
    sync::{LazyLock, Mutex, MutexGuard, PoisonError},
};

use uuid::Uuid;

static STALLED: LazyLock<Mutex<HashMap<Uuid, &'static str>>> = LazyLock::new(Mutex::default);

fn stalled() -> MutexGuard<'static, HashMap<Uuid, &'static str>> {
    STALLED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why an import waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stall {
    /// For people.
    pub reason: &'static str,
    /// It may wait for ever, so people can end it.
    pub can_end: bool,
}

const ELSEWHERE: Stall = Stall {
    reason: "Its file is on another copy of the server, and it continues when that copy gets to it. If that copy is gone for good, end it here and upload the file again.",
    can_end: true,
};

const BROKEN_OFF: Stall = Stall {
    reason: "The command was interrupted. Run it again in the same words to continue where it stopped. If the file has changed, end it here.",
    can_end: true,
};

/// Why the import of this id waits. `file` is where this process would find it (`None`: it came by the command line),
/// `is_idle` whether no worker has it.
pub fn why(id: Uuid, is_idle: bool, file: Option<&Path>) -> Option<Stall> {
    let met = stalled().get(&id).map(|reason| Stall { reason, can_end: false });
    met.or(match file {
        _ if !is_idle => None,
        None => Some(BROKEN_OFF),
        Some(file) => (!file.exists()).then_some(ELSEWHERE),
    })
}

/// Notes that an import met this error.
pub fn note(id: Uuid, error: &sqlx::Error) {
    let reason = match is_disk_full(error) {
        true => {
            "The disk of the server is full. Nothing is lost: once there is room, it continues within a minute where it stopped."
        }
        false => "The database did not answer. It continues within a minute where it stopped.",
    };
    stalled().insert(id, reason);
}

/// Notes that an import goes on.
pub fn forget(id: Uuid) {
    stalled().remove(&id);
}

/// SQLite's code 13, Postgres' class 53 (insufficient resources).
fn is_disk_full(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code()).unwrap_or_default();
    code == "13" || code == "53100" || code.ends_with("ENOSPC") || error.to_string().contains("disk is full")
}
