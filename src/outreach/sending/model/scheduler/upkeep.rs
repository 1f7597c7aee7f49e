//! What comes before slots.

use super::{Model, continue_at};
use crate::{
    outreach::sending::model::rows::{Enrolment, Send},
    server::clock::Instant,
};

impl Model {
    /// Holds that are over, leads that left or joined, claims that ran out, slots to give back; until nothing is left of it.
    pub fn upkeep(&mut self) {
        for _ in 0..4 {
            self.release();
            for (campaign, lead) in std::mem::take(&mut self.departures) {
                self.stop(&[(campaign, lead)], "removed");
            }
            self.take_back();
            self.give_slots_back();
            self.enrol();
        }
    }

    fn release(&mut self) {
        let now = self.now;
        for one in self.rows.enrolments.values_mut() {
            if one.state == "held" && one.held_until.is_some_and(|until| until <= now) {
                continue_at(one, now);
            }
        }
    }

    fn take_back(&mut self) {
        let lost = |send: &Send| send.is_open() && send.lease_until.is_some_and(|until| until < self.now);
        let lost: Vec<_> = self.rows.sends.iter().filter(|(_, send)| lost(send)).map(|(key, _)| *key).collect();
        for key in lost {
            let send = self.lose(key);
            match send.taken_at {
                Some(taken) if send.state == "sending" => self.sent(key, taken),
                _ => {
                    let (now, send) = (self.now, self.send(key));
                    (send.state, send.run_at) = ("queued".into(), Some(now));
                    (send.lease_until, send.sending_at) = (None, None);
                    self.give_up(key);
                }
            }
        }
    }

    /// A mail that waits for nothing any more: its lead was stopped or its mailbox removed while it was handed over.
    fn give_up(&mut self, key: (usize, usize)) {
        let (now, Send { campaign, lead, mailbox, .. }) = (self.now, self.rows.sends[&key].clone());
        let is_removed = self.rows.mailboxes[mailbox].state == "removed";
        let one = self.enrolment(campaign, lead);
        if one.state == "in_flight" && is_removed {
            (one.state, one.code) = ("held".into(), Some("mailbox_gone".into()));
            (one.mailbox, one.held_until) = (None, Some(now));
        }
        if one.state != "in_flight" {
            let send = self.send(key);
            (send.state, send.run_at) = ("cancelled".into(), None);
        }
    }

    fn give_slots_back(&mut self) {
        let given: Vec<(usize, usize)> = self
            .rows
            .sends
            .iter()
            .filter(|(_, d)| d.state == "cancelled" && d.slot_day.is_some())
            .map(|(key, _)| *key)
            .collect();
        for key in given {
            let Some(day) = self.send(key).slot_day.take() else { continue };
            let send = self.rows.sends[&key].clone();
            for scope in self.scopes(&send) {
                self.count((scope.0, scope.1, day), -1);
            }
        }
    }

    fn enrol(&mut self) {
        for campaign in 0..self.campaigns.len() {
            let new: Vec<usize> = self
                .rows
                .present
                .iter()
                .filter(|place| place.0 == campaign && !self.enrolled.contains(*place))
                .map(|place| place.1)
                .collect();
            if new.is_empty() || !matches!(self.rows.campaigns[campaign].as_str(), "running" | "finished") {
                continue;
            }
            self.rows.campaigns[campaign] = "running".into();
            for lead in new {
                self.enrolled.insert((campaign, lead));
                // The product puts them there at the moment at which they joined; the test joins them one by one.
                let place = self.joined_at(campaign, lead);
                match self.rows.enrolments.get_mut(&(campaign, lead)) {
                    None => {
                        self.rows.enrolments.insert((campaign, lead), waiting(place));
                    }
                    Some(one) if one.state == "stopped" && one.code.as_deref() == Some("removed") && !one.begun => {
                        *one = waiting(one.place);
                    }
                    Some(_) => continue,
                }
                if self.is_suppressed(campaign, lead) {
                    self.stop(&[(campaign, lead)], "suppressed");
                }
            }
        }
    }

    fn joined_at(&self, campaign: usize, lead: usize) -> Instant {
        self.joined.get(&(campaign, lead)).copied().unwrap_or(self.now)
    }
}

fn waiting(place: Instant) -> Enrolment {
    Enrolment {
        state: "waiting".into(),
        code: None,
        step: None,
        due_at: None,
        held_until: None,
        mailbox: None,
        occupies: false,
        begun: false,
        last_sent_at: None,
        place,
        kept_due: None,
    }
}
