//! How many files are fetched at once: each is in memory until the member has it.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::accounts::UserId;

/// Of all members together.
const ALL_MAX: usize = 4;

/// Members who are waiting for a file, in this process. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Fetching(Arc<Mutex<HashSet<UserId>>>);

/// Why a file is not fetched now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Busy {
    /// This member waits for another one.
    Member,
    /// Others do.
    All,
}

/// The leave to fetch one file; given back when it is dropped.
#[derive(Debug)]
pub struct Leave {
    fetching: Fetching,
    member: UserId,
}

impl Fetching {
    pub fn new() -> Self {
        Self::default()
    }

    fn members(&self) -> MutexGuard<'_, HashSet<UserId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The leave to fetch a file for a member. Asked for before anything of the file is in memory.
    ///
    /// # Errors
    /// [`Busy`].
    pub fn begin(&self, member: UserId) -> Result<Leave, Busy> {
        let mut members = self.members();
        if members.contains(&member) {
            return Err(Busy::Member);
        }
        if members.len() >= ALL_MAX {
            return Err(Busy::All);
        }
        members.insert(member);
        Ok(Leave { fetching: self.clone(), member })
    }
}

impl Drop for Leave {
    fn drop(&mut self) {
        self.fetching.members().remove(&self.member);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_fetches_one_file_at_a_time_and_all_of_them_a_few() {
        let fetching = Fetching::new();
        let members: Vec<UserId> = (0..5).map(|_| UserId::new()).collect();
        let leave = fetching.begin(members[0]).unwrap();
        assert_eq!(fetching.begin(members[0]).err(), Some(Busy::Member));
        let others: Vec<_> = members[1..4].iter().map(|member| fetching.begin(*member)).collect();
        assert!(others.iter().all(Result::is_ok));
        assert_eq!(fetching.begin(members[4]).err(), Some(Busy::All));
        assert_eq!(fetching.begin(members[0]).err(), Some(Busy::Member), "their own file is what they wait for");
        drop((leave, others));
        assert!(fetching.begin(members[0]).is_ok() && fetching.begin(members[4]).is_ok());
    }

    #[test]
    fn both_limits_hold_for_those_who_ask_at_the_same_moment() {
        let (fetching, member) = (Fetching::new(), UserId::new());
        // Twenty clicks of one member, and one of each of twenty others, all at once.
        let asked: Vec<UserId> = (0..40).map(|at| if at % 2 == 0 { member } else { UserId::new() }).collect();
        let start = std::sync::Barrier::new(asked.len());
        let leaves: Vec<Result<Leave, Busy>> = std::thread::scope(|scope| {
            let ask = |member: UserId| {
                let (fetching, start) = (&fetching, &start);
                scope.spawn(move || {
                    start.wait();
                    fetching.begin(member)
                })
            };
            let asking: Vec<_> = asked.iter().map(|member| ask(*member)).collect();
            asking.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let of_member = leaves.iter().flatten().filter(|leave| leave.member == member).count();
        assert!(of_member <= 1, "{of_member} files of one member at once");
        assert_eq!(leaves.iter().flatten().count(), ALL_MAX);
        drop(leaves);
        assert!(fetching.members().is_empty());
    }
}
