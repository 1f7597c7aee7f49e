//! One row of a file becomes a contact, or the reason why not.

use std::borrow::Cow;

use super::{
    cell::{self, decoded},
    mapping::{Field, Mapping},
    names::names,
};
use crate::{
    directory::{
        Contact, ContactId, Country, Department, EmailStatus, Seniority, SizeRange, canonical_industry, clean_title,
        contacts::{keys::one_line, standing::Standing, title::read as read_title},
        parse_domain,
    },
    email::{self, Email},
};

/// What a row turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub enum Row {
    /// Every cell is empty.
    Blank,
    /// Cannot be taken, and why.
    Rejected(String),
    /// A person; the contact's id is 0 until it is stored.
    Person(Box<Contact>),
}

/// What a row says of its person besides.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Remarks {
    /// Why they must not be written to.
    pub standing: Option<Standing>,
    /// Further addresses in the cell of the address.
    pub other_emails: Vec<Email>,
}

/// How rows of one file are read.
#[derive(Debug, Clone)]
pub struct RowReader {
    columns: usize,
    places: Vec<(Field, usize)>,
    assumed_status: EmailStatus,
}

/// Longer texts are cut.
const TEXT_LENGTH_MAX: usize = 300;
/// More keywords or technologies are dropped.
const LIST_LENGTH_MAX: usize = 50;

impl RowReader {
    /// A reader for rows of `columns` cells. Addresses without a status of their own get `assumed_status`.
    pub fn new(mapping: &Mapping, columns: usize, assumed_status: EmailStatus) -> Self {
        let places = mapping.0.iter().enumerate().filter_map(|(place, field)| Some(((*field)?, place))).collect();
        Self { columns, places, assumed_status }
    }

    /// Reads one row. Cells that are missing at its end are empty.
    pub fn read(&self, cells: &[&str]) -> Row {
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            return Row::Blank;
        }
        let surplus = cells.get(self.columns..).unwrap_or(&[]);
        if surplus.iter().any(|cell| !cell.trim().is_empty()) {
            return Row::Rejected(format!("{} columns instead of {}", cells.len(), self.columns));
        }
        if cells.iter().any(|cell| cell.contains('\0')) {
            return Row::Rejected("a cell holds a NUL character".to_owned());
        }
        let meant = self.meant(cells);
        let cells: Vec<&str> = meant.iter().map(|cell| &**cell).collect();
        match email::find(self.text(&cells, Field::Email)) {
            Ok(found) => Row::Person(Box::new(self.person(&cells, found.email))),
            Err(fault) => Row::Rejected(fault.to_string()),
        }
    }

    /// What a row of a person says besides.
    pub fn remarks(&self, cells: &[&str]) -> Remarks {
        let emails = self.text(cells, Field::Email);
        let other_emails = match emails.matches(['@', '＠']).count() {
            0 | 1 => Vec::new(),
            _ => email::find(&decoded(emails)).map(|found| found.others).unwrap_or_default(),
        };
        Remarks { standing: Standing::recognise(self.text(cells, Field::EmailStatus)), other_emails }
    }

    /// What the cells of a row mean.
    fn meant<'row>(&self, cells: &[&'row str]) -> Vec<Cow<'row, str>> {
        let mut meant: Vec<Cow<str>> = cells.iter().map(|cell| Cow::Borrowed(*cell)).collect();
        for (field, place) in &self.places {
            if let Some(cell) = cells.get(*place) {
                meant[*place] = cell::meant(cell, *field);
            }
        }
        meant
    }

    fn text<'row>(&self, cells: &[&'row str], field: Field) -> &'row str {
        let place = self.places.iter().find(|(one, _)| *one == field).map(|(_, place)| *place);
        place.and_then(|place| cells.get(place)).map_or("", |cell| cell.trim())
    }

    fn line(&self, cells: &[&str], field: Field) -> String {
        cut(one_line(self.text(cells, field)))
    }

    fn person(&self, cells: &[&str], email: Email) -> Contact {
        let title = cut(clean_title(self.text(cells, Field::Title)));
        let role = read_title(&title);
        let (first_name, last_name) = names(
            &self.line(cells, Field::FirstName),
            &self.line(cells, Field::LastName),
            &self.line(cells, Field::FullName),
        );
        let (city, region, country) = self.place(cells);
        Contact {
            id: ContactId(0),
            email_status: self.email_status(cells),
            seniority: Seniority::recognise(self.text(cells, Field::Seniority)).or(role.seniority),
            departments: self.departments(cells, role.departments),
            company: self.line(cells, Field::Company),
            domain: self.domain(cells, &email),
            size: SizeRange::recognise(self.text(cells, Field::Employees)),
            industry: cut(canonical_industry(self.text(cells, Field::Industry))),
            keywords: list(self.text(cells, Field::Keywords)),
            technologies: list(self.text(cells, Field::Technologies)),
            revenue: revenue(self.text(cells, Field::Revenue)),
            linkedin: self.line(cells, Field::Linkedin),
            phone: phone(self.text(cells, Field::Phone)),
            first_name,
            last_name,
            title,
            hq_country: country_name(self.line(cells, Field::HqCountry)),
            hq_region: self.line(cells, Field::HqRegion),
            hq_city: self.line(cells, Field::HqCity),
            city,
            region,
            country,
            email,
        }
    }

    /// What is not told is as assumed; what is told and not understood is unknown, and never better.
    fn email_status(&self, cells: &[&str]) -> EmailStatus {
        match self.text(cells, Field::EmailStatus) {
            "" => self.assumed_status,
            told => EmailStatus::recognise(told).unwrap_or(EmailStatus::Unknown),
        }
    }

    /// City, region and country; a location "City, Country" or "City, Region, Country" fills what has no column.
    fn place(&self, cells: &[&str]) -> (String, String, String) {
        let mut city = self.line(cells, Field::City);
        let mut region = self.line(cells, Field::Region);
        let mut country = self.line(cells, Field::Country);
        let location = self.line(cells, Field::Location);
        let parts: Vec<&str> = location.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
        let fill = |into: &mut String, part: &str| {
            if into.is_empty() {
                part.clone_into(into);
            }
        };
        match parts[..] {
            [alone] if Country::recognise(alone).is_some_and(|one| one.name() != "Singapore") => {
                fill(&mut country, alone)
            }
            [alone] => fill(&mut city, alone),
            [in_city, in_country] => {
                fill(&mut city, in_city);
                fill(&mut country, in_country);
            }
            [in_city, in_region, .., in_country] => {
                fill(&mut city, in_city);
                fill(&mut region, in_region);
                fill(&mut country, in_country);
            }
            [] => {}
        }
        (city, region, country_name(country))
    }

    fn departments(&self, cells: &[&str], by_title: Vec<Department>) -> Vec<Department> {
        let told = self.text(cells, Field::Departments);
        // what the column calls by a name of its own is read like the words of a title: "Vertrieb", "Media and Communication"
        let read =
            |name: &str| Department::recognise(name).map_or_else(|| read_title(name).departments, |one| vec![one]);
        let mut departments: Vec<Department> = told.split([',', ';', '|']).flat_map(read).collect();
        if departments.is_empty() {
            departments = by_title;
        }
        departments.sort_unstable();
        departments.dedup();
        departments
    }

    /// The company's domain: its website's, or the address's unless that belongs to a free mail service.
    fn domain(&self, cells: &[&str], email: &Email) -> String {
        match parse_domain(self.text(cells, Field::Website)) {
            Some(domain) => domain,
            None if email.is_free_mail() => String::new(),
            None => email.domain().to_owned(),
        }
    }
}

