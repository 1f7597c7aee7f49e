//! What members and people do, on the rows of the model.

use super::{
    Reply,
    rows::Send,
    scheduler::{Campaign, Model, Step, Suppressed, continue_at},
};
use crate::{
    outreach::schedule::rules::{day, start_of_day},
    server::clock::Instant,
};

/// What holds leads whose mail cannot be written: a changed text lets them try again.
const UNWRITABLE: [&str; 4] = ["missing_fields", "bad_value", "empty_text", "text_too_long"];

impl Model {
    pub fn deliver(&mut self, campaign: usize, lead: usize) {
        self.rows.present.insert((campaign, lead));
        self.enrolled.remove(&(campaign, lead));
        self.joined.insert((campaign, lead), self.now);
    }

    /// Every mail that was claimed and is not handed over waits.
    pub fn pause(&mut self, campaign: usize) {
        self.rows.campaigns[campaign] = "paused".into();
        let claimed: Vec<(usize, usize)> = self.sends(|send| send.campaign == campaign && send.state == "claimed");
        for key in claimed {
            self.lose(key);
            let now = self.now;
            let send = self.send(key);
            (send.state, send.run_at, send.lease_until) = ("queued".into(), Some(now), None);
        }
    }

    fn sends(&self, which: impl Fn(&Send) -> bool) -> Vec<(usize, usize)> {
        self.rows.sends.iter().filter(|(_, send)| which(send)).map(|(key, _)| *key).collect()
    }

    /// Those who wait for the mail are due by its new delay.
    pub fn delay(&mut self, step: usize, days: i64) {
        if self.steps[step].delay_days == days {
            return;
        }
        self.steps[step].delay_days = days;
        let campaign = self.steps[step].campaign;
        let waiting: Vec<(usize, Instant)> = self
            .rows
            .enrolments
            .iter()
            .filter(|((of, _), one)| *of == campaign && one.state == "active" && one.step == Some(step))
            .filter_map(|((_, lead), one)| Some((*lead, one.last_sent_at?)))
            .collect();
        for (lead, sent_at) in waiting {
            let due = self.due(step, sent_at);
            self.enrolment(campaign, lead).due_at = Some(due);
        }
        self.retry(campaign);
    }

    pub fn add_step(&mut self, campaign: usize) {
        let position = self.sequence(campaign).len() as i64 + 1;
        self.steps.push(Step { campaign, position, delay_days: 1, removed: false });
        self.retry(campaign);
    }

    pub fn remove_step(&mut self, step: usize) {
        let (campaign, position, now) = (self.steps[step].campaign, self.steps[step].position, self.now);
        self.steps[step].removed = true;
        let next = self.sequence(campaign).into_iter().find(|other| self.steps[*other].position > position);
        let unsent = |(key, send): (&(usize, usize), &Send)| {
            let may = matches!(send.state.as_str(), "queued" | "claimed") && send.sending_at.is_none();
            (key.0 == step && may).then_some((*key, send.lead))
        };
        let unsent: Vec<_> = self.rows.sends.iter().filter_map(unsent).collect();
        for (key, lead) in unsent {
            self.cancel(key);
            let one = self.enrolment(campaign, lead);
            if one.state != "in_flight" {
                continue;
            }
            let begun = one.last_sent_at.is_some();
            one.state = if begun { "active" } else { "waiting" }.into();
            (one.due_at, one.occupies) = (begun.then_some(now), begun);
            if !begun {
                (one.mailbox, one.begun) = (None, false);
            }
        }
        for ((of, _), one) in &mut self.rows.enrolments {
            if *of != campaign || one.step != Some(step) || !matches!(one.state.as_str(), "waiting" | "active" | "held")
            {
                continue;
            }
            one.step = next;
            match next {
                Some(_) => one.due_at = one.due_at.map(|due| due.max(now)),
                None => {
                    if one.state != "waiting" {
                        one.state = "finished".into();
                    }
                    (one.due_at, one.held_until, one.code, one.kept_due, one.occupies) =
                        (None, None, None, None, false);
                }
            }
        }
        for other in self.sequence(campaign) {
            if self.steps[other].position > position {
                self.steps[other].position -= 1;
            }
        }
        self.retry(campaign);
    }

    /// Those whose mail could not be written try again.
    fn retry(&mut self, campaign: usize) {
        let now = self.now;
        for ((of, _), one) in &mut self.rows.enrolments {
            if *of == campaign
                && one.state == "held"
                && one.code.as_deref().is_some_and(|code| UNWRITABLE.contains(&code))
            {
                continue_at(one, now);
            }
        }
    }

    pub fn hold_lead(&mut self, campaign: usize, lead: usize, until: Option<Instant>) {
        let Some(one) = self.rows.enrolments.get_mut(&(campaign, lead)) else { return };
        let by_person = one.state == "held" && one.code.as_deref() == Some("by_person");
        if !matches!(one.state.as_str(), "waiting" | "active") && !by_person {
            return;
        }
        let due = one.due_at.or(one.kept_due);
        (one.state, one.code) = ("held".into(), Some("by_person".into()));
        one.held_until = until.map(|until| due.map_or(until, |due| due.max(until)));
        (one.due_at, one.kept_due) = (None, due);
    }

    pub fn continue_lead(&mut self, campaign: usize, lead: usize) {
        let now = self.now;
        let Some(one) = self.rows.enrolments.get_mut(&(campaign, lead)) else { return };
        if one.state == "held" {
            let due = one.kept_due.filter(|due| *due > now).unwrap_or(now);
            continue_at(one, now);
            one.due_at = one.due_at.map(|_| due);
        }
    }

