//! Which column of a file is what.

mod evidence;
mod field;
mod headings;
mod recognise;

use serde::{Deserialize, Serialize};

pub use self::field::Field;
use crate::{fields::FieldErrors, server::form::Form};

/// For each column of a file what it is; `None` is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mapping(pub Vec<Option<Field>>);

impl Mapping {
    /// Recognises columns by their headings and by what the first rows hold.
    pub fn recognise(headings: &[String], rows: &[Vec<String>]) -> Self {
        recognise::recognise(headings, rows)
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

    /// The columns that leads have no field for: of unknown ones, and of what only the directory keeps.
    pub fn beside_leads(&self) -> impl Iterator<Item = usize> {
        let columns = self.0.iter().enumerate();
        columns.filter(|(_, field)| !field.is_some_and(Field::is_of_leads)).map(|(place, _)| place)
    }

    /// The headings of the columns that are none of a contact's.
    pub fn left_out<'headings>(&self, headings: &'headings [String]) -> Vec<&'headings str> {
        let unknown = headings.iter().zip(&self.0).filter(|(_, field)| field.is_none());
        unknown.map(|(heading, _)| heading.trim()).filter(|heading| !heading.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recognise(header: &str) -> Mapping {
        Mapping::recognise(&header.split(',').map(str::to_owned).collect::<Vec<_>>(), &[])
    }

    /// What the columns of a header are, by label; `-` is left out.
    fn labels(header: &str) -> Vec<&'static str> {
        recognise(header).0.iter().map(|field| field.map_or("-", Field::label)).collect()
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
    fn exports_of_other_vendors_are_recognised() {
        for (vendor, header, fields) in [
            (
                "LinkedIn",
                "First Name,Last Name,Email Address,Company,Position,Connected On",
                "First name|Last name|Email|Company|Job title|-",
            ),
            (
                "Google",
                "First Name,Middle Name,Last Name,Organization Name,Organization Title,Organization Department,Labels,E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - Value,Phone 1 - Value,Address 1 - City,Address 1 - Country,Website 1 - Value",
                "First name|-|Last name|Company|Job title|Department|-|-|Email|-|Phone|City|Country|Company website",
            ),
            (
                "Outlook",
                "First Name,Last Name,Company,Department,Job Title,Business City,Business State,Business Country/Region,Business Phone,E-mail Address,Web Page",
                "First name|Last name|Company|Department|Job title|City|State or region|Country|Phone|Email|Company website",
            ),
            (
                "Salesforce",
                "FirstName,LastName,Title,Account Name,MailingCity,MailingState,MailingCountry,Phone,Email,NumberOfEmployees,AnnualRevenue,Industry,BillingCountry",
                "First name|Last name|Job title|Company|City|State or region|Country|Phone|Email|Number of employees|Annual revenue|Industry|Country of headquarters",
            ),
            (
                "Pipedrive",
                "Person - Name,Person - Email - Work,Person - Phone - Work,Person - Job title,Person - Organization,Organization - Name",
                "Full name|Email|Phone|Job title|-|Company",
            ),
            (
                "Zoho",
                "First Name,Last Name,Account Name,Title,Email,Phone,Mailing City,Mailing State,Mailing Country,Lead Source",
                "First name|Last name|Company|Job title|Email|Phone|City|State or region|Country|-",
            ),
            (
                "ZoomInfo",
                "First Name,Last Name,Job Title,Management Level,Job Function,Email Address,Direct Phone Number,LinkedIn Contact Profile URL,Person City,Person State,Person Country,Company Name,Website,Revenue (in 000s USD),Revenue Range (in USD),Employees,Primary Industry,Company City,Company Country",
                "First name|Last name|Job title|Seniority|Department|Email|Phone|LinkedIn profile|City|State or region|Country|Company|Company website|-|Annual revenue|Number of employees|Industry|City of headquarters|Country of headquarters",
            ),
            (
                "Clay",
                "First Name,Last Name,Full Name,Job Title,Location,Company Domain,Company Name,LinkedIn Profile,Work Email",
                "First name|Last name|Full name|Job title|Location (city, country)|Company website|Company|LinkedIn profile|Email",
            ),
            (
                "Smartlead",
                "email,first_name,last_name,phone_number,company_name,website,location,linkedin_profile,icebreaker",
                "Email|First name|Last name|Phone|Company|Company website|Location (city, country)|LinkedIn profile|-",
            ),
            (
                "lemlist",
                "email,firstName,lastName,companyName,jobTitle,linkedinUrl,phone,companyWebsite,icebreaker",
                "Email|First name|Last name|Company|Job title|LinkedIn profile|Phone|Company website|-",
            ),
            (
                "Evaboot",
                "First Name,Last Name,Prospect Position,Email,Email Status,Company Name,Company Website,Company Employee Range,Company Industry,Prospect Location,Prospect Linkedin Url",
                "First name|Last name|Job title|Email|Email status|Company|Company website|Number of employees|Industry|Location (city, country)|LinkedIn profile",
            ),
        ] {
            assert_eq!(labels(header).join("|"), fields, "{vendor}");
        }
    }

    #[test]
    fn headings_of_the_languages_of_business_are_recognised() {
        let whole = "First name|Last name|Email|Company|Job title|City|Country|Phone|Number of employees|Industry";
        for header in [
            "First Name,Last Name,Email,Company,Job Title,City,Country,Phone,Employees,Industry",
            "Vorname,Nachname,E-Mail-Adresse,Firma,Position,Ort,Land,Telefon,Mitarbeiterzahl,Branche",
            "Prénom,Nom,Adresse e-mail,Société,Fonction,Ville,Pays,Téléphone,Effectif,Secteur",
            "Nombre,Apellidos,Correo electrónico,Empresa,Cargo,Ciudad,País,Teléfono,Número de empleados,Sector",
            "Nome,Cognome,Indirizzo email,Azienda,Ruolo,Città,Paese,Telefono,Dipendenti,Settore",
            "Nome,Sobrenome,E-mail,Empresa,Cargo,Cidade,País,Telefone,Número de funcionários,Setor",
            "Voornaam,Achternaam,E-mailadres,Bedrijf,Functie,Plaats,Land,Telefoon,Aantal medewerkers,Branche",
            "Imię,Nazwisko,Adres e-mail,Nazwa firmy,Stanowisko,Miasto,Kraj,Numer telefonu,Liczba pracowników,Branża",
            "Имя,Фамилия,Электронная почта,Компания,Должность,Город,Страна,Телефон,Количество сотрудников,Отрасль",
            "名,姓,メールアドレス,会社名,役職,都市,国,電話番号,従業員数,業種",
            "名字,姓,邮箱,公司名称,职位,城市,国家,电话,员工人数,行业",
            "이름,성,이메일,회사명,직책,도시,국가,전화번호,직원 수,업종",
            "الاسم الأول,اسم العائلة,البريد الإلكتروني,الشركة,المسمى الوظيفي,المدينة,الدولة,رقم الهاتف,عدد الموظفين,القطاع",
        ] {
            assert_eq!(labels(header).join("|"), whole, "{header}");
        }
    }

    #[test]
    fn cells_decide_between_two_claimants() {
        let of = |header: &str, cells: &[&str]| {
            let headings: Vec<String> = header.split(',').map(str::to_owned).collect();
            let rows: Vec<Vec<String>> = cells.iter().map(|row| row.split(',').map(str::to_owned).collect()).collect();
            let fields = Mapping::recognise(&headings, &rows).0;
            fields.iter().map(|field| field.map_or("-", Field::label)).collect::<Vec<_>>().join("|")
        };
        assert_eq!(of("Title,Position,Email", &["Mr,CEO,a@x.example", "Dr,CFO,b@x.example"]), "-|Job title|Email");
        assert_eq!(of("Title,Email", &["Herr,a@x.example"]), "-|Email");
        let profile = "https://www.linkedin.com/in/ann,a@x.example";
        assert_eq!(of("URL,Email Address", &[profile]), "LinkedIn profile|Email");
        assert_eq!(of("URL,Email Address", &["https://acorn.example,a@x.example"]), "Company website|Email");
        assert_eq!(of("Email,Work Email", &[",a@x.example"]), "-|Email");
        assert_eq!(of("Email,Status", &["a@x.example,valid", "b@x.example,invalid"]), "Email|Email status");
        assert_eq!(of("Email,Status", &["a@x.example,won", "b@x.example,open"]), "Email|-");
        assert_eq!(of("Email,Size", &["a@x.example,XL"]), "Email|-");
        assert_eq!(of("Email,Name", &["a@x.example,Ann Lee"]), "Email|Full name");
        assert_eq!(of("Vorname,Name,Email", &["Ann,Lee,a@x.example"]), "First name|Last name|Email");
    }

    #[test]
    fn what_was_not_recognised_is_told() {
        let headings: Vec<String> = ["Email", "Shoe size", "", "Labels"].map(str::to_owned).to_vec();
        assert_eq!(Mapping::recognise(&headings, &[]).left_out(&headings), ["Shoe size", "Labels"]);
    }

    #[test]
    fn an_unnamed_column_of_addresses_is_the_email_column() {
        let rows = vec![vec!["Ann".to_owned(), "ann@x.example".to_owned()], vec!["Bo".to_owned(), String::new()]];
        let mapping = Mapping::recognise(&["Wer".to_owned(), "Wohin".to_owned()], &rows);
        assert_eq!(mapping.column(Field::Email), Some(1));
    }
}
