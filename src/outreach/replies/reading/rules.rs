//! The rules for what is no report (R5 to R18), the first that fits.

use super::{
    Known, Reading,
    kind::{Kind, Label},
    marks::Marks,
    new_text,
    phrases::{self, Found, Phrase, Text},
    return_date::{self, Return},
};
use crate::mail::message::Message;

/// Longest text that may be an opt-out, in words.
const OPT_OUT_WORDS_MAX: usize = 60;
/// Longest text that may be an absence note without a mark, in words.
const NOTE_WORDS_MAX: usize = 120;

/// Longest sentence that says nothing: greetings and names, in words.
const SHORT_WORDS_MAX: usize = 4;
/// Where times can be chosen, as part of an address.
const BOOKING: [&str; 22] = [
    "calendly.com/",
    "cal.com/",
    "meetings.hubspot.com/",
    "hubspot.com/meetings",
    "outlook.office.com/bookwithme",
    "outlook.office.com/book",
    "outlook.office365.com/book",
    "outlook.office365.com/owa/calendar",
    "savvycal.com/",
    "tidycal.com/",
    "doodle.com/",
    "zeeg.me/",
    "calendar.app.google/",
    "calendar.google.com/calendar/appointments",
    "koalendar.com/",
    "youcanbook.me",
    "acuityscheduling.com",
    "chilipiper.com",
    "meetfox.com/",
    "app.reclaim.ai/",
    "zcal.co/",
    "book.vimcal.com/",
];

/// What an answer is.
pub fn read(message: &Message, known: &Known<'_>) -> Reading {
    let marks = Marks::of(message, known);
    if marks.is_list_post {
        return Reading::of(Kind::List, "R0");
    }
    let new = new_text::new_text(&message.text, known);
    let answer = Answer { message, known, marks, text: Text::of(new_text::said(&new)), said: new_text::said(&new) };
    let reading = answer
        .calendar()
        .or_else(|| answer.challenge())
        .or_else(|| answer.automatic())
        .or_else(|| answer.unmarked_absence())
        .unwrap_or_else(|| answer.person());
    Reading { new_text: new, ..reading }
}

struct Answer<'a> {
    message: &'a Message,
    known: &'a Known<'a>,
    marks: Marks,
    text: Text,
    /// The new text without its signature.
    said: &'a str,
}

