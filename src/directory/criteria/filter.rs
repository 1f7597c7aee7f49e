//! The table of filters: everything an audience can ask for. Another filter is one more entry here, and its test.

use super::{
    attribute::{self, Attribute},
    form::{Fault, parse_domain},
    several,
};
use crate::directory::contacts::{
    industry::{INDUSTRIES, INDUSTRY_SEPARATOR, canonical_industry},
    keys::{fold, industry_key, place_key},
    places::{country::Country, state::State},
    revenue::RevenueClass,
    role::{Department, Seniority},
    sector::{SECTORS, canonical_sector},
    size::CompanySize,
    title::title_tokens,
};

/// One filter of an audience.
pub struct Filter {
    /// Its field in forms, addresses and snapshots.
    pub field: &'static str,
    pub label: &'static str,
    pub attribute: &'static Attribute,
    pub mode: Mode,
    pub values: Values,
    pub hint: &'static str,
    pub example: &'static str,
}

/// How the values of a filter decide. `Any` filters of one attribute belong together: one value of one of them is enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Any,
    All,
    None,
}

/// What a filter's values are.
pub enum Values {
    /// Chosen from a list of codes and labels.
    Choices(fn() -> Vec<(&'static str, &'static str)>),
    /// Typed.
    Typed(Typed),
    /// Two numbers, in these two fields of a form; kept as `51-200` or `51+`.
    Range(&'static str, &'static str),
}

/// How typed values are read.
pub struct Typed {
    pub separator: Separator,
    /// The comparison form: of two values with the same one the first stays.
    pub key: fn(&str) -> String,
    /// The values that a text stands for, spelt as they are kept.
    pub read: fn(&str) -> Result<Vec<String>, Fault>,
    /// More values are refused.
    pub values_max: usize,
    /// Known values, for completion before anything was counted.
    pub known: fn() -> Vec<&'static str>,
    /// Whether only what the directory or a list knows makes sense. Other words are proposed to be changed.
    pub is_fixed: bool,
}

/// What separates the values of a text field.
#[derive(Debug, Clone, Copy)]
pub enum Separator {
    /// Lines and semicolons only: titles and industries have commas of their own.
    Line,
    /// Commas too.
    Comma,
    /// Commas too, but for those inside a name that is known: "Korea, Republic of".
    CommaOutside(fn(&str) -> bool),
}

impl Separator {
    /// The values of a line.
    pub fn pieces(self, line: &str) -> Vec<String> {
        match self {
            Self::Line => vec![line.to_owned()],
            Self::Comma => several::names(line, |_| false),
            Self::CommaOutside(is_name) => several::names(line, is_name),
        }
    }
}

/// Values of an ordinary list, at most.
pub const VALUES_MAX: usize = 500;
/// Companies of a list, at most.
pub const COMPANIES_MAX: usize = 10_000;

/// The fields of the preference groups of titles, the most wanted first.
pub const TITLE_GROUPS: [&str; 3] = ["titles", "titles_2", "titles_3"];

