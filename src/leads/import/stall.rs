//! Why an import of this process waits. Kept in memory, because on a full disk nothing can be written down.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, MutexGuard, PoisonError},
};

use uuid::Uuid;

static STALLED: LazyLock<Mutex<HashMap<Uuid, &'static str>>> = LazyLock::new(Mutex::default);

fn stalled() -> MutexGuard<'static, HashMap<Uuid, &'static str>> {
    STALLED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why the import of this id waits, for people; it goes on by itself.
pub fn reason(id: Uuid) -> Option<&'static str> {
    stalled().get(&id).copied()
}

/// Notes that an import met this error.
pub fn note(id: Uuid, error: &sqlx::Error) {
    let reason = match is_disk_full(error) {
        true => {
            "The disk of the server is full. Nothing is lost: once there is room, it goes on by itself within a minute, where it stands."
        }
        false => "The database did not answer. It goes on by itself within a minute, where it stands.",
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