impl Answer<'_> {
    /// R5: an answer to an invitation, or one.
    fn calendar(&self) -> Option<Reading> {
        let part = self.message.parts_of("text/calendar").next()?;
        let lines: Vec<String> = part.text.replace("\n ", "").lines().map(str::to_ascii_uppercase).collect();
        let method = lines.iter().find_map(|line| line.strip_prefix("METHOD:")).unwrap_or_default().trim();
        let says = |state: &str| lines.iter().any(|line| line.starts_with("ATTENDEE") && line.contains(state));
        let label = match method {
            "REPLY" if says("PARTSTAT=ACCEPTED") => Some(Label::Meeting),
            "REQUEST" | "COUNTER" => Some(Label::Meeting),
            "REPLY" | "CANCEL" => None,
            _ => return None,
        };
        Some(Reading { label, ..Reading::of(Kind::Calendar, "R5") })
    }

    /// R6: it wants proof that a person wrote.
    fn challenge(&self) -> Option<Reading> {
        let asks = self.text.has(&phrases::CHALLENGE) || Text::of(&self.message.subject).has(&phrases::CHALLENGE);
        let has_way = self.said.contains("://") || self.marks.is_automatic;
        let is_marked = self.marks.is_automatic || self.message.has_null_return_path();
        let is_challenge = self.marks.has_challenge_field || (asks && has_way && is_marked);
        is_challenge.then(|| Reading::of(Kind::Challenge, "R6"))
    }

    /// R7 and R8: a machine says that it is one; R9 to R11 say which.
    fn automatic(&self) -> Option<Reading> {
        if !self.marks.is_automatic && !self.marks.has_absence_subject {
            return None;
        }
        // Who is away has not left, whoever else has.
        let has_left = self.text.has(&phrases::LEFT)
            || (self.text.has(&phrases::UNUSED_ADDRESS) && !self.text.has(&phrases::TICKET));
        if has_left && !self.text.has(&phrases::AWAY) {
            return Some(self.left_company());
        }
        let back = self.back();
        let is_of_absence = self.marks.has_absence_subject && !self.text.has(&phrases::TICKET);
        if is_of_absence || self.text.has(&phrases::AWAY) || back.is_named {
            return Some(self.away());
        }
        // Ticket systems call all of their mail automatic.
        let is_acknowledgement = self.text.has(&phrases::TICKET) || self.marks.has_ticket_subject;
        if self.marks.is_of_ticket_system && !is_acknowledgement && !self.text.is_empty() {
            return None;
        }
        Some(Reading { label: Some(Label::Automatic), ..Reading::of(Kind::Automatic, "R11") })
    }

    fn left_company(&self) -> Reading {
        Reading {
            label: Some(Label::LeftCompany),
            successor: self.other_address(),
            ..Reading::of(Kind::LeftCompany, "R9")
        }
    }

    fn away(&self) -> Reading {
        Reading {
            label: Some(Label::OutOfOffice),
            return_date: self.back().date,
            ..Reading::of(Kind::OutOfOffice, "R10")
        }
    }

    fn back(&self) -> Return {
        return_date::read(&self.text, self.said, self.message, self.known)
    }

    /// R10 without a mark: every sentence is of an absence note, and nothing shows that a person answered: no quote, no name.
    fn unmarked_absence(&self) -> Option<Reading> {
        let is_note = self.text.len() <= NOTE_WORDS_MAX && !self.text.asks() && self.text.has(&phrases::AWAY);
        if !is_note || (self.marks.quotes && !self.marks.is_weakly_automatic) || self.greets_by_name() {
            return None;
        }
        let (away, beside) = (self.text.places(&phrases::AWAY), self.text.places(&phrases::BESIDE_ABSENCE));
        let is_explained = |(from, to): &(usize, usize)| {
            let within = |place: &Found| place.from >= *from && place.from < *to;
            to - from <= SHORT_WORDS_MAX || away.iter().any(within) || beside.iter().any(within)
        };
        let is_whole = self.text.sentences().iter().all(is_explained);
        let says_more =
            [&phrases::NOT_IN_NOTES, &phrases::NO, &phrases::HARDLY].iter().any(|table| self.text.has(table));
        let back = self.back();
        (is_whole && !says_more && (back.is_named || self.marks.is_weakly_automatic)).then(|| self.away())
    }

    /// Whether it begins with the name of the person that it is to: programs do not know it.
    fn greets_by_name(&self) -> bool {
        let names = self.message.to.iter().filter_map(|to| to.name.as_deref()).flat_map(str::split_whitespace);
        let names: Vec<String> = names.map(phrases::fold).filter(|name| name.chars().count() > 1).collect();
        self.text.words().take(4).any(|(word, _)| names.iter().any(|name| name == word))
    }

    /// R12 to R18.
    fn person(&self) -> Reading {
        let human = |label, rule| Reading { label, ..Reading::of(Kind::Human, rule) };
        if self.text.is_empty() {
            return human(None, "R17");
        }
        if self.opts_out() {
            return human(Some(Label::Unsubscribe), "R12");
        }
        if self.text.has(&phrases::LEFT) {
            let reading = human(Some(Label::LeftCompany), "R13");
            return Reading { successor: self.other_address(), ..reading };
        }
        if self.text.has(&phrases::WRONG_PERSON) {
            let reading = human(Some(Label::WrongPerson), "R13");
            return Reading { successor: self.other_address(), ..reading };
        }
        if let Some(label) = self.refusal() {
            return human(Some(label), "R14");
        }
        if self.wants_to_meet() {
            return human(Some(Label::Meeting), "R15");
        }
        if self.is_positive() {
            return human(Some(Label::Interested), "R16");
        }
        human(None, "R18")
    }

    /// R12. Who wants to be called instead of mailed has not opted out.
    fn opts_out(&self) -> bool {
        let is_meant = |place: &Found| !self.text.follows(place.from, &["not", "never"]);
        let is_asked = self.text.has_clause(&phrases::OPT_OUT_CLAUSES, &phrases::COURTESIES)
            || self.text.places(&phrases::OPT_OUT).iter().any(is_meant)
            || self.text.has_letters(&phrases::OPT_OUT);
        is_asked && self.text.len() <= OPT_OUT_WORDS_MAX && !self.has_unnegated(&phrases::RATHER_CALLED)
    }

    /// R14: no before yes, because “not interested” has “interested” in it.
    fn refusal(&self) -> Option<Label> {
        let says_no = self.text.has(&phrases::NO) || self.text.has_clause(&phrases::NO_CLAUSES, &phrases::COURTESIES);
        let is_later = self.text.has(&phrases::NOT_NOW);
        if says_no {
            return Some(if is_later || self.text.has(&phrases::LATER) { Label::NotNow } else { Label::NotInterested });
        }
        if is_later {
            return Some(Label::NotNow);
        }
        (self.text.has(&phrases::HARDLY) && !self.is_positive()).then_some(Label::NotInterested)
    }

    /// R15.
    fn wants_to_meet(&self) -> bool {
        let small = self.said.to_lowercase();
        if BOOKING.iter().any(|place| small.contains(place)) {
            return true;
        }
        let has_hour = self.text.words().any(|(word, _)| is_time_of_day(word));
        let has_time = has_hour || self.text.has(&phrases::TIME);
        let is_about_a_talk = self.text.has(&phrases::MEETING) || (has_hour && self.text.has(&phrases::TIME));
        has_time && is_about_a_talk && !self.text.has(&phrases::NO_MEETING)
    }

    /// R16.
    fn is_positive(&self) -> bool {
        self.has_unnegated(&phrases::POSITIVE) || self.text.asks_about(&phrases::ASKED_ABOUT)
    }

    /// Whether one of the phrases is there without a no before it.
    fn has_unnegated(&self, phrases: &[Phrase]) -> bool {
        let is_said = |place: &Found| !self.text.has_before(place.from, &phrases::NEGATORS);
        self.text.places(phrases).iter().any(is_said) || self.text.has_letters(phrases)
    }

    /// The first address in the text that is neither ours nor the sender's.
    fn other_address(&self) -> Option<String> {
        let is_other = |address: &&str| {
            let is = |known: &str| known.eq_ignore_ascii_case(address);
            let is_sender = self.message.from.as_ref().is_some_and(|from| is(&from.address));
            let is_ours =
                self.known.own_addresses.iter().any(|own| is(own)) || self.message.to.iter().any(|to| is(&to.address));
            !is_sender && !is_ours
        };
        let is_mark = |c: char| c.is_whitespace() || "<>()[],;\"'!?".contains(c);
        let words =
            self.said.split(is_mark).map(|word| word.trim_matches(['.', ':', '*']).trim_start_matches("mailto:"));
        let addresses = words.filter(|word| {
            word.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'))
        });
        addresses.filter(is_other).map(str::to_owned).next()
    }
}

/// `14:00`, `3pm`, `14h30`, `14h`.
fn is_time_of_day(word: &str) -> bool {
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let is_clock = word.split_once(':').or_else(|| word.split_once('h')).is_some_and(|(hour, minute)| {
        let is_number =
            |text: &str| !text.is_empty() && text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number(hour) && (is_number(minute) || (minute.is_empty() && word.ends_with('h')))
    });
    is_clock || (matches!(&word[digits.len()..], "am" | "pm") && digits.parse::<u8>().is_ok())
}