/// The country's one name, if it is a known one.
fn country_name(text: String) -> String {
    Country::recognise(&text).map_or(text, |known| known.name().to_owned())
}

fn cut(text: String) -> String {
    match text.char_indices().nth(TEXT_LENGTH_MAX) {
        Some((at, _)) => text[..at].trim_end().to_owned(),
        None => text,
    }
}

fn list(text: &str) -> Vec<String> {
    let mut list: Vec<String> = Vec::new();
    for value in text.split([',', ';', '|']).map(one_line).filter(|value| !value.is_empty()) {
        let value: String = value.chars().take(100).collect();
        if list.len() < LIST_LENGTH_MAX && !list.contains(&value) {
            list.push(value);
        }
    }
    list
}

/// Whole units: `24000000`, `$24M`, `1.2 million`, `5,400,000.00`.
fn revenue(text: &str) -> Option<i64> {
    let lower = text.to_lowercase();
    let number: String = lower.chars().filter(|letter| letter.is_ascii_digit() || *letter == '.').collect();
    let value: f64 = number.parse().ok()?;
    let unit = lower.trim_end_matches(|letter: char| !letter.is_alphanumeric());
    let factor = if unit.ends_with('b') || unit.contains("billion") {
        1e9
    } else if unit.ends_with('m') || unit.contains("million") || unit.ends_with("mn") {
        1e6
    } else if unit.ends_with('k') {
        1e3
    } else {
        1.0
    };
    let whole = (value * factor).round();
    (whole.is_finite() && (0.0..9e15).contains(&whole)).then_some(whole as i64)
}

