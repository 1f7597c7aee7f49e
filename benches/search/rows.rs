//! Contacts and clicks as the other programs get them: plain columns, and what each click asks of which column.

use std::{collections::BTreeMap, fs::File, io::Write as _, path::Path};

use fairlead::bench::{
    Answer, CompanySize, Contact, Criteria, FILTERS, Kept, RevenueClass, SIZE_MAX, SizeRange, industry_key, sector_of,
};
use serde::Serialize;

/// One contact.
pub struct Row {
    pub contact: Contact,
    /// The terms of titles, keywords, technologies and companies, in this order.
    pub terms: [Vec<String>; 4],
    pub departments: Vec<&'static str>,
    pub size: Option<(i64, i64)>,
    pub size_class: &'static str,
    pub revenue: &'static str,
    pub sector: &'static str,
}

/// The attributes of which contacts have several values, as [`Row::terms`] has them.
pub const MANY: [(&str, &str); 4] =
    [("title", "titles"), ("keyword", "keywords"), ("technology", "technologies"), ("company", "domains")];

impl Row {
    pub fn of(contact: Contact) -> Self {
        let terms = MANY.map(|(_, field)| {
            let filter = FILTERS.iter().find(|filter| filter.field == field).expect("a filter of the table");
            match filter.attribute.kept {
                Kept::Many { terms, .. } => terms(&contact).into_iter().collect(),
                Kept::One { .. } => Vec::new(),
            }
        });
        let class = |size: SizeRange| CompanySize::ALL.into_iter().find(|class| size.is_inside(class.range()));
        Self {
            terms,
            departments: contact.departments.iter().map(|one| one.code()).collect(),
            size: contact.size.map(|size| (size.min, size.max.unwrap_or(SIZE_MAX))),
            size_class: contact.size.and_then(class).map_or("", CompanySize::code),
            revenue: contact.revenue.and_then(RevenueClass::of).map_or("", |class| class.code),
            sector: sector_of(&industry_key(&contact.industry)).unwrap_or(""),
            contact,
        }
    }

    /// The columns of one value, by name.
    pub fn columns(&self) -> [(&'static str, &str); 13] {
        let contact = &self.contact;
        [
            ("seniority", contact.seniority.map_or("", |one| one.code())),
            ("size_class", self.size_class),
            ("revenue", self.revenue),
            ("industry", &contact.industry),
            ("sector", self.sector),
            ("country", &contact.country),
            ("region", &contact.region),
            ("city", &contact.city),
            ("hq_country", &contact.hq_country),
            ("hq_region", &contact.hq_region),
            ("hq_city", &contact.hq_city),
            ("email_status", contact.email_status.code()),
            ("exact_title", &contact.title),
        ]
    }
}

/// What one attribute must be or must not be: one of all that is listed here.
#[derive(Debug, Serialize)]
pub struct Ask {
    pub attribute: &'static str,
    pub is_taken: bool,
    /// Whether it is set aside when the values of its attribute are counted.
    pub is_any: bool,
    /// All terms of one list.
    pub terms: Vec<Vec<String>>,
    pub values: Vec<String>,
    pub sectors: Vec<String>,
    pub ranges: Vec<(i64, i64)>,
}

/// What a click asks; the last one is about the quality of the address.
pub fn asked(criteria: &Criteria) -> Vec<Ask> {
    let ask = |attribute, is_taken, is_any| Ask {
        attribute,
        is_taken,
        is_any,
        terms: Vec::new(),
        values: Vec::new(),
        sectors: Vec::new(),
        ranges: Vec::new(),
    };
    let mut asked = Vec::new();
    for demand in criteria.demands() {
        let mut one = ask(demand.attribute.code, demand.is_taken, demand.is_any);
        for value in demand.values.concat() {
            match (&demand.attribute.kept, demand.attribute.code) {
                (Kept::Many { asks, .. }, _) => one.terms.push(asks(&value)),
                (Kept::One { .. }, "size") => one.ranges.extend(range_of(&value)),
                (Kept::One { .. }, "industry") if is_sector(&value) => one.sectors.push(value),
                (Kept::One { .. }, _) => one.values.push(value),
            }
        }
        asked.push(one);
    }
    let mut quality = ask("email_status", true, true);
    quality.values = criteria.quality.statuses().iter().map(|status| status.code().to_owned()).collect();
    asked.push(quality);
    asked
}

fn is_sector(value: &str) -> bool {
    fairlead::bench::INDUSTRIES.iter().any(|industry| sector_of(&industry_key(industry)) == Some(value))
}

fn range_of(value: &str) -> Option<(i64, i64)> {
    match value.strip_suffix('+') {
        Some(min) => Some((min.parse().ok()?, SIZE_MAX)),
        None => value.split_once('-').and_then(|(min, max)| Some((min.parse().ok()?, max.parse().ok()?))),
    }
}

/// A click with what it must answer.
#[derive(Serialize)]
pub struct Expected {
    pub session: usize,
    pub asked: Vec<Ask>,
    pub total: u64,
    /// By field and value, those that somebody has.
    pub facets: BTreeMap<String, BTreeMap<String, u64>>,
}

impl Expected {
    pub fn of(session: usize, criteria: &Criteria, answer: &Answer) -> Self {
        let facets = answer.facets.iter().map(|facet| {
            let values = facet.values.iter().filter(|one| one.leaves > 0);
            (facet.field.clone(), values.map(|one| (one.value.clone(), one.leaves)).collect())
        });
        Self { session, asked: asked(criteria), total: answer.count.total, facets: facets.collect() }
    }
}

/// Writes contacts as lines of columns with tabs; several values of a column with `|`.
pub fn write_rows(file: &Path, rows: impl Iterator<Item = Row>) -> std::io::Result<()> {
    let mut out = std::io::BufWriter::with_capacity(1 << 20, File::create(file)?);
    let mut is_first = true;
    for row in rows {
        if std::mem::take(&mut is_first) {
            let one = row.columns().map(|(name, _)| name).join("\t");
            let many = MANY.map(|(name, _)| format!("{name}_terms")).join("\t");
            writeln!(out, "id\tfirst_name\tlast_name\temployer\t{one}\tsize_min\tsize_max\tdepartment\t{many}")?;
        }
        let contact = &row.contact;
        write!(out, "{}\t{}\t{}\t{}", contact.id, contact.first_name, contact.last_name, contact.company)?;
        for (_, value) in row.columns() {
            write!(out, "\t{value}")?;
        }
        let (min, max) = row.size.unwrap_or((0, i64::MAX));
        write!(out, "\t{min}\t{max}\t{}", row.departments.join("|"))?;
        for terms in &row.terms {
            write!(out, "\t{}", terms.join("|"))?;
        }
        writeln!(out)?;
    }
    out.flush()
}
