//! A gate before work that keeps a core busy: a bounded number at once, of each user and in all. The others wait in line, and
//! leave it when their client has left, when a newer question takes their place, or when it takes too long.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::oneshot;
use uuid::Uuid;

/// How much goes through at once, and how much may wait.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub at_once: usize,
    pub at_once_each: usize,
    pub waiting: usize,
    pub waiting_each: usize,
    pub wait_max: Duration,
}

/// What a turn is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A question that an open page asks while its form changes: a newer one of the same kind and user takes its place in
    /// line, and it is dropped when its client has left.
    Live(&'static str),
    /// A page that is being opened, which is dropped when its client has left.
    Page,
    /// A part of a change, which is finished in any case.
    Change,
}

/// Why there is no turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    #[error("The server is busy with questions of others. Nothing was changed; try again in a moment.")]
    Full,
    #[error("Several questions of yours are waiting for an answer. Try again in a moment.")]
    FullForUser,
    #[error("A newer question of yours took the place of this one.")]
    Replaced,
    #[error("The client has left.")]
    Left,
}

/// Cheap to clone.
#[derive(Debug, Clone)]
pub struct Gate {
    line: Arc<Mutex<Line>>,
    limits: Limits,
}

#[derive(Debug, Default)]
struct Line {
    /// How many of each user are through.
    through: HashMap<Uuid, usize>,
    waiting: VecDeque<Waiting>,
    last_number: u64,
}

#[derive(Debug)]
struct Waiting {
    number: u64,
    user: Uuid,
    purpose: Purpose,
    turn: oneshot::Sender<Turn>,
}

/// Held while the work is done; the next in line goes through when it is dropped.
#[derive(Debug)]
pub struct Turn {
    gate: Gate,
    user: Uuid,
}

/// A place in line, left when it is dropped.
struct Place<'gate> {
    gate: &'gate Gate,
    number: u64,
}

impl Gate {
    pub fn new(limits: Limits) -> Self {
        Self { line: Arc::default(), limits }
    }

    /// Goes through, or waits in line first. `left` ends when the client that asks has left.
    ///
    /// # Errors
    /// [`Closed`]: why not.
    pub async fn enter(&self, user: Uuid, purpose: Purpose, left: impl Future<Output = ()>) -> Result<Turn, Closed> {
        let (place, turn) = match self.line_up(user, purpose)? {
            Ok(turn) => return Ok(turn),
            Err(waiting) => waiting,
        };
        let outcome = tokio::select! {
            turn = turn => turn.map_err(|_| Closed::Replaced),
            () = left, if purpose != Purpose::Change => Err(Closed::Left),
            () = tokio::time::sleep(self.limits.wait_max) => Err(Closed::Full),
        };
        drop(place);
        outcome
    }

    /// A turn where there is room, else a place in line.
    fn line_up(
        &self,
        user: Uuid,
        purpose: Purpose,
    ) -> Result<Result<Turn, (Place<'_>, oneshot::Receiver<Turn>)>, Closed> {
        let mut line = self.line();
        if matches!(purpose, Purpose::Live(_)) {
            line.waiting.retain(|one| (one.user, one.purpose) != (user, purpose));
        }
        if line.has_room(user, &self.limits) {
            *line.through.entry(user).or_default() += 1;
            return Ok(Ok(Turn { gate: self.clone(), user }));
        }
        if line.waiting.len() >= self.limits.waiting {
            return Err(Closed::Full);
        }
        if line.waiting.iter().filter(|one| one.user == user).count() >= self.limits.waiting_each {
            return Err(Closed::FullForUser);
        }
        line.last_number += 1;
        let (number, (turn, receiver)) = (line.last_number, oneshot::channel());
        line.waiting.push_back(Waiting { number, user, purpose, turn });
        Ok(Err((Place { gate: self, number }, receiver)))
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many wait in line.
    #[cfg(test)]
    pub fn waiting(&self) -> usize {
        self.line().waiting.len()
    }
}

impl Line {
    fn has_room(&self, user: Uuid, limits: &Limits) -> bool {
        let (all, own) = (self.through.values().sum::<usize>(), self.through.get(&user).copied().unwrap_or(0));
        all < limits.at_once && own < limits.at_once_each
    }