/// Spreadsheets guard numbers with a leading apostrophe; it is no part of them.
fn phone(text: &str) -> String {
    cut(one_line(text.trim_start_matches(['\'', '’', '`'])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(header: &str) -> RowReader {
        let headings: Vec<String> = header.split(',').map(str::to_owned).collect();
        RowReader::new(&Mapping::recognise(&headings, &[]), headings.len(), EmailStatus::Unknown)
    }

    fn person(header: &str, cells: &[&str]) -> Contact {
        match reader(header).read(cells) {
            Row::Person(contact) => *contact,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_row_becomes_a_normalised_contact() {
        let contact = person(
            "Email,First Name,Title,Phone,Company Size,Industry,Location,Website,Email Status,Departments,Keywords,Revenue",
            &[
                " ANN@X.Example ",
                "=HYPERLINK(\"x\")",
                "Marketing\nDirector | Speaker, Author",
                "'+1 555 0100",
                "1,400",
                "COMPUTER_SOFTWARE",
                "München, Deutschland",
                "https://www.x.example/",
                "Guessed",
                "Marketing, Product Management",
                "b2b, saas, b2b",
                "$1.2M",
            ],
        );
        assert_eq!(contact.email.as_str(), "ann@x.example");
        assert_eq!(contact.first_name, "=HYPERLINK(\"x\")");
        assert_eq!(contact.title, "Marketing Director");
        assert_eq!(contact.seniority, Some(Seniority::Director));
        assert_eq!(contact.departments, [Department::Marketing, Department::Product]);
        assert_eq!(contact.phone, "+1 555 0100");
        assert_eq!(contact.size, Some(SizeRange::exactly(1400)));
        assert_eq!(contact.industry, "Computer Software");
        assert_eq!((contact.city.as_str(), contact.country.as_str()), ("München", "Germany"));
        assert_eq!(contact.domain, "x.example");
        assert_eq!(contact.email_status, EmailStatus::Guessed);
        assert_eq!(contact.keywords, ["b2b", "saas"]);
        assert_eq!(contact.revenue, Some(1_200_000));
    }

    #[test]
    fn a_column_that_maps_wins_over_the_title() {
        let contact = person("Email,Title,Seniority", &["a@x.example", "Founder & CEO", "C suite"]);
        assert_eq!(contact.seniority, Some(Seniority::CSuite));
        let contact = person("Email,Title,Seniority", &["a@x.example", "Founder & CEO", "boss"]);
        assert_eq!(contact.seniority, Some(Seniority::Founder));
    }

    #[test]
    fn a_column_of_departments_is_read_in_other_words_too() {
        let departments = |told: &str| person("Email,Title,Department", &["a@x.example", "CEO", told]).departments;
        assert_eq!(departments("Vertrieb; Marketing"), [Department::Sales, Department::Marketing]);
        assert_eq!(departments("Media and Communication"), [Department::Marketing]);
        assert_eq!(departments("Floor 3"), [Department::Executive]);
    }

    #[test]
    fn rows_that_cannot_be_taken_say_why() {
        let reader = reader("Email,City");
        let reason = |cells: &[&str]| match reader.read(cells) {
            Row::Rejected(reason) => reason,
            other => panic!("{other:?}"),
        };
        assert_eq!(reader.read(&["", "  "]), Row::Blank);
        assert_eq!(reader.read(&[""]), Row::Blank);
        assert_eq!(reason(&["", "Rome"]), "no email address");
        assert!(matches!(reader.read(&["a@x.example"]), Row::Person(_)));
        assert_eq!(reason(&["a@x.example", "Rome", "x"]), "3 columns instead of 2");
        assert!(matches!(reader.read(&["a@x.example", "Rome", "", " "]), Row::Person(_)));
        assert_eq!(reason(&["a@x.example", "Ro\0me"]), "a cell holds a NUL character");
    }

    #[test]
    fn a_free_mail_address_names_no_company() {
        assert_eq!(person("Email", &["ann@gmail.com"]).domain, "");
        assert_eq!(person("Email", &["ann@acorn.example"]).domain, "acorn.example");
    }

    #[test]
    fn a_status_that_is_not_understood_is_never_better_than_unknown() {
        let headings = ["Email", "Email Status"].map(str::to_owned);
        let reader = RowReader::new(&Mapping::recognise(&headings, &[]), 2, EmailStatus::Verified);
        let status = |told: &str| match reader.read(&["a@x.example", told]) {
            Row::Person(contact) => contact.email_status,
            other => panic!("{other:?}"),
        };
        assert_eq!(status("quite fine"), EmailStatus::Unknown);
        assert_eq!(status("unknown"), EmailStatus::Unknown);
        assert_eq!(status("Do not mail"), EmailStatus::Invalid);
        assert_eq!(status(""), EmailStatus::Verified);
        assert_eq!(status("n/a"), EmailStatus::Verified);
    }

    #[test]
    fn a_row_says_why_not_to_write_and_which_other_addresses_there_are() {
        let remarks = reader("Email,Email Status").remarks(&["a@x.example; b@x.example", "Unsubscribed"]);
        assert_eq!(remarks.standing, Some(Standing::Unsubscribed));
        assert_eq!(remarks.other_emails, ["b@x.example".parse().unwrap()]);
        assert_eq!(reader("Email,Email Status").remarks(&["a@x.example", "Verified"]), Remarks::default());
    }

    #[test]
    fn long_texts_are_cut() {
        assert_eq!(
            person("Email,Company", &["a@x.example", &"é".repeat(1000)]).company.chars().count(),
            TEXT_LENGTH_MAX
        );
    }
}
