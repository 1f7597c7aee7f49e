//! One row of a file becomes a contact, or the reason why not.

use std::borrow::Cow;

use super::{
    cell::{self, decoded},
    mapping::{Field, Mapping},
    names::names,
};
use crate::{
    directory::{
        Contact, ContactId, Department, EmailStatus, Seniority, SizeRange, canonical_industry, clean_title,
        contacts::{
            company::company_domain, keys::one_line, places::location::Location, revenue::recognise_revenue,
            standing::Standing, title::read as read_title,
        },
        parse_domain,
    },
    email::{self, Email},
    server::csv::unguarded,
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

    /// Why a row says not to write to its person.
    pub fn standing(&self, cells: &[&str]) -> Option<Standing> {
        Standing::recognise(self.text(cells, Field::EmailStatus))
    }

    /// Every address of a row, whatever else is wrong with it.
    pub fn emails(&self, cells: &[&str]) -> Vec<Email> {
        let found = email::find(&decoded(unguarded(self.text(cells, Field::Email))));
        found.map(|found| std::iter::once(found.email).chain(found.others).collect()).unwrap_or_default()
    }

    /// The addresses of a row besides the one that was taken.
    pub fn other_emails(&self, cells: &[&str]) -> Vec<Email> {
        match self.text(cells, Field::Email).matches(['@', '＠']).count() {
            0 | 1 => Vec::new(),
            _ => self.emails(cells).into_iter().skip(1).collect(),
        }
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
        let (place, headquarters) = self.places(cells);
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
            revenue: recognise_revenue(self.text(cells, Field::Revenue)),
            linkedin: self.line(cells, Field::Linkedin),
            phone: phone(self.text(cells, Field::Phone)),
            first_name,
            last_name,
            title,
            hq_country: headquarters.country,
            hq_region: headquarters.region,
            hq_city: headquarters.city,
            city: place.city,
            region: place.region,
            country: place.country,
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

    /// Where the person is, and where the company has its headquarters.
    fn places(&self, cells: &[&str]) -> (Location, Location) {
        let line = |field| self.line(cells, field);
        let person =
            Location::of(&line(Field::City), &line(Field::Region), &line(Field::Country), &line(Field::Location));
        let company = Location::of(&line(Field::HqCity), &line(Field::HqRegion), &line(Field::HqCountry), "");
        (person, company)
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

    /// The company's registered domain: its website's, or the address's unless anyone gets an address there.
    fn domain(&self, cells: &[&str], email: &Email) -> String {
        let website = parse_domain(self.text(cells, Field::Website));
        let domain = website
            .as_deref()
            .and_then(company_domain)
            .or_else(|| if email.is_disposable() { None } else { company_domain(email.domain()) });
        domain.unwrap_or_default().to_owned()
    }
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
        let reader = reader("Email,Email Status");
        let both = ["a@x.example; b@x.example", "Unsubscribed"];
        assert_eq!(reader.standing(&both), Some(Standing::Unsubscribed));
        assert_eq!(reader.standing(&["a@x.example", "bad address"]), None);
        assert_eq!(reader.standing(&["a@x.example", "Verified"]), None);
        assert_eq!(reader.standing(&["a@x.example"]), None);
        assert_eq!(reader.emails(&both), ["a@x.example", "b@x.example"].map(|email| email.parse().unwrap()));
        assert_eq!(reader.other_emails(&both), ["b@x.example".parse().unwrap()]);
        assert_eq!(reader.other_emails(&["a@x.example, a@x.example"]), []);
        assert_eq!(reader.emails(&["nobody"]), []);
    }

    #[test]
    fn long_texts_are_cut() {
        assert_eq!(
            person("Email,Company", &["a@x.example", &"é".repeat(1000)]).company.chars().count(),
            TEXT_LENGTH_MAX
        );
    }
}
