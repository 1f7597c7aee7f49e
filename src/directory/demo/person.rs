//! One synthetic person, from a seed and a number.

use super::{
    chance::Chance,
    words::{
        AREAS, COMPANY_FIRST, COMPANY_FORMS, COMPANY_SECOND, FREQUENT_INDUSTRIES, KEYWORDS, LANDS, Land, SENIORITIES,
        TECHNOLOGIES,
    },
};
use crate::{
    directory::{
        CompanySize, Contact, ContactId, EmailStatus, INDUSTRIES, Seniority, SizeRange,
        contacts::{keys::fold, title::read as read_title},
    },
    email::Email,
};

/// Companies exist in as many numbers as this; people work more often for the first ones, which are larger.
const COMPANIES: usize = 90_000;

/// The `nth` person of `seed`. The contact's id is 0 until it is stored.
pub fn person(seed: u64, nth: u64) -> Contact {
    let mut chance = Chance::of(seed, 1, nth);
    let skew = chance.share();
    let company = company(seed, (COMPANIES as f64 * skew * skew) as u64);
    let land = company.land;
    let first_name = (*chance.ranked(land.names.first)).to_owned();
    let last_name = (*chance.ranked(land.names.last)).to_owned();
    let seniority = *chance.weighted(&SENIORITIES);
    let title = title(&mut chance, seniority);
    let (city, region) = if chance.percent(80) { company.place } else { *chance.pick(land.cities) };
    Contact {
        id: ContactId(0),
        email: address(&first_name, &last_name, nth, &company.domain),
        email_status: *chance.weighted(&STATUSES),
        seniority: Some(seniority),
        departments: read_title(&title).departments,
        title,
        linkedin: format!("https://www.linkedin.example/in/{}-{nth}", ascii(&last_name)),
        phone: if chance.percent(55) { format!("+1 555 01{:02}", nth % 100) } else { String::new() },
        first_name,
        last_name,
        company: company.name,
        domain: company.domain,
        size: Some(company.size),
        industry: company.industry.to_owned(),
        country: land.name.to_owned(),
        region: region.to_owned(),
        city: city.to_owned(),
        hq_country: land.name.to_owned(),
        hq_region: company.place.1.to_owned(),
        hq_city: company.place.0.to_owned(),
        keywords: company.keywords,
        technologies: company.technologies,
        revenue: company.revenue,
    }
}

const STATUSES: [(usize, EmailStatus); 6] = [
    (60, EmailStatus::Verified),
    (15, EmailStatus::Likely),
    (12, EmailStatus::Guessed),
    (7, EmailStatus::CatchAll),
    (5, EmailStatus::Unknown),
    (1, EmailStatus::Invalid),
];

struct Company {
    name: String,
    domain: String,
    land: &'static Land,
    place: (&'static str, &'static str),
    industry: &'static str,
    size: SizeRange,
    keywords: Vec<String>,
    technologies: Vec<String>,
    revenue: Option<i64>,
}

fn company(seed: u64, nth: u64) -> Company {
    let mut chance = Chance::of(seed, 2, nth);
    let land = chance.weighted(&LANDS);
    let (first, second) = (*chance.pick(&COMPANY_FIRST), *chance.pick(&COMPANY_SECOND));
    let form = *chance.weighted(&COMPANY_FORMS);
    let industry = if chance.percent(75) { *chance.ranked(&FREQUENT_INDUSTRIES) } else { *chance.pick(&INDUSTRIES) };
    let people = people(&mut chance, nth);
    Company {
        name: format!("{first} {second}{form}"),
        domain: format!("{}{}{nth}.example", first.to_lowercase(), second.to_lowercase()),
        land,
        place: *chance.ranked(land.cities),
        industry,
        size: if chance.percent(70) { SizeRange::exactly(people) } else { class_of(people) },
        keywords: some(&mut chance, &KEYWORDS, 4, &[fold(industry)]),
        technologies: some(&mut chance, &TECHNOLOGIES, 4, &[]),
        revenue: chance.percent(60).then(|| people * (60_000 + 10_000 * chance.below(15) as i64)),
    }
}

/// Employees: the first companies are large, most are small.
fn people(chance: &mut Chance, nth: u64) -> i64 {
    let rank = (nth as f64 + 1.0) / COMPANIES as f64;
    let typical = 9.0 * rank.powf(-0.9);
    ((typical * (0.3 + 2.2 * chance.share() * chance.share())) as i64).clamp(1, 180_000)
}

fn class_of(people: i64) -> SizeRange {
    let inside = |class: &CompanySize| SizeRange::exactly(people).is_inside(class.range());
    CompanySize::ALL.into_iter().find(inside).unwrap_or(CompanySize::From1).range()
}

fn some(chance: &mut Chance, list: &[&str], most: usize, always: &[String]) -> Vec<String> {
    let mut chosen = always.to_vec();
    for _ in 0..chance.below(most + 1) {
        let one = (*chance.ranked(list)).to_owned();
        if !chosen.contains(&one) {
            chosen.push(one);
        }
    }
    chosen
}

fn title(chance: &mut Chance, seniority: Seniority) -> String {
    let (area, specialists) = *chance.weighted(&AREAS);
    let role = *chance.pick(specialists);
    match seniority {
        Seniority::Owner => "Owner".into(),
        Seniority::Founder => (*chance.pick(&["Founder", "Co-Founder", "Founder & CEO", "Co-Founder & CTO"])).into(),
        Seniority::Partner => (*chance.pick(&["Partner", "Managing Partner"])).into(),
        Seniority::CSuite => (*chance.pick(&[
            "CEO",
            "Chief Executive Officer",
            "CFO",
            "Chief Financial Officer",
            "CTO",
            "Chief Technology Officer",
            "COO",
            "Chief Marketing Officer",
            "CMO",
            "Chief Operating Officer",
            "Managing Director",
            "Chief Information Officer",
            "Chief Revenue Officer",
            "President",
        ]))
        .into(),
        Seniority::Vp => match chance.below(3) {
            0 => format!("VP of {area}"),
            1 => format!("Vice President, {area}"),
            _ => format!("{area} VP"),
        },
        Seniority::Head => format!("Head of {area}"),
        Seniority::Director => match chance.below(3) {
            0 => format!("{area} Director"),
            1 => format!("Director of {area}"),
            _ => format!("Director, {area}"),
        },
        Seniority::Manager => match chance.below(4) {
            0 => format!("Senior {area} Manager"),
            1 if area == "Human Resources" => "HR Manager".into(),
            _ => format!("{area} Manager"),
        },
        Seniority::Senior if role.contains("Manager") || role.contains("Partner") => {
            format!("Senior {area} Specialist")
        }
        Seniority::Senior => format!("Senior {role}"),
        Seniority::Entry if role.contains("Manager") => format!("{area} Assistant"),
        Seniority::Entry => role.to_owned(),
        Seniority::Intern => format!("{area} Intern"),
    }
}

/// An address that no other number gets, on the company's domain.
fn address(first: &str, last: &str, nth: u64, domain: &str) -> Email {
    let text = match nth % 3 {
        0 => format!("{}.{}{nth}@{domain}", ascii(first), ascii(last)),
        1 => format!("{}{}{nth}@{domain}", ascii(first).chars().next().unwrap_or('x'), ascii(last)),
        _ => format!("{}{nth}@{domain}", ascii(first)),
    };
    text.parse().expect("names are reduced to letters, and the domain is made of words, digits and dots")
}

fn ascii(name: &str) -> String {
    fold(name).chars().filter(char::is_ascii_alphanumeric).collect()
}
