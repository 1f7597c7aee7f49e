//! How many files are fetched at once: each is in memory until it is served.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::accounts::UserId;

/// Of all members together.
const ALL_MAX: usize = 4;

/// Members who are waiting for a file, in this process.
pub struct Fetching {
    room: Semaphore,
    members: Mutex<HashSet<UserId>>,
}

/// Why a file is not fetched now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Busy {
    /// This member waits for another one.
    Member,
    /// Others do.
    All,
}

/// The leave to fetch one file; given back when it is dropped.
pub struct Leave<'a> {
    fetching: &'a Fetching,
    member: UserId,
    _room: SemaphorePermit<'a>,
}

impl Fetching {
    pub fn new() -> Self {
        Self { room: Semaphore::new(ALL_MAX), members: Mutex::default() }
    }

    /// The leave to fetch a file for a member.
    ///
    /// # Errors
    /// [`Busy`].
    pub fn begin(&self, member: UserId) -> Result<Leave<'_>, Busy> {
        let room = self.room.try_acquire().map_err(|_| Busy::All)?;
        let mut members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
        if !members.insert(member) {
            return Err(Busy::Member);
        }
        Ok(Leave { fetching: self, member, _room: room })
    }
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.fetching.members.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.member);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_fetches_one_file_at_a_time_and_all_of_them_a_few() {
        let fetching = Fetching::new();
        let members: Vec<UserId> = (0..5).map(|_| UserId::new()).collect();
        let leave = fetching.begin(members[0]).map_err(|busy| format!("{busy:?}")).unwrap();
        assert_eq!(fetching.begin(members[0]).err(), Some(Busy::Member));
        let others: Vec<_> = members[1..4].iter().map(|member| fetching.begin(*member)).collect();
        assert!(others.iter().all(Result::is_ok));
        assert_eq!(fetching.begin(members[4]).err(), Some(Busy::All));
        drop((leave, others));
        assert!(fetching.begin(members[0]).is_ok() && fetching.begin(members[4]).is_ok());
    }
}
