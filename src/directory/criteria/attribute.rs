//! What is known of a contact that filters can ask for: how it is read from the contact, compared, and kept in the index.

use std::{
    collections::{BTreeSet, HashSet},
    fmt,
};

use crate::directory::contacts::{
    company::company_key,
    contact::Contact,
    industry::{INDUSTRY_SEPARATOR, canonical_industry},
    keys::{fold, industry_key, place_key},
    places::{country::Country, state::State},
    revenue::RevenueClass,
    role::{Department, Seniority},
    sector::{canonical_sector, sector_of},
    size::{SIZE_MAX, SizeRange},
    title::{title_tokens, tokens_match},
};

/// Something known of a contact.
pub struct Attribute {
    /// Its name in the index. A new meaning needs a new name, or a new layout of the index.
    pub code: &'static str,
    pub kept: Kept,
    /// Whether the record of a delivered lead tells it.
    pub is_delivered: bool,
}

/// A test of comparison forms.
pub type Takes = Box<dyn Fn(&str) -> bool + Send + Sync>;

/// How many values of an attribute a contact has, and how they are compared.
pub enum Kept {
    /// One value, which may be empty: a column of codes in the index.
    One {
        /// As it is shown.
        value: fn(&Contact) -> String,
        /// Its comparison form.
        key: fn(&str) -> String,
        /// Who is taken when these values are asked for, told by comparison forms.
        takes: fn(&[String]) -> Takes,
    },
    /// Any number of values: terms in the index.
    Many {
        terms: fn(&Contact) -> BTreeSet<String>,
        /// The terms that a contact must have for one asked value: all of them.
        asks: fn(&str) -> Vec<String>,
        /// The definition that the terms must agree with.
        has: fn(&Contact, &str) -> bool,
    },
}

impl Attribute {
    /// Whether the contact has at least one of the values.
    pub fn meets(&self, contact: &Contact, values: &[String]) -> bool {
        match self.kept {
            Kept::One { value, key, takes } => takes(values)(&key(&value(contact))),
            Kept::Many { has, .. } => values.iter().any(|wanted| has(contact, wanted)),
        }
    }
}

impl PartialEq for Attribute {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code
    }
}

impl Eq for Attribute {}

impl fmt::Debug for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}

/// The words of the title, in any order, abbreviations spelt out.
pub static TITLE: Attribute = Attribute {
    code: "title",
    kept: Kept::Many {
        terms: |contact| title_tokens(&contact.title).into_iter().collect(),
        asks: title_tokens,
        has: |contact, wanted| tokens_match(&title_tokens(&contact.title), &title_tokens(wanted)),
    },
    is_delivered: true,
};

/// The whole title, but for case, accents and punctuation.
pub static EXACT_TITLE: Attribute = Attribute {
    code: "exact_title",
    kept: Kept::One { value: |contact| contact.title.clone(), key: fold, takes: |values| same(values, fold) },
    is_delivered: true,
};

pub static SENIORITY: Attribute = Attribute {
    code: "seniority",
    kept: Kept::One {
        value: |contact| contact.seniority.map_or("", Seniority::code).to_owned(),
        key: str::to_owned,
        takes: |values| same(values, str::to_owned),
    },
    is_delivered: true,
};

/// The codes of all departments of a person, with commas: few combinations occur.
pub static DEPARTMENT: Attribute = Attribute {
    code: "department",
    kept: Kept::One {
        value: |contact| contact.departments.iter().map(|one| Department::code(*one)).collect::<Vec<_>>().join(","),
        key: str::to_owned,
        takes: |values| {
            let wanted: HashSet<String> = values.iter().cloned().collect();
            Box::new(move |held| held.split(',').any(|one| wanted.contains(one)))
        },
    },
    is_delivered: true,
};

