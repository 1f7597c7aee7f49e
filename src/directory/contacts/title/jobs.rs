//! The jobs that a title names: each with its rank and its departments.

use super::{
    super::role::{Department, Seniority},
    departments::Departments,
    tokens::Break,
    units::Unit,
    vocabulary::{Kind, Told},
};

/// One job of a title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Job {
    pub rank: Seniority,
    pub departments: Departments,
    /// Whether it leads the company and has no department of its own.
    pub leads: bool,
}

/// What the words of a part of a title say, before it is a job.
#[derive(Debug, Clone, Copy, Default)]
struct Part {
    /// The noun that decides.
    noun: Option<Noun>,
    topics: Departments,
    topics_otherwise: Departments,
    /// What nouns beside the one that decides are about.
    beside: Departments,
    is_senior: bool,
    is_staff: bool,
    is_intern: bool,
    is_former: bool,
}

#[derive(Debug, Clone, Copy)]
struct Noun {
    kind: Kind,
    rank: Seniority,
    departments: Departments,
    told: Told,
}

/// The jobs of these units, without former ones. No job: nothing but unknown or former ones.
pub fn jobs(units: &[Unit]) -> Vec<Job> {
    let mut parts: Vec<Part> = Vec::new();
    let mut pending = Part::default();
    let mut former_goes_on = false;
    let slices = split(units);
    for (place, (by, slice)) in slices.iter().enumerate() {
        let mut part = read(slice);
        let (by_and, next_by_and) =
            (*by <= Break::Slash, slices.get(place + 1).is_some_and(|(by, _)| *by <= Break::Slash));
        match part.noun {
            Some(_) => {
                part.is_former |= by_and && former_goes_on;
                former_goes_on = part.is_former;
                part.modify(pending);
                pending = Part::default();
                parts.push(part);
            }
            None if part.is_former && slice.len() == 1 => match parts.last_mut() {
                Some(last) if *by == Break::Comma => last.is_former = true,
                _ => {}
            },
            None if part.is_lead() => parts.push(Part { noun: Some(Noun::LEAD), ..part }),
            None => match parts.last_mut() {
                Some(last) if !(next_by_and && next_has_a_noun(&slices, place)) => {
                    if *by != Break::Bar || last.departments().is_empty() {
                        last.modify(part);
                    }
                }
                _ => pending.modify(part),
            },
        }
    }
    if parts.is_empty() && !pending.is_former {
        parts.push(pending);
    }
    parts.iter().filter(|part| !part.is_former).map(Part::job).collect()
}

fn next_has_a_noun(slices: &[(Break, &[Unit])], place: usize) -> bool {
    slices.get(place + 1).is_some_and(|(_, slice)| read(slice).noun.is_some())
}

/// Cuts at separators and at "and".
fn split(units: &[Unit]) -> Vec<(Break, &[Unit])> {
    let mut slices = Vec::new();
    let (mut start, mut by) = (0, Break::None);
    for (at, unit) in units.iter().enumerate() {
        let is_and = unit.is(Kind::And);
        if is_and || unit.before > Break::None {
            if start < at {
                slices.push((by, &units[start..at]));
            }
            by = if is_and { by_of(start < at, by, Break::Slash) } else { by_of(start < at, by, unit.before) };
            start = if is_and { at + 1 } else { at };
        }
    }
    if start < units.len() {
        slices.push((by, &units[start..]));
    }
    slices
}

/// What parts the next slice: of several separators in a row the strongest.
fn by_of(is_new: bool, before: Break, by: Break) -> Break {
    if is_new { by } else { before.max(by) }
}

/// Reads the words of one part.
fn read(slice: &[Unit]) -> Part {
    let mut part = Part { noun: noun(slice), ..Part::default() };
    for unit in slice {
        let Some(meaning) = unit.meaning else { continue };
        match meaning.kind {
            Kind::Topic | Kind::Maybe if meaning.told == Told::Otherwise => {
                part.topics_otherwise = part.topics_otherwise.with(meaning.departments);
            }
            Kind::Topic | Kind::Maybe => part.topics = part.topics.with(meaning.departments),
            Kind::Senior => part.is_senior = true,
            Kind::Staff => part.is_staff = true,
            Kind::Intern => part.is_intern = true,
            Kind::Training => part.is_intern |= part.noun.is_none(),
            _ => {}
        }
    }
    part.is_former = is_former(slice, part.noun.is_some());
    if let Some(noun) = &mut part.noun {
        part.beside = beside(slice, noun);
        refine(noun, slice, &part.topics);
    }
    part
}