/// Every filter, in the order of the page.
pub static FILTERS: [Filter; 30] = [
    typed("titles", "Job titles", &attribute::TITLE, Mode::Any, TITLES)
        .with("“VP Marketing” also finds “Vice President, Marketing”.", "Marketing Director"),
    typed("titles_2", "If these are not enough", &attribute::TITLE, Mode::Any, TITLES)
        .with("Delivered once everyone above has been.", "Head of Marketing"),
    typed("titles_3", "And after those", &attribute::TITLE, Mode::Any, TITLES).with("", "Marketing Manager"),
    typed("exclude_titles", "Not these job titles", &attribute::TITLE, Mode::None, TITLES).with("", "Assistant"),
    choices("seniority", "Seniority", &attribute::SENIORITY, seniorities),
    choices("department", "Department", &attribute::DEPARTMENT, departments),
    choices("size", "Company size", &attribute::SIZE, sizes).with("Employees.", ""),
    Filter {
        field: "size_range",
        label: "Employees",
        attribute: &attribute::SIZE,
        mode: Mode::Any,
        values: Values::Range("size_min", "size_max"),
        hint: "",
        example: "50–200",
    },
    choices("revenue", "Yearly revenue", &attribute::REVENUE, revenues)
        .with("In the currency of the source, mostly US dollars. Many companies do not publish it.", ""),
    typed("industries", "Industries", &attribute::INDUSTRY, Mode::Any, INDUSTRY_NAMES).with(
        "A whole industry such as “Technology”, or a part of it such as “Computer Software”.",
        "Computer Software",
    ),
    typed("exclude_industries", "Not these industries", &attribute::INDUSTRY, Mode::None, INDUSTRY_NAMES),
    typed("keywords", "Keywords, one of them", &attribute::KEYWORD, Mode::Any, WORDS)
        .with("Found in what the company does and uses.", "e-commerce"),
    typed("keywords_all", "Keywords, all of them", &attribute::KEYWORD, Mode::All, WORDS).with("", "b2b"),
    typed("exclude_keywords", "Keywords, none of them", &attribute::KEYWORD, Mode::None, WORDS).with("", "agency"),
    typed("technologies", "Technologies", &attribute::TECHNOLOGY, Mode::Any, TECHNOLOGIES)
        .with("Used by the company. One of them is enough.", "HubSpot"),
    typed("exclude_technologies", "Not these technologies", &attribute::TECHNOLOGY, Mode::None, TECHNOLOGIES),
    typed("domains", "Only these companies", &attribute::COMPANY, Mode::Any, COMPANIES)
        .with("Domains or names, one per line, up to 10,000.", "acme.com"),
    typed("exclude_domains", "Not these companies", &attribute::COMPANY, Mode::None, COMPANIES)
        .with("Customers, competitors, your own company. Domains or names, one per line, up to 10,000.", "acme.com"),
    typed("countries", "Countries", &attribute::COUNTRY, Mode::Any, COUNTRIES).with("", "United Kingdom"),
    typed("exclude_countries", "Not these countries", &attribute::COUNTRY, Mode::None, COUNTRIES),
    typed("regions", "Regions or states", &attribute::REGION, Mode::Any, REGIONS).with("", "California"),
    typed("exclude_regions", "Not these regions", &attribute::REGION, Mode::None, REGIONS),
    typed("cities", "Cities", &attribute::CITY, Mode::Any, PLACES).with("", "Berlin"),
    typed("exclude_cities", "Not these cities", &attribute::CITY, Mode::None, PLACES),
    typed("hq_countries", "Countries of headquarters", &attribute::HQ_COUNTRY, Mode::Any, COUNTRIES),
    typed("exclude_hq_countries", "Not these countries of headquarters", &attribute::HQ_COUNTRY, Mode::None, COUNTRIES),
    typed("hq_regions", "Regions of headquarters", &attribute::HQ_REGION, Mode::Any, REGIONS),
    typed("exclude_hq_regions", "Not these regions of headquarters", &attribute::HQ_REGION, Mode::None, REGIONS),
    typed("hq_cities", "Cities of headquarters", &attribute::HQ_CITY, Mode::Any, PLACES),
    typed("exclude_hq_cities", "Not these cities of headquarters", &attribute::HQ_CITY, Mode::None, PLACES),
];

impl Filter {
    /// The filter of a field.
    pub fn of(field: &str) -> Option<&'static Self> {
        FILTERS.iter().find(|filter| filter.field == field)
    }

    /// How its values are read, when they are typed.
    pub fn typed(&self) -> Option<&Typed> {
        match &self.values {
            Values::Typed(typed) => Some(typed),
            Values::Choices(_) | Values::Range(..) => None,
        }
    }

    /// Whether it takes words of a fixed vocabulary.
    pub fn is_fixed(&self) -> bool {
        self.typed().is_some_and(|typed| typed.is_fixed)
    }

    /// Values that this many are refused from.
    pub fn values_max(&self) -> usize {
        match &self.values {
            Values::Choices(_) | Values::Range(..) => VALUES_MAX,
            Values::Typed(typed) => typed.values_max,
        }
    }

    /// A kept value for people.
    pub fn shown(&self, value: &str) -> String {
        match &self.values {
            Values::Choices(list) => {
                list().iter().find(|(code, _)| *code == value).map_or(value, |(_, label)| *label).to_owned()
            }
            Values::Range(..) => attribute::range_of(value).map_or_else(|| value.to_owned(), |range| range.to_string()),
            Values::Typed(_) => value.to_owned(),
        }
    }

    /// The kept value of what is shown; nothing for what the filter cannot ask for.
    pub fn value_shown_as(&self, shown: &str) -> Option<String> {
        match &self.values {
            Values::Choices(list) => {
                list().iter().find(|(_, label)| *label == shown).map(|(code, _)| (*code).to_owned())
            }
            Values::Typed(typed) => (typed.read)(shown).ok()?.into_iter().next(),
            Values::Range(..) => None,
        }
    }

    const fn with(mut self, hint: &'static str, example: &'static str) -> Self {
        self.hint = hint;
        self.example = example;
        self
    }
}

const fn choices(
    field: &'static str,
    label: &'static str,
    attribute: &'static Attribute,
    list: fn() -> Vec<(&'static str, &'static str)>,
) -> Filter {
    Filter { field, label, attribute, mode: Mode::Any, values: Values::Choices(list), hint: "", example: "" }
}

const fn typed(
    field: &'static str,
    label: &'static str,
    attribute: &'static Attribute,
    mode: Mode,
    typed: Typed,
) -> Filter {
    Filter { field, label, attribute, mode, values: Values::Typed(typed), hint: "", example: "" }
}

const TITLES: Typed = Typed {
    separator: Separator::Line,
    key: |title| title_tokens(title).join(" "),
    read: |line| Ok(several::titles(line)),
    values_max: VALUES_MAX,
    known: Vec::new,
    is_fixed: false,
};