/// Employees, as `51-200`, `10001+` or `120-120`; asked for by such ranges as well.
pub static SIZE: Attribute = Attribute {
    code: "size",
    kept: Kept::One {
        value: |contact| contact.size.map(range_code).unwrap_or_default(),
        key: str::to_owned,
        takes: |values| {
            let wanted: Vec<SizeRange> = values.iter().filter_map(|value| range_of(value)).collect();
            Box::new(move |held| range_of(held).is_some_and(|held| wanted.iter().any(|range| held.is_inside(*range))))
        },
    },
    is_delivered: true,
};

pub static REVENUE: Attribute = Attribute {
    code: "revenue",
    kept: Kept::One {
        value: |contact| contact.revenue.and_then(RevenueClass::of).map_or("", |class| class.code).to_owned(),
        key: str::to_owned,
        takes: |values| same(values, str::to_owned),
    },
    is_delivered: false,
};

/// The industries, parted by `; `; a sector's name takes all its industries.
pub static INDUSTRY: Attribute = Attribute {
    code: "industry",
    kept: Kept::One {
        value: |contact| canonical_industry(&contact.industry),
        key: |industries| {
            industries.split(INDUSTRY_SEPARATOR).map(industry_key).collect::<Vec<_>>().join(INDUSTRY_SEPARATOR)
        },
        takes: |values| {
            let sectors: HashSet<&'static str> = values.iter().filter_map(|value| canonical_sector(value)).collect();
            let keys: HashSet<String> = values.iter().map(|value| industry_key(value)).collect();
            let is_wanted =
                move |held: &str| keys.contains(held) || sector_of(held).is_some_and(|sector| sectors.contains(sector));
            Box::new(move |held| held.split(INDUSTRY_SEPARATOR).any(&is_wanted))
        },
    },
    is_delivered: true,
};

/// Where the person is. What was kept before a name of a country was known has the country's name here all the same.
pub static COUNTRY: Attribute =
    place("country", |contact| country_name(&contact.country), fold, |values| same(values, fold), true);
pub static REGION: Attribute = place(
    "region",
    |contact| region_name(&contact.region, &contact.country),
    place_key,
    |values| same(values, place_key),
    true,
);
pub static CITY: Attribute =
    place("city", |contact| contact.city.clone(), place_key, |values| same(values, place_key), true);

/// Where the company has its headquarters.
pub static HQ_COUNTRY: Attribute =
    place("hq_country", |contact| country_name(&contact.hq_country), fold, |values| same(values, fold), false);
pub static HQ_REGION: Attribute = place(
    "hq_region",
    |contact| region_name(&contact.hq_region, &contact.hq_country),
    place_key,
    |values| same(values, place_key),
    false,
);
pub static HQ_CITY: Attribute =
    place("hq_city", |contact| contact.hq_city.clone(), place_key, |values| same(values, place_key), false);

fn country_name(text: &str) -> String {
    Country::recognise(text).map_or(text, |country| country.name()).to_owned()
}

fn region_name(region: &str, country: &str) -> String {
    let state = if region.is_empty() { None } else { Country::recognise(country).and_then(|of| State::of(of, region)) };
    state.map_or(region, |state| state.name).to_owned()
}

const fn place(
    code: &'static str,
    value: fn(&Contact) -> String,
    key: fn(&str) -> String,
    takes: fn(&[String]) -> Takes,
    is_delivered: bool,
) -> Attribute {
    Attribute { code, kept: Kept::One { value, key, takes }, is_delivered }
}

/// Words of what the company does and uses: a wanted keyword matches when its words stand in that order inside one keyword,
/// technology or the industry; one of more than four words must be the whole of it.
pub static KEYWORD: Attribute = Attribute {
    code: "keyword",
    kept: Kept::Many { terms: keyword_terms, asks: |wanted| vec![fold(wanted)], has: has_keyword },
    is_delivered: false,
};

/// What the company uses, by its whole name.
pub static TECHNOLOGY: Attribute = Attribute {
    code: "technology",
    kept: Kept::Many {
        terms: |contact| contact.technologies.iter().map(|one| fold(one)).filter(|one| !one.is_empty()).collect(),
        asks: |wanted| vec![fold(wanted)],
        has: |contact, wanted| contact.technologies.iter().any(|one| fold(one) == fold(wanted)),
    },
    is_delivered: false,
};