/// Nouns before the first "of" or "to".
fn nouns(slice: &[Unit]) -> impl Iterator<Item = &Unit> {
    let is_noun = |unit: &&Unit| unit.rank().is_some();
    let first = slice.iter().position(|unit| unit.rank().is_some()).unwrap_or(slice.len());
    let link = slice[first..].iter().position(|unit| unit.is(Kind::Of)).map_or(slice.len(), |at| first + at);
    slice[..link].iter().filter(is_noun)
}

/// The noun that decides: the last one before "of" in English, German and Dutch, the first one elsewhere.
fn noun(slice: &[Unit]) -> Option<Noun> {
    let first = nouns(slice).next();
    let decides = match first {
        Some(first) if first.meaning.is_some_and(|meaning| meaning.noun_first) => Some(first),
        Some(_) => nouns(slice).last(),
        None => slice.iter().find(|unit| unit.is(Kind::Maybe)),
    };
    let Some(decides) = decides else { return management(slice) };
    let meaning = decides.meaning?;
    let rank = decides.rank().unwrap_or(Seniority::Entry);
    // a noun only for want of another has its department from being a topic
    let departments = if meaning.kind == Kind::Maybe { Departments::NONE } else { meaning.departments };
    Some(Noun { kind: meaning.kind, rank, departments, told: meaning.told })
}

/// "Geschäftsführung" alone: who is in it.
fn management(slice: &[Unit]) -> Option<Noun> {
    let is_named = slice
        .iter()
        .any(|unit| unit.is(Kind::Boss) && unit.meaning.is_some_and(|meaning| !meaning.departments.is_empty()));
    let rank = Seniority::CSuite;
    is_named.then_some(Noun { kind: Kind::Head(rank), rank, departments: Departments::NONE, told: Told::Alone })
}

/// Corrects the noun by others beside it.
fn refine(noun: &mut Noun, slice: &[Unit], topics: &Departments) {
    use Seniority::{CSuite, Entry, Founder, Head, Owner, Partner};
    let helps = matches!(noun.kind, Kind::Aide | Kind::Office);
    let is_bare = noun.rank == Entry && noun.departments.is_empty();
    for other in nouns(slice) {
        match other.rank() {
            // "Socio fundador", "Owner CEO"; but not "CEO Assistant"
            Some(rank @ (Owner | Founder | CSuite)) if rank < noun.rank && !helps && !is_bare => {
                *noun = Noun { kind: Kind::Head(rank), rank, departments: Departments::NONE, told: Told::Alone };
            }
            // "Head Nurse", "Chief Architect"
            Some(Head) if noun.rank == Entry && !helps => noun.rank = Head,
            _ => {}
        }
    }
    if noun.rank == Partner && noun.kind == Kind::Head(Partner) && advises(topics) {
        noun.rank = Entry;
    }
    if noun.kind == Kind::Office {
        noun.departments = office_of(slice);
    }
}

/// Departments whose "partners" are colleagues who advise, not owners: "People Partner", but "Tax Partner".
fn advises(topics: &Departments) -> bool {
    use Department::{Consulting, Engineering, Finance, Legal, Medical, Operations};
    let of_firms = [Consulting, Engineering, Finance, Legal, Medical, Operations].map(Departments::of);
    !topics.is_empty() && !of_firms.into_iter().fold(*topics, Departments::without).is_empty()
}

/// What the nouns that do not decide are about: "Responsable comptable". Partners that are managed are the business of sales.
fn beside(slice: &[Unit], decides: &Noun) -> Departments {
    nouns(slice).filter_map(|unit| unit.meaning).fold(Departments::NONE, |sum, meaning| match meaning.kind {
        kind if kind == decides.kind && meaning.departments == decides.departments => sum,
        Kind::Head(Seniority::Partner) => sum.with(Departments::of(Department::Sales)),
        Kind::Head(Seniority::Entry) => sum.with(meaning.departments),
        Kind::Office => sum.with(Departments::of(Department::Operations)),
        _ => sum,
    })
}

