//! Which column of a file is what.

use serde::{Deserialize, Serialize};

use crate::{directory::contacts::keys::fold, fields::FieldErrors, server::form::Form};

/// What a column can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    Email,
    EmailStatus,
    FirstName,
    LastName,
    FullName,
    Title,
    Seniority,
    Departments,
    Company,
    Website,
    Employees,
    Industry,
    Keywords,
    Technologies,
    Revenue,
    Linkedin,
    Phone,
    City,
    Region,
    Country,
    Location,
    HqCity,
    HqRegion,
    HqCountry,
}

/// Label, and the headings (folded) that mean it, the surest first.
type Headings = (Field, &'static str, &'static [&'static str]);

const FIELDS: [Headings; 24] = [
    (
        Field::Email,
        "Email",
        &[
            "email",
            "email address",
            "e mail",
            "e mail address",
            "work email",
            "business email",
            "primary email",
            "contact email",
            "person email",
            "lead email",
            "email 1",
            "mail",
            "e mail adresse",
            "correo electronico",
            "courriel",
        ],
    ),
    (
        Field::EmailStatus,
        "Email status",
        &[
            "email status",
            "email verification",
            "email verification status",
            "verification status",
            "email confidence",
            "status email",
        ],
    ),
    (Field::FirstName, "First name", &["first name", "firstname", "given name", "vorname", "prenom", "nombre"]),
    (Field::LastName, "Last name", &["last name", "lastname", "surname", "family name", "nachname", "nom", "apellido"]),
    (Field::FullName, "Full name", &["full name", "fullname", "name", "contact name", "person name", "lead name"]),
    (
        Field::Title,
        "Job title",
        &["job title", "title", "jobtitle", "position", "person title", "role", "job", "headline", "job position"],
    ),
    (Field::Seniority, "Seniority", &["seniority", "seniority level", "management level", "level"]),
    (Field::Departments, "Department", &["departments", "department", "job function", "function", "sub departments"]),
    (
        Field::Company,
        "Company",
        &[
            "company name",
            "company",
            "companyname",
            "organization",
            "organization name",
            "organisation",
            "account name",
            "account",
            "employer",
            "firma",
            "business name",
            "company name for emails",
        ],
    ),
    (
        Field::Website,
        "Company website",
        &[
            "website",
            "company website",
            "domain",
            "company domain",
            "company domain name",
            "website url",
            "web site",
            "url",
        ],
    ),
    (
        Field::Employees,
        "Number of employees",
        &[
            "employees",
            "number of employees",
            "company size",
            "employee count",
            "headcount",
            "no of employees",
            "size",
            "num employees",
            "company headcount",
            "employee range",
        ],
    ),
    (Field::Industry, "Industry", &["industry", "company industry", "sector", "branche", "industries", "vertical"]),
    (Field::Keywords, "Keywords", &["keywords", "tags", "company keywords", "specialties"]),
    (Field::Technologies, "Technologies", &["technologies", "tech stack", "technology"]),
    (Field::Revenue, "Annual revenue", &["annual revenue", "revenue", "company revenue", "total revenue"]),
    (
        Field::Linkedin,
        "LinkedIn profile",
        &[
            "person linkedin url",
            "linkedin",
            "linkedin url",
            "linkedin profile",
            "linkedin profile url",
            "person linkedin",
            "li url",
        ],
    ),
    (
        Field::Phone,
        "Phone",
        &[
            "work direct phone",
            "direct phone",
            "phone",
            "phone number",
            "work phone",
            "mobile phone",
            "mobile phone number",
            "mobile",
            "corporate phone",
            "company phone",
            "telephone",
            "telefon",
        ],
    ),
    (Field::City, "City", &["city", "person city", "town", "stadt", "ort", "company city"]),
    (
        Field::Region,
        "State or region",
        &["state", "state region", "region", "province", "person state", "county", "company state"],
    ),
    (
        Field::Country,
        "Country",
        &["country", "country region", "person country", "land", "pais", "pays", "company country"],
    ),
    (Field::Location, "Location (city, country)", &["location", "person location", "address", "contact location"]),
    (Field::HqCity, "City of headquarters", &["company city", "headquarters city", "hq city"]),
    (Field::HqRegion, "Region of headquarters", &["company state", "company region", "headquarters state", "hq state"]),
    (
        Field::HqCountry,
        "Country of headquarters",
        &["company country", "headquarters country", "hq country", "company country region"],
    ),
];

impl Field {
    pub fn all() -> impl Iterator<Item = Self> {
        FIELDS.iter().map(|(field, _, _)| *field)
    }

    pub fn label(self) -> &'static str {
        FIELDS.iter().find(|(field, _, _)| *field == self).map_or("", |(_, label, _)| label)
    }

    /// The value in forms and in the stored mapping.
    pub fn code(self) -> String {
        fold(self.label()).replace(' ', "_")
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::all().find(|field| field.code() == code)
    }
}

/// For each column of a file what it is; `None` is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mapping(pub Vec<Option<Field>>);

impl Mapping {
    /// Recognises columns by their headings; where none says "email", by their content.
    pub fn recognise(headings: &[String], rows: &[Vec<String>]) -> Self {
        let mut columns = vec![None; headings.len()];
        let folded: Vec<String> = headings.iter().map(|heading| fold(heading)).collect();
        for (field, _, names) in FIELDS {
            let best = names.iter().find_map(|name| folded.iter().position(|heading| heading == name));
            if let Some(column) = best.filter(|column| columns[*column].is_none()) {
                columns[column] = Some(field);
            }
        }
        if !columns.contains(&Some(Field::Email)) {
            let holds_addresses = |column: &usize| {
                let cells = || rows.iter().filter_map(|row| row.get(*column)).filter(|cell| !cell.trim().is_empty());
                let sound = cells().filter(|cell| cell.parse::<crate::email::Email>().is_ok()).count();
                sound > 0 && sound * 2 > cells().count()
            };
            if let Some(column) = (0..headings.len()).find(holds_addresses) {
                columns[column] = Some(Field::Email);
            }
        }
        Self(columns)
    }

    /// Reads the choices of a form, fields `column-0` and so on; what two columns claim is said beside the second.
    pub fn parse(form: &Form, columns: usize) -> (Self, FieldErrors) {
        let (mut mapping, mut errors) = (Self(vec![None; columns]), FieldErrors::default());
        for column in 0..columns {
            let name = format!("column-{column}");
            let Some(field) = Field::from_code(form.text(&name)) else { continue };
            if mapping.column(field).is_some() {
                errors.add(&name, format!("Another column is “{}” already. Choose one of them.", field.label()));
            } else {
                mapping.0[column] = Some(field);
            }
        }
        if mapping.column(Field::Email).is_none() {
            errors.add("mapping", "Choose the column that holds the email addresses.");
        }
        (mapping, errors)
    }

    /// The column that holds `field`.
    pub fn column(&self, field: Field) -> Option<usize> {
        self.0.iter().position(|one| *one == Some(field))
    }

    /// How many columns are recognised.
    pub fn recognised(&self) -> usize {
        self.0.iter().flatten().count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recognise(header: &str) -> Mapping {
        Mapping::recognise(&header.split(',').map(str::to_owned).collect::<Vec<_>>(), &[])
    }

    #[test]
    fn headings_of_well_known_tools_are_recognised() {
        let apollo = recognise(
            "First Name,Last Name,Title,Company Name,Company Name for Emails,Email,Email Status,Seniority,Departments,Work Direct Phone,Mobile Phone,# Employees,Industry,Keywords,Person Linkedin Url,Website,Company Linkedin Url,City,State,Country,Company City,Company State,Company Country,Company Phone,Technologies,Annual Revenue,Apollo Contact Id",
        );
        assert_eq!(apollo.column(Field::Email), Some(5));
        assert_eq!(apollo.column(Field::Employees), Some(11));
        assert_eq!(apollo.column(Field::Phone), Some(9));
        assert_eq!((apollo.column(Field::City), apollo.column(Field::HqCity)), (Some(17), Some(20)));
        assert_eq!(recognise("Email,Company Country").column(Field::Country), Some(1));
        assert_eq!(apollo.column(Field::Company), Some(3));
        assert_eq!(apollo.column(Field::Linkedin), Some(14));
        let instantly = recognise(
            "email,first_name,last_name,company_name,job_title,website,phone,linkedin,location,company_size,industry",
        );
        assert_eq!(instantly.recognised(), 11);
        assert_eq!(instantly.column(Field::Location), Some(8));
        let hubspot = recognise(
            "Record ID,First Name,Last Name,Email,Job Title,Company name,Number of Employees,Industry,City,State/Region,Country/Region,Lifecycle Stage,Contact owner,Create Date",
        );
        assert_eq!(hubspot.recognised(), 10);
        assert_eq!(hubspot.column(Field::Region), Some(9));
    }

    #[test]
    fn an_unnamed_column_of_addresses_is_the_email_column() {
        let rows = vec![vec!["Ann".to_owned(), "ann@x.example".to_owned()], vec!["Bo".to_owned(), String::new()]];
        let mapping = Mapping::recognise(&["Wer".to_owned(), "Wohin".to_owned()], &rows);
        assert_eq!(mapping.column(Field::Email), Some(1));
    }

    #[test]
    fn field_codes_lead_back() {
        for field in Field::all() {
            assert_eq!(Field::from_code(&field.code()), Some(field));
        }
    }
}
