//! Mails that leave, and sequences that end.

use super::{Claim, Model, continue_at};
use crate::{outreach::sending::model::rows::Send, server::clock::Instant};

impl Model {
    /// Hands claims over: what may still leave now leaves.
    pub fn hand_over(&mut self, claims: &[Claim]) {
        let now = self.now;
        let valid: Vec<Claim> = claims.iter().copied().filter(|claim| self.is_valid(claim)).collect();
        let (mut leaving, mut staying) = (Vec::new(), Vec::new());
        for claim in valid {
            let Send { campaign, lead, mailbox, lease_until, .. } = self.rows.sends[&claim.send].clone();
            if !self.leads[lead].writable {
                self.lose(claim.send);
                let send = self.send(claim.send);
                (send.state, send.lease_until) = ("cancelled".into(), None);
                let one = self.enrolment(campaign, lead);
                (one.state, one.code) = ("held".into(), Some("missing_fields".into()));
                continue;
            }
            let may = lease_until.is_some_and(|until| until > now)
                && self.is_open(campaign)
                && self.rows.present.contains(&(campaign, lead))
                && self.rows.mailboxes[mailbox].state == "active"
                && !self.is_suppressed(campaign, lead);
            if may { leaving.push(claim) } else { staying.push((claim, campaign, lead)) }
        }
        for (_, campaign, lead) in &staying {
            if self.is_suppressed(*campaign, *lead) {
                self.stop(&[(*campaign, *lead)], "suppressed");
            } else if !self.rows.present.contains(&(*campaign, *lead)) {
                self.stop(&[(*campaign, *lead)], "removed");
            }
        }
        for (claim, ..) in staying.into_iter().filter(|(claim, ..)| self.is_valid(claim)).collect::<Vec<_>>() {
            self.lose(claim.send);
            let send = self.send(claim.send);
            (send.state, send.run_at, send.lease_until) = ("queued".into(), Some(now), None);
        }
        for claim in leaving {
            let send = self.send(claim.send);
            (send.sending_at, send.taken_at) = (Some(now), Some(now));
            self.sent(claim.send, now);
        }
    }

    fn is_valid(&self, claim: &Claim) -> bool {
        self.rows.sends[&claim.send].state == "claimed" && self.tokens.get(&claim.send) == Some(&claim.token)
    }

    pub fn sent(&mut self, key: (usize, usize), at: Instant) {
        let send = self.send(key);
        (send.state, send.lease_until) = ("sent".into(), None);
        let Send { campaign, lead, mailbox, slot_day, .. } = send.clone();
        let next = self.next(key.0, at);
        let one = self.enrolment(campaign, lead);
        if one.state == "in_flight" {
            one.state = if next.is_some() { "active" } else { "finished" }.into();
            (one.step, one.due_at) = (next.map(|(step, _)| step), next.map(|(_, due)| due));
            one.occupies &= next.is_some();
        } else {
            one.occupies = false;
        }
        (one.begun, one.last_sent_at) = (true, Some(at));
        if one.state == "finished" {
            self.free(&[self.leads[lead].person]);
        }
        let earliest = at.plus(self.gap_min);
        let row = &mut self.rows.mailboxes[mailbox];
        row.free_at = row.free_at.max(earliest);
        if let Some(day) = slot_day.filter(|day| row.ramp_day.is_none_or(|last| last < *day)) {
            row.ramp_days += 1;
            row.ramp_day = Some(day);
        }
    }

    /// Ends sequences, and lets those of the same people continue that waited for their end.
    pub fn stop(&mut self, leads: &[(usize, usize)], code: &str) {
        let mut people = Vec::new();
        for (campaign, lead) in leads {
            let person = self.leads[*lead].person;
            let keys: Vec<(usize, usize)> = self
                .rows
                .sends
                .iter()
                .filter(|(_, d)| {
                    (d.campaign, d.lead) == (*campaign, *lead) && matches!(d.state.as_str(), "queued" | "claimed")
                })
                .map(|(key, _)| *key)
                .collect();
            keys.into_iter().for_each(|key| self.cancel(key));
            let Some(one) = self.rows.enrolments.get_mut(&(*campaign, *lead)).filter(|one| one.is_open()) else {
                continue;
            };
            (one.state, one.code, one.due_at, one.held_until) = ("stopped".into(), Some(code.into()), None, None);
            (one.occupies, one.kept_due) = (false, None);
            people.push(person);
        }
        self.free(&people);
    }

    pub fn cancel(&mut self, key: (usize, usize)) {
        self.lose(key);
        let send = self.send(key);
        (send.state, send.run_at, send.lease_until) = ("cancelled".into(), None, None);
    }

    fn free(&mut self, people: &[usize]) {
        let now = self.now;
        for ((_, lead), one) in &mut self.rows.enrolments {
            if one.state == "held"
                && one.code.as_deref() == Some("other_campaign")
                && people.contains(&self.leads[*lead].person)
            {
                continue_at(one, now);
            }
        }
    }
}