/// An office has the department of its chief.
fn office_of(slice: &[Unit]) -> Departments {
    let chief = slice.iter().filter(|unit| unit.rank().is_some_and(|rank| rank < Seniority::Senior));
    let of_chief = chief.filter_map(|unit| unit.meaning).next().map(|meaning| meaning.departments).unwrap_or_default();
    of_chief.without(Departments::of(Department::Executive))
}

/// "Former CEO", "CEO (retired)", "CEO retired".
fn is_former(slice: &[Unit], has_noun: bool) -> bool {
    let Some(at) = slice.iter().position(|unit| unit.is(Kind::Former)) else { return false };
    let noun_follows = slice[at..].iter().any(|unit| unit.rank().is_some() || unit.is(Kind::Maybe));
    noun_follows || !has_noun || at + 1 == slice.len()
}

impl Noun {
    const LEAD: Self = Self {
        kind: Kind::Head(Seniority::Senior),
        rank: Seniority::Senior,
        departments: Departments::NONE,
        told: Told::Alone,
    };
}

impl Part {
    /// "Sales Lead": a part without a noun that is one all the same.
    fn is_lead(&self) -> bool {
        self.is_senior && !self.topics.is_empty()
    }

    /// Takes over what a part without a noun says.
    fn modify(&mut self, other: Self) {
        self.topics = self.topics.with(other.topics);
        self.topics_otherwise = self.topics_otherwise.with(other.topics_otherwise);
        self.is_senior |= other.is_senior;
        self.is_staff |= other.is_staff;
        self.is_intern |= other.is_intern;
        self.is_former |= other.is_former && self.noun.is_none();
        if let Some(noun) = &mut self.noun
            && noun.kind == Kind::Head(Seniority::Partner)
            && advises(&other.topics)
        {
            noun.rank = Seniority::Entry;
        }
    }

    fn departments(&self) -> Departments {
        let Some(noun) = self.noun else { return self.topics.or(self.topics_otherwise) };
        let topics = self.topics.or(self.beside);
        match (noun.kind, noun.told) {
            (Kind::Aide, _) => topics.or(Departments::of(Department::Operations)),
            (Kind::Office, _) => noun.departments.or(Departments::of(Department::Operations)),
            (Kind::Head(Seniority::Owner | Seniority::Founder), _) => Departments::NONE,
            (Kind::Head(Seniority::CSuite), _) if noun.departments.is_empty() => topics,
            (_, Told::Alone) if noun.departments == Departments::of(Department::Engineering) => engineering(topics),
            (_, Told::Alone) => noun.departments.or(topics).or(self.topics_otherwise),
            (_, Told::Otherwise) => topics.or(noun.departments),
            (_, Told::Too) => noun.departments.with(topics),
        }
    }

    fn job(&self) -> Job {
        let departments = self.departments();
        let rank = self.noun.map_or(Seniority::Entry, |noun| noun.rank);
        let is_technical = self.is_staff && is_technical(departments);
        let rank = match rank {
            Seniority::Entry | Seniority::Manager if self.is_intern => Seniority::Intern,
            Seniority::Entry if self.is_senior || is_technical => Seniority::Senior,
            other => other,
        };
        let leads = rank <= Seniority::CSuite && departments.is_empty();
        Job { rank, departments, leads }
    }
}

/// Engineers who sell or support belong there; those of data and networks to both.
fn engineering(topics: Departments) -> Departments {
    let [engineering, it, sales, support] =
        [Department::Engineering, Department::InformationTechnology, Department::Sales, Department::Support]
            .map(Departments::of);
    match topics {
        _ if topics == it => engineering.with(it),
        _ if !topics.is_empty() && topics.without(sales).without(support).is_empty() => topics,
        _ => engineering,
    }
}

/// Whether "staff" before such a job is a rank.
fn is_technical(departments: Departments) -> bool {
    use Department::{Design, Engineering, InformationTechnology, Product};
    let technical = [Design, Engineering, InformationTechnology, Product].map(Departments::of);
    !departments.is_empty() && technical.into_iter().fold(departments, Departments::without).is_empty()
}