    /// Ends a turn of `user`, and takes those out of the line who go through next.
    fn leave(&mut self, user: Uuid, limits: &Limits) -> Vec<Waiting> {
        if let Some(own) = self.through.get_mut(&user) {
            *own -= 1;
            if *own == 0 {
                self.through.remove(&user);
            }
        }
        let mut next = Vec::new();
        while let Some(place) = self.waiting.iter().position(|one| self.has_room(one.user, limits)) {
            let Some(waiting) = self.waiting.remove(place) else { break };
            *self.through.entry(waiting.user).or_default() += 1;
            next.push(waiting);
        }
        next
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let next = self.gate.line().leave(self.user, &self.gate.limits);
        for Waiting { user, turn, .. } in next {
            // When its client has just left, the turn is dropped here and the next one goes through.
            drop(turn.send(Turn { gate: self.gate.clone(), user }));
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.gate.line().waiting.retain(|one| one.number != self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::{future::pending, pin::pin};

    use super::*;

    const LIMITS: Limits =
        Limits { at_once: 3, at_once_each: 2, waiting: 4, waiting_each: 3, wait_max: Duration::from_secs(60) };
    const ANN: Uuid = Uuid::from_u128(1);
    const EVE: Uuid = Uuid::from_u128(2);
    const KIM: Uuid = Uuid::from_u128(3);

    async fn enter(gate: &Gate, user: Uuid, purpose: Purpose) -> Result<Turn, Closed> {
        gate.enter(user, purpose, pending()).await
    }

    #[tokio::test]
    async fn a_user_takes_a_part_of_the_room_and_waits_for_the_rest() {
        let gate = Gate::new(LIMITS);
        let first = enter(&gate, ANN, Purpose::Page).await.unwrap();
        let second = enter(&gate, ANN, Purpose::Page).await.unwrap();
        let mut third = pin!(enter(&gate, ANN, Purpose::Page));
        assert!(futures::poll!(third.as_mut()).is_pending(), "two of one user at once");
        let of_eve = enter(&gate, EVE, Purpose::Page).await.unwrap();
        let mut of_kim = pin!(enter(&gate, KIM, Purpose::Page));
        assert!(futures::poll!(of_kim.as_mut()).is_pending(), "three at once in all");
        drop(of_eve);
        let _of_kim = of_kim.await.unwrap();
        assert!(futures::poll!(third.as_mut()).is_pending());
        drop(second);
        let _third = third.await.unwrap();
        drop(first);
        assert_eq!(gate.waiting(), 0);
    }

    #[tokio::test]
    async fn a_newer_question_takes_the_place_of_the_one_that_waits() {
        let gate = Gate::new(Limits { at_once: 1, ..LIMITS });
        let turn = enter(&gate, EVE, Purpose::Page).await.unwrap();
        let mut other_kind = pin!(enter(&gate, ANN, Purpose::Live("values")));
        let mut page = pin!(enter(&gate, ANN, Purpose::Page));
        let mut old = pin!(enter(&gate, ANN, Purpose::Live("count")));
        for waiting in [other_kind.as_mut(), page.as_mut(), old.as_mut()] {
            assert!(futures::poll!(waiting).is_pending());
        }
        let mut new = pin!(enter(&gate, ANN, Purpose::Live("count")));
        assert!(futures::poll!(new.as_mut()).is_pending());
        assert_eq!(old.await.unwrap_err(), Closed::Replaced);
        drop(turn);
        drop(other_kind.await.unwrap());
        drop(page.await.unwrap());
        drop(new.await.unwrap());
    }

    #[tokio::test]
    async fn a_full_line_is_refused_and_a_client_that_left_makes_room() {
        let gate = Gate::new(Limits { at_once: 1, ..LIMITS });
        let turn = enter(&gate, KIM, Purpose::Page).await.unwrap();
        let mut of_ann: Vec<_> = (0..3).map(|_| Box::pin(enter(&gate, ANN, Purpose::Page))).collect();
        for waiting in &mut of_ann {
            assert!(futures::poll!(waiting.as_mut()).is_pending());
        }
        assert_eq!(enter(&gate, ANN, Purpose::Page).await.unwrap_err(), Closed::FullForUser);
        let (leave, left) = oneshot::channel::<()>();
        let mut of_eve = pin!(gate.enter(EVE, Purpose::Live("count"), async { drop(left.await) }));
        assert!(futures::poll!(of_eve.as_mut()).is_pending());
        assert_eq!(enter(&gate, EVE, Purpose::Page).await.unwrap_err(), Closed::Full);
        drop(leave);
        assert_eq!(of_eve.await.unwrap_err(), Closed::Left);
        drop(of_ann.pop());
        assert_eq!(gate.waiting(), 2);
        drop(turn);
        for waiting in of_ann {
            drop(waiting.await.unwrap());
        }
        assert!(gate.line().through.is_empty());
    }

    #[tokio::test]
    async fn a_long_wait_ends_and_a_change_is_finished_in_any_case() {
        let impatient = Gate::new(Limits { at_once: 1, wait_max: Duration::from_millis(1), ..LIMITS });
        let _turn = enter(&impatient, KIM, Purpose::Page).await.unwrap();
        assert_eq!(enter(&impatient, ANN, Purpose::Page).await.unwrap_err(), Closed::Full);
        let gate = Gate::new(Limits { at_once: 1, ..LIMITS });
        let turn = enter(&gate, KIM, Purpose::Page).await.unwrap();
        let mut change = pin!(gate.enter(ANN, Purpose::Change, std::future::ready(())));
        assert!(futures::poll!(change.as_mut()).is_pending());
        drop(turn);
        drop(change.await.unwrap());
    }

    #[tokio::test]
    async fn a_turn_that_is_not_taken_goes_to_the_next() {
        let gate = Gate::new(Limits { at_once: 1, ..LIMITS });
        let turn = enter(&gate, KIM, Purpose::Page).await.unwrap();
        let mut left = Box::pin(enter(&gate, ANN, Purpose::Page));
        let mut next = pin!(enter(&gate, EVE, Purpose::Page));
        assert!(futures::poll!(left.as_mut()).is_pending() && futures::poll!(next.as_mut()).is_pending());
        drop(turn);
        drop(left); // its turn has been sent
        drop(next.await.unwrap());
    }
}