const WORDS: Typed = Typed { separator: Separator::Comma, key: fold, read: |word| Ok(vec![word.to_owned()]), ..TITLES };

const TECHNOLOGIES: Typed = Typed { is_fixed: true, ..WORDS };

const PLACES: Typed = Typed { key: place_key, ..TECHNOLOGIES };

/// A state may be typed by its code, where only one has it.
const REGIONS: Typed = Typed {
    separator: Separator::CommaOutside(|text| !State::called(text).is_empty()),
    read: |text| match State::called(text) {
        [state] => Ok(vec![state.name.to_owned()]),
        _ => Ok(vec![text.to_owned()]),
    },
    ..PLACES
};

const COUNTRIES: Typed = Typed {
    separator: Separator::CommaOutside(|text| Country::called(text).is_some()),
    key: fold,
    read: |text| match Country::recognise(text) {
        Some(country) => Ok(vec![country.name().to_owned()]),
        None => Err(Fault::Unknown(format!("We know no country called “{text}”. Check the spelling."))),
    },
    values_max: VALUES_MAX,
    known: || Country::all().map(Country::name).collect(),
    is_fixed: true,
};

const INDUSTRY_NAMES: Typed = Typed {
    separator: Separator::Line,
    key: industry_key,
    read: |line| Ok(read_industries(line)),
    values_max: VALUES_MAX,
    known: || SECTORS.iter().map(|(sector, _)| *sector).chain(INDUSTRIES).collect(),
    is_fixed: true,
};

const COMPANIES: Typed = Typed {
    separator: Separator::Line,
    key: |text| parse_domain(text).unwrap_or_else(|| fold(text)),
    read: |line| several::companies(line).iter().map(|company| read_company(company)).collect(),
    values_max: COMPANIES_MAX,
    known: Vec::new,
    is_fixed: false,
};

/// A line that is no known industry may list several with commas.
fn read_industries(line: &str) -> Vec<String> {
    let name = |text: &str| canonical_sector(text).map_or_else(|| canonical_industry(text), str::to_owned);
    let is_known = |text: &str| canonical_sector(text).is_some() || INDUSTRIES.contains(&name(text).as_str());
    let parts: Vec<&str> = line.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
    // A part that is known says that it is a list: no industry has the name of another in it between commas.
    if !is_known(line) && parts.len() > 1 && parts.iter().any(|part| is_known(part)) {
        return parts.into_iter().map(name).collect();
    }
    name(line).split(INDUSTRY_SEPARATOR).map(str::to_owned).collect()
}

/// A domain, or a company's name. What has a dot or a slash is meant as a domain.
fn read_company(text: &str) -> Result<String, Fault> {
    match parse_domain(text) {
        Some(domain) => Ok(domain),
        None if text.contains("://") || text.contains('@') => Err(Fault::Rubbish),
        None if fold(text).is_empty() => Err(Fault::Rubbish),
        // A name with a dot must not be taken for a domain when it is looked up.
        None => Ok(text.replace('.', " ").split_whitespace().collect::<Vec<_>>().join(" ")),
    }
}

fn seniorities() -> Vec<(&'static str, &'static str)> {
    Seniority::ALL.iter().map(|one| (one.code(), one.label())).collect()
}

fn departments() -> Vec<(&'static str, &'static str)> {
    Department::ALL.iter().map(|one| (one.code(), one.label())).collect()
}

fn sizes() -> Vec<(&'static str, &'static str)> {
    CompanySize::ALL.iter().map(|one| (one.code(), one.label())).collect()
}

fn revenues() -> Vec<(&'static str, &'static str)> {
    RevenueClass::ALL.iter().map(|one| (one.code, one.label)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_distinct_and_every_choice_has_a_label() {
        let mut fields: Vec<&str> = FILTERS.iter().map(|filter| filter.field).collect();
        fields.sort_unstable();
        fields.dedup();
        assert_eq!(fields.len(), FILTERS.len());
        for filter in &FILTERS {
            assert!(!filter.label.is_empty());
            if let Values::Choices(list) = filter.values {
                for (code, label) in list() {
                    assert_eq!(filter.shown(code), label);
                }
            }
        }
    }

    #[test]
    fn a_company_is_a_domain_or_a_name() {
        assert_eq!(read_company("https://www.Acme.com/about"), Ok("acme.com".into()));
        assert_eq!(read_company("Acme, Inc."), Ok("Acme, Inc".into()));
        assert_eq!(read_company("Acme"), Ok("Acme".into()));
        for rubbish in ["***", "http://", "@", "—"] {
            assert_eq!(read_company(rubbish), Err(Fault::Rubbish), "{rubbish}");
        }
    }

    #[test]
    fn a_whole_industry_may_be_named() {
        assert_eq!(read_industries("technology"), ["Technology"]);
        assert_eq!(read_industries("banking, retail"), ["Banking", "Retail"]);
        assert_eq!(read_industries("Leisure, Travel & Tourism"), ["Leisure, Travel & Tourism"]);
    }
}
