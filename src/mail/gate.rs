//! How many conversations with mail servers may be open: in this process, to one host, and how fast new ones may begin. A plain
//! count; what has no room does not begin.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::server::clock::Instant;

/// In which new connections are counted.
const BEGIN_TIME: Duration = Duration::from_secs(1);
/// How long a host has less room that did not take as many.
const NARROW_FOR: Duration = Duration::from_secs(60 * 60);

/// How much room there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// In this process.
    pub all: usize,
    /// To one host.
    pub host: usize,
    /// Connections to one host that begin within a second.
    pub begin: usize,
}

/// What has no room now.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Full {
    /// This process.
    pub all: bool,
    pub hosts: Vec<String>,
}

/// The conversations of this process. Clones count together.
#[derive(Debug, Clone)]
pub struct Gate(Arc<Mutex<Open>>);

#[derive(Debug)]
struct Open {
    room: Room,
    all: usize,
    hosts: HashMap<String, Host>,
}

#[derive(Debug, Default)]
struct Host {
    open: usize,
    /// When the last connections began.
    begun: VecDeque<Instant>,
    /// It takes at most this many, until then.
    narrow: Option<(usize, Instant)>,
}

impl Host {
    fn has_room(&self, room: Room, at: Instant) -> bool {
        let fresh = self.begun.iter().filter(|begun| **begun > at.minus(BEGIN_TIME) && **begun <= at).count();
        self.open < self.most(room, at) && fresh < room.begin
    }

    fn is_narrow(&self, at: Instant) -> bool {
        self.narrow.is_some_and(|(_, until)| at < until)
    }

    fn most(&self, room: Room, at: Instant) -> usize {
        self.narrow.filter(|_| self.is_narrow(at)).map_or(room.host, |(most, _)| most.min(room.host))
    }
}

impl Gate {
    pub fn new(room: Room) -> Self {
        Self(Arc::new(Mutex::new(Open { room, all: 0, hosts: HashMap::new() })))
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A host does not take as many: for an hour there is room for half of those that are open, and for one at least.
    pub fn narrow(&self, host: &str, at: Instant) {
        let mut open = self.open();
        let room = open.room;
        let of_host = open.hosts.entry(host.to_owned()).or_default();
        let most = of_host.open.min(of_host.most(room, at)) / 2;
        of_host.narrow = Some((most.max(1), at.plus(NARROW_FOR)));
    }

    /// How many more may be open in this process.
    pub fn left(&self) -> usize {
        let open = self.open();
        open.room.all.saturating_sub(open.all)
    }

    /// How many are open in this process.
    pub fn taken(&self) -> usize {
        self.open().all
    }

    /// What has no room now.
    pub fn full(&self, at: Instant) -> Full {
        let open = self.open();
        let full = open.hosts.iter().filter(|(_, host)| !host.has_room(open.room, at));
        Full { all: open.all >= open.room.all, hosts: full.map(|(name, _)| name.clone()).collect() }
    }

    /// Lets a conversation with this host in, if there is room.
    pub fn enter(&self, host: &str, at: Instant) -> Option<Permit> {
        let mut open = self.open();
        let begun_after = at.minus(BEGIN_TIME);
        let has_begun = |host: &Host| host.begun.back().is_some_and(|begun| *begun > begun_after);
        open.hosts.retain(|_, host| host.open > 0 || has_begun(host) || host.is_narrow(at));
        let room = open.room;
        if open.all >= room.all || open.hosts.get(host).is_some_and(|host| !host.has_room(room, at)) {
            return None;
        }
        open.all += 1;
        let of_host = open.hosts.entry(host.to_owned()).or_default();
        of_host.begun.retain(|begun| *begun > begun_after);
        of_host.begun.push_back(at);
        of_host.open += 1;
        Some(Permit { gate: self.clone(), host: host.to_owned() })
    }
}

/// The leave to have a conversation; its place is free again when this is dropped.
pub struct Permit {
    gate: Gate,
    host: String,
}

impl Permit {
    /// Gives it back before a connection began.
    pub fn unused(self) {
        if let Some(host) = self.gate.open().hosts.get_mut(&self.host) {
            host.begun.pop_back();
        }
    }
}

impl Permit {
    /// Whether its host has less room than conversations are open.
    pub fn is_beyond(&self, at: Instant) -> bool {
        let open = self.gate.open();
        open.hosts.get(&self.host).is_some_and(|host| host.open > host.most(open.room, at))
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Permit").field(&self.host).finish()
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut open = self.gate.open();
        open.all = open.all.saturating_sub(1);
        if let Some(host) = open.hosts.get_mut(&self.host) {
            host.open = host.open.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant(1_795_340_190_000_000);

    fn gate(all: usize) -> Gate {
        Gate::new(Room { all, host: 8, begin: 2 })
    }

    fn later(seconds: u64) -> Instant {
        NOW.plus(Duration::from_secs(seconds))
    }

    #[test]
    fn two_connections_to_a_host_begin_within_a_second_and_eight_are_open() {
        let gate = gate(64);
        let mut entered: Vec<Vec<Permit>> = Vec::new();
        for second in 0..6 {
            entered.push((0..5).filter_map(|_| gate.enter("mx.example", later(second))).collect());
        }
        assert_eq!(entered.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 2, 2, 0, 0]);
        assert_eq!(gate.full(later(9)).hosts, ["mx.example"]);
        assert!(gate.enter("other.example", later(0)).is_some(), "another host has its own room");
        entered.remove(0).pop();
        assert!(gate.full(later(9)).hosts.is_empty());
        assert!(gate.enter("mx.example", later(9)).is_some());
    }

    #[test]
    fn a_session_without_a_connection_keeps_no_other_waiting() {
        let gate = gate(64);
        let enter = || gate.enter("mx.example", NOW);
        let (first, second) = (enter().unwrap(), enter().unwrap());
        assert!(enter().is_none());
        second.unused();
        assert!(enter().is_some() && enter().is_none(), "what began within the second still counts");
        drop(first);
    }

    #[test]
    fn a_host_that_does_not_take_as_many_has_half_the_room_for_an_hour() {
        let gate = Gate::new(Room { all: 64, host: 50, begin: usize::MAX });
        let enter = |at| gate.enter("mx.example", at);
        let mut entered: Vec<Permit> = (0..9).filter_map(|_| enter(NOW)).collect();
        gate.narrow("mx.example", NOW);
        assert!(entered[0].is_beyond(NOW) && enter(NOW).is_none() && gate.full(NOW).hosts == ["mx.example"]);
        entered.truncate(4);
        assert!(!entered[0].is_beyond(NOW) && enter(NOW).is_none());
        entered.truncate(3);
        assert!(enter(later(3599)).is_some());
        for most in [1, 1] {
            gate.narrow("mx.example", NOW);
            entered.truncate(most);
            assert!(!entered[0].is_beyond(NOW) && enter(NOW).is_none());
        }
        entered.clear();
        let again: Vec<Permit> = (0..3).filter_map(|_| enter(later(60))).collect();
        assert_eq!(again.len(), 1, "also after all have left");
        assert!((0..3).all(|_| enter(later(3600)).is_some()));
    }

    #[test]
    fn a_process_has_no_more_sessions_than_it_may() {
        let gate = gate(3);
        let mut entered: Vec<Permit> =
            (0..10).filter_map(|host| gate.enter(&format!("mx{host}.example"), NOW)).collect();
        assert_eq!((entered.len(), gate.left()), (3, 0));
        assert!(gate.full(NOW).all);
        entered.pop();
        assert!(!gate.full(NOW).all && gate.left() == 1);
    }
}