/// The company by its name or by a domain: the company's or the address's, or one that it is part of.
pub static COMPANY: Attribute = Attribute {
    code: "company",
    kept: Kept::Many {
        terms: |contact| {
            let mut terms = domains_of(contact);
            terms.extend(Some(name_term(&contact.company)).filter(|term| term.len() > 1));
            terms
        },
        asks: |wanted| vec![if wanted.contains('.') { wanted.to_owned() } else { name_term(wanted) }],
        has: |contact, wanted| match wanted.contains('.') {
            true => at_domain(contact, wanted),
            false => company_key(&contact.company) == company_key(wanted),
        },
    },
    is_delivered: true,
};

/// Takes what has the comparison form of one of the values.
pub fn same(values: &[String], key: fn(&str) -> String) -> Takes {
    let keys: HashSet<String> = values.iter().map(|value| key(value)).collect();
    Box::new(move |held| keys.contains(held))
}

/// By which the people of one company are told: its domain, or its name where no domain is known. Empty: unknown.
pub fn employer(contact: &Contact) -> String {
    if contact.domain.is_empty() { company_key(&contact.company) } else { contact.domain.clone() }
}

/// A name as a term, without its legal form; no domain begins with a blank.
fn name_term(name: &str) -> String {
    format!(" {}", company_key(name))
}

fn range_code(range: SizeRange) -> String {
    match range.max {
        Some(max) => format!("{}-{max}", range.min),
        None => format!("{}+", range.min),
    }
}

/// The range of `51-200` or `10001+`.
pub fn range_of(code: &str) -> Option<SizeRange> {
    if let Some(min) = code.strip_suffix('+') {
        return Some(SizeRange { min: min.parse().ok()?, max: None });
    }
    let (min, max) = code.split_once('-')?;
    Some(SizeRange { min: min.parse().ok()?, max: Some(max.parse().ok().filter(|max| *max <= SIZE_MAX)?) })
}

/// The domains a contact stands for, each with the domains it is part of.
fn domains_of(contact: &Contact) -> BTreeSet<String> {
    let mut domains = BTreeSet::new();
    for domain in [contact.domain.as_str(), contact.email.domain()] {
        let mut rest = domain;
        while rest.contains('.') {
            domains.insert(rest.to_owned());
            rest = rest.split_once('.').map_or("", |(_, parent)| parent);
        }
    }
    domains
}

fn at_domain(contact: &Contact, wanted: &str) -> bool {
    [contact.domain.as_str(), contact.email.domain()]
        .iter()
        .any(|domain| *domain == wanted || domain.strip_suffix(wanted).is_some_and(|front| front.ends_with('.')))
}

/// Parts of a keyword that can be found alone are at most this many words long.
const KEYWORD_PART_WORDS_MAX: usize = 4;

/// The texts that keywords are looked for in.
fn keyword_sources(contact: &Contact) -> impl Iterator<Item = &str> {
    contact.keywords.iter().chain(&contact.technologies).map(String::as_str).chain([contact.industry.as_str()])
}

fn keyword_terms(contact: &Contact) -> BTreeSet<String> {
    let mut terms = BTreeSet::new();
    for source in keyword_sources(contact) {
        let folded = fold(source);
        let words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
        terms.insert(words.join(" "));
        for length in 1..=KEYWORD_PART_WORDS_MAX.min(words.len()) {
            terms.extend(words.windows(length).map(|part| part.join(" ")));
        }
    }
    terms.remove("");
    terms
}

fn has_keyword(contact: &Contact, wanted: &str) -> bool {
    let wanted = fold(wanted);
    let wanted: Vec<&str> = wanted.split(' ').collect();
    keyword_sources(contact).any(|source| {
        let held = fold(source);
        let held: Vec<&str> = held.split(' ').collect();
        held == wanted
            || (wanted.len() <= KEYWORD_PART_WORDS_MAX && held.windows(wanted.len()).any(|part| part == wanted))
    })
}
