//! From words to units: phrases with one meaning, compounds taken apart, and what says nothing of the job cut off.

use super::{
    super::role::Seniority,
    departments::Departments,
    tokens::{Break, Token},
    vocabulary::{Kind, Meaning, Told, VOCABULARY},
};

/// One notion of a title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    /// None: an unknown word.
    pub meaning: Option<Meaning>,
    pub before: Break,
}

impl Unit {
    pub fn is(&self, kind: Kind) -> bool {
        self.meaning.is_some_and(|meaning| meaning.kind == kind)
    }

    /// The rank of a noun.
    pub fn rank(&self) -> Option<Seniority> {
        match self.meaning?.kind {
            Kind::Head(rank) => Some(rank),
            Kind::Aide | Kind::Office => Some(Seniority::Entry),
            _ => None,
        }
    }

    /// Whether aides can work for it.
    fn is_boss(&self) -> bool {
        self.is(Kind::Boss) || self.is(Kind::Chief) || self.rank().is_some_and(|rank| rank < Seniority::Senior)
    }
}

/// The notions of a title that say something of the job.
pub fn units(tokens: &[Token]) -> Vec<Unit> {
    let mut units = phrases(&taken_apart(tokens));
    name_chiefs(&mut units);
    cut_employers(&mut units);
    cut_bosses(&mut units);
    units
}

fn phrases(tokens: &[Token]) -> Vec<Unit> {
    let mut units = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        let mut found = VOCABULARY.find(&tokens[at..]);
        if found.is_some_and(|(meaning, _)| meaning.kind == Kind::Chief) {
            found = chief_officer(&tokens[at..]).or(found);
        }
        units.push(Unit { meaning: found.map(|(meaning, _)| meaning), before: tokens[at].before });
        at += found.map_or(1, |(_, length)| length);
    }
    units
}

/// Takes compounds of unknown words apart: "vertriebsleiter" is "vertrieb", "leiter".
fn taken_apart(tokens: &[Token]) -> Vec<Token> {
    let mut apart = Vec::with_capacity(tokens.len() + 2);
    for token in tokens {
        match parts_of(&token.word) {
            Some((front, noun)) => {
                let before = if front.is_empty() { token.before } else { Break::None };
                if !front.is_empty() {
                    apart.push(Token { word: front, before: token.before });
                }
                apart.push(Token { word: noun, before });
            }
            None => apart.push(token.clone()),
        }
    }
    apart
}

/// Shorter words are no compounds.
const COMPOUND_MIN: usize = 7;
/// A known word this long may end the front of a compound: "regionalvertriebs" is about "vertriebs".
const FRONT_MIN: usize = 5;

fn parts_of(word: &str) -> Option<(String, String)> {
    if word.len() < COMPOUND_MIN || !word.is_ascii() || VOCABULARY.knows(word) {
        return None;
    }
    let Some((front, noun)) = VOCABULARY.split(word) else {
        // the feminine of a known noun
        let noun = word.strip_suffix("in").filter(|noun| VOCABULARY.knows(noun))?;
        return Some((String::new(), noun.to_owned()));
    };
    let known = |front: &str| VOCABULARY.knows(front).then(|| front.to_owned());
    let front = known(front)
        .or_else(|| known(front.strip_suffix('s')?))
        .or_else(|| (1..front.len().saturating_sub(FRONT_MIN)).find_map(|at| known(&front[at..])))
        .or_else(|| (1..front.len().saturating_sub(FRONT_MIN)).find_map(|at| known(front[at..].strip_suffix('s')?)))
        .unwrap_or_else(|| front.to_owned());
    Some((front, noun.to_owned()))
}

/// An officer stands at most so many words behind his chief.
const CHIEF_REACH: usize = 8;

/// "Chief … Officer" is one noun, and what stands between says of which department: its meaning and its length in words.
fn chief_officer(tokens: &[Token]) -> Option<(Meaning, usize)> {
    let side = 1 + tokens[1..].iter().take(CHIEF_REACH).take_while(|token| token.before <= Break::Slash).count();
    let officer = tokens[..side].iter().position(|token| token.word == "officer")?;
    let inside = phrases(&tokens[1..officer]).into_iter().filter_map(|unit| unit.meaning);
    let departments = inside.fold(Departments::NONE, |all, meaning| all.with(meaning.departments));
    Some((noun(Seniority::CSuite, departments), officer + 1))
}

fn noun(rank: Seniority, departments: Departments) -> Meaning {
    Meaning { kind: Kind::Head(rank), departments, told: Told::Alone, noun_first: false }
}

/// A chief without an officer heads a job ("Chief Pilot"), or is chief of a department ("Chief Marketing").
fn name_chiefs(units: &mut [Unit]) {
    for at in 0..units.len() {
        if units[at].is(Kind::Chief) {
            let side = units[at + 1..].iter().take_while(|unit| unit.before == Break::None);
            let is_of_department = side.clone().all(|unit| unit.is(Kind::Topic)) && side.count() > 0;
            let rank = if is_of_department { Seniority::CSuite } else { Seniority::Head };
            units[at].meaning = Some(noun(rank, Departments::NONE));
        }
    }
}

/// What follows "at" names the employer, up to the next comma.
fn cut_employers(units: &mut Vec<Unit>) {
    let mut is_employer = false;
    units.retain(|unit| {
        is_employer = match unit.before {
            Break::Comma | Break::Bar => false,
            _ => is_employer,
        };
        is_employer |= unit.is(Kind::At);
        !is_employer
    });
}

/// A boss stands at most so many notions behind "to".
const BOSS_REACH: usize = 5;

/// "Assistant to the President & CEO": from "to" on it is about somebody else. The same holds for what an aide is of.
fn cut_bosses(units: &mut Vec<Unit>) {
    let mut at = 0;
    while at < units.len() {
        let follows = |link: usize| {
            let reach = units[link + 1..].iter().take(BOSS_REACH).take_while(|unit| unit.before == Break::None);
            reach.clone().any(Unit::is_boss)
        };
        let aide_before = at > 0 && units[at].before == Break::None && units[at - 1].is(Kind::Aide);
        let starts = match units[at].meaning.map(|meaning| meaning.kind) {
            Some(Kind::To) => at > 0 && follows(at),
            Some(Kind::Of) => aide_before && follows(at),
            Some(Kind::Boss) => aide_before,
            _ => false,
        };
        if starts {
            let length = units[at..].iter().take_while(|unit| unit.before < Break::Bar).count();
            let length = match units[at].is(Kind::To) {
                true => length,
                false => units[at..].iter().skip(1).take_while(|unit| unit.before < Break::Comma).count() + 1,
            };
            units.drain(at..at + length.max(1));
        } else {
            at += 1;
        }
    }
}