    /// A person, or everyone at a domain, must not be written to, in one campaign or in all.
    pub fn suppress(&mut self, subject: Suppressed, code: &str) {
        self.suppressed.insert(subject);
        let concerned = |(campaign, lead): (usize, usize)| match subject {
            Suppressed::Everywhere(person) => self.leads[lead].canonical == person,
            Suppressed::In(of, person) => of == campaign && self.leads[lead].canonical == person,
            Suppressed::Domain(domain) => self.leads[lead].domain == Some(domain),
        };
        let leads: Vec<(usize, usize)> = self.rows.enrolments.keys().copied().filter(|key| concerned(*key)).collect();
        self.stop(&leads, code);
    }

    /// A message comes back for a mail. It proves that the mail left.
    pub fn reply(&mut self, key: (usize, usize), what: Reply) {
        let Send { state, campaign, lead, sending_at, .. } = self.rows.sends[&key].clone();
        if let Some(left_at) = sending_at.filter(|_| state == "sending") {
            self.lose(key);
            self.sent(key, left_at);
        }
        let everywhere = Suppressed::Everywhere(self.leads[lead].canonical);
        match what {
            Reply::Answer => self.stop(&[(campaign, lead)], "answered"),
            Reply::Absence => self.hold_absent(campaign, lead),
            Reply::OptOut => self.suppress(everywhere, "unsubscribed"),
            Reply::Bounce if self.bounced.insert(key) => {
                self.suppress(everywhere, "bounced");
                self.stop(&[(campaign, lead)], "bounced");
            }
            Reply::Bounce => {}
        }
    }

    /// For a week, and until the campaign has a window.
    fn hold_absent(&mut self, campaign: usize, lead: usize) {
        let keys = self.sends(|d| {
            let waits = matches!(d.state.as_str(), "queued" | "claimed") && d.sending_at.is_none();
            (d.campaign, d.lead) == (campaign, lead) && waits
        });
        let may = self.rows.enrolments.get(&(campaign, lead)).is_some_and(|one| one.is_open());
        if !may {
            return;
        }
        keys.into_iter().for_each(|key| self.cancel(key));
        let on_its_way = !self.sends(|d| (d.campaign, d.lead) == (campaign, lead) && d.is_open()).is_empty();
        let Campaign { week, zone, .. } = &self.campaigns[campaign];
        let begins = start_of_day(day(self.now, zone).plus(7), zone);
        let until = week.next_window(begins, zone).map_or(begins, |(opens, _)| opens.max(begins));
        let one = self.enrolment(campaign, lead);
        let is_held = one.state == "held" && one.code.as_deref() == Some("out_of_office");
        let waits = matches!(one.state.as_str(), "waiting" | "active") || (one.state == "in_flight" && !on_its_way);
        if !waits && !is_held {
            return;
        }
        let due = one.due_at.or(one.kept_due);
        (one.state, one.code) = ("held".into(), Some("out_of_office".into()));
        one.held_until = Some(due.map_or(until, |due| due.max(until)));
        (one.due_at, one.kept_due) = (None, due);
    }

    /// A lead that is returned leaves all campaigns.
    pub fn leave(&mut self, lead: usize) {
        let left: Vec<(usize, usize)> = self.rows.present.iter().copied().filter(|place| place.1 == lead).collect();
        for place in left {
            self.rows.present.remove(&place);
            self.departures.insert(place);
        }
    }

    pub fn remove_mailbox(&mut self, mailbox: usize, pass_on: bool) {
        let now = self.now;
        self.rows.mailboxes[mailbox].state = "removed".into();
        let campaigns: Vec<usize> =
            self.rows.chosen.keys().filter(|(_, of)| *of == mailbox).map(|(campaign, _)| *campaign).collect();
        self.rows.chosen.retain(|(_, of), _| *of != mailbox);
        for campaign in campaigns {
            let has = |((of, lead), one): (&(usize, usize), &super::rows::Enrolment)| {
                let open = matches!(one.state.as_str(), "in_flight" | "active" | "held");
                (*of == campaign && one.mailbox == Some(mailbox) && open).then_some((*of, *lead))
            };
            let leads: Vec<(usize, usize)> = self.rows.enrolments.iter().filter_map(has).collect();
            if !pass_on {
                self.stop(&leads, "mailbox_removed");
                continue;
            }
            for key in self.sends(|d| {
                d.campaign == campaign && d.mailbox == mailbox && matches!(d.state.as_str(), "queued" | "claimed")
            }) {
                self.cancel(key);
            }
            for (campaign, lead) in leads {
                if !self.sends(|d| (d.campaign, d.lead) == (campaign, lead) && d.state == "sending").is_empty() {
                    continue;
                }
                let one = self.enrolment(campaign, lead);
                if one.state != "held" {
                    one.code = Some("mailbox_gone".into());
                    one.held_until = Some(one.due_at.unwrap_or(now));
                }
                (one.state, one.due_at, one.mailbox) = ("held".into(), None, None);
            }
        }
    }

    /// The mailboxes that begin conversations in a campaign are these; others end what they began.
    pub fn choose(&mut self, campaign: usize, mailboxes: &[usize]) {
        for ((of, mailbox), (on, _)) in &mut self.rows.chosen {
            if *of == campaign {
                *on = mailboxes.contains(mailbox);
            }
        }
        let enrolments = &self.rows.enrolments;
        let has_open = |campaign: usize, mailbox: usize| {
            enrolments.iter().any(|((of, _), one)| {
                *of == campaign
                    && one.mailbox == Some(mailbox)
                    && matches!(one.state.as_str(), "in_flight" | "active" | "held")
            })
        };
        self.rows.chosen.retain(|(of, mailbox), (on, _)| *of != campaign || *on || has_open(*of, *mailbox));
        for mailbox in mailboxes {
            self.rows.chosen.entry((campaign, *mailbox)).or_insert((true, Instant(0)));
        }
    }
}
