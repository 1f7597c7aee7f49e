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
    /// How many words it takes.
    pub words: usize,
    /// Whether it is about someone else: a boss, an employer.
    pub is_of_another: bool,
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

/// The notions of a title. Its tokens are [taken apart](taken_apart) already.
pub fn units(tokens: &[Token]) -> Vec<Unit> {
    let mut units = phrases(tokens);
    name_chiefs(&mut units);
    mark_employers(&mut units);
    mark_bosses(&mut units);
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
        let (meaning, words) = found.map_or((None, 1), |(meaning, words)| (Some(meaning), words));
        units.push(Unit { meaning, before: tokens[at].before, words, is_of_another: false });
        at += words;
    }
    units
}

/// Takes compounds of unknown words apart: "vertriebsleiter" is "vertrieb", "leiter".
pub fn taken_apart(tokens: &[Token]) -> Vec<Token> {
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

/// An officer stands at most this many words behind his chief.
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
fn mark_employers(units: &mut [Unit]) {
    let mut is_employer = false;
    for unit in units {
        is_employer &= unit.before < Break::Comma;
        is_employer |= unit.is(Kind::At);
        unit.is_of_another |= is_employer;
    }
}

/// A boss stands at most this many notions behind "to".
const BOSS_REACH: usize = 5;

/// "Assistant to the President & CEO": from "to" on it is about someone else, up to a bar. The same holds up to a comma for what an aide
/// is of ("Assistentin der Geschäftsführung"), and for the chief before an aide ("CEO Assistant").
fn mark_bosses(units: &mut [Unit]) {
    for at in 1..units.len() {
        let is_aides = units[at].before == Break::None && units[at - 1].is(Kind::Aide);
        let kind = units[at].meaning.map(|meaning| meaning.kind);
        let end = match kind {
            Some(Kind::To) if boss_follows(&units[at + 1..]) => Break::Bar,
            Some(Kind::Of) if is_aides && boss_follows(&units[at + 1..]) => Break::Comma,
            Some(Kind::Boss) if is_aides => Break::Comma,
            _ => continue,
        };
        let (first, rest) = units[at..].split_at_mut(1);
        let side = rest.iter_mut().take_while(|unit| unit.before < end);
        first.iter_mut().chain(side).for_each(|unit| unit.is_of_another = true);
    }
}

fn boss_follows(units: &[Unit]) -> bool {
    units.iter().take(BOSS_REACH).take_while(|unit| unit.before == Break::None).any(Unit::is_boss)
}

/// Which units are about what a person was: "former" stands before them.
pub fn past(units: &[Unit]) -> Vec<bool> {
    let mut is_past = false;
    units
        .iter()
        .map(|unit| {
            is_past &= unit.before < Break::Comma;
            let now = is_past;
            is_past |= unit.is(Kind::Former);
            now
        })
        .collect()
}
