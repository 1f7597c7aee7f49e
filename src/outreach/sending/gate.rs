//! How many sessions may be open: in this process, to one host, and how fast new ones may begin. A plain count; a mailbox
//! for which there is no room is not claimed.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use crate::{outreach::ids::MailboxId, server::clock::Instant};

/// Sessions to one host.
const HOST_SESSIONS_MAX: usize = 8;
/// Connections to one host that begin within [`BEGIN_TIME`].
const BEGIN_MAX: usize = 2;
const BEGIN_TIME: Duration = Duration::from_secs(1);

/// The sessions of this process.
#[derive(Debug)]
pub(super) struct Gate {
    sessions_max: usize,
    sessions: usize,
    hosts: HashMap<String, Host>,
}

#[derive(Debug, Default)]
struct Host {
    sessions: usize,
    /// When the last connections began.
    begun: VecDeque<Instant>,
}

impl Host {
    fn has_room(&self, at: Instant) -> bool {
        let fresh = self.begun.iter().filter(|begun| **begun > at.minus(BEGIN_TIME) && **begun <= at).count();
        self.sessions < HOST_SESSIONS_MAX && fresh < BEGIN_MAX
    }
}

/// What has no room for another session now.
#[derive(Debug, Default)]
pub(super) struct Closed {
    /// This process.
    pub all: bool,
    pub hosts: Vec<String>,
    /// Mailboxes with a session that waits for their next mails: they need no other.
    pub kept: Vec<MailboxId>,
}

impl Gate {
    pub fn new(sessions_max: usize) -> Self {
        Self { sessions_max, sessions: 0, hosts: HashMap::new() }
    }

    /// What has no room now.
    pub fn closed(&self, at: Instant) -> Closed {
        let full = self.hosts.iter().filter(|(_, host)| !host.has_room(at));
        let hosts = full.map(|(name, _)| name.clone()).collect();
        Closed { all: self.sessions >= self.sessions_max, hosts, kept: Vec::new() }
    }

    /// Lets a session to this host in, if there is room.
    pub fn enter(&mut self, host: &str, at: Instant) -> bool {
        let begun_after = at.minus(BEGIN_TIME);
        self.hosts.retain(|_, host| host.sessions > 0 || host.begun.back().is_some_and(|begun| *begun > begun_after));
        if self.sessions >= self.sessions_max || self.hosts.get(host).is_some_and(|host| !host.has_room(at)) {
            return false;
        }
        let host = self.hosts.entry(host.to_owned()).or_default();
        host.begun.push_back(at);
        host.begun.drain(..host.begun.len().saturating_sub(BEGIN_MAX));
        host.sessions += 1;
        self.sessions += 1;
        true
    }

    /// The session that was let in last needs no connection.
    pub fn not_begun(&mut self, host: &str) {
        if let Some(host) = self.hosts.get_mut(host) {
            host.begun.pop_back();
        }
    }

    /// A session to this host has ended.
    pub fn leave(&mut self, host: &str) {
        self.sessions = self.sessions.saturating_sub(1);
        if let Some(host) = self.hosts.get_mut(host) {
            host.sessions = host.sessions.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant(1_795_340_190_000_000);

    fn later(seconds: u64) -> Instant {
        NOW.plus(Duration::from_secs(seconds))
    }

    #[test]
    fn two_connections_to_a_host_begin_within_a_second_and_eight_are_open() {
        let mut gate = Gate::new(64);
        let mut entered = Vec::new();
        for second in 0..6 {
            entered.push((0..5).filter(|_| gate.enter("mx.example", later(second))).count());
        }
        assert_eq!(entered, [2, 2, 2, 2, 0, 0]);
        assert_eq!(gate.closed(later(9)).hosts, ["mx.example"]);
        assert!(gate.enter("other.example", later(0)), "another host has its own room");
        gate.leave("mx.example");
        assert!(gate.closed(later(9)).hosts.is_empty());
        assert!(gate.enter("mx.example", later(9)));
    }

    #[test]
    fn a_session_without_a_connection_keeps_no_other_waiting() {
        let mut gate = Gate::new(64);
        assert!(gate.enter("mx.example", NOW) && gate.enter("mx.example", NOW) && !gate.enter("mx.example", NOW));
        gate.not_begun("mx.example");
        gate.leave("mx.example");
        assert!(gate.enter("mx.example", NOW) && !gate.enter("mx.example", NOW));
    }

    #[test]
    fn a_process_has_no_more_sessions_than_it_may() {
        let mut gate = Gate::new(3);
        let entered = (0..10).filter(|host| gate.enter(&format!("mx{host}.example"), NOW)).count();
        assert_eq!(entered, 3);
        assert!(gate.closed(NOW).all);
        gate.leave("mx1.example");
        assert!(!gate.closed(NOW).all);
    }
}
